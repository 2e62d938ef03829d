/* field_read.c -- JSON text into a request struct, by its table of fields.
 *
 * One pass over the tokens, in the order of the document; the first token that no field of its
 * kind can take ends it with DynamoDB's sentence for that pair (field_expect.c).
 *
 * Every kind has one function that reads a value whose first token was taken already, and writes
 * the member at `at`. Lists grow in a buf over the arena. The depth of nesting is bounded twice: by
 * the tables, which are finite, and by the JSON reader (LIMIT_JSON_DEPTH).
 */
#include "api/field.h"

#include <assert.h>
#include <string.h>

#include "api/field_expect.h"
#include "base/limits.h"
#include "item/wire.h"
#include "json/json_reader.h"

struct filler {
    struct json_reader json;
    struct arena *arena;
    struct error *err;
};

static field_found found_of(json_token token, struct span text)
{
    switch (token) {
    case JSON_OBJECT_BEGIN:
        return FIELD_FOUND_OBJECT;
    case JSON_ARRAY_BEGIN:
        return FIELD_FOUND_ARRAY;
    case JSON_STRING:
        return FIELD_FOUND_STRING;
    case JSON_TRUE:
        return FIELD_FOUND_TRUE;
    case JSON_FALSE:
        return FIELD_FOUND_FALSE;
    case JSON_NUMBER:
        for (size_t i = 0; i < text.len; i++) {
            if (text.ptr[i] == '.' || text.ptr[i] == 'e' || text.ptr[i] == 'E') {
                return FIELD_FOUND_DECIMAL;
            }
        }
        return FIELD_FOUND_NUMBER;
    case JSON_END:
    case JSON_OBJECT_END:
    case JSON_ARRAY_END:
    case JSON_KEY:
    case JSON_NULL:
        break;
    }
    assert(false); /* no value begins so, and null is never asked about */
    return FIELD_FOUND_COUNT;
}

static status expect(struct filler *filler, field_expected wanted, json_token first,
                     struct span text, const char *name)
{
    return field_expect(wanted, found_of(first, text), name, filler->err);
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
    TRY(expect(filler, FIELD_EXPECT_STRING, first, text, field->name));
    *(struct span *)at = given_text(text);
    return ST_OK;
}

static status read_enum(struct filler *filler, const struct field *field, json_token first,
                        struct span text, void *at)
{
    TRY(expect(filler, FIELD_EXPECT_STRING, first, text, field->name));
    *(struct field_enum *)at = (struct field_enum){.text = given_text(text)};
    return ST_OK;
}

static status read_bool(struct filler *filler, const struct field *field, json_token first,
                        struct span text, void *at)
{
    bool value = first == JSON_TRUE;
    if (first != JSON_STRING || !field_expect_word(text, &value)) {
        TRY(expect(filler, FIELD_EXPECT_BOOL, first, text, field->name));
    }
    *(struct field_bool *)at = (struct field_bool){.given = true, .value = value};
    return ST_OK;
}

static status read_long(struct filler *filler, const struct field *field, json_token first,
                        struct span text, void *at)
{
    TRY(expect(filler, FIELD_EXPECT_LONG, first, text, field->name));
    *(struct field_number *)at =
        (struct field_number){.given = true, .value = field_expect_whole(text)};
    return ST_OK;
}

static status read_integer(struct filler *filler, const struct field *field, json_token first,
                           struct span text, void *at)
{
    TRY(expect(filler, FIELD_EXPECT_INTEGER, first, text, field->name));
    int64_t value = field_expect_whole(text);
    if (value > INT32_MAX) value = INT32_MAX;
    if (value < INT32_MIN) value = INT32_MIN;
    *(struct field_number *)at = (struct field_number){.given = true, .value = value};
    return ST_OK;
}

/* ---- attribute values, by the item room */

static status read_item(struct filler *filler, const struct field *field, json_token first,
                        struct span text, void *at)
{
    TRY(expect(filler, FIELD_EXPECT_MAP, first, text, "AttributeValue"));
    struct field_item *item = at;
    item->late = error_in(filler->arena);
    (void)field;
    return wire_read_map(&filler->json, first, &item->value, &item->late, filler->err);
}

static status read_value(struct filler *filler, const struct field *field, json_token first,
                         struct span text, void *at)
{
    TRY(expect(filler, FIELD_EXPECT_STRUCT, first, text, "AttributeValue"));
    struct field_item *item = at;
    item->late = error_in(filler->arena);
    (void)field;
    return wire_read_value(&filler->json, first, &item->value, &item->late, filler->err);
}

static status read_values(struct filler *filler, const struct field *field, json_token first,
                          struct span text, void *at)
{
    TRY(expect(filler, FIELD_EXPECT_MAP, first, text, "AttributeValue"));
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
    TRY(expect(filler, FIELD_EXPECT_STRUCT, first, text, field->of->name));
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
    TRY(expect(filler, FIELD_EXPECT_ELEMENT, first, text, field->of->name));
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
    if (first == JSON_NULL) {
        struct field_item *item = element;
        item->late = error_in(filler->arena);
        (void)FAIL(&item->late, ST_VALIDATION, WIRE_EMPTY);
        return ST_OK;
    }
    TRY(expect(filler, FIELD_EXPECT_ELEMENT, first, text, "AttributeValue"));
    return read_value(filler, field, first, text, element);
}

static status element_key(struct filler *filler, const struct field *field, json_token first,
                          struct span text, void *element)
{
    if (first == JSON_NULL) return ST_OK;
    TRY(expect(filler, FIELD_EXPECT_INNER_MAP, first, text, "AttributeValue"));
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
    TRY(expect(filler, FIELD_EXPECT_LIST, first, text, elements.field->name));
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
    TRY(expect(filler, FIELD_EXPECT_MAP, first, text, field->of->name));
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
    TRY(expect(filler, FIELD_EXPECT_INNER_LIST, first, text, field->name));
    const struct elements elements = {
        .field = field, .fn = element_struct, .size = field->of->size, .closes = JSON_ARRAY_END};
    return read_elements(filler, &elements, &((struct field_named_list *)element)->list);
}

static status read_map_of_lists(struct filler *filler, const struct field *field, json_token first,
                                struct span text, void *at)
{
    TRY(expect(filler, FIELD_EXPECT_MAP_OF_LISTS, first, text, field->of->name));
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
    TRY(expect(filler, FIELD_EXPECT_NAMES, first, text, field->name));
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
