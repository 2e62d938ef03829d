/* line_change.h -- an update that no UpdateExpression says: worked out on the item as it was read,
 * and put in its place if what it touches is unchanged.
 *
 *     line_change_begin -> line_change_put; refused, and not line_change_is_unchanged: put again
 *
 * Memory: the turn's arena.
 */
#ifndef STATOR_LINES_LINE_CHANGE_H
#define STATOR_LINES_LINE_CHANGE_H

#include "lines/line_update.h"

struct line_change {
    struct line_schema schema;
    struct line_actions actions;
    stator_cond *condition; /* the line's own; NULL: it has none */

    /* private */
    struct value old;     /* the item as it was read; VALUE_NONE: there was none */
    struct span *touched; /* names of attributes, each once */
    uint32_t touched_count;
};

/* With schema, actions and condition set. KeyAttributeUpdate. */
MUST_USE status line_change_begin(struct line_turn *turn, struct line_change *change);

/* Put what makes `old` the changed item into a request that has its key, under the condition that
 * what it touches is as in `old`, and under its own. As line_edit_apply. */
MUST_USE status line_change_put(struct line_turn *turn, struct line_change *change,
                                struct value old, struct line_write *write);

/* Is what it touches in `now` as it was read? */
MUST_USE bool line_change_is_unchanged(const struct line_change *change, struct value now);

/* Read "condition" of `fields`, if it is there. InvalidExpression. */
MUST_USE status line_change_read_condition(struct line_turn *turn, struct line_change *change,
                                           const struct line_fields *fields);

/* Was an UpdateExpression refused for its paths, so that it is to be worked out? */
MUST_USE bool line_change_is_called_for(const struct line_turn *turn);

/* Forget a refusal: another attempt is made. */
void line_change_forget(struct line_turn *turn);

#endif
