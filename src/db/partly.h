/* partly.h -- the reply to a batch of which a part was not carried out. */
#ifndef STATOR_DB_PARTLY_H
#define STATOR_DB_PARTLY_H

#include "base/arena.h"
#include "base/error.h"
#include "item/value.h"

/* A BatchGetItem or BatchWriteItem, and which part of it is not carried out. */
struct partly_batch {
    struct span operation;
    struct value request;
    double part; /* 0 to 1 */
};

/* The reply's JSON, in which the last keys or writes, this part of all, come back
 * (stator/testkit.h). ST_MISUSE: it is another operation; ST_NO_MEMORY. */
MUST_USE status partly_reply(const struct partly_batch *batch, struct arena *arena,
                             struct span *out, struct error *err);

#endif
