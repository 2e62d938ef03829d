/* recovery.h -- a store that failed is opened again, in the same process.
 *
 *     recovery_probe   would opening it find room and a disk that works?
 *     recovery_open    close RocksDB and open it anew; nobody reads meanwhile
 *     recovery_end     let what depends on the data be made anew, and everybody read
 *     recovery_lose    or let nobody read until the next recovery_open
 *
 * The committer's thread calls them (commit.c), as committer and syncer at once, so nothing is
 * written meanwhile. Private to the room.
 */
#ifndef STATOR_STORE_RECOVERY_H
#define STATOR_STORE_RECOVERY_H

#include "os/cond.h"
#include "store/gaps.h"
#include "store/home.h"
#include "store/recent.h"
#include "store/rocks.h"
#include "store/snapshot.h"
#include "store/store.h"
#include "store/tidy.h"
#include "store/view.h"

struct recovery_parts {
    const struct mem *mem;
    struct rocks *rocks;
    struct rocks_options options; /* what `rocks` was opened with */
    const struct home *home;      /* NULL: in memory, where there is nothing to recover */
    struct snapshots *snapshots;
    struct recent *recent;
    struct gaps *gaps;
    struct tidy *tidy;
};

struct recovery {
    /* constant after recovery_init */
    struct recovery_parts parts;

    /* the committer's thread's alone */
    uint64_t probe_bytes; /* what opening may take */
    uint32_t wait_ms;     /* how long readers are waited for, the next time */

    atomic_bool is_open; /* `rocks` and `tidy` are; that thread writes it, recovery_is_open reads */

    struct mutex lock;
    struct cond told;
    struct store_watcher watcher GUARDED_BY(lock);
    bool telling GUARDED_BY(lock); /* the watcher is being called */
};

/* `rocks` and `tidy` are open. */
void recovery_init(struct recovery *recovery, const struct recovery_parts *parts);

/* Close them, where they are open, syncing as rocks_close does. */
void recovery_deinit(struct recovery *recovery, bool sync);

/* Is there anything to recover from, a directory? */
MUST_USE bool recovery_is_possible(const struct recovery *recovery);

/* Call this one from now on. Waits for a call that is under way. */
void recovery_watch(struct recovery *recovery, const struct store_watcher *watcher);

/* Tell that writes are refused, for `why`, or that they are taken again. */
void recovery_tell_failed(struct recovery *recovery, const char *why);
void recovery_tell_recovered(struct recovery *recovery);

/* ST_IO: not now; `why`. */
MUST_USE status recovery_probe(struct recovery *recovery, struct rocks_why *why);

/* Open the data anew, as state `number` of the store: *out sees it. What was known of earlier
 * states is forgotten. ST_BUSY: somebody reads for long; nothing was done. ST_IO, ST_CORRUPT,
 * ST_NO_MEMORY: nothing is open, and recovery_lose follows. */
MUST_USE status recovery_open(struct recovery *recovery, uint64_t number, struct snapshot **out,
                              struct rocks_why *why);

/* Let the watcher make its own anew and then everybody read `first`, which is consumed. A failure
 * is the watcher's; recovery_lose follows. */
MUST_USE status recovery_end(struct recovery *recovery, struct snapshot *first);

/* Close what is open, and let readers know that there is nothing. */
void recovery_lose(struct recovery *recovery);

#endif
