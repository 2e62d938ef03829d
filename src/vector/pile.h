/* pile.h -- vectors by their distance: the nearest or the farthest on top.
 *
 * Equal distances are ordered by slot, so that the same work gives the same answer.
 */
#ifndef STATOR_VECTOR_PILE_H
#define STATOR_VECTOR_PILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "base/status.h"

struct pile_entry {
    float distance;
    uint32_t slot;
};

struct pile {
    const struct mem *mem;
    struct pile_entry *entries; /* entries[0] is on top */
    size_t count, cap;
    bool farthest_on_top;
};

/* All zero but `mem` is an empty heap with the nearest on top. */
void pile_deinit(struct pile *pile);

/* ST_NO_MEMORY. */
MUST_USE status pile_push(struct pile *pile, struct pile_entry entry);

/* Take the one on top away and return it. Asserts that there is one. */
struct pile_entry pile_pop(struct pile *pile);

/* Does `a` come before `b` by distance? */
MUST_USE bool pile_is_nearer(struct pile_entry a, struct pile_entry b);

/* Let the entries of a pile with the farthest on top be in ascending order; it is no pile then. */
void pile_sort(struct pile *pile);

#endif
