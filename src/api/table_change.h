/* table_change.h -- the common end of CreateTable, UpdateTable and DeleteTable, and of changes of
 * tags. */
#ifndef STATOR_API_TABLE_CHANGE_H
#define STATOR_API_TABLE_CHANGE_H

#include "api/op.h"

/* Start `write`, whose verb, name and spec or change are set. Of ST_OK and others, see O1 in op.h.
 */
MUST_USE status table_change_start(struct call *call, struct engine_table_write *write);

/* Answer a change that ended with `st`, and return it: the table's description. */
MUST_USE status table_change_finish(struct call *call, const struct engine_table_write *write,
                                    status st);

#endif
