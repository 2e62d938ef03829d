/* field_read.c -- JSON text into a request struct, by its table of fields.
 *
 * One pass over the tokens, in the order of the document; the first token that no field of its
 * kind can take ends it with DynamoDB's sentence for that pair. The sentences are a table: a row
 * for what was expected, a column for what was found.
 *
 * Every kind has one function that reads a value whose first token was taken already, and writes
 * the member at `at`. Lists grow in a buf over the arena. The depth of nesting is bounded twice: by
 * the tables, which are finite, and by the JSON reader (LIMIT_JSON_DEPTH).
 */
#include "api/field.h"

#include <assert.h>
#include <string.h>

#include "base/ckd.h"
#include "base/limits.h"
#include "item/wire.h"
#include "json/json_reader.h"

struct filler {
    struct json_reader json;
    struct arena *arena;
    struct error *err;
};

/* ---- what to say when a token is of the wrong type */

typedef enum expected {
    EXPECTED_STRING,
    EXPECTED_BOOL,
    EXPECTED_INTEGER,
    EXPECTED_LONG,
    EXPECTED_STRUCT,  /* a member of a struct */
    EXPECTED_ELEMENT, /* a struct in a list or map */
    EXPECTED_LIST,
    EXPECTED_MAP, /* of structs */
    EXPECTED_NAMES,
    EXPECTED_MAP_OF_LISTS,
    EXPECTED_INNER_LIST, /* a list in a map */
    EXPECTED_INNER_MAP,  /* a map of values in a list */
} expected;

typedef enum found {
    FOUND_OBJECT,
    FOUND_ARRAY,
    FOUND_STRING,
    FOUND_NUMBER,
    FOUND_DECIMAL,
    FOUND_TRUE,
    FOUND_FALSE,
    FOUND_COUNT
} found;

#define STRUCTURE "Start of structure or map found where not expected"
#define CLASS "Unrecognized collection type class "
#define MAP_TYPE "Unrecognized collection type java.util.Map<java.lang.String, "
#define DYNAMODB "com.amazonaws.dynamodb.v20120810."
#define CAST                                                                                       \
    "class sun.reflect.generics.reflectiveObjects.ParameterizedTypeImpl cannot be cast to class "  \
    "java.lang.Class (sun.reflect.generics.reflectiveObjects.ParameterizedTypeImpl and "           \
    "java.lang.Class are in module java.base of loader 'bootstrap')"
#define SCALARS(text) (text), (text), (text), (text), (text)
#define CANNOT(type)                                                                               \
    "NUMBER_VALUE cannot be converted to " type, "DECIMAL_VALUE cannot be converted to " type
#define CANNOT_BOOL(type)                                                                          \
    "TRUE_VALUE cannot be converted to " type, "FALSE_VALUE cannot be converted to " type
#define CANNOT_STRING(type) "STRING_VALUE cannot be converted to " type

/* Sources: dynalite's tests, which were run against DynamoDB ("SerializationException if …"). NULL
 * is a pair that fits; "%s" is the name of a struct. Columns as in `found`. */
/* clang-format off */
static const char *const sentences[][FOUND_COUNT] = {
    [EXPECTED_STRING] = {
        STRUCTURE, CLASS "java.lang.String",
        NULL, CANNOT("String"), CANNOT_BOOL("String")},
    [EXPECTED_BOOL] = {
        STRUCTURE, CLASS "java.lang.Boolean",
        "Unexpected token received from parser", CANNOT("Boolean"), NULL, NULL},
    [EXPECTED_INTEGER] = {
        STRUCTURE, CLASS "java.lang.Integer",
        CANNOT_STRING("Integer"), NULL, NULL, CANNOT_BOOL("Integer")},
    [EXPECTED_LONG] = {
        STRUCTURE, CLASS "java.lang.Long",
        CANNOT_STRING("Long"), NULL, NULL, CANNOT_BOOL("Long")},
    [EXPECTED_STRUCT] = {
        NULL, CLASS DYNAMODB "%s", SCALARS("Unexpected field type")},
    [EXPECTED_ELEMENT] = {
        NULL, CLASS DYNAMODB "%s", SCALARS("Unexpected value type in payload")},
    [EXPECTED_LIST] = {
        STRUCTURE, NULL, SCALARS("Unexpected field type")},
    [EXPECTED_MAP] = {
        NULL, MAP_TYPE DYNAMODB "%s>", SCALARS("Unexpected field type")},
    [EXPECTED_NAMES] = {
        NULL, MAP_TYPE "java.lang.String>", SCALARS("Unexpected field type")},
    [EXPECTED_MAP_OF_LISTS] = {
        NULL, MAP_TYPE "java.util.List<" DYNAMODB "%s>>", SCALARS("Unexpected field type")},
    [EXPECTED_INNER_LIST] = {
        STRUCTURE, NULL, SCALARS(CAST)},
    [EXPECTED_INNER_MAP] = {
        NULL, MAP_TYPE DYNAMODB "%s>", SCALARS(CAST)},
};
/* clang-format on */

static found found_of(json_token token, struct span text)
{
    switch (token) {
    case JSON_OBJECT_BEGIN:
        return FOUND_OBJECT;
    case JSON_ARRAY_BEGIN:
        return FOUND_ARRAY;
    case JSON_STRING:
        return FOUND_STRING;
    case JSON_TRUE:
        return FOUND_TRUE;
    case JSON_FALSE:
        return FOUND_FALSE;
    case JSON_NUMBER:
        for (size_t i = 0; i < text.len; i++) {
            if (text.ptr[i] == '.' || text.ptr[i] == 'e' || text.ptr[i] == 'E') {
                return FOUND_DECIMAL;
            }
        }
        return FOUND_NUMBER;
    case JSON_END:
    case JSON_OBJECT_END:
    case JSON_ARRAY_END:
    case JSON_KEY:
    case JSON_NULL:
        break;
    }
    assert(false); /* no value begins so, and null is never asked about */
    return FOUND_COUNT;
}

static status expect(struct filler *filler, expected wanted, json_token first, struct span text,
                     const char *name)
{
    const char *sentence = sentences[wanted][found_of(first, text)];
    if (sentence == NULL) return ST_OK;
    const char *hole = strstr(sentence, "%s");
    if (hole == NULL) return FAIL(filler->err, ST_SERIALIZATION, "%s", sentence);
    return FAIL(filler->err, ST_SERIALIZATION, "%.*s%s%s", (int)(hole - sentence), sentence, name,
                hole + 2);
}

static status next(struct filler *filler, json_token *token, struct span *text)
{
    TRY_PLAIN(filler->err, json_reader_next(&filler->json, token, text));
    return ST_OK;
}

/* ---- scalars */

/* A member that was given is told by its pointer, so an empty string points somewhere too. */
static struct span given_text(struct span text)
{
    return text.ptr == NULL ? SPAN("") : text;
}

static status read_string(struct filler *filler, const struct field *field, json_token first,
                          struct span text, void *at)
{
    TRY(expect(filler, EXPECTED_STRING, first, text, field->name));
    *(struct span *)at = given_text(text);
    return ST_OK;
}

static status read_enum(struct filler *filler, const struct field *field, json_token first,
                        struct span text, void *at)
{
    TRY(expect(filler, EXPECTED_STRING, first, text, field->name));
    *(struct field_enum *)at = (struct field_enum){.text = given_text(text)};
    return ST_OK;
}

/* DynamoDB takes these words for a Boolean. */
static bool bool_word(struct span text, bool *out)
{
    static const char *const yes[] = {"true", "1", "yes"};
    static const char *const no[] = {"false", "0", "no"};
    for (size_t i = 0; i < ARRAY_COUNT(yes); i++) {
        const bool is_yes = span_eq_nocase(text, span_of(yes[i]));
        if (!is_yes && !span_eq_nocase(text, span_of(no[i]))) continue;
        *out = is_yes;
        return true;
    }
    return false;
}

static status read_bool(struct filler *filler, const struct field *field, json_token first,
                        struct span text, void *at)
{
    bool value = first == JSON_TRUE;
    if (first != JSON_STRING || !bool_word(text, &value)) {
        TRY(expect(filler, EXPECTED_BOOL, first, text, field->name));
    }
    *(struct field_bool *)at = (struct field_bool){.given = true, .value = value};
    return ST_OK;
}

/* The exponent of a JSON number from its 'e' on, kept within what matters. */
static int exponent_of(struct span text)
{
    enum { EXPONENT_MAX = 1000 };
    int exponent = 0;
    bool negative = false;
    for (size_t i = 1; i < text.len; i++) {
        if (text.ptr[i] == '-') negative = true;
        if (text.ptr[i] < '0' || text.ptr[i] > '9') continue;
        exponent = exponent * 10 + (text.ptr[i] - '0');
        if (exponent > EXPONENT_MAX) exponent = EXPONENT_MAX;
    }
    return negative ? -exponent : exponent;
}

/* The whole part of a JSON number, as Java's narrowing has it: cut toward zero, and stopped at the
 * ends of the range. */
static int64_t whole_part(struct span text)
{
    size_t end = 0;
    while (end < text.len && text.ptr[end] != 'e' && text.ptr[end] != 'E') end++;
    const struct span digits = span_take(text, end);
    const bool negative = digits.len > 0 && digits.ptr[0] == '-';

    size_t point = 0;
    while (point < digits.len && digits.ptr[point] != '.') point++;
    const int exponent = end < text.len ? exponent_of(span_drop(text, end)) : 0;

    int64_t places = (int64_t)point - (negative ? 1 : 0) + exponent;
    int64_t value = 0;
    for (size_t i = negative ? 1 : 0; places > 0; i++) {
        if (i < digits.len && digits.ptr[i] == '.') continue;
        const int digit = i < digits.len ? digits.ptr[i] - '0' : 0;
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_sub_overflow(value, digit, &value)) {
            return negative ? INT64_MIN : INT64_MAX;
        }
        places--;
    }
    if (negative) return value;
    return value == INT64_MIN ? INT64_MAX : -value;
}

static status read_long(struct filler *filler, const struct field *field, json_token first,
                        struct span text, void *at)
{
    TRY(expect(filler, EXPECTED_LONG, first, text, field->name));
    *(struct field_number *)at = (struct field_number){.given = true, .value = whole_part(text)};
    return ST_OK;
}

static status read_integer(struct filler *filler, const struct field *field, json_token first,
                           struct span text, void *at)
{
    TRY(expect(filler, EXPECTED_INTEGER, first, text, field->name));
    int64_t value = whole_part(text);
    if (value > INT32_MAX) value = INT32_MAX;
    if (value < INT32_MIN) value = INT32_MIN;
    *(struct field_number *)at = (struct field_number){.given = true, .value = value};
    return ST_OK;
}

/* ---- attribute values, by the item room */

static status read_item(struct filler *filler, const struct field *field, json_token first,
                        struct span text, void *at)
{
    TRY(expect(filler, EXPECTED_MAP, first, text, "AttributeValue"));
    struct field_item *item = at;
    item->late = error_in(filler->arena);
    (void)field;
    return wire_read_map(&filler->json, first, &item->value, &item->late, filler->err);
}

static status read_value(struct filler *filler, const struct field *field, json_token first,
                         struct span text, void *at)
{
    TRY(expect(filler, EXPECTED_STRUCT, first, text, "AttributeValue"));
    struct field_item *item = at;
    item->late = error_in(filler->arena);
    (void)field;
    return wire_read_value(&filler->json, first, &item->value, &item->late, filler->err);
}

static status read_values(struct filler *filler, const struct field *field, json_token first,
                          struct span text, void *at)
{
    TRY(expect(filler, EXPECTED_MAP, first, text, "AttributeValue"));
    (void)field;
    struct field_item *values = at;
    values->late = error_in(filler->arena);
    return wire_read_values(&filler->json, first, &values->value, &values->late, filler->err);
}

/* ---- structs */

static status read_member(struct filler *filler, const struct field *field, void *in);

static const struct field *shape_find(const struct field_shape *shape, struct span name)
{
    for (size_t i = 0; i < shape->count; i++) {
        const struct field *field = &shape->fields[i];
        if (field->name_len == name.len && memcmp(field->name, name.ptr, name.len) == 0) {
            return field;
        }
    }
    return NULL;
}

/* The members of an object whose '{' was taken, up to and with its '}'. */
static status read_members(struct filler *filler, const struct field_shape *shape, void *in)
{
    json_token token = JSON_END;
    struct span text = {0};
    TRY(next(filler, &token, &text));
    while (token == JSON_KEY) {
        const struct field *field = shape_find(shape, text);
        if (field != NULL) {
            TRY(read_member(filler, field, in));
        } else {
            TRY(next(filler, &token, &text));
            TRY_PLAIN(filler->err, json_reader_skip(&filler->json, token));
        }
        TRY(next(filler, &token, &text));
    }
    return ST_OK;
}

static status read_struct(struct filler *filler, const struct field *field, json_token first,
                          struct span text, void *at)
{
    TRY(expect(filler, EXPECTED_STRUCT, first, text, field->of->name));
    void *in = arena_alloc(filler->arena, field->of->size);
    if (in == NULL) return FAIL_PLAIN(filler->err, ST_NO_MEMORY);
    TRY(read_members(filler, field->of, in));
    memcpy(at, &in, sizeof in);
    return ST_OK;
}

/* ---- lists and maps */

/* One element of a list or map of `kind`, its name being `key`, into the zeroed memory at
 * `element`. */
typedef status(element_fn)(struct filler *filler, const struct field *field, json_token first,
                           struct span text, void *element);

static status element_struct(struct filler *filler, const struct field *field, json_token first,
                             struct span text, void *element)
{
    if (first == JSON_NULL) return ST_OK;
    TRY(expect(filler, EXPECTED_ELEMENT, first, text, field->of->name));
    return read_members(filler, field->of, element);
}

static status element_string(struct filler *filler, const struct field *field, json_token first,
                             struct span text, void *element)
{
    if (first == JSON_NULL) return ST_OK;
    return read_string(filler, field, first, text, element);
}

static status element_name(struct filler *filler, const struct field *field, json_token first,
                           struct span text, void *element)
{
    if (first == JSON_NULL) return ST_OK;
    return read_string(filler, field, first, text, &((struct expr_name *)element)->name);
}

static status element_value(struct filler *filler, const struct field *field, json_token first,
                            struct span text, void *element)
{
    if (first == JSON_NULL) return ST_OK;
    TRY(expect(filler, EXPECTED_ELEMENT, first, text, "AttributeValue"));
    return read_value(filler, field, first, text, element);
}

static status element_key(struct filler *filler, const struct field *field, json_token first,
                          struct span text, void *element)
{
    if (first == JSON_NULL) return ST_OK;
    TRY(expect(filler, EXPECTED_INNER_MAP, first, text, "AttributeValue"));
    return read_item(filler, field, first, text, element);
}

struct elements {
    const struct field *field;
    element_fn *fn;
    size_t size;
    bool keyed;        /* a map: each element begins with a struct span, its key */
    json_token closes; /* the token that ends the list or map */
};

static status read_element(struct filler *filler, const struct elements *elements, json_token token,
                           struct span text, struct buf *buf)
{
    void *element = arena_alloc(filler->arena, elements->size);
    if (element == NULL) return FAIL_PLAIN(filler->err, ST_NO_MEMORY);
    if (elements->keyed) {
        assert(token == JSON_KEY);
        *(struct span *)element = given_text(text);
        TRY(next(filler, &token, &text));
    }
    TRY(elements->fn(filler, elements->field, token, text, element));
    buf_put(buf, (struct span){element, elements->size});
    TRY_PLAIN(filler->err, buf_status(buf));
    return ST_OK;
}

static status read_elements(struct filler *filler, const struct elements *elements,
                            struct field_list *out)
{
    struct buf buf;
    buf_init(&buf, arena_mem(filler->arena), LIMIT_REQUEST_ARENA_BYTES);
    struct field_list list = {.given = true};

    json_token token = JSON_END;
    struct span text = {0};
    TRY(next(filler, &token, &text));
    while (token != elements->closes) {
        TRY(read_element(filler, elements, token, text, &buf));
        list.count++;
        TRY(next(filler, &token, &text));
    }
    list.elements = buf_view(&buf).ptr;
    *out = list;
    return ST_OK;
}

static status read_list_of(struct filler *filler, struct elements elements, json_token first,
                           struct span text, void *at)
{
    TRY(expect(filler, EXPECTED_LIST, first, text, elements.field->name));
    elements.closes = JSON_ARRAY_END;
    return read_elements(filler, &elements, at);
}

static status read_list(struct filler *filler, const struct field *field, json_token first,
                        struct span text, void *at)
{
    return read_list_of(
        filler, (struct elements){.field = field, .fn = element_struct, .size = field->of->size},
        first, text, at);
}

static status read_strings(struct filler *filler, const struct field *field, json_token first,
                           struct span text, void *at)
{
    return read_list_of(
        filler,
        (struct elements){.field = field, .fn = element_string, .size = sizeof(struct span)}, first,
        text, at);
}

static status read_operands(struct filler *filler, const struct field *field, json_token first,
                            struct span text, void *at)
{
    return read_list_of(
        filler,
        (struct elements){.field = field, .fn = element_value, .size = sizeof(struct field_item)},
        first, text, at);
}

static status read_map(struct filler *filler, const struct field *field, json_token first,
                       struct span text, void *at)
{
    TRY(expect(filler, EXPECTED_MAP, first, text, field->of->name));
    const struct elements elements = {.field = field,
                                      .fn = element_struct,
                                      .size = field->of->size,
                                      .keyed = true,
                                      .closes = JSON_OBJECT_END};
    return read_elements(filler, &elements, at);
}

static status element_list(struct filler *filler, const struct field *field, json_token first,
                           struct span text, void *element)
{
    if (first == JSON_NULL) return ST_OK;
    TRY(expect(filler, EXPECTED_INNER_LIST, first, text, field->name));
    const struct elements elements = {
        .field = field, .fn = element_struct, .size = field->of->size, .closes = JSON_ARRAY_END};
    return read_elements(filler, &elements, &((struct field_named_list *)element)->list);
}

static status read_map_of_lists(struct filler *filler, const struct field *field, json_token first,
                                struct span text, void *at)
{
    TRY(expect(filler, EXPECTED_MAP_OF_LISTS, first, text, field->of->name));
    const struct elements elements = {.field = field,
                                      .fn = element_list,
                                      .size = sizeof(struct field_named_list),
                                      .keyed = true,
                                      .closes = JSON_OBJECT_END};
    return read_elements(filler, &elements, at);
}

static status read_keys(struct filler *filler, const struct field *field, json_token first,
                        struct span text, void *at)
{
    return read_list_of(
        filler,
        (struct elements){.field = field, .fn = element_key, .size = sizeof(struct field_item)},
        first, text, at);
}

static status read_names(struct filler *filler, const struct field *field, json_token first,
                         struct span text, void *at)
{
    TRY(expect(filler, EXPECTED_NAMES, first, text, field->name));
    const struct elements elements = {.field = field,
                                      .fn = element_name,
                                      .size = sizeof(struct expr_name),
                                      .keyed = true,
                                      .closes = JSON_OBJECT_END};
    return read_elements(filler, &elements, at);
}

/* ---- one member */

static element_fn *const readers[] = {
    [FIELD_STRING] = read_string,
    [FIELD_TABLE] = read_string,
    [FIELD_ENUM] = read_enum,
    [FIELD_BOOL] = read_bool,
    [FIELD_INTEGER] = read_integer,
    [FIELD_LONG] = read_long,
    [FIELD_STRUCT] = read_struct,
    [FIELD_LIST] = read_list,
    [FIELD_MAP] = read_map,
    [FIELD_STRINGS] = read_strings,
    [FIELD_NAMES] = read_names,
    [FIELD_ITEM] = read_item,
    [FIELD_VALUES] = read_values,
    [FIELD_VALUE] = read_value,
    [FIELD_OPERANDS] = read_operands,
    [FIELD_KEYS] = read_keys,
    [FIELD_MAP_OF_LISTS] = read_map_of_lists,
    [FIELD_ARN] = read_string,
};

static status read_member(struct filler *filler, const struct field *field, void *in)
{
    json_token first = JSON_END;
    struct span text = {0};
    TRY(next(filler, &first, &text));
    if (first == JSON_NULL) return ST_OK;
    return readers[field->kind](filler, field, first, text, (uint8_t *)in + field->offset);
}

status field_read(const struct field_shape *shape, struct span body, struct arena *arena, void *in,
                  struct error *err)
{
    struct filler filler = {.arena = arena, .err = err};
    json_reader_init(&filler.json, arena, body);

    json_token token = JSON_END;
    struct span text = {0};
    TRY(next(&filler, &token, &text));
    if (token == JSON_ARRAY_BEGIN) {
        return FAIL(err, ST_SERIALIZATION, "Start of list found where not expected");
    }
    if (token != JSON_OBJECT_BEGIN) return FAIL_PLAIN(err, ST_SERIALIZATION);
    TRY(read_members(&filler, shape, in));
    return next(&filler, &token, &text); /* nothing may follow */
}
