/* collection.c -- see collection.h.
 *
 * Why a number for each collection and not the store's guess at the size of a key range: that
 * counts compressed bytes and what is deleted but not yet compacted, and says 0 of what is only in
 * memory. A number costs one small read and write beside those of the item and its entries, in
 * tables with a local index alone, and the limit can be held to the byte.
 */
#include "engine/collection.h"

#include <assert.h>

#include "base/bytes.h"
#include "item/item.h"

enum { COUNT_BYTES = 8, COLLECTION_KEY_BYTES_MAX = 4 << 10 };

bool collection_is_counted(const struct table_spec *spec)
{
    for (uint8_t i = 0; i < spec->index_count; i++)
        if (!spec->indexes[i].global) return true;
    return false;
}

/* ---- counting */

static status read_count(struct store_txn *txn, struct span key, uint64_t *out)
{
    struct span stored = {0};
    bool found = false;
    *out = 0;
    TRY(store_txn_get(txn, key, &stored, &found));
    if (!found) return ST_OK;
    if (stored.len != COUNT_BYTES) return ST_CORRUPT;
    *out = bytes_load_u64(stored.ptr);
    return ST_OK;
}

static status write_count(struct store_txn *txn, struct span key, uint64_t count)
{
    uint8_t bytes[COUNT_BYTES];
    if (count == 0) return store_txn_delete(txn, key);
    bytes_store_u64(bytes, count);
    return store_txn_put(txn, key, (struct span){bytes, sizeof bytes});
}

status collection_add(struct store_txn *txn, const struct engine *engine, struct span item,
                      int64_t added, uint64_t *bytes)
{
    uint8_t key_bytes[ITEM_KEY_PREFIX_BYTES];
    const struct span key = {key_bytes, sizeof key_bytes};
    uint64_t count = 0;
    item_key_collection(item, key_bytes);
    TRY(read_count(txn, key, &count));
    if (added < 0 && count < (uint64_t)-added) return ST_CORRUPT; /* L1 */
    count += (uint64_t)added;
    if (added > 0 && count > engine->collection_bytes_max) return ST_COLLECTION_SIZE; /* L2 */
    *bytes = count;
    return added == 0 ? ST_OK : write_count(txn, key, count);
}

status collection_key(const struct table *table, struct value attributes, struct arena *arena,
                      struct value *out)
{
    const struct span name = table->spec.key.partition[0].name;
    struct value v = {0};
    struct buf buf;
    const bool found = value_find(attributes, name, &v);
    assert(found); /* table_check_key */
    buf_init(&buf, arena_mem(arena), COLLECTION_KEY_BYTES_MAX);
    const size_t begun = value_write_begin(&buf);
    value_write_attribute(&buf, name, v);
    value_write_end(&buf, begun, 1);
    TRY(buf_status(&buf));
    *out = (struct value){VALUE_M, buf_view(&buf)};
    return ST_OK;
}

/* ---- measuring */

static status sum_sizes(struct store_cursor *cursor, uint64_t *sum)
{
    for (;;) {
        struct span key = {0}, stored = {0};
        struct item item = {0};
        bool found = false;
        TRY(store_cursor_next(cursor, &key, &stored, &found));
        if (!found) return ST_OK;
        if (item_view(stored, &item) == ST_OK) *sum += item.size; /* others are told as damaged */
    }
}

/* Add what of the collection stands in `home`. */
static status measure_home(struct store_view *view, struct item_key_home home, struct arena *arena,
                           struct collection_sizes *sizes)
{
    struct store_range range = {0};
    struct store_cursor *cursor = NULL;
    TRY(item_key_of_collection(home, sizes->key, arena, &range));
    TRY(store_view_walk(view, range, false, &cursor));
    const status st = sum_sizes(cursor, &sizes->found);
    store_cursor_close(cursor);
    return st;
}

status collection_measure(struct store_view *view, const struct table *table, struct arena *arena,
                          struct collection_sizes *sizes)
{
    const struct table_spec *spec = &table->spec;
    sizes->found = 0;
    TRY(measure_home(view, (struct item_key_home){table, NULL}, arena, sizes));
    for (uint8_t i = 0; i < spec->index_count; i++) {
        const struct item_key_home home = {table, &spec->indexes[i]};
        if (!home.index->global) TRY(measure_home(view, home, arena, sizes));
    }
    return ST_OK;
}

status collection_read(struct span key, struct span stored, struct collection_sizes *out)
{
    if (key.len != ITEM_KEY_PREFIX_BYTES || stored.len != COUNT_BYTES) return ST_CORRUPT;
    *out = (struct collection_sizes){.key = key, .counted = bytes_load_u64(stored.ptr)};
    return ST_OK;
}
