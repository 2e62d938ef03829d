/* glance.c -- see glance.h. A depth-first walk over (steps made, item), none of which twice. */
#include "linear/glance.h"

#include <string.h>

#include "linear/keyspace.h"

struct node {
    uint64_t made; /* a bit for each step */
    struct cell cell;
};

struct walk {
    struct node seen[GLANCE_NODES_MAX]; /* also what is still to be looked at, from `next` on */
    size_t count, next;
};

static bool is_seen(const struct walk *walk, const struct node *node)
{
    for (size_t i = 0; i < walk->count; i++)
        if (walk->seen[i].made == node->made &&
            memcmp(&walk->seen[i].cell, &node->cell, sizeof node->cell) == 0)
            return true;
    return false;
}

static bool is_aim(const struct node *node, struct glance_step aim)
{
    struct cell cell = node->cell;
    return keyspace_part_takes(&cell, aim.op, aim.part);
}

bool glance_allows(const struct cell *cell, const struct glance_step *steps, size_t count,
                   struct glance_step aim)
{
    struct walk walk;
    if (count > GLANCE_STEPS_MAX) return true;
    walk.seen[0] = (struct node){0, *cell};
    walk.count = 1;
    for (walk.next = 0; walk.next < walk.count; walk.next++) {
        const struct node from = walk.seen[walk.next];
        if (is_aim(&from, aim)) return true;
        for (size_t i = 0; i < count; i++) {
            struct node to = from;
            if (from.made >> i & 1) continue;
            to.made |= (uint64_t)1 << i;
            if (!keyspace_part_takes(&to.cell, steps[i].op, steps[i].part)) continue;
            if (is_seen(&walk, &to)) continue;
            if (walk.count == GLANCE_NODES_MAX) return true;
            walk.seen[walk.count++] = to;
        }
    }
    return false;
}
