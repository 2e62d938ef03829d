/* line_terms.c -- see line_terms.h.
 *
 * A projection of this protocol may name things twice and the key as well; DynamoDB refuses texts
 * that do. So a path that another one covers is left out: it is asked for with that one.
 */
#include "lines/line_terms.h"

#include <stdio.h>
#include <string.h>

#include "db/keep.h"
#include "db/literal.h"
#include "db/path.h"
#include "db/tree.h"
#include "lines/line_turn.h"

enum {
    PATHS_MAX = 512,
    PATHS_GIVEN_MAX = 8 * PATHS_MAX, /* with those that others cover: each is compared with all */
    KEY_PARTS_MAX = 2,               /* come on top of these */
    PLACEHOLDER_BYTES = 16,
};

void line_terms_begin(struct render *terms, struct line_turn *turn)
{
    render_begin(terms, turn->arena, STATOR_DEPTH, &turn->err);
}

/* Everything wrong with an expression has one name. */
static status named(struct line_turn *t, status st)
{
    if (st == ST_VALIDATION || st == ST_TOO_DEEP) t->failure.name = "InvalidExpression";
    return st;
}

status line_terms_read(struct line_turn *turn, struct span text, stator_cond *out)
{
    struct tree tree;
    tree_begin(&tree, turn->arena, turn->arena, text, &turn->err);
    return named(turn, tree_condition(&tree, out));
}

status line_terms_text(struct line_turn *turn, struct render *terms, const stator_cond *condition,
                       struct span *out)
{
    return named(turn, render_condition(terms, condition, out));
}

status line_terms_put(struct line_turn *turn, struct render *terms, struct line_map *map,
                      const char *name, const stator_cond *condition)
{
    struct span text = {0};
    TRY(line_terms_text(turn, terms, condition, &text));
    if (text.ptr != NULL) line_map_text(map, name, text);
    return ST_OK;
}

/* ---- names and values */

static status put_names(struct line_turn *t, const struct render *terms, struct line_map *map)
{
    struct line_map names;
    struct value all = {0};
    if (terms->name_count == 0) return ST_OK;
    line_map_begin(&names, t->arena);
    for (uint32_t i = 0; i < terms->name_count; i++)
        line_map_name(&names, terms->names[i].placeholder,
                      (struct value){VALUE_S, terms->names[i].name});
    TRY(line_map_end(&names, &all, &t->err));
    line_map_value(map, "ExpressionAttributeNames", all);
    return ST_OK;
}

status line_terms_give(struct line_turn *turn, const struct render *terms, struct line_map *map)
{
    struct line_map values;
    struct value all = {0};
    TRY(put_names(turn, terms, map));
    if (terms->value_count == 0) return ST_OK;
    line_map_begin(&values, turn->arena);
    for (uint32_t i = 0; i < terms->value_count; i++) {
        char placeholder[PLACEHOLDER_BYTES];
        (void)snprintf(placeholder, sizeof placeholder, ":v%u", i);
        line_map_value(&values, placeholder, terms->values[i].value);
    }
    TRY(line_map_end(&values, &all, &turn->err));
    line_map_value(map, "ExpressionAttributeValues", all);
    return ST_OK;
}

/* ---- paths and literals */

static bool is_special(uint8_t c)
{
    return c == '.' || c == '[' || c == ']' || c == ',' || c == ':' || c == '\\';
}

static status check_nul(struct line_turn *t, struct span text, const char *failure)
{
    if (text.len == 0 || memchr(text.ptr, 0, text.len) == NULL) return ST_OK;
    return LINE_FAIL(t, failure, "a path holds a NUL");
}

status line_terms_check_path(struct line_turn *turn, struct span path, const char *failure)
{
    TRY(check_nul(turn, path, failure));
    if (path_is_valid(path)) return ST_OK;
    return LINE_FAIL(turn, failure, PATH_MISTAKE, SPAN_ARG(path));
}

static status escape(struct line_turn *t, struct span name, const char **out)
{
    struct buf path;
    TRY(check_nul(t, name, "InvalidExpression"));
    buf_init(&path, arena_mem(t->arena), name.len * 2 + 1);
    for (size_t i = 0; i < name.len; i++) {
        if (is_special(name.ptr[i])) buf_put_u8(&path, '\\');
        buf_put_u8(&path, name.ptr[i]);
    }
    TRY_PLAIN(&t->err, buf_status(&path));
    *out = keep_text(t->arena, buf_view(&path));
    return *out != NULL ? ST_OK : FAIL_PLAIN(&t->err, ST_NO_MEMORY);
}

status line_terms_path(struct line_turn *turn, struct span name, stator_val *out)
{
    const char *path = NULL;
    TRY(escape(turn, name, &path));
    *out = stator_path(path);
    return ST_OK;
}

status line_terms_literal(struct line_turn *turn, struct value v, stator_val *out)
{
    TRY_PLAIN(&turn->err, literal_of(v, turn->arena, out));
    return ST_OK;
}

/* ---- projections */

struct paths {
    const char *paths[PATHS_MAX + KEY_PARTS_MAX];
    uint32_t count;
};

static bool covers(struct span path, struct span other)
{
    if (!span_starts_with(other, path)) return false;
    return other.len == path.len || other.ptr[path.len] == '.' || other.ptr[path.len] == '[';
}

static status fail_paths(struct line_turn *t, int most)
{
    return LINE_FAIL(t, "InvalidExpression", "a projection has more than %d paths", most);
}

static void add_path(struct paths *all, const char *path)
{
    for (uint32_t i = 0; i < all->count; i++) {
        if (covers(span_of(all->paths[i]), span_of(path))) return;
        if (!covers(span_of(path), span_of(all->paths[i]))) continue;
        all->paths[i--] = all->paths[--all->count];
    }
    all->paths[all->count++] = path;
}

static status add_part(struct line_turn *t, struct paths *all, const struct line_key_part *part)
{
    const char *path = NULL;
    if (part->name.len == 0) return ST_OK;
    TRY(escape(t, part->name, &path));
    add_path(all, path);
    return ST_OK;
}

static status read_paths(struct line_turn *t, struct span text, struct paths *all)
{
    struct line_list list;
    TRY(line_field_list_begin(t, text, &list));
    for (int given = 1;; given++) {
        struct span element = {0};
        struct span path = {0};
        bool found = false;
        TRY(line_field_list_next(t, &list, &element, &found));
        if (!found) return ST_OK;
        if (given > PATHS_GIVEN_MAX) return fail_paths(t, PATHS_GIVEN_MAX);
        TRY(line_field_string(t, element, "a path", &path));
        TRY(line_terms_check_path(t, path, "InvalidExpression"));
        const char *kept = keep_text(t->arena, path);
        if (kept == NULL) return FAIL_PLAIN(&t->err, ST_NO_MEMORY);
        add_path(all, kept);
        if (all->count > PATHS_MAX) return fail_paths(t, PATHS_MAX);
    }
}

static status add_key(struct line_turn *t, const struct line_schema *schema, struct paths *all)
{
    TRY(add_part(t, all, &schema->key.partition));
    return add_part(t, all, &schema->key.sort);
}

status line_terms_project(struct line_turn *turn, struct render *terms,
                          const struct line_schema *schema, struct span text, struct span *out)
{
    struct paths *all = arena_new(turn->arena, struct paths);
    struct buf to = render_buf(terms);
    *out = (struct span){0};
    if (all == NULL) return FAIL_PLAIN(&turn->err, ST_NO_MEMORY);
    TRY(read_paths(turn, text, all));
    if (all->count == 0) return ST_OK;
    TRY(add_key(turn, schema, all));
    for (uint32_t i = 0; i < all->count; i++) {
        if (i > 0) buf_put_text(&to, ", ");
        TRY(named(turn, render_path(terms, all->paths[i], &to)));
    }
    TRY_PLAIN(&turn->err, buf_status(&to));
    *out = buf_view(&to);
    return ST_OK;
}
