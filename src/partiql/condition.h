/* condition.h -- what stands after WHERE, as a tree.
 *
 * A tree and not code at once (expr_build.h), because a plan takes it apart: which tests fix the
 * key, which are left. AND and OR hold two parts or more, so that a chain of any length is one
 * level deep.
 *
 * T1  The operands of a call are paths and values.
 * T2  A tree is at most CONDITION_DEPTH_MAX levels deep: whoever recurses into one counts on it.
 */
#ifndef STATOR_PARTIQL_CONDITION_H
#define STATOR_PARTIQL_CONDITION_H

#include "base/limits.h"
#include "expr/expr_build.h"
#include "partiql/grammar.h"

/* Each parenthesis that grammar_enter lets pass, and what stands around them, has at most an OR, an
 * AND, and NOTs within each other of which there are two (term_negate). At the bottom there may be
 * the equality of two tests (term.h), four levels; one more is for what joins parts of a tree. */
enum { CONDITION_DEPTH_MAX = 4 * (LIMIT_STATEMENT_DEPTH + 1) + 4 + 1 };

typedef enum operand_kind {
    OPERAND_PATH,
    OPERAND_VALUE,
    OPERAND_CALL, /* of size() */
} operand_kind;

struct operand {
    operand_kind kind;
    code_op op; /* of a call */
    const struct expr_step *steps;
    uint16_t step_count;
    struct value value;
    struct operand *inner; /* the first of a call */
    struct operand *next;
    const struct lexeme *lexeme; /* where it begins */
};

typedef enum condition_kind {
    CONDITION_TEST,
    CONDITION_AND,
    CONDITION_OR,
    CONDITION_NOT,
} condition_kind;

struct partiql_condition {
    condition_kind kind;
    code_op op; /* of a test */
    struct operand *operands;
    struct partiql_condition *parts; /* of the others; NOT has one */
    struct partiql_condition *next;
};

/* operand := path | literal | sign number | "?" | function "(" … ")" | "(" operand ")"
 * ST_VALIDATION, ST_NO_MEMORY. */
MUST_USE status condition_operand(struct grammar *g, struct operand **out);

/* A document path: path := name { "." name | "[" index "]" }. `simple`: DynamoDB asks for one here
 * and says so. */
MUST_USE status condition_path(struct grammar *g, bool simple, struct operand **out);

/* The condition after WHERE. */
MUST_USE status condition_read(struct grammar *g, struct partiql_condition **out);

/* Room for the code of `condition`, added to *room. */
void condition_measure(const struct partiql_condition *condition, struct expr_build_room *room);
void condition_measure_operand(const struct operand *operand, struct expr_build_room *room);

/* Write it down: one part more. */
void condition_write(const struct partiql_condition *condition, struct expr_build *build);
void condition_write_operand(const struct operand *operand, struct expr_build *build);

#endif
