/* plain_read.c -- from JSON tokens to a stored value; every JSON value is one.
 *
 * Recursion is bounded as in wire_read.c: the LIMIT_NESTING-th list or map within another is
 * skipped unread.
 */
#include "item/plain.h"

#include "item/value_build.h"

struct plain {
    struct json_reader *json;
    struct value_build build;
    struct error *err;
};

static status next(struct plain *p, struct plain_start *out)
{
    TRY_PLAIN(p->err, json_reader_next(p->json, &out->token, &out->text));
    return ST_OK;
}

static status read_body(struct plain *p, struct plain_start start, value_type *type);

static status read_list(struct plain *p)
{
    struct value_build *const build = &p->build;
    const size_t begun = value_write_begin(&build->body);
    for (uint32_t count = 0;; count++) {
        struct plain_start element = {0};
        value_type type = VALUE_NONE;
        TRY(next(p, &element));
        if (element.token == JSON_ARRAY_END) {
            value_write_end(&build->body, begun, count);
            return ST_OK;
        }
        const size_t gap = value_build_element(build);
        TRY(read_body(p, element, &type));
        value_build_element_end(build, gap, type);
    }
}

static status read_map(struct plain *p)
{
    struct value_build *const build = &p->build;
    const size_t begun = value_write_begin(&build->body);
    for (uint32_t count = 0;; count++) {
        struct plain_start name = {0};
        struct plain_start attribute = {0};
        value_type type = VALUE_NONE;
        TRY(next(p, &name));
        if (name.token == JSON_OBJECT_END) {
            value_build_map_end(build, begun, count);
            return ST_OK;
        }
        TRY(next(p, &attribute));
        const struct value_build_attribute at = value_build_attribute(build, name.text);
        TRY(read_body(p, attribute, &type));
        value_build_attribute_end(build, at, type);
        value_build_name(build, name.text);
    }
}

static status read_container(struct plain *p, struct plain_start start, value_type *type)
{
    const bool is_map = start.token == JSON_OBJECT_BEGIN;
    *type = is_map ? VALUE_M : VALUE_L;
    if (!value_build_add_depth(&p->build)) { /* counts the depth */
        TRY_PLAIN(p->err, json_reader_skip(p->json, start.token));
        return ST_OK;
    }
    TRY(is_map ? read_map(p) : read_list(p));
    value_build_drop_depth(&p->build);
    return ST_OK;
}

/* Append the body of the value that begins with `start`, and tell its type. */
static status read_body(struct plain *p, struct plain_start start, value_type *type)
{
    struct buf *const body = &p->build.body;
    switch (start.token) {
    case JSON_STRING:
        *type = VALUE_S;
        buf_put(body, start.text);
        return ST_OK;
    case JSON_NUMBER:
        *type = VALUE_N;
        value_build_number(&p->build, start.text);
        return ST_OK;
    case JSON_TRUE:
    case JSON_FALSE:
        *type = VALUE_BOOL;
        buf_put_u8(body, start.token == JSON_TRUE ? 1 : 0);
        return ST_OK;
    case JSON_NULL:
        *type = VALUE_NULL;
        return ST_OK;
    case JSON_OBJECT_BEGIN:
    case JSON_ARRAY_BEGIN:
        return read_container(p, start, type);
    case JSON_OBJECT_END:
    case JSON_ARRAY_END:
    case JSON_KEY:
    case JSON_END:
        break;
    }
    return FAIL_PLAIN(p->err, ST_INTERNAL); /* no value begins so */
}

static status finish(struct plain *p, value_type type, struct value *out)
{
    TRY_PLAIN(p->err, buf_status(&p->build.body));
    *out = value_build_view(&p->build, 0, type);
    return ST_OK;
}

status plain_read(struct json_reader *json, struct plain_start start, struct value *out,
                  struct error *late, struct error *err)
{
    struct plain p = {.json = json, .err = err};
    value_type type = VALUE_NONE;
    value_build_init(&p.build, json->arena, late);
    TRY(read_body(&p, start, &type));
    return finish(&p, type, out);
}

status plain_read_item(struct json_reader *json, struct value *out, struct error *late,
                       struct error *err)
{
    struct plain p = {.json = json, .err = err};
    value_build_init(&p.build, json->arena, late);
    TRY(read_map(&p));
    return finish(&p, VALUE_M, out);
}
