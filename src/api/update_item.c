/* update_item.c -- UpdateItem: change attributes of one item, making it where there was none.
 *
 * Without UpdateExpression or AttributeUpdates nothing is changed, but an item that is not there is
 * made of its key.
 */
#include "api/item_write.h"

static const struct field update_item_fields[] = {
    FIELD_CHOICE(item_write_in, capacity, "ReturnConsumedCapacity", OPTIONAL,
                 params_capacity_words),
    FIELD(item_write_in, table_name, "TableName", FIELD_TABLE, REQUIRED, 1, LIMIT_TABLE_NAME_BYTES),
    FIELD_CHOICE(item_write_in, metrics, "ReturnItemCollectionMetrics", OPTIONAL,
                 params_metrics_words),
    FIELD_CHOICE(item_write_in, returns, "ReturnValues", OPTIONAL, params_returns_alone_words),
    FIELD_CHOICE(item_write_in, old_on_failure, "ReturnValuesOnConditionCheckFailure", OPTIONAL,
                 params_old_words),
    FIELD(item_write_in, item, "Key", FIELD_ITEM, REQUIRED, 0, 0),
    FIELD_CHOICE(item_write_in, joined, "ConditionalOperator", OPTIONAL, legacy_joined_words),
    FIELD_OF(item_write_in, expected, "Expected", FIELD_MAP, OPTIONAL, 0, 0, legacy_expected_shape),
    FIELD_OF(item_write_in, attribute_updates, "AttributeUpdates", FIELD_MAP, OPTIONAL, 0, 0,
             legacy_update_shape),
    FIELD(item_write_in, condition, "ConditionExpression", FIELD_STRING, OPTIONAL, 0, 0),
    FIELD(item_write_in, update, "UpdateExpression", FIELD_STRING, OPTIONAL, 0, 0),
    FIELD(item_write_in, values, "ExpressionAttributeValues", FIELD_VALUES, OPTIONAL, 0, 0),
    FIELD(item_write_in, names, "ExpressionAttributeNames", FIELD_NAMES, OPTIONAL, 0, 0),
};

static status update_item_run(struct call *call, struct item_write_in *in)
{
    return item_write_run(call, in, ENGINE_UPDATE);
}

static status update_item_finish(struct call *call, const struct item_write_in *in, status st)
{
    return item_write_finish(call, in, st);
}

OP_DEFINE_ITEM_WRITE(update_item)
