/* execute.c -- stator_execute: a statement of PartiQL, one page of what it reads.
 *
 * The statement goes to the database as it stands, so no table_prefix is put into it. Its values go
 * beside it, as parameters; where the page after this one begins is the database's own token.
 */
#include "db/answer.h"
#include "db/call.h"
#include "db/keep.h"
#include "db/literal.h"
#include "db/options.h"
#include "db/result.h"
#include "db/select.h"

struct executing {
    stator *db;
    struct turn *turn;
    const char *statement;
    const stator_execute_opts *opts;
};

/* ---- the request */

static status add_parameters(const struct executing *x, struct request *r)
{
    struct value list = {0};
    struct error *err = &x->turn->err;
    if (x->opts->parameters.kind == STATOR_NONE) return ST_OK;
    TRY(literal_value(&x->opts->parameters, &x->turn->scratch, &list, err));
    if (list.type != VALUE_L)
        return FAIL(err, ST_VALIDATION, "the parameters of a statement are a list");
    if (value_count(list) > 0) request_value(r, SPAN("Parameters"), list);
    return ST_OK;
}

static status add_words(const struct executing *x, struct request *r)
{
    const stator_execute_opts *opts = x->opts;
    struct error *err = &x->turn->err;
    if (opts->consistent) request_flag(r, SPAN("ConsistentRead"), true);
    if (opts->limit != 0) request_number(r, SPAN("Limit"), opts->limit);
    if (opts->on_failure == STATOR_ALL_OLD)
        request_text(r, SPAN("ReturnValuesOnConditionCheckFailure"), SPAN("ALL_OLD"));
    else if (opts->on_failure != STATOR_RET_NONE)
        return FAIL(err, ST_VALIDATION, "on_failure is STATOR_ALL_OLD or nothing");
    if (opts->start_token == NULL || opts->start_token[0] == '\0') return ST_OK;
    return request_given(r, SPAN("NextToken"), opts->start_token, "the token", err);
}

static status make_request(const struct executing *x, struct value *out)
{
    struct request request;
    struct error *err = &x->turn->err;
    request_begin(&request, &x->turn->scratch);
    TRY(request_given(&request, SPAN("Statement"), x->statement, "the statement", err));
    TRY(add_parameters(x, &request));
    TRY(add_words(x, &request));
    TRY(select_capacity(x->turn, x->opts->capacity, &request));
    return request_finish(&request, out, err);
}

/* ---- the page */

static status set_page(stator_result *page, struct value answer)
{
    const struct value token = answer_member(answer, "NextToken", VALUE_S);
    TRY(result_set_list(page, answer, "Items"));
    if (token.type == VALUE_NONE) return ST_OK;
    page->token = keep_text(&page->arena, token.body);
    return page->token != NULL ? ST_OK : ST_NO_MEMORY;
}

static status fill_page(const struct executing *x, stator_result *page)
{
    struct call_spec spec = {
        .operation = "ExecuteStatement",
        .arena = &page->arena,
        .retry = x->opts->retry,
        .timeout_us = x->opts->timeout_us,
    };
    TRY(make_request(x, &spec.request));
    TRY(call_make(x->db, x->turn, &spec));
    TRY_PLAIN(&x->turn->err, set_page(page, spec.answer));
    return ST_OK;
}

static status execute(const struct executing *x, stator_result **out)
{
    stator_result *page = NULL;
    TRY(result_new(x->turn, x->db, &page));
    const status st = fill_page(x, page);
    if (st == ST_OK && out != NULL)
        *out = page;
    else
        stator_result_free(page);
    return st;
}

stator_rc stator_execute_page(stator *db, const char *statement, stator_result **out,
                              const stator_execute_opts *given)
{
    stator_execute_opts opts = {0};
    struct turn *turn = turn_begin();
    if (out != NULL) *out = NULL;
    if (turn == NULL) return STATOR_E_NOMEM;
    if (statement == NULL)
        return turn_end(turn, FAIL(&turn->err, ST_MISUSE, "there is no statement"));
    status st = options_take("stator_execute_opts", given, &opts, sizeof opts, &turn->err);
    if (st == ST_OK) st = handle_enter(db, &turn->err);
    if (st != ST_OK) return turn_end(turn, st);
    const struct executing x = {db, turn, statement, &opts};
    st = execute(&x, out);
    handle_leave(db);
    return turn_end(turn, st);
}
