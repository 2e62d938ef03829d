/* query.c -- Query: the items of one partition, in the order of their sort keys.
 *
 * DynamoDB's backend, not its front, judges Limit here, and says so in other words than Scan:
 * "Value at 'Limit' failed …", after the constraints of all other fields.
 */
#include "api/item_page.h"

static const struct field query_fields[] = {
    FIELD_CHOICE(item_page_in, select, "Select", OPTIONAL, item_page_select_words),
    FIELD_NAME(item_page_in, index_name, "IndexName", OPTIONAL, LIMIT_INDEX_NAME_BYTES_MIN,
               LIMIT_INDEX_NAME_BYTES),
    FIELD_CHOICE(item_page_in, capacity, "ReturnConsumedCapacity", OPTIONAL, params_capacity_words),
    FIELD_OF(item_page_in, conditions, "QueryFilter", FIELD_MAP, OPTIONAL, 0, 0,
             legacy_condition_shape),
    FIELD(item_page_in, table_name, "TableName", FIELD_TABLE, REQUIRED, 1, LIMIT_TABLE_NAME_BYTES),
    FIELD_CHOICE(item_page_in, joined, "ConditionalOperator", OPTIONAL, legacy_joined_words),
    FIELD(item_page_in, attributes_to_get, "AttributesToGet", FIELD_STRINGS, OPTIONAL, 1,
          LIMIT_ATTRIBUTES_TO_GET),
    FIELD(item_page_in, limit, "Limit", FIELD_INTEGER, OPTIONAL, 0, 0),
    FIELD_OF(item_page_in, key_conditions, "KeyConditions", FIELD_MAP, OPTIONAL, 0, 0,
             legacy_condition_shape),
    FIELD(item_page_in, start_key, "ExclusiveStartKey", FIELD_ITEM, OPTIONAL, 0, 0),
    FIELD(item_page_in, consistent_read, "ConsistentRead", FIELD_BOOL, OPTIONAL, 0, 0),
    FIELD(item_page_in, forward, "ScanIndexForward", FIELD_BOOL, OPTIONAL, 0, 0),
    FIELD(item_page_in, key_condition, "KeyConditionExpression", FIELD_STRING, OPTIONAL, 0, 0),
    FIELD(item_page_in, filter, "FilterExpression", FIELD_STRING, OPTIONAL, 0, 0),
    FIELD(item_page_in, projection, "ProjectionExpression", FIELD_STRING, OPTIONAL, 0, 0),
    FIELD(item_page_in, values, "ExpressionAttributeValues", FIELD_VALUES, OPTIONAL, 0, 0),
    FIELD(item_page_in, names, "ExpressionAttributeNames", FIELD_NAMES, OPTIONAL, 0, 0),
};

/* Rules between the mixing of parameters and the expressions themselves. */
static status query_check(struct call *call, const struct item_page_in *in,
                          struct engine_page *page)
{
    TRY(legacy_filter(call, &in->conditions, &in->joined, &page->filter));
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
    return item_page_check_select(call, in, "1 validation error detected: ");
}

static const struct item_page_kind query_kind = {
    .conditions = "QueryFilter",
    .has_key_condition = true,
    .check = query_check,
    .read = engine_query,
};

static status query_run(struct call *call, const struct item_page_in *in)
{
    return item_page_run(call, in, &query_kind);
}

OP_DEFINE_ITEM_PAGE(query)
