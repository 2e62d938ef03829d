/* stream_test.c -- what the change log holds of a write, and how streams come, go on and end.
 *
 * The clock stands still but where a test turns it. Every test ends with engine_check. The table:
 * pk S, sk N.
 */
#include <stdio.h>

#include "engine/stream_reader.h"

static struct fixture f;
static char *folder;

static int set_up(void **state)
{
    (void)state;
    folder = support_folder_new();
    fixture_open(&f, folder);
    fixture_table(&f, "t", "pk:S", "sk:N");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fixture_close(&f);
    support_folder_free(folder);
    return 0;
}

static void turn_on(table_stream_view view)
{
    assert_int_equal(fixture_stream(&f, "t", view), ST_OK);
}

static void turn_off(void)
{
    assert_int_equal(fixture_stream(&f, "t", TABLE_STREAM_OFF), ST_OK);
}

static const char *print(const char *format, ...) PRINTF(1, 2);
static const char *print(const char *format, ...)
{
    char *text = arena_alloc(&f.arena, 512);
    assert_non_null(text);
    va_list values;
    va_start(values, format);
    (void)vsnprintf(text, 512, format, values);
    va_end(values);
    return text;
}

static const char *key(int sk)
{
    return print("{\"pk\":{\"S\":\"p\"},\"sk\":{\"N\":\"%d\"}}", sk);
}

static const char *item(int sk, const char *v)
{
    return print("{\"pk\":{\"S\":\"p\"},\"sk\":{\"N\":\"%d\"},\"v\":{\"S\":\"%s\"}}", sk, v);
}

static void put(const char *json)
{
    struct fixture_write put = {.verb = ENGINE_PUT, .table = "t", .item = json};
    assert_int_equal(fixture_write(&f, &put), ST_OK);
}

static status update(int sk, const char *text)
{
    struct fixture_write write = {.verb = ENGINE_UPDATE,
                                  .table = "t",
                                  .item = key(sk),
                                  .update = text,
                                  .values = strchr(text, ':') != NULL ? "{\":v\":{\"S\":\"new\"}}"
                                                                      : NULL};
    return fixture_write(&f, &write);
}

static void delete (int sk)
{
    struct fixture_write write = {.verb = ENGINE_DELETE, .table = "t", .item = key(sk)};
    assert_int_equal(fixture_write(&f, &write), ST_OK);
}

static const char *log_text(void)
{
    return stream_reader_text(&f, stream_reader_latest(&f, "t").number);
}

static uint32_t log_count(void)
{
    return stream_reader_count(&f, stream_reader_latest(&f, "t").number);
}

/* ---- records */

static void test_each_view_shows_what_it_is_called(void **state)
{
    (void)state;
    static const struct {
        table_stream_view view;
        bool old, new;
    } cases[] = {
        {TABLE_STREAM_KEYS_ONLY,          false, false},
        {TABLE_STREAM_NEW_IMAGE,          false, true },
        {TABLE_STREAM_OLD_IMAGE,          true,  false},
        {TABLE_STREAM_NEW_AND_OLD_IMAGES, true,  true },
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        turn_on(cases[i].view);
        put(item(1, "a"));
        put(item(1, "b"));
        delete (1);
        const bool old = cases[i].old, new = cases[i].new;
        assert_string_equal(log_text(),
                            print("INSERT %s - %s\nMODIFY %s %s %s\nREMOVE %s %s -\n", key(1),
                                  new ? item(1, "a") : "-", key(1), old ? item(1, "a") : "-",
                                  new ? item(1, "b") : "-", key(1), old ? item(1, "b") : "-"));
        turn_off();
    }
}

static void test_a_write_that_changes_nothing_has_no_record(void **state)
{
    (void)state;
    put(item(1, "a"));
    turn_on(TABLE_STREAM_KEYS_ONLY);
    put(item(1, "a"));
    assert_int_equal(update(1, "REMOVE nothing"), ST_OK);
    assert_int_equal(update(1, "SET v = v"), ST_OK);
    assert_int_equal(update(2, "REMOVE nothing"), ST_OK);
    delete (3);
    assert_string_equal(log_text(), "");
    assert_int_equal(update(1, "SET v = :v"), ST_OK);
    assert_int_equal(update(1, "SET v = :v"), ST_OK);
    assert_int_equal(log_count(), 1);
}

static void test_a_refused_write_has_no_record(void **state)
{
    (void)state;
    turn_on(TABLE_STREAM_KEYS_ONLY);
    struct fixture_write write = {.verb = ENGINE_PUT,
                                  .table = "t",
                                  .item = item(1, "a"),
                                  .condition = "attribute_exists(pk)"};
    assert_int_equal(fixture_write(&f, &write), ST_CONDITION_FAILED);
    assert_int_equal(update(1, "SET v = w"), ST_VALIDATION);
    assert_string_equal(log_text(), "");
}

static void test_a_transaction_has_a_record_for_each_change_or_none(void **state)
{
    (void)state;
    enum { COUNT = 4 };
    turn_on(TABLE_STREAM_KEYS_ONLY);
    put(item(3, "a"));
    struct fixture_write writes[COUNT] = {
        {.verb = ENGINE_PUT, .table = "t", .item = item(1,       "a")},
        {.verb = ENGINE_UPDATE,                  .table = "t",          .item = key(2)},
        {.verb = ENGINE_DELETE,                  .table = "t",          .item = key(3)},
        {.verb = ENGINE_CHECK,                  .table = "t",           .item = key(4) },
    };
    writes[1].update = "SET v = w";
    writes[3].condition = "attribute_exists(pk)";
    struct fixture_many many = {.writes = writes, .count = COUNT, .transaction = true};
    assert_int_equal(fixture_many(&f, &many), ST_TX_CANCELED); /* the check */
    writes[3].condition = "attribute_not_exists(pk)";
    assert_int_equal(fixture_many(&f, &many), ST_TX_CANCELED); /* the update, after a put */
    assert_int_equal(log_count(), 1);
    writes[1].update = "SET v = :v";
    writes[1].values = "{\":v\":{\"S\":\"new\"}}";
    assert_int_equal(fixture_many(&f, &many), ST_OK);
    assert_string_equal(log_text(),
                        print("INSERT %s - -\nINSERT %s - -\nINSERT %s - -\nREMOVE %s - -\n",
                              key(3), key(1), key(2), key(3)));
}

static void test_what_time_to_live_deletes_is_by_the_service(void **state)
{
    (void)state;
    const char *dying = "{\"e\":{\"N\":\"1700000001\"},\"pk\":{\"S\":\"p\"},\"sk\":{\"N\":\"1\"}}";
    const char *second = "{\"e\":{\"N\":\"1700000001\"},\"pk\":{\"S\":\"p\"},\"sk\":{\"N\":\"2\"}}";
    assert_int_equal(fixture_ttl(&f, "t", "e", true), ST_OK);
    turn_on(TABLE_STREAM_OLD_IMAGE);
    put(dying);
    put(second);
    f.clock_ms += 5000;
    put(item(1, "new")); /* an expired item is replaced: it was removed before */
    assert_int_equal(fixture_sweep(&f), 1);
    assert_string_equal(
        log_text(), print("INSERT %s - -\nINSERT %s - -\nREMOVE by service %s %s -\nINSERT %s - -\n"
                          "REMOVE by service %s %s -\n",
                          key(1), key(2), key(1), dying, key(1), key(2), second));
}

static void test_records_tell_their_size_and_time(void **state)
{
    (void)state;
    turn_on(TABLE_STREAM_NEW_AND_OLD_IMAGES);
    put(item(1, "abcde"));
    f.clock_ms += 77;
    put(item(1, "abcdefg"));
    struct engine_records read = {.stream = stream_reader_latest(&f, "t").number,
                                  .shard = 1,
                                  .limit = 10,
                                  .bytes_max = 1 << 20};
    assert_int_equal(engine_stream_read(f.engine, &read, &f.arena), ST_OK);
    assert_int_equal(read.count, 2);
    /* keys: pk p sk 1 (2 bytes); images: keys, v and its text */
    assert_int_equal(read.records[0].bytes, 7 + (7 + 6));
    assert_int_equal(read.records[1].bytes, 7 + (7 + 6) + (7 + 8));
    assert_int_equal(read.records[1].time_ms - read.records[0].time_ms, 77);
    assert_false(read.ended);
    read.bytes_max = 20;
    assert_int_equal(engine_stream_read(f.engine, &read, &f.arena), ST_OK);
    assert_int_equal(read.count, 1);
    read.after = read.next;
    read.bytes_max = 1; /* the first is read whatever it has */
    assert_int_equal(engine_stream_read(f.engine, &read, &f.arena), ST_OK);
    assert_int_equal(read.count, 1);
}

static void test_what_is_committed_later_comes_after_the_latest(void **state)
{
    (void)state;
    struct engine_position latest = {9, 9};
    turn_on(TABLE_STREAM_KEYS_ONLY);
    const uint32_t stream = stream_reader_latest(&f, "t").number;
    assert_int_equal(engine_stream_latest(f.engine, stream, 1, &latest), ST_OK);
    assert_int_equal(latest.sequence, 0);
    put(item(1, "a"));
    assert_int_equal(engine_stream_latest(f.engine, stream, 1, &latest), ST_OK);
    struct engine_records read = {.stream = stream, .shard = 1, .after = latest};
    assert_string_equal(stream_reader_shard(&f, &read), "");
    put(item(2, "a"));
    assert_string_equal(stream_reader_shard(&f, &read), print("INSERT %s - -\n", key(2)));
    assert_int_equal(engine_stream_latest(f.engine, stream, 2, &latest), ST_NOT_FOUND);
    assert_int_equal(engine_stream_latest(f.engine, stream + 1, 1, &latest), ST_NOT_FOUND);
}

/* ---- streams */

/* A consumer may ask for what comes after any number. */
static void test_nothing_comes_after_the_last_place_that_there_could_be(void **state)
{
    (void)state;
    turn_on(TABLE_STREAM_KEYS_ONLY);
    put(item(1, "a"));
    struct engine_records read = {
        .stream = stream_reader_latest(&f, "t").number,
        .shard = 1,
        .after = {UINT64_MAX, UINT32_MAX},
        .limit = 10,
        .bytes_max = 1 << 20
    };
    assert_int_equal(engine_stream_read(f.engine, &read, &f.arena), ST_OK);
    assert_int_equal(read.count, 0);
    assert_int_equal(engine_stream_compare(read.next, read.after), 0);
}

static void test_a_table_may_be_made_with_a_stream(void **state)
{
    (void)state;
    struct table_spec spec = {.name = SPAN("made"), .stream = TABLE_STREAM_NEW_IMAGE};
    spec.key.partition[spec.key.partition_count++] = (struct table_key_part){SPAN("pk"), VALUE_S};
    spec.billing = TABLE_PAY_PER_REQUEST;
    struct engine_table_write write = {
        .verb = ENGINE_TABLE_CREATE, .name = spec.name, .spec = &spec};
    assert_int_equal(fixture_table_write(&f, &write), ST_OK);
    const struct table *table = write.description.table;
    assert_int_equal(table->spec.stream, TABLE_STREAM_NEW_IMAGE);
    assert_int_equal(table->stream_made_ms, f.clock_ms);
    table_drop(table);
    const struct engine_stream stream = stream_reader_latest(&f, "made");
    assert_int_equal(stream.view, TABLE_STREAM_NEW_IMAGE);
    assert_int_equal(stream.status, ENGINE_STREAM_ENABLED);
    assert_int_equal(stream.key.partition_count, 1);
    assert_int_equal(stream.key.sort_count, 0);
    support_assert_text(stream.key.partition[0].name, "pk");
    support_assert_text(stream.table_name, "made");
}

static void test_what_is_on_is_not_switched_on_nor_off_what_is_off(void **state)
{
    (void)state;
    assert_int_equal(fixture_stream(&f, "t", TABLE_STREAM_OFF), ST_VALIDATION);
    support_assert_text(error_text(&f.err), "Table has no stream to disable: TableName: t");
    turn_on(TABLE_STREAM_KEYS_ONLY);
    assert_int_equal(fixture_stream(&f, "t", TABLE_STREAM_NEW_IMAGE), ST_VALIDATION);
    support_assert_text(error_text(&f.err), "Table already has an enabled stream: TableName: t");
}

static void test_a_stream_that_was_switched_off_can_be_read_to_its_end(void **state)
{
    (void)state;
    turn_on(TABLE_STREAM_KEYS_ONLY);
    const struct engine_stream first = stream_reader_latest(&f, "t");
    put(item(1, "a"));
    turn_off();
    put(item(2, "a"));
    const struct engine_stream off = stream_reader_latest(&f, "t");
    assert_int_equal(off.status, ENGINE_STREAM_DISABLED);
    assert_int_equal(off.number, first.number);
    turn_on(TABLE_STREAM_KEYS_ONLY); /* in the same millisecond */
    put(item(3, "a"));
    const struct engine_stream again = stream_reader_latest(&f, "t");
    assert_true(again.made_ms > first.made_ms);
    assert_string_equal(stream_reader_text(&f, first.number), print("INSERT %s - -\n", key(1)));
    assert_string_equal(stream_reader_text(&f, again.number), print("INSERT %s - -\n", key(3)));
}

static void test_a_stream_outlives_its_table(void **state)
{
    (void)state;
    turn_on(TABLE_STREAM_KEYS_ONLY);
    put(item(1, "a"));
    const struct engine_stream stream = stream_reader_latest(&f, "t");
    struct engine_table_write write = {.verb = ENGINE_TABLE_DELETE, .name = SPAN("t")};
    assert_int_equal(fixture_table_write(&f, &write), ST_OK);
    table_drop(write.description.table);
    fixture_reopen(&f, folder);
    assert_string_equal(stream_reader_text(&f, stream.number), print("INSERT %s - -\n", key(1)));
    struct engine_stream found = {0};
    assert_int_equal(engine_stream_find(f.engine, SPAN("t"), stream.made_ms, &f.arena, &found),
                     ST_OK);
    assert_int_equal(found.status, ENGINE_STREAM_DISABLED);
    assert_int_equal(engine_stream_find(f.engine, SPAN("t"), stream.made_ms + 1, &f.arena, &found),
                     ST_NOT_FOUND);
}

static void test_streams_are_listed_by_space_and_table(void **state)
{
    (void)state;
    fixture_table(&f, "u", "pk:S", NULL);
    turn_on(TABLE_STREAM_KEYS_ONLY);
    assert_int_equal(fixture_stream(&f, "u", TABLE_STREAM_KEYS_ONLY), ST_OK);
    turn_off();
    turn_on(TABLE_STREAM_NEW_IMAGE);
    struct engine_streams all = {.limit = 2};
    assert_int_equal(engine_stream_list(f.engine, &all, &f.arena), ST_OK);
    assert_int_equal(all.count, 2);
    assert_true(all.more);
    all.after = all.streams[1].number;
    assert_int_equal(engine_stream_list(f.engine, &all, &f.arena), ST_OK);
    assert_int_equal(all.count, 1);
    assert_false(all.more);
    assert_int_equal(all.streams[0].view, TABLE_STREAM_NEW_IMAGE);
    struct engine_streams ours = {.table_name = SPAN("t"), .limit = 10};
    assert_int_equal(engine_stream_list(f.engine, &ours, &f.arena), ST_OK);
    assert_int_equal(ours.count, 2);
    struct engine_space other = f.space;
    other.name = SPAN("123456789012/eu-west-1");
    const uint32_t number = ours.streams[0].number;
    assert_int_equal(engine_stream_list(&other, &ours, &f.arena), ST_OK);
    assert_int_equal(ours.count, 0);
    struct engine_records read = {.stream = number, .shard = 1, .limit = 1};
    assert_int_equal(engine_stream_read(&other, &read, &f.arena), ST_NOT_FOUND);
}

/* ---- being told */

static void count_call(void *ctx)
{
    int *calls = ctx;
    (*calls)++;
}

static void test_who_watches_a_stream_is_told_of_its_commits_and_end(void **state)
{
    (void)state;
    int calls = 0, others = 0;
    turn_on(TABLE_STREAM_KEYS_ONLY);
    const uint32_t stream = stream_reader_latest(&f, "t").number;
    struct engine_watch watch = {.stream = stream, .fn = count_call, .ctx = &calls};
    struct engine_watch other = {.stream = stream + 1, .fn = count_call, .ctx = &others};
    engine_stream_watch(f.space.engine, &watch);
    engine_stream_watch(f.space.engine, &other);
    put(item(1, "a"));
    assert_int_equal(calls, 1);
    turn_off();
    assert_int_equal(calls, 2);
    engine_stream_unwatch(f.space.engine, &watch);
    engine_stream_unwatch(f.space.engine, &other);
    turn_on(TABLE_STREAM_KEYS_ONLY);
    put(item(1, "b"));
    assert_int_equal(calls, 2);
    assert_int_equal(others, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_each_view_shows_what_it_is_called),
        TEST(test_a_write_that_changes_nothing_has_no_record),
        TEST(test_a_refused_write_has_no_record),
        TEST(test_a_transaction_has_a_record_for_each_change_or_none),
        TEST(test_what_time_to_live_deletes_is_by_the_service),
        TEST(test_records_tell_their_size_and_time),
        TEST(test_what_is_committed_later_comes_after_the_latest),
        TEST(test_nothing_comes_after_the_last_place_that_there_could_be),
        TEST(test_a_table_may_be_made_with_a_stream),
        TEST(test_what_is_on_is_not_switched_on_nor_off_what_is_off),
        TEST(test_a_stream_that_was_switched_off_can_be_read_to_its_end),
        TEST(test_a_stream_outlives_its_table),
        TEST(test_streams_are_listed_by_space_and_table),
        TEST(test_who_watches_a_stream_is_told_of_its_commits_and_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
