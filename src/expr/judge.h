/* judge.h -- what a test sees of an operand, for those who tell of it (explain.c). */
#ifndef STATOR_EXPR_JUDGE_H
#define STATOR_EXPR_JUDGE_H

#include "expr/code.h"
#include "item/number.h"

/* The value of `operand` for the attributes `map` (VALUE_M): of a path what it leads to, of size()
 * a number made in *room. VALUE_NONE: there is none. */
MUST_USE struct value judge_operand(const struct expr *expr, const struct code_operand *operand,
                                    struct value map, struct number *room);

#endif
