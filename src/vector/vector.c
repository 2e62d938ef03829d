/* vector.c -- a set of vectors: the graph's first, then those that stand beside it.
 *
 *     slot    0 … linked - 1      linked … count - 1
 *             in the graph        beside it, in the order in which they came
 *
 * Slots have no holes: what is taken away is replaced by the last of its part, and that by the last
 * of all. So a search of what stands beside the graph walks an end of an array.
 */
#include "vector/vector.h"

#include <assert.h>
#include <string.h>

#include "vector/graph.h"
#include "vector/key_table.h"
#include "vector/metric.h"

enum {
    CAP_MIN = 64,
    EXACT_PART = 4, /* V2 */
};

struct vector_set {
    const struct mem *mem;
    struct vector_kind kind;
    struct graph graph; /* graph.vertices has `cap` places */
    struct key_table keys;
    uint32_t count, cap;
    uint64_t made;       /* vectors, ever: what layers are drawn from (V3) */
    size_t vertex_bytes; /* of all vertices */
};

status vector_new(const struct mem *mem, const struct hash *hash, struct vector_kind kind,
                  struct vector_set **out)
{
    assert(kind.dimensions > 0);
    struct vector_set *set = mem_new(mem, sizeof *set);
    if (set == NULL) return ST_NO_MEMORY;
    set->mem = mem;
    set->kind = kind;
    set->graph = (struct graph){.mem = mem, .kind = kind};
    key_table_init(&set->keys, mem, hash);
    *out = set;
    return ST_OK;
}

void vector_free(struct vector_set *set)
{
    if (set == NULL) return;
    for (uint32_t i = 0; i < set->count; i++) vertex_free(set->mem, set->graph.vertices[i]);
    if (set->graph.vertices != NULL)
        mem_free(set->mem, set->graph.vertices, set->cap * sizeof *set->graph.vertices);
    key_table_deinit(&set->keys);
    mem_free(set->mem, set, sizeof *set);
}

struct vector_counts vector_count(const struct vector_set *set)
{
    const size_t slots = set->cap * sizeof *set->graph.vertices;
    const size_t bytes = sizeof *set + set->vertex_bytes + slots + key_table_bytes(&set->keys);
    return (struct vector_counts){set->count, set->graph.linked, bytes};
}

/* ---- putting and removing */

static status make_room(struct vector_set *set)
{
    const size_t unit = sizeof *set->graph.vertices;
    TRY(key_table_reserve(&set->keys));
    if (set->count < set->cap) return ST_OK;
    const uint32_t cap = set->cap == 0 ? CAP_MIN : 2 * set->cap;
    struct vertex **vertices =
        mem_resize(set->mem, set->graph.vertices, set->cap * unit, cap * unit);
    if (vertices == NULL) return ST_NO_MEMORY;
    set->graph.vertices = vertices;
    set->cap = cap;
    return ST_OK;
}

/* The highest layer of the next vector: one more with one chance in 16 (splitmix64 of a count). */
static uint8_t draw_top(struct vector_set *set)
{
    uint64_t r = ++set->made * 0x9E3779B97F4A7C15U;
    uint8_t top = 0;
    r = (r ^ (r >> 30)) * 0xBF58476D1CE4E5B9U;
    r = (r ^ (r >> 27)) * 0x94D049BB133111EBU;
    r ^= r >> 31;
    for (; top < VERTEX_LAYERS - 1 && r % VERTEX_LINKS == 0; r /= VERTEX_LINKS) top++;
    return top;
}

status vector_put(struct vector_set *set, struct span key, const float *values)
{
    vector_remove(set, key);
    if (set->count == UINT32_MAX) return ST_NO_MEMORY;
    TRY(make_room(set));
    struct vertex *vertex = vertex_new(set->mem, set->kind.dimensions, draw_top(set), key);
    if (vertex == NULL) return ST_NO_MEMORY;
    metric_prepare(set->kind, values, vertex->values);
    set->vertex_bytes += vertex->bytes;
    set->graph.vertices[set->count] = vertex;
    key_table_set(&set->keys, key, set->count);
    set->count++;
    return ST_OK;
}

/* The vertex in `slot` has come there. */
static void note_place(struct vector_set *set, uint32_t slot)
{
    key_table_set(&set->keys, set->graph.vertices[slot]->key, slot);
}

void vector_remove(struct vector_set *set, struct span key)
{
    uint32_t slot = 0;
    if (!key_table_find(&set->keys, key, &slot)) return;
    struct vertex *vertex = set->graph.vertices[slot];
    key_table_remove(&set->keys, key);
    if (slot < set->graph.linked) {
        const uint32_t last = set->graph.linked - 1;
        graph_unlink(&set->graph, slot);
        if (slot != last) note_place(set, slot);
        slot = last;
    }
    set->count--;
    if (slot != set->count) {
        set->graph.vertices[slot] = set->graph.vertices[set->count];
        note_place(set, slot);
    }
    set->vertex_bytes -= vertex->bytes;
    vertex_free(set->mem, vertex);
}

status vector_link(struct vector_set *set, uint32_t limit)
{
    for (uint32_t i = 0; i < limit && set->graph.linked < set->count; i++)
        TRY(graph_link(&set->graph));
    return ST_OK;
}

/* ---- searching */

static bool is_exact(const struct vector_set *set, uint32_t wanted)
{
    return set->count <= VECTOR_FLAT || wanted >= set->count / EXACT_PART;
}

static status find(const struct vector_set *set, struct graph_walk *walk, uint32_t wanted)
{
    uint32_t from = 0;
    if (!is_exact(set, wanted)) {
        TRY(graph_search(walk, wanted));
        from = set->graph.linked;
    }
    for (uint32_t slot = from; slot < set->count; slot++) TRY(graph_look_at(walk, slot, wanted));
    pile_sort(&walk->best);
    return ST_OK;
}

static status copy_keys(const struct vector_set *set, const struct pile *best,
                        struct vector_search *search, struct arena *arena)
{
    search->keys = arena_new_array(arena, best->count, struct span);
    if (search->keys == NULL) return ST_NO_MEMORY;
    for (size_t i = 0; i < best->count; i++) {
        const struct vertex *vertex = set->graph.vertices[best->entries[i].slot];
        if (!arena_copy(arena, vertex->key, &search->keys[i])) return ST_NO_MEMORY;
    }
    search->count = (uint32_t)best->count;
    search->exhausted = search->count == set->count;
    return ST_OK;
}

status vector_search(const struct vector_set *set, struct vector_search *search,
                     struct arena *arena)
{
    struct graph_walk walk;
    const uint32_t wanted = search->wanted < set->count ? search->wanted : set->count;
    search->count = 0;
    search->compared = 0;
    search->exhausted = set->count == 0;
    if (wanted == 0) return ST_OK;
    float *target = arena_new_array(arena, set->kind.dimensions, float);
    if (target == NULL) return ST_NO_MEMORY;
    metric_prepare(set->kind, search->values, target);
    status st = graph_walk_begin(&walk, &set->graph, target);
    if (st == ST_OK) st = find(set, &walk, wanted);
    if (st == ST_OK) st = copy_keys(set, &walk.best, search, arena);
    search->compared = walk.compared;
    graph_walk_end(&walk);
    return st;
}
