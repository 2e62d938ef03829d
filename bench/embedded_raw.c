/* embedded_raw.c -- the same bytes by RocksDB alone: what the engine underneath allows.
 *
 * One key for an item, 25 bytes as the store's are (table/item_key.h), and a value of the item's
 * bytes. A conditional update is a get and a put, a transaction and a batch are one write batch; no
 * condition is judged, no item read, nothing is locked.
 */
#include "embedded_raw.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    KEY_BYTES = 25,
    HEAD_BYTES = 40,
    CACHE_BYTES = 256 << 20,
    MEMTABLE_BYTES = 32 << 20,
    BLOOM_BITS = 10
};

struct raw {
    rocksdb_t *db;
    rocksdb_options_t *options;
    rocksdb_readoptions_t *read;
    rocksdb_writeoptions_t *write;
    rocksdb_cache_t *cache;
    char *value; /* of an item: head and text */
};

static void check(char *err, const char *what)
{
    if (err != NULL) embedded_fail(what, err);
}

/* "I", a table of four bytes, sixteen of the partition, four of the sort key. */
static void make_key(char out[KEY_BYTES + 1], uint32_t n, char table)
{
    (void)snprintf(out, KEY_BYTES + 1, "I%c000%08u........%04u", table, n / EMBEDDED_QUERY,
                   n % EMBEDDED_QUERY);
}

/* ---- opening */

static void set_options(struct raw *raw)
{
    raw->options = rocksdb_options_create();
    raw->read = rocksdb_readoptions_create();
    raw->write = rocksdb_writeoptions_create();
    raw->cache = rocksdb_cache_create_lru(CACHE_BYTES);
    rocksdb_block_based_table_options_t *table = rocksdb_block_based_options_create();
    rocksdb_block_based_options_set_block_cache(table, raw->cache);
    rocksdb_block_based_options_set_filter_policy(table,
                                                  rocksdb_filterpolicy_create_bloom(BLOOM_BITS));
    rocksdb_options_set_block_based_table_factory(raw->options, table);
    rocksdb_block_based_options_destroy(table);
    rocksdb_options_set_create_if_missing(raw->options, 1);
    rocksdb_options_set_write_buffer_size(raw->options, MEMTABLE_BYTES);
    rocksdb_options_set_compression(raw->options, rocksdb_lz4_compression);
}

static void put_item(const struct embedded *e, rocksdb_writebatch_t *batch, uint32_t n, char table,
                     size_t bytes)
{
    const struct raw *raw = e->state;
    char key[KEY_BYTES + 1];
    make_key(key, n, table);
    rocksdb_writebatch_put(batch, key, KEY_BYTES, raw->value, HEAD_BYTES + bytes);
}

void embedded_raw_add(const struct embedded *e, rocksdb_writebatch_t *batch, uint32_t n)
{
    put_item(e, batch, n, 'A', e->item_bytes);
}

void embedded_raw_write(const struct embedded *e, rocksdb_writebatch_t *batch)
{
    const struct raw *raw = e->state;
    char *err = NULL;
    rocksdb_write(raw->db, raw->write, batch, &err);
    check(err, "writing");
    rocksdb_writebatch_clear(batch);
}

static void load(const struct embedded *e, char table, size_t bytes)
{
    rocksdb_writebatch_t *batch = rocksdb_writebatch_create();
    for (uint32_t n = 0; n < e->items; n++) {
        put_item(e, batch, n, table, bytes);
        if (n % EMBEDDED_BATCH == EMBEDDED_BATCH - 1) embedded_raw_write(e, batch);
    }
    embedded_raw_write(e, batch);
    rocksdb_writebatch_destroy(batch);
}

/* Loading waits for no disk: what is measured does. */
void embedded_raw_open(struct embedded *e, embedded_raw_log log)
{
    struct raw *raw = calloc(1, sizeof *raw);
    char *err = NULL;
    if (raw == NULL) embedded_fail("opening", "out of memory");
    e->state = raw;
    raw->value = calloc(1, HEAD_BYTES + e->item_bytes + 1);
    if (raw->value == NULL) embedded_fail("opening", "out of memory");
    memcpy(raw->value + HEAD_BYTES, e->text, e->item_bytes);
    set_options(raw);
    rocksdb_options_set_manual_wal_flush(raw->options, log == EMBEDDED_RAW_LATER);
    raw->db = rocksdb_open(raw->options, e->folder, &err);
    check(err, "opening");
    load(e, 'A', e->item_bytes);
    load(e, 'B', EMBEDDED_SMALL_BYTES);
    rocksdb_writeoptions_set_sync(raw->write, e->durable && log == EMBEDDED_RAW_EACH);
}

static void raw_open(struct embedded *e)
{
    embedded_raw_open(e, EMBEDDED_RAW_EACH);
}

void embedded_raw_sync(const struct embedded *e)
{
    const struct raw *raw = e->state;
    char *err = NULL;
    rocksdb_flush_wal(raw->db, 1, &err);
    check(err, "syncing");
}

void embedded_raw_close(struct embedded *e)
{
    struct raw *raw = e->state;
    rocksdb_close(raw->db);
    rocksdb_writeoptions_destroy(raw->write);
    rocksdb_readoptions_destroy(raw->read);
    rocksdb_options_destroy(raw->options);
    rocksdb_cache_destroy(raw->cache);
    free(raw->value);
    free(raw);
}

/* ---- the operations */

static void get_from(const struct embedded *e, uint32_t n, char table)
{
    const struct raw *raw = e->state;
    char key[KEY_BYTES + 1];
    char *err = NULL;
    size_t len = 0;
    make_key(key, n, table);
    char *value = rocksdb_get(raw->db, raw->read, key, KEY_BYTES, &len, &err);
    check(err, "get");
    if (value == NULL) embedded_fail("get", "an item is missing");
    free(value);
}

void embedded_raw_get(const struct embedded *e, uint32_t n)
{
    get_from(e, n, 'A');
}

static void get_small(const struct embedded *e, uint32_t n)
{
    get_from(e, n, 'B');
}

static void put_row(const struct embedded *e, uint32_t n, uint32_t count)
{
    rocksdb_writebatch_t *batch = rocksdb_writebatch_create();
    for (uint32_t i = 0; i < count; i++) put_item(e, batch, (n + i) % e->items, 'A', e->item_bytes);
    embedded_raw_write(e, batch);
    rocksdb_writebatch_destroy(batch);
}

static void put(const struct embedded *e, uint32_t n)
{
    put_row(e, n, 1);
}

static void update(const struct embedded *e, uint32_t n)
{
    embedded_raw_get(e, n);
    put(e, n);
}

static void query(const struct embedded *e, uint32_t n)
{
    const struct raw *raw = e->state;
    char key[KEY_BYTES + 1];
    uint32_t count = 0;
    make_key(key, n - n % EMBEDDED_QUERY, 'A');
    rocksdb_iterator_t *cursor = rocksdb_create_iterator(raw->db, raw->read);
    for (rocksdb_iter_seek(cursor, key, KEY_BYTES);
         count < EMBEDDED_QUERY && rocksdb_iter_valid(cursor); rocksdb_iter_next(cursor)) {
        size_t len = 0;
        (void)rocksdb_iter_value(cursor, &len);
        count++;
    }
    rocksdb_iter_destroy(cursor);
    if (count != EMBEDDED_QUERY) embedded_fail("iterating", "items are missing");
}

static void transact(const struct embedded *e, uint32_t n)
{
    put_row(e, n, EMBEDDED_TRANSACT);
}

static void batch(const struct embedded *e, uint32_t n)
{
    put_row(e, n, EMBEDDED_BATCH);
}

static void raw_run(struct embedded *e, embedded_op op, uint32_t item)
{
    static void (*const operations[])(const struct embedded *e, uint32_t n) = {
        [EMBEDDED_GET] = embedded_raw_get,
        [EMBEDDED_GET_SMALL] = get_small,
        [EMBEDDED_PUT] = put,
        [EMBEDDED_UPDATE] = update,
        [EMBEDDED_QUERY_50] = query,
        [EMBEDDED_TRANSACT_4] = transact,
        [EMBEDDED_BATCH_25] = batch,
    };
    operations[op](e, item);
}

const struct embedded_subject embedded_raw = {
    .name = "RocksDB alone",
    .open = raw_open,
    .run = raw_run,
    .close = embedded_raw_close,
};
