/* sweep_test.c -- what is due is deleted, with all that goes with it, and nothing else.
 *
 * Rounds are run by the tests (fixture_sweep), by the clock that they turn; one test lets the
 * thread do it. Every test ends with engine_check.
 */
#include <stdio.h>
#include <unistd.h>

#include "engine/fixture.h"
#include "os/thread.h"

enum { NOW = 1700000000 };

static struct fixture f;

static void make_table(const char *name, const char *ttl_attribute)
{
    fixture_table(&f, name, "pk:S", "sk:N");
    if (ttl_attribute != NULL) assert_int_equal(fixture_ttl(&f, name, ttl_attribute, true), ST_OK);
}

static int set_up(void **state)
{
    (void)state;
    fixture_open(&f, NULL);
    make_table("t", "expires");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fixture_close(&f);
    return 0;
}

static void turn_clock_to(int64_t second)
{
    f.clock_ms = (uint64_t)second * 1000;
}

static const char *item(int sk, int64_t second)
{
    char *text = arena_alloc(&f.arena, 200);
    assert_non_null(text);
    (void)snprintf(text, 200,
                   "{\"expires\":{\"N\":\"%lld\"},\"g\":{\"S\":\"G\"},\"pk\":{\"S\":\"p\"},"
                   "\"sk\":{\"N\":\"%d\"}}",
                   (long long)second, sk);
    return text;
}

static void put_into(const char *table, const char *json)
{
    struct fixture_write put = {.verb = ENGINE_PUT, .table = table, .item = json};
    assert_int_equal(fixture_write(&f, &put), ST_OK);
}

/* Items from .. from + count - 1, all due at `second` + 1. */
static void put_many(const char *table, int from, int count, int64_t second)
{
    struct fixture_write writes[FIXTURE_MANY_MAX];
    assert_int_equal(count % FIXTURE_MANY_MAX, 0);
    for (int at = 0; at < count; at += FIXTURE_MANY_MAX) {
        for (int i = 0; i < FIXTURE_MANY_MAX; i++)
            writes[i] = (struct fixture_write){
                .verb = ENGINE_PUT, .table = table, .item = item(from + at + i, second)};
        struct fixture_many many = {.writes = writes, .count = FIXTURE_MANY_MAX};
        assert_int_equal(fixture_many(&f, &many), ST_OK);
    }
}

static uint64_t stored_count(const char *table)
{
    struct engine_description seen = {0};
    assert_int_equal(engine_table_describe(f.engine, span_of(table), &seen, &f.err), ST_OK);
    table_drop(seen.table);
    return seen.item_count;
}

static void test_a_round_takes_what_is_due_and_no_more(void **state)
{
    (void)state;
    enum { DUE = 1000, LATER = 300 };
    put_many("t", 0, DUE, NOW + 1);
    put_many("t", DUE, LATER, NOW + 2);
    assert_int_equal(fixture_sweep(&f), 0);
    turn_clock_to(NOW + 2);
    assert_int_equal(fixture_sweep(&f), DUE);
    assert_int_equal(stored_count("t"), LATER);
    assert_int_equal(fixture_sweep(&f), 0);
    turn_clock_to(NOW + 3);
    assert_int_equal(fixture_sweep(&f), LATER);
    assert_int_equal(stored_count("t"), 0);
}

/* More than a table may have swept in one turn: the others are not forgotten, nor the rest. */
static void test_a_round_goes_on_until_nothing_is_due(void **state)
{
    (void)state;
    enum { MANY = 5000 };
    make_table("u", "expires");
    put_many("t", 0, MANY, NOW);
    put_many("u", 0, 100, NOW);
    turn_clock_to(NOW + 1);
    assert_int_equal(fixture_sweep(&f), MANY + 100);
}

static void test_tables_that_have_it_off_are_left_alone(void **state)
{
    (void)state;
    make_table("off", NULL);
    put_many("off", 0, 100, NOW);
    turn_clock_to(NOW + 100);
    assert_int_equal(fixture_sweep(&f), 0);
    assert_int_equal(stored_count("off"), 100);
}

static void test_what_is_too_old_stays(void **state)
{
    (void)state;
    put_many("t", 0, 100, 1000000000);
    assert_int_equal(fixture_sweep(&f), 0);
    assert_int_equal(stored_count("t"), 100);
}

/* A round begins where the one before ended; what is due earlier came later. */
static void test_what_comes_expired_is_taken_by_the_next_round(void **state)
{
    (void)state;
    turn_clock_to(NOW + 100);
    assert_int_equal(fixture_sweep(&f), 0);
    put_into("t", item(1, NOW - 500));
    assert_int_equal(fixture_sweep(&f), 1); /* in the same second */
    put_into("t", item(2, NOW + 99));
    put_into("t", item(3, NOW - 1000));
    turn_clock_to(NOW + 101);
    assert_int_equal(fixture_sweep(&f), 2);
    assert_int_equal(stored_count("t"), 0);
}

static void test_a_clock_turned_back_is_noticed(void **state)
{
    (void)state;
    enum { FIVE_YEARS = 5 * 31556952 };
    put_into("t", item(1, NOW - FIVE_YEARS - 1)); /* too old to count */
    assert_int_equal(fixture_sweep(&f), 0);
    turn_clock_to(NOW - 10); /* and not any more */
    assert_int_equal(fixture_sweep(&f), 1);
}

/* V1: the walk finds it due, and when the deletion is judged it is not. Here the clock is what
 * changed; for an update in between it is the same to the function. */
static void test_an_item_is_judged_again_when_it_is_deleted(void **state)
{
    (void)state;
    put_into("t", item(1, NOW));
    turn_clock_to(NOW + 10);
    f.tick_ms = (uint64_t)-5000; /* the round looks twice before it deletes: NOW + 10, + 5, + 0 */
    assert_int_equal(fixture_sweep(&f), 0);
    f.tick_ms = 0;
    turn_clock_to(NOW + 6);
    assert_int_equal(stored_count("t"), 1);
    assert_int_equal(fixture_sweep(&f), 1);
}

struct sweeper {
    struct thread thread;
    uint64_t deleted;
};

static void sweep_beside(void *ctx)
{
    struct sweeper *sweeper = ctx;
    struct error err = {0};
    assert_int_equal(engine_sweep(f.engine->engine, &sweeper->deleted, &err), ST_OK);
}

/* An update that is queued before the deletion saves its item. */
static void test_an_update_in_time_saves_its_item(void **state)
{
    (void)state;
    struct fixture_hold hold;
    struct sweeper sweeper = {.deleted = 99};
    struct fixture_write again = {.verb = ENGINE_PUT, .table = "t", .item = item(1, NOW + 100)};
    struct fixture_many many = {.writes = &again, .count = 1};
    put_into("t", item(1, NOW));
    put_into("t", item(2, NOW));
    turn_clock_to(NOW + 1);
    fixture_hold(&f, &hold);
    struct fixture_pending *pending = fixture_many_start(&f, &many);
    assert_int_equal(thread_start(&sweeper.thread, "sweeps", sweep_beside, &sweeper), ST_OK);
    fixture_release(&hold);
    assert_int_equal(fixture_many_end(&f, pending), ST_OK);
    thread_join(&sweeper.thread);
    assert_int_equal(sweeper.deleted, 1);
    assert_non_null(fixture_get(&f, "t", "{\"pk\":{\"S\":\"p\"},\"sk\":{\"N\":\"1\"}}"));
}

/* A write that holds up every done behind its own: what runs meanwhile is not seen by readers. */
struct blocker {
    struct store_write node;
    _Atomic bool blocks, released;
};

static status run_nothing(struct store_txn *txn, void *ctx)
{
    (void)ctx;
    return store_txn_put(txn, SPAN("nothing"), SPAN("")); /* so that there is something to sync */
}

static void block_done(void *ctx, status st)
{
    struct blocker *blocker = ctx;
    assert_int_equal(st, ST_OK);
    atomic_store(&blocker->blocks, true);
    while (!atomic_load(&blocker->released)) usleep(500);
}

static void start_blocking(struct blocker *blocker)
{
    *blocker = (struct blocker){.blocks = false};
    blocker->node = (struct store_write){.fn = run_nothing, .done = block_done, .ctx = blocker};
    store_write(f.store, &blocker->node);
    while (!atomic_load(&blocker->blocks)) usleep(500);
}

static uint64_t functions_run(void)
{
    struct store_stats stats;
    store_stats(f.store, &stats);
    return stats.writes;
}

/* An entry that is staged but in no snapshot yet when a round begins must not be forgotten. */
static void test_a_round_waits_for_what_was_staged_before_it(void **state)
{
    (void)state;
    struct blocker blocker;
    struct sweeper sweeper = {.deleted = 0};
    char *folder = support_folder_new();
    fixture_open(&f, folder);
    make_table("t", "expires");
    turn_clock_to(NOW + 100);
    start_blocking(&blocker);
    const uint64_t before = functions_run();
    struct fixture_write put = {.verb = ENGINE_PUT, .table = "t", .item = item(1, NOW)};
    struct fixture_many many = {.writes = &put, .count = 1};
    struct fixture_pending *pending = fixture_many_start(&f, &many);
    while (functions_run() == before) usleep(500);
    assert_int_equal(thread_start(&sweeper.thread, "sweeps", sweep_beside, &sweeper), ST_OK);
    usleep(20000); /* time for a round that would not wait */
    atomic_store(&blocker.released, true);
    assert_int_equal(fixture_many_end(&f, pending), ST_OK);
    thread_join(&sweeper.thread);
    assert_int_equal(sweeper.deleted + fixture_sweep(&f), 1);
    fixture_close(&f);
    support_folder_free(folder);
}

static void test_a_table_that_goes_meanwhile_is_no_failure(void **state)
{
    (void)state;
    for (int round = 0; round < 20; round++) {
        struct sweeper sweeper = {.deleted = 0};
        struct engine_table_write delete = {.verb = ENGINE_TABLE_DELETE, .name = SPAN("gone")};
        make_table("gone", "expires");
        put_many("gone", 0, 300, NOW);
        put_many("t", 0, 100, NOW);
        turn_clock_to(NOW + 1);
        assert_int_equal(thread_start(&sweeper.thread, "sweeps", sweep_beside, &sweeper), ST_OK);
        assert_int_equal(fixture_table_write(&f, &delete), ST_OK);
        table_drop(delete.description.table);
        thread_join(&sweeper.thread);
        assert_true(sweeper.deleted >= 100);
        assert_int_equal(stored_count("t"), 0);
        fixture_check(&f);
    }
}

static void test_writes_go_on_beside_it(void **state)
{
    (void)state;
    enum { DUE = 3000, WRITES = 200 };
    struct sweeper sweeper = {.deleted = 0};
    put_many("t", 0, DUE, NOW);
    turn_clock_to(NOW + 1);
    assert_int_equal(thread_start(&sweeper.thread, "sweeps", sweep_beside, &sweeper), ST_OK);
    for (int i = 0; i < WRITES; i++) put_into("t", item(i * 7, NOW + 100));
    thread_join(&sweeper.thread);
    (void)fixture_sweep(&f);
    assert_int_equal(stored_count("t"), WRITES);
}

/* V2: neither the table's units nor its debts matter. */
static void test_deletions_cost_nobody_units(void **state)
{
    (void)state;
    enum { BURST_UNITS = 300 }; /* of one unit a second */
    struct table_spec spec = {
        .name = SPAN("poor"), .billing = TABLE_PROVISIONED, .throughput = {1, 1, 0, 0, 0}
    };
    struct engine_table_write write = {
        .verb = ENGINE_TABLE_CREATE, .name = spec.name, .spec = &spec};
    spec.key.partition[spec.key.partition_count++] = (struct table_key_part){SPAN("pk"), VALUE_S};
    spec.key.sort[spec.key.sort_count++] = (struct table_key_part){SPAN("sk"), VALUE_N};
    fixture_open(&f, NULL);
    f.enforce_throughput = true;
    fixture_reopen(&f, NULL);
    assert_int_equal(fixture_table_write(&f, &write), ST_OK);
    table_drop(write.description.table);
    assert_int_equal(fixture_ttl(&f, "poor", "expires", true), ST_OK);
    for (int i = 0; i < BURST_UNITS; i++) put_into("poor", item(i, NOW - 1));
    struct fixture_write more = {.verb = ENGINE_PUT, .table = "poor", .item = item(0, NOW)};
    assert_int_equal(fixture_write(&f, &more), ST_THROTTLED);
    assert_int_equal(fixture_sweep(&f), BURST_UNITS);
    turn_clock_to(NOW + 1);
    assert_int_equal(fixture_write(&f, &more), ST_OK); /* a second's unit is there */
    fixture_close(&f);
}

/* ---- memory and notes */

static void test_a_failed_allocation_leaves_items_whole(void **state)
{
    (void)state;
    put_many("t", 0, 100, NOW);
    turn_clock_to(NOW + 1);
    for (uint64_t nth = 1;; nth++) {
        uint64_t deleted = 0;
        f.err = error_in(&f.arena);
        support_mem_fail_at(nth);
        const status st = engine_sweep(f.engine->engine, &deleted, &f.err);
        const bool failed = support_mem_failed();
        support_mem_fail_at(0);
        if (st != ST_OK && !(failed && st == ST_NO_MEMORY))
            fail_msg("allocation %d: %s", (int)nth, status_info(st)->name);
        fixture_check(&f);
        if (!failed) break;
        put_many("t", 0, 100, NOW);
    }
    assert_int_equal(stored_count("t"), 0);
}

static char told[10][100];
static size_t told_count;

static void keep_note(void *ctx, const char *text)
{
    (void)ctx;
    assert_true(told_count < ARRAY_COUNT(told));
    (void)snprintf(told[told_count++], sizeof told[0], "%s", text);
}

static void sweep_one_at(int64_t second)
{
    put_into("t", item(1, second - 1));
    turn_clock_to(second);
    assert_int_equal(fixture_sweep(&f), 1);
}

static void test_it_is_told_once_a_minute_and_at_the_end(void **state)
{
    (void)state;
    told_count = 0;
    fixture_open(&f, NULL);
    f.note = keep_note;
    fixture_reopen(&f, NULL);
    make_table("t", "expires");
    assert_int_equal(fixture_sweep(&f), 0);
    assert_int_equal(told_count, 0);
    sweep_one_at(NOW + 1);
    assert_int_equal(told_count, 1);
    assert_string_equal(told[0], "time to live: 1 expired items deleted");
    sweep_one_at(NOW + 31);
    sweep_one_at(NOW + 60);
    assert_int_equal(told_count, 1);
    sweep_one_at(NOW + 61);
    assert_int_equal(told_count, 2);
    assert_string_equal(told[1], "time to live: 3 expired items deleted");
    sweep_one_at(NOW + 62);
    fixture_close(&f);
    assert_int_equal(told_count, 3);
    assert_string_equal(told[2], "time to live: 1 expired items deleted");
}

/* ---- the thread */

static void test_the_thread_comes_by_itself_and_stops_when_told(void **state)
{
    (void)state;
    fixture_open(&f, NULL);
    f.sweep_every_ms = 1;
    fixture_reopen(&f, NULL);
    make_table("t", "expires");
    put_many("t", 0, 1000, NOW);
    assert_int_equal(stored_count("t"), 1000);
    turn_clock_to(NOW + 1);
    for (int i = 0; i < 4000 && stored_count("t") > 0; i++) usleep(5000);
    assert_int_equal(stored_count("t"), 0);
    put_many("t", 0, 1000, NOW); /* closed with some of them deleted */
    fixture_close(&f);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_round_takes_what_is_due_and_no_more),
        TEST(test_a_round_goes_on_until_nothing_is_due),
        TEST(test_tables_that_have_it_off_are_left_alone),
        TEST(test_what_is_too_old_stays),
        TEST(test_what_comes_expired_is_taken_by_the_next_round),
        TEST(test_a_clock_turned_back_is_noticed),
        TEST(test_an_item_is_judged_again_when_it_is_deleted),
        TEST(test_an_update_in_time_saves_its_item),
        cmocka_unit_test(test_a_round_waits_for_what_was_staged_before_it),
        TEST(test_a_table_that_goes_meanwhile_is_no_failure),
        TEST(test_writes_go_on_beside_it),
        cmocka_unit_test(test_deletions_cost_nobody_units),
        TEST(test_a_failed_allocation_leaves_items_whole),
        cmocka_unit_test(test_it_is_told_once_a_minute_and_at_the_end),
        cmocka_unit_test(test_the_thread_comes_by_itself_and_stops_when_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
