/* fill.c -- one filling from where it stands to its end.
 *
 *     run     load the place; then step after step; then complete
 *     step    walk: note the next places, in a snapshot          this thread
 *             fill: read them again, stage their entries         the store's
 *
 * With every step the store gets the place reached and the counts, so that a crash costs at most
 * the step under way, in work and in counting.
 *
 *     'B' number u32 big-endian -> items walked u64, store key of the last of them
 */
#include "engine/fill.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/bytes.h"
#include "os/cond.h"
#include "os/mutex.h"
#include "os/thread.h"
#include "table/item_key.h"

enum {
    STEP_ITEMS = 64,
    STEP_BYTES = 1 << 20,             /* of items; the one that crosses the line is in the step */
    STEP_ARENA_BYTES_MAX = 256 << 20, /* far more than a step's keys, items and entries */
    REST_NS_MAX = 50000000,
    NOTE_PARTS = 10,       /* progress is told so often */
    NOTE_ITEMS_MIN = 2000, /* but not more often than that */
    NOTE_BYTES = 700,
    PLACE_BYTES_MAX = 4 << 10,
    WALKED_BYTES = 8,
};

struct fill {
    const struct fill_job *job;
    struct arena arena;       /* of one step */
    struct store_range range; /* what is still to walk; from `place` to `end` */
    struct buf place;         /* behind the store key reached */
    struct buf end;
    uint64_t walked;     /* items, since the index was made */
    uint64_t note_every; /* items */
    uint64_t sequence;   /* of the store's function that ran last */

    /* of one step */
    struct span keys[STEP_ITEMS];
    uint32_t key_count;   /* that the walk noted */
    uint32_t key_settled; /* that the store's function came to: the first of them */
    bool ended;           /* the walk: nothing follows the keys noted */
    bool is_gone;         /* what is filled, or its table */
    struct index_delta added;
    struct table *next; /* the table when all is filled */

    struct mutex lock;
    struct cond changed;
    bool has_settled GUARDED_BY(lock); /* the function that was waited for is done */
    status result GUARDED_BY(lock);
};

/* ---- telling */

/* Items in the table, roughly: they come and go. */
static uint64_t about(const struct fill *fill)
{
    const uint64_t items = atomic_load(&fill->job->target.table->live->item_count);
    return items > fill->walked ? items : fill->walked;
}

static void tell(const struct fill *fill, const char *what)
{
    const struct engine *engine = fill->job->engine;
    const struct fill_target *target = &fill->job->target;
    struct span index = {0};
    char text[NOTE_BYTES], table[CATALOG_TEXT_BYTES];
    if (engine->note == NULL) return;
    if (target->index != NULL) index = target->index->name;
    if (target->vectors != NULL) index = target->vectors->name;
    catalog_text(catalog_name_of(target->table), table);
    (void)snprintf(text, sizeof text,
                   "%s%s%.*s of table %s: %s, %" PRIu64 " of about %" PRIu64 " items walked",
                   target->kind->name, index.len > 0 ? " " : "", SPAN_ARG(index), table, what,
                   fill->walked, about(fill));
    engine->note(engine->note_ctx, text);
}

static void tell_progress(struct fill *fill, uint64_t walked_before)
{
    if (fill->walked / fill->note_every > walked_before / fill->note_every)
        tell(fill, "being filled");
}

/* ---- a step: walk */

static status walk(struct fill *fill, struct store_cursor *cursor)
{
    uint64_t bytes = 0;
    while (fill->key_count < STEP_ITEMS && bytes < STEP_BYTES) {
        struct span key = {0}, stored = {0};
        bool found = false;
        TRY(store_cursor_next(cursor, &key, &stored, &found));
        fill->ended = !found;
        if (!found) return ST_OK;
        if (!arena_copy(&fill->arena, key, &fill->keys[fill->key_count])) return ST_NO_MEMORY;
        fill->key_count++;
        bytes += stored.len;
    }
    return ST_OK;
}

static status walk_in_view(struct store_view *view, void *ctx)
{
    struct fill *fill = ctx;
    struct store_cursor *cursor = NULL;
    TRY(store_view_walk(view, fill->range, false, &cursor));
    const status st = walk(fill, cursor);
    store_cursor_close(cursor);
    return st;
}

/* ---- a step: fill */

static struct fill_step step_in(struct fill *fill, struct store_txn *txn)
{
    return (struct fill_step){.txn = txn,
                              .engine = fill->job->engine,
                              .arena = &fill->arena,
                              .target = &fill->job->target};
}

/* Let step->table be the table as it is now; NULL when it is gone, or does not want the filling any
 * more (Y4). */
static status read_table(struct fill_step *step)
{
    const struct fill_target *target = step->target;
    struct span key = {0}, stored = {0};
    bool found = false;
    TRY(engine_own_table_key(catalog_name_of(target->table), step->arena, &key));
    TRY(store_txn_get(step->txn, key, &stored, &found));
    if (!found || atomic_load(&target->table->live->gone)) return ST_OK;
    TRY(table_read(step->engine->mem, stored, target->table, &step->table));
    if (target->kind->is_wanted(step)) return ST_OK;
    table_drop(step->table);
    step->table = NULL;
    return ST_OK;
}

/* Stage what belongs to the item at `key`, if it is still there; *bytes grows by its size. */
static status fill_one(struct fill_step *step, struct span key, uint64_t *bytes)
{
    struct span stored = {0};
    struct item item = {0};
    bool found = false;
    TRY(store_txn_get(step->txn, key, &stored, &found));
    if (!found) return ST_OK;
    TRY(item_view(stored, &item));
    *bytes += stored.len;
    return step->target->kind->stage(step, key, &item);
}

static status save_place(const struct fill_step *step, const struct fill *fill)
{
    uint8_t key[ENGINE_OWN_PLACE_KEY_BYTES];
    uint8_t walked[WALKED_BYTES];
    struct buf value;
    engine_own_place_key(step->target->number, key);
    bytes_store_u64(walked, fill->walked + fill->key_settled);
    buf_init(&value, arena_mem(step->arena), PLACE_BYTES_MAX);
    buf_put(&value, (struct span){walked, sizeof walked});
    buf_put(&value, fill->keys[fill->key_settled - 1]);
    TRY(buf_status(&value));
    return store_txn_put(step->txn, (struct span){key, sizeof key}, buf_view(&value));
}

/* Items may have grown since the walk: bytes are counted again (Y5). */
static status fill_all(struct fill_step *step, struct fill *fill)
{
    uint64_t bytes = 0;
    while (fill->key_settled < fill->key_count && bytes < STEP_BYTES) {
        TRY(fill_one(step, fill->keys[fill->key_settled], &bytes));
        fill->key_settled++;
    }
    if (fill->key_settled == 0) return ST_OK;
    TRY(step->target->kind->save(step));
    return save_place(step, fill);
}

static status fill_in_txn(struct store_txn *txn, void *ctx)
{
    struct fill *fill = ctx;
    struct fill_step step = step_in(fill, txn);
    status st = ST_OK;
    fill->key_settled = 0;
    fill->sequence = store_txn_sequence(txn);
    TRY(read_table(&step));
    fill->is_gone = step.table == NULL;
    if (!fill->is_gone) st = fill_all(&step, fill);
    fill->added = step.added;
    table_drop(step.table);
    return st;
}

/* Go on behind the last key that the step came to. */
static status go_on(struct fill *fill)
{
    if (fill->key_settled == 0) return ST_OK;
    buf_clear(&fill->place);
    buf_put(&fill->place, fill->keys[fill->key_settled - 1]);
    buf_put_u8(&fill->place, 0);
    fill->range.low = buf_view(&fill->place);
    return buf_status(&fill->place);
}

/* Stage the entries, and where others write too, leave the store to them for as long (Y6). */
static status fill_and_rest(struct fill *fill)
{
    const struct engine *engine = fill->job->engine;
    const uint64_t sequence_before = fill->sequence;
    const uint64_t begun_ns = os_ticks_ns(engine->os);
    TRY(store_write_wait(engine->store, fill_in_txn, fill));
    const uint64_t taken_ns = os_ticks_ns(engine->os) - begun_ns;
    if (fill->sequence - sequence_before > 1)
        thread_rest(taken_ns < REST_NS_MAX ? taken_ns : REST_NS_MAX);
    return ST_OK;
}

static status step(struct fill *fill)
{
    const uint64_t walked_before = fill->walked;
    arena_reset(&fill->arena);
    fill->key_count = 0;
    TRY(store_read(fill->job->engine->store, walk_in_view, fill));
    TRY(fill_and_rest(fill));
    fill->job->target.kind->settle(&fill->job->target, &fill->added);
    fill->walked += fill->key_settled;
    tell_progress(fill, walked_before);
    return go_on(fill);
}

/* ---- the end: the index becomes ACTIVE, or time to live ENABLED */

static status stage_complete(struct fill_step *step)
{
    struct store_txn *txn = step->txn;
    struct buf stored;
    struct span key = {0};
    uint8_t place[ENGINE_OWN_PLACE_KEY_BYTES];
    TRY(step->target->kind->complete(step));
    struct table *table = step->table;
    table->generation++;
    engine_own_place_key(step->target->number, place);
    buf_init(&stored, arena_mem(step->arena), STEP_ARENA_BYTES_MAX);
    table_write(table, &stored);
    TRY(buf_status(&stored));
    TRY(engine_own_table_key(catalog_name_of(table), step->arena, &key));
    TRY(store_txn_put(txn, key, buf_view(&stored)));
    TRY(store_txn_delete(txn, (struct span){place, sizeof place}));
    TRY(engine_own_save_counts(txn, table));
    atomic_store(&table->live->generation, table->generation);
    return ST_OK;
}

static status complete_in_txn(struct store_txn *txn, void *ctx)
{
    struct fill *fill = ctx;
    struct fill_step step = step_in(fill, txn);
    table_drop(fill->next);
    fill->next = NULL;
    TRY(read_table(&step));
    const status st = step.table == NULL ? ST_OK : stage_complete(&step);
    fill->next = step.table;
    return st;
}

/* Published in done, in the order of the store's functions, as every change of the catalog is: a
 * deletion queued behind this one takes the table away after it was shown, never before (G2). */
static void completed(void *ctx, status st)
{
    struct fill *fill = ctx;
    if (st == ST_OK && fill->next != NULL) {
        fill->job->target.kind->show(&fill->job->target);
        catalog_publish(fill->job->engine->catalog, fill->next);
    } else {
        table_drop(fill->next);
    }
    mutex_lock(&fill->lock);
    fill->result = st;
    fill->has_settled = true;
    cond_wake_one(&fill->changed);
    mutex_unlock(&fill->lock);
}

static status complete(struct fill *fill)
{
    arena_reset(&fill->arena);
    struct store_write write = {.fn = complete_in_txn, .done = completed, .ctx = fill};
    store_write(fill->job->engine->store, &write);
    mutex_lock(&fill->lock);
    while (!fill->has_settled) cond_wait(&fill->changed, &fill->lock);
    const status st = fill->result;
    mutex_unlock(&fill->lock);
    if (st == ST_OK) tell(fill, fill->next != NULL ? "complete" : "ended before it was complete");
    fill->next = NULL; /* the catalog's, or dropped */
    return st;
}

/* ---- from the beginning, or from where an earlier run stopped */

static status load_place(struct store_view *view, void *ctx)
{
    struct fill *fill = ctx;
    struct span stored = {0};
    bool found = false;
    uint8_t key[ENGINE_OWN_PLACE_KEY_BYTES];
    engine_own_place_key(fill->job->target.number, key);
    TRY(store_view_get(view, (struct span){key, sizeof key}, &stored, &found));
    if (!found) return ST_OK;
    if (stored.len <= WALKED_BYTES) return ST_CORRUPT;
    fill->walked = bytes_load_u64(stored.ptr);
    buf_clear(&fill->place);
    buf_put(&fill->place, span_drop(stored, WALKED_BYTES));
    buf_put_u8(&fill->place, 0);
    return buf_status(&fill->place);
}

static status find_range(struct fill *fill)
{
    const struct item_key_home home = {fill->job->target.table, NULL};
    struct store_range whole = {0};
    TRY(item_key_segment(home, 0, 1, &fill->arena, &whole));
    buf_put(&fill->end, whole.high);
    buf_put(&fill->place, whole.low);
    TRY(buf_status(&fill->end));
    TRY(buf_status(&fill->place));
    TRY(store_read(fill->job->engine->store, load_place, fill));
    fill->range = (struct store_range){buf_view(&fill->place), buf_view(&fill->end)};
    return ST_OK;
}

static bool has_more(const struct fill *fill)
{
    const bool is_through = fill->ended && fill->key_settled == fill->key_count;
    return !is_through && !fill->is_gone;
}

static status run(struct fill *fill)
{
    const struct fill_job *job = fill->job;
    TRY(find_range(fill));
    fill->note_every = about(fill) / NOTE_PARTS;
    if (fill->note_every < NOTE_ITEMS_MIN) fill->note_every = NOTE_ITEMS_MIN;
    tell(fill, fill->walked == 0 ? "being filled" : "goes on being filled");
    while (has_more(fill) && !job->stops(job->stops_ctx)) TRY(step(fill));
    return has_more(fill) ? ST_OK : complete(fill);
}

status fill_run(const struct fill_job *job)
{
    const struct mem *mem = job->engine->mem;
    struct fill fill = {.job = job};
    arena_init(&fill.arena, mem, STEP_ARENA_BYTES_MAX);
    buf_init(&fill.place, mem, PLACE_BYTES_MAX);
    buf_init(&fill.end, mem, PLACE_BYTES_MAX);
    mutex_init(&fill.lock);
    cond_init(&fill.changed);
    const status st = run(&fill);
    if (st != ST_OK) tell(&fill, "stopped by a failure of the store");
    cond_deinit(&fill.changed);
    mutex_deinit(&fill.lock);
    buf_deinit(&fill.end);
    buf_deinit(&fill.place);
    arena_deinit(&fill.arena);
    return st;
}
