/* execute_statement.c -- ExecuteStatement: one PartiQL statement that reads or writes.
 *
 * A SELECT is answered page by page. Its plan has one or more Queries, or none: then it is a Scan.
 * A page of it goes from one to the next until `Limit` items were looked at or 1 MB was, over all
 * of them, and NextToken says where it stopped.
 *
 * A write tells of no item but what RETURNING asks for, and then in a list of one.
 */
#include "api/explain.h"
#include "api/next_token.h"
#include "api/ql.h"
#include "api/reply.h"
#include "api/throttled.h"

struct execute_statement_in {
    struct ql_text text;
    struct field_bool consistent_read;
    struct span next_token;
    struct field_enum capacity;
    struct field_number limit;
    struct field_enum old_on_failure;

    struct ql_statement statement; /* kept from run to finish */
    struct engine_write write;     /* likewise, unless it reads */
};

static const struct field execute_statement_fields[] = {
    QL_FIELDS(execute_statement_in, text),
    FIELD(execute_statement_in, consistent_read, "ConsistentRead", FIELD_BOOL, OPTIONAL, 0, 0),
    FIELD(execute_statement_in, next_token, "NextToken", FIELD_STRING, OPTIONAL, 1,
          LIMIT_NEXT_TOKEN_BYTES),
    FIELD_CHOICE(execute_statement_in, capacity, "ReturnConsumedCapacity", OPTIONAL,
                 params_capacity_words),
    FIELD(execute_statement_in, limit, "Limit", FIELD_INTEGER, OPTIONAL, 1, 0),
    FIELD_CHOICE(execute_statement_in, old_on_failure, "ReturnValuesOnConditionCheckFailure",
                 OPTIONAL, params_old_words),
};

/* ---- SELECT */

/* A page of a SELECT on its way. */
struct selection {
    struct call *call;
    const struct ql_statement *statement;
    uint32_t limit; /* 0: none */
    struct next_token at;

    uint32_t scanned;
    uint64_t bytes; /* walked */
    uint64_t half_units, index_half_units;
    bool has_more; /* `at` is where the next page begins */

    struct engine_page *reads; /* for an explanation; NULL: none is wanted, or there is no memory */
    uint32_t read_count;
};

static struct engine_page page_of(const struct selection *s)
{
    const struct partiql_statement *parsed = &s->statement->parsed;
    const struct partiql_plan *plan = &s->statement->plan;
    return (struct engine_page){
        .table_name = parsed->table_name,
        .index_name = parsed->index_name,
        .key_condition = plan->read_count > 0 ? plan->reads[s->at.range].key_condition : NULL,
        .filter = plan->filter,
        .projection = parsed->projection,
        .start_key = s->at.start_key,
        .limit = s->limit > 0 ? s->limit - s->scanned : 0,
        .backward = plan->backward,
        .consistent = s->statement->consistent,
        .bytes = s->bytes,
    };
}

static status write_items(struct selection *s, const struct engine_page *page)
{
    for (uint32_t i = 0; i < page->count; i++) {
        struct value shown = {0};
        TRY(ql_show(s->call, s->statement, page->items[i], &shown));
        reply_writer_item(s->call->reply, shown);
    }
    return ST_OK;
}

/* Read what is left of the range that `at` is in, as far as the page goes. */
static status read_range(struct selection *s)
{
    struct call *call = s->call;
    struct engine_page page = page_of(s);
    const bool queries = page.key_condition != NULL;
    const status st = queries ? engine_query(call->engine, &page, call->arena, call->err)
                              : engine_scan(call->engine, &page, call->arena, call->err);
    TRY(throttled_note(call, st, page.table_name, &page.throttle));
    TRY(write_items(s, &page));
    if (s->reads != NULL) s->reads[s->read_count++] = page;
    s->scanned += page.scanned;
    s->bytes = page.bytes;
    s->half_units += page.half_units;
    s->index_half_units += page.index_half_units;
    s->has_more = page.has_last_key;
    s->at.start_key = page.last_key;
    return ST_OK;
}

/* Is the page full, though its range is read to the end? */
static bool is_full(const struct selection *s)
{
    return s->bytes > LIMIT_PAGE_BYTES || (s->limit > 0 && s->scanned == s->limit);
}

static status read_ranges(struct selection *s)
{
    const uint32_t reads = s->statement->plan.read_count;
    const uint32_t ranges = reads > 0 ? reads : 1;
    if (s->call->explains) s->reads = arena_new_array(s->call->arena, ranges, struct engine_page);
    if (s->at.range >= ranges) return FAIL(s->call->err, ST_VALIDATION, "Invalid NextToken");
    while (!s->has_more) {
        TRY(read_range(s));
        if (s->has_more || ++s->at.range == ranges) return ST_OK;
        s->at.start_key = (struct value){0};
        s->has_more = is_full(s);
    }
    return ST_OK;
}

static status write_next(struct selection *s, const struct next_token_owner *owner)
{
    struct span text = {0};
    if (!s->has_more) return ST_OK;
    TRY(next_token_write(s->call, owner, &s->at, &text));
    reply_writer_member_string(s->call->reply, "NextToken", text);
    reply_item(s->call->reply, "LastEvaluatedKey", s->at.start_key);
    return ST_OK;
}

static void write_cost(const struct selection *s, params_capacity asked)
{
    const struct partiql_statement *parsed = &s->statement->parsed;
    const struct engine_index_cost index = {
        .name = parsed->index_name,
        .global = s->statement->index_is_global,
        .half_units = (uint32_t)s->index_half_units,
    };
    const struct params_consumed consumed = {
        .asked = asked,
        .table_name = parsed->table_name,
        .half_units = (uint32_t)s->half_units,
        .indexes = &index,
        .index_count = parsed->index_name.len > 0 ? 1 : 0,
    };
    params_reply_capacity(s->call, &consumed);
}

static status run_select(struct call *call, struct execute_statement_in *in)
{
    struct next_token_owner owner;
    struct selection s = {
        .call = call, .statement = &in->statement, .limit = (uint32_t)in->limit.value};
    TRY(next_token_own(call, &in->text, &owner));
    if (in->next_token.len > 0) TRY(next_token_read(call, &owner, in->next_token, &s.at));
    reply_writer_key(call->reply, SPAN("Items"));
    reply_writer_array_begin(call->reply);
    TRY(read_ranges(&s));
    reply_writer_array_end(call->reply);
    TRY(write_next(&s, &owner));
    write_cost(&s, (params_capacity)in->capacity.value);
    explain_pages(call, s.reads, s.read_count);
    return ST_OK;
}

/* ---- writes */

static status run_write(struct call *call, struct execute_statement_in *in)
{
    ql_write(&in->statement, &in->write);
    in->write.explains = call->explains;
    in->write.old_on_failure = in->old_on_failure.value == PARAMS_OLD_ALL;
    in->write.arena = call->arena;
    in->write.err = call->err;
    in->write.done = op_done;
    in->write.done_ctx = call;
    return engine_write(call->engine, &in->write);
}

static void write_returned(struct call *call, const struct engine_write *write)
{
    reply_writer_key(call->reply, SPAN("Items"));
    reply_writer_array_begin(call->reply);
    if (write->has_attributes) reply_writer_item(call->reply, write->returned);
    reply_writer_array_end(call->reply);
}

static status finish_write(struct call *call, const struct execute_statement_in *in, status st)
{
    const struct engine_write *write = &in->write;
    if (st == ST_CONDITION_FAILED && write->has_attributes) call->refused_item = write->returned;
    call->misfit = write->misfit;
    explain_write(call, write);
    TRY(throttled_note(call, st, write->table_name, &write->throttle));
    write_returned(call, write);
    const struct params_consumed consumed = {
        .asked = (params_capacity)in->capacity.value,
        .table_name = write->table_name,
        .half_units = write->write_units * 2,
        .indexes = write->index_costs,
        .index_count = write->index_cost_count,
    };
    params_reply_capacity(call, &consumed);
    return ST_OK;
}

/* ---- both */

static status execute_statement_run(struct call *call, struct execute_statement_in *in)
{
    in->statement = (struct ql_statement){.use = QL_ALONE, .consistent = in->consistent_read.value};
    TRY(ql_check(&in->text, call->err));
    TRY(ql_parse(call, &in->text, &in->statement, call->err));
    TRY(ql_plan(call, &in->statement, call->err));
    if (!ql_reads(&in->statement)) return run_write(call, in);
    TRY(run_select(call, in));
    op_done(call, ST_OK);
    return ST_OK;
}

static status execute_statement_finish(struct call *call, const struct execute_statement_in *in,
                                       status st)
{
    if (ql_reads(&in->statement)) return st;
    return finish_write(call, in, ql_outcome(&in->statement, st, call->err));
}

OP_DEFINE_WRITE(execute_statement)
