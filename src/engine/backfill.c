/* backfill.c -- the thread that fills; what it does with one table is fill.c's.
 *
 * It is started when there is something to fill for the first time, fills it, and looks for more.
 * What it may not forget is all in the catalog: a wake that comes while it works only makes it look
 * once more.
 */
#include "engine/backfill.h"

#include "engine/fill.h"
#include "os/cond.h"
#include "os/mutex.h"
#include "os/thread.h"

struct backfill {
    struct engine *engine; /* constant after backfill_new */

    struct mutex lock;
    /* below: held under lock */
    struct cond changed;
    bool has_thread GUARDED_BY(lock);
    bool has_work GUARDED_BY(lock);
    bool stops GUARDED_BY(lock);
    struct thread thread; /* written once, by the first wake; joined by backfill_free */
};

static bool is_stopping(void *ctx)
{
    struct backfill *backfill = ctx;
    mutex_lock(&backfill->lock);
    const bool stops = backfill->stops;
    mutex_unlock(&backfill->lock);
    return stops;
}

/* The first table that has something to fill, held, or NULL. */
static const struct table *find_work(struct engine *engine)
{
    const struct table *table = NULL;
    uint32_t place = 0;
    while (catalog_next(engine->catalog, &place, &table)) {
        if (backfill_has_work(table)) return table;
        table_drop(table);
    }
    return NULL;
}

static bool wait_for_work(struct backfill *backfill)
{
    mutex_lock(&backfill->lock);
    while (!backfill->has_work && !backfill->stops) cond_wait(&backfill->changed, &backfill->lock);
    const bool goes_on = !backfill->stops;
    backfill->has_work = false;
    mutex_unlock(&backfill->lock);
    return goes_on;
}

static void work(struct backfill *backfill)
{
    status st = ST_OK;
    while (st == ST_OK && !is_stopping(backfill)) {
        const struct table *table = find_work(backfill->engine);
        if (table == NULL) return;
        struct fill_job job = {
            .engine = backfill->engine, .stops = is_stopping, .stops_ctx = backfill};
        if (fill_kind_find(table, &job.target)) st = fill_run(&job);
        table_drop(table);
    }
}

static void backfill_main(void *ctx)
{
    struct backfill *backfill = ctx;
    while (wait_for_work(backfill)) work(backfill);
}

/* ---- public */

status backfill_new(struct engine *engine, struct backfill **out)
{
    struct backfill *backfill = mem_new(engine->mem, sizeof *backfill);
    if (backfill == NULL) return ST_NO_MEMORY;
    backfill->engine = engine;
    mutex_init(&backfill->lock);
    cond_init(&backfill->changed);
    *out = backfill;
    backfill_wake_if_needed(backfill);
    return ST_OK;
}

bool backfill_has_work(const struct table *table)
{
    struct fill_target target;
    return fill_kind_find(table, &target);
}

/* Without a thread the index stays CREATING until the next wake or start: nothing is lost. */
static bool start_thread(struct backfill *backfill) REQUIRES(backfill->lock)
{
    if (backfill->has_thread) return true;
    return thread_start(&backfill->thread, "backfill", backfill_main, backfill) == ST_OK;
}

void backfill_wake(struct backfill *backfill)
{
    mutex_lock(&backfill->lock);
    backfill->has_work = true;
    backfill->has_thread = start_thread(backfill);
    cond_wake_one(&backfill->changed);
    mutex_unlock(&backfill->lock);
}

void backfill_wake_if_needed(struct backfill *backfill)
{
    const struct table *table = find_work(backfill->engine);
    if (table != NULL) backfill_wake(backfill);
    table_drop(table);
}

void backfill_free(struct backfill *backfill)
{
    if (backfill == NULL) return;
    mutex_lock(&backfill->lock);
    backfill->stops = true;
    const bool has_thread = backfill->has_thread;
    cond_wake_one(&backfill->changed);
    mutex_unlock(&backfill->lock);
    if (has_thread) thread_join(&backfill->thread);
    cond_deinit(&backfill->changed);
    mutex_deinit(&backfill->lock);
    mem_free(backfill->engine->mem, backfill, sizeof *backfill);
}
