/* excerpt.c -- see excerpt.h. The elements of a container are taken whole as long as they fit: what
 * is shown of it is a value like any other. */
#include "item/excerpt.h"

/* Is `byte` inside of a character of UTF-8? */
static bool goes_on(uint8_t byte)
{
    return (byte & 0xC0U) == 0x80;
}

struct excerpt excerpt_text(struct span text, size_t bytes_max)
{
    if (text.len <= bytes_max) return (struct excerpt){.text = text};
    size_t len = bytes_max;
    while (len > 0 && goes_on(text.ptr[len])) len--;
    return (struct excerpt){.text = span_take(text, len), .cut = true};
}

/* ---- containers */

/* Step over the next part of a container of `type`. False: there is none. */
static bool step(value_type type, struct value_cursor *cursor)
{
    struct span bytes = {0};
    struct value part = {0};
    if (type == VALUE_M) return value_next_attribute(cursor, &bytes, &part);
    if (type == VALUE_L) return value_next_element(cursor, &part);
    return value_next_member(cursor, &bytes);
}

/* The count, and as many of the first parts of `v` as fit: they lie one behind the other. */
static status take_parts(struct value *v, size_t bytes_max, struct arena *arena)
{
    struct buf body;
    struct value_cursor cursor = value_walk(*v);
    size_t whole = v->body.len - cursor.rest.len;
    uint32_t count = 0;
    for (; step(v->type, &cursor) && v->body.len - cursor.rest.len <= bytes_max; count++)
        whole = v->body.len - cursor.rest.len;
    buf_init(&body, arena_mem(arena), whole);
    buf_put(&body, span_take(v->body, whole));
    value_write_end(&body, 0, count);
    v->body = buf_view(&body);
    return buf_status(&body);
}

status excerpt_value(struct value *v, size_t bytes_max, struct arena *arena, bool *cut)
{
    struct span body = v->body;
    const bool is_text = v->type == VALUE_S;
    *cut = body.len > bytes_max && v->type != VALUE_N; /* whose digits are few */
    if (*cut && (value_is_set(v->type) || v->type == VALUE_L || v->type == VALUE_M))
        return take_parts(v, bytes_max, arena);
    if (*cut) body = is_text ? excerpt_text(body, bytes_max).text : span_take(body, bytes_max);
    return arena_copy(arena, body, &v->body) ? ST_OK : ST_NO_MEMORY;
}
