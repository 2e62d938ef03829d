/* histories_test.c -- clients at work on a few hot items, and whether what they saw has an order.
 *
 * Histories take turns over all kinds of databases: the library in memory and in a directory, a
 * server over HTTP and over its socket, durable and relaxed, with kills and restarts in the middle;
 * and over 2 to 64 clients. STATOR_HISTORIES says how many (5), STATOR_SEED where they begin:
 * history n of seed S is history 0 of seed S + n. One that has no order is written to a file of the
 * working directory, which this program judges again when it is given as its argument.
 */
#include <stdio.h>

#include "linear/drive.h"
#include "linear/history_text.h"
#include "linear/linearize.h"
#include "support/support.h"

enum { HISTORIES = 5 };

/* One of each in turn. The number of clients is from 2 up to this. */
static const struct {
    drive_place place;
    bool is_relaxed, has_ends;
    unsigned clients_max;
} kinds[] = {
    {DRIVE_HTTP, false, true,  24},
    {DRIVE_MEM,  false, false, 64},
    {DRIVE_HTTP, true,  true,  24},
    {DRIVE_FILE, false, false, 64},
    {DRIVE_UNIX, false, true,  64},
};

static const char *const verdicts[] = {[SEARCH_ACCEPTED] = "accepted",
                                       [SEARCH_REJECTED] = "rejected",
                                       [SEARCH_UNDECIDED] = "undecided"};

struct sum {
    struct send_tally tally;
    uint64_t operations, configurations;
    double seconds, slowest;
    uint64_t hardest;
    size_t bytes;
};

static uint64_t number_from(const char *name, uint64_t otherwise)
{
    const char *text = getenv(name);
    return text != NULL ? strtoull(text, NULL, 10) : otherwise;
}

static struct drive_plan plan_of(uint64_t seed, bool is_long)
{
    const size_t kind = (size_t)(seed % ARRAY_COUNT(kinds));
    struct support_random random = {seed};
    struct drive_plan plan = {
        .place = kinds[kind].place,
        .is_relaxed = kinds[kind].is_relaxed,
        .seed = seed,
    };
    plan.clients = 2 + support_random_below(&random, kinds[kind].clients_max - 1);
    plan.families = 1 + support_random_below(&random, 3);
    plan.family_keys = 2 + support_random_below(&random, 4);
    plan.is_quiet = support_random_below(&random, 4) == 0 && plan.clients <= 16;
    plan.requests = (is_long ? 4000 : 1200) / plan.clients + 1;
    if (kinds[kind].has_ends) plan.ends = is_long ? 4 : 2;
    return plan;
}

/* ---- a history that is not accepted */

static void keep(const struct history *history, const struct linearize_report *report,
                 uint64_t seed)
{
    char path[64];
    (void)snprintf(path, sizeof path, "linear-%llu.history", (unsigned long long)seed);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    linearize_write(history, report, file);
    (void)fclose(file);
    print_error("%s is %s: see %s\n", history->title, verdicts[report->verdict], path);
}

/* ---- many */

static void add_up(struct sum *sum, const struct send_tally *tally,
                   const struct linearize_report *report, size_t count)
{
    sum->operations += count;
    sum->tally.refused += tally->refused;
    sum->tally.unknown += tally->unknown;
    sum->tally.conflicts += tally->conflicts;
    sum->tally.repeated += tally->repeated;
    sum->configurations += report->configurations;
    sum->seconds += report->seconds;
    if (report->seconds > sum->slowest) sum->slowest = report->seconds;
    if (report->configurations > sum->hardest) sum->hardest = report->configurations;
    if (report->bytes > sum->bytes) sum->bytes = report->bytes;
}

static bool run_one(uint64_t seed, bool is_long, struct sum *sum)
{
    const struct drive_plan plan = plan_of(seed, is_long);
    struct history history = {0};
    struct send_tally tally = {0};
    struct linearize_report report;
    drive_run(&plan, &history, &tally);
    const search_verdict verdict = linearize_check(&history, 0, &report);
    add_up(sum, &tally, &report, history.count);
    print_message("%s: %zu operations, %llu refused, %llu unknown, %llu conflicts, %llu repeated; "
                  "%llu configurations, %.2f s\n",
                  history.title, history.count, (unsigned long long)tally.refused,
                  (unsigned long long)tally.unknown, (unsigned long long)tally.conflicts,
                  (unsigned long long)tally.repeated, (unsigned long long)report.configurations,
                  report.seconds);
    if (verdict != SEARCH_ACCEPTED || getenv("STATOR_HISTORIES_KEEP") != NULL)
        keep(&history, &report, seed);
    if (tally.unexpected > 0)
        print_error("%llu errors that nobody expects: %s\n", (unsigned long long)tally.unexpected,
                    tally.words);
    history_deinit(&history);
    return verdict == SEARCH_ACCEPTED && tally.unexpected == 0;
}

static void test_histories__have_an_order_that_explains_them(void **state)
{
    (void)state;
    struct sum sum = {0};
    const uint64_t count = number_from("STATOR_HISTORIES", HISTORIES);
    const struct support_random random = support_random();
    uint64_t failed = 0;
    for (uint64_t i = 0; i < count; i++)
        if (!run_one(random.state + i, count > HISTORIES, &sum)) failed++;
    print_message("%llu histories: %llu operations, %llu refused, %llu unknown, %llu conflicts; "
                  "checked in %.1f s, the slowest in %.2f s; %llu configurations, at most %llu and "
                  "%zu MiB\n",
                  (unsigned long long)count, (unsigned long long)sum.operations,
                  (unsigned long long)sum.tally.refused, (unsigned long long)sum.tally.unknown,
                  (unsigned long long)sum.tally.conflicts, sum.seconds, sum.slowest,
                  (unsigned long long)sum.configurations, (unsigned long long)sum.hardest,
                  sum.bytes >> 20);
    if (failed > 0) fail_msg("%llu histories are not accepted", (unsigned long long)failed);
}

/* ---- a file again */

static int judge_file(const char *path)
{
    FILE *file = fopen(path, "r");
    size_t wrong = 0;
    int rejected = 0;
    if (file == NULL) return 2;
    for (bool is_more = true; is_more;) {
        struct history history = {0};
        struct linearize_report report;
        is_more = history_text_read(file, &history, &wrong);
        if (wrong > 0) print_error("line %zu is wrong\n", wrong);
        if (!is_more || wrong > 0) break;
        (void)linearize_check(&history, 0, &report);
        print_message("%s: %s, %llu configurations, %.2f s\n", history.title,
                      verdicts[report.verdict], (unsigned long long)report.configurations,
                      report.seconds);
        if (report.verdict != SEARCH_ACCEPTED) rejected = 1;
        history_deinit(&history);
    }
    (void)fclose(file);
    return wrong > 0 ? 2 : rejected;
}

int main(int argc, char **argv)
{
    if (argc == 2) return judge_file(argv[1]);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_histories__have_an_order_that_explains_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
