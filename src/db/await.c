/* await.c -- see await.h.
 *
 * What is told between a look and the wait after it ends that wait: is_told is set since
 * await_begin and cleared when a wait has seen it.
 */
#include "db/await.h"

#include "instance/instance.h"

enum { NS_PER_US = 1000, PAUSE_FIRST_US = 20000, PAUSE_LAST_US = 250000 };
static const uint64_t wait_max_us = UINT64_C(365) * 86400 * 1000000; /* so that sums fit */

static void on_told(void *ctx)
{
    struct await *await = ctx;
    mutex_lock(&await->db->lock);
    await->is_told = true;
    cond_wake_all(&await->db->changed);
    mutex_unlock(&await->db->lock);
}

static uint64_t left_ns(const struct await *await)
{
    const uint64_t now_ns = os_ticks_ns(await->os);
    return now_ns < await->end_ns ? await->end_ns - now_ns : 0;
}

void await_begin(struct await *await, stator *db, uint32_t number, int64_t wait_us)
{
    const uint64_t most_us = wait_us > 0 ? (uint64_t)wait_us : 0;
    *await = (struct await){
        .db = db,
        .os = number > 0 ? os_system() : &db->hooked.pausing,
        .pause_us = PAUSE_FIRST_US,
        .canceled = atomic_load(&db->canceled),
        .watch = {.stream = number, .fn = on_told, .ctx = await},
    };
    await->end_ns =
        os_ticks_ns(await->os) + (most_us < wait_max_us ? most_us : wait_max_us) * NS_PER_US;
    if (number == 0 || most_us == 0) return;
    engine_stream_watch(instance_engine(db->carrier->kind->instance(db->carrier)), &await->watch);
    await->is_watching = true;
}

static status wait_told(struct await *await)
{
    stator *db = await->db;
    mutex_lock(&db->lock);
    while (!await->is_told && atomic_load(&db->canceled) == await->canceled && left_ns(await) > 0)
        cond_wait_for(&db->changed, &db->lock, await->os, left_ns(await));
    const bool is_told = await->is_told;
    await->is_told = false;
    mutex_unlock(&db->lock);
    if (atomic_load(&db->canceled) != await->canceled) return ST_CANCELED;
    return is_told ? ST_OK : ST_TIMEOUT;
}

status await_more(struct await *await)
{
    const uint64_t left_us = left_ns(await) / NS_PER_US;
    if (left_us == 0) return ST_TIMEOUT;
    if (await->is_watching) return wait_told(await);
    const uint64_t pause_us = await->pause_us < left_us ? await->pause_us : left_us;
    await->pause_us = pause_us * 2 < PAUSE_LAST_US ? pause_us * 2 : PAUSE_LAST_US;
    return handle_pause(await->db, pause_us, await->canceled);
}

void await_end(struct await *await)
{
    if (!await->is_watching) return;
    engine_stream_unwatch(instance_engine(await->db->carrier->kind->instance(await->db->carrier)),
                          &await->watch);
    await->is_watching = false;
}
