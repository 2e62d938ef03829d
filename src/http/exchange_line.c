/* exchange_line.c -- requests that are lines, and replies that are.
 *
 * A line ends with LF or CR LF, which do not belong to it; empty lines are no requests. What HTTP's
 * parser would tell of a request (`fed`, `end`, `is_whole`) is told here of a line, so that all
 * else about an exchange is the same.
 */
#include <string.h>

#include "http/exchange.h"
#include "http/http_server.h"
#include "http/loop.h"

static http_parse_result refuse_long_line(struct http_exchange *exchange)
{
    exchange->parse.refusal = 413;
    return HTTP_PARSE_REFUSED;
}

static http_parse_result take_line(struct http_exchange *exchange, size_t len)
{
    const uint8_t *bytes = exchange->input.ptr + exchange->start;
    struct http_parse *parse = &exchange->parse;
    parse->end = (uint32_t)len + 1;
    parse->fed = parse->end;
    parse->is_whole = true;
    if (len > 0 && bytes[len - 1] == '\r') len--;
    exchange->request = (struct http_request){
        .body = {bytes, len}
    };
    return HTTP_PARSE_DONE;
}

http_parse_result exchange_feed_line(struct http_exchange *exchange)
{
    struct http_parse *parse = &exchange->parse;
    const size_t bytes_max = exchange->loop->server->options.body_bytes_max;
    exchange->is_line = true;
    if (parse->fed == 0) exchange_skip_line_ends(exchange);
    if (!exchange_has_fresh(exchange)) return HTTP_PARSE_MORE;
    const uint8_t *bytes = exchange->input.ptr + exchange->start;
    const size_t len = exchange->input.len - exchange->start;
    const uint8_t *line_end = memchr(bytes + parse->fed, '\n', len - parse->fed);
    const size_t line_len = line_end == NULL ? len : (size_t)(line_end - bytes);
    if (line_len > bytes_max) return refuse_long_line(exchange);
    if (line_end != NULL) return take_line(exchange, line_len);
    parse->fed = (uint32_t)len;
    return HTTP_PARSE_MORE;
}

bool exchange_end_line(struct http_exchange *exchange)
{
    if (exchange->start == exchange->input.len) return false;
    buf_put_u8(&exchange->input, '\n');
    return buf_status(&exchange->input) == ST_OK;
}

bool exchange_write_line(struct http_exchange *exchange)
{
    if (exchange->loop->is_draining) exchange->closes = true;
    buf_put_u8(&exchange->body, '\n');
    exchange->sent_body = buf_view(&exchange->body);
    return buf_status(&exchange->body) == ST_OK;
}
