/* graph.c -- walking, linking, unlinking.
 *
 * Which neighbours to keep decides whether a search gets anywhere. A list is not the nearest ones,
 * which may all lie on one side, but those to which no other of the list is a shorter way:
 *
 *     keep c, from the nearest on, if it is nearer to u than to every one that is kept
 *
 * A full list that gets one more is thinned by the same rule, and the other side of each link that
 * goes forgets it too (GR1); one that has few links is not left alone. When a vector is taken out,
 * those that were linked to it are linked to each other where the rule has them.
 */
#include "vector/graph.h"

#include <assert.h>
#include <string.h>

#include "vector/metric.h"

enum {
    LINK_WIDTH = 128,  /* candidates among which a new vector finds its neighbours */
    SEARCH_WIDTH = 96, /* a search walks with at least so many */
    LINKS_FEW = VERTEX_LINKS / 2,
    LIST_MAX = VERTEX_GROUND_LINKS + 1,
};

static float between(const struct graph *graph, uint32_t a, uint32_t b)
{
    return metric_distance(graph->kind, graph->vertices[a]->values, graph->vertices[b]->values);
}

/* ---- walking */

status graph_walk_begin(struct graph_walk *walk, const struct graph *graph, const float *target)
{
    *walk = (struct graph_walk){.graph = graph, .target = target};
    walk->near.mem = walk->best.mem = graph->mem;
    walk->best.farthest_on_top = true;
    walk->seen_bytes = graph->linked / 8 + 1;
    walk->seen = mem_new(graph->mem, walk->seen_bytes);
    return walk->seen == NULL ? ST_NO_MEMORY : ST_OK;
}

void graph_walk_end(struct graph_walk *walk)
{
    pile_deinit(&walk->near);
    pile_deinit(&walk->best);
    if (walk->seen != NULL) mem_free(walk->graph->mem, walk->seen, walk->seen_bytes);
}

static struct pile_entry look(struct graph_walk *walk, uint32_t slot)
{
    const struct graph *graph = walk->graph;
    walk->compared++;
    return (struct pile_entry){
        metric_distance(graph->kind, walk->target, graph->vertices[slot]->values), slot};
}

/* Is this the first time that the walk meets `slot`? */
static bool is_new(struct graph_walk *walk, uint32_t slot)
{
    const uint8_t bit = (uint8_t)(1U << (slot % 8));
    const bool fresh = (walk->seen[slot / 8] & bit) == 0;
    walk->seen[slot / 8] |= bit;
    return fresh;
}

/* Is the entry among the `wanted` best so far? */
static status keep(struct graph_walk *walk, struct pile_entry entry, uint32_t wanted, bool *kept)
{
    struct pile *best = &walk->best;
    *kept = best->count < wanted || pile_is_nearer(entry, best->entries[0]);
    if (!*kept) return ST_OK;
    if (best->count == wanted) (void)pile_pop(best);
    return pile_push(best, entry);
}

status graph_look_at(struct graph_walk *walk, uint32_t slot, uint32_t wanted)
{
    bool kept = false;
    return keep(walk, look(walk, slot), wanted, &kept);
}

static status meet(struct graph_walk *walk, struct pile_entry entry, uint32_t wanted)
{
    bool kept = false;
    TRY(keep(walk, entry, wanted, &kept));
    return kept ? pile_push(&walk->near, entry) : ST_OK;
}

static status meet_neighbours(struct graph_walk *walk, uint32_t slot, uint8_t layer,
                              uint32_t wanted)
{
    const uint32_t *list = vertex_list(walk->graph->vertices[slot], layer);
    for (uint32_t i = 1; i <= list[0]; i++)
        if (is_new(walk, list[i])) TRY(meet(walk, look(walk, list[i]), wanted));
    return ST_OK;
}

/* From `start` on through one layer, until what is near is farther than the farthest found. */
static status walk_layer(struct graph_walk *walk, struct pile_entry start, uint8_t layer,
                         uint32_t wanted)
{
    memset(walk->seen, 0, walk->seen_bytes);
    walk->near.count = walk->best.count = 0;
    (void)is_new(walk, start.slot);
    TRY(meet(walk, start, wanted));
    while (walk->near.count > 0) {
        const struct pile_entry next = pile_pop(&walk->near);
        const bool full = walk->best.count == wanted;
        if (full && pile_is_nearer(walk->best.entries[0], next)) return ST_OK;
        TRY(meet_neighbours(walk, next.slot, layer, wanted));
    }
    return ST_OK;
}

/* The nearest neighbour of `from` in a layer, or itself. */
static struct pile_entry step(struct graph_walk *walk, struct pile_entry from, uint8_t layer)
{
    const uint32_t *list = vertex_list(walk->graph->vertices[from.slot], layer);
    struct pile_entry best = from;
    for (uint32_t i = 1; i <= list[0]; i++) {
        const struct pile_entry found = look(walk, list[i]);
        if (pile_is_nearer(found, best)) best = found;
    }
    return best;
}

/* Where a walk through `layer` begins: from the entry down, always to the nearest. */
static struct pile_entry descend(struct graph_walk *walk, uint8_t layer)
{
    const struct graph *graph = walk->graph;
    struct pile_entry at = look(walk, graph->entry);
    for (uint8_t i = graph->vertices[graph->entry]->top; i > layer; i--) {
        struct pile_entry next = step(walk, at, i);
        while (next.slot != at.slot) {
            at = next;
            next = step(walk, at, i);
        }
    }
    return at;
}

status graph_search(struct graph_walk *walk, uint32_t wanted)
{
    const uint32_t width = wanted > SEARCH_WIDTH ? wanted : SEARCH_WIDTH;
    if (walk->graph->linked == 0) return ST_OK;
    TRY(walk_layer(walk, descend(walk, 0), 0, width));
    while (walk->best.count > wanted) (void)pile_pop(&walk->best);
    return ST_OK;
}

/* ---- the rule */

struct choice {
    struct pile_entry kept[LIST_MAX], left[LIST_MAX]; /* both from the nearest on */
    uint32_t kept_count, left_count;
};

/* Is one of the first `count` of `others` nearer to `entry` than the vector that it is for is? */
static bool is_behind(const struct graph *graph, struct pile_entry entry,
                      const struct pile_entry *others, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (between(graph, others[i].slot, entry.slot) < entry.distance) return true;
    return false;
}

/* Of `entries`, the nearest first, at most `most`; of the others LIST_MAX at most are noted. */
static void choose(const struct graph *graph, const struct pile_entry *entries, size_t count,
                   uint32_t most, struct choice *out)
{
    out->kept_count = out->left_count = 0;
    for (size_t i = 0; i < count && out->kept_count < most; i++) {
        if (!is_behind(graph, entries[i], out->kept, out->kept_count))
            out->kept[out->kept_count++] = entries[i];
        else if (out->left_count < LIST_MAX)
            out->left[out->left_count++] = entries[i];
    }
}

static void sort_entries(struct pile_entry *entries, uint32_t count)
{
    for (uint32_t i = 1; i < count; i++) {
        const struct pile_entry entry = entries[i];
        uint32_t at = i;
        for (; at > 0 && pile_is_nearer(entry, entries[at - 1]); at--)
            entries[at] = entries[at - 1];
        entries[at] = entry;
    }
}

/* ---- linking */

static void join(const struct graph *graph, uint32_t a, uint32_t b, uint8_t layer)
{
    vertex_add(graph->vertices[a], layer, b);
    vertex_add(graph->vertices[b], layer, a);
}

static void part(const struct graph *graph, uint32_t a, uint32_t b, uint8_t layer)
{
    vertex_remove(graph->vertices[a], layer, b);
    vertex_remove(graph->vertices[b], layer, a);
}

static uint32_t degree(const struct graph *graph, uint32_t slot, uint8_t layer)
{
    return vertex_list(graph->vertices[slot], layer)[0];
}

/* Part `v` from those left out that have more than `few` links, or only from the farthest. */
static void thin(const struct graph *graph, uint32_t v, uint8_t layer, const struct choice *choice)
{
    for (uint32_t i = choice->left_count; i > 0; i--) {
        const uint32_t w = choice->left[i - 1].slot;
        if (degree(graph, w, layer) > LINKS_FEW) part(graph, v, w, layer);
    }
}

/* Part `v` from the farthest of its neighbours that has another link. */
static void part_farthest(const struct graph *graph, uint32_t v, uint8_t layer,
                          const struct pile_entry *entries, uint32_t count)
{
    for (uint32_t i = count; i > 0; i--) {
        if (degree(graph, entries[i - 1].slot, layer) < 2) continue;
        part(graph, v, entries[i - 1].slot, layer);
        return;
    }
}

/* Make room in the full list of `v` for `entry`, which is as far as it says; not when the rule
 * leaves that out, unless it is `urgent`. */
static void make_room(const struct graph *graph, uint32_t v, uint8_t layer, struct pile_entry entry,
                      bool urgent)
{
    struct pile_entry entries[LIST_MAX];
    struct choice choice;
    const uint32_t *list = vertex_list(graph->vertices[v], layer);
    const uint32_t count = list[0];
    for (uint32_t i = 0; i < count; i++)
        entries[i] = (struct pile_entry){between(graph, v, list[i + 1]), list[i + 1]};
    sort_entries(entries, count);
    choose(graph, entries, count, VERTEX_GROUND_LINKS, &choice);
    if (!urgent && is_behind(graph, entry, choice.kept, choice.kept_count)) return;
    thin(graph, v, layer, &choice);
    if (!vertex_has_room(graph->vertices[v], layer)) part_farthest(graph, v, layer, entries, count);
}

/* Link `u` with the vector that `to` names, if both have or get room for it. */
static void connect(const struct graph *graph, uint32_t u, struct pile_entry to, uint8_t layer)
{
    const struct pile_entry back = {to.distance, u};
    const bool urgent = degree(graph, u, layer) == 0;
    if (!vertex_has_room(graph->vertices[u], layer) ||
        vertex_has(graph->vertices[u], layer, to.slot))
        return;
    if (!vertex_has_room(graph->vertices[to.slot], layer))
        make_room(graph, to.slot, layer, back, urgent);
    if (vertex_has_room(graph->vertices[to.slot], layer)) join(graph, u, to.slot, layer);
}

/* Link the vector in `slot` within one layer to what the walk found there, and return where the
 * walk through the layer below begins. */
static struct pile_entry link_layer(const struct graph_walk *walk, uint32_t slot, uint8_t layer)
{
    struct pile found = walk->best;
    struct choice choice;
    pile_sort(&found);
    choose(walk->graph, found.entries, found.count, VERTEX_LINKS, &choice);
    for (uint32_t i = 0; i < choice.kept_count; i++)
        connect(walk->graph, slot, choice.kept[i], layer);
    for (size_t i = 0; i < found.count && degree(walk->graph, slot, layer) == 0; i++)
        connect(walk->graph, slot, found.entries[i], layer);
    return found.entries[0];
}

/* Remove every link of the vector in `slot`. */
static void part_from_all(const struct graph *graph, uint32_t slot)
{
    const struct vertex *vertex = graph->vertices[slot];
    for (uint8_t layer = 0; layer <= vertex->top; layer++) {
        uint32_t *list = vertex_list(vertex, layer);
        for (uint32_t i = 1; i <= list[0]; i++)
            vertex_remove(graph->vertices[list[i]], layer, slot);
        list[0] = 0;
    }
}

static status link_layers(struct graph_walk *walk, uint32_t slot)
{
    const struct graph *graph = walk->graph;
    const uint8_t top = graph->vertices[slot]->top, highest = graph->vertices[graph->entry]->top;
    uint8_t layer = top < highest ? top : highest;
    struct pile_entry at = descend(walk, layer);
    for (;; layer--) {
        TRY(walk_layer(walk, at, layer, LINK_WIDTH));
        at = link_layer(walk, slot, layer);
        if (layer == 0) return ST_OK;
    }
}

status graph_link(struct graph *graph)
{
    struct graph_walk walk;
    const uint32_t slot = graph->linked;
    const struct vertex *vertex = graph->vertices[slot];
    if (slot > 0) {
        status st = graph_walk_begin(&walk, graph, vertex->values);
        if (st == ST_OK) st = link_layers(&walk, slot);
        graph_walk_end(&walk);
        if (st != ST_OK) part_from_all(graph, slot);
        TRY(st);
    }
    graph->linked++;
    if (slot == 0 || vertex->top > graph->vertices[graph->entry]->top) graph->entry = slot;
    return ST_OK;
}

/* ---- unlinking */

/* Those that `v` may be linked to instead of what is gone: `others`, the nearest first. */
static uint32_t others_of(const struct graph *graph, uint32_t v, const uint32_t *gone,
                          struct pile_entry *out)
{
    uint32_t count = 0;
    for (uint32_t i = 1; i <= gone[0]; i++)
        if (gone[i] != v) out[count++] = (struct pile_entry){between(graph, v, gone[i]), gone[i]};
    sort_entries(out, count);
    return count;
}

static bool is_behind_neighbour(const struct graph *graph, uint32_t v, uint8_t layer,
                                struct pile_entry entry)
{
    const uint32_t *list = vertex_list(graph->vertices[v], layer);
    for (uint32_t i = 1; i <= list[0]; i++)
        if (between(graph, list[i], entry.slot) < entry.distance) return true;
    return false;
}

/* `gone` is the list of what was taken out: link `v`, which was in it, to others that were. */
static void mend(const struct graph *graph, uint32_t v, uint8_t layer, const uint32_t *gone)
{
    struct pile_entry others[LIST_MAX];
    const uint32_t count = others_of(graph, v, gone, others);
    for (uint32_t i = 0; i < count; i++) {
        const bool alone = degree(graph, v, layer) == 0;
        if (alone || (vertex_has_room(graph->vertices[others[i].slot], layer) &&
                      !is_behind_neighbour(graph, v, layer, others[i])))
            connect(graph, v, others[i], layer);
    }
}

static void take_out(const struct graph *graph, uint32_t slot, uint8_t layer)
{
    uint32_t gone[1 + VERTEX_GROUND_LINKS];
    uint32_t *list = vertex_list(graph->vertices[slot], layer);
    memcpy(gone, list, (1 + list[0]) * sizeof gone[0]);
    for (uint32_t i = 1; i <= gone[0]; i++) vertex_remove(graph->vertices[gone[i]], layer, slot);
    list[0] = 0;
    for (uint32_t i = 1; i <= gone[0]; i++) mend(graph, gone[i], layer, gone);
}

/* The first of the slots but `slot` that stands in the highest layer (GR3). */
static uint32_t find_entry(const struct graph *graph, uint32_t slot)
{
    uint32_t best = slot == 0 ? 1 : 0;
    for (uint32_t i = best; i < graph->linked; i++)
        if (i != slot && graph->vertices[i]->top > graph->vertices[best]->top) best = i;
    return best;
}

/* Let the vector in `from` stand in `to`: whoever is linked to it learns that. */
static void rename_slot(struct graph *graph, uint32_t from, uint32_t to)
{
    const struct vertex *vertex = graph->vertices[from];
    for (uint8_t layer = 0; layer <= vertex->top; layer++) {
        const uint32_t *list = vertex_list(vertex, layer);
        for (uint32_t i = 1; i <= list[0]; i++)
            vertex_replace(graph->vertices[list[i]], layer, from, to);
    }
    if (graph->entry == from) graph->entry = to;
}

void graph_unlink(struct graph *graph, uint32_t slot)
{
    struct vertex *vertex = graph->vertices[slot];
    const uint32_t last = graph->linked - 1;
    assert(slot < graph->linked);
    for (uint8_t layer = 0; layer <= vertex->top; layer++) take_out(graph, slot, layer);
    if (slot == graph->entry && last > 0) graph->entry = find_entry(graph, slot);
    if (slot != last) rename_slot(graph, last, slot);
    graph->vertices[slot] = graph->vertices[last];
    graph->vertices[last] = vertex;
    graph->linked = last;
}
