/* arena.h -- memory for one request: many small takes, one give-back.
 *
 * Everything parsed, judged or built for a request is taken from its arena and lives until
 * arena_reset or arena_deinit. Nothing is freed singly. An arena has a maximum, so that one
 * request cannot take the machine. All takes return NULL when the heap or the maximum is spent.
 *
 *     arena_init -> arena_alloc … -> arena_reset -> arena_alloc … -> arena_deinit
 *
 * Threads: one at a time; a request hands its arena over whole.
 */
#ifndef STATOR_BASE_ARENA_H
#define STATOR_BASE_ARENA_H

#include <stdint.h>

#include "base/mem.h"
#include "base/span.h"

struct arena_chunk; /* private to arena.c */

struct arena {
    struct mem mem; /* the arena seen as an allocator, for things that grow; see arena_mem */
    const struct mem *heap;
    struct arena_chunk *chunks; /* newest first; the last one survives arena_reset */
    uint8_t *at;                /* free bytes of the newest chunk: at .. end */
    uint8_t *end;
    size_t taken;     /* bytes of all chunks */
    size_t taken_max; /* never more than this */
    bool met_max;     /* a take was refused for that, since arena_init or arena_reset */
};

/* An empty arena whose chunks come from `heap`, `bytes_max` in all. It may not be moved in memory
 * afterwards (arena_mem points into it). */
void arena_init(struct arena *arena, const struct mem *heap, size_t bytes_max);

/* Give everything back. The arena is as after arena_init. */
void arena_deinit(struct arena *arena);

/* Forget everything taken, but keep the first chunk for the next request. */
void arena_reset(struct arena *arena);

/* What has been taken so far. */
struct arena_mark {
    struct arena_chunk *chunk; /* NULL: nothing */
    uint8_t *at;
};
MUST_USE struct arena_mark arena_mark(const struct arena *arena);

/* Forget what was taken since `mark`, and give whole chunks of it back. Not behind an arena_reset.
 * Nothing that was resized since, by arena_mem, may have been taken before. */
void arena_rewind(struct arena *arena, struct arena_mark mark);

/* `size` bytes, zeroed and aligned for any type, or NULL. */
MUST_USE void *arena_alloc(struct arena *arena, size_t size);

/* As arena_alloc, but not zeroed: for bytes that are written at once. */
MUST_USE void *arena_alloc_raw(struct arena *arena, size_t size);

/* `count` elements of `size` bytes, zeroed, or NULL. */
MUST_USE void *arena_alloc_array(struct arena *arena, size_t count, size_t size);

/* Copy `bytes` into *out, which then lives as long as the arena. False when there is no room. */
MUST_USE bool arena_copy(struct arena *arena, struct span bytes, struct span *out);

/* Where its chunks come from: for another arena of the same request, on a thread beside. */
MUST_USE const struct mem *arena_heap(const struct arena *arena);

/* The arena as an allocator: resizing the newest take is done in place, freeing does nothing. */
MUST_USE const struct mem *arena_mem(struct arena *arena);

#define arena_new(arena, type) ((type *)arena_alloc((arena), sizeof(type)))
#define arena_new_array(arena, count, type)                                                        \
    ((type *)arena_alloc_array((arena), (count), sizeof(type)))

#endif
