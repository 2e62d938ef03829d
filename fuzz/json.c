/* json.c -- fuzz the JSON reader and writer together.
 *
 * Whatever the reader accepts is written again token by token; that text must be accepted too, and
 * written again it must be the same text.
 */
#include <assert.h>

#include "json/json_reader.h"
#include "json/json_writer.h"

enum { ARENA_BYTES = 8 << 20 };

static void write_token(struct json_writer *json, json_token token, struct span text)
{
    switch (token) {
    case JSON_END:
        return;
    case JSON_OBJECT_BEGIN:
        json_writer_object_begin(json);
        return;
    case JSON_OBJECT_END:
        json_writer_object_end(json);
        return;
    case JSON_ARRAY_BEGIN:
        json_writer_array_begin(json);
        return;
    case JSON_ARRAY_END:
        json_writer_array_end(json);
        return;
    case JSON_KEY:
        json_writer_key(json, text);
        return;
    case JSON_STRING:
        json_writer_string(json, text);
        return;
    case JSON_NUMBER:
        json_writer_raw(json, text);
        return;
    case JSON_TRUE:
        json_writer_bool(json, true);
        return;
    case JSON_FALSE:
        json_writer_bool(json, false);
        return;
    case JSON_NULL:
        json_writer_null(json);
        return;
    }
}

/* Read `text` to its end and write what was read to `out`. */
static status copy(struct arena *arena, struct span text, struct buf *out)
{
    struct json_reader reader;
    struct json_writer writer;
    json_token token = JSON_NULL;
    json_reader_init(&reader, arena, text);
    json_writer_init(&writer, out);
    while (token != JSON_END) {
        struct span found = {0};
        TRY(json_reader_next(&reader, &token, &found));
        write_token(&writer, token, found);
    }
    return buf_status(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    struct buf first;
    struct buf second;
    arena_init(&arena, mem_heap(), ARENA_BYTES);
    buf_init(&first, mem_heap(), ARENA_BYTES);
    buf_init(&second, mem_heap(), ARENA_BYTES);
    if (copy(&arena, (struct span){data, size}, &first) == ST_OK) {
        const status st = copy(&arena, buf_view(&first), &second);
        assert(st == ST_OK);
        assert(span_eq(buf_view(&first), buf_view(&second)));
    }
    buf_deinit(&first);
    buf_deinit(&second);
    arena_deinit(&arena);
    return 0;
}
