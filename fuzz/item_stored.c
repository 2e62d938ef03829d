/* item_stored.c -- fuzz everything that reads stored bytes.
 *
 * Every cursor walks arbitrary bytes. Bytes that pass as a valid item must walk to their end, have
 * the size they claim, and come back the same from JSON.
 */
#include <assert.h>

#include "base/limits.h"
#include "item/item.h"
#include "item/wire.h"

enum { ARENA_BYTES = 16 << 20 };

static void walk(struct value v, uint32_t levels);

static void walk_map(struct value map, uint32_t levels)
{
    struct value_cursor cursor = value_walk(map);
    struct span name = {0};
    struct value attribute = {0};
    struct value found = {0};
    while (value_next_attribute(&cursor, &name, &attribute)) {
        const bool finds = value_find(map, name, &found);
        assert(finds);
        walk(attribute, levels);
    }
}

static void walk_list(struct value list, uint32_t levels)
{
    struct value_cursor cursor = value_walk(list);
    struct value element = {0};
    struct value found = {0};
    uint32_t index = 0;
    while (value_next_element(&cursor, &element)) {
        const bool finds = value_at(list, index++, &found);
        assert(finds);
        assert(value_eq(element, found));
        walk(element, levels);
    }
}

static void walk_set(struct value set)
{
    struct value_cursor cursor = value_walk(set);
    struct span member = {0};
    while (value_next_member(&cursor, &member)) {
        const bool holds = value_set_holds(set, member);
        assert(holds);
    }
}

static void walk(struct value v, uint32_t levels)
{
    assert(value_size(v) <= v.body.len + 3);
    assert(value_depth(v) <= LIMIT_NESTING);
    if (levels == 0) return;
    if (v.type == VALUE_M) walk_map(v, levels - 1);
    if (v.type == VALUE_L) walk_list(v, levels - 1);
    if (value_is_set(v.type)) walk_set(v);
}

static struct span written(struct arena *arena, struct value map)
{
    struct buf text;
    struct json_writer json;
    buf_init(&text, arena_mem(arena), ARENA_BYTES);
    json_writer_init(&json, &text);
    wire_write_map(&json, map);
    assert(buf_status(&text) == ST_OK);
    return buf_view(&text);
}

static void check_valid(struct arena *arena, struct span bytes, const struct item *item)
{
    struct json_reader json;
    json_token token = JSON_END;
    struct span first = {0};
    struct value back = {0};
    struct error late = error_in(arena);
    struct error err = error_in(arena);
    json_reader_init(&json, arena, written(arena, item->attributes));
    status st = json_reader_next(&json, &token, &first);
    assert(st == ST_OK);
    st = wire_read_map(&json, token, &back, &late, &err);
    assert(st == ST_OK);
    assert(late.status == ST_OK);
    struct buf again;
    buf_init(&again, arena_mem(arena), ARENA_BYTES);
    item_write(&again, item->version, back);
    assert(span_eq(buf_view(&again), bytes));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct span bytes = {data, size};
    struct item item;
    if (size > 1 << 13 || item_view(bytes, &item) != ST_OK) return 0;
    struct arena arena;
    arena_init(&arena, mem_heap(), ARENA_BYTES);
    walk(item.attributes, LIMIT_NESTING);
    (void)written(&arena, item.attributes);
    if (item_is_valid(bytes)) check_valid(&arena, bytes, &item);
    arena_deinit(&arena);
    return 0;
}
