/* snapshot.c -- counted snapshots, and the past.
 *
 * N1  `kept` counts as a user, so a snapshot that can be acquired has at least one.
 * N2  `users` is raised from at least one: under the lock, by N1, or by one who uses the snapshot.
 *     It is lowered without the lock. Whoever lowers it to zero is the only one left: it frees.
 * Lowering releases what the user read, and freeing acquires it. N3  Of each step of time (a 32nd
 * part of the past) the first state and the last one so far are kept: a state is given up only for
 * one that was published less than a step after the one that stays before it. So the past is at
 * most a step older than asked, however many states there were, and their number is bounded. N4
 * States that were replaced longer ago than the past reaches are given up, when a state is
 *     published or the past is read. What is left begins with the state of the past: S7.
 *
 *     time      | step            | step            | step            |
 *     states    a   b     c   d     e                 f   g             now
 *     kept      a             d     e                 f   g
 *
 * Without a past only the newest is kept. A state that is kept holds on to the versions of changed
 * values that it sees, which RocksDB otherwise drops as it compacts.
 *
 * A reader's whole cost is one short lock and two additions. The read options belong to the
 * snapshot and are shared by its readers, because making them costs as much as half a get.
 */
#include "store/snapshot.h"

#include <assert.h>
#include <string.h>

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

struct snapshot *snapshot_share(struct snapshot *snapshot)
{
    atomic_fetch_add_explicit(&snapshot->users, 1, memory_order_relaxed); /* N2 */
    return snapshot;
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

/* ---- keeping */

static uint64_t now_ns(const struct snapshots *snapshots)
{
    return snapshots->past_ns > 0 ? os_ticks_ns(snapshots->os) : 0;
}

void snapshots_init(struct snapshots *snapshots, const struct os *os, uint32_t past_ms,
                    struct snapshot *first)
{
    assert(first->state != NULL);
    assert(os != NULL || past_ms == 0);
    snapshots->os = os;
    snapshots->past_ns = (uint64_t)past_ms * 1000000;
    snapshots->step_ns = snapshots->past_ns / SNAPSHOTS_STEPS;
    mutex_init(&snapshots->lock);
    first->since_ns = now_ns(snapshots);
    snapshots->kept[0] = first;
    snapshots->count = 1;
}

void snapshots_deinit(struct snapshots *snapshots)
{
    for (uint32_t i = 0; i < snapshots->count; i++) snapshot_drop(snapshots->kept[i]);
    mutex_deinit(&snapshots->lock);
}

/* What was given up under the lock, to be dropped outside it. */
struct given_up {
    struct snapshot *snapshots[SNAPSHOTS_KEPT_MAX];
    uint32_t count;
};

static void drop_all(const struct given_up *given_up)
{
    for (uint32_t i = 0; i < given_up->count; i++) snapshot_drop(given_up->snapshots[i]);
}

/* Give up what the past does not reach any more (N4). */
static void give_up_old(struct snapshots *snapshots, uint64_t now, struct given_up *out)
    REQUIRES(snapshots->lock)
{
    struct snapshot **kept = snapshots->kept;
    while (out->count + 1 < snapshots->count &&
           kept[out->count + 1]->since_ns + snapshots->past_ns <= now) {
        out->snapshots[out->count] = kept[out->count];
        out->count++;
    }
    snapshots->count -= out->count;
    memmove(kept, kept + out->count, snapshots->count * sizeof(struct snapshot *));
}

/* Is the newest to be replaced by one that is published at `now` (N3)? */
static bool newest_may_go(const struct snapshots *snapshots, uint64_t now) REQUIRES(snapshots->lock)
{
    const uint64_t step_ns = snapshots->step_ns;
    if (step_ns == 0) return true;
    if (snapshots->count < 2) return false;
    return snapshots->kept[snapshots->count - 2]->since_ns / step_ns == now / step_ns;
}

void snapshots_publish(struct snapshots *snapshots, struct snapshot *snapshot)
{
    struct given_up given_up = {.count = 0};
    assert(snapshot->state != NULL);
    mutex_lock(&snapshots->lock);
    const uint64_t now = now_ns(snapshots);
    snapshot->since_ns = now;
    give_up_old(snapshots, now, &given_up);
    if (newest_may_go(snapshots, now))
        given_up.snapshots[given_up.count++] = snapshots->kept[--snapshots->count];
    assert(snapshots->count < SNAPSHOTS_KEPT_MAX);
    snapshots->kept[snapshots->count++] = snapshot;
    mutex_unlock(&snapshots->lock);
    drop_all(&given_up);
}

/* ---- acquiring */

struct snapshot *snapshots_acquire(struct snapshots *snapshots)
{
    mutex_lock(&snapshots->lock);
    struct snapshot *newest = snapshot_share(snapshots->kept[snapshots->count - 1]);
    mutex_unlock(&snapshots->lock);
    return newest;
}

struct snapshot *snapshots_acquire_past(struct snapshots *snapshots)
{
    struct given_up given_up = {.count = 0};
    mutex_lock(&snapshots->lock);
    give_up_old(snapshots, now_ns(snapshots), &given_up);
    struct snapshot *past = snapshot_share(snapshots->kept[0]);
    mutex_unlock(&snapshots->lock);
    drop_all(&given_up);
    return past;
}

struct snapshot *snapshots_acquire_after(struct snapshots *snapshots, uint64_t number)
{
    struct snapshot *next = NULL;
    mutex_lock(&snapshots->lock);
    for (uint32_t i = snapshots->count; i > 0 && snapshots->kept[i - 1]->number > number; i--)
        next = snapshots->kept[i - 1];
    if (next != NULL) next = snapshot_share(next);
    mutex_unlock(&snapshots->lock);
    return next;
}
