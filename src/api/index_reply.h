/* index_reply.h -- the parts of a TableDescription that tell of secondary indexes.
 *
 * Source: API reference, GlobalSecondaryIndexDescription and LocalSecondaryIndexDescription.
 * Backfilling is there only while an index that UpdateTable made is CREATING.
 */
#ifndef STATOR_API_INDEX_REPLY_H
#define STATOR_API_INDEX_REPLY_H

#include "api/op.h"

/* Write "GlobalSecondaryIndexes": […], "LocalSecondaryIndexes": […]; nothing where there are none.
 */
void index_reply_global(struct call *call, const struct table *table);
void index_reply_local(struct call *call, const struct table *table);

#endif
