/* embedded.c -- libstator in this process beside RocksDB alone: operations a second with one thread
 * and with two, and how many times the raw engine's time one takes. Then durable updates by 64
 * callers at once, who share syncs: what a server with 64 connections is compared with.
 *
 *     bench_embedded FOLDER [SECONDS [ITEMS]]
 *
 * FOLDER is made, and what is made in it is left for the caller to delete. Prints two Markdown
 * tables with an empty line between them; bench/run puts them under its own.
 */
#include "embedded.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "load_measure.h"

enum {
    PAIR = 2,
    PATH_BYTES = 512,
    THREADS_MAX = EMBEDDED_CALLERS,
    WARM_UP_S = 1,
    ITEM_BYTES = 1024,
    ITEMS_USUAL = 100000,
    NS_PER_S = 1000000000
};

void embedded_fail(const char *what, const char *why)
{
    (void)fprintf(stderr, "bench_embedded: %s: %s\n", what, why);
    exit(1);
}

/* ---- one cell: an operation, again and again, until time is up */

struct cell {
    struct embedded *e;
    const struct embedded_subject *subject;
    embedded_op op;
    atomic_bool over;
    atomic_ullong done;
};

struct worker {
    pthread_t thread;
    struct cell *cell;
    uint64_t random;
};

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static void *work(void *ctx)
{
    struct worker *worker = ctx;
    struct cell *cell = worker->cell;
    uint64_t done = 0;
    while (!atomic_load_explicit(&cell->over, memory_order_relaxed)) {
        const uint32_t item = (uint32_t)(next_random(&worker->random) % cell->e->items);
        cell->subject->run(cell->e, cell->op, item);
        done++;
    }
    atomic_fetch_add(&cell->done, done);
    return NULL;
}

static void rest_ns(uint64_t ns)
{
    const struct timespec pause = {.tv_sec = (time_t)(ns / NS_PER_S),
                                   .tv_nsec = (long)(ns % NS_PER_S)};
    (void)nanosleep(&pause, NULL);
}

/* Operations a second. */
static double measure(struct cell *cell, int threads, double seconds)
{
    struct worker workers[THREADS_MAX];
    const uint64_t begun = load_measure_now_ns();
    for (int i = 0; i < threads; i++) {
        workers[i] = (struct worker){.cell = cell, .random = 88172645463325252U + (uint64_t)i};
        if (pthread_create(&workers[i].thread, NULL, work, &workers[i]) != 0)
            embedded_fail("a thread", "there is none to be had");
    }
    rest_ns((uint64_t)(seconds * NS_PER_S));
    atomic_store(&cell->over, true);
    for (int i = 0; i < threads; i++) (void)pthread_join(workers[i].thread, NULL);
    return (double)atomic_load(&cell->done) * NS_PER_S / (double)(load_measure_now_ns() - begun);
}

/* ---- all cells */

typedef double rates[EMBEDDED_OPS][PAIR];

static bool is_measured(embedded_op op, bool durable)
{
    const bool reads = op == EMBEDDED_GET || op == EMBEDDED_GET_SMALL || op == EMBEDDED_QUERY_50;
    return !durable || !reads;
}

static double measure_warm(struct embedded *e, const struct embedded_subject *subject,
                           embedded_op op, int threads, double seconds)
{
    struct cell warm_up = {.e = e, .subject = subject, .op = op};
    struct cell cell = warm_up;
    (void)measure(&warm_up, threads, WARM_UP_S);
    return measure(&cell, threads, seconds);
}

static void measure_all(struct embedded *e, const struct embedded_subject *subject, double seconds,
                        rates out)
{
    subject->open(e);
    for (embedded_op op = 0; op < EMBEDDED_OPS; op++) {
        for (int threads = 1; threads <= PAIR && is_measured(op, e->durable); threads++) {
            out[op][threads - 1] = measure_warm(e, subject, op, threads, seconds);
        }
    }
    subject->close(e);
}

static void print_rows(bool durable, rates ours, rates raw)
{
    static const char *const titles[] = {
        [EMBEDDED_GET] = "GetItem, 1 KiB",
        [EMBEDDED_GET_SMALL] = "GetItem, 200 bytes",
        [EMBEDDED_PUT] = "PutItem, 1 KiB",
        [EMBEDDED_UPDATE] = "conditional UpdateItem",
        [EMBEDDED_QUERY_50] = "Query of 50",
        [EMBEDDED_TRANSACT_4] = "TransactWriteItems of 4",
        [EMBEDDED_BATCH_25] = "BatchWriteItem of 25",
    };
    for (embedded_op op = 0; op < EMBEDDED_OPS; op++) {
        if (!is_measured(op, durable)) continue;
        (void)printf("| %s | %s | %.0f | %.1f | %.0f | %.0f | %.1f | %.0f | %.1f |\n", titles[op],
                     durable ? "durable" : "relaxed", ours[op][0], 1e6 / ours[op][0], ours[op][1],
                     raw[op][0], 1e6 / raw[op][0], raw[op][1], raw[op][0] / ours[op][0]);
    }
}

/* What is the same for all that is measured. */
struct plan {
    const char *folder;
    double seconds;
    uint32_t items;
    char text[ITEM_BYTES + 1];
};

static struct embedded embedded_for(const struct plan *plan, bool durable, char path[PATH_BYTES],
                                    const char *name)
{
    (void)snprintf(path, PATH_BYTES, "%s/%s-%s", plan->folder, durable ? "durable" : "relaxed",
                   name);
    return (struct embedded){
        .folder = path,
        .durable = durable,
        .items = plan->items,
        .item_bytes = ITEM_BYTES,
        .text = plan->text,
    };
}

static void compare(const struct plan *plan, bool durable)
{
    rates ours = {0};
    rates raw = {0};
    char path[PATH_BYTES];
    struct embedded e = embedded_for(plan, durable, path, "libstator");
    measure_all(&e, &embedded_stator, plan->seconds, ours);
    e = embedded_for(plan, durable, path, "raw");
    measure_all(&e, &embedded_raw, plan->seconds, raw);
    print_rows(durable, ours, raw);
}

/* ---- many callers who share syncs */

static double measure_callers(const struct plan *plan, const struct embedded_subject *subject,
                              const char *name)
{
    char path[PATH_BYTES];
    struct embedded e = embedded_for(plan, true, path, name);
    subject->open(&e);
    const double rate = measure_warm(&e, subject, EMBEDDED_UPDATE, EMBEDDED_CALLERS, plan->seconds);
    subject->close(&e);
    return rate;
}

static void compare_callers(const struct plan *plan)
{
    static const struct {
        const char *title;
        const char *name;
        const struct embedded_subject *subject;
    } rows[] = {
        {"libstator",                                      "callers-libstator", &embedded_stator},
        {"RocksDB alone, its own groups",                  "callers-raw",       &embedded_raw   },
        {"RocksDB alone, one thread writes and one syncs", "callers-group",     &embedded_group },
    };
    (void)printf("| durable conditional UpdateItem, %d callers | /s |\n| --- | --: |\n",
                 EMBEDDED_CALLERS);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        (void)printf("| %s | %.0f |\n", rows[i].title,
                     measure_callers(plan, rows[i].subject, rows[i].name));
}

static void compare_operations(const struct plan *plan)
{
    (void)printf("| operation | | libstator, 1 thread: /s | us | 2 threads: /s | RocksDB alone, 1 "
                 "thread: /s | us | 2 threads: /s | times RocksDB |\n"
                 "| --- | --- | --: | --: | --: | --: | --: | --: | --: |\n");
    compare(plan, false);
    compare(plan, true);
}

int main(int count, char **words)
{
    if (count < 2 || words[1][0] == '-')
        embedded_fail("usage", "bench_embedded FOLDER [SECONDS [ITEMS [operations|callers]]]");
    const double seconds = count > 2 ? strtod(words[2], NULL) : 1;
    const unsigned long items = count > 3 ? strtoul(words[3], NULL, 10) : ITEMS_USUAL;
    const char *part = count > 4 ? words[4] : "";
    const bool is_part =
        part[0] == '\0' || strcmp(part, "operations") == 0 || strcmp(part, "callers") == 0;
    if (!is_part) embedded_fail("usage", "the last word is operations or callers");
    if (seconds <= 0 || items < EMBEDDED_QUERY || items > UINT32_MAX)
        embedded_fail("usage", "SECONDS above 0, ITEMS at least 50");
    struct plan plan = {
        .folder = words[1],
        .seconds = seconds,
        .items = (uint32_t)(items - items % EMBEDDED_QUERY),
    };
    memset(plan.text, 'x', ITEM_BYTES);
    (void)mkdir(words[1], 0777);
    if (strcmp(part, "callers") != 0) compare_operations(&plan);
    if (strcmp(part, "operations") != 0) compare_callers(&plan);
    return 0;
}
