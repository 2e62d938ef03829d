/* line_schema.c -- see line_schema.h. */
#include "lines/line_schema.h"

#include "item/base64.h"
#include "lines/line_map.h"
#include "lines/line_turn.h"

/* ---- tables */

static status copy_part(struct line_turn *t, const struct table_key_part *part,
                        struct line_key_part *out)
{
    out->type = part->type;
    if (arena_copy(t->arena, part->name, &out->name)) return ST_OK;
    return FAIL_PLAIN(&t->err, ST_NO_MEMORY);
}

static status copy_key(struct line_turn *t, const struct table_key *key, struct line_key *out)
{
    TRY(copy_part(t, &key->partition[0], &out->partition));
    return key->sort_count == 0 ? ST_OK : copy_part(t, &key->sort[0], &out->sort);
}

static status copy_table(struct line_turn *t, const struct table *table, struct span index_name,
                         struct line_schema *out)
{
    TRY(copy_key(t, &table->spec.key, &out->key));
    if (!arena_copy(t->arena, table->spec.ttl_attribute, &out->ttl_attribute))
        return FAIL_PLAIN(&t->err, ST_NO_MEMORY);
    if (index_name.len == 0) return ST_OK;
    const struct table_index *index = table_find_index(table, index_name);
    if (index != NULL) return copy_key(t, &index->key, &out->index);
    return LINE_FAIL(t, "IndexNotFound", "table \"%.*s\" has no index \"%.*s\"",
                     SPAN_ARG(out->table_name), SPAN_ARG(index_name));
}

status line_schema_find_index(struct line_turn *turn, const struct line_fields *fields,
                              struct span index_name, struct line_schema *out)
{
    const struct engine_space space = line_turn_space(turn);
    struct engine_description found = {.table = NULL};
    *out = (struct line_schema){.ttl_attribute = {0}};
    TRY(line_field_text(turn, fields, "table", &out->table_name));
    status st = engine_table_describe(&space, out->table_name, &found, &turn->err);
    if (st == ST_NOT_FOUND)
        return LINE_FAIL(turn, "TableNotFound", "there is no table \"%.*s\"",
                         SPAN_ARG(out->table_name));
    TRY(st);
    st = copy_table(turn, found.table, index_name, out);
    table_drop(found.table);
    return st;
}

status line_schema_find(struct line_turn *turn, const struct line_fields *fields,
                        struct line_schema *out)
{
    return line_schema_find_index(turn, fields, (struct span){0}, out);
}

/* ---- types */

static const struct key_type {
    value_type type;
    const char *name, *letter;
} key_types[] = {
    {VALUE_S, "String", "S"},
    {VALUE_N, "Number", "N"},
    {VALUE_B, "Binary", "B"},
};

const char *line_schema_type_name(value_type type)
{
    for (size_t i = 0; i < ARRAY_COUNT(key_types); i++)
        if (key_types[i].type == type) return key_types[i].name;
    return value_type_name(type);
}

status line_schema_read_part(struct line_turn *turn, struct span text, struct line_key_part *out)
{
    struct line_fields fields;
    struct span type = {0};
    TRY(line_fields_read(turn, text, &fields));
    TRY(line_fields_check(turn, &fields, "name type"));
    TRY(line_field_text(turn, &fields, "name", &out->name));
    TRY(line_field_text(turn, &fields, "type", &type));
    for (size_t i = 0; i < ARRAY_COUNT(key_types); i++) {
        out->type = key_types[i].type;
        if (span_eq_nocase(type, span_of(key_types[i].name)) ||
            span_eq_nocase(type, span_of(key_types[i].letter)))
            return ST_OK;
    }
    return LINE_FAIL(turn, "InvalidKeyType",
                     "a key attribute is a String, a Number or a Binary, not \"%.*s\"",
                     SPAN_ARG(type));
}

static status decode(struct line_turn *t, const struct line_key_part *part, struct span text,
                     struct value *out)
{
    struct buf bytes;
    buf_init(&bytes, arena_mem(t->arena), text.len + 1);
    if (base64_decode(text, &bytes, &t->err) != ST_OK)
        return LINE_FAIL(t, "KeyTypeMismatch",
                         "the key attribute \"%.*s\" is a Binary, which is written in base64",
                         SPAN_ARG(part->name));
    TRY_PLAIN(&t->err, buf_status(&bytes));
    *out = (struct value){VALUE_B, buf_view(&bytes)};
    return ST_OK;
}

status line_schema_fit(struct line_turn *turn, const struct line_key_part *part, struct value v,
                       struct value *out)
{
    if (part->type == VALUE_B && v.type == VALUE_S) return decode(turn, part, v.body, out);
    *out = v;
    if (v.type == part->type) return ST_OK;
    return LINE_FAIL(turn, "KeyTypeMismatch", "the key attribute \"%.*s\" is a %s, not a %s",
                     SPAN_ARG(part->name), line_schema_type_name(part->type),
                     line_schema_type_name(v.type));
}

/* ---- keys */

static status put_part(struct line_turn *t, struct line_map *map, const struct line_key_part *part,
                       struct value v)
{
    struct value fitting = {0};
    TRY(line_schema_fit(t, part, v, &fitting));
    line_map_name(map, part->name, fitting);
    return ST_OK;
}

static status put_field(struct line_turn *t, struct line_map *map, const struct line_key_part *part,
                        const struct line_fields *fields, const char *name)
{
    struct span text = {0};
    struct value v = {0};
    if (!line_field_find(fields, name, &text))
        return LINE_FAIL(t, "MissingKeyAttribute", "the member \"%s\" is missing: it is \"%.*s\"",
                         name, SPAN_ARG(part->name));
    TRY(line_field_plain(t, text, &v));
    return put_part(t, map, part, v);
}

status line_schema_key(struct line_turn *turn, const struct line_schema *schema,
                       const struct line_fields *fields, struct value *out)
{
    struct line_map map;
    struct span text = {0};
    line_map_begin(&map, turn->arena);
    TRY(put_field(turn, &map, &schema->key.partition, fields, "partition_key"));
    if (schema->key.sort.name.len > 0)
        TRY(put_field(turn, &map, &schema->key.sort, fields, "sort_key"));
    else if (line_field_find(fields, "sort_key", &text))
        return LINE_FAIL(turn, "SortKeyNotSupported", "table \"%.*s\" has no sort key",
                         SPAN_ARG(schema->table_name));
    return line_map_end(&map, out, &turn->err);
}

/* Put the attribute of `from` that `part` names. */
static status put_attribute(struct line_turn *t, struct line_map *map,
                            const struct line_key_part *part, struct value from)
{
    struct value v = {0};
    if (part->name.len == 0) return ST_OK;
    if (value_find(from, part->name, &v)) return put_part(t, map, part, v);
    return LINE_FAIL(t, "MissingKeyAttribute", "the key attribute \"%.*s\" is missing",
                     SPAN_ARG(part->name));
}

/* `item` with the members of `key` in the place of its own. */
static status replace_key(struct line_turn *t, struct value *item, struct value key)
{
    struct line_map map;
    struct span name = {0};
    struct value v = {0};
    struct value ignored = {0};
    line_map_begin(&map, t->arena);
    struct value_cursor cursor = value_walk(*item);
    while (value_next_attribute(&cursor, &name, &v))
        if (!value_find(key, name, &ignored)) line_map_name(&map, name, v);
    cursor = value_walk(key);
    while (value_next_attribute(&cursor, &name, &v)) line_map_name(&map, name, v);
    return line_map_end(&map, item, &t->err);
}

status line_schema_item(struct line_turn *turn, const struct line_schema *schema,
                        struct value *item, struct value *key)
{
    const struct line_key *parts = &schema->key;
    struct line_map map;
    struct value own = {0};
    line_map_begin(&map, turn->arena);
    TRY(put_attribute(turn, &map, &parts->partition, *item));
    TRY(put_attribute(turn, &map, &parts->sort, *item));
    TRY(line_map_end(&map, &own, &turn->err));
    if (key != NULL) *key = own;
    if (parts->partition.type != VALUE_B && parts->sort.type != VALUE_B) return ST_OK;
    return replace_key(turn, item, own);
}

/* ---- cursors */

static status put_cursor(struct line_turn *t, struct line_map *map,
                         const struct line_schema *schema, struct value given)
{
    const struct line_key_part *parts[] = {
        &schema->key.partition,
        &schema->key.sort,
        &schema->index.partition,
        &schema->index.sort,
    };
    for (size_t i = 0; i < ARRAY_COUNT(parts); i++) TRY(put_attribute(t, map, parts[i], given));
    return ST_OK;
}

status line_schema_cursor(struct line_turn *turn, const struct line_schema *schema,
                          const struct line_fields *fields, struct value *out)
{
    struct line_map map;
    struct span text = {0};
    struct value given = {0};
    if (!line_field_find(fields, "exclusive_start_key", &text)) return ST_OK;
    TRY(line_field_item(turn, text, &given));
    line_map_begin(&map, turn->arena);
    const status st = put_cursor(turn, &map, schema, given);
    if (st == ST_VALIDATION)
        turn->failure.name =
            schema->index.partition.name.len > 0 ? "InvalidIndexCursor" : "InvalidCursor";
    TRY(st);
    return line_map_end(&map, out, &turn->err);
}
