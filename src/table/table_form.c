/* table_form.c -- a table description as the bytes of the catalog.
 *
 * All integers are little-endian; a span is len u32 and its bytes; the order of the fields is that
 * of table_write and, mirrored, of read_fields. What is read is checked as far as reading it safely
 * needs: counts, enums, and that it ends in time.
 *
 * The first span is the name alone, or "space/name" for a table of a space: no name has a slash. So
 * a description that knows of no spaces is one of a table that is everybody's.
 *
 * Form 3 is form 2 and, behind it, the partition schemas and the scopes of the indexes. Form 4 is
 * form 3 and, behind it, the table's stream; form 5 is form 4 and its vector indexes. A table is
 * written in the lowest form that holds it, as programs did that knew of no higher one.
 */
#include "base/calendar.h"
#include "base/reader.h"
#include "table/table.h"
#include "table/table_own.h"

#include <string.h>

enum { /* on disk: never renumber */
       FORM_PLAIN = 2,
       FORM_SCHEMAS = 3,
       FORM_STREAMS = 4,
       FORM_VECTORS = 5,
};

static void write_span(struct buf *buf, struct span bytes)
{
    buf_put_u32(buf, (uint32_t)bytes.len);
    buf_put(buf, bytes);
}

static void write_name(struct buf *buf, const struct table *table)
{
    const struct span space = table->space, name = table->spec.name;
    if (space.len == 0) {
        write_span(buf, name);
        return;
    }
    buf_put_u32(buf, (uint32_t)(space.len + 1 + name.len));
    buf_put(buf, space);
    buf_put_u8(buf, '/');
    buf_put(buf, name);
}

static void write_parts(struct buf *buf, const struct table_key_part *parts, uint8_t count)
{
    buf_put_u8(buf, count);
    for (uint8_t i = 0; i < count; i++) {
        write_span(buf, parts[i].name);
        buf_put_u8(buf, (uint8_t)parts[i].type);
    }
}

static void write_throughput(struct buf *buf, const struct table_throughput *throughput)
{
    buf_put_u64(buf, throughput->read_units);
    buf_put_u64(buf, throughput->write_units);
    buf_put_u64(buf, throughput->increased_ms);
    buf_put_u64(buf, throughput->decreased_ms);
    buf_put_u32(buf, throughput->decreases_today);
}

static void write_index(struct buf *buf, const struct table_index *index)
{
    write_span(buf, index->name);
    buf_put_u8(buf, index->global ? 1 : 0);
    write_parts(buf, index->key.partition, index->key.partition_count);
    write_parts(buf, index->key.sort, index->key.sort_count);
    buf_put_u8(buf, (uint8_t)index->projection);
    buf_put_u8(buf, index->included_count);
    for (uint8_t i = 0; i < index->included_count; i++) write_span(buf, index->included[i]);
    write_throughput(buf, &index->throughput);
    buf_put_u64(buf, (uint64_t)index->on_demand_read_max);
    buf_put_u64(buf, (uint64_t)index->on_demand_write_max);
    buf_put_u32(buf, index->number);
    buf_put_u8(buf, (uint8_t)index->status);
    buf_put_u8(buf, index->backfilling ? 1 : 0);
}

static void write_warm(struct buf *buf, const struct table_warm *warm)
{
    buf_put_u64(buf, warm->read_units);
    buf_put_u64(buf, warm->write_units);
}

static void write_attributes(struct buf *buf, const struct table_schema *schema)
{
    buf_put_u32(buf, schema->attribute_count);
    for (uint16_t i = 0; i < schema->attribute_count; i++) {
        write_span(buf, schema->attributes[i].name);
        buf_put_u8(buf, (uint8_t)schema->attributes[i].type);
        buf_put_u8(buf, schema->attributes[i].required ? 1 : 0);
    }
}

static void write_schemas(struct buf *buf, const struct table_spec *spec)
{
    buf_put_u8(buf, spec->schema_count);
    for (uint8_t i = 0; i < spec->schema_count; i++) {
        write_span(buf, spec->schemas[i].prefix);
        write_span(buf, spec->schemas[i].description);
        buf_put_u8(buf, spec->schemas[i].validates ? 1 : 0);
        write_attributes(buf, &spec->schemas[i]);
    }
    for (uint8_t i = 0; i < spec->index_count; i++) write_span(buf, spec->indexes[i].scope);
}

static void write_stream(struct buf *buf, const struct table *table)
{
    buf_put_u8(buf, (uint8_t)table->spec.stream);
    buf_put_u32(buf, table->stream_number);
    buf_put_u64(buf, table->stream_made_ms);
}

static void write_vectors(struct buf *buf, const struct table_spec *spec)
{
    buf_put_u8(buf, spec->vector_count);
    for (uint8_t i = 0; i < spec->vector_count; i++) {
        const struct table_vectors *vectors = &spec->vectors[i];
        write_span(buf, vectors->name);
        write_span(buf, vectors->attribute);
        buf_put_u32(buf, vectors->kind.dimensions);
        buf_put_u8(buf, (uint8_t)vectors->kind.metric);
        buf_put_u32(buf, vectors->number);
        buf_put_u8(buf, (uint8_t)vectors->status);
    }
}

/* An index has a scope only beside the schema that it is of. */
static uint8_t form_of(const struct table *table)
{
    if (table->spec.vector_count > 0) return FORM_VECTORS;
    if (table->stream_number > 0) return FORM_STREAMS;
    return table->spec.schema_count > 0 ? FORM_SCHEMAS : FORM_PLAIN;
}

void table_write(const struct table *table, struct buf *buf)
{
    const struct table_spec *spec = &table->spec;
    const uint8_t form = form_of(table);
    buf_put_u8(buf, form);
    write_name(buf, table);
    buf_put(buf, (struct span){(const uint8_t *)table->id, TABLE_ID_BYTES});
    buf_put_u32(buf, table->number);
    buf_put_u8(buf, (uint8_t)table->status);
    buf_put_u64(buf, table->created_ms);
    buf_put_u64(buf, table->billing_changed_ms);
    buf_put_u64(buf, table->class_changed_ms);
    write_parts(buf, spec->key.partition, spec->key.partition_count);
    write_parts(buf, spec->key.sort, spec->key.sort_count);
    buf_put_u8(buf, (uint8_t)spec->billing);
    write_throughput(buf, &spec->throughput);
    buf_put_u8(buf, (uint8_t)spec->class);
    buf_put_u8(buf, spec->deletion_protection ? 1 : 0);
    buf_put_u64(buf, (uint64_t)spec->on_demand_read_max);
    buf_put_u64(buf, (uint64_t)spec->on_demand_write_max);
    buf_put_u8(buf, spec->index_count);
    for (uint8_t i = 0; i < spec->index_count; i++) write_index(buf, &spec->indexes[i]);
    buf_put_u8(buf, spec->tag_count);
    for (uint8_t i = 0; i < spec->tag_count; i++) {
        write_span(buf, spec->tags[i].key);
        write_span(buf, spec->tags[i].value);
    }
    write_span(buf, spec->ttl_attribute);
    buf_put_u64(buf, table->ttl_changed_ms);
    buf_put_u32(buf, table->generation);
    buf_put_u32(buf, table->ttl_filling);
    write_warm(buf, &spec->warm);
    for (uint8_t i = 0; i < spec->index_count; i++) write_warm(buf, &spec->indexes[i].warm);
    if (form >= FORM_SCHEMAS) write_schemas(buf, spec);
    if (form >= FORM_STREAMS) write_stream(buf, table);
    if (form >= FORM_VECTORS) write_vectors(buf, spec);
}

static status read_span(struct reader *in, struct span *out)
{
    uint32_t len = 0;
    TRY(reader_u32(in, &len));
    return reader_take(in, len, out);
}

/* One byte of an enum whose last member is `last`. */
static status read_enum(struct reader *in, uint8_t last, uint8_t *out)
{
    TRY(reader_u8(in, out));
    return *out <= last ? ST_OK : ST_CORRUPT;
}

static status read_parts(struct reader *in, struct table_key_part *parts, uint8_t *count)
{
    TRY(read_enum(in, LIMIT_INDEX_KEY_PARTS, count));
    for (uint8_t i = 0; i < *count; i++) {
        uint8_t type = 0;
        TRY(read_span(in, &parts[i].name));
        TRY(read_enum(in, VALUE_B, &type));
        if (type == VALUE_NONE) return ST_CORRUPT;
        parts[i].type = (value_type)type;
    }
    return ST_OK;
}

static status read_throughput(struct reader *in, struct table_throughput *throughput)
{
    TRY(reader_u64(in, &throughput->read_units));
    TRY(reader_u64(in, &throughput->write_units));
    TRY(reader_u64(in, &throughput->increased_ms));
    TRY(reader_u64(in, &throughput->decreased_ms));
    return reader_u32(in, &throughput->decreases_today);
}

static status read_key(struct reader *in, struct table_key *key)
{
    TRY(read_parts(in, key->partition, &key->partition_count));
    TRY(read_parts(in, key->sort, &key->sort_count));
    return key->partition_count == 0 ? ST_CORRUPT : ST_OK;
}

static status read_i64(struct reader *in, int64_t *out)
{
    uint64_t n = 0;
    TRY(reader_u64(in, &n));
    *out = (int64_t)n;
    return ST_OK;
}

static status read_bool(struct reader *in, bool *out)
{
    uint8_t byte = 0;
    TRY(read_enum(in, 1, &byte));
    *out = byte == 1;
    return ST_OK;
}

static status read_name(struct reader *in, struct table *table)
{
    struct span whole = {0};
    TRY(read_span(in, &whole));
    size_t at = whole.len;
    while (at > 0 && whole.ptr[at - 1] != '/') at--;
    table->spec.name = span_drop(whole, at);
    if (at > 0) table->space = span_take(whole, at - 1);
    return ST_OK;
}

static status read_identity(struct reader *in, struct table *table)
{
    struct span id = {0};
    uint8_t state = 0;
    TRY(read_name(in, table));
    TRY(reader_take(in, TABLE_ID_BYTES, &id));
    memcpy(table->id, id.ptr, TABLE_ID_BYTES);
    TRY(reader_u32(in, &table->number));
    TRY(read_enum(in, TABLE_DELETING, &state));
    table->status = (table_status)state;
    TRY(reader_u64(in, &table->created_ms));
    TRY(reader_u64(in, &table->billing_changed_ms));
    return reader_u64(in, &table->class_changed_ms);
}

static status read_settings(struct reader *in, struct table_spec *spec)
{
    uint8_t billing = 0, class = 0;
    TRY(read_enum(in, TABLE_PAY_PER_REQUEST, &billing));
    TRY(read_throughput(in, &spec->throughput));
    TRY(read_enum(in, TABLE_CLASS_INFREQUENT_ACCESS, &class));
    TRY(read_bool(in, &spec->deletion_protection));
    TRY(read_i64(in, &spec->on_demand_read_max));
    TRY(read_i64(in, &spec->on_demand_write_max));
    spec->billing = (table_billing)billing;
    spec->class = (table_class) class;
    return ST_OK;
}

static status read_included(struct reader *in, struct table_index *index, struct span *room)
{
    uint8_t projection = 0;
    TRY(read_enum(in, TABLE_PROJECT_INCLUDE, &projection));
    index->projection = (table_projection)projection;
    TRY(read_enum(in, LIMIT_INDEXES_INCLUDED, &index->included_count));
    for (uint8_t i = 0; i < index->included_count; i++) TRY(read_span(in, &room[i]));
    index->included = room;
    return ST_OK;
}

static status read_index(struct reader *in, struct table_index *index, struct span *room)
{
    uint8_t state = 0;
    TRY(read_span(in, &index->name));
    TRY(read_bool(in, &index->global));
    TRY(read_key(in, &index->key));
    TRY(read_included(in, index, room));
    TRY(read_throughput(in, &index->throughput));
    TRY(read_i64(in, &index->on_demand_read_max));
    TRY(read_i64(in, &index->on_demand_write_max));
    TRY(reader_u32(in, &index->number));
    TRY(read_enum(in, TABLE_DELETING, &state));
    index->status = (table_status)state;
    return read_bool(in, &index->backfilling);
}

/* What read_fields points a table at until it is settled. */
struct room {
    struct table_index indexes[LIMIT_GLOBAL_INDEXES + LIMIT_LOCAL_INDEXES];
    struct span included[LIMIT_GLOBAL_INDEXES + LIMIT_LOCAL_INDEXES][LIMIT_INDEXES_INCLUDED];
    struct table_tag tags[LIMIT_TAGS];
    struct table_schema schemas[LIMIT_SCHEMAS];
    struct table_schema_attribute attributes[LIMIT_SCHEMA_ATTRIBUTES];
    uint32_t attribute_count; /* of these taken */
    struct table_vectors vectors[LIMIT_VECTOR_INDEXES];
};

static status read_indexes(struct reader *in, struct table_spec *spec, struct room *room)
{
    TRY(read_enum(in, LIMIT_GLOBAL_INDEXES + LIMIT_LOCAL_INDEXES, &spec->index_count));
    for (uint8_t i = 0; i < spec->index_count; i++)
        TRY(read_index(in, &room->indexes[i], room->included[i]));
    spec->indexes = room->indexes;
    return ST_OK;
}

static status read_tags(struct reader *in, struct table_spec *spec, struct room *room)
{
    TRY(read_enum(in, LIMIT_TAGS, &spec->tag_count));
    for (uint8_t i = 0; i < spec->tag_count; i++) {
        TRY(read_span(in, &room->tags[i].key));
        TRY(read_span(in, &room->tags[i].value));
    }
    spec->tags = room->tags;
    return ST_OK;
}

static status read_warm(struct reader *in, struct table_warm *warm)
{
    TRY(reader_u64(in, &warm->read_units));
    return reader_u64(in, &warm->write_units);
}

static status read_warmth(struct reader *in, struct table *table, struct room *room)
{
    TRY(read_warm(in, &table->spec.warm));
    for (uint8_t i = 0; i < table->spec.index_count; i++)
        TRY(read_warm(in, &room->indexes[i].warm));
    return ST_OK;
}

static status read_attribute(struct reader *in, struct table_schema_attribute *attribute)
{
    uint8_t type = 0;
    TRY(read_span(in, &attribute->name));
    TRY(read_enum(in, VALUE_BOOL, &type));
    if (type == VALUE_NONE) return ST_CORRUPT;
    attribute->type = (value_type)type;
    return read_bool(in, &attribute->required);
}

static status read_attributes(struct reader *in, struct table_schema *schema, struct room *room)
{
    uint32_t count = 0;
    TRY(reader_u32(in, &count));
    if (count > LIMIT_SCHEMA_ATTRIBUTES - room->attribute_count) return ST_CORRUPT;
    struct table_schema_attribute *attributes = room->attributes + room->attribute_count;
    for (uint32_t i = 0; i < count; i++) TRY(read_attribute(in, &attributes[i]));
    room->attribute_count += count;
    schema->attributes = attributes;
    schema->attribute_count = (uint16_t)count;
    return ST_OK;
}

static status read_schemas(struct reader *in, struct table_spec *spec, struct room *room)
{
    TRY(read_enum(in, LIMIT_SCHEMAS, &spec->schema_count));
    for (uint8_t i = 0; i < spec->schema_count; i++) {
        struct table_schema *schema = &room->schemas[i];
        TRY(read_span(in, &schema->prefix));
        TRY(read_span(in, &schema->description));
        TRY(read_bool(in, &schema->validates));
        TRY(read_attributes(in, schema, room));
    }
    spec->schemas = room->schemas;
    for (uint8_t i = 0; i < spec->index_count; i++) TRY(read_span(in, &room->indexes[i].scope));
    return ST_OK;
}

static status read_stream(struct reader *in, struct table *table)
{
    uint8_t view = 0;
    TRY(read_enum(in, TABLE_STREAM_NEW_AND_OLD_IMAGES, &view));
    table->spec.stream = (table_stream_view)view;
    TRY(reader_u32(in, &table->stream_number));
    TRY(reader_u64(in, &table->stream_made_ms));
    if (table->stream_made_ms / 1000 >= CALENDAR_SECONDS_END) return ST_CORRUPT; /* its label */
    return ST_OK;
}

static status read_vectors(struct reader *in, struct table_vectors *vectors)
{
    uint8_t metric = 0, state = 0;
    TRY(read_span(in, &vectors->name));
    TRY(read_span(in, &vectors->attribute));
    TRY(reader_u32(in, &vectors->kind.dimensions));
    if (vectors->kind.dimensions == 0 || vectors->kind.dimensions > LIMIT_VECTOR_DIMENSIONS)
        return ST_CORRUPT;
    TRY(read_enum(in, VECTOR_DOT_PRODUCT, &metric));
    vectors->kind.metric = (vector_metric)metric;
    TRY(reader_u32(in, &vectors->number));
    TRY(read_enum(in, TABLE_ACTIVE, &state));
    vectors->status = (table_status)state;
    return ST_OK;
}

static status read_all_vectors(struct reader *in, struct table_spec *spec, struct room *room)
{
    TRY(read_enum(in, LIMIT_VECTOR_INDEXES, &spec->vector_count));
    for (uint8_t i = 0; i < spec->vector_count; i++) TRY(read_vectors(in, &room->vectors[i]));
    spec->vectors = room->vectors;
    return ST_OK;
}

static status read_fields(struct reader *in, struct table *table, struct room *room)
{
    uint8_t form = 0;
    TRY(reader_u8(in, &form));
    if (form < FORM_PLAIN || form > FORM_VECTORS) return ST_CORRUPT;
    TRY(read_identity(in, table));
    TRY(read_key(in, &table->spec.key));
    TRY(read_settings(in, &table->spec));
    TRY(read_indexes(in, &table->spec, room));
    TRY(read_tags(in, &table->spec, room));
    TRY(read_span(in, &table->spec.ttl_attribute));
    TRY(reader_u64(in, &table->ttl_changed_ms));
    TRY(reader_u32(in, &table->generation));
    TRY(reader_u32(in, &table->ttl_filling));
    TRY(read_warmth(in, table, room));
    if (form >= FORM_SCHEMAS) TRY(read_schemas(in, &table->spec, room));
    if (form >= FORM_STREAMS) TRY(read_stream(in, table));
    return form >= FORM_VECTORS ? read_all_vectors(in, &table->spec, room) : ST_OK;
}

static status read_into(struct table *table, struct span bytes, struct room *room)
{
    struct reader in = {bytes};
    return read_fields(&in, table, room);
}

static status read_and_settle(const struct mem *mem, struct table *table, struct span bytes,
                              const struct table *shown, struct table **out)
{
    struct room *room = mem_new(mem, sizeof *room);
    status st = room == NULL ? ST_NO_MEMORY : read_into(table, bytes, room);
    if (st == ST_OK)
        st = table_own_settle(table, shown, out);
    else
        table_own_discard(table);
    mem_free(mem, room, sizeof *room);
    return st;
}

status table_read(const struct mem *mem, struct span bytes, const struct table *shown,
                  struct table **out)
{
    struct table *table = NULL;
    TRY(table_own_new(mem, &table));
    return read_and_settle(mem, table, bytes, shown, out);
}
