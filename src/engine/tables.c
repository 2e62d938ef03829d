/* tables.c -- creating, changing, deleting and listing tables.
 *
 * A change of the catalog is a write like any other: a function that reads the stored description,
 * decides, and stages the new one. It runs alone in the store (no deciding keys are named), so two
 * changes of one name cannot cross. What threads see (catalog.h) changes in its done.
 *
 *     state in the reply   state stored and shown afterwards
 *     CREATING             ACTIVE
 *     UPDATING             ACTIVE
 *     DELETING             none
 *
 * T1  A table number is never given out twice: the store remembers the highest.
 * T2  The items of a deleted table end in the same commit as its description.
 */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/reader.h"
#include "engine/engine_own.h"
#include "table/item_key.h"

#define NUMBER_KEY SPAN("Stables made")

enum { DESCRIPTION_BYTES_MAX = 64 << 10 };

struct engine_table_own {
    struct store_write node;
    struct engine *engine;
    struct engine_table_write *write;
    struct span key; /* of the description */
    struct table_identity identity;
    struct table *next;        /* what the catalog shows afterwards; NULL: nothing */
    const struct table *reply; /* what the reply shows */
};

static status fail_not_found(struct span name, struct error *err)
{
    return FAIL(err, ST_NOT_FOUND, "Requested resource not found: Table: %.*s not found",
                SPAN_ARG(name));
}

/* ---- reading */

static struct engine_description describe(const struct table *table)
{
    return (struct engine_description){.table = table,
                                       .item_count = atomic_load(&table->live->item_count),
                                       .item_bytes = atomic_load(&table->live->item_bytes)};
}

status engine_table_describe(struct engine *engine, struct span name,
                             struct engine_description *out, struct error *err)
{
    const struct table *table = catalog_find(engine->catalog, name);
    if (table == NULL) return fail_not_found(name, err);
    *out = describe(table);
    return ST_OK;
}

static status copy_names(const struct table *const *tables, uint32_t count, struct arena *arena,
                         struct span *names)
{
    for (uint32_t i = 0; i < count; i++)
        if (!arena_copy(arena, tables[i]->spec.name, &names[i])) return ST_NO_MEMORY;
    return ST_OK;
}

status engine_table_list(struct engine *engine, struct engine_names *list, struct arena *arena,
                         struct error *err)
{
    assert(list->limit > 0);
    const size_t room = (size_t)list->limit + 1; /* one more tells whether others follow */
    const struct table **tables = arena_new_array(arena, room, const struct table *);
    list->names = arena_new_array(arena, list->limit, struct span);
    if (tables == NULL || list->names == NULL) return FAIL_PLAIN(err, ST_NO_MEMORY);
    const uint32_t held = catalog_list(engine->catalog, list->start, tables, list->limit + 1);
    list->more = held > list->limit;
    list->count = list->more ? list->limit : held;
    const status st = copy_names(tables, list->count, arena, list->names);
    for (uint32_t i = 0; i < held; i++) table_drop(tables[i]);
    return st == ST_OK ? ST_OK : FAIL_PLAIN(err, st);
}

/* ---- the functions that run in the store */

static status stage_description(struct store_txn *txn, struct engine_table_own *own)
{
    struct buf stored;
    buf_init(&stored, arena_mem(own->write->arena), DESCRIPTION_BYTES_MAX);
    table_write(own->next, &stored);
    TRY(buf_status(&stored));
    return store_txn_put(txn, own->key, buf_view(&stored));
}

/* Take over what an earlier run of the same function made (S5 of store.h). */
static void forget(struct engine_table_own *own)
{
    table_drop(own->next);
    table_drop(own->reply);
    own->next = NULL;
    own->reply = NULL;
}

static status next_number(struct store_txn *txn, uint32_t *out)
{
    struct span stored = {0};
    uint8_t bytes[4];
    bool found = false;
    TRY(store_txn_get(txn, NUMBER_KEY, &stored, &found));
    if (found && stored.len != sizeof bytes) return ST_CORRUPT;
    *out = found ? bytes_load_u32(stored.ptr) + 1 : 1;
    bytes_store_u32(bytes, *out);
    return store_txn_put(txn, NUMBER_KEY, (struct span){bytes, sizeof bytes});
}

static status clone_as(const struct mem *mem, const struct table *table, table_status state,
                       const struct table **out)
{
    struct table *copy = NULL;
    TRY(table_clone(mem, table, &copy));
    copy->status = state;
    *out = copy;
    return ST_OK;
}

static status make_table(struct engine_table_own *own)
{
    const struct mem *mem = own->engine->mem;
    TRY(table_from_spec(mem, own->write->spec, &own->identity, &own->next));
    own->next->status = TABLE_ACTIVE;
    return clone_as(mem, own->next, TABLE_CREATING, &own->reply);
}

static status run_create(struct store_txn *txn, struct engine_table_own *own)
{
    struct error *err = own->write->err;
    struct span stored = {0};
    bool found = false;
    TRY_PLAIN(err, store_txn_get(txn, own->key, &stored, &found));
    if (found)
        return FAIL(err, ST_IN_USE, "Table already exists: %.*s", SPAN_ARG(own->write->name));
    TRY_PLAIN(err, next_number(txn, &own->identity.number));
    TRY_PLAIN(err, make_table(own));
    TRY_PLAIN(err, stage_description(txn, own));
    return ST_OK;
}

static status fail_same_throughput(const struct table_throughput *now, struct error *err)
{
    return FAIL(err, ST_VALIDATION,
                "The provisioned throughput for the table will not change. The requested value "
                "equals the current value. Current ReadCapacityUnits provisioned for the table: "
                "%" PRIu64 ". Requested ReadCapacityUnits: %" PRIu64
                ". Current WriteCapacityUnits provisioned for the table: %" PRIu64
                ". Requested WriteCapacityUnits: %" PRIu64
                ". Refer to the Amazon DynamoDB Developer Guide for current limits and how to "
                "request higher limits.",
                now->read_units, now->read_units, now->write_units, now->write_units);
}

static void change_throughput(struct table_throughput *throughput, uint64_t read_units,
                              uint64_t write_units, uint64_t now_ms)
{
    const bool less = read_units < throughput->read_units || write_units < throughput->write_units;
    const bool more = read_units > throughput->read_units || write_units > throughput->write_units;
    if (less) throughput->decreased_ms = now_ms;
    if (less) throughput->decreases_today++;
    if (more) throughput->increased_ms = now_ms;
    throughput->read_units = read_units;
    throughput->write_units = write_units;
}

/* A table that was billed per request has no units to raise or lower: no date is set. */
static void set_throughput(struct table_throughput *throughput, table_billing before,
                           const struct engine_table_change *change, uint64_t now_ms)
{
    if (before == TABLE_PROVISIONED) {
        change_throughput(throughput, change->read_units, change->write_units, now_ms);
        return;
    }
    throughput->read_units = change->read_units;
    throughput->write_units = change->write_units;
}

static status change_billing(struct table *next, const struct engine_table_change *change,
                             uint64_t now_ms, struct error *err)
{
    struct table_spec *spec = &next->spec;
    struct table_throughput *throughput = &spec->throughput;
    const table_billing before = spec->billing;
    if (change->has_billing) spec->billing = change->billing;
    if (spec->billing == TABLE_PAY_PER_REQUEST && change->has_throughput)
        return FAIL(err, ST_VALIDATION,
                    "One or more parameter values were invalid: Neither ReadCapacityUnits nor "
                    "WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST");
    if (spec->billing == TABLE_PAY_PER_REQUEST) {
        if (before != TABLE_PAY_PER_REQUEST) next->billing_changed_ms = now_ms;
        throughput->read_units = throughput->write_units = 0;
        return ST_OK;
    }
    if (!change->has_throughput) return ST_OK;
    if (throughput->read_units == change->read_units &&
        throughput->write_units == change->write_units)
        return fail_same_throughput(throughput, err);
    set_throughput(throughput, before, change, now_ms);
    return ST_OK;
}

/* What a maximum becomes: 0 keeps it, -1 takes it away. */
static int64_t merged_maximum(int64_t stored, int64_t asked)
{
    if (asked == 0) return stored;
    return asked == -1 ? 0 : asked;
}

static status change_on_demand(struct table_spec *spec, const struct engine_table_change *change,
                               struct error *err)
{
    if (spec->billing == TABLE_PROVISIONED)
        return FAIL(err, ST_VALIDATION,
                    "One or more parameter values were invalid: %s for OnDemandThroughput cannot "
                    "be specified when the table BillingMode is PROVISIONED",
                    change->on_demand_read_max != 0 ? "MaxReadRequestUnits"
                                                    : "MaxWriteRequestUnits");
    spec->on_demand_read_max = merged_maximum(spec->on_demand_read_max, change->on_demand_read_max);
    spec->on_demand_write_max =
        merged_maximum(spec->on_demand_write_max, change->on_demand_write_max);
    return ST_OK;
}

static status apply_change(struct table *next, const struct engine_table_change *change,
                           uint64_t now_ms, struct error *err)
{
    struct table_spec *spec = &next->spec;
    TRY(change_billing(next, change, now_ms, err));
    if (change->has_class) {
        spec->class = change->class;
        next->class_changed_ms = now_ms;
    }
    if (change->has_deletion_protection) spec->deletion_protection = change->deletion_protection;
    return change->has_on_demand ? change_on_demand(spec, change, err) : ST_OK;
}

/* The table to change, as this function finds it: the stored description, which earlier functions
 * may have changed, with the live part of the version that threads see. */
static status read_current(struct store_txn *txn, struct engine_table_own *own, struct table **out)
{
    struct error *err = own->write->err;
    const struct span name = own->write->name;
    struct span stored = {0};
    bool found = false;
    TRY_PLAIN(err, store_txn_get(txn, own->key, &stored, &found));
    if (!found) return fail_not_found(name, err);
    const struct table *shown = catalog_find(own->engine->catalog, name);
    if (shown == NULL)
        return FAIL(err, ST_IN_USE,
                    "Attempt to change a resource which is still in use: Table is being created: "
                    "%.*s",
                    SPAN_ARG(name));
    const status st = table_read(own->engine->mem, stored, shown, out);
    table_drop(shown);
    return st == ST_OK ? ST_OK : FAIL_PLAIN(err, st);
}

static status run_update(struct store_txn *txn, struct engine_table_own *own)
{
    struct engine *engine = own->engine;
    struct error *err = own->write->err;
    TRY(read_current(txn, own, &own->next));
    TRY(apply_change(own->next, own->write->change, os_now_ms(engine->os), err));
    TRY_PLAIN(err, clone_as(engine->mem, own->next, TABLE_UPDATING, &own->reply));
    TRY_PLAIN(err, stage_description(txn, own));
    return ST_OK;
}

static status stage_end(struct store_txn *txn, struct engine_table_own *own)
{
    struct store_range items = {0};
    uint8_t count_key[ENGINE_OWN_COUNT_KEY_BYTES];
    engine_own_count_key(own->reply, count_key);
    TRY(item_key_segment(own->reply, 0, 1, own->write->arena, &items));
    TRY(store_txn_delete(txn, own->key));
    TRY(store_txn_delete(txn, (struct span){count_key, sizeof count_key}));
    return store_txn_delete_range(txn, items);
}

static status run_delete(struct store_txn *txn, struct engine_table_own *own)
{
    struct error *err = own->write->err;
    struct table *reply = NULL;
    TRY(read_current(txn, own, &reply));
    reply->status = TABLE_DELETING;
    own->reply = reply;
    if (reply->spec.deletion_protection)
        return FAIL(err, ST_VALIDATION,
                    "Resource cannot be deleted as it is currently protected against deletion. "
                    "Disable deletion protection first.");
    TRY_PLAIN(err, stage_end(txn, own));
    atomic_store(&reply->live->gone, true);
    return ST_OK;
}

typedef status(verb_fn)(struct store_txn *txn, struct engine_table_own *own);

static verb_fn *const verbs[] = {
    [ENGINE_TABLE_CREATE] = run_create,
    [ENGINE_TABLE_UPDATE] = run_update,
    [ENGINE_TABLE_DELETE] = run_delete,
};

static status write_run(struct store_txn *txn, void *ctx)
{
    struct engine_table_own *own = ctx;
    forget(own);
    return verbs[own->write->verb](txn, own);
}

/* ---- before and after */

static void publish(struct engine_table_own *own)
{
    struct engine *engine = own->engine;
    if (own->next != NULL)
        catalog_publish(engine->catalog, own->next);
    else
        catalog_remove(engine->catalog, own->write->name);
    own->write->description = describe(own->reply);
}

static void write_done(void *ctx, status st)
{
    struct engine_table_own *own = ctx;
    struct engine_table_write *write = own->write;
    if (st == ST_OK) {
        publish(own);
    } else {
        forget(own);
        if (write->verb == ENGINE_TABLE_CREATE) catalog_unreserve(own->engine->catalog);
        if (write->err->status != st) st = FAIL_PLAIN(write->err, st);
    }
    write->done(write->done_ctx, st);
}

/* A random UUID (RFC 9562, version 4) as text. */
static status make_id(const struct os *os, char out[TABLE_ID_BYTES + 1])
{
    uint8_t b[16];
    TRY(os_entropy(os, b, sizeof b));
    b[6] = (uint8_t)((b[6] & 0x0FU) | 0x40U);
    b[8] = (uint8_t)((b[8] & 0x3FU) | 0x80U);
    (void)snprintf(out, TABLE_ID_BYTES + 1,
                   "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0],
                   b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13],
                   b[14], b[15]);
    return ST_OK;
}

static status prepare(struct engine *engine, struct engine_table_write *write)
{
    struct engine_table_own *own = arena_new(write->arena, struct engine_table_own);
    if (own == NULL) return ST_NO_MEMORY;
    own->engine = engine;
    own->write = write;
    own->node = (struct store_write){.fn = write_run, .done = write_done, .ctx = own};
    own->identity.created_ms = os_now_ms(engine->os);
    TRY(make_id(engine->os, own->identity.id));
    TRY(engine_own_table_key(write->name, write->arena, &own->key));
    write->own = own;
    return write->verb == ENGINE_TABLE_CREATE ? catalog_reserve(engine->catalog) : ST_OK;
}

status engine_table_write(struct engine *engine, struct engine_table_write *write)
{
    assert(write->done != NULL);
    assert((write->verb == ENGINE_TABLE_CREATE) == (write->spec != NULL));
    assert((write->verb == ENGINE_TABLE_UPDATE) == (write->change != NULL));
    TRY_PLAIN(write->err, prepare(engine, write));
    store_write(engine->store, &write->own->node);
    return ST_OK;
}
