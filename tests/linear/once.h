/* once.h -- values that an item has once, and who saw them.
 *
 * Clients write values that nobody else writes. Such a value does not come back when it has been
 * overwritten, so whoever saw it did so before: the search need not go where that cannot be any
 * more. Values that several operations write are left out.
 */
#ifndef STATOR_TESTS_LINEAR_ONCE_H
#define STATOR_TESTS_LINEAR_ONCE_H

#include "linear/history.h"

/* An answered operation that saw `value` in the item before its own effect. All of one value stand
 * together; the first knows how many they are. */
struct once_sight {
    int32_t value;
    uint8_t key;
    uint32_t op; /* its place in history->ops */
    uint32_t count;
};

struct once {
    struct once_sight *sights;
    size_t count;
};

/* Of the operations on items of `keys`. */
void once_init(struct once *once, const struct history *history, uint32_t keys);
void once_deinit(struct once *once);

/* The first of those that saw `value` in item `key`; NULL: nobody, or it comes more than once. */
const struct once_sight *once_find(const struct once *once, unsigned key, int32_t value);

#endif
