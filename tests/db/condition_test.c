/* condition_test.c -- conditions judged in the program, and shown.
 *
 * The job table is the seeds' (T0-1 to T0-16); its rows are stored items and whether an insert goes
 * ahead. The condition semantics themselves are expr's and tested there: here it is that literals
 * mean them.
 */
#include "support/support.h"

#include "db/heap.h"
#include "db/request.h"

#define NOW_US (1704364200 * STATOR_SECOND) /* 2024-01-04T10:30:00Z */

static bool may_insert(const char *item, const char *inbound)
{
    char rerun[STATOR_TS_LEN], backup[STATOR_TS_LEN];
    stator_rfc3339(rerun, NOW_US - 12 * STATOR_HOUR);
    stator_rfc3339(backup, NOW_US - 2 * STATOR_DAY);
    const bool returning = strcmp(inbound, "JQA") == 0;
    return request_holds(
        stator_or(stator_not_exists("key"), stator_begins_with("status", stator_s("JF")),
                  stator_begins_with("status", stator_s(returning ? "JRA" : "NOMATCH")),
                  stator_and(stator_begins_with("status", stator_s("JP")),
                             stator_lt("created", stator_s(rerun))),
                  stator_eq("allowRepeat", stator_bool(true)),
                  stator_lt("created", stator_s(backup))),
        item);
}

static void test_condition__the_job_table(void **state)
{
    (void)state;
    static const struct {
        const char *item, *inbound;
        bool inserts;
    } rows[] = {
        {NULL,                                                                      "JQ",  true },
        {"{\"key\":\"k\",\"status\":\"JF\",\"created\":\"2024-01-04T10:29:00Z\"}",  "JQ",  true },
        {"{\"key\":\"k\",\"status\":\"JRA\",\"created\":\"2024-01-04T10:29:00Z\"}", "JQA", true },
        {"{\"key\":\"k\",\"status\":\"JRA\",\"created\":\"2024-01-04T10:29:00Z\"}", "JQ",  false},
        {"{\"key\":\"k\",\"status\":\"JR\",\"created\":\"2024-01-04T10:29:00Z\"}",  "JQA", false},
        {"{\"key\":\"k\",\"status\":\"JQ\",\"created\":\"2024-01-04T10:29:00Z\"}",  "JQA", false},
        {"{\"key\":\"k\",\"status\":\"JQA\",\"created\":\"2024-01-04T10:29:00Z\"}", "JQA", false},
        {"{\"key\":\"k\",\"status\":\"JP\",\"created\":\"2024-01-03T22:31:00Z\"}",  "JQ",  false},
        {"{\"key\":\"k\",\"status\":\"JP\",\"created\":\"2024-01-03T22:29:00Z\"}",  "JQ",  true },
        {"{\"key\":\"k\",\"status\":\"JR\",\"created\":\"2024-01-03T22:29:00Z\"}",  "JQ",  false},
        {"{\"key\":\"k\",\"status\":\"JP\",\"created\":\"2024-01-03T22:30:00Z\"}",  "JQ",  false},
        {"{\"key\":\"k\",\"status\":\"JR\",\"allowRepeat\":true}",                  "JQ",  true },
        {"{\"key\":\"k\",\"status\":\"JR\",\"allowRepeat\":\"true\"}",              "JQ",  false},
        {"{\"key\":\"k\",\"status\":\"JR\",\"allowRepeat\":1}",                     "JQ",  false},
        {"{\"key\":\"k\",\"status\":\"JR\",\"created\":\"2024-01-02T10:31:00Z\"}",  "JQ",  false},
        {"{\"key\":\"k\",\"status\":\"JR\",\"created\":\"2024-01-02T10:29:00Z\"}",  "JQ",  true },
        {"{\"key\":\"k\"}",                                                         "JQ",  false},
        {"{\"key\":\"k\",\"created\":\"2024-01-01T10:30:00Z\"}",                    "JQ",  true },
        {"{\"key\":\"k\",\"status\":\"JR\",\"created\":20240101}",                  "JQ",  false},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
        if (may_insert(rows[i].item, rows[i].inbound) != rows[i].inserts)
            fail_msg("%s, %s: expected %s", rows[i].item, rows[i].inbound,
                     rows[i].inserts ? "insert" : "refusal");
    heap_check();
}

static void test_condition__literals_mean_the_evaluators_operators(void **state)
{
    (void)state;
    static const char item[] =
        "{\"a\":5,\"b\":7,\"s\":\"abc\",\"l\":[1,{\"x\":2}],\"m\":{\"a.b\":1},"
        "\"t\":true,\"z\":null}";
    /* clang-format off */
    const struct {
        stator_cond condition;
        bool holds;
    } cases[] = {
        {stator_eq("a", stator_i(5)), true},
        {stator_eq("a", stator_n("5.0")), true},
        {stator_eq("a", stator_d(5)), true},
        {stator_eq("a", stator_s("5")), false},
        {stator_ne("missing", stator_i(1)), true},
        {stator_eq("missing", stator_path("gone")), false},
        {stator_lt("a", stator_path("b")), true},
        {stator_between("a", stator_i(5), stator_i(6)), true},
        {stator_in("a", stator_i(1), stator_i(5)), true},
        {stator_in("a", stator_i(1)), false},
        {stator_exists("z"), true},
        {stator_exists("l[1].x"), true},
        {stator_exists("l[2]"), false},
        {stator_exists("m.a\\.b"), true},
        {stator_not_exists("m.a.b"), true},
        {stator_is_type("z", "NULL"), true},
        {stator_begins_with("s", stator_s("ab")), true},
        {stator_contains("s", stator_s("bc")), true},
        {stator_contains("l", stator_i(1)), true},
        {stator_contains("l", STATOR_M({"x", stator_i(2)})), true},
        {stator_cmp(stator_size("s"), STATOR_C_EQ, stator_i(3)), true},
        {stator_not(stator_eq("t", stator_bool(true))), false},
        {stator_expr("a < b AND size(s) = ? AND ? = ?", stator_i(3), stator_path("m.a\\.b"),
                     stator_i(1)),
         true},
    };
    /* clang-format on */
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++)
        if (request_holds(cases[i].condition, item) != cases[i].holds)
            fail_msg("case %zu is expected %s", i, cases[i].holds ? "to hold" : "not to hold");
    heap_check();
}

static void test_condition__no_condition_holds_for_all(void **state)
{
    (void)state;
    assert_true(request_holds((stator_cond){0}, NULL));
    assert_true(request_holds(stator_always(), "{}"));
    assert_false(request_holds(stator_never(), "{}"));
    heap_check();
}

static void check_refused(stator_cond condition, stator_rc rc, const char *message)
{
    bool holds = true;
    assert_int_equal(stator_cond_check(condition, NULL, &holds), rc);
    assert_string_equal(stator_error_get()->message, message);
    assert_true(holds); /* untouched */
    heap_check();
}

static void test_condition__the_validator_is_dynamodbs(void **state)
{
    (void)state;
    check_refused(stator_begins_with("a", stator_i(1)), STATOR_E_INVALID,
                  "Invalid ConditionExpression: Incorrect operand type for operator or function; "
                  "operator or function: begins_with, operand type: N");
    check_refused(stator_lt("a", stator_bool(true)), STATOR_E_INVALID,
                  "Invalid ConditionExpression: Incorrect operand type for operator or function; "
                  "operator or function: <, operand type: BOOL");
    check_refused(stator_between("a", stator_i(2), stator_i(1)), STATOR_E_INVALID,
                  "Invalid ConditionExpression: The BETWEEN operator requires upper bound to be "
                  "greater than or equal to lower bound; lower bound operand: AttributeValue: "
                  "{N:2}, upper bound operand: AttributeValue: {N:1}");
    check_refused(stator_is_type("a", "string"), STATOR_E_INVALID,
                  "Invalid ConditionExpression: Invalid attribute type name found; type: string, "
                  "valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}");
    check_refused(stator_one_of("a", NULL, 0), STATOR_E_INVALID,
                  "Invalid ConditionExpression: Syntax error; token: \")\", near: \"()\"");
    check_refused(stator_expr0(""), STATOR_E_INVALID,
                  "Invalid ConditionExpression: The expression can not be empty;");
    check_refused(stator_expr0("a = "), STATOR_E_INVALID,
                  "Invalid ConditionExpression: Syntax error; token: \"<EOF>\", near: \"=\"");
    check_refused(stator_eq("a", stator_n("x")), STATOR_E_INVALID,
                  "The parameter cannot be converted to a numeric value: x");
}

static void test_condition__17_levels_are_too_deep(void **state)
{
    (void)state;
    stator_cond room[18] = {stator_exists("a")};
    for (size_t i = 0; i < 17; i++) room[i + 1] = stator_not_of(&room[i]);
    assert_false(request_holds(room[16], NULL));
    check_refused(room[17], STATOR_E_TOO_DEEP, "expression depth exceeds maximum of 16");
}

static void test_condition__misuse_is_told(void **state)
{
    (void)state;
    stator_doc *doc = stator_doc_new();
    bool holds = false;
    assert_int_equal(stator_doc_set(doc, "s", stator_s("x")), STATOR_OK);
    assert_int_equal(stator_cond_check(stator_exists("s"), stator_doc_node(doc), NULL),
                     STATOR_E_MISUSE);
    assert_string_equal(stator_error_get()->code, "STATOR_E_MISUSE");
    assert_int_equal(
        stator_cond_check(stator_exists("s"), stator_at(stator_doc_node(doc), "s"), &holds),
        STATOR_E_INVALID);
    assert_string_equal(stator_error_get()->message, "a condition is judged on an item or a map");
    stator_doc_free(doc);
    heap_check();
}

static void check_text(stator_cond condition, const char *expected)
{
    char *text = stator_cond_text(condition);
    assert_non_null(text);
    assert_string_equal(text, expected);
    stator_free(text);
    heap_check();
}

static void test_condition__is_shown_as_a_person_would_write_it(void **state)
{
    (void)state;
    check_text(stator_or(stator_not_exists("key"),
                         stator_and(stator_begins_with("status", stator_s("J\"P")),
                                    stator_lt("l[0].a\\.b", stator_n("1.50")))),
               "attribute_not_exists(key) OR (begins_with(status, \"J\\\"P\") AND l[0].a\\.b < "
               "1.5)");
    check_text(stator_expr("status = ? AND size(tags) > ?", STATOR_L(stator_i(1), stator_null()),
                           stator_i(2)),
               "status = [1,null] AND size(tags) > 2");
    check_text(stator_not(stator_in("a", stator_b("\1", 1), stator_bool(false))),
               "NOT (a IN (\"AQ==\", false))");
    check_text(stator_always(), "true");
    check_text(stator_never(), "false");
    assert_null(stator_cond_text(stator_eq("a..b", stator_i(1))));
    assert_int_equal(stator_error_get()->rc, STATOR_E_INVALID);
    heap_check();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_condition__the_job_table),
        cmocka_unit_test(test_condition__literals_mean_the_evaluators_operators),
        cmocka_unit_test(test_condition__no_condition_holds_for_all),
        cmocka_unit_test(test_condition__the_validator_is_dynamodbs),
        cmocka_unit_test(test_condition__17_levels_are_too_deep),
        cmocka_unit_test(test_condition__misuse_is_told),
        cmocka_unit_test(test_condition__is_shown_as_a_person_would_write_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
