/* index.h -- keeping the entries of secondary indexes in step with the items.
 *
 * X1  An index's entries change in the same commit as the item they stand for.
 * X2  An item has at most one entry in an index, and none when it lacks an attribute of the index's
 *     key (item_key.h, K4). An entry holds the projected attributes in the form of an item.
 * X3  While an index is being made, items from before may lack their entry. Counting then looks
 *     whether an entry is really there instead of concluding it from the old item.
 */
#ifndef STATOR_ENGINE_INDEX_H
#define STATOR_ENGINE_INDEX_H

#include "engine/engine_own.h"
#include "table/item_key.h"

/* What one change did to one index. */
struct index_delta {
    int64_t items_added; /* -1, 0 or 1 */
    int64_t bytes_added;
    uint32_t bytes;      /* of the entry that the item has now; 0: it has none */
    uint32_t half_units; /* capacity consumed: 0 when the entry did not change */
};

/* The item before and after a change; VALUE_NONE where there was or is none. */
struct index_images {
    struct value before;
    struct value after;
};

/* The attributes of `map` that the home's index holds; `map` itself where that is all.
 * ST_NO_MEMORY. */
MUST_USE status index_project(struct item_key_home home, struct value map, struct arena *arena,
                              struct value *out);

/* One function of the store at work on one index. */
struct index_work {
    struct store_txn *txn;
    const struct hash *hash;
    struct item_key_home home; /* its index is not NULL */
    struct arena *arena;
};

/* What index_stage will make of delta->half_units, staging nothing. ST_NO_MEMORY. */
MUST_USE status index_price(const struct index_work *work, const struct index_images *images,
                            uint32_t *price);

/* Stage what a change of one item does to its entry, and add that to the counts in *delta; its
 * capacity is that of this change alone. ST_NO_MEMORY and the store's. */
MUST_USE status index_stage(const struct index_work *work, const struct index_images *images,
                            struct index_delta *delta);

/* Stage the entry of `item`, found by a walk over the table, unless it is there already. */
MUST_USE status index_fill(const struct index_work *work, struct value item,
                           struct index_delta *delta);

/* Add `delta` to the index's counts, when it is durable. */
void index_settle(const struct table_index *index, const struct index_delta *delta);

#endif
