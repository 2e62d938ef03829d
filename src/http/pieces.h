/* pieces.h -- replies that go on: a body sent piece by piece, for as long as the handler likes.
 * Private to the room; what handlers see of it stands in http.h.
 *
 *              pieces_begin            a piece that the socket does not take whole
 *     HANDLING ------------> STREAMING -------------------------------------------> WRITING
 *                               ^  |                    written                        |
 *                               |  +-- pieces_beat      (HTTP_STREAM_ROOM)             |
 *                               +------------------------------------------------------+
 *
 * and from both, when the handler finishes, the last piece; then the connection goes on as after
 * any other reply (connection_sent).
 *
 *     HTTP/1.1    Transfer-Encoding: chunked, a piece is a chunk
 *     HTTP/1.0    pieces as they are; the body ends with the connection
 *
 * Nothing of it is compressed, and it has no CRC: both are of a whole body.
 *
 * G1  An exchange that goes on is given back when its connection has left it, its handler has
 *     finished it, and no write of it is under way: whichever comes last.
 * G2  A piece is never begun while another is being written. So what a client that does not read
 *     costs is one piece, whose size is the handler's.
 * G3  The handler is told once that it should end, and never from within a call of its own.
 */
#ifndef STATOR_HTTP_PIECES_H
#define STATOR_HTTP_PIECES_H

#include "http/exchange.h"

/* The handler's calls (http.h), for an exchange in its hands. */
MUST_USE bool pieces_begin(struct http_exchange *exchange, int http_status,
                           const struct http_stream *stream);
MUST_USE bool pieces_push(struct http_exchange *exchange);
void pieces_finish(struct http_exchange *exchange);

/* The connection of an exchange that goes on is gone, and they do not know each other any more. */
void pieces_left(struct http_exchange *exchange);

/* Nothing was sent for as long as STREAMING may take: say that somebody is here. */
void pieces_beat(struct connection *connection);

/* A WRITING connection of an exchange that goes on has sent something since it was looked at. */
void pieces_look_again(struct connection *connection);

/* The server stops: handlers are told, and who does not read is not waited for. */
void pieces_drain(struct loop *loop);

/* Tell whom there is something to tell (G3). From the loop's turn only. */
void pieces_tell(struct loop *loop);

#endif
