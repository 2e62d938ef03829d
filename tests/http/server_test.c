/* server_test.c -- a server from open to close: threads, stopping, signals, sockets of both kinds,
 * and what happens when memory runs out at any point.
 */
#include "http/http_server.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "http/harness.h"

#define HOST "Host: a\r\n"
#define GET_ECHO "GET /echo HTTP/1.1\r\n" HOST "\r\n"
#define ECHOED "GET /echo \n"
#define GET_HOLD "GET /hold HTTP/1.1\r\n" HOST "\r\n"
#define HELD "GET /hold \n"

/* ---- loops */

struct asker {
    pthread_t thread;
    uint16_t port;
    unsigned good; /* answers that were right */
};

enum { ASKERS = 16, QUESTIONS = 50 };

/* No assertions here: cmocka's belong to the test's own thread. */
static void *ask_often(void *ctx)
{
    struct asker *asker = ctx;
    struct client client = client_open(asker->port);
    for (unsigned i = 0; i < QUESTIONS; i++) {
        char request[64];
        char expected[64];
        const char *path = i % 3 == 0 ? "/late" : "/echo";
        (void)snprintf(request, sizeof request, "GET %s?%u HTTP/1.1\r\n" HOST "\r\n", path, i);
        (void)snprintf(expected, sizeof expected, "GET %s %u\n", path, i);
        if (!client_send_text(&client, request)) break;
        const struct reply reply = client_reply(&client);
        if (span_eq(reply.body, span_of(expected))) asker->good++;
    }
    client_close(&client);
    return NULL;
}

static void test_server__many_loops_answer_many_clients(void **state)
{
    (void)state;
    struct harness harness;
    struct http_options options = harness_options(&harness);
    options.loops = 4;
    harness_start(&harness, &options);
    struct asker askers[ASKERS];
    for (unsigned i = 0; i < ASKERS; i++) {
        askers[i] = (struct asker){.port = harness.port};
        assert_int_equal(pthread_create(&askers[i].thread, NULL, ask_often, &askers[i]), 0);
    }
    for (unsigned i = 0; i < ASKERS; i++) {
        assert_int_equal(pthread_join(askers[i].thread, NULL), 0);
        assert_int_equal(askers[i].good, QUESTIONS);
    }
    struct http_counts counts = {0};
    http_server_counts(harness.server, &counts);
    assert_int_equal(counts.requests, ASKERS * QUESTIONS);
    harness_stop(&harness);
}

static void note_loop(void *ctx, struct http_exchange *exchange)
{
    (void)ctx;
    buf_put_u8(http_exchange_body(exchange), (uint8_t)('0' + http_exchange_loop(exchange)));
    http_exchange_finish(exchange, 200);
}

static void test_server__connections_are_spread_evenly(void **state)
{
    (void)state;
    enum { LOOPS = 3, CLIENTS = 12 };
    struct harness harness;
    struct http_options options = harness_options(&harness);
    options.loops = LOOPS;
    options.handler = note_loop;
    harness_start(&harness, &options);
    struct client clients[CLIENTS];
    unsigned seen[LOOPS] = {0};
    for (unsigned i = 0; i < CLIENTS; i++) {
        clients[i] = client_open(harness.port);
        assert_true(client_send_text(&clients[i], GET_ECHO));
        const struct reply reply = client_reply(&clients[i]);
        assert_int_equal(reply.body.len, 1);
        const unsigned loop = (unsigned)(reply.body.ptr[0] - '0');
        assert_true(loop < LOOPS);
        seen[loop]++;
    }
    for (unsigned i = 0; i < LOOPS; i++) assert_int_equal(seen[i], CLIENTS / LOOPS);
    for (unsigned i = 0; i < CLIENTS; i++) client_close(&clients[i]);
    harness_stop(&harness);
}

static void test_server__resumptions_of_one_moment_are_all_run(void **state)
{
    (void)state;
    enum { CLIENTS = 100 };
    struct harness harness;
    struct http_options options = harness_options(&harness);
    options.loops = 2;
    harness_start(&harness, &options);
    struct client clients[CLIENTS];
    for (int round = 0; round < 3; round++) {
        for (unsigned i = 0; i < CLIENTS; i++) {
            if (round == 0) clients[i] = client_open(harness.port);
            assert_true(client_send_text(&clients[i], GET_HOLD));
        }
        harness_await_held(&harness, CLIENTS);
        harness_release(&harness);
        for (unsigned i = 0; i < CLIENTS; i++) {
            const struct reply reply = client_reply(&clients[i]);
            support_assert_text(reply.body, HELD);
        }
    }
    for (unsigned i = 0; i < CLIENTS; i++) client_close(&clients[i]);
    harness_stop(&harness);
}

/* ---- stopping */

enum { STOPPED_LOOPS_MAX = 3 };

/* Connections are spread evenly: with an idle one for each loop, all have heard of the stop once
 * all of these are closed. */
static void test_server__stopping_finishes_what_is_open_and_closes_what_is_idle(void **state)
{
    (void)state;
    for (unsigned loops = 1; loops <= STOPPED_LOOPS_MAX; loops += 2) {
        struct harness harness;
        struct http_options options = harness_options(&harness);
        struct client idle[STOPPED_LOOPS_MAX];
        options.loops = loops;
        harness_start(&harness, &options);
        for (unsigned i = 0; i < loops; i++) {
            idle[i] = client_open(harness.port);
            client_ask(&idle[i], GET_ECHO, 200, ECHOED);
        }
        struct client open = client_open(harness.port);
        assert_true(client_send_text(&open, GET_HOLD));
        harness_await_held(&harness, 1);
        http_server_stop(harness.server);
        for (unsigned i = 0; i < loops; i++) client_assert_closed(&idle[i]);
        harness_release(&harness);
        const struct reply reply = client_reply(&open);
        support_assert_text(reply.body, HELD);
        support_assert_text(reply_header(&reply, "Connection"), "close");
        client_assert_closed(&open);
        for (unsigned i = 0; i < loops; i++) client_close(&idle[i]);
        client_close(&open);
        harness_stop(&harness); /* a second stop changes nothing */
    }
}

static void test_server__a_half_sent_request_may_be_finished_while_stopping(void **state)
{
    (void)state;
    struct harness harness;
    const struct http_options options = harness_options(&harness);
    harness_start(&harness, &options);
    struct client client = client_open(harness.port);
    client_ask(&client, GET_ECHO, 200, ECHOED);
    assert_true(client_send_text(&client, "GET /echo HTTP/1.1\r\nHo"));
    harness_sleep_ms(30);
    http_server_stop(harness.server);
    harness_sleep_ms(50);
    client_ask(&client, "st: a\r\n\r\n", 200, ECHOED);
    client_assert_closed(&client);
    client_close(&client);
    harness_stop(&harness);
}

static void test_server__nobody_is_let_in_while_stopping(void **state)
{
    (void)state;
    struct harness harness;
    const struct http_options options = harness_options(&harness);
    harness_start(&harness, &options);
    struct client open = client_open(harness.port);
    assert_true(client_send_text(&open, GET_HOLD));
    harness_await_held(&harness, 1);
    http_server_stop(harness.server);
    harness_sleep_ms(50);
    /* the port is free again: another server may have it */
    struct harness other;
    struct http_options again = harness_options(&other);
    again.port = harness.port;
    again.mem = mem_heap();
    assert_int_equal(harness_open(&other, &again), ST_OK);
    http_server_close(other.server);
    arena_deinit(&other.arena);
    harness_release(&harness);
    (void)client_reply(&open);
    client_close(&open);
    harness_stop(&harness);
}

static void test_server__a_client_that_never_ends_is_cut_off_by_the_drain_time(void **state)
{
    (void)state;
    struct harness harness;
    struct http_options options = harness_options(&harness);
    options.drain_timeout_ms = 100;
    harness_start(&harness, &options);
    struct client client = client_open(harness.port);
    assert_true(client_send_text(&client, "GET /echo HTTP/1.1\r\n"));
    harness_sleep_ms(30);
    harness_stop(&harness);
    client_assert_closed(&client);
    client_close(&client);
}

static void test_server__an_open_request_outlives_the_drain_time_without_its_client(void **state)
{
    (void)state;
    struct harness harness;
    struct http_options options = harness_options(&harness);
    options.drain_timeout_ms = 50;
    harness_start(&harness, &options);
    struct client client = client_open(harness.port);
    assert_true(client_send_text(&client, GET_HOLD));
    harness_await_held(&harness, 1);
    http_server_stop(harness.server);
    client_assert_closed(&client);
    harness_release(&harness); /* the handler still holds it, and the server waits for that */
    client_close(&client);
    harness_stop(&harness);
}

static void test_server__a_server_stopped_before_it_runs_ends_at_once(void **state)
{
    (void)state;
    struct harness harness;
    struct http_options options = harness_options(&harness);
    options.loops = 2;
    assert_int_equal(harness_open(&harness, &options), ST_OK);
    http_server_stop(harness.server);
    harness_run(&harness);
    harness_join(&harness);
}

static void test_server__a_server_that_never_ran_can_be_closed(void **state)
{
    (void)state;
    struct harness harness;
    struct http_options options = harness_options(&harness);
    options.loops = 2;
    options.stop_on_signals = true;
    assert_int_equal(harness_open(&harness, &options), ST_OK);
    http_server_close(harness.server);
    http_server_close(NULL);
    arena_deinit(&harness.arena);
    support_mem_check();
}

/* ---- signals */

static void test_server__sigterm_and_sigint_stop_it(void **state)
{
    (void)state;
    static const int signals[] = {SIGTERM, SIGINT};
    for (size_t i = 0; i < ARRAY_COUNT(signals); i++) {
        struct harness harness;
        struct http_options options = harness_options(&harness);
        options.stop_on_signals = true;
        harness_start(&harness, &options);
        struct client client = client_open(harness.port);
        assert_true(client_send_text(&client, GET_HOLD));
        harness_await_held(&harness, 1);
        assert_int_equal(kill(getpid(), signals[i]), 0);
        harness_sleep_ms(30);
        harness_release(&harness);
        const struct reply reply = client_reply(&client);
        support_assert_text(reply.body, HELD);
        client_close(&client);
        harness_join(&harness);
    }
}

static void test_server__a_second_signal_does_not_wait_for_clients(void **state)
{
    (void)state;
    struct harness harness;
    struct http_options options = harness_options(&harness);
    options.stop_on_signals = true;
    options.loops = 2;
    harness_start(&harness, &options);
    struct client client = client_open(harness.port);
    assert_true(client_send_text(&client, "GET /echo HTTP/1.1\r\n"));
    harness_sleep_ms(30);
    assert_int_equal(kill(getpid(), SIGTERM), 0);
    harness_sleep_ms(50);
    assert_int_equal(kill(getpid(), SIGTERM), 0);
    client_assert_closed(&client);
    client_close(&client);
    harness_join(&harness);
}

/* ---- sockets */

static void test_server__a_unix_socket_is_served_and_removed(void **state)
{
    (void)state;
    char *folder = support_folder_new();
    char path[256];
    (void)snprintf(path, sizeof path, "%s/socket", folder);
    struct harness harness;
    struct http_options options = harness_options(&harness);
    options.unix_path = path;
    options.loops = 2;
    harness_start(&harness, &options);
    struct client by_path = client_open_unix(path);
    struct client by_port = client_open(harness.port);
    client_ask(&by_path, GET_ECHO, 200, ECHOED);
    client_ask(&by_port, GET_ECHO, 200, ECHOED);
    client_close(&by_path);
    client_close(&by_port);
    harness_stop(&harness);
    assert_int_not_equal(access(path, F_OK), 0);
    support_folder_free(folder);
}

static void test_server__a_port_in_use_is_an_error_that_says_so(void **state)
{
    (void)state;
    struct harness harness;
    const struct http_options options = harness_options(&harness);
    harness_start(&harness, &options);
    struct harness other;
    struct http_options again = harness_options(&other);
    again.port = harness.port;
    assert_int_equal(harness_open(&other, &again), ST_IO);
    char expected[64];
    (void)snprintf(expected, sizeof expected, "port %u on 127.0.0.1 is in use",
                   (unsigned)harness.port);
    support_assert_text(error_text(&other.err), expected);
    arena_deinit(&other.arena);
    harness_stop(&harness);
}

/* ---- no memory */

/* 503: there was no memory to read the request to. */
static bool is_right_or_none(int http_status)
{
    return http_status == 200 || http_status == 0 || http_status == 500 || http_status == 503;
}

/* A little of everything; each answer is right or is not there. */
static void use(struct harness *harness)
{
    static const char *const requests[] = {
        GET_ECHO,
        "GET /late HTTP/1.1\r\n" HOST "\r\n",
        "GET /fill?100000 HTTP/1.1\r\n" HOST "Accept-Encoding: gzip\r\n\r\n",
    };
    static const uint8_t zeros[100000];
    for (size_t i = 0; i < ARRAY_COUNT(requests); i++) {
        struct client client = client_open(harness->port);
        if (client_send_text(&client, requests[i])) {
            const struct reply reply = client_reply(&client);
            assert_true(is_right_or_none(reply.status));
        }
        client_close(&client);
    }
    struct client client = client_open(harness->port);
    const struct span request = client_post("/body", (struct span){zeros, sizeof zeros}, "");
    if (client_send(&client, request)) {
        const struct reply reply = client_reply(&client);
        assert_true(is_right_or_none(reply.status));
    }
    client_post_free(request);
    client_close(&client);
}

static void test_server__any_allocation_may_fail(void **state)
{
    (void)state;
    bool fired = true;
    for (uint64_t nth = 1; fired; nth++) {
        struct harness harness;
        struct http_options options = harness_options(&harness);
        support_mem_fail_at(nth);
        const status st = harness_open(&harness, &options);
        if (st != ST_OK) {
            assert_int_equal(st, ST_NO_MEMORY);
            arena_deinit(&harness.arena);
            support_mem_check();
            continue;
        }
        harness_run(&harness);
        use(&harness);
        fired = support_mem_failed();
        support_mem_fail_at(0);
        use(&harness); /* it has survived */
        harness_stop(&harness);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_server__many_loops_answer_many_clients),
        cmocka_unit_test(test_server__connections_are_spread_evenly),
        cmocka_unit_test(test_server__resumptions_of_one_moment_are_all_run),
        cmocka_unit_test(test_server__stopping_finishes_what_is_open_and_closes_what_is_idle),
        cmocka_unit_test(test_server__a_half_sent_request_may_be_finished_while_stopping),
        cmocka_unit_test(test_server__nobody_is_let_in_while_stopping),
        cmocka_unit_test(test_server__a_client_that_never_ends_is_cut_off_by_the_drain_time),
        cmocka_unit_test(test_server__an_open_request_outlives_the_drain_time_without_its_client),
        cmocka_unit_test(test_server__a_server_stopped_before_it_runs_ends_at_once),
        cmocka_unit_test(test_server__a_server_that_never_ran_can_be_closed),
        cmocka_unit_test(test_server__sigterm_and_sigint_stop_it),
        cmocka_unit_test(test_server__a_second_signal_does_not_wait_for_clients),
        cmocka_unit_test(test_server__a_unix_socket_is_served_and_removed),
        cmocka_unit_test(test_server__a_port_in_use_is_an_error_that_says_so),
        cmocka_unit_test(test_server__any_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
