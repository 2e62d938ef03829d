/* job_test.c -- conditional job insertion, as one table.
 *
 * A job is put under six conditions joined by OR (the document "DynamoDB Conditional Expression
 * Patterns"): it is new; or the stored one failed; or it returns from asynchronous work that was
 * running; or it passed more than 12 hours ago; or it may repeat; or it is older than 2 days. Each
 * row tells what is stored, what arrives, and whether it is inserted. Times are RFC 3339 in UTC, so
 * that text order is time order.
 */
#include <stdio.h>

#include "engine/fixture.h"

#define CONDITION                                                                                  \
    "attribute_not_exists(#key) OR begins_with(#status, :fail) OR "                                \
    "begins_with(#status, :returning) OR (begins_with(#status, :pass) AND #created < :rerun) OR "  \
    "#allowRepeat = :true OR #created < :overwrite"
#define NAMES                                                                                      \
    "{\"#key\":\"key\",\"#status\":\"status\",\"#created\":\"created\","                           \
    "\"#allowRepeat\":\"allowRepeat\"}"
#define VALUES                                                                                     \
    "{\":fail\":{\"S\":\"JF\"},\":returning\":{\"S\":\"%s\"},\":pass\":{\"S\":\"JP\"},"            \
    "\":rerun\":{\"S\":\"2023-11-20T00:00:00Z\"},\":true\":{\"BOOL\":true},"                       \
    "\":overwrite\":{\"S\":\"2023-11-18T12:00:00Z\"}}"
#define JOB "\"username\":{\"S\":\"%s\"},\"key\":{\"S\":\"#job#example.com#nmap\"}"

#define CREATED(time) ",\"created\":{\"S\":\"" time "\"}"
#define STATUS(code) ",\"status\":{\"S\":\"" code "#2023-11-20T11:59:00Z\"}"
#define MINUTE_OLD CREATED("2023-11-20T11:59:00Z")

struct row {
    const char *id;
    const char *stored; /* attributes beside the key; NULL: no item */
    const char *inbound;
    bool inserts;
    const char *tenant; /* of the stored item; NULL: the same */
};

#define TTL(second) ",\"ttl\":{\"N\":\"" second "\"}" /* the clock shows 1700000000 */

/* clang-format off */
static const struct row rows[] = {
    {"T0-1 none stored", NULL, "JQ", true, NULL},
    {"T0-2 failed", STATUS("JF") MINUTE_OLD, "JQ", true, NULL},
    {"T0-3 async running, returning", STATUS("JRA") MINUTE_OLD, "JQA", true, NULL},
    {"T0-4 async running, not returning", STATUS("JRA") MINUTE_OLD, "JQ", false, NULL},
    {"T0-5 JR is not a JRA", STATUS("JR") MINUTE_OLD, "JQA", false, NULL},
    {"T0-6 queued", STATUS("JQ") MINUTE_OLD, "JQA", false, NULL},
    {"T0-6 async returning", STATUS("JQA") MINUTE_OLD, "JQA", false, NULL},
    {"T0-7 passed 11 h 59 m ago", STATUS("JP") CREATED("2023-11-20T00:01:00Z"), "JQ", false,
     NULL},
    {"T0-8 passed 12 h 01 m ago", STATUS("JP") CREATED("2023-11-19T23:59:00Z"), "JQ", true, NULL},
    {"T0-9 running 12 h 01 m", STATUS("JR") CREATED("2023-11-19T23:59:00Z"), "JQ", false, NULL},
    {"T0-10 exactly the threshold", STATUS("JP") CREATED("2023-11-20T00:00:00Z"), "JQ", false,
     NULL},
    {"T0-11 may repeat", STATUS("JR") MINUTE_OLD ",\"allowRepeat\":{\"BOOL\":true}", "JQ", true,
     NULL},
    {"T0-12 allowRepeat is text", STATUS("JR") MINUTE_OLD ",\"allowRepeat\":{\"S\":\"true\"}",
     "JQ", false, NULL},
    {"T0-12 allowRepeat is a number", STATUS("JR") MINUTE_OLD ",\"allowRepeat\":{\"N\":\"1\"}",
     "JQ", false, NULL},
    {"T0-13 running 47 h 59 m", STATUS("JR") CREATED("2023-11-18T12:01:00Z"), "JQ", false, NULL},
    {"T0-13 running 48 h 01 m", STATUS("JR") CREATED("2023-11-18T11:59:00Z"), "JQ", true, NULL},
    {"T0-14 no status, no created", "", "JQ", false, NULL},
    {"T0-15 no status, 3 days old", CREATED("2023-11-17T12:00:00Z"), "JQ", true, NULL},
    {"T0-16 created is a number", STATUS("JR") ",\"created\":{\"N\":\"5\"}", "JQ", false, NULL},
    {"T0-19 another tenant's key", STATUS("JR") MINUTE_OLD, "JQ", true, "other"},
    {"T0-20 past its ttl, not swept", STATUS("JR") MINUTE_OLD TTL("1699999999"), "JQ", true, NULL},
    {"T0-20 at its ttl", STATUS("JR") MINUTE_OLD TTL("1700000000"), "JQ", false, NULL},
};
/* clang-format on */

static const char *format(struct fixture *f, const char *format, const char *a, const char *b)
{
    char *text = arena_alloc(&f->arena, 1024);
    assert_non_null(text);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    (void)snprintf(text, 1024, format, a, b);
#pragma GCC diagnostic pop
    return text;
}

static const char *job(struct fixture *f, const char *tenant, const char *more)
{
    return format(f, "{" JOB "%s}", tenant, more);
}

static status insert_job(struct fixture *f, const char *inbound)
{
    const bool returning = strcmp(inbound, "JQA") == 0;
    const char *more = format(f, ",\"status\":{\"S\":\"%s#now\"}%s", inbound, "");
    struct fixture_write put = {
        .verb = ENGINE_PUT,
        .table = "jobs",
        .item = job(f, "me", more),
        .condition = CONDITION,
        .names = NAMES,
        .values = format(f, VALUES "%s", returning ? "JRA" : "NOMATCH", ""),
    };
    return fixture_write(f, &put);
}

static void run_row(const struct row *row)
{
    struct fixture f;
    fixture_open(&f, NULL);
    fixture_table(&f, "jobs", "username:S", "key:S");
    assert_int_equal(fixture_ttl(&f, "jobs", "ttl", true), ST_OK);
    const char *key = job(&f, "me", "");
    if (row->stored != NULL) {
        const char *tenant = row->tenant == NULL ? "me" : row->tenant;
        struct fixture_write put = {
            .verb = ENGINE_PUT, .table = "jobs", .item = job(&f, tenant, row->stored)};
        assert_int_equal(fixture_write(&f, &put), ST_OK);
    }
    const char *before = fixture_get(&f, "jobs", key);
    const status st = insert_job(&f, row->inbound);
    if (st != (row->inserts ? ST_OK : ST_CONDITION_FAILED))
        fail_msg("%s: %s", row->id, status_info(st)->name);
    const char *after = fixture_get(&f, "jobs", key);
    assert_non_null(after);
    if (row->inserts)
        assert_non_null(strstr(after, "#now"));
    else
        assert_string_equal(after, before); /* T0-18 */
    fixture_close(&f);
}

static void test_job_insertion_table(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) run_row(&rows[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_job_insertion_table)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
