/* rocks.h -- RocksDB: its settings, and its answers as statuses.
 *
 * rocks.c opens, rocks_log.c writes. Beside them only backup, pins, snapshot, tidy and view name
 * rocksdb's functions. Private to the room.
 */
#ifndef STATOR_STORE_ROCKS_H
#define STATOR_STORE_ROCKS_H

#include <rocksdb/c.h>

#include <stdatomic.h>

#include "base/error.h"
#include "base/span.h"
#include "os/mutex.h"
#include "store/budget.h"
#include "store/staged.h"

typedef enum rocks_log {
    ROCKS_LOG_BUFFERED, /* rocks_sync is called, beside rocks_write */
    ROCKS_LOG_WRITTEN,  /* it is not: a write with the operating system is as durable as it gets */
    ROCKS_LOG_NONE,
} rocks_log;

struct rocks {
    rocksdb_t *db;
    rocksdb_env_t *env; /* NULL: the file system */
    rocksdb_options_t *options;
    rocksdb_writeoptions_t *write_options;
    rocksdb_readoptions_t *latest; /* reads see everything written */
    rocksdb_writebatch_t *batch;   /* reused; the committer's */

    size_t table_bytes_max; /* of a table that is not written yet */
    size_t merge_bytes;     /* of two merges of a level */

    /* R9 of rocks_log.c; the committer's */
    size_t unlooked_bytes; /* written since errors were looked for */
    uint64_t error_count;  /* how many there had been then */
    bool is_wary;          /* some of them were new */

    /* The committer, or who helps it, writes it; who tries to recover reads it. */
    _Atomic uint64_t stuck_bytes; /* room that merging wants, once a write was refused for it */

    /* R6 of rocks_log.c */
    const char *path;     /* the caller's, or NULL: in memory */
    bool syncs;           /* rocks_sync is called */
    atomic_bool is_tight; /* the syncer writes it, the committer reads: order does not matter */
    atomic_bool is_spent; /* the log failed: nobody touches it again; either writes it */
    struct mutex log_lock;
};

struct rocks_options {
    const char *path; /* NULL: in memory; lives as long as what is opened */
    rocks_log log;
    struct budget budget;
    bool must_exist; /* ST_IO instead of a new database */
};

/* Why RocksDB failed, in its words. */
enum { ROCKS_WHY_BYTES = 200 };
struct rocks_why {
    char text[ROCKS_WHY_BYTES];
};

/* ST_LOCKED, ST_CORRUPT, ST_IO. */
MUST_USE status rocks_open(struct rocks *rocks, const struct rocks_options *options,
                           struct error *err);

/* Before closing: what RocksDB does by itself ends soon, and so do calls that wait for it, such as
 * one that compacts while nothing can be merged. */
void rocks_end_work(struct rocks *rocks);

/* With `sync`, put everything on disk first, what a relaxed store left to the system included,
 * unless a write or a sync has failed. */
void rocks_close(struct rocks *rocks, bool sync);

/* The status of RocksDB's `message` (NULL: ST_OK), which is freed; `why` may be NULL. */
MUST_USE status rocks_status(char *message, struct rocks_why *why);

/* Make all of `staged` one write: whole or absent after a crash. ST_IO, ST_CORRUPT. */
MUST_USE status rocks_write(struct rocks *rocks, const struct staged *staged,
                            struct rocks_why *why);

/* RocksDB need not count what this thread has it do (view.c), which takes a twentieth of a write's
 * time. For threads of the store's own: an application's may have counts of its own. */
void rocks_count_nothing(void);

/* Put every write that was made on disk. */
MUST_USE status rocks_sync(struct rocks *rocks, struct rocks_why *why);

/* Bytes of data files and of what is not yet in one. */
MUST_USE uint64_t rocks_bytes(const struct rocks *rocks);

/* What opening it again may need on disk, or what merging wants, whichever is more. */
MUST_USE uint64_t rocks_room_bytes(const struct rocks *rocks);

/* Bytes of what is not in a file yet, and of the cache of blocks. */
MUST_USE uint64_t rocks_table_bytes(const struct rocks *rocks);
MUST_USE uint64_t rocks_block_bytes(const struct rocks *rocks);

/* Rewrite everything without what is deleted or replaced. */
void rocks_compact(const struct rocks *rocks);

#endif
