/* item_write.c -- PutItem, UpdateItem and DeleteItem, which differ in little.
 *
 * An item's size is judged before its table is looked for, its key after.
 */
#include "api/item_write.h"

#include "api/explain.h"
#include "api/item_metrics.h"
#include "api/reply.h"
#include "api/throttled.h"
#include "item/item.h"

/* ---- the request */

/* An update alone can tell what it touched. */
static status check_returns(struct call *call, const struct item_write_in *in)
{
    const engine_return returns = params_returns(&in->returns);
    if (returns == ENGINE_RETURN_NONE || returns == ENGINE_RETURN_ALL_OLD) return ST_OK;
    return FAIL(call->err, ST_VALIDATION, "ReturnValues can only be ALL_OLD or NONE");
}

static status check_size(struct call *call, const struct item_write_in *in)
{
    if (item_size(in->item.value) <= LIMIT_ITEM_BYTES) return ST_OK;
    return FAIL(call->err, ST_VALIDATION, "Item size has exceeded the maximum allowed size");
}

static status check_request(struct call *call, const struct item_write_in *in, engine_verb verb)
{
    TRY(params_late(call, &in->item));
    if (verb != ENGINE_UPDATE) TRY(check_returns(call, in));
    return verb == ENGINE_PUT ? check_size(call, in) : ST_OK;
}

/* Rules between the mixing of parameters and the expressions themselves. */
static status bind(struct call *call, struct item_write_in *in, engine_verb verb)
{
    const struct params_expr exprs[] = {
        {"UpdateExpression",    EXPR_UPDATE,    in->update,    &in->write.update   },
        {"ConditionExpression", EXPR_CONDITION, in->condition, &in->write.condition},
    };
    const struct params_legacy legacy[] = {
        {"AttributeUpdates",    in->attribute_updates.given},
        {"Expected",            in->expected.given         },
        {"ConditionalOperator", in->joined.value != 0      },
    };
    const bool updates = verb == ENGINE_UPDATE;
    const struct params params = {
        .exprs = updates ? exprs : exprs + 1,
        .expr_count = updates ? 2 : 1,
        .legacy = legacy,
        .legacy_count = ARRAY_COUNT(legacy),
        .names = &in->names,
        .values = &in->values,
        .joined = &in->joined,
        .conditions = &in->expected,
    };
    TRY(params_check(call, &params));
    TRY(check_request(call, in, verb));
    TRY(legacy_update(call, &in->attribute_updates, &in->write.update));
    TRY(legacy_expected(call, &in->expected, &in->joined, &in->write.condition));
    return params_bind(call, &params);
}

status item_write_run(struct call *call, struct item_write_in *in, engine_verb verb)
{
    struct engine_write *write = &in->write;
    TRY(bind(call, in, verb));
    write->verb = verb;
    write->table_name = in->table_name;
    write->attributes = in->item.value;
    write->returns = params_returns(&in->returns);
    write->old_on_failure = in->old_on_failure.value == PARAMS_OLD_ALL;
    write->explains = call->explains;
    write->has_version = call->if_version != NULL;
    if (write->has_version) write->if_version = *call->if_version;
    write->arena = call->arena;
    write->err = call->err;
    write->done = op_done;
    write->done_ctx = call;
    return engine_write(call->engine, write);
}

/* ---- the reply */

status item_write_finish(struct call *call, const struct item_write_in *in, status st)
{
    const struct engine_write *write = &in->write;
    const bool refused = st == ST_CONDITION_FAILED || st == ST_VERSION;
    *call->version = write->version;
    if (refused && write->has_attributes) call->refused_item = write->returned;
    call->misfit = write->misfit;
    explain_write(call, write);
    TRY(throttled_note(call, st, write->table_name, &write->throttle));
    if (write->has_attributes) reply_item(call->reply, "Attributes", write->returned);
    const struct params_consumed consumed = {
        .asked = (params_capacity)in->capacity.value,
        .table_name = write->table_name,
        .half_units = write->write_units * 2,
        .indexes = write->index_costs,
        .index_count = write->index_cost_count,
    };
    params_reply_capacity(call, &consumed);
    item_metrics_reply(call, write, &in->metrics);
    return ST_OK;
}
