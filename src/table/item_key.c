/* item_key.c -- building store keys; the layout is in item_key.h.
 *
 * A hash of 128 bits under a secret stands for the partition key itself: keys stay short whatever
 * the application chose, and two partitions meet in one place only with odds of 2^-128, which is
 * below the odds of any hardware.
 */
#include "table/item_key.h"

#include <assert.h>
#include <string.h>

#include "base/bytes.h"

static struct value key_part(struct value map, const struct table_key_part *part)
{
    struct value v = {0};
    const bool found = value_find(map, part->name, &v);
    assert(found); /* table_check_key */
    assert(v.type == part->type);
    return v;
}

static void write_table_prefix(const struct table *table, uint8_t *at)
{
    at[0] = 'I';
    bytes_store_u32_be(at + 1, table->number);
}

static status write_prefix(const struct hash *hash, const struct table *table,
                           struct value partition, uint8_t *at)
{
    write_table_prefix(table, at);
    return hash_128(hash, partition.body, at + 5);
}

status item_key_of(const struct hash *hash, const struct table *table, struct value map,
                   struct arena *arena, struct span *out)
{
    const struct table_key *key = &table->spec.key;
    struct span sort = {0};
    if (key->sort_count > 0) sort = key_part(map, &key->sort[0]).body;
    uint8_t *at = arena_alloc_raw(arena, ITEM_KEY_PREFIX_BYTES + sort.len);
    if (at == NULL) return ST_NO_MEMORY;
    TRY(write_prefix(hash, table, key_part(map, &key->partition[0]), at));
    if (sort.len > 0) memcpy(at + ITEM_KEY_PREFIX_BYTES, sort.ptr, sort.len);
    *out = (struct span){at, ITEM_KEY_PREFIX_BYTES + sort.len};
    return ST_OK;
}

status item_key_partition(const struct hash *hash, const struct table *table,
                          struct value partition, struct arena *arena, struct span *out)
{
    uint8_t *at = arena_alloc_raw(arena, ITEM_KEY_PREFIX_BYTES);
    if (at == NULL) return ST_NO_MEMORY;
    TRY(write_prefix(hash, table, partition, at));
    *out = (struct span){at, ITEM_KEY_PREFIX_BYTES};
    return ST_OK;
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

status item_key_join(struct span prefix, struct span body, struct arena *arena, struct span *out)
{
    uint8_t *at = arena_alloc_raw(arena, prefix.len + body.len);
    if (at == NULL) return ST_NO_MEMORY;
    memcpy(at, prefix.ptr, prefix.len);
    if (body.len > 0) memcpy(at + prefix.len, body.ptr, body.len);
    *out = (struct span){at, prefix.len + body.len};
    return ST_OK;
}

status item_key_after(struct span key, struct arena *arena, struct span *out)
{
    return item_key_join(key, (struct span){(const uint8_t *)"\0", 1}, arena, out);
}

/* The first four bytes of the hash at which segment `segment` begins. */
static uint32_t segment_start(uint32_t segment, uint32_t total)
{
    return (uint32_t)(((uint64_t)segment << 32) / total);
}

static status segment_key(const struct table *table, uint32_t start, struct arena *arena,
                          struct span *out)
{
    uint8_t *at = arena_alloc_raw(arena, 9);
    if (at == NULL) return ST_NO_MEMORY;
    write_table_prefix(table, at);
    bytes_store_u32_be(at + 5, start);
    *out = (struct span){at, 9};
    return ST_OK;
}

status item_key_segment(const struct table *table, uint32_t segment, uint32_t total,
                        struct arena *arena, struct store_range *out)
{
    assert(total > 0);
    assert(segment < total);
    struct span low = {0};
    TRY(segment_key(table, segment_start(segment, total), arena, &low));
    if (segment + 1 < total) {
        out->low = low;
        return segment_key(table, segment_start(segment + 1, total), arena, &out->high);
    }
    struct store_range whole = {0};
    TRY(item_key_under(span_take(low, 5), arena, &whole));
    *out = (struct store_range){low, whole.high};
    return ST_OK;
}
