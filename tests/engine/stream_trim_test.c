/* stream_trim_test.c -- what goes from the old end of the change log, when, and who is told.
 *
 * The clock stands still but where a test turns it. Every test ends with engine_check, which counts
 * records and bytes against what shards say. The table: pk S, sk N.
 */
#include <stdio.h>

#include "engine/stream_reader.h"

enum { SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE, DAY = 24 * HOUR };

static struct fixture f;
static char *folder;
static uint32_t stream;

static int set_up(void **state)
{
    (void)state;
    folder = support_folder_new();
    fixture_open(&f, folder);
    fixture_table(&f, "t", "pk:S", "sk:N");
    assert_int_equal(fixture_stream(&f, "t", TABLE_STREAM_NEW_AND_OLD_IMAGES), ST_OK);
    stream = stream_reader_latest(&f, "t").number;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fixture_close(&f);
    support_folder_free(folder);
    return 0;
}

static void put_of(int sk, int letters)
{
    char text[4096];
    (void)snprintf(text, sizeof text,
                   "{\"pk\":{\"S\":\"p\"},\"sk\":{\"N\":\"%d\"},\"v\":{\"S\":\"%0*d\"}}", sk,
                   letters, sk);
    struct fixture_write put = {.verb = ENGINE_PUT, .table = "t", .item = text};
    assert_int_equal(fixture_write(&f, &put), ST_OK);
}

static void put(int sk)
{
    put_of(sk, 1);
}

static uint32_t count(void)
{
    return stream_reader_count(&f, stream);
}

static void sweep(void)
{
    assert_int_equal(fixture_sweep(&f), 0);
}

static struct engine_position latest(uint32_t shard)
{
    struct engine_position at = {0};
    assert_int_equal(engine_stream_latest(f.engine, stream, shard, &at), ST_OK);
    return at;
}

static status read_after(struct engine_position after, struct engine_records *out)
{
    *out = (struct engine_records){
        .stream = stream, .shard = 1, .after = after, .limit = 10, .bytes_max = 1 << 20};
    return engine_stream_read(f.engine, out, &f.arena);
}

static status retain(struct engine_retention retention)
{
    return engine_stream_retain(f.engine, stream, &retention);
}

/* ---- by age */

static void test_records_go_a_day_after_they_were_made(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++) {
        put(i);
        f.clock_ms += 20 * MINUTE;
    }
    f.clock_ms += DAY - 80 * MINUTE;
    sweep(); /* the first is a day old, and the second not: they are of two stretches */
    assert_int_equal(count(), 4);
    f.clock_ms += 20 * MINUTE;
    sweep();
    assert_int_equal(count(), 3);
    f.clock_ms += 40 * MINUTE - 1;
    sweep();
    assert_int_equal(count(), 2);
    f.clock_ms += 1;
    sweep(); /* the last stretch, which nobody writes any more */
    assert_int_equal(count(), 0);
    put(9);
    assert_int_equal(count(), 1);
}

static void test_an_engine_that_was_told_so_keeps_new_streams_shorter(void **state)
{
    (void)state;
    f.stream_age_ms = 5 * MINUTE;
    fixture_reopen(&f, folder);
    fixture_table(&f, "u", "pk:S", "sk:N");
    assert_int_equal(fixture_stream(&f, "u", TABLE_STREAM_KEYS_ONLY), ST_OK);
    assert_int_equal(stream_reader_latest(&f, "u").retention.age_ms_max, 5 * MINUTE);
    assert_int_equal(stream_reader_latest(&f, "t").retention.age_ms_max, DAY);
}

static void test_records_of_one_stretch_go_together(void **state)
{
    (void)state;
    for (int i = 0; i < 10; i++) {
        put(i);
        f.clock_ms += MINUTE;
    }
    f.clock_ms += DAY - 5 * MINUTE;
    sweep();
    assert_int_equal(count(), 10);
    f.clock_ms += 5 * MINUTE;
    sweep();
    assert_int_equal(count(), 0);
}

static void test_a_writer_trims_as_it_goes_on(void **state)
{
    (void)state;
    assert_int_equal(retain((struct engine_retention){.age_ms_max = HOUR}), ST_OK);
    for (int i = 0; i < 3 * 60; i++) {
        put(i);
        f.clock_ms += MINUTE;
    }
    const uint32_t kept = count(); /* nobody has swept */
    assert_true(kept >= 60);
    assert_true(kept <= 62);
}

static void test_a_clock_that_is_turned_back_costs_no_record(void **state)
{
    (void)state;
    put(1);
    f.clock_ms -= HOUR;
    put(2);
    sweep();
    f.clock_ms += HOUR;
    put(3);
    f.clock_ms += DAY - 1;
    sweep();
    assert_int_equal(count(), 3);
    f.clock_ms += 1;
    sweep();
    assert_int_equal(count(), 0);
}

static void test_a_clock_that_was_years_ahead_does_not_keep_records_for_years(void **state)
{
    (void)state;
    enum { AHEAD_DAYS = 3650 };
    put(1);
    f.clock_ms += (uint64_t)AHEAD_DAYS * DAY;
    put(2); /* this one stays */
    f.clock_ms -= (uint64_t)AHEAD_DAYS * DAY;
    put(3);
    put(4);
    f.clock_ms += DAY;
    sweep();
    assert_int_equal(count(), 1);
}

static void test_records_may_be_kept_for_ever(void **state)
{
    (void)state;
    assert_int_equal(retain((struct engine_retention){.age_ms_max = UINT64_MAX}), ST_OK);
    for (int i = 0; i < 4; i++) {
        put(i);
        f.clock_ms += 400 * (uint64_t)DAY;
        sweep();
    }
    assert_int_equal(count(), 4);
}

/* ---- by number and by size */

static void test_a_stream_keeps_so_many_records_and_few_more(void **state)
{
    (void)state;
    enum { KEPT = 200, MORE = 64 };
    assert_int_equal(retain((struct engine_retention){.records_max = KEPT}), ST_OK);
    for (int i = 0; i < 3 * KEPT; i++) {
        put(i);
        f.clock_ms += SECOND;
        const uint32_t now = i % 50 == 0 ? count() : KEPT;
        assert_true(now >= (i < KEPT ? (uint32_t)i : KEPT));
        assert_true(now <= KEPT + MORE);
    }
    assert_true(count() >= KEPT);
}

static void test_a_stream_keeps_so_many_bytes_and_few_more(void **state)
{
    (void)state;
    enum { KIB = 1024, RECORDS = 400 };
    assert_int_equal(retain((struct engine_retention){.bytes_max = 128 * KIB}), ST_OK);
    for (int i = 0; i < RECORDS; i++) {
        put_of(i, KIB);
        f.clock_ms += SECOND;
    }
    const uint32_t kept = count();
    assert_true(kept >= 115); /* a record is a little more than its KiB */
    assert_true(kept <= 128 + 64);
}

/* A small stream that is written fast is not trimmed with every few records. */
static void test_what_is_written_in_a_second_goes_together(void **state)
{
    (void)state;
    assert_int_equal(retain((struct engine_retention){.records_max = 10}), ST_OK);
    for (int i = 0; i < 300; i++) put(i);
    assert_int_equal(count(), 300);
    f.clock_ms += SECOND;
    put(300); /* the first of the next stretch: ten of these must be there first */
    assert_int_equal(count(), 301);
    for (int i = 301; i < 340; i++) put(i);
    f.clock_ms += SECOND;
    put(340);
    assert_int_equal(count(), 41);
}

static void test_less_is_kept_as_soon_as_less_is_asked_for(void **state)
{
    (void)state;
    for (int i = 0; i < 8; i++) {
        put(i);
        f.clock_ms += 16 * MINUTE;
    }
    assert_int_equal(retain((struct engine_retention){.records_max = 3}), ST_OK);
    assert_int_equal(count(), 3);
    assert_int_equal(retain((struct engine_retention){0}), ST_OK);
    const struct engine_stream seen = stream_reader_latest(&f, "t");
    assert_int_equal(seen.retention.age_ms_max, DAY);
    assert_int_equal(seen.retention.records_max, 0);
    const struct engine_retention none = {0};
    assert_int_equal(engine_stream_retain(f.engine, stream + 1, &none), ST_NOT_FOUND);
    struct engine_space other = f.space;
    other.name = SPAN("123456789012/eu-west-1");
    assert_int_equal(engine_stream_retain(&other, stream, &none), ST_NOT_FOUND);
}

/* ---- readers */

static void test_a_reader_that_missed_records_is_told(void **state)
{
    (void)state;
    struct engine_position at[4];
    struct engine_records read;
    for (int i = 0; i < 4; i++) {
        put(i);
        at[i] = latest(1);
        f.clock_ms += 20 * MINUTE;
    }
    f.clock_ms += DAY - 40 * MINUTE; /* the first two go */
    sweep();
    assert_int_equal(read_after(at[0], &read), ST_TRIMMED);
    assert_int_equal(read_after((struct engine_position){0}, &read), ST_OK);
    assert_int_equal(read.count, 2);
    assert_int_equal(read_after(at[1], &read), ST_OK); /* has missed nothing */
    assert_int_equal(read.count, 2);
    assert_int_equal(engine_stream_compare(read.records[0].at, at[2]), 0);
    f.clock_ms += DAY;
    sweep();
    assert_int_equal(read_after(at[2], &read), ST_TRIMMED);
    assert_int_equal(read_after(at[3], &read), ST_OK);
    assert_int_equal(read.count, 0);
    assert_int_equal(engine_stream_compare(latest(1), at[3]), 0);
}

/* ---- shards and streams */

static void test_a_closed_shard_goes_with_its_last_record(void **state)
{
    (void)state;
    put(1);
    f.clock_ms += 5 * HOUR;
    put(2); /* in a child */
    struct engine_shards shards = stream_reader_shards(&f, stream);
    assert_int_equal(shards.count, 2);
    f.clock_ms += DAY - 5 * HOUR;
    sweep();
    shards = stream_reader_shards(&f, stream);
    assert_int_equal(shards.count, 2); /* empty, and closed less than a day ago */
    assert_int_equal(count(), 1);
    f.clock_ms += 5 * HOUR;
    sweep();
    shards = stream_reader_shards(&f, stream);
    assert_int_equal(shards.count, 1);
    assert_int_equal(shards.shards[0].number, 2);
    assert_int_equal(shards.shards[0].parent, 1);
    assert_true(shards.shards[0].open);
    put(3);
    assert_int_equal(count(), 1);
}

static bool is_listed(void)
{
    struct engine_streams list = {.limit = 10};
    assert_int_equal(engine_stream_list(f.engine, &list, &f.arena), ST_OK);
    return list.count > 0;
}

static void test_a_stream_that_is_off_goes_after_a_day(void **state)
{
    (void)state;
    put(1);
    assert_int_equal(fixture_stream(&f, "t", TABLE_STREAM_OFF), ST_OK);
    f.clock_ms += DAY - 1;
    sweep();
    assert_int_equal(count(), 1);
    f.clock_ms += 1;
    sweep();
    assert_false(is_listed());
    struct engine_records read;
    assert_int_equal(read_after((struct engine_position){0}, &read), ST_NOT_FOUND);
    assert_int_equal(fixture_stream(&f, "t", TABLE_STREAM_KEYS_ONLY), ST_OK);
    assert_true(is_listed());
}

static void test_the_stream_of_a_deleted_table_goes_after_a_day(void **state)
{
    (void)state;
    struct engine_table_write write = {.verb = ENGINE_TABLE_DELETE, .name = SPAN("t")};
    put(1);
    assert_int_equal(fixture_table_write(&f, &write), ST_OK);
    table_drop(write.description.table);
    f.clock_ms += DAY - 1;
    sweep();
    assert_int_equal(count(), 1);
    f.clock_ms += 1;
    sweep();
    assert_false(is_listed());
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_records_go_a_day_after_they_were_made),
        TEST(test_an_engine_that_was_told_so_keeps_new_streams_shorter),
        TEST(test_records_of_one_stretch_go_together),
        TEST(test_a_writer_trims_as_it_goes_on),
        TEST(test_a_clock_that_is_turned_back_costs_no_record),
        TEST(test_a_clock_that_was_years_ahead_does_not_keep_records_for_years),
        TEST(test_records_may_be_kept_for_ever),
        TEST(test_a_stream_keeps_so_many_records_and_few_more),
        TEST(test_a_stream_keeps_so_many_bytes_and_few_more),
        TEST(test_what_is_written_in_a_second_goes_together),
        TEST(test_less_is_kept_as_soon_as_less_is_asked_for),
        TEST(test_a_reader_that_missed_records_is_told),
        TEST(test_a_closed_shard_goes_with_its_last_record),
        TEST(test_a_stream_that_is_off_goes_after_a_day),
        TEST(test_the_stream_of_a_deleted_table_goes_after_a_day),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
