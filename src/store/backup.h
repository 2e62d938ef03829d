/* backup.h -- the data of a store, once more, at another path. Private to the room. */
#ifndef STATOR_STORE_BACKUP_H
#define STATOR_STORE_BACKUP_H

#include "store/rocks.h"
#include "store/snapshot.h"

struct backup {
    struct rocks *rocks;
    const struct snapshot *snapshot; /* a state that is synced; backup_copy's */
    const char *path;                /* not there yet */
};

/* On the same file system data files are shared with the store and take no room; they never change.
 * For a store on disk. All is on disk when this returns. ST_IO, ST_CORRUPT. */
MUST_USE status backup_link(const struct backup *backup, struct error *err);

/* Write every key and value anew. For a store in memory. Likewise. */
MUST_USE status backup_copy(const struct backup *backup, struct error *err);

#endif
