/* snapshot.h -- states of the database that readers see, the newest durable one above all.
 *
 *     snapshot_new -> snapshot_take (the state as it is now) -> snapshots_publish | snapshot_drop
 *     snapshots_acquire … read … snapshot_drop
 *
 * Every snapshot counts who uses it and goes with the last. States are numbered in the order in
 * which they came about; the first one of a store that was opened is 0.
 */
#ifndef STATOR_STORE_SNAPSHOT_H
#define STATOR_STORE_SNAPSHOT_H

#include <rocksdb/c.h>
#include <stdatomic.h>

#include "base/mem.h"
#include "base/status.h"
#include "os/mutex.h"

struct snapshot {
    /* constant after snapshot_take */
    const struct mem *mem;
    rocksdb_t *db;
    const rocksdb_snapshot_t *state;
    rocksdb_readoptions_t *options; /* reads see `state` */
    uint64_t number;                /* of `state` */

    _Atomic uint32_t users; /* any thread; see snapshot.c */
};

/* A snapshot of nothing yet, used by the caller. ST_NO_MEMORY. */
MUST_USE status snapshot_new(const struct mem *mem, rocksdb_t *db, struct snapshot **out);

/* See the database as it is now, state `number`. Cannot fail; once for each snapshot. */
void snapshot_take(struct snapshot *snapshot, uint64_t number);

/* The caller uses it no longer; NULL is allowed. */
void snapshot_drop(struct snapshot *snapshot);

struct snapshots {
    struct mutex lock;
    struct snapshot *newest GUARDED_BY(lock); /* what readers get */
};

/* `first` is consumed, and must have been taken. */
void snapshots_init(struct snapshots *snapshots, struct snapshot *first);
void snapshots_deinit(struct snapshots *snapshots);

/* Readers see `snapshot` from now on; it is consumed. */
void snapshots_publish(struct snapshots *snapshots, struct snapshot *snapshot);

/* The newest, used by the caller until snapshot_drop. */
MUST_USE struct snapshot *snapshots_acquire(struct snapshots *snapshots);

#endif
