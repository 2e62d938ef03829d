/* embedded.c -- libstator in this process beside RocksDB alone: operations a second with one thread
 * and with two, and how many times the raw engine's time one takes.
 *
 *     bench_embedded FOLDER [SECONDS [ITEMS]]
 *
 * FOLDER is made, and what is made in it is left for the caller to delete. Prints rows of a
 * Markdown table; bench/run puts it under its own.
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
    THREADS_MAX = 2,
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

typedef double rates[EMBEDDED_OPS][THREADS_MAX];

static bool is_measured(embedded_op op, bool durable)
{
    const bool reads = op == EMBEDDED_GET || op == EMBEDDED_GET_SMALL || op == EMBEDDED_QUERY_50;
    return !durable || !reads;
}

static void measure_all(struct embedded *e, const struct embedded_subject *subject, double seconds,
                        rates out)
{
    subject->open(e);
    for (embedded_op op = 0; op < EMBEDDED_OPS; op++) {
        for (int threads = 1; threads <= THREADS_MAX && is_measured(op, e->durable); threads++) {
            struct cell warm_up = {.e = e, .subject = subject, .op = op};
            struct cell cell = warm_up;
            (void)measure(&warm_up, threads, WARM_UP_S);
            out[op][threads - 1] = measure(&cell, threads, seconds);
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

static void compare(const char *folder, bool durable, double seconds, uint32_t items)
{
    static const struct embedded_subject *const subjects[] = {&embedded_stator, &embedded_raw};
    rates figures[2] = {0};
    char text[ITEM_BYTES + 1];
    memset(text, 'x', ITEM_BYTES);
    text[ITEM_BYTES] = '\0';
    for (int i = 0; i < 2; i++) {
        char path[512];
        (void)snprintf(path, sizeof path, "%s/%s-%d", folder, durable ? "durable" : "relaxed", i);
        struct embedded e = {
            .folder = path,
            .durable = durable,
            .items = items,
            .item_bytes = ITEM_BYTES,
            .text = text,
        };
        measure_all(&e, subjects[i], seconds, figures[i]);
    }
    print_rows(durable, figures[0], figures[1]);
}

int main(int count, char **words)
{
    if (count < 2) embedded_fail("usage", "bench_embedded FOLDER [SECONDS [ITEMS]]");
    const double seconds = count > 2 ? strtod(words[2], NULL) : 1;
    const unsigned long items = count > 3 ? strtoul(words[3], NULL, 10) : ITEMS_USUAL;
    if (seconds <= 0 || items < EMBEDDED_QUERY || items > UINT32_MAX)
        embedded_fail("usage", "SECONDS above 0, ITEMS at least 50");
    (void)mkdir(words[1], 0777);
    (void)printf("| operation | | libstator, 1 thread: /s | us | 2 threads: /s | RocksDB alone, 1 "
                 "thread: /s | us | 2 threads: /s | times RocksDB |\n"
                 "| --- | --- | --: | --: | --: | --: | --: | --: | --: |\n");
    compare(words[1], false, seconds, (uint32_t)(items - items % EMBEDDED_QUERY));
    compare(words[1], true, seconds, (uint32_t)(items - items % EMBEDDED_QUERY));
    return 0;
}
