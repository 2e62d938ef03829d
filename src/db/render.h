/* render.h -- conditions and updates as DynamoDB's texts, with their #names and :values.
 *
 * One rendering serves the calls that are sent and those that are answered here: the text goes to
 * the cache of compiled expressions, so a condition is judged by the same evaluator and refused by
 * the same validator wherever the data is.
 *
 *     render_begin -> render_condition, render_update …    texts
 *       -> render_scope                                   names and values, for a request
 *       -> render_bind … -> render_finish                 expressions, to be used here
 *       -> render_release
 *
 * Names that are plain words stand in the text; others become #n0, #n1 … Values become :v0, :v1 …
 * Each name and each value has one placeholder, however often it comes. Texts of one request share
 * them.
 *
 * In a text for a person (`shown`) paths stand as they were written and values as plain JSON.
 *
 * R1  Recursion along and, or, not and lists of actions is bounded by `depth_max`: deeper is
 *     ST_TOO_DEEP.
 *
 * Memory: everything lives in the arena.
 */
#ifndef STATOR_DB_RENDER_H
#define STATOR_DB_RENDER_H

#include "base/buf.h"
#include "expr/expr.h"
#include "stator/stator.h"

struct render_value {
    struct value value;
    uint64_t hash;
};

struct render {
    struct arena *arena;
    struct error *err;
    uint32_t depth_max;
    bool shown; /* for a person: paths and values stand in the text */

    struct expr_name *names;
    struct render_value *values;
    uint32_t name_count, name_room;
    uint32_t value_count, value_room;
    struct expr_scope scope; /* once it is asked for */
};

void render_begin(struct render *render, struct arena *arena, uint32_t depth_max,
                  struct error *err);

/* The text of `condition`; *text has a NULL ptr when it holds always and asks for nothing.
 * ST_VALIDATION, ST_TOO_DEEP, ST_NO_MEMORY. */
MUST_USE status render_condition(struct render *render, const stator_cond *condition,
                                 struct span *text);

/* The text of `update`; *text has a NULL ptr when there is nothing to do. As render_condition. */
MUST_USE status render_update(struct render *render, const stator_upd *update, struct span *text);

/* Add ExpressionAttributeNames and ExpressionAttributeValues of all texts so far to a request,
 * where there are any. ST_NO_MEMORY. */
struct request;
MUST_USE status render_give(struct render *render, struct request *request);

/* Begin a scope of the names and values of all texts so far: render->scope. ST_NO_MEMORY. */
MUST_USE status render_scope(struct render *render);

/* Compile `source` and bind it in the scope. ST_VALIDATION, ST_NO_MEMORY. */
MUST_USE status render_bind(struct render *render, struct expr_cache *cache,
                            struct expr_source source, struct expr **out);

/* When all texts are bound: expr_scope_finish. */
MUST_USE status render_finish(struct render *render);

/* When the expressions are used no more; allowed at any time. */
void render_release(struct render *render);

/* ---- for render_condition.c and render_update.c */

/* Append a path, or an operand of any kind, to `to`. */
MUST_USE status render_path(struct render *render, const char *path, struct buf *to);
MUST_USE status render_operand(struct render *render, const stator_val *v, struct buf *to);

/* A text of the application's, with `count` arguments for its ?s. */
struct render_source {
    const char *text;
    const stator_val *args;
    size_t count;
};

/* Append `source` with names escaped and arguments in place to `to`; or with `sections` each part
 * to the buf of its section (SET, REMOVE, ADD, DELETE in this order), behind a comma where there
 * is something in it. */
enum { RENDER_SECTIONS = 4 };
MUST_USE status render_source(struct render *render, const struct render_source *source,
                              struct buf *to);
MUST_USE status render_sections(struct render *render, const struct render_source *source,
                                struct buf sections[RENDER_SECTIONS]);
extern const char *const render_section_names[RENDER_SECTIONS];

/* An empty buf for a text. */
MUST_USE struct buf render_buf(const struct render *render);

MUST_USE status render_fail_deep(const struct render *render);

#endif
