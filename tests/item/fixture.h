/* fixture.h -- values for tests, written as DynamoDB's JSON. */
#ifndef STATOR_TESTS_ITEM_FIXTURE_H
#define STATOR_TESTS_ITEM_FIXTURE_H

#include "support/support.h"

#include "item/wire.h"

struct fixture {
    struct arena arena;
    struct error late, err;
};

static inline void fixture_begin(struct fixture *f)
{
    arena_init(&f->arena, support_mem(), 64 << 20);
    f->late = error_in(&f->arena);
    f->err = error_in(&f->arena);
}

static inline void fixture_end(struct fixture *f)
{
    arena_deinit(&f->arena);
    support_mem_check();
}

typedef status(fixture_read_fn)(struct json_reader *json, json_token first, struct value *out,
                                struct error *late, struct error *err);

/* Read `text` with one of the wire_read_* functions. */
static inline status fixture_read(struct fixture *f, fixture_read_fn *read, struct span text,
                                  struct value *out)
{
    struct json_reader json;
    json_token token = JSON_END;
    struct span first = {0};
    json_reader_init(&json, &f->arena, text);
    TRY(json_reader_next(&json, &token, &first));
    return read(&json, token, out, &f->late, &f->err);
}

static inline struct value fixture_sound(struct fixture *f, fixture_read_fn *read, struct span text)
{
    struct value v = {0};
    if (fixture_read(f, read, text, &v) != ST_OK)
        fail_msg("refused: %.*s: %.*s", SPAN_ARG(text), SPAN_ARG(f->err.text));
    if (f->late.status != ST_OK)
        fail_msg("refused late: %.*s: %.*s", SPAN_ARG(text), SPAN_ARG(f->late.text));
    return v;
}

/* The value that the JSON text {"S": …} stands for. */
static inline struct value fixture_value(struct fixture *f, const char *text)
{
    return fixture_sound(f, wire_read_value, span_of(text));
}

/* The map that the JSON text {"name": {"S": …}} stands for. */
static inline struct value fixture_map(struct fixture *f, const char *text)
{
    return fixture_sound(f, wire_read_map, span_of(text));
}

#endif
