/* key_shape.c -- the rules of key conditions that need no table.
 *
 * A key condition is a condition made of AND, comparisons, BETWEEN and begins_with, each of one
 * top-level attribute and values: `pk = :p AND sk > :s`, or `:s < sk`. DynamoDB looks for mistakes
 * from left to right, after it checked that all placeholders are used and before it looks for the
 * table. Some of its sentences begin like those of a syntax error, others do not.
 */
#include "expr/key_shape.h"

#include <assert.h>

#include "base/sort.h"

static const struct code_operand *operand_at(const struct expr *expr, uint16_t index)
{
    return &expr->code->operands[index];
}

static const struct code_test *test_at(const struct expr *expr, uint16_t at)
{
    assert(at < expr->code->test_count);
    return &expr->code->tests[at];
}

static status fail_operator(const char *name, struct error *err)
{
    return FAIL(err, ST_VALIDATION, "Invalid operator used in KeyConditionExpression: %s", name);
}

static bool is_allowed(code_op op)
{
    return op == CODE_OP_EQ || op == CODE_OP_LT || op == CODE_OP_LE || op == CODE_OP_GT ||
           op == CODE_OP_GE || op == CODE_OP_BETWEEN || op == CODE_OP_BEGINS_WITH;
}

/* BETWEEN and begins_with have no mirror image. */
static bool needs_path_first(code_op op)
{
    return op == CODE_OP_BETWEEN || op == CODE_OP_BEGINS_WITH;
}

/* Of all operands, exactly one is an attribute, and none is a call. */
static status check_operands(const struct expr *expr, const struct code_test *test,
                             struct error *err)
{
    bool found = false;
    for (uint16_t at = test->first; at != CODE_NONE; at = operand_at(expr, at)->next) {
        const struct code_operand *operand = operand_at(expr, at);
        if (operand->kind == CODE_CALL)
            return FAIL(err, ST_VALIDATION,
                        "Invalid KeyConditionExpression: KeyConditionExpressions cannot contain "
                        "nested operations");
        if (operand->kind != CODE_PATH) continue;
        if (found) {
            return FAIL(err, ST_VALIDATION,
                        "Invalid condition in KeyConditionExpression: Multiple attribute names "
                        "used in one condition");
        }
        if (operand->count > 1) {
            return FAIL(err, ST_VALIDATION,
                        "Invalid KeyConditionExpression: KeyConditionExpressions cannot have "
                        "conditions on nested attributes");
        }
        found = true;
    }
    if (found) return ST_OK;
    return FAIL(err, ST_VALIDATION,
                "Invalid condition in KeyConditionExpression: No key attribute specified");
}

static status check_one(const struct expr *expr, const struct code_test *test, struct error *err)
{
    const code_op op = (code_op)test->op;
    if (!is_allowed(op)) return fail_operator(code_op_info(op)->text, err);
    if (needs_path_first(op) && operand_at(expr, test->first)->kind != CODE_PATH) {
        return FAIL(err, ST_VALIDATION,
                    "Invalid condition in KeyConditionExpression: %s operator must have the key "
                    "attribute as its first operand",
                    code_op_info(op)->text);
    }
    return check_operands(expr, test, err);
}

static int compare_tests(const void *ctx, uint32_t a, uint32_t b)
{
    const struct expr *expr = ctx;
    return span_compare(key_shape_test(expr, (uint16_t)a).name,
                        key_shape_test(expr, (uint16_t)b).name);
}

static status check_once_each(const struct expr *expr, struct arena *arena, struct error *err)
{
    const uint16_t count = expr->code->test_count;
    uint32_t *order = arena_new_array(arena, count, uint32_t);
    if (order == NULL) return FAIL_PLAIN(err, ST_NO_MEMORY);
    for (uint32_t i = 0; i < count; i++) order[i] = i;
    sort_numbers(order, count, compare_tests, expr);
    for (uint16_t i = 1; i < count; i++) {
        if (compare_tests(expr, order[i - 1], order[i]) != 0) continue;
        return FAIL(err, ST_VALIDATION,
                    "Invalid KeyConditionExpression: KeyConditionExpressions must only contain one "
                    "condition per key");
    }
    return ST_OK;
}

status key_shape_check(const struct expr *expr, struct arena *arena, struct error *err)
{
    assert(expr->code->kind == EXPR_KEY_CONDITION);
    if (expr->code->has_or) return fail_operator("OR", err);
    if (expr->code->has_not) return fail_operator("NOT", err);
    for (uint16_t i = 0; i < expr->code->test_count; i++)
        TRY(check_one(expr, test_at(expr, i), err));
    return check_once_each(expr, arena, err);
}

static code_op mirrored(code_op op)
{
    if (op == CODE_OP_LT) return CODE_OP_GT;
    if (op == CODE_OP_LE) return CODE_OP_GE;
    if (op == CODE_OP_GT) return CODE_OP_LT;
    if (op == CODE_OP_GE) return CODE_OP_LE;
    return op;
}

static struct value value_of(const struct expr *expr, const struct code_operand *operand)
{
    assert(operand->kind == CODE_VALUE);
    return expr->values[operand->first];
}

struct key_shape_test key_shape_test(const struct expr *expr, uint16_t at)
{
    const struct code_test *test = test_at(expr, at);
    const struct code_operand *path = operand_at(expr, test->first);
    struct key_shape_test out = {.op = (code_op)test->op};
    if (test->count == 1) {
        out.name = code_step_name(expr, code_path(expr->code, path));
        return out;
    }
    const struct code_operand *value = operand_at(expr, path->next);
    if (path->kind != CODE_PATH) {
        const struct code_operand *left = path;
        path = value;
        value = left;
        out.op = mirrored(out.op);
    }
    out.name = code_step_name(expr, code_path(expr->code, path));
    out.low = value_of(expr, value);
    if (out.op == CODE_OP_BETWEEN) out.high = value_of(expr, operand_at(expr, value->next));
    return out;
}
