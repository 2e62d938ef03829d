/* partiql_case.c -- see partiql_case.h. */
#include "partiql/partiql_case.h"

#include "item/map_case.h"

enum { ARENA_BYTES_MAX = 64 << 20, PARAMETERS_MAX = 256 };

void partiql_case_begin(struct partiql_case *c)
{
    *c = (struct partiql_case){0};
    arena_init(&c->arena, support_mem(), ARENA_BYTES_MAX);
    c->err = error_in(&c->arena);
}

void partiql_case_end(struct partiql_case *c)
{
    if (c->text.ptr != NULL) support_guard_free(c->text);
    arena_deinit(&c->arena);
}

struct value partiql_case_map(struct partiql_case *c, const char *json)
{
    return map_case_of(&c->arena, json);
}

void partiql_case_parse(struct partiql_case *c, const char *text, const char *parameters)
{
    struct value *values = NULL;
    struct partiql_source source = {.text = span_of(text)};
    struct span name = {0};
    if (c->status != ST_OK) return;
    struct value_cursor cursor = {0};
    if (parameters != NULL) {
        values = arena_new_array(&c->arena, PARAMETERS_MAX, struct value);
        assert_non_null(values);
        cursor = value_walk(partiql_case_map(c, parameters));
    }
    while (values != NULL && value_next_attribute(&cursor, &name, &values[source.parameter_count]))
        source.parameter_count++;
    source.parameters = values;
    c->text = support_guard(source.text);
    source.text = c->text;
    c->status = partiql_parse(&source, &c->arena, &c->statement, &c->err);
}

/* One "name T" off the front of *key. */
static struct partiql_key_part take_part(const char **key)
{
    const char *blank = strchr(*key, ' ');
    assert_non_null(blank);
    const struct partiql_key_part part = {
        .name = {(const uint8_t *)*key,      (size_t)(blank - *key)},
        .type = value_type_of((struct span){(const uint8_t *)blank + 1, 1                     }
          )
    };
    const char *comma = strchr(*key, ',');
    *key = comma == NULL ? blank + 2 : comma + 2;
    return part;
}

void partiql_case_plan(struct partiql_case *c, const char *key)
{
    struct partiql_key made = {.partition_count = 1};
    if (c->status != ST_OK) return;
    made.partition[0] = take_part(&key);
    while (*key != 0) made.sort[made.sort_count++] = take_part(&key);
    c->status = partiql_plan(&c->statement, &made, &c->arena, &c->plan, &c->err);
}

struct span partiql_case_text(const struct partiql_case *c)
{
    if (c->status == ST_OK) fail_msg("nothing failed");
    assert_int_equal(c->status, c->err.status);
    return error_text(&c->err);
}

void partiql_case_assert_ok(const struct partiql_case *c, const char *text)
{
    if (c->status != ST_OK) fail_msg("%s: %.*s", text, SPAN_ARG(error_text(&c->err)));
}

void partiql_case_assert_map(struct partiql_case *c, struct value map, const char *json)
{
    map_case_assert(&c->arena, map, json);
}

void partiql_case_assert_refused(const char *text, const char *parameters, const char *key,
                                 const char *expected)
{
    struct partiql_case c;
    partiql_case_begin(&c);
    partiql_case_parse(&c, text, parameters);
    if (key != NULL) partiql_case_plan(&c, key);
    if (c.status == ST_OK) fail_msg("accepted: %s", text);
    if (!span_eq(partiql_case_text(&c), span_of(expected)))
        fail_msg("%s\n  says   %.*s\n  should %s", text, SPAN_ARG(partiql_case_text(&c)), expected);
    partiql_case_end(&c);
}
