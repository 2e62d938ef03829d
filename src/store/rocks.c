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
#include "store/rocks_log.h"

#include <stdio.h>
#include <string.h>

enum {
    KIB = 1 << 10,
    MIB = 1 << 20,
    BLOCK_BYTES = 8 * KIB,
    PARTITION_BYTES = 4 * KIB,
    BLOOM_BITS = 10,
    TABLE_FORMAT = 5, /* on disk: RocksDB 6.6 and later read it */
    OPEN_FILES = 512,
    OPENING_THREADS = 1, /* for 16 files; one that the system refuses would end the process */
    BACKGROUND_JOBS = 3, /* one writes tables out, two merge files */
    MERGES = BACKGROUND_JOBS - 1,
    INFO_LOG_BYTES = 1 * MIB,
    INFO_LOG_COUNT = 2,
    INFO_LOG_FATAL = 4, /* R6 of rocks_log.c */
    MANIFEST_STEP_BYTES = 64 * KIB,
    RECOVER_POINT_IN_TIME = 2,
    LEVEL_TABLES = 4, /* the highest level holds so many unwritten tables (R5) */
    LEVEL_FILES = 4,  /* in so many files */
    LEVEL_BYTES_MIN = 8 * MIB,
    SLOW_AT_TABLES = 6, /* writes are slowed down when so many were not merged into it */
    COMPACTION_READ_BYTES = 2 * MIB,
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

/* Of the highest level, and of what one merge takes in (R5). */
static size_t level_bytes_of(const struct budget *budget)
{
    const size_t tables_bytes = budget->table_bytes * LEVEL_TABLES;
    return tables_bytes > LEVEL_BYTES_MIN ? tables_bytes : LEVEL_BYTES_MIN;
}

static void set_memory(rocksdb_options_t *options, const struct budget *budget)
{
    rocksdb_options_set_write_buffer_size(options, budget->table_bytes);
    rocksdb_options_set_max_write_buffer_number(options, BUDGET_TABLE_COUNT);
    const size_t level_bytes = level_bytes_of(budget);
    rocksdb_options_set_max_bytes_for_level_base(options, level_bytes);
    rocksdb_options_set_target_file_size_base(options, level_bytes / LEVEL_FILES);
    rocksdb_options_set_max_compaction_bytes(options, level_bytes); /* R7 of rocks_log.c */
    rocksdb_options_set_level0_slowdown_writes_trigger(options, SLOW_AT_TABLES);
    rocksdb_options_set_memtable_prefix_bloom_size_ratio(options, MEMTABLE_BLOOM_RATIO);
    rocksdb_options_set_memtable_whole_key_filtering(options, 1);
    set_tables(options, budget->block_bytes); /* R2 */
}

/* Small and quiet: a database that is not used should cost next to nothing. */
static void set_house(rocksdb_options_t *options)
{
    rocksdb_options_set_max_open_files(options, OPEN_FILES);
    rocksdb_options_set_max_file_opening_threads(options, OPENING_THREADS);
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
        .table_bytes_max = options->budget.table_bytes,
        .merge_bytes = MERGES * level_bytes_of(&options->budget),
    };
    mutex_init(&rocks->log_lock);
    set_all(rocks, options);
    char *message = NULL;
    rocks->db = rocksdb_open(rocks->options, path, &message);
    if (message == NULL) return ST_OK;
    free_all(rocks);
    return fail_open(path, message, err);
}

void rocks_close(struct rocks *rocks, bool sync)
{
    rocks_log_end(rocks, sync);
    rocksdb_close(rocks->db);
    free_all(rocks);
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
