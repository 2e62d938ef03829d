/* api.h -- DynamoDB's operations: JSON request in, JSON reply out.
 *
 * One file per operation (ops.def lists them), each a field table and a run function; one generic
 * reader fills a request struct from JSON and checks it in DynamoDB's order and words. Transport
 * is the caller's: it hands over an api_call and gets it back finished.
 *
 *     api_open -> api_start(call) … call->finished(call) -> api_close
 *
 * Memory: a call and everything it points to live in the caller's request arena until `finished`.
 * Threads: each thread that starts calls has its own number below `threads`. `finished` is called
 * on that thread, from api_start or from api_continue. While a write is under way the call waits;
 * call->resume is called from any thread, and must arrange for api_continue(call) to run on the
 * call's thread.
 */
#ifndef STATOR_API_API_H
#define STATOR_API_API_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "engine/engine.h"

struct api;

enum { API_REQUEST_ID_BYTES = 52, API_HEADERS_MAX = 4 };

/* How mistakes in requests are worded (wording.h). DynamoDB's regions differ since the summer of
 * 2026; the public conformance suite of that spring records the first. */
typedef enum api_wording {
    API_WORDING_CLASSIC, /* as everywhere before */
    API_WORDING_CURRENT, /* as most regions since */
} api_wording;

struct api_options {
    const struct mem *mem;
    const struct os *os;
    struct engine *engine;
    unsigned threads;        /* callers of api_start, each with its number */
    const char *region;      /* in ARNs: "us-east-1" */
    const char *account;     /* in ARNs: "000000000000" */
    bool isolate;            /* each access key and region has tables of its own (caller.h); region
                              * and account are then only for those who do not ask for tables */
    size_t expr_cache_bytes; /* per thread */
    api_wording wording;
};

MUST_USE status api_open(const struct api_options *options, struct api **out, struct error *err);
void api_close(struct api *api);

struct api_header {
    struct span name;
    struct span value;
};

/* One request and its reply. The caller zeroes it and sets the first part. */
struct api_call {
    unsigned thread;
    struct arena *arena;
    struct span method; /* "POST" */
    struct span path;   /* "/" */
    struct span query;
    struct span target;        /* X-Amz-Target */
    struct span content_type;  /* Content-Type */
    struct span authorization; /* Authorization */
    struct span date;          /* X-Amz-Date, else Date */
    struct span host;          /* Host */
    struct span origin;        /* Origin */
    struct span cors_headers;  /* Access-Control-Request-Headers */
    struct span cors_method;   /* Access-Control-Request-Method */
    struct span body;
    struct buf *reply; /* the body is written here */
    void (*finished)(struct api_call *call);
    void (*resume)(struct api_call *call);
    void *transport; /* the caller's own */

    /* reply */
    int http_status;
    struct span reply_type; /* Content-Type of the reply; static; empty: none */
    char request_id[API_REQUEST_ID_BYTES + 1];
    struct api_header headers[API_HEADERS_MAX]; /* more of them; static, or of the request */
    unsigned header_count;

    struct api_own *own; /* private to the room */
};

/* Begin a call; `finished` may be called before this returns. */
void api_start(struct api *api, struct api_call *call);

/* Go on with a call after its resume. */
void api_continue(struct api_call *call);

#endif
