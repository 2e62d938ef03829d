/* dispatch.h -- X-Amz-Target, or a name -> operation. */
#ifndef STATOR_API_DISPATCH_H
#define STATOR_API_DISPATCH_H

#include "api/op.h"

struct dispatch_entry {
    const char *name;    /* "GetItem" */
    const struct op *op; /* NULL: DynamoDB has it, this version of Stator has not */
};

/* The operation that `target` ("DynamoDB_20120810.GetItem") names, or NULL; static. */
MUST_USE const struct dispatch_entry *dispatch_find(struct span target);

/* The operation called `name` ("GetItem"), or NULL; static. */
MUST_USE const struct dispatch_entry *dispatch_find_name(struct span name);

#endif
