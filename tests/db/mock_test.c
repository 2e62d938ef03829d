/* mock_test.c -- a scripted database: what it takes for what was expected, what it answers, and
 * what it says when something else came.
 */
#include "db/kit.h"

#include <pthread.h>
#include <stdio.h>

#include "db/heap.h"

/* ---- what is used below */

static stator_mock *mock_open(stator **db)
{
    *db = kit_open("mock:", NULL, NULL);
    return stator_mock_of(*db);
}

static stator_rc put_a(stator *db)
{
    return stator_put(
        db, "jobs",
        STATOR_M({"key", stator_s("a")}, {"n", stator_i(1)}, {"tags", STATOR_SS("x", "y")}));
}

static stator_rc get_a(stator *db, stator_result **out)
{
    return stator_get(db, "jobs", out, STATOR_KEY({"key", stator_s("a")}));
}

/* ---- what is expected */

static void test_mock__is_of_its_own_handles_alone(void **state)
{
    (void)state;
    stator *db = kit_open("mem:", NULL, NULL);
    assert_null(stator_mock_of(db));
    assert_null(stator_mock_of(NULL));
    kit_close(db);
    assert_int_equal(stator_open("mock:x", NULL, &db), STATOR_E_INVALID);
    kit_check_error(STATOR_E_INVALID, "nothing follows mock:");
    assert_null(db);
    heap_check();
}

static void test_mock__an_expectation_without_an_answer_is_done_or_finds_nothing(void **state)
{
    (void)state;
    stator *db = NULL;
    stator_result *r = NULL;
    stator_mock *mock = mock_open(&db);
    stator_mock_expect(mock, "PutItem", NULL);
    stator_mock_expect(mock, "GetItem", NULL);
    assert_int_equal(put_a(db), STATOR_OK);
    assert_int_equal(get_a(db, &r), STATOR_NOT_FOUND);
    assert_null(r);
    kit_close(db);
}

static void test_mock__answers_with_the_reply(void **state)
{
    (void)state;
    stator *db = NULL;
    stator_result *r = NULL;
    stator_mock *mock = mock_open(&db);
    stator_mock_expect(mock, "GetItem", NULL);
    stator_mock_reply(mock, "{\"Item\": {\"key\": {\"S\": \"a\"}, \"n\": {\"N\": \"7\"}}}");
    assert_int_equal(get_a(db, &r), STATOR_OK);
    assert_string_equal(stator_num(stator_result_item(r, 0), "n"), "7");
    stator_result_free(r);
    kit_close(db);
}

/* Expected JSON of PutItem, and whether put_a fits it. */
/* clang-format off */
static const struct {
    const char *request;
    const char *difference; /* NULL: it fits */
} fits[] = {
    {"{}", NULL},
    {"{\"TableName\": \"jobs\"}", NULL},
    {"{\"TableName\": \"job\"}", "TableName: expected \"job\", and it is \"jobs\""},
    {"{\"Item\": {\"n\": {\"N\": \"1.0\"}}}", NULL},
    {"{\"Item\": {\"n\": {\"N\": \"2\"}}}", "Item.n: expected 2, and it is 1"},
    {"{\"Item\": {\"n\": {\"S\": \"1\"}}}", "Item.n: expected \"1\", and it is 1"},
    {"{\"Item\": {\"tags\": {\"SS\": [\"y\", \"x\"]}}}", NULL},
    {"{\"Item\": {\"tags\": {\"SS\": [\"y\"]}}}", "Item.tags: expected [\"y\"], and it is"},
    {"{\"Item\": {\"m\": {\"S\": \"1\"}}}", "Item.m: expected \"1\", and it is not there"},
    {"{\"ConditionExpression\": null}", NULL},
    {"{\"Item\": null}", "Item: expected null, and it is {\"key\":\"a\""},
};
/* clang-format on */

static void test_mock__compares_values_with_what_is_named(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof fits / sizeof fits[0]; i++) {
        stator *db = NULL;
        stator_mock *mock = mock_open(&db);
        stator_mock_expect(mock, "PutItem", fits[i].request);
        const stator_rc rc = put_a(db);
        if (fits[i].difference == NULL) {
            assert_int_equal(rc, STATOR_OK);
        } else {
            kit_check_error(STATOR_E_MISUSE, fits[i].difference);
        }
        assert_int_equal(stator_mock_done(mock, NULL), fits[i].difference == NULL);
        stator_close(db);
    }
    heap_check();
}

static void test_mock__expressions_are_spelled_out(void **state)
{
    (void)state;
    stator *db = NULL;
    stator_mock *mock = mock_open(&db);
    const char *const texts[] = {
        "{\"ConditionExpression\": \"status = \\\"JQ\\\" AND n > 7\"}",
        "{\"ConditionExpression\": \"#n0 = :v0 AND n > :v1\"}",
        "{\"ConditionExpression\": \"status = \\\"JQ\\\"\"}",
    };
    for (size_t i = 0; i < 3; i++) {
        stator_mock_expect(mock, "PutItem", texts[i]);
        const stator_rc rc = stator_put(db, "jobs", STATOR_M({"key", stator_s("a")}),
                                        .condition = stator_and(stator_eq("status", stator_s("JQ")),
                                                                stator_gt("n", stator_i(7))));
        assert_int_equal(rc, i < 2 ? STATOR_OK : STATOR_E_MISUSE);
    }
    kit_check_error(STATOR_E_MISUSE,
                    "ConditionExpression: expected \"status = \\\"JQ\\\"\", and it is, spelled "
                    "out,\n        status = \"JQ\" AND n > 7");
    stator_close(db);
    heap_check();
}

static void test_mock__lists_have_the_same_length(void **state)
{
    (void)state;
    static const char two[] = "{\"TransactItems\": [{\"Put\": {\"TableName\": \"jobs\"}}, {}]}";
    stator *db = NULL;
    stator_mock *mock = mock_open(&db);
    stator_mock_expect(mock, "TransactWriteItems", two);
    stator_tx *tx = stator_tx_new(db);
    stator_tx_put(tx, "jobs", STATOR_M({"key", stator_s("a")}));
    assert_int_equal(stator_tx_commit(tx, NULL), STATOR_E_MISUSE);
    kit_check_error(STATOR_E_MISUSE, "TransactItems: expected 2 elements, and there are 1");
    stator_tx_put(tx, "other", STATOR_M({"key", stator_s("b")}));
    assert_int_equal(stator_tx_commit(tx, NULL), STATOR_OK);
    stator_tx_free(tx);
    stator_close(db);
    heap_check();
}

static void test_mock__meets_expectations_in_order(void **state)
{
    (void)state;
    stator *db = NULL;
    stator_result *r = NULL;
    stator_mock *mock = mock_open(&db);
    stator_mock_expect(mock, "PutItem", NULL);
    stator_mock_expect(mock, "GetItem", NULL);
    assert_int_equal(get_a(db, &r), STATOR_E_MISUSE);
    kit_check_error(STATOR_E_MISUSE, "mock: GetItem {\"Key\":{\"key\":{\"S\":\"a\"}},"
                                     "\"TableName\":\"jobs\"} came");
    kit_check_error(STATOR_E_MISUSE, "expected was 1. PutItem\n      another operation");
    assert_int_equal(put_a(db), STATOR_OK);
    assert_int_equal(get_a(db, &r), STATOR_NOT_FOUND);
    stator_close(db);
    heap_check();
}

static void test_mock__in_any_order_goes_by_what_fits(void **state)
{
    (void)state;
    stator *db = NULL;
    stator_result *r = NULL;
    stator_mock *mock = mock_open(&db);
    stator_mock_any_order(mock);
    stator_mock_expect(mock, "PutItem", "{\"TableName\": \"other\"}");
    stator_mock_expect(mock, "PutItem", "{\"TableName\": \"jobs\"}");
    stator_mock_fail(mock, "ValidationException", "the second", 1);
    stator_mock_expect(mock, "GetItem", NULL);
    assert_int_equal(get_a(db, &r), STATOR_NOT_FOUND);
    assert_int_equal(put_a(db), STATOR_E_INVALID);
    kit_check_error(STATOR_E_INVALID, "the second");
    assert_int_equal(stator_put(db, "other", STATOR_M({"key", stator_s("a")})), STATOR_OK);
    kit_close(db);
}

static void test_mock__refuses_what_nothing_expects(void **state)
{
    (void)state;
    stator *db = NULL;
    stator_mock *mock = mock_open(&db);
    assert_int_equal(put_a(db), STATOR_E_MISUSE);
    kit_check_error(STATOR_E_MISUSE, "nothing more was expected");
    assert_string_equal(stator_error_get()->code, "STATOR_E_MISUSE");
    assert_false(stator_error_get()->retryable);
    assert_int_equal(stator_mock_calls(mock, "PutItem"), 1);
    assert_false(stator_mock_done(mock, NULL));
    stator_close(db);
    heap_check();
}

static void test_mock__answers_always_when_told_to(void **state)
{
    (void)state;
    stator *db = NULL;
    stator_mock *mock = mock_open(&db);
    stator_mock_expect(mock, "PutItem", NULL);
    stator_mock_fail(mock, "ValidationException", "no", STATOR_MOCK_ALWAYS);
    stator_mock_expect(mock, "GetItem", NULL);
    assert_false(stator_mock_done(mock, NULL));
    for (int i = 0; i < 5; i++) assert_int_equal(put_a(db), STATOR_E_INVALID);
    stator_result *r = NULL;
    assert_int_equal(get_a(db, &r), STATOR_NOT_FOUND);
    kit_close(db);
}

/* ---- errors */

static void test_mock__an_error_can_say_everything(void **state)
{
    (void)state;
    stator *db = NULL;
    stator_mock *mock = mock_open(&db);
    stator_mock_expect(mock, "PutItem", NULL);
    stator_mock_fail_json(mock,
                          "{\"__type\": \"com.amazonaws.dynamodb.v20120810#"
                          "ConditionalCheckFailedException\", "
                          "\"message\": \"The conditional request failed\", "
                          "\"Item\": {\"status\": {\"S\": \"JQ\"}}}",
                          1);
    assert_int_equal(put_a(db), STATOR_CONDITION_FAILED);
    const stator_error *error = stator_error_get();
    assert_string_equal(error->code, "ConditionalCheckFailedException");
    assert_string_equal(error->message, "The conditional request failed");
    assert_string_equal(stator_str(error->item, "status"), "JQ");
    assert_int_equal(error->http_status, 400);
    kit_close(db);
}

static const struct {
    const char *code;
    stator_rc rc;
    int http_status;
    bool retryable, uncertain;
} errors[] = {
    {"ResourceNotFoundException",              STATOR_E_NO_TABLE,    400, false, false},
    {"ProvisionedThroughputExceededException", STATOR_E_THROTTLED,   400, true,  false},
    {"ServiceUnavailable",                     STATOR_E_UNAVAILABLE, 503, true,  false},
    {"InternalServerError",                    STATOR_E_INTERNAL,    500, true,  true },
    {"NobodyKnowsThisException",               STATOR_E_INVALID,     400, false, false},
    {"STATOR_E_NETWORK",                       STATOR_E_NETWORK,     0,   true,  false},
    {"STATOR_E_TIMEOUT",                       STATOR_E_TIMEOUT,     0,   true,  true },
};

static void test_mock__errors_mean_what_they_do_over_a_wire(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
        stator *db = kit_open("mock:", &STATOR_RETRY_NONE, NULL);
        stator_mock *mock = stator_mock_of(db);
        stator_mock_expect(mock, "PutItem", NULL);
        stator_mock_fail(mock, errors[i].code, "as told", 1);
        assert_int_equal(put_a(db), errors[i].rc);
        const stator_error *error = stator_error_get();
        assert_string_equal(error->code, errors[i].code);
        assert_string_equal(error->message, "as told");
        assert_int_equal(error->http_status, errors[i].http_status);
        assert_int_equal(error->retryable, errors[i].retryable);
        assert_int_equal(error->uncertain, errors[i].uncertain);
        assert_int_equal(error->attempts, 1);
        kit_close(db);
    }
}

/* ---- batches */

/* Keys k0 … */
static void make_keys(stator_val *keys, stator_attr *attributes, char (*names)[8], size_t n)
{
    for (size_t i = 0; i < n; i++) {
        (void)snprintf(names[i], sizeof names[i], "k%zu", i);
        attributes[i] = (stator_attr){"key", stator_s(names[i])};
        keys[i] = stator_map(&attributes[i], 1);
    }
}

static void test_mock__batches_come_back_partly_done(void **state)
{
    (void)state;
    enum { N = 10 };
    stator_val keys[N];
    stator_attr attributes[N];
    char names[N][8];
    stator *db = NULL;
    stator_result *r = NULL;
    stator_mock *mock = mock_open(&db);
    make_keys(keys, attributes, names, N);
    stator_mock_expect(mock, "BatchGetItem", NULL);
    stator_mock_unprocessed(mock, 0.25, 1);
    stator_mock_unprocessed(mock, 0, 1);
    assert_int_equal(stator_batch_get(db, "jobs", &r, keys, N, .consistent = true), STATOR_OK);
    assert_int_equal(stator_result_count(r), N);
    for (size_t i = 0; i < N; i++)
        assert_string_equal(stator_str(stator_result_item(r, i), "key"), names[i]);
    stator_result_free(r);
    assert_string_equal(stator_mock_request(mock, 1),
                        "{\"RequestItems\":{\"jobs\":{\"ConsistentRead\":true,\"Keys\":["
                        "{\"key\":{\"S\":\"k7\"}},{\"key\":{\"S\":\"k8\"}},"
                        "{\"key\":{\"S\":\"k9\"}}]}}}");
    kit_close(db);
}

static void test_mock__unprocessed_writes_are_those_of_the_request(void **state)
{
    (void)state;
    stator *db = NULL;
    stator_batch *batch = NULL;
    const stator_batch_opts opts = {.size = sizeof opts};
    stator_mock *mock = mock_open(&db);
    stator_mock_table(mock, "a", "key:S");
    stator_mock_table(mock, "b", "key:S");
    stator_mock_expect(mock, "BatchWriteItem", NULL);
    stator_mock_unprocessed(mock, 0.5, 1);
    stator_mock_reply(mock, "{}");
    assert_int_equal(stator_batch_new(db, &opts, &batch), STATOR_OK);
    assert_int_equal(stator_batch_put(batch, "a", STATOR_M({"key", stator_s("x")})), STATOR_OK);
    assert_int_equal(stator_batch_delete(batch, "b", STATOR_M({"key", stator_s("y")})), STATOR_OK);
    assert_int_equal(stator_batch_flush(batch), STATOR_OK);
    assert_int_equal(stator_batch_left(batch), 0);
    assert_string_equal(stator_mock_request(mock, 1),
                        "{\"RequestItems\":{\"b\":[{\"DeleteRequest\":{\"Key\":"
                        "{\"key\":{\"S\":\"y\"}}}}]}}");
    stator_batch_free(batch);
    kit_close(db);
}

/* ---- time */

static void test_mock__a_delay_moves_the_clock(void **state)
{
    (void)state;
    stator *db = NULL;
    stator_mock *mock = mock_open(&db);
    stator_mock_expect(mock, "PutItem", NULL);
    stator_mock_delay(mock, 5 * STATOR_SECOND);
    const int64_t before = stator_now(db);
    assert_int_equal(put_a(db), STATOR_OK);
    assert_int_equal(stator_now(db) - before, 5 * STATOR_SECOND);
    kit_close(db);
}

static void test_mock__an_answer_after_the_end_is_no_answer(void **state)
{
    (void)state;
    stator *db = NULL;
    stator_mock *mock = mock_open(&db);
    stator_mock_expect(mock, "PutItem", NULL);
    stator_mock_delay(mock, 5 * STATOR_SECOND);
    const int64_t before = stator_now(db);
    assert_int_equal(
        stator_put(db, "jobs", STATOR_M({"key", stator_s("a")}), .timeout_us = STATOR_SECOND / 10),
        STATOR_E_TIMEOUT);
    assert_true(stator_error_get()->uncertain);
    assert_int_equal(stator_now(db) - before, STATOR_SECOND / 10);
    kit_close(db);
}

/* ---- any call, tables */

static void test_mock__plain_calls_have_json_both_ways(void **state)
{
    (void)state;
    stator *db = NULL;
    char *reply = NULL;
    stator_mock *mock = mock_open(&db);
    stator_mock_expect(mock, "ListTables", "{\"Limit\": 2}");
    stator_mock_fail(mock, "ThrottlingException", "not now", 1);
    stator_mock_reply(mock, "{\"TableNames\": [\"a\"]}");
    assert_int_equal(stator_call(db, "ListTables", "{\"Limit\": 2.0}", &reply), STATOR_OK);
    assert_string_equal(reply, "{\"TableNames\": [\"a\"]}");
    stator_free(reply);
    assert_string_equal(stator_mock_action(mock, 1), "ListTables");
    assert_string_equal(stator_mock_request(mock, 1), "{\"Limit\": 2.0}");
    assert_null(stator_mock_request(mock, 2));
    assert_null(stator_mock_action(mock, 2));
    kit_close(db);
}

static void test_mock__describes_its_tables_to_whoever_asks(void **state)
{
    (void)state;
    stator *db = NULL;
    stator_result *r = NULL;
    stator_mock *mock = mock_open(&db);
    stator_mock_table(mock, "jobs", "PK:S, SK:N");
    stator_mock_expect(mock, "PutItem", "{\"ConditionExpression\": \"attribute_not_exists(PK)\"}");
    assert_int_equal(stator_put(db, "jobs", STATOR_M({"PK", stator_s("a")}, {"SK", stator_i(1)}),
                                .if_not_exists = true),
                     STATOR_OK);
    assert_int_equal(stator_describe_table(db, "jobs", &r), STATOR_OK);
    assert_string_equal(stator_str(stator_result_node(r), "Table.TableStatus"), "ACTIVE");
    stator_result_free(r);
    assert_int_equal(stator_mock_calls(mock, NULL), 1);
    kit_close(db);
}

/* ---- at the end */

static void test_mock__tells_what_is_missing_for_people(void **state)
{
    (void)state;
    stator *db = NULL;
    char *missing = NULL;
    stator_mock *mock = mock_open(&db);
    stator_mock_expect(mock, "PutItem", "{\"TableName\": \"jobs\"}");
    stator_mock_fail(mock, "ValidationException", NULL, 3);
    stator_mock_expect(mock, "GetItem", NULL);
    assert_int_equal(put_a(db), STATOR_E_INVALID);
    assert_int_equal(stator_put(db, "other", STATOR_M({"key", stator_s("a")})), STATOR_E_MISUSE);
    assert_false(stator_mock_done(mock, &missing));
    assert_string_equal(
        missing,
        "expected, and did not come: 1. PutItem with {\"TableName\": \"jobs\"} (1 came, and "
        "more must)\n"
        "expected, and did not come: 2. GetItem\n"
        "came, and was not expected: PutItem {\"Item\":{\"key\":{\"S\":\"a\"}},"
        "\"TableName\":\"other\"}\n"
        "    expected was 1. PutItem with {\"TableName\": \"jobs\"}\n"
        "      TableName: expected \"jobs\", and it is \"other\"\n");
    stator_free(missing);
    stator_close(db);
    heap_check();
}

typedef void(script_fn)(stator_mock *mock);

static void reply_to_nothing(stator_mock *mock)
{
    stator_mock_reply(mock, "{}");
}

static void expect_no_json(stator_mock *mock)
{
    stator_mock_expect(mock, "PutItem", "{\"TableName\"");
}

static void expect_no_value(stator_mock *mock)
{
    stator_mock_expect(mock, "PutItem", "{\"Item\": {\"key\": \"a\"}}");
}

static void expect_nameless(stator_mock *mock)
{
    stator_mock_expect(mock, NULL, NULL);
}

static void reply_no_json(stator_mock *mock)
{
    stator_mock_expect(mock, "PutItem", NULL);
    stator_mock_reply(mock, "[]");
}

static void fail_never(stator_mock *mock)
{
    stator_mock_expect(mock, "PutItem", NULL);
    stator_mock_fail(mock, "ThrottlingException", NULL, 0);
}

static void fail_codeless(stator_mock *mock)
{
    stator_mock_expect(mock, "PutItem", NULL);
    stator_mock_fail(mock, NULL, NULL, 1);
}

static void answer_after_always(stator_mock *mock)
{
    stator_mock_expect(mock, "PutItem", NULL);
    stator_mock_fail(mock, "ThrottlingException", NULL, STATOR_MOCK_ALWAYS);
    stator_mock_reply(mock, "{}");
}

static void part_of_three(stator_mock *mock)
{
    stator_mock_expect(mock, "BatchGetItem", NULL);
    stator_mock_unprocessed(mock, 3, 1);
}

static void table_without_key(stator_mock *mock)
{
    stator_mock_table(mock, "jobs", "PK");
}

static void delay_nothing(stator_mock *mock)
{
    stator_mock_delay(mock, 1);
}

static const struct {
    script_fn *write;
    const char *mistake;
} scripts[] = {
    {reply_to_nothing,    "an answer before anything is expected"                      },
    {expect_no_json,      "what PutItem is expected with is no request: {\"TableName\""},
    {expect_no_value,     "what PutItem is expected with is no request: {\"Item\""     },
    {expect_nameless,     "an expectation without an operation"                        },
    {reply_no_json,       "an answer that is no JSON: []"                              },
    {fail_never,          "an answer for no request: times is 0"                       },
    {fail_codeless,       "an error without a code"                                    },
    {answer_after_always, "an answer after one that is given always"                   },
    {part_of_three,       "a part that is not from 0 to 1"                             },
    {table_without_key,   "PK"                                                         },
    {delay_nothing,       "a delay before anything is expected"                        },
};

static void test_mock__a_wrong_script_is_told_by_every_request_and_at_the_end(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof scripts / sizeof scripts[0]; i++) {
        stator *db = NULL;
        char *missing = NULL;
        stator_mock *mock = mock_open(&db);
        scripts[i].write(mock);
        assert_int_equal(put_a(db), STATOR_E_MISUSE);
        kit_check_error(STATOR_E_MISUSE, "mock: the script is wrong: ");
        kit_check_error(STATOR_E_MISUSE, scripts[i].mistake);
        assert_false(stator_mock_done(mock, &missing));
        assert_non_null(strstr(missing, scripts[i].mistake));
        stator_free(missing);
        stator_close(db);
    }
    heap_check();
}

static void test_mock__a_reply_that_does_not_fit_its_operation_is_told(void **state)
{
    (void)state;
    stator *db = NULL;
    stator_result *r = NULL;
    stator_mock *mock = mock_open(&db);
    stator_mock_expect(mock, "GetItem", NULL);
    stator_mock_reply(mock, "{\"Item\": {\"key\": \"a\"}}");
    assert_int_equal(get_a(db, &r), STATOR_E_PROTOCOL);
    kit_check_error(STATOR_E_PROTOCOL, "GetItem was answered with what is no reply to it: {\"Item");
    stator_mock_expect(mock, "GetItem", NULL);
    stator_mock_unprocessed(mock, 1, 1);
    assert_int_equal(get_a(db, &r), STATOR_E_MISUSE);
    kit_check_error(STATOR_E_MISUSE, "only batches are partly done, and this is GetItem");
    kit_close(db);
}

static void test_mock__null_is_a_mock_of_nothing(void **state)
{
    (void)state;
    stator_mock_any_order(NULL);
    stator_mock_expect(NULL, "PutItem", NULL);
    stator_mock_table(NULL, "a", "PK:S");
    stator_mock_reply(NULL, "{}");
    stator_mock_fail(NULL, "ThrottlingException", NULL, 1);
    stator_mock_fail_json(NULL, "{}", 1);
    stator_mock_cancel(NULL, "None", 1);
    stator_mock_unprocessed(NULL, 1, 1);
    stator_mock_delay(NULL, 1);
    assert_int_equal(stator_mock_calls(NULL, NULL), 0);
    assert_null(stator_mock_action(NULL, 0));
    assert_null(stator_mock_request(NULL, 0));
    assert_true(stator_mock_done(NULL, NULL));
}

/* ---- threads */

enum { THREADS = 4, PUTS = 50 };

static void *put_many(void *db)
{
    for (int i = 0; i < PUTS; i++) {
        const stator_rc rc = put_a(db);
        if (rc != STATOR_OK) return NULL;
        (void)stator_mock_request(stator_mock_of(db), 0);
    }
    return db;
}

static void test_mock__takes_requests_from_any_thread(void **state)
{
    (void)state;
    stator *db = NULL;
    pthread_t threads[THREADS];
    stator_mock *mock = mock_open(&db);
    stator_mock_any_order(mock);
    stator_mock_expect(mock, "PutItem", "{\"TableName\": \"jobs\"}");
    stator_mock_fail(mock, "ThrottlingException", NULL, 3); /* one call may meet them all */
    for (int i = 0; i < THREADS * PUTS; i++) stator_mock_reply(mock, "{}");
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, put_many, db), 0);
    for (int i = 0; i < THREADS; i++) {
        void *done = NULL;
        assert_int_equal(pthread_join(threads[i], &done), 0);
        assert_non_null(done);
    }
    assert_int_equal(stator_mock_calls(mock, "PutItem"), THREADS * PUTS + 3);
    kit_close(db);
}

/* ---- memory */

/* A script and calls, in which any allocation may fail. */
static void play(void)
{
    stator *db = NULL;
    stator_result *r = NULL;
    char *missing = NULL;
    if (stator_open("mock:", NULL, &db) != STATOR_OK) return;
    stator_mock *mock = stator_mock_of(db);
    stator_mock_table(mock, "jobs", "key:S");
    stator_mock_expect(mock, "PutItem", "{\"TableName\": \"jobs\"}");
    stator_mock_fail(mock, "ValidationException", "no", 1);
    stator_mock_reply(mock, "{}");
    stator_mock_expect(mock, "GetItem", NULL);
    stator_mock_reply(mock, "{\"Item\": {\"key\": {\"S\": \"a\"}}}");
    (void)put_a(db);
    const stator_rc rc = put_a(db);
    if (get_a(db, &r) == STATOR_OK)
        assert_string_equal(stator_str(stator_result_item(r, 0), "key"), "a");
    stator_result_free(r);
    const bool done = stator_mock_done(mock, &missing);
    if (!heap_failed()) assert_true(rc == STATOR_OK && done);
    stator_free(missing);
    stator_close(db);
}

static void test_mock__is_not_harmed_when_memory_fails(void **state)
{
    (void)state;
    bool fired = true;
    for (uint64_t n = 1; fired; n++) {
        heap_fail_at(n);
        play();
        fired = heap_failed();
        heap_check();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mock__is_of_its_own_handles_alone),
        cmocka_unit_test(test_mock__an_expectation_without_an_answer_is_done_or_finds_nothing),
        cmocka_unit_test(test_mock__answers_with_the_reply),
        cmocka_unit_test(test_mock__compares_values_with_what_is_named),
        cmocka_unit_test(test_mock__expressions_are_spelled_out),
        cmocka_unit_test(test_mock__lists_have_the_same_length),
        cmocka_unit_test(test_mock__meets_expectations_in_order),
        cmocka_unit_test(test_mock__in_any_order_goes_by_what_fits),
        cmocka_unit_test(test_mock__refuses_what_nothing_expects),
        cmocka_unit_test(test_mock__answers_always_when_told_to),
        cmocka_unit_test(test_mock__an_error_can_say_everything),
        cmocka_unit_test(test_mock__errors_mean_what_they_do_over_a_wire),
        cmocka_unit_test(test_mock__batches_come_back_partly_done),
        cmocka_unit_test(test_mock__unprocessed_writes_are_those_of_the_request),
        cmocka_unit_test(test_mock__a_delay_moves_the_clock),
        cmocka_unit_test(test_mock__an_answer_after_the_end_is_no_answer),
        cmocka_unit_test(test_mock__plain_calls_have_json_both_ways),
        cmocka_unit_test(test_mock__describes_its_tables_to_whoever_asks),
        cmocka_unit_test(test_mock__tells_what_is_missing_for_people),
        cmocka_unit_test(test_mock__a_wrong_script_is_told_by_every_request_and_at_the_end),
        cmocka_unit_test(test_mock__a_reply_that_does_not_fit_its_operation_is_told),
        cmocka_unit_test(test_mock__null_is_a_mock_of_nothing),
        cmocka_unit_test(test_mock__takes_requests_from_any_thread),
        cmocka_unit_test(test_mock__is_not_harmed_when_memory_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
