/* budget.h -- what the bytes a store may use are used for.
 *
 *     3/8               not in a file yet: one table filling, one being written out, one in hand
 *     3/4 of the rest   values read lately (recent.h)
 *     1/4 of the rest   blocks, indexes and filters of files
 *
 * Beside that there are 64 KiB for the last puts, and up to 256 gaps (gaps.h): 256 KiB at most.
 *
 * Unwritten tables stop growing at BUDGET_TABLE_BYTES_MAX each: larger ones make each get slower
 * (they are searched first) and hardly spare the disk anything.
 *
 * Why two caches: a block is 8 KiB and seldom more than one of its items is wanted. Item by item
 * the same bytes hold several times as much of what is really read; blocks are for walks, for
 * indexes and filters, and for the second look at a neighbour. A block that is gone costs a walk
 * one read of the system's page cache and one decompression, for several items; a value that is
 * gone costs a get every search that RocksDB has. So values have the larger part.
 */
#ifndef STATOR_STORE_BUDGET_H
#define STATOR_STORE_BUDGET_H

#include <stddef.h>

#include "base/attributes.h"

enum {
    BUDGET_BYTES_MIN = 4 << 20, /* less is taken as this */
    BUDGET_TABLE_COUNT = 3,
    BUDGET_TABLE_SHARE = 8,
    BUDGET_BLOCK_SHARE = 4, /* of the rest */
    BUDGET_TABLE_BYTES_MAX = 32 << 20,
};

struct budget {
    size_t table_bytes; /* of each of BUDGET_TABLE_COUNT unwritten tables */
    size_t recent_bytes;
    size_t block_bytes;
};

MUST_USE static inline struct budget budget_split(size_t bytes)
{
    const size_t whole = bytes < BUDGET_BYTES_MIN ? BUDGET_BYTES_MIN : bytes;
    const size_t share = whole / BUDGET_TABLE_SHARE;
    const size_t table = share < BUDGET_TABLE_BYTES_MAX ? share : BUDGET_TABLE_BYTES_MAX;
    const size_t rest = whole - BUDGET_TABLE_COUNT * table;
    const size_t blocks = rest / BUDGET_BLOCK_SHARE;
    return (struct budget){table, rest - blocks, blocks};
}

#endif
