/* capacity.h -- what a read or write costs, in DynamoDB's units.
 *
 * Developer guide, "DynamoDB read and write operations": a read of up to 4 KB costs one unit when
 * strongly consistent and half a unit otherwise, a write of up to 1 KB one unit; sizes are rounded
 * up, and nothing costs less than its first unit. Reads are counted in half units so that they stay
 * whole numbers.
 */
#ifndef STATOR_ENGINE_CAPACITY_H
#define STATOR_ENGINE_CAPACITY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attributes.h"

MUST_USE static inline uint32_t capacity_read_half_units(uint64_t bytes, bool consistent)
{
    const uint32_t units = bytes == 0 ? 1 : (uint32_t)((bytes + 4095) / 4096);
    return consistent ? units * 2 : units;
}

MUST_USE static inline uint32_t capacity_write_units(uint64_t bytes)
{
    return bytes == 0 ? 1 : (uint32_t)((bytes + 1023) / 1024);
}

#endif
