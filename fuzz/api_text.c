/* api_text.c -- any text as a request and as a reply of every operation, made a value.
 *
 * The first byte picks the operation, the rest is the text. What becomes a value must fill the
 * operation's struct or be refused with one of the failures that field.h names, and written as JSON
 * and read again it is the same value.
 */
#include <stdint.h>
#include <stdlib.h>

#include "api/api_text.h"
#include "api/dispatch.h"
#include "api/field_text.h"
#include "api/reply_shape.h"
#include "base/limits.h"

static const char *const operations[] = {
#define OP(name, stem) #name,
#define OP_STREAMS(name, stem) #name,
#define OP_LATER(name)
#include "api/ops.def"
#undef OP
#undef OP_STREAMS
#undef OP_LATER
};

static bool is_expected(status st)
{
    return st == ST_OK || st == ST_SERIALIZATION || st == ST_VALIDATION || st == ST_NO_MEMORY;
}

static void write_and_read(const struct field_shape *shape, struct value v, struct arena *arena)
{
    struct buf text;
    struct json_writer json;
    struct value back = {0};
    struct error err = error_in(arena);
    buf_init(&text, arena_mem(arena), LIMIT_REQUEST_ARENA_BYTES);
    json_writer_init(&json, &text);
    field_text_write(shape, v, &json);
    if (buf_status(&text) != ST_OK) return;
    const status st = field_text_read(shape, buf_view(&text), arena, &back, &err);
    if (st == ST_NO_MEMORY) return;
    if (st != ST_OK || !value_eq(v, back)) abort();
}

static void as_request(const struct field_shape *shape, struct span text, struct arena *arena)
{
    struct value v = {0};
    struct error err = error_in(arena);
    const status st = field_text_read(shape, text, arena, &v, &err);
    if (!is_expected(st)) abort();
    if (st != ST_OK) return;
    void *in = arena_alloc(arena, shape->size);
    if (in == NULL) return;
    if (!is_expected(field_fill(shape, v, arena, in, &err))) abort();
    write_and_read(shape, v, arena);
}

static void as_reply(struct span operation, struct span text, struct arena *arena)
{
    struct value v = {0};
    struct error err = error_in(arena);
    const status st = api_text_reply(operation, text, arena, &v, &err);
    if (st == ST_OK) write_and_read(reply_shape_find(operation), v, arena);
    if (st != ST_OK && st != ST_PROTOCOL && st != ST_NO_MEMORY) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) return 0;
    const struct span operation = span_of(operations[data[0] % ARRAY_COUNT(operations)]);
    const struct span text = {data + 1, size - 1};
    struct arena arena;
    arena_init(&arena, mem_heap(), LIMIT_REQUEST_ARENA_BYTES);
    as_request(&dispatch_find_name(operation)->op->shape, text, &arena);
    as_reply(operation, text, &arena);
    arena_deinit(&arena);
    return 0;
}
