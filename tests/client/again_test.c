/* again_test.c -- which failures are tried again, how often, after which pauses, and which are not.
 *
 * Three requests stand for all: one that reads, a write under a condition, and a plain write, which
 * must never be sent twice unless the first cannot have been carried out.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client/caller.h"

#define PUT "{\"TableName\":\"a\",\"Item\":{\"pk\":{\"S\":\"b\"}}}"
#define GUARDED "{\"TableName\":\"a\",\"Item\":{},\"ConditionExpression\":\"attribute_exists(pk)\"}"
#define THROTTLED "{\"__type\":\"x#ThrottlingException\",\"message\":\"slow down\"}"

static const struct {
    const char *operation, *body;
    bool may_repeat;
} requests[] = {
    {"GetItem", "{}",    true },
    {"PutItem", GUARDED, true },
    {"PutItem", PUT,     false},
};

/* ---- once more, and it goes well */

/* Nobody can know whether these requests were carried out. */
/* clang-format off */
static const struct script_step lost[] = {
    {.kind = SCRIPT_CLOSE},
    {.kind = SCRIPT_RESET},
    {.kind = SCRIPT_RAW, .body = "garbage"},
    {.kind = SCRIPT_RAW, .body = "HTTP/1.1 200"},
    {.kind = SCRIPT_RAW, .body = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{}"},
    {.kind = SCRIPT_RAW, .body = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{}"},
    {.body = "{\"Item\":{}}", .cut_bytes = 3},
    {.body = "{\"Item\":{}}", .cut_bytes = 3, .has_no_length = true},
    {.body = "{\"Item\":", .has_no_checksum = true},
    {.body = "{}{", .has_no_checksum = true},
    {.body = "<html>", .has_no_checksum = true},
    {.has_bad_checksum = true},
    {.is_packed = true, .has_bad_checksum = true},
    {.is_packed = true, .cut_bytes = 5},
    {.headers = "Content-Encoding: gzip\r\n"},
    {.is_packed = true, .headers = "Content-Encoding: gzip, gzip\r\n"},
    {.http_status = 502, .body = "<html>"},
    {.http_status = 504, .body = ""},
};

/* These were not carried out, or DynamoDB says to send them again. */
static const struct script_step refused[] = {
    {.http_status = 400, .body = THROTTLED},
    {.http_status = 400, .body = "{\"__type\":\"x#ProvisionedThroughputExceededException\"}"},
    {.http_status = 400, .body = "{\"__type\":\"x#TransactionConflictException\"}"},
    {.http_status = 500, .body = "{\"__type\":\"x#InternalServerError\"}"},
    {.http_status = 503, .body = ""},
    {.http_status = 429, .body = ""},
};
/* clang-format on */

static void check_one(const struct script_step *first, size_t i, bool is_repeated)
{
    const struct script_step steps[] = {*first, {.body = "{\"second\":1}"}};
    struct caller caller;
    caller_open(&caller, &(struct client_options){0}, steps, ARRAY_COUNT(steps));
    const status st = caller_call(&caller, requests[i].operation, requests[i].body);
    assert_int_equal(st == ST_OK, is_repeated);
    assert_int_equal(script_requests(caller.script), is_repeated ? 2 : 1);
    assert_int_equal(caller.report.attempts, is_repeated ? 2 : 1);
    assert_int_equal(caller.fake.pause_count, is_repeated ? 1 : 0);
    assert_int_equal(caller.report.is_uncertain, !is_repeated);
    assert_int_equal(caller.report.is_retryable, !is_repeated);
    support_assert_text(buf_view(&caller.reply), is_repeated ? "{\"second\":1}" : "");
    caller_close(&caller);
}

static void test_again__lost_requests_are_repeated_when_that_is_safe(void **state)
{
    (void)state;
    for (size_t step = 0; step < ARRAY_COUNT(lost); step++)
        for (size_t i = 0; i < ARRAY_COUNT(requests); i++)
            check_one(&lost[step], i, requests[i].may_repeat);
}

static void test_again__refused_requests_are_repeated_whatever_they_do(void **state)
{
    (void)state;
    for (size_t step = 0; step < ARRAY_COUNT(refused); step++)
        for (size_t i = 0; i < ARRAY_COUNT(requests); i++) check_one(&refused[step], i, true);
}

/* libcurl sends a request again by itself when a kept connection dies without a byte of reply: a
 * plain write must not be. */
static void test_again__a_kept_connection_that_dies_repeats_no_plain_write(void **state)
{
    (void)state;
    static const struct script_step steps[3] = {[1] = {.kind = SCRIPT_CLOSE}};
    for (size_t i = 0; i < ARRAY_COUNT(requests); i++) {
        struct caller caller;
        caller_open(&caller, &(struct client_options){0}, steps, ARRAY_COUNT(steps));
        assert_int_equal(caller_call(&caller, "GetItem", "{}"), ST_OK);
        const status st = caller_call(&caller, requests[i].operation, requests[i].body);
        assert_int_equal(st, requests[i].may_repeat ? ST_OK : ST_NETWORK);
        assert_int_equal(script_requests(caller.script), requests[i].may_repeat ? 3 : 2);
        assert_int_equal(caller.report.is_uncertain, !requests[i].may_repeat);
        caller_close(&caller);
    }
}

/* A server that dies with a request in hand: libcurl finds nobody to send it to again, and says
 * only that no connection came about. The first sending may have been carried out. */
static void test_again__a_server_that_dies_with_the_request_leaves_it_uncertain(void **state)
{
    (void)state;
    static const script_kind ends[] = {SCRIPT_CLOSE, SCRIPT_RESET};
    for (size_t end = 0; end < ARRAY_COUNT(ends); end++)
        for (size_t i = 0; i < ARRAY_COUNT(requests); i++) {
            const struct script_step steps[2] = {
                [1] = {.kind = ends[end], .ends_listening = true}
            };
            struct caller caller;
            caller_open(&caller, &(struct client_options){0}, steps, ARRAY_COUNT(steps));
            assert_int_equal(caller_call(&caller, "GetItem", "{}"), ST_OK);
            const status st = caller_call(&caller, requests[i].operation, requests[i].body);
            assert_int_equal(st, ST_NETWORK);
            assert_int_equal(script_requests(caller.script), 2);
            assert_true(caller.report.is_uncertain);
            assert_int_equal(caller.report.attempts > 1, requests[i].may_repeat);
            caller_close(&caller);
        }
}

/* A server that closes an idle connection has not seen the next request: nothing is lost. */
static void test_again__a_kept_connection_that_was_closed_is_replaced(void **state)
{
    (void)state;
    static const struct script_step steps[3] = {[0] = {.hangs_up = true}, [1] = {.hangs_up = true}};
    struct caller caller;
    caller_open(&caller, &(struct client_options){0}, steps, ARRAY_COUNT(steps));
    for (size_t i = 0; i < ARRAY_COUNT(steps); i++) {
        usleep(20000); /* the end of the connection is on its way */
        assert_int_equal(caller_call(&caller, "PutItem", PUT), ST_OK);
        assert_int_equal(script_request(caller.script, i).connection, i);
    }
    caller_close(&caller);
}

static void test_again__the_caller_may_know_better(void **state)
{
    (void)state;
    static const struct script_step steps[2] = {[0] = {.kind = SCRIPT_CLOSE}};
    struct caller caller;
    caller_open(&caller, &(struct client_options){0}, steps, ARRAY_COUNT(steps));
    const struct client_request request = {
        .operation = SPAN("PutItem"), .body = SPAN(PUT), .may_repeat = true};
    assert_int_equal(caller_send(&caller, &request), ST_OK);
    assert_int_equal(caller.report.attempts, 2);
    caller_close(&caller);
}

/* The reply to a repeated write may be about the first, so the report says that it was repeated. */
static void test_again__a_condition_that_fails_after_a_lost_reply_is_uncertain(void **state)
{
    (void)state;
    /* clang-format off */
    static const struct script_step steps[] = {
        {.kind = SCRIPT_CLOSE},
        {.http_status = 400, .body = "{\"__type\":\"x#ConditionalCheckFailedException\"}"},
    };
    /* clang-format on */
    struct caller caller;
    caller_open(&caller, &(struct client_options){0}, steps, ARRAY_COUNT(steps));
    assert_int_equal(caller_call(&caller, "PutItem", GUARDED), ST_CONDITION_FAILED);
    assert_int_equal(caller.report.attempts, 2);
    assert_true(caller.report.is_uncertain);
    assert_false(caller.report.is_retryable);
    caller_close(&caller);
}

/* ---- how often, and after how long */

static struct script_step always_busy[20]; /* 503, filled in by main */

/* Within 1 % of `us`: the fake entropy is not quite in the middle. */
static void assert_pause(const struct caller *caller, unsigned n, uint64_t us)
{
    assert_true(n < caller->fake.pause_count);
    assert_in_range(caller->fake.pauses_us[n], us - us / 100, us + us / 100);
}

static void test_again__three_times_after_doubling_pauses(void **state)
{
    (void)state;
    struct caller caller;
    caller_open(&caller, &(struct client_options){0}, always_busy, ARRAY_COUNT(always_busy));
    assert_int_equal(caller_call(&caller, "PutItem", PUT), ST_BUSY);
    assert_int_equal(caller.report.attempts, 4);
    assert_int_equal(script_requests(caller.script), 4);
    assert_int_equal(caller.fake.pause_count, 3);
    assert_pause(&caller, 0, 100000);
    assert_pause(&caller, 1, 200000);
    assert_pause(&caller, 2, 400000);
    assert_true(caller.report.is_retryable);
    caller_close(&caller);
}

static void test_again__a_policy_of_the_client_or_of_the_call(void **state)
{
    (void)state;
    const struct retry_policy slow = {2, 1000000, 1500000, 1.8, 0};
    const struct client_options options = {.retry = &slow};
    struct caller caller;
    caller_open(&caller, &options, always_busy, ARRAY_COUNT(always_busy));
    assert_int_equal(caller_call(&caller, "GetItem", "{}"), ST_BUSY);
    assert_int_equal(caller.fake.pause_count, 2);
    assert_pause(&caller, 0, 1000000);
    assert_pause(&caller, 1, 1500000);

    const struct client_request once = {
        .operation = SPAN("GetItem"), .body = SPAN("{}"), .retry = &retry_none};
    assert_int_equal(caller_send(&caller, &once), ST_BUSY);
    assert_int_equal(caller.report.attempts, 1);
    assert_int_equal(caller.fake.pause_count, 2);
    caller_close(&caller);
}

static void test_again__without_entropy_pauses_are_the_shortest(void **state)
{
    (void)state;
    struct caller caller;
    caller_open(&caller, &(struct client_options){0}, always_busy, ARRAY_COUNT(always_busy));
    caller.fake.has_no_entropy = true;
    assert_int_equal(caller_call(&caller, "GetItem", "{}"), ST_BUSY);
    assert_pause(&caller, 0, 75000);
    caller_close(&caller);
}

/* The pause that does not fit is not begun: the answer that is there is better than time spent. */
static void test_again__no_pause_goes_beyond_the_calls_time(void **state)
{
    (void)state;
    const struct client_options options = {.call_timeout_ms = 250};
    struct caller caller;
    caller_open(&caller, &options, always_busy, ARRAY_COUNT(always_busy));
    assert_int_equal(caller_call(&caller, "GetItem", "{}"), ST_BUSY);
    assert_int_equal(caller.report.attempts, 2);
    const struct client_request brief = {
        .operation = SPAN("GetItem"), .body = SPAN("{}"), .timeout_ms = 50};
    assert_int_equal(caller_send(&caller, &brief), ST_BUSY);
    assert_int_equal(caller.report.attempts, 1);
    caller_close(&caller);
}

static void test_again__retry_after_is_kept_to(void **state)
{
    (void)state;
    /* clang-format off */
    static const struct script_step steps[] = {
        {.http_status = 503, .body = "", .headers = "Retry-After: 2\r\n"},
        {.http_status = 503, .body = "",
         .headers = "retry-after: Tue, 14 Nov 2023 22:13:29 GMT\r\n"},
        {.http_status = 503, .body = "", .headers = "Retry-After: 0\r\n"},
        {.body = "{}"},
        {.http_status = 503, .body = "", .headers = "Retry-After: 31\r\n"},
    };
    /* clang-format on */
    struct caller caller;
    caller_open(&caller, &(struct client_options){0}, steps, ARRAY_COUNT(steps));
    assert_int_equal(caller_call(&caller, "GetItem", "{}"), ST_OK);
    assert_int_equal(caller.report.attempts, 4);
    assert_pause(&caller, 0, 2000000);
    assert_pause(&caller, 1, 7000000); /* the date, from what is then 22:13:22 */
    assert_pause(&caller, 2, 400000);
    assert_int_equal(caller_call(&caller, "GetItem", "{}"), ST_BUSY); /* 30 s are all it has */
    assert_int_equal(caller.report.attempts, 1);
    caller_close(&caller);
}

/* Fail until the bucket is empty: then calls fail at once. Succeed until it holds one retry. */
static void check_storm(const struct script_step *step, unsigned cost)
{
    enum { CALLS = 100, STEPS_MAX = CALLS + RETRY_BUCKET_TOKENS / RETRY_COST };
    static struct script_step steps[STEPS_MAX + RETRY_COST_TIMEOUT + 2];
    const unsigned retries = RETRY_BUCKET_TOKENS / cost;
    const size_t bad_count = CALLS + retries;
    memset(steps, 0, sizeof steps);
    for (size_t i = 0; i < bad_count; i++) steps[i] = *step;
    steps[bad_count + cost] = *step;
    struct caller caller;
    caller_open(&caller, &(struct client_options){0}, steps, ARRAY_COUNT(steps));
    for (unsigned i = 0; i < CALLS; i++) {
        assert_int_not_equal(caller_call(&caller, "GetItem", "{}"), ST_OK);
        if (i > retries / 3) assert_int_equal(caller.report.attempts, 1);
    }
    assert_int_equal(script_requests(caller.script), bad_count);
    for (unsigned i = 0; i < cost; i++)
        assert_int_equal(caller_call(&caller, "GetItem", "{}"), ST_OK);
    assert_int_equal(caller_call(&caller, "GetItem", "{}"), ST_OK);
    assert_int_equal(caller.report.attempts, 2);
    caller_close(&caller);
}

/* 500 tokens pay for 100 retries of all calls together, or for 50 after time-outs. */
static void test_again__a_storm_stops_itself(void **state)
{
    (void)state;
    static const struct script_step busy = {.http_status = 503, .body = ""};
    static const struct script_step timed_out = {.http_status = 504, .body = ""};
    check_storm(&busy, RETRY_COST);
    check_storm(&timed_out, RETRY_COST_TIMEOUT);
}

/* ---- no connection */

/* A port that nobody listens on, for as long as the socket is open. */
static int closed_port(char url[40])
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, size), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    (void)snprintf(url, 40, "http://127.0.0.1:%d", ntohs(address.sin_port));
    return fd;
}

static void test_again__what_cannot_have_arrived_is_always_repeated(void **state)
{
    (void)state;
    char url[40];
    const int fd = closed_port(url);
    const struct client_options options = {.endpoint = url};
    for (size_t i = 0; i < ARRAY_COUNT(requests); i++) {
        struct caller caller;
        caller_open(&caller, &options, NULL, 0);
        const status st = caller_call(&caller, requests[i].operation, requests[i].body);
        assert_int_equal(st, ST_NETWORK);
        assert_int_equal(caller.report.attempts, 4);
        assert_int_equal(caller.report.http_status, 0);
        assert_false(caller.report.is_uncertain);
        assert_true(caller.report.is_retryable);
        assert_true(span_contains(caller.report.message, SPAN("onnect")));
        assert_int_equal(caller.report.code.len, 0);
        assert_int_equal(buf_view(&caller.reply).len, 0);
        caller_close(&caller);
    }
    (void)close(fd);
}

/* ---- hooks, clocks */

struct noted {
    unsigned count;
    unsigned attempts;
    status status;
    uint64_t delay_us;
};

static void note(void *ctx, const struct client_report *so_far, uint64_t delay_us)
{
    struct noted *noted = ctx;
    *noted = (struct noted){noted->count + 1, so_far->attempts, so_far->status, delay_us};
}

static void test_again__each_pause_is_announced(void **state)
{
    (void)state;
    struct noted noted = {0};
    const struct client_request request = {
        .operation = SPAN("GetItem"),
        .body = SPAN("{}"),
        .on_retry = note,
        .ctx = &noted,
    };
    struct caller caller;
    caller_open(&caller, &(struct client_options){0}, always_busy, ARRAY_COUNT(always_busy));
    assert_int_equal(caller_send(&caller, &request), ST_BUSY);
    assert_int_equal(noted.count, 3);
    assert_int_equal(noted.attempts, 3);
    assert_int_equal(noted.status, ST_BUSY);
    assert_int_equal(noted.delay_us, caller.fake.pauses_us[2]);
    caller_close(&caller);
}

#define BAD_TIME "{\"__type\":\"x#InvalidSignatureException\",\"message\":\"Signature expired\"}"

/* The fake clock says 22:13:20. */
static void test_again__a_wrong_clock_is_put_right_once(void **state)
{
    (void)state;
    /* clang-format off */
    static const struct script_step steps[] = {
        {.http_status = 400, .body = BAD_TIME,
         .headers = "Date: Tue, 14 Nov 2023 23:13:20 GMT\r\n"},
        {.body = "{}"},
        {.body = "{}"},
        {.http_status = 400, .body = BAD_TIME,
         .headers = "Date: Tue, 14 Nov 2023 23:15:00 GMT\r\n"},
    };
    /* clang-format on */
    struct caller caller;
    caller_open(&caller, &(struct client_options){0}, steps, ARRAY_COUNT(steps));
    assert_int_equal(caller_call(&caller, "PutItem", PUT), ST_OK);
    assert_int_equal(caller.fake.pause_count, 0);
    assert_int_equal(caller_call(&caller, "PutItem", PUT), ST_OK);
    for (size_t i = 0; i < 3; i++) {
        const struct script_request request = script_request(caller.script, i);
        support_assert_text(script_header(&request, "X-Amz-Date"),
                            i == 0 ? "20231114T221320Z" : "20231114T231320Z");
    }
    assert_int_equal(caller_call(&caller, "PutItem", PUT), ST_INVALID_SIGNATURE);
    assert_int_equal(caller.report.attempts, 1);
    assert_false(caller.report.is_retryable);
    caller_close(&caller);
}

/* A service may say any time there is; ours goes on, and may be put back. */
static void test_again__a_clock_put_right_stays_within_the_calendar(void **state)
{
    (void)state;
    enum { HOUR_MS = 3600 * 1000 };
    static const struct {
        const char *headers, *dates[3];
        int64_t step_ms;
    } cases[] = {
        {"Date: Fri, 31 Dec 9999 23:59:59 GMT\r\n",
         {"20231114T221320Z", "99991231T235959Z", "99991231T235959Z"},
         HOUR_MS },
        {"Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n",
         {"20231114T221320Z", "19700101T000000Z", "19700101T000000Z"},
         -HOUR_MS},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        const struct script_step steps[] = {
            {.http_status = 400,           .body = BAD_TIME, .headers = cases[i].headers},
            {.body = "{}"},
            {.body = "{}"                },
        };
        struct caller caller;
        caller_open(&caller, &(struct client_options){0}, steps, ARRAY_COUNT(steps));
        assert_int_equal(caller_call(&caller, "PutItem", PUT), ST_OK);
        caller.fake.now_ms += (uint64_t)cases[i].step_ms;
        assert_int_equal(caller_call(&caller, "PutItem", PUT), ST_OK);
        for (size_t j = 0; j < ARRAY_COUNT(cases[i].dates); j++) {
            const struct script_request request = script_request(caller.script, j);
            support_assert_text(script_header(&request, "X-Amz-Date"), cases[i].dates[j]);
        }
        caller_close(&caller);
    }
}

int main(void)
{
    for (size_t i = 0; i < ARRAY_COUNT(always_busy); i++)
        always_busy[i] = (struct script_step){.http_status = 503, .body = ""};
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_again__lost_requests_are_repeated_when_that_is_safe),
        cmocka_unit_test(test_again__refused_requests_are_repeated_whatever_they_do),
        cmocka_unit_test(test_again__a_kept_connection_that_dies_repeats_no_plain_write),
        cmocka_unit_test(test_again__a_server_that_dies_with_the_request_leaves_it_uncertain),
        cmocka_unit_test(test_again__a_kept_connection_that_was_closed_is_replaced),
        cmocka_unit_test(test_again__the_caller_may_know_better),
        cmocka_unit_test(test_again__a_condition_that_fails_after_a_lost_reply_is_uncertain),
        cmocka_unit_test(test_again__three_times_after_doubling_pauses),
        cmocka_unit_test(test_again__a_policy_of_the_client_or_of_the_call),
        cmocka_unit_test(test_again__without_entropy_pauses_are_the_shortest),
        cmocka_unit_test(test_again__no_pause_goes_beyond_the_calls_time),
        cmocka_unit_test(test_again__retry_after_is_kept_to),
        cmocka_unit_test(test_again__a_storm_stops_itself),
        cmocka_unit_test(test_again__what_cannot_have_arrived_is_always_repeated),
        cmocka_unit_test(test_again__each_pause_is_announced),
        cmocka_unit_test(test_again__a_wrong_clock_is_put_right_once),
        cmocka_unit_test(test_again__a_clock_put_right_stays_within_the_calendar),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
