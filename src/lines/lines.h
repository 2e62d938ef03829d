/* lines.h -- the line protocol: a request as one line of JSON, its answer as another.
 *
 *     lines_start(lines, call) … call->finished(call)
 *
 *     {"op":"put_item","table":"t","item":{"id":"a","n":1},
 *      "condition":{"AttributeNotExists":"id"}}                     (on one line)
 *     {"ok":true}
 *     {"error":"ConditionCheckFailed","message":"…"}
 *
 * Values are plain JSON (item/plain.h), conditions are trees (db/tree.h). What a line asks for is
 * done by the operations of the api, so their rules hold, and where they and the protocol differ
 * the protocol wins: docs/socket-protocol.md.
 *
 * Whatever comes is answered by one line without a line end in it; nothing is ever left half done
 * because a line was bad.
 *
 * Memory: a call and all it points to live in the caller's request arena until `finished`.
 * Threads: as api.h's. call->resume is called from any thread and must arrange for
 * lines_continue(call) to run on the call's own.
 */
#ifndef STATOR_LINES_LINES_H
#define STATOR_LINES_LINES_H

#include <stdatomic.h>

#include "api/api.h"
#include "engine/engine.h"
#include "os/os.h"

/* What lines are answered from. It is not written after it was filled, but for *sweeping. */
struct lines {
    struct engine *engine;
    struct api *api;       /* over the same engine, for as many threads as start calls */
    const struct os *os;   /* its clock, which is the engine's */
    atomic_bool *sweeping; /* is a sweep_ttl under way? Written by any thread; begins false */
};

/* One line and its answer. The caller zeroes it and sets the first part. */
struct lines_call {
    unsigned thread;
    struct arena *arena;
    struct span text;  /* the line, without its end */
    struct buf *reply; /* the answer is written here, without a line end */
    void (*finished)(struct lines_call *call);
    void (*resume)(struct lines_call *call);
    void *transport; /* the caller's own */

    /* reply */
    status outcome; /* ST_OK, or the failure that the answer tells of */

    struct line_turn *turn; /* private to the room */
};

/* Begin a call; `finished` may be called before this returns. */
void lines_start(const struct lines *lines, struct lines_call *call);

/* Go on with a call after its resume. */
void lines_continue(struct lines_call *call);

/* The answer to a line that cannot even be begun: ST_TOO_LARGE, ST_TIMEOUT, ST_NO_MEMORY. */
void lines_refuse(status st, struct buf *reply);

#endif
