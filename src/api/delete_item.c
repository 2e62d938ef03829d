/* delete_item.c -- DeleteItem: take one item away; that it is not there is no error. */
#include "api/item_write.h"
#include "api/legacy.h"

struct delete_item_in {
    struct field_enum capacity;
    struct span table_name;
    struct field_enum returns;
    struct field_enum metrics;
    struct field_enum old_on_failure;
    struct field_item key;
    struct field_enum joined;
    struct field_list expected;
    struct span condition;
    struct field_item values;
    struct field_list names;

    struct engine_write write; /* kept from run to finish */
};

static const struct field delete_item_fields[] = {
    FIELD_CHOICE(delete_item_in, capacity, "ReturnConsumedCapacity", OPTIONAL,
                 params_capacity_words),
    FIELD(delete_item_in, table_name, "TableName", FIELD_TABLE, REQUIRED, 1,
          LIMIT_TABLE_NAME_BYTES),
    FIELD_CHOICE(delete_item_in, returns, "ReturnValues", OPTIONAL, params_returns_words),
    FIELD_CHOICE(delete_item_in, metrics, "ReturnItemCollectionMetrics", OPTIONAL,
                 params_metrics_words),
    FIELD_CHOICE(delete_item_in, old_on_failure, "ReturnValuesOnConditionCheckFailure", OPTIONAL,
                 params_old_words),
    FIELD(delete_item_in, key, "Key", FIELD_ITEM, REQUIRED, 0, 0),
    FIELD_CHOICE(delete_item_in, joined, "ConditionalOperator", OPTIONAL, legacy_joined_words),
    FIELD_OF(delete_item_in, expected, "Expected", FIELD_MAP, OPTIONAL, 0, 0,
             legacy_expected_shape),
    FIELD(delete_item_in, condition, "ConditionExpression", FIELD_STRING, OPTIONAL, 0, 0),
    FIELD(delete_item_in, values, "ExpressionAttributeValues", FIELD_VALUES, OPTIONAL, 0, 0),
    FIELD(delete_item_in, names, "ExpressionAttributeNames", FIELD_NAMES, OPTIONAL, 0, 0),
};

static status delete_item_check(struct call *call, const struct delete_item_in *in)
{
    const engine_return returns = params_returns(&in->returns);
    TRY(params_late(call, &in->key));
    if (returns != ENGINE_RETURN_NONE && returns != ENGINE_RETURN_ALL_OLD) {
        return FAIL(call->err, ST_VALIDATION, "ReturnValues can only be ALL_OLD or NONE");
    }
    return ST_OK;
}

static status delete_item_run(struct call *call, struct delete_item_in *in)
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
    TRY(delete_item_check(call, in));
    TRY(legacy_expected(call, &in->expected, &in->joined, &in->write.condition));
    TRY(params_bind(call, &params));

    in->write.verb = ENGINE_DELETE;
    in->write.table_name = in->table_name;
    in->write.attributes = in->key.value;
    in->write.returns = params_returns(&in->returns);
    in->write.old_on_failure = in->old_on_failure.value == PARAMS_OLD_ALL;
    return item_write_start(call, &in->write);
}

static status delete_item_finish(struct call *call, struct delete_item_in *in, status st)
{
    const struct item_write_asked asked = {(params_capacity)in->capacity.value,
                                           (params_metrics)in->metrics.value};
    return item_write_answer(call, &in->write, asked, st);
}

OP_DEFINE_WRITE(delete_item)
