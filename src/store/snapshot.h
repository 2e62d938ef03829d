/* snapshot.h -- states of the database that readers see: the newest durable one, and, where the
 * store has a past, some of those before it.
 *
 *     snapshot_new -> snapshot_take (the state as it is now) -> snapshots_publish | snapshot_drop
 *     snapshots_acquire … read … snapshot_drop
 *     snapshots_hold … snapshots_acquire_held … snapshots_let_go
 *     snapshots_close -> snapshots_open | snapshots_lose     the database is opened anew between
 * them
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
#include "os/cond.h"
#include "os/os.h"

struct snapshots;

struct snapshot {
    /* constant after snapshot_take, the last of them after snapshots_publish; `state` and `options`
     * until snapshots_close, which leaves those of a held one NULL: N5 */
    const struct mem *mem;
    struct snapshots *of;
    rocksdb_t *db;
    const rocksdb_snapshot_t *state;
    rocksdb_readoptions_t *options; /* reads see `state` */
    uint64_t number;                /* of `state` */
    uint64_t since_ns;              /* when it was published; 0 without a past */

    _Atomic uint32_t users; /* any thread; see snapshot.c */

    /* below: under the lock of `of` */
    uint32_t holds;        /* of `users`, how many hold it and need not read just now */
    struct snapshot *next; /* in the list of those that are held */
    struct snapshot *before;
};

/* A snapshot of nothing yet, used by the caller, for the readers of `of`. ST_NO_MEMORY. */
MUST_USE status snapshot_new(const struct mem *mem, struct snapshots *of, rocksdb_t *db,
                             struct snapshot **out);

/* See the database as it is now, state `number`. Cannot fail; once for each snapshot. */
void snapshot_take(struct snapshot *snapshot, uint64_t number);

/* One more user of a snapshot that the caller uses. */
MUST_USE struct snapshot *snapshot_share(struct snapshot *snapshot);

/* The caller uses it no longer; NULL is allowed. */
void snapshot_drop(struct snapshot *snapshot);

enum {
    SNAPSHOTS_STEPS = 32, /* of the past: two states of each are kept */
    /* A stretch as long as the past touches 33 steps, or 34 for what rounding leaves over; one
     * state is older. */
    SNAPSHOTS_KEPT_MAX = 2 * (SNAPSHOTS_STEPS + 2) + 1,
};

typedef enum snapshots_gate {
    SNAPSHOTS_OPEN,
    SNAPSHOTS_CLOSED, /* for a moment: who comes to read waits */
    SNAPSHOTS_LOST,   /* there is no database: who comes gets nothing */
} snapshots_gate;

struct snapshots {
    /* constant after snapshots_init */
    const struct os *os;
    uint64_t past_ns;
    uint64_t step_ns;

    _Atomic uint32_t taken; /* snapshots that have a state of the database; any thread; N5 */

    struct mutex lock;
    struct cond changed; /* `gate` */
    snapshots_gate gate GUARDED_BY(lock);
    struct snapshot *held GUARDED_BY(lock);                     /* linked; those with a state */
    struct snapshot *kept[SNAPSHOTS_KEPT_MAX] GUARDED_BY(lock); /* oldest first */
    uint32_t count GUARDED_BY(lock);                            /* the last is the newest */
};

/* `first` is consumed, and must have been taken. `os` may be NULL when past_ms is 0. */
void snapshots_init(struct snapshots *snapshots, const struct os *os, uint32_t past_ms,
                    struct snapshot *first);
void snapshots_deinit(struct snapshots *snapshots);

/* Readers see `snapshot` from now on; it is consumed. */
void snapshots_publish(struct snapshots *snapshots, struct snapshot *snapshot);

/* The newest, used by the caller until snapshot_drop; or NULL: there is no database
 * (snapshots_lose). Waits while it is being opened anew. */
MUST_USE struct snapshot *snapshots_acquire(struct snapshots *snapshots);

/* Likewise the state of the past (S7 of store.h), and the oldest that is kept of those published
 * after the one with `number`, or NULL. */
MUST_USE struct snapshot *snapshots_acquire_past(struct snapshots *snapshots);
MUST_USE struct snapshot *snapshots_acquire_after(struct snapshots *snapshots, uint64_t number);

/* The newest, or NULL, to be read now and then until snapshots_let_go: each time through
 * snapshots_acquire_held, which answers NULL when the state is gone. */
MUST_USE struct snapshot *snapshots_hold(struct snapshots *snapshots);
MUST_USE struct snapshot *snapshots_acquire_held(struct snapshot *held);
void snapshots_let_go(struct snapshot *held);

/* ---- while nothing is written: the database is closed and opened again */

/* Let nobody read any more: wait until those who do have ended, keep others waiting, and give up
 * every state, the held ones included. Then the database may be closed. False: they had not ended
 * after wait_ms; all is as before. */
MUST_USE bool snapshots_close(struct snapshots *snapshots, uint32_t wait_ms);

/* Let them read `first`, which is consumed and must have been taken. */
void snapshots_open(struct snapshots *snapshots, struct snapshot *first);

/* Let them read nothing until snapshots_open. */
void snapshots_lose(struct snapshots *snapshots);

#endif
