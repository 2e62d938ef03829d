/* http_parse.h -- one request from bytes, in whatever pieces they come. No socket, no heap.
 *
 *     http_parse_begin -> http_parse_feed … (HTTP_PARSE_MORE) … -> HTTP_PARSE_DONE or _REFUSED
 *
 * The caller keeps the bytes of the request in one run, appends to it, and feeds the whole run each
 * time; only what is new is looked at. The run may move between two feeds. What was found is given
 * as offsets from its first byte.
 *
 * Memory: a parse holds offsets only. It may not be moved after http_parse_begin.
 * Threads: one at a time.
 */
#ifndef STATOR_HTTP_HTTP_PARSE_H
#define STATOR_HTTP_HTTP_PARSE_H

#include <llhttp.h>

#include "base/limits.h"
#include "base/span.h"

/* Where something stands in the request's bytes. */
struct http_piece {
    uint32_t at;
    uint32_t len;
};

struct http_parse_header {
    struct http_piece name;
    struct http_piece value;
};

struct http_parse_limits {
    uint32_t head_bytes_max; /* from the request line to the empty line: 431 beyond */
    uint32_t body_bytes_max; /* 413 beyond */
};

typedef enum http_parse_result {
    HTTP_PARSE_MORE,    /* not yet whole */
    HTTP_PARSE_DONE,    /* whole: `end`, `body` and the rest are known */
    HTTP_PARSE_REFUSED, /* answer with `refusal` and close */
} http_parse_result;

struct http_parse {
    llhttp_t llhttp;
    struct http_parse_limits limits;
    uint8_t *bytes; /* the run, while feeding */
    uint32_t given; /* its length, while feeding */
    uint32_t fed;   /* bytes of the run that were looked at */
    uint32_t end;   /* DONE: where the next request begins */

    struct http_piece target; /* "/path?query", or another form of RFC 9112 3.2 */
    struct http_piece body;   /* transfer encoding undone */
    uint64_t framing_bytes;   /* chunk sizes, extensions and trailers so far */
    uint16_t header_count;
    bool head_is_whole;
    bool is_whole;
    bool expects_continue; /* Expect: 100-continue */
    bool keeps_alive;      /* DONE: the client wants the connection to stay */
    uint16_t refusal;      /* an HTTP status; 0: none */
    struct http_parse_header headers[LIMIT_HTTP_HEADERS];
};

/* Be ready for the first byte of a request. The limits' sum must fit 31 bits (asserted). */
void http_parse_begin(struct http_parse *parse, struct http_parse_limits limits);

/* Look at bytes[fed .. *len). Chunk framing is taken out of the run: with MORE, *len may shrink. */
MUST_USE http_parse_result http_parse_feed(struct http_parse *parse, uint8_t *bytes, size_t *len);

/* "POST"; static. */
MUST_USE struct span http_parse_method(const struct http_parse *parse);

/* The value, trimmed, of the first header `name` (any case) in the run `bytes`. */
MUST_USE bool http_parse_header_find(const struct http_parse *parse, const uint8_t *bytes,
                                     struct span name, struct span *value);

/* Split a target into path and query: "/a?b", "http://host/a?b" and "*". */
void http_parse_target(struct span target, struct span *path, struct span *query);

#endif
