/* store_work.h -- writers and readers at work on a store, and what must be true of it afterwards,
 * however it ended:
 *
 *     counter a.t and b.t   put together by each write of writer t: equal, or S4 is broken
 *     log.t.n               put with them; there for 1 .. a.t, and for no more
 *     a.t                   at least what was acknowledged (S2) and what was seen (S3)
 */
#ifndef STATOR_TESTS_STORE_WORK_H
#define STATOR_TESTS_STORE_WORK_H

#include <pthread.h>
#include <stdatomic.h>

#include "store/store_box.h"

enum { WORK_WRITERS = 8, WORK_READERS = 2 };

/* Tell that writer's `number` was acknowledged to it, or was seen by a reader. Any thread. */
typedef void(store_work_report_fn)(void *ctx, bool seen, uint32_t writer, uint64_t number);

struct store_worker {
    struct store_work *work;
    uint32_t index;
    uint64_t number; /* a writer's last */
    pthread_t thread;
};

struct store_work {
    struct store *store;
    store_work_report_fn *report;
    void *ctx;
    atomic_bool over;
    atomic_bool resting; /* set by the test: nobody reads or writes meanwhile */
    struct store_worker workers[WORK_WRITERS + WORK_READERS];
};

/* Writers go on where the store's counters stand. */
void store_work_start(struct store_work *work);

/* Let each finish what it is at. */
void store_work_stop(struct store_work *work);

struct store_work_known {
    _Atomic uint64_t acknowledged;
    _Atomic uint64_t seen;
    uint64_t checked; /* logs up to here were found before */
};

/* Assert all of the above, and that nothing is there which was never asked for: a writer is at most
 * `ahead` writes ahead of what is known. Returns the sum of the counters. */
uint64_t store_work_check(struct store *store, struct store_work_known known[WORK_WRITERS],
                          uint64_t ahead);

#endif
