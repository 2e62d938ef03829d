/* crash_test.c -- S2, S3 and S4 across kill -9.
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

int main(int argc, char **argv)
{
    static const struct store_child_role roles[] = {
        {"crash", crash_child}
    };
    int exit_code = 0;
    if (store_child_main(argc, argv, roles, ARRAY_COUNT(roles), &exit_code)) return exit_code;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_s4__kill_9_loses_nothing_acknowledged_or_seen),
        cmocka_unit_test(test_s4__kill_9_of_a_relaxed_store_loses_nothing_either),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
