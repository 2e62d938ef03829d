/* code_op.c -- see code_op.h; everything is in the table there. */
#include "expr/code_op.h"

#include <assert.h>

static const struct code_op_info infos[] = {
#define CODE_OP_INFO(name, text, operands, use) {text, operands, use},
    CODE_OP_MAP(CODE_OP_INFO)
#undef CODE_OP_INFO
};

const struct code_op_info *code_op_info(code_op op)
{
    assert(op < CODE_OP_COUNT);
    return &infos[op];
}

code_op code_op_function(struct span name)
{
    for (size_t i = 0; i < ARRAY_COUNT(infos); i++) {
        if (infos[i].use != CODE_USE_OPERATOR && span_eq(name, span_of(infos[i].text)))
            return (code_op)i;
    }
    return CODE_OP_NONE;
}
