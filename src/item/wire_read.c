/* wire_read.c -- from JSON tokens to a stored value, without a tree between.
 *
 * A value is written while it is read. What stands before a body (its type and length) is only
 * known behind it, so a gap is left and filled when the body ends; a map or set is sorted when it
 * closes, with its parts already sorted by then.
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
#include <string.h>

#include "base/bytes.h"
#include "base/ckd.h"
#include "base/limits.h"
#include "item/base64.h"
#include "item/number.h"
#include "item/wire_sort.h"

enum { ATTRIBUTE_GAP_BYTES = 7, ELEMENT_GAP_BYTES = 5, MEMBER_GAP_BYTES = 4 };

/* Room taken at once for the body, unless less text is left: what most items need. */
enum { BODY_FIRST_BYTES = 1024 };

struct wire {
    struct json_reader *json;
    struct buf body;    /* what is written */
    struct buf scratch; /* for wire_sort */
    struct error *late;
    struct error *err;
    uint32_t depth;  /* open lists and maps */
    bool names_keys; /* ExpressionAttributeValues: the sentence in `late` names the key … */
    bool late_alone; /* … unless it is one that stands alone */
};

/* A token that starts a value, with its text. */
struct start {
    json_token token;
    struct span text;
};

static const char text_structure[] = "Start of structure or map found where not expected";
static const char text_invalid[] = "One or more parameter values were invalid: ";
static const char text_empty[] =
    "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes";
static const char text_many[] = "Supplied AttributeValue has more than one datatypes set, must "
                                "contain exactly one of the supported datatypes";
static const char text_null[] = "The supplied Item contains a null AttributeValue";
static const char text_false_null[] = "Null attribute value types must have the value of true";
static const char text_nesting[] = "Nesting Levels have exceeded supported limits: Attributes in "
                                   "the item have nested levels beyond supported limit";
static const char text_no_name[] = "Empty attribute name";
static const char text_long_name[] = "Attribute name is too large, must be less than 65536 bytes";

/* ---- the pieces ---- */

static status next(struct wire *w, struct start *out)
{
    TRY_PLAIN(w->err, json_reader_next(w->json, &out->token, &out->text));
    return ST_OK;
}

/* Is nothing wrong so far? Then the next late mistake is the one to keep. */
static bool sound(const struct wire *w)
{
    return w->late->status == ST_OK;
}

static void note(struct wire *w, const char *prefix, const char *text)
{
    if (sound(w)) (void)FAIL(w->late, ST_VALIDATION, "%s%s", prefix, text);
}

static void note_alone(struct wire *w, const char *prefix, const char *text)
{
    if (sound(w)) w->late_alone = true;
    note(w, prefix, text);
}

/* Leave `n` bytes to be filled in later; the answer is where they end. */
static size_t leave_gap(struct wire *w, size_t n)
{
    if (buf_reserve(&w->body, n) == NULL) return 0;
    buf_advance(&w->body, n);
    return w->body.len;
}

static uint32_t length_since(const struct wire *w, size_t start)
{
    uint32_t len = 0;
    const bool fits = ckd_u32(w->body.len - start, &len);
    assert(fits);
    return len;
}

/* Fill in the length of the body that starts at `body`, four bytes before `at`. */
static void fill_length(struct wire *w, size_t at, size_t body)
{
    if (buf_status(&w->body) != ST_OK) return;
    buf_patch_u32(&w->body, at - 4, length_since(w, body));
}

/* The same with the type before the length. */
static void fill_type_and_length(struct wire *w, size_t at, size_t body, value_type type)
{
    if (buf_status(&w->body) != ST_OK) return;
    w->body.ptr[at - ELEMENT_GAP_BYTES] = (uint8_t)type;
    fill_length(w, at, body);
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
    buf_put(&w->body, start.text);
    return ST_OK;
}

static status read_number(struct wire *w, struct start start)
{
    if (start.token != JSON_STRING) return refuse_scalar(w, start, "String");
    struct number number;
    if (!sound(w)) return ST_OK;
    if (number_parse(start.text, &number, w->late) == ST_OK)
        buf_put(&w->body, number_view(&number));
    return ST_OK;
}

static status read_binary(struct wire *w, struct start start)
{
    if (start.token != JSON_STRING) return refuse_binary(w, start);
    return base64_decode(start.text, &w->body, w->err);
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
    buf_put_u8(&w->body, b ? 1 : 0);
    return ST_OK;
}

static status read_null(struct wire *w, struct start start)
{
    bool b = false;
    TRY(take_bool(w, start, &b));
    if (!b) note_alone(w, text_invalid, text_false_null);
    return ST_OK;
}

/* ---- sets ---- */

struct set_texts {
    const char *empty;
    const char *null_member;
};

static const struct set_texts *set_texts(value_type type)
{
    static const struct set_texts texts[] = {
        [VALUE_SS] = {"An string set  may not be empty",
                      "An string set may not have a null string as a member"},
        [VALUE_NS] = {"An number set  may not be empty",
                      "An number set may not have a null string as a member"},
        [VALUE_BS] = {"Binary sets should not be empty",
                      "Binary sets may not contain null or empty values"    },
    };
    assert(value_is_set(type));
    return &texts[type];
}

/* The members of a set as DynamoDB shows them: a, b. */
static struct span show_members(struct wire *w, struct value set)
{
    struct buf text;
    buf_init(&text, arena_mem(w->json->arena), SIZE_MAX);
    struct value_cursor cursor = value_walk(set);
    struct span member = {0};
    while (value_next_member(&cursor, &member)) {
        if (set.type == VALUE_SS) buf_put(&text, member);
        if (set.type == VALUE_BS) json_writer_base64_text(&text, member);
        if (cursor.left > 0) buf_put_text(&text, ", ");
    }
    return buf_status(&text) == ST_OK ? buf_view(&text) : (struct span){0};
}

static void note_duplicates(struct wire *w, struct value set)
{
    if (!sound(w)) return;
    if (set.type == VALUE_NS) {
        note(w, "", "Input collection contains duplicates");
        return;
    }
    const struct span members = show_members(w, set);
    (void)FAIL(w->late, ST_VALIDATION, "%sInput collection [%.*s]%s contains duplicates.",
               text_invalid, SPAN_ARG(members), set.type == VALUE_BS ? "of type BS" : "");
}

static status read_member(struct wire *w, value_type set_type, struct start start)
{
    const size_t at = leave_gap(w, MEMBER_GAP_BYTES);
    if (set_type == VALUE_SS) TRY(read_string(w, start));
    if (set_type == VALUE_NS) TRY(read_number(w, start));
    if (set_type == VALUE_BS) TRY(read_binary(w, start));
    fill_length(w, at, at);
    return ST_OK;
}

static status read_members(struct wire *w, value_type type, uint32_t *count)
{
    for (;; ++*count) {
        struct start start = {0};
        TRY(next(w, &start));
        if (start.token == JSON_ARRAY_END) return ST_OK;
        if (start.token == JSON_NULL) {
            note(w, text_invalid, set_texts(type)->null_member);
            continue;
        }
        TRY(read_member(w, type, start));
    }
}

static status read_set(struct wire *w, value_type type, struct start start)
{
    if (start.token != JSON_ARRAY_BEGIN) return refuse_list(w, start);
    const size_t begun = value_write_begin(&w->body);
    uint32_t count = 0;
    TRY(read_members(w, type, &count));
    value_write_end(&w->body, begun, count);
    if (count == 0) note(w, text_invalid, set_texts(type)->empty);
    if (!sound(w) || wire_sort_set(&w->body, begun, &w->scratch)) return ST_OK;
    note_duplicates(w, (struct value){type, span_drop(buf_view(&w->body), begun)});
    return ST_OK;
}

/* ---- lists and maps ---- */

static status read_value(struct wire *w, struct start start, value_type *type);

static status read_element(struct wire *w, struct start start)
{
    const size_t at = leave_gap(w, ELEMENT_GAP_BYTES);
    value_type type = VALUE_NONE;
    TRY(read_value(w, start, &type));
    fill_type_and_length(w, at, at, type);
    return ST_OK;
}

static status read_list(struct wire *w, struct start start)
{
    if (start.token != JSON_ARRAY_BEGIN) return refuse_list(w, start);
    const size_t begun = value_write_begin(&w->body);
    for (uint32_t count = 0;; count++) {
        struct start element = {0};
        TRY(next(w, &element));
        if (element.token == JSON_ARRAY_END) {
            value_write_end(&w->body, begun, count);
            return ST_OK;
        }
        TRY(read_element(w, element));
    }
}

/* Put the key of an expression value into the sentence that its value was refused with. */
static void name_key(struct wire *w, struct span key)
{
    if (w->late_alone) return;
    const struct span text = error_text(w->late);
    (void)FAIL(w->late, ST_VALIDATION,
               "ExpressionAttributeValues contains invalid value: %.*s for key %.*s",
               SPAN_ARG(text), SPAN_ARG(key));
}

/* DynamoDB looks at a name after the value behind it. */
static void check_name(struct wire *w, struct span name)
{
    if (name.len == 0) note(w, "", text_no_name);
    if (name.len > LIMIT_NAME_BYTES) note(w, "", text_long_name);
}

static void note_null(struct wire *w, struct span name)
{
    if (sound(w)) (void)FAIL(w->late, ST_VALIDATION, "%s: %.*s is null", text_null, SPAN_ARG(name));
}

/* Write what stands before an attribute's body; the answer is where its gap ends. */
static size_t write_name(struct wire *w, struct span name)
{
    const struct span kept = span_take(name, name.len > UINT16_MAX ? UINT16_MAX : name.len);
    uint8_t *at = buf_reserve(&w->body, ATTRIBUTE_GAP_BYTES + kept.len);
    if (at == NULL) return 0;
    bytes_store_u16(at, (uint16_t)kept.len);
    if (kept.len > 0) memcpy(at + ATTRIBUTE_GAP_BYTES, kept.ptr, kept.len);
    buf_advance(&w->body, ATTRIBUTE_GAP_BYTES + kept.len);
    return w->body.len - kept.len;
}

static status read_attribute(struct wire *w, struct span name, struct start start)
{
    const size_t at = write_name(w, name);
    const size_t body = w->body.len;
    value_type type = VALUE_NONE;
    if (start.token == JSON_NULL) {
        note_null(w, name);
    } else {
        TRY(read_value(w, start, &type));
    }
    fill_type_and_length(w, at, body, type);
    return ST_OK;
}

static status read_named(struct wire *w, struct span name, struct start start)
{
    const bool is_key = w->names_keys && w->depth == 0;
    const bool was_sound = sound(w);
    TRY(read_attribute(w, name, start));
    if (!is_key) check_name(w, name);
    if (is_key && was_sound && !sound(w)) name_key(w, name);
    return ST_OK;
}

/* Sorting needs whole attributes: after a late mistake some have no type. */
static void end_map(struct wire *w, size_t begun, uint32_t count)
{
    value_write_end(&w->body, begun, count);
    if (sound(w)) wire_sort_map(&w->body, begun, &w->scratch);
}

static status read_map(struct wire *w, struct start start)
{
    if (start.token != JSON_OBJECT_BEGIN) return refuse_map(w, start);
    const size_t begun = value_write_begin(&w->body);
    for (uint32_t count = 0;; count++) {
        struct start name = {0};
        struct start attribute = {0};
        TRY(next(w, &name));
        if (name.token == JSON_OBJECT_END) {
            end_map(w, begun, count);
            return ST_OK;
        }
        TRY(next(w, &attribute));
        TRY(read_named(w, name.text, attribute));
    }
}

static status read_container(struct wire *w, value_type type, struct start start)
{
    if (w->depth + 1 == LIMIT_NESTING) {
        note_alone(w, "", text_nesting);
        TRY_PLAIN(w->err, json_reader_skip(w->json, start.token));
        return ST_OK;
    }
    w->depth++;
    TRY(type == VALUE_M ? read_map(w, start) : read_list(w, start));
    w->depth--;
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
        note(w, "", text_null);
        return ST_OK;
    }
    if (start.token != JSON_OBJECT_BEGIN) return refuse_value(w, start);
    const size_t body = w->body.len;
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
            buf_truncate(&w->body, body);
            types |= 1U << found;
            *type = found;
        }
        TRY(read_body(w, found, member));
    }
    if (types == 0) note(w, "", text_empty);
    if ((types & (types - 1)) != 0) note(w, "", text_many);
    return ST_OK;
}

/* ---- doors ---- */

/* Take room for the body at once; a failure sticks, and finish tells. */
static void take_room(struct wire *w)
{
    const size_t left = (size_t)(w->json->end - w->json->at);
    const size_t room = left < BODY_FIRST_BYTES ? left : BODY_FIRST_BYTES;
    if (buf_reserve(&w->body, room) == NULL) assert(buf_status(&w->body) != ST_OK);
}

static struct wire wire_over(struct json_reader *json, struct error *late, struct error *err)
{
    struct wire w = {.json = json, .late = late, .err = err};
    buf_init(&w.body, arena_mem(json->arena), SIZE_MAX);
    buf_init(&w.scratch, arena_mem(json->arena), SIZE_MAX);
    take_room(&w);
    return w;
}

static status finish(struct wire *w, value_type type, struct value *out)
{
    TRY_PLAIN(w->err, buf_status(&w->body));
    *out = (struct value){type, buf_view(&w->body)};
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
