/* fill.c -- one filling from where it stands to its end.
 *
 *     run     load the place; then step after step; then complete
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
#include "engine/expiry.h"
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

/* What is filled: an index, or the expiry entries of a table. */
struct fill;
struct fill_kind {
    bool (*is_wanted)(struct fill *fill, struct table *table); /* Y6; notes the index, if any */
    status (*stage)(struct store_txn *txn, struct fill *fill, struct span key,
                    const struct item *item);
    status (*save)(struct store_txn *txn, struct fill *fill); /* with the place reached */
    void (*count)(const struct fill *fill);                   /* the step is durable */
    void (*complete)(struct fill *fill, struct table *table); /* in the description */
    void (*show)(const struct fill *fill);                    /* before readers see fill->next */
};

struct fill {
    const struct fill_job *job;
    const struct fill_kind *kind;
    uint32_t number;          /* of the filling */
    struct span name;         /* of the index, in job->table; empty for expiry entries */
    struct arena arena;       /* of one step */
    struct store_range range; /* what is still to walk; from `place` to `end` */
    struct buf place;         /* behind the store key reached */
    struct buf end;
    uint64_t walked;     /* items, since the filling began */
    uint64_t note_every; /* items */
    uint64_t sequence;   /* of the store's function that ran last */

    /* of one step */
    struct span keys[STEP_ITEMS];
    uint32_t key_count;        /* that the walk noted */
    uint32_t key_settled;      /* that the store's function came to: the first of them */
    bool ended;                /* the walk: nothing follows the keys noted */
    bool is_gone;              /* what is filled, or its table */
    struct table *current;     /* the table as the step finds it */
    struct table_index *index; /* in `current` or `next`; NULL for expiry entries */
    struct index_delta delta;  /* to the index's counts */
    struct table *next;        /* the table when all is filled */

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
                   "%s%.*s of table %s: %s, %" PRIu64 " of about %" PRIu64 " items walked",
                   fill->name.len > 0 ? "index " : "time to live", SPAN_ARG(fill->name), table,
                   what, fill->walked, about(fill));
    engine->note(engine->note_ctx, text);
}

static void tell_progress(struct fill *fill, uint64_t walked_before)
{
    if (fill->walked / fill->note_every > walked_before / fill->note_every)
        tell(fill, "being filled");
}

/* ---- an index */

static bool index_is_wanted(struct fill *fill, struct table *table)
{
    fill->index = NULL;
    for (uint8_t i = 0; i < table->spec.index_count; i++)
        if (table->spec.indexes[i].number == fill->number) fill->index = &table->spec.indexes[i];
    return fill->index != NULL;
}

static status stage_index(struct store_txn *txn, struct fill *fill, struct span key,
                          const struct item *item)
{
    const struct item_key_home home = {fill->current, fill->index};
    const struct index_work work = {txn, fill->job->engine->hash, home, &fill->arena};
    struct index_delta delta;
    (void)key;
    TRY(index_fill(&work, item->attributes, &delta));
    fill->delta.items_added += delta.items_added;
    fill->delta.bytes_added += delta.bytes_added;
    return ST_OK;
}

static status save_index(struct store_txn *txn, struct fill *fill)
{
    return engine_own_save_counts_with(txn, fill->index, &fill->delta);
}

static void count_index(const struct fill *fill)
{
    index_settle(table_find_number(fill->job->table, fill->number), &fill->delta);
}

static bool all_active(const struct table *table)
{
    for (uint8_t i = 0; i < table->spec.index_count; i++)
        if (table->spec.indexes[i].status != TABLE_ACTIVE) return false;
    return true;
}

static void complete_index(struct fill *fill, struct table *table)
{
    fill->index->status = TABLE_ACTIVE;
    fill->index->backfilling = false;
    if (all_active(table)) table->status = TABLE_ACTIVE;
}

static void show_index(const struct fill *fill)
{
    const struct table_index *index = table_find_number(fill->job->table, fill->number);
    atomic_store(&index->live->filled, true); /* LG1 */
}

static const struct fill_kind kind_index = {index_is_wanted, stage_index,    save_index,
                                            count_index,     complete_index, show_index};

/* ---- expiry entries: nobody counts them, and nobody reads them but sweep.c */

static bool expiry_is_wanted(struct fill *fill, struct table *table)
{
    fill->index = NULL;
    return table->ttl_filling == fill->number;
}

static status stage_expiry(struct store_txn *txn, struct fill *fill, struct span key,
                           const struct item *item)
{
    const struct index_images images = {.after = item->attributes};
    return expiry_stage(txn, fill->current, key, &images, &fill->arena);
}

static status save_nothing(struct store_txn *txn, struct fill *fill)
{
    (void)txn;
    (void)fill;
    return ST_OK;
}

static void do_nothing(const struct fill *fill)
{
    (void)fill;
}

static void complete_expiry(struct fill *fill, struct table *table)
{
    (void)fill;
    table->ttl_filling = 0;
}

static const struct fill_kind kind_expiry = {expiry_is_wanted, stage_expiry,    save_nothing,
                                             do_nothing,       complete_expiry, do_nothing};

/* What there is to fill in `table`, noted in *out. False: nothing. */
static bool find_wanted(const struct table *table, struct fill *out)
{
    for (uint8_t i = 0; i < table->spec.index_count; i++) {
        const struct table_index *index = &table->spec.indexes[i];
        if (index->status != TABLE_CREATING) continue;
        out->kind = &kind_index;
        out->number = index->number;
        out->name = index->name;
        return true;
    }
    out->kind = &kind_expiry;
    out->number = table->ttl_filling;
    return table->ttl_filling != 0;
}

bool fill_is_wanted(const struct table *table)
{
    struct fill fill = {0};
    return find_wanted(table, &fill);
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

/* The table as it is now; NULL when it is gone, or does not want the filling any more (Y6). */
static status read_table(struct store_txn *txn, struct fill *fill, struct table **out)
{
    const struct table *known = fill->job->table;
    struct span key = {0}, stored = {0};
    struct table *table = NULL;
    bool found = false;
    *out = NULL;
    TRY(engine_own_table_key(catalog_name_of(known), &fill->arena, &key));
    TRY(store_txn_get(txn, key, &stored, &found));
    if (!found || atomic_load(&known->live->gone)) return ST_OK;
    TRY(table_read(fill->job->engine->mem, stored, known, &table));
    if (fill->kind->is_wanted(fill, table))
        *out = table;
    else
        table_drop(table);
    return ST_OK;
}

/* Stage the entry of the item at `key`, if it is still there; *bytes grows by its size. */
static status fill_one(struct store_txn *txn, struct fill *fill, struct span key, uint64_t *bytes)
{
    struct span stored = {0};
    struct item item = {0};
    bool found = false;
    TRY(store_txn_get(txn, key, &stored, &found));
    if (!found) return ST_OK;
    TRY(item_view(stored, &item));
    *bytes += stored.len;
    return fill->kind->stage(txn, fill, key, &item);
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
    fill_place_key(fill->number, key);
    bytes_store_u64(walked, fill->walked + fill->key_settled);
    buf_init(&value, arena_mem(&fill->arena), PLACE_BYTES_MAX);
    buf_put(&value, (struct span){walked, sizeof walked});
    buf_put(&value, fill->keys[fill->key_settled - 1]);
    TRY(buf_status(&value));
    return store_txn_put(txn, (struct span){key, sizeof key}, buf_view(&value));
}

/* Items may have grown since the walk: bytes are counted again (Y4). */
static status fill_all(struct store_txn *txn, struct fill *fill)
{
    uint64_t bytes = 0;
    while (fill->key_settled < fill->key_count && bytes < STEP_BYTES) {
        TRY(fill_one(txn, fill, fill->keys[fill->key_settled], &bytes));
        fill->key_settled++;
    }
    if (fill->key_settled == 0) return ST_OK;
    TRY(fill->kind->save(txn, fill));
    return save_place(txn, fill);
}

static status fill_in_txn(struct store_txn *txn, void *ctx)
{
    struct fill *fill = ctx;
    fill->delta = (struct index_delta){0};
    fill->key_settled = 0;
    fill->sequence = store_txn_sequence(txn);
    TRY(read_table(txn, fill, &fill->current));
    fill->is_gone = fill->current == NULL;
    const status st = fill->is_gone ? ST_OK : fill_all(txn, fill);
    table_drop(fill->current);
    fill->current = NULL;
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
    fill->kind->count(fill);
    fill->walked += fill->key_settled;
    tell_progress(fill, walked_before);
    return go_on(fill);
}

/* ---- the end: all is filled */

static status stage_complete(struct store_txn *txn, struct fill *fill, struct table *table)
{
    struct buf stored;
    struct span key = {0};
    uint8_t place[FILL_PLACE_KEY_BYTES];
    fill->kind->complete(fill, table);
    table->generation++;
    fill_place_key(fill->number, place);
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

static status complete_in_txn(struct store_txn *txn, void *ctx)
{
    struct fill *fill = ctx;
    table_drop(fill->next);
    fill->next = NULL;
    TRY(read_table(txn, fill, &fill->next));
    return fill->next == NULL ? ST_OK : stage_complete(txn, fill, fill->next);
}

/* Published in done, in the order of the store's functions, as every change of the catalog is: a
 * deletion queued behind this one takes the table away after it was shown, never before (G2). */
static void completed(void *ctx, status st)
{
    struct fill *fill = ctx;
    if (st == ST_OK && fill->next != NULL) {
        fill->kind->show(fill);
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
    uint8_t key[FILL_PLACE_KEY_BYTES];
    fill_place_key(fill->number, key);
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
    return has_more(fill) ? ST_OK : complete(fill);
}

status fill_run(const struct fill_job *job)
{
    const struct mem *mem = job->engine->mem;
    struct fill fill = {.job = job};
    if (!find_wanted(job->table, &fill)) return ST_OK;
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
