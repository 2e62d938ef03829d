/* execute_transaction.c -- ExecuteTransaction: up to 100 PartiQL statements, all or none.
 *
 * All of them read, or all write; EXISTS is with the writes. What is wrong with a statement itself
 * fails the whole and is told by its number. What takes its table or item to see (no such table, a
 * key that does not fit, a condition) cancels the transaction with a reason for each statement, and
 * of tables and keys every wrong one is told.
 *
 * The engine does what it does for TransactWriteItems and TransactGetItems. Of ClientRequestToken:
 * two requests are the same when their statements are, texts and parameters.
 */
#include "api/consumed.h"
#include "api/explain.h"
#include "api/ql.h"
#include "api/reply.h"
#include "api/transact.h"

/* An element of TransactStatements. */
struct action {
    struct ql_text text;
    struct field_enum old_on_failure;
};
static const struct field action_fields[] = {
    QL_FIELDS(action, text),
    FIELD_CHOICE(action, old_on_failure, "ReturnValuesOnConditionCheckFailure", OPTIONAL,
                 params_old_words),
};
static const struct field_shape action_shape =
    FIELD_SHAPE("ParameterizedStatement", action, action_fields);

struct execute_transaction_in {
    struct field_enum capacity;
    struct field_list actions;
    struct span token;

    struct ql_statement *statements; /* kept from run to finish, one for each action */
    bool reads;
    struct engine_many many; /* unless it reads */
};

static const struct field execute_transaction_fields[] = {
    FIELD_CHOICE(execute_transaction_in, capacity, "ReturnConsumedCapacity", OPTIONAL,
                 params_capacity_words),
    FIELD_OF(execute_transaction_in, actions, "TransactStatements", FIELD_LIST, REQUIRED, 1,
             LIMIT_TRANSACTION_ITEMS, action_shape),
    FIELD(execute_transaction_in, token, "ClientRequestToken", FIELD_STRING, OPTIONAL, 1,
          LIMIT_TOKEN_BYTES),
};

/* ---- the statements */

static status fail_statement(struct call *call, uint32_t index, const struct error *why)
{
    if (why->status != ST_VALIDATION) {
        *call->err = *why;
        return why->status;
    }
    return FAIL(call->err, ST_VALIDATION, "Validation failed in TransactStatements[%u]: %.*s",
                index, SPAN_ARG(error_text(why)));
}

static status check_parameters(struct call *call, const struct field_list *actions)
{
    for (uint32_t i = 0; i < actions->count; i++)
        TRY(ql_check(&FIELD_AT(*actions, struct action, i)->text, call->err));
    return ST_OK;
}

static status parse_all(struct call *call, struct execute_transaction_in *in)
{
    for (uint32_t i = 0; i < in->actions.count; i++) {
        struct error why = error_in(call->arena);
        in->statements[i].use = QL_IN_TRANSACTION;
        const struct ql_text *text = &FIELD_AT(in->actions, struct action, i)->text;
        const status st = ql_parse(call, text, &in->statements[i], &why);
        if (st != ST_OK) return fail_statement(call, i, &why);
    }
    return ST_OK;
}

static status check_not_mixed(struct call *call, struct execute_transaction_in *in)
{
    in->reads = ql_reads(&in->statements[0]);
    for (uint32_t i = 1; i < in->actions.count; i++)
        if (ql_reads(&in->statements[i]) != in->reads)
            return FAIL(call->err, ST_VALIDATION,
                        "ExecuteTransaction API does not support both read and write operations in "
                        "the same request.");
    return ST_OK;
}

/* Reasons that tables and keys give are all told at once. */
static status plan_all(struct call *call, struct execute_transaction_in *in)
{
    const uint32_t count = in->actions.count;
    bool canceled = false;
    struct error *errors = transact_errors(call, count);
    struct call_reason *reasons = arena_new_array(call->arena, count, struct call_reason);
    if (errors == NULL || reasons == NULL) return FAIL_PLAIN(call->err, ST_NO_MEMORY);
    for (uint32_t i = 0; i < count; i++) {
        const status st = ql_plan(call, &in->statements[i], &errors[i]);
        reasons[i].err = &errors[i];
        if (st != ST_OK && !in->statements[i].is_reason) return fail_statement(call, i, &errors[i]);
        canceled = canceled || st != ST_OK;
    }
    return canceled ? transact_cancel(call, reasons, count) : ST_OK;
}

/* ---- reads */

static status reply_item_of(struct call *call, const struct ql_statement *statement,
                            const struct engine_get *get)
{
    struct value shown = {0};
    reply_writer_object_begin(call->reply);
    if (get->found) TRY(ql_show(call, statement, get->item, &shown));
    reply_item(call->reply, "Item", shown);
    reply_writer_object_end(call->reply);
    return ST_OK;
}

static status reply_reads(struct call *call, const struct execute_transaction_in *in,
                          const struct engine_get_many *many)
{
    struct consumed consumed = {.arena = call->arena, .kind = CONSUMED_READ};
    reply_writer_key(call->reply, SPAN("Responses"));
    reply_writer_array_begin(call->reply);
    for (uint32_t i = 0; i < many->count; i++) {
        TRY(reply_item_of(call, &in->statements[i], &many->gets[i]));
        consumed_add(&consumed, many->gets[i].table_name, many->gets[i].half_units * 2);
    }
    reply_writer_array_end(call->reply);
    return consumed_reply(call, &consumed, (params_capacity)in->capacity.value);
}

static status run_reads(struct call *call, const struct execute_transaction_in *in)
{
    struct engine_get_many many = {
        .count = in->actions.count, .transaction = true, .bytes_max = LIMIT_TRANSACTION_BYTES};
    struct error *errors = transact_errors(call, many.count);
    many.gets = arena_new_array(call->arena, many.count, struct engine_get);
    if (many.gets == NULL || errors == NULL) return FAIL_PLAIN(call->err, ST_NO_MEMORY);
    for (uint32_t i = 0; i < many.count; i++) {
        ql_get(&in->statements[i], &many.gets[i]);
        many.gets[i].consistent = true;
        many.gets[i].err = &errors[i];
    }
    const status st = engine_get_many(call->engine, &many, call->arena, call->err);
    if (st == ST_TX_CANCELED) return transact_cancel_reads(call, &many);
    return st == ST_OK ? reply_reads(call, in, &many) : st;
}

/* ---- writes */

static status list_writes(struct call *call, struct execute_transaction_in *in)
{
    struct engine_many *many = &in->many;
    struct error *errors = transact_errors(call, many->count);
    many->writes = arena_new_array(call->arena, many->count, struct engine_write);
    if (many->writes == NULL || errors == NULL) return FAIL_PLAIN(call->err, ST_NO_MEMORY);
    for (uint32_t i = 0; i < many->count; i++) {
        const struct action *action = FIELD_AT(in->actions, struct action, i);
        struct engine_write *write = &many->writes[i];
        ql_write(&in->statements[i], write);
        write->explains = call->explains;
        write->old_on_failure = action->old_on_failure.value == PARAMS_OLD_ALL;
        write->arena = call->arena;
        write->err = &errors[i];
    }
    return ST_OK;
}

static status make_fingerprint(struct call *call, struct execute_transaction_in *in)
{
    struct buf bytes;
    buf_init(&bytes, arena_mem(call->arena), LIMIT_REQUEST_ARENA_BYTES);
    buf_put_text(&bytes, "ExecuteTransaction "); /* the token may have been another operation's */
    for (uint32_t i = 0; i < in->actions.count; i++) {
        const struct action *action = FIELD_AT(in->actions, struct action, i);
        ql_print(&action->text, &bytes);
        buf_put_u8(&bytes, action->old_on_failure.value == PARAMS_OLD_ALL);
    }
    TRY_PLAIN(call->err, buf_status(&bytes));
    in->many.fingerprint = buf_view(&bytes);
    return ST_OK;
}

static status cancel_writes(struct call *call, const struct execute_transaction_in *in)
{
    for (uint32_t i = 0; i < in->many.count; i++) {
        struct error *err = in->many.writes[i].err;
        (void)ql_outcome(&in->statements[i], err->status, err);
    }
    return transact_cancel_writes(call, &in->many);
}

static status run_writes(struct call *call, struct execute_transaction_in *in)
{
    in->many = (struct engine_many){.count = in->actions.count,
                                    .transaction = true,
                                    .token = in->token,
                                    .arena = call->arena,
                                    .err = call->err,
                                    .done = op_done,
                                    .done_ctx = call};
    TRY(list_writes(call, in));
    if (in->token.len > 0) TRY(make_fingerprint(call, in));
    const status st = engine_write_many(call->engine, &in->many);
    return st == ST_TX_CANCELED ? cancel_writes(call, in) : st;
}

/* A transaction that writes tells of no item. */
static status reply_writes(struct call *call, const struct execute_transaction_in *in)
{
    reply_writer_key(call->reply, SPAN("Responses"));
    reply_writer_array_begin(call->reply);
    reply_writer_array_end(call->reply);
    return transact_reply_consumed(call, &in->many, &in->capacity);
}

/* ---- both */

static status execute_transaction_run(struct call *call, struct execute_transaction_in *in)
{
    in->statements = arena_new_array(call->arena, in->actions.count, struct ql_statement);
    if (in->statements == NULL) return FAIL_PLAIN(call->err, ST_NO_MEMORY);
    TRY(check_parameters(call, &in->actions));
    TRY(parse_all(call, in));
    TRY(check_not_mixed(call, in));
    TRY(plan_all(call, in));
    if (!in->reads) return run_writes(call, in);
    TRY(run_reads(call, in));
    op_done(call, ST_OK);
    return ST_OK;
}

static status execute_transaction_finish(struct call *call, struct execute_transaction_in *in,
                                         status st)
{
    if (in->reads) return st;
    explain_many(call, &in->many);
    if (st == ST_TX_CANCELED) return cancel_writes(call, in);
    return st == ST_OK ? reply_writes(call, in) : st;
}

OP_DEFINE_WRITE(execute_transaction)
