/* wire_read.c -- from JSON tokens to a stored value, without a tree between.
 *
 * A value is written while it is read, by value_build.h, which also judges it.
 *
 * The two kinds of mistakes (wire.h) part here. DynamoDB first turns the whole request into
 * objects, where JSON of the wrong shape fails; then it looks at the values. So the first kind
 * ends the reading, and the second is kept in `late`. What is written after a late mistake is
 * worth nothing, but is still read to find mistakes of the first kind.
 *
 * Shapes, as DynamoDB's own parser takes them: a member that is null is absent, and so is one of
 * unknown name; BOOL and NULL also accept the strings true, false, yes, no, 1 and 0 in any case.
 * A member given twice counts once, the last one.
 *
 * W1  Recursion is bounded: the LIMIT_NESTING-th list or map within another is skipped unread.
 */
#include "item/wire.h"

#include <assert.h>

#include "base/limits.h"
#include "item/base64.h"
#include "item/value_build.h"

/* Room taken at once for the body, unless less text is left: what most items need. */
enum { BODY_FIRST_BYTES = 1024 };

struct wire {
    struct json_reader *json;
    struct value_build build; /* what is written, and `late` */
    struct error *err;
    bool names_keys; /* ExpressionAttributeValues: the sentence in `late` names the key */
};

/* A token that starts a value, with its text. */
struct start {
    json_token token;
    struct span text;
};

static const char text_structure[] = "Start of structure or map found where not expected";
static const char text_many[] = "Supplied AttributeValue has more than one datatypes set, must "
                                "contain exactly one of the supported datatypes";
static const char text_null[] = "The supplied Item contains a null AttributeValue";
static const char text_false_null[] = "Null attribute value types must have the value of true";

/* ---- the pieces ---- */

static status next(struct wire *w, struct start *out)
{
    TRY_PLAIN(w->err, json_reader_next(w->json, &out->token, &out->text));
    return ST_OK;
}

/* ---- mistakes of shape ---- */

static bool is_decimal(struct span number)
{
    for (size_t i = 0; i < number.len; i++)
        if (number.ptr[i] == '.' || (number.ptr[i] | 0x20) == 'e') return true;
    return false;
}

static const char *scalar_name(struct start start)
{
    if (start.token == JSON_TRUE) return "TRUE_VALUE";
    if (start.token == JSON_FALSE) return "FALSE_VALUE";
    return is_decimal(start.text) ? "DECIMAL_VALUE" : "NUMBER_VALUE";
}

/* `start` where a `wanted` ("String", "Boolean") belongs. */
static status refuse_scalar(struct wire *w, struct start start, const char *wanted)
{
    if (start.token == JSON_OBJECT_BEGIN) return FAIL(w->err, ST_SERIALIZATION, text_structure);
    if (start.token == JSON_ARRAY_BEGIN)
        return FAIL(w->err, ST_SERIALIZATION, "Unrecognized collection type class java.lang.%s",
                    wanted);
    return FAIL(w->err, ST_SERIALIZATION, "%s cannot be converted to %s", scalar_name(start),
                wanted);
}

static status refuse_binary(struct wire *w, struct start start)
{
    if (start.token == JSON_OBJECT_BEGIN) return FAIL(w->err, ST_SERIALIZATION, text_structure);
    if (start.token == JSON_ARRAY_BEGIN)
        return FAIL(w->err, ST_SERIALIZATION,
                    "Unrecognized collection type class java.nio.ByteBuffer");
    return FAIL(w->err, ST_SERIALIZATION, "only base-64-encoded strings are convertible to bytes");
}

static status refuse_list(struct wire *w, struct start start)
{
    if (start.token == JSON_OBJECT_BEGIN) return FAIL(w->err, ST_SERIALIZATION, text_structure);
    return FAIL(w->err, ST_SERIALIZATION, "Unexpected field type");
}

#define WIRE_CLASS "com.amazonaws.dynamodb.v20120810.AttributeValue"

static status refuse_map(struct wire *w, struct start start)
{
    if (start.token == JSON_ARRAY_BEGIN)
        return FAIL(w->err, ST_SERIALIZATION,
                    "Unrecognized collection type java.util.Map<java.lang.String, " WIRE_CLASS ">");
    return FAIL(w->err, ST_SERIALIZATION, "Unexpected field type");
}

static status refuse_value(struct wire *w, struct start start)
{
    if (start.token == JSON_ARRAY_BEGIN)
        return FAIL(w->err, ST_SERIALIZATION, "Unrecognized collection type class " WIRE_CLASS);
    return FAIL(w->err, ST_SERIALIZATION, "Unexpected value type in payload");
}

/* ---- scalars: each appends its body ---- */

static status read_string(struct wire *w, struct start start)
{
    if (start.token != JSON_STRING) return refuse_scalar(w, start, "String");
    buf_put(&w->build.body, start.text);
    return ST_OK;
}

static status read_number(struct wire *w, struct start start)
{
    if (start.token != JSON_STRING) return refuse_scalar(w, start, "String");
    value_build_number(&w->build, start.text);
    return ST_OK;
}

static status read_binary(struct wire *w, struct start start)
{
    if (start.token != JSON_STRING) return refuse_binary(w, start);
    return base64_decode(start.text, &w->build.body, w->err);
}

static status take_bool(struct wire *w, struct start start, bool *out)
{
    static const struct {
        const char *text;
        bool means;
    } words[] = {
        {"true",  true },
        {"1",     true },
        {"yes",   true },
        {"false", false},
        {"0",     false},
        {"no",    false}
    };
    *out = start.token == JSON_TRUE;
    if (start.token == JSON_TRUE || start.token == JSON_FALSE) return ST_OK;
    if (start.token != JSON_STRING) return refuse_scalar(w, start, "Boolean");
    for (size_t i = 0; i < ARRAY_COUNT(words); i++) {
        *out = words[i].means;
        if (span_eq_nocase(start.text, span_of(words[i].text))) return ST_OK;
    }
    return FAIL(w->err, ST_SERIALIZATION, "Unexpected token received from parser");
}

static status read_bool(struct wire *w, struct start start)
{
    bool b = false;
    TRY(take_bool(w, start, &b));
    buf_put_u8(&w->build.body, b ? 1 : 0);
    return ST_OK;
}

static status read_null(struct wire *w, struct start start)
{
    bool b = false;
    TRY(take_bool(w, start, &b));
    if (!b) value_build_note_alone(&w->build, value_build_invalid, text_false_null);
    return ST_OK;
}

/* ---- sets ---- */

static status read_member(struct wire *w, value_type set_type, struct start start)
{
    const size_t gap = value_build_member(&w->build);
    if (set_type == VALUE_SS) TRY(read_string(w, start));
    if (set_type == VALUE_NS) TRY(read_number(w, start));
    if (set_type == VALUE_BS) TRY(read_binary(w, start));
    value_build_member_end(&w->build, gap);
    return ST_OK;
}

static status read_members(struct wire *w, value_type type, uint32_t *count)
{
    for (;; ++*count) {
        struct start start = {0};
        TRY(next(w, &start));
        if (start.token == JSON_ARRAY_END) return ST_OK;
        if (start.token == JSON_NULL) {
            value_build_no_member(&w->build, type);
            continue;
        }
        TRY(read_member(w, type, start));
    }
}

static status read_set(struct wire *w, value_type type, struct start start)
{
    if (start.token != JSON_ARRAY_BEGIN) return refuse_list(w, start);
    const size_t begun = value_write_begin(&w->build.body);
    uint32_t count = 0;
    TRY(read_members(w, type, &count));
    value_build_set_end(&w->build, type, begun, count);
    return ST_OK;
}

/* ---- lists and maps ---- */

static status read_value(struct wire *w, struct start start, value_type *type);

static status read_element(struct wire *w, struct start start)
{
    const size_t gap = value_build_element(&w->build);
    value_type type = VALUE_NONE;
    TRY(read_value(w, start, &type));
    value_build_element_end(&w->build, gap, type);
    return ST_OK;
}

static status read_list(struct wire *w, struct start start)
{
    if (start.token != JSON_ARRAY_BEGIN) return refuse_list(w, start);
    const size_t begun = value_write_begin(&w->build.body);
    for (uint32_t count = 0;; count++) {
        struct start element = {0};
        TRY(next(w, &element));
        if (element.token == JSON_ARRAY_END) {
            value_write_end(&w->build.body, begun, count);
            return ST_OK;
        }
        TRY(read_element(w, element));
    }
}

/* Put the key of an expression value into the sentence that its value was refused with. */
static void name_key(struct wire *w, struct span key)
{
    if (w->build.late_alone) return;
    const struct span text = error_text(w->build.late);
    (void)FAIL(w->build.late, ST_VALIDATION,
               "ExpressionAttributeValues contains invalid value: %.*s for key %.*s",
               SPAN_ARG(text), SPAN_ARG(key));
}

static void note_null(struct wire *w, struct span name)
{
    if (!value_build_is_sound(&w->build)) return;
    (void)FAIL(w->build.late, ST_VALIDATION, "%s: %.*s is null", text_null, SPAN_ARG(name));
}

static status read_attribute(struct wire *w, struct span name, struct start start)
{
    const struct value_build_attribute at = value_build_attribute(&w->build, name);
    value_type type = VALUE_NONE;
    if (start.token == JSON_NULL) {
        note_null(w, name);
    } else {
        TRY(read_value(w, start, &type));
    }
    value_build_attribute_end(&w->build, at, type);
    return ST_OK;
}

/* DynamoDB looks at a name after the value behind it. */
static status read_named(struct wire *w, struct span name, struct start start)
{
    const bool is_key = w->names_keys && w->build.depth == 0;
    const bool was_sound = value_build_is_sound(&w->build);
    TRY(read_attribute(w, name, start));
    if (!is_key) value_build_name(&w->build, name);
    if (is_key && was_sound && !value_build_is_sound(&w->build)) name_key(w, name);
    return ST_OK;
}

static status read_map(struct wire *w, struct start start)
{
    if (start.token != JSON_OBJECT_BEGIN) return refuse_map(w, start);
    const size_t begun = value_write_begin(&w->build.body);
    for (uint32_t count = 0;; count++) {
        struct start name = {0};
        struct start attribute = {0};
        TRY(next(w, &name));
        if (name.token == JSON_OBJECT_END) {
            value_build_map_end(&w->build, begun, count);
            return ST_OK;
        }
        TRY(next(w, &attribute));
        TRY(read_named(w, name.text, attribute));
    }
}

static status read_container(struct wire *w, value_type type, struct start start)
{
    if (!value_build_add_depth(&w->build)) {
        TRY_PLAIN(w->err, json_reader_skip(w->json, start.token));
        return ST_OK;
    }
    TRY(type == VALUE_M ? read_map(w, start) : read_list(w, start));
    value_build_drop_depth(&w->build);
    return ST_OK;
}

/* ---- values ---- */

static status read_body(struct wire *w, value_type type, struct start start)
{
    switch (type) {
    case VALUE_NONE:
        TRY_PLAIN(w->err, json_reader_skip(w->json, start.token));
        return ST_OK;
    case VALUE_S:
        return read_string(w, start);
    case VALUE_N:
        return read_number(w, start);
    case VALUE_B:
        return read_binary(w, start);
    case VALUE_SS:
    case VALUE_NS:
    case VALUE_BS:
        return read_set(w, type, start);
    case VALUE_M:
    case VALUE_L:
        return read_container(w, type, start);
    case VALUE_NULL:
        return read_null(w, start);
    case VALUE_BOOL:
        return read_bool(w, start);
    }
    return FAIL_PLAIN(w->err, ST_INTERNAL);
}

/* Append the body of a value and tell its type; of several, the last. VALUE_NONE: there is none,
 * which `late` tells as well. */
static status read_value(struct wire *w, struct start start, value_type *type)
{
    if (start.token == JSON_NULL) {
        value_build_note(&w->build, "", text_null);
        return ST_OK;
    }
    if (start.token != JSON_OBJECT_BEGIN) return refuse_value(w, start);
    const size_t body = w->build.body.len;
    uint32_t types = 0; /* a bit for each one seen */
    for (;;) {
        struct start name = {0};
        struct start member = {0};
        TRY(next(w, &name));
        if (name.token == JSON_OBJECT_END) break;
        TRY(next(w, &member));
        const value_type found = value_type_of(name.text);
        if (member.token == JSON_NULL) continue;
        if (found != VALUE_NONE) {
            buf_truncate(&w->build.body, body);
            types |= 1U << found;
            *type = found;
        }
        TRY(read_body(w, found, member));
    }
    if (types == 0) value_build_note(&w->build, "", WIRE_EMPTY);
    if ((types & (types - 1)) != 0) value_build_note(&w->build, "", text_many);
    return ST_OK;
}

/* ---- doors ---- */

/* Take room for the body at once; a failure sticks, and finish tells. */
static void take_room(struct wire *w)
{
    const size_t left = (size_t)(w->json->end - w->json->at);
    const size_t room = left < BODY_FIRST_BYTES ? left : BODY_FIRST_BYTES;
    if (buf_reserve(&w->build.body, room) == NULL) assert(buf_status(&w->build.body) != ST_OK);
}

static struct wire wire_over(struct json_reader *json, struct error *late, struct error *err)
{
    struct wire w = {.json = json, .err = err};
    value_build_init(&w.build, json->arena, late);
    take_room(&w);
    return w;
}

static status finish(struct wire *w, value_type type, struct value *out)
{
    TRY_PLAIN(w->err, buf_status(&w->build.body));
    *out = (struct value){type, buf_view(&w->build.body)};
    return ST_OK;
}

status wire_read_value(struct json_reader *json, json_token first, struct value *out,
                       struct error *late, struct error *err)
{
    struct wire w = wire_over(json, late, err);
    value_type type = VALUE_NONE;
    TRY(read_value(&w, (struct start){first, {0}}, &type));
    return finish(&w, type, out);
}

status wire_read_map(struct json_reader *json, json_token first, struct value *out,
                     struct error *late, struct error *err)
{
    assert(first != JSON_NULL);
    struct wire w = wire_over(json, late, err);
    TRY(read_map(&w, (struct start){first, {0}}));
    return finish(&w, VALUE_M, out);
}

status wire_read_values(struct json_reader *json, json_token first, struct value *out,
                        struct error *late, struct error *err)
{
    assert(first != JSON_NULL);
    struct wire w = wire_over(json, late, err);
    w.names_keys = true;
    TRY(read_map(&w, (struct start){first, {0}}));
    return finish(&w, VALUE_M, out);
}
