/* path_set.c -- see path_set.h.
 *
 * Overlaps are found among neighbours of the sorted order, in n log n. Only when there is one is
 * the text gone through again, pair by pair, for the pair that DynamoDB would name.
 */
#include "expr/path_set.h"

#include <assert.h>

#include "base/limits.h"
#include "base/sort.h"

static const struct code_operand *path_of(const struct expr *expr, uint32_t target)
{
    return &expr->code->operands[expr->code->targets[target].path];
}

static int compare_steps(const struct expr *expr, const struct code_step *a,
                         const struct code_step *b)
{
    const bool a_index = a->kind == CODE_STEP_INDEX;
    const bool b_index = b->kind == CODE_STEP_INDEX;
    if (a_index != b_index) return a_index ? -1 : 1;
    if (a_index) return (a->index > b->index) - (a->index < b->index);
    return span_compare(code_step_name(expr, a), code_step_name(expr, b));
}

/* How many steps the paths of targets `a` and `b` share. */
static uint16_t shared_steps(const struct expr *expr, uint32_t a, uint32_t b)
{
    const struct code_operand *x = path_of(expr, a);
    const struct code_operand *y = path_of(expr, b);
    const struct code_step *xs = code_path(expr->code, x);
    const struct code_step *ys = code_path(expr->code, y);
    const uint16_t shorter = x->count < y->count ? x->count : y->count;
    uint16_t n = 0;
    while (n < shorter && code_step_eq(expr, &xs[n], &ys[n])) n++;
    return n;
}

static int compare_paths(const void *ctx, uint32_t a, uint32_t b)
{
    const struct expr *expr = ctx;
    const struct code_operand *x = path_of(expr, a);
    const struct code_operand *y = path_of(expr, b);
    const uint16_t n = shared_steps(expr, a, b);
    if (n == x->count || n == y->count) return (int)x->count - (int)y->count;
    return compare_steps(expr, &code_path(expr->code, x)[n], &code_path(expr->code, y)[n]);
}

static bool overlaps(const struct expr *expr, uint32_t a, uint32_t b)
{
    const uint16_t n = shared_steps(expr, a, b);
    return n == path_of(expr, a)->count || n == path_of(expr, b)->count;
}

static bool conflicts(const struct expr *expr, uint32_t a, uint32_t b)
{
    if (overlaps(expr, a, b)) return false;
    const uint16_t n = shared_steps(expr, a, b);
    const struct code_step *x = &code_path(expr->code, path_of(expr, a))[n];
    const struct code_step *y = &code_path(expr->code, path_of(expr, b))[n];
    return (x->kind == CODE_STEP_INDEX) != (y->kind == CODE_STEP_INDEX);
}

typedef bool(clash_test)(const struct expr *expr, uint32_t a, uint32_t b);

static bool any_neighbours(const struct expr *expr, const uint32_t *order, clash_test *clash)
{
    for (size_t i = 1; i < expr->code->target_count; i++) {
        if (clash(expr, order[i - 1], order[i])) return true;
    }
    return false;
}

/* Name the first path in the text that clashes with one before it, and that one. */
static status fail_clash(const struct expr *expr, struct arena *arena, clash_test *clash,
                         struct error *err)
{
    const uint32_t count = expr->code->target_count;
    uint32_t two = 1;
    uint32_t one = 0;
    while (two < count && !clash(expr, one, two)) {
        one++;
        if (one == two) {
            one = 0;
            two++;
        }
    }
    assert(two < count);
    return FAIL(err, ST_VALIDATION,
                "%sTwo document paths %s with each other; must remove or rewrite one of "
                "these paths; path one: %.*s, path two: %.*s",
                code_prefix(expr->code), clash == overlaps ? "overlap" : "conflict",
                SPAN_ARG(code_path_text(expr, path_of(expr, one), arena)),
                SPAN_ARG(code_path_text(expr, path_of(expr, two), arena)));
}

status path_set_sort(const struct expr *expr, struct arena *arena, const uint32_t **order,
                     struct error *err)
{
    const uint16_t count = expr->code->target_count;
    uint32_t *sorted = arena_new_array(arena, count, uint32_t);
    if (sorted == NULL) return FAIL_PLAIN(err, ST_NO_MEMORY);
    for (uint32_t i = 0; i < count; i++) sorted[i] = i;
    sort_numbers(sorted, count, compare_paths, expr);
    if (any_neighbours(expr, sorted, overlaps)) return fail_clash(expr, arena, overlaps, err);
    if (any_neighbours(expr, sorted, conflicts)) return fail_clash(expr, arena, conflicts, err);
    *order = sorted;
    return ST_OK;
}

/* ---- Ranges ---- */

struct path_set path_set_all(const struct expr *expr)
{
    return (struct path_set){.expr = expr, .at = expr->order, .count = expr->code->target_count};
}

static const struct code_step *step_at(const struct path_set *set, size_t i, uint16_t depth)
{
    const struct code_operand *path = path_of(set->expr, set->at[i]);
    assert(depth < path->count);
    return &code_path(set->expr->code, path)[depth];
}

struct path_set path_set_take(struct path_set *set)
{
    assert(set->count > 0);
    const struct code_step *first = step_at(set, 0, set->depth);
    size_t n = 1;
    while (n < set->count && code_step_eq(set->expr, first, step_at(set, n, set->depth))) n++;
    const struct path_set taken = {set->expr, set->at, n, (uint16_t)(set->depth + 1)};
    set->at += n;
    set->count -= n;
    return taken;
}

const struct code_step *path_set_step(const struct path_set *set)
{
    assert(set->depth > 0);
    return step_at(set, 0, (uint16_t)(set->depth - 1));
}

bool path_set_ends(const struct path_set *set, uint32_t *target)
{
    if (path_of(set->expr, set->at[0])->count != set->depth) return false;
    assert(set->count == 1); /* S1 */
    *target = set->at[0];
    return true;
}

bool path_set_indexes(const struct path_set *set)
{
    return step_at(set, 0, set->depth)->kind == CODE_STEP_INDEX;
}
