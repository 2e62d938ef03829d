/* plain_write.c -- from a stored value to plain JSON, and JSON on many lines.
 *
 * As wire_write.c: damaged bytes still become JSON, and what lies deeper than anything is ever
 * stored is written as null.
 */
#include "item/plain.h"

#include "base/limits.h"
#include "item/number.h"

enum { INDENT_BYTES = 2 };

static void write_scalar(struct json_writer *json, value_type type, struct span body)
{
    if (type == VALUE_S) json_writer_string(json, body);
    if (type == VALUE_B) json_writer_base64(json, body);
    if (type != VALUE_N) return;
    char text[NUMBER_TEXT_BYTES_MAX];
    const size_t len = number_text(body, text);
    json_writer_raw(json, (struct span){(const uint8_t *)text, len});
}

static void write_set(struct json_writer *json, struct value set)
{
    const value_type type = value_element_type(set.type);
    struct value_cursor cursor = value_walk(set);
    struct span member = {0};
    json_writer_array_begin(json);
    while (value_next_member(&cursor, &member)) write_scalar(json, type, member);
    json_writer_array_end(json);
}

static void write_value(struct json_writer *json, struct value v, uint32_t levels);

static void write_list(struct json_writer *json, struct value list, uint32_t levels)
{
    struct value_cursor cursor = value_walk(list);
    struct value element = {0};
    json_writer_array_begin(json);
    while (value_next_element(&cursor, &element)) write_value(json, element, levels);
    json_writer_array_end(json);
}

static void write_map(struct json_writer *json, struct value map, uint32_t levels)
{
    struct value_cursor cursor = value_walk(map);
    struct span name = {0};
    struct value attribute = {0};
    json_writer_object_begin(json);
    while (value_next_attribute(&cursor, &name, &attribute)) {
        json_writer_key(json, name);
        write_value(json, attribute, levels);
    }
    json_writer_object_end(json);
}

static void write_container(struct json_writer *json, struct value v, uint32_t levels)
{
    if (levels == 0) {
        json_writer_null(json);
    } else if (v.type == VALUE_M) {
        write_map(json, v, levels - 1);
    } else {
        write_list(json, v, levels - 1);
    }
}

/* A value with at most `levels` lists and maps within each other. */
static void write_value(struct json_writer *json, struct value v, uint32_t levels)
{
    switch (v.type) {
    case VALUE_S:
    case VALUE_N:
    case VALUE_B:
        write_scalar(json, v.type, v.body);
        return;
    case VALUE_SS:
    case VALUE_NS:
    case VALUE_BS:
        write_set(json, v);
        return;
    case VALUE_M:
    case VALUE_L:
        write_container(json, v, levels);
        return;
    case VALUE_BOOL:
        json_writer_bool(json, value_bool(v));
        return;
    case VALUE_NULL:
    case VALUE_NONE:
        json_writer_null(json);
        return;
    }
}

void plain_write(struct json_writer *json, struct value v)
{
    write_value(json, v, LIMIT_NESTING);
}

/* ---- lines ---- */

static void put_line(struct buf *out, size_t depth)
{
    buf_put_u8(out, '\n');
    for (size_t i = 0; i < depth * INDENT_BYTES; i++) buf_put_u8(out, ' ');
}

/* The length of the string that begins `text`, quotes included. */
static size_t string_length(struct span text)
{
    size_t n = 1;
    while (n < text.len && text.ptr[n] != '"') n += text.ptr[n] == '\\' ? 2 : 1;
    return n < text.len ? n + 1 : text.len;
}

static bool is_empty(struct span text)
{
    return text.len > 1 && (text.ptr[1] == '}' || text.ptr[1] == ']');
}

/* Put the token that begins `text`, with the line end that belongs to it; the answer is its
 * length. */
static size_t put_token(struct span text, size_t *depth, struct buf *out)
{
    const uint8_t c = text.ptr[0];
    if (c == '"') {
        const size_t length = string_length(text);
        buf_put(out, span_take(text, length));
        return length;
    }
    if (c == '}' || c == ']') put_line(out, --*depth);
    buf_put_u8(out, c);
    if (c == ':') buf_put_u8(out, ' ');
    if (c == ',') put_line(out, *depth);
    if (c != '{' && c != '[') return 1;
    if (is_empty(text)) {
        buf_put_u8(out, text.ptr[1]);
        return 2;
    }
    put_line(out, ++*depth);
    return 1;
}

void plain_indent(struct span compact, struct buf *out)
{
    size_t depth = 0;
    while (compact.len > 0) compact = span_drop(compact, put_token(compact, &depth, out));
}
