/* legacy.c -- see legacy.h.
 *
 * The shapes are DynamoDB's. Expected has two generations: Value and Exists, and the later
 * ComparisonOperator with AttributeValueList; the rules about mixing them are here, those about
 * numbers and types of values in expr, which every one of these parameters goes through.
 *
 * Sources of the sentences: dynalite's tests, which were run against DynamoDB.
 */
#include "api/legacy.h"

#include "api/params.h"

/* ---- words and shapes */

static const struct field_choice joined_choices[] = {
    {"OR",  LEGACY_JOINED_OR },
    {"AND", LEGACY_JOINED_AND},
};
const struct field_choices legacy_joined_words = FIELD_CHOICES(joined_choices);

/* Words of ComparisonOperator: value - 1 is the expr_comparison. */
static const struct field_choice comparison_choices[] = {
    {"IN",           1 + EXPR_COMPARE_IN          },
    {"NULL",         1 + EXPR_COMPARE_NULL        },
    {"BETWEEN",      1 + EXPR_COMPARE_BETWEEN     },
    {"LT",           1 + EXPR_COMPARE_LT          },
    {"NOT_CONTAINS", 1 + EXPR_COMPARE_NOT_CONTAINS},
    {"EQ",           1 + EXPR_COMPARE_EQ          },
    {"GT",           1 + EXPR_COMPARE_GT          },
    {"NOT_NULL",     1 + EXPR_COMPARE_NOT_NULL    },
    {"NE",           1 + EXPR_COMPARE_NE          },
    {"LE",           1 + EXPR_COMPARE_LE          },
    {"BEGINS_WITH",  1 + EXPR_COMPARE_BEGINS_WITH },
    {"GE",           1 + EXPR_COMPARE_GE          },
    {"CONTAINS",     1 + EXPR_COMPARE_CONTAINS    },
};
static const struct field_choices comparison_words = FIELD_CHOICES(comparison_choices);

struct expected {
    struct span name;
    struct field_list operands;
    struct field_enum comparison;
    struct field_bool exists;
    struct field_item value;
};
static const struct field expected_fields[] = {
    FIELD(expected, operands, "AttributeValueList", FIELD_OPERANDS, OPTIONAL, 0, 0),
    FIELD_CHOICE(expected, comparison, "ComparisonOperator", OPTIONAL, comparison_words),
    FIELD(expected, exists, "Exists", FIELD_BOOL, OPTIONAL, 0, 0),
    FIELD(expected, value, "Value", FIELD_VALUE, OPTIONAL, 0, 0),
};
const struct field_shape legacy_expected_shape =
    FIELD_SHAPE("ExpectedAttributeValue", expected, expected_fields);

struct condition {
    struct span name;
    struct field_list operands;
    struct field_enum comparison;
};
static const struct field condition_fields[] = {
    FIELD(condition, operands, "AttributeValueList", FIELD_OPERANDS, OPTIONAL, 0, 0),
    FIELD_CHOICE(condition, comparison, "ComparisonOperator", REQUIRED, comparison_words),
};
const struct field_shape legacy_condition_shape =
    FIELD_SHAPE("Condition", condition, condition_fields);

/* Words of Action: value - 1 is the expr_action. */
static const struct field_choice action_choices[] = {
    {"ADD",    1 + EXPR_ACTION_ADD   },
    {"DELETE", 1 + EXPR_ACTION_DELETE},
    {"PUT",    1 + EXPR_ACTION_PUT   },
};
static const struct field_choices action_words = FIELD_CHOICES(action_choices);

struct update {
    struct span name;
    struct field_enum action;
    struct field_item value;
};
static const struct field update_fields[] = {
    FIELD_CHOICE(update, action, "Action", OPTIONAL, action_words),
    FIELD(update, value, "Value", FIELD_VALUE, OPTIONAL, 0, 0),
};
const struct field_shape legacy_update_shape =
    FIELD_SHAPE("AttributeValueUpdate", update, update_fields);

/* ---- values */

static bool is_given(const struct field_item *value)
{
    return value->value.type != VALUE_NONE || value->late.status != ST_OK;
}

/* The values of AttributeValueList, side by side. */
static status read_values(struct call *call, const struct field_list *list,
                          struct expr_legacy_test *out)
{
    struct value *values = arena_new_array(call->arena, list->count + 1U, struct value);
    if (values == NULL) return FAIL_PLAIN(call->err, ST_NO_MEMORY);
    for (uint32_t i = 0; i < list->count; i++) {
        const struct field_item *item = FIELD_AT(*list, struct field_item, i);
        TRY(params_late(call, item));
        values[i] = item->value;
    }
    out->values = values;
    out->value_count = list->count;
    return ST_OK;
}

/* ---- Expected */

#define INVALID "One or more parameter values were invalid: "

static status check_operator_parts(struct call *call, const struct expected *e)
{
    const int comparison = e->comparison.value - 1;
    if (e->exists.given)
        return FAIL(call->err, ST_VALIDATION,
                    INVALID "Exists and ComparisonOperator cannot be used together for Attribute: "
                            "%.*s",
                    SPAN_ARG(e->name));
    const bool needs_none = comparison == EXPR_COMPARE_NULL || comparison == EXPR_COMPARE_NOT_NULL;
    if (needs_none || e->operands.given || is_given(&e->value)) return ST_OK;
    return FAIL(call->err, ST_VALIDATION,
                INVALID "Value or AttributeValueList must be used with ComparisonOperator: %.*s "
                        "for Attribute: %.*s",
                SPAN_ARG(e->comparison.text), SPAN_ARG(e->name));
}

/* Value and Exists alone. */
static status check_exists_parts(struct call *call, const struct expected *e)
{
    const bool exists = !e->exists.given || e->exists.value;
    if (exists && !is_given(&e->value))
        return FAIL(call->err, ST_VALIDATION,
                    INVALID "Value must be provided when Exists is %s for Attribute: %.*s",
                    e->exists.given ? "true" : "null", SPAN_ARG(e->name));
    if (exists || !is_given(&e->value)) return ST_OK;
    return FAIL(call->err, ST_VALIDATION,
                INVALID "Value cannot be used when Exists is false for Attribute: %.*s",
                SPAN_ARG(e->name));
}

static status check_parts(struct call *call, const struct expected *e)
{
    if (e->operands.given && is_given(&e->value))
        return FAIL(call->err, ST_VALIDATION,
                    INVALID "Value and AttributeValueList cannot be used together for Attribute: "
                            "%.*s",
                    SPAN_ARG(e->name));
    if (e->comparison.value != 0) return check_operator_parts(call, e);
    if (e->operands.given)
        return FAIL(call->err, ST_VALIDATION,
                    INVALID "AttributeValueList can only be used with a ComparisonOperator for "
                            "Attribute: %.*s",
                    SPAN_ARG(e->name));
    return check_exists_parts(call, e);
}

/* The one condition that both generations of Expected come to. */
static status read_expected(struct call *call, const struct expected *e,
                            struct expr_legacy_test *out)
{
    TRY(check_parts(call, e));
    TRY(params_late(call, &e->value));
    const bool absent = e->exists.given && !e->exists.value;
    *out = (struct expr_legacy_test){.name = e->name,
                                     .comparison = absent ? EXPR_COMPARE_NULL : EXPR_COMPARE_EQ};
    if (e->comparison.value != 0) out->comparison = (expr_comparison)(e->comparison.value - 1);
    if (!is_given(&e->value)) return read_values(call, &e->operands, out);
    out->values = &e->value.value;
    out->value_count = 1;
    return ST_OK;
}

static status new_tests(struct call *call, uint32_t count, struct expr_legacy_test **out)
{
    *out = arena_new_array(call->arena, count + 1U, struct expr_legacy_test);
    return *out != NULL ? ST_OK : FAIL_PLAIN(call->err, ST_NO_MEMORY);
}

status legacy_expected(struct call *call, const struct field_list *expected,
                       const struct field_enum *joined, const struct expr **out)
{
    struct expr_legacy_test *tests = NULL;
    if (expected->count == 0) return ST_OK;
    TRY(new_tests(call, expected->count, &tests));
    for (uint32_t i = 0; i < expected->count; i++)
        TRY(read_expected(call, FIELD_AT(*expected, struct expected, i), &tests[i]));
    const struct expr_legacy_tests asked = {.kind = EXPR_CONDITION,
                                            .any = joined->value == LEGACY_JOINED_OR,
                                            .tests = tests,
                                            .count = expected->count};
    return expr_legacy_condition(&asked, call->arena, out, call->err);
}

/* ---- QueryFilter, ScanFilter, KeyConditions */

static status bind_conditions(struct call *call, const struct field_list *list,
                              struct expr_legacy_tests asked, const struct expr **out)
{
    struct expr_legacy_test *tests = NULL;
    TRY(new_tests(call, list->count, &tests));
    for (uint32_t i = 0; i < list->count; i++) {
        const struct condition *c = FIELD_AT(*list, struct condition, i);
        tests[i].name = c->name;
        tests[i].comparison = (expr_comparison)(c->comparison.value - 1);
        TRY(read_values(call, &c->operands, &tests[i]));
    }
    asked.tests = tests;
    asked.count = list->count;
    return expr_legacy_condition(&asked, call->arena, out, call->err);
}

status legacy_filter(struct call *call, const struct field_list *filter,
                     const struct field_enum *joined, const struct expr **out)
{
    const bool any = joined->value == LEGACY_JOINED_OR;
    if (filter->count == 0) return ST_OK;
    return bind_conditions(call, filter,
                           (struct expr_legacy_tests){.kind = EXPR_FILTER, .any = any}, out);
}

status legacy_key_condition(struct call *call, const struct field_list *conditions,
                            const struct expr **out)
{
    if (!conditions->given) return ST_OK;
    return bind_conditions(call, conditions, (struct expr_legacy_tests){.kind = EXPR_KEY_CONDITION},
                           out);
}

/* ---- AttributeUpdates */

status legacy_update(struct call *call, const struct field_list *updates, const struct expr **out)
{
    if (updates->count == 0) return ST_OK;
    struct expr_legacy_action *actions =
        arena_new_array(call->arena, updates->count, struct expr_legacy_action);
    if (actions == NULL) return FAIL_PLAIN(call->err, ST_NO_MEMORY);
    for (uint32_t i = 0; i < updates->count; i++) {
        const struct update *u = FIELD_AT(*updates, struct update, i);
        const bool has_action = u->action.value != 0;
        TRY(params_late(call, &u->value));
        actions[i] = (struct expr_legacy_action){
            .name = u->name,
            .action = has_action ? (expr_action)(u->action.value - 1) : EXPR_ACTION_PUT,
            .value = u->value.value,
        };
    }
    return expr_legacy_update(actions, updates->count, call->arena, out, call->err);
}

/* ---- AttributesToGet */

status legacy_projection(struct call *call, const struct field_list *names, const struct expr **out)
{
    if (names->count == 0) return ST_OK;
    return expr_legacy_projection(names->elements, names->count, call->arena, out, call->err);
}
