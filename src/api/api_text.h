/* api_text.h -- requests and replies as values, in the JSON of DynamoDB's protocol.
 *
 * A caller in the process speaks in values (api.h). To say the same to an endpoint elsewhere:
 *
 *     request value  -> api_text_request -> JSON, sent
 *     JSON, received -> api_text_reply   -> reply value
 *
 * What api_text_reply makes of a Stator's reply is what a call from within would have answered.
 * Operations that are not built here go through as plain JSON: strings, numbers, Booleans, lists
 * and maps. Nothing is checked but that JSON is JSON; rules are the endpoint's.
 */
#ifndef STATOR_API_API_TEXT_H
#define STATOR_API_API_TEXT_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "item/value.h"

/* Append the VALUE_M `request` of `operation` ("PutItem") as JSON. Failure sticks in `json`. */
void api_text_request(struct span operation, struct value request, struct buf *json);

/* Read `json`, the body of a request of `operation`, into *out, a VALUE_M of the arena that holds
 * nothing of `json`. ST_SERIALIZATION: it is no object of JSON, or has no attribute's value where
 * one belongs; ST_VALIDATION: DynamoDB refuses a value in it; ST_NO_MEMORY. */
MUST_USE status api_text_read_request(struct span operation, struct span json, struct arena *arena,
                                      struct value *out, struct error *err);

/* Read `json`, the body of a reply to `operation` or of an error, into *out, a VALUE_M of the arena
 * that holds nothing of `json`. An empty body is an empty map. ST_PROTOCOL: it is no reply;
 * ST_NO_MEMORY. */
MUST_USE status api_text_reply(struct span operation, struct span json, struct arena *arena,
                               struct value *out, struct error *err);

#endif
