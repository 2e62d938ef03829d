/* alter.c -- what may change of a table's description, and what DynamoDB says when it may not.
 */
#include "engine/alter.h"

#include <assert.h>
#include <inttypes.h>

#include "table/table_schema.h"

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

/* ---- warm throughput */

static struct table_index *find_global(struct table *table, struct span name)
{
    for (uint8_t i = 0; i < table->spec.index_count; i++) {
        struct table_index *index = &table->spec.indexes[i];
        if (index->global && span_eq(index->name, name)) return index;
    }
    return NULL;
}

static status fail_colder(const char *unit, struct span index, struct error *err)
{
    return FAIL(err, ST_VALIDATION,
                "One or more parameter values were invalid: Requested %s for WarmThroughput for "
                "%s%.*s is lower than current WarmThroughput, decreasing WarmThroughput is not "
                "supported",
                unit, index.len > 0 ? "index " : "table", SPAN_ARG(index));
}

static bool is_less(int64_t asked, uint64_t current)
{
    return asked < 0 || (uint64_t)asked < current;
}

/* Warm up a table, or the index called `index`. */
static status change_warm(struct table_warm *warm, const struct engine_warm_change *change,
                          struct span index, struct error *err)
{
    if (change->has_read && is_less(change->read_units, warm->read_units))
        return fail_colder("ReadUnitsPerSecond", index, err);
    if (change->has_write && is_less(change->write_units, warm->write_units))
        return fail_colder("WriteUnitsPerSecond", index, err);
    if (change->has_read) warm->read_units = (uint64_t)change->read_units;
    if (change->has_write) warm->write_units = (uint64_t)change->write_units;
    return ST_OK;
}

static bool warms(const struct engine_warm_change *change)
{
    return change->has_read || change->has_write;
}

bool alter_only_warms(const struct engine_table_change *change)
{
    const bool others = change->has_billing || change->has_throughput || change->has_class ||
                        change->has_deletion_protection || change->has_on_demand ||
                        change->has_stream || change->new_index != NULL ||
                        change->dropped_index.len > 0;
    bool warm = warms(&change->warm);
    for (uint8_t i = 0; i < change->index_change_count; i++) {
        const struct engine_index_change *index = &change->index_changes[i];
        if (index->has_throughput || index->has_on_demand) return false;
        warm = true;
    }
    return warm && !others;
}

static void show_rising(struct table_warm *shown, const struct table_warm *before)
{
    *shown = *before;
    shown->rising = true;
}

void alter_show_warmth(struct table *reply, const struct table *before,
                       const struct engine_table_change *change)
{
    if (warms(&change->warm)) show_rising(&reply->spec.warm, &before->spec.warm);
    for (uint8_t i = 0; i < change->index_change_count; i++) {
        const struct engine_index_change *index = &change->index_changes[i];
        if (!warms(&index->warm)) continue;
        show_rising(&find_global(reply, index->name)->warm,
                    &table_find_index(before, index->name)->warm);
    }
}

/* ---- settings of the table */

status alter_settings(struct table *next, const struct engine_table_change *change, uint64_t now_ms,
                      struct error *err)
{
    struct table_spec *spec = &next->spec;
    TRY(change_billing(next, change, now_ms, err));
    if (change->has_class) {
        spec->class = change->class;
        next->class_changed_ms = now_ms;
    }
    if (change->has_deletion_protection) spec->deletion_protection = change->deletion_protection;
    TRY(change_warm(&spec->warm, &change->warm, (struct span){0}, err));
    return change->has_on_demand ? change_on_demand(spec, change, err) : ST_OK;
}

/* ---- indexes */

static status fail_no_index(const struct table *table, struct span name, struct error *err)
{
    return FAIL(err, ST_NOT_FOUND, "Requested resource not found: Index %.*s for table %.*s",
                SPAN_ARG(name), SPAN_ARG(table->spec.name));
}

static uint8_t count_global(const struct table_spec *spec)
{
    uint8_t count = 0;
    for (uint8_t i = 0; i < spec->index_count; i++)
        if (spec->indexes[i].global) count++;
    return count;
}

status alter_check_new_index(const struct table *table, const struct table_index *index,
                             struct error *err)
{
    if (table_find_index(table, index->name) != NULL ||
        table_find_vectors(table, index->name) != NULL)
        return FAIL(err, ST_VALIDATION, "Attempting to create an index which already exists");
    if (index->scope.len > 0 && table_schema_find(table, index->scope) == NULL)
        return table_schema_fail_missing(index->scope, err); /* S1 */
    if (count_global(&table->spec) < LIMIT_GLOBAL_INDEXES) return ST_OK;
    return FAIL(err, ST_LIMIT_EXCEEDED,
                "Subscriber limit exceeded: Number of global secondary indexes exceeds "
                "per-table limit of %d",
                LIMIT_GLOBAL_INDEXES);
}

status alter_check_dropped_index(const struct table *table, struct span name, struct error *err)
{
    const struct table_index *index = table_find_index(table, name);
    return index != NULL && index->global ? ST_OK : fail_no_index(table, name, err);
}

static status alter_index(struct table *next, const struct engine_index_change *change,
                          uint64_t now_ms, struct error *err)
{
    struct table_index *index = find_global(next, change->name);
    if (index == NULL) return fail_no_index(next, change->name, err);
    if (change->has_throughput)
        change_throughput(&index->throughput, change->read_units, change->write_units, now_ms);
    TRY(change_warm(&index->warm, &change->warm, change->name, err));
    if (!change->has_on_demand) return ST_OK;
    index->on_demand_read_max =
        merged_maximum(index->on_demand_read_max, change->on_demand_read_max);
    index->on_demand_write_max =
        merged_maximum(index->on_demand_write_max, change->on_demand_write_max);
    return ST_OK;
}

status alter_indexes(struct table *next, const struct engine_table_change *change, uint64_t now_ms,
                     struct error *err)
{
    for (uint8_t i = 0; i < change->index_change_count; i++)
        TRY(alter_index(next, &change->index_changes[i], now_ms, err));
    return ST_OK;
}

/* ---- tags */

bool alter_is_of_tags(const struct engine_table_change *change)
{
    return change->set_tag_count > 0 || change->removed_tag_count > 0;
}

/* Does `change` give the tag `key` another value, or take it away? */
static bool touches_tag(const struct engine_table_change *change, struct span key)
{
    for (uint8_t i = 0; i < change->set_tag_count; i++)
        if (span_eq(change->set_tags[i].key, key)) return true;
    for (uint8_t i = 0; i < change->removed_tag_count; i++)
        if (span_eq(change->removed_tags[i], key)) return true;
    return false;
}

/* Put `tag` at its place among tags[0 .. count - 1], which has room for one more. */
static void insert_tag(struct table_tag *tags, uint8_t count, struct table_tag tag)
{
    while (count > 0 && span_compare(tag.key, tags[count - 1].key) < 0) {
        tags[count] = tags[count - 1];
        count--;
    }
    tags[count] = tag;
}

status alter_tags(const struct mem *mem, const struct table *before,
                  const struct engine_table_change *change, struct table **out, struct error *err)
{
    struct table_tag tags[2 * LIMIT_TAGS];
    uint8_t count = 0;
    assert(change->set_tag_count <= LIMIT_TAGS);
    for (uint8_t i = 0; i < before->spec.tag_count; i++)
        if (!touches_tag(change, before->spec.tags[i].key)) tags[count++] = before->spec.tags[i];
    for (uint8_t i = 0; i < change->set_tag_count; i++)
        insert_tag(tags, count++, change->set_tags[i]);
    if (count > LIMIT_TAGS)
        return FAIL(err, ST_VALIDATION,
                    "Number of Tags exceed the current limit for the provided ResourceArn");
    struct table changed = *before;
    changed.spec.tags = tags;
    changed.spec.tag_count = count;
    TRY_PLAIN(err, table_clone(mem, &changed, out));
    return ST_OK;
}

/* ---- partition schemas */

bool alter_is_of_schemas(const struct engine_table_change *change)
{
    return change->new_schema != NULL || change->dropped_schema.len > 0;
}

status alter_schemas(const struct mem *mem, const struct table *before,
                     const struct engine_table_change *change, struct table **out,
                     struct error *err)
{
    if (change->new_schema != NULL) {
        TRY(table_schema_check_new(before, change->new_schema, err));
        TRY_PLAIN(err, table_schema_add(mem, before, change->new_schema, out));
        return ST_OK;
    }
    TRY(table_schema_check_dropped(before, change->dropped_schema, err));
    TRY_PLAIN(err, table_schema_remove(mem, before, change->dropped_schema, out));
    return ST_OK;
}

/* ---- vector indexes */

bool alter_is_of_vectors(const struct engine_table_change *change)
{
    return change->new_vectors != NULL || change->dropped_vectors.len > 0;
}

static bool is_index_name(struct span name)
{
    if (name.len < LIMIT_INDEX_NAME_BYTES_MIN || name.len > LIMIT_INDEX_NAME_BYTES) return false;
    for (size_t i = 0; i < name.len; i++) {
        const uint8_t c = name.ptr[i];
        const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        const bool is_digit = c >= '0' && c <= '9';
        if (!is_letter && !is_digit && c != '_' && c != '-' && c != '.') return false;
    }
    return true;
}

/* What a vector index may be, whatever others there are. */
static status check_vectors(const struct table *table, const struct table_vectors *vectors,
                            struct error *err)
{
    if (!is_index_name(vectors->name))
        return FAIL(err, ST_VALIDATION,
                    "the name of a vector index has %d to %d characters of a-z, A-Z, 0-9, '_', "
                    "'-' and '.'",
                    LIMIT_INDEX_NAME_BYTES_MIN, LIMIT_INDEX_NAME_BYTES);
    if (vectors->attribute.len == 0 || vectors->attribute.len > LIMIT_KEY_NAME_BYTES)
        return FAIL(err, ST_VALIDATION, "the attribute of a vector index has 1 to %d bytes",
                    LIMIT_KEY_NAME_BYTES);
    if (table_key_has(&table->spec.key, vectors->attribute))
        return FAIL(err, ST_VALIDATION, "attribute %.*s is a part of the key and no vector",
                    SPAN_ARG(vectors->attribute));
    if (vectors->kind.dimensions == 0 || vectors->kind.dimensions > LIMIT_VECTOR_DIMENSIONS)
        return FAIL(err, ST_VALIDATION, "a vector index has 1 to %d dimensions",
                    LIMIT_VECTOR_DIMENSIONS);
    return ST_OK;
}

/* Indexes of one attribute have the same dimensions: no item could stand in both otherwise. */
static status check_beside(const struct table *table, const struct table_vectors *vectors,
                           struct error *err)
{
    for (uint8_t i = 0; i < table->spec.vector_count; i++) {
        const struct table_vectors *other = &table->spec.vectors[i];
        if (span_eq(other->attribute, vectors->attribute) &&
            other->kind.dimensions != vectors->kind.dimensions)
            return FAIL(err, ST_VALIDATION,
                        "vector index %.*s of the same attribute has %u dimensions",
                        SPAN_ARG(other->name), (unsigned)other->kind.dimensions);
    }
    return ST_OK;
}

static status check_new_vectors(const struct table *table, const struct table_vectors *vectors,
                                struct error *err)
{
    TRY(check_vectors(table, vectors, err));
    if (table_find_index(table, vectors->name) != NULL ||
        table_find_vectors(table, vectors->name) != NULL)
        return FAIL(err, ST_VALIDATION, "Attempting to create an index which already exists");
    TRY(check_beside(table, vectors, err));
    if (table->spec.vector_count < LIMIT_VECTOR_INDEXES) return ST_OK;
    return FAIL(err, ST_LIMIT_EXCEEDED,
                "Subscriber limit exceeded: Number of vector indexes exceeds per-table limit of %d",
                LIMIT_VECTOR_INDEXES);
}

status alter_check_vectors(const struct table *table, const struct engine_table_change *change,
                           struct error *err)
{
    if (change->new_vectors != NULL) return check_new_vectors(table, change->new_vectors, err);
    if (table_find_vectors(table, change->dropped_vectors) != NULL) return ST_OK;
    return FAIL(err, ST_VALIDATION, "The table does not have the specified index: %.*s",
                SPAN_ARG(change->dropped_vectors));
}

/* ---- time to live */

static status check_ttl(const struct table *table, const struct engine_table_change *change,
                        struct error *err)
{
    const struct span current = table->spec.ttl_attribute;
    if (current.len == 0 && !change->ttl_enabled)
        return FAIL(err, ST_VALIDATION, "TimeToLive is already disabled");
    if (current.len == 0) return ST_OK;
    if (!span_eq(current, change->ttl_attribute))
        return FAIL(err, ST_VALIDATION,
                    "TimeToLive is active on a different AttributeName: current AttributeName is "
                    "%.*s",
                    SPAN_ARG(current));
    if (change->ttl_enabled) return FAIL(err, ST_VALIDATION, "TimeToLive is already enabled");
    return ST_OK;
}

status alter_ttl(const struct mem *mem, const struct table *before,
                 const struct engine_table_change *change, struct table **out, struct error *err)
{
    TRY(check_ttl(before, change, err));
    struct table changed = *before;
    changed.spec.ttl_attribute = change->ttl_enabled ? change->ttl_attribute : (struct span){0};
    TRY_PLAIN(err, table_clone(mem, &changed, out));
    return ST_OK;
}
