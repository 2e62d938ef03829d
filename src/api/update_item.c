/* update_item.c -- UpdateItem: change attributes of one item, making it where there was none.
 *
 * Without UpdateExpression or AttributeUpdates nothing is changed, but an item that is not there is
 * made of its key.
 */
#include "api/item_write.h"
#include "api/legacy.h"

struct update_item_in {
    struct field_enum capacity;
    struct span table_name;
    struct field_enum metrics;
    struct field_enum returns;
    struct field_enum old_on_failure;
    struct field_item key;
    struct field_enum joined;
    struct field_list expected;
    struct field_list attribute_updates;
    struct span condition;
    struct span update;
    struct field_item values;
    struct field_list names;

    struct engine_write write; /* kept from run to finish */
};

static const struct field update_item_fields[] = {
    FIELD_CHOICE(update_item_in, capacity, "ReturnConsumedCapacity", OPTIONAL,
                 params_capacity_words),
    FIELD(update_item_in, table_name, "TableName", FIELD_TABLE, REQUIRED, 1,
          LIMIT_TABLE_NAME_BYTES),
    FIELD_CHOICE(update_item_in, metrics, "ReturnItemCollectionMetrics", OPTIONAL,
                 params_metrics_words),
    FIELD_CHOICE(update_item_in, returns, "ReturnValues", OPTIONAL, params_returns_alone_words),
    FIELD_CHOICE(update_item_in, old_on_failure, "ReturnValuesOnConditionCheckFailure", OPTIONAL,
                 params_old_words),
    FIELD(update_item_in, key, "Key", FIELD_ITEM, REQUIRED, 0, 0),
    FIELD_CHOICE(update_item_in, joined, "ConditionalOperator", OPTIONAL, legacy_joined_words),
    FIELD_OF(update_item_in, expected, "Expected", FIELD_MAP, OPTIONAL, 0, 0,
             legacy_expected_shape),
    FIELD_OF(update_item_in, attribute_updates, "AttributeUpdates", FIELD_MAP, OPTIONAL, 0, 0,
             legacy_update_shape),
    FIELD(update_item_in, condition, "ConditionExpression", FIELD_STRING, OPTIONAL, 0, 0),
    FIELD(update_item_in, update, "UpdateExpression", FIELD_STRING, OPTIONAL, 0, 0),
    FIELD(update_item_in, values, "ExpressionAttributeValues", FIELD_VALUES, OPTIONAL, 0, 0),
    FIELD(update_item_in, names, "ExpressionAttributeNames", FIELD_NAMES, OPTIONAL, 0, 0),
};

static status update_item_run(struct call *call, struct update_item_in *in)
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
    const struct params params = {
        .exprs = exprs,
        .expr_count = ARRAY_COUNT(exprs),
        .legacy = legacy,
        .legacy_count = ARRAY_COUNT(legacy),
        .names = &in->names,
        .values = &in->values,
        .joined = &in->joined,
        .conditions = &in->expected,
    };
    TRY(params_check(call, &params));
    TRY(params_late(call, &in->key));
    TRY(legacy_update(call, &in->attribute_updates, &in->write.update));
    TRY(legacy_expected(call, &in->expected, &in->joined, &in->write.condition));
    TRY(params_bind(call, &params));

    in->write.verb = ENGINE_UPDATE;
    in->write.table_name = in->table_name;
    in->write.attributes = in->key.value;
    in->write.returns = params_returns(&in->returns);
    in->write.old_on_failure = in->old_on_failure.value == PARAMS_OLD_ALL;
    return item_write_start(call, &in->write);
}

static status update_item_finish(struct call *call, struct update_item_in *in, status st)
{
    const struct item_write_asked asked = {(params_capacity)in->capacity.value,
                                           (params_metrics)in->metrics.value};
    return item_write_answer(call, &in->write, asked, st);
}

OP_DEFINE_WRITE(update_item)
