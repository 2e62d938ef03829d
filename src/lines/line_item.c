/* line_item.c -- get_item, put_item, delete_item: one item, by its key or with it. */
#include "lines/line_ops.h"
#include "lines/line_reply.h"
#include "lines/line_terms.h"
#include "lines/line_version.h"

/* ---- get_item */

static status answer_item(struct line_turn *t)
{
    line_reply_item(t, line_turn_answer(t, "Item"));
    return ST_OK;
}

static status put_projection(struct line_turn *t, const struct line_schema *schema,
                             struct line_map *request)
{
    struct render terms;
    struct span text = {0};
    struct span projection = {0};
    if (!line_field_find(&t->fields, "projection", &text)) return ST_OK;
    line_terms_begin(&terms, t);
    TRY(line_terms_project(t, &terms, schema, text, &projection));
    if (projection.len == 0) return ST_OK;
    line_map_text(request, "ProjectionExpression", projection);
    return line_terms_give(t, &terms, request);
}

status line_ops_get_item(struct line_turn *turn)
{
    struct line_schema schema;
    struct line_map map;
    struct value key = {0};
    struct value request = {0};
    TRY(line_schema_find(turn, &turn->fields, &schema));
    TRY(line_schema_key(turn, &schema, &turn->fields, &key));
    line_map_begin(&map, turn->arena);
    line_map_text(&map, "TableName", schema.table_name);
    line_map_value(&map, "Key", key);
    line_map_flag(&map, "ConsistentRead", true);
    TRY(put_projection(turn, &schema, &map));
    TRY(line_map_end(&map, &request, &turn->err));
    return line_turn_ask(turn, "GetItem", request, answer_item);
}

/* ---- put_item, delete_item */

static status answer_write(struct line_turn *t)
{
    line_reply_item(t, line_turn_answer(t, "Attributes"));
    return ST_OK;
}

/* The end of a request that has its item or key. */
static status ask_write(struct line_turn *t, const char *operation, struct line_write *write)
{
    struct value request = {0};
    TRY(line_write_returns(t, write, "ALL_OLD"));
    TRY(line_write_condition(t, write, &t->fields));
    TRY(line_write_end(t, write, &request));
    return line_turn_ask(t, operation, request, answer_write);
}

status line_ops_put_item(struct line_turn *turn)
{
    struct line_schema schema;
    struct line_write *write = NULL;
    struct span version = {0};
    struct value item = {0};
    TRY(line_schema_find(turn, &turn->fields, &schema));
    TRY(line_write_item(turn, &schema, &turn->fields, &item, NULL));
    if (line_field_find(&turn->fields, "expected_version", &version))
        return line_version_put(turn, &schema, item);
    TRY(line_write_begin(turn, schema.table_name, &write));
    line_map_value(&write->map, "Item", item);
    return ask_write(turn, "PutItem", write);
}

status line_ops_delete_item(struct line_turn *turn)
{
    struct line_schema schema;
    struct line_write *write = NULL;
    struct value key = {0};
    TRY(line_schema_find(turn, &turn->fields, &schema));
    TRY(line_schema_key(turn, &schema, &turn->fields, &key));
    TRY(line_write_begin(turn, schema.table_name, &write));
    line_map_value(&write->map, "Key", key);
    return ask_write(turn, "DeleteItem", write);
}
