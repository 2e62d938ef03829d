/* throttle_test.c -- buckets under a clock that the test turns: how much they hold, how they fill,
 * go into debt, and change their rate (H1 to H3 of throttle.h).
 *
 * What each operation says and leaves out is in tests/spec/throughput.test.
 */
#include "engine/throttle.h"

#include <stdio.h>

#include "engine/fixture.h"
#include "os/thread.h"

enum { SECOND_MS = 1000, BURST_UNITS = 300 /* of one unit a second */ };

static struct fixture f;

static int set_up(void **state)
{
    (void)state;
    fixture_open(&f, NULL);
    f.enforce_throughput = true;
    fixture_reopen(&f, NULL);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fixture_close(&f);
    return 0;
}

/* ---- a provisioned table "t" */

static void make_table(uint64_t read_units, uint64_t write_units)
{
    struct table_spec spec = {
        .name = SPAN("t"),
        .billing = TABLE_PROVISIONED,
        .throughput = {.read_units = read_units, .write_units = write_units},
    };
    spec.key.partition[spec.key.partition_count++] = (struct table_key_part){SPAN("pk"), VALUE_S};
    struct engine_table_write write = {
        .verb = ENGINE_TABLE_CREATE, .name = spec.name, .spec = &spec};
    assert_int_equal(fixture_table_write(&f, &write), ST_OK);
    table_drop(write.description.table);
}

static void set_units(uint64_t read_units, uint64_t write_units)
{
    const struct engine_table_change change = {
        .has_throughput = true, .read_units = read_units, .write_units = write_units};
    struct engine_table_write write = {
        .verb = ENGINE_TABLE_UPDATE, .name = SPAN("t"), .change = &change};
    assert_int_equal(fixture_table_write(&f, &write), ST_OK);
    table_drop(write.description.table);
}

/* Write one unit. */
static status put(void)
{
    struct fixture_write write = {
        .verb = ENGINE_PUT, .table = "t", .item = "{\"pk\":{\"S\":\"a\"}}"};
    return fixture_write(&f, &write);
}

/* Write `units`, at most 400, of them at once. */
static status put_units(uint32_t units)
{
    const size_t len = (size_t)units * 1024 - 100;
    struct buf item;
    buf_init(&item, support_mem(), 1 << 20);
    buf_put_text(&item, "{\"pk\":{\"S\":\"a\"},\"v\":{\"S\":\"");
    for (size_t i = 0; i < len; i++) buf_put_u8(&item, 'x');
    buf_put_text(&item, "\"}}");
    buf_put_u8(&item, 0);
    struct fixture_write write = {
        .verb = ENGINE_PUT, .table = "t", .item = (const char *)buf_view(&item).ptr};
    const status st = fixture_write(&f, &write);
    if (st == ST_OK) assert_int_equal(write.write_units, units);
    buf_deinit(&item);
    return st;
}

/* How many single units can be written before the table refuses? */
static uint32_t writes_left(void)
{
    uint32_t count = 0;
    status st = put();
    for (; st == ST_OK; st = put()) count++;
    assert_int_equal(st, ST_THROTTLED);
    return count;
}

/* Read half a unit: an item that is not there, eventually consistent. */
static status get_by(struct fixture *reader)
{
    struct engine_get get = {.table_name = SPAN("t"),
                             .key = fixture_map(reader, "{\"pk\":{\"S\":\"-\"}}")};
    reader->err = error_in(&reader->arena);
    return engine_get(reader->engine, &get, &reader->arena, &reader->err);
}

static uint32_t reads_left(struct fixture *reader)
{
    uint32_t count = 0;
    status st = get_by(reader);
    for (; st == ST_OK; st = get_by(reader)) count++;
    assert_int_equal(st, ST_THROTTLED);
    return count;
}

static void wait_ms(uint64_t ms)
{
    f.clock_ms += ms;
}

/* ---- H1 */

static void test_a_new_table_has_300_seconds_of_units(void **state)
{
    (void)state;
    make_table(1, 2);
    assert_int_equal(writes_left(), 2 * BURST_UNITS);
    assert_int_equal(reads_left(&f), 2 * BURST_UNITS); /* of half a unit each */
}

static void test_units_come_with_time(void **state)
{
    (void)state;
    make_table(1, 2);
    assert_int_equal(writes_left(), 2 * BURST_UNITS);
    wait_ms(10 * SECOND_MS);
    assert_int_equal(writes_left(), 20);
    wait_ms(SECOND_MS / 2);
    assert_int_equal(writes_left(), 1);
}

static void test_units_older_than_300_seconds_are_lost(void **state)
{
    (void)state;
    make_table(1, 1);
    assert_int_equal(put(), ST_OK);
    wait_ms((uint64_t)100000 * SECOND_MS);
    assert_int_equal(writes_left(), BURST_UNITS);
}

static void test_reading_and_writing_have_buckets_of_their_own(void **state)
{
    (void)state;
    make_table(1, 1);
    assert_int_equal(writes_left(), BURST_UNITS);
    assert_int_equal(get_by(&f), ST_OK);
}

/* ---- H2 */

static void test_one_request_may_take_more_than_is_left(void **state)
{
    (void)state;
    make_table(1, 1);
    assert_int_equal(put_units(400), ST_OK);
    assert_int_equal(put(), ST_THROTTLED);
    wait_ms(100 * SECOND_MS);
    assert_int_equal(put(), ST_THROTTLED); /* the debt is just paid, nothing is left over */
    wait_ms(1);
    assert_int_equal(put(), ST_OK);
    assert_int_equal(put(), ST_THROTTLED);
}

/* ---- H3 */

static void test_refusals_cost_nothing(void **state)
{
    (void)state;
    make_table(1, 1);
    assert_int_equal(writes_left(), BURST_UNITS);
    for (int i = 0; i < 50; i++) assert_int_equal(put(), ST_THROTTLED);
    wait_ms(SECOND_MS);
    assert_int_equal(writes_left(), 1);
}

static void test_a_failed_condition_costs_what_it_says(void **state)
{
    (void)state;
    make_table(1, 1);
    assert_int_equal(put_units(100), ST_OK);
    struct fixture_write write = {.verb = ENGINE_DELETE,
                                  .table = "t",
                                  .item = "{\"pk\":{\"S\":\"a\"}}",
                                  .condition = "attribute_not_exists(pk)"};
    assert_int_equal(fixture_write(&f, &write), ST_CONDITION_FAILED);
    assert_int_equal(write.write_units, 100);
    wait_ms(0);
    assert_int_equal(put(), ST_OK); /* replaces 100 units: 300 are spent */
    assert_int_equal(put(), ST_THROTTLED);
}

static void test_a_wrong_key_costs_nothing(void **state)
{
    (void)state;
    make_table(1, 1);
    for (int i = 0; i < 10; i++) {
        struct fixture_write write = {
            .verb = ENGINE_PUT, .table = "t", .item = "{\"k\":{\"S\":\"a\"}}"};
        assert_int_equal(fixture_write(&f, &write), ST_VALIDATION);
    }
    assert_int_equal(writes_left(), BURST_UNITS);
}

/* ---- changing rates */

static void test_a_debt_is_paid_at_the_new_rate(void **state)
{
    (void)state;
    make_table(1, 1);
    assert_int_equal(put_units(400), ST_OK); /* owes 100 */
    set_units(1, 10);
    wait_ms(10 * SECOND_MS);
    assert_int_equal(put(), ST_THROTTLED);
    wait_ms(1);
    assert_int_equal(put(), ST_OK);
}

static void test_units_that_are_left_stay_when_the_rate_rises(void **state)
{
    (void)state;
    make_table(1, 1);
    set_units(1, 10);
    assert_int_equal(writes_left(), BURST_UNITS);
    wait_ms(300 * SECOND_MS);
    assert_int_equal(writes_left(), 10 * BURST_UNITS);
}

static void test_units_that_are_left_stay_as_far_as_a_lower_rate_holds_them(void **state)
{
    (void)state;
    make_table(1, 10);
    set_units(1, 1);
    assert_int_equal(writes_left(), BURST_UNITS);
    set_units(1, 10);
    assert_int_equal(put(), ST_THROTTLED);
}

static void test_changing_one_rate_leaves_the_other_bucket(void **state)
{
    (void)state;
    make_table(1, 1);
    assert_int_equal(writes_left(), BURST_UNITS);
    set_units(5, 1);
    assert_int_equal(put(), ST_THROTTLED);
    assert_int_equal(reads_left(&f), 2 * BURST_UNITS);
}

static void test_the_largest_rates_are_counted_too(void **state)
{
    (void)state;
    const uint64_t most = UINT64_C(1000000000000);
    make_table(most, most);
    for (int i = 0; i < 10; i++) assert_int_equal(put_units(400), ST_OK);
    set_units(1, 1); /* of all that was left, 300 stay */
    assert_int_equal(put_units(400), ST_OK);
    assert_int_equal(put(), ST_THROTTLED);
    set_units(most, most); /* 100 are owed: an instant */
    assert_int_equal(put(), ST_THROTTLED);
    wait_ms(1);
    assert_int_equal(put(), ST_OK);
}

/* ---- around */

static void test_a_restart_fills_buckets(void **state)
{
    (void)state;
    char *folder = support_folder_new();
    fixture_reopen(&f, folder);
    make_table(1, 1);
    assert_int_equal(put_units(400), ST_OK);
    fixture_reopen(&f, folder);
    assert_int_equal(put(), ST_OK);
    fixture_reopen(&f, NULL);
    support_folder_free(folder);
}

static void test_without_the_option_nothing_is_refused(void **state)
{
    (void)state;
    f.enforce_throughput = false;
    fixture_reopen(&f, NULL);
    make_table(1, 1);
    for (int i = 0; i < 3; i++) assert_int_equal(put_units(400), ST_OK);
    for (int i = 0; i < 3 * BURST_UNITS; i++) assert_int_equal(get_by(&f), ST_OK);
}

enum { READERS = 4 };

struct reader {
    struct fixture shared;
    struct thread thread;
    uint32_t admitted;
};

static void reader_run(void *ctx)
{
    struct reader *reader = ctx;
    reader->admitted = reads_left(&reader->shared);
}

/* Nothing is lost between threads, and each can be admitted once beside the last unit (H2). */
static void test_readers_side_by_side_share_one_bucket(void **state)
{
    (void)state;
    static struct reader readers[READERS];
    make_table(10, 1);
    for (size_t i = 0; i < READERS; i++) fixture_share(&f, &readers[i].shared);
    for (size_t i = 0; i < READERS; i++)
        assert_int_equal(thread_start(&readers[i].thread, "reader", reader_run, &readers[i]),
                         ST_OK);
    uint32_t admitted = 0;
    for (size_t i = 0; i < READERS; i++) {
        thread_join(&readers[i].thread);
        fixture_unshare(&readers[i].shared);
        admitted += readers[i].admitted;
    }
    assert_in_range(admitted, 2 * 10 * BURST_UNITS, 2 * 10 * BURST_UNITS + READERS - 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_new_table_has_300_seconds_of_units),
        TEST(test_units_come_with_time),
        TEST(test_units_older_than_300_seconds_are_lost),
        TEST(test_reading_and_writing_have_buckets_of_their_own),
        TEST(test_one_request_may_take_more_than_is_left),
        TEST(test_refusals_cost_nothing),
        TEST(test_a_failed_condition_costs_what_it_says),
        TEST(test_a_wrong_key_costs_nothing),
        TEST(test_a_debt_is_paid_at_the_new_rate),
        TEST(test_units_that_are_left_stay_when_the_rate_rises),
        TEST(test_units_that_are_left_stay_as_far_as_a_lower_rate_holds_them),
        TEST(test_changing_one_rate_leaves_the_other_bucket),
        TEST(test_the_largest_rates_are_counted_too),
        TEST(test_a_restart_fills_buckets),
        TEST(test_without_the_option_nothing_is_refused),
        TEST(test_readers_side_by_side_share_one_bucket),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
