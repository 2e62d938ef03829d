/* tables.c -- making, changing, describing and awaiting tables.
 *
 * Creating and deleting return when the table is as it was asked for: DescribeTable is called until
 * then, after pauses that double. In this process the first call of it is enough, as a rule.
 */
#include <string.h>

#include "base/utf8.h"
#include "db/action.h"
#include "db/answer.h"
#include "db/call.h"
#include "db/index_spec.h"
#include "db/options.h"
#include "db/result.h"
#include "db/table_keys.h"

enum {
    PAUSE_FIRST_US = 2000,
    PAUSE_LAST_US = 1000000,
    WAIT_USUAL_S = 600, /* for a table or index to become active; an index is filled meanwhile */
    NS_PER_US = 1000,
};
static const uint64_t wait_usual_us = WAIT_USUAL_S * 1000000ULL;

struct tabling {
    stator *db;
    struct turn *turn;
    struct request request;
};

static const struct span element = {0};

static status begin(struct tabling *t, const char *table)
{
    request_begin(&t->request, &t->turn->scratch);
    return action_table(t->db, t->turn, table, &t->request);
}

static status send(struct tabling *t, const char *operation, const char *table,
                   struct value *answer)
{
    struct call_spec spec = {
        .operation = operation,
        .table = table,
        .arena = &t->turn->scratch,
    };
    TRY(request_finish(&t->request, &spec.request, &t->turn->err));
    TRY(call_make(t->db, t->turn, &spec));
    *answer = spec.answer;
    return ST_OK;
}

static status describe(struct tabling *t, const char *table, struct value *out)
{
    struct value answer = {0};
    TRY(begin(t, table));
    TRY(send(t, "DescribeTable", table, &answer));
    *out = answer_member(answer, "Table", VALUE_M);
    return ST_OK;
}

/* ---- waiting */

/* Is the table of this description as it is awaited? */
typedef bool(ready_fn)(struct value table, const void *ctx);

struct awaited {
    ready_fn *is_ready;
    const void *ctx;
    bool gone; /* that there is no such table is what is awaited */
    uint64_t timeout_us;
};

static status look(struct tabling *t, const char *table, const struct awaited *awaited, bool *done)
{
    struct value description = {0};
    const status st = describe(t, table, &description);
    if (st == ST_NOT_FOUND && awaited->gone) {
        *done = true;
        return ST_OK;
    }
    *done = st == ST_OK && !awaited->gone && awaited->is_ready(description, awaited->ctx);
    return st;
}

static status wait_until(struct tabling *t, const char *table, const struct awaited *awaited)
{
    const struct os *os = &t->db->hooked.pausing;
    const uint64_t begun_ns = os_ticks_ns(os);
    const uint64_t canceled = atomic_load(&t->db->canceled);
    uint64_t waited_us = 0; /* by the hook's clock, which may run ahead */
    for (uint64_t pause_us = PAUSE_FIRST_US;; pause_us *= 2) {
        bool done = false;
        TRY(look(t, table, awaited, &done));
        if (done) return ST_OK;
        if (pause_us > PAUSE_LAST_US) pause_us = PAUSE_LAST_US;
        const uint64_t real_us = (os_ticks_ns(os) - begun_ns) / NS_PER_US;
        if (real_us > awaited->timeout_us || waited_us > awaited->timeout_us)
            return FAIL(&t->turn->err, ST_TIMEOUT, "table \"%s\" is not ready in time", table);
        TRY_PLAIN(&t->turn->err, handle_pause(t->db, pause_us, canceled));
        waited_us += pause_us;
    }
}

static bool has_status(struct value table, const void *ctx)
{
    return span_eq(answer_member(table, "TableStatus", VALUE_S).body, span_of(ctx));
}

static bool is_active(struct value thing, const char *member)
{
    return span_eq(answer_member(thing, member, VALUE_S).body, SPAN("ACTIVE"));
}

/* The table and all its global indexes. */
static bool is_whole(struct value table, const void *ctx)
{
    const struct value indexes = answer_member(table, "GlobalSecondaryIndexes", VALUE_L);
    struct value index = {0};
    (void)ctx;
    if (!is_active(table, "TableStatus")) return false;
    if (indexes.type == VALUE_NONE) return true;
    struct value_cursor cursor = value_walk(indexes);
    while (value_next_element(&cursor, &index))
        if (!is_active(index, "IndexStatus")) return false;
    return true;
}

static status wait_whole(struct tabling *t, const char *table)
{
    const struct awaited awaited = {.is_ready = is_whole, .timeout_us = wait_usual_us};
    return wait_until(t, table, &awaited);
}

/* ---- the functions that the application calls have one frame */

typedef status(table_fn)(struct tabling *t, const char *table, const void *arg);

static stator_rc run(stator *db, table_fn *fn, const char *table, const void *arg)
{
    struct tabling t = {.db = db, .turn = turn_begin()};
    if (t.turn == NULL) return STATOR_E_NOMEM;
    status st = handle_enter(db, &t.turn->err);
    if (st != ST_OK) return turn_end(t.turn, st);
    st = fn(&t, table, arg);
    handle_leave(db);
    return turn_end(t.turn, st);
}

/* ---- CreateTable */

static status write_indexes(struct tabling *t, const stator_table_spec *spec, bool local,
                            struct definitions *all)
{
    struct request *r = &t->request;
    bool any = false;
    for (const stator_index_spec *index = spec->indexes; index != NULL && index->name != NULL;
         index++) {
        if (index->local != local) continue;
        if (!any)
            request_list(r, local ? SPAN("LocalSecondaryIndexes") : SPAN("GlobalSecondaryIndexes"));
        any = true;
        request_map(r, element);
        TRY(index_spec_write(index, all, &t->turn->scratch, r, &t->turn->err));
        request_end(r);
    }
    if (any) request_end(r);
    return ST_OK;
}

static void write_units(const stator_table_spec *spec, struct request *r)
{
    const bool on_demand = spec->read_units == 0 && spec->write_units == 0;
    request_text(r, SPAN("BillingMode"), on_demand ? SPAN("PAY_PER_REQUEST") : SPAN("PROVISIONED"));
    if (on_demand) return;
    request_map(r, SPAN("ProvisionedThroughput"));
    request_number(r, SPAN("ReadCapacityUnits"), spec->read_units);
    request_number(r, SPAN("WriteCapacityUnits"), spec->write_units);
    request_end(r);
}

static void write_stream(const stator_table_spec *spec, struct request *r)
{
    if (spec->stream == NULL) return;
    request_map(r, SPAN("StreamSpecification"));
    request_flag(r, SPAN("StreamEnabled"), true);
    request_text(r, SPAN("StreamViewType"), span_of(spec->stream));
    request_end(r);
}

static status write_table(struct tabling *t, const stator_table_spec *spec)
{
    struct key_spec key;
    struct definitions *all = arena_new(&t->turn->scratch, struct definitions);
    if (all == NULL) return FAIL_PLAIN(&t->turn->err, ST_NO_MEMORY);
    TRY(begin(t, spec->name));
    TRY(key_spec_read(spec->key, spec->name, &t->turn->scratch, &key, &t->turn->err));
    TRY(definitions_add(all, &key, &t->turn->err));
    key_spec_write(&key, &t->request);
    TRY(write_indexes(t, spec, true, all));
    TRY(write_indexes(t, spec, false, all));
    definitions_write(all, &t->request);
    write_units(spec, &t->request);
    write_stream(spec, &t->request);
    if (spec->deletion_protection) request_flag(&t->request, SPAN("DeletionProtectionEnabled"), true);
    return ST_OK;
}

static status set_ttl(struct tabling *t, const char *table, const void *attribute);

static status create(struct tabling *t, const char *table, const void *arg)
{
    const stator_table_spec *spec = arg;
    struct value answer = {0};
    table_keys_forget(t->db);
    TRY(write_table(t, spec));
    TRY(send(t, "CreateTable", table, &answer));
    TRY(wait_whole(t, table));
    return spec->ttl != NULL ? set_ttl(t, table, spec->ttl) : ST_OK;
}

static stator_rc with_spec(stator *db, table_fn *fn, const stator_table_spec *given)
{
    stator_table_spec spec = {0};
    struct turn *turn = turn_begin();
    if (turn == NULL) return STATOR_E_NOMEM;
    const status st =
        options_take("stator_table_spec", given, &spec, sizeof spec, &turn->err);
    if (st != ST_OK) return turn_end(turn, st);
    return run(db, fn, spec.name, &spec);
}

stator_rc stator_create_table_(stator *db, const stator_table_spec *spec)
{
    return with_spec(db, create, spec);
}

/* ---- a table that may be there */

static bool same_schema(struct value thing, const struct key_spec *key)
{
    const struct value schema = answer_member(thing, "KeySchema", VALUE_L);
    struct value part = {0};
    if (schema.type == VALUE_NONE || value_count(schema) != key->count) return false;
    struct value_cursor cursor = value_walk(schema);
    for (size_t i = 0; value_next_element(&cursor, &part); i++) {
        const struct span name = answer_member(part, "AttributeName", VALUE_S).body;
        if (!span_eq(name, key->parts[i].name)) return false;
    }
    return true;
}

static bool find_index(struct value table, const stator_index_spec *index, struct value *out)
{
    const struct value indexes = answer_member(
        table, index->local ? "LocalSecondaryIndexes" : "GlobalSecondaryIndexes", VALUE_L);
    if (indexes.type == VALUE_NONE) return false;
    struct value_cursor cursor = value_walk(indexes);
    while (value_next_element(&cursor, out)) {
        const struct span name = answer_member(*out, "IndexName", VALUE_S).body;
        if (span_eq(name, span_of(index->name))) return true;
    }
    return false;
}

static status check_index(struct tabling *t, struct value table, const stator_index_spec *index)
{
    struct key_spec key;
    struct value found = {0};
    TRY(key_spec_read(index->key, index->name, &t->turn->scratch, &key, &t->turn->err));
    if (!find_index(table, index, &found))
        return FAIL(&t->turn->err, ST_VALIDATION, "the table that is there has no index \"%s\"",
                    index->name);
    if (same_schema(found, &key)) return ST_OK;
    return FAIL(&t->turn->err, ST_VALIDATION, "index \"%s\" of the table that is there has another key",
                index->name);
}

static status check_table(struct tabling *t, struct value table, const stator_table_spec *spec)
{
    struct key_spec key;
    TRY(key_spec_read(spec->key, spec->name, &t->turn->scratch, &key, &t->turn->err));
    if (!same_schema(table, &key))
        return FAIL(&t->turn->err, ST_VALIDATION, "the table \"%s\" that is there has another key",
                    spec->name);
    for (const stator_index_spec *index = spec->indexes; index != NULL && index->name != NULL;
         index++)
        TRY(check_index(t, table, index));
    return ST_OK;
}

/* Another process may make it between the look and the creation: then it is looked at again. */
static status ensure(struct tabling *t, const char *table, const void *arg)
{
    const stator_table_spec *spec = arg;
    struct value description = {0};
    status st = describe(t, table, &description);
    if (st == ST_NOT_FOUND) {
        st = create(t, table, arg);
        if (st != ST_IN_USE) return st;
        st = describe(t, table, &description);
    }
    if (st != ST_OK) return st;
    TRY(check_table(t, description, spec));
    return wait_whole(t, table);
}

stator_rc stator_ensure_table_(stator *db, const stator_table_spec *spec)
{
    return with_spec(db, ensure, spec);
}

/* ---- DeleteTable */

static status delete(struct tabling *t, const char *table, const void *arg)
{
    const struct awaited awaited = {.gone = true, .timeout_us = wait_usual_us};
    struct value answer = {0};
    (void)arg;
    table_keys_forget(t->db);
    TRY(begin(t, table));
    TRY(send(t, "DeleteTable", table, &answer));
    return wait_until(t, table, &awaited);
}

stator_rc stator_delete_table(stator *db, const char *name)
{
    return run(db, delete, name, NULL);
}

/* ---- indexes */

static status create_index(struct tabling *t, const char *table, const void *arg)
{
    const stator_index_spec *index = arg;
    struct value answer = {0};
    struct request *r = &t->request;
    struct definitions *all = arena_new(&t->turn->scratch, struct definitions);
    if (all == NULL) return FAIL_PLAIN(&t->turn->err, ST_NO_MEMORY);
    if (index == NULL || index->name == NULL)
        return FAIL(&t->turn->err, ST_MISUSE, "stator_create_index: the index or its name is NULL");
    if (index->local)
        return FAIL(&t->turn->err, ST_VALIDATION, "a local index is made with its table");
    TRY(begin(t, table));
    request_list(r, SPAN("GlobalSecondaryIndexUpdates"));
    request_map(r, element);
    request_map(r, SPAN("Create"));
    TRY(index_spec_write(index, all, &t->turn->scratch, r, &t->turn->err));
    request_end(r);
    request_end(r);
    request_end(r);
    definitions_write(all, r);
    TRY(send(t, "UpdateTable", table, &answer));
    return wait_whole(t, table);
}

stator_rc stator_create_index(stator *db, const char *table, const stator_index_spec *index)
{
    return run(db, create_index, table, index);
}

static bool lacks_index(struct value table, const void *ctx)
{
    const stator_index_spec index = {.name = ctx};
    struct value found = {0};
    return !find_index(table, &index, &found) && is_active(table, "TableStatus");
}

static status drop_index(struct tabling *t, const char *table, const void *name)
{
    const struct awaited awaited = {
        .is_ready = lacks_index, .ctx = name, .timeout_us = wait_usual_us};
    struct value answer = {0};
    struct request *r = &t->request;
    if (name == NULL) return FAIL(&t->turn->err, ST_MISUSE, "the name of the index is NULL");
    TRY(begin(t, table));
    request_list(r, SPAN("GlobalSecondaryIndexUpdates"));
    request_map(r, element);
    request_map(r, SPAN("Delete"));
    request_text(r, SPAN("IndexName"), span_of(name));
    request_end(r);
    request_end(r);
    request_end(r);
    TRY(send(t, "UpdateTable", table, &answer));
    return wait_until(t, table, &awaited);
}

stator_rc stator_drop_index(stator *db, const char *table, const char *index)
{
    return run(db, drop_index, table, index);
}

/* ---- time to live */

/* The attribute that it is on with, or none. */
static status read_ttl(struct tabling *t, const char *table, struct span *out)
{
    struct value answer = {0};
    TRY(begin(t, table));
    TRY(send(t, "DescribeTimeToLive", table, &answer));
    const struct value now = answer_member(answer, "TimeToLiveDescription", VALUE_M);
    const struct span is = answer_member(now, "TimeToLiveStatus", VALUE_S).body;
    const bool is_on = span_eq(is, SPAN("ENABLED")) || span_eq(is, SPAN("ENABLING"));
    *out = is_on ? answer_member(now, "AttributeName", VALUE_S).body : (struct span){0};
    return ST_OK;
}

static status change_ttl(struct tabling *t, const char *table, struct span attribute, bool enabled)
{
    struct value answer = {0};
    TRY(begin(t, table));
    request_map(&t->request, SPAN("TimeToLiveSpecification"));
    request_text(&t->request, SPAN("AttributeName"), attribute);
    request_flag(&t->request, SPAN("Enabled"), enabled);
    request_end(&t->request);
    return send(t, "UpdateTimeToLive", table, &answer);
}

static status set_ttl(struct tabling *t, const char *table, const void *attribute)
{
    const struct span wanted = attribute != NULL ? span_of(attribute) : (struct span){0};
    struct span now = {0};
    TRY(read_ttl(t, table, &now));
    if (span_eq(wanted, now)) return ST_OK;
    if (now.len > 0) TRY(change_ttl(t, table, now, false));
    return wanted.len > 0 ? change_ttl(t, table, wanted, true) : ST_OK;
}

stator_rc stator_set_ttl(stator *db, const char *table, const char *attribute)
{
    return run(db, set_ttl, table, attribute);
}

/* ---- describing */

struct wait_arg {
    const char *table_status;
    int64_t timeout_us;
};

static status wait_status(struct tabling *t, const char *table, const void *arg)
{
    const struct wait_arg *wait = arg;
    if (wait->table_status == NULL)
        return FAIL(&t->turn->err, ST_MISUSE, "stator_wait_table: the status is NULL");
    const struct awaited awaited = {
        .is_ready = has_status,
        .ctx = wait->table_status,
        .timeout_us = wait->timeout_us > 0 ? (uint64_t)wait->timeout_us : wait_usual_us,
    };
    return wait_until(t, table, &awaited);
}

stator_rc stator_wait_table(stator *db, const char *name, const char *table_status,
                            int64_t timeout_us)
{
    const struct wait_arg arg = {table_status, timeout_us};
    return run(db, wait_status, name, &arg);
}

struct listing {
    const char *operation;
    const char *after;
    int limit;
    stator_result **out;
};

static status write_listing(struct tabling *t, const char *table, const struct listing *l)
{
    if (table != NULL) return begin(t, table);
    request_begin(&t->request, &t->turn->scratch);
    if (l->after != NULL) {
        if (!utf8_is_valid(span_of(l->after)))
            return FAIL(&t->turn->err, ST_VALIDATION, "`after` is not valid UTF-8");
        request_text(&t->request, SPAN("ExclusiveStartTableName"), span_of(l->after));
    }
    if (l->limit != 0) request_number(&t->request, SPAN("Limit"), l->limit);
    return ST_OK;
}

static status fill(struct tabling *t, const char *table, const struct listing *l,
                   stator_result *result)
{
    struct call_spec spec = {.operation = l->operation, .table = table, .arena = &result->arena};
    TRY(write_listing(t, table, l));
    TRY(request_finish(&t->request, &spec.request, &t->turn->err));
    TRY(call_make(t->db, t->turn, &spec));
    TRY_PLAIN(&t->turn->err, result_set(result, spec.answer));
    return ST_OK;
}

static status read_into_result(struct tabling *t, const char *table, const void *arg)
{
    const struct listing *l = arg;
    stator_result *result = NULL;
    if (l->out == NULL) return FAIL(&t->turn->err, ST_MISUSE, "there is no `out` for the result");
    TRY(result_new(t->turn, t->db, &result));
    const status st = fill(t, table, l, result);
    if (st == ST_OK) {
        *l->out = result;
    } else {
        stator_result_free(result);
    }
    return st;
}

stator_rc stator_describe_table(stator *db, const char *name, stator_result **out)
{
    const struct listing l = {.operation = "DescribeTable", .out = out};
    if (out != NULL) *out = NULL;
    return run(db, read_into_result, name != NULL ? name : "", &l);
}

stator_rc stator_list_tables(stator *db, const char *after, int limit, stator_result **out)
{
    const struct listing l = {"ListTables", after, limit, out};
    if (out != NULL) *out = NULL;
    return run(db, read_into_result, NULL, &l);
}
