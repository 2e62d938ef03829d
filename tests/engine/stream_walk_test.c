/* stream_walk_test.c -- a walk over all shards of a stream that rests while the stream goes on.
 *
 * The row of records itself is told in the tests of feeds (tests/api/api_feed_test.c); here it is
 * what a walk says of records that came and went between two looks: that they are missed (SW1). The
 * clock stands still but where a test turns it. The table: pk S, sk N.
 */
#include <stdio.h>

#include "engine/stream_reader.h"
#include "engine/stream_walk.h"

enum { SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE };

static struct fixture f;
static uint32_t stream;
static struct stream_walk walk;

static int set_up(void **state)
{
    (void)state;
    fixture_open(&f, NULL);
    fixture_table(&f, "t", "pk:S", "sk:N");
    assert_int_equal(fixture_stream(&f, "t", TABLE_STREAM_KEYS_ONLY), ST_OK);
    stream = stream_reader_latest(&f, "t").number;
    stream_walk_begin(&walk, f.engine, stream, (struct engine_position){0}, &f.arena);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fixture_close(&f);
    return 0;
}

static void put(int sk)
{
    char text[100];
    (void)snprintf(text, sizeof text, "{\"pk\":{\"S\":\"p\"},\"sk\":{\"N\":\"%d\"}}", sk);
    struct fixture_write write = {.verb = ENGINE_PUT, .table = "t", .item = text};
    assert_int_equal(fixture_write(&f, &write), ST_OK);
}

static void retain(struct engine_retention retention)
{
    assert_int_equal(engine_stream_retain(f.engine, stream, &retention), ST_OK);
}

/* Look, and pass all that is there. *count: how many records. */
static status look(uint32_t *count)
{
    struct stream_walk_look seen = {.bytes_max = 1 << 20};
    *count = 0;
    TRY(stream_walk_look(&walk, &f.arena, &seen));
    for (uint32_t i = 0; i < seen.count; i++) stream_walk_pass(&walk, &seen, i);
    *count = seen.count;
    return ST_OK;
}

static void assert_passes(uint32_t expected)
{
    uint32_t count = 0;
    assert_int_equal(look(&count), ST_OK);
    assert_int_equal(count, expected);
}

static void assert_missed(void)
{
    uint32_t count = 0;
    assert_int_equal(look(&count), ST_TRIMMED);
}

/* A shard closes four hours after it was made, with the first record that comes then. */
static void put_in_a_new_shard(int sk)
{
    f.clock_ms += 5 * HOUR;
    put(sk);
}

static void test_children_that_came_meanwhile_are_passed(void **state)
{
    (void)state;
    put(0);
    assert_passes(1);
    put_in_a_new_shard(1);
    put_in_a_new_shard(2);
    put(3);
    assert_passes(3);
    assert_passes(0);
}

static void test_a_shard_that_came_and_went_meanwhile_is_missed(void **state)
{
    (void)state;
    retain((struct engine_retention){.age_ms_max = HOUR});
    put(0);
    assert_passes(1);
    put_in_a_new_shard(1);
    put_in_a_new_shard(2);
    f.clock_ms += 2 * HOUR;
    assert_int_equal(fixture_sweep(&f), 0);
    put(3);
    assert_int_equal(stream_reader_shards(&f, stream).count, 1);
    assert_missed();
    assert_missed();
}

/* Of the new shard the first stretch is gone, and its parent is still there. */
static void test_the_beginning_of_a_new_shard_that_went_meanwhile_is_missed(void **state)
{
    (void)state;
    retain((struct engine_retention){.records_max = 2});
    put(0);
    assert_passes(1);
    put_in_a_new_shard(1);
    for (int i = 2; i < 100; i++) {
        f.clock_ms += SECOND;
        put(i);
    }
    assert_int_equal(stream_reader_shards(&f, stream).count, 2);
    assert_in_range(stream_reader_count(&f, stream), 3, 98);
    assert_missed();
}

/* Who begins with the oldest record that there is misses nothing that went before. */
static void test_a_walk_that_passed_nothing_yet_begins_with_what_is_left(void **state)
{
    (void)state;
    retain((struct engine_retention){.age_ms_max = HOUR});
    assert_passes(0);
    put(0);
    put_in_a_new_shard(1);
    put_in_a_new_shard(2);
    f.clock_ms += 2 * HOUR;
    assert_int_equal(fixture_sweep(&f), 0);
    put(3);
    assert_passes(1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_children_that_came_meanwhile_are_passed, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_a_shard_that_came_and_went_meanwhile_is_missed, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(
            test_the_beginning_of_a_new_shard_that_went_meanwhile_is_missed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_a_walk_that_passed_nothing_yet_begins_with_what_is_left, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
