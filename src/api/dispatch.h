/* dispatch.h -- X-Amz-Target, or a name -> operation. */
#ifndef STATOR_API_DISPATCH_H
#define STATOR_API_DISPATCH_H

#include "api/op.h"

struct dispatch_entry {
    const char *name;    /* "GetItem" */
    const struct op *op; /* NULL: DynamoDB has it, this version of Stator has not */
    bool streams;        /* of DynamoDB Streams, whose X-Amz-Target begins otherwise */
};

/* The operation that `target` ("DynamoDB_20120810.GetItem", "DynamoDBStreams_20120810.GetRecords")
 * names, or NULL; static. Neither service knows the other's operations. */
MUST_USE const struct dispatch_entry *dispatch_find(struct span target);

/* The operation called `name` ("GetItem"), or NULL; static. */
MUST_USE const struct dispatch_entry *dispatch_find_name(struct span name);

/* What GET /streams/… asks for (api_feed.h). */
MUST_USE const struct dispatch_entry *dispatch_find_feed(void);

#endif
