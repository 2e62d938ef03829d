/* renewal.c -- what is made anew, and why it could be wrong.
 *
 *     catalog             a CreateTable that was answered with an error may be there, a DeleteTable
 *                         done: tables are taken from the store, by their numbers and generations
 *     live parts          write functions set them before it is known whether the write succeeds:
 *                         `gone` and `generation` follow the store again, `used` is assumed, and
 *                         the sweep looks at every expiry entry from the first on
 *     counts              of a table that was there: as they are. They lack what was answered with
 *                         an error and is there all the same, as after a crash (README.md)
 *     vectors in memory   read from the store again by the next search
 *     filling             stopped by the failure, woken: it goes on where the store says it stands
 *     streams             who watches is told: there may be more
 *
 * Nothing else remembers what was written: claims of transactions end with their answer, tokens,
 * sizes of collections, marks and positions of streams are in the store and nowhere else, and units
 * spent are time, not data. Reads through snapshots that were open are refused by the store.
 */
#include "engine/renewal.h"

#include <stdio.h>

#include "engine/backfill.h"
#include "engine/gallery.h"
#include "engine/logbook.h"

enum { NAME_BYTES_MAX = 4 << 10, NOTE_BYTES = 400 };

/* ---- tables that are shown */

/* The description of `shown` as it is stored; *out stays NULL where there is none, or where the
 * name is another table's now. */
static status read_stored(struct engine *engine, struct store_view *view, const struct table *shown,
                          struct table **out)
{
    struct arena arena;
    struct span key = {0}, stored = {0};
    bool found = false;
    arena_init(&arena, engine->mem, NAME_BYTES_MAX);
    status st = engine_own_table_key(catalog_name_of(shown), &arena, &key);
    if (st == ST_OK) st = store_view_get(view, key, &stored, &found);
    if (st == ST_OK && found) st = table_read(engine->mem, stored, shown, out);
    arena_deinit(&arena);
    if (*out == NULL || (*out)->number == shown->number) return st;
    table_drop(*out);
    *out = NULL;
    return st;
}

static void end_table(struct engine *engine, const struct table *shown)
{
    atomic_store(&shown->live->gone, true);
    for (uint8_t i = 0; i < shown->spec.vector_count; i++)
        gallery_end(engine->gallery, shown->spec.vectors[i].number);
    catalog_remove(engine->catalog, catalog_name_of(shown));
}

/* Vector indexes of `shown` that `stored` has no more. */
static void end_vectors(struct engine *engine, const struct table *shown,
                        const struct table *stored)
{
    for (uint8_t i = 0; i < shown->spec.vector_count; i++) {
        const uint32_t number = shown->spec.vectors[i].number;
        bool stays = false;
        for (uint8_t j = 0; j < stored->spec.vector_count; j++)
            stays = stays || stored->spec.vectors[j].number == number;
        if (!stays) gallery_end(engine->gallery, number);
    }
}

/* Counts of indexes that `shown` has not. */
static status load_new_counts(struct store_view *view, const struct table *shown,
                              const struct table *stored)
{
    for (uint8_t i = 0; i < stored->spec.index_count; i++) {
        const struct table_index *index = &stored->spec.indexes[i];
        if (table_find_number(shown, index->number) != NULL) continue;
        TRY(engine_own_load_counts(view, index->number, index->live));
    }
    return ST_OK;
}

static void renew_live(const struct table *stored)
{
    struct table_live *live = stored->live;
    atomic_store(&live->generation, stored->generation);
    atomic_store(&live->gone, false);
    atomic_store(&live->used, true);
    atomic_store(&live->due_from, 0);
}

static status renew_table(struct engine *engine, struct store_view *view, const struct table *shown)
{
    struct table *stored = NULL;
    TRY(read_stored(engine, view, shown, &stored));
    if (stored == NULL) {
        end_table(engine, shown);
        return ST_OK;
    }
    const status st = load_new_counts(view, shown, stored);
    if (st != ST_OK) {
        table_drop(stored);
        return st;
    }
    renew_live(stored);
    end_vectors(engine, shown, stored);
    catalog_publish(engine->catalog, stored);
    return ST_OK;
}

static status renew_shown(struct engine *engine, struct store_view *view)
{
    const struct table *table = catalog_after(engine->catalog, (struct catalog_name){0});
    status st = ST_OK;
    while (table != NULL && st == ST_OK) {
        const struct table *done = table;
        st = renew_table(engine, view, table);
        table = catalog_after(engine->catalog, catalog_name_of(done));
        table_drop(done);
    }
    table_drop(table);
    return st;
}

/* ---- tables that are not */

static status show_if_new(struct engine *engine, struct store_view *view, struct span stored)
{
    struct table *table = NULL;
    TRY(table_read(engine->mem, stored, NULL, &table));
    const struct table *shown = catalog_find(engine->catalog, catalog_name_of(table));
    const bool is_new = shown == NULL;
    table_drop(shown);
    table_drop(table);
    return is_new ? engine_own_load_table(engine, view, stored) : ST_OK;
}

static status show_each(struct engine *engine, struct store_view *view, struct store_cursor *cursor)
{
    for (;;) {
        struct span key = {0}, stored = {0};
        bool found = false;
        TRY(store_cursor_next(cursor, &key, &stored, &found));
        if (!found) return ST_OK;
        TRY(show_if_new(engine, view, stored));
    }
}

static status show_new(struct engine *engine, struct store_view *view)
{
    struct store_cursor *cursor = NULL;
    TRY(store_view_walk(view, ENGINE_OWN_TABLE_KEYS, false, &cursor));
    const status st = show_each(engine, view, cursor);
    store_cursor_close(cursor);
    return st;
}

/* ---- called by the store */

static void tell(const struct engine *engine, const char *text)
{
    if (engine->note != NULL) engine->note(engine->note_ctx, text);
}

static void failed(void *ctx, const char *why)
{
    char text[NOTE_BYTES];
    (void)snprintf(text, sizeof text,
                   "writes are refused, reads go on, until there is room to write again: %s", why);
    tell(ctx, text);
}

static status reopened(void *ctx, struct store_view *view)
{
    struct engine *engine = ctx;
    TRY(renew_shown(engine, view)); /* what ended first: its name may be another's */
    TRY(show_new(engine, view));
    gallery_forget(engine->gallery);
    return ST_OK;
}

static void recovered(void *ctx)
{
    struct engine *engine = ctx;
    backfill_wake_if_needed(engine->backfill);
    logbook_tell_all(engine);
    tell(engine,
         "writes are taken again: the data was opened anew, with all that was acknowledged");
}

void renewal_begin(struct engine *engine)
{
    const struct store_watcher watcher = {
        .ctx = engine, .failed = failed, .reopened = reopened, .recovered = recovered};
    store_watch(engine->store, &watcher);
}

void renewal_end(struct engine *engine)
{
    store_watch(engine->store, NULL);
}
