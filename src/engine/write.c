/* write.c -- PutItem, UpdateItem, DeleteItem: one change, judged and applied at one point in time.
 *
 *     engine_write   prepares the change and queues it           caller's thread
 *     write_run      judges and applies it                       store's thread
 *     write_done     counts, lets go of the table, reports       store's thread
 *
 * A refused version or condition, or a refusal for throughput, is an answer: write_run returns
 * ST_OK to the store, which stages nothing and keeps the order of answers (S2 of store.h), and
 * write_done reports the refusal.
 *
 * A write of an item that a transaction has claimed is refused before it is queued (conflict.h).
 */
#include <assert.h>

#include "engine/change.h"

struct engine_write_own {
    struct store_write node;
    struct change change;
    status outcome; /* ST_OK, or how it was refused */
};

static status write_run(struct store_txn *txn, void *ctx)
{
    struct engine_write_own *own = ctx;
    const struct arena *arena = own->change.write->arena;
    const size_t taken = arena->taken;
    own->outcome = ST_OK;
    status st = change_judge(txn, &own->change, expiry_now(own->change.engine));
    if (st == ST_OK) st = change_apply(txn, &own->change);
    if (st == ST_OK) change_charge(&own->change);
    store_txn_kept(txn, arena->taken - taken);
    if (!change_is_refused(st)) return st;
    own->outcome = st;
    return ST_OK;
}

static void write_done(void *ctx, status st)
{
    struct engine_write_own *own = ctx;
    struct engine_write *write = own->change.write;
    if (st == ST_OK) {
        if (own->outcome == ST_OK) change_settle(&own->change);
        st = own->outcome;
    } else if (write->err->status != st) {
        st = FAIL_PLAIN(write->err, st); /* the store failed after write_run */
    }
    table_drop(own->change.table);
    write->done(write->done_ctx, st);
}

static status prepare(const struct engine_space *space, struct engine_write *write,
                      const struct table *table)
{
    struct engine *engine = space->engine;
    struct engine_write_own *own = arena_new(write->arena, struct engine_write_own);
    if (own == NULL) return FAIL_PLAIN(write->err, ST_NO_MEMORY);
    own->change = (struct change){.engine = engine, .write = write, .table = table, .times = 1};
    TRY(change_prepare(&own->change));
    if (conflict_is_claimed(engine->conflicts, own->change.key))
        return FAIL_PLAIN(write->err, ST_TX_CONFLICT);
    own->node = (struct store_write){.fn = write_run,
                                     .done = write_done,
                                     .ctx = own,
                                     .keys = &own->change.key,
                                     .key_count = 1,
                                     .helped = space->helps};
    write->own = own;
    return ST_OK;
}

status engine_write(const struct engine_space *space, struct engine_write *write)
{
    assert(write->done != NULL);
    assert(space->snapshot == NULL);
    const struct table *table = NULL;
    TRY(engine_own_table(space, write->table_name, &table, write->err));
    const status st = prepare(space, write, table);
    if (st != ST_OK) {
        table_drop(table);
        return st;
    }
    store_write(space->engine->store, &write->own->node);
    return ST_OK;
}
