/* index_updates.c -- GlobalSecondaryIndexUpdates of UpdateTable.
 *
 * The request's own mistakes are told before the table is looked at: elements without an action or
 * with two, two elements for one index. All else depends on the table: whether the index is there,
 * how it is billed, whether another index is being made. An index may take the attribute types
 * that the table knows already and no others; definitions that the new index does not use are
 * ignored, as the service does.
 *
 * Sources of the sentences: dynalite's tests, which were run against DynamoDB, and what the service
 * answers.
 */
#include "api/index_updates.h"

#include <inttypes.h>

#include "api/table_rules.h"
#include "base/limits.h"

#define INVALID "One or more parameter values were invalid: "

/* ---- against the request alone */

static const struct table_fields_index_update *update_at(const struct index_updates *updates,
                                                         uint32_t i)
{
    return FIELD_AT(*updates->list, struct table_fields_index_update, i);
}

/* The index that an element is about; it has one action. */
static const struct table_fields_index *action_of(const struct table_fields_index_update *update)
{
    if (update->create != NULL) return update->create;
    return update->delete != NULL ? update->delete : update->update;
}

static status check_action(const struct table_fields_index_update *update, struct error *err)
{
    const void *const actions[] = {update->update, update->create, update->delete};
    unsigned count = 0;
    for (size_t i = 0; i < ARRAY_COUNT(actions); i++) count += actions[i] != NULL ? 1 : 0;
    if (count == 1) return ST_OK;
    if (count > 1) {
        return FAIL(err, ST_VALIDATION,
                    INVALID "Only one global secondary index action is allowed per "
                            "GlobalSecondaryIndexUpdate object");
    }
    return FAIL(err, ST_VALIDATION,
                INVALID "One of GlobalSecondaryIndexUpdate.Update, "
                        "GlobalSecondaryIndexUpdate.Create, GlobalSecondaryIndexUpdate.Delete must "
                        "not be null");
}

/* A table has 20 global indexes at most, so no list of more can be about different ones: names are
 * compared no further. */
status index_updates_shape(const struct index_updates *updates, struct error *err)
{
    for (uint32_t i = 0; i < updates->list->count; i++) {
        TRY(check_action(update_at(updates, i), err));
        const struct span name = action_of(update_at(updates, i))->name;
        for (uint32_t j = 0; j < i && j <= LIMIT_GLOBAL_INDEXES; j++) {
            if (!span_eq(name, action_of(update_at(updates, j))->name)) continue;
            return FAIL(err, ST_VALIDATION,
                        INVALID "Only one global secondary index update per index is allowed "
                                "simultaneously. Index: %.*s",
                        SPAN_ARG(name));
        }
    }
    return ST_OK;
}

static uint32_t count_online(const struct index_updates *updates)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < updates->list->count; i++)
        count += update_at(updates, i)->update == NULL;
    return count;
}

bool index_updates_make(const struct index_updates *updates)
{
    for (uint32_t i = 0; i < updates->list->count; i++) {
        if (update_at(updates, i)->create != NULL) return true;
    }
    return false;
}

bool index_updates_make_or_end(const struct index_updates *updates)
{
    return count_online(updates) > 0;
}

bool index_updates_only_warm(const struct index_updates *updates)
{
    for (uint32_t i = 0; i < updates->list->count; i++) {
        const struct table_fields_index *update = update_at(updates, i)->update;
        if (update == NULL || update->throughput != NULL || update->on_demand != NULL) return false;
    }
    return true;
}

status index_updates_warm(const struct index_updates *updates, struct error *err)
{
    for (uint32_t i = 0; i < updates->list->count; i++) {
        const struct table_fields_index *update = update_at(updates, i)->update;
        if (update == NULL || update->warm == NULL) continue;
        if (table_rules_warm_given(update->warm)) continue;
        return FAIL(err, ST_VALIDATION,
                    INVALID "WarmThroughput must have at least one of ReadUnitsPerSecond or "
                            "WriteUnitsPerSecond specified for index: %.*s",
                    SPAN_ARG(update->name));
    }
    return ST_OK;
}

/* ---- one at a time */

static bool is_changing(const struct table_index *index)
{
    return index->status == TABLE_CREATING || index->status == TABLE_DELETING;
}

/* Is an index of the table being made or ended, other than the one called `except`? */
static bool is_busy(const struct table *table, struct span except)
{
    for (uint8_t i = 0; i < table->spec.index_count; i++) {
        const struct table_index *index = &table->spec.indexes[i];
        if (is_changing(index) && !span_eq(index->name, except)) return true;
    }
    return false;
}

static status check_online(const struct index_updates *updates, const struct table *table,
                           struct error *err)
{
    const uint32_t count = count_online(updates);
    bool refused = count > 1;
    for (uint32_t i = 0; i < updates->list->count; i++) {
        const struct table_fields_index_update *update = update_at(updates, i);
        if (update->update != NULL) continue;
        const struct span except = update->delete != NULL ? update->delete->name : SPAN("");
        refused = refused || is_busy(table, except);
    }
    if (!refused) return ST_OK;
    return FAIL(err, ST_LIMIT_EXCEEDED,
                "Subscriber limit exceeded: Only 1 online index can be created or deleted "
                "simultaneously per table");
}

/* ---- capacity of one index */

static status check_on_demand(const struct table_fields_index *index, table_billing billing,
                              struct error *err)
{
    if (!table_rules_on_demand_given(index->on_demand)) return ST_OK;
    if (billing == TABLE_PAY_PER_REQUEST) return index_rules_on_demand(index, true, err);
    return FAIL(err, ST_VALIDATION,
                INVALID "%s for OnDemandThroughput for index : %.*s cannot be specified when the "
                        "table BillingMode is PROVISIONED",
                index->on_demand->read_max.given ? "MaxReadRequestUnits" : "MaxWriteRequestUnits",
                SPAN_ARG(index->name));
}

static status fail_no_units(const struct table_fields_index *index, struct error *err)
{
    return FAIL(err, ST_VALIDATION,
                INVALID "Both ReadCapacityUnits and WriteCapacityUnits must be specified for "
                        "index: %.*s",
                SPAN_ARG(index->name));
}

static status check_fit(const struct table_fields_throughput *throughput, struct error *err)
{
    const bool fits = throughput == NULL || (table_rules_units_fit(throughput->read_units.value) &&
                                             table_rules_units_fit(throughput->write_units.value));
    if (fits) return ST_OK;
    return FAIL(err, ST_VALIDATION,
                "This operation cannot be performed with given input values. Please contact "
                "DynamoDB service team for more info: Action Blocked: IndexUpdate");
}

/* ---- Create */

static uint32_t count_included(const struct table *table)
{
    uint32_t count = 0;
    for (uint8_t i = 0; i < table->spec.index_count; i++) {
        count += table->spec.indexes[i].included_count;
    }
    return count;
}

static uint32_t count_global(const struct table *table)
{
    uint32_t count = 0;
    for (uint8_t i = 0; i < table->spec.index_count; i++) {
        count += table->spec.indexes[i].global ? 1 : 0;
    }
    return count;
}

/* Is there room for `index`? */
static status check_room(const struct table_index *index, const struct table *table,
                         struct error *err)
{
    if (count_global(table) >= LIMIT_GLOBAL_INDEXES) {
        return FAIL(err, ST_LIMIT_EXCEEDED,
                    "Subscriber limit exceeded: Number of global secondary indexes exceeds "
                    "per-table limit of %d",
                    LIMIT_GLOBAL_INDEXES);
    }
    if (count_included(table) + index->included_count > LIMIT_INDEXES_INCLUDED) {
        return FAIL(err, ST_VALIDATION,
                    INVALID "Number of projected attributes in all indexes exceeds limit of %d",
                    LIMIT_INDEXES_INCLUDED);
    }
    return ST_OK;
}

/* A part of a key and its role. */
struct role {
    const struct table_key_part *part;
    const char *word;
};

/* What `key` knows of the attribute called `name`; part is NULL when it has no such part. */
static struct role find_role(const struct table_key *key, struct span name)
{
    for (uint8_t i = 0; i < key->partition_count; i++) {
        if (span_eq(key->partition[i].name, name)) return (struct role){&key->partition[i], "HASH"};
    }
    for (uint8_t i = 0; i < key->sort_count; i++) {
        if (span_eq(key->sort[i].name, name)) return (struct role){&key->sort[i], "RANGE"};
    }
    return (struct role){.part = NULL};
}

/* May a part of a new key have its type, beside what `key` says of the same attribute? */
static status check_type(const struct role *new, const struct table_key *key, struct error *err)
{
    const struct role old = find_role(key, new->part->name);
    if (old.part == NULL || old.part->type == new->part->type) return ST_OK;
    return FAIL(err, ST_VALIDATION,
                INVALID "Attributes cannot be redefined. Please check that your attribute has the "
                        "same type as previously defined. Existing schema: Schema:[SchemaElement: "
                        "key{%.*s:%s:%s}] New schema: Schema:[SchemaElement: key{%.*s:%s:%s}]",
                SPAN_ARG(old.part->name), value_type_name(old.part->type), old.word,
                SPAN_ARG(new->part->name), value_type_name(new->part->type), new->word);
}

static status check_role(const struct role *new, const struct table *table, struct error *err)
{
    TRY(check_type(new, &table->spec.key, err));
    for (uint8_t i = 0; i < table->spec.index_count; i++) {
        TRY(check_type(new, &table->spec.indexes[i].key, err));
    }
    return ST_OK;
}

static status check_types(const struct table_key *key, const struct table *table, struct error *err)
{
    for (uint8_t i = 0; i < key->partition_count; i++) {
        TRY(check_role(&(struct role){&key->partition[i], "HASH"}, table, err));
    }
    for (uint8_t i = 0; i < key->sort_count; i++) {
        TRY(check_role(&(struct role){&key->sort[i], "RANGE"}, table, err));
    }
    return ST_OK;
}

static status check_new_units(const struct table_fields_index *index, table_billing billing,
                              struct error *err)
{
    const bool given = index->throughput != NULL;
    if (billing == TABLE_PROVISIONED && !given) return fail_no_units(index, err);
    if (billing == TABLE_PAY_PER_REQUEST && given) {
        return FAIL(err, ST_VALIDATION,
                    INVALID "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified for "
                            "index: %.*s when BillingMode is PAY_PER_REQUEST",
                    SPAN_ARG(index->name));
    }
    return check_fit(index->throughput, err);
}

/* What a change of `table` leaves it billed by. */
static table_billing billing_after(const struct table *table,
                                   const struct engine_table_change *change)
{
    return change->has_billing ? change->billing : table->spec.billing;
}

static status settle_create(struct call *call, const struct index_updates *updates,
                            const struct table_fields_index *index, const struct table *table,
                            struct engine_table_change *change)
{
    struct key_rules keys = {0};
    const table_billing billing = billing_after(table, change);
    struct table_index *made = arena_new(call->arena, struct table_index);
    if (made == NULL) return FAIL_PLAIN(call->err, ST_NO_MEMORY);
    if (table_find_index(table, index->name) != NULL) {
        return FAIL(call->err, ST_VALIDATION, "Attempting to create an index which already exists");
    }
    if (updates->definitions->count == 0) {
        return FAIL(call->err, ST_VALIDATION,
                    INVALID "AttributeDefinitions is not specified for index: %.*s",
                    SPAN_ARG(index->name));
    }
    TRY(key_rules_begin(&keys, call->arena, updates->definitions, call->err));
    TRY(index_rules_one(&keys, index, call->arena, made, call->err));
    made->scope = call->index_scope;
    TRY(check_new_units(index, billing, call->err));
    TRY(check_on_demand(index, billing, call->err));
    TRY(index_rules_warm(index, billing, call->err));
    TRY(check_types(&made->key, table, call->err));
    TRY(check_room(made, table, call->err));
    change->new_index = made;
    return ST_OK;
}

/* ---- Update and Delete */

/* The global index that an action names. */
static status find_global(const struct table *table, struct span name, const char *verb,
                          const struct table_index **out, struct error *err)
{
    const struct table_index *index = table_find_index(table, name);
    if (index == NULL) {
        return FAIL(err, ST_NOT_FOUND, "Requested resource not found: Index %.*s for table %.*s",
                    SPAN_ARG(name), SPAN_ARG(table->spec.name));
    }
    if (!index->global) {
        return FAIL(err, ST_VALIDATION,
                    "Cannot %s an index that is not a GlobalSecondaryIndex: %.*s", verb,
                    SPAN_ARG(name));
    }
    *out = index;
    return ST_OK;
}

static status settle_delete(struct call *call, const struct table_fields_index *index,
                            const struct table *table, struct engine_table_change *change)
{
    const struct table_index *found = NULL;
    TRY(find_global(table, index->name, "delete", &found, call->err));
    change->dropped_index = index->name;
    return ST_OK;
}

static status check_differs(const struct table_index *index,
                            const struct table_fields_throughput *throughput, struct error *err)
{
    const uint64_t read_units = index->throughput.read_units;
    const uint64_t write_units = index->throughput.write_units;
    const bool same = read_units == (uint64_t)throughput->read_units.value &&
                      write_units == (uint64_t)throughput->write_units.value;
    if (!same) return ST_OK;
    return FAIL(err, ST_VALIDATION,
                "The provisioned throughput for the index %.*s will not change. The requested "
                "value equals the current value. Current ReadCapacityUnits provisioned for index "
                "%.*s: %" PRIu64 ". Requested ReadCapacityUnits: %" PRIu64
                ". Current WriteCapacityUnits provisioned for index %.*s: %" PRIu64
                ". Requested WriteCapacityUnits: %" PRIu64
                ". Refer to the Amazon DynamoDB Developer Guide for current limits and how to "
                "request higher limits.",
                SPAN_ARG(index->name), SPAN_ARG(index->name), read_units, read_units,
                SPAN_ARG(index->name), write_units, write_units);
}

static status check_changed_units(const struct table_fields_index *asked,
                                  const struct table_index *index, table_billing billing,
                                  struct error *err)
{
    const bool others =
        table_rules_on_demand_given(asked->on_demand) || table_rules_warm_given(asked->warm);
    if (asked->throughput == NULL && others) return ST_OK;
    if (billing == TABLE_PAY_PER_REQUEST) {
        return FAIL(err, ST_VALIDATION,
                    INVALID "The only Updates for index: %.*s when TableThroughputMode is "
                            "PAY_PER_REQUEST can be to OnDemandThroughput, WarmThroughput",
                    SPAN_ARG(asked->name));
    }
    if (asked->throughput == NULL) return fail_no_units(asked, err);
    return check_differs(index, asked->throughput, err);
}

static struct engine_index_change change_of(const struct table_fields_index *asked)
{
    struct engine_index_change change = {
        .name = asked->name,
        .has_throughput = asked->throughput != NULL,
        .has_on_demand = table_rules_on_demand_given(asked->on_demand),
        .warm = table_rules_warm_change(asked->warm),
    };
    if (asked->throughput != NULL) {
        change.read_units = (uint64_t)asked->throughput->read_units.value;
        change.write_units = (uint64_t)asked->throughput->write_units.value;
    }
    if (asked->on_demand != NULL) {
        change.on_demand_read_max = asked->on_demand->read_max.value;
        change.on_demand_write_max = asked->on_demand->write_max.value;
    }
    return change;
}

static status settle_update(struct call *call, const struct table_fields_index *asked,
                            const struct table *table, struct engine_table_change *change,
                            struct engine_index_change *out)
{
    const struct table_index *index = NULL;
    const table_billing billing = billing_after(table, change);
    TRY(check_fit(asked->throughput, call->err));
    TRY(find_global(table, asked->name, "update", &index, call->err));
    TRY(check_changed_units(asked, index, billing, call->err));
    TRY(check_on_demand(asked, billing, call->err));
    *out = change_of(asked);
    change->index_change_count++;
    return ST_OK;
}

/* ---- all of them */

static bool has_units(const struct engine_table_change *change, struct span name)
{
    for (uint8_t i = 0; i < change->index_change_count; i++) {
        const struct engine_index_change *index = &change->index_changes[i];
        if (index->has_throughput && span_eq(index->name, name)) return true;
    }
    return false;
}

/* A table that becomes provisioned needs units for each of its global indexes. */
static status check_all_units(struct call *call, const struct table *table,
                              const struct engine_table_change *change)
{
    if (table->spec.billing == TABLE_PROVISIONED) return ST_OK;
    if (billing_after(table, change) != TABLE_PROVISIONED) return ST_OK;
    struct buf names;
    buf_init(&names, arena_mem(call->arena), LIMIT_BODY_BYTES);
    for (uint8_t i = 0; i < table->spec.index_count; i++) {
        const struct table_index *index = &table->spec.indexes[i];
        if (!index->global || has_units(change, index->name)) continue;
        if (buf_view(&names).len > 0) buf_put_u8(&names, ',');
        buf_put(&names, index->name);
    }
    TRY_PLAIN(call->err, buf_status(&names));
    if (buf_view(&names).len == 0) return ST_OK;
    return FAIL(call->err, ST_VALIDATION,
                INVALID "ProvisionedThroughput must be specified for index: %.*s",
                SPAN_ARG(buf_view(&names)));
}

static status settle_one(struct call *call, const struct index_updates *updates, uint32_t i,
                         const struct table *table, struct engine_table_change *change)
{
    const struct table_fields_index_update *update = update_at(updates, i);
    if (update->create != NULL) {
        return settle_create(call, updates, update->create, table, change);
    }
    if (update->delete != NULL) return settle_delete(call, update->delete, table, change);
    return ST_OK;
}

/* Every update that is found is of another global index, so there is room for as many. */
static status settle_updates(struct call *call, const struct index_updates *updates,
                             const struct table *table, struct engine_table_change *change)
{
    struct engine_index_change *changes =
        arena_new_array(call->arena, LIMIT_GLOBAL_INDEXES, struct engine_index_change);
    if (changes == NULL) return FAIL_PLAIN(call->err, ST_NO_MEMORY);
    change->index_changes = changes;
    for (uint32_t i = 0; i < updates->list->count; i++) {
        const struct table_fields_index *asked = update_at(updates, i)->update;
        if (asked == NULL) continue;
        TRY(settle_update(call, asked, table, change, &changes[change->index_change_count]));
    }
    return ST_OK;
}

status index_updates_settle(struct call *call, const struct index_updates *updates,
                            const struct table *table, struct engine_table_change *change)
{
    TRY(check_online(updates, table, call->err));
    for (uint32_t i = 0; i < updates->list->count; i++) {
        TRY(settle_one(call, updates, i, table, change));
    }
    TRY(settle_updates(call, updates, table, change));
    return check_all_units(call, table, change);
}
