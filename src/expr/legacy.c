/* legacy.c -- Expected, KeyConditions, AttributeUpdates and their kin as bound expressions.
 *
 * What they say is a list of entries, each of one attribute's name, an operator and values. So the
 * code that the parser would have made of a text is written down directly:
 *
 *     {"a": {"ComparisonOperator": "GE", "AttributeValueList": [:x]},     a >= :x OR
 *      "b": {"ComparisonOperator": "NOT_CONTAINS", …[:y]}}, OR            attribute_exists(b) AND
 *                                                                         NOT contains(b, :y)
 *
 *     0  a >= :x                 holds: CODE_YES  fails: 1
 *     1  attribute_exists(b)     holds: 2         fails: CODE_NO
 *     2  contains(b, :y)         holds: CODE_NO   fails: CODE_YES
 *
 * An entry is one test, but for NOT_CONTAINS, which is false for an attribute that is not there (NE
 * is true then, as <> is). Every other operator has its like among those of expressions.
 *
 * Sources: developer guide, "Legacy conditional parameters"; sentences and corners from dynalite's
 * and Alternator's tests, both run against DynamoDB.
 *
 * L1  Values stand right behind the name they belong to: operand `n` of a path, then those of its
 *     values (C2), in the order in which they were given; those of IN in ascending order.
 * L2  Conditions and actions are in the order of their names, each name once.
 */
#include <assert.h>

#include "base/limits.h"
#include "base/sort.h"
#include "expr/path_set.h"
#include "item/value_build.h"

/* Sets of value types, a bit each. */
enum {
    TYPES_NONE = 0,
    TYPES_ALL = ~0U >> 1,
    TYPES_TEXT = 1 << VALUE_S | 1 << VALUE_B,
    TYPES_SCALAR = TYPES_TEXT | 1 << VALUE_N,
    TYPES_MEMBER = TYPES_SCALAR | 1 << VALUE_BOOL | 1 << VALUE_NULL,
    TYPES_SET = 1 << VALUE_SS | 1 << VALUE_NS | 1 << VALUE_BS,
    TYPES_ADDED = TYPES_SET | 1 << VALUE_N | 1 << VALUE_L,
};

/* ---- Building ---- */

/* Code being written, into arrays that are large enough. */
struct build {
    struct expr_code code;
    struct code_target *targets;
    struct code_test *tests;
    struct code_operand *operands;
    struct code_step *steps;
    struct value *values;
    uint32_t *order; /* of the values of one test */
    struct arena *arena;
    struct error *err;
};

/* Begin code of `kind` with room for `entries` names and `values` values. */
static status build_begin(struct build *b, expr_kind kind, uint32_t entries, uint64_t values)
{
    const uint64_t paths = 2 * (uint64_t)entries; /* NOT_CONTAINS has two */
    if (paths + values > LIMIT_LEGACY_OPERANDS)
        return FAIL(b->err, ST_VALIDATION,
                    "One or more parameter values were invalid: Too many attributes and values in "
                    "one parameter");
    b->code = (struct expr_code){.kind = kind, .is_legacy = true};
    b->targets = arena_new_array(b->arena, entries, struct code_target);
    b->tests = arena_new_array(b->arena, paths, struct code_test);
    b->operands = arena_new_array(b->arena, paths + values, struct code_operand);
    b->steps = arena_new_array(b->arena, paths, struct code_step);
    b->values = arena_new_array(b->arena, values + 1, struct value);
    b->order = arena_new_array(b->arena, values + 1, uint32_t);
    const bool made = b->targets != NULL && b->tests != NULL && b->operands != NULL &&
                      b->steps != NULL && b->values != NULL && b->order != NULL;
    return made ? ST_OK : FAIL_PLAIN(b->err, ST_NO_MEMORY);
}

static uint16_t put_operand(struct build *b, struct code_operand operand)
{
    b->operands[b->code.operand_count] = operand;
    return b->code.operand_count++;
}

static uint16_t put_path(struct build *b, struct span name)
{
    b->steps[b->code.step_count] = (struct code_step){.name = name, .kind = CODE_STEP_NAME};
    return put_operand(b, (struct code_operand){.kind = CODE_PATH,
                                                .op = CODE_SLOTS,
                                                .first = b->code.step_count++,
                                                .count = 1,
                                                .next = CODE_NONE});
}

static uint16_t put_value(struct build *b, struct value value)
{
    b->values[b->code.value_count] = value;
    return put_operand(b, (struct code_operand){.kind = CODE_VALUE,
                                                .first = b->code.value_count++,
                                                .next = CODE_NONE});
}

static status build_end(struct build *b, const struct expr **out)
{
    struct expr_code *code = arena_new(b->arena, struct expr_code);
    struct expr *expr = arena_new(b->arena, struct expr);
    if (code == NULL || expr == NULL) return FAIL_PLAIN(b->err, ST_NO_MEMORY);
    *code = b->code;
    code->targets = b->targets;
    code->tests = b->tests;
    code->operands = b->operands;
    code->steps = b->steps;
    *expr = (struct expr){.code = code, .values = b->values};
    if (code->target_count > 0) TRY(path_set_sort(expr, b->arena, &expr->order, b->err));
    *out = expr;
    return ST_OK;
}

/* ---- Entries by name ---- */

typedef struct span(name_fn)(const void *entries, uint32_t at);

struct names {
    const void *entries;
    name_fn *name;
};

static int compare_names(const void *ctx, uint32_t a, uint32_t b)
{
    const struct names *names = ctx;
    const int order = span_compare(names->name(names->entries, a), names->name(names->entries, b));
    return order != 0 ? order : (a > b) - (a < b);
}

/* The numbers of the entries to use, in the order of L2; *count is cut to how many they are. */
static status last_of_each(struct names names, uint32_t *count, struct arena *arena, uint32_t **out,
                           struct error *err)
{
    uint32_t *order = arena_new_array(arena, *count + 1U, uint32_t);
    if (order == NULL) return FAIL_PLAIN(err, ST_NO_MEMORY);
    for (uint32_t i = 0; i < *count; i++) order[i] = i;
    sort_numbers(order, *count, compare_names, &names);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < *count; i++) {
        const struct span name = names.name(names.entries, order[i]);
        const bool again = i + 1 < *count && span_eq(name, names.name(names.entries, order[i + 1]));
        if (!again) order[kept++] = order[i];
    }
    *count = kept;
    *out = order;
    return ST_OK;
}

/* ---- Conditions ---- */

struct comparison_rule {
    const char *word;
    code_op op;
    uint32_t count_min;
    uint32_t count_max;
    uint32_t types;
};

#define RULE(word, op, least, most, types)                                                         \
    [EXPR_COMPARE_##word] = {#word, CODE_OP_##op, (least), (most), TYPES_##types}

/* clang-format off */
static const struct comparison_rule comparison_rules[] = {
    RULE(EQ,           EQ,                   1, 1,          ALL),
    RULE(NE,           NE,                   1, 1,          ALL),
    RULE(LE,           LE,                   1, 1,          SCALAR),
    RULE(LT,           LT,                   1, 1,          SCALAR),
    RULE(GE,           GE,                   1, 1,          SCALAR),
    RULE(GT,           GT,                   1, 1,          SCALAR),
    RULE(NOT_NULL,     ATTRIBUTE_EXISTS,     0, 0,          NONE),
    RULE(NULL,         ATTRIBUTE_NOT_EXISTS, 0, 0,          NONE),
    RULE(CONTAINS,     CONTAINS,             1, 1,          MEMBER),
    RULE(NOT_CONTAINS, CONTAINS,             1, 1,          MEMBER),
    RULE(BEGINS_WITH,  BEGINS_WITH,          1, 1,          TEXT),
    RULE(IN,           IN,                   1, UINT32_MAX, SCALAR),
    RULE(BETWEEN,      BETWEEN,              2, 2,          SCALAR),
};
/* clang-format on */

static bool takes(uint32_t types, value_type type)
{
    return (types & UINT32_C(1) << type) != 0;
}

#define INVALID "One or more parameter values were invalid: "

static status check_types(const struct expr_legacy_test *test, struct error *err)
{
    const struct comparison_rule *rule = &comparison_rules[test->comparison];
    for (uint32_t i = 1; i < test->value_count; i++) {
        if (test->values[i].type == test->values[0].type) continue;
        return FAIL(err, ST_VALIDATION,
                    INVALID "AttributeValues inside AttributeValueList must be of same type");
    }
    if (test->value_count == 0 || takes(rule->types, test->values[0].type)) return ST_OK;
    return FAIL(err, ST_VALIDATION,
                INVALID "ComparisonOperator %s is not valid for %s AttributeValue type", rule->word,
                value_type_name(test->values[0].type));
}

static status check_test_values(const struct expr_legacy_test *test, struct error *err)
{
    const struct comparison_rule *rule = &comparison_rules[test->comparison];
    if (test->value_count < rule->count_min || test->value_count > rule->count_max)
        return FAIL(err, ST_VALIDATION,
                    INVALID "Invalid number of argument(s) for the %s ComparisonOperator",
                    rule->word);
    TRY(check_types(test, err));
    if (test->comparison != EXPR_COMPARE_BETWEEN) return ST_OK;
    if (value_compare(test->values[0], test->values[1]) <= 0) return ST_OK;
    return FAIL(err, ST_VALIDATION,
                "The BETWEEN condition was provided a range where the lower bound is greater than "
                "the upper bound");
}

static status check_all(const struct expr_legacy_tests *asked, uint64_t *values, struct error *err)
{
    *values = 0;
    for (uint32_t i = 0; i < asked->count; i++) {
        TRY(check_test_values(&asked->tests[i], err));
        *values += asked->tests[i].value_count;
    }
    return ST_OK;
}

static int compare_values(const void *values, uint32_t a, uint32_t b)
{
    const struct value *list = values;
    return value_compare(list[a], list[b]);
}

/* Those of IN in ascending order, since they may be tens of thousands: judge.c searches by halves.
 */
static void order_values(struct build *b, code_op op, const struct expr_legacy_test *test)
{
    for (uint32_t i = 0; i < test->value_count; i++) b->order[i] = i;
    if (op == CODE_OP_IN) sort_numbers(b->order, test->value_count, compare_values, test->values);
}

/* One test of the code; its jumps are still to be set. */
static struct code_test *put_test(struct build *b, code_op op, const struct expr_legacy_test *test)
{
    const uint16_t first = put_path(b, test->name);
    uint16_t last = first;
    const uint32_t values = op == CODE_OP_ATTRIBUTE_EXISTS ? 0 : test->value_count;
    order_values(b, op, test);
    for (uint32_t i = 0; i < values; i++) {
        const uint16_t next = put_value(b, test->values[b->order[i]]);
        b->operands[last].next = next;
        last = next;
    }
    struct code_test *out = &b->tests[b->code.test_count++];
    *out = (struct code_test){.op = (uint16_t)op,
                              .first = first,
                              .count = (uint16_t)(1 + values),
                              .begin = first,
                              .end = (uint16_t)(last + 1)};
    return out;
}

/* The test or tests of one entry, the `is_last` or another one follows. */
static void put_entry(struct build *b, const struct expr_legacy_tests *asked,
                      const struct expr_legacy_test *entry, bool is_last)
{
    const code_op op = comparison_rules[entry->comparison].op;
    /* A key condition is not judged but matched, and this operator is then refused. */
    const bool negated =
        entry->comparison == EXPR_COMPARE_NOT_CONTAINS && asked->kind != EXPR_KEY_CONDITION;
    struct code_test *exists = negated ? put_test(b, CODE_OP_ATTRIBUTE_EXISTS, entry) : NULL;
    struct code_test *test = put_test(b, op, entry);

    const uint16_t next = b->code.test_count;
    const uint16_t pass = asked->any || is_last ? CODE_YES : next;
    const uint16_t fail = asked->any && !is_last ? next : CODE_NO;
    test->on_true = negated ? fail : pass;
    test->on_false = negated ? pass : fail;
    if (exists == NULL) return;
    exists->on_true = (uint16_t)(next - 1);
    exists->on_false = fail;
}

static struct span test_name(const void *tests, uint32_t at)
{
    return ((const struct expr_legacy_test *)tests)[at].name;
}

status expr_legacy_condition(const struct expr_legacy_tests *asked, struct arena *arena,
                             const struct expr **out, struct error *err)
{
    assert(asked->count > 0 || asked->kind == EXPR_KEY_CONDITION);
    struct build b = {.arena = arena, .err = err};
    const struct names names = {asked->tests, test_name};
    uint32_t count = asked->count;
    uint32_t *order = NULL;
    uint64_t values = 0;
    TRY(check_all(asked, &values, err));
    TRY(last_of_each(names, &count, arena, &order, err));
    if (asked->kind == EXPR_KEY_CONDITION && (count < 1 || count > 2))
        return FAIL(err, ST_VALIDATION, "Conditions can be of length 1 or 2 only");

    TRY(build_begin(&b, asked->kind, count, values));
    for (uint32_t i = 0; i < count; i++)
        put_entry(&b, asked, &asked->tests[order[i]], i + 1 == count);
    return build_end(&b, out);
}

/* ---- Updates ---- */

static status check_action(const struct expr_legacy_action *action, struct error *err)
{
    const value_type type = action->value.type;
    const char *fault = value_build_name_fault(action->name);
    if (fault != NULL) return FAIL(err, ST_VALIDATION, "%s", fault);
    if (type == VALUE_NONE) {
        if (action->action == EXPR_ACTION_DELETE) return ST_OK;
        return FAIL(err, ST_VALIDATION,
                    INVALID "Only DELETE action is allowed when no attribute value is specified");
    }
    if (action->action == EXPR_ACTION_DELETE && !takes(TYPES_SET, type))
        return FAIL(err, ST_VALIDATION,
                    INVALID "DELETE action with value is not supported for the type %s",
                    value_type_name(type));
    if (action->action == EXPR_ACTION_ADD && !takes(TYPES_ADDED, type))
        return FAIL(err, ST_VALIDATION, INVALID "ADD action is not supported for the type %s",
                    value_type_name(type));
    return ST_OK;
}

static code_section section_of(const struct expr_legacy_action *action)
{
    switch (action->action) {
    case EXPR_ACTION_PUT:
        return CODE_SET;
    case EXPR_ACTION_ADD:
        return CODE_ADD;
    case EXPR_ACTION_DELETE:
        break;
    }
    return action->value.type == VALUE_NONE ? CODE_REMOVE : CODE_DELETE;
}

/* A target at the attribute `name`; VALUE_NONE: it needs no value. */
static void put_target(struct build *b, code_section section, struct span name, struct value value)
{
    const uint16_t path = put_path(b, name);
    const uint16_t operand = value.type == VALUE_NONE ? CODE_NONE : put_value(b, value);
    b->targets[b->code.target_count++] = (struct code_target){
        .section = (uint16_t)section, .path = path, .value = operand, .end = b->code.operand_count};
}

static struct span action_name(const void *actions, uint32_t at)
{
    return ((const struct expr_legacy_action *)actions)[at].name;
}

status expr_legacy_update(const struct expr_legacy_action *actions, uint32_t count,
                          struct arena *arena, const struct expr **out, struct error *err)
{
    assert(count > 0);
    struct build b = {.arena = arena, .err = err};
    uint32_t *order = NULL;
    for (uint32_t i = 0; i < count; i++) TRY(check_action(&actions[i], err));
    TRY(last_of_each((struct names){actions, action_name}, &count, arena, &order, err));

    TRY(build_begin(&b, EXPR_UPDATE, count, count));
    for (uint32_t i = 0; i < count; i++) {
        const struct expr_legacy_action *action = &actions[order[i]];
        put_target(&b, section_of(action), action->name, action->value);
    }
    return build_end(&b, out);
}

/* ---- Projections ---- */

/* DynamoDB names the first that was there before. */
static status check_distinct(const struct span *names, uint32_t count, struct error *err)
{
    for (uint32_t i = 1; i < count; i++) {
        for (uint32_t j = 0; j < i; j++) {
            if (!span_eq(names[i], names[j])) continue;
            return FAIL(err, ST_VALIDATION, INVALID "Duplicate value in attribute name: %.*s",
                        SPAN_ARG(names[i]));
        }
    }
    return ST_OK;
}

status expr_legacy_projection(const struct span *names, uint32_t count, struct arena *arena,
                              const struct expr **out, struct error *err)
{
    assert(count > 0);
    struct build b = {.arena = arena, .err = err};
    TRY(check_distinct(names, count, err)); /* at most 255 names: a constraint of the field */
    TRY(build_begin(&b, EXPR_PROJECTION, count, 0));
    for (uint32_t i = 0; i < count; i++) put_target(&b, CODE_PROJECT, names[i], (struct value){0});
    return build_end(&b, out);
}

bool expr_is_legacy(const struct expr *expr)
{
    return expr->code->is_legacy;
}
