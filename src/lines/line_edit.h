/* line_edit.h -- an item changed by actions, one after the other, as the protocol means them.
 *
 * Most updates are said as an UpdateExpression and happen in the store. What no expression can say
 * (arrays as sets, maps made on the way, actions that build on one another) is worked out here, on
 * a copy of the item, which line_change.c then puts in the place of an item that is still the same.
 *
 * Memory: the turn's arena.
 */
#ifndef STATOR_LINES_LINE_EDIT_H
#define STATOR_LINES_LINE_EDIT_H

#include "lines/line_update.h"

/* Apply `actions` to `item`, a map or VALUE_NONE, which is an empty one. UpdateTypeMismatch,
 * InvalidUpdateAction, what numbers are refused for, ST_NO_MEMORY. */
MUST_USE status line_edit_apply(struct line_turn *turn, const struct line_actions *actions,
                                struct value item, struct value *out);

/* The first name of a path. ST_NO_MEMORY. */
MUST_USE status line_edit_top(struct line_turn *turn, const char *path, struct span *out);

#endif
