/* check.h -- what is wrong with an expression once its names and values are known. */
#ifndef STATOR_EXPR_CHECK_H
#define STATOR_EXPR_CHECK_H

#include "expr/scope.h"

/* An expression being bound: names and values fill as placeholders are found. Code that was built
 * (expr_build.h) has none: its values are there. */
struct check {
    struct expr_scope *scope; /* NULL: it was built */
    struct arena *arena;
    struct expr *expr;
    struct span *names; /* expr's, still to be written */
    struct value *values;
    struct error *err;
};

/* Find the #names of path `operand`. ST_VALIDATION: one is not defined. */
MUST_USE status check_path(struct check *check, const struct code_operand *operand);

/* Find the #names, or the :values, or both, of the operands `begin` to `end`. */
MUST_USE status check_names(struct check *check, uint16_t begin, uint16_t end);
MUST_USE status check_values(struct check *check, uint16_t begin, uint16_t end);
MUST_USE status check_placeholders(struct check *check, uint16_t begin, uint16_t end);

/* Check the calls among the operands `begin` to `end`, the inner ones first: number of operands,
 * then their types. */
MUST_USE status check_call_counts(struct check *check, uint16_t begin, uint16_t end);
MUST_USE status check_calls(struct check *check, uint16_t begin, uint16_t end);

/* Check one test of a condition. */
MUST_USE status check_test(struct check *check, const struct code_test *test);

#endif
