/* rocks.c -- how Stator sets RocksDB up.
 *
 * R1  Block checksums are verified on every read, and the log's on replay.
 * R2  Memory is bounded (budget.h): blocks, indexes and filters share one cache; the unwritten
 *     tables have a fixed part of their own.
 * R3  After a crash the log is replayed up to the first record that is torn. What was synced lies
 *     before that; stricter modes refuse to open after an ordinary power cut, which may leave
 *     pages of the unsynced tail in any order.
 * R4  The index and the filter of a file are cut into parts of a block's size, which come and go in
 *     the cache like blocks. Whole, those of a file of a million small items are larger than what
 *     one shard of the cache takes in: each get then reads them again, 2 ms instead of 6 us.
 * R5  Data many times as large as an unwritten table stay below twice their size on disk, however
 *     much they are overwritten. What lies above the lowest level, nearly all of it dead, is
 *     bounded by LEVEL_TABLES and SLOW_AT_TABLES unwritten tables: writes wait rather than pile it
 *     up. A merge frees the old files when it ends, so files are a LEVEL_FILES-th of a level, and
 *     one level is merged while another is. With RocksDB's own settings it was 3.7 times the data.
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
 *     Ended, the others meet no new error; and the thread needs only to be run once to see the old.
 *
 * What was measured (2 cores, 200,000 items of 1 KiB, 64 MB) and chosen for it:
 *
 *   blocks of 8 KiB     a get that misses the cache 6.2 us; 7.4 with 16 KiB, no gain from 4 KiB
 *   bloom on memtables  a cached get 3.1 us instead of 5.5: most keys are in no memtable, and it
 *                       says so before the skip list is searched
 *   LZ4                 a third less on disk (JSON-like text), 2 us more for a block not cached;
 *                       data that leaves more of itself in the system's page cache wins it back
 *   hash index, restart interval, other checksums: nothing that stands out of the noise
 *
 * Why not memory-mapped tables: 4.2 us for a get, but no bound on resident memory, and a damaged
 * disk is a SIGBUS. Why not prefix bloom filters: they would teach the store the layout of keys.
 */
#include "store/rocks.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "os/folder.h"
#include "os/thread.h"

enum {
    KIB = 1 << 10,
    MIB = 1 << 20,
    BLOCK_BYTES = 8 * KIB,
    PARTITION_BYTES = 4 * KIB,
    BLOOM_BITS = 10,
    TABLE_FORMAT = 5, /* on disk: RocksDB 6.6 and later read it */
    OPEN_FILES = 512,
    BACKGROUND_JOBS = 3, /* one writes tables out, two merge files */
    INFO_LOG_BYTES = 1 * MIB,
    INFO_LOG_COUNT = 2,
    INFO_LOG_FATAL = 4, /* R6 */
    MANIFEST_STEP_BYTES = 64 * KIB,
    RECOVER_POINT_IN_TIME = 2,
    LEVEL_TABLES = 4, /* the highest level holds so many unwritten tables (R5) */
    LEVEL_FILES = 4,  /* in so many files */
    LEVEL_BYTES_MIN = 8 * MIB,
    SLOW_AT_TABLES = 6, /* writes are slowed down when so many were not merged into it */
    COMPACTION_READ_BYTES = 2 * MIB,
    TIGHT_BYTES = 128 * MIB,     /* more than is written between two syncs */
    FENCE_BYTES_MAX = 64,        /* ends of ranges that are longer have none */
    REST_NS = 100 * 1000 * 1000, /* R8 */
    BOTTOM_FORCE = 2, /* also where nothing lies above: deleted ranges and old versions go */
};

#define MEMORY_PATH "/stator"
#define MEMTABLE_BLOOM_RATIO 0.02 /* of a memtable's bytes */

status rocks_status(char *message, struct rocks_why *why)
{
    if (message == NULL) return ST_OK;
    const struct span text = span_of(message);
    status st = ST_IO;
    if (span_starts_with(text, SPAN("Corruption"))) st = ST_CORRUPT;
    if (why != NULL) (void)snprintf(why->text, sizeof why->text, "%s", message);
    rocksdb_free(message);
    return st;
}

static void set_tables(rocksdb_options_t *options, size_t block_bytes)
{
    rocksdb_cache_t *cache = rocksdb_cache_create_lru(block_bytes);
    rocksdb_block_based_table_options_t *table = rocksdb_block_based_options_create();
    rocksdb_block_based_options_set_block_cache(table, cache);
    rocksdb_cache_destroy(cache); /* the options keep their own reference */
    rocksdb_block_based_options_set_block_size(table, BLOCK_BYTES);
    rocksdb_block_based_options_set_format_version(table, TABLE_FORMAT);
    rocksdb_block_based_options_set_filter_policy(
        table, rocksdb_filterpolicy_create_bloom_full(BLOOM_BITS));
    rocksdb_block_based_options_set_index_type(
        table, rocksdb_block_based_table_index_type_two_level_index_search); /* R4 */
    rocksdb_block_based_options_set_partition_filters(table, 1);
    rocksdb_block_based_options_set_metadata_block_size(table, PARTITION_BYTES);
    rocksdb_block_based_options_set_pin_top_level_index_and_filter(table, 1);
    rocksdb_block_based_options_set_cache_index_and_filter_blocks(table, 1);
    rocksdb_block_based_options_set_cache_index_and_filter_blocks_with_high_priority(table, 1);
    rocksdb_block_based_options_set_pin_l0_filter_and_index_blocks_in_cache(table, 1);
    rocksdb_options_set_block_based_table_factory(options, table);
    rocksdb_block_based_options_destroy(table);
}

static void set_memory(rocksdb_options_t *options, const struct budget *budget)
{
    rocksdb_options_set_write_buffer_size(options, budget->table_bytes);
    rocksdb_options_set_max_write_buffer_number(options, BUDGET_TABLE_COUNT);
    const uint64_t tables_bytes = (uint64_t)budget->table_bytes * LEVEL_TABLES;
    const uint64_t level_bytes = tables_bytes > LEVEL_BYTES_MIN ? tables_bytes : LEVEL_BYTES_MIN;
    rocksdb_options_set_max_bytes_for_level_base(options, level_bytes);
    rocksdb_options_set_target_file_size_base(options, level_bytes / LEVEL_FILES);
    rocksdb_options_set_max_compaction_bytes(options, level_bytes); /* R7 */
    rocksdb_options_set_level0_slowdown_writes_trigger(options, SLOW_AT_TABLES);
    rocksdb_options_set_memtable_prefix_bloom_size_ratio(options, MEMTABLE_BLOOM_RATIO);
    rocksdb_options_set_memtable_whole_key_filtering(options, 1);
    set_tables(options, budget->block_bytes); /* R2 */
}

/* Small and quiet: a database that is not used should cost next to nothing. */
static void set_house(rocksdb_options_t *options)
{
    rocksdb_options_set_max_open_files(options, OPEN_FILES);
    rocksdb_options_set_max_background_jobs(options, BACKGROUND_JOBS);
    rocksdb_options_set_info_log_level(options, INFO_LOG_FATAL);
    rocksdb_options_set_max_log_file_size(options, INFO_LOG_BYTES);
    rocksdb_options_set_keep_log_file_num(options, INFO_LOG_COUNT);
    rocksdb_options_set_manifest_preallocation_size(options, MANIFEST_STEP_BYTES);
    rocksdb_options_set_stats_dump_period_sec(options, 0);
    rocksdb_options_set_stats_persist_period_sec(options, 0);
    rocksdb_options_set_skip_stats_update_on_db_open(options, 1);
    rocksdb_options_set_avoid_unnecessary_blocking_io(options, 1);
}

static void set_log(struct rocks *rocks, rocks_log log)
{
    rocksdb_options_set_wal_recovery_mode(rocks->options, RECOVER_POINT_IN_TIME); /* R3 */
    rocksdb_options_set_manual_wal_flush(rocks->options, log == ROCKS_LOG_BUFFERED);
    rocksdb_writeoptions_disable_WAL(rocks->write_options, log == ROCKS_LOG_NONE);
    rocksdb_writeoptions_set_sync(rocks->write_options, 0);
}

static void set_all(struct rocks *rocks, const struct rocks_options *options)
{
    rocksdb_options_set_create_if_missing(rocks->options, options->must_exist ? 0 : 1);
    if (rocks->env != NULL) rocksdb_options_set_env(rocks->options, rocks->env);
    rocksdb_options_set_compression(rocks->options, rocksdb_lz4_compression);
    rocksdb_options_set_level_compaction_dynamic_level_bytes(rocks->options, 1);
    rocksdb_options_compaction_readahead_size(rocks->options, COMPACTION_READ_BYTES);
    /* One thread writes: nothing to share, nobody to wait for. */
    rocksdb_options_set_allow_concurrent_memtable_write(rocks->options, 0);
    rocksdb_options_set_enable_write_thread_adaptive_yield(rocks->options, 0);
    set_memory(rocks->options, &options->budget);
    set_house(rocks->options);
    set_log(rocks, options->log);
}

static void free_all(struct rocks *rocks)
{
    mutex_deinit(&rocks->log_lock);
    rocksdb_writebatch_destroy(rocks->batch);
    rocksdb_readoptions_destroy(rocks->latest);
    rocksdb_writeoptions_destroy(rocks->write_options);
    rocksdb_options_destroy(rocks->options);
    if (rocks->env != NULL) rocksdb_env_destroy(rocks->env);
}

static status fail_open(const char *path, char *message, struct error *err)
{
    const bool locked = strstr(message, "lock ") != NULL; /* RocksDB's own, held by another tool */
    struct rocks_why why = {0};
    const status st = rocks_status(message, &why);
    if (st == ST_IO && locked) return FAIL(err, ST_LOCKED, "%s is in use: %s", path, why.text);
    return FAIL(err, st, "cannot open %s: %s", path, why.text);
}

status rocks_open(struct rocks *rocks, const struct rocks_options *options, struct error *err)
{
    const char *path = options->path == NULL ? MEMORY_PATH : options->path;
    *rocks = (struct rocks){
        .env = options->path == NULL ? rocksdb_create_mem_env() : NULL,
        .options = rocksdb_options_create(),
        .write_options = rocksdb_writeoptions_create(),
        .latest = rocksdb_readoptions_create(),
        .batch = rocksdb_writebatch_create(),
        .path = options->path,
        .syncs = options->log == ROCKS_LOG_BUFFERED,
    };
    mutex_init(&rocks->log_lock);
    set_all(rocks, options);
    char *message = NULL;
    rocks->db = rocksdb_open(rocks->options, path, &message);
    if (message == NULL) return ST_OK;
    free_all(rocks);
    return fail_open(path, message, err);
}

static bool is_spent(const struct rocks *rocks)
{
    return atomic_load_explicit(&rocks->is_spent, memory_order_acquire);
}

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

/* ---- the log (R6) */

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
    char *message = NULL;
    if (is_spent(rocks)) return refuse_spent(why);
    rocksdb_write(rocks->db, rocks->write_options, rocks->batch, &message);
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

/* ---- closing (R8) */

static bool has_failed(const struct rocks *rocks)
{
    uint64_t errors = 0;
    if (is_spent(rocks)) return true;
    return rocksdb_property_int(rocks->db, "rocksdb.background-errors", &errors) == 0 && errors > 0;
}

static void let_rest(const struct rocks *rocks)
{
    if (!has_failed(rocks)) return;
    rocksdb_cancel_all_background_work(rocks->db, 1);
    thread_rest(REST_NS);
}

void rocks_close(struct rocks *rocks, bool sync)
{
    struct rocks_why why;
    if (sync && rocks->env == NULL) (void)sync_log(rocks, &why); /* nobody is left to tell */
    let_rest(rocks);
    rocksdb_close(rocks->db);
    free_all(rocks);
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

static uint64_t property(const struct rocks *rocks, const char *name)
{
    uint64_t value = 0;
    return rocksdb_property_int(rocks->db, name, &value) == 0 ? value : 0;
}

uint64_t rocks_table_bytes(const struct rocks *rocks)
{
    return property(rocks, "rocksdb.cur-size-all-mem-tables");
}

uint64_t rocks_block_bytes(const struct rocks *rocks)
{
    return property(rocks, "rocksdb.block-cache-usage");
}

uint64_t rocks_bytes(const struct rocks *rocks)
{
    return property(rocks, "rocksdb.total-sst-files-size") + rocks_table_bytes(rocks);
}

void rocks_compact(const struct rocks *rocks)
{
    rocksdb_compactoptions_t *options = rocksdb_compactoptions_create();
    rocksdb_compactoptions_set_exclusive_manual_compaction(options, 0);
    rocksdb_compactoptions_set_bottommost_level_compaction(options, BOTTOM_FORCE);
    rocksdb_compact_range_opt(rocks->db, options, NULL, 0, NULL, 0);
    rocksdb_compactoptions_destroy(options);
}
