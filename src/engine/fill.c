/* fill.c -- one index from where it stands to its end.
 *
 *     run     load the place; then step after step; then activate
 *     step    walk: note the next places, in a snapshot          this thread
 *             fill: read them again, stage their entries         the store's
 *
 * With every step the store gets the place reached and the counts of the index, so that a crash
 * costs at most the step under way, in work and in counting.
 *
 *     'B' number u32 big-endian -> items walked u64, store key of the last of them
 */
#include "engine/fill.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/bytes.h"
#include "engine/index.h"
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
    bool is_gone;         /* the index, or its table */
    struct index_delta delta;
    struct table *next; /* the table with the index ACTIVE */

    struct mutex lock;
    struct cond changed;
    bool has_settled GUARDED_BY(lock); /* the function that was waited for is done */
    status result GUARDED_BY(lock);
};

/* ---- telling */

/* Items in the table, roughly: they come and go. */
static uint64_t about(const struct fill *fill)
{
    const uint64_t items = atomic_load(&fill->job->table->live->item_count);
    return items > fill->walked ? items : fill->walked;
}

static void tell(const struct fill *fill, const char *what)
{
    const struct engine *engine = fill->job->engine;
    char text[NOTE_BYTES], table[CATALOG_TEXT_BYTES];
    if (engine->note == NULL) return;
    catalog_text(catalog_name_of(fill->job->table), table);
    (void)snprintf(text, sizeof text,
                   "index %.*s of table %s: %s, %" PRIu64 " of about %" PRIu64 " items walked",
                   SPAN_ARG(fill->job->index->name), table, what, fill->walked, about(fill));
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

/* The table as it is now, and its index; *index is NULL when either is gone. */
static status read_table(struct store_txn *txn, struct fill *fill, struct table **table,
                         struct table_index **index)
{
    const struct table *known = fill->job->table;
    struct span key = {0}, stored = {0};
    bool found = false;
    *index = NULL;
    TRY(engine_own_table_key(catalog_name_of(known), &fill->arena, &key));
    TRY(store_txn_get(txn, key, &stored, &found));
    if (!found || atomic_load(&known->live->gone)) return ST_OK;
    TRY(table_read(fill->job->engine->mem, stored, known, table));
    for (uint8_t i = 0; i < (*table)->spec.index_count; i++) {
        struct table_index *each = &(*table)->spec.indexes[i];
        if (each->number == fill->job->index->number) *index = each;
    }
    return ST_OK;
}

/* Stage the entry of the item at `key`, if it is still there; *bytes grows by its size. */
static status fill_one(const struct index_work *work, struct span key, struct index_delta *sum,
                       uint64_t *bytes)
{
    struct index_delta delta;
    struct span stored = {0};
    struct item item = {0};
    bool found = false;
    TRY(store_txn_get(work->txn, key, &stored, &found));
    if (!found) return ST_OK;
    TRY(item_view(stored, &item));
    TRY(index_fill(work, item.attributes, &delta));
    sum->items_added += delta.items_added;
    sum->bytes_added += delta.bytes_added;
    *bytes += stored.len;
    return ST_OK;
}

void fill_place_key(uint32_t number, uint8_t out[FILL_PLACE_KEY_BYTES])
{
    out[0] = 'B';
    bytes_store_u32_be(out + 1, number);
}

static status save_place(struct store_txn *txn, struct fill *fill)
{
    uint8_t key[FILL_PLACE_KEY_BYTES];
    uint8_t walked[WALKED_BYTES];
    struct buf value;
    fill_place_key(fill->job->index->number, key);
    bytes_store_u64(walked, fill->walked + fill->key_settled);
    buf_init(&value, arena_mem(&fill->arena), PLACE_BYTES_MAX);
    buf_put(&value, (struct span){walked, sizeof walked});
    buf_put(&value, fill->keys[fill->key_settled - 1]);
    TRY(buf_status(&value));
    return store_txn_put(txn, (struct span){key, sizeof key}, buf_view(&value));
}

/* Items may have grown since the walk: bytes are counted again (Y4). */
static status fill_all(struct store_txn *txn, struct fill *fill, struct item_key_home home)
{
    const struct index_work work = {txn, fill->job->engine->hash, home, &fill->arena};
    uint64_t bytes = 0;
    while (fill->key_settled < fill->key_count && bytes < STEP_BYTES) {
        TRY(fill_one(&work, fill->keys[fill->key_settled], &fill->delta, &bytes));
        fill->key_settled++;
    }
    if (fill->key_settled == 0) return ST_OK;
    TRY(engine_own_save_counts_with(txn, home.index, &fill->delta));
    return save_place(txn, fill);
}

static status fill_in_txn(struct store_txn *txn, void *ctx)
{
    struct fill *fill = ctx;
    struct table *table = NULL;
    struct table_index *index = NULL;
    fill->delta = (struct index_delta){0};
    fill->key_settled = 0;
    fill->sequence = store_txn_sequence(txn);
    TRY(read_table(txn, fill, &table, &index));
    const struct item_key_home home = {table, index};
    status st = ST_OK;
    fill->is_gone = index == NULL;
    if (!fill->is_gone) st = fill_all(txn, fill, home);
    table_drop(table);
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

/* Stage the entries, and where others write too, leave the store to them for as long (Y5). */
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
    index_settle(fill->job->index, &fill->delta);
    fill->walked += fill->key_settled;
    tell_progress(fill, walked_before);
    return go_on(fill);
}

/* ---- the end: the index becomes ACTIVE */

static bool all_active(const struct table *table)
{
    for (uint8_t i = 0; i < table->spec.index_count; i++)
        if (table->spec.indexes[i].status != TABLE_ACTIVE) return false;
    return true;
}

static status stage_active(struct store_txn *txn, struct fill *fill, struct table *table,
                           struct table_index *index)
{
    struct buf stored;
    struct span key = {0};
    uint8_t place[FILL_PLACE_KEY_BYTES];
    index->status = TABLE_ACTIVE;
    index->backfilling = false;
    if (all_active(table)) table->status = TABLE_ACTIVE;
    table->generation++;
    fill_place_key(index->number, place);
    buf_init(&stored, arena_mem(&fill->arena), STEP_ARENA_BYTES_MAX);
    table_write(table, &stored);
    TRY(buf_status(&stored));
    TRY(engine_own_table_key(catalog_name_of(table), &fill->arena, &key));
    TRY(store_txn_put(txn, key, buf_view(&stored)));
    TRY(store_txn_delete(txn, (struct span){place, sizeof place}));
    TRY(engine_own_save_counts(txn, table));
    atomic_store(&table->live->generation, table->generation);
    return ST_OK;
}

static status activate_in_txn(struct store_txn *txn, void *ctx)
{
    struct fill *fill = ctx;
    struct table_index *index = NULL;
    table_drop(fill->next);
    fill->next = NULL;
    TRY(read_table(txn, fill, &fill->next, &index));
    if (index != NULL) return stage_active(txn, fill, fill->next, index);
    table_drop(fill->next);
    fill->next = NULL;
    return ST_OK;
}

/* Published in done, in the order of the store's functions, as every change of the catalog is: a
 * deletion queued behind this one takes the table away after it was shown, never before (G2). */
static void activated(void *ctx, status st)
{
    struct fill *fill = ctx;
    if (st == ST_OK && fill->next != NULL) {
        atomic_store(&fill->job->index->live->filled, true); /* LG1 */
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

static status activate(struct fill *fill)
{
    arena_reset(&fill->arena);
    struct store_write write = {.fn = activate_in_txn, .done = activated, .ctx = fill};
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
    uint8_t key[FILL_PLACE_KEY_BYTES];
    fill_place_key(fill->job->index->number, key);
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
    const struct item_key_home home = {fill->job->table, NULL};
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
    return has_more(fill) ? ST_OK : activate(fill);
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
    if (st != ST_OK) tell(&fill, "stopped by a failure of the store until the next start");
    cond_deinit(&fill.changed);
    mutex_deinit(&fill.lock);
    buf_deinit(&fill.end);
    buf_deinit(&fill.place);
    arena_deinit(&fill.arena);
    return st;
}
