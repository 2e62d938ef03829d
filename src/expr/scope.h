/* scope.h -- the placeholders of one request, found by name, and the expressions bound to them. */
#ifndef STATOR_EXPR_SCOPE_H
#define STATOR_EXPR_SCOPE_H

#include "expr/code.h"

struct scope_value {
    struct span placeholder;
    struct value value;
};

/* Placeholders of one kind, in their order. */
struct scope_index {
    const struct expr_name *names;    /* one of these two is NULL */
    const struct scope_value *values; /* already in their order */
    const uint32_t *order;            /* names in their order */
    bool *used;                       /* as they were given */
    uint32_t count;
};

struct scope_state {
    struct scope_index names;
    struct scope_index values;
    struct expr *bound; /* the newest first */
};

/* Find a placeholder and mark it used; *at is its place as given. False: it was not given. */
MUST_USE bool scope_use(struct scope_index *index, struct span placeholder, uint32_t *at);

#endif
