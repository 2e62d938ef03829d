/* condition.c -- the grammar of conditions.
 *
 *     condition  := conjunct { "OR" conjunct }
 *     conjunct   := negation { "AND" negation }
 *     negation   := { "NOT" } comparison
 *     comparison := term { ( "=" | "<>" | "!=" | "<" | "<=" | ">" | ">=" ) term
 *                        | [ "NOT" ] "BETWEEN" term "AND" term
 *                        | [ "NOT" ] "IN" ( list | "(" term { "," term } ")" )
 *                        | "IS" [ "NOT" ] type }
 *     term       := operand | function "(" … ")" | "(" condition ")"
 *
 * "(" may begin a condition or an operand. What was read is a term, which is one or the other, and
 * only what follows tells which must have been there (term.h).
 */
#include "partiql/condition.h"

#include <assert.h>

#include "base/limits.h"
#include "partiql/constant.h"
#include "partiql/term.h"

static status read_term(struct grammar *g, struct term *out);
static status read_or(struct grammar *g, struct term *out);

/* ---- Paths ---- */

enum { STEPS_MAX = LIMIT_PATH_DEPTH };

/* A path being read. */
struct path {
    struct expr_step steps[STEPS_MAX];
    uint32_t count; /* those beyond STEPS_MAX are counted only */
};

static void push_step(struct path *path, struct expr_step step)
{
    if (path->count < STEPS_MAX) path->steps[path->count] = step;
    path->count++;
}

/* "." name, the point read already */
static status read_attribute(struct grammar *g, struct path *path)
{
    struct expr_step step = {0};
    if (grammar_accept(g, LEXEME_STAR)) {
        grammar_note(g, "Unpivot path component like a.*.b are not supported");
        return ST_OK;
    }
    if (!grammar_is_name(g)) return grammar_fail(g, "Invalid path dot component");
    TRY(grammar_name(g, &step.name));
    if (step.name.len == 0) grammar_note(g, "Path component cannot be an empty string");
    push_step(path, step);
    return ST_OK;
}

/* The value of `digits`, or more than INT32_MAX for all that is no index. */
static uint32_t index_value(struct span digits)
{
    uint32_t value = 0;
    for (size_t i = 0; i < digits.len; i++) {
        const uint32_t digit = (uint32_t)(digits.ptr[i] - '0');
        if (digit > 9 || value > INT32_MAX / 10) return UINT32_MAX;
        value = value * 10 + digit;
    }
    return value;
}

/* "[" index "]", the bracket read already. -0 is 0, and no other negative index is one. */
static status read_index(struct grammar *g, struct path *path)
{
    struct expr_step step = {.is_index = true};
    if (grammar_accept(g, LEXEME_STAR)) {
        grammar_note(g, "Wildcard path component like a[*].b are not supported");
        return grammar_expect(g, LEXEME_CLOSE_LIST);
    }
    const bool negative = grammar_accept(g, LEXEME_MINUS);
    if (!grammar_is(g, LEXEME_NUMBER)) {
        if (!constant_begins(g) && !grammar_is_name(g) && !grammar_is(g, LEXEME_HOLE))
            return grammar_fail_term(g);
        struct value skipped = {0};
        grammar_note_at(g, g->now, "Unexpected path component");
        if (grammar_is(g, LEXEME_HOLE)) {
            (void)grammar_hole(g);
        } else if (constant_begins(g)) {
            TRY(constant_read(g, &skipped));
        } else {
            TRY(constant_skip(g));
        }
        return grammar_expect(g, LEXEME_CLOSE_LIST);
    }
    const struct lexeme *digits = grammar_take(g);
    step.index = index_value(digits->text);
    if (step.index > INT32_MAX || (negative && step.index > 0))
        grammar_note_at(g, digits, "List index is not within the allowable range; index: [%s%.*s]",
                        negative ? "-" : "", SPAN_ARG(digits->text));
    push_step(path, step);
    return grammar_expect(g, LEXEME_CLOSE_LIST);
}

/* { "." name | "[" index "]" } */
static status read_steps(struct grammar *g, struct path *path)
{
    for (;;) {
        if (grammar_accept(g, LEXEME_DOT)) {
            TRY(read_attribute(g, path));
        } else if (grammar_accept(g, LEXEME_OPEN_LIST)) {
            TRY(read_index(g, path));
        } else {
            return ST_OK;
        }
    }
}

/* path := name { "." name | "[" index "]" } */
status condition_path(struct grammar *g, bool simple, struct operand **out)
{
    struct path path;
    struct expr_step first = {0};
    struct operand *operand = NULL;
    if (!grammar_is_name(g))
        return simple ? grammar_fail(g, "Expected identifier for simple path")
                      : grammar_fail_term(g);
    TRY(term_new_operand(g, OPERAND_PATH, &operand));
    TRY(grammar_name(g, &first.name));
    if (first.name.len == 0) grammar_note(g, "Path component cannot be an empty string");
    path.count = 0;
    push_step(&path, first);
    TRY(grammar_enter(g));
    TRY(read_steps(g, &path));
    grammar_leave(g);
    if (path.count > STEPS_MAX) {
        grammar_note(g, "The document path has too many nesting levels; nesting levels: %u",
                     path.count);
        path.count = STEPS_MAX;
    }
    struct expr_step *steps = arena_new_array(g->arena, path.count, struct expr_step);
    if (steps == NULL) return FAIL_PLAIN(g->err, ST_NO_MEMORY);
    for (uint32_t i = 0; i < path.count; i++) steps[i] = path.steps[i];
    operand->steps = steps;
    operand->step_count = (uint16_t)path.count;
    *out = operand;
    return ST_OK;
}

/* ---- Functions ---- */

/* Those of a condition; case does not matter. */
static code_op function_of(struct span name)
{
    static const code_op ops[] = {CODE_OP_ATTRIBUTE_EXISTS, CODE_OP_ATTRIBUTE_NOT_EXISTS,
                                  CODE_OP_ATTRIBUTE_TYPE,   CODE_OP_BEGINS_WITH,
                                  CODE_OP_CONTAINS,         CODE_OP_SIZE};
    for (size_t i = 0; i < ARRAY_COUNT(ops); i++)
        if (span_eq_nocase(name, span_of(code_op_info(ops[i])->text))) return ops[i];
    return CODE_OP_NONE;
}

/* "(" [ term { "," term } ] ")", whose parenthesis is at hand */
static status read_arguments(struct grammar *g, struct operand **first)
{
    struct operand **link = first;
    (void)grammar_take(g);
    if (grammar_accept(g, LEXEME_CLOSE)) return ST_OK;
    do {
        struct term term = {0};
        const struct lexeme *at = g->now;
        TRY(read_or(g, &term));
        if (term.operand == NULL) {
            grammar_note_at(g, at, "Unsupported token in expression: %.*s", SPAN_ARG(at->text));
            TRY(term_new_operand(g, OPERAND_VALUE, &term.operand));
            term.operand->value = (struct value){.type = VALUE_NULL};
        }
        if (term.operand->kind == OPERAND_CALL) /* T1 */
            grammar_note(g,
                         "The function is not allowed to be used this way in an expression; "
                         "function: %s",
                         code_op_info(term.operand->op)->text);
        *link = term.operand;
        link = &term.operand->next;
    } while (grammar_accept(g, LEXEME_COMMA));
    return grammar_expect(g, LEXEME_CLOSE);
}

/* A name as messages about functions show it: in lower case. */
static struct span lower(struct grammar *g, struct span name)
{
    uint8_t *text = arena_alloc_raw(g->arena, name.len);
    if (text == NULL) return name;
    for (size_t i = 0; i < name.len; i++) {
        const uint8_t c = name.ptr[i];
        text[i] = c >= 'A' && c <= 'Z' ? (uint8_t)(c + ('a' - 'A')) : c;
    }
    return (struct span){text, name.len};
}

/* function := name "(" [ term { "," term } ] ")" */
static status read_function(struct grammar *g, struct term *out)
{
    struct operand *call = NULL;
    const struct lexeme *name = grammar_take(g);
    const code_op op = function_of(name->text);
    TRY(term_new_operand(g, OPERAND_CALL, &call));
    call->lexeme = name;
    call->op = op;
    TRY(grammar_enter(g));
    TRY(read_arguments(g, &call->inner));
    grammar_leave(g);
    if (op == CODE_OP_NONE) {
        const struct span shown = lower(g, name->text);
        grammar_note_at(g, name, "Unrecognized function: %.*s", SPAN_ARG(shown));
    }
    if (op == CODE_OP_NONE || op == CODE_OP_SIZE) {
        *out = (struct term){.operand = call};
        return ST_OK;
    }
    return term_test(g, op, call->inner, out);
}

/* Keywords that are functions. */
static bool is_function_word(const struct grammar *g)
{
    static const keyword words[] = {
        KEYWORD_EXISTS,      KEYWORD_COUNT,        KEYWORD_AVG,
        KEYWORD_MAX,         KEYWORD_MIN,          KEYWORD_SUM,
        KEYWORD_CHAR_LENGTH, KEYWORD_UPPER,        KEYWORD_CHARACTER_LENGTH,
        KEYWORD_LOWER,       KEYWORD_OCTET_LENGTH, KEYWORD_SIZE,
        KEYWORD_BIT_LENGTH,  KEYWORD_NULLIF,       KEYWORD_COALESCE,
        KEYWORD_SEXP,        KEYWORD_LIST,         KEYWORD_BAG,
    };
    if (!grammar_is(g, LEXEME_KEYWORD)) return false;
    for (size_t i = 0; i < ARRAY_COUNT(words); i++)
        if (g->now->word == words[i]) return true;
    return false;
}

static bool begins_function(const struct grammar *g)
{
    return (grammar_is_name(g) || is_function_word(g)) && g->now[1].kind == LEXEME_OPEN;
}

/* ---- Terms ---- */

/* { "+" | "-" } number: DynamoDB has no other signed term */
static status read_signed(struct grammar *g, struct term *out)
{
    const struct lexeme *sign = g->now;
    bool negative = false;
    struct operand *operand = NULL;
    TRY(term_new_operand(g, OPERAND_VALUE, &operand));
    while (grammar_is(g, LEXEME_MINUS) || grammar_is(g, LEXEME_PLUS))
        if (grammar_take(g)->kind == LEXEME_MINUS) negative = !negative;
    *out = (struct term){.operand = operand};
    if (grammar_is(g, LEXEME_NUMBER)) return constant_number(g, negative, &operand->value);
    TRY(read_term(g, out));
    grammar_note(g, "Unsupported operator in Condition Expression. Operator: %s",
                 sign->kind == LEXEME_MINUS ? "Neg" : "Pos");
    return ST_OK;
}

/* "(" condition ")", the parenthesis read already */
static status read_group(struct grammar *g, struct term *out)
{
    TRY(grammar_enter(g));
    TRY(read_or(g, out));
    grammar_leave(g);
    return grammar_expect(g, LEXEME_CLOSE);
}

/* term := operand | function "(" … ")" | "(" condition ")" */
static status read_term(struct grammar *g, struct term *out)
{
    assert(g->depth <= LIMIT_STATEMENT_DEPTH);
    *out = (struct term){0};
    if (grammar_accept(g, LEXEME_OPEN)) return read_group(g, out);
    if (begins_function(g)) return read_function(g, out);
    if (grammar_is(g, LEXEME_MINUS) || grammar_is(g, LEXEME_PLUS)) return read_signed(g, out);
    if (grammar_is(g, LEXEME_HOLE)) {
        TRY(term_new_operand(g, OPERAND_VALUE, &out->operand));
        out->operand->value = grammar_hole(g);
        return ST_OK;
    }
    if (!constant_begins(g)) return condition_path(g, false, &out->operand);
    TRY(term_new_operand(g, OPERAND_VALUE, &out->operand));
    return constant_read(g, &out->operand->value);
}

/* operand := a term that is no condition */
status condition_operand(struct grammar *g, struct operand **out)
{
    struct term term = {0};
    const struct lexeme *at = g->now;
    TRY(read_term(g, &term));
    if (term.operand == NULL) {
        grammar_note_at(g, at, "Unsupported token in expression: %.*s", SPAN_ARG(at->text));
        TRY(term_new_operand(g, OPERAND_VALUE, &term.operand));
        term.operand->value = (struct value){.type = VALUE_NULL};
    }
    *out = term.operand;
    return ST_OK;
}

/* ---- Comparisons ---- */

static code_op comparison_of(lexeme_kind kind)
{
    static const struct {
        lexeme_kind kind;
        code_op op;
    } ops[] = {
        {LEXEME_EQ, CODE_OP_EQ},
        {LEXEME_NE, CODE_OP_NE},
        {LEXEME_LT, CODE_OP_LT},
        {LEXEME_LE, CODE_OP_LE},
        {LEXEME_GT, CODE_OP_GT},
        {LEXEME_GE, CODE_OP_GE},
    };
    for (size_t i = 0; i < ARRAY_COUNT(ops); i++)
        if (ops[i].kind == kind) return ops[i].op;
    return CODE_OP_NONE;
}

/* An infix operator was taken: something must stand after it. */
static status need_right(struct grammar *g)
{
    if (!grammar_is(g, LEXEME_END)) return ST_OK;
    return grammar_fail(g, "Missing right-hand side expression of infix operator");
}

/* term "BETWEEN" low "AND" high, after the word */
static status read_between(struct grammar *g, struct term *left)
{
    struct term low = {0};
    struct term high = {0};
    TRY(need_right(g));
    TRY(read_term(g, &low));
    if (!grammar_accept_word(g, KEYWORD_AND)) return grammar_fail(g, "Expected AND keyword");
    if (grammar_is(g, LEXEME_END)) return grammar_fail(g, "Expected expression after AND");
    TRY(read_term(g, &high));
    TRY(term_as_operand(g, CODE_OP_BETWEEN, left));
    TRY(term_as_operand(g, CODE_OP_BETWEEN, &low));
    TRY(term_as_operand(g, CODE_OP_BETWEEN, &high));
    left->operand->next = low.operand;
    low.operand->next = high.operand;
    return term_test(g, CODE_OP_BETWEEN, left->operand, left);
}

/* Whether an IN can be: a path, and something to look for it in. */
static void check_in(struct grammar *g, const struct operand *left)
{
    if (left->kind == OPERAND_PATH && left->next != NULL) return;
    grammar_note(g, "IN operator must have a left hand argument of type Variable Reference and "
                    "right hand argument of type Seq with at least one member");
}

/* members := ( "[" | "(" | "<<" ) [ term { "," term } ] ( "]" | ")" | ">>" ) */
static status read_members(struct grammar *g, struct operand **first)
{
    static const struct {
        lexeme_kind open;
        lexeme_kind close;
    } pairs[] = {
        {LEXEME_OPEN_LIST, LEXEME_CLOSE_LIST},
        {LEXEME_OPEN,      LEXEME_CLOSE     },
        {LEXEME_OPEN_BAG,  LEXEME_CLOSE_BAG },
    };
    size_t pair = 0;
    while (pair < ARRAY_COUNT(pairs) && pairs[pair].open != g->now->kind) pair++;
    struct operand **link = first;
    if (pair == ARRAY_COUNT(pairs)) return condition_operand(g, first);
    (void)grammar_take(g);
    if (grammar_accept(g, pairs[pair].close)) return ST_OK;
    do {
        TRY(condition_operand(g, link));
        link = &(*link)->next;
    } while (grammar_accept(g, LEXEME_COMMA));
    return grammar_expect(g, pairs[pair].close);
}

/* term "IN" members, after the word */
static status read_in(struct grammar *g, struct term *left)
{
    struct operand *members = NULL;
    TRY(need_right(g));
    const bool is_sequence = grammar_is(g, LEXEME_OPEN_LIST) || grammar_is(g, LEXEME_OPEN) ||
                             grammar_is(g, LEXEME_OPEN_BAG);
    TRY(grammar_enter(g));
    TRY(read_members(g, &members));
    grammar_leave(g);
    if (left->operand == NULL && is_sequence) return term_in(g, left, members);
    TRY(term_as_operand(g, CODE_OP_IN, left));
    left->operand->next = is_sequence ? members : NULL;
    check_in(g, left->operand);
    return term_test(g, CODE_OP_IN, left->operand, left);
}

/* ---- IS ---- */

struct type_word {
    keyword word;
    value_type type; /* VALUE_NONE: DynamoDB has none of it */
};

static const struct type_word type_words[] = {
    {KEYWORD_NULL,      VALUE_NULL},
    {KEYWORD_BOOL,      VALUE_BOOL},
    {KEYWORD_BOOLEAN,   VALUE_BOOL},
    {KEYWORD_BLOB,      VALUE_B   },
    {KEYWORD_STRING,    VALUE_S   },
    {KEYWORD_NUMERIC,   VALUE_N   },
    {KEYWORD_STRUCT,    VALUE_M   },
    {KEYWORD_TUPLE,     VALUE_M   },
    {KEYWORD_LIST,      VALUE_L   },
    {KEYWORD_SMALLINT,  VALUE_NONE},
    {KEYWORD_INTEGER,   VALUE_NONE},
    {KEYWORD_INT,       VALUE_NONE},
    {KEYWORD_FLOAT,     VALUE_NONE},
    {KEYWORD_REAL,      VALUE_NONE},
    {KEYWORD_DOUBLE,    VALUE_NONE},
    {KEYWORD_DECIMAL,   VALUE_NONE},
    {KEYWORD_DEC,       VALUE_NONE},
    {KEYWORD_TIMESTAMP, VALUE_NONE},
    {KEYWORD_CHARACTER, VALUE_NONE},
    {KEYWORD_CHAR,      VALUE_NONE},
    {KEYWORD_VARCHAR,   VALUE_NONE},
    {KEYWORD_SYMBOL,    VALUE_NONE},
    {KEYWORD_CLOB,      VALUE_NONE},
    {KEYWORD_SEXP,      VALUE_NONE},
    {KEYWORD_BAG,       VALUE_NONE},
};

/* type := a type's name, of one word or two */
static status read_type(struct grammar *g, value_type *out)
{
    size_t i = 0;
    while (i < ARRAY_COUNT(type_words) && !grammar_is_word(g, type_words[i].word)) i++;
    if (i == ARRAY_COUNT(type_words)) return grammar_fail(g, "Expected type name");
    const struct lexeme *name = grammar_take(g);
    if (name->word == KEYWORD_CHARACTER) grammar_skip_word(g, KEYWORD_VARYING);
    if (name->word == KEYWORD_DOUBLE && !grammar_accept_word(g, KEYWORD_PRECISION))
        return grammar_fail(g, "Expected type name");
    *out = type_words[i].type;
    if (*out == VALUE_NONE)
        grammar_note(g,
                     "Unsupported data type for IS operator: %s. Supported data types are "
                     "[MISSING, NULL, BOOLEAN, BLOB, STRING, NUMERIC, STRUCT, TUPLE, LIST]",
                     keyword_text(name->word));
    return ST_OK;
}

/* term "IS" [ "NOT" ] ( "MISSING" | type ), after the word */
static status read_is(struct grammar *g, struct term *left)
{
    value_type type = VALUE_NONE;
    struct operand *name = NULL;
    const bool contrary = grammar_accept_word(g, KEYWORD_NOT);
    const bool missing = grammar_accept_word(g, KEYWORD_MISSING);
    if (!missing) TRY(read_type(g, &type));
    if (left->operand == NULL || left->operand->kind == OPERAND_CALL) {
        grammar_note(g, "The left hand side argument to IS must be a Variable Reference, Literal, "
                        "or Path");
        TRY(term_new_operand(g, OPERAND_VALUE, &left->operand));
    }
    if (!missing && type != VALUE_NONE) {
        TRY(term_new_operand(g, OPERAND_VALUE, &name));
        name->value = (struct value){VALUE_S, span_of(value_type_name(type))};
        left->operand->next = name;
    }
    TRY(term_test(g, missing ? CODE_OP_ATTRIBUTE_NOT_EXISTS : CODE_OP_ATTRIBUTE_TYPE, left->operand,
                  left));
    return contrary ? term_negate(g, left) : ST_OK;
}

/* ---- Operators ---- */

/* Arithmetic and LIKE, which no condition has: read and refused. *found: it was there. */
static status refuse_operator(struct grammar *g, struct term *left, bool *found)
{
    static const struct {
        lexeme_kind kind;
        const char *name;
    } names[] = {
        {LEXEME_PLUS,  "Plus" },
        {LEXEME_MINUS, "Minus"},
        {LEXEME_STAR,  "Times"},
    };
    size_t i = 0;
    while (i < ARRAY_COUNT(names) && names[i].kind != g->now->kind) i++;
    const bool like = grammar_is_word(g, KEYWORD_LIKE);
    *found = like || i < ARRAY_COUNT(names) || grammar_is(g, LEXEME_OPERATOR);
    if (!*found) return ST_OK;
    const struct span text = like                     ? SPAN("Like")
                             : i < ARRAY_COUNT(names) ? span_of(names[i].name)
                                                      : g->now->text;
    struct term right = {0};
    (void)grammar_take(g);
    TRY(need_right(g));
    TRY(read_term(g, &right));
    grammar_note(g, "Unsupported operator in Condition Expression. Operator: %.*s", SPAN_ARG(text));
    if (like && left->operand != NULL) return term_test(g, CODE_OP_EQ, left->operand, left);
    return ST_OK;
}

/* "BETWEEN" … | "IN" …, with or without a NOT before. *found: it was there. */
static status read_range(struct grammar *g, struct term *left, bool *found)
{
    const bool contrary = grammar_is_word(g, KEYWORD_NOT);
    const struct lexeme *word = contrary ? g->now + 1 : g->now;
    const bool between = word->kind == LEXEME_KEYWORD && word->word == KEYWORD_BETWEEN;
    const bool in = word->kind == LEXEME_KEYWORD && word->word == KEYWORD_IN;
    *found = between || in;
    if (!*found) return ST_OK;
    g->now = word;
    (void)grammar_take(g);
    if (between) {
        TRY(read_between(g, left));
    } else {
        TRY(read_in(g, left));
    }
    return contrary ? term_negate(g, left) : ST_OK;
}

/* comparison := term { operator … } */
static status read_comparison(struct grammar *g, struct term *left)
{
    TRY(read_term(g, left));
    for (;;) {
        const code_op op = comparison_of(g->now->kind);
        struct term right = {0};
        bool found = false;
        if (op != CODE_OP_NONE) {
            (void)grammar_take(g);
            TRY(need_right(g));
            TRY(read_term(g, &right));
            TRY(term_compare(g, op, left, &right));
            continue;
        }
        if (grammar_accept_word(g, KEYWORD_IS)) {
            TRY(read_is(g, left));
            continue;
        }
        TRY(read_range(g, left, &found));
        if (!found) TRY(refuse_operator(g, left, &found));
        if (!found) return ST_OK;
    }
}

/* ---- Conditions ---- */

/* A term that must be a condition: `what` is wrong with one that is not. */
static status as_condition(struct grammar *g, struct term *term, const char *what)
{
    if (term->condition != NULL) return ST_OK;
    grammar_note(g, "%s", what);
    return term_test(g, CODE_OP_EQ, term->operand, term);
}

/* negation := { "NOT" } comparison */
static status read_not(struct grammar *g, struct term *out)
{
    bool contrary = false;
    bool any = false;
    while (grammar_accept_word(g, KEYWORD_NOT)) {
        contrary = !contrary;
        any = true;
    }
    TRY(read_comparison(g, out));
    if (any) TRY(as_condition(g, out, "The argument to NOT must be a Type or Expression"));
    return contrary ? term_negate(g, out) : ST_OK;
}

static const char text_joined[] = "The arguments to AND/OR must be Expressions";

typedef status(read_fn)(struct grammar *g, struct term *out);

/* part { word part }: what `read` reads, joined as `kind` */
static status read_joined(struct grammar *g, keyword word, condition_kind kind, read_fn *read,
                          struct term *out)
{
    TRY(read(g, out));
    if (!grammar_is_word(g, word)) return ST_OK;
    TRY(as_condition(g, out, text_joined));
    struct partiql_condition *last = out->condition;
    struct partiql_condition *all = NULL;
    TRY(term_new_condition(g, kind, last, &all));
    while (grammar_accept_word(g, word)) {
        struct term part = {0};
        TRY(need_right(g));
        TRY(read(g, &part));
        TRY(as_condition(g, &part, text_joined));
        last->next = part.condition;
        last = part.condition;
    }
    *out = (struct term){.condition = all};
    return ST_OK;
}

/* conjunct := negation { "AND" negation } */
static status read_and(struct grammar *g, struct term *out)
{
    return read_joined(g, KEYWORD_AND, CONDITION_AND, read_not, out);
}

/* condition := conjunct { "OR" conjunct } */
static status read_or(struct grammar *g, struct term *out)
{
    return read_joined(g, KEYWORD_OR, CONDITION_OR, read_and, out);
}

status condition_read(struct grammar *g, struct partiql_condition **out)
{
    struct term term = {0};
    TRY(read_or(g, &term));
    TRY(as_condition(g, &term,
                     "WHERE clause must contain an expression that resolves to a boolean"));
    *out = term.condition;
    return ST_OK;
}
