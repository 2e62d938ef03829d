/* tree.c -- reading condition trees, with no tree of JSON between.
 *
 * A condition is an object of one member, whose name says what it is; a table has the shape of
 * each. Recursion goes along And, Or, Not and stops at depth_max, before the reader of JSON would
 * refuse its own depth.
 */
#include "db/tree.h"

#include <assert.h>
#include <string.h>

#include "db/keep.h"
#include "db/literal.h"
#include "db/turn.h"

typedef enum tree_shape {
    SHAPE_MANY,
    SHAPE_ONE,
    SHAPE_TWO,
    SHAPE_THREE,
    SHAPE_LOOSE,
    SHAPE_AMONG,
    SHAPE_PATH,
} tree_shape;

static const struct form {
    const char *name;
    stator_cop op;
    tree_shape shape;
} forms[] = {
    {"And",                STATOR_C_AND,        SHAPE_MANY },
    {"Or",                 STATOR_C_OR,         SHAPE_MANY },
    {"Not",                STATOR_C_NOT,        SHAPE_ONE  },
    {"Eq",                 STATOR_C_EQ,         SHAPE_TWO  },
    {"Ne",                 STATOR_C_NE,         SHAPE_TWO  },
    {"Lt",                 STATOR_C_LT,         SHAPE_TWO  },
    {"Le",                 STATOR_C_LE,         SHAPE_TWO  },
    {"Gt",                 STATOR_C_GT,         SHAPE_TWO  },
    {"Ge",                 STATOR_C_GE,         SHAPE_TWO  },
    {"Between",            STATOR_C_BETWEEN,    SHAPE_THREE},
    {"BeginsWith",         STATOR_C_BEGINS,     SHAPE_LOOSE},
    {"Contains",           STATOR_C_CONTAINS,   SHAPE_LOOSE},
    {"AttributeType",      STATOR_C_TYPE,       SHAPE_LOOSE},
    {"In",                 STATOR_C_IN,         SHAPE_AMONG},
    {"AttributeExists",    STATOR_C_EXISTS,     SHAPE_PATH },
    {"AttributeNotExists", STATOR_C_NOT_EXISTS, SHAPE_PATH },
};

void tree_begin(struct tree *tree, struct arena *to, struct arena *scratch, struct span text,
                struct error *err)
{
    *tree = (struct tree){.to = to, .err = err, .depth_max = STATOR_DEPTH};
    json_reader_init(&tree->json, scratch, text);
}

/* ---- pieces */

static status fail_json(const struct tree *t, status st)
{
    if (st != ST_SERIALIZATION) return FAIL_PLAIN(t->err, st);
    return FAIL(t->err, ST_VALIDATION, "the text is not JSON at byte %zu",
                (size_t)(t->json.at - t->json.start));
}

status tree_next(struct tree *tree, struct plain_start *out)
{
    const status st = json_reader_next(&tree->json, &out->token, &out->text);
    return st == ST_OK ? ST_OK : fail_json(tree, st);
}

static status fail_shape(const struct tree *t, const char *what)
{
    return FAIL(t->err, ST_VALIDATION, "%s is missing or of another form before byte %zu", what,
                (size_t)(t->json.at - t->json.start));
}

status tree_expect(struct tree *tree, json_token token, const char *what)
{
    struct plain_start start = {0};
    TRY(tree_next(tree, &start));
    return start.token == token ? ST_OK : fail_shape(tree, what);
}

status tree_text(struct tree *tree, struct plain_start start, const char *what, const char **out)
{
    if (start.token != JSON_STRING) return fail_shape(tree, what);
    if (start.text.len > 0 && memchr(start.text.ptr, 0, start.text.len) != NULL)
        return FAIL(tree->err, ST_VALIDATION, "%s holds a NUL", what);
    *out = keep_text(tree->to, start.text);
    return *out != NULL ? ST_OK : FAIL_PLAIN(tree->err, ST_NO_MEMORY);
}

status tree_plain(struct tree *tree, struct plain_start start, struct value *out)
{
    struct error late = error_in(tree->json.arena);
    const status st = plain_read(&tree->json, start, out, &late, tree->err);
    if (st != ST_OK) return fail_json(tree, st);
    if (late.status != ST_OK) *tree->err = late;
    return late.status;
}

/* ---- operands */

static status read_literal(struct tree *t, struct plain_start start, stator_val *out)
{
    struct value value = {0};
    TRY(tree_plain(t, start, &value));
    TRY_PLAIN(t->err, literal_of(value, t->to, out));
    return ST_OK;
}

static status read_member(struct tree *t, struct span name, stator_val *out)
{
    struct plain_start start = {0};
    const char *path = NULL;
    TRY(tree_next(t, &start));
    if (span_eq(name, SPAN("Literal"))) return read_literal(t, start, out);
    if (!span_eq(name, SPAN("Attr")) && !span_eq(name, SPAN("Size")))
        return FAIL(t->err, ST_VALIDATION,
                    "an operand is {\"Attr\": path}, {\"Size\": path} or {\"Literal\": value}, not "
                    "{\"%.*s\": ...}",
                    SPAN_ARG(name));
    TRY(tree_text(t, start, "a path", &path));
    *out = name.ptr[0] == 'A' ? stator_path(path) : stator_size(path);
    return ST_OK;
}

/* operand, its first token read already */
static status read_operand(struct tree *t, struct plain_start start, stator_val *out)
{
    struct plain_start name = {0};
    if (start.token != JSON_OBJECT_BEGIN) return fail_shape(t, "an operand");
    TRY(tree_next(t, &name));
    if (name.token != JSON_KEY) return fail_shape(t, "an operand");
    TRY(read_member(t, name.text, out));
    return tree_expect(t, JSON_OBJECT_END, "the end of an operand");
}

static status next_operand(struct tree *t, stator_val *out)
{
    struct plain_start start = {0};
    TRY(tree_next(t, &start));
    return read_operand(t, start, out);
}

/* loose, its first token read already */
static status read_loose(struct tree *t, struct plain_start start, stator_val *out)
{
    if (start.token == JSON_OBJECT_BEGIN) return read_operand(t, start, out);
    if (start.token == JSON_ARRAY_END) return fail_shape(t, "an operand");
    return read_literal(t, start, out);
}

static status read_loose_pair(struct tree *t, stator_cond *out)
{
    struct plain_start start = {0};
    TRY(next_operand(t, &out->left));
    TRY(tree_next(t, &start));
    return read_loose(t, start, &out->low);
}

/* Things of one size, their number not known beforehand. */
struct gathered {
    struct gathered *before;
    stator_val value;
    stator_cond condition;
};

static struct gathered *gather(struct tree *t, struct gathered **last, size_t *count)
{
    struct gathered *more = arena_new(t->json.arena, struct gathered);
    if (more == NULL) return NULL;
    more->before = *last;
    *last = more;
    ++*count;
    return more;
}

static status take_values(struct tree *t, const struct gathered *last, stator_cond *out)
{
    stator_val *values = arena_new_array(t->to, out->count + 1, stator_val);
    if (values == NULL) return FAIL_PLAIN(t->err, ST_NO_MEMORY);
    for (size_t i = out->count; i > 0; i--, last = last->before) values[i - 1] = last->value;
    out->args = values;
    return ST_OK;
}

static status read_among(struct tree *t, stator_cond *out)
{
    struct gathered *last = NULL;
    TRY(next_operand(t, &out->left));
    TRY(tree_expect(t, JSON_ARRAY_BEGIN, "a list of values"));
    for (;;) {
        struct plain_start start = {0};
        TRY(tree_next(t, &start));
        if (start.token == JSON_ARRAY_END) return take_values(t, last, out);
        struct gathered *one = gather(t, &last, &out->count);
        if (one == NULL) return FAIL_PLAIN(t->err, ST_NO_MEMORY);
        TRY(read_loose(t, start, &one->value));
    }
}

/* ---- conditions */

static status read_condition(struct tree *t, struct plain_start start, uint32_t depth,
                             stator_cond *out);

static status take_conditions(struct tree *t, const struct gathered *last, stator_cond *out)
{
    stator_cond *kids = arena_new_array(t->to, out->count + 1, stator_cond);
    if (kids == NULL) return FAIL_PLAIN(t->err, ST_NO_MEMORY);
    for (size_t i = out->count; i > 0; i--, last = last->before) kids[i - 1] = last->condition;
    out->kids = kids;
    return ST_OK;
}

static status read_many(struct tree *t, uint32_t depth, stator_cond *out)
{
    struct gathered *last = NULL;
    TRY(tree_expect(t, JSON_ARRAY_BEGIN, "a list of conditions"));
    for (;;) {
        struct plain_start start = {0};
        TRY(tree_next(t, &start));
        if (start.token == JSON_ARRAY_END) return take_conditions(t, last, out);
        struct gathered *one = gather(t, &last, &out->count);
        if (one == NULL) return FAIL_PLAIN(t->err, ST_NO_MEMORY);
        TRY(read_condition(t, start, depth + 1, &one->condition));
    }
}

static status read_one(struct tree *t, uint32_t depth, stator_cond *out)
{
    struct plain_start start = {0};
    stator_cond *kid = arena_new(t->to, stator_cond);
    if (kid == NULL) return FAIL_PLAIN(t->err, ST_NO_MEMORY);
    TRY(tree_next(t, &start));
    out->kids = kid;
    out->count = 1;
    return read_condition(t, start, depth + 1, kid);
}

static status read_path(struct tree *t, stator_cond *out)
{
    struct plain_start start = {0};
    const char *path = NULL;
    TRY(tree_next(t, &start));
    TRY(tree_text(t, start, "a path", &path));
    out->left = stator_path(path);
    return ST_OK;
}

/* Operands in brackets. */
static status read_operands(struct tree *t, tree_shape shape, stator_cond *out)
{
    TRY(tree_expect(t, JSON_ARRAY_BEGIN, "a list of operands"));
    if (shape == SHAPE_LOOSE) {
        TRY(read_loose_pair(t, out));
    } else if (shape == SHAPE_AMONG) {
        TRY(read_among(t, out));
    } else {
        TRY(next_operand(t, &out->left));
        TRY(next_operand(t, &out->low));
        if (shape == SHAPE_THREE) TRY(next_operand(t, &out->high));
    }
    return tree_expect(t, JSON_ARRAY_END, "the end of the operands");
}

static status read_form(struct tree *t, const struct form *form, uint32_t depth, stator_cond *out)
{
    const bool nests = form->shape == SHAPE_MANY || form->shape == SHAPE_ONE;
    *out = (stator_cond){.op = (uint8_t)form->op};
    if (nests && depth == t->depth_max)
        return FAIL(t->err, ST_TOO_DEEP, "expression depth exceeds maximum of %u", t->depth_max);
    if (form->shape == SHAPE_MANY) return read_many(t, depth, out);
    if (form->shape == SHAPE_ONE) return read_one(t, depth, out);
    if (form->shape == SHAPE_PATH) return read_path(t, out);
    return read_operands(t, form->shape, out);
}

static const struct form *find_form(struct span name)
{
    for (size_t i = 0; i < ARRAY_COUNT(forms); i++)
        if (span_eq(name, span_of(forms[i].name))) return &forms[i];
    return NULL;
}

static status fail_name(const struct tree *t, struct span name)
{
    if (span_eq(name, SPAN("Attr")) || span_eq(name, SPAN("Literal")) ||
        span_eq(name, SPAN("Size")))
        return FAIL(t->err, ST_VALIDATION, "\"%.*s\" is an operand and no condition",
                    SPAN_ARG(name));
    return FAIL(t->err, ST_VALIDATION, "there is no condition called \"%.*s\"", SPAN_ARG(name));
}

/* condition, its first token read already */
static status read_condition(struct tree *t, struct plain_start start, uint32_t depth,
                             stator_cond *out)
{
    struct plain_start name = {0};
    if (start.token != JSON_OBJECT_BEGIN) return fail_shape(t, "a condition");
    TRY(tree_next(t, &name));
    if (name.token != JSON_KEY) return fail_shape(t, "a condition");
    const struct form *form = find_form(name.text);
    if (form == NULL) return fail_name(t, name.text);
    TRY(read_form(t, form, depth, out));
    return tree_expect(t, JSON_OBJECT_END, "the end of a condition");
}

status tree_condition(struct tree *tree, stator_cond *out)
{
    struct plain_start start = {0};
    stator_cond read = {0};
    TRY(tree_next(tree, &start));
    TRY(read_condition(tree, start, 0, &read));
    TRY(tree_expect(tree, JSON_END, "the end of the text"));
    *out = read;
    return ST_OK;
}

/* ---- the door */

static status parse(struct turn *turn, stator_pool *pool, const char *json, stator_cond *out)
{
    struct tree tree;
    if (pool == NULL || json == NULL)
        return FAIL(&turn->err, ST_MISUSE, "stator_cond_parse: `keep` or `json` is NULL");
    tree_begin(&tree, &pool->arena, &turn->scratch, span_of(json), &turn->err);
    const status st = tree_condition(&tree, out);
    if (st != ST_OK) *out = keep_bad_cond(&pool->arena, &turn->err);
    return st;
}

stator_rc stator_cond_parse(stator_pool *pool, const char *json, stator_cond *out)
{
    struct turn *turn = turn_begin();
    stator_cond read = {.op = STATOR_C_BAD_, .failed = ST_MISUSE, .text = "there was no condition"};
    if (turn == NULL) return STATOR_E_NOMEM;
    const stator_rc rc = turn_end(turn, parse(turn, pool, json, &read));
    if (out != NULL) *out = read;
    return rc;
}
