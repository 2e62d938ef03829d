/* api.h -- DynamoDB's operations: a request in, a reply out, both as JSON or as values.
 *
 * One file per operation (ops.def lists them), each a field table and a run function; one generic
 * reader fills a request struct from JSON and checks it in DynamoDB's order and words. Transport
 * is the caller's: it hands over an api_call and gets it back finished.
 *
 *     api_open -> api_start(call) … call->finished(call) -> api_close
 *
 * A call comes in one of two ways:
 *
 *     from outside   its headers say what it asks for and who asks; the body is JSON, so is the
 *                    reply. `operation` is empty.
 *     from within    a caller in the same process names the `operation`. No header and no signature
 *                    is looked at, no request id made; the caller is the api's own account in its
 *                    region, whose tables are those of a server without `isolate`. The request is a
 *                    value, or the JSON of the body when `request` is VALUE_NONE; the reply is a
 *                    value, or JSON when there is a buf for it. Fields, rules, their order and
 *                    their sentences are those of calls from outside.
 *
 * A request as a value is a VALUE_M whose members have DynamoDB's names: {"TableName": S, "Item": M
 * of any, "Limit": N, "ConsistentRead": BOOL, "ExpressionAttributeNames": M of S, "TransactItems":
 * L of M, …} (field_fill.c has the kinds). It must be canonical (value.h, V1), its attribute values
 * as value_build.h makes them. A reply is a VALUE_M likewise: {"Item": M, "ConsumedCapacity": M};
 * that of a reply without a body is empty, and that of an error has the members of the error's
 * JSON: {"__type": S, "message": S, "Item": M, "CancellationReasons": L}, "Message" where the
 * service spells it so. Both may nest deeper than an item.
 *
 * One thing that is asked for from outside is no operation: GET /streams/… opens a feed
 * (api_feed.h).
 *
 * Partition schemas are none of DynamoDB's: what one refuses is a ValidationException, or such a
 * reason of a transaction, with two members more: "PartitionSchema", its prefix, and
 * "SchemaErrors", a list of strings. The message has them too.
 *
 * Memory: a call and everything it points to live in the caller's request arena until `finished`;
 * so does the reply's value, which is made there.
 * Threads: each thread that starts calls has its own number below `threads`. A call from within
 * that brings a `cache` may be started on any thread, as long as no other call uses that cache
 * until `finished`; its `thread` is not looked at. `finished` is called on the thread of api_start
 * or of api_continue. While a write is under way the call waits; call->resume is called from any
 * thread, and must arrange for api_continue(call) to run on the call's thread.
 */
#ifndef STATOR_API_API_H
#define STATOR_API_API_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "engine/engine.h"

struct api;
struct api_feed;

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
    unsigned threads;        /* callers of api_start, each with its number; 0: all calls are from
                              * within and bring their cache */
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

/* One request and its reply. The caller zeroes it and sets the first parts. */
struct api_call {
    unsigned thread;
    struct arena *arena;

    /* of calls from within */
    struct span operation;            /* "PutItem"; empty: a call from outside */
    struct value request;             /* VALUE_NONE: the body is the request */
    struct expr_cache *cache;         /* NULL: that of `thread` */
    bool helps;                       /* the caller waits for a write in engine_help */
    struct engine_snapshot *snapshot; /* reads see its state; NULL: the newest. None for writes */
    const uint64_t *if_version; /* of PutItem, UpdateItem, DeleteItem: the item's version must be
                                 * this (0: there is none), or ST_VERSION; NULL: any */
    struct span explain;        /* x-stator-explain: an explanation is wanted (explain.h); empty:
                                 * none is. Of calls from outside as well */
    struct span index_scope;    /* of UpdateTable: the prefix of the partition schema that a new
                                 * index is of; empty: it is over all items */

    /* of calls from outside */
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
    struct span last_event_id; /* Last-Event-ID */

    struct span body;
    struct buf *reply; /* the body is written here; NULL, of calls from within: to `answer` */
    void (*finished)(struct api_call *call);
    void (*resume)(struct api_call *call);
    void *transport; /* the caller's own */

    /* reply */
    status outcome;          /* of the operation: ST_OK, or the failure that the reply tells of */
    struct value answer;     /* VALUE_M; VALUE_NONE: there was not even memory for the error */
    uint64_t version;        /* of GetItem and of those three: the item's, ST_VERSION included */
    struct span explanation; /* what was asked for by `explain`: a line of JSON in ASCII, at most
                              * LIMIT_EXPLANATION_BYTES long; empty: it was not. Of a call from
                              * outside it is among `headers` too */
    int http_status;
    struct span reply_type; /* Content-Type of the reply; static; empty: none */
    char request_id[API_REQUEST_ID_BYTES + 1];
    struct api_header headers[API_HEADERS_MAX]; /* more of them; static, or of the request */
    unsigned header_count;
    struct api_feed *feed; /* opened by GET /streams/…: the reply goes on with what api_feed.h
                            * writes; whoever got it closes it. Else NULL */

    struct api_own *own; /* private to the room */
};

/* Begin a call; `finished` may be called before this returns. */
void api_start(struct api *api, struct api_call *call);

/* Go on with a call after its resume. */
void api_continue(struct api_call *call);

/* The id of a request that is answered without a call; as of a call of that thread. */
void api_request_id(struct api *api, unsigned thread, char out[API_REQUEST_ID_BYTES + 1]);

#endif
