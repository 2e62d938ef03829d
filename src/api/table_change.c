/* table_change.c -- see table_change.h. */
#include "api/table_change.h"

#include "api/table_reply.h"

status table_change_start(struct call *call, struct engine_table_write *write)
{
    write->arena = call->arena;
    write->err = call->err;
    write->done = op_done;
    write->done_ctx = call;
    return engine_table_write(call->engine, write);
}

status table_change_finish(struct call *call, const struct engine_table_write *write, status st)
{
    if (st != ST_OK) return st;
    st = table_reply(call, "TableDescription", &write->description);
    table_drop(write->description.table);
    return st;
}
