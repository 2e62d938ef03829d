/* key_set.h -- keys by value: where one was seen first.
 *
 * Open addressing over a power of two of places, at most half of them taken.
 */
#ifndef STATOR_DB_KEY_SET_H
#define STATOR_DB_KEY_SET_H

#include "base/arena.h"
#include "item/value.h"

struct key_set {
    uint32_t *places; /* number + 1 of a key, or 0 */
    uint32_t mask;
    const struct value *keys; /* by number */
};

/* An empty set for the numbers below `count` of `keys`. ST_NO_MEMORY. */
MUST_USE status key_set_init(struct key_set *set, struct arena *arena, const struct value *keys,
                             uint32_t count);

/* The number of the first key equal to keys[number]: added if it is new. */
MUST_USE uint32_t key_set_add(struct key_set *set, uint32_t number);

/* The number of the key equal to `key`; false: none is. */
MUST_USE bool key_set_find(const struct key_set *set, struct value key, uint32_t *number);

#endif
