/* connection.c -- see connection.h for the states.
 *
 * C1  A connection is in the list of its state, or CLOSING and in none.
 * C2  exchange->connection == connection exactly when connection->exchange == exchange.
 * C3  One request of a connection at a time is parsed or answered; what was pipelined behind it
 *     waits in the exchange's input. So replies keep their order without a queue.
 *
 * A handler may answer at once, from within `step`, and the reply may be sent at once; then the
 * next request is taken by the loop in `work`, not by recursion (is_busy).
 */
#include "http/connection.h"

#include <assert.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http/exchange.h"
#include "http/http_server.h"
#include "http/loop.h"
#include "http/outgoing.h"
#include "http/pieces.h"
#include "http/shortage.h"
#include "http/unpack.h"

enum {
    DRAIN_GRACE_MS = 20,
    REQUESTS_AT_ONCE = 16, /* of one connection, in a turn of the loop */
};

static void work(struct connection *connection);

/* ---- lists (C1) */

static void leave_list(struct connection *connection)
{
    if (connection->state == CONNECTION_CLOSING) return;
    struct connection_list *list = &connection->loop->lists[connection->state];
    struct connection **forward =
        connection->older == NULL ? &list->oldest : &connection->older->newer;
    struct connection **back =
        connection->newer == NULL ? &list->newest : &connection->newer->older;
    assert(*forward == connection);
    assert(*back == connection);
    *forward = connection->newer;
    *back = connection->older;
}

static void join_list(struct connection *connection, connection_state state)
{
    struct loop *loop = connection->loop;
    struct connection_list *list = &loop->lists[state];
    connection->state = state;
    connection->looked_ms = loop_now_ms(loop);
    connection->looked_bytes = 0;
    connection->deadline_ms = connection->looked_ms + loop->timeouts_ms[state];
    connection->older = list->newest;
    connection->newer = NULL;
    if (list->newest == NULL) {
        list->oldest = connection;
    } else {
        list->newest->newer = connection;
    }
    list->newest = connection;
}

void connection_enter(struct connection *connection, connection_state state)
{
    leave_list(connection);
    join_list(connection, state);
}

/* ---- the end */

static void on_closed(uv_handle_t *handle)
{
    struct connection *connection = handle->data;
    struct loop *loop = connection->loop;
    mem_free(loop->server->options.mem, connection, sizeof *connection);
    atomic_fetch_sub(&loop->connection_count, 1);
    loop_settle(loop);
}

/* Give the exchange back to the loop. */
static void drop_exchange(struct connection *connection)
{
    struct http_exchange *exchange = connection->exchange;
    if (exchange == NULL) return;
    connection->exchange = NULL;
    exchange_give(exchange);
}

/* Is its exchange in other hands: the handler's, or libuv's? */
static bool is_out(const struct connection *connection)
{
    return connection->exchange != NULL &&
           (connection->state == CONNECTION_HANDLING || connection->state == CONNECTION_STREAMING ||
            connection->state == CONNECTION_WRITING);
}

void connection_close(struct connection *connection)
{
    if (connection->state == CONNECTION_CLOSING) return;
    struct http_exchange *left = NULL;
    if (is_out(connection)) {
        left = connection->exchange;
        left->connection = NULL; /* the handler or on_written gives it back */
        connection->exchange = NULL;
    }
    drop_exchange(connection);
    leave_list(connection);
    connection->state = CONNECTION_CLOSING;
    uv_close(&connection->uv.any, on_closed);
    if (left != NULL && exchange_goes_on(left)) pieces_left(left);
}

void connection_cut(struct connection *connection)
{
    const struct linger at_once = {.l_onoff = 1};
    uv_os_fd_t fd = -1;
    if (!connection->is_unix && uv_fileno(&connection->uv.any, &fd) == 0)
        (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    connection_close(connection);
}

/* All is said: wait for the client to close. */
static void linger(struct connection *connection)
{
    drop_exchange(connection);
    uv_os_fd_t fd = -1;
    if (connection->has_ended || uv_fileno(&connection->uv.any, &fd) != 0 ||
        shutdown(fd, SHUT_WR) != 0) {
        connection_close(connection);
        return;
    }
    connection_enter(connection, CONNECTION_LINGERING);
}

/* ---- replies */

static void read_on(struct connection *connection);

void connection_sent(struct connection *connection)
{
    struct http_exchange *exchange = connection->exchange;
    if (exchange->closes) {
        linger(connection);
    } else if (exchange_next(exchange)) {
        connection_enter(connection, CONNECTION_READING);
    } else {
        drop_exchange(connection);
        connection_enter(connection, CONNECTION_IDLE);
    }
    read_on(connection);
    work(connection);
}

static void on_written(uv_write_t *write, int result)
{
    struct http_exchange *exchange = write->data;
    struct connection *connection = exchange->connection;
    if (connection == NULL) {
        exchange_give(exchange);
        return;
    }
    if (result == 0) {
        connection_sent(connection);
        return;
    }
    drop_exchange(connection);
    connection_close(connection);
}

bool connection_enter_writing(struct connection *connection, size_t unqueued_bytes)
{
    connection->unsent_bytes = outgoing_bytes(&connection->uv.stream) + unqueued_bytes;
    connection_enter(connection, CONNECTION_WRITING);
    return shortage_allows(connection);
}

void connection_await_reader(struct connection *connection)
{
    if (!connection_enter_writing(connection, 0)) connection_close(connection);
}

void connection_reply(struct connection *connection)
{
    struct http_exchange *exchange = connection->exchange;
    assert(connection->state == CONNECTION_HANDLING);
    uv_stream_t *stream = &connection->uv.stream;
    uv_buf_t bufs[2] = {outgoing_buf(buf_view(&exchange->head)), outgoing_buf(exchange->sent_body)};
    const size_t size = bufs[0].len + bufs[1].len;
    int sent = uv_try_write(stream, bufs, bufs[1].len == 0 ? 1 : 2);
    if (sent == UV_EAGAIN) sent = 0;
    if (sent >= 0 && (size_t)sent == size) {
        connection_sent(connection);
        return;
    }
    if (sent >= 0) outgoing_skip(bufs, 2, (size_t)sent);
    if (sent >= 0 && connection_enter_writing(connection, size - (size_t)sent) &&
        uv_write(&exchange->write, stream, bufs, 2, on_written) == 0)
        return;
    drop_exchange(connection);
    connection_close(connection);
}

static void hand_over(struct connection *connection)
{
    connection->loop->held_count++;
    connection_enter(connection, CONNECTION_HANDLING);
}

/* For an exchange that is in our hands as if in the handler's. */
static void finish_refused(struct http_exchange *exchange, int http_status)
{
    const struct http_options *options = &exchange->loop->server->options;
    exchange->closes = true;
    if (options->refusal != NULL) options->refusal(options->handler_ctx, exchange, http_status);
    http_exchange_finish(exchange, http_status);
}

void connection_refuse(struct connection *connection, int http_status)
{
    hand_over(connection);
    finish_refused(connection->exchange, http_status);
}

/* A client that waits for leave to send its body gets it, once. It has read all replies before, so
 * these few bytes find room; if not, it does not wait for them. */
static void tell_to_continue(struct connection *connection)
{
    struct http_exchange *exchange = connection->exchange;
    const struct http_parse *parse = &exchange->parse;
    if (!parse->expects_continue || !parse->head_is_whole) return;
    if (exchange->told_to_continue || parse->body.len > 0 || parse->llhttp.http_minor == 0) return;
    exchange->told_to_continue = true;
    static const uint8_t line[] = "HTTP/1.1 100 Continue\r\n\r\n";
    const uv_buf_t buf = outgoing_buf((struct span){line, sizeof line - 1});
    const int sent = uv_try_write(&connection->uv.stream, &buf, 1);
    if (sent == UV_EAGAIN || (sent >= 0 && (size_t)sent == buf.len)) return;
    connection_close(connection);
}

/* ---- requests */

static void call_handler(struct http_exchange *exchange)
{
    struct loop *loop = exchange->loop;
    const struct http_options *options = &loop->server->options;
    const uint64_t count = atomic_load_explicit(&loop->request_count, memory_order_relaxed);
    atomic_store_explicit(&loop->request_count, count + 1, memory_order_relaxed);
    options->handler(options->handler_ctx, exchange);
}

/* The client may have gone meanwhile: then nobody reads a refusal, and nobody asks. */
static void on_unpacked(struct http_exchange *exchange)
{
    int refusal = unpack_refusal(exchange);
    if (exchange->connection == NULL || !shortage_allows(exchange->connection)) refusal = 503;
    if (refusal != 0)
        finish_refused(exchange, refusal);
    else
        call_handler(exchange);
}

static void handle(struct connection *connection)
{
    struct http_exchange *exchange = connection->exchange;
    hand_over(connection);
    if (exchange->packed_as == CODING_NONE)
        call_handler(exchange);
    else
        unpack_begin(exchange, on_unpacked);
}

static void step(struct connection *connection)
{
    struct http_exchange *exchange = connection->exchange;
    switch (connection->sends_lines ? exchange_feed_line(exchange) : exchange_feed(exchange)) {
    case HTTP_PARSE_MORE:
        tell_to_continue(connection);
        return;
    case HTTP_PARSE_DONE:
        handle(connection);
        return;
    case HTTP_PARSE_REFUSED:
        connection_refuse(connection, exchange->parse.refusal);
        return;
    }
}

/* Let others of the loop have their turn first. */
static void yield(struct connection *connection)
{
    struct loop *loop = connection->loop;
    connection->turn = loop->turn;
    connection_enter(connection, CONNECTION_YIELDING);
    (void)uv_async_send(&loop->wake);
}

static void take_requests(struct connection *connection)
{
    for (unsigned taken = 0;
         connection->state == CONNECTION_READING && exchange_has_fresh(connection->exchange);
         taken++) {
        if (taken == REQUESTS_AT_ONCE) {
            yield(connection);
            return;
        }
        step(connection);
    }
}

/* The last line of a client that has said all it wants needs no end of its own. */
static bool ends_within_a_line(const struct connection *connection)
{
    return connection->has_ended && connection->sends_lines &&
           connection->state == CONNECTION_READING;
}

/* Take requests from what was read until it is used up, or one is not answered yet. */
static void work(struct connection *connection)
{
    if (connection->is_busy) return;
    connection->is_busy = true;
    take_requests(connection);
    if (ends_within_a_line(connection) && exchange_end_line(connection->exchange))
        take_requests(connection);
    connection->is_busy = false;
    const bool is_waiting =
        connection->state == CONNECTION_READING || connection->state == CONNECTION_IDLE;
    if (is_waiting && connection->has_ended) connection_close(connection);
}

/* ---- reading */

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    (void)suggested;
    struct connection *connection = handle->data;
    struct loop *loop = connection->loop;
    *buf = (uv_buf_t){0};
    if (connection->state == CONNECTION_LINGERING) {
        *buf = (uv_buf_t){.base = (char *)loop->scratch, .len = sizeof loop->scratch};
        return;
    }
    if (connection->exchange == NULL) {
        connection->exchange = exchange_take(loop);
        if (connection->exchange == NULL) return;
        connection->exchange->connection = connection;
    }
    const bool may_move =
        connection->state == CONNECTION_IDLE || connection->state == CONNECTION_READING;
    uint8_t *at = NULL;
    buf->len = exchange_room(connection->exchange, may_move, &at);
    buf->base = (char *)at;
    if (may_move && !shortage_allows(connection)) buf->len = 0;
}

/* The client sends no more; what it sent before is still answered, but for a reply that goes on. */
static void on_end(struct connection *connection)
{
    connection->has_ended = true;
    const struct http_exchange *exchange = connection->exchange;
    const bool goes_on = exchange != NULL && exchange_goes_on(exchange);
    if (connection->state == CONNECTION_LINGERING || goes_on) {
        connection_close(connection);
        return;
    }
    work(connection);
}

/* Only bytes that belong to no request so far (line ends): it is idle again. */
static void rest_if_empty(struct connection *connection)
{
    if (connection->state != CONNECTION_READING) return;
    struct http_exchange *exchange = connection->exchange;
    if (exchange->start < exchange->input.len) return;
    drop_exchange(connection);
    connection_enter(connection, CONNECTION_IDLE);
}

/* What it speaks shows in its first byte: no request of HTTP begins with a brace. */
static void know(struct connection *connection)
{
    const struct http_options *options = &connection->loop->server->options;
    connection->is_known = true;
    connection->sends_lines =
        options->takes_lines && connection->is_unix && connection->exchange->input.ptr[0] == '{';
}

static void on_bytes(struct connection *connection, size_t count)
{
    if (connection->state == CONNECTION_LINGERING) return;
    exchange_advance(connection->exchange, count);
    if (!connection->is_known) know(connection);
    if (connection->state == CONNECTION_IDLE) connection_enter(connection, CONNECTION_READING);
    work(connection);
    rest_if_empty(connection);
}

/* No room to read to: for what comes after the request that is being answered, which can wait; or
 * for the request itself, as large bodies of others take all there is. */
static void on_no_room(struct connection *connection)
{
    if (connection->state == CONNECTION_READING) {
        connection_refuse(connection, 503);
        return;
    }
    connection->is_paused = true;
    (void)uv_read_stop(&connection->uv.stream);
}

static void on_read(uv_stream_t *stream, ssize_t count, const uv_buf_t *buf)
{
    (void)buf;
    struct connection *connection = stream->data;
    if (count > 0) {
        on_bytes(connection, (size_t)count);
        return;
    }
    if (connection->state == CONNECTION_IDLE) drop_exchange(connection);
    if (count == 0) return;
    if (count == UV_EOF) {
        on_end(connection);
    } else if (count == UV_ENOBUFS && connection->exchange != NULL) {
        on_no_room(connection);
    } else {
        connection_close(connection);
    }
}

static void read_on(struct connection *connection)
{
    if (!connection->is_paused || connection->state == CONNECTION_CLOSING) return;
    connection->is_paused = false;
    if (uv_read_start(&connection->uv.stream, on_alloc, on_read) != 0) connection_close(connection);
}

void connection_take_turns(struct loop *loop)
{
    loop->turn++;
    for (;;) {
        struct connection *connection = loop->lists[CONNECTION_YIELDING].oldest;
        if (connection == NULL || connection->turn == loop->turn) return;
        connection_enter(connection, CONNECTION_READING);
        read_on(connection);
        work(connection);
    }
}

/* ---- beginning */

static int open_handle(struct connection *connection, int fd, bool is_unix)
{
    uv_loop_t *uv = &connection->loop->uv;
    if (is_unix) {
        (void)uv_pipe_init(uv, &connection->uv.pipe, 0);
        return uv_pipe_open(&connection->uv.pipe, fd);
    }
    (void)uv_tcp_init(uv, &connection->uv.tcp);
    return uv_tcp_open(&connection->uv.tcp, fd);
}

/* Say that there is no room. On a unix socket nobody knows yet in which language. */
static void turn_away(struct connection *connection)
{
    connection->exchange = connection->is_unix ? NULL : exchange_take(connection->loop);
    if (connection->exchange == NULL) {
        connection_close(connection);
        return;
    }
    connection->exchange->connection = connection;
    connection_refuse(connection, 503);
}

static void give_up(struct loop *loop, int fd)
{
    (void)close(fd);
    atomic_fetch_sub(&loop->connection_count, 1);
    loop_settle(loop);
}

void connection_open(struct loop *loop, int fd, bool is_unix)
{
    const bool is_full = atomic_load(&loop->connection_count) > loop->connections_max;
    const bool has_room = !is_full || shortage_end_one(loop);
    struct connection *connection =
        loop->is_draining ? NULL : mem_new(loop->server->options.mem, sizeof *connection);
    if (connection == NULL) {
        give_up(loop, fd);
        return;
    }
    connection->loop = loop;
    connection->is_unix = is_unix;
    const int result = open_handle(connection, fd, is_unix);
    connection->uv.any.data = connection;
    join_list(connection, CONNECTION_IDLE);
    if (result != 0) (void)close(fd);
    if (result != 0 || uv_read_start(&connection->uv.stream, on_alloc, on_read) != 0)
        connection_close(connection);
    else if (!has_room)
        turn_away(connection);
    loop_tick(loop);
}

/* ---- time */

/* A reply that goes slowly but goes may take its time. */
static void judge_writing(struct connection *connection)
{
    if (outgoing_bytes(&connection->uv.stream) >= connection->unsent_bytes)
        connection_cut(connection);
    else if (exchange_goes_on(connection->exchange))
        pieces_look_again(connection);
    else
        connection_await_reader(connection);
}

static void expire(struct connection *connection)
{
    switch (connection->state) {
    case CONNECTION_READING:
        connection_refuse(connection, 408);
        return;
    case CONNECTION_STREAMING:
        pieces_beat(connection);
        return;
    case CONNECTION_WRITING:
        judge_writing(connection);
        return;
    case CONNECTION_IDLE:
    case CONNECTION_LINGERING:
        connection_close(connection);
        return;
    case CONNECTION_YIELDING:
    case CONNECTION_HANDLING:
    case CONNECTION_CLOSING:
        return; /* without a deadline */
    }
}

void connection_expire(struct loop *loop)
{
    const uint64_t now = loop_now_ms(loop);
    for (unsigned state = 0; state < CONNECTION_LISTS; state++) {
        if (state == CONNECTION_HANDLING || state == CONNECTION_YIELDING) continue;
        struct connection *connection = loop->lists[state].oldest;
        while (connection != NULL && connection->deadline_ms <= now) {
            expire(connection);
            connection = loop->lists[state].oldest;
        }
    }
}

void connection_drain(struct loop *loop)
{
    loop->timeouts_ms[CONNECTION_IDLE] = DRAIN_GRACE_MS;
    const uint64_t deadline_ms = loop_now_ms(loop) + DRAIN_GRACE_MS;
    for (struct connection *connection = loop->lists[CONNECTION_IDLE].oldest; connection != NULL;
         connection = connection->newer)
        connection->deadline_ms = deadline_ms;
}

void connection_close_all(struct loop *loop)
{
    for (unsigned state = 0; state < CONNECTION_LISTS; state++)
        while (loop->lists[state].oldest != NULL) connection_close(loop->lists[state].oldest);
}
