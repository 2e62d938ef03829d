/* vectors.c -- vector indexes: made, dropped, listed, searched.
 *
 * Straight to the engine: no operation says it. A filter is rendered as for any call, and bound
 * here.
 */
#include <string.h>

#include "db/action.h"
#include "db/embedded.h"
#include "db/handle.h"
#include "db/options.h"
#include "db/render.h"
#include "db/result.h"
#include "os/os.h"

enum { PAUSE_FIRST_US = 1000, PAUSE_LAST_US = 200000, TOP_USUAL = 10 };

static const struct span element = {0};
static const char *const metric_names[] = {"cosine", "euclidean", "dot"};

static status fail_missing(struct embedded *e, const char *what)
{
    return FAIL(&e->turn->err, ST_MISUSE, "%s of the vector index is NULL", what);
}

/* ---- making and ending */

struct making {
    const char *table;
    const stator_vector_spec *spec;
    const char *name; /* of one to drop */
};

static status find_metric(struct embedded *e, const char *name, vector_metric *out)
{
    *out = VECTOR_COSINE;
    if (name == NULL) return ST_OK;
    for (size_t i = 0; i < ARRAY_COUNT(metric_names); i++) {
        *out = (vector_metric)i;
        if (strcmp(name, metric_names[i]) == 0) return ST_OK;
    }
    return FAIL(&e->turn->err, ST_VALIDATION,
                "the metric of a vector index is \"cosine\", \"euclidean\" or \"dot\", not \"%s\"",
                name);
}

/* Is the index called `name` filled? True as well when it is gone. */
static status look(struct embedded *e, struct span table, struct span name, bool *ready)
{
    struct engine_description found = {.table = NULL};
    TRY(engine_table_describe(&e->space, table, &found, &e->turn->err));
    const struct table_vectors *vectors = table_find_vectors(found.table, name);
    *ready = vectors == NULL || vectors->status == TABLE_ACTIVE;
    table_drop(found.table);
    return ST_OK;
}

static status wait_until_filled(struct embedded *e, const char *table, struct span name)
{
    const uint64_t canceled = atomic_load(&e->db->canceled);
    struct span table_name = {0};
    bool ready = false;
    TRY(action_table_name(e->db, table, &e->turn->scratch, &table_name, &e->turn->err));
    TRY(look(e, table_name, name, &ready));
    for (uint64_t pause_us = PAUSE_FIRST_US; !ready; pause_us *= 2) {
        if (pause_us > PAUSE_LAST_US) pause_us = PAUSE_LAST_US;
        TRY_PLAIN(&e->turn->err, handle_pause_for_db(e->db, pause_us, canceled));
        TRY(look(e, table_name, name, &ready));
    }
    return ST_OK;
}

static status create(struct embedded *e, const void *arg)
{
    const struct making *m = arg;
    stator_vector_spec spec = {0};
    struct table_vectors vectors = {.number = 0};
    TRY(options_take("stator_vector_spec", m->spec, &spec, sizeof spec, &e->turn->err));
    if (spec.name == NULL) return fail_missing(e, "the name");
    if (spec.attr == NULL) return fail_missing(e, "the attribute");
    vectors.name = span_of(spec.name);
    vectors.attribute = span_of(spec.attr);
    vectors.kind.dimensions = spec.dims > 0 ? (uint32_t)spec.dims : 0; /* the engine refuses 0 */
    TRY(find_metric(e, spec.metric, &vectors.kind.metric));
    TRY(embedded_change_table(e, m->table, &(struct engine_table_change){.new_vectors = &vectors}));
    return wait_until_filled(e, m->table, vectors.name);
}

stator_rc stator_create_vector_index_(stator *db, const char *table, const stator_vector_spec *spec)
{
    const struct making m = {.table = table, .spec = spec};
    return embedded_run(db, create, &m);
}

static status drop(struct embedded *e, const void *arg)
{
    const struct making *m = arg;
    if (m->name == NULL) return fail_missing(e, "the name");
    if (m->name[0] == '\0')
        return FAIL(&e->turn->err, ST_VALIDATION, "the name of the vector index is empty");
    const struct engine_table_change change = {.dropped_vectors = span_of(m->name)};
    return embedded_change_table(e, m->table, &change);
}

stator_rc stator_drop_vector_index(stator *db, const char *table, const char *name)
{
    const struct making m = {.table = table, .name = name};
    return embedded_run(db, drop, &m);
}

/* ---- listing */

struct listing {
    const char *table;
    stator_result **out;
};

static void write_index(struct request *r, const struct table_vectors *vectors)
{
    request_map(r, element);
    request_text(r, SPAN("name"), vectors->name);
    request_text(r, SPAN("attr"), vectors->attribute);
    request_number(r, SPAN("dims"), vectors->kind.dimensions);
    request_text(r, SPAN("metric"), span_of(metric_names[vectors->kind.metric]));
    request_flag(r, SPAN("ready"), vectors->status == TABLE_ACTIVE);
    request_end(r);
}

static status write_indexes(struct embedded *e, const char *table, struct arena *arena,
                            struct value *out)
{
    struct request r;
    struct engine_description found = {.table = NULL};
    struct span name = {0};
    TRY(action_table_name(e->db, table, &e->turn->scratch, &name, &e->turn->err));
    TRY(engine_table_describe(&e->space, name, &found, &e->turn->err));
    const struct table_spec *spec = &found.table->spec;
    request_begin(&r, arena);
    request_list(&r, SPAN("Indexes"));
    for (uint8_t i = 0; i < spec->vector_count; i++) write_index(&r, &spec->vectors[i]);
    request_end(&r);
    table_drop(found.table);
    return request_finish(&r, out, &e->turn->err);
}

static status list_into(struct embedded *e, const struct listing *l, stator_result *result)
{
    struct value answer = {0};
    TRY(write_indexes(e, l->table, &result->arena, &answer));
    TRY_PLAIN(&e->turn->err, result_set_list(result, answer, "Indexes"));
    return ST_OK;
}

static status list(struct embedded *e, const void *arg)
{
    const struct listing *l = arg;
    stator_result *result = NULL;
    if (l->out == NULL) return FAIL(&e->turn->err, ST_MISUSE, "there is no `out` for the indexes");
    TRY(result_new(e->turn, e->db, &result));
    const status st = list_into(e, l, result);
    if (st == ST_OK)
        *l->out = result;
    else
        stator_result_free(result);
    return st;
}

stator_rc stator_list_vector_indexes(stator *db, const char *table, stator_result **out)
{
    const struct listing l = {table, out};
    if (out != NULL) *out = NULL;
    return embedded_run(db, list, &l);
}

/* ---- searching */

struct asking {
    const char *table;
    const stator_vector_query *query;
    stator_result **out;
};

static status check_query(struct embedded *e, const struct asking *a,
                          const stator_vector_query *query)
{
    struct error *err = &e->turn->err;
    if (a->out == NULL) return FAIL(err, ST_MISUSE, "stator_query_vector: `out` is NULL");
    if (query->index == NULL) return fail_missing(e, "the name");
    if (query->vector == NULL) return FAIL(err, ST_MISUSE, "the vector to search for is NULL");
    if (query->k < 0 || query->dims < 0)
        return FAIL(err, ST_VALIDATION, "`k` and `dims` of a search are not negative");
    if (query->oversample != 0 && !(query->oversample >= 1))
        return FAIL(err, ST_VALIDATION, "`oversample` of a search is 1 or more");
    return ST_OK;
}

/* Bind the text of a filter; *out stays NULL where there is none. */
static status bind(struct embedded *e, struct render *r, struct span text, const struct expr **out)
{
    struct expr_cache *cache = NULL;
    struct expr *expr = NULL;
    if (text.ptr == NULL) return ST_OK;
    TRY(turn_cache(e->turn, &cache));
    TRY(render_scope(r));
    TRY(render_bind(r, cache, (struct expr_source){EXPR_FILTER, text}, &expr));
    TRY(render_finish(r));
    *out = expr;
    return ST_OK;
}

static status search(struct embedded *e, const stator_vector_query *query,
                     struct engine_nearest *nearest, stator_result *result)
{
    struct render r;
    struct span text = {0};
    render_begin(&r, &e->turn->scratch, STATOR_DEPTH, &e->turn->err);
    TRY(render_condition(&r, &query->filter, &text));
    status st = bind(e, &r, text, &nearest->filter);
    if (st == ST_OK) st = engine_nearest(&e->space, nearest, &result->arena, &e->turn->err);
    render_release(&r);
    return st;
}

static status answer(struct embedded *e, const struct engine_nearest *nearest,
                     stator_result *result)
{
    TRY_PLAIN(&e->turn->err, result_make_room(result, nearest->count));
    for (uint32_t i = 0; i < nearest->count; i++)
        TRY_PLAIN(&e->turn->err, result_put(result, i, nearest->items[i]));
    return ST_OK;
}

static status search_into(struct embedded *e, const struct asking *a,
                          const stator_vector_query *query, stator_result *result)
{
    struct engine_nearest nearest = {
        .index_name = span_of(query->index),
        .values = query->vector,
        .dimensions = (uint32_t)query->dims,
        .limit = query->k > 0 ? (uint32_t)query->k : TOP_USUAL,
        .oversample = query->oversample,
    };
    TRY(action_table_name(e->db, a->table, &e->turn->scratch, &nearest.table_name, &e->turn->err));
    TRY(search(e, query, &nearest, result));
    TRY(answer(e, &nearest, result));
    for (uint32_t i = 0; i < nearest.count && query->scores != NULL; i++)
        query->scores[i] = nearest.scores[i];
    return ST_OK;
}

static status query(struct embedded *e, const void *arg)
{
    const struct asking *a = arg;
    stator_vector_query query = {0};
    stator_result *result = NULL;
    TRY(options_take("stator_vector_query", a->query, &query, sizeof query, &e->turn->err));
    TRY(check_query(e, a, &query));
    TRY(result_new(e->turn, e->db, &result));
    const status st = search_into(e, a, &query, result);
    if (st == ST_OK)
        *a->out = result;
    else
        stator_result_free(result);
    return st;
}

stator_rc stator_query_vector_(stator *db, const char *table, stator_result **out,
                               const stator_vector_query *options)
{
    const struct asking a = {table, options, out};
    if (out != NULL) *out = NULL;
    return embedded_run(db, query, &a);
}
