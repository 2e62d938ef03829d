/* load_random.h -- random numbers for the load: splitmix64. The same state gives the same row. */
#ifndef STATOR_BENCH_LOAD_RANDOM_H
#define STATOR_BENCH_LOAD_RANDOM_H

#include <stdint.h>

#include "base/attributes.h"

MUST_USE static inline uint64_t load_random_next(uint64_t *state)
{
    uint64_t z = *state += 0x9E3779B97F4A7C15U;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31);
}

#endif
