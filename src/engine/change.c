/* change.c -- putting, updating and deleting one item; the steps are in change.h. */
#include "engine/change.h"

#include "engine/capacity.h"
#include "engine/collection.h"
#include "engine/fit.h"
#include "engine/gallery.h"
#include "engine/logbook.h"
#include "engine/throttle.h"
#include "table/item_key.h"

enum {
    COUNTS_OLD_MS = 1000,       /* how old the saved counts of a table may grow under writes */
    STORED_BYTES_MAX = 8 << 20, /* form and lengths around at most LIMIT_ITEM_BYTES of content */
};

/* ---- before */

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

/* Is what an update gives a part of an index's key, whatever the item holds, of its type? */
static status check_given_type(const struct table_index *index, const struct table_key_part *part,
                               const struct expr *update, struct error *err)
{
    const value_type given = expr_update_type(update, part->name);
    return given == VALUE_NONE ? ST_OK : table_check_index_type(index, part, given, err);
}

static status check_given_types(const struct table *table, const struct expr *update,
                                struct error *err)
{
    for (uint8_t i = 0; i < table->spec.index_count; i++) {
        const struct table_index *index = &table->spec.indexes[i];
        if (index->scope.len > 0) continue; /* what does not fit it is not in it */
        for (uint8_t j = 0; j < index->key.partition_count; j++)
            TRY(check_given_type(index, &index->key.partition[j], update, err));
        for (uint8_t j = 0; j < index->key.sort_count; j++)
            TRY(check_given_type(index, &index->key.sort[j], update, err));
    }
    return ST_OK;
}

table_check_source change_source(const struct change *change)
{
    if (change->write->verb != ENGINE_PUT) return TABLE_CHECK_KEY;
    return change->in_batch ? TABLE_CHECK_BATCH_ITEM : TABLE_CHECK_ITEM;
}

static status check_write(const struct change *change)
{
    const struct table *table = change->table;
    const struct engine_write *write = change->write;
    struct error *err = write->err;
    TRY(table_check_key(table, write->attributes, change_source(change), err));
    if (write->update != NULL) TRY(check_update(table, write->update, err));
    if (write->verb == ENGINE_PUT) TRY(table_check_index_keys(table, write->attributes, err));
    if (write->verb == ENGINE_PUT) TRY(vector_entry_check(table, write->attributes, err));
    if (write->update != NULL) TRY(check_given_types(table, write->update, err));
    TRY(engine_own_check_paths(table, write->update, err));
    return engine_own_check_paths(table, write->condition, err);
}

status change_prepare(struct change *change)
{
    struct engine_write *write = change->write;
    TRY(check_write(change));
    TRY_PLAIN(write->err, item_key_of(change->engine->hash, change->table, write->attributes,
                                      write->arena, &change->key));
    return ST_OK;
}

/* ---- throughput */

static status admit(const struct change *change, const struct table_index *index)
{
    struct engine_write *write = change->write;
    const struct throttle_place place = {change->table, index, true};
    if (change->times == 0) return ST_OK;
    return throttle_admit(change->engine, place, &write->throttle, write->err);
}

void change_charge(const struct change *change)
{
    const struct table_spec *spec = &change->table->spec;
    uint32_t half_units = change->write->write_units * 2 * change->times;
    if (!change->engine->enforces_throughput || change->times == 0) return;
    for (uint8_t i = 0; i < spec->index_count; i++) {
        const struct throttle_place place = {change->table, &spec->indexes[i], true};
        if (!spec->indexes[i].global)
            half_units += change->indexes[i].half_units;
        else
            throttle_charge(change->engine, place, change->indexes[i].half_units);
    }
    throttle_charge(change->engine, (struct throttle_place){change->table, NULL, true}, half_units);
}

/* ---- judging */

/* Answer with `map`, which may lie in the store's memory, unless it is empty. */
static status answer(struct engine_write *write, struct value map)
{
    if (value_count(map) == 0) return ST_OK;
    write->has_attributes = true;
    TRY_PLAIN(write->err, engine_own_copy(write->arena, map, &write->returned));
    return ST_OK;
}

/* What a refusal tells and costs, whatever it is for. */
static status answer_refused(struct change *change)
{
    struct engine_write *write = change->write;
    write->write_units = capacity_write_units(change->old.size);
    change_charge(change);
    if (!write->old_on_failure || !change->found) return ST_OK;
    return answer(write, change->old.attributes);
}

static status refuse_version(struct change *change)
{
    const struct engine_write *write = change->write;
    TRY(answer_refused(change));
    if (!change->found)
        return FAIL(write->err, ST_VERSION, "The item should have version %llu and does not exist",
                    (unsigned long long)write->if_version);
    if (write->if_version == 0)
        return FAIL(write->err, ST_VERSION, "The item should not exist and has version %llu",
                    (unsigned long long)change->old.version);
    return FAIL(write->err, ST_VERSION, "The item should have version %llu and has version %llu",
                (unsigned long long)write->if_version, (unsigned long long)change->old.version);
}

static status refuse_condition(struct change *change)
{
    TRY(answer_refused(change));
    return FAIL_PLAIN(change->write->err, ST_CONDITION_FAILED);
}

/* Judge once more, the very item: within the write function. What there is no memory for is not
 * explained, and the answer is the same. */
static void explain(struct engine_write *write, const struct item *item)
{
    struct expr_explanation *told = arena_new(write->arena, struct expr_explanation);
    if (told == NULL || expr_explain(write->condition, item, write->arena, told) != ST_OK) return;
    write->explanation = told;
}

/* The item as found, or none, whose version is 0. */
static status judge_found(struct change *change)
{
    struct engine_write *write = change->write;
    write->version = change->old.version;
    if (write->has_version && write->if_version != change->old.version)
        return refuse_version(change);
    if (write->condition == NULL) return ST_OK;
    const struct item *item = change->found ? &change->old : NULL;
    const bool holds = expr_holds(write->condition, item);
    if (write->explains) explain(write, item);
    return holds ? ST_OK : refuse_condition(change);
}

/* Is `item`, which stands under the key, there for this change, or dead (W6), or neither? */
static void place_item(struct change *change, const struct item *item, struct expiry_moment now)
{
    const bool past = expiry_is_past(now, change->table, item->attributes);
    const bool hidden = past && now.hides;
    change->found = change->by_service ? past : !hidden;
    change->has_dead = !change->by_service && hidden;
    if (change->found) change->old = *item;
    if (change->has_dead) change->dead = *item;
}

static status find_old(struct store_txn *txn, struct change *change, struct expiry_moment now)
{
    struct span stored = {0};
    struct item item = {0};
    bool found = false;
    change->found = change->has_dead = false;
    change->old = change->dead = (struct item){0};
    TRY(store_txn_get(txn, change->key, &stored, &found));
    if (!found) return ST_OK;
    TRY(item_view(stored, &item));
    place_item(change, &item, now);
    return ST_OK;
}

/* Exchange the table for its newest version (W5). */
static status renew_table(struct store_txn *txn, struct change *change)
{
    const struct table *known = change->table;
    struct span key = {0}, stored = {0};
    struct table *newest = NULL;
    bool found = false;
    TRY(engine_own_table_key(catalog_name_of(known), change->write->arena, &key));
    TRY(store_txn_get(txn, key, &stored, &found));
    if (!found) return ST_NOT_FOUND;
    TRY(table_read(change->engine->mem, stored, known, &newest));
    change->table = newest;
    change->renewed = true;
    table_drop(known);
    return ST_OK;
}

static status meet_table(struct store_txn *txn, struct change *change)
{
    const struct table_live *live = change->table->live;
    if (atomic_load(&live->gone)) return ST_NOT_FOUND;
    if (atomic_load(&live->generation) != change->table->generation) TRY(renew_table(txn, change));
    const uint8_t count = change->table->spec.index_count;
    change->write->collection = (struct engine_collection){0};
    change->write->index_cost_count = 0;
    change->indexes = arena_new_array(change->write->arena, count, struct index_delta);
    change->vectors = arena_new_array(change->write->arena, change->table->spec.vector_count,
                                      struct vector_delta);
    return change->indexes == NULL || change->vectors == NULL ? ST_NO_MEMORY : ST_OK;
}

status change_judge(struct store_txn *txn, struct change *change, struct expiry_moment now)
{
    struct engine_write *write = change->write;
    change->items_added = change->bytes_added = 0;
    write->has_attributes = false;
    write->write_units = 0;
    write->misfit = NULL;
    write->explanation = NULL;
    TRY_PLAIN(write->err, meet_table(txn, change));
    TRY(admit(change, NULL));
    TRY_PLAIN(write->err, find_old(txn, change, now));
    return judge_found(change);
}

/* ---- applying */

/* The costs of the indexes whose entries changed, for the reply. */
static status list_costs(struct change *change)
{
    struct engine_write *write = change->write;
    const struct table_spec *spec = &change->table->spec;
    write->index_cost_count = 0;
    if (spec->index_count == 0) return ST_OK;
    write->index_costs = arena_new_array(write->arena, spec->index_count, struct engine_index_cost);
    if (write->index_costs == NULL) return ST_NO_MEMORY;
    for (uint8_t i = 0; i < spec->index_count; i++) {
        if (change->indexes[i].half_units == 0) continue;
        struct engine_index_cost *cost = &write->index_costs[write->index_cost_count++];
        cost->global = spec->indexes[i].global;
        cost->half_units = change->indexes[i].half_units;
        if (!arena_copy(write->arena, spec->indexes[i].name, &cost->name)) return ST_NO_MEMORY;
    }
    return ST_OK;
}

/* The parts of an index's key that an update wrote. Others may not fit the index: they were there
 * before it, and then the item just does not stand in it. */
static status check_updated_key(const struct table_index *index, const struct expr *update,
                                struct value after, struct error *err)
{
    const struct table_key *key = &index->key;
    if (index->scope.len > 0) return ST_OK; /* it does not mind */
    for (uint8_t i = 0; i < key->partition_count; i++) {
        const struct table_key_part *part = &key->partition[i];
        if (!expr_update_writes(update, part->name)) continue;
        TRY(table_check_updated_part(part, LIMIT_PARTITION_KEY_BYTES, after, err));
    }
    for (uint8_t i = 0; i < key->sort_count; i++) {
        const struct table_key_part *part = &key->sort[i];
        if (!expr_update_writes(update, part->name)) continue;
        TRY(table_check_updated_part(part, LIMIT_SORT_KEY_BYTES, after, err));
    }
    return ST_OK;
}

/* Do the vectors that a write brings fit their indexes? */
static status check_vectors(const struct change *change, struct value after)
{
    const struct engine_write *write = change->write;
    if (write->verb == ENGINE_PUT) return vector_entry_check(change->table, after, write->err);
    if (write->update == NULL) return ST_OK;
    return vector_entry_check_updated(change->table, write->update, after, write->err);
}

/* Do the key attributes of indexes that a write brings fit them? */
static status check_index_keys(const struct change *change, struct value after)
{
    const struct engine_write *write = change->write;
    const struct table_spec *spec = &change->table->spec;
    if (write->verb == ENGINE_PUT) return table_check_index_keys(change->table, after, write->err);
    for (uint8_t i = 0; i < spec->index_count && write->update != NULL; i++)
        TRY(check_updated_key(&spec->indexes[i], write->update, after, write->err));
    return ST_OK;
}

static struct index_work work_on(struct store_txn *txn, const struct change *change, uint8_t i)
{
    const struct table *table = change->table;
    return (struct index_work){
        txn, change->engine->hash, {table, &table->spec.indexes[i]},
          change->write->arena
    };
}

/* A global index without units stops the writes that would change it, and no others. */
static status admit_indexes(struct store_txn *txn, const struct change *change,
                            const struct index_images *images)
{
    const struct table_spec *spec = &change->table->spec;
    if (!change->engine->enforces_throughput) return ST_OK;
    for (uint8_t i = 0; i < spec->index_count; i++) {
        const struct index_work work = work_on(txn, change, i);
        uint32_t price = 0;
        if (!spec->indexes[i].global) continue;
        TRY_PLAIN(change->write->err, index_price(&work, images, &price));
        if (price > 0) TRY(admit(change, &spec->indexes[i]));
    }
    return ST_OK;
}

/* Stage what a change of the item does to its entries, of indexes and of expiry. */
static status stage_entries(struct store_txn *txn, struct change *change,
                            const struct index_images *images)
{
    struct engine_write *write = change->write;
    for (uint8_t i = 0; i < change->table->spec.index_count; i++) {
        const struct index_work work = work_on(txn, change, i);
        TRY_PLAIN(write->err, index_stage(&work, images, &change->indexes[i]));
    }
    TRY_PLAIN(write->err, expiry_stage(txn, change->table, change->key, images, write->arena));
    const struct vector_entry_work work = {txn, change->table, change->key, write->arena};
    TRY_PLAIN(write->err, vector_entry_stage(&work, images, change->vectors));
    return ST_OK;
}

/* One side of a change, as the log takes it; a change has two records where it ends a dead item. */
enum { RECORDS_OF_CHANGE = 2, RECORD_OF_DEAD = 0, RECORD_OF_ITEM = 1 };

/* Stage the record of a change from `before` to `after`; all zero is no item (W8). */
static status log_change(struct store_txn *txn, const struct change *change,
                         const struct item *before, const struct item *after, uint32_t record)
{
    if (change->table->spec.stream == TABLE_STREAM_OFF) return ST_OK; /* Q6 */
    const struct logbook_change logged = {
        .txn = txn,
        .engine = change->engine,
        .table = change->table,
        .item = change->key,
        .ordinal = change->place * RECORDS_OF_CHANGE + record,
        .by_service = change->by_service || record == RECORD_OF_DEAD,
        .before = before->attributes,
        .after = after->attributes,
        .before_bytes = before->size,
        .after_bytes = after->size,
        .arena = change->write->arena,
    };
    TRY_PLAIN(change->write->err, logbook_append(&logged));
    return ST_OK;
}

/* Stage the end of what goes with `item`, and note how the table shrinks. */
static status stage_end(struct store_txn *txn, struct change *change, const struct item *item)
{
    const struct index_images images = {.before = item->attributes};
    TRY(stage_entries(txn, change, &images));
    change->items_added -= 1;
    change->bytes_added -= item->size;
    return ST_OK;
}

/* W6; costs nothing. The item that takes its place is staged over it. */
static status stage_dead(struct store_txn *txn, struct change *change)
{
    TRY(stage_end(txn, change, &change->dead));
    return log_change(txn, change, &change->dead, &(struct item){0}, RECORD_OF_DEAD);
}

static status fail_too_large(const struct engine_write *write)
{
    return FAIL(write->err, ST_VALIDATION, "Item size%s has exceeded the maximum allowed size",
                write->verb == ENGINE_UPDATE ? " to update" : "");
}

/* An item and its entries in local indexes may together be as large as an item alone (developer
 * guide, "Constraints", item size for tables with local secondary indexes). */
static status check_size(const struct change *change, uint32_t bytes)
{
    const struct table_spec *spec = &change->table->spec;
    uint64_t sum = bytes;
    for (uint8_t i = 0; i < spec->index_count; i++)
        if (!spec->indexes[i].global) sum += change->indexes[i].bytes;
    return sum > LIMIT_ITEM_BYTES ? fail_too_large(change->write) : ST_OK;
}

/* Written once in a table's life, not with every item. */
static void note_use(struct table_live *live)
{
    if (!atomic_load(&live->used)) atomic_store(&live->used, true);
}

static status put_item(struct store_txn *txn, const struct change *change, struct value attributes)
{
    struct arena *arena = change->write->arena;
    const struct arena_mark mark = arena_mark(arena);
    struct buf stored;
    buf_init(&stored, arena_mem(arena), STORED_BYTES_MAX);
    item_write(&stored, change->write->version, attributes);
    status st = buf_status(&stored);
    if (st == ST_OK) st = store_txn_put(txn, change->key, buf_view(&stored));
    arena_rewind(arena, mark); /* the store has a copy */
    return st;
}

/* Stage `attributes` as the item, and note how the table grows. */
static status stage_item(struct store_txn *txn, struct change *change, struct value attributes)
{
    struct engine_write *write = change->write;
    const uint32_t bytes = item_size(attributes);
    const struct index_images images = {change->old.attributes, attributes};
    if (bytes > LIMIT_ITEM_BYTES) return fail_too_large(write);
    TRY(check_index_keys(change, attributes));
    TRY(check_vectors(change, attributes));
    TRY(fit_check(change->table, attributes, write));
    TRY(admit_indexes(txn, change, &images)); /* before anything is staged: a batch goes on then */
    if (change->has_dead) TRY(stage_dead(txn, change));
    write->version = store_txn_sequence(txn);
    TRY(stage_entries(txn, change, &images));
    TRY(check_size(change, bytes));
    TRY_PLAIN(write->err, list_costs(change));
    TRY_PLAIN(write->err, put_item(txn, change, attributes));
    const struct item after = {.attributes = attributes, .size = bytes};
    TRY(log_change(txn, change, &change->old, &after, RECORD_OF_ITEM));
    change->items_added += change->found ? 0 : 1;
    change->bytes_added += (int64_t)bytes - change->old.size;
    note_use(change->table->live);
    write->write_units = capacity_write_units(bytes > change->old.size ? bytes : change->old.size);
    return ST_OK;
}

static status answer_old(struct change *change)
{
    if (!change->found || change->write->returns != ENGINE_RETURN_ALL_OLD) return ST_OK;
    return answer(change->write, change->old.attributes);
}

static status run_put(struct store_txn *txn, struct change *change)
{
    TRY(stage_item(txn, change, change->write->attributes));
    return answer_old(change);
}

static status run_delete(struct store_txn *txn, struct change *change)
{
    const struct index_images images = {.before = change->old.attributes};
    change->write->write_units = capacity_write_units(change->old.size);
    if (!change->found) return ST_OK;
    change->write->version = 0;
    TRY(admit_indexes(txn, change, &images));
    TRY(stage_end(txn, change, &change->old));
    TRY_PLAIN(change->write->err, list_costs(change));
    TRY_PLAIN(change->write->err, store_txn_delete(txn, change->key));
    TRY(log_change(txn, change, &change->old, &(struct item){0}, RECORD_OF_ITEM));
    return answer_old(change);
}

static status answer_touched(struct engine_write *write, struct value map)
{
    struct value touched = map;
    if (write->update != NULL)
        TRY_PLAIN(write->err, expr_update_touched(write->update, map, write->arena, &touched));
    return answer(write, touched);
}

/* ReturnValues of an update; `after` is VALUE_NONE when the update made no item. */
static status answer_update(struct change *change, struct value after)
{
    struct engine_write *write = change->write;
    switch (write->returns) {
    case ENGINE_RETURN_NONE:
        return ST_OK;
    case ENGINE_RETURN_ALL_OLD:
        return answer_old(change);
    case ENGINE_RETURN_ALL_NEW:
        return after.type == VALUE_NONE ? ST_OK : answer(write, after);
    case ENGINE_RETURN_UPDATED_OLD:
        if (!change->found || write->update == NULL) return ST_OK;
        return answer_touched(write, change->old.attributes);
    case ENGINE_RETURN_UPDATED_NEW:
        if (after.type == VALUE_NONE || write->update == NULL) return ST_OK;
        return answer_touched(write, after);
    }
    return ST_OK;
}

static status run_update(struct store_txn *txn, struct change *change)
{
    struct engine_write *write = change->write;
    struct value after = change->found ? change->old.attributes : write->attributes;
    if (write->update != NULL)
        TRY(expr_update(write->update, after, write->arena, &after, write->err));
    const bool makes = write->update == NULL || expr_update_creates(write->update);
    if (!change->found && !makes) {
        write->write_units = capacity_write_units(0);
        return answer_update(change, (struct value){0});
    }
    TRY(stage_item(txn, change, after));
    return answer_update(change, after);
}

/* Save the table's counts with this write if that was not done for a while. A version that is not
 * shown yet may not know them. */
static status refresh_counts(struct store_txn *txn, struct change *change)
{
    struct table_live *live = change->table->live;
    const uint64_t now_ms = os_now_ms(change->engine->os);
    if (change->renewed) return ST_OK;
    if (now_ms - atomic_load(&live->counts_saved_ms) < COUNTS_OLD_MS) return ST_OK;
    atomic_store(&live->counts_saved_ms, now_ms);
    return engine_own_save_counts(txn, change->table);
}

static status run_check(struct store_txn *txn, struct change *change)
{
    (void)txn;
    change->write->write_units = capacity_write_units(change->old.size);
    return ST_OK;
}

/* What the change adds to the collection of its item. */
static int64_t collection_bytes_added(const struct change *change)
{
    const struct table_spec *spec = &change->table->spec;
    int64_t added = change->bytes_added;
    for (uint8_t i = 0; i < spec->index_count; i++)
        if (!spec->indexes[i].global) added += change->indexes[i].bytes_added;
    return added;
}

/* Count what the change added to its item collection, and tell how large that is now. */
static status count_collection(struct store_txn *txn, struct change *change)
{
    struct engine_write *write = change->write;
    struct engine_collection *told = &write->collection;
    if (write->verb == ENGINE_CHECK || !collection_is_counted(&change->table->spec)) return ST_OK;
    TRY(collection_add(txn, change->engine, change->key, collection_bytes_added(change),
                       &told->bytes));
    if (change->by_service) return ST_OK; /* nobody is told */
    TRY(collection_key(change->table, write->attributes, write->arena, &told->key));
    told->counted = true;
    return ST_OK;
}

status change_recount(struct store_txn *txn, struct change *change)
{
    change->bytes_added = 0;
    TRY(meet_table(txn, change)); /* which forgets what the change did to the indexes */
    return count_collection(txn, change);
}

typedef status(verb_fn)(struct store_txn *txn, struct change *change);

static verb_fn *const verbs[] = {
    [ENGINE_PUT] = run_put,
    [ENGINE_UPDATE] = run_update,
    [ENGINE_DELETE] = run_delete,
    [ENGINE_CHECK] = run_check,
};

status change_apply(struct store_txn *txn, struct change *change)
{
    struct engine_write *write = change->write;
    TRY(verbs[write->verb](txn, change));
    TRY_PLAIN(write->err, count_collection(txn, change));
    TRY_PLAIN(write->err, refresh_counts(txn, change));
    return ST_OK;
}

/* ---- after */

/* Where the index `number` is counted. A version that a change renewed for itself may have a live
 * part of its own for it (G4); done comes in the order of the functions, so by now the catalog
 * shows that version or a later one. NULL: the table is gone. */
static const struct table_index *counted(const struct change *change, const struct table *shown,
                                         uint32_t number)
{
    if (!change->renewed) return table_find_number(change->table, number);
    const bool is_same = shown != NULL && shown->number == change->table->number;
    return is_same ? table_find_number(shown, number) : NULL;
}

static void settle_indexes(const struct change *change)
{
    const struct table_spec *spec = &change->table->spec;
    const struct table *shown = NULL;
    if (change->renewed)
        shown = catalog_find(change->engine->catalog, catalog_name_of(change->table));
    for (uint8_t i = 0; i < spec->index_count; i++) {
        const struct table_index *index = counted(change, shown, spec->indexes[i].number);
        if (index != NULL) index_settle(index, &change->indexes[i]);
    }
    table_drop(shown);
}

void change_settle(const struct change *change)
{
    struct table_live *live = change->table->live;
    atomic_fetch_add(&live->item_count, (uint64_t)change->items_added);
    atomic_fetch_add(&live->item_bytes, (uint64_t)change->bytes_added);
    settle_indexes(change);
    gallery_note(change->engine->gallery, change->table, change->key, change->vectors);
    if (change->table->spec.stream != TABLE_STREAM_OFF)
        logbook_tell(change->engine, change->table->stream_number);
}
