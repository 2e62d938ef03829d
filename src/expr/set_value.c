/* set_value.c -- arithmetic, lists and sets.
 *
 * Calls nest in one way only: if_not_exists as an operand of anything, its own second operand
 * included (parse_operand.c sees to that). So a value is found by a loop, not a recursion.
 */
#include "expr/set_value.h"

#include <assert.h>

#include "item/number.h"

static const struct code_operand *operand_at(const struct set_value *from, uint16_t index)
{
    return &from->expr->code->operands[index];
}

static status fail_type(const struct set_value *from)
{
    if (from->expr->code->is_legacy)
        return FAIL(from->err, ST_VALIDATION, "Type mismatch for attribute to update");
    return FAIL(from->err, ST_VALIDATION,
                "An operand in the update expression has an incorrect data type");
}

/* The value of a path, a value or if_not_exists. */
static status plain_value(const struct set_value *from, const struct code_operand *operand,
                          struct value *out)
{
    while (operand->kind == CODE_CALL) {
        if (operand->op != CODE_OP_IF_NOT_EXISTS) return fail_type(from); /* a list, in a sum */
        const struct code_operand *path = operand_at(from, operand->first);
        *out = code_find(from->expr, path, from->before);
        if (out->type != VALUE_NONE) return ST_OK;
        operand = operand_at(from, path->next);
    }
    if (operand->kind == CODE_VALUE) {
        *out = from->expr->values[operand->first];
        return ST_OK;
    }
    *out = code_find(from->expr, operand, from->before);
    if (out->type != VALUE_NONE) return ST_OK;
    return FAIL(from->err, ST_VALIDATION,
                "The provided expression refers to an attribute that does not exist in the item");
}

/* A number's bytes, kept in the arena. */
static status keep_number(const struct set_value *from, const struct number *number,
                          struct value *out)
{
    struct span bytes = {0};
    if (!arena_copy(from->arena, number_view(number), &bytes))
        return FAIL_PLAIN(from->err, ST_NO_MEMORY);
    *out = (struct value){VALUE_N, bytes};
    return ST_OK;
}

static status sum(const struct set_value *from, code_op op, const struct value terms[2],
                  struct value *out)
{
    if (terms[0].type != VALUE_N || terms[1].type != VALUE_N) return fail_type(from);
    struct number result = {0};
    if (op == CODE_OP_PLUS) {
        TRY(number_add(terms[0].body, terms[1].body, &result, from->err));
    } else {
        TRY(number_subtract(terms[0].body, terms[1].body, &result, from->err));
    }
    return keep_number(from, &result, out);
}

/* ---- Containers, built in the arena ---- */

/* A list or set being written. */
struct build {
    struct buf buf;
    size_t begun;
    uint32_t count;
};

static void build_begin(struct build *build, const struct set_value *from)
{
    buf_init(&build->buf, arena_mem(from->arena), SIZE_MAX / 2);
    build->begun = value_write_begin(&build->buf);
    build->count = 0;
}

static status build_end(struct build *build, const struct set_value *from, value_type type,
                        struct value *out)
{
    value_write_end(&build->buf, build->begun, build->count);
    TRY_PLAIN(from->err, buf_status(&build->buf));
    *out = (struct value){type, buf_view(&build->buf)};
    return ST_OK;
}

static void put_elements(struct build *build, struct value list)
{
    struct value_cursor cursor = value_walk(list);
    struct value element = {0};
    while (value_next_element(&cursor, &element)) {
        value_write_element(&build->buf, element);
        build->count++;
    }
}

static status append(const struct set_value *from, const struct value lists[2], struct value *out)
{
    if (lists[0].type != VALUE_L || lists[1].type != VALUE_L) return fail_type(from);
    struct build build;
    build_begin(&build, from);
    put_elements(&build, lists[0]);
    put_elements(&build, lists[1]);
    return build_end(&build, from, VALUE_L, out);
}

static void put_member(struct build *build, struct span member)
{
    value_write_member(&build->buf, member);
    build->count++;
}

/* The members of both sets, or (`only_a`) those of `a` that are not in `b`; both are sorted. */
static status merge(const struct set_value *from, const struct value sets[2], bool only_a,
                    struct value *out)
{
    struct value_cursor a_cursor = value_walk(sets[0]);
    struct value_cursor b_cursor = value_walk(sets[1]);
    struct span a = {0};
    struct span b = {0};
    bool more_a = value_next_member(&a_cursor, &a);
    bool more_b = value_next_member(&b_cursor, &b);
    struct build build;
    build_begin(&build, from);
    while (more_a || more_b) {
        const int order = !more_b ? -1 : !more_a ? 1 : span_compare(a, b);
        if (order < 0 || (order == 0 && !only_a)) put_member(&build, a);
        if (order > 0 && !only_a) put_member(&build, b);
        if (order <= 0) more_a = value_next_member(&a_cursor, &a);
        if (order >= 0) more_b = value_next_member(&b_cursor, &b);
    }
    return build_end(&build, from, sets[0].type, out);
}

/* ---- Actions ---- */

status set_value_assigned(const struct set_value *from, const struct code_target *target,
                          struct value *out)
{
    const struct code_operand *operand = operand_at(from, target->value);
    const bool is_call = operand->kind == CODE_CALL;
    if (!is_call || operand->op == CODE_OP_IF_NOT_EXISTS) return plain_value(from, operand, out);

    struct value pair[2] = {{0}};
    const struct code_operand *first = operand_at(from, operand->first);
    TRY(plain_value(from, first, &pair[0]));
    TRY(plain_value(from, operand_at(from, first->next), &pair[1]));
    if (operand->op == CODE_OP_LIST_APPEND) return append(from, pair, out);
    return sum(from, (code_op)operand->op, pair, out);
}

static struct value operand_of(const struct set_value *from, const struct code_target *target)
{
    const struct code_operand *operand = operand_at(from, target->value);
    assert(operand->kind == CODE_VALUE);
    return from->expr->values[operand->first];
}

status set_value_added(const struct set_value *from, const struct code_target *target,
                       struct value old, struct value *out)
{
    const struct value added = operand_of(from, target);
    if (old.type == VALUE_NONE) {
        *out = added;
        return ST_OK;
    }
    if (old.type != added.type) return fail_type(from);
    const struct value pair[2] = {old, added};
    if (added.type == VALUE_N) return sum(from, CODE_OP_PLUS, pair, out);
    if (added.type == VALUE_L) return append(from, pair, out); /* of AttributeUpdates only */
    return merge(from, pair, false, out);
}

status set_value_deleted(const struct set_value *from, const struct code_target *target,
                         struct value old, struct value *out)
{
    const struct value deleted = operand_of(from, target);
    *out = (struct value){0};
    if (old.type == VALUE_NONE) return ST_OK;
    if (old.type != deleted.type) return fail_type(from);
    struct value left = {0};
    TRY(merge(from, (const struct value[]){old, deleted}, true, &left));
    if (value_count(left) > 0) *out = left; /* there are no empty sets */
    return ST_OK;
}
