/* mention.c -- which attributes an expression speaks of. */
#include "expr/code.h"

static bool begins(const struct expr *expr, const struct code_operand *path, struct span name)
{
    return span_eq(code_step_name(expr, code_path(expr->code, path)), name);
}

/* Is there a path of more than `longer_than` steps that begins with `name`? */
static bool mentions(const struct expr *expr, struct span name, uint16_t longer_than)
{
    const struct expr_code *code = expr->code;
    for (uint16_t i = 0; i < code->operand_count; i++) {
        const struct code_operand *path = &code->operands[i];
        if (path->kind == CODE_PATH && path->count > longer_than && begins(expr, path, name))
            return true;
    }
    return false;
}

bool expr_mentions(const struct expr *expr, struct span name)
{
    return mentions(expr, name, 0);
}

bool expr_mentions_inside(const struct expr *expr, struct span name)
{
    return mentions(expr, name, 1);
}

bool expr_next_name(const struct expr *expr, uint32_t *place, struct span *name)
{
    const struct expr_code *code = expr->code;
    while (*place < code->operand_count) {
        const struct code_operand *operand = &code->operands[(*place)++];
        if (operand->kind != CODE_PATH) continue;
        *name = code_step_name(expr, code_path(code, operand));
        return true;
    }
    return false;
}

bool expr_update_writes(const struct expr *update, struct span name)
{
    const struct expr_code *code = update->code;
    for (uint16_t i = 0; i < code->target_count; i++) {
        if (begins(update, &code->operands[code->targets[i].path], name)) return true;
    }
    return false;
}

/* What an operand is, where that does not depend on the item. */
static value_type operand_type(const struct expr *expr, const struct code_operand *operand)
{
    if (operand->kind == CODE_VALUE) return expr->values[operand->first].type;
    const bool is_sum =
        operand->kind == CODE_CALL && (operand->op == CODE_OP_PLUS || operand->op == CODE_OP_MINUS);
    return is_sum ? VALUE_N : VALUE_NONE;
}

value_type expr_update_type(const struct expr *update, struct span name)
{
    const struct expr_code *code = update->code;
    for (uint16_t i = 0; i < code->target_count; i++) {
        const struct code_target *target = &code->targets[i];
        const struct code_operand *path = &code->operands[target->path];
        if (target->value == CODE_NONE || path->count != 1) continue;
        if (begins(update, path, name)) {
            return operand_type(update, &code->operands[target->value]);
        }
    }
    return VALUE_NONE;
}

bool expr_update_creates(const struct expr *update)
{
    const struct expr_code *code = update->code;
    for (uint16_t i = 0; i < code->target_count; i++) {
        const uint16_t section = code->targets[i].section;
        if (section == CODE_SET || section == CODE_ADD) return true;
    }
    return false;
}
