/* http_parse.c -- llhttp in its strict mode, with the doors closed that it leaves ajar.
 *
 * A request that two programs could read differently is how one user's bytes are smuggled into
 * another's request. So everything doubtful is refused with 400 and the connection closed, never
 * repaired. llhttp refuses Content-Length beside Transfer-Encoding, repeated or signed lengths,
 * bare CR and LF in headers and chunks that do not end where they say. Refused here:
 *
 *   P1  a header value folded over lines, an empty header name, a space before the colon
 *   P2  Transfer-Encoding that is not exactly "chunked", or is there twice, or in HTTP/1.0
 *   P3  HTTP/1.1 without exactly one Host
 *   P4  versions other than 1.0 and 1.1
 *   P5  chunk framing that outweighs the largest body (413)
 *
 * The run of bytes. Content-Length bodies are found where they are. Chunked ones are moved
 * together, right behind the last header, over bytes that were parsed already:
 *
 *     POST / HTTP/1.1 … Host: a CRLF … CRLF 5 CRLF hello CRLF 6 CRLF  world CRLF 0 CRLF CRLF next
 *                              |<- body ->|<- dropped                                        |end
 *
 * Upgrades are not taken: the request is answered as if it had not asked.
 */
#include "http/http_parse.h"

#include <assert.h>
#include <string.h>

static struct http_parse *of(const llhttp_t *llhttp)
{
    return llhttp->data;
}

static uint32_t offset(const struct http_parse *parse, const char *at)
{
    return (uint32_t)((const uint8_t *)at - parse->bytes);
}

static uint32_t piece_end(struct http_piece piece)
{
    return piece.at + piece.len;
}

static struct span piece_span(const uint8_t *bytes, struct http_piece piece)
{
    return (struct span){bytes + piece.at, piece.len};
}

static int refuse(struct http_parse *parse, uint16_t http_status)
{
    parse->refusal = http_status;
    return HPE_USER;
}

/* Grow `piece` by what llhttp found next. False when it does not follow on: a folded line (P1). */
static bool extend(struct http_piece *piece, uint32_t at, size_t len)
{
    if (piece->at == 0) piece->at = at;
    if (piece_end(*piece) != at) return false;
    piece->len += (uint32_t)len;
    return true;
}

static int on_url(llhttp_t *llhttp, const char *at, size_t len)
{
    struct http_parse *parse = of(llhttp);
    return extend(&parse->target, offset(parse, at), len) ? 0 : refuse(parse, 400);
}

static int on_header_field(llhttp_t *llhttp, const char *at, size_t len)
{
    struct http_parse *parse = of(llhttp);
    if (parse->head_is_whole) return 0; /* a trailer: not part of the request (RFC 9110 6.5.1) */
    if (parse->header_count > 0) {
        struct http_parse_header *last = &parse->headers[parse->header_count - 1];
        if (last->value.at == 0 && extend(&last->name, offset(parse, at), len)) return 0;
    }
    if (parse->header_count == LIMIT_HTTP_HEADERS) return refuse(parse, 431);
    parse->headers[parse->header_count++] = (struct http_parse_header){
        .name = {offset(parse, at), (uint32_t)len}
    };
    return 0;
}

static int on_header_value(llhttp_t *llhttp, const char *at, size_t len)
{
    struct http_parse *parse = of(llhttp);
    if (parse->head_is_whole) return 0;
    assert(parse->header_count > 0);
    struct http_parse_header *last = &parse->headers[parse->header_count - 1];
    return extend(&last->value, offset(parse, at), len) ? 0 : refuse(parse, 400);
}

struct head_facts {
    unsigned hosts;
    unsigned transfer_encodings;
    bool is_chunked;
};

static bool name_is_token(struct span name)
{
    if (name.len == 0) return false;
    const uint8_t last = name.ptr[name.len - 1];
    return last != ' ' && last != '\t';
}

/* Does a line that begins with a space follow on it? llhttp steps over such lines where they are
 * empty, or where nothing stands before them. */
static bool is_folded(const struct http_parse *parse, const struct http_parse_header *header)
{
    const uint32_t from = piece_end(header->name);
    const uint8_t *line_end = memchr(parse->bytes + from, '\n', parse->given - from);
    return line_end == NULL || line_end[1] == ' ' || line_end[1] == '\t'; /* the head is whole */
}

static bool read_facts(struct http_parse *parse, struct head_facts *facts)
{
    for (unsigned i = 0; i < parse->header_count; i++) {
        const struct span name = piece_span(parse->bytes, parse->headers[i].name);
        const struct span value = piece_span(parse->bytes, parse->headers[i].value);
        if (!name_is_token(name) || is_folded(parse, &parse->headers[i])) return false;
        if (name.len == 4 && span_eq_nocase(name, SPAN("host"))) facts->hosts++;
        if (name.len == 6 && span_eq_nocase(name, SPAN("expect")))
            parse->expects_continue = span_eq_nocase(span_trim(value), SPAN("100-continue"));
        if (name.len == 17 && span_eq_nocase(name, SPAN("transfer-encoding"))) {
            facts->transfer_encodings++;
            facts->is_chunked = span_eq_nocase(span_trim(value), SPAN("chunked"));
        }
    }
    return true;
}

static uint32_t head_end(const struct http_parse *parse)
{
    if (parse->header_count == 0) return piece_end(parse->target);
    const struct http_parse_header *last = &parse->headers[parse->header_count - 1];
    return last->value.len > 0 ? piece_end(last->value) : piece_end(last->name);
}

/* All bytes of a whole head, the empty line that ends it included: what take_framing counts while
 * it is not whole, so that the pieces in which it comes decide nothing. */
static uint32_t head_bytes(const struct http_parse *parse)
{
    uint32_t at = head_end(parse);
    for (int line_ends = 0; line_ends < 2 && at < parse->given; at++)
        if (parse->bytes[at] == '\n') line_ends++;
    return at;
}

/* The status to refuse this head with, or 0. */
static uint16_t judge_head(struct http_parse *parse)
{
    const llhttp_t *llhttp = &parse->llhttp;
    struct head_facts facts = {0};
    if (!read_facts(parse, &facts)) return 400;                        /* P1 */
    if (llhttp->http_major != 1 || llhttp->http_minor > 1) return 400; /* P4 */
    if (llhttp->http_minor == 1 && facts.hosts != 1) return 400;       /* P3 */
    if (facts.transfer_encodings > 0 &&
        (llhttp->http_minor == 0 || facts.transfer_encodings > 1 || !facts.is_chunked))
        return 400; /* P2 */
    if (head_bytes(parse) > parse->limits.head_bytes_max) return 431;
    if ((llhttp->flags & F_CONTENT_LENGTH) != 0 &&
        llhttp->content_length > parse->limits.body_bytes_max)
        return 413;
    return 0;
}

static int on_headers_complete(llhttp_t *llhttp)
{
    struct http_parse *parse = of(llhttp);
    const uint16_t refusal = judge_head(parse);
    if (refusal != 0) {
        parse->refusal = refusal;
        return -1; /* the one error that llhttp takes from this callback */
    }
    parse->head_is_whole = true;
    if ((llhttp->flags & F_CHUNKED) != 0) parse->body.at = head_end(parse);
    llhttp->upgrade = 0;
    return 0;
}

static bool is_chunked(const struct http_parse *parse)
{
    return (parse->llhttp.flags & F_CHUNKED) != 0;
}

static int on_body(llhttp_t *llhttp, const char *at, size_t len)
{
    struct http_parse *parse = of(llhttp);
    if (len > parse->limits.body_bytes_max - parse->body.len) return refuse(parse, 413);
    if (!is_chunked(parse)) return extend(&parse->body, offset(parse, at), len) ? 0 : -1;
    uint8_t *to = parse->bytes + piece_end(parse->body);
    assert(to <= (const uint8_t *)at);
    memmove(to, at, len);
    parse->body.len += (uint32_t)len;
    return 0;
}

/* A chunk that will not fit is not waited for. */
static int on_chunk_header(llhttp_t *llhttp)
{
    struct http_parse *parse = of(llhttp);
    const bool fits = llhttp->content_length <= parse->limits.body_bytes_max - parse->body.len;
    return fits ? 0 : refuse(parse, 413);
}

static int on_message_complete(llhttp_t *llhttp)
{
    struct http_parse *parse = of(llhttp);
    parse->is_whole = true;
    parse->keeps_alive = llhttp_should_keep_alive(llhttp) != 0;
    return HPE_PAUSED; /* what follows is the next request's */
}

static const llhttp_settings_t settings = {
    .on_url = on_url,
    .on_header_field = on_header_field,
    .on_header_value = on_header_value,
    .on_headers_complete = on_headers_complete,
    .on_body = on_body,
    .on_chunk_header = on_chunk_header,
    .on_message_complete = on_message_complete,
};

void http_parse_begin(struct http_parse *parse, struct http_parse_limits limits)
{
    assert((uint64_t)limits.head_bytes_max + limits.body_bytes_max < INT32_MAX);
    memset(parse, 0, offsetof(struct http_parse, headers));
    llhttp_init(&parse->llhttp, HTTP_REQUEST, &settings);
    parse->llhttp.data = parse;
    parse->limits = limits;
}

static http_parse_result refused(struct http_parse *parse, uint16_t http_status)
{
    if (parse->refusal == 0) parse->refusal = http_status;
    return HTTP_PARSE_REFUSED;
}

/* Everything so far was taken: drop chunk framing from the run, and see that limits hold. */
static http_parse_result take_framing(struct http_parse *parse, size_t *len)
{
    if (!parse->head_is_whole) {
        if (*len > parse->limits.head_bytes_max) return refused(parse, 431);
        return HTTP_PARSE_MORE;
    }
    if (!is_chunked(parse)) return HTTP_PARSE_MORE;
    const size_t kept = piece_end(parse->body);
    assert(kept <= *len);
    parse->framing_bytes += *len - kept;
    if (parse->framing_bytes > (uint64_t)parse->limits.body_bytes_max + LIMIT_HTTP_HEAD_BYTES)
        return refused(parse, 413); /* P5 */
    parse->fed = (uint32_t)kept;
    *len = kept;
    return HTTP_PARSE_MORE;
}

http_parse_result http_parse_feed(struct http_parse *parse, uint8_t *bytes, size_t *len)
{
    assert(*len >= parse->fed);
    assert(!parse->is_whole && parse->refusal == 0);
    parse->bytes = bytes;
    parse->given = (uint32_t)*len;
    const char *fresh = (const char *)bytes + parse->fed;
    const llhttp_errno_t error = llhttp_execute(&parse->llhttp, fresh, *len - parse->fed);
    if (error == HPE_PAUSED && parse->is_whole) {
        parse->end = offset(parse, llhttp_get_error_pos(&parse->llhttp));
        return HTTP_PARSE_DONE;
    }
    if (error != HPE_OK) return refused(parse, 400);
    parse->fed = (uint32_t)*len;
    return take_framing(parse, len);
}

struct span http_parse_method(const struct http_parse *parse)
{
    return span_of(llhttp_method_name((llhttp_method_t)parse->llhttp.method));
}

bool http_parse_header_find(const struct http_parse *parse, const uint8_t *bytes, struct span name,
                            struct span *value)
{
    for (unsigned i = 0; i < parse->header_count; i++) {
        const struct http_parse_header *header = &parse->headers[i];
        if (header->name.len != name.len) continue; /* most differ here already */
        if (!span_eq_nocase(piece_span(bytes, header->name), name)) continue;
        *value = span_trim(piece_span(bytes, header->value));
        return true;
    }
    return false;
}

/* absolute-form := scheme "://" authority [ path ]: what stands before the path. */
static size_t authority_len(struct span target)
{
    if (target.len == 0 || target.ptr[0] == '/') return 0;
    static const char mark[] = "://";
    const uint8_t *scheme = memmem(target.ptr, target.len, mark, sizeof mark - 1);
    if (scheme == NULL) return 0;
    size_t at = (size_t)(scheme - target.ptr) + sizeof mark - 1;
    while (at < target.len && target.ptr[at] != '/' && target.ptr[at] != '?') at++;
    return at;
}

void http_parse_target(struct span target, struct span *path, struct span *query)
{
    const size_t skipped = authority_len(target);
    target = span_drop(target, skipped);
    const uint8_t *mark = target.len == 0 ? NULL : memchr(target.ptr, '?', target.len);
    const size_t path_len = mark == NULL ? target.len : (size_t)(mark - target.ptr);
    *path = span_take(target, path_len);
    *query = mark == NULL ? (struct span){0} : span_drop(target, path_len + 1);
    if (skipped > 0 && path->len == 0) *path = SPAN("/");
}
