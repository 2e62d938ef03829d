/* bind.c -- code, names and values become an expression that can be judged or applied.
 *
 * What is made lives in the scope's arena: two arrays, of the attribute names and of the values
 * that the placeholders stand for, in the order they are written. Code is shared and not copied.
 *
 * DynamoDB's order of checks. A condition: test by test (check.c). A projection: names, then paths
 * that overlap. An update: the names of what is written, paths that overlap, and then the actions
 * from the last to the first: all names, then values, numbers of operands and types.
 */
#include <assert.h>

#include "base/limits.h"
#include "expr/check.h"
#include "expr/code_cache.h"
#include "expr/path_set.h"

static status check_condition(struct check *c)
{
    const struct expr_code *code = c->expr->code;
    for (uint16_t i = 0; i < code->test_count; i++) TRY(check_test(c, &code->tests[i]));
    return ST_OK;
}

static status check_target_paths(struct check *c)
{
    const struct expr_code *code = c->expr->code;
    for (uint16_t i = 0; i < code->target_count; i++)
        TRY(check_path(c, &code->operands[code->targets[i].path]));
    return path_set_sort(c->expr, c->scope->arena, &c->expr->order, c->err);
}

struct section_rule {
    const char *name;
    uint32_t types; /* of the operand, a bit each; 0: no rule */
};

static const struct section_rule section_rules[] = {
    [CODE_SET] = {"SET",    0                                                           },
    [CODE_REMOVE] = {"REMOVE", 0                                                           },
    [CODE_ADD] = {"ADD",    1 << VALUE_N | 1 << VALUE_SS | 1 << VALUE_NS | 1 << VALUE_BS},
    [CODE_DELETE] = {"DELETE", 1 << VALUE_SS | 1 << VALUE_NS | 1 << VALUE_BS               },
    [CODE_PROJECT] = {"",       0                                                           },
};

/* What the message about ADD and DELETE calls the types they do not take. */
static const char *const long_type_names[] = {
    [VALUE_S] = "STRING", [VALUE_N] = "NUMBER",  [VALUE_B] = "BINARY",     [VALUE_M] = "MAP",
    [VALUE_L] = "LIST",   [VALUE_NULL] = "NULL", [VALUE_BOOL] = "BOOLEAN",
};

static status check_section(struct check *c, const struct code_target *target)
{
    const struct section_rule *rule = &section_rules[target->section];
    if (rule->types == 0) return ST_OK;
    const struct code_operand *operand = &c->expr->code->operands[target->value];
    assert(operand->kind == CODE_VALUE);
    const value_type type = c->values[operand->first].type;
    if ((rule->types & UINT32_C(1) << type) != 0) return ST_OK;
    return FAIL(c->err, ST_VALIDATION,
                "Invalid UpdateExpression: Incorrect operand type for operator or function; "
                "operator: %s, operand type: %s, typeSet: ALLOWED_FOR_%s_OPERAND",
                rule->name, long_type_names[type], rule->name);
}

static status check_action(struct check *c, const struct code_target *target)
{
    const uint16_t begin = (uint16_t)(target->path + 1);
    TRY(check_values(c, begin, target->end));
    TRY(check_call_counts(c, begin, target->end));
    TRY(check_calls(c, begin, target->end));
    return check_section(c, target);
}

static status check_update(struct check *c)
{
    const struct expr_code *code = c->expr->code;
    TRY(check_target_paths(c));
    for (uint16_t i = code->target_count; i > 0; i--) {
        const struct code_target *target = &code->targets[i - 1];
        TRY(check_names(c, (uint16_t)(target->path + 1), target->end));
    }
    for (uint16_t i = code->target_count; i > 0; i--) TRY(check_action(c, &code->targets[i - 1]));
    return ST_OK;
}

static status check_all(struct check *check)
{
    switch (check->expr->code->kind) {
    case EXPR_CONDITION:
    case EXPR_FILTER:
    case EXPR_KEY_CONDITION:
        return check_condition(check);
    case EXPR_UPDATE:
        return check_update(check);
    case EXPR_PROJECTION:
        return check_target_paths(check);
    }
    return ST_OK;
}

/* How large the expression is with its names and values in place, each as often as it is written.
 * No value is measured any more when that is too much already: one may be written a thousand times.
 */
static status check_tree_size(const struct check *check)
{
    const struct expr_code *code = check->expr->code;
    const uint64_t most = LIMIT_EXPRESSION_TREE_BYTES;
    uint64_t size = code->text.len;
    if (code->is_legacy) return ST_OK;
    for (uint16_t i = 0; i < code->name_count; i++) size += check->names[i].len;
    for (uint16_t i = 0; i < code->value_count && size <= most; i++)
        size += value_size(check->values[i]);
    if (size <= most) return ST_OK;
    return FAIL(check->err, ST_VALIDATION,
                "Invalid %s: Expression size has exceeded the maximum allowed size;",
                code_kind_name(code->kind));
}

status expr_bind(struct expr_scope *scope, const struct expr_code *code, struct expr **out,
                 struct error *err)
{
    assert(scope->state != NULL);
    struct expr *expr = arena_new(scope->arena, struct expr);
    struct span *names = arena_new_array(scope->arena, code->name_count + 1U, struct span);
    struct value *values = arena_new_array(scope->arena, code->value_count + 1U, struct value);
    if (expr == NULL || names == NULL || values == NULL) return FAIL_PLAIN(err, ST_NO_MEMORY);
    *expr = (struct expr){.code = code, .names = names, .values = values};

    struct check check = {.scope = scope,
                          .arena = scope->arena,
                          .expr = expr,
                          .names = names,
                          .values = values,
                          .err = err};
    TRY(check_all(&check));
    TRY(check_tree_size(&check));
    if (code->entry != NULL) code->entry->pins++;
    expr->next = scope->state->bound;
    scope->state->bound = expr;
    *out = expr;
    return ST_OK;
}
