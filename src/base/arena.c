/* arena.c -- bump allocation in chunks that double.
 *
 * A chunk is a header followed by its bytes:
 *
 *     [ next | size ][ taken … at        free …        end ]
 *
 * A1  at and end are 16-byte aligned and lie in the newest chunk (or both are NULL).
 * A2  taken is the sum of all chunk sizes and never exceeds taken_max.
 *
 * The first chunk is small, since most requests are; each further one is twice the last, so a
 * request of n bytes costs O(log n) calls of the heap.
 */
#include "base/arena.h"

#include <assert.h>
#include <stdalign.h>
#include <stddef.h>
#include <string.h>

enum { CHUNK_FIRST_BYTES = 8 << 10, CHUNK_LARGEST_BYTES = 1 << 20, ALIGN_BYTES = 16 };

struct arena_chunk {
    struct arena_chunk *next;
    size_t size; /* header included */
};
static_assert(sizeof(struct arena_chunk) % ALIGN_BYTES == 0, "the bytes after it stay aligned");
static_assert(alignof(max_align_t) <= ALIGN_BYTES, "a take fits any type");

static size_t round_up(size_t size)
{
    return (size + (ALIGN_BYTES - 1)) & ~(size_t)(ALIGN_BYTES - 1);
}

static void *arena_resize(void *ctx, void *old, size_t old_size, size_t new_size)
{
    struct arena *arena = ctx;
    if (new_size == 0) return NULL;
    if (new_size > SIZE_MAX / 2) return NULL;
    uint8_t *const bytes = old;
    const bool newest = bytes != NULL && bytes + round_up(old_size) == arena->at;
    if (newest && round_up(new_size) <= (size_t)(arena->end - bytes)) {
        arena->at = bytes + round_up(new_size);
        return old;
    }
    if (bytes != NULL && new_size <= old_size) return old;
    void *fresh = arena_alloc_raw(arena, new_size);
    if (fresh != NULL && bytes != NULL) memcpy(fresh, bytes, old_size);
    return fresh;
}

void arena_init(struct arena *arena, const struct mem *heap, size_t bytes_max)
{
    *arena = (struct arena){.heap = heap, .taken_max = bytes_max};
    arena->mem = (struct mem){arena, arena_resize};
}

static void open_chunk(struct arena *arena, struct arena_chunk *chunk)
{
    arena->at = (uint8_t *)chunk + sizeof *chunk;
    arena->end = (uint8_t *)chunk + chunk->size;
}

static void free_newest(struct arena *arena)
{
    struct arena_chunk *chunk = arena->chunks;
    arena->chunks = chunk->next;
    arena->taken -= chunk->size;
    mem_free(arena->heap, chunk, chunk->size);
}

void arena_deinit(struct arena *arena)
{
    while (arena->chunks != NULL) free_newest(arena);
    arena->at = arena->end = NULL;
    arena->met_max = false;
    assert(arena->taken == 0);
}

void arena_reset(struct arena *arena)
{
    arena->met_max = false;
    if (arena->chunks == NULL) return;
    while (arena->chunks->next != NULL) free_newest(arena);
    if (arena->chunks->size > CHUNK_LARGEST_BYTES) {
        arena_deinit(arena);
        return;
    }
    open_chunk(arena, arena->chunks);
}

struct arena_mark arena_mark(const struct arena *arena)
{
    return (struct arena_mark){arena->chunks, arena->at};
}

void arena_rewind(struct arena *arena, struct arena_mark mark)
{
    while (arena->chunks != mark.chunk) free_newest(arena);
    arena->at = mark.at;
    arena->end = mark.chunk == NULL ? NULL : (uint8_t *)mark.chunk + mark.chunk->size;
}

static size_t next_chunk_bytes(const struct arena *arena, size_t size)
{
    size_t bytes = CHUNK_FIRST_BYTES;
    if (arena->chunks != NULL && arena->chunks->size < CHUNK_LARGEST_BYTES)
        bytes = arena->chunks->size * 2;
    else if (arena->chunks != NULL)
        bytes = CHUNK_LARGEST_BYTES;
    const size_t needed = sizeof(struct arena_chunk) + size;
    return needed > bytes ? needed : bytes;
}

static bool add_chunk(struct arena *arena, size_t size)
{
    size_t bytes = next_chunk_bytes(arena, size);
    const size_t left = arena->taken_max - arena->taken;
    if (bytes > left) bytes = sizeof(struct arena_chunk) + size;
    if (bytes > left) {
        arena->met_max = true;
        return false;
    }
    struct arena_chunk *chunk = mem_resize(arena->heap, NULL, 0, bytes);
    if (chunk == NULL) return false;
    *chunk = (struct arena_chunk){arena->chunks, bytes};
    arena->chunks = chunk;
    arena->taken += bytes;
    open_chunk(arena, chunk);
    return true;
}

void *arena_alloc_raw(struct arena *arena, size_t size)
{
    if (size > arena->taken_max || size > SIZE_MAX / 2) {
        arena->met_max = true;
        return NULL;
    }
    size = round_up(size == 0 ? 1 : size);
    if ((size_t)(arena->end - arena->at) < size && !add_chunk(arena, size)) return NULL;
    void *ptr = arena->at;
    arena->at += size;
    assert(arena->at <= arena->end);
    return ptr;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    void *ptr = arena_alloc_raw(arena, size);
    if (ptr != NULL) memset(ptr, 0, size);
    return ptr;
}

void *arena_alloc_array(struct arena *arena, size_t count, size_t size)
{
    assert(size > 0);
    if (count > SIZE_MAX / size) return NULL;
    return arena_alloc(arena, count * size);
}

bool arena_copy(struct arena *arena, struct span bytes, struct span *out)
{
    uint8_t *copy = arena_alloc_raw(arena, bytes.len);
    if (copy == NULL) return false;
    if (bytes.len > 0) memcpy(copy, bytes.ptr, bytes.len);
    *out = (struct span){copy, bytes.len};
    return true;
}

const struct mem *arena_heap(const struct arena *arena)
{
    return arena->heap;
}

const struct mem *arena_mem(struct arena *arena)
{
    return &arena->mem;
}
