/* mem.h -- the only door to the heap.
 *
 * Everything that lives longer than a request is allocated through a `struct mem` that was passed
 * in, so that a test can count, limit or fail allocations. mem_heap() is the process's own.
 * Freeing takes the size, which the owner always knows: an allocator needs no headers.
 */
#ifndef STATOR_BASE_MEM_H
#define STATOR_BASE_MEM_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attributes.h"

struct mem {
    void *ctx;
    /* Resize `old` (NULL: none) from old_size to new_size bytes (0: free it). NULL on failure, and
     * then `old` is untouched. The result is aligned for any type; new bytes are undefined. */
    void *(*resize)(void *ctx, void *old, size_t old_size, size_t new_size);
};

/* The process's heap, usable from any thread: the C library's, unless it was set. */
MUST_USE const struct mem *mem_heap(void);

/* Let mem_heap be `heap`, whose parts are copied. False, and nothing was done: memory has been
 * taken from it already. Before the first thread. */
MUST_USE bool mem_set_heap(const struct mem *heap);

/* `size` bytes, zeroed, or NULL. Asserts size > 0. */
MUST_USE void *mem_new(const struct mem *mem, size_t size);

/* `count` elements of `size` bytes, zeroed, or NULL; NULL as well when the product overflows. */
MUST_USE void *mem_new_array(const struct mem *mem, size_t count, size_t size);

/* As `resize` above, for size > 0. */
MUST_USE void *mem_resize(const struct mem *mem, void *old, size_t old_size, size_t size);

/* Give back what mem_new gave; NULL is allowed. */
void mem_free(const struct mem *mem, void *ptr, size_t size);

#endif
