/* throttled.h -- which tables and indexes had no units left for a request: ThrottlingReasons.
 *
 * Noted by the operations, written beside ProvisionedThroughputExceededException and
 * ThrottlingException by reply_error. In a batch each place is told once.
 */
#ifndef STATOR_API_THROTTLED_H
#define STATOR_API_THROTTLED_H

#include "api/op.h"

struct call_throttle {
    struct span table_name;
    struct engine_throttle why;
    struct call_throttle *next;
};

/* Note what was refused, if `st` says that something was, and return it; ST_NO_MEMORY when there is
 * no room for the note. */
MUST_USE status throttled_note(struct call *call, status st, struct span table_name,
                               const struct engine_throttle *why);

/* "ThrottlingReasons": [{"reason": …, "resource": …}] with what was noted; nothing when nothing
 * was. */
void throttled_reply(struct reply_writer *writer, const struct call *call);

#endif
