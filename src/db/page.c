/* page.c -- Query and Scan, one page each. See page.h. */
#include "db/page.h"

#include "db/action.h"
#include "db/answer.h"
#include "db/call.h"
#include "db/keep.h"
#include "db/literal.h"
#include "db/options.h"
#include "db/page_token.h"
#include "db/render.h"
#include "db/select.h"

struct planning {
    stator *db;
    struct turn *turn;
    const stator_query_opts *opts;
    struct page_plan *plan;
    struct request request;
    struct render render;
};

/* ---- the request */

static status add_condition(struct planning *p, const char *parameter, const stator_cond *condition)
{
    struct span text = {0};
    if (condition->op == STATOR_C_NONE) return ST_OK;
    TRY(render_condition(&p->render, condition, &text));
    if (text.ptr != NULL) request_text(&p->request, span_of(parameter), text);
    return ST_OK;
}

static status read_start(struct planning *p, struct value *out)
{
    const stator_query_opts *opts = p->opts;
    struct error *err = &p->turn->err;
    if (opts->start_token != NULL && opts->start_token[0] != '\0') {
        struct page_token token = {.index = p->plan->index, .descending = p->plan->descending};
        TRY(page_token_read(span_of(opts->start_token), &p->turn->scratch, &token, err));
        *out = token.last_key;
        return ST_OK;
    }
    if (opts->start_key.kind == STATOR_NONE) return ST_OK;
    return literal_item(&opts->start_key, &p->turn->scratch, out, err);
}

static status add_words(struct planning *p)
{
    const stator_query_opts *opts = p->opts;
    struct request *r = &p->request;
    if (p->plan->scans && opts->segments != 0) {
        request_number(r, SPAN("Segment"), opts->segment);
        request_number(r, SPAN("TotalSegments"), opts->segments);
    }
    if (opts->consistent) request_flag(r, SPAN("ConsistentRead"), true);
    if (opts->descending && !p->plan->scans) request_flag(r, SPAN("ScanIndexForward"), false);
    if (opts->count_only) request_text(r, SPAN("Select"), SPAN("COUNT"));
    if (opts->index == NULL) return ST_OK;
    return request_given(r, SPAN("IndexName"), opts->index, "the name of the index", &p->turn->err);
}

static status check(const struct planning *p)
{
    const stator_query_opts *opts = p->opts;
    struct error *err = &p->turn->err;
    if (p->plan->scans && opts->descending)
        return FAIL(err, ST_VALIDATION, "a scan has no direction");
    if (p->plan->scans && opts->key.op != STATOR_C_NONE)
        return FAIL(err, ST_VALIDATION, "a scan has no key condition: use .filter");
    if (!p->plan->scans && opts->segments != 0)
        return FAIL(err, ST_VALIDATION, "a query has no segments");
    if (opts->segment != 0 && opts->segments == 0)
        return FAIL(err, ST_VALIDATION, "segment is given without segments");
    if (opts->start_token != NULL && opts->start_key.kind != STATOR_NONE)
        return FAIL(err, ST_VALIDATION, "start_key and start_token cannot both be given");
    return ST_OK;
}

static status make_request(struct planning *p)
{
    request_begin(&p->request, &p->turn->scratch);
    render_begin(&p->render, &p->turn->scratch, p->db->depth_max, &p->turn->err);
    TRY(action_table(p->db, p->turn, p->plan->table, &p->request));
    TRY(add_condition(p, "KeyConditionExpression", &p->opts->key));
    TRY(add_condition(p, "FilterExpression", &p->opts->filter));
    if (p->opts->select != NULL) TRY(select_write(&p->render, p->opts->select, &p->request));
    TRY(add_words(p));
    TRY(select_capacity(p->turn, p->opts->capacity, &p->request));
    TRY(render_give(&p->render, &p->request));
    return request_finish(&p->request, &p->plan->request, &p->turn->err);
}

status page_plan(stator *db, struct turn *turn, const stator_query_opts *opts,
                 struct page_plan *plan)
{
    struct planning p = {.db = db, .turn = turn, .opts = opts, .plan = plan};
    TRY(check(&p));
    if (opts->index != NULL) plan->index = span_of(opts->index);
    plan->descending = opts->descending;
    plan->retry = opts->retry;
    plan->timeout_us = opts->timeout_us;
    plan->limit = opts->limit;
    TRY(make_request(&p));
    return read_start(&p, &plan->start);
}

/* ---- keeping a plan */

static bool keep_retry(struct page_plan *plan, struct arena *arena)
{
    if (plan->retry == NULL) return true;
    stator_retry *copy = arena_new(arena, stator_retry);
    if (copy == NULL) return false;
    *copy = *plan->retry;
    plan->retry = copy;
    return true;
}

status page_plan_keep(struct page_plan *plan, struct arena *arena)
{
    plan->table = keep_text(arena, span_of(plan->table));
    const bool done = plan->table != NULL && arena_copy(arena, plan->index, &plan->index) &&
                      arena_copy(arena, plan->request.body, &plan->request.body) &&
                      arena_copy(arena, plan->start.body, &plan->start.body) &&
                      keep_retry(plan, arena);
    return done ? ST_OK : ST_NO_MEMORY;
}

/* ---- a page */

/* The plan's request, with its limit and start; in the page's arena, so that a walk over many pages
 * within one call takes no more memory with each. */
static status complete(struct turn *turn, const struct page_plan *plan, struct arena *arena,
                       struct value *out)
{
    struct request request;
    struct value_cursor cursor = value_walk(plan->request);
    struct span name = {0};
    struct value v = {0};
    request_begin(&request, arena);
    while (value_next_attribute(&cursor, &name, &v)) request_value(&request, name, v);
    if (plan->limit != 0) request_number(&request, SPAN("Limit"), plan->limit);
    if (plan->start.type != VALUE_NONE)
        request_value(&request, SPAN("ExclusiveStartKey"), plan->start);
    return request_finish(&request, out, &turn->err);
}

static status make_token(const struct page_plan *plan, stator_result *page)
{
    const struct page_token token = {
        .last_key = page_last_key(page),
        .index = plan->index,
        .descending = plan->descending,
    };
    if (token.last_key.type == VALUE_NONE) return ST_OK;
    page->token = page_token_write(&token, &page->arena);
    return page->token != NULL ? ST_OK : ST_NO_MEMORY;
}

static size_t count_at(struct value answer, const char *name)
{
    const int64_t number = answer_number(answer, name);
    return number > 0 ? (size_t)number : 0;
}

/* Where there are items, their number is what counts: Count is a word of the reply. */
static status set_page(const struct page_plan *plan, stator_result *page, struct value answer)
{
    TRY(result_set_list(page, answer, "Items"));
    if (page->items == NULL) page->count = count_at(answer, "Count");
    page->scanned = count_at(answer, "ScannedCount");
    return make_token(plan, page);
}

static status fill_page(stator *db, struct turn *turn, const struct page_plan *plan,
                        stator_result *page)
{
    struct call_spec spec = {
        .operation = plan->scans ? "Scan" : "Query",
        .table = plan->table,
        .arena = &page->arena,
        .retry = plan->retry,
        .timeout_us = plan->timeout_us,
    };
    TRY(complete(turn, plan, &page->arena, &spec.request));
    TRY(call_make(db, turn, &spec));
    TRY_PLAIN(&turn->err, set_page(plan, page, spec.answer));
    return ST_OK;
}

status page_read(stator *db, struct turn *turn, const struct page_plan *plan, stator_result **out)
{
    stator_result *page = NULL;
    TRY(result_new(turn, db, &page));
    const status st = fill_page(db, turn, plan, page);
    if (st == ST_OK) {
        *out = page;
    } else {
        stator_result_free(page);
    }
    return st;
}

struct value page_last_key(const stator_result *page)
{
    const struct value key = answer_member(page->answer, "LastEvaluatedKey", VALUE_M);
    return key.type != VALUE_NONE && value_count(key) > 0 ? key : (struct value){0};
}

/* ---- what the application calls */

static status read_one(stator *db, struct turn *turn, const stator_query_opts *opts,
                       struct page_plan *plan, stator_result **out)
{
    if (plan->scans) plan->table = opts->table;
    TRY(page_plan(db, turn, opts, plan));
    return page_read(db, turn, plan, out);
}

static stator_rc one_page(stator *db, const stator_query_opts *given, struct page_plan plan,
                          stator_result **out)
{
    stator_query_opts opts = {0};
    struct turn *turn = turn_begin();
    if (out != NULL) *out = NULL;
    if (turn == NULL) return STATOR_E_NOMEM;
    if (out == NULL)
        return turn_end(turn, FAIL(&turn->err, ST_MISUSE, "there is no `out` for the page"));
    status st = options_take("stator_query_opts", given, &opts, sizeof opts, &turn->err);
    if (st == ST_OK) st = handle_enter(db, &turn->err);
    if (st != ST_OK) return turn_end(turn, st);
    st = read_one(db, turn, &opts, &plan, out);
    handle_leave(db);
    return turn_end(turn, st);
}

stator_rc stator_query_page(stator *db, const char *table, stator_result **out,
                            const stator_query_opts *opts)
{
    return one_page(db, opts, (struct page_plan){.table = table}, out);
}

stator_rc stator_scan_page(stator *db, stator_result **out, const stator_query_opts *opts)
{
    return one_page(db, opts, (struct page_plan){.scans = true}, out);
}
