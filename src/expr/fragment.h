/* fragment.h -- a part of a condition's code whose jumps do not all know yet where they lead.
 *
 * A fragment is its first test, and its exits: the jumps that leave it. The exits of one kind are a
 * chain through the jumps themselves, so that a fragment takes no memory of its own; two fragments
 * are joined by pointing one kind of exits of the first at the second, and chaining the rest.
 *
 *     fragment_of      one test
 *     fragment_and     `a` was written before `b`, as in all of these
 *     fragment_or
 *     fragment_not
 *     fragment_close   the whole condition
 *
 * Whoever reads a text (parse_condition.c) and whoever writes code down (expr_build.c) joins the
 * same way.
 */
#ifndef STATOR_EXPR_FRAGMENT_H
#define STATOR_EXPR_FRAGMENT_H

#include "expr/code.h"

/* Jumps that lead to the same place: test * 2 + 1 for its on_true, test * 2 for its on_false. */
struct fragment_exits {
    uint16_t head;
    uint16_t tail;
};

struct fragment {
    uint16_t first; /* a test */
    struct fragment_exits when_true;
    struct fragment_exits when_false;
};

/* Test number `index` of `tests` alone, the last one so far; its jumps are set here. */
MUST_USE struct fragment fragment_of(struct code_test *tests, uint16_t index);

/* The tests of `b` stand behind those of `a`. */
MUST_USE struct fragment fragment_and(struct code_test *tests, struct fragment a,
                                      struct fragment b);
MUST_USE struct fragment fragment_or(struct code_test *tests, struct fragment a, struct fragment b);
MUST_USE struct fragment fragment_not(struct fragment a);

/* Let the exits of a condition that begins with the first test lead to CODE_YES and CODE_NO. */
void fragment_close(struct code_test *tests, struct fragment all);

#endif
