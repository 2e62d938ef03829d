/* graph.h -- a hierarchical navigable small world: vectors linked to some that are near them.
 *
 * Every vector stands in layer 0, one in sixteen of them in layer 1 as well, one in sixteen of
 * these in layer 2, and so on. A search begins at the entry, which stands highest, goes to
 * neighbours that are nearer in its layer until none is, goes one layer down, and in layer 0 walks
 * on from the nearest that it has while that promises anything (Malkov and Yashunin, "Efficient and
 * robust approximate nearest neighbor search using Hierarchical Navigable Small World graphs").
 *
 * GR1  Links go both ways: v is in the list of u when u is in the list of v. So a vector can be
 *      taken out wholly, without marks or a search for those that lead to it.
 * GR2  The slots below `linked` are in the graph, all others are not.
 * GR3  The entry stands in the highest layer that there is.
 */
#ifndef STATOR_VECTOR_GRAPH_H
#define STATOR_VECTOR_GRAPH_H

#include "vector/pile.h"
#include "vector/vector.h"
#include "vector/vertex.h"

struct graph {
    const struct mem *mem;
    struct vector_kind kind;
    struct vertex **vertices; /* the owner's, by slot */
    uint32_t linked;
    uint32_t entry; /* a slot; nothing while linked is 0 */
};

/* A search on its way; its memory. */
struct graph_walk {
    const struct graph *graph;
    const float *target; /* prepared */
    struct pile near;    /* to be looked at, the nearest on top */
    struct pile best;    /* found, the farthest on top */
    uint8_t *seen;       /* a bit for each slot */
    size_t seen_bytes;
    uint64_t compared;
};

/* ST_NO_MEMORY. */
MUST_USE status graph_walk_begin(struct graph_walk *walk, const struct graph *graph,
                                 const float *target);
void graph_walk_end(struct graph_walk *walk);

/* Let walk->best be the `wanted` nearest that the graph leads to. ST_NO_MEMORY. */
MUST_USE status graph_search(struct graph_walk *walk, uint32_t wanted);

/* Let walk->best have the vector in `slot` among its `wanted` nearest, if it is. ST_NO_MEMORY. */
MUST_USE status graph_look_at(struct graph_walk *walk, uint32_t slot, uint32_t wanted);

/* Take the vector in slot graph->linked, which has no links, into the graph. ST_NO_MEMORY, and then
 * it still has none. */
MUST_USE status graph_link(struct graph *graph);

/* Take the vector in `slot` out of the graph, which the last of its slots then takes over; that one
 * stands in slot graph->linked now. */
void graph_unlink(struct graph *graph, uint32_t slot);

#endif
