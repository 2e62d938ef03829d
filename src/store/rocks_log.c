/* rocks_log.c -- writing into RocksDB: batches, the log, and what is done when a disk fails.
 *
 * R6  A log that failed once is not touched again: this RocksDB, as Debian builds it, with its
 *     assertions, stops the process when something is appended to a file of which a write failed.
 *     So the committer brings what it appends to the system at once, and knows before its next
 *     write; and while little room is left on the disk, it and the syncer take turns at the log,
 *     so that neither comes upon what the other has just seen fail. (Where a write fails with room
 *     enough, by a quota or a limit on file sizes, a microsecond of each sync is left in which the
 *     process may be stopped instead: as safe, if less polite.) For the same reason RocksDB writes
 *     no messages into its own log of events beyond those of opening: what it has to say when a
 *     disk is full would be its last words. They are in store_failure.
 * R7  Merging away the old end of a range costs what is dead there, not what lives behind it. The
 *     mark of a deleted range would come to lie in one file with the next key that was written, be
 *     that at the other end of a log of many gigabytes, and such a file is merged with all between.
 *     So the last key of the range is deleted by itself as well, a fence: behind it RocksDB ends
 *     the file, since what follows lies over more than a merge may take in, which is LEVEL_FILES
 *     files. A stream that was trimmed all the time was written anew again and again: half of all
 *     that was merged.
 * R8  Where something has failed, RocksDB's own threads are ended and given REST_NS before it is
 *     closed. When a disk is full, a thread of RocksDB's sees to its recovery. Closing that comes
 *     in the moment in which this thread has had success, but another error has been met already,
 *     takes it for one that will see to the new error, which it does not, and waits for ever (the
 *     list of SstFileManagerImpl::ClearError and CancelErrorRecovery, RocksDB 7.8 and later).
 *     Ended, the others meet no new error; and the thread needs only to be run once to see the
 *     old. Whatever has failed, RocksDB is told to end its work before anything else is: a merge
 *     of deleted ranges waits for others, on such a disk for ever.
 * R9  Where files cannot be merged, writes are refused instead of being slowed down. RocksDB slows
 *     them, to 16 KiB/s in the end, when merging does not keep up: until a disk that has room for
 *     a write, but not for a merge, is filled to the last byte, for minutes. So once something has
 *     failed (which is looked for every LOOK_BYTES written), and until CALM_BYTES were written
 *     with no other failure, writes say that they would rather not be slowed. One that would be
 *     waits until a merge has made that needless, or one has failed: those that fail are tried
 *     again each second. Then it is refused, and the store as full as if nothing could be written.
 *     RocksDB does not tell why a merge has failed: it is taken for want of room where there is
 *     less than two merges of a level take, which is what most take. Opening it again then wants
 *     more room than there was, so that it does not open and fail in turns at once.
 */
#include "store/rocks_log.h"

#include <stdio.h>
#include <string.h>

#include "os/folder.h"
#include "os/os.h"
#include "os/thread.h"

enum {
    TIGHT_BYTES = 128 << 20, /* more than is written between two syncs */
    FENCE_BYTES_MAX = 64,    /* ends of ranges that are longer have none */
    LOOK_BYTES = 64 << 10,   /* R9 */
    CALM_BYTES = 64 << 20,   /* R9 */
    MS_NS = 1000 * 1000,
    REST_NS = 100 * MS_NS, /* R8 */
    MERGE_WAIT_MS = 3000,  /* merges that fail are tried again each second */
};

/* ---- batches */

/* The length of a key of `range` that next to none of its keys are behind. 0: there is none. */
static size_t fence_of(const struct staged_op *range, uint8_t fence[FENCE_BYTES_MAX])
{
    const struct span high = range->value;
    if (high.len >= FENCE_BYTES_MAX) return 0;
    memcpy(fence, high.ptr, high.len);
    size_t len = high.len - 1;
    if (fence[len] > 0) {
        fence[len++]--;
        fence[len++] = UINT8_MAX;
    }
    return span_compare((struct span){fence, len}, range->key) < 0 ? 0 : len;
}

/* R7 */
static void add_fence(rocksdb_writebatch_t *batch, const struct staged_op *range)
{
    uint8_t fence[FENCE_BYTES_MAX];
    const size_t len = fence_of(range, fence);
    if (len > 0) rocksdb_writebatch_delete(batch, (const char *)fence, len);
}

static void batch_add(rocksdb_writebatch_t *batch, const struct staged_op *op)
{
    const char *key = (const char *)op->key.ptr;
    const char *value = (const char *)op->value.ptr;
    switch (op->kind) {
    case STAGED_PUT:
        rocksdb_writebatch_put(batch, key, op->key.len, value, op->value.len);
        return;
    case STAGED_DELETE:
        rocksdb_writebatch_delete(batch, key, op->key.len);
        return;
    case STAGED_RANGE:
        rocksdb_writebatch_delete_range(batch, key, op->key.len, value, op->value.len);
        add_fence(batch, op);
        return;
    }
}

/* ---- files that cannot be merged (R9) */

/* Of RocksDB's own threads, since it was opened. */
static uint64_t error_count(const struct rocks *rocks)
{
    uint64_t errors = 0;
    return rocksdb_property_int(rocks->db, "rocksdb.background-errors", &errors) == 0 ? errors : 0;
}

/* The failures so far have been looked at. */
static void set_wary(struct rocks *rocks, bool is_wary)
{
    rocks->unlooked_bytes = 0;
    rocks->error_count = error_count(rocks);
    rocks->is_wary = is_wary;
    rocksdb_writeoptions_set_no_slowdown(rocks->write_options, is_wary);
}

static void look_for_errors(struct rocks *rocks, size_t bytes)
{
    rocks->unlooked_bytes += bytes;
    if (rocks->unlooked_bytes < (rocks->is_wary ? CALM_BYTES : LOOK_BYTES)) return;
    set_wary(rocks, error_count(rocks) > rocks->error_count);
}

static bool is_slowed(const char *message)
{
    return message != NULL && span_starts_with(span_of(message), SPAN("Result incomplete"));
}

static char *try_batch(struct rocks *rocks)
{
    char *message = NULL;
    rocksdb_write(rocks->db, rocks->write_options, rocks->batch, &message);
    return message;
}

/* Where merging takes long, but neither ends nor fails, batches are slowed down after all: by then
 * it is no disk without room, and a slow one is no reason to refuse. */
static char *write_wary(struct rocks *rocks)
{
    const uint64_t errors = error_count(rocks);
    const uint64_t until_ns = os_ticks_ns(os_system()) + (uint64_t)MERGE_WAIT_MS * MS_NS;
    char *message = try_batch(rocks);
    while (is_slowed(message)) {
        if (error_count(rocks) > errors) return message;
        if (os_ticks_ns(os_system()) >= until_ns) set_wary(rocks, false);
        rocksdb_free(message);
        if (rocks->is_wary) thread_rest(MS_NS);
        message = try_batch(rocks);
        if (!rocks->is_wary) return message;
    }
    return message;
}

/* RocksDB's message, or NULL. */
static char *write_batch(struct rocks *rocks)
{
    return rocks->is_wary ? write_wary(rocks) : try_batch(rocks);
}

static status refuse_stuck(struct rocks *rocks, char *message, struct rocks_why *why)
{
    const uint64_t room = folder_free_bytes(rocks->path);
    const bool is_full = room < rocks->merge_bytes;
    const char *cause = is_full ? ": No space left on device" : "";
    rocksdb_free(message);
    atomic_store(&rocks->stuck_bytes, is_full ? room + rocks->table_bytes_max : rocks->merge_bytes);
    (void)snprintf(why->text, sizeof why->text, "files of data cannot be merged%s", cause);
    return ST_IO;
}

uint64_t rocks_room_bytes(const struct rocks *rocks)
{
    const uint64_t opening = rocks_table_bytes(rocks) + rocks->table_bytes_max;
    const uint64_t merging = atomic_load(&rocks->stuck_bytes);
    return opening > merging ? opening : merging;
}

/* ---- the log (R6) */

static bool is_spent(const struct rocks *rocks)
{
    return atomic_load_explicit(&rocks->is_spent, memory_order_acquire);
}

/* What `message` says of a call that touched it. */
static status touched(struct rocks *rocks, char *message, struct rocks_why *why)
{
    if (message != NULL) atomic_store_explicit(&rocks->is_spent, true, memory_order_release);
    return rocks_status(message, why);
}

static status refuse_spent(struct rocks_why *why)
{
    (void)snprintf(why->text, sizeof why->text, "the log has failed before");
    return ST_IO;
}

static status append(struct rocks *rocks, struct rocks_why *why)
{
    if (is_spent(rocks)) return refuse_spent(why);
    char *message = write_batch(rocks);
    if (is_slowed(message)) return refuse_stuck(rocks, message, why);
    if (message == NULL && rocks->syncs) rocksdb_flush_wal(rocks->db, 0, &message);
    return touched(rocks, message, why);
}

static status sync_log(struct rocks *rocks, struct rocks_why *why)
{
    char *message = NULL;
    if (is_spent(rocks)) return refuse_spent(why);
    rocksdb_flush_wal(rocks->db, 1, &message);
    return touched(rocks, message, why);
}

/* ---- ending (R8) */

void rocks_end_work(struct rocks *rocks)
{
    rocksdb_cancel_all_background_work(rocks->db, 0);
}

static void let_rest(const struct rocks *rocks)
{
    if (!is_spent(rocks) && error_count(rocks) == 0) return;
    rocksdb_cancel_all_background_work(rocks->db, 1);
    thread_rest(REST_NS);
}

void rocks_log_end(struct rocks *rocks, bool sync)
{
    struct rocks_why why;
    if (sync && rocks->env == NULL) (void)sync_log(rocks, &why); /* nobody is left to tell */
    let_rest(rocks);
}

/* ---- taking turns at the log (R6) */

typedef status(log_fn)(struct rocks *rocks, struct rocks_why *why);

static status take_turn(struct rocks *rocks, log_fn *fn, struct rocks_why *why)
{
    if (!atomic_load_explicit(&rocks->is_tight, memory_order_relaxed)) return fn(rocks, why);
    mutex_lock(&rocks->log_lock);
    const status st = fn(rocks, why);
    mutex_unlock(&rocks->log_lock);
    return st;
}

status rocks_write(struct rocks *rocks, const struct staged *staged, struct rocks_why *why)
{
    rocksdb_writebatch_clear(rocks->batch);
    for (const struct staged_op *op = staged->first; op != NULL; op = op->after)
        batch_add(rocks->batch, op);
    look_for_errors(rocks, staged->bytes);
    return take_turn(rocks, append, why);
}

void rocks_count_nothing(void)
{
    rocksdb_set_perf_level(rocksdb_disable);
}

status rocks_sync(struct rocks *rocks, struct rocks_why *why)
{
    const bool is_tight = folder_free_bytes(rocks->path) < TIGHT_BYTES;
    atomic_store_explicit(&rocks->is_tight, is_tight, memory_order_relaxed);
    return take_turn(rocks, sync_log, why);
}
