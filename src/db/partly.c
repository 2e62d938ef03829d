/* partly.c -- see partly.h.
 *
 *     {"RequestItems": {"a": {"Keys": [1, 2]}, "b": {"Keys": [3]}}}         two thirds come back:
 *     {"Responses": {"a": [1]}, "UnprocessedKeys": {"a": {"Keys": [2]}, "b": {"Keys": [3]}}}
 *
 * What comes back is the request itself without what was done, so it is written as one: as value by
 * request.h, then as JSON by api_text.h, whose outermost braces and name are replaced.
 */
#include "db/partly.h"

#include "api/api_text.h"
#include "base/limits.h"
#include "db/answer.h"
#include "db/request.h"
#include "item/wire.h"

struct partly {
    bool is_get;
    struct value tables; /* RequestItems */
    uint32_t done;       /* keys or writes, the first ones */
    struct arena *arena;
};

/* The keys or writes of one table. */
static struct value list_of(const struct partly *p, struct value table)
{
    return p->is_get ? answer_member(table, "Keys", VALUE_L) : table;
}

static uint32_t count_all(const struct partly *p)
{
    struct value_cursor cursor = value_walk(p->tables);
    struct span name = {0};
    struct value table = {0};
    uint32_t count = 0;
    while (value_next_attribute(&cursor, &name, &table)) {
        const struct value list = list_of(p, table);
        if (list.type == VALUE_L) count += value_count(list);
    }
    return count;
}

/* ---- what was done */

/* At most *left of the keys, as items. */
static void write_items(struct value keys, uint32_t *left, struct json_writer *json)
{
    struct value_cursor cursor = value_walk(keys);
    struct value key = {0};
    json_writer_array_begin(json);
    while (*left > 0 && value_next_element(&cursor, &key)) {
        wire_write_map(json, key);
        *left -= 1;
    }
    json_writer_array_end(json);
}

static void write_responses(const struct partly *p, struct json_writer *json)
{
    struct value_cursor cursor = value_walk(p->tables);
    struct span name = {0};
    struct value table = {0};
    uint32_t left = p->done;
    json_writer_key(json, SPAN("Responses"));
    json_writer_object_begin(json);
    while (left > 0 && value_next_attribute(&cursor, &name, &table)) {
        const struct value keys = list_of(p, table);
        if (keys.type != VALUE_L) continue;
        json_writer_key(json, name);
        write_items(keys, &left, json);
    }
    json_writer_object_end(json);
}

/* ---- what was not */

/* All of `list` from element `first` on. */
static void add_rest(struct request *r, struct span name, struct value list, uint32_t first)
{
    static const struct span element = {0};
    struct value_cursor cursor = value_walk(list);
    struct value v = {0};
    request_list(r, name);
    for (uint32_t i = 0; value_next_element(&cursor, &v); i++)
        if (i >= first) request_value(r, element, v);
    request_end(r);
}

static void add_table(const struct partly *p, struct request *r, struct span name,
                      struct value table, uint32_t first)
{
    if (!p->is_get) {
        add_rest(r, name, table, first);
        return;
    }
    struct value_cursor cursor = value_walk(table);
    struct span member = {0};
    struct value v = {0};
    request_map(r, name);
    while (value_next_attribute(&cursor, &member, &v)) {
        if (span_eq(member, SPAN("Keys"))) {
            add_rest(r, member, v, first);
        } else {
            request_value(r, member, v);
        }
    }
    request_end(r);
}

/* The request again, without what was done. */
static status rest_of(const struct partly *p, struct value *out, struct error *err)
{
    struct request r;
    struct value_cursor cursor = value_walk(p->tables);
    struct span name = {0};
    struct value table = {0};
    uint32_t done = p->done;
    request_begin(&r, p->arena);
    request_map(&r, SPAN("RequestItems"));
    while (value_next_attribute(&cursor, &name, &table)) {
        const uint32_t count = value_count(list_of(p, table));
        const uint32_t first = done < count ? done : count;
        if (first < count) add_table(p, &r, name, table, first);
        done -= first;
    }
    request_end(&r);
    return request_finish(&r, out, err);
}

/* Of {"RequestItems":X} the X. */
static struct span bare(struct span json)
{
    const struct span head = SPAN("{\"RequestItems\":");
    assert(span_starts_with(json, head));
    const struct span tail = span_drop(json, head.len);
    return span_take(tail, tail.len - 1);
}

static status write_rest(const struct partly *p, struct span operation, struct json_writer *json,
                         struct error *err)
{
    struct value rest = {0};
    struct buf text;
    TRY(rest_of(p, &rest, err));
    buf_init(&text, arena_mem(p->arena), LIMIT_HTTP_REPLY_BYTES);
    api_text_request(operation, rest, &text);
    TRY_PLAIN(err, buf_status(&text));
    json_writer_key(json, p->is_get ? SPAN("UnprocessedKeys") : SPAN("UnprocessedItems"));
    json_writer_raw(json, bare(buf_view(&text)));
    return ST_OK;
}

/* ---- the whole */

/* This part of `count`, rounded up. */
static uint32_t part_of(double part, uint32_t count)
{
    const double exact = part * count;
    uint32_t whole = 0;
    while (whole < count && whole < exact) whole++;
    return whole;
}

static status write_reply(const struct partly *p, struct span operation, struct buf *body,
                          struct error *err)
{
    struct json_writer json;
    json_writer_init(&json, body);
    json_writer_object_begin(&json);
    if (p->is_get) write_responses(p, &json);
    TRY(write_rest(p, operation, &json, err));
    json_writer_object_end(&json);
    TRY_PLAIN(err, buf_status(body));
    return ST_OK;
}

status partly_reply(const struct partly_batch *batch, struct arena *arena, struct span *out,
                    struct error *err)
{
    struct buf body;
    struct partly p = {
        .is_get = span_eq(batch->operation, SPAN("BatchGetItem")),
        .tables = answer_member(batch->request, "RequestItems", VALUE_M),
        .arena = arena,
    };
    if (!p.is_get && !span_eq(batch->operation, SPAN("BatchWriteItem")))
        return FAIL(err, ST_MISUSE, "mock: only batches are partly done, and this is %.*s",
                    SPAN_ARG(batch->operation));
    if (p.tables.type != VALUE_M) return FAIL(err, ST_MISUSE, "mock: a batch without RequestItems");
    const uint32_t count = count_all(&p);
    p.done = count - part_of(batch->part, count);
    buf_init(&body, arena_mem(arena), LIMIT_HTTP_REPLY_BYTES);
    TRY(write_reply(&p, batch->operation, &body, err));
    *out = buf_view(&body);
    return ST_OK;
}
