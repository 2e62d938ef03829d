/* update.c -- apply an update expression to an item.
 *
 * U1  Every action sees the item as it was: `SET a = b, b = a` swaps, and
 *     `REMOVE l[0] SET l[3] = :v` counts both indexes before anything moved.
 * U2  First all results are worked out, in the text's order: values to SET, then for each
 *     action whether its place exists, and what ADD and DELETE make of it. Only then is
 *     anything built, and nothing can be wrong any more.
 * U3  The new item is built from the old one by walking it beside the sorted targets
 *     (path_set.h): what no path touches is copied as bytes, and names stay sorted (value.h, V1).
 *
 * The recursion follows the paths, which have at most LIMIT_PATH_DEPTH steps.
 */
#include <assert.h>

#include "base/limits.h"
#include "expr/path_set.h"
#include "expr/set_value.h"

/* An update under way. */
struct update {
    struct set_value from;
    struct value *results; /* of each target; VALUE_NONE: nothing is there afterwards */
    uint64_t bytes;        /* of the values to SET so far, as they are stored */
    uint64_t size;         /* DynamoDB's size of the first `sized` results */
    uint16_t sized;
};

/* ---- Results ---- */

/* All results stand in the item side by side, so what they take, it takes: one that is too large is
 * refused before the next is made. What is stored takes more bytes than its size says (a number of
 * one digit a few, against two), so sizes are worked out only where there are many. */
static status check_room(struct update *u, uint16_t count)
{
    if (u->bytes <= LIMIT_ITEM_BYTES) return ST_OK;
    for (; u->sized < count; u->sized++)
        if (u->results[u->sized].type != VALUE_NONE) u->size += value_size(u->results[u->sized]);
    if (u->size <= LIMIT_ITEM_BYTES) return ST_OK;
    return FAIL(u->from.err, ST_VALIDATION,
                "Item size to update has exceeded the maximum allowed size");
}

static status assign_all(struct update *u)
{
    const struct expr_code *code = u->from.expr->code;
    for (uint16_t i = 0; i < code->target_count; i++) {
        const struct code_target *target = &code->targets[i];
        if (target->section != CODE_SET) continue;
        TRY(set_value_assigned(&u->from, target, &u->results[i]));
        u->bytes += u->results[i].body.len;
        TRY(check_room(u, i + 1));
    }
    return ST_OK;
}

/* The last step of a path must lead out of a map or list that is there. */
static status check_parent(const struct update *u, const struct code_operand *path)
{
    if (path->count == 1) return ST_OK;
    const struct expr *expr = u->from.expr;
    const struct code_step *last = &code_path(expr->code, path)[path->count - 1];
    struct code_operand parent = *path;
    parent.count--;
    const value_type type = code_find(expr, &parent, u->from.before).type;
    if (type == (last->kind == CODE_STEP_INDEX ? VALUE_L : VALUE_M)) return ST_OK;
    return FAIL(u->from.err, ST_VALIDATION,
                "The document path provided in the update expression is invalid for update");
}

/* The item is the first level, and each step of a path leads one level down. */
static status check_nesting(const struct update *u, const struct code_operand *path,
                            struct value result)
{
    if (result.type != VALUE_L && result.type != VALUE_M) return ST_OK;
    if (path->count + value_depth(result) <= LIMIT_NESTING) return ST_OK;
    return FAIL(u->from.err, ST_VALIDATION,
                "Nesting Levels have exceeded supported limits: Attributes in the item have nested "
                "levels beyond supported limit");
}

static status work_out(struct update *u, uint16_t number)
{
    const struct expr_code *code = u->from.expr->code;
    const struct code_target *target = &code->targets[number];
    const struct code_operand *path = &code->operands[target->path];
    struct value *result = &u->results[number];
    TRY(check_parent(u, path));
    switch ((code_section)target->section) {
    case CODE_SET:
        return check_nesting(u, path, *result);
    case CODE_ADD:
        return set_value_added(&u->from, target, code_find(u->from.expr, path, u->from.before),
                               result);
    case CODE_DELETE:
        return set_value_deleted(&u->from, target, code_find(u->from.expr, path, u->from.before),
                                 result);
    case CODE_REMOVE:
        return ST_OK;
    case CODE_PROJECT:
        break;
    }
    assert(false);
    return ST_INTERNAL;
}

static status work_out_all(struct update *u)
{
    const struct expr *expr = u->from.expr;
    u->results = arena_new_array(u->from.arena, expr->code->target_count, struct value);
    if (u->results == NULL) return FAIL_PLAIN(u->from.err, ST_NO_MEMORY);
    TRY(assign_all(u));
    for (uint16_t i = 0; i < expr->code->target_count; i++) TRY(work_out(u, i));
    return ST_OK;
}

/* ---- Building ---- */

static status rebuild(const struct update *u, struct path_set set, struct value old,
                      struct value *out);

/* What becomes of `old` (VALUE_NONE: nothing there), to which the targets of `set` lead. */
static status change(const struct update *u, struct path_set set, struct value old,
                     struct value *out)
{
    uint32_t target = 0;
    if (!path_set_ends(&set, &target)) return rebuild(u, set, old, out);
    *out = u->results[target];
    return ST_OK;
}

/* A map or list being written beside the walk of the one it was. */
struct copy {
    struct value_cursor cursor;
    bool more; /* is there an attribute or element `value` yet to be copied? */
    struct span name;
    struct value value;
    uint32_t index;
    struct buf to;
    uint32_t count;
};

static void step_attribute(struct copy *copy)
{
    copy->more = value_next_attribute(&copy->cursor, &copy->name, &copy->value);
}

static void step_element(struct copy *copy)
{
    copy->more = value_next_element(&copy->cursor, &copy->value);
    copy->index++;
}

static void put_attribute(struct copy *copy, struct span name, struct value value)
{
    if (value.type == VALUE_NONE) return;
    value_write_attribute(&copy->to, name, value);
    copy->count++;
}

static void put_element(struct copy *copy, struct value value)
{
    if (value.type == VALUE_NONE) return;
    value_write_element(&copy->to, value);
    copy->count++;
}

/* Write a map with the changes of `set`. */
static status write_attributes(const struct update *u, struct path_set set, struct copy *copy)
{
    for (step_attribute(copy); set.count > 0;) {
        const struct path_set next = path_set_take(&set);
        const struct span name = code_step_name(next.expr, path_set_step(&next));
        for (; copy->more && span_compare(copy->name, name) < 0; step_attribute(copy))
            put_attribute(copy, copy->name, copy->value);
        const bool found = copy->more && span_eq(copy->name, name);
        struct value result = {0};
        TRY(change(u, next, found ? copy->value : (struct value){0}, &result));
        put_attribute(copy, name, result);
        if (found) step_attribute(copy);
    }
    for (; copy->more; step_attribute(copy)) put_attribute(copy, copy->name, copy->value);
    return ST_OK;
}

/* Write a list with the changes of `set`; what is set past its end is appended in order. */
static status write_elements(const struct update *u, struct path_set set, struct copy *copy)
{
    copy->more = value_next_element(&copy->cursor, &copy->value);
    while (set.count > 0) {
        const struct path_set next = path_set_take(&set);
        const uint32_t index = path_set_step(&next)->index;
        for (; copy->more && copy->index < index; step_element(copy))
            put_element(copy, copy->value);
        struct value result = {0};
        TRY(change(u, next, copy->more ? copy->value : (struct value){0}, &result));
        put_element(copy, result);
        if (copy->more) step_element(copy);
    }
    for (; copy->more; step_element(copy)) put_element(copy, copy->value);
    return ST_OK;
}

/* Build `old` anew with the changes of `set`. */
static status rebuild(const struct update *u, struct path_set set, struct value old,
                      struct value *out)
{
    assert(set.depth < LIMIT_PATH_DEPTH);
    assert(old.type == (path_set_indexes(&set) ? VALUE_L : VALUE_M)); /* check_parent */
    struct copy copy = {.cursor = value_walk(old)};
    buf_init(&copy.to, arena_mem(u->from.arena), SIZE_MAX / 2);
    if (buf_reserve(&copy.to, old.body.len) == NULL) /* most of it stays */
        return FAIL_PLAIN(u->from.err, ST_NO_MEMORY);
    const size_t begun = value_write_begin(&copy.to);
    if (old.type == VALUE_L) {
        TRY(write_elements(u, set, &copy));
    } else {
        TRY(write_attributes(u, set, &copy));
    }
    value_write_end(&copy.to, begun, copy.count);
    TRY_PLAIN(u->from.err, buf_status(&copy.to));
    *out = (struct value){old.type, buf_view(&copy.to)};
    return ST_OK;
}

status expr_update(const struct expr *update, struct value before, struct arena *arena,
                   struct value *after, struct error *err)
{
    assert(update->code->kind == EXPR_UPDATE);
    assert(before.type == VALUE_M);
    struct update u = {
        .from = {.expr = update, .before = before, .arena = arena, .err = err}
    };
    TRY(work_out_all(&u));
    return rebuild(&u, path_set_all(update), before, after);
}
