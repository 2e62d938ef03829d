/* field_fill.c -- a value into a request struct, by its table of fields.
 *
 * What field_read.c does for JSON: the same table, the same sentences. A request is a VALUE_M with
 * DynamoDB's own names (api.h); what its members point to is used where it lies, and only lists
 * take memory.
 *
 *     a field of kind                  is given as
 *     STRING, TABLE, ARN, ENUM         S
 *     BOOL                             BOOL
 *     INTEGER, LONG                    N
 *     STRUCT                           M
 *     LIST; STRINGS; KEYS; OPERANDS    L of M; of S; of M; of any
 *     MAP; NAMES; MAP_OF_LISTS         M of M; of S; of L of M
 *     ITEM, VALUES                     M of any
 *     VALUE                            any
 *
 * NULL is a value where any is taken, and "not given" elsewhere, as null is in JSON. Values came
 * through value_build.h, which refuses what DynamoDB refuses in a value, but each for itself: only
 * here it is known how deep one stands in its item, so that is judged again.
 */
#include <assert.h>
#include <string.h>

#include "api/field.h"
#include "api/field_expect.h"
#include "base/limits.h"
#include "item/number.h"
#include "item/value_build.h"

struct filler {
    struct arena *arena;
    struct error *err;
};

/* Fill the member or element at `at`. */
typedef status(fill_fn)(struct filler *filler, const struct field *field, struct value v, void *at);

/* ---- types */

/* Does a whole number stand in `number`? As JSON's `1` and `1.5` differ. */
static field_found found_number(struct span number)
{
    int64_t whole = 0;
    char text[NUMBER_TEXT_BYTES_MAX];
    if (number_to_i64(number, &whole)) return FIELD_FOUND_NUMBER;
    const size_t len = number_text(number, text);
    return memchr(text, '.', len) != NULL ? FIELD_FOUND_DECIMAL : FIELD_FOUND_NUMBER;
}

static field_found found_of(struct value v)
{
    switch (v.type) {
    case VALUE_M:
        return FIELD_FOUND_OBJECT;
    case VALUE_L:
    case VALUE_SS:
    case VALUE_NS:
    case VALUE_BS:
        return FIELD_FOUND_ARRAY;
    case VALUE_S:
    case VALUE_B:
        return FIELD_FOUND_STRING;
    case VALUE_N:
        return found_number(v.body);
    case VALUE_BOOL:
        return value_bool(v) ? FIELD_FOUND_TRUE : FIELD_FOUND_FALSE;
    case VALUE_NONE:
    case VALUE_NULL:
        break;
    }
    assert(false); /* a container holds no NONE, and NULL is never asked about */
    return FIELD_FOUND_COUNT;
}

static status expect(const struct filler *filler, field_expected wanted, struct value v,
                     const char *name)
{
    const bool of_items_alone = value_is_set(v.type) || v.type == VALUE_B;
    if (of_items_alone) return field_expect_other(wanted, found_of(v), name, filler->err);
    return field_expect(wanted, found_of(v), name, filler->err);
}

/* ---- scalars */

/* A member that was given is told by its pointer, so an empty string points somewhere too. */
static struct span given_text(struct span text)
{
    return text.ptr == NULL ? SPAN("") : text;
}

static status fill_string(struct filler *filler, const struct field *field, struct value v,
                          void *at)
{
    TRY(expect(filler, FIELD_EXPECT_STRING, v, field->name));
    *(struct span *)at = given_text(v.body);
    return ST_OK;
}

static status fill_enum(struct filler *filler, const struct field *field, struct value v, void *at)
{
    TRY(expect(filler, FIELD_EXPECT_STRING, v, field->name));
    *(struct field_enum *)at = (struct field_enum){.text = given_text(v.body)};
    return ST_OK;
}

static status fill_bool(struct filler *filler, const struct field *field, struct value v, void *at)
{
    bool value = v.type == VALUE_BOOL && value_bool(v);
    if (v.type != VALUE_S || !field_expect_word(v.body, &value)) {
        TRY(expect(filler, FIELD_EXPECT_BOOL, v, field->name));
    }
    *(struct field_bool *)at = (struct field_bool){.given = true, .value = value};
    return ST_OK;
}

static int64_t whole_part(struct span number)
{
    int64_t whole = 0;
    char text[NUMBER_TEXT_BYTES_MAX];
    if (number_to_i64(number, &whole)) return whole;
    const size_t len = number_text(number, text);
    return field_expect_whole((struct span){(const uint8_t *)text, len});
}

static status fill_long(struct filler *filler, const struct field *field, struct value v, void *at)
{
    TRY(expect(filler, FIELD_EXPECT_LONG, v, field->name));
    *(struct field_number *)at = (struct field_number){.given = true, .value = whole_part(v.body)};
    return ST_OK;
}

static status fill_integer(struct filler *filler, const struct field *field, struct value v,
                           void *at)
{
    TRY(expect(filler, FIELD_EXPECT_INTEGER, v, field->name));
    int64_t value = whole_part(v.body);
    if (value > INT32_MAX) value = INT32_MAX;
    if (value < INT32_MIN) value = INT32_MIN;
    *(struct field_number *)at = (struct field_number){.given = true, .value = value};
    return ST_OK;
}

/* ---- attribute values */

static void judge_depth(struct field_item *item, struct value attribute)
{
    if (item->late.status != ST_OK || value_depth(attribute) < LIMIT_NESTING) return;
    (void)FAIL(&item->late, ST_VALIDATION, "%s", value_build_too_deep);
}

static status fill_value(struct filler *filler, const struct field *field, struct value v, void *at)
{
    struct field_item *item = at;
    (void)field;
    *item = (struct field_item){.value = v, .late = error_in(filler->arena)};
    judge_depth(item, v);
    return ST_OK;
}

static status fill_item_as(struct filler *filler, field_expected wanted, struct value v, void *at)
{
    struct field_item *item = at;
    struct value_cursor cursor = value_walk(v);
    struct span name = {0};
    struct value attribute = {0};
    TRY(expect(filler, wanted, v, "AttributeValue"));
    *item = (struct field_item){.value = v, .late = error_in(filler->arena)};
    while (value_next_attribute(&cursor, &name, &attribute)) judge_depth(item, attribute);
    return ST_OK;
}

static status fill_item(struct filler *filler, const struct field *field, struct value v, void *at)
{
    (void)field;
    return fill_item_as(filler, FIELD_EXPECT_MAP, v, at);
}

static status fill_key(struct filler *filler, const struct field *field, struct value v, void *at)
{
    (void)field;
    return fill_item_as(filler, FIELD_EXPECT_INNER_MAP, v, at);
}

/* ---- structs */

static status fill_member(struct filler *filler, const struct field *field, struct value v,
                          void *in);

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

static status fill_members(struct filler *filler, const struct field_shape *shape, struct value v,
                           void *in)
{
    struct value_cursor cursor = value_walk(v);
    struct span name = {0};
    struct value member = {0};
    while (value_next_attribute(&cursor, &name, &member)) {
        const struct field *field = shape_find(shape, name);
        if (field != NULL) TRY(fill_member(filler, field, member, in));
    }
    return ST_OK;
}

static status fill_struct(struct filler *filler, const struct field *field, struct value v,
                          void *at)
{
    TRY(expect(filler, FIELD_EXPECT_STRUCT, v, field->of->name));
    void *in = arena_alloc(filler->arena, field->of->size);
    if (in == NULL) return FAIL_PLAIN(filler->err, ST_NO_MEMORY);
    TRY(fill_members(filler, field->of, v, in));
    memcpy(at, &in, sizeof in);
    return ST_OK;
}

static status fill_element(struct filler *filler, const struct field *field, struct value v,
                           void *at)
{
    TRY(expect(filler, FIELD_EXPECT_ELEMENT, v, field->of->name));
    return fill_members(filler, field->of, v, at);
}

/* ---- lists and maps */

struct elements {
    const struct field *field;
    fill_fn *fn;
    size_t size;
    size_t
        value_at; /* where `fn` fills an element; of maps it begins with a struct span, its key */
    bool any;     /* are they values of any type, so that NULL is one of them? */
};

static bool next_element(struct value_cursor *cursor, value_type type, struct span *name,
                         struct value *out)
{
    if (type == VALUE_M) return value_next_attribute(cursor, name, out);
    return value_next_element(cursor, out);
}

static status fill_elements(struct filler *filler, const struct elements *elements, struct value v,
                            struct field_list *out)
{
    const uint32_t count = value_count(v);
    struct value_cursor cursor = value_walk(v);
    struct span name = {0};
    struct value element = {0};
    uint8_t *at = count == 0 ? NULL : arena_alloc_array(filler->arena, count, elements->size);
    if (count > 0 && at == NULL) return FAIL_PLAIN(filler->err, ST_NO_MEMORY);
    *out = (struct field_list){.given = true, .count = count, .elements = at};
    while (next_element(&cursor, v.type, &name, &element)) {
        if (v.type == VALUE_M) memcpy(at, &name, sizeof name);
        if (element.type != VALUE_NULL || elements->any) {
            TRY(elements->fn(filler, elements->field, element, at + elements->value_at));
        }
        at += elements->size;
    }
    return ST_OK;
}

static status fill_list_of(struct filler *filler, const struct elements *elements, struct value v,
                           void *at)
{
    TRY(expect(filler, FIELD_EXPECT_LIST, v, elements->field->name));
    return fill_elements(filler, elements, v, at);
}

static status fill_list(struct filler *filler, const struct field *field, struct value v, void *at)
{
    const struct elements elements = {.field = field, .fn = fill_element, .size = field->of->size};
    return fill_list_of(filler, &elements, v, at);
}

static status fill_strings(struct filler *filler, const struct field *field, struct value v,
                           void *at)
{
    const struct elements elements = {
        .field = field, .fn = fill_string, .size = sizeof(struct span)};
    return fill_list_of(filler, &elements, v, at);
}

static status fill_operands(struct filler *filler, const struct field *field, struct value v,
                            void *at)
{
    const struct elements elements = {
        .field = field, .fn = fill_value, .size = sizeof(struct field_item), .any = true};
    return fill_list_of(filler, &elements, v, at);
}

static status fill_keys(struct filler *filler, const struct field *field, struct value v, void *at)
{
    const struct elements elements = {
        .field = field, .fn = fill_key, .size = sizeof(struct field_item)};
    return fill_list_of(filler, &elements, v, at);
}

static status fill_map(struct filler *filler, const struct field *field, struct value v, void *at)
{
    const struct elements elements = {.field = field, .fn = fill_element, .size = field->of->size};
    TRY(expect(filler, FIELD_EXPECT_MAP, v, field->of->name));
    return fill_elements(filler, &elements, v, at);
}

static status fill_inner_list(struct filler *filler, const struct field *field, struct value v,
                              void *at)
{
    const struct elements elements = {.field = field, .fn = fill_element, .size = field->of->size};
    TRY(expect(filler, FIELD_EXPECT_INNER_LIST, v, field->name));
    return fill_elements(filler, &elements, v, at);
}

static status fill_map_of_lists(struct filler *filler, const struct field *field, struct value v,
                                void *at)
{
    const struct elements elements = {.field = field,
                                      .fn = fill_inner_list,
                                      .size = sizeof(struct field_named_list),
                                      .value_at = offsetof(struct field_named_list, list)};
    TRY(expect(filler, FIELD_EXPECT_MAP_OF_LISTS, v, field->of->name));
    return fill_elements(filler, &elements, v, at);
}

static status fill_names(struct filler *filler, const struct field *field, struct value v, void *at)
{
    const struct elements elements = {.field = field,
                                      .fn = fill_string,
                                      .size = sizeof(struct expr_name),
                                      .value_at = offsetof(struct expr_name, name)};
    TRY(expect(filler, FIELD_EXPECT_NAMES, v, field->name));
    return fill_elements(filler, &elements, v, at);
}

/* ---- one member */

static fill_fn *const fillers[] = {
    [FIELD_STRING] = fill_string,
    [FIELD_TABLE] = fill_string,
    [FIELD_ENUM] = fill_enum,
    [FIELD_BOOL] = fill_bool,
    [FIELD_INTEGER] = fill_integer,
    [FIELD_LONG] = fill_long,
    [FIELD_STRUCT] = fill_struct,
    [FIELD_LIST] = fill_list,
    [FIELD_MAP] = fill_map,
    [FIELD_STRINGS] = fill_strings,
    [FIELD_NAMES] = fill_names,
    [FIELD_ITEM] = fill_item,
    [FIELD_VALUES] = fill_item,
    [FIELD_VALUE] = fill_value,
    [FIELD_OPERANDS] = fill_operands,
    [FIELD_KEYS] = fill_keys,
    [FIELD_MAP_OF_LISTS] = fill_map_of_lists,
    [FIELD_ARN] = fill_string,
};

static status fill_member(struct filler *filler, const struct field *field, struct value v,
                          void *in)
{
    if (v.type == VALUE_NULL && field->kind != FIELD_VALUE) return ST_OK;
    return fillers[field->kind](filler, field, v, (uint8_t *)in + field->offset);
}

status field_fill(const struct field_shape *shape, struct value request, struct arena *arena,
                  void *in, struct error *err)
{
    struct filler filler = {.arena = arena, .err = err};
    if (request.type == VALUE_L) {
        return FAIL(err, ST_SERIALIZATION, "Start of list found where not expected");
    }
    if (request.type != VALUE_M) return FAIL_PLAIN(err, ST_SERIALIZATION);
    return fill_members(&filler, shape, request, in);
}
