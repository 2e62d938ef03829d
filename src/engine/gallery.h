/* gallery.h -- the vectors of vector indexes in memory, in a set for each index, ready to be
 * searched.
 *
 *     gallery_search   the nearest ones: makes the set from the store where it is not there yet
 *     gallery_note     what a write changed, when it is durable
 *     gallery_end      the index is no more
 *
 * The first search of an index after the engine was opened reads all its vectors from the store and
 * puts them beside the graph (vector.h), where searches find them by looking at all. A thread then
 * takes them into the graph, a few at a time, and those that writes bring later.
 *
 * GA1  A search knows every vector whose write was acknowledged before it began. What it finds may
 *      have changed in the store since: who asks looks there.
 * GA2  A write is never kept waiting: what it changed is noted, and whoever comes next to the set
 *      applies the notes, in their order. When there are too many, or no memory, they are forgotten
 *      and the set is read from the store again; until then none is kept.
 * GA3  Whoever works on a set has it alone or shares it with searches, in the order in which they
 *      came (struct hall). Nothing is locked meanwhile.
 *
 * Memory: of indexes that were searched, as vector.h says; it is given back when the index ends or
 * the engine closes.
 */
#ifndef STATOR_ENGINE_GALLERY_H
#define STATOR_ENGINE_GALLERY_H

#include "engine/vector_entry.h"

struct gallery;

/* ST_NO_MEMORY. */
MUST_USE status gallery_new(struct engine *engine, struct gallery **out);

/* End the thread, and all sets. NULL is allowed. */
void gallery_free(struct gallery *gallery);

/* Whose vectors: a vector index of a table. */
struct gallery_place {
    const struct table *table;
    const struct table_vectors *vectors;
};

/* Search the newest state; in a space with a snapshot, that state, by reading all its vectors. The
 * keys are those of entries in the store (vector_entry.h). May read the store. What store_read has.
 */
MUST_USE status gallery_search(const struct engine_space *space, struct gallery_place place,
                               struct vector_search *search, struct arena *arena);

/* The item at store key `key` has changed, and that is durable: `deltas` of each of the table's
 * vector indexes. Any thread, in the order of the commits. */
void gallery_note(struct gallery *gallery, const struct table *table, struct span key,
                  const struct vector_delta *deltas);

/* There is no index with this number any more. Any thread. */
void gallery_end(struct gallery *gallery, uint32_t number);

/* The store may hold something else than what was noted: read it again before the next search. Any
 * thread. */
void gallery_forget(struct gallery *gallery);

struct gallery_counts {
    uint64_t vectors; /* in memory */
    uint64_t linked;  /* in graphs */
    uint64_t bytes;
};
MUST_USE struct gallery_counts gallery_count(struct gallery *gallery);

#endif
