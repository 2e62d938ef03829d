/* put_item.c -- PutItem: a whole item, new or in place of the old one.
 *
 * The item's size is judged before its table is looked for, its key after.
 */
#include "api/item_write.h"
#include "api/legacy.h"
#include "item/item.h"

struct put_item_in {
    struct field_enum capacity;
    struct span table_name;
    struct field_item item;
    struct field_enum joined;
    struct field_list expected;
    struct field_enum returns;
    struct field_enum metrics;
    struct field_enum old_on_failure;
    struct span condition;
    struct field_item values;
    struct field_list names;

    struct engine_write write; /* kept from run to finish */
};

static const struct field put_item_fields[] = {
    FIELD_CHOICE(put_item_in, capacity, "ReturnConsumedCapacity", OPTIONAL, params_capacity_words),
    FIELD(put_item_in, table_name, "TableName", FIELD_TABLE, REQUIRED, 1, LIMIT_TABLE_NAME_BYTES),
    FIELD(put_item_in, item, "Item", FIELD_ITEM, REQUIRED, 0, 0),
    FIELD_CHOICE(put_item_in, joined, "ConditionalOperator", OPTIONAL, legacy_joined_words),
    FIELD_OF(put_item_in, expected, "Expected", FIELD_MAP, OPTIONAL, 0, 0, legacy_expected_shape),
    FIELD_CHOICE(put_item_in, returns, "ReturnValues", OPTIONAL, params_returns_words),
    FIELD_CHOICE(put_item_in, metrics, "ReturnItemCollectionMetrics", OPTIONAL,
                 params_metrics_words),
    FIELD_CHOICE(put_item_in, old_on_failure, "ReturnValuesOnConditionCheckFailure", OPTIONAL,
                 params_old_words),
    FIELD(put_item_in, condition, "ConditionExpression", FIELD_STRING, OPTIONAL, 0, 0),
    FIELD(put_item_in, values, "ExpressionAttributeValues", FIELD_VALUES, OPTIONAL, 0, 0),
    FIELD(put_item_in, names, "ExpressionAttributeNames", FIELD_NAMES, OPTIONAL, 0, 0),
};

static status put_item_check(struct call *call, const struct put_item_in *in)
{
    const engine_return returns = params_returns(&in->returns);
    TRY(params_late(call, &in->item));
    if (returns != ENGINE_RETURN_NONE && returns != ENGINE_RETURN_ALL_OLD) {
        return FAIL(call->err, ST_VALIDATION, "ReturnValues can only be ALL_OLD or NONE");
    }
    if (item_size(in->item.value) > LIMIT_ITEM_BYTES) {
        return FAIL(call->err, ST_VALIDATION, "Item size has exceeded the maximum allowed size");
    }
    return ST_OK;
}

static status put_item_run(struct call *call, struct put_item_in *in)
{
    const struct params_expr exprs[] = {
        {"ConditionExpression", EXPR_CONDITION, in->condition, &in->write.condition},
    };
    const struct params_legacy legacy[] = {
        {"Expected",            in->expected.given   },
        {"ConditionalOperator", in->joined.value != 0},
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
    TRY(put_item_check(call, in));
    TRY(legacy_expected(call, &in->expected, &in->joined, &in->write.condition));
    TRY(params_bind(call, &params));

    in->write.verb = ENGINE_PUT;
    in->write.table_name = in->table_name;
    in->write.attributes = in->item.value;
    in->write.returns = params_returns(&in->returns);
    in->write.old_on_failure = in->old_on_failure.value == PARAMS_OLD_ALL;
    return item_write_start(call, &in->write);
}

static status put_item_finish(struct call *call, struct put_item_in *in, status st)
{
    const struct item_write_asked asked = {(params_capacity)in->capacity.value,
                                           (params_metrics)in->metrics.value};
    return item_write_answer(call, &in->write, asked, st);
}

OP_DEFINE_WRITE(put_item)
