/* line_keys.c -- which keys there are: partition keys of a table, beginnings of sort keys.
 *
 * A line tells as many as it asks for, KEYS_MAX at most. When there are more the answer has a
 * member "resume", with which another line goes on.
 */
#include "item/base64.h"
#include "item/plain.h"
#include "lines/line_ops.h"
#include "lines/line_reply.h"
#include "lines/line_schema.h"

enum { KEYS_MAX = 10000, RESUME_BYTES_MAX = 16 << 10 };

typedef status(list_fn)(const struct engine_space *space, struct engine_keys *keys,
                        struct arena *arena, struct error *err);

static status read_resume(struct line_turn *t, struct engine_keys *keys)
{
    struct span text = {0};
    struct buf bytes;
    TRY(line_field_text_if(t, &t->fields, "resume", &text));
    buf_init(&bytes, arena_mem(t->arena), RESUME_BYTES_MAX);
    if (base64_decode(text, &bytes, &t->err) != ST_OK || buf_status(&bytes) != ST_OK)
        return LINE_FAIL(t, "InvalidCursor", "\"resume\" is not from an answer");
    keys->resume = buf_view(&bytes);
    return ST_OK;
}

static status read_bounds(struct line_turn *t, struct engine_keys *keys)
{
    uint64_t limit = KEYS_MAX;
    TRY(line_field_count_if(t, &t->fields, "limit", &limit));
    if (limit == 0) return LINE_FAIL(t, "ParseError", "\"limit\" is 1 or more");
    keys->limit = limit < KEYS_MAX ? (uint32_t)limit : KEYS_MAX;
    return read_resume(t, keys);
}

static status list(struct line_turn *t, list_fn *fn, struct engine_keys *keys)
{
    const struct engine_space space = line_turn_space(t);
    TRY(read_bounds(t, keys));
    TRY(fn(&space, keys, t->arena, &t->err));
    line_reply_begin(t);
    json_writer_key(&t->json, SPAN("keys"));
    json_writer_array_begin(&t->json);
    for (uint32_t i = 0; i < keys->count; i++) plain_write(&t->json, keys->values[i]);
    json_writer_array_end(&t->json);
    if (keys->next.len > 0) {
        json_writer_key(&t->json, SPAN("resume"));
        json_writer_base64(&t->json, keys->next);
    }
    line_reply_end(t);
    return ST_OK;
}

status line_ops_list_partition_keys(struct line_turn *turn)
{
    struct line_schema schema;
    struct engine_keys keys = {.limit = 0};
    TRY(line_schema_find(turn, &turn->fields, &schema));
    keys.table_name = schema.table_name;
    return list(turn, engine_partition_keys, &keys);
}

status line_ops_list_sort_key_prefixes(struct line_turn *turn)
{
    struct line_schema schema;
    struct engine_keys keys = {.separator = SPAN("#")};
    TRY(line_schema_find(turn, &turn->fields, &schema));
    keys.table_name = schema.table_name;
    schema.key.sort = (struct line_key_part){.type = VALUE_NONE};
    TRY(line_schema_key(turn, &schema, &turn->fields, &keys.key));
    return list(turn, engine_sort_prefixes, &keys);
}
