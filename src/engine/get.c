/* get.c -- GetItem: one item by its whole key.
 *
 * The item is copied out of the store's snapshot (or projected out of it) into the request's arena
 * while the snapshot is held; nothing else is allocated.
 */
#include "engine/capacity.h"
#include "engine/engine_own.h"
#include "table/item_key.h"
#include "table/table_check.h"

struct get_run {
    struct engine_get *get;
    struct arena *arena;
    struct span key;
    uint32_t item_bytes; /* DynamoDB's size of what was found */
};

static status get_in_view(struct store_view *view, void *ctx)
{
    struct get_run *run = ctx;
    struct engine_get *get = run->get;
    struct span stored = {0};
    struct item item = {0};
    TRY(store_view_get(view, run->key, &stored, &get->found));
    if (!get->found) return ST_OK;
    TRY(item_view(stored, &item));
    run->item_bytes = item.size;
    if (get->projection != NULL)
        return expr_project(get->projection, item.attributes, run->arena, &get->item);
    return engine_own_copy(run->arena, item.attributes, &get->item);
}

static status get_from(struct engine *engine, const struct table *table, struct get_run *run,
                       struct error *err)
{
    struct engine_get *get = run->get;
    TRY(table_check_key(table, get->key, TABLE_CHECK_KEY, err));
    TRY(engine_own_check_paths(table, get->projection, err));
    TRY_PLAIN(err, item_key_of(engine->hash, table, get->key, run->arena, &run->key));
    TRY_PLAIN(err, store_read(engine->store, get_in_view, run));
    get->half_units = capacity_read_half_units(run->item_bytes, get->consistent);
    return ST_OK;
}

status engine_get(struct engine *engine, struct engine_get *get, struct arena *arena,
                  struct error *err)
{
    const struct table *table = NULL;
    TRY(engine_own_table(engine, get->table_name, &table, err));
    struct get_run run = {.get = get, .arena = arena};
    const status st = get_from(engine, table, &run, err);
    table_drop(table);
    return st;
}
