/* field_show.c -- members of a request as the text of a violation shows them.
 *
 * DynamoDB prints what its Java classes print: lists in brackets, structs as
 * KeySchemaElement(attributeName=pk, keyType=HASH), null for what was not given.
 */
#include <assert.h>
#include <string.h>

#include "api/field.h"

/* The struct that a FIELD_STRUCT member points at, or NULL. */
static const void *pointed(const void *at)
{
    const void *in = NULL;
    memcpy(&in, at, sizeof in);
    return in;
}

bool field_is_given(const struct field *field, const void *at)
{
    switch (field->kind) {
    case FIELD_STRING:
    case FIELD_TABLE:
    case FIELD_ARN:
        return ((const struct span *)at)->ptr != NULL;
    case FIELD_ENUM:
        return ((const struct field_enum *)at)->text.ptr != NULL;
    case FIELD_BOOL:
        return ((const struct field_bool *)at)->given;
    case FIELD_INTEGER:
    case FIELD_LONG:
        return ((const struct field_number *)at)->given;
    case FIELD_STRUCT:
        return pointed(at) != NULL;
    case FIELD_LIST:
    case FIELD_MAP:
    case FIELD_STRINGS:
    case FIELD_NAMES:
    case FIELD_OPERANDS:
    case FIELD_KEYS:
    case FIELD_MAP_OF_LISTS:
        return ((const struct field_list *)at)->given;
    case FIELD_ITEM:
    case FIELD_VALUES:
    case FIELD_VALUE:
        break;
    }
    const struct field_item *item = at;
    return item->value.type != VALUE_NONE || item->late.status != ST_OK;
}

static void show(struct buf *out, const struct field *field, const void *at, unsigned depth);

static void show_struct(struct buf *out, const struct field_shape *shape, const void *in,
                        unsigned depth)
{
    assert(depth < FIELD_DEPTH_MAX);
    buf_put_text(out, shape->name);
    buf_put_u8(out, '(');
    for (size_t i = 0; i < shape->count; i++) {
        const struct field *field = &shape->fields[i];
        const void *at = (const uint8_t *)in + field->offset;
        if (i > 0) buf_put_text(out, ", ");
        buf_put_u8(out, (uint8_t)(field->name[0] | 0x20));
        buf_put_text(out, field->name + 1);
        buf_put_u8(out, '=');
        if (field_is_given(field, at)) {
            show(out, field, at, depth + 1);
        } else {
            buf_put_text(out, "null");
        }
    }
    buf_put_u8(out, ')');
}

/* A value by its type: what it holds would make the message as long as the request. */
static void show_type(struct buf *out, struct value v)
{
    const char *type = v.type == VALUE_NONE ? "" : value_type_name(v.type);
    buf_printf(out, "AttributeValue(%s)", type);
}

/* An item's attributes by name and type. */
static void show_item(struct buf *out, const struct field_item *item)
{
    buf_put_u8(out, '{');
    if (item->value.type == VALUE_M) {
        struct value_cursor cursor = value_walk(item->value);
        struct span name = {0};
        struct value v = {0};
        for (bool first = true; value_next_attribute(&cursor, &name, &v); first = false) {
            if (!first) buf_put_text(out, ", ");
            buf_put(out, name);
            buf_put_u8(out, '=');
            show_type(out, v);
        }
    }
    buf_put_u8(out, '}');
}

static void show_list(struct buf *out, const struct field *field, const struct field_list *list,
                      unsigned depth)
{
    buf_put_u8(out, '[');
    for (uint32_t i = 0; i < list->count; i++) {
        if (i > 0) buf_put_text(out, ", ");
        if (field->kind == FIELD_STRINGS) {
            buf_put(out, *FIELD_AT(*list, struct span, i));
        } else if (field->kind == FIELD_KEYS) {
            show_item(out, FIELD_AT(*list, struct field_item, i));
        } else if (field->kind == FIELD_OPERANDS) {
            show_type(out, FIELD_AT(*list, struct field_item, i)->value);
        } else {
            const uint8_t *elements = list->elements;
            show_struct(out, field->of, elements + i * field->of->size, depth);
        }
    }
    buf_put_u8(out, ']');
}

static void show_map(struct buf *out, const struct field *field, const struct field_list *map,
                     unsigned depth)
{
    const uint8_t *elements = map->elements;
    buf_put_u8(out, '{');
    for (uint32_t i = 0; i < map->count; i++) {
        const uint8_t *element = elements + i * field->of->size;
        if (i > 0) buf_put_text(out, ", ");
        buf_put(out, *(const struct span *)(const void *)element);
        buf_put_u8(out, '=');
        show_struct(out, field->of, element, depth);
    }
    buf_put_u8(out, '}');
}

static void show_map_of_lists(struct buf *out, const struct field *field,
                              const struct field_list *map, unsigned depth)
{
    buf_put_u8(out, '{');
    for (uint32_t i = 0; i < map->count; i++) {
        const struct field_named_list *named = FIELD_AT(*map, struct field_named_list, i);
        if (i > 0) buf_put_text(out, ", ");
        buf_put(out, named->name);
        buf_put_u8(out, '=');
        show_list(out, field, &named->list, depth);
    }
    buf_put_u8(out, '}');
}

static void show(struct buf *out, const struct field *field, const void *at, unsigned depth)
{
    switch (field->kind) {
    case FIELD_STRING:
    case FIELD_TABLE:
    case FIELD_ARN:
        buf_put(out, *(const struct span *)at);
        return;
    case FIELD_ENUM:
        buf_put(out, ((const struct field_enum *)at)->text);
        return;
    case FIELD_BOOL:
        buf_put_text(out, ((const struct field_bool *)at)->value ? "true" : "false");
        return;
    case FIELD_INTEGER:
    case FIELD_LONG:
        buf_printf(out, "%lld", (long long)((const struct field_number *)at)->value);
        return;
    case FIELD_STRUCT:
        show_struct(out, field->of, pointed(at), depth);
        return;
    case FIELD_LIST:
    case FIELD_STRINGS:
    case FIELD_KEYS:
    case FIELD_OPERANDS:
        show_list(out, field, at, depth);
        return;
    case FIELD_MAP:
        show_map(out, field, at, depth);
        return;
    case FIELD_MAP_OF_LISTS:
        show_map_of_lists(out, field, at, depth);
        return;
    case FIELD_ITEM:
        show_item(out, at);
        return;
    case FIELD_NAMES:
    case FIELD_VALUES:
    case FIELD_VALUE:
        buf_put_text(out, "{}"); /* has no bounds: shown only within others */
        return;
    }
}

void field_show(struct buf *out, const struct field *field, const void *at)
{
    assert(field_is_given(field, at));
    show(out, field, at, 0);
}
