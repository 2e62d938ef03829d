/* conditions.c -- making conditions, judging them here, showing them. */
#include <assert.h>

#include "db/handout.h"
#include "db/literal.h"
#include "db/node.h"
#include "db/render.h"
#include "db/turn.h"

/* A condition or update that is wrong already carries its status and text until it is used. */
static stator_cond bad(const char *text)
{
    return (stator_cond){.op = STATOR_C_BAD_, .failed = ST_VALIDATION, .text = text};
}

/* ---- making */

stator_cond stator_cmp(stator_val left, stator_cop op, stator_val right)
{
    if (op < STATOR_C_EQ || op > STATOR_C_GE)
        return bad("stator_cmp takes the operators from STATOR_C_EQ to STATOR_C_GE");
    return (stator_cond){.op = (uint8_t)op, .left = left, .low = right};
}

/* A test on what is at `path`. */
static stator_cond test(stator_cop op, const char *path, stator_val operand)
{
    return (stator_cond){.op = (uint8_t)op, .left = stator_path(path), .low = operand};
}

stator_cond stator_eq(const char *path, stator_val v)
{
    return test(STATOR_C_EQ, path, v);
}

stator_cond stator_ne(const char *path, stator_val v)
{
    return test(STATOR_C_NE, path, v);
}

stator_cond stator_lt(const char *path, stator_val v)
{
    return test(STATOR_C_LT, path, v);
}

stator_cond stator_le(const char *path, stator_val v)
{
    return test(STATOR_C_LE, path, v);
}

stator_cond stator_gt(const char *path, stator_val v)
{
    return test(STATOR_C_GT, path, v);
}

stator_cond stator_ge(const char *path, stator_val v)
{
    return test(STATOR_C_GE, path, v);
}

stator_cond stator_between(const char *path, stator_val low, stator_val high)
{
    stator_cond c = test(STATOR_C_BETWEEN, path, low);
    c.high = high;
    return c;
}

stator_cond stator_exists(const char *path)
{
    return test(STATOR_C_EXISTS, path, stator_skip());
}

stator_cond stator_not_exists(const char *path)
{
    return test(STATOR_C_NOT_EXISTS, path, stator_skip());
}

stator_cond stator_is_type(const char *path, const char *type)
{
    return test(STATOR_C_TYPE, path, stator_s(type));
}

stator_cond stator_begins_with(const char *path, stator_val prefix)
{
    return test(STATOR_C_BEGINS, path, prefix);
}

stator_cond stator_contains(const char *path, stator_val part)
{
    return test(STATOR_C_CONTAINS, path, part);
}

static const char text_no_array[] = "a count was given, but no array";

stator_cond stator_one_of(const char *path, const stator_val *values, size_t count)
{
    if (values == NULL && count > 0) return bad(text_no_array);
    stator_cond c = test(STATOR_C_IN, path, stator_skip());
    c.args = values;
    c.count = literal_count(values, count);
    return c;
}

static stator_cond many(stator_cop op, const stator_cond *kids, size_t count)
{
    if (kids == NULL && count > 0) return bad(text_no_array);
    if (count == STATOR_COUNT_)
        for (count = 0; kids[count].op != STATOR_C_END_;) count++;
    return (stator_cond){.op = (uint8_t)op, .kids = kids, .count = count};
}

stator_cond stator_all(const stator_cond *kids, size_t count)
{
    return many(STATOR_C_AND, kids, count);
}

stator_cond stator_any(const stator_cond *kids, size_t count)
{
    return many(STATOR_C_OR, kids, count);
}

stator_cond stator_not_of(const stator_cond *kid)
{
    if (kid == NULL) return bad("stator_not_of was given no condition");
    return (stator_cond){.op = STATOR_C_NOT, .kids = kid, .count = 1};
}

stator_cond stator_always(void)
{
    return stator_all(NULL, 0);
}

stator_cond stator_never(void)
{
    return stator_any(NULL, 0);
}

stator_cond stator_exprv(const char *text, const stator_val *args, size_t count)
{
    if (args == NULL && count > 0) return bad(text_no_array);
    return (stator_cond){
        .op = STATOR_C_EXPR, .text = text, .args = args, .count = literal_count(args, count)};
}

stator_cond stator_expr0(const char *text)
{
    return stator_exprv(text, NULL, 0);
}

/* ---- judging */

/* Bind the text of a condition and judge it. */
static status judge(struct turn *turn, struct render *r, struct span text, const struct value *item,
                    bool *holds)
{
    struct expr_cache *cache = NULL;
    struct expr *expr = NULL;
    TRY(turn_cache(turn, &cache));
    TRY(render_scope(r));
    TRY(render_bind(r, cache, (struct expr_source){EXPR_CONDITION, text}, &expr));
    TRY(render_finish(r));
    const struct item judged = {.attributes = *item};
    *holds = expr_holds(expr, item->type != VALUE_NONE ? &judged : NULL);
    return ST_OK;
}

static status check(struct turn *turn, const stator_cond *condition, const stator_node *node,
                    bool *holds)
{
    const struct value item = node_value(node);
    struct render r;
    struct span text = {0};
    if (holds == NULL) return FAIL(&turn->err, ST_MISUSE, "stator_cond_check: `holds` is NULL");
    if (node != NULL && item.type != VALUE_M)
        return FAIL(&turn->err, ST_VALIDATION, "a condition is judged on an item or a map");
    render_begin(&r, &turn->scratch, STATOR_DEPTH, &turn->err);
    TRY(render_condition(&r, condition, &text));
    if (text.ptr == NULL) {
        *holds = true;
        return ST_OK;
    }
    const status st = judge(turn, &r, text, &item, holds);
    render_release(&r);
    return st;
}

stator_rc stator_cond_check(stator_cond condition, const stator_node *item, bool *holds)
{
    struct turn *turn = turn_begin();
    if (turn == NULL) return STATOR_E_NOMEM;
    return turn_end(turn, check(turn, &condition, item, holds));
}

/* ---- showing */

static status show(struct turn *turn, const stator_cond *condition, char **out)
{
    struct render r;
    struct span text = {0};
    render_begin(&r, &turn->scratch, STATOR_DEPTH, &turn->err);
    r.shown = true;
    TRY(render_condition(&r, condition, &text));
    *out = handout_of(text);
    return *out != NULL ? ST_OK : FAIL_PLAIN(&turn->err, ST_NO_MEMORY);
}

char *stator_cond_text(stator_cond condition)
{
    char *text = NULL;
    struct turn *turn = turn_begin();
    if (turn == NULL) return NULL;
    (void)turn_end(turn, show(turn, &condition, &text));
    return text;
}
