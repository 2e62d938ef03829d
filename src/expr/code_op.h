/* code_op.h -- the operators and functions of expressions, as one table.
 *
 * X(name, text, operands, use). `text` is what stands in an expression (functions in exactly this
 * case) and in messages; `operands` is how many a function takes, 0 where the grammar says it.
 */
#ifndef STATOR_EXPR_CODE_OP_H
#define STATOR_EXPR_CODE_OP_H

#include "base/span.h"

typedef enum code_use {
    CODE_USE_OPERATOR,  /* between its operands */
    CODE_USE_CONDITION, /* a function that is a condition by itself */
    CODE_USE_OPERAND,   /* a function that is an operand of a condition */
    CODE_USE_UPDATE,    /* a function that is a value to SET */
} code_use;

/* clang-format off */
#define CODE_OP_MAP(X)                                                                             \
    X(NONE,                 "",                     0, CODE_USE_OPERATOR)                          \
    X(EQ,                   "=",                    0, CODE_USE_OPERATOR)                          \
    X(NE,                   "<>",                   0, CODE_USE_OPERATOR)                          \
    X(LT,                   "<",                    0, CODE_USE_OPERATOR)                          \
    X(LE,                   "<=",                   0, CODE_USE_OPERATOR)                          \
    X(GT,                   ">",                    0, CODE_USE_OPERATOR)                          \
    X(GE,                   ">=",                   0, CODE_USE_OPERATOR)                          \
    X(BETWEEN,              "BETWEEN",              0, CODE_USE_OPERATOR)                          \
    X(IN,                   "IN",                   0, CODE_USE_OPERATOR)                          \
    X(PLUS,                 "+",                    0, CODE_USE_OPERATOR)                          \
    X(MINUS,                "-",                    0, CODE_USE_OPERATOR)                          \
    X(ATTRIBUTE_EXISTS,     "attribute_exists",     1, CODE_USE_CONDITION)                         \
    X(ATTRIBUTE_NOT_EXISTS, "attribute_not_exists", 1, CODE_USE_CONDITION)                         \
    X(ATTRIBUTE_TYPE,       "attribute_type",       2, CODE_USE_CONDITION)                         \
    X(BEGINS_WITH,          "begins_with",          2, CODE_USE_CONDITION)                         \
    X(CONTAINS,             "contains",             2, CODE_USE_CONDITION)                         \
    X(SIZE,                 "size",                 1, CODE_USE_OPERAND)                           \
    X(IF_NOT_EXISTS,        "if_not_exists",        2, CODE_USE_UPDATE)                            \
    X(LIST_APPEND,          "list_append",          2, CODE_USE_UPDATE)
/* clang-format on */

typedef enum code_op {
#define CODE_OP_ENUM(name, text, operands, use) CODE_OP_##name,
    CODE_OP_MAP(CODE_OP_ENUM)
#undef CODE_OP_ENUM
        CODE_OP_COUNT
} code_op;

struct code_op_info {
    const char *text;
    uint8_t operands;
    code_use use;
};

/* The facts of `op`; static. */
MUST_USE const struct code_op_info *code_op_info(code_op op);

/* The function called `name`, or CODE_OP_NONE. */
MUST_USE code_op code_op_function(struct span name);

#endif
