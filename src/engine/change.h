/* change.h -- one action on one item, inside a write function of the store.
 *
 *     change_prepare   what the table alone can tell: keys, paths; the store key   caller's thread
 *     change_judge     read the item, judge the condition                          store's thread
 *     change_apply     compute the new item, stage it, answer                      store's thread
 *     change_charge    spend the units that it cost                                store's thread
 *     change_settle    count what became durable                                   store's thread
 *
 * Single writes, batches and transactions are made of these steps.
 *
 * W1  change_judge starts from scratch: the store may run a function again (S5 of store.h).
 * W2  A refused condition stages nothing, so nothing of it can be seen (E2).
 * W3  Counts change only in change_settle, when the change is durable.
 * W4  A change queued behind the end of its table writes nothing: `gone` is set by the function
 *     that deletes the table, which the store runs before or after this one, never beside it.
 * W5  A change queued before a change of the table's description runs by the new one: an index made
 *     in between gets its entry.
 * W6  An expired item is not found (expiry.h). Where another item takes its place, its end is
 *     staged before that, apart: a removal by the service, then an insertion.
 * W7  Where a partition schema validates, nothing is staged of an item that does not fit it.
 * W8  Where the table's stream is on, each change of an item has its record in the change log
 *     (Q1 of logbook.h).
 */
#ifndef STATOR_ENGINE_CHANGE_H
#define STATOR_ENGINE_CHANGE_H

#include "engine/engine_own.h"
#include "engine/expiry.h"
#include "engine/index.h"
#include "engine/vector_entry.h"
#include "table/table_check.h"

struct change {
    struct engine *engine;
    struct engine_write *write;
    const struct table *table; /* held by whoever prepared it; change_judge exchanges it for the
                                * newest version when that is another (W5) */
    bool renewed;              /* it has done so */
    bool in_batch;             /* DynamoDB has other words for a wrong key there */
    bool by_service;           /* a deletion that sweep.c asks for: it finds expired items only. A
                                * record of it names the service, dynamodb.amazonaws.com, as the
                                * one who did it. */
    uint32_t times; /* how often its table pays: 2 in a transaction, else 1; 0: nobody asks for
                     * units, and nobody pays */
    uint32_t place; /* of this change among those of its function, from 0: its records come after
                     * those of the ones before it */
    struct span key;

    /* what change_judge found, and change_apply did */
    bool found;
    struct item old;  /* in the store's memory: valid inside the function */
    bool has_dead;    /* an expired item stands under the key: not found, and ended by the service
                       * where this change puts another in its place (W6) */
    struct item dead; /* likewise in the store's memory */
    int64_t items_added; /* -1, 0 or 1 */
    int64_t bytes_added;
    struct index_delta *indexes;  /* one for each index of the table, in its order */
    struct vector_delta *vectors; /* one for each vector index, likewise */
};

/* How the key of `change` is to be checked. */
MUST_USE table_check_source change_source(const struct change *change);

/* Check `write` against its table and find the item's place. ST_VALIDATION, ST_NO_MEMORY; the text
 * is in write->err. */
MUST_USE status change_prepare(struct change *change);

/* Read the item, and judge its version and the condition at `now`. ST_VERSION, ST_CONDITION_FAILED
 * (in write->err, with the old item in the answer where it was asked for), ST_NOT_FOUND,
 * ST_THROTTLED or ST_OVER_MAXIMUM (nothing was looked at), or one of the world's. */
MUST_USE status change_judge(struct store_txn *txn, struct change *change,
                             struct expiry_moment now);

/* Has change_judge refused the change by what was found? That is an answer, and no failure. */
MUST_USE static inline bool change_is_refused(status st)
{
    return st == ST_CONDITION_FAILED || st == ST_VERSION || engine_is_throttled(st);
}

/* Stage the change. ST_VALIDATION: an update that cannot be applied, an item too large.
 * ST_COLLECTION_SIZE. ST_THROTTLED or ST_OVER_MAXIMUM: an index that would change has no units
 * left; nothing was staged. */
MUST_USE status change_apply(struct store_txn *txn, struct change *change);

/* Of a change that happened before and is not made again: tell how large its item's collection is
 * now. The store's, ST_NOT_FOUND. */
MUST_USE status change_recount(struct store_txn *txn, struct change *change);

/* Charge the table and its global indexes what the change cost (throttle.h), when it was applied. A
 * refused condition is charged by change_judge. A function that the store runs again pays again. */
void change_charge(const struct change *change);

/* Add to the counts of the table and its indexes what the change did. */
void change_settle(const struct change *change);

#endif
