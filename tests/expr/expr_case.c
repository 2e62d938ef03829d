/* expr_case.c -- see expr_case.h. */
#include "expr/expr_case.h"

#include "item/map_case.h"

enum { ARENA_BYTES_MAX = 64 << 20, NAMES_MAX = 64 };

void expr_case_begin(struct expr_case *c)
{
    *c = (struct expr_case){0};
    arena_init(&c->arena, support_mem(), ARENA_BYTES_MAX);
    c->err = error_in(&c->arena);
    c->scope.arena = &c->arena;
}

void expr_case_end(struct expr_case *c)
{
    expr_scope_release(&c->scope);
    arena_deinit(&c->arena);
}

struct value expr_case_map(struct expr_case *c, const char *json)
{
    return map_case_of(&c->arena, json);
}

static void read_names(struct expr_case *c, const char *json)
{
    struct expr_name *names = arena_new_array(&c->arena, NAMES_MAX, struct expr_name);
    struct json_reader reader;
    json_token token = JSON_END;
    struct span text = {0};
    assert_non_null(names);
    json_reader_init(&reader, &c->arena, map_case_quoted(&c->arena, json));
    do {
        assert_int_equal(json_reader_next(&reader, &token, &text), ST_OK);
        if (token == JSON_KEY) names[c->scope.name_count].placeholder = text;
        if (token == JSON_STRING) names[c->scope.name_count++].name = text;
    } while (token != JSON_END);
    c->scope.names = names;
}

void expr_case_scope(struct expr_case *c, const char *names, const char *values)
{
    if (c->status != ST_OK) return;
    c->scope.has_names = names != NULL;
    if (names != NULL) read_names(c, names);
    c->scope.values = map_case_by(&c->arena, values, wire_read_values);
    c->status = expr_scope_begin(&c->scope, &c->err);
}

void expr_case_bind(struct expr_case *c, expr_kind kind, const char *text)
{
    if (c->status != ST_OK) return;
    const struct expr_code *code = NULL;
    c->status = expr_compile(c->cache, &c->arena, (struct expr_source){kind, span_of(text)}, &code,
                             &c->err);
    if (c->status == ST_OK) c->status = expr_bind(&c->scope, code, &c->expr, &c->err);
}

void expr_case_finish(struct expr_case *c)
{
    if (c->status == ST_OK) c->status = expr_scope_finish(&c->scope, &c->err);
}

struct span expr_case_text(const struct expr_case *c)
{
    if (c->status == ST_OK) fail_msg("nothing failed");
    assert_int_equal(c->status, c->err.status);
    return error_text(&c->err);
}

void expr_case_assert_ok(const struct expr_case *c)
{
    if (c->status != ST_OK) fail_msg("failed: %.*s", SPAN_ARG(error_text(&c->err)));
}

void expr_case_assert_map(struct expr_case *c, struct value map, const char *json)
{
    map_case_assert(&c->arena, map, json);
}

bool expr_case_holds(expr_kind kind, const char *text, const char *values, const char *item)
{
    struct expr_case c;
    expr_case_begin(&c);
    expr_case_scope(&c, NULL, values);
    expr_case_bind(&c, kind, text);
    expr_case_finish(&c);
    if (c.status != ST_OK) fail_msg("%s: %.*s", text, SPAN_ARG(error_text(&c.err)));
    struct item stored = {.attributes = expr_case_map(&c, item)};
    const bool holds = expr_holds(c.expr, item != NULL ? &stored : NULL);
    expr_case_end(&c);
    return holds;
}
