/* exchange.c -- the memory of exchanges, what was read into it, and what a handler sees.
 *
 * input:   |  answered before  |  this request, `start` ...  |  pipelined after it  |  room  |
 *
 * X1  start <= input.len; the parser has seen input[start .. start + parse.fed).
 * X2  While a handler has the exchange nothing in front of input.len moves.
 * X3  An exchange on the spare list owns at most about four times KEEP_BYTES.
 */
#include "http/exchange.h"

#include <assert.h>
#include <string.h>

#include "base/coding.h"
#include "http/connection.h"
#include "http/http_server.h"
#include "http/loop.h"
#include "http/pieces.h"
#include "http/shortage.h"

enum {
    INPUT_FIRST_BYTES = 16 << 10,
    READ_BYTES_MIN = 4 << 10, /* less room than this is made larger before reading */
    READ_SLACK_BYTES = 64 << 10,
    KEEP_BYTES = 64 << 10, /* buffers beyond this are given back after the reply */
    SPARES_MAX = 64,       /* per loop */
};

static const struct http_options *options_of(const struct loop *loop)
{
    return &loop->server->options;
}

static void begin(struct http_exchange *exchange)
{
    const struct http_options *options = options_of(exchange->loop);
    const struct http_parse_limits limits = {
        .head_bytes_max = (uint32_t)options->header_bytes_max,
        .body_bytes_max = (uint32_t)options->body_bytes_max,
    };
    http_parse_begin(&exchange->parse, limits);
    exchange->request = (struct http_request){0};
    exchange->reply_header_count = 0;
    exchange->sent_body = (struct span){0};
    exchange->closes = false;
    exchange->told_to_continue = false;
    exchange->is_line = false;
    exchange->packed_as = CODING_NONE;
}

static struct http_exchange *exchange_new(struct loop *loop)
{
    const struct http_options *options = options_of(loop);
    const struct mem *mem = options->mem;
    struct http_exchange *exchange = mem_new(mem, sizeof *exchange);
    if (exchange == NULL) return NULL;
    exchange->loop = loop;
    buf_init(&exchange->input, mem,
             options->header_bytes_max + options->body_bytes_max + READ_SLACK_BYTES);
    buf_init(&exchange->decoded, mem, options->body_bytes_max);
    buf_init(&exchange->body, mem, LIMIT_HTTP_REPLY_BYTES);
    buf_init(&exchange->encoded, mem, (size_t)LIMIT_HTTP_REPLY_BYTES * 2);
    buf_init(&exchange->head, mem, LIMIT_HTTP_REPLY_BYTES);
    arena_init(&exchange->arena, mem, LIMIT_REQUEST_ARENA_BYTES);
    exchange->write.data = exchange;
    exchange->work.data = exchange;
    if (buf_reserve(&exchange->input, INPUT_FIRST_BYTES) != NULL) return exchange;
    exchange_free(exchange);
    return NULL;
}

struct http_exchange *exchange_take(struct loop *loop)
{
    struct http_exchange *exchange = loop->spares;
    if (exchange == NULL) {
        exchange = exchange_new(loop);
        if (exchange == NULL) return NULL;
    } else {
        loop->spares = exchange->spare_next;
        loop->spare_count--;
    }
    begin(exchange);
    return exchange;
}

void exchange_free(struct http_exchange *exchange)
{
    buf_deinit(&exchange->input);
    buf_deinit(&exchange->decoded);
    buf_deinit(&exchange->body);
    buf_deinit(&exchange->encoded);
    buf_deinit(&exchange->head);
    arena_deinit(&exchange->arena);
    mem_free(options_of(exchange->loop)->mem, exchange, sizeof *exchange);
}

size_t exchange_bytes(const struct http_exchange *exchange)
{
    const size_t sizes[] = {exchange->input.cap,   exchange->decoded.cap, exchange->body.cap,
                            exchange->encoded.cap, exchange->head.cap,    exchange->arena.taken};
    size_t bytes = 0;
    for (size_t i = 0; i < ARRAY_COUNT(sizes); i++)
        if (sizes[i] > KEEP_BYTES) bytes += sizes[i];
    return bytes;
}

static void empty(struct buf *buf)
{
    if (buf->cap > KEEP_BYTES) buf_deinit(buf);
    buf_clear(buf);
}

/* Forget a request and its reply, but for what was read after it. */
static void forget(struct http_exchange *exchange)
{
    empty(&exchange->decoded);
    empty(&exchange->body);
    empty(&exchange->encoded);
    empty(&exchange->head);
    arena_reset(&exchange->arena);
    if (exchange->arena.taken > KEEP_BYTES) arena_deinit(&exchange->arena);
}

void exchange_shed(struct http_exchange *exchange)
{
    if (exchange_goes_on(exchange)) return; /* its handler lives in the arena */
    if (exchange->sent_body.ptr != exchange->body.ptr) empty(&exchange->body);
    empty(&exchange->decoded);
    arena_reset(&exchange->arena);
    if (exchange->arena.taken > KEEP_BYTES) arena_deinit(&exchange->arena);
}

/* What a large request took is not kept for a small rest. */
static void shrink_input(struct http_exchange *exchange)
{
    struct buf *input = &exchange->input;
    const size_t rest = input->len - exchange->start;
    if (input->cap <= KEEP_BYTES || rest > INPUT_FIRST_BYTES) return;
    struct buf small;
    buf_init(&small, input->mem, input->max);
    uint8_t *at = buf_reserve(&small, INPUT_FIRST_BYTES);
    if (at == NULL) return;
    memcpy(at, input->ptr + exchange->start, rest);
    buf_advance(&small, rest);
    buf_deinit(input);
    *input = small;
    exchange->start = 0;
}

void exchange_give(struct http_exchange *exchange)
{
    struct loop *loop = exchange->loop;
    exchange->connection = NULL;
    forget(exchange);
    buf_clear(&exchange->input);
    exchange->start = 0;
    shortage_is_over(exchange);
    if (loop->spare_count == SPARES_MAX || exchange->input.cap > KEEP_BYTES) {
        exchange_free(exchange);
        return;
    }
    exchange->spare_next = loop->spares;
    loop->spares = exchange;
    loop->spare_count++;
}

/* ---- reading */

static void close_up(struct http_exchange *exchange)
{
    struct buf *input = &exchange->input;
    if (exchange->start == 0) return;
    memmove(input->ptr, input->ptr + exchange->start, input->len - exchange->start);
    input->len -= exchange->start;
    exchange->start = 0;
}

size_t exchange_room(struct http_exchange *exchange, bool may_move, uint8_t **at)
{
    struct buf *input = &exchange->input;
    if (may_move && input->cap - input->len < READ_BYTES_MIN) {
        close_up(exchange);
        if (buf_reserve(input, READ_BYTES_MIN) == NULL) return 0;
    }
    *at = input->ptr + input->len;
    return input->cap - input->len;
}

void exchange_advance(struct http_exchange *exchange, size_t count)
{
    buf_advance(&exchange->input, count);
}

bool exchange_has_fresh(const struct http_exchange *exchange)
{
    return exchange->start + exchange->parse.fed < exchange->input.len;
}

/* Some old clients end a body with an extra line end; it is not the start of a request. */
void exchange_skip_line_ends(struct http_exchange *exchange)
{
    const struct buf *input = &exchange->input;
    while (exchange->start < input->len &&
           (input->ptr[exchange->start] == '\r' || input->ptr[exchange->start] == '\n'))
        exchange->start++;
}

static http_parse_result refuse(struct http_exchange *exchange, uint16_t http_status)
{
    exchange->parse.refusal = http_status;
    return HTTP_PARSE_REFUSED;
}

/* Fill `request` from a whole parse. */
static http_parse_result see_request(struct http_exchange *exchange)
{
    const struct http_parse *parse = &exchange->parse;
    const uint8_t *bytes = exchange->input.ptr + exchange->start;
    struct http_request *request = &exchange->request;
    request->method = http_parse_method(parse);
    http_parse_target((struct span){bytes + parse->target.at, parse->target.len}, &request->path,
                      &request->query);
    request->body = (struct span){bytes + parse->body.at, parse->body.len};

    struct span name = {0};
    if (!http_exchange_request_header(exchange, SPAN("content-encoding"), &name))
        return HTTP_PARSE_DONE;
    coding kind = CODING_NONE;
    if (!coding_of_body(name, &kind)) return refuse(exchange, 415);
    if (kind == CODING_NONE || request->body.len == 0) return HTTP_PARSE_DONE;
    exchange->packed_as = kind;
    return HTTP_PARSE_DONE;
}

http_parse_result exchange_feed(struct http_exchange *exchange)
{
    struct buf *input = &exchange->input;
    if (exchange->parse.fed == 0) exchange_skip_line_ends(exchange);
    if (!exchange_has_fresh(exchange)) return HTTP_PARSE_MORE;
    size_t len = input->len - exchange->start;
    const http_parse_result result =
        http_parse_feed(&exchange->parse, input->ptr + exchange->start, &len);
    if (result == HTTP_PARSE_DONE) return see_request(exchange);
    if (result == HTTP_PARSE_MORE) input->len = exchange->start + len;
    return result;
}

bool exchange_next(struct http_exchange *exchange)
{
    assert(exchange->parse.is_whole);
    exchange->start += exchange->parse.end;
    assert(exchange->start <= exchange->input.len);
    forget(exchange);
    begin(exchange);
    exchange_skip_line_ends(exchange);
    shrink_input(exchange);
    shortage_is_less(exchange);
    return exchange->start < exchange->input.len;
}

/* ---- http.h */

const struct http_request *http_exchange_request(const struct http_exchange *exchange)
{
    return &exchange->request;
}

bool http_exchange_request_header(const struct http_exchange *exchange, struct span name,
                                  struct span *value)
{
    const uint8_t *bytes = exchange->input.ptr + exchange->start;
    return http_parse_header_find(&exchange->parse, bytes, name, value);
}

bool http_exchange_is_line(const struct http_exchange *exchange)
{
    return exchange->is_line;
}

struct arena *http_exchange_arena(struct http_exchange *exchange)
{
    return &exchange->arena;
}

unsigned http_exchange_loop(const struct http_exchange *exchange)
{
    return exchange->loop->index;
}

void http_exchange_header(struct http_exchange *exchange, struct span name, struct span value)
{
    assert(exchange->reply_header_count < LIMIT_HTTP_REPLY_HEADERS);
    exchange->reply_headers[exchange->reply_header_count++] = (struct http_header){name, value};
}

struct buf *http_exchange_body(struct http_exchange *exchange)
{
    return &exchange->body;
}

void http_exchange_finish(struct http_exchange *exchange, int http_status)
{
    struct loop *loop = exchange->loop;
    assert(loop->held_count > 0);
    loop->held_count--;
    struct connection *connection = exchange->connection;
    if (exchange_goes_on(exchange)) {
        pieces_finish(exchange);
    } else if (connection == NULL) {
        exchange_give(exchange);
    } else if (exchange->is_line ? exchange_write_line(exchange)
                                 : exchange_write_head(exchange, http_status)) {
        connection_reply(connection);
    } else {
        connection->exchange = NULL;
        exchange_give(exchange);
        connection_close(connection);
    }
    loop_settle(loop);
}

bool http_exchange_stream(struct http_exchange *exchange, int http_status,
                          const struct http_stream *stream)
{
    assert(!exchange_goes_on(exchange));
    return pieces_begin(exchange, http_status, stream);
}

bool http_exchange_push(struct http_exchange *exchange)
{
    assert(exchange_goes_on(exchange));
    return pieces_push(exchange);
}

void http_exchange_resume(struct http_exchange *exchange, http_resume_fn *fn, void *ctx)
{
    exchange->resume_fn = fn;
    exchange->resume_ctx = ctx;
    loop_resume(exchange->loop, exchange);
}
