/* errand.c -- see errand.h. */
#include "errand.h"

#include <assert.h>

#include "base/limits.h"

void errand_begin(struct errand *errand)
{
    *errand = (struct errand){.finished = false};
    mutex_init(&errand->lock);
    cond_init(&errand->woken);
    arena_init(&errand->arena, mem_heap(), LIMIT_REQUEST_ARENA_BYTES);
    buf_init(&errand->reply, mem_heap(), ERRAND_REPLY_BYTES_MAX);
}

void errand_end(struct errand *errand)
{
    buf_deinit(&errand->reply);
    arena_deinit(&errand->arena);
    cond_deinit(&errand->woken);
    mutex_deinit(&errand->lock);
}

void errand_resume(struct errand *errand)
{
    mutex_lock(&errand->lock);
    errand->resumed = true;
    cond_wake_one(&errand->woken);
    mutex_unlock(&errand->lock);
}

void errand_finish(struct errand *errand)
{
    assert(!errand->finished);
    errand->finished = true;
}

void errand_await(struct errand *errand)
{
    mutex_lock(&errand->lock);
    while (!errand->resumed) cond_wait(&errand->woken, &errand->lock);
    errand->resumed = false;
    mutex_unlock(&errand->lock);
}
