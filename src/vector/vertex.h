/* vertex.h -- one vector with its key and its links, in one piece of memory.
 *
 * A vertex stands in layers 0 to `top` of the graph and has in each a list of the slots that it is
 * linked to: VERTEX_GROUND_LINKS of them at most in layer 0, VERTEX_LINKS above.
 *
 *     struct vertex | values, f32 each | for each layer: count u32, slots u32 each | key
 */
#ifndef STATOR_VECTOR_VERTEX_H
#define STATOR_VECTOR_VERTEX_H

#include <stdbool.h>
#include <stdint.h>

#include "base/mem.h"
#include "base/span.h"

enum {
    VERTEX_LINKS = 16,
    VERTEX_GROUND_LINKS = 2 * VERTEX_LINKS,
    VERTEX_LAYERS = 8, /* 16 to the 8th is more than there are slots */
};

struct vertex {
    struct span key;
    float *values; /* as metric_prepare leaves them */
    uint32_t *links;
    size_t bytes; /* of all this */
    uint8_t top;  /* highest layer that it stands in */
};

/* The slots that a vertex is linked to in a layer: list[0] is their count, list[1] the first. */
MUST_USE uint32_t *vertex_list(const struct vertex *vertex, uint8_t layer);
MUST_USE uint32_t vertex_list_max(uint8_t layer);

/* A vertex without links and with undefined values, or NULL. */
MUST_USE struct vertex *vertex_new(const struct mem *mem, uint32_t dimensions, uint8_t top,
                                   struct span key);
void vertex_free(const struct mem *mem, struct vertex *vertex);

/* Change a list. Adding asserts that there is room; the others do nothing without the slot. */
void vertex_add(const struct vertex *vertex, uint8_t layer, uint32_t slot);
void vertex_remove(const struct vertex *vertex, uint8_t layer, uint32_t slot);
void vertex_replace(const struct vertex *vertex, uint8_t layer, uint32_t slot, uint32_t by);
MUST_USE bool vertex_has(const struct vertex *vertex, uint8_t layer, uint32_t slot);
MUST_USE bool vertex_has_room(const struct vertex *vertex, uint8_t layer);

#endif
