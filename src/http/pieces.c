/* pieces.c -- see pieces.h.
 *
 * A piece goes out as up to three runs of bytes, of which the middle one is the handler's:
 *
 *     exchange->head   "1a2b\r\n"      (the head of the reply, before the first)
 *     exchange->body   the bytes
 *     `tail`           "\r\n", or with the last piece "\r\n0\r\n\r\n"
 *
 * A client that has vanished without a word shows by bytes that nobody acknowledges. So a beat is
 * not sent after bytes that are still on their way: the connection is WRITING then, and judged as
 * every other reply that nobody reads.
 *
 * A client that has closed its half of the connection is taken to be gone: nothing else would tell
 * for a long time, and a feed has no end for which one could wait.
 */
#include "http/pieces.h"

#include <assert.h>

#include "http/connection.h"
#include "http/http_server.h"
#include "http/loop.h"
#include "http/outgoing.h"

enum { BODY_KEEP_BYTES = 4 << 10 /* of a buffer between two pieces */ };

static bool is_chunked(const struct http_exchange *exchange)
{
    return exchange->parse.llhttp.http_minor > 0;
}

/* Give it back, if nobody has it any more (G1). */
static void settle(struct http_exchange *exchange)
{
    if (exchange->connection != NULL || exchange->is_held || exchange->is_writing) return;
    exchange->stream = (struct http_stream){0};
    exchange_give(exchange);
}

/* ---- telling the handler */

static void tell_end(struct http_exchange *exchange)
{
    struct loop *loop = exchange->loop;
    if (!exchange->is_held || exchange->is_told) return;
    exchange->is_told = true;
    exchange->told_next = loop->told;
    loop->told = exchange;
    (void)uv_async_send(&loop->wake);
}

static void untell(struct http_exchange *exchange)
{
    struct http_exchange **at = &exchange->loop->told;
    while (*at != NULL && *at != exchange) at = &(*at)->told_next;
    if (*at != NULL) *at = exchange->told_next;
}

void pieces_tell(struct loop *loop)
{
    while (loop->told != NULL) {
        struct http_exchange *exchange = loop->told;
        loop->told = exchange->told_next;
        exchange->stream.fn(exchange->stream.ctx, HTTP_STREAM_END);
    }
}

/* ---- sending */

typedef enum sent {
    SENT,    /* the system has all of it */
    SENDING, /* on_written will be called */
    LOST,    /* the connection is closed */
} sent;

static void forget_piece(struct http_exchange *exchange)
{
    buf_clear(&exchange->head);
    if (exchange->body.cap > BODY_KEEP_BYTES) buf_deinit(&exchange->body);
    buf_clear(&exchange->body);
}

static void end_reply(struct http_exchange *exchange)
{
    struct connection *connection = exchange->connection;
    exchange->stream = (struct http_stream){0};
    connection_sent(connection);
}

static void send_last(struct http_exchange *exchange);

static void on_written(uv_write_t *write, int result)
{
    struct http_exchange *exchange = write->data;
    struct connection *connection = exchange->connection;
    exchange->is_writing = false;
    if (connection == NULL) {
        settle(exchange);
        return;
    }
    if (result != 0) {
        connection_close(connection);
        return;
    }
    forget_piece(exchange);
    connection_enter(connection, CONNECTION_STREAMING);
    if (exchange->is_held)
        exchange->stream.fn(exchange->stream.ctx, HTTP_STREAM_ROOM);
    else if (exchange->is_ending)
        send_last(exchange);
    else
        end_reply(exchange);
}

/* Send head, body and tail of a piece. */
static sent send_runs(struct http_exchange *exchange, struct span tail)
{
    struct connection *connection = exchange->connection;
    uv_stream_t *stream = &connection->uv.stream;
    const struct span runs[] = {buf_view(&exchange->head), buf_view(&exchange->body), tail};
    uv_buf_t bufs[ARRAY_COUNT(runs)];
    unsigned count = 0;
    size_t size = 0;
    assert(!exchange->is_writing); /* G2 */
    for (size_t i = 0; i < ARRAY_COUNT(runs); i++) {
        if (runs[i].len > 0) bufs[count++] = outgoing_buf(runs[i]);
        size += runs[i].len;
    }
    int taken = uv_try_write(stream, bufs, count);
    if (taken == UV_EAGAIN) taken = 0;
    if (taken >= 0 && (size_t)taken == size) {
        forget_piece(exchange);
        connection_enter(connection, CONNECTION_STREAMING);
        return SENT;
    }
    if (taken >= 0) outgoing_skip(bufs, count, (size_t)taken);
    if (taken < 0 || !connection_enter_writing(connection, size - (size_t)taken) ||
        uv_write(&exchange->write, stream, bufs, count, on_written) != 0) {
        connection_close(connection);
        return LOST;
    }
    exchange->is_writing = true;
    return SENDING;
}

/* The size of a chunk of `len` bytes, in hexadecimal digits, before it. */
static void put_chunk_size(struct http_exchange *exchange, size_t len)
{
    if (is_chunked(exchange)) buf_printf(&exchange->head, "%zx\r\n", len);
}

/* Send what stands in the body as a piece. */
static sent send_piece(struct http_exchange *exchange)
{
    const struct span body = buf_view(&exchange->body);
    put_chunk_size(exchange, body.len);
    if (buf_status(&exchange->head) != ST_OK || buf_status(&exchange->body) != ST_OK) {
        connection_close(exchange->connection);
        return LOST;
    }
    return send_runs(exchange, is_chunked(exchange) ? SPAN("\r\n") : (struct span){0});
}

/* Send what stands in the body, and the end. */
static void send_last(struct http_exchange *exchange)
{
    const bool has_body = buf_view(&exchange->body).len > 0;
    exchange->is_ending = false;
    exchange->closes = exchange->closes || exchange->loop->is_draining;
    if (!is_chunked(exchange)) {
        if (!has_body || send_piece(exchange) == SENT) end_reply(exchange);
        return;
    }
    if (has_body) put_chunk_size(exchange, buf_view(&exchange->body).len);
    if (buf_status(&exchange->head) != ST_OK || buf_status(&exchange->body) != ST_OK)
        connection_close(exchange->connection);
    else if (send_runs(exchange, has_body ? SPAN("\r\n0\r\n\r\n") : SPAN("0\r\n\r\n")) == SENT)
        end_reply(exchange);
}

/* ---- what the handler does */

bool pieces_begin(struct http_exchange *exchange, int http_status, const struct http_stream *stream)
{
    assert(stream->fn != NULL);
    assert(!exchange->is_line);
    assert(exchange->parse.llhttp.method != HTTP_HEAD);
    exchange->stream = *stream;
    exchange->is_held = true;
    exchange->is_told = false;
    exchange->is_ending = false;
    struct connection *connection = exchange->connection;
    if (connection == NULL) {
        tell_end(exchange);
        return false;
    }
    buf_clear(&exchange->body);
    exchange_write_open_head(exchange, http_status);
    if (buf_status(&exchange->head) != ST_OK) {
        connection_close(connection);
        return false;
    }
    const sent head = send_runs(exchange, (struct span){0});
    if (head != LOST && (connection->has_ended || exchange->loop->is_draining)) tell_end(exchange);
    return head == SENT;
}

bool pieces_push(struct http_exchange *exchange)
{
    assert(exchange->is_held);
    if (exchange->connection == NULL) {
        buf_clear(&exchange->body);
        return false;
    }
    if (buf_status(&exchange->body) == ST_OK && buf_view(&exchange->body).len == 0) return true;
    return send_piece(exchange) == SENT;
}

void pieces_finish(struct http_exchange *exchange)
{
    assert(exchange->is_held);
    untell(exchange);
    exchange->is_held = false;
    if (exchange->connection == NULL)
        settle(exchange);
    else if (exchange->is_writing)
        exchange->is_ending = true;
    else
        send_last(exchange);
}

/* ---- what the connection tells */

void pieces_left(struct http_exchange *exchange)
{
    assert(exchange->connection == NULL);
    tell_end(exchange);
    settle(exchange);
}

void pieces_beat(struct connection *connection)
{
    struct http_exchange *exchange = connection->exchange;
    if (outgoing_bytes(&connection->uv.stream) > 0) {
        connection_await_reader(connection);
        return;
    }
    connection_enter(connection, CONNECTION_STREAMING);
    if (exchange->stream.heartbeat.len == 0 || buf_view(&exchange->body).len > 0) return;
    buf_put(&exchange->body, exchange->stream.heartbeat);
    (void)send_piece(exchange);
}

void pieces_look_again(struct connection *connection)
{
    const bool is_stuck =
        connection->exchange->is_writing || outgoing_bytes(&connection->uv.stream) > 0;
    if (is_stuck)
        connection_await_reader(connection);
    else
        connection_enter(connection, CONNECTION_STREAMING);
}

void pieces_drain(struct loop *loop)
{
    for (struct connection *connection = loop->lists[CONNECTION_STREAMING].oldest;
         connection != NULL; connection = connection->newer)
        tell_end(connection->exchange);
    struct connection *next = NULL;
    for (struct connection *connection = loop->lists[CONNECTION_WRITING].oldest; connection != NULL;
         connection = next) {
        next = connection->newer;
        if (exchange_goes_on(connection->exchange)) connection_close(connection);
    }
}
