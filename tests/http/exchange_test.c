/* exchange_test.c -- requests as a handler sees them and replies as a client sees them, over real
 * sockets. Order, time and hang-ups are connection_test.c's.
 */
#include "http/exchange.h"

#include <stdio.h>
#include <zlib.h>

#include "base/coding.h"
#include "http/harness.h"

#define HOST "Host: a\r\n"
#define POST "POST /echo HTTP/1.1\r\n" HOST
#define GET_ECHO "GET /echo HTTP/1.1\r\n" HOST "\r\n"

/* One server for all tests of this file: 1 MiB bodies, 4 KiB heads, replies packed from 100 bytes.
 */
static struct harness *harness_of(void **state)
{
    return *state;
}

static int start(void **state)
{
    static struct harness harness;
    struct http_options options = harness_options(&harness);
    options.body_bytes_max = 1 << 20;
    options.header_bytes_max = 4 << 10;
    options.compress_bytes_min = 100;
    harness_start(&harness, &options);
    *state = &harness;
    return 0;
}

static int stop(void **state)
{
    harness_stop(harness_of(state));
    return 0;
}

static void test_exchange__method_path_query_and_body_reach_the_handler(void **state)
{
    struct client client = client_open(harness_of(state)->port);
    client_ask(&client, GET_ECHO, 200, "GET /echo \n");
    client_ask(&client, "PUT /echo?a=b&c HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\nxyz", 200,
               "PUT /echo a=b&c\nxyz");
    client_ask(&client, "GET http://any.host:1/echo?q HTTP/1.1\r\n" HOST "\r\n", 200,
               "GET /echo q\n");
    client_ask(&client, "OPTIONS * HTTP/1.1\r\n" HOST "\r\n", 200, "OPTIONS * \n");
    client_ask(&client, "PROPFIND /echo HTTP/1.1\r\n" HOST "\r\n", 200, "PROPFIND /echo \n");
    client_ask(&client, "GET /nowhere HTTP/1.1\r\n" HOST "\r\n", 404, "");
    client_close(&client);
}

static void test_exchange__a_request_of_single_bytes_is_understood(void **state)
{
    static const char *const requests[] = {
        POST "Content-Length: 5\r\n\r\nhello",
        POST "Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3;x\r\nllo\r\n0\r\nT: y\r\n\r\n",
    };
    struct client client = client_open(harness_of(state)->port);
    for (size_t i = 0; i < ARRAY_COUNT(requests); i++) {
        const struct span request = span_of(requests[i]);
        for (size_t at = 0; at < request.len; at++)
            assert_true(client_send(&client, (struct span){request.ptr + at, 1}));
        const struct reply reply = client_reply(&client);
        support_assert_text(reply.body, "POST /echo \nhello");
    }
    client_close(&client);
}

static void test_exchange__a_chunked_body_is_joined(void **state)
{
    struct client client = client_open(harness_of(state)->port);
    client_ask(&client,
               POST "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n", 200,
               "POST /echo \nhello world");
    client_close(&client);
}

static void test_exchange__a_large_body_arrives_whole(void **state)
{
    static uint8_t bytes[1 << 20];
    for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (uint8_t)(i * i >> 3);
    struct client client = client_open(harness_of(state)->port);
    for (size_t len = 1 << 14; len <= sizeof bytes; len = len * 2 - 1 + (len == 1 << 14)) {
        const struct span body = {bytes, len};
        const struct span request = client_post("/body", body, "");
        assert_true(client_send(&client, request));
        const struct reply reply = client_reply(&client);
        assert_int_equal(reply.status, 200);
        assert_true(span_eq(reply.body, body));
        client_post_free(request);
    }
    client_close(&client);
}

/* ---- Expect: 100-continue */

static void test_exchange__a_client_that_waits_is_told_to_continue_once(void **state)
{
    struct client client = client_open(harness_of(state)->port);
    assert_true(
        client_send_text(&client, POST "Expect: 100-continue\r\nContent-Length: 4\r\n\r\n"));
    struct reply reply = client_reply(&client);
    assert_int_equal(reply.status, 100);
    assert_true(client_send_text(&client, "bo"));
    harness_sleep_ms(20);
    assert_true(client_send_text(&client, "dy"));
    reply = client_reply(&client);
    assert_int_equal(reply.status, 200);
    support_assert_text(reply.body, "POST /echo \nbody");
    client_close(&client);
}

static void test_exchange__a_client_that_does_not_wait_is_not_told(void **state)
{
    struct client client = client_open(harness_of(state)->port);
    client_ask(&client, POST "Expect: 100-continue\r\nContent-Length: 4\r\n\r\nbody", 200,
               "POST /echo \nbody");
    client_ask(&client, "POST /echo HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\nx",
               200, "POST /echo \nx");
    client_close(&client);
}

static void test_exchange__a_body_that_is_too_large_is_refused_before_it_is_sent(void **state)
{
    struct client client = client_open(harness_of(state)->port);
    client_ask(&client, POST "Expect: 100-continue\r\nContent-Length: 1048577\r\n\r\n", 413, "");
    client_assert_closed(&client);
    client_close(&client);
}

/* ---- content codings */

static struct buf packed(coding kind, struct span text)
{
    struct coding_encoder encoder = {.mem = mem_heap()};
    struct buf out;
    buf_init(&out, mem_heap(), 1 << 24);
    assert_int_equal(coding_encode(&encoder, kind, text, &out), ST_OK);
    coding_encoder_deinit(&encoder);
    return out;
}

static struct reply post_coded(struct client *client, struct span body, const char *header)
{
    const struct span request = client_post("/echo", body, header);
    assert_true(client_send(client, request));
    client_post_free(request);
    return client_reply(client);
}

static void test_exchange__coded_bodies_are_decoded(void **state)
{
    struct client client = client_open(harness_of(state)->port);
    struct buf gzip = packed(CODING_GZIP, SPAN("text"));
    struct buf deflate = packed(CODING_DEFLATE, SPAN("text"));
    const struct span bare = {deflate.ptr + 2, deflate.len - 6};
    const struct {
        struct span body;
        const char *header;
    } cases[] = {
        {buf_view(&gzip),    "Content-Encoding: gzip\r\n"    },
        {buf_view(&gzip),    "Content-Encoding: X-GZIP\r\n"  },
        {buf_view(&deflate), "Content-Encoding: deflate\r\n" },
        {bare,               "Content-Encoding: deflate\r\n" },
        {SPAN("text"),       "Content-Encoding: identity\r\n"},
        {SPAN("text"),       "Content-Encoding: amz-1.0\r\n" },
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        const struct reply reply = post_coded(&client, cases[i].body, cases[i].header);
        assert_int_equal(reply.status, 200);
        support_assert_text(reply.body, "POST /echo \ntext");
    }
    const struct reply reply = post_coded(&client, SPAN(""), "Content-Encoding: gzip\r\n");
    support_assert_text(reply.body, "POST /echo \n");
    buf_deinit(&gzip);
    buf_deinit(&deflate);
    client_close(&client);
}

static void assert_refused(struct harness *harness, struct span body, const char *header,
                           int http_status)
{
    struct client client = client_open(harness->port);
    const struct reply reply = post_coded(&client, body, header);
    assert_int_equal(reply.status, http_status);
    client_assert_closed(&client);
    client_close(&client);
}

static void test_exchange__damaged_and_doubly_coded_bodies_are_refused(void **state)
{
    struct harness *harness = harness_of(state);
    struct buf gzip = packed(CODING_GZIP, SPAN("text"));
    assert_refused(harness, SPAN("not gzip"), "Content-Encoding: gzip\r\n", 400);
    assert_refused(harness, span_take(buf_view(&gzip), gzip.len - 1), "Content-Encoding: gzip\r\n",
                   400);
    assert_refused(harness, buf_view(&gzip), "Content-Encoding: gzip, gzip\r\n", 415);
    buf_deinit(&gzip);
}

static void test_exchange__a_decompression_bomb_is_refused(void **state)
{
    static uint8_t zeros[8 << 20];
    struct buf bomb = packed(CODING_GZIP, (struct span){zeros, sizeof zeros});
    assert_true(bomb.len < 64 << 10);
    assert_refused(harness_of(state), buf_view(&bomb), "Content-Encoding: gzip\r\n", 413);
    buf_deinit(&bomb);
}

static void test_exchange__large_replies_are_packed_when_asked(void **state)
{
    /* clang-format off */
    static const struct {
        const char *request;
        const char *encoding;
        const char *vary;
    } cases[] = {
        {"GET /fill?5000 HTTP/1.1\r\n" HOST "Accept-Encoding: gzip\r\n\r\n", "gzip",
         "Accept-Encoding"},
        {"GET /fill?5000 HTTP/1.1\r\n" HOST "Accept-Encoding: deflate\r\n\r\n", "deflate",
         "Accept-Encoding"},
        {"GET /fill?5000 HTTP/1.1\r\n" HOST "Accept-Encoding: identity\r\n\r\n", "",
         "Accept-Encoding"},
        {"GET /fill?5000 HTTP/1.1\r\n" HOST "\r\n", "", "Accept-Encoding"},
        {"GET /fill?100 HTTP/1.1\r\n" HOST "Accept-Encoding: gzip\r\n\r\n", "gzip",
         "Accept-Encoding"},
        {"GET /fill?99 HTTP/1.1\r\n" HOST "Accept-Encoding: gzip\r\n\r\n", "", ""},
    };
    /* clang-format on */
    struct client client = client_open(harness_of(state)->port);
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        assert_true(client_send_text(&client, cases[i].request));
        const struct reply reply = client_reply(&client);
        support_assert_text(reply_header(&reply, "Content-Encoding"), cases[i].encoding);
        support_assert_text(reply_header(&reply, "Vary"), cases[i].vary);
        struct buf text;
        buf_init(&text, mem_heap(), 5000);
        if (cases[i].encoding[0] != 0) {
            const coding kind = coding_of_reply(span_of(cases[i].encoding));
            assert_int_equal(coding_decode(mem_heap(), kind, reply.body, &text), ST_OK);
            assert_int_equal(text.ptr[27], 'b');
        }
        buf_deinit(&text);
    }
    client_close(&client);
}

static void test_exchange__the_crc_is_of_the_bytes_that_are_sent(void **state)
{
    static const char *const requests[] = {
        GET_ECHO,
        "GET /none2 HTTP/1.1\r\n" HOST "\r\n",
        "GET /fill?5000 HTTP/1.1\r\n" HOST "\r\n",
        "GET /fill?5000 HTTP/1.1\r\n" HOST "Accept-Encoding: gzip\r\n\r\n",
    };
    struct client client = client_open(harness_of(state)->port);
    for (size_t i = 0; i < ARRAY_COUNT(requests); i++) {
        assert_true(client_send_text(&client, requests[i]));
        const struct reply reply = client_reply(&client);
        char expected[16];
        (void)snprintf(expected, sizeof expected, "%u", coding_crc32(reply.body));
        support_assert_text(reply_header(&reply, "X-CRC"), expected);
    }
    client_close(&client);
}

/* ---- replies */

static void test_exchange__head_is_answered_without_its_body(void **state)
{
    struct client client = client_open(harness_of(state)->port);
    assert_true(client_send_text(&client, "HEAD /echo HTTP/1.1\r\n" HOST "\r\n" GET_ECHO));
    struct reply reply = client_reply_head(&client);
    assert_int_equal(reply.status, 200);
    support_assert_text(reply_header(&reply, "Content-Length"), "12");
    reply = client_reply(&client);
    support_assert_text(reply.body, "GET /echo \n");
    client_close(&client);
}

static void test_exchange__204_has_neither_body_nor_length(void **state)
{
    struct client client = client_open(harness_of(state)->port);
    assert_true(client_send_text(&client, "GET /none HTTP/1.1\r\n" HOST "\r\n"));
    const struct reply reply = client_reply(&client);
    assert_int_equal(reply.status, 204);
    assert_int_equal(reply_header(&reply, "Content-Length").len, 0);
    client_ask(&client, GET_ECHO, 200, "GET /echo \n");
    client_close(&client);
}

static void test_exchange__a_body_that_failed_is_an_empty_500(void **state)
{
    struct client client = client_open(harness_of(state)->port);
    client_ask(&client, "GET /fail HTTP/1.1\r\n" HOST "\r\n", 500, "");
    client_ask(&client, GET_ECHO, 200, "GET /echo \n");
    client_close(&client);
}

static void test_exchange__a_header_with_a_line_end_is_left_out(void **state)
{
    struct client client = client_open(harness_of(state)->port);
    assert_true(client_send_text(&client, "GET /split HTTP/1.1\r\n" HOST "\r\n"));
    const struct reply reply = client_reply(&client);
    support_assert_text(reply_header(&reply, "X-Good"), "yes");
    assert_false(span_contains(reply.head, SPAN("X-Bad")));
    assert_false(span_contains(reply.head, SPAN("Set-Cookie")));
    client_close(&client);
}

static void test_exchange__a_reply_has_a_date(void **state)
{
    struct client client = client_open(harness_of(state)->port);
    assert_true(client_send_text(&client, GET_ECHO));
    const struct reply reply = client_reply(&client);
    const struct span date = reply_header(&reply, "Date");
    assert_int_equal(date.len, 29);
    support_assert_text(span_drop(date, 25), " GMT");
    client_close(&client);
}

static void test_exchange__a_reply_larger_than_any_socket_buffer_arrives_whole(void **state)
{
    struct client client = client_open(harness_of(state)->port);
    assert_true(client_send_text(&client, "GET /fill?20000000 HTTP/1.1\r\n" HOST "\r\n" GET_ECHO));
    harness_sleep_ms(50); /* the socket fills up, and the server must wait */
    struct reply reply = client_reply(&client);
    assert_int_equal(reply.body.len, 20000000);
    for (size_t i = 0; i < reply.body.len; i++)
        if (reply.body.ptr[i] != 'a' + i % 26) fail_msg("wrong at %zu", i);
    reply = client_reply(&client);
    support_assert_text(reply.body, "GET /echo \n");
    client_close(&client);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exchange__method_path_query_and_body_reach_the_handler),
        cmocka_unit_test(test_exchange__a_request_of_single_bytes_is_understood),
        cmocka_unit_test(test_exchange__a_chunked_body_is_joined),
        cmocka_unit_test(test_exchange__a_large_body_arrives_whole),
        cmocka_unit_test(test_exchange__a_client_that_waits_is_told_to_continue_once),
        cmocka_unit_test(test_exchange__a_client_that_does_not_wait_is_not_told),
        cmocka_unit_test(test_exchange__a_body_that_is_too_large_is_refused_before_it_is_sent),
        cmocka_unit_test(test_exchange__coded_bodies_are_decoded),
        cmocka_unit_test(test_exchange__damaged_and_doubly_coded_bodies_are_refused),
        cmocka_unit_test(test_exchange__a_decompression_bomb_is_refused),
        cmocka_unit_test(test_exchange__large_replies_are_packed_when_asked),
        cmocka_unit_test(test_exchange__the_crc_is_of_the_bytes_that_are_sent),
        cmocka_unit_test(test_exchange__head_is_answered_without_its_body),
        cmocka_unit_test(test_exchange__204_has_neither_body_nor_length),
        cmocka_unit_test(test_exchange__a_body_that_failed_is_an_empty_500),
        cmocka_unit_test(test_exchange__a_header_with_a_line_end_is_left_out),
        cmocka_unit_test(test_exchange__a_reply_has_a_date),
        cmocka_unit_test(test_exchange__a_reply_larger_than_any_socket_buffer_arrives_whole),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
