/* engine.c -- opening an engine over a store: the secret, the catalog, the counts.
 *
 * A new database gets its secret in its first write; without it no item can be found again, so it
 * is never made a second time. All table descriptions are read into memory at open: there are few,
 * and every request needs one.
 */
#include "engine/engine.h"

#include <assert.h>
#include <string.h>

#include "base/reader.h"
#include "engine/backfill.h"
#include "engine/gallery.h"
#include "engine/index.h"
#include "engine/logbook_trim.h"
#include "engine/renewal.h"
#include "engine/replay.h"
#include "engine/sweep.h"

enum {
    TABLE_KEY_BYTES_MAX = 1 + LIMIT_SPACE_BYTES + 1 + LIMIT_TABLE_ARN_BYTES,
};

#define SECRET_KEY SPAN("Ssecret")

/* ---- shared by the room */

status engine_own_table(const struct engine_space *space, struct span name,
                        const struct table **out, struct error *err)
{
    const struct catalog_name wanted = {space->name, name};
    if (space->snapshot != NULL) return engine_own_table_then(space, name, out, err);
    const struct table *table = catalog_find(space->engine->catalog, wanted);
    if (table == NULL) return FAIL_PLAIN(err, ST_NOT_FOUND);
    *out = table;
    return ST_OK;
}

status engine_own_table_key(struct catalog_name name, struct arena *arena, struct span *out)
{
    struct buf key;
    assert(name.space.len <= LIMIT_SPACE_BYTES);
    buf_init(&key, arena_mem(arena), TABLE_KEY_BYTES_MAX);
    buf_put_u8(&key, 'T');
    buf_put(&key, name.space);
    if (name.space.len > 0) buf_put_u8(&key, '/');
    buf_put(&key, name.name);
    *out = buf_view(&key);
    return buf_status(&key);
}

void engine_own_count_key(uint32_t number, uint8_t out[ENGINE_OWN_COUNT_KEY_BYTES])
{
    out[0] = 'N';
    bytes_store_u32_be(out + 1, number);
}

void engine_own_place_key(uint32_t number, uint8_t out[ENGINE_OWN_PLACE_KEY_BYTES])
{
    out[0] = 'B';
    bytes_store_u32_be(out + 1, number);
}

static status save_counts(struct store_txn *txn, uint32_t number, uint64_t items, uint64_t bytes)
{
    uint8_t key[ENGINE_OWN_COUNT_KEY_BYTES];
    uint8_t counts[ENGINE_OWN_COUNT_BYTES];
    engine_own_count_key(number, key);
    bytes_store_u64(counts, items);
    bytes_store_u64(counts + 8, bytes);
    return store_txn_put(txn, (struct span){key, sizeof key}, (struct span){counts, sizeof counts});
}

static status save_live(struct store_txn *txn, uint32_t number, const struct table_live *live)
{
    return save_counts(txn, number, atomic_load(&live->item_count), atomic_load(&live->item_bytes));
}

status engine_own_save_counts(struct store_txn *txn, const struct table *table)
{
    const struct table_spec *spec = &table->spec;
    TRY(save_live(txn, table->number, table->live));
    for (uint8_t i = 0; i < spec->index_count; i++)
        TRY(save_live(txn, spec->indexes[i].number, spec->indexes[i].live));
    return ST_OK;
}

status engine_own_save_counts_with(struct store_txn *txn, const struct table_index *index,
                                   const struct index_delta *delta)
{
    const struct table_live *live = index->live;
    return save_counts(txn, index->number,
                       atomic_load(&live->item_count) + (uint64_t)delta->items_added,
                       atomic_load(&live->item_bytes) + (uint64_t)delta->bytes_added);
}

static status check_part(const struct table_key_part *part, const struct expr *expr,
                         const char *called, struct error *err)
{
    if (!expr_mentions_inside(expr, part->name)) return ST_OK;
    return FAIL(err, ST_VALIDATION,
                "Key attributes must be scalars; list random access '[]' and map lookup '.' are "
                "not allowed: %s: %.*s",
                called, SPAN_ARG(part->name));
}

static status check_key_paths(const struct table_key *key, const struct expr *expr,
                              const char *called, struct error *err)
{
    for (uint8_t i = 0; i < key->partition_count; i++)
        TRY(check_part(&key->partition[i], expr, called, err));
    for (uint8_t i = 0; i < key->sort_count; i++) TRY(check_part(&key->sort[i], expr, called, err));
    return ST_OK;
}

status engine_own_check_paths(const struct table *table, const struct expr *expr, struct error *err)
{
    const struct table_spec *spec = &table->spec;
    if (expr == NULL) return ST_OK;
    TRY(check_key_paths(&spec->key, expr, "Key", err));
    for (uint8_t i = 0; i < spec->index_count; i++)
        TRY(check_key_paths(&spec->indexes[i].key, expr, "IndexKey", err));
    return ST_OK;
}

status engine_own_copy(struct arena *arena, struct value v, struct value *out)
{
    struct span body = {0};
    if (!arena_copy(arena, v.body, &body)) return ST_NO_MEMORY;
    *out = (struct value){v.type, body};
    return ST_OK;
}

/* ---- opening */

status engine_own_load_counts(struct store_view *view, uint32_t number, struct table_live *live)
{
    uint8_t key[ENGINE_OWN_COUNT_KEY_BYTES];
    struct span counts = {0};
    bool found = false;
    engine_own_count_key(number, key);
    TRY(store_view_get(view, (struct span){key, sizeof key}, &counts, &found));
    if (!found) return ST_OK;
    if (counts.len != ENGINE_OWN_COUNT_BYTES) return ST_CORRUPT;
    atomic_store(&live->item_count, bytes_load_u64(counts.ptr));
    atomic_store(&live->item_bytes, bytes_load_u64(counts.ptr + 8));
    return ST_OK;
}

static status load_counts(struct store_view *view, const struct table *table)
{
    const struct table_spec *spec = &table->spec;
    atomic_store(&table->live->generation, table->generation);
    atomic_store(&table->live->used, true); /* nobody looks whether it really was */
    TRY(engine_own_load_counts(view, table->number, table->live));
    for (uint8_t i = 0; i < spec->index_count; i++)
        TRY(engine_own_load_counts(view, spec->indexes[i].number, spec->indexes[i].live));
    return ST_OK;
}

status engine_own_load_table(struct engine *engine, struct store_view *view, struct span stored)
{
    struct table *table = NULL;
    TRY(table_read(engine->mem, stored, NULL, &table));
    status st = load_counts(view, table);
    if (st == ST_OK) st = catalog_reserve(engine->catalog);
    if (st == ST_OK)
        catalog_publish(engine->catalog, table);
    else
        table_drop(table);
    return st;
}

static status load_each(struct engine *engine, struct store_view *view, struct store_cursor *cursor)
{
    for (;;) {
        struct span key = {0}, stored = {0};
        bool found = false;
        TRY(store_cursor_next(cursor, &key, &stored, &found));
        if (!found) return ST_OK;
        TRY(engine_own_load_table(engine, view, stored));
    }
}

static status load_secret(struct engine *engine, struct store_view *view)
{
    struct span secret = {0};
    bool found = false;
    TRY(store_view_get(view, SECRET_KEY, &secret, &found));
    if (!found) return ST_OK;
    if (secret.len != HASH_BYTES) return ST_CORRUPT;
    return hash_new(engine->mem, secret.ptr, &engine->hash);
}

static status load_in_view(struct store_view *view, void *ctx)
{
    struct engine *engine = ctx;
    struct store_cursor *cursor = NULL;
    TRY(load_secret(engine, view));
    TRY(replay_begin(engine, view));
    TRY(store_view_walk(view, ENGINE_OWN_TABLE_KEYS, false, &cursor));
    const status st = load_each(engine, view, cursor);
    store_cursor_close(cursor);
    return st;
}

static status put_secret(struct store_txn *txn, void *ctx)
{
    const uint8_t *secret = ctx;
    return store_txn_put(txn, SECRET_KEY, (struct span){secret, HASH_BYTES});
}

static status make_secret(struct engine *engine)
{
    uint8_t secret[HASH_BYTES];
    TRY(os_entropy(engine->os, secret, sizeof secret));
    TRY(store_write_wait(engine->store, put_secret, secret));
    return hash_new(engine->mem, secret, &engine->hash);
}

static status load(struct engine *engine, uint32_t sweep_every_ms)
{
    TRY(catalog_new(engine->mem, &engine->catalog));
    TRY(conflict_set_new(engine->mem, &engine->conflicts));
    TRY(store_read(engine->store, load_in_view, engine));
    if (engine->hash == NULL) TRY(make_secret(engine));
    TRY(gallery_new(engine, &engine->gallery));
    TRY(backfill_new(engine, &engine->backfill));
    TRY(sweep_new(engine, &engine->sweep));
    renewal_begin(engine);
    return sweep_every(engine->sweep, sweep_every_ms);
}

static void engine_free(struct engine *engine)
{
    renewal_end(engine);
    sweep_free(engine->sweep);
    backfill_free(engine->backfill);
    gallery_free(engine->gallery);
    conflict_set_free(engine->conflicts);
    catalog_free(engine->catalog);
    hash_free(engine->hash);
    mutex_deinit(&engine->lock);
    mutex_deinit(&engine->watch_lock);
    mem_free(engine->mem, engine, sizeof *engine);
}

static void set_options(struct engine *engine, const struct engine_options *options)
{
    const uint64_t collection_bytes = options->collection_bytes_max;
    *engine = (struct engine){
        .mem = options->mem,
        .os = options->os,
        .store = options->store,
        .note = options->note,
        .note_ctx = options->note_ctx,
        .collection_bytes_max =
            collection_bytes > 0 ? collection_bytes : (uint64_t)LIMIT_COLLECTION_GB << 30,
        .global_indexes_lag = options->global_indexes_lag,
        .ttl_visibility = options->ttl_visibility,
        .enforces_throughput = options->enforce_throughput,
        .stream_shards = options->stream_shards > 0 ? options->stream_shards : 1,
        .stream_age_ms = options->stream_age_ms > 0 ? options->stream_age_ms : LOGBOOK_TRIM_AGE_MS,
    };
    mutex_init(&engine->lock);
    mutex_init(&engine->watch_lock);
}

status engine_open(const struct engine_options *options, struct engine **out, struct error *err)
{
    assert(options->stream_shards <= LIMIT_STREAM_SHARDS);
    struct engine *engine = mem_new(options->mem, sizeof *engine);
    if (engine == NULL) return FAIL_PLAIN(err, ST_NO_MEMORY);
    set_options(engine, options);
    const status st = load(engine, options->sweep_every_ms);
    if (st != ST_OK) {
        engine_free(engine);
        return FAIL_PLAIN(err, st);
    }
    *out = engine;
    return ST_OK;
}

void engine_help(struct engine *engine, const atomic_bool *over)
{
    store_help(engine->store, over);
}

/* ---- closing */

enum { SAVE_TABLES = 64 };

static status save_some(struct store_txn *txn, void *ctx)
{
    const struct table *const *tables = ctx;
    for (size_t i = 0; i < SAVE_TABLES && tables[i] != NULL; i++)
        TRY(engine_own_save_counts(txn, tables[i]));
    return ST_OK;
}

/* Save the counts of the next SAVE_TABLES tables from *place on. False: there were none, or saving
 * failed. */
static bool save_counts_from(struct engine *engine, uint32_t *place)
{
    const struct table *tables[SAVE_TABLES] = {0};
    uint32_t count = 0;
    while (count < SAVE_TABLES && catalog_next(engine->catalog, place, &tables[count])) count++;
    if (count == 0) return false;
    /* A failure here costs accuracy of the counts, never an item: the store has already said so to
     * every writer. */
    const status st = store_write_wait(engine->store, save_some, tables);
    for (uint32_t i = 0; i < count; i++) table_drop(tables[i]);
    return st == ST_OK;
}

void engine_own_save_all_counts(struct engine *engine)
{
    uint32_t place = 0;
    while (save_counts_from(engine, &place)) continue;
}

void engine_close(struct engine *engine)
{
    if (engine == NULL) return;
    renewal_end(engine);
    sweep_free(engine->sweep);
    backfill_free(engine->backfill);
    gallery_free(engine->gallery);
    engine->sweep = NULL;
    engine->backfill = NULL;
    engine->gallery = NULL;
    engine_own_end_snapshots(engine);
    engine_own_save_all_counts(engine);
    engine_free(engine);
}
