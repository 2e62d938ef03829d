/* map_case.c -- see map_case.h. */
#include "item/map_case.h"

struct span map_case_quoted(struct arena *arena, const char *json)
{
    const size_t n = strlen(json);
    char *text = arena_alloc(arena, n + 1);
    assert_non_null(text);
    for (size_t i = 0; i < n; i++) text[i] = json[i] == '\'' ? '"' : json[i];
    return span_of(text);
}

struct value map_case_by(struct arena *arena, const char *json, map_case_read *read)
{
    struct value map = {0};
    if (json == NULL) return map;
    struct json_reader reader;
    struct error late = error_in(arena);
    struct error err = error_in(arena);
    json_token first = JSON_END;
    struct span text = {0};
    json_reader_init(&reader, arena, map_case_quoted(arena, json));
    assert_int_equal(json_reader_next(&reader, &first, &text), ST_OK);
    assert_int_equal(read(&reader, first, &map, &late, &err), ST_OK);
    assert_int_equal(late.status, ST_OK);
    return map;
}

struct value map_case_of(struct arena *arena, const char *json)
{
    return map_case_by(arena, json, wire_read_map);
}

static struct span text_of(struct arena *arena, struct value map)
{
    struct buf text;
    struct json_writer writer;
    buf_init(&text, arena_mem(arena), SIZE_MAX / 2);
    json_writer_init(&writer, &text);
    wire_write_map(&writer, map);
    return buf_view(&text);
}

void map_case_assert(struct arena *arena, struct value map, const char *json)
{
    const struct value expected = map_case_of(arena, json);
    assert_int_equal(map.type, VALUE_M);
    if (value_eq(map, expected)) return;
    fail_msg("is %.*s, should be %.*s", SPAN_ARG(text_of(arena, map)),
             SPAN_ARG(text_of(arena, expected)));
}
