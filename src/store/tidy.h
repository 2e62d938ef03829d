/* tidy.h -- giving back the room of deleted ranges.
 *
 *     tidy_range_new … -> tidy_queue -> (a thread of its own compacts them)
 */
#ifndef STATOR_STORE_TIDY_H
#define STATOR_STORE_TIDY_H

#include <rocksdb/c.h>
#include <stdbool.h>

#include "base/mem.h"
#include "base/span.h"
#include "os/cond.h"
#include "os/thread.h"

struct tidy_range {
    struct tidy_range *next;
    const struct mem *mem;
    size_t low_len;
    size_t high_len;
    uint8_t bytes[]; /* low, then high */
};

/* A copy of a range put before `rest`. Without memory it is `rest` alone: the range is then tidied
 * whenever RocksDB comes by. */
MUST_USE struct tidy_range *tidy_range_new(const struct mem *mem, struct span low, struct span high,
                                           struct tidy_range *rest);
void tidy_range_free(struct tidy_range *ranges);

/* All of both lists. */
MUST_USE struct tidy_range *tidy_range_join(struct tidy_range *a, struct tidy_range *b);

MUST_USE struct span tidy_range_low(const struct tidy_range *range);
MUST_USE struct span tidy_range_high(const struct tidy_range *range);

/* Put `range`, alone, at the end of a list: true. Or make one of it and the first there that it
 * touches: false. It is consumed either way. */
MUST_USE bool tidy_range_add(struct tidy_range **list, struct tidy_range *range);

struct tidy {
    /* constant after tidy_init */
    rocksdb_t *db;
    struct thread thread;

    struct mutex lock;
    struct cond changed;
    struct tidy_range *queue GUARDED_BY(lock);
    size_t waiting GUARDED_BY(lock); /* in the queue */
    bool ending GUARDED_BY(lock);
};

/* ST_NO_MEMORY. */
MUST_USE status tidy_init(struct tidy *tidy, rocksdb_t *db);

/* Stop at once, in the middle of a range as well. */
void tidy_deinit(struct tidy *tidy);

/* Compact `ranges`, which are consumed, before long: nothing shows what was in them any longer. */
void tidy_queue(struct tidy *tidy, struct tidy_range *ranges);

#endif
