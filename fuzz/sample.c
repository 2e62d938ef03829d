/* sample.c -- see sample.h. */
#include "sample.h"

#include <assert.h>

#include "base/limits.h"
#include "item/item.h"
#include "item/wire.h"

static const char item_text[] =
    "{\"a\":{\"S\":\"abc\"},\"b\":{\"N\":\"2\"},\"c\":{\"M\":{\"d\":{\"L\":[{\"N\":\"1\"},"
    "{\"M\":{\"e\":{\"S\":\"f\"}}},{\"SS\":[\"p\",\"q\"]}]},\"g\":{\"BOOL\":false}}},"
    "\"l\":{\"L\":[{\"L\":[{\"N\":\"7\"}]},{\"NULL\":true}]},\"ns\":{\"NS\":[\"1\",\"3\"]},"
    "\"pk\":{\"S\":\"key\"},\"sk\":{\"S\":\"sort\"},\"ss\":{\"SS\":[\"x\",\"z\"]},"
    "\"x.y\":{\"B\":\"YQ==\"}}";

struct value sample_map(struct arena *arena, const char *text)
{
    struct json_reader json;
    json_token token = JSON_END;
    struct span first = {0};
    struct value map = {0};
    struct error late = error_in(arena);
    struct error err = error_in(arena);
    json_reader_init(&json, arena, span_of(text));
    status st = json_reader_next(&json, &token, &first);
    assert(st == ST_OK);
    st = wire_read_map(&json, token, &map, &late, &err);
    assert(st == ST_OK);
    assert(late.status == ST_OK);
    return map;
}

struct value sample_item(struct arena *arena)
{
    return sample_map(arena, item_text);
}

void sample_check_item(struct arena *arena, struct value map)
{
    struct buf item;
    buf_init(&item, arena_mem(arena), LIMIT_REQUEST_ARENA_BYTES);
    item_write(&item, 1, map);
    const status st = buf_status(&item);
    assert(st == ST_OK);
    const bool valid = item_is_valid(buf_view(&item));
    assert(valid);
}
