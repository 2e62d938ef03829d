/* vertex.c -- see vertex.h. */
#include "vector/vertex.h"

#include <assert.h>
#include <string.h>

uint32_t *vertex_list(const struct vertex *vertex, uint8_t layer)
{
    assert(layer <= vertex->top);
    if (layer == 0) return vertex->links;
    return vertex->links + 1 + VERTEX_GROUND_LINKS + (layer - 1) * (1 + VERTEX_LINKS);
}

uint32_t vertex_list_max(uint8_t layer)
{
    return layer == 0 ? VERTEX_GROUND_LINKS : VERTEX_LINKS;
}

struct vertex *vertex_new(const struct mem *mem, uint32_t dimensions, uint8_t top, struct span key)
{
    const size_t values = dimensions * sizeof(float);
    const size_t links = (1 + VERTEX_GROUND_LINKS + (size_t)top * (1 + VERTEX_LINKS)) * 4;
    const size_t bytes = sizeof(struct vertex) + values + links + key.len;
    assert(top < VERTEX_LAYERS);
    struct vertex *vertex = mem_new(mem, bytes);
    if (vertex == NULL) return NULL;
    vertex->bytes = bytes;
    vertex->top = top;
    vertex->values = (float *)(vertex + 1);
    vertex->links = (uint32_t *)(vertex->values + dimensions);
    uint8_t *key_bytes = (uint8_t *)vertex->links + links;
    if (key.len > 0) memcpy(key_bytes, key.ptr, key.len);
    vertex->key = (struct span){key_bytes, key.len};
    return vertex;
}

void vertex_free(const struct mem *mem, struct vertex *vertex)
{
    if (vertex != NULL) mem_free(mem, vertex, vertex->bytes);
}

/* Where `slot` stands in `list`; 0: nowhere. */
static uint32_t find(const uint32_t *list, uint32_t slot)
{
    for (uint32_t i = list[0]; i > 0; i--)
        if (list[i] == slot) return i;
    return 0;
}

void vertex_add(const struct vertex *vertex, uint8_t layer, uint32_t slot)
{
    uint32_t *list = vertex_list(vertex, layer);
    assert(list[0] < vertex_list_max(layer));
    list[++list[0]] = slot;
}

void vertex_remove(const struct vertex *vertex, uint8_t layer, uint32_t slot)
{
    uint32_t *list = vertex_list(vertex, layer);
    const uint32_t at = find(list, slot);
    if (at == 0) return;
    list[at] = list[list[0]];
    list[0]--;
}

void vertex_replace(const struct vertex *vertex, uint8_t layer, uint32_t slot, uint32_t by)
{
    uint32_t *list = vertex_list(vertex, layer);
    const uint32_t at = find(list, slot);
    if (at > 0) list[at] = by;
}

bool vertex_has(const struct vertex *vertex, uint8_t layer, uint32_t slot)
{
    return find(vertex_list(vertex, layer), slot) > 0;
}

bool vertex_has_room(const struct vertex *vertex, uint8_t layer)
{
    return vertex_list(vertex, layer)[0] < vertex_list_max(layer);
}
