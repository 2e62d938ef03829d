/* line_vector.c -- vector indexes: made, dropped, listed, queried.
 *
 * No operation of DynamoDB's that the api has says it, so a line goes straight to the engine. A
 * query may have to read a whole index into memory first, so it has a thread of its own, as a sweep
 * has; there are no more of them than connections.
 */
#include "db/literal.h"
#include "item/plain.h"
#include "lines/line_ops.h"
#include "lines/line_reply.h"
#include "lines/line_schema.h"
#include "lines/line_terms.h"
#include "os/thread.h"

enum { TOP_USUAL = 10 };

static const char *const metric_names[] = {"cosine", "euclidean", "dot"};

/* ---- create_vector_index, drop_vector_index */

struct vector_change {
    struct engine_space space;
    struct table_vectors vectors;
    struct engine_table_change change;
    struct engine_table_write write;
};

/* On the turn's thread, when the engine has done it. */
static status answer_change(struct line_turn *t)
{
    const struct vector_change *c = t->state;
    TRY(t->waited);
    table_drop(c->write.description.table);
    line_reply_ok(t);
    return ST_OK;
}

static status change_new(struct line_turn *t, struct vector_change **out)
{
    struct line_schema schema;
    struct vector_change *c = arena_new(t->arena, struct vector_change);
    if (c == NULL) return FAIL_PLAIN(&t->err, ST_NO_MEMORY);
    TRY(line_schema_find(t, &t->fields, &schema));
    c->space = line_turn_space(t);
    c->write = (struct engine_table_write){.verb = ENGINE_TABLE_UPDATE,
                                           .name = schema.table_name,
                                           .change = &c->change,
                                           .arena = t->arena,
                                           .err = &t->err,
                                           .done = line_turn_waited,
                                           .done_ctx = t};
    t->state = c;
    *out = c;
    return ST_OK;
}

static status start_change(struct line_turn *t, struct vector_change *c)
{
    line_turn_wait(t, answer_change);
    const status st = engine_table_write(&c->space, &c->write);
    if (st != ST_OK) t->waits = false;
    return st;
}

static status read_metric(struct line_turn *t, vector_metric *out)
{
    struct span word = span_of(metric_names[VECTOR_COSINE]);
    TRY(line_field_text_if(t, &t->fields, "metric", &word));
    for (size_t i = 0; i < ARRAY_COUNT(metric_names); i++) {
        *out = (vector_metric)i;
        if (span_eq(word, span_of(metric_names[i]))) return ST_OK;
    }
    return LINE_FAIL(t, "ParseError", "\"metric\" is cosine, euclidean or dot, not \"%.*s\"",
                     SPAN_ARG(word));
}

status line_ops_create_vector_index(struct line_turn *turn)
{
    struct vector_change *c = NULL;
    uint64_t dimensions = 0;
    TRY(change_new(turn, &c));
    TRY(line_field_text(turn, &turn->fields, "name", &c->vectors.name));
    TRY(line_field_text(turn, &turn->fields, "attribute", &c->vectors.attribute));
    TRY(line_field_count_if(turn, &turn->fields, "dimensions", &dimensions));
    TRY(read_metric(turn, &c->vectors.kind.metric));
    c->vectors.kind.dimensions = dimensions < UINT32_MAX ? (uint32_t)dimensions : UINT32_MAX;
    c->change.new_vectors = &c->vectors;
    return start_change(turn, c);
}

static status fail_no_index(struct line_turn *t, struct span name)
{
    return LINE_FAIL(t, "IndexNotFound", "there is no vector index \"%.*s\"", SPAN_ARG(name));
}

status line_ops_drop_vector_index(struct line_turn *turn)
{
    struct vector_change *c = NULL;
    TRY(change_new(turn, &c));
    TRY(line_field_text(turn, &turn->fields, "name", &c->change.dropped_vectors));
    if (c->change.dropped_vectors.len == 0) return fail_no_index(turn, c->change.dropped_vectors);
    return start_change(turn, c);
}

/* ---- list_vector_indexes */

static void write_index(struct line_turn *t, const struct table_vectors *vectors)
{
    json_writer_object_begin(&t->json);
    json_writer_member_string(&t->json, "name", vectors->name);
    json_writer_member_string(&t->json, "attribute", vectors->attribute);
    json_writer_member_i64(&t->json, "dimensions", vectors->kind.dimensions);
    json_writer_member_string(&t->json, "metric", span_of(metric_names[vectors->kind.metric]));
    json_writer_member_string(&t->json, "status",
                              vectors->status == TABLE_ACTIVE ? SPAN("ACTIVE") : SPAN("CREATING"));
    json_writer_object_end(&t->json);
}

status line_ops_list_vector_indexes(struct line_turn *turn)
{
    const struct engine_space space = line_turn_space(turn);
    struct engine_description found = {.table = NULL};
    struct line_schema schema;
    TRY(line_schema_find(turn, &turn->fields, &schema));
    TRY(engine_table_describe(&space, schema.table_name, &found, &turn->err));
    line_reply_begin(turn);
    json_writer_key(&turn->json, SPAN("vector_indexes"));
    json_writer_array_begin(&turn->json);
    for (uint8_t i = 0; i < found.table->spec.vector_count; i++)
        write_index(turn, &found.table->spec.vectors[i]);
    json_writer_array_end(&turn->json);
    line_reply_end(turn);
    table_drop(found.table);
    return ST_OK;
}

/* ---- query_vector */

struct vector_ask {
    struct line_turn *turn;
    struct thread thread;
    struct engine_space space;
    struct line_schema schema;
    struct engine_nearest nearest;
    struct render terms; /* until the expressions are used no more */
};

static void query_on_thread(void *ctx)
{
    struct vector_ask *ask = ctx;
    struct line_turn *t = ask->turn;
    line_turn_waited(t, engine_nearest(&ask->space, &ask->nearest, t->arena, &t->err));
}

static status write_scores(struct line_turn *t, const struct engine_nearest *nearest)
{
    stator_val *scores = arena_new_array(t->arena, nearest->count, stator_val);
    struct value list = {0};
    if (scores == NULL) return FAIL_PLAIN(&t->err, ST_NO_MEMORY);
    for (uint32_t i = 0; i < nearest->count; i++) scores[i] = stator_d(nearest->scores[i]);
    const stator_val all = stator_list(scores, nearest->count);
    TRY(literal_value(&all, t->arena, &list, &t->err));
    line_reply_member(t, "scores", list);
    return ST_OK;
}

static status answer_query(struct line_turn *t)
{
    struct vector_ask *ask = t->state;
    const struct engine_nearest *nearest = &ask->nearest;
    thread_join(&ask->thread);
    render_release(&ask->terms);
    TRY(t->waited);
    line_reply_begin(t);
    json_writer_key(&t->json, SPAN("items"));
    json_writer_array_begin(&t->json);
    for (uint32_t i = 0; i < nearest->count; i++) plain_write(&t->json, nearest->items[i]);
    json_writer_array_end(&t->json);
    TRY(write_scores(t, nearest));
    line_reply_end(t);
    return ST_OK;
}

static status bind(struct line_turn *t, struct vector_ask *ask, expr_kind kind, struct span text,
                   const struct expr **out)
{
    struct expr *expr = NULL;
    (void)t;
    if (text.len == 0) return ST_OK;
    TRY(render_bind(&ask->terms, NULL, (struct expr_source){kind, text}, &expr));
    *out = expr;
    return ST_OK;
}

/* "filter" and "projection", which share their names and values. */
static status read_terms(struct line_turn *t, struct vector_ask *ask)
{
    struct span json = {0}, filter = {0}, projection = {0};
    stator_cond condition = {.op = STATOR_C_NONE};
    line_terms_begin(&ask->terms, t);
    if (line_field_find(&t->fields, "filter", &json)) {
        TRY(line_terms_read(t, json, &condition));
        TRY(line_terms_text(t, &ask->terms, &condition, &filter));
    }
    if (line_field_find(&t->fields, "projection", &json))
        TRY(line_terms_project(t, &ask->terms, &ask->schema, json, &projection));
    if (filter.len == 0 && projection.len == 0) return ST_OK;
    TRY(render_scope(&ask->terms));
    TRY(bind(t, ask, EXPR_FILTER, filter, &ask->nearest.filter));
    TRY(bind(t, ask, EXPR_PROJECTION, projection, &ask->nearest.projection));
    return render_finish(&ask->terms);
}

static status read_numbers(struct line_turn *t, struct engine_nearest *nearest)
{
    struct value list = {0};
    uint64_t top = TOP_USUAL, oversample = 0;
    TRY(line_field_text(t, &t->fields, "index_name", &nearest->index_name));
    TRY(line_field_value(t, &t->fields, "vector", &list));
    TRY(engine_nearest_values(nearest, list, t->arena, &t->err));
    TRY(line_field_count_if(t, &t->fields, "k", &top));
    TRY(line_field_count_if(t, &t->fields, "oversample", &oversample));
    nearest->limit = top < UINT32_MAX ? (uint32_t)top : UINT32_MAX;
    nearest->oversample = (double)oversample;
    return ST_OK;
}

status line_ops_query_vector(struct line_turn *turn)
{
    struct vector_ask *ask = arena_new(turn->arena, struct vector_ask);
    if (ask == NULL) return FAIL_PLAIN(&turn->err, ST_NO_MEMORY);
    ask->turn = turn;
    ask->space = line_turn_space(turn);
    turn->state = ask;
    TRY(line_schema_find(turn, &turn->fields, &ask->schema));
    ask->nearest.table_name = ask->schema.table_name;
    TRY(read_numbers(turn, &ask->nearest));
    status st = read_terms(turn, ask);
    if (st == ST_OK) {
        line_turn_wait(turn, answer_query);
        st = thread_start(&ask->thread, "query", query_on_thread, ask);
        if (st == ST_OK) return ST_OK;
        turn->waits = false;
        st = FAIL_PLAIN(&turn->err, st);
    }
    render_release(&ask->terms);
    return st;
}
