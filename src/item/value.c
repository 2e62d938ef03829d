/* value.c -- walking, comparing and measuring values where they lie.
 *
 * Everything is read through struct reader, so a length that lies ends a walk instead of leaving
 * the body (V3). Recursion follows the nesting of lists and maps and stops at LIMIT_NESTING:
 * nothing deeper is ever stored.
 *
 * DynamoDB's sizes, from the developer guide ("Item sizes and formats") and from measurements of
 * the 400 KB limit, which resolve to the byte:
 *
 *     S, B        the bytes (UTF-8 for S)
 *     N           number_size
 *     BOOL, NULL  1
 *     SS, NS, BS  the sum of the elements
 *     L           3, and for each element 1 and its size
 *     M           3, and for each attribute 1, the bytes of its name and its size
 *
 * No size exceeds that of the stored form, so sums of them fit where the stored lengths did.
 */
#include "item/value.h"

#include <assert.h>
#include <string.h>

#include "base/ckd.h"
#include "base/limits.h"
#include "base/reader.h"
#include "item/number.h"

enum { CONTAINER_BYTES = 3, ELEMENT_BYTES = 1 }; /* in DynamoDB's sizes */
enum { ATTRIBUTE_HEAD_BYTES = 2 + 1 + 4 };       /* length of the name, type, length of the body */

/* clang-format off */
static const struct {
    uint8_t len;
    char text[5];
} names[] = {
    [VALUE_S] = {1, "S"},   [VALUE_N] = {1, "N"},   [VALUE_B] = {1, "B"},
    [VALUE_SS] = {2, "SS"}, [VALUE_NS] = {2, "NS"}, [VALUE_BS] = {2, "BS"},
    [VALUE_M] = {1, "M"},   [VALUE_L] = {1, "L"},
    [VALUE_NULL] = {4, "NULL"}, [VALUE_BOOL] = {4, "BOOL"},
};
/* clang-format on */
static_assert(ARRAY_COUNT(names) == VALUE_BOOL + 1, "every type has its name");

const char *value_type_name(value_type type)
{
    assert(type > VALUE_NONE);
    assert(type <= VALUE_BOOL);
    return names[type].text;
}

value_type value_type_of(struct span name)
{
    for (value_type type = VALUE_S; type <= VALUE_BOOL; type++)
        if (name.len == names[type].len && memcmp(name.ptr, names[type].text, name.len) == 0)
            return type;
    return VALUE_NONE;
}

bool value_is_set(value_type type)
{
    return type == VALUE_SS || type == VALUE_NS || type == VALUE_BS;
}

value_type value_element_type(value_type set_type)
{
    assert(value_is_set(set_type));
    if (set_type == VALUE_SS) return VALUE_S;
    return set_type == VALUE_NS ? VALUE_N : VALUE_B;
}

bool value_eq(struct value a, struct value b)
{
    return a.type == b.type && span_eq(a.body, b.body);
}

int value_compare(struct value a, struct value b)
{
    assert(a.type == b.type);
    assert(a.type == VALUE_S || a.type == VALUE_N || a.type == VALUE_B);
    return span_compare(a.body, b.body);
}

struct value_cursor value_walk(struct value container)
{
    struct reader reader = {container.body};
    uint32_t count = 0;
    if (reader_u32(&reader, &count) != ST_OK) return (struct value_cursor){0};
    return (struct value_cursor){reader.rest, count};
}

uint32_t value_count(struct value container)
{
    return value_walk(container).left;
}

static bool type_is_known(uint8_t type)
{
    return type >= VALUE_S && type <= VALUE_BOOL;
}

static status read_attribute(struct reader *reader, struct span *name, struct value *out)
{
    struct span head = {0};
    TRY(reader_take(reader, ATTRIBUTE_HEAD_BYTES, &head));
    TRY(reader_take(reader, bytes_load_u16(head.ptr), name));
    const uint8_t type = head.ptr[2];
    TRY(reader_take(reader, bytes_load_u32(head.ptr + 3), &out->body));
    if (!type_is_known(type)) return ST_CORRUPT;
    out->type = (value_type)type;
    return ST_OK;
}

static status read_element(struct reader *reader, struct value *out)
{
    uint8_t type = 0;
    uint32_t len = 0;
    TRY(reader_u8(reader, &type));
    TRY(reader_u32(reader, &len));
    TRY(reader_take(reader, len, &out->body));
    if (!type_is_known(type)) return ST_CORRUPT;
    out->type = (value_type)type;
    return ST_OK;
}

static status read_member(struct reader *reader, struct span *out)
{
    uint32_t len = 0;
    TRY(reader_u32(reader, &len));
    return reader_take(reader, len, out);
}

bool value_next_attribute(struct value_cursor *cursor, struct span *name, struct value *out)
{
    if (cursor->left == 0) return false;
    struct reader reader = {cursor->rest};
    struct span found_name = {0};
    struct value found = {0};
    if (read_attribute(&reader, &found_name, &found) != ST_OK) return false;
    *name = found_name;
    *out = found;
    *cursor = (struct value_cursor){reader.rest, cursor->left - 1};
    return true;
}

bool value_next_element(struct value_cursor *cursor, struct value *out)
{
    if (cursor->left == 0) return false;
    struct reader reader = {cursor->rest};
    struct value found = {0};
    if (read_element(&reader, &found) != ST_OK) return false;
    *out = found;
    *cursor = (struct value_cursor){reader.rest, cursor->left - 1};
    return true;
}

bool value_next_member(struct value_cursor *cursor, struct span *out)
{
    if (cursor->left == 0) return false;
    struct reader reader = {cursor->rest};
    struct span found = {0};
    if (read_member(&reader, &found) != ST_OK) return false;
    *out = found;
    *cursor = (struct value_cursor){reader.rest, cursor->left - 1};
    return true;
}

bool value_set_holds(struct value set, struct span element)
{
    assert(value_is_set(set.type));
    struct value_cursor cursor = value_walk(set);
    struct span member = {0};
    while (value_next_member(&cursor, &member))
        if (span_eq(member, element)) return true;
    return false;
}

bool value_bool(struct value b)
{
    assert(b.type == VALUE_BOOL);
    return b.body.len == 1 && b.body.ptr[0] != 0;
}

bool value_find(struct value map, struct span name, struct value *out)
{
    assert(map.type == VALUE_M);
    struct value_cursor cursor = value_walk(map);
    struct span found_name = {0};
    struct value found = {0};
    while (value_next_attribute(&cursor, &found_name, &found)) {
        if (!span_eq(found_name, name)) continue;
        *out = found;
        return true;
    }
    return false;
}

bool value_at(struct value list, uint32_t index, struct value *out)
{
    assert(list.type == VALUE_L);
    struct value_cursor cursor = value_walk(list);
    struct value element = {0};
    uint32_t at = 0;
    while (value_next_element(&cursor, &element)) {
        if (at++ != index) continue;
        *out = element;
        return true;
    }
    return false;
}

size_t value_write_begin(struct buf *buf)
{
    const size_t begun = buf->len;
    buf_put_u32(buf, 0);
    return begun;
}

void value_write_end(struct buf *buf, size_t begun, uint32_t count)
{
    buf_patch_u32(buf, begun, count);
}

/* A length as it is stored. A request is far smaller than 4 GiB, so it always fits. */
static uint32_t stored_len(struct span bytes)
{
    uint32_t len = 0;
    const bool fits = ckd_u32(bytes.len, &len);
    assert(fits);
    return len;
}

void value_write_attribute(struct buf *buf, struct span name, struct value v)
{
    uint16_t name_len = 0;
    const bool fits = ckd_u16(name.len, &name_len);
    assert(fits);
    assert(v.type != VALUE_NONE);
    buf_put_u16(buf, name_len);
    buf_put_u8(buf, (uint8_t)v.type);
    buf_put_u32(buf, stored_len(v.body));
    buf_put(buf, name);
    buf_put(buf, v.body);
}

void value_write_element(struct buf *buf, struct value v)
{
    assert(v.type != VALUE_NONE);
    buf_put_u8(buf, (uint8_t)v.type);
    buf_put_u32(buf, stored_len(v.body));
    buf_put(buf, v.body);
}

void value_write_member(struct buf *buf, struct span element)
{
    buf_put_u32(buf, stored_len(element));
    buf_put(buf, element);
}

static uint32_t set_size(struct value set)
{
    struct value_cursor cursor = value_walk(set);
    struct span member = {0};
    uint32_t size = 0;
    while (value_next_member(&cursor, &member))
        size += set.type == VALUE_NS ? number_size(member) : stored_len(member);
    return size;
}

static uint32_t size_within(struct value v, uint32_t levels);

static uint32_t list_size(struct value list, uint32_t levels)
{
    struct value_cursor cursor = value_walk(list);
    struct value element = {0};
    uint32_t size = CONTAINER_BYTES;
    while (value_next_element(&cursor, &element))
        size += ELEMENT_BYTES + size_within(element, levels);
    return size;
}

static uint32_t map_size(struct value map, uint32_t levels)
{
    struct value_cursor cursor = value_walk(map);
    struct span name = {0};
    struct value attribute = {0};
    uint32_t size = CONTAINER_BYTES;
    while (value_next_attribute(&cursor, &name, &attribute))
        size += ELEMENT_BYTES + stored_len(name) + size_within(attribute, levels);
    return size;
}

/* The size of `v`, looking into at most `levels` lists and maps within each other. */
static uint32_t size_within(struct value v, uint32_t levels)
{
    switch (v.type) {
    case VALUE_NONE:
        return 0;
    case VALUE_S:
    case VALUE_B:
        return stored_len(v.body);
    case VALUE_N:
        return number_size(v.body);
    case VALUE_SS:
    case VALUE_NS:
    case VALUE_BS:
        return set_size(v);
    case VALUE_M:
        return levels == 0 ? 0 : map_size(v, levels - 1);
    case VALUE_L:
        return levels == 0 ? 0 : list_size(v, levels - 1);
    case VALUE_NULL:
    case VALUE_BOOL:
        return 1;
    }
    return 0;
}

uint32_t value_size(struct value v)
{
    return size_within(v, LIMIT_NESTING);
}

static bool next_child(struct value_cursor *cursor, value_type container, struct value *out)
{
    struct span name = {0};
    if (container == VALUE_M) return value_next_attribute(cursor, &name, out);
    return value_next_element(cursor, out);
}

/* The depth of `v`, but not more than `levels`. */
static uint32_t depth_within(struct value v, uint32_t levels)
{
    if (v.type != VALUE_M && v.type != VALUE_L) return 0;
    if (levels == 0) return 0;
    struct value_cursor cursor = value_walk(v);
    struct value child = {0};
    uint32_t deepest = 0;
    while (next_child(&cursor, v.type, &child)) {
        const uint32_t depth = depth_within(child, levels - 1);
        if (depth > deepest) deepest = depth;
    }
    return deepest + 1;
}

uint32_t value_depth(struct value v)
{
    return depth_within(v, LIMIT_NESTING);
}
