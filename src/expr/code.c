/* code.c -- names, paths and their look-up. */
#include "expr/code.h"

#include <assert.h>

static const char *const kind_names[] = {
    [EXPR_CONDITION] = "ConditionExpression",        [EXPR_FILTER] = "FilterExpression",
    [EXPR_KEY_CONDITION] = "KeyConditionExpression", [EXPR_UPDATE] = "UpdateExpression",
    [EXPR_PROJECTION] = "ProjectionExpression",
};

const char *code_kind_name(expr_kind kind)
{
    assert((size_t)kind < ARRAY_COUNT(kind_names));
    return kind_names[kind];
}

const char *code_prefix(const struct expr_code *code)
{
    static const char *const prefixes[] = {
        [EXPR_CONDITION] = "Invalid ConditionExpression: ",
        [EXPR_FILTER] = "Invalid FilterExpression: ",
        [EXPR_KEY_CONDITION] = "Invalid KeyConditionExpression: ",
        [EXPR_UPDATE] = "Invalid UpdateExpression: ",
        [EXPR_PROJECTION] = "Invalid ProjectionExpression: ",
    };
    assert((size_t)code->kind < ARRAY_COUNT(prefixes));
    return code->is_built ? "" : prefixes[code->kind];
}

struct span code_step_name(const struct expr *expr, const struct code_step *step)
{
    assert(step->kind != CODE_STEP_INDEX);
    if (step->kind == CODE_STEP_NAME) return step->name;
    return expr->names[step->index];
}

const struct code_step *code_path(const struct expr_code *code, const struct code_operand *operand)
{
    assert(operand->kind == CODE_PATH);
    return &code->steps[operand->first];
}

bool code_step_eq(const struct expr *expr, const struct code_step *a, const struct code_step *b)
{
    const bool is_index = a->kind == CODE_STEP_INDEX;
    if (is_index != (b->kind == CODE_STEP_INDEX)) return false;
    if (is_index) return a->index == b->index;
    return span_eq(code_step_name(expr, a), code_step_name(expr, b));
}

struct span code_path_text(const struct expr *expr, const struct code_operand *operand,
                           struct arena *arena)
{
    const struct code_step *steps = code_path(expr->code, operand);
    struct buf text;
    buf_init(&text, arena_mem(arena), SIZE_MAX / 2);
    buf_put_text(&text, "[");
    for (uint16_t i = 0; i < operand->count; i++) {
        if (i > 0) buf_put_text(&text, ", ");
        if (steps[i].kind == CODE_STEP_INDEX) {
            buf_printf(&text, "[%u]", steps[i].index);
        } else {
            buf_put(&text, code_step_name(expr, &steps[i]));
        }
    }
    buf_put_text(&text, "]");
    return buf_status(&text) == ST_OK ? buf_view(&text) : SPAN("[…]");
}

/* What `step` leads to within `from`; VALUE_NONE: nothing. */
static struct value follow(const struct expr *expr, const struct code_step *step, struct value from)
{
    struct value found = {0};
    if (step->kind == CODE_STEP_INDEX) {
        if (from.type != VALUE_L || !value_at(from, step->index, &found)) return (struct value){0};
        return found;
    }
    if (from.type != VALUE_M || !value_find(from, code_step_name(expr, step), &found))
        return (struct value){0};
    return found;
}

struct value code_follow(const struct expr *expr, const struct code_step *steps, uint16_t count,
                         struct value from)
{
    for (uint16_t i = 0; i < count && from.type != VALUE_NONE; i++)
        from = follow(expr, &steps[i], from);
    return from;
}

struct value code_find(const struct expr *expr, const struct code_operand *operand,
                       struct value map)
{
    return code_follow(expr, code_path(expr->code, operand), operand->count, map);
}
