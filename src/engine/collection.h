/* collection.h -- how large item collections are.
 *
 * An item collection is all items of one partition key of a table that has a local index, together
 * with their entries in its local indexes (developer guide, "Item collections in Local Secondary
 * Indexes"). Its size is counted, not estimated: one number in the store for each collection, which
 * every change of one of its items changes in the same commit.
 *
 *     'Z' | table number | hash of the partition key   ->   bytes, u64
 *
 * L1  The number is the sum of DynamoDB's sizes of the collection's items and local entries, at
 *     every commit; it is not there when that is 0, nor in a table without a local index.
 * L2  A collection above its limit may shrink or stay, but not grow.
 */
#ifndef STATOR_ENGINE_COLLECTION_H
#define STATOR_ENGINE_COLLECTION_H

#include "engine/engine_own.h"
#include "table/item_key.h"

/* Has the table collections that are counted? */
MUST_USE bool collection_is_counted(const struct table_spec *spec);

/* Stage that the collection of the item with the store key `item` grows by `added` bytes, which may
 * be negative or 0; *bytes is what it has then. ST_COLLECTION_SIZE (L2), and the store's. */
MUST_USE status collection_add(struct store_txn *txn, const struct engine *engine, struct span item,
                               int64_t added, uint64_t *bytes);

/* The key of the collection that the item or key `attributes` is in, as DynamoDB shows it: a map of
 * the partition key. ST_NO_MEMORY. */
MUST_USE status collection_key(const struct table *table, struct value attributes,
                               struct arena *arena, struct value *out);

/* A collection as it is stored, for the checker. */
struct collection_sizes {
    struct span key;
    uint64_t counted; /* what its number says */
    uint64_t found;   /* what a walk over its items and entries finds */
};

/* Read a number and its key, which is borrowed. ST_CORRUPT: it is none. */
MUST_USE status collection_read(struct span key, struct span stored, struct collection_sizes *out);

/* Walk the collection sizes->key and set sizes->found. The store's, ST_NO_MEMORY. */
MUST_USE status collection_measure(struct store_view *view, const struct table *table,
                                   struct arena *arena, struct collection_sizes *sizes);

#endif
