/* unpack.h -- bodies that came gzipped or deflated. Private to the room.
 *
 * A small body is unpacked at once. One that turns out to be large would hold up all connections of
 * the loop, and a few kilobytes may claim to be: it is unpacked on a thread of libuv's pool, while
 * its connection is HANDLING. Neither grows beyond the largest body, whatever it claims.
 */
#ifndef STATOR_HTTP_UNPACK_H
#define STATOR_HTTP_UNPACK_H

#include "http/exchange.h"

/* Unpack the body of a whole request whose `packed_as` says that it is packed, then call `go_on`
 * with the exchange, at once or later, on its loop: `unpacked` says how it went, and when that is
 * ST_OK the request's body is the unpacked one. Meanwhile nobody else may use the exchange. */
typedef void(unpack_fn)(struct http_exchange *exchange);
void unpack_begin(struct http_exchange *exchange, unpack_fn *go_on);

/* What to refuse it with; 0: nothing. */
MUST_USE int unpack_refusal(const struct http_exchange *exchange);

#endif
