/* tables.c -- making, deleting, describing and awaiting tables.
 */
#include <string.h>

#include "db/action.h"
#include "db/answer.h"
#include "db/key_spec.h"
#include "db/options.h"
#include "db/result.h"
#include "db/table_keys.h"
#include "db/tabling.h"

static const struct span element = {0};

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
        TRY(key_spec_write_index(index, all, &t->turn->scratch, r, &t->turn->err));
        if (!local) tabling_write_units(spec->read_units, spec->write_units, r);
        request_end(r);
    }
    if (any) request_end(r);
    return ST_OK;
}

static void write_units(const stator_table_spec *spec, struct request *r)
{
    const bool on_demand = spec->read_units == 0 && spec->write_units == 0;
    request_text(r, SPAN("BillingMode"), on_demand ? SPAN("PAY_PER_REQUEST") : SPAN("PROVISIONED"));
    tabling_write_units(spec->read_units, spec->write_units, r);
}

static status write_stream(struct tabling *t, const stator_table_spec *spec)
{
    struct request *r = &t->request;
    if (spec->stream == NULL) return ST_OK;
    request_map(r, SPAN("StreamSpecification"));
    request_flag(r, SPAN("StreamEnabled"), true);
    TRY(request_given(r, SPAN("StreamViewType"), spec->stream, "`stream`", &t->turn->err));
    request_end(r);
    return ST_OK;
}

static status write_table(struct tabling *t, const stator_table_spec *spec)
{
    struct key_spec key;
    struct definitions *all = arena_new(&t->turn->scratch, struct definitions);
    if (all == NULL) return FAIL_PLAIN(&t->turn->err, ST_NO_MEMORY);
    TRY(tabling_begin(t, spec->name));
    TRY(key_spec_read(spec->key, spec->name, &t->turn->scratch, &key, &t->turn->err));
    TRY(key_spec_define(all, &key, &t->turn->err));
    key_spec_write(&key, &t->request);
    TRY(write_indexes(t, spec, true, all));
    TRY(write_indexes(t, spec, false, all));
    key_spec_write_definitions(all, &t->request);
    write_units(spec, &t->request);
    TRY(write_stream(t, spec));
    if (spec->deletion_protection)
        request_flag(&t->request, SPAN("DeletionProtectionEnabled"), true);
    return ST_OK;
}

static status create(struct tabling *t, const char *table, const void *arg)
{
    const stator_table_spec *spec = arg;
    struct value answer = {0};
    TRY(write_table(t, spec));
    TRY(tabling_send(t, "CreateTable", table, &answer));
    table_keys_forget(t->db);
    TRY(tabling_wait_whole(t, table));
    return spec->ttl != NULL ? tabling_set_ttl(t, table, spec->ttl) : ST_OK;
}

static stator_rc with_spec(stator *db, tabling_fn *fn, const stator_table_spec *given)
{
    stator_table_spec spec = {0};
    struct turn *turn = turn_begin();
    if (turn == NULL) return STATOR_E_NOMEM;
    const status st = options_take("stator_table_spec", given, &spec, sizeof spec, &turn->err);
    if (st != ST_OK) return turn_end(turn, st);
    return tabling_run(db, fn, spec.name, &spec);
}

stator_rc stator_create_table_(stator *db, const stator_table_spec *spec)
{
    return with_spec(db, create, spec);
}

/* ---- a table that may be there */

/* The type that the description of a table gives its attribute `name`. */
static struct span type_of(struct value table, struct span name)
{
    const struct value definitions = answer_member(table, "AttributeDefinitions", VALUE_L);
    struct value definition = {0};
    if (definitions.type == VALUE_NONE) return (struct span){0};
    struct value_cursor cursor = value_walk(definitions);
    while (value_next_element(&cursor, &definition))
        if (span_eq(answer_member(definition, "AttributeName", VALUE_S).body, name))
            return answer_member(definition, "AttributeType", VALUE_S).body;
    return (struct span){0};
}

static bool same_part(struct value table, struct value given, const struct key_part *part)
{
    const struct span name = answer_member(given, "AttributeName", VALUE_S).body;
    const struct span kind = answer_member(given, "KeyType", VALUE_S).body;
    return span_eq(name, part->name) && span_eq(kind, SPAN("RANGE")) == part->is_sort &&
           span_eq(type_of(table, name), part->type);
}

/* Is `key` that of `thing`, which is the table or an index of it? */
static bool same_key(struct value table, struct value thing, const struct key_spec *key)
{
    const struct value schema = answer_member(thing, "KeySchema", VALUE_L);
    struct value given = {0};
    if (schema.type == VALUE_NONE || value_count(schema) != key->count) return false;
    struct value_cursor cursor = value_walk(schema);
    for (size_t i = 0; value_next_element(&cursor, &given); i++)
        if (!same_part(table, given, &key->parts[i])) return false;
    return true;
}

static status check_index(struct tabling *t, struct value table, const stator_index_spec *index)
{
    struct key_spec key;
    struct value found = {0};
    TRY(key_spec_read(index->key, index->name, &t->turn->scratch, &key, &t->turn->err));
    if (!tabling_find_index(table, index, &found))
        return FAIL(&t->turn->err, ST_VALIDATION, "the table that is there has no index \"%s\"",
                    index->name);
    if (same_key(table, found, &key)) return ST_OK;
    return FAIL(&t->turn->err, ST_VALIDATION,
                "index \"%s\" of the table that is there has another key", index->name);
}

static status check_table(struct tabling *t, struct value table, const stator_table_spec *spec)
{
    struct key_spec key;
    TRY(key_spec_read(spec->key, spec->name, &t->turn->scratch, &key, &t->turn->err));
    if (!same_key(table, table, &key))
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
    status st = tabling_describe(t, table, &description);
    if (st == ST_NOT_FOUND) {
        st = create(t, table, arg);
        if (st != ST_IN_USE) return st;
        st = tabling_describe(t, table, &description);
    }
    if (st != ST_OK) return st;
    TRY(check_table(t, description, spec));
    return tabling_wait_whole(t, table);
}

stator_rc stator_ensure_table_(stator *db, const stator_table_spec *spec)
{
    return with_spec(db, ensure, spec);
}

/* ---- DeleteTable */

static status delete (struct tabling *t, const char *table, const void *arg)
{
    const struct tabling_awaited awaited = {.gone = true};
    struct value answer = {0};
    (void)arg;
    TRY(tabling_begin(t, table));
    TRY(tabling_send(t, "DeleteTable", table, &answer));
    table_keys_forget(t->db);
    return tabling_wait(t, table, &awaited);
}

stator_rc stator_delete_table(stator *db, const char *name)
{
    return tabling_run(db, delete, name, NULL);
}

/* ---- describing */

static bool has_status(struct value table, const void *ctx)
{
    return span_eq(answer_member(table, "TableStatus", VALUE_S).body, span_of(ctx));
}

static bool is_status(const char *text)
{
    static const char *const all[] = {
        "CREATING",  "UPDATING", "DELETING", "ACTIVE", "INACCESSIBLE_ENCRYPTION_CREDENTIALS",
        "ARCHIVING", "ARCHIVED",
    };
    for (size_t i = 0; i < ARRAY_COUNT(all); i++)
        if (strcmp(text, all[i]) == 0) return true;
    return false;
}

struct wait_arg {
    const char *table_status;
    int64_t timeout_us;
};

static status wait_status(struct tabling *t, const char *table, const void *arg)
{
    const struct wait_arg *wait = arg;
    if (wait->table_status == NULL)
        return FAIL(&t->turn->err, ST_MISUSE, "stator_wait_table: the status is NULL");
    if (!is_status(wait->table_status))
        return FAIL(&t->turn->err, ST_VALIDATION, "\"%s\" is no status of a table",
                    wait->table_status);
    const struct tabling_awaited awaited = {
        .is_ready = has_status,
        .ctx = wait->table_status,
        .timeout_us = wait->timeout_us > 0 ? (uint64_t)wait->timeout_us : 0,
    };
    return tabling_wait(t, table, &awaited);
}

stator_rc stator_wait_table(stator *db, const char *name, const char *table_status,
                            int64_t timeout_us)
{
    const struct wait_arg arg = {table_status, timeout_us};
    return tabling_run(db, wait_status, name, &arg);
}

struct listing {
    const char *operation;
    bool all; /* not about one table */
    const char *after;
    int limit;
    stator_result **out;
};

static status write_listing(struct tabling *t, const char *table, const struct listing *l)
{
    if (!l->all) return tabling_begin(t, table);
    request_begin(&t->request, &t->turn->scratch);
    if (l->after != NULL)
        TRY(request_given(&t->request, SPAN("ExclusiveStartTableName"), l->after, "`after`",
                          &t->turn->err));
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
    return tabling_run(db, read_into_result, name, &l);
}

stator_rc stator_list_tables(stator *db, const char *after, int limit, stator_result **out)
{
    const struct listing l = {"ListTables", true, after, limit, out};
    if (out != NULL) *out = NULL;
    return tabling_run(db, read_into_result, NULL, &l);
}
