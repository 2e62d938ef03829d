/* table_reply.h -- a TableDescription, as all table operations answer it.
 *
 * Source: API reference, TableDescription. Members that depend on the table's life: WarmThroughput
 * comes with ACTIVE; LastUpdateToPayPerRequestDateTime too; BillingModeSummary is there once a
 * table has been billed per request.
 */
#ifndef STATOR_API_TABLE_REPLY_H
#define STATOR_API_TABLE_REPLY_H

#include "api/op.h"

/* Write "`name`": {…}, a TableDescription of what `description` holds. ST_NO_MEMORY. */
MUST_USE status table_reply(struct call *call, const char *name,
                            const struct engine_description *description);

#endif
