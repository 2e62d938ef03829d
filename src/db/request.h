/* request.h -- what a call asks for, as one stored map: DynamoDB's parameters by their names.
 *
 *     request_begin -> request_text, request_value, request_map … request_end -> request_finish
 *
 *     {"TableName": S, "Key": M, "ConsistentRead": BOOL, "Limit": N, "AttributesToGet": L, …}
 *
 * The map goes to the operation in this process as it lies, or is written as JSON for one that is
 * elsewhere (api/api_text.h); so a call is described once, wherever the data is. Names are sorted
 * when a map ends, in whatever order they came.
 *
 * Failures to grow stick, and are told by request_finish. Memory: the arena.
 */
#ifndef STATOR_DB_REQUEST_H
#define STATOR_DB_REQUEST_H

#include "item/value_build.h"

enum { REQUEST_LEVELS = 8 };

struct request_level {
    struct value_build_attribute at; /* in the map that it stands in, or … */
    size_t gap;                      /* … in the list */
    size_t begun;
    uint32_t count;
    value_type type;
};

struct request {
    struct value_build build;
    struct error late; /* nothing is noted in it: all that comes in was checked */
    struct request_level levels[REQUEST_LEVELS];
    uint32_t depth; /* of the innermost open level */
};

void request_begin(struct request *r, struct arena *arena);

/* Open a map or a list within the innermost one, which is a list when `name` is empty; end it. */
void request_map(struct request *r, struct span name);
void request_list(struct request *r, struct span name);
void request_end(struct request *r);

/* Add to the innermost one. */
void request_value(struct request *r, struct span name, struct value v);
void request_text(struct request *r, struct span name, struct span text);
/* Text of the application's, which must be UTF-8. ST_VALIDATION: "`what` is not valid UTF-8". */
MUST_USE status request_given(struct request *r, struct span name, const char *text,
                              const char *what, struct error *err);

void request_flag(struct request *r, struct span name, bool yes);
void request_number(struct request *r, struct span name, int64_t number);

/* The whole, when nothing is open but itself. ST_NO_MEMORY. */
MUST_USE status request_finish(struct request *r, struct value *out, struct error *err);

#endif
