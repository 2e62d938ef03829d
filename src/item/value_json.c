/* value_json.c -- see value_json.h. */
#include "item/value_json.h"

#include <assert.h>

#include "base/limits.h"
#include "item/number.h"

#define HEAD(type)                                                                                 \
    {                                                                                              \
        (const uint8_t *)"{\"" type "\":", sizeof("{\"" type "\":") - 1                            \
    }

/* What stands before a value in the wire form. */
static const struct span wire_heads[] = {
    [VALUE_S] = HEAD("S"),       [VALUE_N] = HEAD("N"),   [VALUE_B] = HEAD("B"),
    [VALUE_SS] = HEAD("SS"),     [VALUE_NS] = HEAD("NS"), [VALUE_BS] = HEAD("BS"),
    [VALUE_M] = HEAD("M"),       [VALUE_L] = HEAD("L"),   [VALUE_NULL] = HEAD("NULL"),
    [VALUE_BOOL] = HEAD("BOOL"),
};

struct walk {
    struct json_writer *json;
    value_json_form form;
};

static void write_number(struct walk w, struct span number)
{
    char text[NUMBER_TEXT_BYTES_MAX];
    const size_t len = number_text(number, text);
    const struct span digits = {(const uint8_t *)text, len};
    if (w.form == VALUE_JSON_WIRE)
        json_writer_string(w.json, digits);
    else
        json_writer_raw(w.json, digits);
}

/* A string, number or binary. */
static void write_scalar(struct walk w, value_type type, struct span body)
{
    if (type == VALUE_S) json_writer_string(w.json, body);
    if (type == VALUE_N) write_number(w, body);
    if (type == VALUE_B) json_writer_base64(w.json, body);
}

static void write_set(struct walk w, struct value set)
{
    const value_type type = value_element_type(set.type);
    struct value_cursor cursor = value_walk(set);
    struct span member = {0};
    json_writer_array_begin(w.json);
    while (value_next_member(&cursor, &member)) write_scalar(w, type, member);
    json_writer_array_end(w.json);
}

static void write_value(struct walk w, struct value v, uint32_t levels);

static void write_list(struct walk w, struct value list, uint32_t levels)
{
    struct value_cursor cursor = value_walk(list);
    struct value element = {0};
    json_writer_array_begin(w.json);
    while (value_next_element(&cursor, &element)) write_value(w, element, levels);
    json_writer_array_end(w.json);
}

static void write_map(struct walk w, struct value map, uint32_t levels)
{
    struct value_cursor cursor = value_walk(map);
    struct span name = {0};
    struct value attribute = {0};
    json_writer_object_begin(w.json);
    while (value_next_attribute(&cursor, &name, &attribute)) {
        json_writer_key(w.json, name);
        write_value(w, attribute, levels);
    }
    json_writer_object_end(w.json);
}

static void write_null(struct walk w)
{
    if (w.form == VALUE_JSON_WIRE)
        json_writer_bool(w.json, true); /* the type stands around it */
    else
        json_writer_null(w.json);
}

static void write_body(struct walk w, struct value v, uint32_t levels)
{
    switch (v.type) {
    case VALUE_S:
    case VALUE_N:
    case VALUE_B:
        write_scalar(w, v.type, v.body);
        return;
    case VALUE_SS:
    case VALUE_NS:
    case VALUE_BS:
        write_set(w, v);
        return;
    case VALUE_M:
        write_map(w, v, levels - 1);
        return;
    case VALUE_L:
        write_list(w, v, levels - 1);
        return;
    case VALUE_NULL:
        write_null(w);
        return;
    case VALUE_BOOL:
        json_writer_bool(w.json, value_bool(v));
        return;
    case VALUE_NONE:
        json_writer_null(w.json);
        return;
    }
}

/* A value with at most `levels` lists and maps within each other. */
static void write_value(struct walk w, struct value v, uint32_t levels)
{
    if (levels == 0) {
        json_writer_null(w.json);
        return;
    }
    if (w.form == VALUE_JSON_PLAIN) {
        write_body(w, v, levels);
        return;
    }
    assert(v.type != VALUE_NONE);
    json_writer_open(w.json, wire_heads[v.type]);
    write_body(w, v, levels);
    json_writer_object_end(w.json);
}

/* An item, and what a reply has around its items. */
enum { LEVELS_MAX = LIMIT_NESTING + 8 };

void value_json_write(struct json_writer *json, struct value v, value_json_form form)
{
    write_value((struct walk){json, form}, v, LEVELS_MAX);
}

void value_json_write_map(struct json_writer *json, struct value map, value_json_form form)
{
    write_map((struct walk){json, form}, map, LEVELS_MAX);
}
