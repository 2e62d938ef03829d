/* meter.h -- the heap, counted: what a fuzzer holds against the bound that a header claims. */
#ifndef STATOR_FUZZ_METER_H
#define STATOR_FUZZ_METER_H

#include "base/mem.h"

/* All zero to begin with. */
struct meter {
    size_t taken; /* bytes now */
    size_t most;  /* that were ever taken at once */
};

/* The process's heap as `meter` counts it; good for one thread. */
MUST_USE struct mem meter_mem(struct meter *meter);

#endif
