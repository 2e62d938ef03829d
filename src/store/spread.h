/* spread.h -- a store key as a number whose bits are spread, for tables in memory.
 *
 * Not keyed: keys of items carry a keyed hash already, so whoever chooses partition keys cannot aim
 * at a bucket. Never on disk, so it may change.
 */
#ifndef STATOR_STORE_SPREAD_H
#define STATOR_STORE_SPREAD_H

#include "base/bytes.h"
#include "base/span.h"

/* The upper bits are the good ones. */
MUST_USE static inline uint64_t spread_key(struct span key)
{
    const uint64_t odd = 0x9E3779B97F4A7C15U;
    uint64_t sum = key.len;
    struct span rest = key;
    for (; rest.len >= sizeof sum; rest = span_drop(rest, sizeof sum)) {
        sum = (sum ^ bytes_load_u64(rest.ptr)) * odd;
        sum ^= sum >> 29;
    }
    for (size_t i = 0; i < rest.len; i++) sum = (sum ^ rest.ptr[i]) * odd;
    return sum;
}

#endif
