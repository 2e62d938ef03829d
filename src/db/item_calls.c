/* item_calls.c -- PutItem, UpdateItem, DeleteItem, GetItem. */
#include "db/action.h"
#include "db/call.h"
#include "db/literal.h"
#include "db/options.h"
#include "db/render.h"
#include "db/result.h"
#include "db/select.h"

/* ---- writes */

struct writing {
    const char *operation;
    struct action action;
    stator_write_opts opts;
};

static status send_write(stator *db, struct turn *turn, const struct writing *w,
                         struct call_spec *spec)
{
    struct request request;
    request_begin(&request, &turn->scratch);
    TRY(action_write(db, turn, &w->action, &request));
    TRY(request_finish(&request, &spec->request, &turn->err));
    return call_make(db, turn, spec);
}

static status give_result(struct turn *turn, stator_result *result, const struct call_spec *spec,
                          stator_result **out)
{
    TRY_PLAIN(&turn->err, result_set_one(result, spec->answer, "Attributes"));
    *out = result;
    return ST_OK;
}

static status write_for_result(stator *db, struct turn *turn, const struct writing *w,
                               struct call_spec *spec)
{
    stator_result *result = NULL;
    TRY(result_new(turn, db, &result));
    spec->arena = &result->arena;
    status st = send_write(db, turn, w, spec);
    if (st == ST_OK) st = give_result(turn, result, spec, w->opts.result);
    if (st != ST_OK) stator_result_free(result);
    return st;
}

static status write_item(stator *db, struct turn *turn, struct writing *w)
{
    struct call_spec spec = {
        .operation = w->operation,
        .table = w->action.table,
        .arena = &turn->scratch,
        .retry = w->opts.retry,
        .timeout_us = w->opts.timeout_us,
    };
    const uint64_t version = w->opts.if_version != NULL ? (uint64_t)*w->opts.if_version : 0;
    if (w->opts.if_version != NULL && w->opts.version_attr == NULL) spec.if_version = &version;
    w->action.opts = &w->opts;
    if (w->opts.result != NULL) return write_for_result(db, turn, w, &spec);
    return send_write(db, turn, w, &spec);
}

/* Whatever happens, the application's pointer is one that may be freed. */
static void clear_result(const stator_write_opts *given)
{
    if (given != NULL && given->size >= sizeof *given && given->result != NULL)
        *given->result = NULL;
}

static stator_rc write_call(stator *db, const stator_write_opts *given, struct writing w)
{
    struct turn *turn = turn_begin();
    clear_result(given);
    if (turn == NULL) return STATOR_E_NOMEM;
    status st = options_take("stator_write_opts", given, &w.opts, sizeof w.opts, &turn->err);
    if (st == ST_OK) st = handle_enter(db, &turn->err);
    if (st != ST_OK) return turn_end(turn, st);
    st = write_item(db, turn, &w);
    handle_leave(db);
    return turn_end(turn, st);
}

stator_rc stator_put_item(stator *db, const char *table, const stator_write_opts *opts)
{
    return write_call(db, opts,
                      (struct writing){
                          .operation = "PutItem",
                          .action = {.verb = ACTION_PUT, .table = table},
    });
}

stator_rc stator_update_item(stator *db, const char *table, stator_val key,
                             const stator_write_opts *opts)
{
    return write_call(db, opts,
                      (struct writing){
                          .operation = "UpdateItem",
                          .action = {.verb = ACTION_UPDATE, .table = table, .key = key},
    });
}

stator_rc stator_delete_item(stator *db, const char *table, const stator_write_opts *opts)
{
    return write_call(db, opts,
                      (struct writing){
                          .operation = "DeleteItem",
                          .action = {.verb = ACTION_DELETE, .table = table},
    });
}

/* ---- GetItem */

static status make_get(stator *db, struct turn *turn, const char *table,
                       const stator_read_opts *opts, struct value *out)
{
    struct request request;
    struct value key = {0};
    request_begin(&request, &turn->scratch);
    TRY(action_table(db, turn, table, &request));
    TRY(literal_item(&opts->key, &turn->scratch, &key, &turn->err));
    request_value(&request, SPAN("Key"), key);
    if (opts->consistent) request_flag(&request, SPAN("ConsistentRead"), true);
    TRY(select_capacity(turn, opts->capacity, &request));
    if (opts->select != NULL) {
        struct render render;
        render_begin(&render, &turn->scratch, db->depth_max, &turn->err);
        TRY(select_write(&render, opts->select, &request));
        TRY(render_give(&render, &request));
    }
    return request_finish(&request, out, &turn->err);
}

static status send_get(stator *db, struct turn *turn, const char *table,
                       const stator_read_opts *opts, stator_result *result)
{
    struct call_spec spec = {
        .operation = "GetItem",
        .table = table,
        .arena = &result->arena,
        .retry = opts->retry,
        .timeout_us = opts->timeout_us,
    };
    TRY(make_get(db, turn, table, opts, &spec.request));
    TRY(call_make(db, turn, &spec));
    TRY_PLAIN(&turn->err, result_set_one(result, spec.answer, "Item"));
    return ST_OK;
}

/* *out stays NULL when there is no item. */
static status get(stator *db, struct turn *turn, const char *table, const stator_read_opts *given,
                  stator_result **out)
{
    stator_read_opts opts = {0};
    stator_result *result = NULL;
    TRY(options_take("stator_read_opts", given, &opts, sizeof opts, &turn->err));
    if (out == NULL) return FAIL(&turn->err, ST_MISUSE, "stator_get: `out` is NULL");
    TRY(handle_enter(db, &turn->err));
    status st = result_new(turn, db, &result);
    if (st == ST_OK) st = send_get(db, turn, table, &opts, result);
    handle_leave(db);
    if (st == ST_OK && result->count > 0) {
        *out = result;
    } else {
        stator_result_free(result);
    }
    return st;
}

stator_rc stator_get_item(stator *db, const char *table, stator_result **out,
                          const stator_read_opts *opts)
{
    struct turn *turn = turn_begin();
    if (out != NULL) *out = NULL;
    if (turn == NULL) return STATOR_E_NOMEM;
    const stator_rc rc = turn_end(turn, get(db, turn, table, opts, out));
    return rc == STATOR_OK && *out == NULL ? STATOR_NOT_FOUND : rc;
}
