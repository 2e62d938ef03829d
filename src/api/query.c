/* query.c -- Query: the items of one partition, in the order of their sort keys.
 *
 * DynamoDB's backend, not its front, judges Limit here, and says so in other words than Scan:
 * "Value at 'Limit' failed …", after the constraints of all other fields.
 */
#include "api/item_page.h"
#include "api/legacy.h"
#include "api/throttled.h"

struct query_in {
    struct field_enum select;
    struct span index_name;
    struct field_enum capacity;
    struct field_list query_filter;
    struct span table_name;
    struct field_enum joined;
    struct field_list attributes_to_get;
    struct field_number limit;
    struct field_list key_conditions;
    struct field_item start_key;
    struct field_bool consistent_read;
    struct field_bool forward;
    struct span key_condition;
    struct span filter;
    struct span projection;
    struct field_item values;
    struct field_list names;
};

static const struct field query_fields[] = {
    FIELD_CHOICE(query_in, select, "Select", OPTIONAL, item_page_select_words),
    FIELD_NAME(query_in, index_name, "IndexName", OPTIONAL, LIMIT_INDEX_NAME_BYTES_MIN,
               LIMIT_INDEX_NAME_BYTES),
    FIELD_CHOICE(query_in, capacity, "ReturnConsumedCapacity", OPTIONAL, params_capacity_words),
    FIELD_OF(query_in, query_filter, "QueryFilter", FIELD_MAP, OPTIONAL, 0, 0,
             legacy_condition_shape),
    FIELD(query_in, table_name, "TableName", FIELD_TABLE, REQUIRED, 1, LIMIT_TABLE_NAME_BYTES),
    FIELD_CHOICE(query_in, joined, "ConditionalOperator", OPTIONAL, legacy_joined_words),
    FIELD(query_in, attributes_to_get, "AttributesToGet", FIELD_STRINGS, OPTIONAL, 1,
          LIMIT_ATTRIBUTES_TO_GET),
    FIELD(query_in, limit, "Limit", FIELD_INTEGER, OPTIONAL, 0, 0),
    FIELD_OF(query_in, key_conditions, "KeyConditions", FIELD_MAP, OPTIONAL, 0, 0,
             legacy_condition_shape),
    FIELD(query_in, start_key, "ExclusiveStartKey", FIELD_ITEM, OPTIONAL, 0, 0),
    FIELD(query_in, consistent_read, "ConsistentRead", FIELD_BOOL, OPTIONAL, 0, 0),
    FIELD(query_in, forward, "ScanIndexForward", FIELD_BOOL, OPTIONAL, 0, 0),
    FIELD(query_in, key_condition, "KeyConditionExpression", FIELD_STRING, OPTIONAL, 0, 0),
    FIELD(query_in, filter, "FilterExpression", FIELD_STRING, OPTIONAL, 0, 0),
    FIELD(query_in, projection, "ProjectionExpression", FIELD_STRING, OPTIONAL, 0, 0),
    FIELD(query_in, values, "ExpressionAttributeValues", FIELD_VALUES, OPTIONAL, 0, 0),
    FIELD(query_in, names, "ExpressionAttributeNames", FIELD_NAMES, OPTIONAL, 0, 0),
};

/* Rules between the mixing of parameters and the expressions themselves. */
static status query_check(struct call *call, const struct query_in *in, struct engine_page *page)
{
    TRY(legacy_filter(call, &in->query_filter, &in->joined, &page->filter));
    TRY(legacy_projection(call, &in->attributes_to_get, &page->projection));
    TRY(params_late_start(call, &in->start_key));
    if (in->limit.given && in->limit.value < 1) {
        return FAIL(call->err, ST_VALIDATION,
                    "1 validation error detected: Value at 'Limit' failed to satisfy constraint: "
                    "Member must have value greater than or equal to 1");
    }
    if (in->key_condition.ptr == NULL && !in->key_conditions.given) {
        return FAIL(call->err, ST_VALIDATION,
                    "Either the KeyConditions or KeyConditionExpression parameter must be "
                    "specified in the request.");
    }
    const struct item_page_choice choice = {
        .select = (item_page_select)in->select.value,
        .projects = in->projection.ptr != NULL,
        .picks = in->attributes_to_get.given,
        .has_index = in->index_name.ptr != NULL,
        .named_prefix = "1 validation error detected: ",
    };
    return item_page_check_select(call, &choice);
}

static status query_bind(struct call *call, const struct query_in *in, struct engine_page *page)
{
    const struct params_expr exprs[] = {
        {"ProjectionExpression",   EXPR_PROJECTION,    in->projection,    &page->projection   },
        {"FilterExpression",       EXPR_FILTER,        in->filter,        &page->filter       },
        {"KeyConditionExpression", EXPR_KEY_CONDITION, in->key_condition, &page->key_condition},
    };
    /* KeyConditions beside FilterExpression are no mixture to DynamoDB. */
    const bool both_key_conditions = in->key_conditions.given && in->key_condition.ptr != NULL;
    const struct params_legacy legacy[] = {
        {"AttributesToGet",     in->attributes_to_get.given},
        {"QueryFilter",         in->query_filter.given     },
        {"ConditionalOperator", in->joined.value != 0      },
        {"KeyConditions",       both_key_conditions        },
    };
    const struct params params = {
        .exprs = exprs,
        .expr_count = ARRAY_COUNT(exprs),
        .legacy = legacy,
        .legacy_count = ARRAY_COUNT(legacy),
        .names = &in->names,
        .values = &in->values,
        .joined = &in->joined,
        .conditions = &in->query_filter,
    };
    TRY(params_check(call, &params));
    TRY(query_check(call, in, page));
    TRY(params_bind(call, &params));
    return legacy_key_condition(call, &in->key_conditions, &page->key_condition);
}

static status query_run(struct call *call, struct query_in *in)
{
    struct engine_page page = {
        .table_name = in->table_name,
        .index_name = in->index_name,
        .start_key = in->start_key.value,
        .limit = (uint32_t)in->limit.value,
        .backward = in->forward.given && !in->forward.value,
        .consistent = in->consistent_read.value,
        .select =
            in->select.value == ITEM_PAGE_SELECT_COUNT ? ENGINE_SELECT_COUNT : ENGINE_SELECT_ITEMS,
        .whole_items = in->select.value == ITEM_PAGE_SELECT_ALL,
    };
    TRY(query_bind(call, in, &page));
    const status st = engine_query(call->engine, &page, call->arena, call->err);
    TRY(throttled_note(call, st, in->table_name, &page.throttle));
    item_page_reply(call, &page, (params_capacity)in->capacity.value);
    return ST_OK;
}

OP_DEFINE(query)
