/* expr_build.c -- see expr_build.h.
 *
 * What is open is a stack of at most OPEN_MAX frames: a test or target, and the calls within it.
 * Each knows its last operand so far, to which the next one is linked. The parts of a condition are
 * a stack of fragments, so that a writer who walks a tree says an operator after its operands and
 * keeps nothing himself.
 */
#include "expr/expr_build.h"

#include <assert.h>

#include "base/limits.h"
#include "expr/check.h"
#include "expr/fragment.h"
#include "expr/path_set.h"

static_assert((int)EXPR_SET == (int)CODE_SET, "one numbering");
static_assert((int)EXPR_REMOVE == (int)CODE_REMOVE, "one numbering");
static_assert((int)EXPR_ADD == (int)CODE_ADD, "one numbering");
static_assert((int)EXPR_DELETE == (int)CODE_DELETE, "one numbering");
static_assert((int)EXPR_PICK == (int)CODE_PROJECT, "one numbering");

enum { OPEN_MAX = 4 };

/* A test, call or target that takes operands. */
struct open {
    uint16_t call; /* its operand, or CODE_NONE: a test or target */
    uint16_t first;
    uint16_t last;
    uint16_t count;
};

struct expr_build {
    struct expr_build_room room;
    struct expr_code code;
    struct code_target *targets;
    struct code_test *tests;
    struct code_operand *operands;
    struct code_step *steps;
    struct value *values;
    struct fragment *parts;
    size_t part_count;
    struct open open[OPEN_MAX];
    size_t open_count;
    code_op op; /* of the open test */
    uint16_t slots[CODE_SLOTS];
    uint8_t slot_count;
    struct arena *arena;
};

status expr_build_begin(struct arena *arena, expr_kind kind, const struct expr_build_room *room,
                        struct expr_build **out, struct error *err)
{
    assert(room->operands < CODE_NO);
    assert(room->tests < CODE_NO / 2);
    struct expr_build *b = arena_new(arena, struct expr_build);
    if (b == NULL) return FAIL_PLAIN(err, ST_NO_MEMORY);
    b->room = *room;
    b->arena = arena;
    b->code = (struct expr_code){.kind = kind, .is_built = true};
    b->targets = arena_new_array(arena, room->targets + 1, struct code_target);
    b->tests = arena_new_array(arena, room->tests + 1, struct code_test);
    b->parts = arena_new_array(arena, room->tests + 1, struct fragment);
    b->operands = arena_new_array(arena, room->operands + 1, struct code_operand);
    b->steps = arena_new_array(arena, room->steps + 1, struct code_step);
    b->values = arena_new_array(arena, room->values + 1, struct value);
    const bool made = b->targets != NULL && b->tests != NULL && b->parts != NULL &&
                      b->operands != NULL && b->steps != NULL && b->values != NULL;
    if (!made) return FAIL_PLAIN(err, ST_NO_MEMORY);
    *out = b;
    return ST_OK;
}

/* ---- Operands ---- */

static struct open *top(struct expr_build *b)
{
    assert(b->open_count > 0);
    return &b->open[b->open_count - 1];
}

static void push_open(struct expr_build *b, uint16_t call)
{
    assert(b->open_count < OPEN_MAX);
    b->open[b->open_count++] =
        (struct open){.call = call, .first = CODE_NONE, .last = CODE_NONE, .count = 0};
}

/* Write the next operand of what is open. */
static uint16_t push_operand(struct expr_build *b, struct code_operand operand)
{
    assert(b->code.operand_count < b->room.operands); /* B2 */
    const uint16_t index = b->code.operand_count++;
    struct open *open = top(b);
    operand.next = CODE_NONE;
    b->operands[index] = operand;
    if (open->last == CODE_NONE) {
        open->first = index;
    } else {
        b->operands[open->last].next = index;
    }
    open->last = index;
    open->count++;
    return index;
}

/* The slot of a path whose first step is `first`. */
static uint8_t slot_of(struct expr_build *b, uint16_t first)
{
    for (uint8_t i = 0; i < b->slot_count; i++) {
        if (span_eq(b->steps[b->slots[i]].name, b->steps[first].name)) return i;
    }
    if (b->slot_count == CODE_SLOTS) return CODE_SLOTS;
    b->slots[b->slot_count] = first;
    return b->slot_count++;
}

void expr_build_path(struct expr_build *build, const struct expr_step *steps, uint16_t count)
{
    const uint16_t first = build->code.step_count;
    assert(count > 0);
    assert(count <= LIMIT_PATH_DEPTH);
    assert(!steps[0].is_index);
    assert(first + (size_t)count <= build->room.steps); /* B2 */
    for (uint16_t i = 0; i < count; i++) {
        build->steps[first + i] =
            (struct code_step){.name = steps[i].name,
                               .index = steps[i].index,
                               .kind = steps[i].is_index ? CODE_STEP_INDEX : CODE_STEP_NAME};
    }
    build->code.step_count = (uint16_t)(first + count);
    (void)push_operand(
        build, (struct code_operand){
                   .kind = CODE_PATH, .op = slot_of(build, first), .first = first, .count = count});
}

void expr_build_value(struct expr_build *build, struct value value)
{
    assert(value.type != VALUE_NONE);
    assert(build->code.value_count < build->room.values); /* B2 */
    const uint16_t at = build->code.value_count++;
    build->values[at] = value;
    (void)push_operand(build, (struct code_operand){.kind = CODE_VALUE, .first = at});
}

void expr_build_call(struct expr_build *build, code_op op)
{
    const uint16_t call =
        push_operand(build, (struct code_operand){.kind = CODE_CALL, .op = (uint8_t)op});
    push_open(build, call);
}

void expr_build_call_end(struct expr_build *build)
{
    const struct open *open = top(build);
    assert(open->call != CODE_NONE);
    build->operands[open->call].first = open->first;
    build->operands[open->call].count = open->count;
    build->open_count--;
}

/* ---- Conditions ---- */

void expr_build_test(struct expr_build *build, code_op op)
{
    assert(build->open_count == 0);
    build->op = op;
    push_open(build, CODE_NONE);
}

void expr_build_test_end(struct expr_build *build)
{
    const struct open *open = top(build);
    assert(build->open_count == 1);
    assert(build->code.test_count < build->room.tests); /* B2 */
    const uint16_t index = build->code.test_count++;
    const uint16_t begin = open->first == CODE_NONE ? build->code.operand_count : open->first;
    build->tests[index] = (struct code_test){.op = (uint16_t)build->op,
                                             .first = open->first,
                                             .count = open->count,
                                             .begin = begin,
                                             .end = build->code.operand_count};
    build->parts[build->part_count++] = fragment_of(build->tests, index);
    build->open_count--;
}

void expr_build_and(struct expr_build *build)
{
    assert(build->part_count >= 2);
    struct fragment *a = &build->parts[build->part_count - 2];
    assert(a[0].first < a[1].first); /* B1 */
    a[0] = fragment_and(build->tests, a[0], a[1]);
    build->part_count--;
}

void expr_build_or(struct expr_build *build)
{
    assert(build->part_count >= 2);
    struct fragment *a = &build->parts[build->part_count - 2];
    assert(a[0].first < a[1].first); /* B1 */
    a[0] = fragment_or(build->tests, a[0], a[1]);
    build->code.has_or = true;
    build->part_count--;
}

void expr_build_not(struct expr_build *build)
{
    assert(build->part_count >= 1);
    struct fragment *part = &build->parts[build->part_count - 1];
    *part = fragment_not(*part);
    build->code.has_not = true;
}

/* ---- Targets ---- */

void expr_build_target(struct expr_build *build, expr_section section)
{
    assert(build->open_count == 0);
    assert(build->code.target_count < build->room.targets); /* B2 */
    build->targets[build->code.target_count] = (struct code_target){.section = (uint16_t)section};
    push_open(build, CODE_NONE);
}

/* ADD and DELETE have a value of a type that they take. */
static bool fits_section(const struct expr_build *b, const struct code_target *target)
{
    if (target->section != CODE_ADD && target->section != CODE_DELETE) return true;
    if (target->value == CODE_NONE || b->operands[target->value].kind != CODE_VALUE) return false;
    const value_type type = b->values[b->operands[target->value].first].type;
    return value_is_set(type) || (target->section == CODE_ADD && type == VALUE_N);
}

void expr_build_target_end(struct expr_build *build)
{
    const struct open *open = top(build);
    struct code_target *target = &build->targets[build->code.target_count++];
    assert(build->open_count == 1);
    assert(open->count >= 1);
    assert(open->count <= 2);
    assert(build->operands[open->first].kind == CODE_PATH);
    target->path = open->first;
    target->value = build->operands[open->first].next;
    target->end = build->code.operand_count;
    assert(fits_section(build, target));
    build->operands[open->first].next = CODE_NONE;
    build->open_count--;
}

/* ---- The end ---- */

static status check_all(struct check *c)
{
    const struct expr_code *code = c->expr->code;
    for (uint16_t i = 0; i < code->test_count; i++) TRY(check_test(c, &code->tests[i]));
    for (uint16_t i = 0; i < code->target_count; i++) {
        const uint16_t begin = (uint16_t)(code->targets[i].path + 1);
        TRY(check_call_counts(c, begin, code->targets[i].end));
        TRY(check_calls(c, begin, code->targets[i].end));
    }
    return ST_OK;
}

status expr_build_end(struct expr_build *build, const struct expr **out, struct error *err)
{
    assert(build->open_count == 0);
    assert(build->code.target_count > 0 || build->part_count == 1);
    struct expr *expr = arena_new(build->arena, struct expr);
    if (expr == NULL) return FAIL_PLAIN(err, ST_NO_MEMORY);
    if (build->part_count == 1) fragment_close(build->tests, build->parts[0]);
    build->code.targets = build->targets;
    build->code.tests = build->tests;
    build->code.operands = build->operands;
    build->code.steps = build->steps;
    *expr = (struct expr){.code = &build->code, .values = build->values};

    struct check check = {.arena = build->arena, .expr = expr, .values = build->values, .err = err};
    TRY(check_all(&check));
    if (build->code.target_count > 0) TRY(path_set_sort(expr, build->arena, &expr->order, err));
    *out = expr;
    return ST_OK;
}

bool expr_is_built(const struct expr *expr)
{
    return expr->code->is_built;
}
