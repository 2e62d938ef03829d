/* call.h -- one call of the application: made, made again where that helps, and told of.
 *
 *     handle_enter, a turn           the function that the application called
 *       -> a request (request.h)
 *       -> call_make                 attempts, pauses, hooks; the answer, or the error in the turn
 *     handle_leave, turn_end
 *
 * An attempt is made again when it was refused for now: throttled, in conflict, a server that is
 * stopping, a transaction canceled for reasons that all pass. The remote carrier does so by itself
 * (client.h says when); for the others it is done here, by the same policy and bucket.
 *
 * What a hook or stator_error_get shows of a failure is the service's own: code, sentence, item.
 */
#ifndef STATOR_DB_CALL_H
#define STATOR_DB_CALL_H

#include "db/handle.h"
#include "db/turn.h"

struct call_spec {
    const char *operation; /* "PutItem" */
    const char *table;     /* for hooks; or NULL */
    struct value request;  /* VALUE_M, or VALUE_NONE: `body` is the JSON */
    struct span body;
    struct buf *reply;          /* JSON goes here, or NULL: `answer` is wanted */
    struct arena *arena;        /* of the answer */
    const stator_retry *retry;  /* NULL: the handle's */
    int64_t timeout_us;         /* 0: the handle's */
    bool may_repeat;            /* a second time does no harm, whatever the operation */
    const uint64_t *if_version; /* the engine's own; or NULL */
    struct span index_scope;    /* of an index that UpdateTable makes, the engine's own; or empty */
    bool is_inner; /* the library asks it for itself: a failure is no more than a step */

    struct value answer; /* VALUE_M */
    uint64_t version;    /* the engine's own, of the item that was read or written */
};

/* Make the call within handle_enter. What fails is in turn->err, with all that the service said of
 * it beside; `answer` is then the error's, and lives in the arena. */
MUST_USE status call_make(stator *db, struct turn *turn, struct call_spec *spec);

#endif
