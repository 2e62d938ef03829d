/* explain.c -- which tests of a condition decided, and what they saw.
 *
 * Judging follows the jumps of the code (code.h) from test to test: the way. To be on the way is
 * not to have decided:
 *
 *     (a = :x OR b = :y) AND c = :z     a false, b true, c false
 *
 *     0  a = :x   holds: 2        fails: 1
 *     1  b = :y   holds: 2        fails: CODE_NO
 *     2  c = :z   holds: CODE_YES fails: CODE_NO      only c decided
 *
 * A test on the way decided if the answer could have been the other one had this test, and it
 * alone of those on the way, turned out otherwise. From where its other jump leads, can the other
 * answer be reached? A test on the way leads to the answer that was given; one beside the way was
 * not judged and may lead either way. Jumps lead forward only (C1), so one loop backwards over the
 * tests knows it of each.
 *
 * D1  The tests that decided make the answer what it is, whatever all others are.
 * D2  Without any one of them this is not so: none is told of that does not matter.
 * D3  A test is judged by expr_holds itself, as a condition of its own, so an explanation cannot
 *     contradict the answer that it explains.
 *
 * Texts are written from the code and not cut out of the source, which is the same but for blanks,
 * parentheses and the case of words, and is there for old parameters as well, which have no text.
 */
#include <assert.h>
#include <stdio.h>

#include "expr/judge.h"

/* How a test turned out; beside the way it was not judged. */
enum { BESIDE = 0, HELD = 1, FAILED = 2 };

struct explain {
    const struct expr *expr;
    const struct item *item; /* or NULL */
    struct value map;        /* its attributes, or none */
    struct arena *arena;
    uint8_t *turns;    /* of each test */
    bool *can_turn;    /* from each test: can the other answer be reached? */
    uint16_t *decided; /* the tests that did */
    uint32_t decided_count;
    bool holds;
};

static const struct code_operand *operand_at(const struct explain *e, uint16_t index)
{
    return &e->expr->code->operands[index];
}

/* ---- which tests decided */

/* D3 */
static bool test_holds(const struct explain *e, const struct code_test *test)
{
    struct code_test alone = *test;
    alone.on_true = CODE_YES;
    alone.on_false = CODE_NO;
    struct expr_code code = *e->expr->code;
    code.tests = &alone;
    code.test_count = 1;
    struct expr expr = *e->expr;
    expr.code = &code;
    return expr_holds(&expr, e->item);
}

static void follow_way(struct explain *e)
{
    const struct expr_code *code = e->expr->code;
    uint16_t at = 0;
    while (at < code->test_count) {
        const bool held = test_holds(e, &code->tests[at]);
        e->turns[at] = held ? HELD : FAILED;
        at = held ? code->tests[at].on_true : code->tests[at].on_false;
    }
    e->holds = at == CODE_YES;
}

/* Can the other answer be reached from where a jump leads? */
static bool can_turn_from(const struct explain *e, uint16_t target)
{
    if (target == CODE_YES) return !e->holds;
    if (target == CODE_NO) return e->holds;
    return e->can_turn[target];
}

static void find_decided(struct explain *e)
{
    const struct expr_code *code = e->expr->code;
    for (uint16_t i = code->test_count; i > 0; i--) {
        const struct code_test *test = &code->tests[i - 1];
        if (e->turns[i - 1] == BESIDE)
            e->can_turn[i - 1] =
                can_turn_from(e, test->on_true) || can_turn_from(e, test->on_false);
    }
    for (uint16_t i = 0; i < code->test_count; i++) {
        const struct code_test *test = &code->tests[i];
        if (e->turns[i] == BESIDE) continue;
        const uint16_t other = e->turns[i] == HELD ? test->on_false : test->on_true;
        if (can_turn_from(e, other)) e->decided[e->decided_count++] = i;
    }
    assert(e->decided_count > 0);
}

static void list_all(struct explain *e)
{
    for (uint16_t i = 0; i < e->expr->code->test_count; i++) e->decided[e->decided_count++] = i;
}

/* ---- texts */

/* A text of at most EXPR_TEXT_BYTES; of a longer one the beginning. */
struct line {
    struct buf buf;
    bool cut;
};

static void put(struct line *line, struct span text)
{
    if (line->cut) return;
    const struct excerpt part = excerpt_text(text, EXPR_TEXT_BYTES - line->buf.len);
    buf_put(&line->buf, part.text);
    line->cut = part.cut;
}

static void put_text(struct line *line, const char *text)
{
    put(line, span_of(text));
}

static status end_line(const struct line *line, struct excerpt *out)
{
    *out = (struct excerpt){buf_view(&line->buf), line->cut};
    return buf_status(&line->buf);
}

static struct line begin_line(const struct explain *e)
{
    struct line line = {.cut = false};
    buf_init(&line.buf, arena_mem(e->arena), EXPR_TEXT_BYTES);
    return line;
}

/* What stands before `byte` in the name of a path, so that it is none of the path's own signs. */
static bool needs_backslash(uint8_t byte)
{
    return byte == '.' || byte == '[' || byte == ']' || byte == ',' || byte == ':' || byte == '\\';
}

static void put_name(struct line *line, struct span name)
{
    size_t begun = 0;
    for (size_t i = 0; i < name.len && !line->cut; i++) {
        if (!needs_backslash(name.ptr[i])) continue;
        put(line, span_drop(span_take(name, i), begun));
        put_text(line, "\\");
        begun = i;
    }
    put(line, span_drop(name, begun));
}

static void put_index(struct line *line, uint32_t index)
{
    char text[16];
    (void)snprintf(text, sizeof text, "[%u]", index);
    put_text(line, text);
}

/* A path with names in place, or as it is written: of an old parameter that is the same. */
static void put_path(struct line *line, const struct explain *e, const struct code_operand *path,
                     bool in_place)
{
    const struct code_step *steps = code_path(e->expr->code, path);
    for (uint16_t i = 0; i < path->count; i++) {
        if (steps[i].kind == CODE_STEP_INDEX) {
            put_index(line, steps[i].index);
            continue;
        }
        if (i > 0) put_text(line, ".");
        if (steps[i].kind == CODE_STEP_PLACEHOLDER && !in_place)
            put(line, e->expr->code->names[steps[i].index]);
        else
            put_name(line, code_step_name(e->expr, &steps[i]));
    }
}

/* The path or value within any number of calls of size(). */
static const struct code_operand *innermost(const struct explain *e,
                                            const struct code_operand *operand, uint32_t *calls)
{
    for (*calls = 0; operand->kind == CODE_CALL; (*calls)++)
        operand = operand_at(e, operand->first);
    return operand;
}

static void put_operand(struct line *line, const struct explain *e,
                        const struct code_operand *operand)
{
    const struct expr_code *code = e->expr->code;
    uint32_t calls = 0;
    const struct code_operand *plain = innermost(e, operand, &calls);
    for (uint32_t i = 0; i < calls; i++) put_text(line, "size(");
    if (plain->kind == CODE_PATH)
        put_path(line, e, plain, false);
    else if (code->values == NULL)
        put_text(line, "?"); /* there is no text that names it */
    else
        put(line, code->values[plain->first]);
    for (uint32_t i = 0; i < calls; i++) put_text(line, ")");
}

/* Operands from `operand` on, separated by `between`. */
static void put_list(struct line *line, const struct explain *e, uint16_t operand,
                     const char *between)
{
    for (bool is_first = true; operand != CODE_NONE && !line->cut; is_first = false) {
        if (!is_first) put_text(line, between);
        put_operand(line, e, operand_at(e, operand));
        operand = operand_at(e, operand)->next;
    }
}

static void put_test(struct line *line, const struct explain *e, const struct code_test *test)
{
    const struct code_op_info *info = code_op_info((code_op)test->op);
    const bool is_call = info->use != CODE_USE_OPERATOR;
    const bool is_in = test->op == CODE_OP_IN;
    if (is_call) {
        put_text(line, info->text);
        put_text(line, "(");
        put_list(line, e, test->first, ", ");
        put_text(line, ")");
        return;
    }
    put_operand(line, e, operand_at(e, test->first));
    put_text(line, " ");
    put_text(line, info->text);
    put_text(line, is_in ? " (" : " ");
    put_list(line, e, operand_at(e, test->first)->next, is_in ? ", " : " AND ");
    if (is_in) put_text(line, ")");
}

/* ---- what a test saw */

static status see(const struct explain *e, const struct code_operand *operand,
                  struct expr_seen *seen)
{
    uint32_t calls = 0;
    struct number room;
    struct line line = begin_line(e);
    const struct code_operand *plain = innermost(e, operand, &calls);
    put_operand(&line, e, operand);
    TRY(end_line(&line, &seen->text));
    if (plain->kind == CODE_PATH) {
        line = begin_line(e);
        put_path(&line, e, plain, true);
        TRY(end_line(&line, &seen->path));
    }
    seen->value = judge_operand(e->expr, operand, e->map, &room);
    if (seen->value.type == VALUE_NONE) return ST_OK;
    seen->bytes = value_size(seen->value);
    return excerpt_value(&seen->value, EXPR_VALUE_BYTES, e->arena, &seen->cut);
}

static status tell_test(const struct explain *e, uint16_t index, struct expr_reason *out)
{
    const struct code_test *test = &e->expr->code->tests[index];
    const uint32_t count = test->count < EXPR_SEEN_MAX ? test->count : EXPR_SEEN_MAX;
    struct expr_seen *seen = arena_new_array(e->arena, count, struct expr_seen);
    struct line line = begin_line(e);
    if (seen == NULL) return ST_NO_MEMORY;
    put_test(&line, e, test);
    TRY(end_line(&line, &out->text));
    uint16_t operand = test->first;
    for (uint32_t i = 0; i < count; i++) {
        TRY(see(e, operand_at(e, operand), &seen[i]));
        operand = operand_at(e, operand)->next;
    }
    out->op = code_op_info((code_op)test->op)->text;
    out->held = e->turns[index] == HELD;
    out->seen = seen;
    out->seen_count = count;
    out->unseen_count = test->count - count;
    return ST_OK;
}

/* ---- all of it */

static status begin(struct explain *e, const struct expr *condition, struct arena *arena)
{
    const uint16_t count = condition->code->test_count;
    assert(count > 0);
    e->expr = condition;
    e->arena = arena;
    e->turns = arena_new_array(arena, count, uint8_t);
    e->can_turn = arena_new_array(arena, count, bool);
    e->decided = arena_new_array(arena, count, uint16_t);
    const bool made = e->turns != NULL && e->can_turn != NULL && e->decided != NULL;
    return made ? ST_OK : ST_NO_MEMORY;
}

static status tell(const struct explain *e, struct expr_explanation *out)
{
    const uint32_t count =
        e->decided_count < EXPR_REASONS_MAX ? e->decided_count : EXPR_REASONS_MAX;
    struct expr_reason *reasons = arena_new_array(e->arena, count, struct expr_reason);
    if (reasons == NULL) return ST_NO_MEMORY;
    for (uint32_t i = 0; i < count; i++) TRY(tell_test(e, e->decided[i], &reasons[i]));
    *out = (struct expr_explanation){
        .holds = e->holds,
        .has_item = e->item != NULL,
        .reasons = reasons,
        .reason_count = count,
        .left_out = e->decided_count - count,
    };
    return ST_OK;
}

status expr_explain(const struct expr *condition, const struct item *item, struct arena *arena,
                    struct expr_explanation *out)
{
    struct explain e = {.item = item, .map = {.type = VALUE_M}};
    if (item != NULL) e.map = item->attributes;
    TRY(begin(&e, condition, arena));
    follow_way(&e);
    find_decided(&e);
    return tell(&e, out);
}

status expr_describe(const struct expr *condition, struct arena *arena,
                     struct expr_explanation *out)
{
    struct explain e = {.map = {.type = VALUE_M}};
    TRY(begin(&e, condition, arena));
    list_all(&e);
    return tell(&e, out);
}
