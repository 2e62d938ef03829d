/* item_write.c -- the common end of PutItem, UpdateItem and DeleteItem. */
#include "api/item_write.h"

#include "api/reply.h"

status item_write_start(struct call *call, struct engine_write *write)
{
    write->arena = call->arena;
    write->err = call->err;
    write->done = op_done;
    write->done_ctx = call;
    return engine_write(call->engine, write);
}

status item_write_answer(struct call *call, const struct engine_write *write, params_capacity asked,
                         status st)
{
    if (st == ST_CONDITION_FAILED && write->has_attributes) call->refused_item = write->returned;
    if (st != ST_OK) return st;
    if (write->has_attributes) reply_item(call->reply, "Attributes", write->returned);
    const struct params_consumed consumed = {
        .asked = asked,
        .table_name = write->table_name,
        .half_units = write->write_units * 2,
    };
    params_reply_capacity(call, &consumed);
    return ST_OK;
}
