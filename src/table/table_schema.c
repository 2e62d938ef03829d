/* table_schema.c -- see table_schema.h. */
#include "table/table_schema.h"

#include <assert.h>
#include <string.h>

#include "base/utf8.h"

enum { FAULT_BYTES_MAX = 128 + LIMIT_KEY_NAME_BYTES };

/* ---- which items */

static struct span prefix_of(struct span key)
{
    const uint8_t *mark = key.len > 0 ? memchr(key.ptr, '#', key.len) : NULL;
    return mark == NULL ? key : span_take(key, (size_t)(mark - key.ptr));
}

/* The prefix of the partition key in `map`; empty: it has none. */
static struct span prefix_in(const struct table *table, struct value map)
{
    struct value v = {0};
    if (!value_find(map, table->spec.key.partition[0].name, &v)) return (struct span){0};
    return v.type == VALUE_S ? prefix_of(v.body) : (struct span){0};
}

const struct table_schema *table_schema_find(const struct table *table, struct span prefix)
{
    for (uint8_t i = 0; i < table->spec.schema_count; i++)
        if (span_eq(table->spec.schemas[i].prefix, prefix)) return &table->spec.schemas[i];
    return NULL;
}

const struct table_schema *table_schema_of(const struct table *table, struct value map)
{
    if (table->spec.schema_count == 0) return NULL;
    return table_schema_find(table, prefix_in(table, map));
}

bool table_schema_covers(const struct table *table, struct span prefix, struct value map)
{
    return prefix.len == 0 || span_eq(prefix_in(table, map), prefix);
}

/* ---- what is wrong with an item */

static status note(struct table_schema_faults *faults, const struct buf *text)
{
    TRY(buf_status(text));
    faults->texts[faults->count++] = span_take(buf_view(text), text->len - 1);
    return ST_OK;
}

static status judge_attribute(const struct table_schema_attribute *attribute, struct value map,
                              struct arena *arena, struct table_schema_faults *faults)
{
    struct value v = {0};
    struct buf text;
    const bool found = value_find(map, attribute->name, &v);
    if (found ? v.type == attribute->type : !attribute->required) return ST_OK;
    buf_init(&text, arena_mem(arena), FAULT_BYTES_MAX);
    if (!found)
        buf_printf(&text, "attribute \"%.*s\" is missing", SPAN_ARG(attribute->name));
    else
        buf_printf(&text, "attribute \"%.*s\" is of type %s and should be of type %s",
                   SPAN_ARG(attribute->name), value_type_name(v.type),
                   value_type_name(attribute->type));
    buf_put_u8(&text, '\0');
    return note(faults, &text);
}

status table_schema_judge(const struct table_schema *schema, struct value map, struct arena *arena,
                          struct table_schema_faults *out)
{
    *out = (struct table_schema_faults){
        .texts = arena_new_array(arena, schema->attribute_count, struct span)};
    if (out->texts == NULL) return ST_NO_MEMORY;
    for (uint16_t i = 0; i < schema->attribute_count; i++)
        TRY(judge_attribute(&schema->attributes[i], map, arena, out));
    return ST_OK;
}

/* ---- what is wrong with a schema */

static bool is_text(struct span text, size_t bytes_min, size_t bytes_max)
{
    return text.len >= bytes_min && text.len <= bytes_max && utf8_is_valid(text);
}

static status check_texts(const struct table_schema *schema, struct error *err)
{
    const struct span prefix = schema->prefix;
    if (!is_text(prefix, 1, LIMIT_SCHEMA_PREFIX_BYTES) || prefix_of(prefix).len < prefix.len)
        return FAIL(err, ST_VALIDATION,
                    "The prefix of a partition schema has 1 to %d bytes of UTF-8 and no '#'",
                    LIMIT_SCHEMA_PREFIX_BYTES);
    if (is_text(schema->description, 0, LIMIT_SCHEMA_DESCRIPTION_BYTES)) return ST_OK;
    return FAIL(err, ST_VALIDATION,
                "The description of a partition schema has at most %d bytes of UTF-8",
                LIMIT_SCHEMA_DESCRIPTION_BYTES);
}

static status check_attribute(const struct table_schema *schema, uint16_t at, struct error *err)
{
    const struct span name = schema->attributes[at].name;
    if (!is_text(name, 1, LIMIT_KEY_NAME_BYTES))
        return FAIL(err, ST_VALIDATION,
                    "The name of an attribute of a partition schema has 1 to %d bytes of UTF-8",
                    LIMIT_KEY_NAME_BYTES);
    for (uint16_t i = 0; i < at; i++)
        if (span_eq(schema->attributes[i].name, name))
            return FAIL(err, ST_VALIDATION, "A partition schema has the attribute \"%.*s\" once",
                        SPAN_ARG(name));
    return ST_OK;
}

static status check_room(const struct table *table, const struct table_schema *schema,
                         struct error *err)
{
    uint32_t attributes = schema->attribute_count;
    for (uint8_t i = 0; i < table->spec.schema_count; i++)
        attributes += table->spec.schemas[i].attribute_count;
    if (table->spec.schema_count < LIMIT_SCHEMAS && attributes <= LIMIT_SCHEMA_ATTRIBUTES)
        return ST_OK;
    return FAIL(err, ST_VALIDATION,
                "A table has at most %d partition schemas, with %d attributes in all",
                LIMIT_SCHEMAS, LIMIT_SCHEMA_ATTRIBUTES);
}

status table_schema_check_new(const struct table *table, const struct table_schema *schema,
                              struct error *err)
{
    if (table->spec.key.partition[0].type != VALUE_S)
        return FAIL(err, ST_VALIDATION,
                    "A partition schema needs a table whose partition key is of type S");
    TRY(check_texts(schema, err));
    if (table_schema_find(table, schema->prefix) != NULL)
        return FAIL(err, ST_VALIDATION, "Partition schema already exists: %.*s",
                    SPAN_ARG(schema->prefix));
    TRY(check_room(table, schema, err)); /* bounds the walks of check_attribute */
    for (uint16_t i = 0; i < schema->attribute_count; i++) TRY(check_attribute(schema, i, err));
    return ST_OK;
}

status table_schema_fail_missing(struct span prefix, struct error *err)
{
    return FAIL(err, ST_VALIDATION, "Partition schema not found: %.*s", SPAN_ARG(prefix));
}

status table_schema_check_dropped(const struct table *table, struct span prefix, struct error *err)
{
    if (table_schema_find(table, prefix) == NULL) return table_schema_fail_missing(prefix, err);
    for (uint8_t i = 0; i < table->spec.index_count; i++)
        if (span_eq(table->spec.indexes[i].scope, prefix))
            return FAIL(err, ST_VALIDATION, "Partition schema has indexes: %.*s", SPAN_ARG(prefix));
    return ST_OK;
}

/* ---- changing a table */

/* A copy of `table` with these `schemas` in place of its own. */
static status clone_with(const struct mem *mem, const struct table *table,
                         const struct table_schema *schemas, uint8_t count, struct table **out)
{
    struct table changed = *table;
    changed.spec.schemas = schemas;
    changed.spec.schema_count = count;
    return table_clone(mem, &changed, out);
}

status table_schema_add(const struct mem *mem, const struct table *table,
                        const struct table_schema *schema, struct table **out)
{
    struct table_schema schemas[LIMIT_SCHEMAS];
    const struct table_schema *before = table->spec.schemas;
    uint8_t at = 0;
    const uint8_t count = table->spec.schema_count;
    assert(count < LIMIT_SCHEMAS);
    while (at < count && span_compare(before[at].prefix, schema->prefix) < 0) at++;
    for (uint8_t i = 0; i < at; i++) schemas[i] = before[i];
    schemas[at] = *schema;
    for (uint8_t i = at; i < count; i++) schemas[i + 1] = before[i];
    return clone_with(mem, table, schemas, (uint8_t)(count + 1), out);
}

status table_schema_remove(const struct mem *mem, const struct table *table, struct span prefix,
                           struct table **out)
{
    struct table_schema schemas[LIMIT_SCHEMAS];
    uint8_t count = 0;
    for (uint8_t i = 0; i < table->spec.schema_count; i++)
        if (!span_eq(table->spec.schemas[i].prefix, prefix))
            schemas[count++] = table->spec.schemas[i];
    return clone_with(mem, table, schemas, count, out);
}
