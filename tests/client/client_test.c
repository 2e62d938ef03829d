/* client_test.c -- a call that goes well, and what errors of the service become. */
#include "client/client.h"

#include "auth/claim.h"
#include "client/caller.h"

#define PUT "{\"TableName\":\"a\",\"Item\":{\"pk\":{\"S\":\"b\"}}}"

/* ---- signatures */

/* Assert that the n-th request is truly signed, at a day and for a region. */
static void assert_signed(struct caller *caller, size_t n, struct span day, struct span region)
{
    static const char *const names[] = {"Host", "Content-Type", "X-Amz-Date", "X-Amz-Target",
                                        "X-Amz-Security-Token"};
    const struct script_request came = script_request(caller->script, n);
    struct sigv4_header headers[ARRAY_COUNT(names)];
    struct sigv4_request request = {
        .method = SPAN("POST"), .path = SPAN("/"), .headers = headers, .body = came.body};
    for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
        const struct span value = script_header(&came, names[i]);
        if (value.len == 0) continue;
        headers[request.header_count++] = (struct sigv4_header){span_of(names[i]), value};
    }
    struct arena arena;
    arena_init(&arena, support_mem(), 1 << 20);
    const struct auth_parts parts =
        auth_parts_read(script_header(&came, "Authorization"), (struct span){0});
    struct claim claim;
    claim_verdict verdict = CLAIM_ABSENT;
    const struct span date = script_header(&came, "X-Amz-Date");
    assert_int_equal(claim_read(&arena, &parts, date, &claim, &verdict), ST_OK);
    assert_int_equal(verdict, CLAIM_VALID);
    const struct claim_terms terms = {
        .region = region, .service = SPAN("dynamodb"), .now_s = claim.date_s};
    assert_int_equal(claim_check(&claim, &request, &terms), CLAIM_VALID);
    assert_true(span_eq(claim.scope.day, day));
    struct sigv4_key key;
    struct claim_proof proof;
    assert_int_equal(sigv4_key_make(SPAN("secret"), &claim.scope, &key), ST_OK);
    assert_int_equal(claim_verify(&arena, &claim, &request, &key, &proof), ST_OK);
    assert_true(proof.holds);
    arena_deinit(&arena);
}

/* ---- well */

static void test_client__a_request_is_dynamodbs(void **state)
{
    (void)state;
    static const struct script_step steps[] = {{.body = "{\"Item\":{}}"}};
    struct caller caller;
    caller_open(&caller, &(struct client_options){0}, steps, ARRAY_COUNT(steps));
    assert_int_equal(caller_call(&caller, "PutItem", PUT), ST_OK);
    support_assert_text(buf_view(&caller.reply), "{\"Item\":{}}");
    assert_int_equal(caller.report.status, ST_OK);
    assert_int_equal(caller.report.http_status, 200);
    assert_int_equal(caller.report.attempts, 1);
    assert_false(caller.report.is_uncertain);
    support_assert_text(caller.report.request_id, "REQUEST0");

    const struct script_request request = script_request(caller.script, 0);
    assert_int_equal(strncmp(request.head, "POST / HTTP/1.1\r\n", 17), 0);
    support_assert_text(request.body, PUT);
    support_assert_text(script_header(&request, "X-Amz-Target"), "DynamoDB_20120810.PutItem");
    support_assert_text(script_header(&request, "Content-Type"), "application/x-amz-json-1.0");
    support_assert_text(script_header(&request, "X-Amz-Date"), "20231114T221320Z");
    support_assert_text(script_header(&request, "Accept-Encoding"), "gzip");
    const struct span host = script_header(&request, "Host");
    assert_true(span_eq(host, span_drop(span_of(script_url(caller.script)), 7)));
    const struct span authorization = script_header(&request, "Authorization");
    assert_true(span_starts_with(
        authorization, SPAN("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20231114/us-east-1/dynamodb/"
                            "aws4_request, SignedHeaders=content-type;host;x-amz-date;"
                            "x-amz-target, Signature=")));
    assert_true(script_header(&request, "X-Amz-Security-Token").len == 0);
    assert_true(script_header(&request, "Expect").len == 0);
    caller_close(&caller);
}

static void test_client__a_token_goes_along_and_streams_have_their_target(void **state)
{
    (void)state;
    static const struct script_step steps[] = {{.body = "{}"}};
    const struct client_options options = {
        .access_key = "A", .secret_key = "secret", .session_token = "T/o=k", .region = "local"};
    struct caller caller;
    caller_open(&caller, &options, steps, ARRAY_COUNT(steps));
    assert_int_equal(caller_call(&caller, "GetRecords", "{}"), ST_OK);
    const struct script_request request = script_request(caller.script, 0);
    support_assert_text(script_header(&request, "X-Amz-Security-Token"), "T/o=k");
    support_assert_text(script_header(&request, "X-Amz-Target"),
                        "DynamoDBStreams_20120810.GetRecords");
    const struct span authorization = script_header(&request, "Authorization");
    assert_true(span_contains(authorization, SPAN("/local/dynamodb/")));
    assert_true(span_contains(authorization, SPAN(";x-amz-security-token;")));
    assert_signed(&caller, 0, SPAN("20231114"), SPAN("local"));
    caller_close(&caller);
}

#define EXPLAINED(line) "X-Stator-Explanation: " line "\r\n"

static void explained(struct caller *caller, const char *expected)
{
    struct buf line;
    buf_init(&line, support_mem(), 4096);
    buf_put_text(&line, "of an earlier call");
    const struct client_request request = {
        .operation = SPAN("GetItem"), .body = SPAN("{}"), .explanation = &line};
    assert_int_equal(caller_send(caller, &request), ST_OK);
    support_assert_text(buf_view(&line), expected);
    buf_deinit(&line);
}

static void
test_client__an_explanation_is_asked_for_and_that_of_the_last_attempt_given(void **state)
{
    (void)state;
    static const struct script_step steps[] = {
        {.http_status = 200,                 .headers = EXPLAINED("{\"n\":0}")},
        {.http_status = 200,                                  .headers = EXPLAINED("{\"n\":1}")},
        {.http_status = 503,.headers = EXPLAINED("{\"n\":2}")},
        {.http_status = 200                },
    };
    struct caller caller;
    caller_open(&caller, &(struct client_options){0}, steps, ARRAY_COUNT(steps));
    assert_int_equal(caller_call(&caller, "GetItem", "{}"), ST_OK);
    explained(&caller, "{\"n\":1}");
    explained(&caller, ""); /* the last attempt had none */
    for (size_t i = 0; i < ARRAY_COUNT(steps); i++) {
        const struct script_request request = script_request(caller.script, i);
        support_assert_text(script_header(&request, "x-stator-explain"), i == 0 ? "" : "all");
    }
    caller_close(&caller);
}

static void test_client__one_connection_serves_many_calls(void **state)
{
    (void)state;
    static const struct script_step steps[10] = {{.http_status = 200}};
    struct caller caller;
    caller_open(&caller, &(struct client_options){0}, steps, ARRAY_COUNT(steps));
    for (size_t i = 0; i < ARRAY_COUNT(steps); i++) {
        assert_int_equal(caller_call(&caller, "GetItem", "{}"), ST_OK);
        assert_int_equal(script_request(caller.script, i).connection, 0);
    }
    caller_close(&caller);
}

/* The key of a day is kept; the next day's request must not be signed with it. */
static void test_client__signatures_follow_the_day(void **state)
{
    (void)state;
    static const struct script_step steps[3] = {{.http_status = 200}};
    struct caller caller;
    caller_open(&caller, &(struct client_options){0}, steps, ARRAY_COUNT(steps));
    assert_int_equal(caller_call(&caller, "GetItem", "{}"), ST_OK);
    assert_int_equal(caller_call(&caller, "GetItem", "{}"), ST_OK);
    caller.fake.now_ms += UINT64_C(86400000);
    assert_int_equal(caller_call(&caller, "GetItem", "{}"), ST_OK);
    assert_signed(&caller, 0, SPAN("20231114"), SPAN("us-east-1"));
    assert_signed(&caller, 1, SPAN("20231114"), SPAN("us-east-1"));
    assert_signed(&caller, 2, SPAN("20231115"), SPAN("us-east-1"));
    caller_close(&caller);
}

/* ---- errors of the service */

#define DYNAMODB "com.amazonaws.dynamodb.v20120810#"
#define REASONS(reasons)                                                                           \
    "{\"__type\":\"" DYNAMODB "TransactionCanceledException\",\"message\":\"m\","                  \
    "\"CancellationReasons\":[" reasons "]}"

/* clang-format off */
static const struct {
    int http_status;
    const char *body, *headers;
    status status;
    const char *code, *message;
    bool is_retryable, is_uncertain;
} errors[] = {
    {400, "{\"__type\":\"" DYNAMODB "ConditionalCheckFailedException\",\"message\":\"The cond\"}",
     NULL, ST_CONDITION_FAILED, "ConditionalCheckFailedException", "The cond", false, false},
    {400, "{\"Message\":\"a\\u00e9b\",\"__type\":\"ValidationException\",\"x\":[{\"y\":1}]}", NULL,
     ST_VALIDATION, "ValidationException", "a\xc3\xa9" "b", false, false},
    {400, "{\"__type\":\"a#b#ResourceNotFoundException:http://x/\"}", NULL, ST_NOT_FOUND,
     "ResourceNotFoundException", "", false, false},
    {400, "{\"message\":\"m\"}", "x-amzn-ErrorType: ResourceInUseException:\r\n", ST_IN_USE,
     "ResourceInUseException", "m", false, false},
    {400, "{\"__type\":\"x#LimitExceededException\"}", NULL, ST_LIMIT_EXCEEDED,
     "LimitExceededException", "", false, false},
    {400, "{\"__type\":\"x#ItemCollectionSizeLimitExceededException\"}", NULL, ST_LIMIT,
     "ItemCollectionSizeLimitExceededException", "", false, false},
    {400, "{\"__type\":\"x#ProvisionedThroughputExceededException\"}", NULL, ST_THROTTLED,
     "ProvisionedThroughputExceededException", "", true, false},
    {400, "{\"__type\":\"x#ThrottlingException\"}", NULL, ST_THROTTLED, "ThrottlingException", "",
     true, false},
    {400, "{\"__type\":\"x#RequestLimitExceeded\"}", NULL, ST_THROTTLED, "RequestLimitExceeded",
     "", true, false},
    {400, "{\"__type\":\"x#TransactionConflictException\"}", NULL, ST_TX_CONFLICT,
     "TransactionConflictException", "", true, false},
    {400, "{\"__type\":\"x#TransactionInProgressException\"}", NULL, ST_TX_CONFLICT,
     "TransactionInProgressException", "", true, false},
    {400, "{\"__type\":\"x#IdempotentParameterMismatchException\"}", NULL, ST_TOKEN_MISMATCH,
     "IdempotentParameterMismatchException", "", false, false},
    {400, "{\"__type\":\"x#UnrecognizedClientException\"}", NULL, ST_ACCESS_DENIED,
     "UnrecognizedClientException", "", false, false},
    {400, "{\"__type\":\"x#ExpiredTokenException\"}", NULL, ST_ACCESS_DENIED,
     "ExpiredTokenException", "", false, false},
    {500, "{\"__type\":\"x#InternalServerError\",\"message\":\"m\"}", NULL, ST_INTERNAL,
     "InternalServerError", "m", true, true},
    {503, "{\"__type\":\"x#ServiceUnavailableException\"}", NULL, ST_BUSY,
     "ServiceUnavailableException", "", true, false},
    {400, "{\"__type\":\"x#SomethingNew\",\"message\":\"m\"}", NULL, ST_VALIDATION, "SomethingNew",
     "m", false, false},
    {500, "{\"__type\":\"x#SomethingNew\"}", NULL, ST_INTERNAL, "SomethingNew", "", true, true},

    /* transactions: the worst reason counts, and "None" is no reason */
    {400, REASONS("{\"Code\":\"None\"},{\"Code\":\"ConditionalCheckFailed\",\"Item\":{\"a\":{}}}"),
     NULL, ST_CONDITION_FAILED, "TransactionCanceledException", "m", false, false},
    {400, REASONS("{\"Code\":\"None\"},{\"Code\":\"TransactionConflict\",\"Message\":\"x\"}"),
     NULL, ST_TX_CANCELED, "TransactionCanceledException", "m", true, false},
    {400, REASONS("{\"Code\":\"ThrottlingError\"},{\"Code\":\"ProvisionedThroughputExceeded\"}"),
     NULL, ST_TX_CANCELED, "TransactionCanceledException", "m", true, false},
    {400, REASONS("{\"Code\":\"TransactionConflict\"},{\"Code\":\"ValidationError\"}"), NULL,
     ST_TX_CANCELED, "TransactionCanceledException", "m", false, false},
    {400, REASONS("{\"Code\":\"TransactionConflict\"},{\"Code\":\"ConditionalCheckFailed\"}"),
     NULL, ST_CONDITION_FAILED, "TransactionCanceledException", "m", false, false},
    {400, REASONS("{\"Code\":\"None\"}"), NULL, ST_TX_CANCELED, "TransactionCanceledException",
     "m", false, false},
    {400, REASONS("1,null,[],{}"), NULL, ST_TX_CANCELED, "TransactionCanceledException", "m",
     false, false},
    {400, "{\"__type\":\"x#TransactionCanceledException\",\"CancellationReasons\":null}", NULL,
     ST_TX_CANCELED, "TransactionCanceledException", "", false, false},

    /* not DynamoDB's */
    {413, "", NULL, ST_TOO_LARGE, "", "HTTP status 413 without an error of DynamoDB's", false,
     false},
    {429, "slow down", NULL, ST_THROTTLED, "", "HTTP status 429 without an error of DynamoDB's",
     true, false},
    {502, "<html>Bad Gateway</html>", NULL, ST_NETWORK, "",
     "HTTP status 502 without an error of DynamoDB's", true, true},
    {503, "", NULL, ST_BUSY, "", "HTTP status 503 without an error of DynamoDB's", true, false},
    {504, "[]", NULL, ST_TIMEOUT, "", "HTTP status 504 without an error of DynamoDB's", true,
     true},
    {301, "{}", "Location: http://127.0.0.1:1/\r\n", ST_PROTOCOL, "",
     "HTTP status 301 without an error of DynamoDB's", false, false},
    {404, "{", NULL, ST_VALIDATION, "", "HTTP status 404 without an error of DynamoDB's", false,
     false},
    {201, "{}", NULL, ST_PROTOCOL, "", "HTTP status 201 without an error of DynamoDB's", false,
     false},
};
/* clang-format on */

static void test_client__errors_of_the_service_are_told_apart(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(errors); i++) {
        const struct script_step step = {.http_status = errors[i].http_status,
                                         .body = errors[i].body,
                                         .headers = errors[i].headers};
        const struct client_options options = {.retry = &retry_none};
        struct caller caller;
        caller_open(&caller, &options, &step, 1);
        const status st = caller_call(&caller, "PutItem", PUT);
        if (st != errors[i].status) fail_msg("error %zu is %s", i, status_info(st)->name);
        const struct client_report *report = &caller.report;
        assert_int_equal(report->status, st);
        support_assert_text(report->code, errors[i].code);
        support_assert_text(report->message, errors[i].message);
        assert_int_equal(report->http_status, errors[i].http_status);
        assert_int_equal(report->is_retryable, errors[i].is_retryable);
        assert_int_equal(report->is_uncertain, errors[i].is_uncertain);
        assert_int_equal(report->attempts, 1);
        support_assert_text(report->request_id, "REQUEST0");
        const bool has_code =
            errors[i].code[0] != '\0'; /* what is no error of DynamoDB's is dropped */
        support_assert_text(buf_view(&caller.reply), has_code ? errors[i].body : "");
        assert_int_equal(script_requests(caller.script), 1);
        caller_close(&caller);
    }
}

#define CONFLICT "{\"Code\":\"TransactionConflict\"}"
#define THROTTLED "{\"Code\":\"ThrottlingError\"}"

/* Another request's work on the same item says nothing of how the service is. */
static void test_client__a_conflict_costs_no_tokens(void **state)
{
    (void)state;
    static const struct {
        const char *body;
        unsigned cost;
    } refusals[] = {
        {"{\"__type\":\"x#TransactionConflictException\"}", 0                 },
        {REASONS("{\"Code\":\"None\"}," CONFLICT),          0                 },
        {REASONS(CONFLICT "," THROTTLED),                   RETRY_COST        },
        {REASONS(THROTTLED),                                RETRY_COST        },
        {"{\"__type\":\"x#ThrottlingException\"}",          RETRY_COST        },
        {"{\"__type\":\"x#RequestTimeout\"}",               RETRY_COST_TIMEOUT},
    };
    struct arena arena;
    arena_init(&arena, support_mem(), 1 << 16);
    struct client_report report = client_report_in(&arena);
    for (size_t i = 0; i < ARRAY_COUNT(refusals); i++) {
        client_judge(span_of(refusals[i].body), 400, &report);
        assert_true(report.is_retryable);
        assert_int_equal(client_retry_cost(&report), refusals[i].cost);
    }
    client_judge(SPAN("{}"), 200, &report);
    assert_false(report.is_conflict);
    arena_deinit(&arena);
}

/* ---- opening */

static status open_with(const struct client_options *options, struct fake_os *fake, char *out,
                        size_t size)
{
    struct client_options all = *options;
    struct client *client = NULL;
    struct arena arena;
    arena_init(&arena, support_mem(), 1 << 16);
    struct error err = error_in(&arena);
    all.mem = support_mem();
    all.os = &fake->os;
    const status st = client_open(&all, &client, &err);
    const struct span text = st == ST_OK ? SPAN("") : error_text(&err);
    assert_true(text.len < size);
    if (text.len > 0) memcpy(out, text.ptr, text.len);
    out[text.len] = '\0';
    client_close(client);
    arena_deinit(&arena);
    support_mem_check();
    return st;
}

static void test_client__aws_needs_credentials_and_a_region(void **state)
{
    (void)state;
    char text[400];
    struct fake_os fake;
    fake_os_init(&fake);
    struct client_options options = {.endpoint = "aws:us-east-1"};
    assert_int_equal(open_with(&options, &fake, text, sizeof text), ST_MISSING_AUTH);
    assert_non_null(strstr(text, "no credentials: set AWS_ACCESS_KEY_ID"));
    options.access_key = "A";
    options.secret_key = "S";
    assert_int_equal(open_with(&options, &fake, text, sizeof text), ST_OK);
    options.endpoint = "aws:";
    assert_int_equal(open_with(&options, &fake, text, sizeof text), ST_VALIDATION);
    assert_non_null(strstr(text, "no region"));
    options.region = "not a region";
    assert_int_equal(open_with(&options, &fake, text, sizeof text), ST_MISSING_AUTH);
    options.region = "not.a.region";
    assert_int_equal(open_with(&options, &fake, text, sizeof text), ST_VALIDATION);
    options.region = NULL;
    fake_os_set(&fake, "AWS_REGION", "eu-west-1");
    assert_int_equal(open_with(&options, &fake, text, sizeof text), ST_OK);
    options.endpoint = "nowhere";
    assert_int_equal(open_with(&options, &fake, text, sizeof text), ST_VALIDATION);
    options.endpoint = "http://a";
    options.secret_key = NULL;
    assert_int_equal(open_with(&options, &fake, text, sizeof text), ST_MISSING_AUTH);
}

/* A server that checks nothing is signed for all the same. */
static void test_client__without_credentials_there_is_a_name_to_sign_with(void **state)
{
    (void)state;
    static const struct script_step steps[] = {{.body = "{}"}};
    struct caller caller;
    caller_open(&caller, &(struct client_options){0}, steps, ARRAY_COUNT(steps));
    struct client *mine = caller.client;
    struct error err = error_in(&caller.arena);
    const struct client_options options = {
        .mem = support_mem(), .os = &caller.fake.os, .endpoint = script_url(caller.script)};
    assert_int_equal(client_open(&options, &caller.client, &err), ST_OK);
    assert_int_equal(caller_call(&caller, "ListTables", "{}"), ST_OK);
    const struct script_request request = script_request(caller.script, 0);
    assert_true(span_contains(script_header(&request, "Authorization"),
                              SPAN("Credential=stator/20231114/us-east-1/dynamodb/")));
    client_close(mine);
    caller_close(&caller);
}

static void test_client__an_operation_is_a_word(void **state)
{
    (void)state;
    static const char *const words[] = {"", "Put Item", "PutItem\r\nX: y", "Put;Item"};
    struct caller caller;
    caller_open(&caller, &(struct client_options){0}, NULL, 0);
    for (size_t i = 0; i < ARRAY_COUNT(words); i++) {
        assert_int_equal(caller_call(&caller, words[i], "{}"), ST_VALIDATION);
        assert_int_equal(caller.report.attempts, 1);
    }
    assert_int_equal(script_requests(caller.script), 0);
    caller_close(&caller);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_client__a_request_is_dynamodbs),
        cmocka_unit_test(test_client__a_token_goes_along_and_streams_have_their_target),
        cmocka_unit_test(
            test_client__an_explanation_is_asked_for_and_that_of_the_last_attempt_given),
        cmocka_unit_test(test_client__one_connection_serves_many_calls),
        cmocka_unit_test(test_client__signatures_follow_the_day),
        cmocka_unit_test(test_client__errors_of_the_service_are_told_apart),
        cmocka_unit_test(test_client__a_conflict_costs_no_tokens),
        cmocka_unit_test(test_client__aws_needs_credentials_and_a_region),
        cmocka_unit_test(test_client__without_credentials_there_is_a_name_to_sign_with),
        cmocka_unit_test(test_client__an_operation_is_a_word),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
