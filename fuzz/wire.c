/* wire.c -- fuzz the way of an item: JSON -> stored bytes -> JSON -> stored bytes.
 *
 * What is accepted without a late mistake is a valid item; written as JSON and read again it is
 * the same bytes.
 */
#include <assert.h>

#include "item/item.h"
#include "item/wire.h"

enum { ARENA_BYTES = 16 << 20 };

typedef status(read_fn)(struct json_reader *json, json_token first, struct value *out,
                        struct error *late, struct error *err);

/* Read `text` as a map of values; ST_VALIDATION for a late mistake. */
static status read_map(struct arena *arena, read_fn *read, struct span text, struct value *out)
{
    struct json_reader json;
    json_token token = JSON_END;
    struct span first = {0};
    struct error late = error_in(arena);
    struct error err = error_in(arena);
    json_reader_init(&json, arena, text);
    TRY(json_reader_next(&json, &token, &first));
    if (token == JSON_NULL) return ST_SERIALIZATION;
    TRY(read(&json, token, out, &late, &err));
    assert(late.status == ST_OK || late.status == ST_VALIDATION);
    return late.status;
}

static struct span stored(struct arena *arena, struct value map)
{
    struct buf item;
    buf_init(&item, arena_mem(arena), ARENA_BYTES);
    item_write(&item, 1, map);
    const status st = buf_status(&item);
    assert(st == ST_OK);
    return buf_view(&item);
}

static void check_round_trip(struct arena *arena, struct value map)
{
    const struct span first = stored(arena, map);
    const bool valid = item_is_valid(first);
    assert(valid);

    struct buf text;
    struct json_writer json;
    struct value back = {0};
    buf_init(&text, arena_mem(arena), ARENA_BYTES);
    json_writer_init(&json, &text);
    wire_write_map(&json, map);
    const status st = read_map(arena, wire_read_map, buf_view(&text), &back);
    assert(st == ST_OK);
    assert(span_eq(first, stored(arena, back)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    struct value map = {0};
    arena_init(&arena, mem_heap(), ARENA_BYTES);
    const struct span text = {data, size};
    const status as_values = read_map(&arena, wire_read_values, text, &map);
    const status as_map = read_map(&arena, wire_read_map, text, &map);
    if (as_map == ST_OK) {
        assert(as_values == ST_OK);
        check_round_trip(&arena, map);
    }
    arena_deinit(&arena);
    return 0;
}
