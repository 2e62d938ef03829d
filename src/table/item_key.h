/* item_key.h -- which store key holds which item.
 *
 *     'I' | table number, u32 big-endian | hash of the partition key, 16 bytes | sort key bytes
 *
 * K1  Items of one partition are neighbours, in the order of their sort keys (memcmp of S, B and N
 *     bodies is DynamoDB's order; value.h, number.h).
 * K2  Partitions stand in the order of a keyed hash: segments of a parallel scan are ranges of it,
 *     and nobody without the secret can aim at one place.
 * K3  Everything of a table lies under its number, so deleting it is one range.
 *
 * Bounds are half-open store ranges. The successor of key k, the lowest key above it, is k with a
 * zero byte after it.
 */
#ifndef STATOR_TABLE_ITEM_KEY_H
#define STATOR_TABLE_ITEM_KEY_H

#include "base/hash.h"
#include "store/store.h"
#include "table/table.h"

enum {
    ITEM_KEY_PREFIX_BYTES = 1 + 4 + HASH_BYTES,
    ITEM_KEY_BYTES_MAX = ITEM_KEY_PREFIX_BYTES + LIMIT_SORT_KEY_BYTES,
};

/* The store key of the item whose key attributes are in `map` (checked by table_check_key), made in
 * `arena`. ST_NO_MEMORY. */
MUST_USE status item_key_of(const struct hash *hash, const struct table *table, struct value map,
                            struct arena *arena, struct span *out);

/* What all items of the partition `partition` begin with, made in `arena`. ST_NO_MEMORY. */
MUST_USE status item_key_partition(const struct hash *hash, const struct table *table,
                                   struct value partition, struct arena *arena, struct span *out);

/* All keys that begin with `prefix`; bounds are made in `arena`. ST_NO_MEMORY. */
MUST_USE status item_key_under(struct span prefix, struct arena *arena, struct store_range *out);

/* `prefix` followed by `body`, made in `arena`. ST_NO_MEMORY. */
MUST_USE status item_key_join(struct span prefix, struct span body, struct arena *arena,
                              struct span *out);

/* The successor of `key`, made in `arena`. ST_NO_MEMORY. */
MUST_USE status item_key_after(struct span key, struct arena *arena, struct span *out);

/* The range of segment `segment` of `total` (1 or more) of a table, made in `arena`; the segments
 * of a table touch, do not overlap, and cover it. ST_NO_MEMORY. */
MUST_USE status item_key_segment(const struct table *table, uint32_t segment, uint32_t total,
                                 struct arena *arena, struct store_range *out);

#endif
