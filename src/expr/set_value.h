/* set_value.h -- the values an update writes, worked out from the item before it. */
#ifndef STATOR_EXPR_SET_VALUE_H
#define STATOR_EXPR_SET_VALUE_H

#include "expr/code.h"

/* What all of one update's values are made from. */
struct set_value {
    const struct expr *expr;
    struct value before; /* the item, VALUE_M */
    struct arena *arena;
    struct error *err;
};

/* The value of `target`, a SET: its right side. ST_VALIDATION: an attribute it reads is missing, an
 * operand has a wrong type, a number is out of range. ST_NO_MEMORY. */
MUST_USE status set_value_assigned(const struct set_value *from, const struct code_target *target,
                                   struct value *out);

/* What ADD or DELETE makes of `old` (VALUE_NONE: nothing there). VALUE_NONE: nothing is left. */
MUST_USE status set_value_added(const struct set_value *from, const struct code_target *target,
                                struct value old, struct value *out);
MUST_USE status set_value_deleted(const struct set_value *from, const struct code_target *target,
                                  struct value old, struct value *out);

#endif
