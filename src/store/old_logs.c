/* old_logs.c -- see old_logs.h.
 *
 * A log has the size of an unwritten table, 32 MiB as a rule. To remove a file of that size takes
 * ext4 15 to 30 ms, most of it while it holds its journal, for which every sync of another file
 * waits: with 10,000 updates a second these were the slowest hundredth of them. Cut off by pieces
 * of half a MiB, with rests between, the same file costs nobody more than 2 to 4 ms.
 *
 * L1  Only what RocksDB has moved to the folder is touched: it never looks at it again.
 * L2  Whatever fails here fails quietly: the file stays until the next look, at the latest until
 *     the next opening. This is about room, not about truth.
 *
 * The thread sleeps for good while nobody writes. Rung, it looks until it has found nothing for
 * LOOKS times: a log is needed until the table that was filled beside it is in a file. It looks
 * often: on a small disk with small tables, what waits to be removed would be the room that merging
 * files needs.
 */
#include "store/old_logs.h"

#include "os/folder.h"

enum {
    NS_PER_MS = 1000000,
    LOOK_MS = 20,
    LOOKS = 150,
    REST_MS = 2,
    PIECE_BYTES = 512 << 10,
};

/* For so long, whoever rings, or until the end. */
static void rest(struct old_logs *logs, uint64_t ms) REQUIRES(logs->lock)
{
    const struct os *os = os_system();
    uint64_t now_ns = os_ticks_ns(os);
    const uint64_t until_ns = now_ns + ms * NS_PER_MS;
    while (!logs->is_ending && now_ns < until_ns) {
        cond_wait_for(&logs->changed, &logs->lock, os, until_ns - now_ns);
        now_ns = os_ticks_ns(os);
    }
}

/* True: there was something. */
static bool wear_down(struct old_logs *logs) REQUIRES(logs->lock)
{
    bool has_found = false;
    while (!logs->is_ending) {
        mutex_unlock(&logs->lock);
        const bool was_there = folder_wear_down(logs->path, PIECE_BYTES);
        mutex_lock(&logs->lock);
        if (!was_there) return has_found;
        has_found = true;
        rest(logs, REST_MS);
    }
    return has_found;
}

static void look_for_a_while(struct old_logs *logs) REQUIRES(logs->lock)
{
    for (unsigned looks = 0; looks < LOOKS && !logs->is_ending; looks++) {
        if (wear_down(logs) || atomic_exchange(&logs->is_rung, false)) looks = 0;
        rest(logs, LOOK_MS);
    }
}

static void old_logs_main(void *ctx)
{
    struct old_logs *logs = ctx;
    mutex_lock(&logs->lock);
    while (!logs->is_ending) {
        look_for_a_while(logs);
        while (!logs->is_ending && !atomic_load(&logs->is_rung))
            cond_wait(&logs->changed, &logs->lock);
    }
    mutex_unlock(&logs->lock);
}

status old_logs_init(struct old_logs *logs, const char *path)
{
    logs->path = path;
    logs->is_ending = false;
    atomic_init(&logs->is_rung, false);
    mutex_init(&logs->lock);
    cond_init(&logs->changed);
    const status st = thread_start(&logs->thread, "store-logs", old_logs_main, logs);
    if (st == ST_OK) return ST_OK;
    cond_deinit(&logs->changed);
    mutex_deinit(&logs->lock);
    return st;
}

void old_logs_clear(const struct old_logs *logs)
{
    while (folder_wear_down(logs->path, PIECE_BYTES)) continue;
}

void old_logs_deinit(struct old_logs *logs)
{
    mutex_lock(&logs->lock);
    logs->is_ending = true;
    cond_wake_one(&logs->changed);
    mutex_unlock(&logs->lock);
    thread_join(&logs->thread);
    old_logs_clear(logs);
    cond_deinit(&logs->changed);
    mutex_deinit(&logs->lock);
}

void old_logs_ring(struct old_logs *logs)
{
    if (atomic_load_explicit(&logs->is_rung, memory_order_relaxed)) return;
    mutex_lock(&logs->lock);
    atomic_store(&logs->is_rung, true);
    cond_wake_one(&logs->changed);
    mutex_unlock(&logs->lock);
}
