/* stream_crash_test.c -- R1 across kill -9: every committed change is in the log once, in order.
 *
 * A child lets several writers put items of their own, one a time or two in a transaction, and
 * reports through a pipe what was acknowledged, until it is killed in the middle. Its clock runs,
 * so that shards close and go on meanwhile. Then the database is opened here: the log, read from
 * its oldest record on and replayed onto an empty table, must give the table (replica.h), have as
 * many records as there were writes, and hold all that was acknowledged. The next child goes on.
 */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "engine/replica.h"
#include "engine/stream_reader.h"
#include "os/os.h"
#include "os/thread.h"
#include "store/store_child.h"

enum {
    KILLS = 10,
    ALIVE_MS_MIN = 20,
    ALIVE_MS_MORE = 120,
    WRITERS = 6,
    SORTS = 5,
    PAIR_SORT = 100, /* the second item of a transaction */
    TICK_MS = 500,   /* that pass whenever the child looks at its clock */
    SHARDS = 3,
    REPORT_OPEN = WRITERS, /* in place of a writer: the child is ready */
};

struct report {
    uint32_t writer;
    uint32_t number; /* of the write that was acknowledged */
};

static struct fixture f;

static bool writes_pairs(uint32_t writer)
{
    return writer % 2 == 1;
}

/* ---- items; write `number` of a writer puts the value `number` */

static void write_item(char out[128], uint32_t writer, uint32_t sort, uint32_t number)
{
    (void)snprintf(out, 128, "{\"pk\":{\"S\":\"w%u\"},\"sk\":{\"N\":\"%u\"},\"v\":{\"N\":\"%u\"}}",
                   writer, sort, number);
}

/* The last write of a writer that happened. */
static uint32_t last_number(struct fixture *fixture, uint32_t writer)
{
    uint32_t last = 0;
    for (uint32_t i = 0; i < SORTS; i++) {
        char key[128];
        (void)snprintf(key, sizeof key, "{\"pk\":{\"S\":\"w%u\"},\"sk\":{\"N\":\"%u\"}}", writer,
                       i);
        const char *item = fixture_get(fixture, "t", key);
        const char *v = item == NULL ? NULL : strstr(item, "\"v\":{\"N\":\"");
        const uint32_t number = v == NULL ? 0 : (uint32_t)strtoul(v + 10, NULL, 10);
        if (number > last) last = number;
    }
    return last;
}

/* ---- the child */

struct writer {
    struct fixture f;
    struct thread thread;
    uint32_t number;
};

static struct writer writers[WRITERS];

static void report(uint32_t writer, uint32_t number)
{
    const struct report told = {writer, number}; /* short enough to be written whole */
    if (write(STDOUT_FILENO, &told, sizeof told) != (ssize_t)sizeof told) _exit(1);
}

static status write_once(struct writer *writer, uint32_t number)
{
    char items[2][128];
    write_item(items[0], writer->number, number % SORTS, number);
    write_item(items[1], writer->number, PAIR_SORT, number);
    struct fixture_write writes[2];
    for (int i = 0; i < 2; i++)
        writes[i] = (struct fixture_write){.verb = ENGINE_PUT, .table = "t", .item = items[i]};
    if (!writes_pairs(writer->number)) return fixture_write(&writer->f, &writes[0]);
    struct fixture_many many = {.writes = writes, .count = 2, .transaction = true};
    return fixture_many(&writer->f, &many);
}

static void writer_main(void *ctx)
{
    struct writer *writer = ctx;
    for (uint32_t n = last_number(&writer->f, writer->number) + 1;; n++) {
        if (write_once(writer, n) != ST_OK) _exit(2);
        report(writer->number, n);
        arena_reset(&writer->f.arena);
    }
}

static int crash_child(const char *folder, const char *unused)
{
    (void)unused;
    fixture_open(&f, folder);
    f.stream_shards = SHARDS;
    fixture_reopen(&f, folder);
    f.tick_ms = TICK_MS;
    report(REPORT_OPEN, 0);
    for (uint32_t i = 0; i < WRITERS; i++) {
        fixture_share(&f, &writers[i].f);
        writers[i].number = i;
        if (thread_start(&writers[i].thread, "writer", writer_main, &writers[i]) != ST_OK) return 1;
    }
    (void)pause(); /* until killed */
    return 1;
}

/* ---- the judge */

static bool take_report(uint32_t acknowledged[WRITERS], int pipe)
{
    struct report told;
    const ssize_t got = read(pipe, &told, sizeof told);
    if (got == 0) return false;
    assert_int_equal(got, sizeof told);
    if (told.writer < WRITERS) acknowledged[told.writer] = told.number;
    return true;
}

static void run_and_kill(const char *folder, uint32_t acknowledged[WRITERS], uint32_t alive_ms)
{
    struct store_child child = store_child_start("crash", folder, "");
    assert_true(take_report(acknowledged, child.output));
    const uint64_t end_ms = os_now_ms(os_system()) + alive_ms;
    while (os_now_ms(os_system()) < end_ms) {
        struct pollfd ready = {.fd = child.output, .events = POLLIN};
        if (poll(&ready, 1, 1) == 1) assert_true(take_report(acknowledged, child.output));
    }
    assert_int_equal(kill(child.pid, SIGKILL), 0);
    while (take_report(acknowledged, child.output)) continue;
    assert_int_equal(store_child_end(&child), -1);
}

/* Tables of counts are not exact after a crash, so items are compared. What was read here stays, as
 * if it had been acknowledged: the next child may be killed before it reports anything. */
static uint64_t judge(const char *folder, uint32_t acknowledged[WRITERS])
{
    static struct replica replica;
    uint64_t written = 0;
    fixture_open(&f, folder);
    for (uint32_t i = 0; i < WRITERS; i++) {
        const uint32_t last = last_number(&f, i);
        assert_true(last >= acknowledged[i]);
        assert_true(last <= acknowledged[i] + 1); /* it waits for each answer */
        acknowledged[i] = last;
        written += writes_pairs(i) ? 2 * last : last;
    }
    replica_open(&replica, "t");
    replica_compare_items(&replica, &f);
    assert_int_equal(replica.records, written);
    replica_close(&replica);
    fixture_close(&f);
    return written;
}

static void make_table(const char *folder)
{
    fixture_open(&f, folder);
    fixture_table(&f, "t", "pk:S", "sk:N");
    assert_int_equal(fixture_stream(&f, "t", TABLE_STREAM_NEW_AND_OLD_IMAGES), ST_OK);
    fixture_close(&f);
}

static void test_r1__after_kill_9_the_log_has_every_change_once(void **state)
{
    (void)state;
    char *folder = support_folder_new();
    struct support_random random = support_random();
    uint32_t acknowledged[WRITERS] = {0};
    uint64_t written = 0;
    make_table(folder);
    for (int i = 0; i < KILLS; i++) {
        run_and_kill(folder, acknowledged,
                     ALIVE_MS_MIN + support_random_below(&random, ALIVE_MS_MORE));
        written = judge(folder, acknowledged);
    }
    printf("%llu records, %d kills\n", (unsigned long long)written, KILLS);
    assert_true(written > KILLS);
    support_folder_free(folder);
}

int main(int argc, char **argv)
{
    static const struct store_child_role roles[] = {
        {"crash", crash_child}
    };
    int exit_code = 0;
    if (store_child_main(argc, argv, roles, ARRAY_COUNT(roles), &exit_code)) return exit_code;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_r1__after_kill_9_the_log_has_every_change_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
