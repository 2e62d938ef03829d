/* term.h -- what stands between two operators: a condition, or else an operand.
 *
 * A condition may be compared as if it were TRUE or FALSE: `begins_with(a, 'b') = FALSE` is its
 * contrary. There are no such values when code is judged, so a comparison of this kind is made of
 * the condition itself.
 */
#ifndef STATOR_PARTIQL_TERM_H
#define STATOR_PARTIQL_TERM_H

#include "partiql/condition.h"

struct term {
    struct partiql_condition *condition; /* or NULL */
    struct operand *operand;             /* or NULL */
};

/* ST_NO_MEMORY, as all of these. */
MUST_USE status term_new_operand(struct grammar *g, operand_kind kind, struct operand **out);
MUST_USE status term_new_condition(struct grammar *g, condition_kind kind,
                                   struct partiql_condition *parts, struct partiql_condition **out);

/* *out becomes the test `op` of `operands`. */
MUST_USE status term_test(struct grammar *g, code_op op, struct operand *operands,
                          struct term *out);

/* The condition in *term becomes its contrary. */
MUST_USE status term_negate(struct grammar *g, struct term *term);

/* *left becomes its comparison with *right; what cannot be compared is noted. */
MUST_USE status term_compare(struct grammar *g, code_op op, struct term *left, struct term *right);

/* The condition in *left becomes: is it one of `members`? */
MUST_USE status term_in(struct grammar *g, struct term *left, const struct operand *members);

/* `term` must be an operand of `op`; it is noted when it is none, and is one then. */
MUST_USE status term_as_operand(struct grammar *g, code_op op, struct term *term);

#endif
