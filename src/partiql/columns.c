/* columns.c -- what a SELECT shows.
 *
 *     columns := "*" | path { "," path }
 *
 * A column is called by the last name of its path and the indexes behind that: `a.b[0]` is "b[0]".
 * The engine is asked for whole top-level attributes, each once; partiql_project then picks.
 */
#include <assert.h>

#include "base/sort.h"
#include "partiql/statement.h"

/* A column while the list grows. */
struct found {
    struct operand *path;
    struct span name;
    struct found *next;
};

/* The last name of a path and what follows it. */
static status name_of(struct grammar *g, const struct operand *path, struct span *out)
{
    uint16_t last = path->step_count;
    while (last > 0 && path->steps[last - 1].is_index) last--;
    assert(last > 0);
    *out = path->steps[last - 1].name;
    if (last == path->step_count) return ST_OK;
    struct buf text;
    buf_init(&text, arena_mem(g->arena), SIZE_MAX / 2);
    buf_put(&text, *out);
    for (; last < path->step_count; last++) buf_printf(&text, "[%u]", path->steps[last].index);
    TRY_PLAIN(g->err, buf_status(&text));
    *out = buf_view(&text);
    return ST_OK;
}

/* A column that is no path is read and refused. */
static status refuse_column(struct grammar *g)
{
    struct operand *operand = NULL;
    const struct lexeme *at = g->now;
    const bool counts = (grammar_is(g, LEXEME_KEYWORD) || grammar_is(g, LEXEME_WORD)) &&
                        at[1].kind == LEXEME_OPEN && at[2].kind == LEXEME_STAR &&
                        at[3].kind == LEXEME_CLOSE;
    grammar_note_at(g, at, "Unexpected path component");
    if (!counts) return condition_operand(g, &operand);
    g->now += 4; /* COUNT ( * ) */
    return ST_OK;
}

/* path [ [ "AS" ] name ]: DynamoDB has no aliases */
static status read_column(struct grammar *g, struct found ***last)
{
    struct found *found = arena_new(g->arena, struct found);
    if (found == NULL) return FAIL_PLAIN(g->err, ST_NO_MEMORY);
    if (!grammar_is_name(g) || g->now[1].kind == LEXEME_OPEN) {
        TRY(refuse_column(g));
    } else {
        TRY(condition_path(g, false, &found->path));
        TRY(name_of(g, found->path, &found->name));
        **last = found;
        *last = &found->next;
    }
    const bool as = grammar_accept_word(g, KEYWORD_AS);
    if (as && !grammar_is_name(g)) return grammar_fail(g, "Expected identifier for AS-alias");
    if (!grammar_is_name(g)) return ST_OK;
    (void)grammar_take(g);
    grammar_note(g, "Aliasing is not supported");
    return ST_OK;
}

static int compare_columns(const void *ctx, uint32_t a, uint32_t b)
{
    const struct partiql_column *columns = ctx;
    return span_compare(columns[a].name, columns[b].name);
}

/* The columns in the order of their names, each name once. */
static status keep_columns(struct grammar *g, struct statement *s, const struct found *found)
{
    uint32_t count = 0;
    for (const struct found *at = found; at != NULL; at = at->next) count++;
    struct partiql_column *given = arena_new_array(g->arena, count + 1, struct partiql_column);
    struct partiql_column *sorted = arena_new_array(g->arena, count + 1, struct partiql_column);
    uint32_t *order = arena_new_array(g->arena, count + 1, uint32_t);
    if (given == NULL || sorted == NULL || order == NULL) return FAIL_PLAIN(g->err, ST_NO_MEMORY);
    for (uint32_t i = 0; i < count; i++, found = found->next) {
        given[i] =
            (struct partiql_column){found->name, found->path->steps, found->path->step_count};
        order[i] = i;
    }
    sort_numbers(order, count, compare_columns, given);
    for (uint32_t i = 0; i < count; i++) {
        sorted[i] = given[order[i]];
        if (i == 0 || !span_eq(sorted[i - 1].name, sorted[i].name)) continue;
        grammar_note(g, "Duplicate identifiers in select clause: %.*s", SPAN_ARG(sorted[i].name));
    }
    s->made.columns = sorted;
    s->made.column_count = count;
    return ST_OK;
}

/* columns := "*" | path { "," path } */
status statement_columns(struct grammar *g, struct statement *s)
{
    struct found *first = NULL;
    struct found **last = &first;
    bool star = false;
    uint32_t count = 0;
    do {
        count++;
        if (grammar_accept(g, LEXEME_STAR)) {
            star = true;
        } else {
            TRY(read_column(g, &last));
        }
    } while (grammar_accept(g, LEXEME_COMMA));
    if (star && count > 1)
        return grammar_fail(g, "Other expressions may not be present in the select list when '*' "
                               "is used without dot notation.");
    return star ? ST_OK : keep_columns(g, s, first);
}

/* The top-level attributes of the columns, each once. */
status statement_make_projection(struct grammar *g, struct statement *s)
{
    const uint32_t count = s->made.column_count;
    struct expr_build *build = NULL;
    const struct expr_build_room room = {.targets = count, .operands = count, .steps = count};
    struct partiql_column *heads = arena_new_array(g->arena, count + 1, struct partiql_column);
    uint32_t *order = arena_new_array(g->arena, count + 1, uint32_t);
    if (count == 0) return ST_OK;
    if (heads == NULL || order == NULL) return FAIL_PLAIN(g->err, ST_NO_MEMORY);
    for (uint32_t i = 0; i < count; i++) {
        heads[i].name = s->made.columns[i].steps[0].name;
        order[i] = i;
    }
    sort_numbers(order, count, compare_columns, heads);
    TRY(expr_build_begin(g->arena, EXPR_PROJECTION, &room, &build, g->err));
    for (uint32_t i = 0; i < count; i++) {
        const struct expr_step step = {.name = heads[order[i]].name};
        if (i > 0 && span_eq(heads[order[i - 1]].name, step.name)) continue;
        expr_build_target(build, EXPR_PICK);
        expr_build_path(build, &step, 1);
        expr_build_target_end(build);
    }
    return expr_build_end(build, &s->made.projection, g->err);
}

/* Where a column leads in `map`; VALUE_NONE: nowhere. */
static struct value follow(const struct partiql_column *column, struct value map)
{
    struct value at = map;
    for (uint16_t i = 0; i < column->step_count; i++) {
        const struct expr_step *step = &column->steps[i];
        struct value next = {0};
        const bool found = step->is_index ? at.type == VALUE_L && value_at(at, step->index, &next)
                                          : at.type == VALUE_M && value_find(at, step->name, &next);
        if (!found) return (struct value){0};
        at = next;
    }
    return at;
}

status partiql_project(const struct partiql_statement *statement, struct value map,
                       struct arena *arena, struct value *out)
{
    assert(map.type == VALUE_M);
    if (statement->column_count == 0) {
        *out = map;
        return ST_OK;
    }
    struct buf to;
    uint32_t count = 0;
    buf_init(&to, arena_mem(arena), SIZE_MAX / 2);
    const size_t begun = value_write_begin(&to);
    for (uint32_t i = 0; i < statement->column_count; i++) {
        const struct partiql_column *column = &statement->columns[i];
        const struct value found = follow(column, map);
        if (found.type == VALUE_NONE) continue;
        value_write_attribute(&to, column->name, found);
        count++;
    }
    value_write_end(&to, begun, count);
    TRY(buf_status(&to));
    *out = (struct value){VALUE_M, buf_view(&to)};
    return ST_OK;
}
