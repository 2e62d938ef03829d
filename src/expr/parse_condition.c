/* parse_condition.c -- conditions, filters and key conditions; one grammar for all three.
 *
 *     condition := conjunct { "OR" conjunct }
 *     conjunct  := negation { "AND" negation }
 *     negation  := "NOT" negation | primary
 *     primary   := comparison | call | "(" condition ")"
 *     comparison:= operand ( "=" | "<>" | "<" | "<=" | ">" | ">=" ) operand
 *                | operand "BETWEEN" operand "AND" operand
 *                | operand "IN" "(" operand { "," operand } ")"
 *
 * "(" may begin a condition or an operand, and only what follows its ")" tells which. Nothing is
 * tried twice: what was read is a term, which is an operand until it must be a condition.
 *
 * Each open parenthesis is a frame that holds what stands before the term being read:
 *
 *     a = :x OR b = :y AND NOT (    any_of: a = :x    all_of: b = :y    negate: true
 *
 * A part of a condition is a fragment (fragment.h), joined with others as they are read.
 */
#include <assert.h>

#include "expr/fragment.h"
#include "expr/parser.h"

struct frame {
    struct frame *outer;
    bool negate;
    bool begun; /* stands anything before the term within these parentheses? */
    bool has_any_of;
    bool has_all_of;
    struct fragment any_of; /* joined by OR */
    struct fragment all_of; /* joined by AND */
};

struct term {
    bool is_condition;
    bool in_parentheses;
    uint16_t operand;          /* unless it is a condition */
    struct fragment condition; /* if it is */
};

/* ---- Fragments ---- */

static struct fragment one_test(struct parser *p, struct code_test test)
{
    test.end = p->operand_count;
    const uint16_t index = parser_push_test(p, test);
    return fragment_of(p->tests, index);
}

/* ---- Terms ---- */

/* Read the next operand of the comparison `test`, whose last one so far is *last. */
static status parse_next(struct parser *p, struct code_test *test, uint16_t *last)
{
    struct parser_operand operand = {0};
    TRY(parser_operand(p, &operand));
    parser_place_operand(p, operand.index, PARSER_AS_OPERAND);
    p->operands[*last].next = operand.index;
    *last = operand.index;
    test->count++;
    return ST_OK;
}

static status parse_rest(struct parser *p, struct code_test *test)
{
    uint16_t last = test->first;
    if (test->op == CODE_OP_BETWEEN) {
        TRY(parse_next(p, test, &last));
        TRY(parser_expect(p, TOKEN_AND));
        return parse_next(p, test, &last);
    }
    if (test->op != CODE_OP_IN) return parse_next(p, test, &last);

    TRY(parser_expect(p, TOKEN_OPEN));
    do {
        TRY(parse_next(p, test, &last));
    } while (parser_accept(p, TOKEN_COMMA));
    return parser_expect(p, TOKEN_CLOSE);
}

struct comparison {
    token_kind token;
    code_op op;
};

static const struct comparison comparisons[] = {
    {TOKEN_EQ,      CODE_OP_EQ     },
    {TOKEN_NE,      CODE_OP_NE     },
    {TOKEN_LT,      CODE_OP_LT     },
    {TOKEN_LE,      CODE_OP_LE     },
    {TOKEN_GT,      CODE_OP_GT     },
    {TOKEN_GE,      CODE_OP_GE     },
    {TOKEN_IN,      CODE_OP_IN     },
    {TOKEN_BETWEEN, CODE_OP_BETWEEN},
};

static code_op comparison_of(token_kind token)
{
    for (size_t i = 0; i < ARRAY_COUNT(comparisons); i++) {
        if (comparisons[i].token == token) return comparisons[i].op;
    }
    return CODE_OP_NONE;
}

/* When a comparison follows the operand *term, read it to its end. */
static status parse_comparison(struct parser *p, struct term *term)
{
    const code_op op = comparison_of(p->now.kind);
    if (op == CODE_OP_NONE || term->is_condition) return ST_OK;
    TRY(parser_count_operator(p));
    parser_advance(p);
    parser_place_operand(p, term->operand, PARSER_AS_OPERAND);
    struct code_test test = {
        .op = (uint16_t)op, .first = term->operand, .count = 1, .begin = term->operand};
    TRY(parse_rest(p, &test));
    *term = (struct term){.is_condition = true, .condition = one_test(p, test)};
    return ST_OK;
}

/* The term must be a condition here: a call is one, any other operand is not. */
static status require_condition(struct parser *p, struct term *term)
{
    if (term->is_condition) return ST_OK;
    const struct code_operand *call = &p->operands[term->operand];
    if (call->kind != CODE_CALL) return parser_fail(p);
    parser_place_operand(p, term->operand, PARSER_AS_CONDITION);
    term->condition = one_test(p, (struct code_test){.op = call->op,
                                                     .first = call->first,
                                                     .count = call->count,
                                                     .begin = (uint16_t)(term->operand + 1)});
    term->is_condition = true;
    return ST_OK;
}

/* ---- Frames ---- */

static status push_frame(struct parser *p, struct frame **top)
{
    struct frame *frame = arena_new(p->arena, struct frame);
    if (frame == NULL) return FAIL_PLAIN(p->err, ST_NO_MEMORY);
    frame->outer = *top;
    *top = frame;
    return ST_OK;
}

/* The condition in *term, with what stands before it in its conjunct. */
static struct fragment take_conjunct(struct parser *p, struct frame *frame, struct fragment part)
{
    if (frame->negate) part = fragment_not(part);
    if (frame->has_all_of) part = fragment_and(p->tests, frame->all_of, part);
    frame->negate = false;
    frame->has_all_of = false;
    return part;
}

static struct fragment take_all(struct parser *p, struct frame *frame, struct fragment part)
{
    part = take_conjunct(p, frame, part);
    if (frame->has_any_of) part = fragment_or(p->tests, frame->any_of, part);
    frame->has_any_of = false;
    return part;
}

/* Every "NOT" and "(" that stands before an operand, and the operand. */
static status parse_inwards(struct parser *p, struct frame **top, struct term *term)
{
    for (;;) {
        if (p->now.kind == TOKEN_NOT) {
            TRY(parser_count_operator(p));
            p->has_not = true;
            (*top)->negate = !(*top)->negate;
            (*top)->begun = true;
            parser_advance(p);
        } else if (parser_accept(p, TOKEN_OPEN)) {
            TRY(push_frame(p, top));
        } else {
            break;
        }
    }
    struct parser_operand operand = {0};
    TRY(parser_operand(p, &operand));
    *term = (struct term){.operand = operand.index};
    return ST_OK;
}

/* ")" after *term, which becomes all that stood in the parentheses. */
static status close_frame(struct parser *p, struct frame **top, struct term *term)
{
    struct frame *frame = *top;
    assert(frame->outer != NULL);
    if (frame->begun) TRY(require_condition(p, term));
    parser_advance(p);
    if (!frame->begun && term->in_parentheses) return parser_fail_parentheses(p);
    if (term->is_condition) term->condition = take_all(p, frame, term->condition);
    term->in_parentheses = true;
    *top = frame->outer;
    return ST_OK;
}

/* "AND" or "OR" after the condition in *term: keep it in the frame. False: neither follows. */
static status keep_before(struct parser *p, struct frame *frame, struct term *term, bool *kept)
{
    *kept = p->now.kind == TOKEN_AND || p->now.kind == TOKEN_OR;
    if (!*kept) return ST_OK;
    TRY(require_condition(p, term));
    TRY(parser_count_operator(p));
    if (p->now.kind == TOKEN_AND) {
        frame->all_of = take_conjunct(p, frame, term->condition);
        frame->has_all_of = true;
    } else {
        p->has_or = true;
        frame->any_of = take_all(p, frame, term->condition);
        frame->has_any_of = true;
    }
    frame->begun = true;
    parser_advance(p);
    return ST_OK;
}

/* What follows *term up to the next "AND" or "OR" (*more), or the end. */
static status parse_outwards(struct parser *p, struct frame **top, struct term *term, bool *more)
{
    for (;;) {
        TRY(parse_comparison(p, term));
        if (p->now.kind == TOKEN_CLOSE && (*top)->outer != NULL) {
            TRY(close_frame(p, top, term));
            continue;
        }
        TRY(keep_before(p, *top, term, more));
        if (*more) return ST_OK;
        TRY(require_condition(p, term));
        return p->now.kind == TOKEN_END && (*top)->outer == NULL ? ST_OK : parser_fail(p);
    }
}

/* condition := conjunct { "OR" conjunct } */
status parser_condition(struct parser *parser)
{
    struct frame whole = {0};
    struct frame *top = &whole;
    struct term term = {0};
    for (bool more = true; more;) {
        TRY(parse_inwards(parser, &top, &term));
        TRY(parse_outwards(parser, &top, &term, &more));
    }
    assert(top == &whole);
    const struct fragment all = take_all(parser, top, term.condition);
    fragment_close(parser->tests, all);
    return ST_OK;
}
