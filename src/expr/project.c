/* project.c -- the parts of a map that lie at given paths, nesting kept.
 *
 * The targets are sorted as the map's attributes are (path_set.h), so each level is one walk of two
 * sorted lists. A map or list on the way is kept only if something was found in it; the elements
 * picked from a list close up: `l[1], l[7]` gives a list of at most two.
 *
 * The recursion follows the paths, which have at most LIMIT_PATH_DEPTH steps.
 */
#include <assert.h>

#include "base/limits.h"
#include "expr/path_set.h"

static status pick(struct path_set set, struct value from, struct arena *arena, struct value *out);

/* What is picked of `from`, where the targets of `set` lead next; VALUE_NONE: nothing. */
static status pick_next(struct path_set set, struct value from, struct arena *arena,
                        struct value *out)
{
    uint32_t target = 0;
    *out = (struct value){0};
    if (path_set_ends(&set, &target)) {
        *out = from;
        return ST_OK;
    }
    if (from.type != (path_set_indexes(&set) ? VALUE_L : VALUE_M)) return ST_OK;
    return pick(set, from, arena, out);
}

/* Of map `from`, written to `to`. */
static status pick_attributes(struct path_set set, struct value from, struct arena *arena,
                              struct buf *to, uint32_t *count)
{
    struct value_cursor cursor = value_walk(from);
    struct span name = {0};
    struct value found = {0};
    bool more = value_next_attribute(&cursor, &name, &found);
    while (set.count > 0 && more) {
        const struct path_set next = path_set_take(&set);
        const struct span wanted = code_step_name(next.expr, path_set_step(&next));
        while (more && span_compare(name, wanted) < 0)
            more = value_next_attribute(&cursor, &name, &found);
        if (!more || !span_eq(name, wanted)) continue;
        struct value part = {0};
        TRY(pick_next(next, found, arena, &part));
        if (part.type == VALUE_NONE) continue;
        value_write_attribute(to, name, part);
        ++*count;
    }
    return ST_OK;
}

/* Of list `from`, written to `to`. */
static status pick_elements(struct path_set set, struct value from, struct arena *arena,
                            struct buf *to, uint32_t *count)
{
    struct value_cursor cursor = value_walk(from);
    struct value found = {0};
    uint32_t index = 0; /* of the element after `found` */
    while (set.count > 0) {
        const struct path_set next = path_set_take(&set);
        const uint32_t wanted = path_set_step(&next)->index;
        while (index <= wanted) {
            if (!value_next_element(&cursor, &found)) return ST_OK;
            index++;
        }
        struct value part = {0};
        TRY(pick_next(next, found, arena, &part));
        if (part.type == VALUE_NONE) continue;
        value_write_element(to, part);
        ++*count;
    }
    return ST_OK;
}

static status pick(struct path_set set, struct value from, struct arena *arena, struct value *out)
{
    assert(set.depth < LIMIT_PATH_DEPTH);
    struct buf to;
    uint32_t count = 0;
    buf_init(&to, arena_mem(arena), SIZE_MAX / 2);
    const size_t begun = value_write_begin(&to);
    if (from.type == VALUE_L) {
        TRY(pick_elements(set, from, arena, &to, &count));
    } else {
        TRY(pick_attributes(set, from, arena, &to, &count));
    }
    value_write_end(&to, begun, count);
    TRY(buf_status(&to));
    if (count > 0 || set.depth == 0) *out = (struct value){from.type, buf_view(&to)};
    return ST_OK;
}

status expr_project(const struct expr *projection, struct value map, struct arena *arena,
                    struct value *out)
{
    assert(projection->order != NULL);
    assert(map.type == VALUE_M);
    return pick(path_set_all(projection), map, arena, out);
}

status expr_update_touched(const struct expr *update, struct value map, struct arena *arena,
                           struct value *out)
{
    assert(update->code->kind == EXPR_UPDATE);
    return expr_project(update, map, arena, out);
}
