/* glance.h -- can one item come to look as an operation saw it? A glance that spares searches.
 *
 * Before an operation can happen, others may have to, on its item and on all items that are joined
 * to it: many orders. But whatever they do, the item itself only goes where the open operations on
 * it can take it, each judged by its part on this item alone. If that is nowhere near what the
 * operation saw, no order of all of them gets there.
 */
#ifndef STATOR_TESTS_LINEAR_GLANCE_H
#define STATOR_TESTS_LINEAR_GLANCE_H

#include "linear/history.h"

enum { GLANCE_STEPS_MAX = 12, GLANCE_NODES_MAX = 100 };

/* A part of an operation on the item. */
struct glance_step {
    const struct history_op *op;
    const struct history_part *part;
};

/* Can some of `steps`, each once and in any order, lead from `cell` to where `aim` can happen? True
 * as well where that takes more than a glance. */
bool glance_allows(const struct cell *cell, const struct glance_step *steps, size_t count,
                   struct glance_step aim);

#endif
