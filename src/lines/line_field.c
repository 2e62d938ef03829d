/* line_field.c -- see line_field.h. */
#include "lines/line_field.h"

#include <assert.h>

#include "item/number.h"
#include "item/plain.h"
#include "lines/line_turn.h"

static status fail_json(struct line_turn *t, const struct json_reader *json, status st)
{
    if (st != ST_SERIALIZATION) return FAIL_PLAIN(&t->err, st);
    return LINE_FAIL(t, "ParseError", "the line is not JSON at byte %zu",
                     (size_t)(json->at - t->outer->text.ptr));
}

static status next(struct line_turn *t, struct json_reader *json, struct plain_start *out)
{
    const status st = json_reader_next(json, &out->token, &out->text);
    return st == ST_OK ? ST_OK : fail_json(t, json, st);
}

static bool is_between(uint8_t c)
{
    return c == ',' || c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* The text of the value that `json` stands before, unless it is the end of an array. The reader
 * takes a comma with the element behind it. */
static status take_text(struct line_turn *t, struct json_reader *json, struct plain_start *start,
                        struct span *out)
{
    const uint8_t *begun = json->at;
    TRY(next(t, json, start));
    while (begun < json->at && is_between(*begun)) begun++;
    if (start->token == JSON_ARRAY_END) return ST_OK;
    const status st = json_reader_skip(json, start->token);
    if (st != ST_OK) return fail_json(t, json, st);
    *out = (struct span){begun, (size_t)(json->at - begun)};
    return ST_OK;
}

/* ---- objects */

static status add_field(struct line_turn *t, struct line_fields *fields, struct span name,
                        struct json_reader *json)
{
    struct plain_start start = {0};
    struct span text = {0};
    TRY(take_text(t, json, &start, &text));
    for (uint32_t i = 0; i < fields->count; i++)
        if (span_eq(fields->fields[i].name, name))
            return LINE_FAIL(t, "ParseError", "the member \"%.*s\" comes twice", SPAN_ARG(name));
    if (start.token == JSON_NULL) fields->has_null = true;
    if (start.token == JSON_NULL) return ST_OK;
    if (fields->count == LINE_FIELDS_MAX)
        return LINE_FAIL(t, "ParseError", "an object has more than %d members", LINE_FIELDS_MAX);
    fields->fields[fields->count++] = (struct line_field){name, text};
    return ST_OK;
}

status line_fields_read(struct line_turn *turn, struct span text, struct line_fields *out)
{
    struct json_reader json;
    struct plain_start start = {0};
    json_reader_init(&json, turn->arena, text);
    *out = (struct line_fields){.count = 0};
    TRY(next(turn, &json, &start));
    if (start.token != JSON_OBJECT_BEGIN)
        return LINE_FAIL(turn, "ParseError", "a request is an object, and so is an operation");
    for (;;) {
        TRY(next(turn, &json, &start));
        if (start.token == JSON_OBJECT_END) return next(turn, &json, &start);
        TRY(add_field(turn, out, start.text, &json));
    }
}

static bool is_among(struct span name, struct span allowed)
{
    while (allowed.len > 0) {
        size_t len = 0;
        while (len < allowed.len && allowed.ptr[len] != ' ') len++;
        if (span_eq(name, span_take(allowed, len))) return true;
        allowed = span_drop(allowed, len < allowed.len ? len + 1 : len);
    }
    return false;
}

status line_fields_check(struct line_turn *turn, const struct line_fields *fields,
                         const char *allowed)
{
    for (uint32_t i = 0; i < fields->count; i++) {
        const struct span name = fields->fields[i].name;
        if (is_among(name, span_of(allowed))) continue;
        return LINE_FAIL(turn, "ParseError", "there is no member \"%.*s\" here, only: %s",
                         SPAN_ARG(name), allowed);
    }
    return ST_OK;
}

/* ---- members */

bool line_field_find(const struct line_fields *fields, const char *name, struct span *out)
{
    for (uint32_t i = 0; i < fields->count; i++) {
        if (!span_eq(fields->fields[i].name, span_of(name))) continue;
        *out = fields->fields[i].text;
        return true;
    }
    return false;
}

status line_field_get(struct line_turn *turn, const struct line_fields *fields, const char *name,
                      struct span *out)
{
    if (line_field_find(fields, name, out)) return ST_OK;
    return LINE_FAIL(turn, "ParseError", "the member \"%s\" is missing", name);
}

status line_field_string(struct line_turn *turn, struct span text, const char *what,
                         struct span *out)
{
    struct json_reader json;
    struct plain_start start = {0};
    json_reader_init(&json, turn->arena, text);
    TRY(next(turn, &json, &start));
    if (start.token != JSON_STRING) return LINE_FAIL(turn, "ParseError", "%s is a string", what);
    *out = start.text;
    return ST_OK;
}

status line_field_text(struct line_turn *turn, const struct line_fields *fields, const char *name,
                       struct span *out)
{
    struct span text = {0};
    TRY(line_field_get(turn, fields, name, &text));
    return line_field_string(turn, text, name, out);
}

status line_field_text_if(struct line_turn *turn, const struct line_fields *fields,
                          const char *name, struct span *out)
{
    struct span text = {0};
    if (!line_field_find(fields, name, &text)) return ST_OK;
    return line_field_string(turn, text, name, out);
}

status line_field_plain(struct line_turn *turn, struct span text, struct value *out)
{
    struct json_reader json;
    struct plain_start start = {0};
    struct error late = error_in(turn->arena);
    json_reader_init(&json, turn->arena, text);
    TRY(next(turn, &json, &start));
    const status st = plain_read(&json, start, out, &late, &turn->err);
    if (st != ST_OK) return fail_json(turn, &json, st);
    if (late.status != ST_OK) turn->err = late;
    return late.status;
}

status line_field_item(struct line_turn *turn, struct span text, struct value *out)
{
    struct json_reader json;
    struct plain_start start = {0};
    struct error late = error_in(turn->arena);
    json_reader_init(&json, turn->arena, text);
    TRY(next(turn, &json, &start));
    if (start.token != JSON_OBJECT_BEGIN)
        return LINE_FAIL(turn, "ParseError", "an item is an object, and so is a key");
    const status st = plain_read_item(&json, out, &late, &turn->err);
    if (st != ST_OK) return fail_json(turn, &json, st);
    if (late.status != ST_OK) turn->err = late;
    return late.status;
}

status line_field_value(struct line_turn *turn, const struct line_fields *fields, const char *name,
                        struct value *out)
{
    struct span text = {0};
    TRY(line_field_get(turn, fields, name, &text));
    return line_field_plain(turn, text, out);
}

status line_field_flag_if(struct line_turn *turn, const struct line_fields *fields,
                          const char *name, bool *out)
{
    struct span text = {0};
    struct value value = {0};
    if (!line_field_find(fields, name, &text)) return ST_OK;
    TRY(line_field_plain(turn, text, &value));
    if (value.type != VALUE_BOOL)
        return LINE_FAIL(turn, "ParseError", "\"%s\" is true or false", name);
    *out = value_bool(value);
    return ST_OK;
}

status line_field_count_if(struct line_turn *turn, const struct line_fields *fields,
                           const char *name, uint64_t *out)
{
    struct span text = {0};
    struct value value = {0};
    int64_t number = -1;
    if (!line_field_find(fields, name, &text)) return ST_OK;
    TRY(line_field_plain(turn, text, &value));
    if (value.type != VALUE_N || !number_to_i64(value.body, &number) || number < 0)
        return LINE_FAIL(turn, "ParseError", "\"%s\" is a whole number from 0", name);
    *out = (uint64_t)number;
    return ST_OK;
}

/* ---- arrays */

status line_field_list_begin(struct line_turn *turn, struct span text, struct line_list *out)
{
    struct plain_start start = {0};
    json_reader_init(&out->json, turn->arena, text);
    TRY(next(turn, &out->json, &start));
    if (start.token == JSON_ARRAY_BEGIN) return ST_OK;
    return LINE_FAIL(turn, "ParseError", "keys, operations, updates and paths come in an array");
}

status line_field_list_next(struct line_turn *turn, struct line_list *list, struct span *out,
                            bool *found)
{
    struct plain_start start = {0};
    TRY(take_text(turn, &list->json, &start, out));
    *found = start.token != JSON_ARRAY_END;
    return ST_OK;
}
