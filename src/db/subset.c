/* subset.c -- see subset.h. The path to where the walk is stands in `why`, and stays there when a
 * difference is found.
 *
 * Expressions are compared as they are written and, when that differs, with their placeholders
 * spelled out: which number a placeholder has is nothing that a test should depend on.
 */
#include "db/subset.h"

#include "base/limits.h"
#include "db/spelled.h"
#include "item/plain.h"

static void say(struct buf *why, struct value v)
{
    struct json_writer json;
    json_writer_init(&json, why);
    plain_write(&json, v);
}

static bool differ(struct buf *why, struct value expected, struct value actual)
{
    buf_put_text(why, ": expected ");
    say(why, expected);
    buf_put_text(why, ", and it is ");
    say(why, actual);
    return false;
}

static bool miss(struct buf *why, struct value expected)
{
    buf_put_text(why, ": expected ");
    say(why, expected);
    buf_put_text(why, ", and it is not there");
    return false;
}

/* ---- expressions */

static bool is_expression(struct span name, struct value expected, struct value actual)
{
    const struct span end = SPAN("Expression");
    if (expected.type != VALUE_S || actual.type != VALUE_S || name.len < end.len) return false;
    return span_eq(span_drop(name, name.len - end.len), end);
}

/* Is the expression `actual`, one of `parameters`, the text `expected`? */
static bool expression_holds(struct value expected, struct value actual, struct value parameters,
                             struct buf *why)
{
    if (value_eq(expected, actual)) return true;
    const size_t before = why->len;
    buf_put_text(why, ": expected ");
    say(why, expected);
    buf_put_text(why, ", and it is, spelled out,\n        ");
    const size_t begun = why->len;
    spelled_out(actual.body, parameters, why);
    if (buf_status(why) != ST_OK) return false;
    const struct span spelled = span_drop(buf_view(why), begun);
    if (!span_eq(spelled, expected.body)) return false;
    buf_truncate(why, before);
    return true;
}

/* ---- the walk */

static bool holds(struct value expected, struct value actual, struct buf *why, uint32_t levels);

static bool member_holds(struct span name, struct value expected, struct value actual,
                         struct buf *why, uint32_t levels)
{
    struct value found = {0};
    const bool is_parameter = levels == LIMIT_JSON_DEPTH;
    const bool is_there = value_find(actual, name, &found);
    if (!is_there && is_parameter && expected.type == VALUE_NULL) return true;
    buf_printf(why, "%s%.*s", is_parameter ? "" : ".", SPAN_ARG(name));
    if (!is_there) return miss(why, expected);
    if (is_expression(name, expected, found)) return expression_holds(expected, found, actual, why);
    return holds(expected, found, why, levels - 1);
}

static bool map_holds(struct value expected, struct value actual, struct buf *why, uint32_t levels)
{
    struct value_cursor cursor = value_walk(expected);
    struct span name = {0};
    struct value wanted = {0};
    const size_t path = why->len;
    while (value_next_attribute(&cursor, &name, &wanted)) {
        if (!member_holds(name, wanted, actual, why, levels)) return false;
        buf_truncate(why, path);
    }
    return true;
}

static bool list_holds(struct value expected, struct value actual, struct buf *why, uint32_t levels)
{
    struct value_cursor cursor = value_walk(expected);
    struct value wanted = {0};
    struct value found = {0};
    const size_t path = why->len;
    if (value_count(expected) != value_count(actual)) {
        buf_printf(why, ": expected %u elements, and there are %u", value_count(expected),
                   value_count(actual));
        return false;
    }
    for (uint32_t i = 0; value_next_element(&cursor, &wanted) && value_at(actual, i, &found); i++) {
        buf_printf(why, "[%u]", i);
        if (!holds(wanted, found, why, levels - 1)) return false;
        buf_truncate(why, path);
    }
    return true;
}

/* At most `levels` maps and lists within each other: JSON has no more. */
static bool holds(struct value expected, struct value actual, struct buf *why, uint32_t levels)
{
    if (levels == 0 || expected.type != actual.type) return differ(why, expected, actual);
    if (expected.type == VALUE_M) return map_holds(expected, actual, why, levels);
    if (expected.type == VALUE_L) return list_holds(expected, actual, why, levels);
    return value_eq(expected, actual) || differ(why, expected, actual);
}

bool subset_holds(struct value expected, struct value actual, struct buf *why)
{
    return holds(expected, actual, why, LIMIT_JSON_DEPTH);
}
