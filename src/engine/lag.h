/* lag.h -- reads of global indexes that see them as they were a while ago.
 *
 * DynamoDB fills its global indexes after it has answered, so what was just written may be missing
 * there, and what was just deleted still be found. An engine whose store has a past imitates that:
 * a page of a global index is read from the state of then (S7 of store.h), all global indexes
 * alike. Tables and local indexes are always read as they are, and so is what a request is judged
 * by: descriptions come from the catalog.
 *
 * LG1 An index that was filled from items that were there before is complete when it becomes
 *     ACTIVE, and its readers know: no state from before that is read. Until the lag has passed,
 *     readers see the oldest state kept in which it is ACTIVE.
 * LG2 An index that came with its table needs no such care: in a state from before, it has no
 *     entries, as the table had no items.
 */
#ifndef STATOR_ENGINE_LAG_H
#define STATOR_ENGINE_LAG_H

#include "engine/engine_own.h"
#include "table/item_key.h"

/* As engine_own_read; of a global index outside a snapshot, over the state that its readers see. */
MUST_USE status lag_read(const struct engine_space *space, struct item_key_home home,
                         struct arena *arena, store_read_fn *fn, void *ctx);

#endif
