/* item.c -- the header before the attributes, and the whole check of an item.
 *
 * item_is_valid asks of every level what the writers promise: lengths that fill the body exactly,
 * strictly ascending names and set elements, canonical numbers, UTF-8, nothing nested deeper than
 * DynamoDB allows. It recurses along the nesting and stops at LIMIT_NESTING levels, of which the
 * item itself is the first.
 */
#include "item/item.h"

#include <assert.h>

#include "base/limits.h"
#include "base/reader.h"
#include "base/utf8.h"
#include "item/number.h"

/* Unlike a nested map, the item adds nothing of its own. */
uint32_t item_size(struct value attributes)
{
    assert(attributes.type == VALUE_M);
    struct value_cursor cursor = value_walk(attributes);
    struct span name = {0};
    struct value attribute = {0};
    uint32_t size = 0;
    while (value_next_attribute(&cursor, &name, &attribute))
        size += (uint32_t)name.len + value_size(attribute);
    return size;
}

status item_view(struct span bytes, struct item *out)
{
    struct reader reader = {bytes};
    struct item item = {.attributes.type = VALUE_M};
    uint8_t form = 0;
    TRY(reader_u8(&reader, &form));
    if (form != ITEM_FORM) return ST_CORRUPT;
    TRY(reader_u64(&reader, &item.version));
    TRY(reader_u32(&reader, &item.size));
    item.attributes.body = reader.rest;
    *out = item;
    return ST_OK;
}

void item_write(struct buf *buf, uint64_t version, struct value attributes)
{
    assert(attributes.type == VALUE_M);
    if (buf_reserve(buf, ITEM_HEADER_BYTES + attributes.body.len) == NULL) return; /* at once */
    buf_put_u8(buf, ITEM_FORM);
    buf_put_u64(buf, version);
    buf_put_u32(buf, item_size(attributes));
    buf_put(buf, attributes.body);
}

/* ---- the check ---- */

/* Did the walk reach the end of the body exactly? */
static bool is_done(const struct value_cursor *cursor)
{
    return cursor->left == 0 && cursor->rest.len == 0;
}

static bool scalar_is_valid(value_type type, struct span body)
{
    if (type == VALUE_S) return utf8_is_valid(body);
    if (type == VALUE_N) return number_is_valid(body);
    return type == VALUE_B;
}

static bool set_is_valid(struct value set)
{
    const value_type type = value_element_type(set.type);
    struct value_cursor cursor = value_walk(set);
    struct span last = {0};
    struct span member = {0};
    if (cursor.left == 0) return false;
    for (bool first = true; value_next_member(&cursor, &member); first = false) {
        if (!scalar_is_valid(type, member)) return false;
        if (!first && span_compare(last, member) >= 0) return false;
        last = member;
    }
    return is_done(&cursor);
}

static bool value_is_valid(struct value v, uint32_t levels);

static bool list_is_valid(struct value list, uint32_t levels)
{
    struct value_cursor cursor = value_walk(list);
    struct value element = {0};
    if (list.body.len < sizeof(uint32_t)) return false;
    while (value_next_element(&cursor, &element))
        if (!value_is_valid(element, levels)) return false;
    return is_done(&cursor);
}

/* Names ascend strictly from the empty one, which is itself refused. */
static bool map_is_valid(struct value map, uint32_t levels)
{
    struct value_cursor cursor = value_walk(map);
    struct span last = {0};
    struct span name = {0};
    struct value attribute = {0};
    if (map.body.len < sizeof(uint32_t)) return false;
    while (value_next_attribute(&cursor, &name, &attribute)) {
        if (span_compare(last, name) >= 0 || !utf8_is_valid(name)) return false;
        if (!value_is_valid(attribute, levels)) return false;
        last = name;
    }
    return is_done(&cursor);
}

/* `levels` is how many more lists or maps may be opened. */
static bool value_is_valid(struct value v, uint32_t levels)
{
    switch (v.type) {
    case VALUE_NONE:
        return false;
    case VALUE_S:
    case VALUE_N:
    case VALUE_B:
        return scalar_is_valid(v.type, v.body);
    case VALUE_SS:
    case VALUE_NS:
    case VALUE_BS:
        return set_is_valid(v);
    case VALUE_M:
        return levels > 0 && map_is_valid(v, levels - 1);
    case VALUE_L:
        return levels > 0 && list_is_valid(v, levels - 1);
    case VALUE_NULL:
        return v.body.len == 0;
    case VALUE_BOOL:
        return v.body.len == 1 && v.body.ptr[0] <= 1;
    }
    return false;
}

bool item_is_valid(struct span bytes)
{
    struct item item;
    if (item_view(bytes, &item) != ST_OK) return false;
    if (!value_is_valid(item.attributes, LIMIT_NESTING)) return false;
    return item.size == item_size(item.attributes);
}
