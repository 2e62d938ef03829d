/* stream_shard_test.c -- the shards of a stream: where items go, and how shards close and go on.
 *
 * The clock stands still but where a test turns it. Every test ends with engine_check, which proves
 * that each record stands in the shard of its hash. The table: pk S.
 */
#include <stdio.h>

#include "engine/stream_reader.h"

enum { HOUR = 60 * 60 * 1000, ITEMS = 64 };

static struct fixture f;
static char *folder;

static int set_up(void **state)
{
    (void)state;
    folder = support_folder_new();
    fixture_open(&f, folder);
    fixture_table(&f, "t", "pk:S", NULL);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fixture_close(&f);
    support_folder_free(folder);
    return 0;
}

static void reopen_with(uint32_t shards)
{
    f.stream_shards = shards;
    fixture_reopen(&f, folder);
}

static uint32_t turn_on(void)
{
    assert_int_equal(fixture_stream(&f, "t", TABLE_STREAM_NEW_IMAGE), ST_OK);
    return stream_reader_latest(&f, "t").number;
}

/* Item `i` gets the value `v`. */
static void put(int i, int v)
{
    char text[200];
    (void)snprintf(text, sizeof text, "{\"pk\":{\"S\":\"%d\"},\"v\":{\"N\":\"%d\"}}", i, v);
    struct fixture_write put = {.verb = ENGINE_PUT, .table = "t", .item = text};
    assert_int_equal(fixture_write(&f, &put), ST_OK);
}

static void put_all(int v)
{
    for (int i = 0; i < ITEMS; i++) put(i, v);
}

static uint32_t open_count(const struct engine_shards *shards)
{
    uint32_t open = 0;
    for (uint32_t i = 0; i < shards->count; i++) open += shards->shards[i].open ? 1 : 0;
    return open;
}

static uint32_t records_of(uint32_t stream, uint32_t shard)
{
    struct engine_records read = {
        .stream = stream, .shard = shard, .limit = 1000, .bytes_max = 1 << 20};
    assert_int_equal(engine_stream_read(f.engine, &read, &f.arena), ST_OK);
    return read.count;
}

/* In the text of all shards by their numbers, each item's values ascend: the order of its writes.
 */
static void assert_in_order(uint32_t stream, int values)
{
    const char *text = stream_reader_text(&f, stream);
    for (int i = 0; i < ITEMS; i++) {
        const char *at = text;
        for (int v = 0; v < values; v++) {
            char image[64];
            (void)snprintf(image, sizeof image, "{\"pk\":{\"S\":\"%d\"},\"v\":{\"N\":\"%d\"}}", i,
                           v);
            const char *found = strstr(at, image);
            if (found == NULL) fail_msg("item %d: value %d is missing, or too early", i, v);
            at = found + 1;
        }
    }
}

static void test_items_are_spread_over_the_shards_asked_for(void **state)
{
    (void)state;
    enum { SHARDS = 5 };
    reopen_with(SHARDS);
    const uint32_t stream = turn_on();
    put_all(0);
    put_all(1);
    const struct engine_shards shards = stream_reader_shards(&f, stream);
    uint32_t sum = 0;
    assert_int_equal(shards.count, SHARDS);
    for (uint32_t i = 0; i < SHARDS; i++) {
        assert_true(shards.shards[i].open);
        assert_int_equal(shards.shards[i].parent, 0);
        assert_int_equal(shards.shards[i].number, i + 1);
        const uint32_t records = records_of(stream, i + 1);
        assert_true(records > 0);
        assert_int_equal(records % 2, 0); /* both writes of an item are in one */
        sum += records;
    }
    assert_int_equal(sum, 2 * ITEMS);
    assert_in_order(stream, 2);
}

static void test_a_shard_goes_on_in_a_child_every_four_hours(void **state)
{
    (void)state;
    const uint32_t stream = turn_on();
    put(0, 0);
    f.clock_ms += 4 * HOUR - 1;
    put(0, 1);
    assert_int_equal(stream_reader_shards(&f, stream).count, 1);
    f.clock_ms += 1;
    put(0, 2);
    f.clock_ms += 9 * HOUR;
    put(0, 3);
    const struct engine_shards shards = stream_reader_shards(&f, stream);
    assert_int_equal(shards.count, 3);
    for (uint32_t i = 0; i < 3; i++) {
        const struct engine_shard *shard = &shards.shards[i];
        assert_int_equal(shard->open, i == 2);
        assert_int_equal(shard->parent, i);
        assert_true(engine_stream_compare(shard->first, shard->last) <= 0);
        if (i > 0) assert_true(engine_stream_compare(shard[-1].last, shard->first) < 0);
    }
    assert_int_equal(shards.shards[1].made_ms - shards.shards[0].made_ms, 4 * HOUR);
    assert_int_equal(records_of(stream, 1), 2);
    assert_int_equal(records_of(stream, 2), 1);
    assert_int_equal(records_of(stream, 3), 1);
    struct engine_shards children = {.stream = stream, .children_of = 1, .limit = 10};
    assert_int_equal(engine_stream_shards(f.engine, &children, &f.arena), ST_OK);
    assert_int_equal(children.count, 1);
    assert_int_equal(children.shards[0].number, 2);
}

static void test_shards_split_until_there_are_as_many_as_asked_for(void **state)
{
    (void)state;
    enum { SHARDS = 6, VALUES = 3 };
    const uint32_t stream = turn_on();
    put_all(0);
    reopen_with(SHARDS);
    put_all(1);
    struct engine_shards shards = stream_reader_shards(&f, stream);
    assert_int_equal(open_count(&shards), SHARDS);
    assert_int_equal(shards.count, 2 * SHARDS - 1); /* every split made two of one */
    reopen_with(2);                                 /* those that are there stay */
    put_all(2);
    shards = stream_reader_shards(&f, stream);
    assert_int_equal(open_count(&shards), SHARDS);
    assert_int_equal(stream_reader_count(&f, stream), VALUES * ITEMS);
    assert_in_order(stream, VALUES);
}

static void test_a_transaction_may_split_a_shard_that_it_writes(void **state)
{
    (void)state;
    enum { COUNT = 50 };
    struct fixture_write writes[COUNT];
    const uint32_t stream = turn_on();
    put_all(0);
    reopen_with(8);
    for (int i = 0; i < COUNT; i++) {
        char *text = arena_alloc(&f.arena, 100);
        assert_non_null(text);
        (void)snprintf(text, 100, "{\"pk\":{\"S\":\"%d\"},\"v\":{\"N\":\"1\"}}", i);
        writes[i] = (struct fixture_write){.verb = ENGINE_PUT, .table = "t", .item = text};
    }
    struct fixture_many many = {.writes = writes, .count = COUNT, .transaction = true};
    assert_int_equal(fixture_many(&f, &many), ST_OK);
    const struct engine_shards shards = stream_reader_shards(&f, stream);
    assert_int_equal(open_count(&shards), 8);
    assert_int_equal(stream_reader_count(&f, stream), ITEMS + COUNT);
    for (uint32_t i = 1; i < shards.count; i++) {
        const struct engine_shard *parent = &shards.shards[shards.shards[i].parent - 1];
        assert_true(engine_stream_compare(parent->last, shards.shards[i].first) <= 0);
    }
}

static void test_shards_close_with_their_stream(void **state)
{
    (void)state;
    reopen_with(3);
    const uint32_t stream = turn_on();
    put_all(0);
    assert_int_equal(fixture_stream(&f, "t", TABLE_STREAM_OFF), ST_OK);
    const struct engine_shards shards = stream_reader_shards(&f, stream);
    assert_int_equal(shards.count, 3);
    assert_int_equal(open_count(&shards), 0);
    assert_int_equal(stream_reader_count(&f, stream), ITEMS); /* asserts that all have ended */
}

static void test_shards_are_listed_in_pages(void **state)
{
    (void)state;
    reopen_with(5);
    struct engine_shards page = {.stream = turn_on(), .limit = 2};
    uint32_t seen = 0;
    do {
        assert_int_equal(engine_stream_shards(f.engine, &page, &f.arena), ST_OK);
        for (uint32_t i = 0; i < page.count; i++) assert_int_equal(page.shards[i].number, ++seen);
        page.after = seen;
    } while (page.more);
    assert_int_equal(seen, 5);
    page.stream++;
    assert_int_equal(engine_stream_shards(f.engine, &page, &f.arena), ST_NOT_FOUND);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_items_are_spread_over_the_shards_asked_for),
        TEST(test_a_shard_goes_on_in_a_child_every_four_hours),
        TEST(test_shards_split_until_there_are_as_many_as_asked_for),
        TEST(test_a_transaction_may_split_a_shard_that_it_writes),
        TEST(test_shards_close_with_their_stream),
        TEST(test_shards_are_listed_in_pages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
