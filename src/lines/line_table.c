/* line_table.c -- tables and their indexes: made, dropped, listed, described. */
#include "lines/line_map.h"
#include "lines/line_ops.h"
#include "lines/line_reply.h"
#include "lines/line_schema.h"

enum { NAMES_AT_ONCE = 1000 };

/* ---- parts of requests */

static status definition_of(struct line_turn *t, const struct line_key_part *part,
                            struct value *out)
{
    struct line_map map;
    line_map_begin(&map, t->arena);
    line_map_text(&map, "AttributeName", part->name);
    line_map_text(&map, "AttributeType", span_of(value_type_name(part->type)));
    return line_map_end(&map, out, &t->err);
}

static status element_of(struct line_turn *t, const struct line_key_part *part, const char *kind,
                         struct value *out)
{
    struct line_map map;
    line_map_begin(&map, t->arena);
    line_map_text(&map, "AttributeName", part->name);
    line_map_text(&map, "KeyType", span_of(kind));
    return line_map_end(&map, out, &t->err);
}

static status put_definitions(struct line_turn *t, struct line_map *request,
                              const struct line_key *key)
{
    struct line_map list;
    struct value v = {0};
    line_map_begin_list(&list, t->arena);
    TRY(definition_of(t, &key->partition, &v));
    line_map_add(&list, v);
    if (key->sort.name.len > 0 && !span_eq(key->sort.name, key->partition.name)) {
        TRY(definition_of(t, &key->sort, &v));
        line_map_add(&list, v);
    }
    TRY(line_map_end(&list, &v, &t->err));
    line_map_value(request, "AttributeDefinitions", v);
    return ST_OK;
}

static status put_schema(struct line_turn *t, struct line_map *map, const struct line_key *key)
{
    struct line_map list;
    struct value v = {0};
    line_map_begin_list(&list, t->arena);
    TRY(element_of(t, &key->partition, "HASH", &v));
    line_map_add(&list, v);
    if (key->sort.name.len > 0) {
        TRY(element_of(t, &key->sort, "RANGE", &v));
        line_map_add(&list, v);
    }
    TRY(line_map_end(&list, &v, &t->err));
    line_map_value(map, "KeySchema", v);
    return ST_OK;
}

/* The members called `partition` and, where it is there, "sort_key". */
static status read_key(struct line_turn *t, const char *partition, struct line_key *out)
{
    struct span text = {0};
    *out = (struct line_key){.partition = {.type = VALUE_NONE}};
    TRY(line_field_get(t, &t->fields, partition, &text));
    TRY(line_schema_read_part(t, text, &out->partition));
    if (!line_field_find(&t->fields, "sort_key", &text)) return ST_OK;
    return line_schema_read_part(t, text, &out->sort);
}

static status answer_ok(struct line_turn *t)
{
    line_reply_ok(t);
    return ST_OK;
}

/* ---- create_table */

static status switch_ttl_on(struct line_turn *t)
{
    struct line_map map, ttl;
    struct span table = {0};
    struct span attribute = {0};
    struct value v = {0};
    TRY(line_field_text(t, &t->fields, "table", &table));
    TRY(line_field_text_if(t, &t->fields, "ttl_attribute", &attribute));
    if (attribute.len == 0) return answer_ok(t);
    line_map_begin(&ttl, t->arena);
    line_map_text(&ttl, "AttributeName", attribute);
    line_map_flag(&ttl, "Enabled", true);
    TRY(line_map_end(&ttl, &v, &t->err));
    line_map_begin(&map, t->arena);
    line_map_text(&map, "TableName", table);
    line_map_value(&map, "TimeToLiveSpecification", v);
    TRY(line_map_end(&map, &v, &t->err));
    return line_turn_ask(t, "UpdateTimeToLive", v, answer_ok);
}

status line_ops_create_table(struct line_turn *turn)
{
    struct line_map map;
    struct line_key key;
    struct span table = {0};
    struct value request = {0};
    TRY(line_field_text(turn, &turn->fields, "table", &table));
    TRY(read_key(turn, "partition_key", &key));
    line_map_begin(&map, turn->arena);
    line_map_text(&map, "TableName", table);
    line_map_text(&map, "BillingMode", SPAN("PAY_PER_REQUEST"));
    TRY(put_definitions(turn, &map, &key));
    TRY(put_schema(turn, &map, &key));
    TRY(line_map_end(&map, &request, &turn->err));
    return line_turn_ask(turn, "CreateTable", request, switch_ttl_on);
}

status line_ops_drop_table(struct line_turn *turn)
{
    struct line_schema schema;
    struct line_map map;
    struct value request = {0};
    TRY(line_schema_find(turn, &turn->fields, &schema));
    line_map_begin(&map, turn->arena);
    line_map_text(&map, "TableName", schema.table_name);
    TRY(line_map_end(&map, &request, &turn->err));
    return line_turn_ask(turn, "DeleteTable", request, answer_ok);
}

/* ---- list_tables, describe_table */

static status write_names(struct line_turn *t)
{
    const struct engine_space space = line_turn_space(t);
    struct engine_names list = {.limit = NAMES_AT_ONCE};
    do {
        TRY(engine_table_list(&space, &list, t->arena, &t->err));
        for (uint32_t i = 0; i < list.count; i++) json_writer_string(&t->json, list.names[i]);
        if (list.count > 0) list.start = list.names[list.count - 1];
    } while (list.more);
    return ST_OK;
}

status line_ops_list_tables(struct line_turn *turn)
{
    line_reply_begin(turn);
    json_writer_key(&turn->json, SPAN("tables"));
    json_writer_array_begin(&turn->json);
    TRY(write_names(turn));
    json_writer_array_end(&turn->json);
    line_reply_end(turn);
    return ST_OK;
}

static void write_part(struct line_turn *t, const char *name, const struct table_key_part *part)
{
    json_writer_key(&t->json, span_of(name));
    json_writer_object_begin(&t->json);
    json_writer_member_string(&t->json, "name", part->name);
    json_writer_member_string(&t->json, "type", span_of(line_schema_type_name(part->type)));
    json_writer_object_end(&t->json);
}

static void write_table(struct line_turn *t, const struct table *table)
{
    const struct table_spec *spec = &table->spec;
    json_writer_key(&t->json, SPAN("schema"));
    json_writer_object_begin(&t->json);
    json_writer_member_string(&t->json, "name", spec->name);
    write_part(t, "partition_key", &spec->key.partition[0]);
    if (spec->key.sort_count > 0) write_part(t, "sort_key", &spec->key.sort[0]);
    if (spec->ttl_attribute.len > 0)
        json_writer_member_string(&t->json, "ttl_attribute", spec->ttl_attribute);
    json_writer_object_end(&t->json);
}

/* Hold the table that the line names. Drop it after use. TableNotFound. */
static status hold_table(struct line_turn *t, const struct table **out)
{
    const struct engine_space space = line_turn_space(t);
    struct engine_description found = {.table = NULL};
    struct line_schema schema;
    TRY(line_schema_find(t, &t->fields, &schema));
    TRY(engine_table_describe(&space, schema.table_name, &found, &t->err));
    *out = found.table;
    return ST_OK;
}

status line_ops_describe_table(struct line_turn *turn)
{
    const struct table *table = NULL;
    TRY(hold_table(turn, &table));
    line_reply_begin(turn);
    write_table(turn, table);
    line_reply_end(turn);
    table_drop(table);
    return ST_OK;
}

/* ---- indexes */

static const char *state_word(table_status state)
{
    return state == TABLE_CREATING ? "CREATING" : state == TABLE_DELETING ? "DELETING" : "ACTIVE";
}

static void write_index(struct line_turn *t, const struct table_index *index)
{
    json_writer_object_begin(&t->json);
    json_writer_member_string(&t->json, "name", index->name);
    write_part(t, "index_key", &index->key.partition[0]);
    if (index->key.sort_count > 0) write_part(t, "sort_key", &index->key.sort[0]);
    if (index->scope.len > 0) json_writer_member_string(&t->json, "partition_schema", index->scope);
    json_writer_member_string(&t->json, "status", span_of(state_word(index->status)));
    json_writer_object_end(&t->json);
}

status line_ops_list_indexes(struct line_turn *turn)
{
    const struct table *table = NULL;
    TRY(hold_table(turn, &table));
    line_reply_begin(turn);
    json_writer_key(&turn->json, SPAN("indexes"));
    json_writer_array_begin(&turn->json);
    for (uint8_t i = 0; i < table->spec.index_count; i++)
        write_index(turn, &table->spec.indexes[i]);
    json_writer_array_end(&turn->json);
    line_reply_end(turn);
    table_drop(table);
    return ST_OK;
}

status line_ops_describe_index(struct line_turn *turn)
{
    const struct table *table = NULL;
    struct line_schema schema;
    struct span name = {0};
    TRY(line_field_text(turn, &turn->fields, "name", &name));
    TRY(line_schema_find_index(turn, &turn->fields, name, &schema));
    TRY(hold_table(turn, &table));
    const struct table_index *index = table_find_index(table, name);
    if (index != NULL) {
        line_reply_begin(turn);
        json_writer_key(&turn->json, SPAN("index"));
        write_index(turn, index);
        line_reply_end(turn);
    }
    table_drop(table);
    if (index != NULL) return ST_OK;
    return LINE_FAIL(turn, "IndexNotFound", "there is no index \"%.*s\"", SPAN_ARG(name));
}

/* UpdateTable with one change of the indexes: {"Create": {…}} or {"Delete": {…}}. */
static status ask_change(struct line_turn *t, struct line_map *request, const char *verb,
                         struct value change)
{
    struct line_map one, list;
    struct value v = {0};
    line_map_begin(&one, t->arena);
    line_map_value(&one, verb, change);
    TRY(line_map_end(&one, &v, &t->err));
    line_map_begin_list(&list, t->arena);
    line_map_add(&list, v);
    TRY(line_map_end(&list, &v, &t->err));
    line_map_value(request, "GlobalSecondaryIndexUpdates", v);
    TRY(line_map_end(request, &v, &t->err));
    return line_turn_ask(t, "UpdateTable", v, answer_ok);
}

static status put_projection(struct line_turn *t, struct line_map *map)
{
    struct line_map projection;
    struct value v = {0};
    line_map_begin(&projection, t->arena);
    line_map_text(&projection, "ProjectionType", SPAN("ALL"));
    TRY(line_map_end(&projection, &v, &t->err));
    line_map_value(map, "Projection", v);
    return ST_OK;
}

/* "partition_schema": the prefix of the one that the index is of; empty: it is over all items. */
static status read_scope(struct line_turn *t, struct span *out)
{
    struct span text = {0};
    if (!line_field_find(&t->fields, "partition_schema", &text)) return ST_OK;
    TRY(line_field_text(t, &t->fields, "partition_schema", out));
    if (out->len > 0) return ST_OK;
    return LINE_FAIL(t, "PartitionSchemaNotFound", "the prefix of a partition schema is not empty");
}

status line_ops_create_index(struct line_turn *turn)
{
    struct line_schema schema;
    struct line_map request, index;
    struct line_key key;
    struct span name = {0};
    struct span scope = {0};
    struct value v = {0};
    TRY(line_schema_find(turn, &turn->fields, &schema));
    TRY(line_field_text(turn, &turn->fields, "name", &name));
    TRY(read_scope(turn, &scope));
    TRY(read_key(turn, "index_key", &key));
    line_map_begin(&index, turn->arena);
    line_map_text(&index, "IndexName", name);
    TRY(put_schema(turn, &index, &key));
    TRY(put_projection(turn, &index));
    TRY(line_map_end(&index, &v, &turn->err));
    line_map_begin(&request, turn->arena);
    line_map_text(&request, "TableName", schema.table_name);
    TRY(put_definitions(turn, &request, &key));
    TRY(ask_change(turn, &request, "Create", v));
    turn->ask.index_scope = scope;
    return ST_OK;
}

status line_ops_drop_index(struct line_turn *turn)
{
    struct line_schema schema;
    struct line_map request, index;
    struct span name = {0};
    struct value v = {0};
    TRY(line_field_text(turn, &turn->fields, "name", &name));
    TRY(line_schema_find_index(turn, &turn->fields, name, &schema));
    line_map_begin(&index, turn->arena);
    line_map_text(&index, "IndexName", name);
    TRY(line_map_end(&index, &v, &turn->err));
    line_map_begin(&request, turn->arena);
    line_map_text(&request, "TableName", schema.table_name);
    return ask_change(turn, &request, "Delete", v);
}
