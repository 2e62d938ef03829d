/* retry.h -- how often, and after how long, a call is tried again.
 *
 * A policy says how the pauses of one call grow. A bucket is shared by all calls of a client: each
 * retry takes tokens out (client_retry_cost), each success puts some back, and when it is empty
 * nobody tries again, so that clients do not keep a service down that is trying to get up.
 *
 * Threads: any, for a bucket; the rest are plain values.
 */
#ifndef STATOR_CLIENT_RETRY_H
#define STATOR_CLIENT_RETRY_H

#include "base/span.h"
#include "os/mutex.h"

struct retry_policy {
    unsigned retries_max; /* tries after the first */
    uint64_t initial_us;  /* the first pause */
    uint64_t max_us;      /* the longest, before its jitter */
    double factor;        /* from one pause to the next */
    double jitter;        /* a pause is longer or shorter by at most this part of it: 0 to 1 */
};

/* Three retries after about 100, 200 and 400 ms, never over 5 s, 25 % more or less. */
extern const struct retry_policy retry_default;
extern const struct retry_policy retry_none;

/* The pause before retry number `index` (0: the first). `random` is any 64 bits. */
MUST_USE uint64_t retry_delay_us(const struct retry_policy *policy, unsigned index,
                                 uint64_t random);

/* Read a Retry-After header (RFC 9110 10.2.3): seconds, or a date, measured from `now_s`. False,
 * and *delay_us untouched, when it is neither. */
MUST_USE bool retry_after_read(struct span text, uint64_t now_s, uint64_t *delay_us);

/* The same figures as the AWS SDKs' standard mode has them. */
enum {
    RETRY_BUCKET_TOKENS = 500,
    RETRY_COST = 5,
    RETRY_COST_TIMEOUT = 10, /* of a retry after a time-out */
    RETRY_GAIN = 1,          /* of a call that succeeded at once */
};

struct retry_bucket {
    struct mutex lock;
    unsigned tokens GUARDED_BY(lock); /* 0 to RETRY_BUCKET_TOKENS */
};

/* A full one. */
void retry_bucket_init(struct retry_bucket *bucket);
void retry_bucket_deinit(struct retry_bucket *bucket);

/* Take `cost` tokens. False, and none taken, when there are fewer. */
MUST_USE bool retry_bucket_take(struct retry_bucket *bucket, unsigned cost);

/* Put `tokens` back; what does not fit is lost. */
void retry_bucket_give(struct retry_bucket *bucket, unsigned tokens);

#endif
