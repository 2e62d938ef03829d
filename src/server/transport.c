/* transport.c -- see transport.h. */
#include "server/transport.h"

#include <assert.h>
#include <inttypes.h>

#include "server/feed.h"

struct transport_call {
    struct api_call call;
    const struct transport *transport;
    struct http_exchange *exchange;
    uint64_t begun_ns;
};

static struct span header(const struct http_exchange *exchange, struct span name)
{
    struct span value = {0};
    if (!http_exchange_request_header(exchange, name, &value)) return (struct span){0};
    return value;
}

/* ---- the log */

static void log_failure(const struct transport_call *own)
{
    const struct transport *transport = own->transport;
    const struct api_call *call = &own->call;
    char why[STORE_FAILURE_BYTES] = "";
    const bool refuses = transport->store != NULL && store_failure(transport->store, why);
    server_log_write(&transport->log, SERVER_WARN,
                     "%.*s %.*s failed with status %d, request id %s%s%s", SPAN_ARG(call->method),
                     SPAN_ARG(call->target), call->http_status, call->request_id,
                     refuses ? "; writes are refused: " : "", why);
}

static void log_request(const struct transport_call *own, size_t reply_bytes)
{
    const struct server_log *log = &own->transport->log;
    const struct api_call *call = &own->call;
    if (call->http_status >= 500) log_failure(own);
    if (!server_log_wants(log, SERVER_DEBUG)) return;
    const uint64_t us = (os_ticks_ns(own->transport->os) - own->begun_ns) / 1000;
    server_log_write(log, SERVER_DEBUG, "%.*s %.*s %.*s %d, %zu bytes, %" PRIu64 " us",
                     SPAN_ARG(call->method), SPAN_ARG(call->path), SPAN_ARG(call->target),
                     call->http_status, reply_bytes, us);
}

/* ---- calls of the api */

static void on_finished(struct api_call *call)
{
    struct transport_call *own = call->transport;
    struct http_exchange *exchange = own->exchange;
    const struct span type = call->feed != NULL ? SPAN("text/event-stream") : call->reply_type;
    if (type.len > 0) http_exchange_header(exchange, SPAN("Content-Type"), type);
    http_exchange_header(exchange, SPAN("x-amzn-RequestId"), span_of(call->request_id));
    for (unsigned i = 0; i < call->header_count; i++)
        http_exchange_header(exchange, call->headers[i].name, call->headers[i].value);
    log_request(own, buf_view(call->reply).len);
    if (call->feed != NULL)
        feed_begin(call, exchange);
    else
        http_exchange_finish(exchange, call->http_status);
}

static void on_resumed(void *ctx)
{
    api_continue(ctx);
}

static void on_resume(struct api_call *call)
{
    struct transport_call *own = call->transport;
    http_exchange_resume(own->exchange, on_resumed, call);
}

static void fill_call(struct transport_call *own)
{
    struct http_exchange *exchange = own->exchange;
    const struct http_request *request = http_exchange_request(exchange);
    const struct span amz_date = header(exchange, SPAN("x-amz-date"));
    own->call = (struct api_call){
        .thread = http_exchange_loop(exchange),
        .arena = http_exchange_arena(exchange),
        .method = request->method,
        .path = request->path,
        .query = request->query,
        .target = header(exchange, SPAN("x-amz-target")),
        .content_type = header(exchange, SPAN("content-type")),
        .authorization = header(exchange, SPAN("authorization")),
        .date = amz_date.len > 0 ? amz_date : header(exchange, SPAN("date")),
        .host = header(exchange, SPAN("host")),
        .origin = header(exchange, SPAN("origin")),
        .explain = header(exchange, SPAN("x-stator-explain")),
        .last_event_id = header(exchange, SPAN("last-event-id")),
        .body = request->body,
        .reply = http_exchange_body(exchange),
        .finished = on_finished,
        .resume = on_resume,
        .transport = own,
    };
    if (own->call.origin.len == 0) return;
    own->call.cors_headers = header(exchange, SPAN("access-control-request-headers"));
    own->call.cors_method = header(exchange, SPAN("access-control-request-method"));
}

/* ---- what is answered without the api */

/* Every reply has an id; one for which there is no memory has none. */
static void put_request_id(const struct transport *transport, struct http_exchange *exchange)
{
    char *id = arena_alloc_raw(http_exchange_arena(exchange), API_REQUEST_ID_BYTES + 1);
    if (id == NULL) return;
    api_request_id(transport->api, http_exchange_loop(exchange), id);
    http_exchange_header(exchange, SPAN("x-amzn-RequestId"), span_of(id));
}

static bool asks_for_health(const struct http_request *request)
{
    return span_eq(request->path, SPAN("/health")) &&
           (span_eq(request->method, SPAN("GET")) || span_eq(request->method, SPAN("HEAD")));
}

static void answer_health(const struct transport *transport, struct http_exchange *exchange)
{
    const uint64_t up_ms = (os_ticks_ns(transport->os) - transport->begun_ns) / 1000000;
    buf_printf(http_exchange_body(exchange),
               "{\"status\":\"ok\",\"version\":\"" STATOR_VERSION "\",\"uptime_ms\":%" PRIu64 "}",
               up_ms);
    http_exchange_header(exchange, SPAN("Content-Type"), SPAN("application/json"));
    put_request_id(transport, exchange);
    http_exchange_finish(exchange, 200);
}

/* ---- lines */

struct transport_line {
    struct lines_call call;
    const struct transport *transport;
    struct http_exchange *exchange;
    uint64_t begun_ns;
};

static void log_line(const struct transport_line *own)
{
    const struct transport *transport = own->transport;
    const struct status_info *info = status_info(own->call.outcome);
    if (info->http >= 500)
        server_log_write(&transport->log, SERVER_WARN, "a line failed: %s", info->name);
    if (!server_log_wants(&transport->log, SERVER_DEBUG)) return;
    const uint64_t us = (os_ticks_ns(transport->os) - own->begun_ns) / 1000;
    server_log_write(&transport->log, SERVER_DEBUG, "line %s, %zu bytes, %" PRIu64 " us",
                     info->name, buf_view(own->call.reply).len, us);
}

static void on_line_finished(struct lines_call *call)
{
    struct transport_line *own = call->transport;
    log_line(own);
    http_exchange_finish(own->exchange, 200);
}

static void on_line_resumed(void *ctx)
{
    lines_continue(ctx);
}

static void on_line_resume(struct lines_call *call)
{
    struct transport_line *own = call->transport;
    http_exchange_resume(own->exchange, on_line_resumed, call);
}

static void handle_line(const struct transport *transport, struct http_exchange *exchange)
{
    struct arena *arena = http_exchange_arena(exchange);
    struct transport_line *own = arena_alloc_raw(arena, sizeof(struct transport_line));
    if (own == NULL) {
        lines_refuse(ST_NO_MEMORY, http_exchange_body(exchange));
        http_exchange_finish(exchange, 500);
        return;
    }
    *own = (struct transport_line){
        .transport = transport,
        .exchange = exchange,
        .begun_ns =
            server_log_wants(&transport->log, SERVER_DEBUG) ? os_ticks_ns(transport->os) : 0,
        .call =
            {
                   .thread = http_exchange_loop(exchange),
                   .arena = arena,
                   .text = http_exchange_request(exchange)->body,
                   .reply = http_exchange_body(exchange),
                   .finished = on_line_finished,
                   .resume = on_line_resume,
                   .transport = own,
                   },
    };
    lines_start(&transport->lines, &own->call);
}

void transport_handle(void *ctx, struct http_exchange *exchange)
{
    const struct transport *transport = ctx;
    if (http_exchange_is_line(exchange)) {
        handle_line(transport, exchange);
        return;
    }
    if (asks_for_health(http_exchange_request(exchange))) {
        answer_health(transport, exchange);
        return;
    }
    struct transport_call *own =
        arena_alloc_raw(http_exchange_arena(exchange), sizeof(struct transport_call));
    if (own == NULL) {
        put_request_id(transport, exchange);
        http_exchange_finish(exchange, 500);
        return;
    }
    own->transport = transport;
    own->exchange = exchange;
    own->begun_ns =
        server_log_wants(&transport->log, SERVER_DEBUG) ? os_ticks_ns(transport->os) : 0;
    fill_call(own);
    api_start(transport->api, &own->call);
}

/* What a refusal says, to a client of DynamoDB's and to one of lines. The others, of requests that
 * are no HTTP, have no body: DynamoDB's have none either. */
static const struct refused {
    int http_status;
    status line;
    status type;         /* ST_OK: no body */
    const char *message; /* NULL: the outcome's own */
} refusals[] = {
    {413, ST_TOO_LARGE, ST_TOO_LARGE, NULL},
    {408, ST_TIMEOUT,   ST_OK,        NULL},
    {503, ST_NO_MEMORY, ST_BUSY,
     "The server has no room for this request just now; send it "
     "again later"                        },
};

static void put_refusal(const struct refused *refused, struct http_exchange *exchange)
{
    const struct status_info *info = status_info(refused->type);
    const char *message = refused->message != NULL ? refused->message : info->text;
    if (http_exchange_is_line(exchange)) {
        lines_refuse(refused->line, http_exchange_body(exchange));
        return;
    }
    if (refused->type == ST_OK) return;
    http_exchange_header(exchange, SPAN("Content-Type"), SPAN("application/x-amz-json-1.0"));
    buf_printf(http_exchange_body(exchange), "{\"__type\":\"%s\",\"message\":\"%s\"}", info->wire,
               message);
}

void transport_refuse(void *ctx, struct http_exchange *exchange, int http_status)
{
    const struct transport *transport = ctx;
    server_log_write(&transport->log, SERVER_DEBUG, "a request was refused with status %d",
                     http_status);
    put_request_id(transport, exchange);
    for (size_t i = 0; i < ARRAY_COUNT(refusals); i++)
        if (refusals[i].http_status == http_status) put_refusal(&refusals[i], exchange);
}
