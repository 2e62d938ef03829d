/* recovery.c -- closing RocksDB and opening it again, as a restart of the process would.
 *
 * After a failed write or sync nobody knows what is on disk: the system may have dropped the pages
 * of a failed sync, and say so once only. Whatever was in them must not be built upon. So the store
 * does what is known to be right, because it is what happens after a crash: it forgets all that it
 * holds in memory and reads what the disk has.
 *
 *     probe     a file as large as opening will need, written, synced and gone again
 *     close     when the last reader has left; new ones wait
 *     open      RocksDB replays its log up to the first record that is torn, writes what it found
 *               into files of data, syncs those, and begins a new log
 *     end       what was made of the data is made anew; readers and writers go on
 *
 * O1  What is read after opening is on disk: the log's pages may be a cache's alone, since a sync
 *     of them failed, but what opening makes of them is written and synced anew before it
 *     succeeds. Everything acknowledged lies in the log before the first byte whose sync failed.
 * O2  No reader sees something that vanishes: before, the last state that was synced; after it,
 *     what O1 says, which contains that state. In between nobody reads.
 * O3  A write that was answered ST_IO may be there or not, whole. Whoever keeps something that
 *     follows from the data is called (store_watcher.reopened) before anybody reads, and before
 *     any function of a write runs.
 * O4  A database that is not there is not made (H5 of home.c).
 * O5  Nothing of an earlier state is found in the caches: they are emptied, and states go on
 *     being numbered upwards.
 *
 * Why the probe: once RocksDB is closed, reads depend on its opening. While a disk is full they go
 * on, from memory and the files that are there. Where opening fails all the same, reads get ST_IO
 * until a later try succeeds.
 *
 * Why not RocksDB's own way out (DB::Resume): its C interface does not have it, and it writes what
 * functions staged in memory since, which is as true, but leaves to it which errors it takes for
 * passing ones.
 */
#include "store/recovery.h"

#include <stdio.h>

enum {
    PROBE_BYTES_MIN = 2 << 20, /* a manifest, a log, the ends of files */
    WAIT_MS_MIN = 250,
    WAIT_MS_MAX = 2000,
    TEXT_BYTES = 1024,
};

/* ---- beginning and ending */

void recovery_init(struct recovery *recovery, const struct recovery_parts *parts)
{
    recovery->parts = *parts;
    recovery->wait_ms = WAIT_MS_MIN;
    atomic_init(&recovery->is_open, true);
    mutex_init(&recovery->lock);
    cond_init(&recovery->told);
}

static void close_parts(struct recovery *recovery, bool sync)
{
    if (!atomic_load(&recovery->is_open)) return;
    atomic_store(&recovery->is_open, false);
    rocks_end_work(recovery->parts.rocks);
    tidy_deinit(recovery->parts.tidy);
    rocks_close(recovery->parts.rocks, sync);
}

void recovery_deinit(struct recovery *recovery, bool sync)
{
    close_parts(recovery, sync);
    cond_deinit(&recovery->told);
    mutex_deinit(&recovery->lock);
}

bool recovery_is_possible(const struct recovery *recovery)
{
    return recovery->parts.home != NULL;
}

/* ---- telling: no lock is held while the watcher runs */

void recovery_watch(struct recovery *recovery, const struct store_watcher *watcher)
{
    mutex_lock(&recovery->lock);
    while (recovery->telling) cond_wait(&recovery->told, &recovery->lock);
    recovery->watcher = watcher != NULL ? *watcher : (struct store_watcher){0};
    mutex_unlock(&recovery->lock);
}

static struct store_watcher tell_begin(struct recovery *recovery)
{
    mutex_lock(&recovery->lock);
    recovery->telling = true;
    const struct store_watcher watcher = recovery->watcher;
    mutex_unlock(&recovery->lock);
    return watcher;
}

static void tell_end(struct recovery *recovery)
{
    mutex_lock(&recovery->lock);
    recovery->telling = false;
    cond_wake_all(&recovery->told);
    mutex_unlock(&recovery->lock);
}

void recovery_tell_failed(struct recovery *recovery, const char *why)
{
    const struct store_watcher watcher = tell_begin(recovery);
    if (watcher.failed != NULL) watcher.failed(watcher.ctx, why);
    tell_end(recovery);
}

void recovery_tell_recovered(struct recovery *recovery)
{
    const struct store_watcher watcher = tell_begin(recovery);
    if (watcher.recovered != NULL) watcher.recovered(watcher.ctx);
    tell_end(recovery);
}

/* ---- probe */

/* The log holds what is in no file yet, and opening writes it to files; while it is closed, what
 * it held when it was closed is what counts. */
static uint64_t bytes_needed(struct recovery *recovery)
{
    const struct recovery_parts *parts = &recovery->parts;
    if (atomic_load(&recovery->is_open)) recovery->probe_bytes = rocks_room_bytes(parts->rocks);
    return recovery->probe_bytes + PROBE_BYTES_MIN;
}

static void tell_why(struct rocks_why *why, const struct error *err)
{
    (void)snprintf(why->text, sizeof why->text, "%.*s", SPAN_ARG(error_text(err)));
}

status recovery_probe(struct recovery *recovery, struct rocks_why *why)
{
    struct arena arena;
    arena_init(&arena, recovery->parts.mem, TEXT_BYTES);
    struct error err = error_in(&arena);
    const status st = home_probe(recovery->parts.home, bytes_needed(recovery), &err);
    if (st != ST_OK) tell_why(why, &err);
    arena_deinit(&arena);
    return st;
}

/* ---- open */

static bool close_for_all(struct recovery *recovery)
{
    if (!atomic_load(&recovery->is_open)) return true; /* an earlier try did */
    if (!snapshots_close(recovery->parts.snapshots, recovery->wait_ms)) {
        /* Who reads for so long is let finish; others are not kept waiting all the time. */
        if (recovery->wait_ms < WAIT_MS_MAX) recovery->wait_ms *= 2;
        return false;
    }
    recovery->wait_ms = WAIT_MS_MIN;
    close_parts(recovery, false);
    return true;
}

static status open_rocks(const struct recovery_parts *parts, struct rocks_why *why)
{
    struct arena arena;
    struct rocks_options options = parts->options;
    options.must_exist = true; /* O4 */
    arena_init(&arena, parts->mem, TEXT_BYTES);
    struct error err = error_in(&arena);
    const status st = rocks_open(parts->rocks, &options, &err);
    if (st != ST_OK) tell_why(why, &err);
    arena_deinit(&arena);
    return st;
}

static status open_parts(struct recovery *recovery, struct rocks_why *why)
{
    const struct recovery_parts *parts = &recovery->parts;
    TRY(open_rocks(parts, why));
    const status st = tidy_init(parts->tidy, parts->rocks->db);
    if (st == ST_OK)
        atomic_store(&recovery->is_open, true);
    else
        rocks_close(parts->rocks, false);
    return st;
}

status recovery_open(struct recovery *recovery, uint64_t number, struct snapshot **out,
                     struct rocks_why *why)
{
    const struct recovery_parts *parts = &recovery->parts;
    if (!close_for_all(recovery)) return ST_BUSY;
    recent_forget_all(parts->recent, number); /* O5 */
    gaps_forget(parts->gaps, number);
    TRY(open_parts(recovery, why));
    TRY(snapshot_new(parts->mem, parts->snapshots, parts->rocks->db, out));
    snapshot_take(*out, number);
    return ST_OK;
}

/* ---- end */

static status let_watcher_read(struct recovery *recovery, struct snapshot *first)
{
    const struct recovery_parts *parts = &recovery->parts;
    const struct view_parts view_parts = {parts->mem, parts->recent, parts->gaps};
    const struct store_watcher watcher = tell_begin(recovery);
    struct store_view view;
    status st = ST_OK;
    view_init(&view, &view_parts, snapshot_share(first));
    if (watcher.reopened != NULL) st = watcher.reopened(watcher.ctx, &view);
    view_deinit(&view);
    tell_end(recovery);
    return st;
}

status recovery_end(struct recovery *recovery, struct snapshot *first)
{
    const status st = let_watcher_read(recovery, first);
    if (st == ST_OK)
        snapshots_open(recovery->parts.snapshots, first);
    else
        snapshot_drop(first);
    return st;
}

void recovery_lose(struct recovery *recovery)
{
    close_parts(recovery, false);
    snapshots_lose(recovery->parts.snapshots);
}
