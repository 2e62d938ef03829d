/* key_shape.h -- a key condition as a list of tests on key attributes. */
#ifndef STATOR_EXPR_KEY_SHAPE_H
#define STATOR_EXPR_KEY_SHAPE_H

#include "expr/code.h"

struct key_shape_test {
    struct span name;
    code_op op;        /* EQ, LT, LE, GT, GE, BETWEEN or BEGINS_WITH; the attribute on its left. Of
                        * KeyConditions any other as well, which no key can answer */
    struct value low;  /* VALUE_NONE: the operator takes none */
    struct value high; /* BETWEEN only */
};

/* Is `expr` a key condition at all, whatever the table? ST_VALIDATION in DynamoDB's words. */
MUST_USE status key_shape_check(const struct expr *expr, struct arena *arena, struct error *err);

/* The test number `at` of a key condition that key_shape_check accepted or legacy.c made. */
MUST_USE struct key_shape_test key_shape_test(const struct expr *expr, uint16_t at);

#endif
