/* item_metrics.h -- ItemCollectionMetrics: how large the item collections are that a write touched.
 *
 * Source: API reference, ItemCollectionMetrics. Tables without a local index have none to tell of.
 * The range has a width of 1 GB and holds the collection's size, which the engine counts.
 */
#ifndef STATOR_API_ITEM_METRICS_H
#define STATOR_API_ITEM_METRICS_H

#include "api/params.h"

/* "ItemCollectionMetrics": {"ItemCollectionKey": {…}, "SizeEstimateRangeGB": [0.0, 1.0]}: of one
 * write, where it was asked for. */
void item_metrics_reply(struct call *call, const struct engine_write *write,
                        const struct field_enum *asked);

/* "ItemCollectionMetrics": {"Music": [{…}, …]}: of several writes, one element for each collection.
 */
void item_metrics_reply_many(struct call *call, const struct engine_many *many,
                             const struct field_enum *asked);

#endif
