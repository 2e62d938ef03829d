/* wire_write.c -- from a stored value to JSON.
 *
 * Stored bytes were checked when they were written. Should they be damaged all the same, the text
 * is still JSON: a walk ends early (value.h, V3), and what lies deeper than anything is ever
 * stored is written as null.
 */
#include "item/wire.h"

#include "base/limits.h"
#include "item/number.h"

static void write_number(struct json_writer *json, struct span number)
{
    char text[NUMBER_TEXT_BYTES_MAX];
    const size_t len = number_text(number, text);
    json_writer_string(json, (struct span){(const uint8_t *)text, len});
}

/* A string, number or binary. */
static void write_scalar(struct json_writer *json, value_type type, struct span body)
{
    if (type == VALUE_S) json_writer_string(json, body);
    if (type == VALUE_N) write_number(json, body);
    if (type == VALUE_B) json_writer_base64(json, body);
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

static void write_body(struct json_writer *json, struct value v, uint32_t levels)
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
        write_map(json, v, levels - 1);
        return;
    case VALUE_L:
        write_list(json, v, levels - 1);
        return;
    case VALUE_NULL:
        json_writer_bool(json, true);
        return;
    case VALUE_BOOL:
        json_writer_bool(json, value_bool(v));
        return;
    case VALUE_NONE:
        json_writer_null(json);
        return;
    }
}

/* A value with at most `levels` lists and maps within each other. */
static void write_value(struct json_writer *json, struct value v, uint32_t levels)
{
    if (levels == 0) {
        json_writer_null(json);
        return;
    }
    json_writer_object_begin(json);
    json_writer_key(json, span_of(value_type_name(v.type)));
    write_body(json, v, levels);
    json_writer_object_end(json);
}

void wire_write_value(struct json_writer *json, struct value v)
{
    write_value(json, v, LIMIT_NESTING);
}

void wire_write_map(struct json_writer *json, struct value map)
{
    write_map(json, map, LIMIT_NESTING);
}
