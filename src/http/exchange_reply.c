/* exchange_reply.c -- the reply as it goes over the wire.
 *
 *     HTTP/1.1 200 OK
 *     Date, Content-Length      always (204 and 304 have no length)
 *     Transfer-Encoding         instead of a length, when the reply goes on (pieces.h)
 *     Connection                when it closes, and to a 1.0 client that keeps it
 *     Vary, Content-Encoding    large bodies; when compressed
 *     the CRC                   over the body as it is sent
 *     the handler's
 *
 * A HEAD request is answered with the headers of its reply and no body. A handler's header that
 * holds a line end is left out: it would be two headers to the client.
 */
#include <assert.h>
#include <string.h>
#include <time.h>

#include "base/coding.h"
#include "http/exchange.h"
#include "http/http_server.h"
#include "http/loop.h"

struct status_line {
    int http_status;
    struct span line;
};

#define STATUS_LINE(code, reason)                                                                  \
    {                                                                                              \
        code, SPAN_INIT("HTTP/1.1 " #code " " reason "\r\n")                                       \
    }
#define SPAN_INIT(literal)                                                                         \
    {                                                                                              \
        (const uint8_t *)("" literal), sizeof(literal) - 1                                         \
    }

static const struct status_line status_lines[] = {
    STATUS_LINE(200, "OK"),
    STATUS_LINE(204, "No Content"),
    STATUS_LINE(304, "Not Modified"),
    STATUS_LINE(400, "Bad Request"),
    STATUS_LINE(401, "Unauthorized"),
    STATUS_LINE(403, "Forbidden"),
    STATUS_LINE(404, "Not Found"),
    STATUS_LINE(405, "Method Not Allowed"),
    STATUS_LINE(408, "Request Timeout"),
    STATUS_LINE(413, "Content Too Large"),
    STATUS_LINE(415, "Unsupported Media Type"),
    STATUS_LINE(431, "Request Header Fields Too Large"),
    STATUS_LINE(500, "Internal Server Error"),
    STATUS_LINE(503, "Service Unavailable"),
};

static void put_status_line(struct buf *head, int http_status)
{
    for (size_t i = 0; i < ARRAY_COUNT(status_lines); i++) {
        if (status_lines[i].http_status != http_status) continue;
        buf_put(head, status_lines[i].line);
        return;
    }
    buf_printf(head, "HTTP/1.1 %d \r\n", http_status);
}

/* A decimal, without printf's cost: this is written for every reply. */
static void put_number(struct buf *head, uint64_t n)
{
    uint8_t digits[20];
    size_t at = sizeof digits;
    do {
        digits[--at] = (uint8_t)('0' + n % 10);
        n /= 10;
    } while (n > 0);
    buf_put(head, (struct span){digits + at, sizeof digits - at});
}

static bool has_line_end(struct span text)
{
    static const uint8_t ends[] = {'\r', '\n', 0};
    for (size_t i = 0; text.len > 0 && i < sizeof ends; i++)
        if (memchr(text.ptr, ends[i], text.len) != NULL) return true;
    return false;
}

static void put_header(struct buf *head, struct span name, struct span value)
{
    if (name.len == 0 || has_line_end(name) || has_line_end(value)) return;
    buf_put(head, name);
    buf_put(head, SPAN(": "));
    buf_put(head, value);
    buf_put(head, SPAN("\r\n"));
}

/* The coding of the reply; its body, coded, is then in exchange->encoded. A body that cannot be
 * compressed for want of memory is sent as it is. */
static coding encode_body(struct http_exchange *exchange)
{
    struct span accepted = {0};
    if (!http_exchange_request_header(exchange, SPAN("accept-encoding"), &accepted))
        return CODING_NONE;
    const coding kind = coding_of_reply(accepted);
    if (kind == CODING_NONE) return CODING_NONE;
    const status st = coding_encode(&exchange->loop->encoder, kind, buf_view(&exchange->body),
                                    &exchange->encoded);
    return st == ST_OK ? kind : CODING_NONE;
}

static void put_body_headers(struct http_exchange *exchange)
{
    const struct http_options *options = &exchange->loop->server->options;
    struct buf *head = &exchange->head;
    struct span body = buf_view(&exchange->body);
    if (body.len >= options->compress_bytes_min) {
        buf_put(head, SPAN("Vary: Accept-Encoding\r\n"));
        const coding kind = encode_body(exchange);
        if (kind != CODING_NONE) {
            body = buf_view(&exchange->encoded);
            put_header(head, SPAN("Content-Encoding"), coding_name(kind));
        }
    }
    buf_put(head, SPAN("Content-Length: "));
    put_number(head, body.len);
    buf_put(head, SPAN("\r\n"));
    if (options->crc32_header != NULL) {
        buf_put_text(head, options->crc32_header);
        buf_put(head, SPAN(": "));
        put_number(head, coding_crc32(body));
        buf_put(head, SPAN("\r\n"));
    }
    const bool is_head = exchange->parse.llhttp.method == HTTP_HEAD;
    exchange->sent_body = is_head ? (struct span){0} : body;
}

static void put_connection(struct http_exchange *exchange)
{
    const struct http_parse *parse = &exchange->parse;
    if (!parse->keeps_alive || exchange->loop->is_draining) exchange->closes = true;
    if (exchange->closes)
        buf_put(&exchange->head, SPAN("Connection: close\r\n"));
    else if (parse->llhttp.http_minor == 0)
        buf_put(&exchange->head, SPAN("Connection: keep-alive\r\n"));
}

static void put_own_headers(struct http_exchange *exchange)
{
    for (unsigned i = 0; i < exchange->reply_header_count; i++)
        put_header(&exchange->head, exchange->reply_headers[i].name,
                   exchange->reply_headers[i].value);
    buf_put(&exchange->head, SPAN("\r\n"));
}

static void put_first_lines(struct http_exchange *exchange, int http_status)
{
    struct buf *head = &exchange->head;
    assert(http_status >= 200 && http_status <= 599);
    put_status_line(head, http_status);
    buf_put(head, SPAN("Date: "));
    buf_put(head, loop_date(exchange->loop));
    buf_put(head, SPAN("\r\n"));
    put_connection(exchange);
}

void exchange_write_open_head(struct http_exchange *exchange, int http_status)
{
    const bool has_chunks = exchange->parse.llhttp.http_minor > 0;
    if (!has_chunks) exchange->closes = true;
    put_first_lines(exchange, http_status);
    if (has_chunks) buf_put(&exchange->head, SPAN("Transfer-Encoding: chunked\r\n"));
    put_own_headers(exchange);
}

bool exchange_write_head(struct http_exchange *exchange, int http_status)
{
    if (buf_status(&exchange->body) != ST_OK) {
        buf_clear(&exchange->body);
        http_status = 500;
    }
    put_first_lines(exchange, http_status);
    if (http_status != 204 && http_status != 304) put_body_headers(exchange);
    put_own_headers(exchange);
    return buf_status(&exchange->head) == ST_OK;
}
