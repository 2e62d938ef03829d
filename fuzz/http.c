/* http.c -- fuzz the parsing of a connection's bytes, without a socket.
 *
 * The input is what a client sends: requests, one behind another. It is parsed twice, whole and in
 * pieces (of as many bytes as the last byte says), as exchange.c does it: the run grows, moves, and
 * shrinks by the framing of chunks. Both must find the same requests. Each whole request is looked
 * at as the room looks at it: target, headers, and a body decoded if it says it is coded.
 */
#include <assert.h>
#include <string.h>

#include "base/arena.h"
#include "base/coding.h"
#include "http/http_parse.h"

enum { HEAD_BYTES_MAX = 2000, BODY_BYTES_MAX = 5000, REQUESTS_MAX = 32, DECODED_BYTES_MAX = 20000 };

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

static void parse_all(struct span bytes, size_t step, struct finding *finding)
{
    static const struct http_parse_limits limits = {HEAD_BYTES_MAX, BODY_BYTES_MAX};
    struct stream stream = {.rest = bytes, .step = step};
    struct http_parse *parse = mem_new(mem_heap(), sizeof *parse);
    assert(parse != NULL);
    http_parse_begin(parse, limits);
    grow(&stream);
    for (;;) {
        const size_t before = stream.len;
        const http_parse_result result = http_parse_feed(parse, stream.run, &stream.len);
        finding->last = result;
        finding->refusal = parse->refusal;
        assert(stream.len <= before);
        uint8_t *fitting = mem_resize(mem_heap(), stream.run, before + 1, stream.len + 1);
        assert(fitting != NULL);
        stream.run = fitting;
        if (result == HTTP_PARSE_REFUSED) break;
        if (result == HTTP_PARSE_MORE) {
            if (stream.rest.len == 0) break;
            grow(&stream);
            continue;
        }
        look(parse, stream.run, finding);
        if (finding->request_count == REQUESTS_MAX) break;
        assert(parse->end <= stream.len);
        memmove(stream.run, stream.run + parse->end, stream.len - parse->end);
        fitting = mem_resize(mem_heap(), stream.run, stream.len + 1, stream.len - parse->end + 1);
        assert(fitting != NULL);
        stream.run = fitting;
        stream.len -= parse->end;
        http_parse_begin(parse, limits);
    }
    mem_free(mem_heap(), stream.run, stream.len + 1);
    mem_free(mem_heap(), parse, sizeof *parse);
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
