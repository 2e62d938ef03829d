/* client.h -- a DynamoDB endpoint: bytes of JSON in, bytes of JSON out.
 *
 *     client_open -> client_call … -> client_close         client_cancel from any thread
 *
 * A call signs the request, sends it over a kept connection, checks the reply, and tries again
 * where that may help and cannot do harm. It returns when there is an answer, when time is up, or
 * when it is canceled. What a request says and what a reply means are the caller's.
 *
 * Which failures are tried again:
 *
 *     what happened                                reads   guarded writes   other writes
 *     no connection                                yes     yes              yes
 *     refused for now: throttled, in conflict,     yes     yes              yes
 *       503, 500
 *     sent, and no whole, sound reply came back    yes     yes              no
 *     everything else                              no      no               no
 *
 * A guarded write bears a condition or a token, which the service holds against the first one (so
 * it may then be refused because the first did arrive: see `is_uncertain`). 500 counts as refused:
 * the AWS SDKs repeat it, and DynamoDB's developer guide ("Error retries and exponential backoff")
 * tells them to.
 *
 * Memory: replies and texts of errors go where the caller says; libcurl takes memory of its own.
 * Threads: any number may call at once, each over its own connection; client_close comes last.
 */
#ifndef STATOR_CLIENT_CLIENT_H
#define STATOR_CLIENT_CLIENT_H

#include "base/buf.h"
#include "base/error.h"
#include "client/retry.h"
#include "os/os.h"

struct client;

/* How a call went. The spans point into `arena` or are static. */
struct client_report {
    status status;          /* what client_call returned */
    struct span code;       /* the service's: "ConditionalCheckFailedException"; empty: not its */
    struct span message;    /* the service's text, or ours; empty after a success */
    struct span request_id; /* of the last reply; empty: none came */
    int http_status;        /* of the last reply; 0: none came */
    unsigned attempts;      /* requests that were sent, or tried to be */
    bool is_retryable;      /* the same request may well succeed later */
    bool is_conflict;       /* refused for another request's sake; nothing ails the service */
    bool is_uncertain;      /* it may have been carried out although no reply says so: by the last
                             * attempt, or by an earlier one than the reply's */
    struct arena *arena;
};

/* A report that makes its texts in `arena`. */
MUST_USE struct client_report client_report_in(struct arena *arena);

/* Called on the calling thread before it pauses, with the report of the attempts so far. */
typedef void(client_on_retry)(void *ctx, const struct client_report *so_far, uint64_t delay_us);

/* All zero but mem, os and endpoint is a good set. Strings are copied. */
struct client_options {
    const struct mem *mem;
    const struct os *os;
    const char *endpoint;      /* see endpoint.h: "http://127.0.0.1:8000", "aws:eu-west-1" */
    const char *region;        /* unless the endpoint names one; NULL: as identity.h finds it */
    const char *access_key;    /* NULL: as identity.h finds them */
    const char *secret_key;    /* likewise */
    const char *session_token; /* likewise */
    const char *profile;       /* NULL: AWS_PROFILE's, else "default" */
    const char *ca_file;       /* certificates to trust; NULL: AWS_CA_BUNDLE's, else the system's */
    unsigned idle_max;         /* connections kept between calls; 0: 16 */
    uint32_t connect_timeout_ms;      /* 0: 3 s */
    uint32_t attempt_timeout_ms;      /* one request and its reply; 0: 10 s */
    uint32_t call_timeout_ms;         /* a whole call, pauses included; 0: 30 s */
    const struct retry_policy *retry; /* NULL: retry_default */
};

/* Read the endpoint, find the credentials; nothing is sent yet. Without any credentials an endpoint
 * at AWS is an error, and another is signed for with the access key "stator"; without a region it
 * is us-east-1 there. ST_VALIDATION, ST_MISSING_AUTH, ST_IO, ST_LIMIT, ST_NO_MEMORY. */
MUST_USE status client_open(const struct client_options *options, struct client **out,
                            struct error *err);

/* No call may be under way (asserted). NULL is allowed. */
void client_close(struct client *client);

/* Let all calls that are under way return ST_CANCELED at once. Later ones are not touched. */
void client_cancel(struct client *client);

struct client_request {
    struct span operation;            /* "PutItem" */
    struct span body;                 /* JSON; must not change during the call */
    const struct retry_policy *retry; /* NULL: the client's */
    uint32_t timeout_ms;              /* of the whole call; 0: the client's */
    bool may_repeat;                  /* a second time does no harm, whatever the table says */
    client_on_retry *on_retry;        /* or NULL */
    void *ctx;                        /* on_retry's */
    struct buf *explanation;          /* NULL: none is asked for. Else a Stator server is asked for
                                       * one (x-stator-explain), and what it says of the last
                                       * attempt replaces what is here; other servers say nothing */
};

/* Send `request` until it is answered. *reply is emptied first; it then holds the operation's
 * result, or the whole JSON of an error of the service (when the report has a code), or nothing.
 * The statuses: those of the service's errors (see outcome.c), and ST_NETWORK, ST_TIMEOUT,
 * ST_CANCELED, ST_PROTOCOL (an answer that is none of DynamoDB's), ST_LIMIT (the reply is larger
 * than *reply may grow), ST_NO_MEMORY. */
MUST_USE status client_call(struct client *client, const struct client_request *request,
                            struct buf *reply, struct client_report *report);

/* What an attempt after this one takes out of the bucket (retry.h): nothing after a conflict, which
 * no service was ever brought down by. */
MUST_USE unsigned client_retry_cost(const struct client_report *report);

/* For doubles of a service: what a reply of this http status and body means. Fills the report's
 * status, code, message and http status, in its arena. */
void client_judge(struct span body, int http_status, struct client_report *report);

/* May a request whose fate is not known be sent again? That is the table above; `body` is its JSON,
 * which is read in `arena`. */
MUST_USE bool client_may_repeat(struct span operation, struct span body, struct arena *arena);

/* Does what canceled a transaction's action, a Code of CancellationReasons, pass by itself? */
MUST_USE bool client_reason_passes(struct span code);

/* Does such a Code say that another request was at work on the same item? */
MUST_USE bool client_reason_conflicts(struct span code);

/* Does such a Code say that a condition did not hold? An INSERT of PartiQL has the condition that
 * there is no such item. */
MUST_USE bool client_reason_refuses(struct span code);

#endif
