/* transact.c -- transactions: actions put together, sent as one, and why one was canceled.
 *
 * An action becomes its parameters when it is added, so nothing of the application's is kept. The
 * first mistake sticks: later actions are only counted, and commit tells it with its index.
 *
 * X1  actions[i] is whole for every i < count, unless `failed` is set; then none is looked at.
 * X2  Reasons live until the next commit or stator_tx_free.
 * X3  An action or token that there was no memory for, or that came while another thread used the
 *     transaction, is not forgotten: `lost` says why, and commit sends nothing.
 */
#include <stdatomic.h>

#include "base/limits.h"
#include "db/action.h"
#include "db/answer.h"
#include "db/call.h"
#include "db/keep.h"
#include "db/literal.h"
#include "db/node.h"
#include "db/options.h"
#include "db/result.h"
#include "db/use.h"

struct added {
    action_verb verb;
    const char *table;
    struct value parameters; /* VALUE_M */
};

struct stator_tx {
    stator *db; /* held */
    struct use use;
    struct arena arena; /* of what was added */
    struct added actions[LIMIT_TRANSACTION_ITEMS];
    size_t count; /* may be more than there is room for */
    const char *token;
    int64_t timeout_us; /* of a commit; stays when the actions are forgotten */

    struct error failed; /* the first mistake, in `arena` */
    size_t failed_at;
    atomic_int lost; /* X3: a status */

    struct arena reasons_arena;
    stator_cancel_reason *reasons;
    size_t reason_count;
};

static const char *const verb_names[] = {
    [ACTION_PUT] = "Put",
    [ACTION_UPDATE] = "Update",
    [ACTION_DELETE] = "Delete",
    [ACTION_CHECK] = "ConditionCheck",
};
static const struct span element = {0};

/* ---- making and ending */

static void forget_actions(stator_tx *tx)
{
    arena_reset(&tx->arena);
    tx->count = 0;
    tx->token = NULL;
    tx->failed = error_in(&tx->arena);
}

static void forget_reasons(stator_tx *tx)
{
    arena_reset(&tx->reasons_arena);
    tx->reasons = NULL;
    tx->reason_count = 0;
}

static status tx_new(struct turn *turn, stator *db, stator_tx **out)
{
    stator_tx *tx = mem_new(mem_heap(), sizeof *tx);
    if (tx == NULL) return FAIL_PLAIN(&turn->err, ST_NO_MEMORY);
    handle_hold(db);
    tx->db = db;
    atomic_flag_clear(&tx->use.busy);
    arena_init(&tx->arena, mem_heap(), LIMIT_REQUEST_ARENA_BYTES);
    arena_init(&tx->reasons_arena, mem_heap(), LIMIT_REQUEST_ARENA_BYTES);
    forget_actions(tx);
    *out = tx;
    return ST_OK;
}

stator_tx *stator_tx_new(stator *db)
{
    stator_tx *tx = NULL;
    struct turn *turn = turn_begin();
    if (turn == NULL) return NULL;
    status st = handle_enter(db, &turn->err);
    if (st == ST_OK) {
        st = tx_new(turn, db, &tx);
        handle_leave(db);
    }
    (void)turn_end(turn, st);
    return tx;
}

void stator_tx_free(stator_tx *tx)
{
    if (tx == NULL) return;
    arena_deinit(&tx->reasons_arena);
    arena_deinit(&tx->arena);
    handle_drop(tx->db);
    mem_free(mem_heap(), tx, sizeof *tx);
}

size_t stator_tx_len(const stator_tx *tx)
{
    return tx != NULL ? tx->count : 0;
}

stator *stator_tx_db(const stator_tx *tx)
{
    return tx != NULL ? tx->db : NULL;
}

/* ---- adding */

static status make_parameters(struct turn *turn, stator_tx *tx, struct action *action,
                              struct added *out)
{
    struct request r;
    request_begin(&r, &turn->scratch);
    TRY(action_write(tx->db, turn, action, &r));
    TRY(request_finish(&r, &out->parameters, &turn->err));
    out->verb = action->verb;
    out->table = keep_text(&tx->arena, span_of(action->table));
    const bool kept =
        out->table != NULL && arena_copy(&tx->arena, out->parameters.body, &out->parameters.body);
    return kept ? ST_OK : FAIL_PLAIN(&turn->err, ST_NO_MEMORY);
}

static status add(struct turn *turn, stator_tx *tx, const stator_write_opts *given,
                  struct action *action)
{
    stator_write_opts opts = {0};
    TRY(options_take("stator_write_opts", given, &opts, sizeof opts, &turn->err));
    if (tx->count >= LIMIT_TRANSACTION_ITEMS)
        return FAIL(&turn->err, ST_VALIDATION, "a transaction has at most %d actions",
                    LIMIT_TRANSACTION_ITEMS);
    action->opts = &opts;
    action->in_transaction = true;
    TRY(handle_enter(tx->db, &turn->err));
    const status st = make_parameters(turn, tx, action, &tx->actions[tx->count]);
    handle_leave(tx->db);
    return st;
}

/* The first mistake sticks, its text copied. */
static void keep_failure(stator_tx *tx, const struct error *err)
{
    const char *text = keep_text(&tx->arena, error_text(err));
    tx->failed.status = err->status;
    tx->failed.text = text != NULL ? span_of(text) : (struct span){0};
    tx->failed_at = tx->count;
}

static status add_in_use(struct turn *turn, stator_tx *tx, const stator_write_opts *opts,
                         struct action *action)
{
    status st = ST_OK;
    if (tx->failed.status == ST_OK) st = add(turn, tx, opts, action);
    if (st != ST_OK) keep_failure(tx, &turn->err);
    tx->count++;
    return st;
}

/* An action that could not even be looked at is missed by commit (X3). */
static stator_tx *add_action(stator_tx *tx, const stator_write_opts *opts, struct action action)
{
    struct turn *turn = turn_begin();
    if (tx == NULL) return tx;
    if (turn == NULL) {
        atomic_store(&tx->lost, ST_NO_MEMORY);
        return tx;
    }
    status st = use_begin(&tx->use, "transaction", &turn->err);
    if (st == ST_OK) {
        st = add_in_use(turn, tx, opts, &action);
        use_end(&tx->use);
    } else {
        atomic_store(&tx->lost, st);
    }
    (void)turn_end(turn, st);
    return tx;
}

stator_tx *stator_tx_put_(stator_tx *tx, const char *table, const stator_write_opts *opts)
{
    return add_action(tx, opts, (struct action){.verb = ACTION_PUT, .table = table});
}

stator_tx *stator_tx_update_(stator_tx *tx, const char *table, stator_val key,
                             const stator_write_opts *opts)
{
    return add_action(tx, opts, (struct action){.verb = ACTION_UPDATE, .table = table, .key = key});
}

stator_tx *stator_tx_delete_(stator_tx *tx, const char *table, const stator_write_opts *opts)
{
    return add_action(tx, opts, (struct action){.verb = ACTION_DELETE, .table = table});
}

stator_tx *stator_tx_check_(stator_tx *tx, const char *table, const stator_write_opts *opts)
{
    return add_action(tx, opts, (struct action){.verb = ACTION_CHECK, .table = table});
}

stator_tx *stator_tx_token(stator_tx *tx, const char *client_request_token)
{
    if (tx == NULL || client_request_token == NULL) return tx;
    tx->token = keep_text(&tx->arena, span_of(client_request_token));
    if (tx->token == NULL) atomic_store(&tx->lost, ST_NO_MEMORY);
    return tx;
}

stator_tx *stator_tx_timeout(stator_tx *tx, int64_t timeout_us)
{
    if (tx != NULL) tx->timeout_us = timeout_us;
    return tx;
}

/* ---- why it was canceled */

static const char *text_of(stator_tx *tx, struct value reason, const char *member)
{
    const struct value text = answer_member(reason, member, VALUE_S);
    return text.type == VALUE_S ? keep_text(&tx->reasons_arena, text.body) : NULL;
}

static const stator_node *item_of(stator_tx *tx, struct value reason)
{
    struct value item = answer_member(reason, "Item", VALUE_M);
    if (item.type == VALUE_NONE || !arena_copy(&tx->reasons_arena, item.body, &item.body))
        return NULL;
    struct stator_node *node = node_new(&tx->reasons_arena, item);
    if (node != NULL) node->is_item = true;
    return node;
}

static void keep_reason(stator_tx *tx, size_t i, struct value reason)
{
    const struct added *action = &tx->actions[i];
    const char *code = text_of(tx, reason, "Code");
    tx->reasons[i] = (stator_cancel_reason){
        .index = (int)i,
        .op = verb_names[action->verb],
        .table = action->table,
        .code = code != NULL ? code : "None",
        .message = text_of(tx, reason, "Message"),
        .item = item_of(tx, reason),
    };
}

/* Of the first action that failed. */
static void tell_first(const stator_tx *tx, struct turn *turn, struct value reason)
{
    const size_t at = tx->reason_count;
    turn_tell_operation(turn, (int)at, tx->reasons[at].op, answer_member(reason, "Item", VALUE_M));
    turn_tell_misfit(turn, answer_member(reason, "PartitionSchema", VALUE_S),
                     answer_member(reason, "SchemaErrors", VALUE_L));
}

/* Without memory for them there are none: the error itself is told all the same. */
static void keep_reasons(stator_tx *tx, struct turn *turn, struct value answer)
{
    const struct value reasons = answer_member(answer, "CancellationReasons", VALUE_L);
    const int first = answer_failed_action(answer);
    struct value reason = {0};
    if (reasons.type == VALUE_NONE || value_count(reasons) != tx->count) return;
    tx->reasons = arena_new_array(&tx->reasons_arena, tx->count, stator_cancel_reason);
    if (tx->reasons == NULL) return;
    struct value_cursor cursor = value_walk(reasons);
    while (tx->reason_count < tx->count && value_next_element(&cursor, &reason)) {
        keep_reason(tx, tx->reason_count, reason);
        if ((int)tx->reason_count == first) tell_first(tx, turn, reason);
        tx->reason_count++;
    }
}

size_t stator_tx_reasons(const stator_tx *tx, const stator_cancel_reason **out)
{
    if (out != NULL) *out = tx != NULL ? tx->reasons : NULL;
    return tx != NULL ? tx->reason_count : 0;
}

/* ---- commit */

static status make_token(stator_tx *tx, struct request *r, struct turn *turn)
{
    char fresh[STATOR_UUID_LEN];
    const char *token = tx->token != NULL ? tx->token : stator_uuid4(tx->db, fresh);
    return request_given(r, SPAN("ClientRequestToken"), token, "the token", &turn->err);
}

static status make_request(stator_tx *tx, struct turn *turn, struct value *out)
{
    struct request r;
    request_begin(&r, &turn->scratch);
    request_list(&r, SPAN("TransactItems"));
    for (size_t i = 0; i < tx->count; i++) {
        request_map(&r, element);
        request_value(&r, span_of(verb_names[tx->actions[i].verb]), tx->actions[i].parameters);
        request_end(&r);
    }
    request_end(&r);
    TRY(make_token(tx, &r, turn));
    return request_finish(&r, out, &turn->err);
}

static status send(stator_tx *tx, struct turn *turn, const stator_retry *retry)
{
    struct call_spec spec = {
        .operation = "TransactWriteItems",
        .arena = &turn->scratch,
        .retry = retry,
        .timeout_us = tx->timeout_us,
    };
    TRY(make_request(tx, turn, &spec.request));
    TRY(handle_enter(tx->db, &turn->err));
    const status st = call_make(tx->db, turn, &spec);
    handle_leave(tx->db);
    if (st == ST_OK) {
        forget_actions(tx);
    } else {
        keep_reasons(tx, turn, spec.answer);
    }
    return st;
}

/* The mistake of an action, as the error of the commit; its index is told as that of a reason. */
static status tell_mistake(const stator_tx *tx, struct turn *turn)
{
    static const struct value none = {0};
    struct client_report report = client_report_in(&turn->scratch);
    report.status = tx->failed.status;
    report.message = error_text(&tx->failed);
    const status st = turn_tell(turn, &report, none);
    turn_tell_operation(turn, (int)tx->failed_at, NULL, none);
    return st;
}

static status commit(stator_tx *tx, struct turn *turn, const stator_retry *retry)
{
    const status lost = (status)atomic_load(&tx->lost);
    forget_reasons(tx);
    if (lost != ST_OK)
        return FAIL(&turn->err, lost, "an action was not added: %s",
                    lost == ST_MISUSE ? "another thread was using this transaction"
                                      : "out of memory");
    if (tx->failed.status != ST_OK) return tell_mistake(tx, turn);
    if (tx->count == 0) return FAIL(&turn->err, ST_VALIDATION, "the transaction has no actions");
    return send(tx, turn, retry);
}

stator_rc stator_tx_commit(stator_tx *tx, const stator_retry *retry)
{
    struct turn *turn = turn_begin();
    if (turn == NULL) return STATOR_E_NOMEM;
    if (tx == NULL)
        return turn_end(turn, FAIL(&turn->err, ST_MISUSE, "stator_tx_commit: `tx` is NULL"));
    status st = use_begin(&tx->use, "transaction", &turn->err);
    if (st != ST_OK) return turn_end(turn, st);
    st = commit(tx, turn, retry);
    use_end(&tx->use);
    return turn_end(turn, st);
}

/* There may have been no memory even for the error. */
static stator_rc why_none(void)
{
    const stator_rc rc = stator_error_get()->rc;
    return rc != STATOR_OK ? rc : STATOR_E_NOMEM;
}

stator_rc stator_transact(stator *db, stator_rc (*build)(void *ud, stator_tx *tx), void *ud)
{
    if (build == NULL) return turn_note(STATOR_E_MISUSE, "stator_transact: `build` is NULL");
    stator_tx *tx = stator_tx_new(db);
    if (tx == NULL) return why_none();
    stator_rc rc = build(ud, tx);
    if (rc >= 0) rc = stator_tx_commit(tx, NULL);
    stator_tx_free(tx);
    return rc;
}

/* ---- TransactGetItems */

struct getting {
    const char *const *tables;
    const stator_val *keys;
    size_t count;
};

static status make_gets(stator *db, struct turn *turn, const struct getting *g, struct value *out)
{
    struct request r;
    request_begin(&r, &turn->scratch);
    request_list(&r, SPAN("TransactItems"));
    for (size_t i = 0; i < g->count; i++) {
        struct value key = {0};
        TRY(literal_item(&g->keys[i], &turn->scratch, &key, &turn->err));
        request_map(&r, element);
        request_map(&r, SPAN("Get"));
        TRY(action_table(db, turn, g->tables[i], &r));
        request_value(&r, SPAN("Key"), key);
        request_end(&r);
        request_end(&r);
    }
    request_end(&r);
    return request_finish(&r, out, &turn->err);
}

static status set_gets(stator_result *result, struct value answer)
{
    const struct value responses = answer_member(answer, "Responses", VALUE_L);
    struct value response = {0};
    TRY(result_set(result, answer));
    if (responses.type == VALUE_NONE) return ST_OK;
    TRY(result_make_room(result, value_count(responses)));
    struct value_cursor cursor = value_walk(responses);
    for (size_t i = 0; i < result->count && value_next_element(&cursor, &response); i++) {
        const struct value item = answer_member(response, "Item", VALUE_M);
        if (item.type != VALUE_NONE) TRY(result_put(result, i, item));
    }
    return ST_OK;
}

static status get_all(stator *db, struct turn *turn, const struct getting *g, stator_result *result)
{
    struct call_spec spec = {.operation = "TransactGetItems", .arena = &result->arena};
    TRY(make_gets(db, turn, g, &spec.request));
    TRY(call_make(db, turn, &spec));
    TRY_PLAIN(&turn->err, set_gets(result, spec.answer));
    return ST_OK;
}

static status get(stator *db, struct turn *turn, const struct getting *g, stator_result **out)
{
    stator_result *result = NULL;
    if (out == NULL || (g->count > 0 && (g->tables == NULL || g->keys == NULL)))
        return FAIL(&turn->err, ST_MISUSE, "stator_tx_get_items: a pointer is NULL");
    TRY(handle_enter(db, &turn->err));
    status st = result_new(turn, db, &result);
    if (st == ST_OK) st = get_all(db, turn, g, result);
    handle_leave(db);
    if (st == ST_OK) {
        *out = result;
    } else {
        stator_result_free(result);
    }
    return st;
}

stator_rc stator_tx_get_items(stator *db, const char *const *tables, const stator_val *keys,
                              size_t n, stator_result **out)
{
    const struct getting g = {tables, keys, n};
    struct turn *turn = turn_begin();
    if (out != NULL) *out = NULL;
    if (turn == NULL) return STATOR_E_NOMEM;
    return turn_end(turn, get(db, turn, &g, out));
}
