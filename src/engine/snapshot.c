/* snapshot.c -- one state of everything, read as often as one likes.
 *
 *     begin   hold the store's newest durable state; look at the clock
 *     read    get.c and page.c, over that state and at that moment
 *     end     let go
 *
 * Tables are read from the state as well, not from the catalog, which shows them as they are now:
 * one that was deleted since is there with its items, an index that came since is not, and one that
 * was being filled is not readable. It costs each read one more lookup.
 *
 * An expired item is judged at the moment of the beginning. By the clock of now, an item could be
 * there in one read and be gone in the next, and a snapshot is for reads that must agree.
 *
 * N1  A snapshot is in the list of its engine for as long as it holds a state, so engine_close can
 *     make it let go before the store ends. What remains is its memory, which engine_snapshot_end
 *     gives back; `engine` NULL says so.
 *
 * A store that failed and opened its data again has let go of what was held: reads through such a
 * snapshot are answered ST_TOO_OLD from then on.
 */
#include <assert.h>

#include "engine/engine_own.h"
#include "engine/expiry.h"

struct engine_snapshot {
    const struct mem *mem;
    struct engine *engine; /* NULL once it is closed */
    struct snapshot *held; /* likewise */
    int64_t now_s;
    struct engine_snapshot *next; /* in the engine's list, under its lock */
    struct engine_snapshot *before;
};

/* ---- begin, end */

status engine_snapshot_begin(struct engine *engine, struct engine_snapshot **out, struct error *err)
{
    struct engine_snapshot *snapshot = mem_new(engine->mem, sizeof *snapshot);
    if (snapshot == NULL) return FAIL_PLAIN(err, ST_NO_MEMORY);
    snapshot->mem = engine->mem;
    snapshot->engine = engine;
    snapshot->now_s = expiry_now(engine).now_s;
    const status st = store_hold(engine->store, &snapshot->held);
    if (st != ST_OK) {
        mem_free(engine->mem, snapshot, sizeof *snapshot);
        return FAIL_PLAIN(err, st);
    }
    mutex_lock(&engine->lock);
    snapshot->next = engine->snapshots;
    if (snapshot->next != NULL) snapshot->next->before = snapshot;
    engine->snapshots = snapshot;
    mutex_unlock(&engine->lock);
    *out = snapshot;
    return ST_OK;
}

static void unlink_from(struct engine *engine, struct engine_snapshot *snapshot)
{
    mutex_lock(&engine->lock);
    if (snapshot->next != NULL) snapshot->next->before = snapshot->before;
    if (snapshot->before != NULL) snapshot->before->next = snapshot->next;
    if (snapshot->before == NULL) engine->snapshots = snapshot->next;
    mutex_unlock(&engine->lock);
}

void engine_snapshot_end(struct engine_snapshot *snapshot)
{
    if (snapshot == NULL) return;
    if (snapshot->engine != NULL) {
        unlink_from(snapshot->engine, snapshot);
        store_let_go(snapshot->held);
    }
    mem_free(snapshot->mem, snapshot, sizeof *snapshot);
}

bool engine_snapshot_is_open(const struct engine_snapshot *snapshot)
{
    return snapshot->engine != NULL;
}

uint32_t engine_own_snapshot_count(struct engine *engine)
{
    uint32_t count = 0;
    mutex_lock(&engine->lock);
    for (const struct engine_snapshot *at = engine->snapshots; at != NULL; at = at->next) count++;
    mutex_unlock(&engine->lock);
    return count;
}

/* No call is under way any more, so nobody else looks at the list. */
void engine_own_end_snapshots(struct engine *engine)
{
    mutex_lock(&engine->lock);
    struct engine_snapshot *snapshot = engine->snapshots;
    engine->snapshots = NULL;
    mutex_unlock(&engine->lock);
    for (; snapshot != NULL; snapshot = snapshot->next) { /* N1 */
        store_let_go(snapshot->held);
        snapshot->held = NULL;
        snapshot->engine = NULL;
    }
}

/* ---- reading */

int64_t engine_own_second(const struct engine_space *space)
{
    return space->snapshot->now_s;
}

status engine_own_read(const struct engine_space *space, store_read_fn *fn, void *ctx)
{
    const struct engine_snapshot *snapshot = space->snapshot;
    if (snapshot == NULL) return store_read(space->engine->store, fn, ctx);
    assert(snapshot->engine == space->engine);
    return store_read_held(space->engine->store, snapshot->held, fn, ctx);
}

/* A table looked for in the snapshot's state. */
struct lookup {
    struct engine *engine;
    struct span key;           /* of its description */
    const struct table *shown; /* the one of this name now, or NULL */
    struct table *table;       /* NULL: it is not there */
};

/* Reads are charged to the table of now, where it still is the same one. */
static bool is_other(const struct table *shown, const struct table *then)
{
    return shown != NULL && shown->number != then->number;
}

static status look_up(struct store_view *view, void *ctx)
{
    struct lookup *lookup = ctx;
    const struct mem *mem = lookup->engine->mem;
    struct span stored = {0};
    bool found = false;
    TRY(store_view_get(view, lookup->key, &stored, &found));
    if (!found) return ST_OK;
    TRY(table_read(mem, stored, lookup->shown, &lookup->table));
    if (!is_other(lookup->shown, lookup->table)) return ST_OK;
    table_drop(lookup->table);
    lookup->table = NULL;
    return table_read(mem, stored, NULL, &lookup->table);
}

status engine_own_table_then(const struct engine_space *space, struct span name,
                             const struct table **out, struct error *err)
{
    enum { NAME_BYTES_MAX = 4 << 10 };
    const struct catalog_name wanted = {space->name, name};
    struct lookup lookup = {.engine = space->engine};
    struct arena arena;
    arena_init(&arena, space->engine->mem, NAME_BYTES_MAX);
    status st = engine_own_table_key(wanted, &arena, &lookup.key);
    lookup.shown = catalog_find(space->engine->catalog, wanted);
    if (st == ST_OK) st = engine_own_read(space, look_up, &lookup);
    table_drop(lookup.shown);
    arena_deinit(&arena);
    if (st == ST_OK && lookup.table == NULL) st = ST_NOT_FOUND;
    if (st != ST_OK) return FAIL_PLAIN(err, st);
    *out = lookup.table;
    return ST_OK;
}
