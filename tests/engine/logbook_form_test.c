/* logbook_form_test.c -- what the change log stores is read as it was written, and never beyond.
 *
 * Values are cut short at every byte, before a page that cannot be read: ST_CORRUPT each time.
 */
#include "engine/logbook_form.h"

#include "base/calendar.h"
#include "support/support.h"

static const struct engine_position one = {0x0102030405060708, 9}, two = {77, 1};

static struct buf new_buf(void)
{
    struct buf buf;
    buf_init(&buf, support_mem(), 1 << 16);
    return buf;
}

/* ---- keys */

static void test_keys_sort_by_stream_shard_and_position(void **state)
{
    (void)state;
    const struct logbook_form_key keys[] = {
        logbook_form_record_key(1, 2, (struct engine_position){255, 3}),
        logbook_form_record_key(1, 2, (struct engine_position){256, 0}),
        logbook_form_record_key(1, 2, (struct engine_position){256, 300}),
        logbook_form_after(logbook_form_record_key(1, 2, (struct engine_position){256, 300})),
        logbook_form_record_key(1, 3, (struct engine_position){0, 0}),
        logbook_form_record_key(256, 1, (struct engine_position){0, 0}),
        logbook_form_prefix('C', 257),
        logbook_form_shard_key(1, 2),
        logbook_form_mark_key(1, 2, (struct engine_position){1, 1}),
    };
    for (size_t i = 1; i < ARRAY_COUNT(keys); i++)
        assert_true(span_compare(logbook_form_span(&keys[i - 1]), logbook_form_span(&keys[i])) < 0);
}

static void test_keys_are_read_and_others_are_not(void **state)
{
    (void)state;
    const struct logbook_form_key stream = logbook_form_stream_key(7);
    const struct logbook_form_key shard = logbook_form_shard_key(7, 8);
    const struct logbook_form_key record = logbook_form_record_key(7, 8, one);
    const struct logbook_form_key longer = logbook_form_after(record);
    struct engine_position at = {0};
    uint32_t number = 0;
    assert_int_equal(logbook_form_read_stream_key(logbook_form_span(&stream), &number), ST_OK);
    assert_int_equal(number, 7);
    assert_int_equal(logbook_form_read_shard_key(logbook_form_span(&shard), &number), ST_OK);
    assert_int_equal(number, 8);
    assert_int_equal(logbook_form_read_place(logbook_form_span(&record), &at), ST_OK);
    assert_int_equal(engine_stream_compare(at, one), 0);
    assert_int_equal(logbook_form_read_place(logbook_form_span(&longer), &at), ST_CORRUPT);
    assert_int_equal(logbook_form_read_place(logbook_form_span(&shard), &at), ST_CORRUPT);
    assert_int_equal(logbook_form_read_shard_key(logbook_form_span(&stream), &number), ST_CORRUPT);
    assert_int_equal(logbook_form_read_stream_key(logbook_form_span(&shard), &number), ST_CORRUPT);
}

/* ---- values */

typedef status(read_fn)(struct span bytes);

/* Nothing shorter is read, nor anything of another form. */
static void assert_exact(struct span whole, read_fn *read)
{
    assert_int_equal(read(whole), ST_OK);
    for (size_t len = 0; len < whole.len; len++) {
        const struct span cut = support_guard(span_take(whole, len));
        if (read(cut) != ST_CORRUPT) fail_msg("cut to %zu of %zu bytes", len, whole.len);
        support_guard_free(cut);
    }
    struct buf other = new_buf();
    buf_put(&other, whole);
    other.ptr[0]++;
    assert_int_equal(read(buf_view(&other)), ST_CORRUPT);
    buf_deinit(&other);
}

static struct table table_of_stream(void)
{
    struct table table = {.number = 42, .space = SPAN("123/eu")};
    struct table_key *key = &table.spec.key;
    table.spec.name = SPAN("Music");
    key->partition[key->partition_count++] = (struct table_key_part){SPAN("Artist"), VALUE_S};
    key->sort[key->sort_count++] = (struct table_key_part){SPAN("Year"), VALUE_N};
    return table;
}

static status read_stream(struct span bytes)
{
    struct logbook_stream stream;
    struct logbook_owner owner;
    TRY(logbook_form_read_stream(bytes, &stream));
    return logbook_form_read_owner(stream.owner, &owner);
}

static void test_a_stream_is_read_as_it_was_written(void **state)
{
    (void)state;
    struct buf open = new_buf(), owner = new_buf(), whole = new_buf();
    const struct table table = table_of_stream();
    struct logbook_stream again;
    struct logbook_owner its;
    logbook_form_write_open_shard(&open, (struct logbook_open_shard){0, 3});
    logbook_form_write_open_shard(&open, (struct logbook_open_shard){1U << 31, 9});
    logbook_form_write_owner(&owner, &table);
    const struct logbook_stream stream = {
        .view = TABLE_STREAM_OLD_IMAGE,
        .status = ENGINE_STREAM_ENABLED,
        .made_ms = 1,
        .ended_ms = 2,
        .retention = {3, 4, 5},
        .first_shard = 3,
        .next_shard = 10,
        .open_count = 2,
        .open = buf_view(&open),
        .owner = buf_view(&owner)
    };
    logbook_form_write_stream(&whole, &stream);
    assert_int_equal(logbook_form_read_stream(buf_view(&whole), &again), ST_OK);
    assert_int_equal(again.view, TABLE_STREAM_OLD_IMAGE);
    assert_int_equal(again.status, ENGINE_STREAM_ENABLED);
    assert_int_equal(again.made_ms, 1);
    assert_int_equal(again.ended_ms, 2);
    assert_memory_equal(&again.retention, &stream.retention, sizeof again.retention);
    assert_int_equal(again.first_shard, 3);
    assert_int_equal(again.next_shard, 10);
    assert_int_equal(logbook_form_open_shard(&again, 1).low, 1U << 31);
    assert_int_equal(logbook_form_open_shard(&again, 1).number, 9);
    assert_int_equal(logbook_form_read_owner(again.owner, &its), ST_OK);
    assert_int_equal(its.table_number, 42);
    support_assert_text(its.space, "123/eu");
    support_assert_text(its.table_name, "Music");
    support_assert_text(its.key.partition[0].name, "Artist");
    assert_int_equal(its.key.sort[0].type, VALUE_N);
    assert_exact(buf_view(&whole), read_stream);
    buf_deinit(&open);
    buf_deinit(&owner);
    buf_deinit(&whole);
    support_mem_check();
}

/* Its label is a date, and dates end with the year 9999. */
static void test_a_stream_of_no_calendar_is_corrupt(void **state)
{
    (void)state;
    const uint64_t last_ms = (uint64_t)CALENDAR_SECONDS_END * 1000 - 1;
    const uint64_t times_ms[] = {last_ms, last_ms + 1, UINT64_MAX};
    for (size_t i = 0; i < ARRAY_COUNT(times_ms); i++) {
        struct buf whole = new_buf();
        struct logbook_stream again;
        const struct logbook_stream stream = {.view = TABLE_STREAM_OLD_IMAGE,
                                              .status = ENGINE_STREAM_ENABLED,
                                              .made_ms = times_ms[i]};
        logbook_form_write_stream(&whole, &stream);
        assert_int_equal(logbook_form_read_stream(buf_view(&whole), &again),
                         i == 0 ? ST_OK : ST_CORRUPT);
        buf_deinit(&whole);
    }
    support_mem_check();
}

static status read_shard(struct span bytes)
{
    struct logbook_shard shard;
    return logbook_form_read_shard(bytes, &shard);
}

static void test_a_shard_is_read_as_it_was_written(void **state)
{
    (void)state;
    struct logbook_shard again, shard;
    uint8_t bytes[LOGBOOK_SHARD_BYTES];
    memset(&again, 0, sizeof again);
    memset(&shard, 0, sizeof shard);
    shard.parent = 1;
    shard.low = 2;
    shard.high = 3;
    shard.made_ms = 4;
    shard.closed_ms = 5;
    shard.first = one;
    shard.last = two;
    shard.last_ms = 6;
    shard.records = 7;
    shard.bytes = 8;
    shard.trimmed = two;
    shard.trimmed_records = 9;
    shard.trimmed_bytes = 10;
    shard.oldest_mark = one;
    shard.newest_mark = two;
    shard.mark_ms = 11;
    shard.mark_records = 12;
    shard.mark_bytes = 13;
    logbook_form_write_shard(bytes, &shard);
    assert_int_equal(logbook_form_read_shard((struct span){bytes, sizeof bytes}, &again), ST_OK);
    assert_int_equal(engine_stream_compare(again.first, one), 0);
    assert_int_equal(engine_stream_compare(again.last, two), 0);
    assert_int_equal(engine_stream_compare(again.newest_mark, two), 0);
    assert_int_equal(again.high, 3);
    assert_int_equal(again.closed_ms, 5);
    assert_int_equal(again.trimmed_bytes, 10);
    assert_int_equal(again.mark_bytes, 13);
    assert_exact((struct span){bytes, sizeof bytes}, read_shard);
}

static status read_mark(struct span bytes)
{
    struct logbook_mark mark;
    return logbook_form_read_mark(bytes, &mark);
}

static void test_a_mark_is_read_as_it_was_written(void **state)
{
    (void)state;
    const struct logbook_mark mark = {
        .time_ms = 1, .records = 2, .bytes = 3, .before = one, .next = two};
    struct logbook_mark again;
    uint8_t bytes[LOGBOOK_MARK_BYTES];
    logbook_form_write_mark(bytes, &mark);
    assert_int_equal(logbook_form_read_mark((struct span){bytes, sizeof bytes}, &again), ST_OK);
    assert_int_equal(again.time_ms, 1);
    assert_int_equal(again.records, 2);
    assert_int_equal(again.bytes, 3);
    assert_int_equal(engine_stream_compare(again.before, one), 0);
    assert_int_equal(engine_stream_compare(again.next, two), 0);
    assert_exact((struct span){bytes, sizeof bytes}, read_mark);
}

static status read_record(struct span bytes)
{
    struct engine_record record;
    return logbook_form_read_record(bytes, &record);
}

/* Any of the images may stand in it, whatever the kind. */
static void test_a_record_is_read_as_it_was_written(void **state)
{
    (void)state;
    enum { OLD = 1, NEW = 2, ALL = 4 };
    for (unsigned images = 0; images < ALL; images++) {
        struct buf buf = new_buf();
        struct engine_record again;
        struct engine_record record = {
            .time_ms = 1700000000000,
            .kind = ENGINE_RECORD_REMOVE,
            .by_service = images == OLD,
            .keys = {VALUE_M, SPAN("keys")},
            .bytes = 99
        };
        if ((images & OLD) != 0) record.old_image = (struct value){VALUE_M, SPAN("the old one")};
        if ((images & NEW) != 0) record.new_image = (struct value){VALUE_M, SPAN("the new")};
        logbook_form_write_record(&buf, &record);
        assert_int_equal(logbook_form_read_record(buf_view(&buf), &again), ST_OK);
        assert_int_equal(again.time_ms, record.time_ms);
        assert_int_equal(again.kind, ENGINE_RECORD_REMOVE);
        assert_int_equal(again.by_service, record.by_service);
        assert_int_equal(again.bytes, 99);
        assert_true(value_eq(again.keys, record.keys));
        assert_true(value_eq(again.old_image, record.old_image));
        assert_true(value_eq(again.new_image, record.new_image));
        assert_exact(buf_view(&buf), read_record);
        buf_put_u8(&buf, 0);
        assert_int_equal(read_record(buf_view(&buf)), ST_CORRUPT);
        buf_deinit(&buf);
    }
    support_mem_check();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keys_sort_by_stream_shard_and_position),
        cmocka_unit_test(test_keys_are_read_and_others_are_not),
        cmocka_unit_test(test_a_stream_is_read_as_it_was_written),
        cmocka_unit_test(test_a_stream_of_no_calendar_is_corrupt),
        cmocka_unit_test(test_a_shard_is_read_as_it_was_written),
        cmocka_unit_test(test_a_mark_is_read_as_it_was_written),
        cmocka_unit_test(test_a_record_is_read_as_it_was_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
