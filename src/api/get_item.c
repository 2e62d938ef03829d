/* get_item.c -- GetItem: one item by its whole key.
 *
 * An item that is not there leaves "Item" out of the reply; a projection that finds nothing in an
 * item that is there leaves it empty. Both cost as reading does.
 */
#include "api/legacy.h"
#include "api/params.h"
#include "api/reply.h"
#include "api/throttled.h"

struct get_item_in {
    struct field_enum capacity;
    struct field_list attributes_to_get;
    struct span table_name;
    struct field_item key;
    struct field_bool consistent_read;
    struct span projection;
    struct field_list names;
};

static const struct field get_item_fields[] = {
    FIELD_CHOICE(get_item_in, capacity, "ReturnConsumedCapacity", OPTIONAL, params_capacity_words),
    FIELD(get_item_in, attributes_to_get, "AttributesToGet", FIELD_STRINGS, OPTIONAL, 1,
          LIMIT_ATTRIBUTES_TO_GET),
    FIELD(get_item_in, table_name, "TableName", FIELD_TABLE, REQUIRED, 1, LIMIT_TABLE_NAME_BYTES),
    FIELD(get_item_in, key, "Key", FIELD_ITEM, REQUIRED, 0, 0),
    FIELD(get_item_in, consistent_read, "ConsistentRead", FIELD_BOOL, OPTIONAL, 0, 0),
    FIELD(get_item_in, projection, "ProjectionExpression", FIELD_STRING, OPTIONAL, 0, 0),
    FIELD(get_item_in, names, "ExpressionAttributeNames", FIELD_NAMES, OPTIONAL, 0, 0),
};

/* The request's own rules; on success get->projection is bound. */
static status get_item_bind(struct call *call, struct get_item_in *in, struct engine_get *get)
{
    const struct params_expr exprs[] = {
        {"ProjectionExpression", EXPR_PROJECTION, in->projection, &get->projection},
    };
    const struct params_legacy legacy[] = {
        {"AttributesToGet", in->attributes_to_get.given},
    };
    const struct params params = {
        .exprs = exprs,
        .expr_count = ARRAY_COUNT(exprs),
        .legacy = legacy,
        .legacy_count = ARRAY_COUNT(legacy),
        .names = &in->names,
    };
    TRY(params_check(call, &params));
    TRY(params_late(call, &in->key));
    TRY(legacy_projection(call, &in->attributes_to_get, &get->projection));
    return params_bind(call, &params);
}

static status get_item_run(struct call *call, struct get_item_in *in)
{
    struct engine_get get = {
        .table_name = in->table_name,
        .key = in->key.value,
        .consistent = in->consistent_read.value,
    };
    TRY(get_item_bind(call, in, &get));
    const status st = engine_get(call->engine, &get, call->arena, call->err);
    *call->version = get.version;
    TRY(throttled_note(call, st, in->table_name, &get.throttle));
    const struct params_consumed consumed = {
        .asked = (params_capacity)in->capacity.value,
        .table_name = in->table_name,
        .half_units = get.half_units,
    };
    params_reply_capacity(call, &consumed);
    if (get.found) reply_item(call->reply, "Item", get.item);
    return ST_OK;
}

OP_DEFINE(get_item)
