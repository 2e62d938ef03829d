/* mem.c -- the process's heap behind struct mem. */
#include "base/mem.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static void *c_resize(void *ctx, void *old, size_t old_size, size_t new_size)
{
    (void)ctx;
    (void)old_size;
    if (new_size > 0) return realloc(old, new_size);
    free(old);
    return NULL;
}

/* Written by mem_set_heap alone, before anybody else is there; and whether it is too late for that.
 */
static struct mem below = {NULL, c_resize};
static atomic_bool is_used;

static void *heap_resize(void *ctx, void *old, size_t old_size, size_t new_size)
{
    (void)ctx;
    if (!atomic_load_explicit(&is_used, memory_order_relaxed)) atomic_store(&is_used, true);
    return below.resize(below.ctx, old, old_size, new_size);
}

static const struct mem heap = {NULL, heap_resize};

bool mem_set_heap(const struct mem *given)
{
    if (atomic_load(&is_used)) return false;
    below = *given;
    return true;
}

const struct mem *mem_heap(void)
{
    return &heap;
}

void *mem_new(const struct mem *mem, size_t size)
{
    assert(size > 0);
    void *ptr = mem->resize(mem->ctx, NULL, 0, size);
    if (ptr != NULL) memset(ptr, 0, size);
    return ptr;
}

void *mem_new_array(const struct mem *mem, size_t count, size_t size)
{
    assert(count > 0);
    if (size > SIZE_MAX / count) return NULL;
    return mem_new(mem, count * size);
}

void *mem_resize(const struct mem *mem, void *old, size_t old_size, size_t size)
{
    assert(size > 0);
    return mem->resize(mem->ctx, old, old_size, size);
}

void mem_free(const struct mem *mem, void *ptr, size_t size)
{
    if (ptr != NULL) (void)mem->resize(mem->ctx, ptr, size, 0);
}
