/* http.h -- an HTTP/1.1 server over libuv and llhttp that knows nothing of DynamoDB.
 *
 *     http_server_open -> http_server_run … (http_server_stop) … -> http_server_close
 *
 * A handler is called with each whole request and answers it now or later:
 *
 *     handler(ctx, exchange)
 *         http_exchange_request(exchange)           what came: method, path, headers, body
 *         http_exchange_header, http_exchange_body  what goes
 *         http_exchange_finish(exchange, 200)       send it
 *     or, to answer later, return; and from any thread
 *         http_exchange_resume(exchange, fn, ctx)   fn(ctx) runs on the exchange's own loop
 *
 * or begins a reply that goes on, and sends its body in pieces for as long as it likes:
 *
 *     http_exchange_stream(exchange, 200, &stream)  the head is sent
 *     http_exchange_body, http_exchange_push …      a piece is sent
 *     http_exchange_finish(exchange, 200)           the end
 *
 * The room does keep-alive, pipelining (replies in order), chunked bodies, Expect: 100-continue,
 * gzip and deflate bodies, gzip replies where the client accepts them, limits on body, headers and
 * time, and a graceful stop. The same goes for lines, where they are taken. A request that is not
 * HTTP, or too large, is answered by the room itself (400, 408, 413, 415, 431, and 503 where there
 * is no room for it) and never reaches the handler.
 *
 * The process: opening a server ignores SIGPIPE, so that a client that hangs up is an answer of
 * write and not the end, and raises the soft limit of descriptors, half of which it leaves alone.
 *
 * Memory: an exchange and all it shows live until its reply has been sent. Its arena is the
 * request's: the handler may take what it needs from it.
 * Threads: the handler and all http_exchange_* calls run on the exchange's loop, except
 * http_exchange_resume. Each loop is one thread; an exchange never changes loops. When the client
 * hangs up before the answer, the exchange lives on until it is finished, then goes.
 */
#ifndef STATOR_HTTP_HTTP_H
#define STATOR_HTTP_HTTP_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"

struct http_server;
struct http_exchange;

typedef void(http_handler)(void *ctx, struct http_exchange *exchange);

/* The room is about to refuse a request with `http_status`: add headers and a body to its reply,
 * at once and without finishing it. */
typedef void(http_refusal)(void *ctx, struct http_exchange *exchange, int http_status);

struct http_options {
    const struct mem *mem;
    const char *host;      /* NULL: no TCP */
    uint16_t port;         /* 0: any free one; http_server_port tells which */
    const char *unix_path; /* NULL: no unix socket. A stale socket file is replaced. */
    unsigned loops;        /* threads that serve; 0 means 1 */
    bool takes_lines; /* a connection to the unix socket whose first byte is '{' speaks no HTTP but
                       * lines: each is a request, and each answer one (http_exchange_is_line) */
    http_handler *handler;
    http_refusal *refusal; /* NULL: refusals have no body */
    void *handler_ctx;     /* of both */

    /* Zero means the default that stands behind each. */
    size_t body_bytes_max;       /* after decoding, and of a line; 413 beyond (16 MiB) */
    size_t header_bytes_max;     /* request line and headers; 431 beyond (64 KiB) */
    unsigned connections_max;    /* one that is idle or slow yields to a new one beyond, or the new
                                  * one is told 503 (16,384, or half of the descriptors) */
    size_t buffer_bytes_max;     /* large requests being sent, and replies not yet read, of all
                                  * connections together; 503 beyond (512 MiB; shortage.h) */
    unsigned idle_timeout_ms;    /* a connection without a request is closed (5 min) */
    unsigned request_timeout_ms; /* first byte to last byte of a request; 408 beyond (30 s) */
    unsigned reply_timeout_ms;   /* a reply of which nobody reads a byte is given up (30 s) */
    unsigned heartbeat_ms;       /* a reply that goes on is never silent for longer (15 s) */
    unsigned drain_timeout_ms;   /* at stop, how long open requests may take (10 s) */
    size_t compress_bytes_min;   /* replies smaller than this are never compressed (1 KiB) */
    const char *crc32_header;    /* name of a header with the CRC-32 of the sent body; NULL: none */
    bool stop_on_signals;        /* SIGTERM and SIGINT call http_server_stop; a second one closes
                                  * all connections at once, a third one has its default effect */
};

/* Bind and listen. ST_IO: `err` says what is wrong in one line ("port 8000 on 127.0.0.1 is in
 * use"). ST_NO_MEMORY. */
MUST_USE status http_server_open(const struct http_options *options, struct http_server **out,
                                 struct error *err);

/* Serve on the calling thread (and on loops - 1 others) until stopped and drained. */
void http_server_run(struct http_server *server);

/* Stop accepting, let open requests finish, close idle connections. Any thread. */
void http_server_stop(struct http_server *server);

/* Free a server that does not run (any more). NULL is allowed. */
void http_server_close(struct http_server *server);

/* The TCP port that is served. */
MUST_USE uint16_t http_server_port(const struct http_server *server);

struct http_counts {
    uint64_t requests;
    unsigned connections; /* open now */
};
void http_server_counts(const struct http_server *server, struct http_counts *out);

/* What came. Spans live as long as the exchange. */
struct http_request {
    struct span method; /* "POST" */
    struct span path;   /* "/", without the query */
    struct span query;  /* after '?', or empty */
    struct span body;   /* whole, transfer and content encoding undone */
};
MUST_USE const struct http_request *http_exchange_request(const struct http_exchange *exchange);

/* Is it a line? It is the request's body, without its end; there is nothing else. The reply's body
 * is sent as a line as well, and must hold no line end; status and headers are not sent. A reply
 * that failed to be written closes the connection. */
MUST_USE bool http_exchange_is_line(const struct http_exchange *exchange);

/* The value of the request header `name` (any case), trimmed. False: it was not sent. */
MUST_USE bool http_exchange_request_header(const struct http_exchange *exchange, struct span name,
                                           struct span *value);

/* The request's arena, of at most `bytes_max` (a constant of the room:
 * LIMIT_REQUEST_ARENA_BYTES).*/
MUST_USE struct arena *http_exchange_arena(struct http_exchange *exchange);

/* Which loop this is, from 0: for what a handler keeps per thread. */
MUST_USE unsigned http_exchange_loop(const struct http_exchange *exchange);

/* Add a reply header. `name` and `value` must live as long as the exchange. The room itself writes
 * Content-Length, Connection, Date, Content-Encoding, Vary and the CRC. */
void http_exchange_header(struct http_exchange *exchange, struct span name, struct span value);

/* Where the reply's body is written. */
MUST_USE struct buf *http_exchange_body(struct http_exchange *exchange);

/* Send the reply. The exchange may not be used afterwards, and no resume of it may be under way. A
 * body that failed to be written (buf_status) is sent as an empty 500. One that goes on is ended,
 * after what was not pushed; its status was sent long ago. */
void http_exchange_finish(struct http_exchange *exchange, int http_status);

/* ---- replies that go on
 *
 * Request time-outs end with the request: such a reply may take for ever. It is not compressed and
 * has no CRC header; requests that were sent behind it wait for its end. To an HTTP/1.0 client it
 * ends with the connection. A client that takes nothing for reply_timeout_ms, also one that has
 * vanished without a word, is given up; one that closes, even its half of the connection, is gone.
 * At a stop handlers are told to end, and clients that have not read what was sent are cut off. */
typedef enum http_stream_event {
    HTTP_STREAM_ROOM, /* after http_exchange_stream or _push said false: all was taken, go on */
    HTTP_STREAM_END,  /* the client is gone, or the server stops: finish, now or later. Once. */
} http_stream_event;

/* On the exchange's loop, never from within a call of the handler's own. It may finish. */
typedef void(http_stream_fn)(void *ctx, http_stream_event event);

struct http_stream {
    http_stream_fn *fn;
    void *ctx;
    struct span heartbeat; /* a piece that says nothing, sent after heartbeat_ms without another;
                            * lives as long as the exchange; empty: none */
};

/* Send the head of the reply now. Not in answer to HEAD, and not to a line. True: push at will;
 * false: wait for HTTP_STREAM_ROOM (or END) before the first push. */
MUST_USE bool http_exchange_stream(struct http_exchange *exchange, int http_status,
                                   const struct http_stream *stream);

/* Send what http_exchange_body holds as a piece, and empty it. True: the system took all of it;
 * false: write nothing until HTTP_STREAM_ROOM, or the client is gone and END follows. So memory is
 * what the handler puts into one piece. A body that failed to be written closes the connection:
 * the client must see that something is missing. */
MUST_USE bool http_exchange_push(struct http_exchange *exchange);

typedef void(http_resume_fn)(void *ctx);

/* Run fn(ctx) on the exchange's loop, soon. Any thread. Once per wait: not again until fn ran.
 * Cannot fail and takes no memory. */
void http_exchange_resume(struct http_exchange *exchange, http_resume_fn *fn, void *ctx);

#endif
