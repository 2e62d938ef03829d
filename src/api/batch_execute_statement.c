/* batch_execute_statement.c -- BatchExecuteStatement: up to 25 statements, each for itself.
 *
 * All of them read, by whole keys, or all of them write; no two are of one item. That aside, what
 * is wrong with a statement is told beside it and keeps no other one from happening: one response
 * for each, in order, with its table's name when it got as far as that.
 *
 * Every write is one of its own, queued beside the others: the store puts them on disk together. It
 * has its own arena, since the store may be at one of them while the next is being prepared.
 *
 * BS1  `left` counts the writes under way, and run itself until it has started them all. Who takes
 *      the last one away says op_done, so that nobody touches the call after its end.
 */
#include <assert.h>
#include <stdatomic.h>

#include "api/consumed.h"
#include "api/ql.h"
#include "api/reply.h"

struct batch;

/* An element of Statements. */
struct member {
    struct ql_text text;
    struct field_bool consistent_read;
    struct field_enum old_on_failure;
};

static const struct field member_fields[] = {
    QL_FIELDS(member, text),
    FIELD(member, consistent_read, "ConsistentRead", FIELD_BOOL, OPTIONAL, 0, 0),
    FIELD_CHOICE(member, old_on_failure, "ReturnValuesOnConditionCheckFailure", OPTIONAL,
                 params_old_words),
};
static const struct field_shape member_shape =
    FIELD_SHAPE("BatchStatementRequest", member, member_fields);

/* What became of it. */
struct outcome {
    struct batch *batch;
    struct ql_statement statement;
    bool is_parsed;
    bool is_planned; /* it is run */
    bool has_table;  /* that is told */
    struct engine_get get;
    struct engine_write write;
    struct arena arena; /* of the write */
    bool has_arena;
    status status;
    struct error err;
};

struct batch {
    struct call *call;
    struct outcome *outcomes;
    _Atomic uint32_t left; /* BS1; written by run's thread and the store's, in any order */
};

struct batch_execute_statement_in {
    struct field_enum capacity;
    struct field_list members;

    struct batch batch; /* kept from run to finish */
};

static const struct field batch_execute_statement_fields[] = {
    FIELD_CHOICE(batch_execute_statement_in, capacity, "ReturnConsumedCapacity", OPTIONAL,
                 params_capacity_words),
    FIELD_OF(batch_execute_statement_in, members, "Statements", FIELD_LIST, REQUIRED, 1,
             LIMIT_BATCH_STATEMENTS, member_shape),
};

/* ---- before */

/* Is `st` what one statement says, and no failure of all? */
static bool is_its_own(status st)
{
    return status_info(st)->http < 500;
}

static status prepare(struct call *call, const struct member *member, struct outcome *o)
{
    o->statement =
        (struct ql_statement){.use = QL_IN_BATCH, .consistent = member->consistent_read.value};
    TRY(ql_check(&member->text, &o->err));
    TRY(ql_parse(call, &member->text, &o->statement, &o->err));
    o->is_parsed = true;
    TRY(ql_plan(call, &o->statement, &o->err));
    o->is_planned = true;
    return ST_OK;
}

static status prepare_all(struct call *call, const struct field_list *members, struct batch *batch)
{
    for (uint32_t i = 0; i < members->count; i++) {
        struct outcome *o = &batch->outcomes[i];
        *o = (struct outcome){.batch = batch, .err = error_in(call->arena)};
        o->status = prepare(call, FIELD_AT(*members, struct member, i), o);
        o->has_table = o->is_planned || o->status == ST_NOT_FOUND;
        if (!is_its_own(o->status)) return FAIL_PLAIN(call->err, o->status);
    }
    return ST_OK;
}

static status check_not_mixed(struct call *call, const struct outcome *outcomes, uint32_t count)
{
    bool reads = false, writes = false;
    for (uint32_t i = 0; i < count; i++) {
        if (!outcomes[i].is_parsed) continue;
        reads = reads || ql_reads(&outcomes[i].statement);
        writes = writes || !ql_reads(&outcomes[i].statement);
    }
    if (!reads || !writes) return ST_OK;
    return FAIL(call->err, ST_VALIDATION,
                "Read and write requests together in the same batch is not supported.");
}

static bool is_same_item(const struct outcome *a, const struct outcome *b)
{
    if (!a->is_planned || !b->is_planned) return false;
    return span_eq(a->statement.parsed.table_name, b->statement.parsed.table_name) &&
           value_eq(a->statement.key, b->statement.key);
}

static status check_no_item_twice(struct call *call, const struct outcome *outcomes, uint32_t count)
{
    for (uint32_t i = 1; i < count; i++)
        for (uint32_t j = 0; j < i; j++)
            if (is_same_item(&outcomes[i], &outcomes[j]))
                return FAIL(call->err, ST_VALIDATION,
                            "Provided list of item keys contains duplicates");
    return ST_OK;
}

/* ---- running */

static void read_one(struct call *call, struct outcome *o)
{
    ql_get(&o->statement, &o->get);
    o->get.consistent = o->statement.consistent;
    o->status = engine_get(call->engine, &o->get, call->arena, &o->err);
}

/* BS1. */
static void leave(struct batch *batch)
{
    struct call *call = batch->call;
    if (atomic_fetch_sub_explicit(&batch->left, 1, memory_order_acq_rel) == 1) op_done(call, ST_OK);
}

static void write_done(void *ctx, status st)
{
    struct outcome *o = ctx;
    o->status = ql_outcome(&o->statement, st, &o->err);
    leave(o->batch);
}

static void write_one(struct call *call, const struct member *member, struct outcome *o)
{
    struct engine_write *write = &o->write;
    arena_init(&o->arena, arena_heap(call->arena), LIMIT_REQUEST_ARENA_BYTES);
    o->has_arena = true;
    o->err = error_in(&o->arena);
    ql_write(&o->statement, write);
    write->old_on_failure = member->old_on_failure.value == PARAMS_OLD_ALL;
    write->arena = &o->arena;
    write->err = &o->err;
    write->done = write_done;
    write->done_ctx = o;
    atomic_fetch_add_explicit(&o->batch->left, 1, memory_order_relaxed);
    const status st = engine_write(call->engine, write);
    if (st != ST_OK) write_done(o, st);
}

static void run_all(struct call *call, const struct field_list *members, struct batch *batch)
{
    for (uint32_t i = 0; i < members->count; i++) {
        struct outcome *o = &batch->outcomes[i];
        if (!o->is_planned) continue;
        if (ql_reads(&o->statement))
            read_one(call, o);
        else
            write_one(call, FIELD_AT(*members, struct member, i), o);
    }
}

static status batch_execute_statement_run(struct call *call, struct batch_execute_statement_in *in)
{
    const uint32_t count = in->members.count;
    struct batch *batch = &in->batch;
    batch->call = call;
    batch->outcomes = arena_new_array(call->arena, count, struct outcome);
    if (batch->outcomes == NULL) return FAIL_PLAIN(call->err, ST_NO_MEMORY);
    TRY(prepare_all(call, &in->members, batch));
    TRY(check_not_mixed(call, batch->outcomes, count));
    TRY(check_no_item_twice(call, batch->outcomes, count));
    atomic_init(&batch->left, 1);
    run_all(call, &in->members, batch);
    leave(batch);
    return ST_OK;
}

/* ---- the reply */

/* Source: API reference, BatchStatementError, "Code". */
static const char *code_of(status st)
{
    if (st == ST_ACCESS_DENIED) return "AccessDenied";
    if (st == ST_LIMIT) return "ValidationError";
    return is_its_own(st) ? reply_reason_code(st) : "InternalServerError";
}

static void reply_failure(struct reply_writer *reply, const struct outcome *o)
{
    const bool has_item = o->status == ST_CONDITION_FAILED && o->write.has_attributes;
    reply_writer_key(reply, SPAN("Error"));
    reply_writer_object_begin(reply);
    reply_writer_member_string(reply, "Code", span_of(code_of(o->status)));
    reply_writer_member_string(reply, "Message", error_text(&o->err));
    if (has_item) reply_item(reply, "Item", o->write.returned);
    reply_writer_object_end(reply);
}

static status reply_item_of(struct call *call, const struct outcome *o)
{
    struct value shown = {0};
    if (o->write.has_attributes) shown = o->write.returned;
    if (o->get.found) TRY(ql_show(call, &o->statement, o->get.item, &shown));
    reply_item(call->reply, "Item", shown);
    return ST_OK;
}

static status reply_outcome(struct call *call, const struct outcome *o)
{
    reply_writer_object_begin(call->reply);
    if (o->has_table)
        reply_writer_member_string(call->reply, "TableName", o->statement.parsed.table_name);
    if (o->status != ST_OK)
        reply_failure(call->reply, o);
    else
        TRY(reply_item_of(call, o));
    reply_writer_object_end(call->reply);
    return ST_OK;
}

/* What a statement cost, also one that was refused for its item. */
static void add_cost(struct consumed *consumed, const struct outcome *o)
{
    const struct engine_write *write = &o->write;
    const struct span table = o->statement.parsed.table_name;
    if (!o->is_planned) return;
    consumed_add(consumed, table, o->get.half_units + write->write_units * 2);
    if (o->status == ST_OK)
        consumed_add_indexes(consumed, table, write->index_costs, write->index_cost_count);
}

/* A batch of which nothing happened tells of no cost. */
static status reply_cost(struct call *call, const struct batch_execute_statement_in *in)
{
    struct consumed consumed = {.arena = call->arena, .kind = CONSUMED_PLAIN};
    bool any = false;
    for (uint32_t i = 0; i < in->members.count; i++) {
        any = any || in->batch.outcomes[i].status == ST_OK;
        add_cost(&consumed, &in->batch.outcomes[i]);
    }
    return any ? consumed_reply(call, &consumed, (params_capacity)in->capacity.value) : ST_OK;
}

static status reply_all(struct call *call, const struct batch_execute_statement_in *in)
{
    reply_writer_key(call->reply, SPAN("Responses"));
    reply_writer_array_begin(call->reply);
    for (uint32_t i = 0; i < in->members.count; i++)
        TRY(reply_outcome(call, &in->batch.outcomes[i]));
    reply_writer_array_end(call->reply);
    return reply_cost(call, in);
}

static status batch_execute_statement_finish(struct call *call,
                                             struct batch_execute_statement_in *in, status st)
{
    assert(st == ST_OK);
    const status replied = reply_all(call, in);
    for (uint32_t i = 0; i < in->members.count; i++)
        if (in->batch.outcomes[i].has_arena) arena_deinit(&in->batch.outcomes[i].arena);
    return replied;
}

OP_DEFINE_WRITE(batch_execute_statement)
