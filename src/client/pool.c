/* pool.c -- two lists of seats under one lock.
 *
 * T1  A seat is in the list of the idle ones, or in that of the busy ones, or just being made or
 *     freed by one thread.
 * T2  Only busy seats are canceled, and under the lock: a line that is woken has not been freed,
 *     and a cancellation never reaches the seat's next holder.
 */
#include "client/pool.h"

#include <assert.h>

#include "os/os.h"

enum { SEAT_BYTES_MAX = 64 << 20 };

void pool_init(struct pool *pool, const struct line_settings *settings, const struct os *os,
               unsigned idle_max)
{
    *pool = (struct pool){.settings = settings, .os = os, .idle_max = idle_max};
    mutex_init(&pool->lock);
    cond_init(&pool->canceled);
}

/* ---- seats */

static status seat_new(const struct pool *pool, struct pool_seat **out)
{
    const struct mem *mem = pool->settings->mem;
    struct pool_seat *seat = mem_new(mem, sizeof *seat);
    if (seat == NULL) return ST_NO_MEMORY;
    arena_init(&seat->arena, mem, SEAT_BYTES_MAX);
    const status st = line_new(pool->settings, &seat->line);
    if (st != ST_OK) {
        mem_free(mem, seat, sizeof *seat);
        return st;
    }
    *out = seat;
    return ST_OK;
}

static void seat_free(const struct pool *pool, struct pool_seat *seat)
{
    line_free(seat->line);
    arena_deinit(&seat->arena);
    mem_free(pool->settings->mem, seat, sizeof *seat);
}

void pool_deinit(struct pool *pool)
{
    assert(pool->busy == NULL);
    while (pool->idle != NULL) {
        struct pool_seat *seat = pool->idle;
        pool->idle = seat->next;
        seat_free(pool, seat);
    }
    cond_deinit(&pool->canceled);
    mutex_deinit(&pool->lock);
}

/* ---- the lists */

static void link_busy(struct pool *pool, struct pool_seat *seat) REQUIRES(pool->lock)
{
    seat->previous = NULL;
    seat->next = pool->busy;
    if (pool->busy != NULL) pool->busy->previous = seat;
    pool->busy = seat;
}

static void unlink_busy(struct pool *pool, struct pool_seat *seat) REQUIRES(pool->lock)
{
    if (seat->next != NULL) seat->next->previous = seat->previous;
    if (seat->previous != NULL) {
        seat->previous->next = seat->next;
    } else {
        pool->busy = seat->next;
    }
}

status pool_take(struct pool *pool, struct pool_seat **out)
{
    mutex_lock(&pool->lock);
    struct pool_seat *seat = pool->idle;
    if (seat != NULL) {
        pool->idle = seat->next;
        pool->idle_count--;
        link_busy(pool, seat);
    }
    mutex_unlock(&pool->lock);
    if (seat == NULL) {
        TRY(seat_new(pool, &seat));
        mutex_lock(&pool->lock);
        link_busy(pool, seat);
        mutex_unlock(&pool->lock);
    }
    *out = seat;
    return ST_OK;
}

void pool_give(struct pool *pool, struct pool_seat *seat)
{
    arena_reset(&seat->arena);
    mutex_lock(&pool->lock);
    unlink_busy(pool, seat);
    const bool is_kept = pool->idle_count < pool->idle_max;
    if (is_kept) {
        line_reset(seat->line);
        seat->next = pool->idle;
        pool->idle = seat;
        pool->idle_count++;
    }
    mutex_unlock(&pool->lock);
    if (!is_kept) seat_free(pool, seat);
}

/* ---- waiting and cancelling */

/* A wait may end without a wake: it goes on for what is left. */
bool pool_pause(struct pool *pool, struct pool_seat *seat, uint64_t ns)
{
    const uint64_t begun = os_ticks_ns(pool->os);
    uint64_t passed = 0;
    mutex_lock(&pool->lock);
    while (passed < ns && !line_is_canceled(seat->line)) {
        cond_wait_for(&pool->canceled, &pool->lock, pool->os, ns - passed);
        passed = os_ticks_ns(pool->os) - begun;
    }
    const bool is_canceled = line_is_canceled(seat->line);
    mutex_unlock(&pool->lock);
    return !is_canceled;
}

void pool_cancel(struct pool *pool)
{
    mutex_lock(&pool->lock);
    for (struct pool_seat *seat = pool->busy; seat != NULL; seat = seat->next)
        line_cancel(seat->line);
    cond_wake_all(&pool->canceled);
    mutex_unlock(&pool->lock);
}
