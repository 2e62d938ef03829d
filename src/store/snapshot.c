/* snapshot.c -- counted snapshots.
 *
 * N1  `newest` counts as a user, so a snapshot that can be acquired has at least one.
 * N2  `users` is raised only under the lock, by N1 from at least one; it is lowered without it.
 *     Whoever lowers it to zero is the only one left: it frees. Lowering releases what the user
 *     read, and freeing acquires it.
 *
 * A reader's whole cost is one short lock and two additions. The read options belong to the
 * snapshot and are shared by its readers, because making them costs as much as half a get.
 */
#include "store/snapshot.h"

#include <assert.h>

status snapshot_new(const struct mem *mem, rocksdb_t *db, struct snapshot **out)
{
    struct snapshot *snapshot = mem_new(mem, sizeof *snapshot);
    if (snapshot == NULL) return ST_NO_MEMORY;
    snapshot->mem = mem;
    snapshot->db = db;
    snapshot->options = rocksdb_readoptions_create();
    atomic_init(&snapshot->users, 1);
    *out = snapshot;
    return ST_OK;
}

void snapshot_take(struct snapshot *snapshot, uint64_t number)
{
    assert(snapshot->state == NULL);
    snapshot->number = number;
    snapshot->state = rocksdb_create_snapshot(snapshot->db);
    rocksdb_readoptions_set_snapshot(snapshot->options, snapshot->state);
}

void snapshot_drop(struct snapshot *snapshot)
{
    if (snapshot == NULL) return;
    const uint32_t users = atomic_fetch_sub_explicit(&snapshot->users, 1, memory_order_acq_rel);
    assert(users > 0);
    if (users > 1) return;
    if (snapshot->state != NULL) rocksdb_release_snapshot(snapshot->db, snapshot->state);
    rocksdb_readoptions_destroy(snapshot->options);
    mem_free(snapshot->mem, snapshot, sizeof *snapshot);
}

void snapshots_init(struct snapshots *snapshots, struct snapshot *first)
{
    assert(first->state != NULL);
    mutex_init(&snapshots->lock);
    snapshots->newest = first;
}

void snapshots_deinit(struct snapshots *snapshots)
{
    snapshot_drop(snapshots->newest);
    mutex_deinit(&snapshots->lock);
}

void snapshots_publish(struct snapshots *snapshots, struct snapshot *snapshot)
{
    assert(snapshot->state != NULL);
    mutex_lock(&snapshots->lock);
    struct snapshot *before = snapshots->newest;
    snapshots->newest = snapshot;
    mutex_unlock(&snapshots->lock);
    snapshot_drop(before);
}

struct snapshot *snapshots_acquire(struct snapshots *snapshots)
{
    mutex_lock(&snapshots->lock);
    struct snapshot *newest = snapshots->newest;
    atomic_fetch_add_explicit(&newest->users, 1, memory_order_relaxed);
    mutex_unlock(&snapshots->lock);
    return newest;
}
