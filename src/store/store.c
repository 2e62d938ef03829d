/* store.c -- the store put together: a home, RocksDB in it, snapshots to read, a committer.
 *
 * Opening goes upwards through the parts and closing downwards. Each part undoes itself when it
 * cannot begin; a failure of a later one closes the earlier ones.
 */
#include "store/store.h"

#include <assert.h>
#include <string.h>

#include "os/folder.h"
#include "store/backup.h"
#include "store/commit.h"
#include "store/gaps.h"
#include "store/home.h"
#include "store/old_logs.h"
#include "store/recent.h"
#include "store/recovery.h"
#include "store/rocks.h"
#include "store/snapshot.h"
#include "store/tidy.h"
#include "store/view.h"

/* Room without which nothing is begun. This RocksDB stops the process when it cannot write what it
 * has to say of its opening. */
enum { OPEN_BYTES = 256 << 10 };

struct store {
    const struct mem *mem;
    bool on_disk; /* it has a home */
    struct home home;
    struct budget budget;
    struct recent *recent;
    struct gaps *gaps;
    struct rocks rocks;
    struct snapshots snapshots;
    struct old_logs old_logs; /* with a home */
    struct tidy tidy;
    struct recovery recovery;
    struct commit commit;
};

/* ---- opening and closing */

static status snapshots_begin(struct store *store, const struct store_options *options)
{
    struct snapshot *first = NULL;
    TRY(snapshot_new(store->mem, &store->snapshots, store->rocks.db, &first));
    snapshot_take(first, 0);
    snapshots_init(&store->snapshots, options->os, options->past_ms, first);
    return ST_OK;
}

static status commit_begin(struct store *store, bool syncs)
{
    const struct commit_parts parts = {
        .mem = store->mem,
        .rocks = &store->rocks,
        .snapshots = &store->snapshots,
        .recent = store->recent,
        .gaps = store->gaps,
        .tidy = &store->tidy,
        .recovery = &store->recovery,
        .syncs = syncs,
    };
    return commit_init(&store->commit, &parts);
}

/* From here on RocksDB is the recovery's to close. */
static status recovery_begin(struct store *store, const struct rocks_options *rocks)
{
    const struct recovery_parts parts = {
        .mem = store->mem,
        .rocks = &store->rocks,
        .options = *rocks,
        .home = store->on_disk ? &store->home : NULL,
        .snapshots = &store->snapshots,
        .recent = store->recent,
        .gaps = store->gaps,
        .tidy = &store->tidy,
    };
    TRY(tidy_init(&store->tidy, store->rocks.db));
    recovery_init(&store->recovery, &parts);
    return ST_OK;
}

static status threads_begin(struct store *store, const struct store_options *options, bool syncs,
                            struct error *err)
{
    TRY_PLAIN(err, snapshots_begin(store, options));
    const status st = commit_begin(store, syncs);
    if (st == ST_OK) return ST_OK;
    snapshots_deinit(&store->snapshots);
    return FAIL_PLAIN(err, st);
}

static rocks_log log_of(const struct store_options *options)
{
    if (options->dir == NULL) return ROCKS_LOG_NONE;
    switch (options->durability) {
    case STORE_SYNC:
        return ROCKS_LOG_BUFFERED;
    case STORE_RELAXED:
        return ROCKS_LOG_WRITTEN;
    }
    assert(false);
    return ROCKS_LOG_BUFFERED;
}

static status rocks_begin(struct store *store, const struct store_options *options,
                          struct error *err)
{
    const struct rocks_options rocks = {
        .path = store->on_disk ? store->home.data_path : NULL,
        .log = log_of(options),
        .budget = store->budget,
    };
    TRY(rocks_open(&store->rocks, &rocks, err));
    status st = recovery_begin(store, &rocks);
    if (st != ST_OK) {
        rocks_close(&store->rocks, false);
        return FAIL_PLAIN(err, st);
    }
    st = threads_begin(store, options, rocks.log == ROCKS_LOG_BUFFERED, err);
    if (st != ST_OK) recovery_deinit(&store->recovery, false);
    return st;
}

static status check_room(const struct store *store, struct error *err)
{
    const status st = home_probe(&store->home, OPEN_BYTES, err);
    if (st == ST_OK) return ST_OK;
    return FAIL(err, st, "%.*s; a data directory has to be writable and to have room",
                SPAN_ARG(error_text(err)));
}

static status begin(struct store *store, const struct store_options *options, struct error *err)
{
    if (!store->on_disk) return rocks_begin(store, options, err);
    if (options->must_exist) TRY(home_expect(options->dir, err));
    TRY(home_open(&store->home, store->mem, options->dir, err));
    status st = check_room(store, err);
    if (st == ST_OK) st = rocks_begin(store, options, err);
    if (st == ST_OK)
        old_logs_init(&store->old_logs, store->home.data_path);
    else
        home_close(&store->home);
    return st;
}

status store_open(const struct store_options *options, struct store **out, struct error *err)
{
    struct store *store = mem_new(options->mem, sizeof *store);
    if (store == NULL) return FAIL_PLAIN(err, ST_NO_MEMORY);
    store->mem = options->mem;
    store->on_disk = options->dir != NULL;
    store->budget = budget_split(options->cache_bytes);
    status st = recent_new(store->mem, store->budget.recent_bytes, &store->recent);
    if (st == ST_OK) st = gaps_new(store->mem, &store->gaps);
    if (st != ST_OK) st = FAIL_PLAIN(err, st);
    if (st == ST_OK) st = begin(store, options, err);
    if (st == ST_OK) {
        *out = store;
        return ST_OK;
    }
    gaps_free(store->gaps);
    recent_free(store->recent);
    mem_free(options->mem, store, sizeof *store);
    return st;
}

void store_close(struct store *store)
{
    const bool is_well = commit_deinit(&store->commit);
    snapshots_deinit(&store->snapshots);
    recovery_deinit(&store->recovery, is_well);
    if (store->on_disk) {
        old_logs_deinit(&store->old_logs);
        home_close(&store->home);
    }
    gaps_free(store->gaps);
    recent_free(store->recent);
    mem_free(store->mem, store, sizeof *store);
}

/* ---- reading and writing */

static status read_over(struct store *store, struct snapshot *snapshot, store_read_fn *fn,
                        void *ctx)
{
    const struct view_parts parts = {store->mem, store->recent, store->gaps};
    struct store_view view;
    view_init(&view, &parts, snapshot);
    const status st = fn(&view, ctx);
    view_deinit(&view);
    return st;
}

status store_read(struct store *store, store_read_fn *fn, void *ctx)
{
    struct snapshot *snapshot = snapshots_acquire(&store->snapshots);
    return snapshot != NULL ? read_over(store, snapshot, fn, ctx) : ST_IO;
}

status store_read_past(struct store *store, store_read_fn *fn, void *ctx)
{
    struct snapshot *snapshot = snapshots_acquire_past(&store->snapshots);
    status st = snapshot != NULL ? ST_TOO_OLD : ST_IO;
    while (st == ST_TOO_OLD && snapshot != NULL) {
        const uint64_t number = snapshot->number;
        st = read_over(store, snapshot, fn, ctx);
        if (st == ST_TOO_OLD) snapshot = snapshots_acquire_after(&store->snapshots, number);
    }
    return st;
}

status store_hold(struct store *store, struct snapshot **out)
{
    *out = snapshots_hold(&store->snapshots);
    return *out != NULL ? ST_OK : ST_IO;
}

void store_let_go(struct snapshot *held)
{
    snapshots_let_go(held);
}

status store_read_held(struct store *store, struct snapshot *held, store_read_fn *fn, void *ctx)
{
    struct snapshot *snapshot = snapshots_acquire_held(held);
    return snapshot != NULL ? read_over(store, snapshot, fn, ctx) : ST_TOO_OLD;
}

void store_write(struct store *store, struct store_write *write)
{
    assert(write->fn != NULL);
    assert(write->done != NULL);
    commit_queue(&store->commit, write);
}

void store_help(struct store *store, const atomic_bool *over)
{
    commit_help(&store->commit, over);
}

/* A caller that waits for its own write. */
struct waiter {
    store_write_fn *fn;
    void *ctx;
    status result;
    atomic_bool over; /* written by done, read by the waiter, whose `result` it carries */
};

static status waiter_run(struct store_txn *txn, void *ctx)
{
    const struct waiter *waiter = ctx;
    return waiter->fn(txn, waiter->ctx);
}

static void waiter_done(void *ctx, status st)
{
    struct waiter *waiter = ctx;
    waiter->result = st;
    /* The last touch: it may be gone after this. */
    atomic_store_explicit(&waiter->over, true, memory_order_release);
}

status store_write_wait(struct store *store, store_write_fn *fn, void *ctx)
{
    struct waiter waiter = {.fn = fn, .ctx = ctx};
    struct store_write write = {
        .fn = waiter_run, .done = waiter_done, .ctx = &waiter, .helped = true};
    store_write(store, &write);
    store_help(store, &waiter.over);
    return waiter.result;
}

/* ---- upkeep */

/* While somebody uses a snapshot RocksDB stays open. */
static void stats_of_rocks(struct store *store, struct store_stats *out)
{
    struct snapshot *user = snapshots_acquire(&store->snapshots);
    if (user == NULL) return;
    out->unwritten_bytes = rocks_table_bytes(&store->rocks);
    out->block_bytes = rocks_block_bytes(&store->rocks);
    if (!store->on_disk) out->disk_bytes = rocks_bytes(&store->rocks);
    snapshot_drop(user);
}

void store_stats(struct store *store, struct store_stats *out)
{
    const struct budget *budget = &store->budget;
    *out = (struct store_stats){
        .writes = atomic_load(&store->commit.runs),
        .batches = atomic_load(&store->commit.batches),
        .syncs = atomic_load(&store->commit.syncs_done),
        .disk_bytes = store->on_disk ? folder_disk_bytes(store->home.data_path) : 0,
        .pending = commit_pending(&store->commit),
        .cache_bytes_max =
            BUDGET_TABLE_COUNT * budget->table_bytes + budget->recent_bytes + budget->block_bytes,
        .recent_bytes = recent_held_bytes(store->recent),
    };
    stats_of_rocks(store, out);
}

/* What was written and then refused (K4 of commit.c) may be in the log: no copy is made of it. */
static status refuse_failed(struct store *store, struct error *err)
{
    struct rocks_why why;
    if (!commit_has_failed(&store->commit, &why)) return ST_OK;
    return FAIL(err, ST_IO, "the store refuses writes: %s", why.text);
}

static status backup_to(struct store *store, struct home *home, const char *dir, struct error *err)
{
    TRY(refuse_failed(store, err));
    struct snapshot *newest = snapshots_acquire(&store->snapshots);
    if (newest == NULL) return FAIL_PLAIN(err, ST_IO);
    const struct backup backup = {&store->rocks, newest, home->data_path};
    status st = store->on_disk ? backup_link(&backup, err) : backup_copy(&backup, err);
    if (st == ST_OK) st = refuse_failed(store, err); /* it cannot recover while we read */
    snapshot_drop(newest);
    return st == ST_OK ? home_finish_copy(home, dir, err) : st;
}

status store_backup(struct store *store, const char *dir, struct error *err)
{
    struct home home;
    TRY(home_begin_copy(&home, store->mem, dir, err));
    const status st = backup_to(store, &home, dir, err);
    home_close(&home);
    return st;
}

void store_compact(struct store *store)
{
    struct snapshot *user = snapshots_acquire(&store->snapshots);
    if (user == NULL) return;
    rocks_compact(&store->rocks);
    snapshot_drop(user);
}

bool store_failure(struct store *store, char why[STORE_FAILURE_BYTES])
{
    struct rocks_why cause;
    static_assert(sizeof cause.text == STORE_FAILURE_BYTES, "it is copied");
    if (!commit_has_failed(&store->commit, &cause)) return false;
    if (why != NULL) memcpy(why, cause.text, sizeof cause.text);
    return true;
}

void store_watch(struct store *store, const struct store_watcher *watcher)
{
    recovery_watch(&store->recovery, watcher);
}
