/* http.c -- fuzz the parsing of a connection's bytes, without a socket.
 *
 * The input is what a client sends: requests, one behind another. It is parsed twice, whole and in
 * pieces (of as many bytes as the last byte says), as exchange.c does it: the run grows, moves, and
 * shrinks by the framing of chunks. Both must find the same requests. Each whole request is looked
 * at as the room looks at it: target, headers, and a body decoded if it says it is coded.
 *
 * A request that two programs could read differently is how one user's bytes get into another's
 * request. So what is taken is read once more, the way the plainest of programs would: lines up to
 * a line end, names up to a colon, a body of as many bytes as the length or the chunks say. Both
 * must find the same target, headers and body, and that the next request begins at the same byte.
 */
#include <assert.h>
#include <string.h>

#include "base/arena.h"
#include "base/coding.h"
#include "http/http_parse.h"

enum { HEAD_BYTES_MAX = 1000, BODY_BYTES_MAX = 2000, REQUESTS_MAX = 32, DECODED_BYTES_MAX = 20000 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What a stream of bytes turned out to be. */
struct finding {
    unsigned request_count;
    http_parse_result last;
    uint16_t refusal;
    struct {
        uint32_t body_crc;
        uint32_t body_len;
        uint16_t header_count;
        bool keeps_alive;
    } requests[REQUESTS_MAX];
};

struct stream {
    uint8_t *run; /* bytes of the current request and what follows, size_max of them at most */
    size_t len;
    struct span rest; /* not yet in the run */
    size_t step;
};

/* Move what is there to another place, and append the next piece. */
static void grow(struct stream *stream)
{
    const size_t n = stream->rest.len < stream->step ? stream->rest.len : stream->step;
    uint8_t *fresh = mem_new(mem_heap(), stream->len + n + 1);
    assert(fresh != NULL);
    if (stream->len > 0) memcpy(fresh, stream->run, stream->len);
    if (n > 0) memcpy(fresh + stream->len, stream->rest.ptr, n);
    mem_free(mem_heap(), stream->run, stream->len + 1);
    stream->run = fresh;
    stream->len += n;
    stream->rest = span_drop(stream->rest, n);
}

/* ---- the plain reading */

static struct span take_line(struct span *rest)
{
    const uint8_t *end = rest->len == 0 ? NULL : memchr(rest->ptr, '\n', rest->len);
    assert(end != NULL);
    size_t len = (size_t)(end - rest->ptr);
    struct span line = span_take(*rest, len);
    *rest = span_drop(*rest, len + 1);
    if (line.len > 0 && line.ptr[line.len - 1] == '\r') line.len--;
    return line;
}

static struct span take_bytes(struct span *rest, size_t len)
{
    assert(len <= rest->len);
    const struct span bytes = span_take(*rest, len);
    *rest = span_drop(*rest, len);
    return bytes;
}

static size_t read_number(struct span text, unsigned base)
{
    size_t n = 0;
    for (size_t i = 0; i < text.len; i++) {
        static const char digits[] = "0123456789abcdef";
        const uint8_t c = text.ptr[i];
        const char *digit = memchr(digits, c >= 'A' && c <= 'F' ? c + 'a' - 'A' : c, base);
        if (digit == NULL) break;
        n = n * base + (size_t)(digit - digits);
        assert(n <= BODY_BYTES_MAX);
    }
    return n;
}

static size_t index_of(struct span text, uint8_t c)
{
    const uint8_t *at = text.len == 0 ? NULL : memchr(text.ptr, c, text.len);
    assert(at != NULL);
    return (size_t)(at - text.ptr);
}

/* Chunks and trailers, compared with the body that the parser found. */
static void read_chunks(struct span *rest, struct span body)
{
    for (;;) {
        const size_t len = read_number(take_line(rest), 16);
        if (len == 0) break;
        assert(span_eq(take_bytes(rest, len), take_bytes(&body, len)));
        assert(take_line(rest).len == 0);
    }
    assert(body.len == 0);
    while (take_line(rest).len > 0) continue;
}

static struct span piece_of(const uint8_t *run, struct http_piece piece)
{
    return (struct span){run + piece.at, piece.len};
}

/* `raw` are the bytes as they came, from the end of the request before to the end of this one. */
static void read_plainly(struct span raw, const struct http_parse *parse, const uint8_t *run)
{
    bool is_chunked = false;
    size_t body_len = 0;
    while (raw.len > 0 && (raw.ptr[0] == '\r' || raw.ptr[0] == '\n')) raw = span_drop(raw, 1);
    struct span line = take_line(&raw); /* behind the line ends that may stand between requests */
    const struct span method = take_bytes(&line, index_of(line, ' '));
    assert(span_eq(method, http_parse_method(parse)));
    line = span_drop(line, 1);
    while (line.len > 0 && line.ptr[0] == ' ') line = span_drop(line, 1);
    assert(span_eq(take_bytes(&line, index_of(line, ' ')), piece_of(run, parse->target)));
    for (unsigned i = 0; i <= parse->header_count; i++) {
        line = take_line(&raw);
        if (i == parse->header_count) break;
        const struct span name = take_bytes(&line, index_of(line, ':'));
        const struct span value = span_trim(span_drop(line, 1));
        assert(span_eq(name, piece_of(run, parse->headers[i].name)));
        assert(span_eq(value, span_trim(piece_of(run, parse->headers[i].value))));
        if (span_eq_nocase(name, SPAN("transfer-encoding"))) is_chunked = true;
        if (span_eq_nocase(name, SPAN("content-length"))) body_len = read_number(value, 10);
    }
    assert(line.len == 0);
    if (is_chunked)
        read_chunks(&raw, piece_of(run, parse->body));
    else
        assert(span_eq(take_bytes(&raw, body_len), piece_of(run, parse->body)));
    assert(raw.len == 0);
}

/* ---- */

static void look(const struct http_parse *parse, const uint8_t *run, struct finding *finding)
{
    const struct span body = {run + parse->body.at, parse->body.len};
    struct span path = {0};
    struct span query = {0};
    struct span value = {0};
    http_parse_target((struct span){run + parse->target.at, parse->target.len}, &path, &query);
    assert(path.len + query.len <= parse->target.len + 1);
    assert(body.len <= BODY_BYTES_MAX);
    assert(http_parse_method(parse).len > 0);
    coding kind = CODING_NONE;
    if (http_parse_header_find(parse, run, SPAN("accept-encoding"), &value))
        (void)coding_of_reply(value);
    if (http_parse_header_find(parse, run, SPAN("content-encoding"), &value) &&
        coding_of_body(value, &kind) && kind != CODING_NONE) {
        struct buf content;
        buf_init(&content, mem_heap(), DECODED_BYTES_MAX);
        (void)coding_decode(mem_heap(), kind, body, &content);
        assert(content.len <= DECODED_BYTES_MAX);
        buf_deinit(&content);
    }
    if (finding->request_count == REQUESTS_MAX) return;
    finding->requests[finding->request_count].body_crc = coding_crc32(body);
    finding->requests[finding->request_count].body_len = parse->body.len;
    finding->requests[finding->request_count].header_count = parse->header_count;
    finding->requests[finding->request_count].keeps_alive = parse->keeps_alive;
    finding->request_count++;
}

/* Give back what was taken out of the run, so that nobody reads it. */
static void fit(struct stream *stream, size_t before)
{
    if (stream->len == before) return;
    uint8_t *fitting = mem_resize(mem_heap(), stream->run, before + 1, stream->len + 1);
    assert(fitting != NULL);
    stream->run = fitting;
}

static void drop_request(struct stream *stream, size_t end)
{
    const size_t before = stream->len;
    assert(end <= stream->len);
    memmove(stream->run, stream->run + end, stream->len - end);
    stream->len -= end;
    fit(stream, before);
}

static http_parse_result feed(struct stream *stream, struct http_parse *parse)
{
    const size_t before = stream->len;
    const http_parse_result result = http_parse_feed(parse, stream->run, &stream->len);
    assert(stream->len <= before);
    fit(stream, before);
    return result;
}

static void parse_all(struct span bytes, size_t step, struct finding *finding)
{
    static const struct http_parse_limits limits = {HEAD_BYTES_MAX, BODY_BYTES_MAX};
    struct stream stream = {.rest = bytes, .step = step};
    struct http_parse parse;
    size_t begun = 0; /* where the request begins in `bytes` */
    http_parse_begin(&parse, limits);
    grow(&stream);
    for (;;) {
        finding->last = feed(&stream, &parse);
        finding->refusal = parse.refusal;
        if (finding->last == HTTP_PARSE_REFUSED) break;
        if (finding->last == HTTP_PARSE_MORE) {
            if (stream.rest.len == 0) break;
            grow(&stream);
            continue;
        }
        const size_t end = bytes.len - stream.rest.len - (stream.len - parse.end);
        read_plainly(span_drop(span_take(bytes, end), begun), &parse, stream.run);
        look(&parse, stream.run, finding);
        if (finding->request_count == REQUESTS_MAX) break;
        drop_request(&stream, parse.end);
        begun = end;
        http_parse_begin(&parse, limits);
    }
    mem_free(mem_heap(), stream.run, stream.len + 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) return 0;
    const struct span bytes = {data, size};
    struct finding whole = {0};
    struct finding split = {0};
    parse_all(bytes, size, &whole);
    parse_all(bytes, 1 + data[size - 1], &split);
    assert(whole.request_count == split.request_count);
    assert(whole.last == split.last);
    assert(whole.refusal == 0 || split.refusal != 0);
    assert(memcmp(whole.requests, split.requests, sizeof whole.requests) == 0);
    return 0;
}
