/* transact_get_items.c -- TransactGetItems: up to 100 items, all as they were at one moment.
 *
 * One element of the reply for each item, in order; for an item that is not there it is empty.
 * Every wrong key is told as a reason; expressions, and an item asked for twice, fail the whole.
 * Costs what two strongly consistent reads of each item do.
 */
#include "api/consumed.h"
#include "api/reply.h"
#include "api/transact.h"

struct get_action {
    struct field_item key;
    struct span table_name;
    struct span projection;
    struct field_list names;
};
static const struct field get_action_fields[] = {
    FIELD(get_action, key, "Key", FIELD_ITEM, REQUIRED, 0, 0),
    FIELD(get_action, table_name, "TableName", FIELD_TABLE, REQUIRED, 1, LIMIT_TABLE_NAME_BYTES),
    FIELD(get_action, projection, "ProjectionExpression", FIELD_STRING, OPTIONAL, 0, 0),
    FIELD(get_action, names, "ExpressionAttributeNames", FIELD_NAMES, OPTIONAL, 0, 0),
};
static const struct field_shape get_action_shape =
    FIELD_SHAPE("Get", get_action, get_action_fields);

/* An element of TransactItems. */
struct transact_get {
    const struct get_action *get;
};
static const struct field transact_get_fields[] = {
    FIELD_OF(transact_get, get, "Get", FIELD_STRUCT, REQUIRED, 0, 0, get_action_shape),
};
static const struct field_shape transact_get_shape =
    FIELD_SHAPE("TransactGetItem", transact_get, transact_get_fields);

struct transact_get_items_in {
    struct field_enum capacity;
    struct field_list items;
};

static const struct field transact_get_items_fields[] = {
    FIELD_CHOICE(transact_get_items_in, capacity, "ReturnConsumedCapacity", OPTIONAL,
                 params_capacity_words),
    FIELD_OF(transact_get_items_in, items, "TransactItems", FIELD_LIST, REQUIRED, 1,
             LIMIT_TRANSACTION_ITEMS, transact_get_shape),
};

static status plan_one(struct call *call, const struct get_action *action, struct engine_get *get)
{
    const struct params_expr exprs[] = {
        {"ProjectionExpression", EXPR_PROJECTION, action->projection, &get->projection},
    };
    const struct params params = {
        .exprs = exprs, .expr_count = ARRAY_COUNT(exprs), .names = &action->names};
    get->table_name = action->table_name;
    get->key = action->key.value;
    get->consistent = true;
    TRY(params_check(call, &params));
    TRY(params_late(call, &action->key));
    return params_bind(call, &params);
}

static status plan(struct call *call, const struct field_list *items, struct engine_get_many *many)
{
    struct error *errors = transact_errors(call, items->count);
    many->gets = arena_new_array(call->arena, items->count, struct engine_get);
    if (many->gets == NULL || errors == NULL) return FAIL_PLAIN(call->err, ST_NO_MEMORY);
    many->count = items->count;
    many->transaction = true;
    many->bytes_max = LIMIT_TRANSACTION_BYTES;
    for (uint32_t i = 0; i < items->count; i++) {
        many->gets[i].err = &errors[i];
        TRY(plan_one(call, FIELD_AT(*items, struct transact_get, i)->get, &many->gets[i]));
    }
    return ST_OK;
}

static void reply_items(struct reply_writer *reply, const struct engine_get_many *many)
{
    reply_writer_key(reply, SPAN("Responses"));
    reply_writer_array_begin(reply);
    for (uint32_t i = 0; i < many->count; i++) {
        reply_writer_object_begin(reply);
        if (many->gets[i].found) reply_item(reply, "Item", many->gets[i].item);
        reply_writer_object_end(reply);
    }
    reply_writer_array_end(reply);
}

static status transact_get_items_run(struct call *call, struct transact_get_items_in *in)
{
    struct engine_get_many many = {0};
    TRY(plan(call, &in->items, &many));
    const status st = engine_get_many(call->engine, &many, call->arena, call->err);
    if (st == ST_TX_CANCELED) return transact_cancel_reads(call, &many);
    if (st != ST_OK) return st;
    reply_items(call->reply, &many);

    struct consumed consumed = {.arena = call->arena, .kind = CONSUMED_READ};
    for (uint32_t i = 0; i < many.count; i++)
        consumed_add(&consumed, many.gets[i].table_name, many.gets[i].half_units * 2);
    return consumed_reply(call, &consumed, (params_capacity)in->capacity.value);
}

OP_DEFINE(transact_get_items)
