/* crash_test.c -- S2, S3 and S4 across kill -9, and copies that were being made then.
 *
 * A child puts many threads to work (store_work.h) and reports through a pipe what was acknowledged
 * and what was seen, until it is killed in the middle. Then the store is opened here and checked.
 * What a killed process leaves is what it gave to the system; durability_test.c cuts the power.
 */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "os/os.h"
#include "store/store_child.h"
#include "store/store_work.h"

enum { KILL_COUNT = 20 };

struct report {
    uint32_t seen;
    uint32_t writer;
    uint64_t number;
};

/* ---- the child */

static void report_to_pipe(void *ctx, bool seen, uint32_t writer, uint64_t number)
{
    (void)ctx;
    const struct report report = {seen, writer, number}; /* short enough to be written whole */
    if (write(STDOUT_FILENO, &report, sizeof report) != (ssize_t)sizeof report) _exit(1);
}

static const struct store_mode *mode_named(const char *name)
{
    return strcmp(name, store_mode_sync.name) == 0 ? &store_mode_sync : &store_mode_relaxed;
}

static int crash_child(const char *mode, const char *dir)
{
    static struct store_work work = {.report = report_to_pipe};
    work.store = store_box_open(mode_named(mode), dir);
    report_to_pipe(NULL, true, 0, 0); /* it is open */
    store_work_start(&work);
    (void)pause(); /* until killed */
    return 1;
}

/* ---- the judge */

static bool take_report(struct store_work_known *known, int pipe)
{
    struct report report;
    const ssize_t got = read(pipe, &report, sizeof report);
    if (got == 0) return false;
    assert_int_equal(got, sizeof report);
    assert_true(report.writer < WORK_WRITERS);
    struct store_work_known *of = &known[report.writer];
    if (!report.seen) of->acknowledged = report.number;
    if (report.seen && report.number > of->seen) of->seen = report.number;
    return true;
}

static void run_and_kill(const struct store_mode *mode, const char *dir,
                         struct store_work_known *known, uint32_t alive_ms)
{
    struct store_child child = store_child_start("crash", mode->name, dir);
    assert_true(take_report(known, child.output));
    const uint64_t end_ms = os_now_ms(os_system()) + alive_ms;
    while (os_now_ms(os_system()) < end_ms) {
        struct pollfd ready = {.fd = child.output, .events = POLLIN};
        if (poll(&ready, 1, 1) == 1) assert_true(take_report(known, child.output));
    }
    assert_int_equal(kill(child.pid, SIGKILL), 0);
    while (take_report(known, child.output)) continue;
    assert_int_equal(store_child_end(&child), -1);
}

/* A writer waits for each answer, so it is at most one write ahead of what it was told. */
static uint64_t judge(const struct store_mode *mode, const char *dir,
                      struct store_work_known *known)
{
    struct store *store = store_box_open(mode, dir);
    const uint64_t written = store_work_check(store, known, 1);
    store_close(store);
    for (size_t i = 0; i < WORK_WRITERS; i++) known[i].acknowledged = known[i].checked;
    return written;
}

static void kill_many_times(const struct store_mode *mode)
{
    char *dir = support_folder_new();
    struct support_random random = support_random();
    struct store_work_known known[WORK_WRITERS] = {0};
    uint64_t written = 0;
    for (size_t i = 0; i < KILL_COUNT; i++) {
        run_and_kill(mode, dir, known, 10 + support_random_below(&random, 90));
        written = judge(mode, dir, known);
    }
    printf("%llu writes, %d kills\n", (unsigned long long)written, KILL_COUNT);
    assert_true(written > KILL_COUNT);
    support_folder_free(dir);
    support_mem_check();
}

static void test_s4__kill_9_loses_nothing_acknowledged_or_seen(void **state)
{
    (void)state;
    kill_many_times(&store_mode_sync);
}

static void test_s4__kill_9_of_a_relaxed_store_loses_nothing_either(void **state)
{
    (void)state;
    kill_many_times(&store_mode_relaxed);
}

/* ---- copies */

enum { COPY_KILLS = 12, COPIES_MAX = 1000, COPY_KEYS = 3000, COPY_PATH_BYTES = 600 };

static void copy_path(char out[COPY_PATH_BYTES], const char *dir, int i)
{
    (void)snprintf(out, COPY_PATH_BYTES, "%s/copy%d", dir, i);
}

static status fill_run(struct store_txn *txn, void *ctx)
{
    (void)ctx;
    for (uint32_t i = 0; i < COPY_KEYS; i++) {
        char key[16];
        (void)snprintf(key, sizeof key, "k%06u", i);
        TRY(store_box_txn_put_number(txn, span_of(key), i));
    }
    return ST_OK;
}

/* Copies of a store on disk, or, as the word says, of one in memory. */
static int copy_child(const char *kind, const char *dir)
{
    const bool in_memory = strcmp(kind, store_mode_memory.name) == 0;
    char path[COPY_PATH_BYTES];
    (void)snprintf(path, sizeof path, "%s/data", dir);
    struct store *store = store_box_open(in_memory ? &store_mode_memory : &store_mode_sync, path);
    if (store_write_wait(store, fill_run, NULL) != ST_OK) return 1;
    report_to_pipe(NULL, true, 0, 0); /* it begins */
    for (int i = 0; i < COPIES_MAX; i++) {
        struct arena arena;
        arena_init(&arena, mem_heap(), 1 << 16);
        struct error err = error_in(&arena);
        copy_path(path, dir, i);
        if (store_backup(store, path, &err) != ST_OK) return 1;
        arena_deinit(&arena);
    }
    return 1;
}

/* A directory in which nothing was written yet is an empty one, and no copy. */
static bool is_begun(const char *path)
{
    char marker[COPY_PATH_BYTES + 16];
    char first = 0;
    (void)snprintf(marker, sizeof marker, "%s/STATOR", path);
    FILE *file = fopen(marker, "r");
    if (file == NULL) return false;
    const bool begun = fread(&first, 1, 1, file) == 1;
    (void)fclose(file);
    return begun;
}

static void judge_copy(const char *path, size_t *whole, size_t *half)
{
    struct store *copy = NULL;
    char text[STORE_BOX_TEXT_BYTES];
    if (!is_begun(path)) return;
    const status st = store_box_try_open(path, &copy, text);
    if (st != ST_OK) {
        assert_int_equal(st, ST_FOREIGN);
        assert_non_null(strstr(text, "not finished"));
        ++*half;
        return;
    }
    for (uint32_t i = 0; i < COPY_KEYS; i++) {
        char key[16];
        (void)snprintf(key, sizeof key, "k%06u", i);
        assert_int_equal(store_box_number(copy, span_of(key)), i);
    }
    store_close(copy);
    ++*whole;
}

static void kill_copying(const char *kind, uint32_t alive_ms, size_t *whole, size_t *half)
{
    char *dir = support_folder_new();
    struct report begins;
    struct store_child child = store_child_start("copy", kind, dir);
    assert_int_equal(read(child.output, &begins, sizeof begins), sizeof begins);
    (void)usleep(alive_ms * 1000);
    assert_int_equal(kill(child.pid, SIGKILL), 0);
    assert_int_equal(store_child_end(&child), -1);
    for (int i = 0; i < COPIES_MAX; i++) {
        char path[COPY_PATH_BYTES];
        copy_path(path, dir, i);
        if (access(path, F_OK) != 0) break;
        judge_copy(path, whole, half);
    }
    support_folder_free(dir);
}

static void test_backup__kill_9_leaves_whole_copies_and_known_halves(void **state)
{
    (void)state;
    struct support_random random = support_random();
    size_t whole = 0, half = 0;
    for (size_t i = 0; i < COPY_KILLS; i++) {
        const char *kind = i % 2 == 0 ? store_mode_sync.name : store_mode_memory.name;
        kill_copying(kind, 5 + support_random_below(&random, 120), &whole, &half);
    }
    printf("%zu whole copies, %zu halves, %d kills\n", whole, half, COPY_KILLS);
    assert_true(whole + half > 0);
    support_mem_check();
}

int main(int argc, char **argv)
{
    static const struct store_child_role roles[] = {
        {"crash", crash_child},
        {"copy",  copy_child },
    };
    int exit_code = 0;
    if (store_child_main(argc, argv, roles, ARRAY_COUNT(roles), &exit_code)) return exit_code;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_s4__kill_9_loses_nothing_acknowledged_or_seen),
        cmocka_unit_test(test_s4__kill_9_of_a_relaxed_store_loses_nothing_either),
        cmocka_unit_test(test_backup__kill_9_leaves_whole_copies_and_known_halves),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
