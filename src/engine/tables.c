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
 * A table that gets an index is stored and shown UPDATING until fill.c has filled it; until then
 * nothing may change but that the index is ended again. A change of tags, of partition schemas or
 * of time to live is none of the table's life: it is possible in every state, and leaves it as it
 * is. Time to live begins with the commit that switches it on. The items of a table that was used
 * before get their expiry entries from fill.c; until it is through, ttl_filling is set.
 *
 * A stream that is switched off, or whose table is deleted, is closed in the same commit, and stays
 * readable until logbook_trim.h ends it.
 *
 * T1  A table number is never given out twice: the store remembers the highest.
 * T2  The items of a deleted table end in the same commit as its description.
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/reader.h"
#include "engine/alter.h"
#include "engine/backfill.h"
#include "engine/collection.h"
#include "engine/engine_own.h"
#include "engine/expiry.h"
#include "engine/gallery.h"
#include "engine/logbook.h"
#include "engine/throttle.h"
#include "engine/vector_entry.h"
#include "table/item_key.h"

#define NUMBER_KEY SPAN("Stables made")

enum { DESCRIPTION_BYTES_MAX = 1 << 20 }; /* what all limits together need, and more */

struct engine_table_own {
    struct store_write node;
    struct engine *engine;
    struct engine_table_write *write;
    struct catalog_name name;
    struct span key; /* of the description */
    struct table_identity identity;
    struct table *next;        /* what the catalog shows afterwards; NULL: nothing */
    const struct table *reply; /* what the reply shows */
    uint32_t ended_vectors;    /* the number of a vector index that ends; 0: none */
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

status engine_table_describe(const struct engine_space *space, struct span name,
                             struct engine_description *out, struct error *err)
{
    const struct catalog_name wanted = {space->name, name};
    const struct table *table = catalog_find(space->engine->catalog, wanted);
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

status engine_table_list(const struct engine_space *space, struct engine_names *list,
                         struct arena *arena, struct error *err)
{
    const struct catalog_name start = {space->name, list->start};
    assert(list->limit > 0);
    const size_t room = (size_t)list->limit + 1; /* one more tells whether others follow */
    const struct table **tables = arena_new_array(arena, room, const struct table *);
    list->names = arena_new_array(arena, list->limit, struct span);
    if (tables == NULL || list->names == NULL) return FAIL_PLAIN(err, ST_NO_MEMORY);
    const uint32_t held = catalog_list(space->engine->catalog, start, tables, list->limit + 1);
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
    own->ended_vectors = 0;
}

/* The first of `count` fresh numbers for a table and its indexes (T1). */
static status next_numbers(struct store_txn *txn, uint32_t count, uint32_t *out)
{
    struct span stored = {0};
    uint8_t bytes[4];
    bool found = false;
    TRY(store_txn_get(txn, NUMBER_KEY, &stored, &found));
    if (found && stored.len != sizeof bytes) return ST_CORRUPT;
    *out = found ? bytes_load_u32(stored.ptr) + 1 : 1;
    bytes_store_u32(bytes, *out + count - 1);
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

/* The number after those of the table's indexes is kept for its stream. */
static status begin_stream(struct store_txn *txn, struct engine_table_own *own, uint32_t number)
{
    own->next->stream_number = number;
    const status st = logbook_begin(txn, own->engine, own->next, own->write->arena);
    if (st == ST_OK) return ST_OK;
    if (st != ST_LIMIT_EXCEEDED) return FAIL_PLAIN(own->write->err, st);
    return FAIL(own->write->err, st,
                "A stream is labelled with a date, and the year 9999 has none left");
}

static status make_table(struct store_txn *txn, struct engine_table_own *own)
{
    const struct mem *mem = own->engine->mem;
    const struct table_spec *spec = own->write->spec;
    struct error *err = own->write->err;
    TRY_PLAIN(err, table_from_spec(mem, spec, &own->identity, &own->next));
    own->next->status = TABLE_ACTIVE;
    for (uint8_t i = 0; i < own->next->spec.index_count; i++)
        own->next->spec.indexes[i].status = TABLE_ACTIVE;
    if (spec->stream != TABLE_STREAM_OFF)
        TRY(begin_stream(txn, own, own->identity.number + 1 + spec->index_count));
    TRY_PLAIN(err, clone_as(mem, own->next, TABLE_CREATING, &own->reply));
    return ST_OK;
}

static status run_create(struct store_txn *txn, struct engine_table_own *own)
{
    struct error *err = own->write->err;
    struct span stored = {0};
    bool found = false;
    TRY_PLAIN(err, store_txn_get(txn, own->key, &stored, &found));
    if (found)
        return FAIL(err, ST_IN_USE, "Table already exists: %.*s", SPAN_ARG(own->write->name));
    const uint32_t streams = own->write->spec->stream != TABLE_STREAM_OFF ? 1 : 0;
    const uint32_t numbers = 1 + (uint32_t)own->write->spec->index_count + streams;
    TRY_PLAIN(err, next_numbers(txn, numbers, &own->identity.number));
    TRY(make_table(txn, own));
    TRY_PLAIN(err, stage_description(txn, own));
    return ST_OK;
}

/* The table to change, as this function finds it: the stored description, which earlier functions
 * may have changed, with the live part of the version that threads see. */
static status read_current(struct store_txn *txn, struct engine_table_own *own, struct table **out)
{
    struct error *err = own->write->err;
    struct span stored = {0};
    bool found = false;
    TRY_PLAIN(err, store_txn_get(txn, own->key, &stored, &found));
    if (!found) return fail_not_found(own->name.name, err);
    const struct table *shown = catalog_find(own->engine->catalog, own->name);
    if (shown == NULL)
        return FAIL(err, ST_IN_USE,
                    "Attempt to change a resource which is still in use: Table is being created: "
                    "%.*s",
                    SPAN_ARG(own->name.name));
    const status st = table_read(own->engine->mem, stored, shown, out);
    table_drop(shown);
    return st == ST_OK ? ST_OK : FAIL_PLAIN(err, st);
}

static status fail_in_use(const struct table *table, struct error *err)
{
    return FAIL(err, ST_IN_USE,
                "Attempt to change a resource which is still in use: Table is being updated: %.*s",
                SPAN_ARG(table->spec.name));
}

/* Exchange own->next for one with a new index, which then waits to be filled. */
static status add_index(struct store_txn *txn, struct engine_table_own *own)
{
    struct error *err = own->write->err;
    struct table_index index = *own->write->change->new_index;
    struct table *before = own->next;
    TRY(alter_check_new_index(before, &index, err));
    TRY_PLAIN(err, next_numbers(txn, 1, &index.number));
    index.status = TABLE_CREATING;
    index.backfilling = true;
    TRY_PLAIN(err, table_with_index(own->engine->mem, before, &index, &own->next));
    table_drop(before);
    own->next->status = TABLE_UPDATING; /* until fill.c is through */
    return ST_OK;
}

/* Stage the end of all that stands under the number of a table or of one of its indexes. */
static status stage_end_of(struct store_txn *txn, struct item_key_home home, struct arena *arena)
{
    const uint32_t number = home.index == NULL ? home.table->number : home.index->number;
    struct store_range range = {0};
    uint8_t count_key[ENGINE_OWN_COUNT_KEY_BYTES];
    engine_own_count_key(number, count_key);
    TRY(item_key_segment(home, 0, 1, arena, &range));
    TRY(store_txn_delete(txn, (struct span){count_key, sizeof count_key}));
    return store_txn_delete_range(txn, range);
}

static status end_place(struct store_txn *txn, uint32_t number)
{
    uint8_t key[ENGINE_OWN_PLACE_KEY_BYTES];
    engine_own_place_key(number, key);
    return store_txn_delete(txn, (struct span){key, sizeof key});
}

/* Exchange own->next for one without the index, which may be one that is being filled: fill.c finds
 * it gone at its next step. */
static status drop_index(struct store_txn *txn, struct engine_table_own *own)
{
    struct error *err = own->write->err;
    const struct span name = own->write->change->dropped_index;
    struct table *before = own->next;
    TRY(alter_check_dropped_index(before, name, err));
    const struct item_key_home home = {before, table_find_index(before, name)};
    TRY_PLAIN(err, end_place(txn, home.index->number));
    TRY_PLAIN(err, stage_end_of(txn, home, own->write->arena));
    TRY_PLAIN(err, table_without_index(own->engine->mem, before, name, &own->next));
    table_drop(before);
    own->next->status = TABLE_ACTIVE; /* no other index is being filled */
    return ST_OK;
}

/* The reply shows an index that is going as it was, DELETING. */
static status make_reply(struct engine_table_own *own, const struct table *before)
{
    const struct engine_table_change *change = own->write->change;
    const bool drops = change->dropped_index.len > 0;
    struct table *reply = NULL;
    TRY(table_clone(own->engine->mem, drops ? before : own->next, &reply));
    own->reply = reply;
    reply->status = alter_only_warms(change) ? TABLE_ACTIVE : TABLE_UPDATING;
    alter_show_warmth(reply, before, change);
    for (uint8_t i = 0; drops && i < reply->spec.index_count; i++) {
        struct table_index *index = &reply->spec.indexes[i];
        if (span_eq(index->name, change->dropped_index)) index->status = TABLE_DELETING;
    }
    return ST_OK;
}

/* Stage own->next and let later writes know that there is a newer description. */
static status stage_change(struct store_txn *txn, struct engine_table_own *own)
{
    own->next->generation++;
    TRY_PLAIN(own->write->err, stage_description(txn, own));
    atomic_store(&own->next->live->generation, own->next->generation);
    return ST_OK;
}

typedef status(alter_fn)(const struct mem *mem, const struct table *before,
                         const struct engine_table_change *change, struct table **out,
                         struct error *err);

/* A change of what is beside the table's life: its state stays what it is. */
static status annotate(struct store_txn *txn, struct engine_table_own *own,
                       const struct table *before, alter_fn *fn)
{
    const struct mem *mem = own->engine->mem;
    struct error *err = own->write->err;
    TRY(fn(mem, before, own->write->change, &own->next, err));
    TRY_PLAIN(err, clone_as(mem, own->next, own->next->status, &own->reply));
    return stage_change(txn, own);
}

/* Stage the end of all expiry entries, and of a filling that is under way. */
static status end_expiry(struct store_txn *txn, const struct table *table, struct arena *arena)
{
    struct store_range entries = {0};
    TRY(expiry_all(table, arena, &entries));
    TRY(store_txn_delete_range(txn, entries));
    return table->ttl_filling == 0 ? ST_OK : end_place(txn, table->ttl_filling);
}

/* A table that never had an item needs no filling: it has every entry at once. */
static status begin_expiry(struct store_txn *txn, struct table *next)
{
    if (!atomic_load(&next->live->used)) return ST_OK;
    return next_numbers(txn, 1, &next->ttl_filling);
}

static status switch_ttl(struct store_txn *txn, struct engine_table_own *own,
                         const struct table *before)
{
    const struct mem *mem = own->engine->mem;
    struct error *err = own->write->err;
    const struct engine_table_change *change = own->write->change;
    TRY(alter_ttl(mem, before, change, &own->next, err));
    own->next->ttl_changed_ms = os_now_ms(own->engine->os);
    own->next->ttl_filling = 0;
    TRY_PLAIN(err, change->ttl_enabled ? begin_expiry(txn, own->next)
                                       : end_expiry(txn, before, own->write->arena));
    TRY_PLAIN(err, clone_as(mem, own->next, own->next->status, &own->reply));
    return stage_change(txn, own);
}

static status check_stream(const struct table *table, table_stream_view wanted, struct error *err)
{
    const bool is_on = table->spec.stream != TABLE_STREAM_OFF;
    const bool turns_on = wanted != TABLE_STREAM_OFF;
    if (is_on && turns_on)
        return FAIL(err, ST_VALIDATION, "Table already has an enabled stream: TableName: %.*s",
                    SPAN_ARG(table->spec.name));
    if (!is_on && !turns_on)
        return FAIL(err, ST_VALIDATION, "Table has no stream to disable: TableName: %.*s",
                    SPAN_ARG(table->spec.name));
    return ST_OK;
}

/* The latest stream stays the table's when it is switched off. */
static status switch_stream(struct store_txn *txn, struct engine_table_own *own)
{
    struct error *err = own->write->err;
    struct table *next = own->next;
    const table_stream_view view = own->write->change->stream;
    const bool is_on = next->spec.stream != TABLE_STREAM_OFF;
    uint32_t number = 0;
    TRY(check_stream(next, view, err));
    if (is_on) TRY_PLAIN(err, logbook_end(txn, own->engine, next, own->write->arena));
    next->spec.stream = view;
    if (is_on) return ST_OK;
    TRY_PLAIN(err, next_numbers(txn, 1, &number));
    return begin_stream(txn, own, number);
}

/* An index of a table that never had an item needs no filling. */
static status add_vectors(struct store_txn *txn, struct engine_table_own *own,
                          const struct table *before)
{
    struct table_vectors vectors = *own->write->change->new_vectors;
    vectors.status = atomic_load(&before->live->used) ? TABLE_CREATING : TABLE_ACTIVE;
    TRY(next_numbers(txn, 1, &vectors.number));
    return table_with_vectors(own->engine->mem, before, &vectors, &own->next);
}

/* It may be one that is being filled: fill.c finds it gone at its next step. */
static status drop_vectors(struct store_txn *txn, struct engine_table_own *own,
                           const struct table *before)
{
    const struct span name = own->write->change->dropped_vectors;
    const struct table_vectors *vectors = table_find_vectors(before, name);
    own->ended_vectors = vectors->number;
    TRY(end_place(txn, vectors->number));
    TRY(vector_entry_end(txn, vectors, own->write->arena));
    return table_without_vectors(own->engine->mem, before, name, &own->next);
}

static status switch_vectors(struct store_txn *txn, struct engine_table_own *own,
                             const struct table *before)
{
    struct error *err = own->write->err;
    const struct engine_table_change *change = own->write->change;
    TRY(alter_check_vectors(before, change, err));
    TRY_PLAIN(err, change->new_vectors != NULL ? add_vectors(txn, own, before)
                                               : drop_vectors(txn, own, before));
    TRY_PLAIN(err, clone_as(own->engine->mem, own->next, own->next->status, &own->reply));
    return stage_change(txn, own);
}

/* Does `change` end the index that the table is UPDATING for? That is all it may do now. */
static bool ends_filling(const struct table *table, const struct engine_table_change *change)
{
    const struct table_index *index = table_find_index(table, change->dropped_index);
    return index != NULL && index->backfilling && change->new_index == NULL;
}

static status alter(struct store_txn *txn, struct engine_table_own *own, const struct table *before)
{
    struct error *err = own->write->err;
    const struct engine_table_change *change = own->write->change;
    const uint64_t now_ms = os_now_ms(own->engine->os);
    if (before->status == TABLE_UPDATING && !ends_filling(before, change))
        return fail_in_use(before, err);
    TRY_PLAIN(err, table_clone(own->engine->mem, before, &own->next));
    TRY(alter_settings(own->next, change, now_ms, err));
    TRY(alter_indexes(own->next, change, now_ms, err));
    if (change->new_index != NULL) TRY(add_index(txn, own));
    if (change->dropped_index.len > 0) TRY(drop_index(txn, own));
    if (change->has_stream) TRY(switch_stream(txn, own));
    table_warm_settle(own->next);
    TRY_PLAIN(err, make_reply(own, before));
    return stage_change(txn, own);
}

static status run_update(struct store_txn *txn, struct engine_table_own *own)
{
    const struct engine_table_change *change = own->write->change;
    struct table *before = NULL;
    status st = ST_OK;
    TRY(read_current(txn, own, &before));
    if (alter_is_of_tags(change))
        st = annotate(txn, own, before, alter_tags);
    else if (alter_is_of_schemas(change))
        st = annotate(txn, own, before, alter_schemas);
    else if (alter_is_of_vectors(change))
        st = switch_vectors(txn, own, before);
    else if (change->has_ttl)
        st = switch_ttl(txn, own, before);
    else
        st = alter(txn, own, before);
    table_drop(before);
    return st;
}

static status stage_end_of_collections(struct store_txn *txn, const struct table *table,
                                       struct arena *arena)
{
    struct store_range range = {0};
    if (!collection_is_counted(&table->spec)) return ST_OK;
    TRY(item_key_collections(table, arena, &range));
    return store_txn_delete_range(txn, range);
}

static status end_all_vectors(struct store_txn *txn, const struct table *table, struct arena *arena)
{
    for (uint8_t i = 0; i < table->spec.vector_count; i++) {
        const struct table_vectors *vectors = &table->spec.vectors[i];
        TRY(end_place(txn, vectors->number));
        TRY(vector_entry_end(txn, vectors, arena));
    }
    return ST_OK;
}

static status stage_end(struct store_txn *txn, struct engine_table_own *own)
{
    const struct table *table = own->reply;
    struct arena *arena = own->write->arena;
    TRY(stage_end_of_collections(txn, table, arena));
    TRY(store_txn_delete(txn, own->key));
    TRY(stage_end_of(txn, (struct item_key_home){table, NULL}, arena));
    TRY(end_expiry(txn, table, arena));
    if (table->spec.stream != TABLE_STREAM_OFF) TRY(logbook_end(txn, own->engine, table, arena));
    for (uint8_t i = 0; i < table->spec.index_count; i++)
        TRY(stage_end_of(txn, (struct item_key_home){table, &table->spec.indexes[i]}, arena));
    return end_all_vectors(txn, table, arena);
}

static status run_delete(struct store_txn *txn, struct engine_table_own *own)
{
    struct error *err = own->write->err;
    struct table *reply = NULL;
    TRY(read_current(txn, own, &reply));
    own->reply = reply;
    if (reply->status == TABLE_UPDATING)
        return FAIL(err, ST_IN_USE,
                    "Attempt to change a resource which is still in use: Cannot delete table while "
                    "indexes are being created, updated, or deleted.");
    reply->status = TABLE_DELETING;
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

/* New throughput takes effect at once; what was left or owed goes along. */
static void carry_throughput(const struct engine_table_own *own)
{
    struct engine *engine = own->engine;
    if (!engine->enforces_throughput || own->write->verb != ENGINE_TABLE_UPDATE) return;
    const struct table *shown = catalog_find(engine->catalog, own->name);
    if (shown != NULL) throttle_carry(engine, shown, own->next);
    table_drop(shown);
}

/* Who watches a stream learns that it has ended. */
static void tell_streams(const struct engine_table_own *own)
{
    if (own->reply->stream_number > 0) logbook_tell(own->engine, own->reply->stream_number);
}

/* What is in memory of vector indexes that end goes with them. */
static void end_galleries(const struct engine_table_own *own)
{
    struct gallery *gallery = own->engine->gallery;
    const struct table_spec *spec = &own->reply->spec;
    if (own->ended_vectors > 0) gallery_end(gallery, own->ended_vectors);
    if (own->write->verb != ENGINE_TABLE_DELETE) return;
    for (uint8_t i = 0; i < spec->vector_count; i++) gallery_end(gallery, spec->vectors[i].number);
}

static void publish(struct engine_table_own *own)
{
    struct engine *engine = own->engine;
    carry_throughput(own);
    if (own->next != NULL)
        catalog_publish(engine->catalog, own->next);
    else
        catalog_remove(engine->catalog, own->name);
    if (own->next != NULL && backfill_has_work(own->next)) backfill_wake(engine->backfill);
    tell_streams(own);
    end_galleries(own);
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

static status prepare(const struct engine_space *space, struct engine_table_write *write)
{
    struct engine *engine = space->engine;
    struct engine_table_own *own = arena_new(write->arena, struct engine_table_own);
    if (own == NULL) return ST_NO_MEMORY;
    own->engine = engine;
    own->write = write;
    own->node = (struct store_write){
        .fn = write_run, .done = write_done, .ctx = own, .helped = space->helps};
    own->name = (struct catalog_name){space->name, write->name};
    own->identity.space = space->name;
    own->identity.created_ms = os_now_ms(engine->os);
    TRY(make_id(engine->os, own->identity.id));
    TRY(engine_own_table_key(own->name, write->arena, &own->key));
    write->own = own;
    return write->verb == ENGINE_TABLE_CREATE ? catalog_reserve(engine->catalog) : ST_OK;
}

status engine_table_write(const struct engine_space *space, struct engine_table_write *write)
{
    assert(write->done != NULL);
    assert(space->snapshot == NULL);
    assert((write->verb == ENGINE_TABLE_CREATE) == (write->spec != NULL));
    assert((write->verb == ENGINE_TABLE_UPDATE) == (write->change != NULL));
    TRY_PLAIN(write->err, prepare(space, write));
    store_write(space->engine->store, &write->own->node);
    return ST_OK;
}
