/* item_key.c -- building store keys; the layout is in item_key.h.
 *
 * A hash of 128 bits under a secret stands for the partition key itself: keys stay short whatever
 * the application chose, and two partitions meet in one place only with odds of 2^-128, which is
 * below the odds of any hardware.
 */
#include "table/item_key.h"

#include <assert.h>
#include <string.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "table/table_schema.h"

enum { KEY_BYTES_MAX = 64 << 10 };

const struct table_key *item_key_schema(struct item_key_home home)
{
    return home.index == NULL ? &home.table->spec.key : &home.index->key;
}

/* ---- writing the pieces; failure sticks in the buf */

static struct buf key_buf(struct arena *arena)
{
    struct buf buf;
    buf_init(&buf, arena_mem(arena), KEY_BYTES_MAX);
    return buf;
}

static status finish(const struct buf *buf, struct span *out)
{
    TRY(buf_status(buf));
    *out = buf_view(buf);
    return ST_OK;
}

static void put_home(struct buf *buf, struct item_key_home home)
{
    const struct table_index *index = home.index;
    if (index == NULL) {
        buf_put_u8(buf, 'I');
        buf_put_u32_be(buf, home.table->number);
        return;
    }
    buf_put_u8(buf, index->global ? 'G' : 'L');
    buf_put_u32_be(buf, index->number);
}

static void put_hash(struct buf *buf, const struct hash *hash, struct span bytes)
{
    uint8_t out[HASH_BYTES];
    hash_128(hash, bytes, out);
    buf_put(buf, (struct span){out, sizeof out});
}

static void put_escaped(struct buf *buf, struct span bytes)
{
    for (size_t i = 0; i < bytes.len; i++) {
        buf_put_u8(buf, bytes.ptr[i]);
        if (bytes.ptr[i] == 0) buf_put_u8(buf, 0xFF);
    }
}

static void put_part(struct buf *buf, struct value part)
{
    put_escaped(buf, part.body);
    buf_put(buf, SPAN("\0\0"));
}

/* One partition part is hashed as it is; several with their lengths, so that no two lists of parts
 * read the same. */
static status put_partition(struct buf *buf, const struct hash *hash, const struct value *parts,
                            uint8_t count)
{
    if (count == 1) {
        put_hash(buf, hash, parts[0].body);
        return ST_OK;
    }
    struct buf joined;
    buf_init(&joined, buf->mem, KEY_BYTES_MAX);
    for (uint8_t i = 0; i < count; i++) {
        buf_put_u32(&joined, (uint32_t)parts[i].body.len);
        buf_put(&joined, parts[i].body);
    }
    TRY(buf_status(&joined));
    put_hash(buf, hash, buf_view(&joined));
    return ST_OK;
}

/* ---- keys of items and entries */

/* Requests are checked (table_check_key); an item without its key, or with another type there, was
 * stored by nobody. */
static status key_part(struct value map, const struct table_key_part *part, struct value *out)
{
    if (!value_find(map, part->name, out) || out->type != part->type) return ST_CORRUPT;
    return ST_OK;
}

static status put_own_sort(struct buf *buf, const struct table *table, struct value map)
{
    struct value sort = {0};
    const struct table_key *key = &table->spec.key;
    if (key->sort_count == 0) return ST_OK;
    TRY(key_part(map, &key->sort[0], &sort));
    buf_put(buf, sort.body);
    return ST_OK;
}

status item_key_of(const struct hash *hash, const struct table *table, struct value map,
                   struct arena *arena, struct span *out)
{
    struct value partition = {0};
    struct buf buf = key_buf(arena);
    TRY(key_part(map, &table->spec.key.partition[0], &partition));
    put_home(&buf, (struct item_key_home){table, NULL});
    put_hash(&buf, hash, partition.body);
    TRY(put_own_sort(&buf, table, map));
    return finish(&buf, out);
}

/* An item stored before the index was made may hold what the index cannot. */
static bool fits(const struct table_key_part *part, struct value v, size_t bytes_max)
{
    return v.type == part->type && v.body.len > 0 && v.body.len <= bytes_max;
}

static bool find_parts(const struct table_key_part *parts, uint8_t count, struct value map,
                       struct value *out)
{
    for (uint8_t i = 0; i < count; i++)
        if (!value_find(map, parts[i].name, &out[i])) return false;
    return true;
}

static bool all_fit(const struct table_key_part *parts, uint8_t count, const struct value *values,
                    size_t bytes_max)
{
    for (uint8_t i = 0; i < count; i++)
        if (!fits(&parts[i], values[i], bytes_max)) return false;
    return true;
}

status item_key_entry(const struct hash *hash, struct item_key_home home, struct value map,
                      struct arena *arena, struct span *out)
{
    assert(home.index != NULL);
    const struct table_key *key = &home.index->key;
    struct value partition[LIMIT_INDEX_KEY_PARTS], sort[LIMIT_INDEX_KEY_PARTS];
    const bool has =
        table_schema_covers(home.table, home.index->scope, map) &&
        find_parts(key->partition, key->partition_count, map, partition) &&
        find_parts(key->sort, key->sort_count, map, sort) &&
        all_fit(key->partition, key->partition_count, partition, LIMIT_PARTITION_KEY_BYTES) &&
        all_fit(key->sort, key->sort_count, sort, LIMIT_SORT_KEY_BYTES);
    *out = (struct span){0};
    if (!has) return ST_OK;
    struct buf buf = key_buf(arena);
    put_home(&buf, home);
    TRY(put_partition(&buf, hash, partition, key->partition_count));
    for (uint8_t i = 0; i < key->sort_count; i++) put_part(&buf, sort[i]);
    if (home.index->global) {
        struct value own = {0};
        TRY(key_part(map, &home.table->spec.key.partition[0], &own));
        put_hash(&buf, hash, own.body);
    }
    TRY(put_own_sort(&buf, home.table, map));
    return finish(&buf, out);
}

status item_key_partition(const struct hash *hash, struct item_key_home home,
                          const struct value *parts, struct arena *arena, struct span *out)
{
    struct buf buf = key_buf(arena);
    put_home(&buf, home);
    TRY(put_partition(&buf, hash, parts, item_key_schema(home)->partition_count));
    return finish(&buf, out);
}

/* ---- collections */

void item_key_collection(struct span item, uint8_t out[ITEM_KEY_PREFIX_BYTES])
{
    assert(item.len >= ITEM_KEY_PREFIX_BYTES);
    assert(item.ptr[0] == 'I');
    memcpy(out, item.ptr, ITEM_KEY_PREFIX_BYTES);
    out[0] = 'Z';
}

status item_key_collections(const struct table *table, struct arena *arena, struct store_range *out)
{
    struct span all = {0};
    struct buf buf = key_buf(arena);
    buf_put_u8(&buf, 'Z');
    buf_put_u32_be(&buf, table->number);
    TRY(finish(&buf, &all));
    return item_key_under(all, arena, out);
}

status item_key_of_collection(struct item_key_home home, struct span collection,
                              struct arena *arena, struct store_range *out)
{
    struct span prefix = {0};
    struct buf buf = key_buf(arena);
    assert(collection.len == ITEM_KEY_PREFIX_BYTES);
    assert(home.index == NULL || !home.index->global);
    put_home(&buf, home);
    buf_put(&buf, span_drop(collection, ITEM_KEY_PREFIX_BYTES - HASH_BYTES));
    TRY(finish(&buf, &prefix));
    return item_key_under(prefix, arena, out);
}

/* ---- bounds */

status item_key_equal(struct span prefix, struct value part, struct arena *arena, struct span *out)
{
    struct buf buf = key_buf(arena);
    buf_put(&buf, prefix);
    put_part(&buf, part);
    return finish(&buf, out);
}

/* `prefix` and the next sort part as far as it is known. The last part of a table's key is bare. */
static struct buf open_part(struct item_key_home home, struct span prefix, struct value part,
                            struct arena *arena)
{
    struct buf buf = key_buf(arena);
    buf_put(&buf, prefix);
    if (home.index == NULL)
        buf_put(&buf, part.body);
    else
        put_escaped(&buf, part.body);
    return buf;
}

status item_key_at(struct item_key_home home, struct span prefix, struct value part,
                   struct arena *arena, struct span *out)
{
    struct buf buf = open_part(home, prefix, part, arena);
    if (home.index != NULL) buf_put(&buf, SPAN("\0\0"));
    return finish(&buf, out);
}

status item_key_past(struct item_key_home home, struct span prefix, struct value part,
                     struct arena *arena, struct span *out)
{
    struct buf buf = open_part(home, prefix, part, arena);
    if (home.index != NULL)
        buf_put(&buf, SPAN("\0\1")); /* above every 00 00, below every 00 FF */
    else
        buf_put_u8(&buf, 0);
    return finish(&buf, out);
}

status item_key_beginning(struct item_key_home home, struct span prefix, struct value part,
                          struct arena *arena, struct store_range *out)
{
    struct span begun = {0};
    const struct buf buf = open_part(home, prefix, part, arena);
    TRY(finish(&buf, &begun));
    return item_key_under(begun, arena, out);
}

status item_key_under(struct span prefix, struct arena *arena, struct store_range *out)
{
    assert(prefix.len > 0 && prefix.ptr[0] != 0xFF);
    uint8_t *high = arena_alloc_raw(arena, prefix.len);
    if (high == NULL) return ST_NO_MEMORY;
    memcpy(high, prefix.ptr, prefix.len);
    size_t len = prefix.len;
    while (high[len - 1] == 0xFF) len--; /* ends: the first byte is not FF */
    high[len - 1]++;
    *out = (struct store_range){
        prefix, {high, len}
    };
    return ST_OK;
}

status item_key_after(struct span key, struct arena *arena, struct span *out)
{
    struct buf buf = key_buf(arena);
    buf_put(&buf, key);
    buf_put_u8(&buf, 0);
    return finish(&buf, out);
}

/* The first four bytes of the hash at which segment `segment` begins. */
static uint32_t segment_start(uint32_t segment, uint32_t total)
{
    return (uint32_t)(((uint64_t)segment << 32) / total);
}

static status segment_key(struct item_key_home home, uint32_t start, struct arena *arena,
                          struct span *out)
{
    struct buf buf = key_buf(arena);
    put_home(&buf, home);
    buf_put_u32_be(&buf, start);
    return finish(&buf, out);
}

status item_key_segment(struct item_key_home home, uint32_t segment, uint32_t total,
                        struct arena *arena, struct store_range *out)
{
    assert(total > 0);
    assert(segment < total);
    struct span low = {0};
    TRY(segment_key(home, segment_start(segment, total), arena, &low));
    if (segment + 1 < total) {
        out->low = low;
        return segment_key(home, segment_start(segment + 1, total), arena, &out->high);
    }
    struct store_range whole = {0};
    TRY(item_key_under(span_take(low, 5), arena, &whole));
    *out = (struct store_range){low, whole.high};
    return ST_OK;
}

/* ---- expiry entries */

enum {
    HOME_BYTES = 1 + 4, /* kind and table number */
    SECOND_BYTES = 8,
    EXPIRY_BYTES_MIN = HOME_BYTES + SECOND_BYTES + HASH_BYTES,
};

static void put_expiry(struct buf *buf, struct span number, uint64_t second)
{
    buf_put_u8(buf, 'X');
    buf_put(buf, number);
    buf_put_u64_be(buf, second);
}

status item_key_expiry(uint64_t second, struct span item_key, struct arena *arena, struct span *out)
{
    if (item_key.len < ITEM_KEY_PREFIX_BYTES) return ST_CORRUPT;
    struct buf buf = key_buf(arena);
    put_expiry(&buf, span_drop(span_take(item_key, HOME_BYTES), 1), second);
    buf_put(&buf, span_drop(item_key, HOME_BYTES));
    return finish(&buf, out);
}

static status expiry_bound(const struct table *table, uint64_t second, struct arena *arena,
                           struct span *out)
{
    uint8_t number[4];
    struct buf buf = key_buf(arena);
    bytes_store_u32_be(number, table->number);
    put_expiry(&buf, (struct span){number, sizeof number}, second);
    return finish(&buf, out);
}

status item_key_expiring(const struct table *table, uint64_t first, uint64_t end,
                         struct arena *arena, struct store_range *out)
{
    TRY(expiry_bound(table, first, arena, &out->low));
    return expiry_bound(table, end, arena, &out->high);
}

static uint64_t load_u64_be(const uint8_t *at)
{
    return (uint64_t)bytes_load_u32_be(at) << 32 | bytes_load_u32_be(at + 4);
}

status item_key_of_expiry(struct span entry, struct arena *arena, struct span *out,
                          uint64_t *second)
{
    if (entry.len < EXPIRY_BYTES_MIN || entry.ptr[0] != 'X') return ST_CORRUPT;
    struct buf buf = key_buf(arena);
    buf_put_u8(&buf, 'I');
    buf_put(&buf, span_drop(span_take(entry, HOME_BYTES), 1));
    buf_put(&buf, span_drop(entry, HOME_BYTES + SECOND_BYTES));
    TRY(finish(&buf, out));
    *second = load_u64_be(entry.ptr + HOME_BYTES);
    return ST_OK;
}

/* ---- vectors */

static void put_kind(struct buf *buf, uint8_t kind, uint32_t number)
{
    buf_put_u8(buf, kind);
    buf_put_u32_be(buf, number);
}

status item_key_vector(uint32_t number, struct span item_key, struct arena *arena, struct span *out)
{
    if (item_key.len < ITEM_KEY_PREFIX_BYTES) return ST_CORRUPT;
    struct buf buf = key_buf(arena);
    put_kind(&buf, 'V', number);
    buf_put(&buf, span_drop(item_key, HOME_BYTES));
    return finish(&buf, out);
}

status item_key_vectors(uint32_t number, struct arena *arena, struct store_range *out)
{
    struct buf buf = key_buf(arena);
    put_kind(&buf, 'V', number);
    TRY(buf_status(&buf));
    return item_key_under(buf_view(&buf), arena, out);
}

status item_key_of_vector(const struct table *table, struct span entry, struct arena *arena,
                          struct span *out)
{
    if (entry.len < ITEM_KEY_PREFIX_BYTES || entry.ptr[0] != 'V') return ST_CORRUPT;
    struct buf buf = key_buf(arena);
    put_kind(&buf, 'I', table->number);
    buf_put(&buf, span_drop(entry, HOME_BYTES));
    return finish(&buf, out);
}
