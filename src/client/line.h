/* line.h -- one connection's worth of libcurl: a request out, a reply in, or the reason why not.
 *
 *     line_new -> line_send … -> line_free         line_cancel from any thread
 *
 * A line keeps its connection open between two requests. It judges nothing that DynamoDB says; it
 * tells whether the request can have arrived, which is what decides about sending it again.
 *
 * Memory: what comes packed is unpacked from a buffer of the line's own, which it keeps while it is
 * small. libcurl takes memory of its own, past struct mem.
 * Threads: one at a time, except line_cancel.
 */
#ifndef STATOR_CLIENT_LINE_H
#define STATOR_CLIENT_LINE_H

#include "base/buf.h"
#include "base/coding.h"
#include "base/error.h"

struct line;

/* Constant for all lines of a client. */
struct line_settings {
    const struct mem *mem;
    const char *unix_path; /* or NULL */
    const char *ca_file;   /* trusted instead of the system's; or NULL */
    bool no_proxy;
    uint32_t connect_timeout_ms;
};

/* ST_NO_MEMORY. */
MUST_USE status line_new(const struct line_settings *settings, struct line **out);
void line_free(struct line *line);

/* Let whatever line_send is doing, or does next, end at once with LINE_CANCELED; until
 * line_reset. */
void line_cancel(struct line *line);
void line_reset(struct line *line);
MUST_USE bool line_is_canceled(const struct line *line);

struct line_request {
    const char *url;
    const char *const *headers; /* "Name: value", ends with NULL */
    struct span body;
    uint32_t timeout_ms;     /* for all of it */
    bool may_repeat;         /* false: never sent twice, not even when a kept connection dies */
    struct buf *explanation; /* x-stator-explanation of the reply replaces what is here; or NULL */
};

typedef enum line_result {
    LINE_DONE,      /* a whole reply, its checksum right and its coding undone */
    LINE_UNREACHED, /* the request cannot have arrived */
    LINE_REFUSED,   /* likewise, and trying again is no use: a certificate that is not trusted */
    LINE_LOST,      /* it may have arrived; no whole reply came back */
    LINE_DAMAGED,   /* it arrived; the reply does not fit its checksum or cannot be unpacked */
    LINE_TOO_LARGE, /* it arrived; the reply is larger than the caller's buffer may grow */
    LINE_NO_MEMORY,
    LINE_CANCELED,
} line_result;

enum { LINE_TEXT_BYTES = 256 };

struct line_reply {
    int http_status;                  /* 0: none came */
    bool is_timeout;                  /* UNREACHED or LOST because time was up */
    char request_id[LINE_TEXT_BYTES]; /* the next four: headers, cut to fit; "" when not there */
    char error_type[LINE_TEXT_BYTES];
    char retry_after[LINE_TEXT_BYTES];
    char date[LINE_TEXT_BYTES];
    bool has_checksum;         /* X-Amz-Crc32 was there, and right */
    char why[LINE_TEXT_BYTES]; /* of all but LINE_DONE: one line, for messages */
};

/* Send and wait. The reply's content is appended to `body`. */
MUST_USE line_result line_send(struct line *line, const struct line_request *request,
                               struct buf *body, struct line_reply *reply);

#endif
