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

enum { CAPACITY_READ_BYTES = 4096, CAPACITY_WRITE_BYTES = 1024 };

/* `bytes` rounded up to what is paid for. */
MUST_USE static inline uint64_t capacity_read_bytes(uint64_t bytes)
{
    const uint64_t units = (bytes + CAPACITY_READ_BYTES - 1) / CAPACITY_READ_BYTES;
    return (units == 0 ? 1 : units) * CAPACITY_READ_BYTES;
}

MUST_USE static inline uint32_t capacity_read_half_units(uint64_t bytes, bool consistent)
{
    const uint32_t units = (uint32_t)(capacity_read_bytes(bytes) / CAPACITY_READ_BYTES);
    return consistent ? units * 2 : units;
}

MUST_USE static inline uint32_t capacity_write_units(uint64_t bytes)
{
    return bytes == 0 ? 1 : (uint32_t)((bytes + CAPACITY_WRITE_BYTES - 1) / CAPACITY_WRITE_BYTES);
}

#endif
