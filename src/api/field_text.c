/* field_text.c -- two walks, one over a value and one over tokens, that ask the same two questions
 * on their way down: what is expected of a member of this name, and of an element of this list.
 *
 *     form           of a member                     of an element
 *     STRUCT         what the field of its name says
 *     MAP            a STRUCT
 *     MAP_OF_LISTS   a LIST
 *     LIST                                           a STRUCT
 *     ITEMS                                          an ITEM
 *     VALUES                                         a VALUE
 *     ITEM, VALUE    (the item room's)
 *     PLAIN          PLAIN                           PLAIN
 *
 * What does not fit its form is plain from there on.
 */
#include "api/field_text.h"

#include <assert.h>
#include <string.h>

#include "api/reply_tree.h"
#include "base/limits.h"
#include "item/number.h"
#include "item/wire.h"
#include "json/json_reader.h"

typedef enum form_kind {
    FORM_PLAIN,
    FORM_VALUE,
    FORM_ITEM,
    FORM_VALUES,
    FORM_ITEMS,
    FORM_STRUCT,
    FORM_LIST,
    FORM_MAP,
    FORM_MAP_OF_LISTS,
} form_kind;

struct form {
    form_kind kind;
    const struct field_shape *of; /* of STRUCT, LIST, MAP, MAP_OF_LISTS */
};

/* ---- what is expected */

static struct form form_of(const struct field *field)
{
    static const form_kind kinds[] = {
        [FIELD_STRING] = FORM_PLAIN,
        [FIELD_TABLE] = FORM_PLAIN,
        [FIELD_ARN] = FORM_PLAIN,
        [FIELD_ENUM] = FORM_PLAIN,
        [FIELD_BOOL] = FORM_PLAIN,
        [FIELD_INTEGER] = FORM_PLAIN,
        [FIELD_LONG] = FORM_PLAIN,
        [FIELD_STRUCT] = FORM_STRUCT,
        [FIELD_LIST] = FORM_LIST,
        [FIELD_MAP] = FORM_MAP,
        [FIELD_MAP_OF_LISTS] = FORM_MAP_OF_LISTS,
        [FIELD_STRINGS] = FORM_PLAIN,
        [FIELD_NAMES] = FORM_PLAIN,
        [FIELD_ITEM] = FORM_ITEM,
        [FIELD_VALUES] = FORM_ITEM,
        [FIELD_VALUE] = FORM_VALUE,
        [FIELD_OPERANDS] = FORM_VALUES,
        [FIELD_KEYS] = FORM_ITEMS,
    };
    return (struct form){kinds[field->kind], field->of};
}

static bool is_called(const struct field *field, struct span name)
{
    if (field->name == NULL) return true;
    return field->name_len == name.len && memcmp(field->name, name.ptr, name.len) == 0;
}

static struct form form_of_named(const struct field_shape *shape, struct span name)
{
    for (size_t i = 0; i < shape->count; i++)
        if (is_called(&shape->fields[i], name)) return form_of(&shape->fields[i]);
    return (struct form){.kind = FORM_PLAIN};
}

static struct form form_of_member(struct form form, struct span name)
{
    if (form.kind == FORM_STRUCT) return form_of_named(form.of, name);
    if (form.kind == FORM_MAP) return (struct form){FORM_STRUCT, form.of};
    if (form.kind == FORM_MAP_OF_LISTS) return (struct form){FORM_LIST, form.of};
    return (struct form){.kind = FORM_PLAIN};
}

static struct form form_of_element(struct form form)
{
    if (form.kind == FORM_LIST) return (struct form){FORM_STRUCT, form.of};
    if (form.kind == FORM_ITEMS) return (struct form){.kind = FORM_ITEM};
    if (form.kind == FORM_VALUES) return (struct form){.kind = FORM_VALUE};
    return (struct form){.kind = FORM_PLAIN};
}

/* ---- a value as text */

static void write_number(struct json_writer *json, struct span number)
{
    char text[NUMBER_TEXT_BYTES_MAX];
    const size_t len = number_text(number, text);
    json_writer_raw(json, (struct span){(const uint8_t *)text, len});
}

static void write_any(struct json_writer *json, struct form form, struct value v, uint32_t levels);

static void write_object(struct json_writer *json, struct form form, struct value v,
                         uint32_t levels)
{
    struct value_cursor cursor = value_walk(v);
    struct span name = {0};
    struct value member = {0};
    json_writer_object_begin(json);
    while (value_next_attribute(&cursor, &name, &member)) {
        json_writer_key(json, name);
        write_any(json, form_of_member(form, name), member, levels);
    }
    json_writer_object_end(json);
}

static void write_array(struct json_writer *json, struct form form, struct value v, uint32_t levels)
{
    struct value_cursor cursor = value_walk(v);
    struct value element = {0};
    json_writer_array_begin(json);
    while (value_next_element(&cursor, &element))
        write_any(json, form_of_element(form), element, levels);
    json_writer_array_end(json);
}

static void write_plain(struct json_writer *json, struct form form, struct value v, uint32_t levels)
{
    switch (v.type) {
    case VALUE_S:
        json_writer_string(json, v.body);
        return;
    case VALUE_N:
        write_number(json, v.body);
        return;
    case VALUE_BOOL:
        json_writer_bool(json, value_bool(v));
        return;
    case VALUE_M:
        write_object(json, form, v, levels - 1);
        return;
    case VALUE_L:
        write_array(json, form, v, levels - 1);
        return;
    case VALUE_B:
    case VALUE_SS:
    case VALUE_NS:
    case VALUE_BS:
        wire_write_value(json, v);
        return;
    case VALUE_NONE:
    case VALUE_NULL:
        json_writer_null(json);
        return;
    }
}

/* At most `levels` lists and maps within each other: what is deeper than JSON may be is null. */
static void write_any(struct json_writer *json, struct form form, struct value v, uint32_t levels)
{
    if (levels == 0) {
        json_writer_null(json);
    } else if (form.kind == FORM_VALUE) {
        wire_write_value(json, v);
    } else if (form.kind == FORM_ITEM && v.type == VALUE_M) {
        wire_write_map(json, v);
    } else {
        write_plain(json, form, v, levels);
    }
}

void field_text_write(const struct field_shape *shape, struct value v, struct json_writer *json)
{
    assert(v.type == VALUE_M);
    write_object(json, (struct form){FORM_STRUCT, shape}, v, LIMIT_JSON_DEPTH);
}

/* ---- text as a value */

struct text_reader {
    struct json_reader json;
    struct reply_tree *tree;
    struct error *err;
};

struct start {
    json_token token;
    struct span text;
};

static status next(struct text_reader *reader, struct start *out)
{
    TRY_PLAIN(reader->err, json_reader_next(&reader->json, &out->token, &out->text));
    return ST_OK;
}

/* An attribute's value or an item, as the item room reads it. */
static status read_wire(struct text_reader *reader, form_kind kind, json_token first)
{
    struct value v = {0};
    struct error late = error_in(reader->json.arena);
    if (kind == FORM_ITEM)
        TRY(wire_read_map(&reader->json, first, &v, &late, reader->err));
    else
        TRY(wire_read_value(&reader->json, first, &v, &late, reader->err));
    if (late.status != ST_OK) {
        *reader->err = late;
        return late.status;
    }
    reply_tree_scalar(reader->tree, v);
    return ST_OK;
}

static status read_any(struct text_reader *reader, struct form form, struct start start,
                       uint32_t levels);

static status read_object(struct text_reader *reader, struct form form, uint32_t levels)
{
    struct start name = {0};
    struct start member = {0};
    reply_tree_begin(reader->tree, VALUE_M);
    TRY(next(reader, &name));
    while (name.token == JSON_KEY) {
        const struct form inner = form_of_member(form, name.text);
        TRY(next(reader, &member));
        if (name.text.len > LIMIT_NAME_BYTES) return FAIL_PLAIN(reader->err, ST_SERIALIZATION);
        if (member.token != JSON_NULL || inner.kind != FORM_VALUE) {
            reply_tree_key(reader->tree, name.text);
            TRY(read_any(reader, inner, member, levels));
        }
        TRY(next(reader, &name));
    }
    reply_tree_end(reader->tree);
    return ST_OK;
}

static status read_array(struct text_reader *reader, struct form form, uint32_t levels)
{
    struct start element = {0};
    reply_tree_begin(reader->tree, VALUE_L);
    TRY(next(reader, &element));
    while (element.token != JSON_ARRAY_END) {
        TRY(read_any(reader, form_of_element(form), element, levels));
        TRY(next(reader, &element));
    }
    reply_tree_end(reader->tree);
    return ST_OK;
}

static void read_bool(struct text_reader *reader, bool b)
{
    const uint8_t body = b;
    reply_tree_scalar(reader->tree, (struct value){
                                        VALUE_BOOL, {&body, 1}
    });
}

static status read_plain(struct text_reader *reader, struct form form, struct start start,
                         uint32_t levels)
{
    switch (start.token) {
    case JSON_OBJECT_BEGIN:
        return read_object(reader, form, levels - 1);
    case JSON_ARRAY_BEGIN:
        return read_array(reader, form, levels - 1);
    case JSON_STRING:
        reply_tree_scalar(reader->tree, (struct value){VALUE_S, start.text});
        return ST_OK;
    case JSON_NUMBER:
        reply_tree_number(reader->tree, start.text);
        return ST_OK;
    case JSON_TRUE:
    case JSON_FALSE:
        read_bool(reader, start.token == JSON_TRUE);
        return ST_OK;
    case JSON_NULL:
        reply_tree_scalar(reader->tree, (struct value){.type = VALUE_NULL});
        return ST_OK;
    case JSON_END:
    case JSON_OBJECT_END:
    case JSON_ARRAY_END:
    case JSON_KEY:
        break;
    }
    return FAIL_PLAIN(reader->err, ST_INTERNAL); /* the reader gives no such token here */
}

/* At most `levels` objects and arrays within each other; the JSON reader refuses more. */
static status read_any(struct text_reader *reader, struct form form, struct start start,
                       uint32_t levels)
{
    if (levels == 0) return FAIL_PLAIN(reader->err, ST_SERIALIZATION);
    const bool is_wire =
        form.kind == FORM_VALUE || (form.kind == FORM_ITEM && start.token == JSON_OBJECT_BEGIN);
    if (is_wire) return read_wire(reader, form.kind, start.token);
    return read_plain(reader, form, start, levels);
}

status field_text_read(const struct field_shape *shape, struct span text, struct arena *arena,
                       struct value *out, struct error *err)
{
    struct start start = {0};
    struct reply_tree *tree = arena_alloc_raw(arena, sizeof *tree);
    if (tree == NULL) return FAIL_PLAIN(err, ST_NO_MEMORY);
    struct text_reader reader = {.tree = tree, .err = err};
    json_reader_init(&reader.json, arena, text);
    reply_tree_init(tree, arena);
    TRY(next(&reader, &start));
    if (start.token != JSON_OBJECT_BEGIN) return FAIL_PLAIN(err, ST_SERIALIZATION);
    TRY(read_object(&reader, (struct form){FORM_STRUCT, shape}, LIMIT_JSON_DEPTH));
    TRY(next(&reader, &start));
    TRY_PLAIN(err, reply_tree_status(tree));
    *out = reply_tree_view(tree);
    return ST_OK;
}
