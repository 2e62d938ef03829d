/* snapshot.c -- counted snapshots, and the past.
 *
 * N1  `kept` counts as a user, so a snapshot that can be acquired has at least one.
 * N2  `users` is raised from at least one: under the lock, by N1, or by one who uses the snapshot.
 *     It is lowered without the lock. Whoever lowers it to zero is the only one left: it frees.
 *     Lowering releases what the user read, and freeing acquires it.
 * N3  Of each step of time (a 32nd part of the past) the first state and the last one so far are
 *     kept: a state is given up only for one that was published less than a step after the one
 *     that stays before it. So the past is at most a step older than asked, however many states
 *     there were, and their number is bounded.
 *
 *     time      | step            | step            | step            |
 *     states    a   b     c   d     e                 f   g             now
 *     kept      a             d     e                 f   g
 *
 * N4  States that were replaced longer ago than the past reaches are given up, when a state is
 *     published or the past is read. What is left begins with the state of the past: S7.
 * N5  The database is closed (snapshots_close) when every state of it has been given up, and none
 *     can be had meanwhile. Nobody reads when what has a state is kept or held, and is used by
 *     `kept` and by its holds alone. Then all are given up; a snapshot that is held remains,
 *     without a state, and can be told by that.
 *
 * Without a past only the newest is kept. A state that is kept holds on to the versions of changed
 * values that it sees, which RocksDB otherwise drops as it compacts.
 *
 * A reader's whole cost is one short lock and two additions: who closes the database looks at the
 * counts again and again instead of being told, because it happens once in a year and reading
 * happens always. The read options belong to the snapshot and are shared by its readers, because
 * making them costs as much as half a get.
 */
#include "store/snapshot.h"

#include <assert.h>
#include <string.h>

#include "os/thread.h"

enum { LOOK_EVERY_NS = 1000000 };

/* ---- one */

status snapshot_new(const struct mem *mem, struct snapshots *of, rocksdb_t *db,
                    struct snapshot **out)
{
    struct snapshot *snapshot = mem_new(mem, sizeof *snapshot);
    if (snapshot == NULL) return ST_NO_MEMORY;
    snapshot->mem = mem;
    snapshot->of = of;
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
    atomic_fetch_add_explicit(&snapshot->of->taken, 1, memory_order_relaxed);
}

struct snapshot *snapshot_share(struct snapshot *snapshot)
{
    atomic_fetch_add_explicit(&snapshot->users, 1, memory_order_relaxed); /* N2 */
    return snapshot;
}

/* What of it belongs to the database; the database may be gone after this. */
static void give_up_state(struct snapshot *snapshot)
{
    if (snapshot->options != NULL) rocksdb_readoptions_destroy(snapshot->options);
    snapshot->options = NULL;
    if (snapshot->state == NULL) return;
    rocksdb_release_snapshot(snapshot->db, snapshot->state);
    snapshot->state = NULL;
    atomic_fetch_sub_explicit(&snapshot->of->taken, 1, memory_order_release); /* N5 */
}

void snapshot_drop(struct snapshot *snapshot)
{
    if (snapshot == NULL) return;
    const uint32_t users = atomic_fetch_sub_explicit(&snapshot->users, 1, memory_order_acq_rel);
    assert(users > 0);
    if (users > 1) return;
    give_up_state(snapshot);
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
    cond_init(&snapshots->changed);
    snapshots_open(snapshots, first);
}

void snapshots_deinit(struct snapshots *snapshots)
{
    for (uint32_t i = 0; i < snapshots->count; i++) snapshot_drop(snapshots->kept[i]);
    cond_deinit(&snapshots->changed);
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

/* Is there a database to read? */
static bool may_read(struct snapshots *snapshots) REQUIRES(snapshots->lock)
{
    while (snapshots->gate == SNAPSHOTS_CLOSED) cond_wait(&snapshots->changed, &snapshots->lock);
    return snapshots->gate == SNAPSHOTS_OPEN;
}

struct snapshot *snapshots_acquire(struct snapshots *snapshots)
{
    struct snapshot *newest = NULL;
    mutex_lock(&snapshots->lock);
    if (may_read(snapshots)) newest = snapshot_share(snapshots->kept[snapshots->count - 1]);
    mutex_unlock(&snapshots->lock);
    return newest;
}

struct snapshot *snapshots_acquire_past(struct snapshots *snapshots)
{
    struct given_up given_up = {.count = 0};
    struct snapshot *past = NULL;
    mutex_lock(&snapshots->lock);
    if (may_read(snapshots)) {
        give_up_old(snapshots, now_ns(snapshots), &given_up);
        past = snapshot_share(snapshots->kept[0]);
    }
    mutex_unlock(&snapshots->lock);
    drop_all(&given_up);
    return past;
}

static struct snapshot *oldest_after(const struct snapshots *snapshots, uint64_t number)
    REQUIRES(snapshots->lock)
{
    struct snapshot *next = NULL;
    for (uint32_t i = snapshots->count; i > 0 && snapshots->kept[i - 1]->number > number; i--)
        next = snapshots->kept[i - 1];
    return next;
}

struct snapshot *snapshots_acquire_after(struct snapshots *snapshots, uint64_t number)
{
    struct snapshot *next = NULL;
    mutex_lock(&snapshots->lock);
    if (may_read(snapshots)) next = oldest_after(snapshots, number);
    if (next != NULL) next = snapshot_share(next);
    mutex_unlock(&snapshots->lock);
    return next;
}

/* ---- holding */

static void link_held(struct snapshots *snapshots, struct snapshot *held) REQUIRES(snapshots->lock)
{
    held->before = NULL;
    held->next = snapshots->held;
    if (held->next != NULL) held->next->before = held;
    snapshots->held = held;
}

static void unlink_held(struct snapshots *snapshots, struct snapshot *held)
    REQUIRES(snapshots->lock)
{
    if (held->next != NULL) held->next->before = held->before;
    if (held->before != NULL) held->before->next = held->next;
    if (held->before == NULL) snapshots->held = held->next;
}

struct snapshot *snapshots_hold(struct snapshots *snapshots)
{
    struct snapshot *held = NULL;
    mutex_lock(&snapshots->lock);
    if (may_read(snapshots)) {
        held = snapshot_share(snapshots->kept[snapshots->count - 1]);
        if (held->holds == 0) link_held(snapshots, held);
        held->holds++;
    }
    mutex_unlock(&snapshots->lock);
    return held;
}

struct snapshot *snapshots_acquire_held(struct snapshot *held)
{
    struct snapshots *snapshots = held->of;
    struct snapshot *read = NULL;
    mutex_lock(&snapshots->lock);
    if (may_read(snapshots) && held->state != NULL) read = snapshot_share(held);
    mutex_unlock(&snapshots->lock);
    return read;
}

void snapshots_let_go(struct snapshot *held)
{
    struct snapshots *snapshots = held->of;
    mutex_lock(&snapshots->lock);
    assert(held->holds > 0);
    held->holds--;
    if (held->holds == 0 && held->state != NULL) unlink_held(snapshots, held);
    mutex_unlock(&snapshots->lock);
    snapshot_drop(held);
}

/* ---- closing and opening */

static bool is_read(const struct snapshot *snapshot, uint32_t keeps)
{
    return atomic_load_explicit(&snapshot->users, memory_order_acquire) > snapshot->holds + keeps;
}

static bool is_kept(const struct snapshots *snapshots, const struct snapshot *snapshot)
    REQUIRES(snapshots->lock)
{
    for (uint32_t i = 0; i < snapshots->count; i++)
        if (snapshots->kept[i] == snapshot) return true;
    return false;
}

static bool is_anyone_reading(const struct snapshots *snapshots) REQUIRES(snapshots->lock) /* N5 */
{
    uint32_t known = snapshots->count;
    for (uint32_t i = 0; i < snapshots->count; i++)
        if (is_read(snapshots->kept[i], 1)) return true;
    for (const struct snapshot *at = snapshots->held; at != NULL; at = at->next) {
        if (is_kept(snapshots, at)) continue;
        if (is_read(at, 0)) return true;
        known++;
    }
    return atomic_load_explicit(&snapshots->taken, memory_order_acquire) > known;
}

static void give_up_all(struct snapshots *snapshots) REQUIRES(snapshots->lock)
{
    for (struct snapshot *at = snapshots->held; at != NULL; at = at->next) give_up_state(at);
    snapshots->held = NULL;
    for (uint32_t i = 0; i < snapshots->count; i++) snapshot_drop(snapshots->kept[i]);
    snapshots->count = 0;
}

static void set_gate(struct snapshots *snapshots, snapshots_gate gate) REQUIRES(snapshots->lock)
{
    snapshots->gate = gate;
    cond_wake_all(&snapshots->changed);
}

bool snapshots_close(struct snapshots *snapshots, uint32_t wait_ms)
{
    mutex_lock(&snapshots->lock);
    assert(snapshots->gate == SNAPSHOTS_OPEN);
    snapshots->gate = SNAPSHOTS_CLOSED;
    for (uint32_t ms = 0; ms < wait_ms && is_anyone_reading(snapshots); ms++) {
        mutex_unlock(&snapshots->lock);
        thread_rest(LOOK_EVERY_NS);
        mutex_lock(&snapshots->lock);
    }
    const bool ends = !is_anyone_reading(snapshots);
    if (ends) give_up_all(snapshots);
    if (!ends) set_gate(snapshots, SNAPSHOTS_OPEN);
    mutex_unlock(&snapshots->lock);
    return ends;
}

void snapshots_open(struct snapshots *snapshots, struct snapshot *first)
{
    mutex_lock(&snapshots->lock);
    assert(snapshots->count == 0);
    first->since_ns = now_ns(snapshots);
    snapshots->kept[0] = first;
    snapshots->count = 1;
    set_gate(snapshots, SNAPSHOTS_OPEN);
    mutex_unlock(&snapshots->lock);
}

void snapshots_lose(struct snapshots *snapshots)
{
    mutex_lock(&snapshots->lock);
    assert(snapshots->count == 0);
    set_gate(snapshots, SNAPSHOTS_LOST);
    mutex_unlock(&snapshots->lock);
}
