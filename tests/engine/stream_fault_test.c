/* stream_fault_test.c -- the change log without memory, in copies, and in snapshots.
 *
 * Each scenario is repeated with the 1st, 2nd, … allocation failing until none does: what failed
 * has left nothing, which engine_check proves at every end. The table: pk S, sk N.
 */
#include <stdio.h>

#include "engine/stream_reader.h"

enum { DAY_MS = 24 * 60 * 60 * 1000, PATH_BYTES = 600 };

static struct fixture f;
static char *folder;
static char data[PATH_BYTES], copy[PATH_BYTES];

static int set_up(void **state)
{
    (void)state;
    folder = support_folder_new();
    (void)snprintf(data, sizeof data, "%s/data", folder);
    (void)snprintf(copy, sizeof copy, "%s/copy", folder);
    fixture_open(&f, data);
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

static uint32_t turn_on(void)
{
    assert_int_equal(fixture_stream(&f, "t", TABLE_STREAM_NEW_AND_OLD_IMAGES), ST_OK);
    return stream_reader_latest(&f, "t").number;
}

static const char *item(int sk)
{
    char *text = arena_alloc(&f.arena, 100);
    assert_non_null(text);
    (void)snprintf(text, 100, "{\"pk\":{\"S\":\"p%d\"},\"sk\":{\"N\":\"%d\"}}", sk, sk);
    return text;
}

static void put(int sk)
{
    struct fixture_write put = {.verb = ENGINE_PUT, .table = "t", .item = item(sk)};
    assert_int_equal(fixture_write(&f, &put), ST_OK);
}

/* ---- writing */

/* The allocations of the store's function fail, not those of the caller before it. */
static status transact_failing_at(uint64_t nth, bool *failed)
{
    struct fixture mine;
    struct fixture_hold hold;
    struct fixture_write writes[] = {
        {.verb = ENGINE_PUT, .table = "t", .item = item(1)},
        {.verb = ENGINE_PUT, .table = "t", .item = item(2)},
        {.verb = ENGINE_PUT, .table = "t", .item = item(3)},
    };
    struct fixture_many many = {
        .writes = writes, .count = ARRAY_COUNT(writes), .transaction = true};
    fixture_share(&f, &mine);
    fixture_hold(&f, &hold);
    struct fixture_pending *pending = fixture_many_start(&mine, &many);
    support_mem_fail_at(nth);
    fixture_release(&hold);
    const status st = fixture_many_end(&mine, pending);
    *failed = support_mem_failed();
    support_mem_fail_at(0);
    fixture_unshare(&mine);
    return st;
}

static void test_a_write_that_fails_has_no_record(void **state)
{
    (void)state;
    const uint32_t stream = turn_on();
    f.stream_shards = 3; /* the write splits the shard, too */
    fixture_reopen(&f, data);
    fixture_table(&f, "u", "pk:S", NULL); /* the store's first write takes memory of its own */
    status st = ST_NO_MEMORY;
    for (uint64_t nth = 1; st != ST_OK; nth++) { /* what fails when it is done is a favour */
        bool failed = false;
        st = transact_failing_at(nth, &failed);
        if (st != ST_OK) assert_int_equal(st, failed ? ST_NO_MEMORY : ST_OK);
        assert_int_equal(stream_reader_count(&f, stream), st == ST_OK ? 3 : 0);
        fixture_check(&f);
    }
}

static void test_a_stream_is_on_whole_or_not_at_all(void **state)
{
    (void)state;
    bool failed = true;
    for (uint64_t nth = 1; failed; nth++) {
        support_mem_fail_at(nth);
        const status st = fixture_stream(&f, "t", TABLE_STREAM_KEYS_ONLY);
        failed = support_mem_failed();
        support_mem_fail_at(0);
        if (st != ST_OK) assert_int_equal(st, ST_NO_MEMORY);
        fixture_check(&f);
        if (st == ST_OK) failed = false; /* a favour failed, not the call */
    }
    put(1);
    assert_int_equal(stream_reader_count(&f, stream_reader_latest(&f, "t").number), 1);
}

static void test_trimming_that_fails_is_made_up_for(void **state)
{
    (void)state;
    const uint32_t stream = turn_on();
    for (int i = 0; i < 4; i++) {
        put(i);
        f.clock_ms += 20 * 60 * 1000;
    }
    f.clock_ms += DAY_MS;
    bool failed = true;
    for (uint64_t nth = 1; failed; nth++) {
        uint64_t deleted = 0;
        f.err = error_in(&f.arena);
        support_mem_fail_at(nth);
        const status st = engine_sweep(f.engine->engine, &deleted, &f.err);
        failed = support_mem_failed();
        support_mem_fail_at(0);
        if (st != ST_OK) assert_int_equal(st, ST_NO_MEMORY);
        fixture_check(&f);
    }
    assert_int_equal(stream_reader_count(&f, stream), 0);
}

/* ---- reading */

static status read_everything(struct arena *arena, uint32_t stream)
{
    struct engine_streams streams = {.limit = 10};
    struct engine_shards shards = {.stream = stream, .limit = 10};
    struct engine_records records = {
        .stream = stream, .shard = 1, .limit = 10, .bytes_max = 1 << 20};
    struct engine_stream found = {0};
    struct engine_position latest = {0};
    TRY(engine_stream_list(f.engine, &streams, arena));
    TRY(engine_stream_find(f.engine, SPAN("t"), streams.streams[0].made_ms, arena, &found));
    TRY(engine_stream_shards(f.engine, &shards, arena));
    TRY(engine_stream_latest(f.engine, stream, 1, &latest));
    return engine_stream_read(f.engine, &records, arena);
}

static void test_reading_without_memory_says_so(void **state)
{
    (void)state;
    const uint32_t stream = turn_on();
    bool failed = true;
    put(1);
    for (uint64_t nth = 1; failed; nth++) {
        struct arena arena;
        arena_init(&arena, support_mem(), 1 << 20);
        support_mem_fail_at(nth);
        const status st = read_everything(&arena, stream);
        failed = support_mem_failed();
        support_mem_fail_at(0);
        arena_deinit(&arena);
        if (st != ST_OK) assert_int_equal(st, ST_NO_MEMORY);
        if (!failed) assert_int_equal(st, ST_OK);
    }
}

/* ---- copies and snapshots */

static void test_a_copy_has_the_stream_and_goes_on_with_it(void **state)
{
    (void)state;
    const uint32_t stream = turn_on();
    put(1);
    assert_int_equal(engine_backup(f.space.engine, copy, &f.err), ST_OK);
    put(2);
    const char *before = stream_reader_text(&f, stream);
    fixture_reopen(&f, copy);
    assert_int_equal(stream_reader_count(&f, stream), 1);
    put(2);
    assert_string_equal(stream_reader_text(&f, stream), before);
}

static void test_a_snapshot_shows_the_log_of_its_moment(void **state)
{
    (void)state;
    const uint32_t stream = turn_on();
    struct engine_snapshot *snapshot = NULL;
    put(1);
    assert_int_equal(engine_snapshot_begin(f.space.engine, &snapshot, &f.err), ST_OK);
    put(2);
    assert_int_equal(fixture_stream(&f, "t", TABLE_STREAM_OFF), ST_OK);
    f.space.snapshot = snapshot;
    assert_int_equal(stream_reader_count(&f, stream), 1); /* and its shard is open */
    f.space.snapshot = NULL;
    engine_snapshot_end(snapshot);
    assert_int_equal(stream_reader_count(&f, stream), 2);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_a_write_that_fails_has_no_record),
        TEST(test_a_stream_is_on_whole_or_not_at_all),
        TEST(test_trimming_that_fails_is_made_up_for),
        TEST(test_reading_without_memory_says_so),
        TEST(test_a_copy_has_the_stream_and_goes_on_with_it),
        TEST(test_a_snapshot_shows_the_log_of_its_moment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
