/* heap.c -- see heap.h. */
#include "db/heap.h"

#include <stdatomic.h>

#include "stator/stator.h"
#include "support/support.h"

void *__real_realloc(void *old, size_t size);
void __real_free(void *ptr);
void *__wrap_realloc(void *old, size_t size);
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

void *__wrap_realloc(void *old, size_t size)
{
    if (fails_now()) return NULL;
    void *ptr = __real_realloc(old, size);
    if (ptr != NULL && old == NULL) atomic_fetch_add(&blocks, 1);
    return ptr;
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
