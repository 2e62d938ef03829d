/* request.c -- see request.h. */
#include "db/request.h"

#include <assert.h>

#include "base/utf8.h"
#include "item/number.h"

static struct request_level *innermost(struct request *r)
{
    return &r->levels[r->depth];
}

void request_begin(struct request *r, struct arena *arena)
{
    r->late = error_in(arena);
    value_build_init(&r->build, arena, &r->late);
    r->depth = 0;
    r->levels[0] = (struct request_level){
        .begun = value_write_begin(&r->build.body),
        .type = VALUE_M,
    };
}

/* ---- one thing in its place: `place` says where, the body follows, place_end */

struct place {
    struct value_build_attribute at;
    size_t gap;
};

static struct place place_begin(struct request *r, struct span name)
{
    struct place place = {0};
    struct request_level *level = innermost(r);
    level->count++;
    if (level->type == VALUE_M) {
        place.at = value_build_attribute(&r->build, name);
    } else {
        assert(name.len == 0);
        place.gap = value_build_element(&r->build);
    }
    return place;
}

static void place_end(struct request *r, struct place place, value_type type)
{
    if (innermost(r)->type == VALUE_M) {
        value_build_attribute_end(&r->build, place.at, type);
    } else {
        value_build_element_end(&r->build, place.gap, type);
    }
}

void request_value(struct request *r, struct span name, struct value v)
{
    const struct place place = place_begin(r, name);
    buf_put(&r->build.body, v.body);
    place_end(r, place, v.type);
}

void request_text(struct request *r, struct span name, struct span text)
{
    request_value(r, name, (struct value){VALUE_S, text});
}

status request_given(struct request *r, struct span name, const char *text, const char *what,
                     struct error *err)
{
    if (!utf8_is_valid(span_of(text)))
        return FAIL(err, ST_VALIDATION, "%s is not valid UTF-8", what);
    request_text(r, name, span_of(text));
    return ST_OK;
}

void request_flag(struct request *r, struct span name, bool yes)
{
    const uint8_t byte = yes ? 1 : 0;
    request_value(r, name,
                  (struct value){
                      VALUE_BOOL, {&byte, 1}
    });
}

void request_number(struct request *r, struct span name, int64_t number)
{
    const struct number n = number_from_i64(number);
    request_value(r, name, (struct value){VALUE_N, number_view(&n)});
}

/* ---- levels */

static void open_level(struct request *r, struct span name, value_type type)
{
    assert(r->depth + 1 < REQUEST_LEVELS);
    const struct place place = place_begin(r, name);
    r->levels[++r->depth] = (struct request_level){
        .at = place.at,
        .gap = place.gap,
        .begun = value_write_begin(&r->build.body),
        .type = type,
    };
}

void request_map(struct request *r, struct span name)
{
    open_level(r, name, VALUE_M);
}

void request_list(struct request *r, struct span name)
{
    open_level(r, name, VALUE_L);
}

static void end_container(struct request *r, const struct request_level *level)
{
    if (level->type == VALUE_M) {
        value_build_map_end(&r->build, level->begun, level->count);
    } else {
        value_write_end(&r->build.body, level->begun, level->count);
    }
}

void request_end(struct request *r)
{
    assert(r->depth > 0);
    const struct request_level level = *innermost(r);
    end_container(r, &level);
    r->depth--;
    place_end(r, (struct place){level.at, level.gap}, level.type);
}

status request_finish(struct request *r, struct value *out, struct error *err)
{
    assert(r->depth == 0);
    end_container(r, innermost(r));
    TRY_PLAIN(err, buf_status(&r->build.body));
    *out = value_build_view(&r->build, r->levels[0].begun, VALUE_M);
    return ST_OK;
}
