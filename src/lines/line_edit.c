/* line_edit.c -- see line_edit.h.
 *
 * A map is never changed: it is written again with another child, from the leaf up to the item.
 * Paths are at most as deep as values may nest, which bounds the recursion.
 */
#include "lines/line_edit.h"

#include "base/limits.h"
#include "item/number.h"
#include "item/value_build.h"

/* Of elements of two arrays, by all updates of a line: some tens of milliseconds. */
enum { COMPARISONS_MAX = 4000000 };

struct edit {
    struct line_turn *turn;
    const struct line_action *action;
    struct arena *arena; /* where what it makes of the item stands */
};

/* ---- leaves: `old` or VALUE_NONE becomes *out, or VALUE_NONE when it goes */

static status fail_type(const struct edit *e, const char *what)
{
    return LINE_FAIL(e->turn, "UpdateTypeMismatch", "\"%s\" holds %s", e->action->path, what);
}

static bool holds(struct value list, struct value element)
{
    struct value_cursor cursor = value_walk(list);
    struct value v = {0};
    while (value_next_element(&cursor, &v))
        if (value_eq(v, element)) return true;
    return false;
}

static status check_work(const struct edit *e, struct value a, struct value b)
{
    e->turn->comparisons += (uint64_t)value_count(a) * value_count(b);
    if (e->turn->comparisons <= COMPARISONS_MAX) return ST_OK;
    return LINE_FAIL(e->turn, "InvalidUpdateAction", "the arrays at \"%s\" are too long for a set",
                     e->action->path);
}

/* The elements of `list` that are not in `without`, added to `to`. */
static void add_others(struct line_map *to, struct value list, struct value without)
{
    struct value_cursor cursor = value_walk(list);
    struct value v = {0};
    while (value_next_element(&cursor, &v))
        if (!holds(without, v)) line_map_add(to, v);
}

static status join_lists(const struct edit *e, struct value old, struct value *out)
{
    struct line_map list;
    struct value_cursor cursor = value_walk(old);
    struct value v = {0};
    TRY(check_work(e, old, e->action->value));
    line_map_begin_list(&list, e->arena);
    while (value_next_element(&cursor, &v)) line_map_add(&list, v);
    add_others(&list, e->action->value, old);
    return line_map_end(&list, out, &e->turn->err);
}

static status add_numbers(const struct edit *e, struct value old, struct value *out)
{
    struct number *sum = arena_new(e->arena, struct number);
    if (sum == NULL) return FAIL_PLAIN(&e->turn->err, ST_NO_MEMORY);
    TRY(number_add(old.body, e->action->value.body, sum, &e->turn->err));
    *out = (struct value){VALUE_N, number_view(sum)};
    return ST_OK;
}

static status add(const struct edit *e, struct value old, struct value *out)
{
    const value_type type = e->action->value.type;
    if (old.type == VALUE_NONE) {
        *out = e->action->value;
        return ST_OK;
    }
    if (old.type != type) return fail_type(e, type == VALUE_N ? "no number" : "no array");
    return type == VALUE_N ? add_numbers(e, old, out) : join_lists(e, old, out);
}

static status delete (const struct edit *e, struct value old, struct value *out)
{
    struct line_map list;
    *out = old;
    if (old.type == VALUE_NONE) return ST_OK;
    if (old.type != VALUE_L) return fail_type(e, "no array");
    TRY(check_work(e, old, e->action->value));
    line_map_begin_list(&list, e->arena);
    add_others(&list, old, e->action->value);
    TRY(line_map_end(&list, out, &e->turn->err));
    if (value_count(*out) == 0) *out = (struct value){0};
    return ST_OK;
}

static status change_leaf(const struct edit *e, struct value old, struct value *out)
{
    switch (e->action->verb) {
    case LINE_SET:
        *out = e->action->value;
        return ST_OK;
    case LINE_REMOVE:
        *out = (struct value){0};
        return ST_OK;
    case LINE_ADD:
        return add(e, old, out);
    case LINE_DELETE:
        return delete (e, old, out);
    }
    return ST_OK;
}

/* ---- maps */

/* `map` with `child` in the place of its attribute `name`. */
static status with_child(const struct edit *e, struct value map, struct span name,
                         struct value child, struct value *out)
{
    struct line_map made;
    struct value_cursor cursor = value_walk(map);
    struct span other = {0};
    struct value v = {0};
    line_map_begin(&made, e->arena);
    while (map.type == VALUE_M && value_next_attribute(&cursor, &other, &v))
        if (!span_eq(other, name)) line_map_name(&made, other, v);
    if (child.type != VALUE_NONE) line_map_name(&made, name, child);
    return line_map_end(&made, out, &e->turn->err);
}

static status take_name(const struct edit *e, struct path *path, struct span *out)
{
    struct path_step step = {0};
    const path_part part = path_next(path, &step);
    if (part != PATH_NAME)
        return LINE_FAIL(e->turn, "InvalidUpdateAction",
                         "\"%s\": an index may not stand in the paths of these actions",
                         e->action->path);
    TRY_PLAIN(&e->turn->err, path_name(&step, e->arena, out));
    const char *fault = value_build_name_fault(*out);
    return fault == NULL ? ST_OK : LINE_FAIL(e->turn, "InvalidUpdateAction", "%s", fault);
}

/* What stands in the way of a path is no map. */
static bool is_in_the_way(struct value v)
{
    return v.type != VALUE_M && v.type != VALUE_NONE;
}

static status change(const struct edit *e, struct value map, struct path path, uint32_t depth,
                     struct value *out)
{
    struct span name = {0};
    struct value child = {0};
    struct value changed = {0};
    struct path_step ignored = {0};
    const line_verb verb = e->action->verb;
    const bool makes = verb == LINE_SET || verb == LINE_ADD;
    if (depth == LIMIT_NESTING) return FAIL_PLAIN(&e->turn->err, ST_TOO_DEEP);
    TRY(take_name(e, &path, &name));
    if (map.type == VALUE_M && !value_find(map, name, &child)) child = (struct value){0};
    struct path rest = path;
    if (path_next(&rest, &ignored) == PATH_END) {
        TRY(change_leaf(e, child, &changed));
        return with_child(e, map, name, changed, out);
    }
    *out = map;
    if (is_in_the_way(child)) return makes ? fail_type(e, "no map on its way") : ST_OK;
    if (child.type == VALUE_NONE && !makes) return ST_OK;
    TRY(change(e, child, path, depth + 1, &changed));
    return with_child(e, map, name, changed, out);
}

/* Each action's item stands in the room that does not hold the one before, whatever their number.
 */
static status apply_all(struct line_turn *turn, const struct line_actions *actions,
                        struct arena rooms[2], struct value *item)
{
    unsigned at = 0;
    for (uint32_t i = 0; i < actions->count; i++) {
        const struct edit edit = {turn, &actions->list[i], &rooms[at]};
        const struct path path = path_over(span_of(edit.action->path));
        const uint8_t *before = item->body.ptr;
        arena_reset(edit.arena);
        TRY(change(&edit, *item, path, 0, item));
        if (item->body.ptr != before) at = 1 - at;
    }
    return ST_OK;
}

status line_edit_apply(struct line_turn *turn, const struct line_actions *actions,
                       struct value item, struct value *out)
{
    struct arena rooms[2];
    for (size_t i = 0; i < ARRAY_COUNT(rooms); i++)
        arena_init(&rooms[i], arena_heap(turn->arena), LIMIT_REQUEST_ARENA_BYTES);
    status st = apply_all(turn, actions, rooms, &item);
    *out = item;
    if (st == ST_OK && !arena_copy(turn->arena, item.body, &out->body))
        st = FAIL_PLAIN(&turn->err, ST_NO_MEMORY);
    for (size_t i = 0; i < ARRAY_COUNT(rooms); i++) arena_deinit(&rooms[i]);
    return st;
}

status line_edit_top(struct line_turn *turn, const char *path, struct span *out)
{
    struct path walk = path_over(span_of(path));
    struct path_step step = {0};
    if (path_next(&walk, &step) != PATH_NAME)
        return LINE_FAIL(turn, "InvalidUpdateAction", PATH_MISTAKE, SPAN_ARG(span_of(path)));
    TRY_PLAIN(&turn->err, path_name(&step, turn->arena, out));
    return ST_OK;
}
