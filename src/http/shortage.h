/* shortage.h -- what is bounded for all connections together, and who goes when there is no more.
 * Private to the room.
 *
 *     descriptors, connections    a newcomer, and one too many: somebody has to go
 *     bytes                       requests being sent and replies not yet read: likewise
 *
 * Small buffers are not counted (exchange_bytes): so a small request always finds room, and what
 * all of those hold is bounded by the number of connections. The bytes of a reply that the system
 * takes at once are not counted either: they are gone before anybody else runs.
 *
 * Threads: a loop's own; the count of bytes is one for all loops of the server.
 */
#ifndef STATOR_HTTP_SHORTAGE_H
#define STATOR_HTTP_SHORTAGE_H

#include "http/connection.h"

/* End a connection of the loop that may go: its place is free soon. False: none may. */
bool shortage_end_one(struct loop *loop);

/* Count what the connection's exchange holds. Others that may go do, if that is too much. False: it
 * still is, and is not counted. */
MUST_USE bool shortage_allows(const struct connection *connection);

/* The exchange holds less than before: count it so. */
void shortage_is_less(struct http_exchange *exchange);

/* The exchange is given back: it does not count. */
void shortage_is_over(struct http_exchange *exchange);

#endif
