/* item_key.h -- which store key holds which item, and which entry of an index.
 *
 *     item          'I' | table number | hash of the partition key | sort key bytes
 *     expiry entry  'X' | table number | second | the item's key from its hash on
 *     vector        'V' | index number | the item's key from its hash on
 *     local entry   'L' | index number | hash of the partition key | sort parts | item's sort key
 *     global entry  'G' | index number | hash of the partition parts | sort parts |
 *                         hash of the item's partition key | item's sort key
 *     collection    'Z' | table number | hash of the partition key: about all items of it
 *
 * Numbers are u32 big-endian, seconds u64 big-endian, hashes 16 bytes. A sort part of an index is
 * escaped (00 becomes 00 FF) and ended by 00 00, so that parts keep their order one after the
 * other; the item's own sort key stands last and bare.
 *
 * K1  Items of one partition are neighbours, in the order of their sort keys (memcmp of S, B and N
 *     bodies is DynamoDB's order; value.h, number.h). So are entries of one partition of an index.
 * K2  Partitions stand in the order of a keyed hash: segments of a parallel scan are ranges of it,
 *     and nobody without the secret can aim at one place.
 * K3  Everything of a table or index lies under its number, so ending it is one range.
 * K4  An item has at most one entry in an index: its key ends in what tells items apart.
 * K5  Expiry entries of a table stand in the order of their seconds.
 *
 * Bounds are half-open store ranges. Everything is made in the arena given; all functions fail with
 * ST_NO_MEMORY only, unless they say otherwise.
 */
#ifndef STATOR_TABLE_ITEM_KEY_H
#define STATOR_TABLE_ITEM_KEY_H

#include "base/hash.h"
#include "store/store.h"
#include "table/table.h"

enum { ITEM_KEY_PREFIX_BYTES = 1 + 4 + HASH_BYTES };

/* A table, or one index of it: what a walk goes over. */
struct item_key_home {
    const struct table *table;
    const struct table_index *index; /* NULL: the table itself */
};

/* The key schema of the home. */
MUST_USE const struct table_key *item_key_schema(struct item_key_home home);

/* The store key of the item whose key attributes are in `map` (checked by table_check_key).
 * ST_CORRUPT: they are not, so that `map` is a damaged item. */
MUST_USE status item_key_of(const struct hash *hash, const struct table *table, struct value map,
                            struct arena *arena, struct span *out);

/* The store key of the entry of `map` (an item, or a start key) in an index. *out is empty when the
 * map lacks an attribute of the index's key, or has one that does not fit it (of another type,
 * empty, too long), or is none of the index's partition schema: then the item does not stand in the
 * index. ST_CORRUPT: as item_key_of. */
MUST_USE status item_key_entry(const struct hash *hash, struct item_key_home home, struct value map,
                               struct arena *arena, struct span *out);

/* The store key about all items of the partition that the item with the store key `item` is in. */
void item_key_collection(struct span item, uint8_t out[ITEM_KEY_PREFIX_BYTES]);

/* All such keys of a table. */
MUST_USE status item_key_collections(const struct table *table, struct arena *arena,
                                     struct store_range *out);

/* All keys of the home that belong to the collection with the store key `collection`; the home is
 * its table, or a local index of it. */
MUST_USE status item_key_of_collection(struct item_key_home home, struct span collection,
                                       struct arena *arena, struct store_range *out);

/* What all keys of one partition of the home begin with; `parts` are the values of its partition
 * key parts, in order. */
MUST_USE status item_key_partition(const struct hash *hash, struct item_key_home home,
                                   const struct value *parts, struct arena *arena,
                                   struct span *out);

/* `prefix` and one whole sort part, which further parts may follow. For indexes. */
MUST_USE status item_key_equal(struct span prefix, struct value part, struct arena *arena,
                               struct span *out);

/* The lowest key under `prefix` whose next sort part is `part` (or greater); and the lowest whose
 * next sort part is greater. */
MUST_USE status item_key_at(struct item_key_home home, struct span prefix, struct value part,
                            struct arena *arena, struct span *out);
MUST_USE status item_key_past(struct item_key_home home, struct span prefix, struct value part,
                              struct arena *arena, struct span *out);

/* All keys under `prefix` whose next sort part begins with `part`. */
MUST_USE status item_key_beginning(struct item_key_home home, struct span prefix, struct value part,
                                   struct arena *arena, struct store_range *out);

/* All keys that begin with `prefix`. */
MUST_USE status item_key_under(struct span prefix, struct arena *arena, struct store_range *out);

/* The successor of `key`: the lowest key above it. */
MUST_USE status item_key_after(struct span key, struct arena *arena, struct span *out);

/* The range of segment `segment` of `total` (1 or more) of a home; the segments touch, do not
 * overlap, and cover it. */
MUST_USE status item_key_segment(struct item_key_home home, uint32_t segment, uint32_t total,
                                 struct arena *arena, struct store_range *out);

/* The expiry entry of the item whose store key is `item_key`: it expires after `second`.
 * ST_CORRUPT: the key is too short to be an item's. */
MUST_USE status item_key_expiry(uint64_t second, struct span item_key, struct arena *arena,
                                struct span *out);

/* The expiry entries of `table` for seconds from `first` up to, not including, `end`. */
MUST_USE status item_key_expiring(const struct table *table, uint64_t first, uint64_t end,
                                  struct arena *arena, struct store_range *out);

/* The store key of the item that the expiry entry `entry` is of, and its second. ST_CORRUPT: it is
 * none. */
MUST_USE status item_key_of_expiry(struct span entry, struct arena *arena, struct span *out,
                                   uint64_t *second);

/* The vector of the item whose store key is `item_key`, in the vector index with this number
 * (ST_CORRUPT: the key is too short to be an item's); all of the index. */
MUST_USE status item_key_vector(uint32_t number, struct span item_key, struct arena *arena,
                                struct span *out);
MUST_USE status item_key_vectors(uint32_t number, struct arena *arena, struct store_range *out);

/* The store key of the item, one of `table`, that the vector at `entry` is of. ST_CORRUPT: it is
 * none. */
MUST_USE status item_key_of_vector(const struct table *table, struct span entry,
                                   struct arena *arena, struct span *out);

#endif
