/* transport_test.c -- bytes over a socket to the api and back, with all rooms below and the store
 * in memory. What the operations answer is tests/spec's; here it is what surrounds them.
 */
#include "server/transport.h"

#include <stdio.h>

#include "base/coding.h"
#include "http/harness.h"
#include "instance/instance.h"

#define SIGNED                                                                                     \
    "Authorization: AWS4-HMAC-SHA256 Credential=a/20250101/us-east-1/dynamodb/aws4_request, "      \
    "SignedHeaders=host, Signature=00\r\nX-Amz-Date: 20250101T000000Z\r\n"
#define POST(operation)                                                                            \
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-amz-json-1.0\r\n" SIGNED            \
    "X-Amz-Target: DynamoDB_20120810." operation "\r\n"

struct fixture {
    struct harness harness;
    struct instance *instance;
    struct transport transport;
};

static int start(void **state)
{
    static struct fixture fixture;
    struct arena arena;
    arena_init(&arena, mem_heap(), 1 << 16);
    struct error err = error_in(&arena);
    const struct instance_options instance = {
        .mem = support_mem(),
        .os = os_system(),
        .durability = STORE_RELAXED,
        .cache_bytes = 8 << 20,
        .threads = 2,
        .expr_cache_bytes = 1 << 16,
    };
    assert_int_equal(instance_open(&instance, &fixture.instance, &err), ST_OK);
    fixture.transport = (struct transport){.api = instance_api(fixture.instance),
                                           .os = os_system(),
                                           .begun_ns = os_ticks_ns(os_system())};

    struct http_options http = harness_options(&fixture.harness);
    http.handler = transport_handle;
    http.refusal = transport_refuse;
    http.handler_ctx = &fixture.transport;
    http.loops = 2;
    http.body_bytes_max = 1 << 20;
    harness_start(&fixture.harness, &http);
    arena_deinit(&arena);
    *state = &fixture;
    return 0;
}

static int stop(void **state)
{
    struct fixture *fixture = *state;
    http_server_stop(fixture->harness.server);
    assert_int_equal(pthread_join(fixture->harness.thread, NULL), 0);
    http_server_close(fixture->harness.server);
    arena_deinit(&fixture->harness.arena);
    instance_close(fixture->instance);
    support_mem_check();
    return 0;
}

static uint16_t port_of(void **state)
{
    const struct fixture *fixture = *state;
    return fixture->harness.port;
}

static struct reply ask(struct client *client, const char *head, const char *body)
{
    char request[4096];
    const int n = snprintf(request, sizeof request, "%sContent-Length: %zu\r\n\r\n%s", head,
                           strlen(body), body);
    assert_true(n > 0 && (size_t)n < sizeof request);
    assert_true(client_send_text(client, request));
    return client_reply(client);
}

static void test_transport__health_is_answered_to_anyone(void **state)
{
    struct client client = client_open(port_of(state));
    assert_true(client_send_text(&client, "GET /health HTTP/1.1\r\nHost: a\r\n\r\n"));
    struct reply reply = client_reply(&client);
    assert_int_equal(reply.status, 200);
    support_assert_text(reply_header(&reply, "Content-Type"), "application/json");
    assert_true(span_contains(
        reply.body, SPAN("{\"status\":\"ok\",\"version\":\"" STATOR_VERSION "\",\"uptime_ms\":")));
    assert_true(client_send_text(&client, "HEAD /health HTTP/1.1\r\nHost: a\r\n\r\n"));
    reply = client_reply_head(&client);
    assert_int_equal(reply.status, 200);
    client_close(&client);
}

static void test_transport__a_read_and_a_write_come_back_with_a_request_id(void **state)
{
    struct client client = client_open(port_of(state));
    struct reply reply = ask(&client, POST("ListTables"), "{}");
    assert_int_equal(reply.status, 200);
    support_assert_text(reply_header(&reply, "Content-Type"), "application/x-amz-json-1.0");
    assert_int_equal(reply_header(&reply, "x-amzn-RequestId").len, API_REQUEST_ID_BYTES);
    reply = ask(&client, POST("CreateTable"),
                "{\"TableName\":\"Jobs\",\"BillingMode\":\"PAY_PER_REQUEST\","
                "\"KeySchema\":[{\"AttributeName\":\"id\",\"KeyType\":\"HASH\"}],"
                "\"AttributeDefinitions\":[{\"AttributeName\":\"id\",\"AttributeType\":\"S\"}]}");
    assert_int_equal(reply.status, 200); /* answered after a wait, on the same loop */
    assert_int_equal(reply_header(&reply, "x-amzn-RequestId").len, API_REQUEST_ID_BYTES);
    reply = ask(&client, POST("DescribeTable"), "{\"TableName\":\"Jobs\"}");
    assert_int_equal(reply.status, 200);
    client_close(&client);
}

static void test_transport__browsers_are_let_in(void **state)
{
    struct client client = client_open(port_of(state));
    const struct reply reply = ask(&client,
                                   "OPTIONS / HTTP/1.1\r\nHost: a\r\nOrigin: http://b\r\n"
                                   "Access-Control-Request-Method: POST\r\n"
                                   "Access-Control-Request-Headers: x-amz-target\r\n",
                                   "");
    assert_int_equal(reply.status, 200);
    support_assert_text(reply_header(&reply, "Access-Control-Allow-Origin"), "*");
    support_assert_text(reply_header(&reply, "Access-Control-Allow-Methods"), "POST");
    support_assert_text(reply_header(&reply, "Access-Control-Allow-Headers"), "x-amz-target");
    client_close(&client);
}

static void test_transport__an_explanation_comes_as_a_header(void **state)
{
    struct client client = client_open(port_of(state));
    struct reply reply = ask(&client, POST("ListTables") "X-Stator-Explain: query\r\n", "{}");
    assert_int_equal(reply.status, 200);
    support_assert_text(reply_header(&reply, "x-stator-explanation"),
                        "{\"operation\":\"ListTables\",\"note\":\"nothing of this "
                        "operation is explained\"}");
    reply = ask(&client, POST("ListTables"), "{}");
    assert_int_equal(reply_header(&reply, "x-stator-explanation").len, 0);
    client_close(&client);
}

static void test_transport__a_body_that_is_too_large_is_refused_in_dynamodbs_words(void **state)
{
    struct client client = client_open(port_of(state));
    assert_true(client_send_text(&client, POST("PutItem") "Content-Length: 2000000\r\n\r\n"));
    const struct reply reply = client_reply(&client);
    assert_int_equal(reply.status, 413);
    assert_true(span_contains(reply.body, SPAN("RequestEntityTooLargeException")));
    client_close(&client);
}

/* Whoever complains names it: so it is there whatever the reply is. */
static void test_transport__every_reply_has_a_request_id_and_a_checksum(void **state)
{
    static const struct {
        const char *request;
        int http_status;
    } cases[] = {
        {"GET /health HTTP/1.1\r\nHost: a\r\n\r\n",                                    200},
        {"NONSENSE\r\n\r\n",                                                           400},
        {"GET / HTTP/1.1\r\n\r\n",                                                     400},
        {"PUT / HTTP/1.1\r\nHost: a\r\n\r\n",                                          404},
        {POST("PutItem") "Content-Length: 2000000\r\n\r\n",                            413},
        {POST("PutItem") "Content-Encoding: gzip, gzip\r\nContent-Length: 1\r\n\r\nx", 415},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct client client = client_open(port_of(state));
        assert_true(client_send_text(&client, cases[i].request));
        const struct reply reply = client_reply(&client);
        assert_int_equal(reply.status, cases[i].http_status);
        assert_int_equal(reply_header(&reply, "x-amzn-RequestId").len, API_REQUEST_ID_BYTES);
        char checksum[16];
        (void)snprintf(checksum, sizeof checksum, "%u", (unsigned)coding_crc32(reply.body));
        support_assert_text(reply_header(&reply, "x-crc"), checksum);
        client_close(&client);
    }
}

static void test_transport__a_date_header_stands_in_for_x_amz_date(void **state)
{
    struct client client = client_open(port_of(state));
    const struct reply reply =
        ask(&client,
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-amz-json-1.0\r\n"
            "X-Amz-Target: DynamoDB_20120810.ListTables\r\nDate: 20250101T000000Z\r\n"
            "Authorization: AWS4-HMAC-SHA256 Credential=a/20250101/us-east-1/dynamodb/"
            "aws4_request, SignedHeaders=host, Signature=00\r\n",
            "{}");
    assert_int_equal(reply.status, 200);
    client_close(&client);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_transport__health_is_answered_to_anyone),
        cmocka_unit_test(test_transport__a_read_and_a_write_come_back_with_a_request_id),
        cmocka_unit_test(test_transport__browsers_are_let_in),
        cmocka_unit_test(test_transport__an_explanation_comes_as_a_header),
        cmocka_unit_test(test_transport__a_body_that_is_too_large_is_refused_in_dynamodbs_words),
        cmocka_unit_test(test_transport__every_reply_has_a_request_id_and_a_checksum),
        cmocka_unit_test(test_transport__a_date_header_stands_in_for_x_amz_date),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
