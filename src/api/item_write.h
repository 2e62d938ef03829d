/* item_write.h -- the common end of PutItem, UpdateItem and DeleteItem. */
#ifndef STATOR_API_ITEM_WRITE_H
#define STATOR_API_ITEM_WRITE_H

#include "api/params.h"

/* Start `write`, whose verb, table, attributes and expressions are set. Of ST_OK and others, see O1
 * in op.h. */
MUST_USE status item_write_start(struct call *call, struct engine_write *write);

/* What a request wants to be told beside Attributes. */
struct item_write_asked {
    params_capacity capacity;
    params_metrics metrics;
};

/* Answer a write that ended with `st`, and return it: Attributes as ReturnValues asked, consumed
 * capacity, the size of the item collection; the old item beside a refused condition. */
MUST_USE status item_write_answer(struct call *call, const struct engine_write *write,
                                  struct item_write_asked asked, status st);

#endif
