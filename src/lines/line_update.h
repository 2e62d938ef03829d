/* line_update.h -- the updates of a line: a list of actions, applied in their order.
 *
 *     {"action":"SET","path":P,"value":V}      maps on the way are made when they are missing
 *     {"action":"REMOVE","path":P}             of what is not there: nothing
 *     {"action":"ADD","path":P,"value":V}      to a number; to an array what it lacks
 *     {"action":"DELETE","path":P,"value":V}   from an array; an empty one goes
 */
#ifndef STATOR_LINES_LINE_UPDATE_H
#define STATOR_LINES_LINE_UPDATE_H

#include "db/path.h"
#include "lines/line_turn.h"
#include "lines/line_write.h"

typedef enum line_verb {
    LINE_SET,
    LINE_REMOVE,
    LINE_ADD,
    LINE_DELETE,
} line_verb;

struct line_action {
    line_verb verb;
    const char *path;
    struct value value; /* VALUE_NONE of REMOVE */
};

struct line_actions {
    struct line_action *list;
    uint32_t count;
};

/* The member "updates". InvalidUpdateAction, ParseError, UpdateTypeMismatch. */
MUST_USE status line_update_read(struct line_turn *turn, const struct line_fields *fields,
                                 struct line_actions *out);

/* Can an UpdateExpression say what these actions mean? Arrays that are added to or deleted from
 * have no words there. */
MUST_USE bool line_update_is_plain(const struct line_actions *actions);

/* Put `actions`, which are plain, into a request as its UpdateExpression. InvalidExpression. */
MUST_USE status line_update_express(struct line_turn *turn, struct line_write *write,
                                    const struct line_actions *actions);

#endif
