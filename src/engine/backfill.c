/* backfill.c -- see backfill.h. */
#include "engine/backfill.h"

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
    STEP_ARENA_BYTES_MAX = 256 << 20, /* 64 items of 400 KB, old and new, and their entries */
    NOTE_EVERY_ITEMS = 100000,
    NOTE_BYTES = 700,
    PROGRESS_KEY_BYTES = 5,
    PLACE_BYTES_MAX = 4 << 10,
};

struct backfill {
    struct engine *engine; /* constant after backfill_new */

    struct mutex lock;
    /* below: held under lock */
    struct cond changed;
    bool has_thread GUARDED_BY(lock);
    bool has_work GUARDED_BY(lock);
    bool stops GUARDED_BY(lock);
    bool settled GUARDED_BY(lock); /* the function that was waited for is done */
    struct thread thread;          /* written once, by the first wake; joined by backfill_free */
};

/* One index being filled. */
struct fill {
    struct engine *engine;
    struct arena arena;        /* of one step */
    const struct table *table; /* as it was when the work began; held */
    uint32_t number;           /* of the index */
    struct span name;          /* of the index, in `table` */
    struct store_range range;  /* what is still to walk; from `place` to `end` */
    struct buf place;          /* the store key reached */
    struct buf end;
    uint64_t walked; /* items, for the notes */

    /* of one step */
    struct span keys[STEP_ITEMS];
    uint32_t key_count;
    bool ended; /* the walk, or the index itself */
    int64_t items_added;
    int64_t bytes_added;
    struct table *next; /* the table with the index ACTIVE */
    status result;      /* of the last function; handed over under the lock */
};

static void tell(const struct fill *fill, const char *what)
{
    char text[NOTE_BYTES], table[CATALOG_TEXT_BYTES];
    if (fill->engine->note == NULL) return;
    catalog_text(catalog_name_of(fill->table), table);
    (void)snprintf(text, sizeof text, "index %.*s of table %s: %s, %" PRIu64 " items walked",
                   SPAN_ARG(fill->name), table, what, fill->walked);
    fill->engine->note(fill->engine->note_ctx, text);
}

static void progress_key(uint32_t number, uint8_t out[PROGRESS_KEY_BYTES])
{
    out[0] = 'B';
    bytes_store_u32_be(out + 1, number);
}

/* ---- a step: walk */

static status walk(struct fill *fill, struct store_cursor *cursor)
{
    while (fill->key_count < STEP_ITEMS) {
        struct span key = {0}, stored = {0};
        bool found = false;
        TRY(store_cursor_next(cursor, &key, &stored, &found));
        fill->ended = !found;
        if (!found) return ST_OK;
        if (!arena_copy(&fill->arena, key, &fill->keys[fill->key_count])) return ST_NO_MEMORY;
        fill->key_count++;
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
    struct span key = {0}, stored = {0};
    bool found = false;
    *index = NULL;
    TRY(engine_own_table_key(catalog_name_of(fill->table), &fill->arena, &key));
    TRY(store_txn_get(txn, key, &stored, &found));
    if (!found || atomic_load(&fill->table->live->gone)) return ST_OK;
    TRY(table_read(fill->engine->mem, stored, fill->table, table));
    for (uint8_t i = 0; i < (*table)->spec.index_count; i++)
        if ((*table)->spec.indexes[i].number == fill->number) *index = &(*table)->spec.indexes[i];
    return ST_OK;
}

static status fill_one(struct store_txn *txn, struct fill *fill, struct item_key_home home,
                       struct span key)
{
    const struct index_work work = {txn, fill->engine->hash, home, &fill->arena};
    struct index_delta delta;
    struct span stored = {0};
    struct item item = {0};
    bool found = false;
    TRY(store_txn_get(txn, key, &stored, &found));
    if (!found) return ST_OK;
    TRY(item_view(stored, &item));
    TRY(index_fill(&work, item.attributes, &delta));
    fill->items_added += delta.items_added;
    fill->bytes_added += delta.bytes_added;
    return ST_OK;
}

static status fill_all(struct store_txn *txn, struct fill *fill, struct item_key_home home)
{
    uint8_t key[PROGRESS_KEY_BYTES];
    for (uint32_t i = 0; i < fill->key_count; i++) TRY(fill_one(txn, fill, home, fill->keys[i]));
    if (fill->key_count == 0) return ST_OK;
    progress_key(fill->number, key);
    return store_txn_put(txn, (struct span){key, sizeof key}, fill->keys[fill->key_count - 1]);
}

static status fill_in_txn(struct store_txn *txn, void *ctx)
{
    struct fill *fill = ctx;
    struct table *table = NULL;
    struct table_index *index = NULL;
    fill->items_added = fill->bytes_added = 0;
    TRY(read_table(txn, fill, &table, &index));
    const struct item_key_home home = {table, index};
    status st = ST_OK;
    if (index != NULL)
        st = fill_all(txn, fill, home);
    else
        fill->ended = true;
    table_drop(table);
    return st;
}

static void settle(struct fill *fill)
{
    const struct index_delta delta = {.items_added = fill->items_added,
                                      .bytes_added = fill->bytes_added};
    const struct table_index *index = table_find_index(fill->table, fill->name);
    index_settle(index, &delta);
    const uint64_t before = fill->walked / NOTE_EVERY_ITEMS;
    fill->walked += fill->key_count;
    if (fill->walked / NOTE_EVERY_ITEMS > before) tell(fill, "being filled");
}

/* Go on behind the last key of the step. */
static status go_on(struct fill *fill)
{
    if (fill->key_count == 0) return ST_OK;
    buf_clear(&fill->place);
    buf_put(&fill->place, fill->keys[fill->key_count - 1]);
    buf_put_u8(&fill->place, 0);
    fill->range.low = buf_view(&fill->place);
    return buf_status(&fill->place);
}

static status step(struct fill *fill)
{
    arena_reset(&fill->arena);
    fill->key_count = 0;
    TRY(store_read(fill->engine->store, walk_in_view, fill));
    TRY(store_write_wait(fill->engine->store, fill_in_txn, fill));
    settle(fill);
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
    uint8_t progress[PROGRESS_KEY_BYTES];
    index->status = TABLE_ACTIVE;
    index->backfilling = false;
    if (all_active(table)) table->status = TABLE_ACTIVE;
    table->generation++;
    progress_key(fill->number, progress);
    buf_init(&stored, arena_mem(&fill->arena), STEP_ARENA_BYTES_MAX);
    table_write(table, &stored);
    TRY(buf_status(&stored));
    TRY(engine_own_table_key(catalog_name_of(table), &fill->arena, &key));
    TRY(store_txn_put(txn, key, buf_view(&stored)));
    TRY(store_txn_delete(txn, (struct span){progress, sizeof progress}));
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
    struct backfill *backfill = fill->engine->backfill;
    if (st == ST_OK && fill->next != NULL) {
        atomic_store(&table_find_index(fill->next, fill->name)->live->filled, true); /* LG1 */
        catalog_publish(fill->engine->catalog, fill->next);
    } else {
        table_drop(fill->next);
    }
    mutex_lock(&backfill->lock);
    fill->result = st;
    backfill->settled = true;
    cond_wake_one(&backfill->changed);
    mutex_unlock(&backfill->lock);
}

static status activate(struct fill *fill)
{
    struct backfill *backfill = fill->engine->backfill;
    arena_reset(&fill->arena);
    mutex_lock(&backfill->lock);
    backfill->settled = false;
    mutex_unlock(&backfill->lock);
    struct store_write write = {.fn = activate_in_txn, .done = activated, .ctx = fill};
    store_write(fill->engine->store, &write);
    mutex_lock(&backfill->lock);
    while (!backfill->settled) cond_wait(&backfill->changed, &backfill->lock);
    mutex_unlock(&backfill->lock);
    if (fill->result == ST_OK && fill->next != NULL) tell(fill, "complete");
    fill->next = NULL; /* the catalog's, or dropped */
    return fill->result;
}

/* ---- one index from where it stands to its end */

static bool is_stopping(struct backfill *backfill)
{
    mutex_lock(&backfill->lock);
    const bool stops = backfill->stops;
    mutex_unlock(&backfill->lock);
    return stops;
}

static status load_place(struct store_view *view, void *ctx)
{
    struct fill *fill = ctx;
    struct span place = {0};
    bool found = false;
    uint8_t key[PROGRESS_KEY_BYTES];
    progress_key(fill->number, key);
    TRY(store_view_get(view, (struct span){key, sizeof key}, &place, &found));
    if (!found) return ST_OK;
    buf_clear(&fill->place);
    buf_put(&fill->place, place);
    buf_put_u8(&fill->place, 0);
    fill->range.low = buf_view(&fill->place);
    return buf_status(&fill->place);
}

static status run(struct backfill *backfill, struct fill *fill)
{
    const struct item_key_home home = {fill->table, NULL};
    TRY(item_key_segment(home, 0, 1, &fill->arena, &fill->range));
    buf_put(&fill->end, fill->range.high);
    buf_put(&fill->place, fill->range.low);
    TRY(buf_status(&fill->end));
    TRY(buf_status(&fill->place));
    fill->range = (struct store_range){buf_view(&fill->place), buf_view(&fill->end)};
    TRY(store_read(fill->engine->store, load_place, fill));
    tell(fill, "being filled");
    while (!fill->ended && !is_stopping(backfill)) TRY(step(fill));
    return fill->ended ? activate(fill) : ST_OK;
}

static status run_index(struct backfill *backfill, const struct table *table,
                        const struct table_index *index)
{
    const struct mem *mem = backfill->engine->mem;
    struct fill fill = {
        .engine = backfill->engine, .table = table, .number = index->number, .name = index->name};
    arena_init(&fill.arena, mem, STEP_ARENA_BYTES_MAX);
    buf_init(&fill.place, mem, PLACE_BYTES_MAX);
    buf_init(&fill.end, mem, PLACE_BYTES_MAX);
    const status st = run(backfill, &fill);
    if (st != ST_OK) tell(&fill, "stopped by a failure of the store until the next start");
    buf_deinit(&fill.end);
    buf_deinit(&fill.place);
    arena_deinit(&fill.arena);
    return st;
}

/* ---- the thread */

static const struct table_index *unfilled(const struct table *table)
{
    for (uint8_t i = 0; i < table->spec.index_count; i++)
        if (table->spec.indexes[i].status == TABLE_CREATING) return &table->spec.indexes[i];
    return NULL;
}

/* The first table that has an index to fill, held, or NULL. */
static const struct table *find_work(struct engine *engine)
{
    const struct table *table = NULL;
    uint32_t place = 0;
    while (catalog_next(engine->catalog, &place, &table)) {
        if (unfilled(table) != NULL) return table;
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
        st = run_index(backfill, table, unfilled(table));
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
    const struct table *table = find_work(engine);
    if (table != NULL) backfill_wake(backfill);
    table_drop(table);
    return ST_OK;
}

/* Without a thread the index stays CREATING until the next wake or start: nothing is lost. */
static bool start_thread(struct backfill *backfill) REQUIRES(backfill->lock)
{
    if (backfill->has_thread) return true;
    return thread_start(&backfill->thread, "index-fill", backfill_main, backfill) == ST_OK;
}

void backfill_wake(struct backfill *backfill)
{
    mutex_lock(&backfill->lock);
    backfill->has_work = true;
    backfill->has_thread = start_thread(backfill);
    cond_wake_one(&backfill->changed);
    mutex_unlock(&backfill->lock);
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
