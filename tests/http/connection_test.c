/* connection_test.c -- order, time, hang-ups and limits of connections, over real sockets.
 *
 * Time-outs are short here, and tests wait for effects, not for times: a slow machine makes them
 * slower, not wrong.
 */
#include "http/connection.h"

#include <stdio.h>
#include <sys/socket.h>

#include "http/harness.h"

#define HOST "Host: a\r\n"
#define POST "POST /echo HTTP/1.1\r\n" HOST
#define GET_ECHO "GET /echo HTTP/1.1\r\n" HOST "\r\n"
#define ECHOED "GET /echo \n"
#define GET_HOLD "GET /hold HTTP/1.1\r\n" HOST "\r\n"
#define HELD "GET /hold \n"

static void start(struct harness *harness)
{
    const struct http_options options = harness_options(harness);
    harness_start(harness, &options);
}

/* ---- order */

static void ask_pipelined(struct harness *harness, const char *const *paths, size_t path_count)
{
    enum { COUNT = 100 };
    char requests[COUNT * 64];
    size_t len = 0;
    for (size_t i = 0; i < COUNT; i++)
        len += (size_t)snprintf(requests + len, sizeof requests - len,
                                "GET %s?%zu HTTP/1.1\r\n" HOST "\r\n", paths[i % path_count], i);
    struct client client = client_open(harness->port);
    assert_true(client_send(&client, (struct span){(const uint8_t *)requests, len}));
    for (size_t i = 0; i < COUNT; i++) {
        char expected[64];
        (void)snprintf(expected, sizeof expected, "GET %s %zu\n", paths[i % path_count], i);
        const struct reply reply = client_reply(&client);
        support_assert_text(reply.body, expected);
    }
    client_close(&client);
}

static void test_connection__a_hundred_pipelined_requests_are_answered_in_order(void **state)
{
    (void)state;
    struct harness harness;
    start(&harness);
    ask_pipelined(&harness, (const char *const[]){"/echo"}, 1);
    ask_pipelined(&harness, (const char *const[]){"/late"}, 1);
    ask_pipelined(&harness, (const char *const[]){"/late", "/echo", "/echo"}, 3);
    harness_stop(&harness);
}

static void test_connection__a_large_pipelined_request_waits_for_the_answer_before_it(void **state)
{
    (void)state;
    static uint8_t bytes[3 << 20];
    struct harness harness;
    start(&harness);
    struct client client = client_open(harness.port);
    assert_true(client_send_text(&client, GET_HOLD));
    harness_await_held(&harness, 1);
    /* far more than the server reads ahead: it must pause, and go on later */
    const struct span request = client_post("/body", (struct span){bytes, sizeof bytes}, "");
    assert_true(client_send(&client, span_take(request, 100000)));
    harness_sleep_ms(50);
    harness_release(&harness);
    struct reply reply = client_reply(&client);
    support_assert_text(reply.body, HELD);
    assert_true(client_send(&client, span_drop(request, 100000)));
    reply = client_reply(&client);
    assert_int_equal(reply.body.len, sizeof bytes);
    client_post_free(request);
    client_close(&client);
    harness_stop(&harness);
}

static void test_connection__nothing_is_answered_after_a_refusal(void **state)
{
    (void)state;
    static const char *const refused[] = {
        POST "Content-Length: 1\r\nContent-Length: 2\r\n\r\nx" GET_ECHO,
        POST "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" GET_ECHO,
        "GET / HTTP/1.1\r\n\r\n" GET_ECHO,
        "NONSENSE\r\n\r\n" GET_ECHO,
    };
    struct harness harness;
    start(&harness);
    for (size_t i = 0; i < ARRAY_COUNT(refused); i++) {
        struct client client = client_open(harness.port);
        assert_true(client_send_text(&client, GET_ECHO));
        assert_true(client_send_text(&client, refused[i]));
        struct reply reply = client_reply(&client);
        assert_int_equal(reply.status, 200);
        reply = client_reply(&client);
        assert_int_equal(reply.status, 400);
        support_assert_text(reply_header(&reply, "Connection"), "close");
        client_assert_closed(&client);
        client_close(&client);
    }
    harness_stop(&harness);
}

/* ---- keeping alive */

static void test_connection__it_stays_unless_the_client_says_close(void **state)
{
    (void)state;
    static const struct {
        const char *request;
        const char *connection; /* header of the reply */
        bool closes;
    } cases[] = {
        {GET_ECHO,                                                       "",           false},
        {"GET /echo HTTP/1.1\r\n" HOST "Connection: keep-alive\r\n\r\n", "",           false},
        {"GET /echo HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n",      "close",      true },
        {"GET /echo HTTP/1.0\r\n\r\n",                                   "close",      true },
        {"GET /echo HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",         "keep-alive", false},
    };
    struct harness harness;
    start(&harness);
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct client client = client_open(harness.port);
        assert_true(client_send_text(&client, cases[i].request));
        const struct reply reply = client_reply(&client);
        support_assert_text(reply.body, ECHOED);
        support_assert_text(reply_header(&reply, "Connection"), cases[i].connection);
        if (cases[i].closes) {
            client_assert_closed(&client);
        } else {
            client_ask(&client, GET_ECHO, 200, ECHOED);
        }
        client_close(&client);
    }
    harness_stop(&harness);
}

static void test_connection__line_ends_between_requests_are_no_request(void **state)
{
    (void)state;
    struct harness harness;
    struct http_options options = harness_options(&harness);
    options.request_timeout_ms = 50;
    harness_start(&harness, &options);
    struct client client = client_open(harness.port);
    client_ask(&client, POST "Content-Length: 1\r\n\r\nx\r\n", 200, "POST /echo \nx");
    assert_true(client_send_text(&client, "\r\n"));
    harness_sleep_ms(200); /* no 408 */
    client_ask(&client, "\r\n" GET_ECHO, 200, ECHOED);
    client_close(&client);
    harness_stop(&harness);
}

/* ---- time */

static void test_connection__a_slow_head_is_408(void **state)
{
    (void)state;
    struct harness harness;
    struct http_options options = harness_options(&harness);
    options.request_timeout_ms = 100;
    harness_start(&harness, &options);
    struct client client = client_open(harness.port);
    client_ask(&client, GET_ECHO, 200, ECHOED);
    /* a byte now and then does not help: the whole request has one deadline */
    const char *drip = "GET /echo HTTP/1.1\r\nX-Slow: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    for (size_t i = 0; drip[i] != 0; i++) {
        if (!client_send(&client, (struct span){(const uint8_t *)drip + i, 1})) break;
        harness_sleep_ms(10);
    }
    const struct reply reply = client_reply(&client);
    assert_int_equal(reply.status, 408);
    client_close(&client);
    harness_stop(&harness);
}

static void test_connection__a_body_that_does_not_come_is_408(void **state)
{
    (void)state;
    struct harness harness;
    struct http_options options = harness_options(&harness);
    options.request_timeout_ms = 50;
    harness_start(&harness, &options);
    struct client client = client_open(harness.port);
    client_ask(&client, POST "Content-Length: 10\r\n\r\nonly", 408, "");
    client_assert_closed(&client);
    client_close(&client);
    harness_stop(&harness);
}

static void test_connection__an_idle_one_is_closed_without_a_word(void **state)
{
    (void)state;
    struct harness harness;
    struct http_options options = harness_options(&harness);
    options.idle_timeout_ms = 50;
    harness_start(&harness, &options);
    struct client silent = client_open(harness.port);
    struct client client = client_open(harness.port);
    client_ask(&client, GET_ECHO, 200, ECHOED);
    client_assert_closed(&client);
    client_assert_closed(&silent);
    harness_await_open(&harness, 0);
    client_close(&client);
    client_close(&silent);
    harness_stop(&harness);
}

static void test_connection__a_handler_may_take_longer_than_any_time_out(void **state)
{
    (void)state;
    struct harness harness;
    struct http_options options = harness_options(&harness);
    options.idle_timeout_ms = 20;
    options.request_timeout_ms = 20;
    harness_start(&harness, &options);
    struct client client = client_open(harness.port);
    assert_true(client_send_text(&client, GET_HOLD));
    harness_await_held(&harness, 1);
    harness_sleep_ms(150);
    harness_release(&harness);
    const struct reply reply = client_reply(&client);
    support_assert_text(reply.body, HELD);
    client_close(&client);
    harness_stop(&harness);
}

static void test_connection__a_reply_that_nobody_reads_is_given_up(void **state)
{
    (void)state;
    struct harness harness;
    struct http_options options = harness_options(&harness);
    options.reply_timeout_ms = 100;
    harness_start(&harness, &options);
    struct client client = client_open(harness.port);
    assert_true(client_send_text(&client, "GET /fill?60000000 HTTP/1.1\r\n" HOST "\r\n"));
    harness_sleep_ms(50);
    harness_await_open(&harness, 0);
    client_close(&client);
    harness_stop(&harness);
}

struct slow_reader {
    const char *request;
    size_t reply_bytes;
    size_t step;     /* so much is read, */
    unsigned pauses; /* so often, and then the rest at once */
    unsigned pause_ms;
    unsigned timeout_ms; /* of replies */
};

static void read_slowly(const struct slow_reader *slow)
{
    static uint8_t bytes[1 << 16];
    struct harness harness;
    struct http_options options = harness_options(&harness);
    options.reply_timeout_ms = slow->timeout_ms;
    assert_true(slow->pauses * slow->pause_ms > 2 * slow->timeout_ms);
    harness_start(&harness, &options);
    struct client client = client_open(harness.port);
    assert_true(client_send_text(&client, slow->request));
    size_t next = slow->step;
    unsigned pauses = 0;
    for (size_t total = 0; total < slow->reply_bytes;) {
        const ssize_t n = recv(client.fd, bytes, sizeof bytes, 0);
        if (n <= 0) fail_msg("ended after %zu bytes", total);
        total += (size_t)n;
        if (total < next || pauses++ >= slow->pauses) continue;
        next += slow->step;
        harness_sleep_ms(slow->pause_ms);
    }
    client_close(&client);
    harness_stop(&harness);
}

static void test_connection__a_reply_that_is_read_slowly_is_not_given_up(void **state)
{
    (void)state;
    read_slowly(&(struct slow_reader){.request = "GET /fill?20000000 HTTP/1.1\r\n" HOST "\r\n",
                                      .reply_bytes = 20000000,
                                      .step = 1000000,
                                      .pauses = 20,
                                      .pause_ms = 450,
                                      .timeout_ms = 4000});
}

/* What the system has taken counts as well: here that is most of it. */
static void test_connection__a_reply_of_which_little_is_read_is_not_given_up(void **state)
{
    (void)state;
    read_slowly(&(struct slow_reader){.request = "GET /fill?8000000 HTTP/1.1\r\n" HOST "\r\n",
                                      .reply_bytes = 8000000,
                                      .step = 50000,
                                      .pauses = 35,
                                      .pause_ms = 100,
                                      .timeout_ms = 1000});
}

/* ---- ends */

static void test_connection__half_closed_clients_get_their_answers(void **state)
{
    (void)state;
    struct harness harness;
    start(&harness);
    struct client client = client_open(harness.port);
    assert_true(client_send_text(&client, GET_ECHO "GET /late HTTP/1.1\r\n" HOST "\r\n" GET_ECHO));
    assert_int_equal(shutdown(client.fd, SHUT_WR), 0);
    const char *const expected[] = {ECHOED, "GET /late \n", ECHOED};
    for (size_t i = 0; i < ARRAY_COUNT(expected); i++) {
        const struct reply reply = client_reply(&client);
        support_assert_text(reply.body, expected[i]);
    }
    client_assert_closed(&client);
    client_close(&client);
    harness_stop(&harness);
}

static void test_connection__a_body_shorter_than_told_is_no_request(void **state)
{
    (void)state;
    struct harness harness;
    start(&harness);
    struct client client = client_open(harness.port);
    assert_true(client_send_text(&client, POST "Content-Length: 100\r\n\r\nshort"));
    assert_int_equal(shutdown(client.fd, SHUT_WR), 0);
    client_assert_closed(&client);
    client_close(&client);
    struct http_counts counts = {0};
    http_server_counts(harness.server, &counts);
    assert_int_equal(counts.requests, 0);
    harness_stop(&harness);
}

static void test_connection__a_body_longer_than_told_is_the_next_request(void **state)
{
    (void)state;
    struct harness harness;
    start(&harness);
    struct client client = client_open(harness.port);
    client_ask(&client, POST "Content-Length: 3\r\n\r\nabcdef\r\n\r\n", 200, "POST /echo \nabc");
    const struct reply reply = client_reply(&client);
    assert_int_equal(reply.status, 400);
    client_close(&client);
    harness_stop(&harness);
}

static void test_connection__who_hangs_up_before_the_answer_harms_nobody(void **state)
{
    (void)state;
    struct harness harness;
    start(&harness);
    for (int by_reset = 0; by_reset < 2; by_reset++) {
        struct client client = client_open(harness.port);
        assert_true(client_send_text(&client, GET_HOLD));
        harness_await_held(&harness, 1);
        if (by_reset) {
            client_reset(&client);
            harness_await_open(&harness, 0); /* seen before the answer */
        } else {
            client_close(&client);
        }
        harness_release(&harness);
        harness_await_open(&harness, 0);
    }
    struct client client = client_open(harness.port);
    client_ask(&client, GET_ECHO, 200, ECHOED);
    client_close(&client);
    harness_stop(&harness);
}

static void test_connection__who_hangs_up_anywhere_in_a_request_harms_nobody(void **state)
{
    (void)state;
    static const char request[] = POST "Content-Length: 5\r\n\r\nhello";
    struct harness harness;
    start(&harness);
    for (size_t len = 0; len < sizeof request; len++) {
        struct client client = client_open(harness.port);
        assert_true(client_send(&client, (struct span){(const uint8_t *)request, len}));
        if (len % 2 == 0) {
            client_reset(&client);
        } else {
            client_close(&client);
        }
    }
    harness_await_open(&harness, 0);
    harness_stop(&harness);
}

static void test_connection__who_hangs_up_during_a_reply_harms_nobody(void **state)
{
    (void)state;
    struct harness harness;
    start(&harness);
    struct client client = client_open(harness.port);
    assert_true(client_send_text(&client, "GET /fill?60000000 HTTP/1.1\r\n" HOST "\r\n"));
    harness_sleep_ms(50);
    client_reset(&client);
    harness_await_open(&harness, 0);
    harness_stop(&harness);
}

/* ---- limits */

static void test_connection__the_oldest_idle_one_yields_to_a_newcomer(void **state)
{
    (void)state;
    struct harness harness;
    struct http_options options = harness_options(&harness);
    options.connections_max = 2;
    harness_start(&harness, &options);
    struct client oldest = client_open(harness.port);
    client_ask(&oldest, GET_ECHO, 200, ECHOED);
    struct client middle = client_open(harness.port);
    client_ask(&middle, GET_ECHO, 200, ECHOED);
    client_ask(&oldest, GET_ECHO, 200, ECHOED); /* now `middle` is idle for longer */
    struct client newest = client_open(harness.port);
    client_ask(&newest, GET_ECHO, 200, ECHOED);
    client_assert_closed(&middle);
    client_ask(&oldest, GET_ECHO, 200, ECHOED);
    client_close(&oldest);
    client_close(&middle);
    client_close(&newest);
    harness_stop(&harness);
}

static void test_connection__busy_ones_do_not_yield_and_the_newcomer_is_told(void **state)
{
    (void)state;
    struct harness harness;
    struct http_options options = harness_options(&harness);
    options.connections_max = 1;
    harness_start(&harness, &options);
    struct client busy = client_open(harness.port);
    assert_true(client_send_text(&busy, GET_HOLD));
    harness_await_held(&harness, 1);
    struct client newcomer = client_open(harness.port);
    struct reply reply = client_reply(&newcomer);
    assert_int_equal(reply.status, 503);
    support_assert_text(reply_header(&reply, "Connection"), "close");
    client_assert_closed(&newcomer);
    harness_release(&harness);
    reply = client_reply(&busy);
    support_assert_text(reply.body, HELD);
    client_close(&busy);
    client_close(&newcomer);
    harness_stop(&harness);
}

/* ---- memory */

static struct {
    _Atomic size_t bytes;
    _Atomic size_t calls;
} taken;

static void *count_resize(void *ctx, void *old, size_t old_size, size_t new_size)
{
    (void)ctx;
    atomic_fetch_add(&taken.calls, 1);
    void *ptr = mem_heap()->resize(mem_heap()->ctx, old, old_size, new_size);
    if (ptr != NULL || new_size == 0) atomic_fetch_add(&taken.bytes, new_size - old_size);
    return ptr;
}

static const struct mem counting = {NULL, count_resize};

static void test_connection__an_idle_one_costs_less_than_a_kilobyte(void **state)
{
    (void)state;
    enum { COUNT = 400 };
    static struct client clients[COUNT];
    struct harness harness;
    struct http_options options = harness_options(&harness);
    options.mem = &counting;
    harness_start(&harness, &options);
    struct client first = client_open(harness.port);
    client_ask(&first, GET_ECHO, 200, ECHOED);
    const size_t before = atomic_load(&taken.bytes);
    for (int i = 0; i < COUNT; i++) {
        clients[i] = client_open(harness.port);
        client_ask(&clients[i], GET_ECHO, 200, ECHOED);
    }
    assert_true(atomic_load(&taken.bytes) - before < COUNT * 1024);
    for (int i = 0; i < COUNT; i++) client_close(&clients[i]);
    client_close(&first);
    harness_stop(&harness);
    assert_int_equal(atomic_load(&taken.bytes), 0);
}

static void test_connection__a_kept_alive_request_allocates_nothing(void **state)
{
    (void)state;
    struct harness harness;
    struct http_options options = harness_options(&harness);
    options.mem = &counting;
    harness_start(&harness, &options);
    struct client client = client_open(harness.port);
    client_ask(&client, GET_ECHO, 200, ECHOED);
    const size_t before = atomic_load(&taken.calls);
    for (int i = 0; i < 100; i++) client_ask(&client, GET_ECHO, 200, ECHOED);
    assert_int_equal(atomic_load(&taken.calls), before);
    client_close(&client);
    harness_stop(&harness);
}

static void test_connection__what_a_large_request_took_is_given_back(void **state)
{
    (void)state;
    static uint8_t bytes[5 << 20];
    struct harness harness;
    struct http_options options = harness_options(&harness);
    options.mem = &counting;
    harness_start(&harness, &options);
    struct client client = client_open(harness.port);
    client_ask(&client, GET_ECHO, 200, ECHOED);
    const size_t before = atomic_load(&taken.bytes);
    const struct span request = client_post("/body", (struct span){bytes, sizeof bytes}, "");
    assert_true(client_send(&client, request));
    const struct reply reply = client_reply(&client);
    assert_int_equal(reply.body.len, sizeof bytes);
    client_ask(&client, GET_ECHO, 200, ECHOED); /* the server is done with the large one */
    assert_true(atomic_load(&taken.bytes) < before + (64 << 10));
    client_post_free(request);
    client_close(&client);
    harness_stop(&harness);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_connection__a_hundred_pipelined_requests_are_answered_in_order),
        cmocka_unit_test(test_connection__a_large_pipelined_request_waits_for_the_answer_before_it),
        cmocka_unit_test(test_connection__nothing_is_answered_after_a_refusal),
        cmocka_unit_test(test_connection__it_stays_unless_the_client_says_close),
        cmocka_unit_test(test_connection__line_ends_between_requests_are_no_request),
        cmocka_unit_test(test_connection__a_slow_head_is_408),
        cmocka_unit_test(test_connection__a_body_that_does_not_come_is_408),
        cmocka_unit_test(test_connection__an_idle_one_is_closed_without_a_word),
        cmocka_unit_test(test_connection__a_handler_may_take_longer_than_any_time_out),
        cmocka_unit_test(test_connection__a_reply_that_nobody_reads_is_given_up),
        cmocka_unit_test(test_connection__a_reply_that_is_read_slowly_is_not_given_up),
        cmocka_unit_test(test_connection__a_reply_of_which_little_is_read_is_not_given_up),
        cmocka_unit_test(test_connection__half_closed_clients_get_their_answers),
        cmocka_unit_test(test_connection__a_body_shorter_than_told_is_no_request),
        cmocka_unit_test(test_connection__a_body_longer_than_told_is_the_next_request),
        cmocka_unit_test(test_connection__who_hangs_up_before_the_answer_harms_nobody),
        cmocka_unit_test(test_connection__who_hangs_up_anywhere_in_a_request_harms_nobody),
        cmocka_unit_test(test_connection__who_hangs_up_during_a_reply_harms_nobody),
        cmocka_unit_test(test_connection__the_oldest_idle_one_yields_to_a_newcomer),
        cmocka_unit_test(test_connection__busy_ones_do_not_yield_and_the_newcomer_is_told),
        cmocka_unit_test(test_connection__an_idle_one_costs_less_than_a_kilobyte),
        cmocka_unit_test(test_connection__a_kept_alive_request_allocates_nothing),
        cmocka_unit_test(test_connection__what_a_large_request_took_is_given_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
