/* index_rules.c -- secondary indexes of a request.
 *
 * The order of the checks is the service's: all key schemas first, local indexes before global
 * ones; only then, index by index, what else is wrong with it. Counts come last there, and so do
 * they here, but names are compared no further than the count may go.
 *
 * Sources of the sentences: dynalite's tests, which were run against DynamoDB, the public
 * conformance suite, and what the service answers.
 */
#include "api/index_rules.h"

#include "api/table_rules.h"
#include "base/limits.h"

#define INVALID "One or more parameter values were invalid: "

static const struct table_fields_index *index_at(const struct field_list *indexes, uint32_t i)
{
    return FIELD_AT(*indexes, struct table_fields_index, i);
}

/* ---- lists */

status index_rules_lists(const struct index_rules *rules, struct error *err)
{
    if (rules->local->given && rules->local->count == 0) {
        return FAIL(err, ST_VALIDATION, INVALID "List of LocalSecondaryIndexes is empty");
    }
    if (rules->global->given && rules->global->count == 0) {
        return FAIL(err, ST_VALIDATION, INVALID "List of GlobalSecondaryIndexes is empty");
    }
    if (rules->local->given && rules->table_key->count < 2) {
        return FAIL(err, ST_VALIDATION,
                    INVALID "Table KeySchema does not have a range key, which is required when "
                            "specifying a LocalSecondaryIndex");
    }
    return ST_OK;
}

/* ---- keys */

static status check_local_key(const struct index_rules *rules,
                              const struct table_fields_index *index, struct error *err)
{
    TRY(key_rules_use(rules->keys, &index->key, err));
    TRY(key_rules_pair(&index->key, err));
    if (index->key.count < 2) {
        return FAIL(err, ST_VALIDATION,
                    INVALID "Index KeySchema does not have a range key for index: %.*s",
                    SPAN_ARG(index->name));
    }
    const struct span own = FIELD_AT(index->key, struct table_fields_key, 0)->name;
    const struct span table = FIELD_AT(*rules->table_key, struct table_fields_key, 0)->name;
    if (span_eq(own, table)) return ST_OK;
    return FAIL(err, ST_VALIDATION,
                INVALID "Index KeySchema does not have the same leading hash key as table "
                        "KeySchema for index: %.*s. index hash key: %.*s, table hash key: %.*s",
                SPAN_ARG(index->name), SPAN_ARG(own), SPAN_ARG(table));
}

status index_rules_keys(const struct index_rules *rules, struct error *err)
{
    for (uint32_t i = 0; i < rules->local->count; i++) {
        TRY(check_local_key(rules, index_at(rules->local, i), err));
    }
    for (uint32_t i = 0; i < rules->global->count; i++) {
        const struct table_fields_index *index = index_at(rules->global, i);
        TRY(key_rules_use(rules->keys, &index->key, err));
        TRY(key_rules_parts(&index->key, err));
    }
    return ST_OK;
}

/* ---- projections */

static struct span included_at(const struct table_fields_projection *projection, uint32_t i)
{
    return *FIELD_AT(projection->attributes, struct span, i);
}

static status check_included(const struct table_fields_projection *projection, struct error *err)
{
    for (uint32_t i = 0; i < projection->attributes.count; i++) {
        const struct span name = included_at(projection, i);
        if (name.len == 0 || name.len > LIMIT_KEY_NAME_BYTES) {
            return FAIL(err, ST_VALIDATION,
                        "1 validation error detected: Value at 'nonKeyAttributes' failed to "
                        "satisfy constraint: Member must satisfy constraint: [Member must have "
                        "length less than or equal to 255, Member must have length greater than "
                        "or equal to 1]");
        }
        for (uint32_t j = 0; j < i; j++) {
            if (!span_eq(name, included_at(projection, j))) continue;
            return FAIL(err, ST_VALIDATION, INVALID "Duplicate element in NonKeyAttributes: %.*s",
                        SPAN_ARG(name));
        }
    }
    return ST_OK;
}

static status check_projection(const struct table_fields_projection *projection, struct error *err)
{
    if (projection->type.value == 0) {
        return FAIL(err, ST_VALIDATION, INVALID "Unknown ProjectionType: null");
    }
    const bool includes = projection->type.value == TABLE_PROJECT_INCLUDE + 1;
    if (projection->attributes.given != includes) {
        return FAIL(err, ST_VALIDATION,
                    INVALID "ProjectionType is %.*s, but NonKeyAttributes is %s",
                    SPAN_ARG(projection->type.text), includes ? "not specified" : "specified");
    }
    return check_included(projection, err);
}

/* At most LIMIT_INDEX_INCLUDED names. */
static void sort_names(struct span *names, uint32_t count)
{
    for (uint32_t i = 1; i < count; i++) {
        const struct span name = names[i];
        uint32_t at = i;
        for (; at > 0 && span_compare(name, names[at - 1]) < 0; at--) names[at] = names[at - 1];
        names[at] = name;
    }
}

/* The attributes of INCLUDE in the order of their names, as DynamoDB shows them. */
static status fill_projection(const struct table_fields_projection *projection, struct arena *arena,
                              struct table_index *out)
{
    const uint32_t count = projection->attributes.count;
    struct span *names = arena_new_array(arena, (size_t)count + 1, struct span);
    if (names == NULL) return ST_NO_MEMORY;
    for (uint32_t i = 0; i < count; i++) names[i] = included_at(projection, i);
    sort_names(names, count);
    out->projection = (table_projection)(projection->type.value - 1);
    out->included = names;
    out->included_count = (uint8_t)count;
    return ST_OK;
}

/* ---- capacity */

static status check_units(const struct table_fields_index *index, struct error *err)
{
    const struct {
        int64_t units;
        const char *name;
    } both[] = {
        {index->throughput->read_units.value,  "ReadCapacityUnits" },
        {index->throughput->write_units.value, "WriteCapacityUnits"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(both); i++) {
        if (table_rules_units_fit(both[i].units)) continue;
        return FAIL(err, ST_VALIDATION, "Given value %lld for %s is out of bounds for index %.*s",
                    (long long)both[i].units, both[i].name, SPAN_ARG(index->name));
    }
    return ST_OK;
}

static status check_throughput(const struct table_fields_index *index, table_billing billing,
                               struct error *err)
{
    if (billing == TABLE_PAY_PER_REQUEST) {
        if (index->throughput == NULL) return ST_OK;
        return FAIL(err, ST_VALIDATION,
                    INVALID "ProvisionedThroughput should not be specified for index: %.*s when "
                            "BillingMode is PAY_PER_REQUEST",
                    SPAN_ARG(index->name));
    }
    if (index->throughput == NULL) {
        return FAIL(err, ST_VALIDATION,
                    INVALID "ProvisionedThroughput is not specified for index: %.*s",
                    SPAN_ARG(index->name));
    }
    return check_units(index, err);
}

static status check_maximum(struct field_number maximum, bool clearing, const char *name,
                            const struct table_fields_index *index, struct error *err)
{
    if (!maximum.given || maximum.value >= 1) return ST_OK;
    if (clearing && maximum.value == -1) return ST_OK;
    return FAIL(err, ST_VALIDATION,
                INVALID "Requested %s for OnDemandThroughput for index : %.*s is outside of valid "
                        "range",
                name, SPAN_ARG(index->name));
}

status index_rules_on_demand(const struct table_fields_index *index, bool clearing,
                             struct error *err)
{
    if (index->on_demand == NULL) return ST_OK;
    TRY(check_maximum(index->on_demand->read_max, clearing, "MaxReadRequestUnits", index, err));
    return check_maximum(index->on_demand->write_max, clearing, "MaxWriteRequestUnits", index, err);
}

static status check_on_demand(const struct table_fields_index *index, table_billing billing,
                              struct error *err)
{
    if (!table_rules_on_demand_given(index->on_demand)) return ST_OK;
    if (billing == TABLE_PROVISIONED) {
        return FAIL(err, ST_VALIDATION,
                    INVALID "%s for OnDemandThroughput for index: %.*s cannot be specified when "
                            "table BillingMode is PROVISIONED.",
                    index->on_demand->read_max.given ? "MaxReadRequestUnits"
                                                     : "MaxWriteRequestUnits",
                    SPAN_ARG(index->name));
    }
    return index_rules_on_demand(index, false, err);
}

status index_rules_warm(const struct table_fields_index *index, table_billing billing,
                        struct error *err)
{
    const struct table_rules_warmth warmth = {
        .warm = index->warm,
        .index = index->name,
        .billing = billing,
        .throughput = index->throughput,
    };
    return table_rules_warm(&warmth, err);
}

static void fill_capacity(const struct table_fields_index *index, struct table_index *out)
{
    if (index->throughput != NULL) {
        out->throughput.read_units = (uint64_t)index->throughput->read_units.value;
        out->throughput.write_units = (uint64_t)index->throughput->write_units.value;
    }
    if (index->on_demand != NULL) {
        out->on_demand_read_max = index->on_demand->read_max.value;
        out->on_demand_write_max = index->on_demand->write_max.value;
    }
    table_rules_warm_fill(index->warm, &out->warm);
}

/* ---- names and numbers */

static bool name_stands_before(const struct field_list *indexes, uint32_t end, struct span name)
{
    for (uint32_t i = 0; i < end; i++) {
        if (span_eq(index_at(indexes, i)->name, name)) return true;
    }
    return false;
}

static status fail_name(struct span name, struct error *err)
{
    return FAIL(err, ST_VALIDATION, INVALID "Duplicate index name: %.*s", SPAN_ARG(name));
}

static status check_included_total(const struct index_rules *rules, struct error *err)
{
    const struct field_list *const lists[] = {rules->local, rules->global};
    uint32_t total = 0;
    for (size_t i = 0; i < ARRAY_COUNT(lists); i++) {
        for (uint32_t j = 0; j < lists[i]->count; j++) {
            total += index_at(lists[i], j)->projection->attributes.count;
        }
    }
    if (total <= LIMIT_INDEXES_INCLUDED) return ST_OK;
    return FAIL(err, ST_VALIDATION,
                INVALID "Number of projected attributes in all indexes exceeds limit of %d",
                LIMIT_INDEXES_INCLUDED);
}

static status check_local(const struct field_list *local, struct error *err)
{
    for (uint32_t i = 0; i < local->count && i <= LIMIT_LOCAL_INDEXES; i++) {
        const struct table_fields_index *index = index_at(local, i);
        TRY(check_projection(index->projection, err));
        if (name_stands_before(local, i, index->name)) return fail_name(index->name, err);
    }
    if (local->count <= LIMIT_LOCAL_INDEXES) return ST_OK;
    return FAIL(err, ST_VALIDATION,
                INVALID "Number of LocalSecondaryIndexes exceeds per-table limit of %d",
                LIMIT_LOCAL_INDEXES);
}

static status check_global(const struct index_rules *rules, struct error *err)
{
    const struct field_list *global = rules->global;
    for (uint32_t i = 0; i < global->count && i <= LIMIT_GLOBAL_INDEXES; i++) {
        const struct table_fields_index *index = index_at(global, i);
        TRY(check_projection(index->projection, err));
        TRY(check_throughput(index, rules->billing, err));
        TRY(check_on_demand(index, rules->billing, err));
        TRY(index_rules_warm(index, rules->billing, err));
        const bool taken = name_stands_before(global, i, index->name) ||
                           name_stands_before(rules->local, rules->local->count, index->name);
        if (taken) return fail_name(index->name, err);
    }
    if (global->count <= LIMIT_GLOBAL_INDEXES) return ST_OK;
    return FAIL(err, ST_VALIDATION,
                INVALID "GlobalSecondaryIndex count exceeds the per-table limit of %d",
                LIMIT_GLOBAL_INDEXES);
}

status index_rules_rest(const struct index_rules *rules, struct error *err)
{
    TRY(check_local(rules->local, err));
    TRY(check_global(rules, err));
    return check_included_total(rules, err);
}

/* ---- what becomes of them */

static status fill_one(const struct key_rules *keys, const struct table_fields_index *index,
                       struct arena *arena, struct table_index *out)
{
    out->name = index->name;
    key_rules_fill(keys, &index->key, &out->key);
    fill_capacity(index, out);
    return fill_projection(index->projection, arena, out);
}

status index_rules_fill(const struct index_rules *rules, struct arena *arena,
                        struct table_spec *spec)
{
    const struct field_list *const lists[] = {rules->local, rules->global};
    const size_t count = (size_t)rules->local->count + rules->global->count;
    struct table_index *indexes = arena_new_array(arena, count + 1, struct table_index);
    if (indexes == NULL) return ST_NO_MEMORY;
    spec->indexes = indexes;
    for (size_t i = 0; i < ARRAY_COUNT(lists); i++) {
        for (uint32_t j = 0; j < lists[i]->count; j++) {
            struct table_index *out = &indexes[spec->index_count++];
            out->global = lists[i] == rules->global;
            TRY(fill_one(rules->keys, index_at(lists[i], j), arena, out));
        }
    }
    return ST_OK;
}

status index_rules_one(struct key_rules *keys, const struct table_fields_index *index,
                       struct arena *arena, struct table_index *out, struct error *err)
{
    TRY(key_rules_use(keys, &index->key, err));
    TRY(key_rules_parts(&index->key, err));
    TRY(check_projection(index->projection, err));
    *out = (struct table_index){.global = true};
    TRY_PLAIN(err, fill_one(keys, index, arena, out));
    return ST_OK;
}
