/* sort.h -- small numbers put in an order that their owner tells. */
#ifndef STATOR_BASE_SORT_H
#define STATOR_BASE_SORT_H

#include "base/attributes.h"

#include <stddef.h>
#include <stdint.h>

/* Negative, zero or positive as `a` belongs before, with or after `b`. */
typedef int(sort_order)(const void *ctx, uint32_t a, uint32_t b);

/* Sort in place: at most n log n comparisons, no memory, no recursion. Not stable. */
void sort_numbers(uint32_t *numbers, size_t count, sort_order *order, const void *ctx);

#endif
