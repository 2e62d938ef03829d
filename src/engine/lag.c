/* lag.c -- see lag.h.
 *
 * Whether an index is complete in a state is told by the table's description there: it becomes
 * ACTIVE in a commit of its own, after the last entry (fill.c). Only indexes that were filled
 * since the process began are looked up: the past reaches no further back.
 */
#include "engine/lag.h"

struct lagged {
    struct engine *engine;
    struct item_key_home home;
    struct arena *arena;
    store_read_fn *fn;
    void *ctx;
};

static bool is_complete_in(const struct table *then, const struct item_key_home *home)
{
    const struct table_index *index = table_find_number(then, home->index->number);
    return then->number == home->table->number && index != NULL && index->status == TABLE_ACTIVE;
}

/* ST_TOO_OLD when the index is not complete in `view` (LG1). */
static status check_complete(struct store_view *view, const struct lagged *lagged)
{
    struct span key = {0}, stored = {0};
    struct table *then = NULL;
    bool found = false;
    if (!atomic_load(&lagged->home.index->live->filled)) return ST_OK; /* LG2 */
    TRY(engine_own_table_key(catalog_name_of(lagged->home.table), lagged->arena, &key));
    TRY(store_view_get(view, key, &stored, &found));
    if (!found) return ST_TOO_OLD;
    TRY(table_read(lagged->engine->mem, stored, NULL, &then));
    const bool complete = is_complete_in(then, &lagged->home);
    table_drop(then);
    return complete ? ST_OK : ST_TOO_OLD;
}

static status lagged_in_view(struct store_view *view, void *ctx)
{
    const struct lagged *lagged = ctx;
    TRY(check_complete(view, lagged));
    return lagged->fn(view, lagged->ctx);
}

status lag_read(const struct engine_space *space, struct item_key_home home, struct arena *arena,
                store_read_fn *fn, void *ctx)
{
    struct engine *engine = space->engine;
    const bool lags = engine->global_indexes_lag && space->snapshot == NULL;
    if (!lags || home.index == NULL || !home.index->global) return engine_own_read(space, fn, ctx);
    struct lagged lagged = {engine, home, arena, fn, ctx};
    const status st = store_read_past(engine->store, lagged_in_view, &lagged);
    /* Dropped since the catalog was asked: not even the newest state has it ACTIVE. */
    return st == ST_TOO_OLD ? store_read(engine->store, fn, ctx) : st;
}
