/* backfill.c -- see backfill.h. */
#include "engine/backfill.h"

#include <inttypes.h>
#include <stdio.h>

#include "engine/expiry.h"
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

/* What is filled: an index, or the expiry entries of a table. */
struct fill;
struct fill_kind {
    bool (*is_wanted)(struct fill *fill, struct table *table); /* Y4; notes the index, if any */
    status (*stage)(struct store_txn *txn, struct fill *fill, struct span key,
                    const struct item *item);
    void (*count)(const struct fill *fill);
    void (*complete)(struct fill *fill, struct table *table); /* in the description */
    void (*show)(const struct fill *fill);                    /* before readers see fill->next */
};

/* One filling. */
struct fill {
    struct engine *engine;
    const struct fill_kind *kind;
    struct arena arena;        /* of one step */
    const struct table *table; /* as it was when the work began; held */
    uint32_t number;           /* of the filling: the index's, or table->ttl_filling */
    struct span name;          /* of the index, in `table`; empty for expiry entries */
    struct store_range range;  /* what is still to walk; from `place` to `end` */
    struct buf place;          /* the store key reached */
    struct buf end;
    uint64_t walked; /* items, for the notes */

    /* of one step */
    struct span keys[STEP_ITEMS];
    uint32_t key_count;
    bool ended;                /* the walk, or what is filled */
    struct table *current;     /* the table as the step finds it */
    struct table_index *index; /* in `current`; NULL for expiry entries */
    struct index_delta added;  /* to the index's counts */
    struct table *next;        /* the table when all is filled */
    status result;             /* of the last function; handed over under the lock */
};

static void tell(const struct fill *fill, const char *what)
{
    char text[NOTE_BYTES], table[CATALOG_TEXT_BYTES];
    if (fill->engine->note == NULL) return;
    const bool of_index = fill->name.len > 0;
    catalog_text(catalog_name_of(fill->table), table);
    (void)snprintf(text, sizeof text, "%s%.*s of table %s: %s, %" PRIu64 " items walked",
                   of_index ? "index " : "time to live", SPAN_ARG(fill->name), table, what,
                   fill->walked);
    fill->engine->note(fill->engine->note_ctx, text);
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
    const struct index_work work = {
        txn, fill->engine->hash, {fill->current, fill->index},
          &fill->arena
    };
    struct index_delta delta;
    (void)key;
    TRY(index_fill(&work, item->attributes, &delta));
    fill->added.items_added += delta.items_added;
    fill->added.bytes_added += delta.bytes_added;
    return ST_OK;
}

static void count_index(const struct fill *fill)
{
    index_settle(table_find_index(fill->table, fill->name), &fill->added);
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
    atomic_store(&table_find_index(fill->next, fill->name)->live->filled, true); /* LG1 */
}

static const struct fill_kind kind_index = {index_is_wanted, stage_index, count_index,
                                            complete_index, show_index};

/* ---- expiry entries */

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

/* Nobody counts expiry entries, and nobody reads them but sweep.c. */
static void do_nothing(const struct fill *fill)
{
    (void)fill;
}

static void complete_expiry(struct fill *fill, struct table *table)
{
    (void)fill;
    table->ttl_filling = 0;
}

static const struct fill_kind kind_expiry = {expiry_is_wanted, stage_expiry, do_nothing,
                                             complete_expiry, do_nothing};

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

/* The table as it is now; NULL when it is gone, or does not want the filling any more. */
static status read_table(struct store_txn *txn, struct fill *fill, struct table **out)
{
    struct span key = {0}, stored = {0};
    struct table *table = NULL;
    bool found = false;
    *out = NULL;
    TRY(engine_own_table_key(catalog_name_of(fill->table), &fill->arena, &key));
    TRY(store_txn_get(txn, key, &stored, &found));
    if (!found || atomic_load(&fill->table->live->gone)) return ST_OK;
    TRY(table_read(fill->engine->mem, stored, fill->table, &table));
    if (fill->kind->is_wanted(fill, table))
        *out = table;
    else
        table_drop(table);
    return ST_OK;
}

static status fill_one(struct store_txn *txn, struct fill *fill, struct span key)
{
    struct span stored = {0};
    struct item item = {0};
    bool found = false;
    TRY(store_txn_get(txn, key, &stored, &found));
    if (!found) return ST_OK;
    TRY(item_view(stored, &item));
    return fill->kind->stage(txn, fill, key, &item);
}

static status fill_all(struct store_txn *txn, struct fill *fill)
{
    uint8_t place[ENGINE_OWN_PLACE_KEY_BYTES];
    for (uint32_t i = 0; i < fill->key_count; i++) TRY(fill_one(txn, fill, fill->keys[i]));
    if (fill->key_count == 0) return ST_OK;
    engine_own_place_key(fill->number, place);
    return store_txn_put(txn, (struct span){place, sizeof place}, fill->keys[fill->key_count - 1]);
}

static status fill_in_txn(struct store_txn *txn, void *ctx)
{
    struct fill *fill = ctx;
    status st = ST_OK;
    fill->added = (struct index_delta){0};
    TRY(read_table(txn, fill, &fill->current));
    if (fill->current != NULL)
        st = fill_all(txn, fill);
    else
        fill->ended = true;
    table_drop(fill->current);
    fill->current = NULL;
    return st;
}

static void settle(struct fill *fill)
{
    fill->kind->count(fill);
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

/* ---- the end: all is filled */

static status stage_complete(struct store_txn *txn, struct fill *fill, struct table *table)
{
    struct buf stored;
    struct span key = {0};
    uint8_t place[ENGINE_OWN_PLACE_KEY_BYTES];
    fill->kind->complete(fill, table);
    table->generation++;
    engine_own_place_key(fill->number, place);
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
    struct backfill *backfill = fill->engine->backfill;
    if (st == ST_OK && fill->next != NULL) {
        fill->kind->show(fill);
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

static status complete(struct fill *fill)
{
    struct backfill *backfill = fill->engine->backfill;
    arena_reset(&fill->arena);
    mutex_lock(&backfill->lock);
    backfill->settled = false;
    mutex_unlock(&backfill->lock);
    struct store_write write = {.fn = complete_in_txn, .done = completed, .ctx = fill};
    store_write(fill->engine->store, &write);
    mutex_lock(&backfill->lock);
    while (!backfill->settled) cond_wait(&backfill->changed, &backfill->lock);
    mutex_unlock(&backfill->lock);
    if (fill->result == ST_OK && fill->next != NULL) tell(fill, "complete");
    fill->next = NULL; /* the catalog's, or dropped */
    return fill->result;
}

/* ---- one filling from where it stands to its end */

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
    uint8_t key[ENGINE_OWN_PLACE_KEY_BYTES];
    engine_own_place_key(fill->number, key);
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
    return fill->ended ? complete(fill) : ST_OK;
}

/* What there is to fill in `table`, noted in *out. False: nothing. */
static bool find_filling(const struct table *table, struct fill *out)
{
    out->table = table;
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

static status run_filling(struct backfill *backfill, struct fill *fill)
{
    const struct mem *mem = backfill->engine->mem;
    arena_init(&fill->arena, mem, STEP_ARENA_BYTES_MAX);
    buf_init(&fill->place, mem, PLACE_BYTES_MAX);
    buf_init(&fill->end, mem, PLACE_BYTES_MAX);
    const status st = run(backfill, fill);
    if (st != ST_OK) tell(fill, "stopped by a failure of the store until the next start");
    buf_deinit(&fill->end);
    buf_deinit(&fill->place);
    arena_deinit(&fill->arena);
    return st;
}

/* ---- the thread */

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
        struct fill fill = {.engine = backfill->engine};
        const struct table *table = find_work(backfill->engine);
        if (table == NULL) return;
        if (find_filling(table, &fill)) st = run_filling(backfill, &fill);
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

bool backfill_has_work(const struct table *table)
{
    struct fill fill = {0};
    return find_filling(table, &fill);
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
