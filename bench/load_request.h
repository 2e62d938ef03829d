/* load_request.h -- the bytes of one DynamoDB request, with holes for what changes.
 *
 * Everything that goes into a hole has the same width, so a request is made once and only some
 * digits change from one send to the next: the load generator must be cheaper than what it
 * measures.
 *
 * Memory: a request owns its bytes until load_request_deinit.
 */
#ifndef STATOR_BENCH_LOAD_REQUEST_H
#define STATOR_BENCH_LOAD_REQUEST_H

#include "base/buf.h"

typedef enum load_op {
    LOAD_CREATE,
    LOAD_CREATE_INDEXED,
    LOAD_CREATE_STREAMED,
    LOAD_CREATE_MIXED,
    LOAD_DESCRIBE,
    LOAD_EXPIRE, /* UpdateTimeToLive of what LOAD_CREATE_MIXED made */
    LOAD_LOAD,
    LOAD_LOAD_INDEXED,
    LOAD_LOAD_MIXED,
    LOAD_GET,
    LOAD_PUT,
    LOAD_PUT_INDEXED,
    LOAD_RECORDS,
    LOAD_UPDATE,
    LOAD_QUERY,
    LOAD_SCAN,
    LOAD_BATCH,
    LOAD_TRANSACT,
    LOAD_FIXED,
    LOAD_MIXED_PUT,
    LOAD_MIXED_EXPIRING, /* an item that was never there before, and soon will be no more */
    LOAD_MIXED_DELETE,
    LOAD_MIXED_QUERY, /* of the index */
    LOAD_MIXED_BATCH,
    LOAD_MIXED_TRANSACT,
} load_op;

typedef enum load_hole_kind {
    LOAD_HOLE_PARTITION, /* seven digits */
    LOAD_HOLE_SORT,      /* one */
    LOAD_HOLE_RANDOM,    /* seven, other ones with every send */
    LOAD_HOLE_GROUP,     /* as before, below LOAD_GROUPS */
    LOAD_HOLE_EXPIRES,   /* ten: the second at which the item expires */
    LOAD_HOLE_DATA,      /* the long string, other characters with every send */
} load_hole_kind;

struct load_hole {
    size_t at; /* in the bytes */
    load_hole_kind kind;
    unsigned item; /* of those of one request: 0, 1 … */
};

enum {
    LOAD_HOLES_MAX = 128,
    LOAD_BATCH_ITEMS = 25,
    LOAD_TRANSACT_ITEMS = 10,
    LOAD_MIXED_TRANSACT_ITEMS = 4,
    LOAD_GROUPS = 10000,
};

struct load_request_options {
    const char *name; /* of the table; of LOAD_RECORDS the iterator */
    size_t item_bytes;
    bool is_random;  /* strings that no compression makes smaller; else the alphabet, repeated */
    unsigned life_s; /* of an item that expires */
};

struct load_request {
    struct buf bytes;
    struct load_hole holes[LOAD_HOLES_MAX];
    size_t hole_count;
    size_t data_bytes; /* of a LOAD_HOLE_DATA */
    unsigned life_s;
    unsigned items; /* that one request is about */
    bool is_fresh;  /* about items that no request was about before */
};

/* False: no memory. */
MUST_USE bool load_request_init(struct load_request *request, load_op op,
                                const struct load_request_options *options);
void load_request_deinit(struct load_request *request);

/* Point it at item `n` (below 100,000,000) and those behind it; `random` fills what is random. */
void load_request_aim(struct load_request *request, uint64_t n, uint64_t random);

#endif
