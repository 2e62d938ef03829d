/* heap.c -- see heap.h. */
#include "db/heap.h"

#include <stdatomic.h>

#include "stator/stator.h"
#include "support/support.h"

void *__real_realloc(void *old, size_t size);
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
char *__real_strdup(const char *text);
void __real_free(void *ptr);
void *__wrap_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
char *__wrap_strdup(const char *text);
void __wrap_free(void *ptr);

static _Atomic uint64_t blocks;
static _Atomic uint64_t countdown;
static atomic_bool fired;

static bool fails_now(void)
{
    uint64_t left = atomic_load(&countdown);
    while (left > 0)
        if (atomic_compare_exchange_weak(&countdown, &left, left - 1)) break;
    if (left != 1) return false;
    atomic_store(&fired, true);
    return true;
}

static void *counted(void *ptr)
{
    if (ptr != NULL) atomic_fetch_add(&blocks, 1);
    return ptr;
}

void *__wrap_realloc(void *old, size_t size)
{
    if (fails_now()) return NULL;
    return old == NULL ? counted(__real_realloc(NULL, size)) : __real_realloc(old, size);
}

/* Only counted, so that free has what it was given by whatever name. */
void *__wrap_malloc(size_t size)
{
    return counted(__real_malloc(size));
}

void *__wrap_calloc(size_t count, size_t size)
{
    return counted(__real_calloc(count, size));
}

char *__wrap_strdup(const char *text)
{
    return counted(__real_strdup(text));
}

void __wrap_free(void *ptr)
{
    if (ptr != NULL) atomic_fetch_sub(&blocks, 1);
    __real_free(ptr);
}

void heap_fail_at(uint64_t nth)
{
    atomic_store(&fired, false);
    atomic_store(&countdown, nth);
}

bool heap_failed(void)
{
    return atomic_load(&fired);
}

uint64_t heap_left(void)
{
    return atomic_load(&blocks);
}

void heap_check(void)
{
    heap_fail_at(0);
    stator_thread_end();
    const uint64_t left = atomic_exchange(&blocks, 0);
    if (left != 0) fail_msg("%llu blocks of memory were not given back", (unsigned long long)left);
}
