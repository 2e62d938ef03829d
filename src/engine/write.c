/* write.c -- PutItem, UpdateItem, DeleteItem: one item judged and changed at one point in time.
 *
 *     engine_write     checks what the table alone can tell, queues            caller's thread
 *     write_run        reads the item, judges, computes, stages                store's thread
 *     write_done       counts, lets go of the table, reports                   store's thread
 *
 * W1  write_run starts from scratch: the store may run it again (S5 of store.h).
 * W2  A refused condition stages nothing, so nothing of it can be seen (E2).
 * W3  Counts change only in write_done, when the change is durable.
 * W4  A write queued behind the end of its table writes nothing: `gone` is set by the function that
 *     deletes the table, which the store runs before or after this one, never beside it.
 */
#include <assert.h>

#include "engine/capacity.h"
#include "engine/engine_own.h"
#include "table/item_key.h"
#include "table/table_check.h"

enum {
    SIGNIFICANT_MS = 1000,      /* how old the saved counts of a table may grow under writes */
    STORED_BYTES_MAX = 8 << 20, /* form and lengths around at most LIMIT_ITEM_BYTES of content */
};

struct engine_write_own {
    struct store_write node;
    struct engine *engine;
    struct engine_write *write;
    const struct table *table; /* held until write_done */
    struct span key;

    /* what write_run found and did */
    status outcome; /* ST_OK, or ST_CONDITION_FAILED */
    bool found;
    struct item old;     /* in the store's memory: for write_run alone */
    int64_t items_added; /* -1, 0 or 1 */
    int64_t bytes_added;
};

static status fail_too_large(struct error *err)
{
    return FAIL(err, ST_VALIDATION, "Item size to update has exceeded the maximum allowed size");
}

/* Stage `attributes` as the item, and note how the table grows. */
static status stage_item(struct store_txn *txn, struct engine_write_own *own,
                         struct value attributes)
{
    struct engine_write *write = own->write;
    const uint32_t bytes = item_size(attributes);
    if (bytes > LIMIT_ITEM_BYTES) return fail_too_large(write->err);
    struct buf stored;
    buf_init(&stored, arena_mem(write->arena), STORED_BYTES_MAX);
    item_write(&stored, store_txn_sequence(txn), attributes);
    TRY_PLAIN(write->err, buf_status(&stored));
    TRY_PLAIN(write->err, store_txn_put(txn, own->key, buf_view(&stored)));
    own->items_added = own->found ? 0 : 1;
    own->bytes_added = (int64_t)bytes - own->old.size;
    write->write_units = capacity_write_units(bytes > own->old.size ? bytes : own->old.size);
    return ST_OK;
}

/* Answer with `map`, which may lie in the store's memory, unless it is empty. */
static status answer(struct engine_write *write, struct value map)
{
    if (value_count(map) == 0) return ST_OK;
    write->has_attributes = true;
    TRY_PLAIN(write->err, engine_own_copy(write->arena, map, &write->returned));
    return ST_OK;
}

static status answer_old(struct engine_write_own *own)
{
    if (!own->found || own->write->returns != ENGINE_RETURN_ALL_OLD) return ST_OK;
    return answer(own->write, own->old.attributes);
}

static status run_put(struct store_txn *txn, struct engine_write_own *own)
{
    TRY(stage_item(txn, own, own->write->attributes));
    return answer_old(own);
}

static status run_delete(struct store_txn *txn, struct engine_write_own *own)
{
    own->write->write_units = capacity_write_units(own->old.size);
    if (!own->found) return ST_OK;
    TRY_PLAIN(own->write->err, store_txn_delete(txn, own->key));
    own->items_added = -1;
    own->bytes_added = -(int64_t)own->old.size;
    return answer_old(own);
}

static status answer_touched(struct engine_write *write, struct value map)
{
    struct value touched = map;
    if (write->update != NULL)
        TRY_PLAIN(write->err, expr_update_touched(write->update, map, write->arena, &touched));
    return answer(write, touched);
}

/* ReturnValues of an update; `after` is VALUE_NONE when the update made no item. */
static status answer_update(struct engine_write_own *own, struct value after)
{
    struct engine_write *write = own->write;
    switch (write->returns) {
    case ENGINE_RETURN_NONE:
        return ST_OK;
    case ENGINE_RETURN_ALL_OLD:
        return answer_old(own);
    case ENGINE_RETURN_ALL_NEW:
        return after.type == VALUE_NONE ? ST_OK : answer(write, after);
    case ENGINE_RETURN_UPDATED_OLD:
        if (!own->found || write->update == NULL) return ST_OK;
        return answer_touched(write, own->old.attributes);
    case ENGINE_RETURN_UPDATED_NEW:
        if (after.type == VALUE_NONE || write->update == NULL) return ST_OK;
        return answer_touched(write, after);
    }
    return ST_OK;
}

static status run_update(struct store_txn *txn, struct engine_write_own *own)
{
    struct engine_write *write = own->write;
    struct value after = own->found ? own->old.attributes : write->attributes;
    if (write->update != NULL)
        TRY(expr_update(write->update, after, write->arena, &after, write->err));
    const bool makes = write->update == NULL || expr_update_creates(write->update);
    if (!own->found && !makes) {
        write->write_units = capacity_write_units(0);
        return answer_update(own, (struct value){0});
    }
    TRY(stage_item(txn, own, after));
    return answer_update(own, after);
}

static status refuse(struct engine_write_own *own)
{
    struct engine_write *write = own->write;
    own->outcome = FAIL_PLAIN(write->err, ST_CONDITION_FAILED);
    write->write_units = capacity_write_units(own->old.size);
    if (!write->old_on_failure || !own->found) return ST_OK;
    return answer(write, own->old.attributes);
}

static status find_old(struct store_txn *txn, struct engine_write_own *own)
{
    struct span stored = {0};
    own->old = (struct item){0};
    TRY(store_txn_get(txn, own->key, &stored, &own->found));
    return own->found ? item_view(stored, &own->old) : ST_OK;
}

static status start_from_scratch(struct store_txn *txn, struct engine_write_own *own)
{
    own->outcome = ST_OK;
    own->items_added = own->bytes_added = 0;
    own->write->has_attributes = false;
    return find_old(txn, own);
}

/* Save the table's counts with this write if that was not done for a while. */
static status refresh_counts(struct store_txn *txn, struct engine_write_own *own)
{
    struct table_live *live = own->table->live;
    const uint64_t now_ms = os_now_ms(own->engine->os);
    if (now_ms - atomic_load(&live->counts_saved_ms) < SIGNIFICANT_MS) return ST_OK;
    atomic_store(&live->counts_saved_ms, now_ms);
    return engine_own_save_counts(txn, own->table);
}

typedef status(verb_fn)(struct store_txn *txn, struct engine_write_own *own);

static verb_fn *const verbs[] = {
    [ENGINE_PUT] = run_put,
    [ENGINE_UPDATE] = run_update,
    [ENGINE_DELETE] = run_delete,
};

static status write_run(struct store_txn *txn, void *ctx)
{
    struct engine_write_own *own = ctx;
    struct engine_write *write = own->write;
    if (atomic_load(&own->table->live->gone)) return FAIL_PLAIN(write->err, ST_NOT_FOUND);
    TRY_PLAIN(write->err, start_from_scratch(txn, own));
    if (write->condition != NULL && !expr_holds(write->condition, own->found ? &own->old : NULL))
        return refuse(own);
    TRY(verbs[write->verb](txn, own));
    TRY_PLAIN(write->err, refresh_counts(txn, own));
    return ST_OK;
}

static void write_done(void *ctx, status st)
{
    struct engine_write_own *own = ctx;
    struct engine_write *write = own->write;
    if (st == ST_OK) {
        atomic_fetch_add(&own->table->live->item_count, (uint64_t)own->items_added);
        atomic_fetch_add(&own->table->live->item_bytes, (uint64_t)own->bytes_added);
        st = own->outcome;
    } else if (write->err->status != st) {
        st = FAIL_PLAIN(write->err, st); /* the store failed after write_run */
    }
    table_drop(own->table);
    write->done(write->done_ctx, st);
}

static status check_update(const struct table *table, const struct expr *update, struct error *err)
{
    const struct table_key *key = &table->spec.key;
    const struct table_key_part *parts[] = {&key->partition[0], &key->sort[0]};
    const size_t count = key->sort_count > 0 ? 2 : 1;
    for (size_t i = 0; i < count; i++)
        if (expr_update_writes(update, parts[i]->name))
            return FAIL(err, ST_VALIDATION,
                        "One or more parameter values were invalid: Cannot update attribute %.*s. "
                        "This attribute is part of the key",
                        SPAN_ARG(parts[i]->name));
    return ST_OK;
}

static status check_write(const struct table *table, const struct engine_write *write,
                          struct error *err)
{
    const table_check_source source =
        write->verb == ENGINE_PUT ? TABLE_CHECK_ITEM : TABLE_CHECK_KEY;
    if (write->update != NULL) TRY(check_update(table, write->update, err));
    TRY(table_check_key(table, write->attributes, source, err));
    return engine_own_check_paths(table, write->condition, err);
}

static status prepare(struct engine *engine, struct engine_write *write, const struct table *table)
{
    TRY(check_write(table, write, write->err));
    struct engine_write_own *own = arena_new(write->arena, struct engine_write_own);
    if (own == NULL) return FAIL_PLAIN(write->err, ST_NO_MEMORY);
    TRY_PLAIN(write->err,
              item_key_of(engine->hash, table, write->attributes, write->arena, &own->key));
    own->engine = engine;
    own->write = write;
    own->table = table;
    own->node = (struct store_write){
        .fn = write_run, .done = write_done, .ctx = own, .keys = &own->key, .key_count = 1};
    write->own = own;
    return ST_OK;
}

status engine_write(struct engine *engine, struct engine_write *write)
{
    assert(write->done != NULL);
    const struct table *table = NULL;
    TRY(engine_own_table(engine, write->table_name, &table, write->err));
    const status st = prepare(engine, write, table);
    if (st != ST_OK) {
        table_drop(table);
        return st;
    }
    store_write(engine->store, &write->own->node);
    return ST_OK;
}
