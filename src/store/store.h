/* store.h -- ordered bytes to bytes, with transactions: the contract every engine keeps.
 *
 *     store_read   (store, fn, ctx)    fn sees one consistent, already durable snapshot
 *     store_read_past (store, fn, ctx) the same, a while ago
 *     store_write  (store, write)      write->fn runs alone: reads current values, decides, stages
 *                                      puts and deletes; write->done once the result is durable
 *
 * Nobody begins or commits: a function is handed over, and the store decides where and when it
 * runs, and how often. It knows nothing of items.
 *
 * S1  fn of a write sees every write whose fn ran before it, durable or not, and none that failed.
 * S2  done comes after the write is durable (or, in a relaxed store, handed to the system), in the
 *     order in which the functions ran.
 * S3  A read sees exactly the writes whose done may have been called: never what a crash could
 *     take back, always everything acknowledged before the read began.
 * S4  A write is whole or absent after any crash.
 * S5  fn may run again after a conflict: it writes only through its txn and into memory of its own
 *     request, and starts from scratch each time.
 * S6  When fn returns a failure, nothing it staged happens, and done gets that status. A refused
 *     condition stages nothing and is an answer, not a failure: fn returns ST_OK.
 * S7  A read of the past sees a state that a read saw past_ms ago, or one that was replaced less
 *     than a 32nd part of past_ms before that; never a newer one, and never an older one than a
 *     read of the past before it. The time before the store was opened, or opened again after a
 *     failure, has one state: that which it was opened with.
 * S8  A read of a held state sees what was the newest durable state when store_hold was called,
 *     whatever is written and however often it is read. Holding one keeps nobody waiting; it keeps
 *     the disk from giving back what it sees. It ends early when the store has to be opened again
 *     after a failure (store_watch).
 *
 * Keys and values are any bytes, keys at least one; keys sort by span_compare. Keys that begin with
 * byte 00 belong to the store itself.
 *
 * Memory: what a txn or view hands out is valid until its fn returns (or store_view_forget is
 * called); copy what must live longer. Threads: every function may be called by any thread; fn and
 * done run on a thread of the store's choosing, which may be one that waits in store_help or
 * store_write_wait, and must not block it.
 */
#ifndef STATOR_STORE_STORE_H
#define STATOR_STORE_STORE_H

#include <stdatomic.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/span.h"
#include "base/status.h"
#include "os/os.h"

struct store;
struct store_txn;    /* one write function's view of the data */
struct store_view;   /* one read function's view of the data */
struct store_cursor; /* a walk over a range of keys */
struct snapshot;     /* a state that is held */

typedef enum store_durability {
    STORE_SYNC,    /* done means on disk: the write survives a power cut */
    STORE_RELAXED, /* done means with the operating system: it survives a killed process */
} store_durability;

struct store_options {
    const struct mem *mem;
    const char *dir; /* made when it does not exist; NULL: in memory only */
    store_durability durability;
    size_t cache_bytes; /* for all that is kept in memory: see budget.h */
    bool must_exist;  /* an empty or missing `dir` is ST_FOREIGN or ST_IO instead of a new store */
    uint32_t past_ms; /* how long ago store_read_past looks; 0: no state is kept but the newest */
    const struct os *os; /* its clock (ticks_ns); may be NULL when past_ms is 0 */
};

/* Open or create. ST_LOCKED: another process holds `dir`. ST_FOREIGN: it holds something that is
 * not Stator's. ST_IO, ST_CORRUPT, ST_NO_MEMORY. `err` says it in one line. */
MUST_USE status store_open(const struct store_options *options, struct store **out,
                           struct error *err);

/* Run everything queued, call every done, sync, and free. */
void store_close(struct store *store);

/* ---- reading */

typedef status(store_read_fn)(struct store_view *view, void *ctx);

/* Run fn on the calling thread over the newest durable snapshot; its status is returned. ST_IO as
 * well when the data cannot be opened again after a failure (store_watch). */
MUST_USE status store_read(struct store *store, store_read_fn *fn, void *ctx);

/* As store_read, over the state of past_ms ago (S7). An fn that finds a state too old for its
 * purpose returns ST_TOO_OLD, having done nothing else, and is run again over the next newer state
 * that is kept; when the newest is too old as well, so is the answer. */
MUST_USE status store_read_past(struct store *store, store_read_fn *fn, void *ctx);

/* Hold the newest durable state, for store_read_held (S8), until store_let_go, which comes before
 * store_close. Any number of threads may read a held state at once. ST_IO: see store_watch. */
MUST_USE status store_hold(struct store *store, struct snapshot **out);
void store_let_go(struct snapshot *held);

/* As store_read, over a state that is held. ST_TOO_OLD: it went when the data was opened again. */
MUST_USE status store_read_held(struct store *store, struct snapshot *held, store_read_fn *fn,
                                void *ctx);

/* The value of `key`. *found says whether there is one; *value is untouched if not. */
MUST_USE status store_view_get(struct store_view *view, struct span key, struct span *value,
                               bool *found);

/* What store_view_get of this view has handed out so far is not looked at any more: a function that
 * gets many values one after the other gives each back, and holds one at a time. */
void store_view_forget(struct store_view *view);

/* Keys with low <= key < high. An empty `high` has no upper end. */
struct store_range {
    struct span low;
    struct span high;
};

/* Walk `range`, which is copied, upwards or, with `backward`, downwards. Close the cursor before fn
 * returns. */
MUST_USE status store_view_walk(struct store_view *view, struct store_range range, bool backward,
                                struct store_cursor **out);

/* The next key and value; *found false at the end. Both are valid until the next call. */
MUST_USE status store_cursor_next(struct store_cursor *cursor, struct span *key, struct span *value,
                                  bool *found);
void store_cursor_close(struct store_cursor *cursor);

/* Let the next one be the first of the range that is at `key` or behind. For walks upwards. */
void store_cursor_seek(struct store_cursor *cursor, struct span key);

/* ---- writing */

typedef status(store_write_fn)(struct store_txn *txn, void *ctx);
typedef void(store_done_fn)(void *ctx, status st);

/* One write. The caller owns it and keeps it, and `keys`, untouched until done is called. */
struct store_write {
    store_write_fn *fn;
    store_done_fn *done;
    void *ctx;               /* for fn and done */
    const struct span *keys; /* the keys that decide: an engine that locks, locks these */
    uint16_t key_count;      /* 0: fn must run alone in the whole store (table descriptions) */
    bool helped;             /* the caller calls store_help next: no thread is woken for this */

    struct store_write *next; /* the store's */
    status result;            /* the store's */
};

/* Queue `write` and return. done is always called, exactly once, possibly before this returns. */
void store_write(struct store *store, struct store_write *write);

/* Wait until *over, which the done of a write that was queued before sets, as the last thing that
 * it does: with memory_order_release or stronger. The calling thread runs what is queued, its own
 * write and others', where no other thread is doing so; then fn and done of any write may run on
 * it, so it must hold no lock that one of them takes. Many may wait at once, and share batches and
 * syncs. Not from within fn or done. */
void store_help(struct store *store, const atomic_bool *over);

/* store_write and store_help: fn's status, or what failed after it. */
MUST_USE status store_write_wait(struct store *store, store_write_fn *fn, void *ctx);

/* The current value of `key`, this function's own puts and deletes included. */
MUST_USE status store_txn_get(struct store_txn *txn, struct span key, struct span *value,
                              bool *found);

/* Stage a change. Key and value are copied. ST_NO_MEMORY. */
MUST_USE status store_txn_put(struct store_txn *txn, struct span key, struct span value);
MUST_USE status store_txn_delete(struct store_txn *txn, struct span key);

/* Stage the end of every key in `range`, whose `high` may not be empty here. A range is not seen by
 * store_txn_get of the same function, and costs the same whatever it holds. */
MUST_USE status store_txn_delete_range(struct store_txn *txn, struct store_range range);

/* Say that this function took `bytes` of memory that stay taken until its done is called. A batch
 * ends where its functions have taken much: of many that take much and are refused in the end, no
 * more take it at once than run while one sync is under way. */
void store_txn_kept(struct store_txn *txn, size_t bytes);

/* A number that grows with every write function that runs, across restarts: item versions. */
MUST_USE uint64_t store_txn_sequence(const struct store_txn *txn);

/* ---- upkeep */

struct store_stats {
    uint64_t writes;  /* write functions run since open */
    uint64_t batches; /* groups they were committed in */
    uint64_t syncs;
    uint64_t disk_bytes; /* files of the store */
    uint64_t pending;    /* writes queued and not answered yet */

    /* memory in use: budget.h */
    uint64_t cache_bytes_max; /* what it was opened with, or the least there is */
    uint64_t unwritten_bytes;
    uint64_t recent_bytes;
    uint64_t block_bytes;
};
void store_stats(struct store *store, struct store_stats *out);

/* Make a store in `dir`, which must be empty or not there, that holds this one as it is at some
 * moment of the call: everything acknowledged before it, and of what is written meanwhile the
 * first, whole (S4). Writers and readers go on. A copy that was not finished (a crash, a full disk)
 * is known by its marker and never opened. One in memory becomes one on disk.
 * ST_FOREIGN: there is something in `dir`. ST_IO: it cannot be written, or this store refuses
 * writes (store_failure). ST_LOCKED, ST_CORRUPT, ST_NO_MEMORY. */
MUST_USE status store_backup(struct store *store, const char *dir, struct error *err);

/* Rewrite what is stored without what was deleted or replaced, and return when that is done.
 * Writers and readers go on. */
void store_compact(struct store *store);

/* ---- failing, and recovering
 *
 * A write or a sync that fails (a full disk, a broken one) makes the store refuse every later write
 * with ST_IO: nothing is built on what may not be on disk. Reads go on with what was synced. Every
 * second it looks whether there is room again. When there is, it opens its data anew, as a restart
 * would, and writes are taken again. For that moment reads wait; where it does not succeed, they
 * get ST_IO until a later try does.
 *
 * Of the writes that were answered ST_IO each is then there, whole, or not at all. Of those that
 * were acknowledged all are. What store_hold held is gone. A store in memory has no disk to fail.
 */

enum { STORE_FAILURE_BYTES = 200 };

/* Does the store refuse writes? Then `why`, if it is not NULL, gets the cause in a line, for the
 * log. */
MUST_USE bool store_failure(struct store *store, char why[STORE_FAILURE_BYTES]);

/* What is called when a store fails and recovers, on a thread of its own, with no lock held. Any
 * may be NULL. They may not call store_watch, nor wait for a write. */
struct store_watcher {
    void *ctx;

    /* Writes are refused from now on. */
    void (*failed)(void *ctx, const char *why);

    /* The data is open again. Make anew what was made of it: no function of a write runs before
     * this returns, and nobody reads but this, through `view`. When it does not succeed, all is
     * closed and tried again. */
    status (*reopened)(void *ctx, struct store_view *view);

    /* Writes are taken again. */
    void (*recovered)(void *ctx);
};

/* Let `watcher`, which is copied, be called from now on; NULL: nobody. When this returns, the one
 * before is not being called and will not be. */
void store_watch(struct store *store, const struct store_watcher *watcher);

#endif
