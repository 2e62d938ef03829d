/* render_condition.c -- the text of a condition.
 *
 *     and, or   joined by their word; in parentheses within the other one. Kids of the same kind
 *               join their parent's, so a tree of one operator needs no parentheses.
 *     not       NOT (…)
 *     a text    in parentheses within and, or, not, unless it stands in some already: DynamoDB
 *               refuses doubled ones
 *
 * DynamoDB has no words for true and false, which an and or or of nothing is. They are folded away
 * beforehand: what holds always is no text at all; what never holds becomes a contradiction.
 */
#include <assert.h>

#include "db/literal.h"
#include "db/render.h"

static const char text_never[] =
    "attribute_exists(stator_never) AND attribute_not_exists(stator_never)";

typedef enum truth {
    VARIES,
    ALWAYS,
    NEVER,
} truth;

/* Where a condition stands: alone or in parentheses, or a member of an and or or. */
typedef enum place {
    WHOLE = STATOR_C_NONE,
    IN_AND = STATOR_C_AND,
    IN_OR = STATOR_C_OR,
} place;

/* ---- true and false */

static status fail_kept(struct render *r, const stator_cond *c)
{
    if (c->text == NULL) return FAIL_PLAIN(r->err, ST_NO_MEMORY);
    return FAIL(r->err, (status)c->failed, "%s", c->text);
}

static status fail_empty(struct render *r)
{
    return FAIL(r->err, ST_VALIDATION,
                "an empty stator_cond stands in an and, or, not; stator_always() leaves a part "
                "out");
}

static status truth_of(struct render *r, const stator_cond *c, uint32_t depth, truth *out);

/* An and is false when any kid is, and true when all are; an or the other way round. */
static status truth_of_many(struct render *r, const stator_cond *c, uint32_t depth, truth *out)
{
    const truth decides = c->op == STATOR_C_AND ? NEVER : ALWAYS;
    const truth otherwise = c->op == STATOR_C_AND ? ALWAYS : NEVER;
    truth all = otherwise;
    if (c->count > 0 && depth == r->depth_max) return render_fail_deep(r);
    TRY(literal_lives(c->kids, c->count, sizeof *c->kids, r->err));
    for (size_t i = 0; i < c->count; i++) {
        truth kid = VARIES;
        TRY(truth_of(r, &c->kids[i], depth + 1, &kid));
        if (kid == decides) all = decides;
        if (kid == VARIES && all != decides) all = VARIES;
    }
    *out = all;
    return ST_OK;
}

static status truth_of_not(struct render *r, const stator_cond *c, uint32_t depth, truth *out)
{
    truth kid = VARIES;
    if (depth == r->depth_max) return render_fail_deep(r);
    TRY(literal_lives(c->kids, 1, sizeof *c->kids, r->err));
    TRY(truth_of(r, c->kids, depth + 1, &kid));
    *out = kid == VARIES ? VARIES : kid == ALWAYS ? NEVER : ALWAYS;
    return ST_OK;
}

/* `depth` is how many and, or, not are around `c`. */
static status truth_of(struct render *r, const stator_cond *c, uint32_t depth, truth *out)
{
    if (c->op == STATOR_C_AND || c->op == STATOR_C_OR) return truth_of_many(r, c, depth, out);
    if (c->op == STATOR_C_NOT) return truth_of_not(r, c, depth, out);
    if (c->op == STATOR_C_NONE) return fail_empty(r);
    if (c->op == STATOR_C_BAD_) return fail_kept(r, c);
    if (c->op >= STATOR_C_END_)
        return FAIL(r->err, ST_MISUSE, "%u is no operator of a condition", c->op);
    *out = VARIES;
    return literal_lives(c->args, c->count, sizeof *c->args, r->err);
}

/* Has the kid of an and or or a part in it? Its tree was looked at before, so this cannot fail. */
static bool is_live(struct render *r, const stator_cond *kid, uint32_t depth)
{
    truth t = VARIES;
    const status st = truth_of(r, kid, depth, &t);
    assert(st == ST_OK);
    return t == VARIES;
}

/* ---- leaves */

/* What stands around the operands: before, between left and low, between low and high, after. */
struct form {
    const char *before, *low, *high, *after;
};

static const struct form forms[] = {
    [STATOR_C_EQ] = {"",                      " = ",       NULL,    "" },
    [STATOR_C_NE] = {"",                      " <> ",      NULL,    "" },
    [STATOR_C_LT] = {"",                      " < ",       NULL,    "" },
    [STATOR_C_LE] = {"",                      " <= ",      NULL,    "" },
    [STATOR_C_GT] = {"",                      " > ",       NULL,    "" },
    [STATOR_C_GE] = {"",                      " >= ",      NULL,    "" },
    [STATOR_C_BETWEEN] = {"",                      " BETWEEN ", " AND ", "" },
    [STATOR_C_EXISTS] = {"attribute_exists(",     NULL,        NULL,    ")"},
    [STATOR_C_NOT_EXISTS] = {"attribute_not_exists(", NULL,        NULL,    ")"},
    [STATOR_C_TYPE] = {"attribute_type(",       ", ",        NULL,    ")"},
    [STATOR_C_BEGINS] = {"begins_with(",          ", ",        NULL,    ")"},
    [STATOR_C_CONTAINS] = {"contains(",             ", ",        NULL,    ")"},
};

static status put_leaf(struct render *r, const stator_cond *c, struct buf *to)
{
    const struct form *form = &forms[c->op];
    buf_put_text(to, form->before);
    TRY(render_operand(r, &c->left, to));
    if (form->low != NULL) {
        buf_put_text(to, form->low);
        TRY(render_operand(r, &c->low, to));
    }
    if (form->high != NULL) {
        buf_put_text(to, form->high);
        TRY(render_operand(r, &c->high, to));
    }
    buf_put_text(to, form->after);
    return ST_OK;
}

static status put_in(struct render *r, const stator_cond *c, struct buf *to)
{
    TRY(render_operand(r, &c->left, to));
    buf_put_text(to, " IN (");
    for (size_t i = 0; i < c->count; i++) {
        if (i > 0) buf_put_text(to, ", ");
        TRY(render_operand(r, &c->args[i], to));
    }
    buf_put_text(to, ")");
    return ST_OK;
}

/* ---- texts */

/* Does `text` begin with a "(" whose ")" ends it? */
static bool is_enclosed(const char *text)
{
    struct expr_pieces pieces = {.rest = span_of(text)};
    size_t open = 0;
    for (bool first = true;; first = false) {
        const struct expr_piece piece = expr_next_piece(&pieces);
        if (piece.kind == EXPR_PIECE_END) return !first && open == 0;
        if (!first && open == 0) return false;
        if (first && piece.kind != EXPR_PIECE_OPEN) return false;
        if (piece.kind == EXPR_PIECE_OPEN) open++;
        if (piece.kind == EXPR_PIECE_CLOSE) open--;
    }
}

static status put_text(struct render *r, const stator_cond *c, struct buf *to)
{
    const struct render_source source = {c->text, c->args, c->count};
    return render_source(r, &source, to);
}

/* ---- and, or, not */

struct member {
    const stator_cond *condition;
    uint32_t depth;
    place place;
};

static status put_condition(struct render *r, struct member m, struct buf *to);

static size_t live_count(struct render *r, const struct member *m, const stator_cond **last)
{
    size_t live = 0;
    for (size_t i = 0; i < m->condition->count; i++) {
        if (!is_live(r, &m->condition->kids[i], m->depth + 1)) continue;
        *last = &m->condition->kids[i];
        live++;
    }
    return live;
}

static status put_live(struct render *r, struct member m, struct buf *to)
{
    const place inside = (place)m.condition->op;
    bool first = true;
    for (size_t i = 0; i < m.condition->count; i++) {
        const struct member kid = {&m.condition->kids[i], m.depth + 1, inside};
        if (!is_live(r, kid.condition, kid.depth)) continue;
        if (!first) buf_put_text(to, inside == IN_AND ? " AND " : " OR ");
        TRY(put_condition(r, kid, to));
        first = false;
    }
    return ST_OK;
}

static status put_many(struct render *r, struct member m, struct buf *to)
{
    const stator_cond *only = NULL;
    if (live_count(r, &m, &only) == 1)
        return put_condition(r, (struct member){only, m.depth + 1, m.place}, to);
    const bool parentheses = m.place != WHOLE && m.place != (place)m.condition->op;
    if (parentheses) buf_put_text(to, "(");
    TRY(put_live(r, m, to));
    if (parentheses) buf_put_text(to, ")");
    return ST_OK;
}

/* What is left of `m` when ands and ors of one live kid are that kid. */
static struct member reduced(struct render *r, struct member m)
{
    const stator_cond *only = NULL;
    while ((m.condition->op == STATOR_C_AND || m.condition->op == STATOR_C_OR) &&
           live_count(r, &m, &only) == 1) {
        m.condition = only;
        m.depth++;
    }
    return m;
}

static status put_not(struct render *r, struct member m, struct buf *to)
{
    const struct member kid = reduced(r, (struct member){m.condition->kids, m.depth + 1, WHOLE});
    const bool enclosed = kid.condition->op == STATOR_C_EXPR && kid.condition->text != NULL &&
                          is_enclosed(kid.condition->text);
    buf_put_text(to, enclosed ? "NOT " : "NOT (");
    TRY(put_condition(r, kid, to));
    if (!enclosed) buf_put_text(to, ")");
    return ST_OK;
}

static status put_expr(struct render *r, struct member m, struct buf *to)
{
    const char *text = m.condition->text;
    const bool parentheses = m.place != WHOLE && text != NULL && !is_enclosed(text);
    if (parentheses) buf_put_text(to, "(");
    TRY(put_text(r, m.condition, to));
    if (parentheses) buf_put_text(to, ")");
    return ST_OK;
}

static status put_condition(struct render *r, struct member m, struct buf *to)
{
    if (m.condition->op == STATOR_C_AND || m.condition->op == STATOR_C_OR)
        return put_many(r, m, to);
    if (m.condition->op == STATOR_C_NOT) return put_not(r, m, to);
    if (m.condition->op == STATOR_C_EXPR) return put_expr(r, m, to);
    if (m.condition->op == STATOR_C_IN) return put_in(r, m.condition, to);
    return put_leaf(r, m.condition, to);
}

/* What there is to say of a condition that depends on nothing. */
static struct span constant_text(const struct render *r, truth t)
{
    if (r->shown) return t == ALWAYS ? SPAN("true") : SPAN("false");
    return t == ALWAYS ? (struct span){0} : span_of(text_never);
}

status render_condition(struct render *render, const stator_cond *condition, struct span *text)
{
    truth t = ALWAYS;
    if (condition->op != STATOR_C_NONE) TRY(truth_of(render, condition, 0, &t));
    if (t != VARIES) {
        *text = constant_text(render, t);
        return ST_OK;
    }
    struct buf to = render_buf(render);
    buf_put_text(&to, ""); /* so that an empty text is one */
    TRY(put_condition(render, (struct member){condition, 0, WHOLE}, &to));
    TRY_PLAIN(render->err, buf_status(&to));
    *text = buf_view(&to);
    return ST_OK;
}
