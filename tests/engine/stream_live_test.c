/* stream_live_test.c -- a consumer that reads while others write.
 *
 * Writers put, change and delete items of their own, alone and in transactions; their clock runs,
 * so that shards close and go on. The consumer waits to be told (engine_stream_watch), reads what
 * is new, and replays it (replica.h), which fails at the first record that is missing, twice or out
 * of order. When the writers are through it has all of it without being told again.
 */
#include <stdio.h>

#include "engine/replica.h"
#include "engine/stream_reader.h"
#include "os/cond.h"
#include "os/thread.h"

enum { WRITERS = 4, WRITES = 400, SORTS = 6, TICK_MS = 5000 };

static struct fixture f;

struct writer {
    struct fixture f;
    struct thread thread;
    int number;
    status failed;
};

/* What the watch and the consumer share. */
static struct {
    struct mutex lock;
    struct cond changed;
    bool has_more GUARDED_BY(lock);
    int calls GUARDED_BY(lock);
} told;

static void note_more(void *ctx)
{
    (void)ctx;
    mutex_lock(&told.lock);
    told.has_more = true;
    told.calls++;
    cond_wake_one(&told.changed);
    mutex_unlock(&told.lock);
}

static void wait_for_more(void)
{
    mutex_lock(&told.lock);
    while (!told.has_more) cond_wait(&told.changed, &told.lock);
    told.has_more = false;
    mutex_unlock(&told.lock);
}

/* ---- writers */

static status write_once(struct writer *writer, int n)
{
    char keys[2][100], items[2][100];
    struct fixture_write writes[2];
    for (int i = 0; i < 2; i++) {
        const int sort = (n + i) % SORTS;
        (void)snprintf(keys[i], sizeof keys[i], "{\"pk\":{\"S\":\"w%d\"},\"sk\":{\"N\":\"%d\"}}",
                       writer->number, sort);
        (void)snprintf(items[i], sizeof items[i],
                       "{\"pk\":{\"S\":\"w%d\"},\"sk\":{\"N\":\"%d\"},\"v\":{\"N\":\"%d\"}}",
                       writer->number, sort, n);
        const bool deletes = n % 5 == i;
        writes[i] = (struct fixture_write){.verb = deletes ? ENGINE_DELETE : ENGINE_PUT,
                                           .table = "t",
                                           .item = deletes ? keys[i] : items[i]};
    }
    if (n % 3 != 0) return fixture_write(&writer->f, &writes[0]);
    struct fixture_many many = {.writes = writes, .count = 2, .transaction = true};
    return fixture_many(&writer->f, &many);
}

static void writer_main(void *ctx)
{
    struct writer *writer = ctx;
    for (int n = 0; n < WRITES && writer->failed == ST_OK; n++) {
        writer->f.leads = n % 2 == 0;
        writer->failed = write_once(writer, n);
        arena_reset(&writer->f.arena);
    }
    note_more(NULL); /* one is through */
}

static void start(struct writer *writer, int number)
{
    writer->number = number;
    writer->failed = ST_OK;
    fixture_share(&f, &writer->f);
    assert_int_equal(thread_start(&writer->thread, "writer", writer_main, writer), ST_OK);
}

static void end(struct writer *writer)
{
    thread_join(&writer->thread);
    fixture_unshare(&writer->f);
    assert_int_equal(writer->failed, ST_OK);
}

/* ---- the consumer */

static void open_stream(struct replica *replica)
{
    fixture_open(&f, NULL);
    fixture_table(&f, "t", "pk:S", "sk:N");
    assert_int_equal(fixture_stream(&f, "t", TABLE_STREAM_NEW_AND_OLD_IMAGES), ST_OK);
    replica_open(replica, "t");
    mutex_init(&told.lock);
    cond_init(&told.changed);
    f.tick_ms = TICK_MS;
}

static void close_stream(struct replica *replica)
{
    cond_deinit(&told.changed);
    mutex_deinit(&told.lock);
    replica_close(replica);
    fixture_close(&f);
}

static void test_who_reads_while_others_write_misses_nothing(void **state)
{
    (void)state;
    static struct replica replica;
    static struct writer writers[WRITERS];
    struct engine_watch watch = {.fn = note_more};
    open_stream(&replica);
    watch.stream = stream_reader_latest(&f, "t").number;
    engine_stream_watch(f.space.engine, &watch);
    for (int i = 0; i < WRITERS; i++) start(&writers[i], i);
    while (replica.records < WRITERS * WRITES / 2) {
        wait_for_more();
        replica_catch_up(&replica, &f);
    }
    for (int i = 0; i < WRITERS; i++) end(&writers[i]);
    engine_stream_unwatch(f.space.engine, &watch);
    replica_compare(&replica, &f);
    replica_compare_items(&replica, &f);
    assert_true(told.calls > WRITERS);
    assert_true(stream_reader_shards(&f, watch.stream).count > 1);
    close_stream(&replica);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_who_reads_while_others_write_misses_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
