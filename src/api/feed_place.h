/* feed_place.h -- where a feed begins: its table, its stream and its position. */
#ifndef STATOR_API_FEED_PLACE_H
#define STATOR_API_FEED_PLACE_H

#include "api/op.h"
#include "engine/engine_stream.h"

struct feed_place {
    struct engine_stream stream;
    struct engine_position after;
};

enum { FEED_PLACE_ID_BYTES = 20 + 1 + 20 + 1 + 10 };

/* Is it a feed that is asked for? */
MUST_USE bool feed_place_is_asked(const struct api_call *outer);

/* Find what the call's path and query, or the id of the last event, say. ST_VALIDATION: there is no
 * such position or name; ST_NOT_FOUND: no such table, it never had a stream, or that of the
 * position is not kept any more. */
MUST_USE status feed_place_find(struct call *call, struct feed_place *out);

/* The id of an event; the answer is in `out`. */
struct span feed_place_id(uint64_t made_ms, struct engine_position at,
                          char out[FEED_PLACE_ID_BYTES + 1]);

#endif
