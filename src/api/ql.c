/* ql.c -- see ql.h.
 *
 * A table is held no longer than ql_plan looks at it. What a plan takes from it is copied into the
 * request's arena, and whoever runs the plan finds the table anew: should it be another one by
 * then, the engine says what is wrong with the keys.
 *
 * What DynamoDB says of an index in a statement differs from what it says of the same mistake in a
 * Query, so this is told here and not by the engine.
 */
#include "api/ql.h"

#include "api/arn.h"
#include "item/item.h"
#include "table/table_check.h"

#define KEY_TYPE "Key attribute's data type should match its data type in table's schema: "

/* ---- the text */

status ql_check(const struct ql_text *text, struct error *err)
{
    for (uint32_t i = 0; i < text->parameters.count; i++) {
        const struct field_item *parameter = FIELD_AT(text->parameters, struct field_item, i);
        if (parameter->late.status == ST_OK) continue;
        *err = parameter->late;
        return parameter->late.status;
    }
    return ST_OK;
}

/* What a statement may not say, whatever its table is. */
static status check_use(const struct ql_statement *statement, struct error *err)
{
    const struct partiql_statement *parsed = &statement->parsed;
    const bool in_transaction = statement->use == QL_IN_TRANSACTION;
    if (parsed->is_check && !in_transaction)
        return FAIL(err, ST_VALIDATION,
                    "EXISTS can only be used in ExecuteTransaction write requests.");
    if (!in_transaction) return ST_OK;
    if (parsed->returning != PARTIQL_RETURN_NONE)
        return FAIL(err, ST_VALIDATION, "RETURNING clause is not supported in ExecuteTransaction.");
    if (parsed->index_name.len == 0) return ST_OK;
    return FAIL(err, ST_VALIDATION, "%s",
                parsed->is_check ? "Operations on indices are not supported in transactions"
                                 : "Reads on indices are not supported within transactions.");
}

/* Where an ARN stands for the table, its name takes the place. */
static status settle_table(struct call *call, struct span *name, struct error *err)
{
    const struct arn_here here = {call->caller.region, call->caller.account};
    const struct span arn = *name;
    struct arn_called called = {0};
    if (!span_starts_with(arn, SPAN("arn:"))) return ST_OK;
    TRY(arn_name(&here, arn, &called, err));
    if (!called.is_formed) return FAIL(err, ST_VALIDATION, "Invalid TableArn");
    *name = called.name;
    if (!called.is_foreign) return ST_OK;
    const status st = arn_fail_foreign(call, arn);
    *err = *call->err;
    return st;
}

status ql_parse(struct call *call, const struct ql_text *text, struct ql_statement *statement,
                struct error *err)
{
    const uint32_t count = text->parameters.count;
    struct value *values = arena_new_array(call->arena, count, struct value);
    if (values == NULL) return FAIL_PLAIN(err, ST_NO_MEMORY);
    for (uint32_t i = 0; i < count; i++)
        values[i] = FIELD_AT(text->parameters, struct field_item, i)->value;
    const struct partiql_source source = {
        .text = text->text, .parameters = values, .parameter_count = count};
    if (text->text.len > LIMIT_STATEMENT_BYTES) /* so far characters were counted */
        return FAIL(err, ST_VALIDATION, "A statement has at most %d bytes", LIMIT_STATEMENT_BYTES);
    TRY(partiql_parse(&source, call->arena, &statement->parsed, err));
    TRY(check_use(statement, err));
    return settle_table(call, &statement->parsed.table_name, err);
}

bool ql_reads(const struct ql_statement *statement)
{
    return statement->parsed.verb == PARTIQL_SELECT && !statement->parsed.is_check;
}

void ql_print(const struct ql_text *text, struct buf *out)
{
    buf_put_u32(out, (uint32_t)text->text.len);
    buf_put(out, text->text);
    buf_put_u32(out, text->parameters.count);
    for (uint32_t i = 0; i < text->parameters.count; i++) {
        const struct value v = FIELD_AT(text->parameters, struct field_item, i)->value;
        buf_put_u8(out, (uint8_t)v.type);
        buf_put_u32(out, (uint32_t)v.body.len);
        buf_put(out, v.body);
    }
}

/* ---- what it reads or writes */

/* A statement and the table that it names. */
struct meeting {
    struct call *call;
    struct ql_statement *statement;
    const struct table *table;       /* held */
    const struct table_index *index; /* or NULL */
    struct error *err;
};

static status copy_part(const struct meeting *m, const struct table_key_part *part,
                        struct partiql_key_part *out)
{
    out->type = part->type;
    if (!arena_copy(m->call->arena, part->name, &out->name))
        return FAIL_PLAIN(m->err, ST_NO_MEMORY);
    return ST_OK;
}

static status copy_key(const struct meeting *m, struct partiql_key *out)
{
    const struct table_key *key = m->index != NULL ? &m->index->key : &m->table->spec.key;
    static_assert((int)EXPR_KEY_PARTS_MAX == (int)LIMIT_INDEX_KEY_PARTS, "the same parts");
    *out = (struct partiql_key){.partition_count = key->partition_count,
                                .sort_count = key->sort_count};
    for (uint8_t i = 0; i < key->partition_count; i++)
        TRY(copy_part(m, &key->partition[i], &out->partition[i]));
    for (uint8_t i = 0; i < key->sort_count; i++) TRY(copy_part(m, &key->sort[i], &out->sort[i]));
    return ST_OK;
}

static status find_index(struct meeting *m)
{
    const struct span name = m->statement->parsed.index_name;
    if (name.len == 0) return ST_OK;
    m->index = table_find_index(m->table, name);
    if (m->index == NULL)
        return FAIL(m->err, ST_VALIDATION, "The table does not have the specified index");
    m->statement->index_is_global = m->index->global;
    if (!m->index->global || !m->statement->consistent) return ST_OK;
    return FAIL(m->err, ST_VALIDATION,
                "Strongly consistent read is not supported on Global Secondary Indexes");
}

/* Add `name` to "a, b" if the index does not hold that attribute. */
static void list_lacking(const struct meeting *m, struct span name, struct buf *names)
{
    if (table_projects(m->table, m->index, name)) return;
    if (names->len > 0) buf_put_text(names, ", ");
    buf_put(names, name);
}

/* A global index shows what it holds; a local one fetches the rest from its table. */
static status check_columns(const struct meeting *m)
{
    const struct expr *columns = m->statement->parsed.projection;
    struct buf names;
    struct span name = {0};
    uint32_t place = 0;
    if (!m->index->global || columns == NULL) return ST_OK;
    buf_init(&names, arena_mem(m->call->arena), LIMIT_REQUEST_ARENA_BYTES);
    while (expr_next_name(columns, &place, &name)) list_lacking(m, name, &names);
    TRY_PLAIN(m->err, buf_status(&names));
    if (names.len == 0) return ST_OK;
    return FAIL(m->err, ST_VALIDATION,
                "One or more parameter values were invalid: Global secondary index %.*s does not "
                "project [%.*s]",
                SPAN_ARG(m->index->name), SPAN_ARG(buf_view(&names)));
}

/* What one read filters by and the index does not hold. */
static status read_lacking(const struct meeting *m, const struct partiql_read *read,
                           struct span *out)
{
    const struct span *asked = NULL;
    uint32_t count = 0;
    struct buf names;
    buf_init(&names, arena_mem(m->call->arena), LIMIT_REQUEST_ARENA_BYTES);
    TRY_PLAIN(m->err, partiql_filter_names(read, m->call->arena, &asked, &count));
    for (uint32_t i = 0; i < count; i++) list_lacking(m, asked[i], &names);
    TRY_PLAIN(m->err, buf_status(&names));
    *out = buf_view(&names);
    return ST_OK;
}

/* Queries of an index filter by what it holds, or one of them does; in a Scan, what it lacks is
 * missing. */
static status check_filters(const struct meeting *m)
{
    const struct partiql_plan *plan = &m->statement->plan;
    struct span lacking = {0};
    for (uint32_t i = 0; i < plan->read_count; i++) {
        TRY(read_lacking(m, &plan->reads[i], &lacking));
        if (lacking.len == 0) return ST_OK;
    }
    if (plan->read_count == 0) return ST_OK;
    return FAIL(m->err, ST_VALIDATION,
                "One or more parameter values were invalid: Secondary index %.*s does not project "
                "one or more filter attributes: [%.*s]",
                SPAN_ARG(m->index->name), SPAN_ARG(lacking));
}

static status check_index(const struct meeting *m)
{
    if (m->index == NULL) return ST_OK;
    TRY(check_columns(m));
    return check_filters(m);
}

/* ---- keys */

static status check_part(const struct table_key_part *part, struct value item, struct error *err)
{
    struct value v = {0};
    if (!value_find(item, part->name, &v))
        return FAIL(err, ST_VALIDATION, "Key attribute should be present in the item: Key %.*s",
                    SPAN_ARG(part->name));
    if (v.type == part->type) return ST_OK;
    return FAIL(err, ST_VALIDATION, KEY_TYPE "Key %.*s", SPAN_ARG(part->name));
}

/* An item to insert has the table's key. A transaction says so in PutItem's words. */
static status check_item(struct meeting *m)
{
    const struct table_key *key = &m->table->spec.key;
    const struct value item = m->statement->parsed.item;
    if (m->statement->use == QL_IN_TRANSACTION)
        return table_check_key(m->table, item, TABLE_CHECK_ITEM, m->err);
    for (uint8_t i = 0; i < key->partition_count; i++)
        TRY(check_part(&key->partition[i], item, m->err));
    for (uint8_t i = 0; i < key->sort_count; i++) TRY(check_part(&key->sort[i], item, m->err));
    return ST_OK;
}

/* What a batch or transaction reads is named by its whole key and by nothing else. */
static status check_read(const struct meeting *m)
{
    static const char *const operations[] = {
        [QL_IN_BATCH] = "BatchExecuteStatement",
        [QL_IN_TRANSACTION] = "ExecuteTransaction",
    };
    const struct ql_statement *statement = m->statement;
    const bool by_key = statement->plan.key_only && m->index == NULL;
    if (!ql_reads(statement) || statement->use == QL_ALONE || by_key) return ST_OK;
    return FAIL(m->err, ST_VALIDATION,
                "Select statements within %s must specify the primary key in the where clause.",
                operations[statement->use]);
}

/* The key attributes of an item to insert, as a map of their own; a table has at most two. */
static status take_key(const struct meeting *m, struct value *out)
{
    const struct table_key *key = &m->table->spec.key;
    const struct value item = m->statement->parsed.item;
    struct span names[2] = {key->partition[0].name, key->sort[0].name};
    const uint32_t count = key->sort_count > 0 ? 2 : 1;
    const bool swaps = count == 2 && span_compare(names[0], names[1]) > 0;
    struct buf buf;
    buf_init(&buf, arena_mem(m->call->arena), LIMIT_REQUEST_ARENA_BYTES);
    const size_t begun = value_write_begin(&buf);
    for (uint32_t i = 0; i < count; i++) {
        const struct span name = names[swaps ? 1 - i : i];
        struct value v = {0};
        if (value_find(item, name, &v)) value_write_attribute(&buf, name, v);
    }
    value_write_end(&buf, begun, count);
    TRY_PLAIN(m->err, buf_status(&buf));
    *out = (struct value){VALUE_M, buf_view(&buf)};
    return ST_OK;
}

/* Which one item is read or written? */
static status note_key(struct meeting *m)
{
    struct ql_statement *statement = m->statement;
    if (statement->parsed.verb == PARTIQL_INSERT) return take_key(m, &statement->key);
    if (!ql_reads(statement))
        statement->key = statement->plan.key;
    else if (statement->plan.key_only)
        statement->key = statement->plan.reads[0].key;
    return ST_OK;
}

static status plan(struct meeting *m)
{
    struct partiql_key key;
    struct ql_statement *statement = m->statement;
    TRY(find_index(m));
    TRY(copy_key(m, &key));
    if (statement->parsed.verb == PARTIQL_INSERT) TRY(check_item(m));
    TRY(partiql_plan(&statement->parsed, &key, m->call->arena, &statement->plan, m->err));
    TRY(check_read(m));
    TRY(note_key(m));
    return check_index(m);
}

/* What is wrong with the key of a statement in a transaction is told as TransactWriteItems tells
 * it: a reason for this statement, whatever the plan said. */
static status fail_plan(struct ql_statement *statement, status st, struct error *err)
{
    const bool of_type = span_starts_with(error_text(err), SPAN(KEY_TYPE));
    const bool of_item = statement->parsed.verb == PARTIQL_INSERT;
    if (st != ST_VALIDATION || statement->use != QL_IN_TRANSACTION) return st;
    const bool of_write = !ql_reads(statement) && !statement->parsed.is_check;
    statement->is_reason = of_write || of_type;
    if (of_item || !statement->is_reason) return st;
    return FAIL(err, st, "The provided key element does not match the schema");
}

/* ---- the plan */

/* An item's size is judged before its table is looked for. */
static status check_size(const struct ql_statement *statement, struct error *err)
{
    if (statement->parsed.verb != PARTIQL_INSERT) return ST_OK;
    if (item_size(statement->parsed.item) <= LIMIT_ITEM_BYTES) return ST_OK;
    return FAIL(err, ST_VALIDATION, "Item size has exceeded the maximum allowed size");
}

static status find_table(struct call *call, struct ql_statement *statement,
                         struct engine_description *out, struct error *err)
{
    const status st = engine_table_describe(call->engine, statement->parsed.table_name, out, err);
    if (st != ST_NOT_FOUND) return st;
    statement->is_reason = true;
    return FAIL_PLAIN(err, st); /* without the table's name */
}

status ql_plan(struct call *call, struct ql_statement *statement, struct error *err)
{
    struct engine_description found = {0};
    TRY(check_size(statement, err));
    TRY(find_table(call, statement, &found, err));
    struct meeting m = {.call = call, .statement = statement, .table = found.table, .err = err};
    const status st = plan(&m);
    table_drop(found.table);
    return st == ST_OK ? ST_OK : fail_plan(statement, st, err);
}

/* ---- for the engine */

static engine_verb verb_of(const struct partiql_statement *parsed)
{
    switch (parsed->verb) {
    case PARTIQL_SELECT:
        return ENGINE_CHECK;
    case PARTIQL_INSERT:
        return ENGINE_PUT;
    case PARTIQL_UPDATE:
        return ENGINE_UPDATE;
    case PARTIQL_DELETE:
        return ENGINE_DELETE;
    }
    return ENGINE_CHECK;
}

static engine_return returns_of(partiql_returning returning)
{
    switch (returning) {
    case PARTIQL_RETURN_NONE:
        return ENGINE_RETURN_NONE;
    case PARTIQL_RETURN_ALL_OLD:
        return ENGINE_RETURN_ALL_OLD;
    case PARTIQL_RETURN_ALL_NEW:
        return ENGINE_RETURN_ALL_NEW;
    case PARTIQL_RETURN_MODIFIED_OLD:
        return ENGINE_RETURN_UPDATED_OLD;
    case PARTIQL_RETURN_MODIFIED_NEW:
        return ENGINE_RETURN_UPDATED_NEW;
    }
    return ENGINE_RETURN_NONE;
}

void ql_write(const struct ql_statement *statement, struct engine_write *write)
{
    const struct partiql_statement *parsed = &statement->parsed;
    write->verb = verb_of(parsed);
    write->table_name = parsed->table_name;
    write->attributes = parsed->verb == PARTIQL_INSERT ? parsed->item : statement->key;
    write->condition = statement->plan.condition;
    write->update = parsed->update;
    write->returns = returns_of(parsed->returning);
}

void ql_get(const struct ql_statement *statement, struct engine_get *get)
{
    get->table_name = statement->parsed.table_name;
    get->key = statement->key;
    get->projection = statement->parsed.projection;
}

status ql_show(struct call *call, const struct ql_statement *statement, struct value map,
               struct value *out)
{
    TRY_PLAIN(call->err, partiql_project(&statement->parsed, map, call->arena, out));
    return ST_OK;
}

status ql_outcome(const struct ql_statement *statement, status st, struct error *err)
{
    if (st != ST_CONDITION_FAILED || statement->parsed.verb != PARTIQL_INSERT) return st;
    return FAIL_PLAIN(err, ST_DUPLICATE_ITEM);
}
