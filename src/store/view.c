/* view.c -- gets and walks over a snapshot.
 *
 * V1  Nothing of the store's own (keys that begin with 00) is ever shown: no walk begins below 01.
 * V2  The bounds of a walk are given to RocksDB, which then never looks at what lies beyond; it
 *     keeps pointers to them, so they are copied behind the cursor.
 *
 * Long scans read ahead by themselves: RocksDB doubles what it reads of a file from the third
 * block in a row on, and short ranges pay nothing for it.
 */
#include "store/view.h"

#include <assert.h>
#include <string.h>

#include "base/ckd.h"
#include "store/rocks.h"

static const uint8_t lowest_key[] = {1};

struct store_cursor {
    const struct mem *mem;
    size_t size; /* of this, bounds included */
    rocksdb_readoptions_t *options;
    rocksdb_iterator_t *iterator;
    bool backward;
    bool started;
    bool sought;      /* the iterator stands where the next step would lead */
    uint8_t bounds[]; /* low, then high */
};

void view_init(struct store_view *view, const struct mem *mem, struct snapshot *snapshot,
               struct recent *recent)
{
    view->mem = mem;
    view->snapshot = snapshot;
    pins_init(&view->pins, mem, recent);
}

void view_deinit(struct store_view *view)
{
    pins_deinit(&view->pins);
    snapshot_drop(view->snapshot);
}

status store_view_get(struct store_view *view, struct span key, struct span *value, bool *found)
{
    const struct snapshot *snapshot = view->snapshot;
    const struct pins_source source = {snapshot->db, snapshot->options, snapshot->number};
    return pins_get(&view->pins, source, key, value, found);
}

void store_view_forget(struct store_view *view)
{
    pins_clear(&view->pins);
}

static struct span at_least_lowest(struct span low)
{
    const struct span lowest = {lowest_key, sizeof lowest_key};
    return span_compare(low, lowest) < 0 ? lowest : low; /* V1 */
}

static void set_bounds(struct store_cursor *cursor, struct span low, struct span high)
{
    uint8_t *copy = cursor->bounds; /* V2 */
    memcpy(copy, low.ptr, low.len);
    rocksdb_readoptions_set_iterate_lower_bound(cursor->options, (const char *)copy, low.len);
    if (high.len == 0) return;
    copy += low.len;
    memcpy(copy, high.ptr, high.len);
    rocksdb_readoptions_set_iterate_upper_bound(cursor->options, (const char *)copy, high.len);
}

status store_view_walk(struct store_view *view, struct store_range range, bool backward,
                       struct store_cursor **out)
{
    const struct span low = at_least_lowest(range.low);
    size_t size = sizeof(struct store_cursor);
    if (!ckd_add_size(size, low.len, &size)) return ST_NO_MEMORY;
    if (!ckd_add_size(size, range.high.len, &size)) return ST_NO_MEMORY;
    struct store_cursor *cursor = mem_new(view->mem, size);
    if (cursor == NULL) return ST_NO_MEMORY;
    cursor->mem = view->mem;
    cursor->size = size;
    cursor->backward = backward;
    cursor->options = rocksdb_readoptions_create();
    rocksdb_readoptions_set_snapshot(cursor->options, view->snapshot->state);
    set_bounds(cursor, low, range.high);
    cursor->iterator = rocksdb_create_iterator(view->snapshot->db, cursor->options);
    *out = cursor;
    return ST_OK;
}

static void step(struct store_cursor *cursor)
{
    rocksdb_iterator_t *iterator = cursor->iterator;
    if (cursor->sought) {
        cursor->sought = false;
        return;
    }
    if (cursor->started) {
        if (cursor->backward) rocksdb_iter_prev(iterator);
        if (!cursor->backward) rocksdb_iter_next(iterator);
        return;
    }
    cursor->started = true;
    if (cursor->backward) rocksdb_iter_seek_to_last(iterator);
    if (!cursor->backward) rocksdb_iter_seek_to_first(iterator);
}

status store_cursor_next(struct store_cursor *cursor, struct span *key, struct span *value,
                         bool *found)
{
    /* After the end RocksDB's iterator may not be moved again; ours may. */
    if (!cursor->started || rocksdb_iter_valid(cursor->iterator)) step(cursor);
    *found = rocksdb_iter_valid(cursor->iterator) != 0;
    if (*found) {
        key->ptr = (const uint8_t *)rocksdb_iter_key(cursor->iterator, &key->len);
        value->ptr = (const uint8_t *)rocksdb_iter_value(cursor->iterator, &value->len);
        return ST_OK;
    }
    char *message = NULL;
    rocksdb_iter_get_error(cursor->iterator, &message);
    return rocks_status(message, NULL);
}

void store_cursor_seek(struct store_cursor *cursor, struct span key)
{
    assert(!cursor->backward);
    rocksdb_iter_seek(cursor->iterator, (const char *)key.ptr, key.len);
    cursor->started = true;
    cursor->sought = true;
}

void store_cursor_close(struct store_cursor *cursor)
{
    rocksdb_iter_destroy(cursor->iterator);
    rocksdb_readoptions_destroy(cursor->options);
    mem_free(cursor->mem, cursor, cursor->size);
}
