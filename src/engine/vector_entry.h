/* vector_entry.h -- the vectors of items, in the store, in step with the items.
 *
 *     'V' index number, the item's key from its hash on  ->  f32 little-endian, one a dimension
 *
 * VE1  An item's vectors change in the same commit as the item. It has one in an index when
 *      the index's attribute is a list of as many numbers as the index has dimensions, each in
 *      the range of float; else none.
 * VE2  A put whose attribute is otherwise is refused, and so is an update that gives it: then
 *      only items from before the index can have such an attribute, and they are not in it.
 * VE3  While the index is being filled, items from before may lack their vector.
 *
 * Source of VE2 and of the sentences: DynamoDB developer guide, "Vector search".
 */
#ifndef STATOR_ENGINE_VECTOR_ENTRY_H
#define STATOR_ENGINE_VECTOR_ENTRY_H

#include "engine/engine_own.h"
#include "engine/index.h"

/* What one change did to one vector index. */
struct vector_delta {
    bool changed;        /* what is in memory has to learn of it */
    const float *values; /* that the item has now; NULL: none */
};

/* May an item be put with these attributes? ST_VALIDATION. */
MUST_USE status vector_entry_check(const struct table *table, struct value map, struct error *err);

/* The same of the attributes that `update` gives. */
MUST_USE status vector_entry_check_updated(const struct table *table, const struct expr *update,
                                           struct value map, struct error *err);

/* The vector of the item with the attributes `map`, in the arena; NULL: it has none. */
MUST_USE status vector_entry_of(const struct table_vectors *vectors, struct value map,
                                struct arena *arena, const float **out);

/* The vector that stands in the store as `stored`, in the arena. ST_CORRUPT. */
MUST_USE status vector_entry_read(const struct table_vectors *vectors, struct span stored,
                                  struct arena *arena, const float **out);

/* One function of the store at work on one item of a table. */
struct vector_entry_work {
    struct store_txn *txn;
    const struct table *table;
    struct span key; /* the item's store key */
    struct arena *arena;
};

/* Stage what a change of the item does to its vectors; deltas[i], of vector index i of the table,
 * is written where it changes, and stays as it is elsewhere. */
MUST_USE status vector_entry_stage(const struct vector_entry_work *work,
                                   const struct index_images *images, struct vector_delta *deltas);

/* Stage the vector of an item found by a walk over the table. */
MUST_USE status vector_entry_fill(const struct vector_entry_work *work,
                                  const struct table_vectors *vectors, struct value map);

/* Stage the end of all vectors of an index. */
MUST_USE status vector_entry_end(struct store_txn *txn, const struct table_vectors *vectors,
                                 struct arena *arena);

#endif
