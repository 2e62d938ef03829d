/* load_request.h -- the bytes of one DynamoDB request, with holes for the key.
 *
 * Every key has the same width, so a request is made once and only its digits change from one send
 * to the next: the load generator must be cheaper than what it measures.
 *
 * Memory: a request owns its bytes until load_request_deinit.
 */
#ifndef STATOR_BENCH_LOAD_REQUEST_H
#define STATOR_BENCH_LOAD_REQUEST_H

#include "base/buf.h"

typedef enum load_op {
    LOAD_CREATE,
    LOAD_DESCRIBE,
    LOAD_LOAD,
    LOAD_GET,
    LOAD_PUT,
    LOAD_UPDATE,
    LOAD_QUERY,
    LOAD_FIXED,
} load_op;

struct load_request {
    struct buf bytes;
    size_t pk_at; /* where the seven digits of the partition stand; 0: nowhere */
    size_t sk_at; /* where the one digit of the sort key stands; 0: nowhere */
};

/* False: no memory. */
MUST_USE bool load_request_init(struct load_request *request, load_op op, const char *table,
                                size_t item_bytes);
void load_request_deinit(struct load_request *request);

/* Point it at item `n` (below 100,000,000). */
void load_request_aim(struct load_request *request, uint64_t n);

#endif
