/* exchange.h -- one request and its reply, and the memory of both. Private to the room.
 *
 *     exchange_take -> exchange_room, exchange_feed … -> (handler) -> exchange_write_head
 *                   -> exchange_next, or exchange_give
 *
 * A connection has an exchange only while it has bytes of a request; an idle one has none. So what
 * an idle connection costs is a struct connection, and what an exchange has grown is used again by
 * whichever connection speaks next (see KEEP_BYTES in exchange.c).
 *
 * Threads: its loop's only, but for `resume_next`, `resume_fn` and `resume_ctx`, which belong to
 * whoever resumes it, and then to the loop's lock.
 */
#ifndef STATOR_HTTP_EXCHANGE_H
#define STATOR_HTTP_EXCHANGE_H

#include <uv.h>

#include "base/coding.h"
#include "http/http.h"
#include "http/http_parse.h"

struct connection;
struct loop;

struct http_exchange {
    struct loop *loop;
    struct connection *connection; /* NULL: the client is gone */
    struct http_exchange *spare_next;

    /* What was read. The request being parsed or answered begins at `start`; spans of `request`
     * point in here, so the bytes do not move while the handler has the exchange. */
    struct buf input;
    size_t start;
    struct http_parse parse;
    struct http_request request;
    struct buf decoded; /* a body that came gzipped */
    coding packed_as;   /* of a body that is not unpacked yet: see unpack.h */
    status unpacked;    /* what came of it */
    uv_work_t work;     /* it, under way */
    void (*unpack_go_on)(struct http_exchange *exchange);

    struct arena arena;
    struct http_header {
        struct span name;
        struct span value;
    } reply_headers[LIMIT_HTTP_REPLY_HEADERS];
    unsigned reply_header_count;
    struct buf body;    /* of the reply, as the handler wrote it */
    struct buf encoded; /* the same, compressed */
    struct buf head;    /* status line and headers */
    struct span sent_body;
    bool closes; /* the connection closes after this reply */
    bool told_to_continue;
    bool is_line; /* the request is a line, and so is its reply */
    uv_write_t write;
    size_t charged_bytes; /* of all that is bounded for all connections together (shortage.h) */

    /* Of a reply that goes on (pieces.h). */
    struct http_stream stream;
    struct http_exchange *told_next; /* in loop->told */
    bool is_held;                    /* in the handler's hands */
    bool is_writing;                 /* a piece is on its way, by `write` */
    bool is_told;                    /* that it should end */
    bool is_ending;                  /* it does when the piece has gone */

    struct http_exchange *resume_next;
    http_resume_fn *resume_fn;
    void *resume_ctx;
};

/* A clean exchange of the loop's, or NULL (no memory). */
MUST_USE struct http_exchange *exchange_take(struct loop *loop);

/* Is its reply one that goes on? */
MUST_USE static inline bool exchange_goes_on(const struct http_exchange *exchange)
{
    return exchange->stream.fn != NULL;
}

/* Back to the loop. */
void exchange_give(struct http_exchange *exchange);

/* Free it. For the loop's end. */
void exchange_free(struct http_exchange *exchange);

/* Where the next bytes may be read to, and how many. While `may_move` is false what was read stays
 * where it is. 0: no room. */
MUST_USE size_t exchange_room(struct http_exchange *exchange, bool may_move, uint8_t **at);
void exchange_advance(struct http_exchange *exchange, size_t count);

/* Are there bytes that the parser has not seen? */
MUST_USE bool exchange_has_fresh(const struct http_exchange *exchange);

/* Parse them. HTTP_PARSE_DONE: `request` is filled, but for a body that is to be unpacked first
 * (unpack.h). REFUSED: see parse.refusal. */
MUST_USE http_parse_result exchange_feed(struct http_exchange *exchange);

/* The same where a line is a request. */
MUST_USE http_parse_result exchange_feed_line(struct http_exchange *exchange);

/* The client sends no more: end the line that it has begun. False: there is none, or no memory. */
MUST_USE bool exchange_end_line(struct http_exchange *exchange);

/* What it holds of the heap in large buffers; a spare has none of these (X3). */
MUST_USE size_t exchange_bytes(const struct http_exchange *exchange);

/* The reply is on its way: give back what only its making needed. */
void exchange_shed(struct http_exchange *exchange);

/* Forget the request and its reply, and begin with what follows. False: nothing does yet. */
MUST_USE bool exchange_next(struct http_exchange *exchange);

/* Make `head` and `sent_body` from what the handler gave. False: no memory. */
MUST_USE bool exchange_write_head(struct http_exchange *exchange, int http_status);

/* Make `head` of a reply whose body comes in pieces; head says whether there was memory. */
void exchange_write_open_head(struct http_exchange *exchange, int http_status);

/* Make `sent_body` from what the handler gave, as a line without a head. False: no memory, or a
 * body that could not be written: a line has no other way to say so than to be none. */
MUST_USE bool exchange_write_line(struct http_exchange *exchange);

/* Line ends before a request belong to none. */
void exchange_skip_line_ends(struct http_exchange *exchange);

#endif
