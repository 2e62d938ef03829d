/* commit.h -- the queue of writes, and who takes it to disk: two threads, or the callers that wait.
 *
 *     commit_init -> { commit_queue, commit_help? } … -> commit_deinit
 */
#ifndef STATOR_STORE_COMMIT_H
#define STATOR_STORE_COMMIT_H

#include "os/cond.h"
#include "os/thread.h"
#include "store/gaps.h"
#include "store/recovery.h"
#include "store/rocks.h"
#include "store/snapshot.h"
#include "store/store.h"
#include "store/tidy.h"
#include "store/txn.h"

/* Writes in the order in which they were queued, linked by `next`. */
struct write_list {
    struct store_write *first;
    struct store_write *last;
    size_t count;
    size_t unaided; /* of those, how many whose callers went away: not `helped` */
};

/* Writes whose functions have run, and what has to happen before their dones. */
struct ran {
    struct write_list writes;
    struct snapshot *snapshot; /* the state with these writes; NULL when they changed nothing */
    struct tidy_range *deleted;
};

struct commit_helper; /* one call of commit_help */

struct commit_parts {
    const struct mem *mem;
    struct rocks *rocks;
    struct snapshots *snapshots; /* synced states are published here */
    struct recent *recent;       /* what changes is forgotten here */
    struct gaps *gaps;           /* what is put is told here */
    struct tidy *tidy;           /* ranges that are gone for everyone are queued here */
    struct recovery *recovery;   /* what opens the store again after a failure */
    bool syncs;
};

struct commit {
    /* constant after commit_init */
    struct commit_parts parts; /* .syncs: a sync stands before each done; the syncer exists */
    struct thread committer;
    struct thread syncer;

    /* the committer's alone, whichever thread that is now (K7) */
    struct write_list todo; /* taken from the queue, not run yet */
    struct store_txn txn;
    uint64_t sequence;          /* the last one handed out */
    uint64_t sequence_reserved; /* on disk: what the next start goes on from */

    /* the committer's thread's alone */
    uint64_t retry_ns; /* when it tries again to open a store that failed; 0: not decided yet */

    struct mutex lock;
    struct cond queued;                             /* the committer's thread waits for it */
    struct cond written;                            /* the syncer's thread waits for it */
    struct commit_helper *waiting GUARDED_BY(lock); /* callers that wait, linked */
    bool committing GUARDED_BY(lock);               /* somebody is the committer; see K7 */
    bool syncing GUARDED_BY(lock);                  /* somebody is the syncer */
    bool reopening GUARDED_BY(lock); /* somebody wants to be both: nobody begins to be one; K4 */
    struct write_list queue GUARDED_BY(lock);
    struct ran ran GUARDED_BY(lock);    /* the syncer's next group */
    size_t unfinished GUARDED_BY(lock); /* queued, and done not returned yet */
    bool finishing GUARDED_BY(lock);    /* no more will be queued from outside */
    bool committer_ended GUARDED_BY(lock);
    struct rocks_why why GUARDED_BY(lock); /* while it has failed: the cause */

    _Atomic bool failed; /* either part sets it, both at once unset it; everyone reads; see K4 */
    _Atomic uint64_t runs;
    _Atomic uint64_t batches;
    _Atomic uint64_t syncs_done;
};

/* Go on from what `rocks` holds, and start the threads. ST_IO, ST_CORRUPT, ST_NO_MEMORY. */
MUST_USE status commit_init(struct commit *commit, const struct commit_parts *parts);

void commit_queue(struct commit *commit, struct store_write *write);

/* Be committer and syncer where nobody else is, and wait where somebody is, until *over. */
void commit_help(struct commit *commit, const atomic_bool *over);

/* How many writes were queued and have not been answered. */
MUST_USE size_t commit_pending(struct commit *commit);

/* Run everything queued, call every done, end the threads. False: it has failed and not recovered.
 */
bool commit_deinit(struct commit *commit);

/* Are writes refused? Then *why (which may be NULL) is the cause. */
MUST_USE bool commit_has_failed(struct commit *commit, struct rocks_why *why);

#endif
