/* line_partition.c -- partition schemas: made, dropped, listed, described.
 *
 * They are none of DynamoDB's, so a line goes straight to the engine; what one refuses comes back
 * through the api, with its sentences.
 */
#include "lines/line_ops.h"
#include "lines/line_reply.h"
#include "lines/line_schema.h"
#include "table/table_schema.h"

/* ---- types of attributes */

static const struct kind {
    value_type type;
    const char *name;
} kinds[] = {
    {VALUE_S,    "String"   },
    {VALUE_N,    "Number"   },
    {VALUE_B,    "Binary"   },
    {VALUE_BOOL, "Boolean"  },
    {VALUE_NULL, "Null"     },
    {VALUE_L,    "List"     },
    {VALUE_M,    "Map"      },
    {VALUE_SS,   "StringSet"},
    {VALUE_NS,   "NumberSet"},
    {VALUE_BS,   "BinarySet"},
};

static const char *kind_name(value_type type)
{
    for (size_t i = 0; i < ARRAY_COUNT(kinds); i++)
        if (kinds[i].type == type) return kinds[i].name;
    return value_type_name(type);
}

/* By its name, or DynamoDB's letters. */
static status read_kind(struct line_turn *t, struct span text, value_type *out)
{
    for (size_t i = 0; i < ARRAY_COUNT(kinds); i++) {
        *out = kinds[i].type;
        if (span_eq_nocase(text, span_of(kinds[i].name))) return ST_OK;
        if (span_eq_nocase(text, span_of(value_type_name(kinds[i].type)))) return ST_OK;
    }
    return LINE_FAIL(t, "ParseError", "\"%.*s\" is no type of an attribute", SPAN_ARG(text));
}

/* ---- create_schema, drop_schema */

struct partition {
    struct engine_space space;
    struct table_schema schema;
    struct engine_table_change change;
    struct engine_table_write write;
};

static status read_attribute(struct line_turn *t, struct span text,
                             struct table_schema_attribute *out)
{
    struct line_fields fields;
    struct span type = {0};
    TRY(line_fields_read(t, text, &fields));
    TRY(line_fields_check(t, &fields, "name type required"));
    TRY(line_field_text(t, &fields, "name", &out->name));
    TRY(line_field_text(t, &fields, "type", &type));
    TRY(line_field_flag_if(t, &fields, "required", &out->required));
    return read_kind(t, type, &out->type);
}

static status read_list(struct line_turn *t, struct span text, struct table_schema *schema,
                        struct table_schema_attribute *room)
{
    struct line_list list;
    struct span element = {0};
    bool found = false;
    TRY(line_field_list_begin(t, text, &list));
    for (;;) {
        TRY(line_field_list_next(t, &list, &element, &found));
        if (!found) return ST_OK;
        if (schema->attribute_count == LIMIT_SCHEMA_ATTRIBUTES)
            return LINE_FAIL(t, "LimitExceeded", "a partition schema has at most %d attributes",
                             LIMIT_SCHEMA_ATTRIBUTES);
        TRY(read_attribute(t, element, &room[schema->attribute_count++]));
    }
}

static status read_attributes(struct line_turn *t, struct table_schema *schema)
{
    struct span text = {0};
    struct table_schema_attribute *room =
        arena_new_array(t->arena, LIMIT_SCHEMA_ATTRIBUTES, struct table_schema_attribute);
    if (room == NULL) return FAIL_PLAIN(&t->err, ST_NO_MEMORY);
    schema->attributes = room;
    if (!line_field_find(&t->fields, "attributes", &text)) return ST_OK;
    return read_list(t, text, schema, room);
}

/* On the turn's thread, when the engine has done it. */
static status answer(struct line_turn *t)
{
    const struct partition *p = t->state;
    TRY(t->waited);
    table_drop(p->write.description.table);
    line_reply_ok(t);
    return ST_OK;
}

static status partition_new(struct line_turn *t, struct partition **out)
{
    struct line_schema keys;
    struct partition *p = arena_new(t->arena, struct partition);
    if (p == NULL) return FAIL_PLAIN(&t->err, ST_NO_MEMORY);
    TRY(line_schema_find(t, &t->fields, &keys));
    p->space = line_turn_space(t);
    p->write = (struct engine_table_write){.verb = ENGINE_TABLE_UPDATE,
                                           .name = keys.table_name,
                                           .change = &p->change,
                                           .arena = t->arena,
                                           .err = &t->err,
                                           .done = line_turn_waited,
                                           .done_ctx = t};
    t->state = p;
    *out = p;
    return ST_OK;
}

static status start(struct line_turn *t, struct partition *p)
{
    line_turn_wait(t, answer);
    const status st = engine_table_write(&p->space, &p->write);
    if (st != ST_OK) t->waits = false;
    return st;
}

status line_ops_create_schema(struct line_turn *turn)
{
    struct partition *p = NULL;
    TRY(partition_new(turn, &p));
    TRY(line_field_text(turn, &turn->fields, "prefix", &p->schema.prefix));
    TRY(line_field_text_if(turn, &turn->fields, "description", &p->schema.description));
    TRY(line_field_flag_if(turn, &turn->fields, "validate", &p->schema.validates));
    TRY(read_attributes(turn, &p->schema));
    p->change.new_schema = &p->schema;
    return start(turn, p);
}

static status fail_not_found(struct line_turn *t, struct span prefix)
{
    return LINE_FAIL(t, "PartitionSchemaNotFound", "there is no partition schema \"%.*s\"",
                     SPAN_ARG(prefix));
}

status line_ops_drop_schema(struct line_turn *turn)
{
    struct partition *p = NULL;
    TRY(partition_new(turn, &p));
    TRY(line_field_text(turn, &turn->fields, "prefix", &p->change.dropped_schema));
    if (p->change.dropped_schema.len == 0) return fail_not_found(turn, p->change.dropped_schema);
    return start(turn, p);
}

/* ---- list_schemas, describe_schema */

static void write_attribute(struct line_turn *t, const struct table_schema_attribute *attribute)
{
    json_writer_object_begin(&t->json);
    json_writer_member_string(&t->json, "name", attribute->name);
    json_writer_member_string(&t->json, "type", span_of(kind_name(attribute->type)));
    json_writer_member_bool(&t->json, "required", attribute->required);
    json_writer_object_end(&t->json);
}

static void write_schema(struct line_turn *t, const struct table_schema *schema)
{
    json_writer_object_begin(&t->json);
    json_writer_member_string(&t->json, "prefix", schema->prefix);
    json_writer_member_string(&t->json, "description", schema->description);
    json_writer_key(&t->json, SPAN("attributes"));
    json_writer_array_begin(&t->json);
    for (uint16_t i = 0; i < schema->attribute_count; i++)
        write_attribute(t, &schema->attributes[i]);
    json_writer_array_end(&t->json);
    json_writer_member_bool(&t->json, "validate", schema->validates);
    json_writer_object_end(&t->json);
}

/* Hold the table that the line names. Drop it after use. */
static status hold_table(struct line_turn *t, const struct table **out)
{
    const struct engine_space space = line_turn_space(t);
    struct engine_description found = {.table = NULL};
    struct line_schema keys;
    TRY(line_schema_find(t, &t->fields, &keys));
    TRY(engine_table_describe(&space, keys.table_name, &found, &t->err));
    *out = found.table;
    return ST_OK;
}

status line_ops_list_schemas(struct line_turn *turn)
{
    const struct table *table = NULL;
    TRY(hold_table(turn, &table));
    line_reply_begin(turn);
    json_writer_key(&turn->json, SPAN("schemas"));
    json_writer_array_begin(&turn->json);
    for (uint8_t i = 0; i < table->spec.schema_count; i++)
        write_schema(turn, &table->spec.schemas[i]);
    json_writer_array_end(&turn->json);
    line_reply_end(turn);
    table_drop(table);
    return ST_OK;
}

status line_ops_describe_schema(struct line_turn *turn)
{
    const struct table *table = NULL;
    struct span prefix = {0};
    TRY(line_field_text(turn, &turn->fields, "prefix", &prefix));
    TRY(hold_table(turn, &table));
    const struct table_schema *schema = table_schema_find(table, prefix);
    if (schema != NULL) {
        line_reply_begin(turn);
        json_writer_key(&turn->json, SPAN("schema"));
        write_schema(turn, schema);
        line_reply_end(turn);
    }
    table_drop(table);
    return schema != NULL ? ST_OK : fail_not_found(turn, prefix);
}
