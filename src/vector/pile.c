/* pile.c -- a binary heap in an array: the children of i are 2i + 1 and 2i + 2. */
#include "vector/pile.h"

#include <assert.h>

enum { CAP_MIN = 64 };

bool pile_is_nearer(struct pile_entry a, struct pile_entry b)
{
    if (a.distance < b.distance) return true;
    return a.distance <= b.distance && a.slot < b.slot;
}

/* Does `a` stand above `b`? */
static bool is_above(const struct pile *pile, struct pile_entry a, struct pile_entry b)
{
    return pile->farthest_on_top ? pile_is_nearer(b, a) : pile_is_nearer(a, b);
}

static void rise(struct pile *pile, size_t at)
{
    const struct pile_entry entry = pile->entries[at];
    while (at > 0 && is_above(pile, entry, pile->entries[(at - 1) / 2])) {
        pile->entries[at] = pile->entries[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    pile->entries[at] = entry;
}

/* Of the children of `at` among the first `count`, the upper; `count` when there is none. */
static size_t upper_child(const struct pile *pile, size_t at, size_t count)
{
    const size_t left = 2 * at + 1;
    if (left >= count) return count;
    if (left + 1 == count) return left;
    return is_above(pile, pile->entries[left + 1], pile->entries[left]) ? left + 1 : left;
}

static void sink(struct pile *pile, size_t at, size_t count)
{
    const struct pile_entry entry = pile->entries[at];
    size_t child = upper_child(pile, at, count);
    while (child < count && is_above(pile, pile->entries[child], entry)) {
        pile->entries[at] = pile->entries[child];
        at = child;
        child = upper_child(pile, at, count);
    }
    pile->entries[at] = entry;
}

static status grow(struct pile *pile)
{
    const size_t cap = pile->cap == 0 ? CAP_MIN : 2 * pile->cap;
    struct pile_entry *entries =
        mem_resize(pile->mem, pile->entries, pile->cap * sizeof *entries, cap * sizeof *entries);
    if (entries == NULL) return ST_NO_MEMORY;
    pile->entries = entries;
    pile->cap = cap;
    return ST_OK;
}

status pile_push(struct pile *pile, struct pile_entry entry)
{
    if (pile->count == pile->cap) TRY(grow(pile));
    pile->entries[pile->count++] = entry;
    rise(pile, pile->count - 1);
    return ST_OK;
}

struct pile_entry pile_pop(struct pile *pile)
{
    assert(pile->count > 0);
    const struct pile_entry top = pile->entries[0];
    pile->entries[0] = pile->entries[--pile->count];
    if (pile->count > 0) sink(pile, 0, pile->count);
    return top;
}

void pile_sort(struct pile *pile)
{
    assert(pile->farthest_on_top);
    for (size_t left = pile->count; left > 1; left--) {
        const struct pile_entry farthest = pile->entries[0];
        pile->entries[0] = pile->entries[left - 1];
        pile->entries[left - 1] = farthest;
        sink(pile, 0, left - 1);
    }
}

void pile_deinit(struct pile *pile)
{
    if (pile->entries != NULL)
        mem_free(pile->mem, pile->entries, pile->cap * sizeof *pile->entries);
    *pile = (struct pile){.mem = pile->mem};
}
