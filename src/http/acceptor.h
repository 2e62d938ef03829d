/* acceptor.h -- the first loop accepts for all. Private to the room.
 *
 *     acceptor_start … acceptor_retry … -> acceptor_stop
 *
 * Threads: the first loop's.
 */
#ifndef STATOR_HTTP_ACCEPTOR_H
#define STATOR_HTTP_ACCEPTOR_H

#include "http/http.h"

/* Watch the server's listeners. ST_IO. */
MUST_USE status acceptor_start(struct http_server *server);

/* Go on after the system had no descriptor or memory for a new socket. */
void acceptor_retry(struct http_server *server);

/* Close the listeners. */
void acceptor_stop(struct http_server *server);

#endif
