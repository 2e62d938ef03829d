/* canonical.h -- a request in the one form that is hashed, whoever writes it.
 *
 *     POST                                             method
 *     /                                                path, normalised and encoded
 *     a=1&b=                                           query, encoded and sorted
 *     host:localhost:8000                              headers: lower case, sorted, one line each
 *     x-amz-date:20150830T123600Z
 *
 *     host;x-amz-date                                  their names
 *     e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b…    SHA-256 of the body
 */
#ifndef STATOR_AUTH_CANONICAL_H
#define STATOR_AUTH_CANONICAL_H

#include "auth/sigv4.h"

/* The names to sign: those of `list` ("b;a;A"), or, when it is empty, of all headers of `request`;
 * in lower case, sorted, each once, joined by ";" again. ST_NO_MEMORY, ST_LIMIT. */
MUST_USE status canonical_names(struct arena *arena, const struct sigv4_request *request,
                                struct span list, struct span *out);

/* Write `request` with the headers of `names`, which canonical_names made, and without the query's
 * X-Amz-Signature when `in_query`. Working memory comes from the buf's own. ST_NO_MEMORY,
 * ST_LIMIT. */
MUST_USE status canonical_write(struct arena *arena, const struct sigv4_request *request,
                                struct span names, bool in_query, struct buf *out);

/* Take the text before the next `separator`, or all of it, off `list`. False when it is spent. */
MUST_USE bool canonical_next(struct span *list, uint8_t separator, struct span *out);

#endif
