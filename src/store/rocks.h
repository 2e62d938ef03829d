/* rocks.h -- RocksDB: its settings, and its answers as statuses.
 *
 * The only file beside backup, pins, snapshot, tidy and view that names rocksdb's functions.
 * Private to the room.
 */
#ifndef STATOR_STORE_ROCKS_H
#define STATOR_STORE_ROCKS_H

#include <rocksdb/c.h>

#include "base/error.h"
#include "base/span.h"
#include "store/budget.h"
#include "store/staged.h"

typedef enum rocks_log {
    ROCKS_LOG_BUFFERED, /* a write stays in this process until rocks_sync */
    ROCKS_LOG_WRITTEN,  /* a write is with the operating system when rocks_write returns */
    ROCKS_LOG_NONE,
} rocks_log;

struct rocks {
    rocksdb_t *db;
    rocksdb_env_t *env; /* NULL: the file system */
    rocksdb_options_t *options;
    rocksdb_writeoptions_t *write_options;
    rocksdb_readoptions_t *latest; /* reads see everything written */
    rocksdb_writebatch_t *batch;   /* reused; the committer's */
};

struct rocks_options {
    const char *path; /* NULL: in memory */
    rocks_log log;
    struct budget budget;
};

/* Why RocksDB failed, in its words. */
enum { ROCKS_WHY_BYTES = 200 };
struct rocks_why {
    char text[ROCKS_WHY_BYTES];
};

/* ST_LOCKED, ST_CORRUPT, ST_IO. */
MUST_USE status rocks_open(struct rocks *rocks, const struct rocks_options *options,
                           struct error *err);

/* With `sync`, put everything on disk first, what a relaxed store left to the system included. Not
 * after a failed write: this RocksDB then aborts the process rather than touch its log again. */
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

/* Bytes of what is not in a file yet, and of the cache of blocks. */
MUST_USE uint64_t rocks_table_bytes(const struct rocks *rocks);
MUST_USE uint64_t rocks_block_bytes(const struct rocks *rocks);

/* Rewrite everything without what is deleted or replaced. */
void rocks_compact(const struct rocks *rocks);

#endif
