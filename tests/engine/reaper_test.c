/* reaper_test.c -- deletion of expired items as an application asks for it: so many of one table
 * (engine_sweep_table), and a thread that is started and stopped while the engine is open
 * (engine_sweep_every). What a round does to items and entries is in sweep_test.c.
 */
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#include "engine/fixture.h"

enum { NOW = 1700000000, SOON_MS = 1, NEVER_MS = 3600000, QUIET_US = 30000 };

static struct fixture f;

static int set_up(void **state)
{
    (void)state;
    fixture_open(&f, NULL);
    fixture_table(&f, "t", "pk:N", NULL);
    assert_int_equal(fixture_ttl(&f, "t", "e", true), ST_OK);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fixture_close(&f);
    return 0;
}

static void put_many(const char *table, int from, int count, int second)
{
    for (int i = from; i < from + count; i++) {
        char item[100];
        (void)snprintf(item, sizeof item, "{\"e\":{\"N\":\"%d\"},\"pk\":{\"N\":\"%d\"}}", second,
                       i);
        struct fixture_write put = {.verb = ENGINE_PUT, .table = table, .item = item};
        assert_int_equal(fixture_write(&f, &put), ST_OK);
    }
}

/* Items that are stored, expired or not. */
static uint64_t stored(const char *table)
{
    struct engine_description told;
    assert_int_equal(engine_table_describe(f.engine, span_of(table), &told, &f.err), ST_OK);
    table_drop(told.table);
    return told.item_count;
}

static uint64_t sweep(const char *table, uint64_t limit)
{
    struct engine_table_sweep asked = {.table_name = span_of(table), .limit = limit};
    assert_int_equal(engine_sweep_table(f.engine, &asked, &f.err), ST_OK);
    return asked.deleted;
}

static void reap_every(uint32_t every_ms)
{
    assert_int_equal(engine_sweep_every(f.space.engine, every_ms, &f.err), ST_OK);
}

static void wait_until_stored(const char *table, uint64_t count)
{
    for (int i = 0; i < 4000 && stored(table) > count; i++) usleep(5000);
    assert_int_equal(stored(table), count);
}

/* ---- so many of one table */

static void test_sweep__deletes_so_many_and_tells_how_many(void **state)
{
    (void)state;
    static const struct {
        uint64_t limit, deleted;
    } calls[] = {
        {100, 100},
        {1,   1  },
        {600, 600},
        {100, 49 },
        {100, 0  },
    };
    uint64_t left = 760;
    put_many("t", 0, 750, NOW - 10);
    put_many("t", 1000, 10, NOW + 10);
    for (size_t i = 0; i < ARRAY_COUNT(calls); i++) {
        assert_int_equal(sweep("t", calls[i].limit), calls[i].deleted);
        left -= calls[i].deleted;
        assert_int_equal(stored("t"), left);
        fixture_check(&f);
    }
    f.clock_ms += 20000;
    assert_int_equal(sweep("t", 100), 10);
}

static void test_sweep__of_one_table_leaves_others_alone(void **state)
{
    (void)state;
    fixture_table(&f, "other", "pk:N", NULL);
    assert_int_equal(fixture_ttl(&f, "other", "e", true), ST_OK);
    put_many("t", 0, 5, NOW - 10);
    put_many("other", 0, 5, NOW - 10);
    assert_int_equal(sweep("t", 100), 5);
    assert_int_equal(stored("other"), 5);
    assert_int_equal(fixture_sweep(&f), 5); /* what a limit left is not forgotten by a round */
}

static void test_sweep__without_time_to_live_deletes_nothing(void **state)
{
    (void)state;
    struct engine_table_sweep asked = {.table_name = SPAN("missing"), .limit = 1};
    fixture_table(&f, "off", "pk:N", NULL);
    put_many("off", 0, 3, NOW - 10);
    assert_int_equal(sweep("off", 100), 0);
    assert_int_equal(stored("off"), 3);
    assert_int_equal(engine_sweep_table(f.engine, &asked, &f.err), ST_NOT_FOUND);
}

static void test_sweep__a_round_takes_what_a_limit_left(void **state)
{
    (void)state;
    put_many("t", 0, 30, NOW - 10);
    assert_int_equal(sweep("t", 7), 7);
    assert_int_equal(fixture_sweep(&f), 23);
    assert_int_equal(stored("t"), 0);
}

/* ---- the thread */

static void test_reaper_cleans_expired_items(void **state)
{
    (void)state;
    put_many("t", 0, 200, NOW - 10);
    reap_every(SOON_MS);
    wait_until_stored("t", 0);
    put_many("t", 0, 100, NOW - 10);
    wait_until_stored("t", 0);
}

static void test_reaper_skips_tables_without_ttl(void **state)
{
    (void)state;
    fixture_table(&f, "off", "pk:N", NULL);
    put_many("off", 0, 5, NOW - 10);
    put_many("t", 0, 5, NOW - 10);
    reap_every(SOON_MS);
    wait_until_stored("t", 0);
    assert_int_equal(stored("off"), 5);
}

static void test_reaper_does_not_delete_live_items(void **state)
{
    (void)state;
    put_many("t", 0, 5, NOW + 1000);
    put_many("t", 5, 5, NOW - 10);
    reap_every(SOON_MS);
    wait_until_stored("t", 5);
    usleep(QUIET_US);
    assert_int_equal(stored("t"), 5);
}

static void test_reaper_stop(void **state)
{
    (void)state;
    reap_every(SOON_MS);
    put_many("t", 0, 5, NOW - 10);
    wait_until_stored("t", 0);
    reap_every(0);
    reap_every(0); /* when there is none */
    put_many("t", 0, 5, NOW - 10);
    usleep(QUIET_US);
    assert_int_equal(stored("t"), 5);
    assert_int_equal(sweep("t", 100), 5); /* others may go on */
}

static void test_reaper__an_interval_is_changed_at_once(void **state)
{
    (void)state;
    reap_every(NEVER_MS);
    put_many("t", 0, 5, NOW - 10);
    usleep(QUIET_US);
    assert_int_equal(stored("t"), 5);
    reap_every(SOON_MS);
    wait_until_stored("t", 0);
    reap_every(NEVER_MS); /* closed while it waits */
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_sweep__deletes_so_many_and_tells_how_many),
        TEST(test_sweep__of_one_table_leaves_others_alone),
        TEST(test_sweep__without_time_to_live_deletes_nothing),
        TEST(test_sweep__a_round_takes_what_a_limit_left),
        TEST(test_reaper_cleans_expired_items),
        TEST(test_reaper_skips_tables_without_ttl),
        TEST(test_reaper_does_not_delete_live_items),
        TEST(test_reaper_stop),
        TEST(test_reaper__an_interval_is_changed_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
