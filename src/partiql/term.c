/* term.c -- see term.h.
 *
 * A comparison of a condition c, with
 *
 *     TRUE, FALSE        c, or its contrary
 *     another literal    never equal: the test TRUE = 1
 *     an attribute       (c AND a = TRUE) OR (NOT c AND a = FALSE)
 *     another test d     (c AND d) OR (NOT c AND NOT d)
 *
 * The last two say things twice, so both sides must be single tests: whatever nests would double
 * at every level.
 */
#include "partiql/term.h"

#include <assert.h>

static const struct value value_true = {
    VALUE_BOOL, {(const uint8_t *)"\1", 1}
};
static const struct value value_false = {
    VALUE_BOOL, {(const uint8_t *)"\0", 1}
};

/* ---- Making ---- */

status term_new_operand(struct grammar *g, operand_kind kind, struct operand **out)
{
    struct operand *operand = arena_new(g->arena, struct operand);
    if (operand == NULL) return FAIL_PLAIN(g->err, ST_NO_MEMORY);
    operand->kind = kind;
    operand->lexeme = g->now;
    *out = operand;
    return ST_OK;
}

status term_new_condition(struct grammar *g, condition_kind kind, struct partiql_condition *parts,
                          struct partiql_condition **out)
{
    struct partiql_condition *condition = arena_new(g->arena, struct partiql_condition);
    if (condition == NULL) return FAIL_PLAIN(g->err, ST_NO_MEMORY);
    *condition = (struct partiql_condition){.kind = kind, .parts = parts};
    *out = condition;
    return ST_OK;
}

status term_test(struct grammar *g, code_op op, struct operand *operands, struct term *out)
{
    struct partiql_condition *test = NULL;
    TRY(term_new_condition(g, CONDITION_TEST, NULL, &test));
    test->op = op;
    test->operands = operands;
    *out = (struct term){.condition = test};
    return ST_OK;
}

static bool is_not(const struct partiql_condition *condition)
{
    return condition->kind == CONDITION_NOT;
}

/* A third NOT and the second one are nothing. Two stay, as they were written: no plan looks into a
 * NOT. */
status term_negate(struct grammar *g, struct term *term)
{
    struct partiql_condition *contrary = NULL;
    assert(term->condition != NULL);
    if (is_not(term->condition) && is_not(term->condition->parts)) {
        *term = (struct term){.condition = term->condition->parts};
        return ST_OK;
    }
    TRY(term_new_condition(g, CONDITION_NOT, term->condition, &contrary));
    *term = (struct term){.condition = contrary};
    return ST_OK;
}

status term_as_operand(struct grammar *g, code_op op, struct term *term)
{
    if (term->operand != NULL) return ST_OK;
    grammar_note(g,
                 "Incorrect operand type for operator or function; operator or function: %s, "
                 "operand type: BOOL",
                 code_op_info(op)->text);
    TRY(term_new_operand(g, OPERAND_VALUE, &term->operand));
    term->operand->value = (struct value){.type = VALUE_NULL};
    return ST_OK;
}

/* ---- Conditions as values ---- */

/* TRUE = `value`: a test that always ends alike. */
static status test_truth(struct grammar *g, struct value value, struct term *out)
{
    struct operand *left = NULL;
    struct operand *right = NULL;
    TRY(term_new_operand(g, OPERAND_VALUE, &left));
    TRY(term_new_operand(g, OPERAND_VALUE, &right));
    left->value = value_true;
    left->next = right;
    right->value = value;
    return term_test(g, CODE_OP_EQ, left, out);
}

/* `operand` = `value`, the operand copied. */
static status test_operand(struct grammar *g, const struct operand *operand, struct value value,
                           struct term *out)
{
    struct operand *left = NULL;
    struct operand *right = NULL;
    TRY(term_new_operand(g, operand->kind, &left));
    TRY(term_new_operand(g, OPERAND_VALUE, &right));
    *left = *operand;
    left->next = right;
    right->value = value;
    return term_test(g, CODE_OP_EQ, left, out);
}

/* Another node for the same test, or for its contrary. */
static status copy_test(struct grammar *g, const struct partiql_condition *test, bool contrary,
                        struct term *out)
{
    TRY(term_test(g, test->op, test->operands, out));
    return contrary ? term_negate(g, out) : ST_OK;
}

static status join(struct grammar *g, condition_kind kind, struct term a, struct term b,
                   struct term *out)
{
    struct partiql_condition *both = NULL;
    a.condition->next = b.condition;
    TRY(term_new_condition(g, kind, a.condition, &both));
    *out = (struct term){.condition = both};
    return ST_OK;
}

/* One half of an equality: `test`, as `side` says, and what the other one is then. */
static status half(struct grammar *g, const struct partiql_condition *test, bool side,
                   const struct term *other, struct term *out)
{
    struct term first = {0};
    struct term second = {0};
    TRY(copy_test(g, test, !side, &first));
    if (other->condition != NULL) {
        TRY(copy_test(g, other->condition, !side, &second));
    } else {
        TRY(test_operand(g, other->operand, side ? value_true : value_false, &second));
    }
    return join(g, CONDITION_AND, first, second, out);
}

/* Is the test in *left as true as *other? */
static status equate(struct grammar *g, const struct term *other, struct term *left)
{
    struct term both = {0};
    struct term neither = {0};
    const struct partiql_condition *test = left->condition;
    TRY(half(g, test, true, other, &both));
    TRY(half(g, test, false, other, &neither));
    return join(g, CONDITION_OR, both, neither, left);
}

static bool is_test(const struct term *term)
{
    return term->condition != NULL && term->condition->kind == CONDITION_TEST;
}

/* The condition in *left equals the literal `value`. */
static status equate_value(struct grammar *g, struct value value, struct term *left)
{
    if (value.type != VALUE_BOOL) return test_truth(g, value, left);
    return value_bool(value) ? ST_OK : term_negate(g, left);
}

/* *left, a condition, equals *other. False in *done: it cannot be told. */
static status equate_any(struct grammar *g, const struct term *other, struct term *left, bool *done)
{
    const bool literal = other->operand != NULL && other->operand->kind == OPERAND_VALUE;
    *done = true;
    if (literal) return equate_value(g, other->operand->value, left);
    *done = is_test(left) && (other->condition == NULL || is_test(other));
    return *done ? equate(g, other, left) : ST_OK;
}

status term_compare(struct grammar *g, code_op op, struct term *left, struct term *right)
{
    const bool equality = op == CODE_OP_EQ || op == CODE_OP_NE;
    bool done = false;
    if (equality && (left->condition != NULL || right->condition != NULL)) {
        struct term condition = left->condition != NULL ? *left : *right;
        const struct term *other = left->condition != NULL ? right : left;
        TRY(equate_any(g, other, &condition, &done));
        if (done) {
            *left = condition;
            return op == CODE_OP_EQ ? ST_OK : term_negate(g, left);
        }
    }
    TRY(term_as_operand(g, op, left));
    TRY(term_as_operand(g, op, right));
    left->operand->next = right->operand;
    return term_test(g, op, left->operand, left);
}

status term_in(struct grammar *g, struct term *left, const struct operand *members)
{
    bool has_true = false;
    bool has_false = false;
    assert(left->condition != NULL);
    for (const struct operand *at = members; at != NULL; at = at->next) {
        if (at->kind != OPERAND_VALUE) return term_as_operand(g, CODE_OP_IN, left);
        if (at->value.type != VALUE_BOOL) continue;
        if (value_bool(at->value)) has_true = true;
        if (!value_bool(at->value)) has_false = true;
    }
    if (has_true && has_false) return test_truth(g, value_true, left);
    if (has_true) return ST_OK;
    return has_false ? term_negate(g, left)
                     : test_truth(g, (struct value){.type = VALUE_NULL}, left);
}
