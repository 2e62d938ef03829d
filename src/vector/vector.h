/* vector.h -- vectors under keys, and which of them are nearest to one.
 *
 *     vector_new -> vector_put, vector_remove, vector_link, vector_search … -> vector_free
 *
 * A set holds vectors of one kind in memory, each under a key, which is any bytes. A search finds
 * the nearest ones by a graph (HNSW, graph.h), looking at a few hundred of them however many there
 * are. A vector that was put stands beside the graph first, and is looked at by every search until
 * vector_link has taken it in: so putting is cheap, and what is put is found at once.
 *
 * V1  A search sees every vector that was put and not removed, linked or not: of those in the graph
 *     it finds the nearest ones nearly always, of the others always.
 * V2  A search that asks for a fourth of the set or more, or of a set of at most VECTOR_FLAT
 *     vectors, looks at all of them: its answer is exact, and it can exhaust the set.
 * V3  The same calls in the same order make the same graph and the same answers.
 *
 * Memory: the set's, from `mem`: 4 bytes a number, the key, and about 250 bytes beside.
 * Threads: any number may search at once while nobody changes the set; it has no lock of its own.
 */
#ifndef STATOR_VECTOR_VECTOR_H
#define STATOR_VECTOR_VECTOR_H

#include <stdint.h>

#include "base/arena.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/span.h"
#include "base/status.h"

typedef enum vector_metric { /* on disk: never renumber */
                             VECTOR_COSINE = 0,
                             VECTOR_EUCLIDEAN = 1,
                             VECTOR_DOT_PRODUCT = 2,
} vector_metric;

/* What vectors of a set have in common. */
struct vector_kind {
    uint32_t dimensions; /* 1 or more */
    vector_metric metric;
};

enum { VECTOR_FLAT = 1000 };

struct vector_set;

/* An empty set; `hash`, which must outlive it, places keys. ST_NO_MEMORY. */
MUST_USE status vector_new(const struct mem *mem, const struct hash *hash, struct vector_kind kind,
                           struct vector_set **out);
void vector_free(struct vector_set *set); /* NULL is allowed */

/* Let `values`, kind.dimensions finite numbers, be the vector of `key`, in place of one that there
 * is. ST_NO_MEMORY: there is none of this key now. */
MUST_USE status vector_put(struct vector_set *set, struct span key, const float *values);

/* Let there be none; nothing happens when there is none. */
void vector_remove(struct vector_set *set, struct span key);

/* Take up to `limit` of the vectors that stand beside the graph into it, the oldest first. Each
 * takes about as long as ten searches. ST_NO_MEMORY: the rest stays beside it. */
MUST_USE status vector_link(struct vector_set *set, uint32_t limit);

struct vector_counts {
    uint32_t all;
    uint32_t linked;
    size_t bytes; /* of memory */
};
MUST_USE struct vector_counts vector_count(const struct vector_set *set);

struct vector_search {
    const float *values; /* kind.dimensions finite numbers */
    uint32_t wanted;     /* so many, or all there are */

    /* answer, in the arena */
    struct span *keys; /* the nearest first, to float's digits */
    uint32_t count;
    uint64_t compared; /* distances that were computed */
    bool exhausted;    /* these are all vectors of the set */
};

/* ST_NO_MEMORY. */
MUST_USE status vector_search(const struct vector_set *set, struct vector_search *search,
                              struct arena *arena);

/* The distance of two vectors as they were given, to double's digits: metric.h. */
MUST_USE double vector_distance(struct vector_kind kind, const float *a, const float *b);

#endif
