/* load_measure.h -- how long requests took, and what the server spent on them. */
#ifndef STATOR_BENCH_LOAD_MEASURE_H
#define STATOR_BENCH_LOAD_MEASURE_H

#include <stdint.h>

#include "base/attributes.h"

/* Nanoseconds of a clock that never goes back. */
MUST_USE uint64_t load_measure_now_ns(void);

/* A histogram whose buckets are 1/64 of their value wide. All zero is empty. */
enum { LOAD_MEASURE_SUB_BITS = 6, LOAD_MEASURE_BUCKETS = 64 << LOAD_MEASURE_SUB_BITS };

struct load_measure {
    uint64_t counts[LOAD_MEASURE_BUCKETS];
    uint64_t count;
    uint64_t max_ns;
};

void load_measure_add(struct load_measure *measure, uint64_t ns);

/* Add all that is in `from`. */
void load_measure_merge(struct load_measure *to, const struct load_measure *from);

/* The time that `permille` of 1000 requests did not exceed; 0 when there was none. */
MUST_USE uint64_t load_measure_quantile_ns(const struct load_measure *measure, unsigned permille);

/* CPU time that process `pid` has used, all threads, in microseconds; its resident memory. 0 when
 * there is no such process. */
MUST_USE uint64_t load_measure_cpu_us(unsigned pid);
MUST_USE uint64_t load_measure_rss_kib(unsigned pid);

#endif
