/* carrier.h -- whoever carries a request to a database, and its answer back.
 *
 *     local.c    a database in this process: the request goes to the operation as it lies
 *     remote.c   an endpoint: written as JSON, sent; the reply's JSON becomes an answer
 *     mock.c     a script (stator/testkit.h)
 *
 * A carrier makes one attempt, except for the remote one, whose connection knows better what may be
 * made again (client.h). All others are made again by call.c; and the remote one's too while faults
 * meet its attempts (faults.h), which are then single ones.
 */
#ifndef STATOR_DB_CARRIER_H
#define STATOR_DB_CARRIER_H

#include "client/client.h"
#include "expr/expr.h"
#include "item/value.h"

/* One call: what is asked, and what came of it. */
struct carry {
    struct span operation; /* "PutItem"; ends with a NUL */
    struct value request;  /* VALUE_M (request.h); VALUE_NONE: `body` is the request's JSON */
    struct span body;
    struct buf *reply;        /* the reply's JSON goes here; NULL: it is wanted as `answer` */
    struct arena *arena;      /* of the answer, and of the report's texts */
    struct expr_cache *cache; /* of this thread */
    const struct retry_policy *retry;
    uint64_t timeout_us;              /* of the whole call */
    bool may_repeat;                  /* a second time does no harm, whatever the operation */
    const uint64_t *if_version;       /* the engine's own (engine.h); or NULL */
    struct span index_scope;          /* of an index that UpdateTable makes (engine.h); or empty */
    struct engine_snapshot *snapshot; /* reads are of it; or NULL */
    struct buf *explanation;          /* one is wanted, and replaces what is here; or NULL */
    client_on_retry *on_retry;        /* called before a pause */
    void *ctx;

    /* answer */
    uint64_t delay_us;           /* it takes so much longer to come than it did: a double's wish */
    struct value answer;         /* VALUE_M: the reply's members, or the error's */
    uint64_t version;            /* the engine's own, of the item that was read or written */
    struct client_report report; /* its status says how it went */
};

struct carrier;
struct engine_snapshot;
struct instance;

struct carrier_kind {
    bool tries_again; /* by itself */
    void (*call)(struct carrier *carrier, struct carry *carry);
    struct instance *(*instance)(struct carrier *carrier); /* NULL: it is in no process of ours */
    void (*cancel)(struct carrier *carrier); /* calls under way end with ST_CANCELED; or NULL */
    void (*close)(struct carrier *carrier);  /* no call is under way */
};

/* The first member of every carrier. */
struct carrier {
    const struct carrier_kind *kind;
};

#endif
