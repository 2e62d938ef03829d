/* table_change.c -- indexes and time to live of a table that is there. */
#include "base/utf8.h"
#include "db/answer.h"
#include "db/key_spec.h"
#include "db/tabling.h"

static const struct span element = {0};

bool tabling_find_index(struct value table, const stator_index_spec *index, struct value *out)
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

/* ---- indexes */

void tabling_write_units(int64_t read_units, int64_t write_units, struct request *r)
{
    if (read_units == 0 && write_units == 0) return;
    request_map(r, SPAN("ProvisionedThroughput"));
    request_number(r, SPAN("ReadCapacityUnits"), read_units);
    request_number(r, SPAN("WriteCapacityUnits"), write_units);
    request_end(r);
}

/* A new index has the units of its table. */
static void write_units_of(struct tabling *t, struct value table)
{
    const struct value units = answer_member(table, "ProvisionedThroughput", VALUE_M);
    tabling_write_units(answer_number(units, "ReadCapacityUnits"),
                        answer_number(units, "WriteCapacityUnits"), &t->request);
}

status tabling_create_index(struct tabling *t, const char *table, const void *spec)
{
    const stator_index_spec *index = spec;
    struct value description = {0};
    struct value answer = {0};
    struct request *r = &t->request;
    struct definitions *all = arena_new(&t->turn->scratch, struct definitions);
    if (all == NULL) return FAIL_PLAIN(&t->turn->err, ST_NO_MEMORY);
    if (index == NULL || index->name == NULL)
        return FAIL(&t->turn->err, ST_MISUSE, "stator_create_index: the index or its name is NULL");
    if (index->local)
        return FAIL(&t->turn->err, ST_VALIDATION, "a local index is made with its table");
    TRY(tabling_describe(t, table, &description));
    TRY(tabling_begin(t, table));
    request_list(r, SPAN("GlobalSecondaryIndexUpdates"));
    request_map(r, element);
    request_map(r, SPAN("Create"));
    TRY(key_spec_write_index(index, all, &t->turn->scratch, r, &t->turn->err));
    write_units_of(t, description);
    request_end(r);
    request_end(r);
    request_end(r);
    key_spec_write_definitions(all, r);
    TRY(tabling_send(t, "UpdateTable", table, &answer));
    return tabling_wait_whole(t, table);
}

stator_rc stator_create_index(stator *db, const char *table, const stator_index_spec *index)
{
    return tabling_run(db, tabling_create_index, table, index);
}

static bool lacks_index(struct value table, const void *ctx)
{
    const stator_index_spec index = {.name = ctx};
    struct value found = {0};
    return !tabling_find_index(table, &index, &found) && tabling_is_active(table, "TableStatus");
}

static status drop_index(struct tabling *t, const char *table, const void *name)
{
    const struct tabling_awaited awaited = {.is_ready = lacks_index, .ctx = name};
    struct value answer = {0};
    struct request *r = &t->request;
    if (name == NULL) return FAIL(&t->turn->err, ST_MISUSE, "the name of the index is NULL");
    TRY(tabling_begin(t, table));
    request_list(r, SPAN("GlobalSecondaryIndexUpdates"));
    request_map(r, element);
    request_map(r, SPAN("Delete"));
    TRY(request_given(r, SPAN("IndexName"), name, "the name of the index", &t->turn->err));
    request_end(r);
    request_end(r);
    request_end(r);
    TRY(tabling_send(t, "UpdateTable", table, &answer));
    return tabling_wait(t, table, &awaited);
}

stator_rc stator_drop_index(stator *db, const char *table, const char *index)
{
    return tabling_run(db, drop_index, table, index);
}

/* ---- time to live */

status tabling_ttl(struct tabling *t, const char *table, struct span *out)
{
    struct value answer = {0};
    TRY(tabling_begin(t, table));
    TRY(tabling_send(t, "DescribeTimeToLive", table, &answer));
    const struct value now = answer_member(answer, "TimeToLiveDescription", VALUE_M);
    const struct span is = answer_member(now, "TimeToLiveStatus", VALUE_S).body;
    const bool is_on = span_eq(is, SPAN("ENABLED")) || span_eq(is, SPAN("ENABLING"));
    *out = is_on ? answer_member(now, "AttributeName", VALUE_S).body : (struct span){0};
    return ST_OK;
}

static status change_ttl(struct tabling *t, const char *table, struct span attribute, bool enabled)
{
    struct value answer = {0};
    TRY(tabling_begin(t, table));
    request_map(&t->request, SPAN("TimeToLiveSpecification"));
    request_text(&t->request, SPAN("AttributeName"), attribute);
    request_flag(&t->request, SPAN("Enabled"), enabled);
    request_end(&t->request);
    return tabling_send(t, "UpdateTimeToLive", table, &answer);
}

status tabling_set_ttl(struct tabling *t, const char *table, const void *attribute)
{
    const struct span wanted = attribute != NULL ? span_of(attribute) : (struct span){0};
    struct span now = {0};
    if (!utf8_is_valid(wanted))
        return FAIL(&t->turn->err, ST_VALIDATION,
                    "the name of the attribute for time to live is not valid UTF-8");
    TRY(tabling_ttl(t, table, &now));
    if (span_eq(wanted, now)) return ST_OK;
    if (now.len > 0) TRY(change_ttl(t, table, now, false));
    return wanted.len > 0 ? change_ttl(t, table, wanted, true) : ST_OK;
}

stator_rc stator_set_ttl(stator *db, const char *table, const char *attribute)
{
    return tabling_run(db, tabling_set_ttl, table, attribute);
}

/* ---- streams */

static bool has_stream(struct value table, const void *view)
{
    const struct value is = answer_member(table, "StreamSpecification", VALUE_M);
    const struct span word = answer_member(is, "StreamViewType", VALUE_S).body;
    const bool is_so = view != NULL ? span_eq(word, span_of(view)) : word.len == 0;
    return is_so && tabling_is_active(table, "TableStatus");
}

static status set_stream(struct tabling *t, const char *table, const void *view)
{
    const struct tabling_awaited awaited = {.is_ready = has_stream, .ctx = view};
    struct value answer = {0};
    struct request *r = &t->request;
    TRY(tabling_begin(t, table));
    request_map(r, SPAN("StreamSpecification"));
    request_flag(r, SPAN("StreamEnabled"), view != NULL);
    if (view != NULL) TRY(request_given(r, SPAN("StreamViewType"), view, "`view`", &t->turn->err));
    request_end(r);
    TRY(tabling_send(t, "UpdateTable", table, &answer));
    return tabling_wait(t, table, &awaited);
}

stator_rc stator_set_stream(stator *db, const char *table, const char *view)
{
    return tabling_run(db, set_stream, table, view);
}
