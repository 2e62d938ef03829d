/* expiry.h -- time to live: which items are expired, and the entries that lead to them.
 *
 * On a table with time to live switched on, an item is expired when the attribute that the table
 * names is a Number at the item's top level, less than the current time in whole seconds since
 * 1970, and at most five years less. Everything else never expires: other types, no attribute,
 * times in milliseconds, zero. (Developer guide, "How it works: DynamoDB Time to Live (TTL)".)
 *
 * An expired item does not exist, at once: no read shows it and no write finds it. With
 * ENGINE_TTL_LAZY it is an item like any other until sweep.c has deleted it.
 *
 * A1  An item that may ever expire has one expiry entry, which changes in the commit of the item;
 *     no other item has one. While table->ttl_filling is set, items from before may lack theirs.
 * A2  An entry follows from its item and table alone, not from the clock: that may be turned.
 * A3  All items of a request are judged at one moment.
 */
#ifndef STATOR_ENGINE_EXPIRY_H
#define STATOR_ENGINE_EXPIRY_H

#include "engine/engine_own.h"
#include "engine/index.h"

/* When a request judges, and whether it sees what is expired. */
struct expiry_moment {
    int64_t now_s;
    bool hides;
};

MUST_USE struct expiry_moment expiry_now(const struct engine *engine);

/* The moment at which a read in `space` judges: now, or when its snapshot began. */
MUST_USE struct expiry_moment expiry_moment_in(const struct engine_space *space);

/* Is the item with these attributes expired? VALUE_NONE is not. */
MUST_USE bool expiry_is_past(struct expiry_moment moment, const struct table *table,
                             struct value map);

/* Is it expired, and to be treated as not there? */
MUST_USE bool expiry_hides(struct expiry_moment moment, const struct table *table,
                           struct value map);

/* The second after which the item expires, which its entry stands under. False: never. */
MUST_USE bool expiry_second(const struct table *table, struct value map, uint64_t *out);

/* The entries of `table` from second `from` on that are due at `moment`. ST_NO_MEMORY. */
MUST_USE status expiry_due(struct expiry_moment moment, const struct table *table, uint64_t from,
                           struct arena *arena, struct store_range *out);

/* Every entry that `table` can have. ST_NO_MEMORY. */
MUST_USE status expiry_all(const struct table *table, struct arena *arena, struct store_range *out);

/* Stage what a change of the item at store key `key` does to its entry (A1). ST_NO_MEMORY and the
 * store's. */
MUST_USE status expiry_stage(struct store_txn *txn, const struct table *table, struct span key,
                             const struct index_images *images, struct arena *arena);

/* Entries may stand under `second` again. Inside a function of the store. */
void expiry_note_due(const struct table *table, uint64_t second);

#endif
