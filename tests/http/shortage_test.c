/* shortage_test.c -- more connections than there is room for, more bytes, and more requests at
 * once: who is served, who has to go, and what he is told.
 *
 * Who has to go is decided by what was done since a second ago or earlier (shortage.c), so some
 * tests wait for a little longer than that. They ask for nothing that has to be quick.
 */
#include "http/shortage.h"

#include <semaphore.h>
#include <stdio.h>
#include <sys/socket.h>

#include "http/harness.h"

#define HOST "Host: a\r\n"
#define GET_ECHO "GET /echo HTTP/1.1\r\n" HOST "\r\n"
#define ECHOED "GET /echo \n"
#define GET_HOLD "GET /hold HTTP/1.1\r\n" HOST "\r\n"
#define BEGUN "GET /echo HTTP/1.1\r\nX-Slow: "

enum { KIB = 1024, MIB = 1 << 20, PATIENCE_MS = 1200, TRIES = 20 };

static uint8_t bytes[4 * MIB];

static struct client open_and_send(const struct harness *harness, const char *text)
{
    struct client client = client_open(harness->port);
    assert_true(client_send_text(&client, text));
    return client;
}

/* Send a body of `size` bytes, of which `sent` only come. */
static struct client open_and_send_part(const struct harness *harness, size_t size, size_t sent)
{
    char head[128];
    (void)snprintf(head, sizeof head, "POST /body HTTP/1.1\r\n" HOST "Content-Length: %zu\r\n\r\n",
                   size);
    struct client client = open_and_send(harness, head);
    (void)client_send(&client, (struct span){bytes, sent});
    return client;
}

static void assert_refused(struct client *client)
{
    assert_int_equal(client_reply(client).status, 503);
    client_assert_closed(client);
}

/* ---- connections */

static void test_shortage__senders_of_single_bytes_yield_to_a_newcomer(void **state)
{
    (void)state;
    enum { SLOW = 8 };
    struct harness harness;
    struct http_options options = harness_options(&harness);
    options.connections_max = SLOW;
    harness_start(&harness, &options);
    struct client slow[SLOW];
    for (int i = 0; i < SLOW; i++) slow[i] = open_and_send(&harness, BEGUN);
    harness_await_open(&harness, SLOW);
    for (int step = 0; step < 3; step++) {
        harness_sleep_ms(PATIENCE_MS / 3);
        for (int i = 0; i < SLOW; i++) assert_true(client_send_text(&slow[i], "a"));
    }
    struct client newcomers[3];
    for (int i = 0; i < 3; i++) {
        newcomers[i] = client_open(harness.port);
        client_ask(&newcomers[i], GET_ECHO, 200, ECHOED);
    }
    assert_refused(&slow[0]);
    for (int i = 0; i < SLOW; i++) client_close(&slow[i]);
    for (int i = 0; i < 3; i++) client_close(&newcomers[i]);
    harness_stop(&harness);
}

static void test_shortage__who_has_just_begun_does_not_yield(void **state)
{
    (void)state;
    struct harness harness;
    struct http_options options = harness_options(&harness);
    options.connections_max = 1;
    harness_start(&harness, &options);
    struct client held = open_and_send(&harness, GET_HOLD);
    harness_await_held(&harness, 1);
    harness_sleep_ms(PATIENCE_MS); /* however long its handler takes */
    struct client newcomer = client_open(harness.port);
    assert_refused(&newcomer);
    harness_release(&harness);
    const struct reply reply = client_reply(&held);
    assert_int_equal(reply.status, 200);
    client_close(&newcomer);
    client_close(&held);
    harness_stop(&harness);
}

static void test_shortage__who_was_refused_and_stays_yields_first(void **state)
{
    (void)state;
    struct harness harness;
    struct http_options options = harness_options(&harness);
    options.connections_max = 2;
    harness_start(&harness, &options);
    struct client idle = client_open(harness.port);
    client_ask(&idle, GET_ECHO, 200, ECHOED);
    struct client refused = open_and_send(&harness, "NONSENSE\r\n\r\n");
    assert_int_equal(client_reply(&refused).status, 400);
    struct client newcomer = client_open(harness.port);
    client_ask(&newcomer, GET_ECHO, 200, ECHOED);
    client_ask(&idle, GET_ECHO, 200, ECHOED);
    client_close(&refused);
    client_close(&idle);
    client_close(&newcomer);
    harness_stop(&harness);
}

/* ---- bytes */

static void test_shortage__large_requests_together_are_bounded(void **state)
{
    (void)state;
    struct harness harness;
    struct http_options options = harness_options(&harness);
    options.buffer_bytes_max = 3 * MIB;
    harness_start(&harness, &options);
    struct client first = open_and_send_part(&harness, sizeof bytes, MIB);
    harness_sleep_ms(100);
    struct client second = open_and_send_part(&harness, sizeof bytes, 2 * MIB + 1);
    assert_int_equal(client_reply(&second).status, 503);
    struct client small = open_and_send_part(&harness, 16 * KIB, 16 * KIB); /* always finds room */
    assert_int_equal(client_reply(&small).status, 200);
    client_close(&first);
    client_close(&second);
    client_close(&small);
    harness_await_open(&harness, 0);
    struct client third = open_and_send_part(&harness, MIB, MIB); /* the room is free again */
    assert_int_equal(client_reply(&third).status, 200);
    client_close(&third);
    harness_stop(&harness);
}

static void test_shortage__a_large_request_that_stands_still_yields(void **state)
{
    (void)state;
    struct harness harness;
    struct http_options options = harness_options(&harness);
    options.buffer_bytes_max = 3 * MIB;
    harness_start(&harness, &options);
    struct client stuck = open_and_send_part(&harness, sizeof bytes, MIB + 1);
    int http_status = 503;
    unsigned tries = 0;
    for (; http_status == 503 && tries < TRIES; tries++) {
        harness_sleep_ms(PATIENCE_MS);
        struct client client = open_and_send_part(&harness, MIB, MIB);
        http_status = client_reply(&client).status;
        client_close(&client);
    }
    assert_int_equal(http_status, 200);
    assert_true(tries > 1); /* at the first look it had done well */
    assert_refused(&stuck);
    client_close(&stuck);
    harness_stop(&harness);
}

static void test_shortage__replies_that_nobody_reads_are_bounded(void **state)
{
    (void)state;
    enum { LARGE = 30000000 };
    static const char get_large[] = "GET /fill?30000000 HTTP/1.1\r\n" HOST "\r\n";
    struct harness harness;
    struct http_options options = harness_options(&harness);
    options.buffer_bytes_max = 48 * MIB;
    harness_start(&harness, &options);
    struct client stuck = open_and_send(&harness, get_large);
    struct client second = open_and_send(&harness, get_large);
    harness_await_open(&harness, 1); /* nobody was slow yet: the second to answer is cut off */
    size_t len = 0;
    for (unsigned tries = 0; len == 0 && tries < TRIES; tries++) {
        harness_sleep_ms(PATIENCE_MS);
        struct client client = open_and_send(&harness, get_large);
        len = client_reply(&client).body.len;
        client_close(&client);
    }
    assert_int_equal(len, LARGE); /* now `stuck` was */
    harness_await_open(&harness, 0);
    client_close(&stuck);
    client_close(&second);
    harness_stop(&harness);
}

/* ---- what is taken */

struct counted {
    struct mem mem;
    size_t taken; /* the loop's thread alone takes */
    size_t taken_most;
};

static void *count_and_resize(void *ctx, void *old, size_t old_size, size_t new_size)
{
    struct counted *counted = ctx;
    const struct mem *heap = mem_heap();
    void *fresh = heap->resize(heap->ctx, old, old_size, new_size);
    if (fresh == NULL && new_size > 0) return NULL;
    counted->taken += new_size - old_size;
    if (counted->taken > counted->taken_most) counted->taken_most = counted->taken;
    return fresh;
}

/* They are all there before the loop looks, so that it answers them in one turn. */
static void test_shortage__replies_of_one_turn_are_bounded(void **state)
{
    (void)state;
    enum { CLIENTS = 8, ROOM = 48 * MIB, REPLY = 30000000 };
    static const char get_large[] = "GET /fill?30000000 HTTP/1.1\r\n" HOST "\r\n";
    struct counted counted = {
        .mem = {&counted, count_and_resize}
    };
    struct harness harness;
    struct client clients[CLIENTS];
    struct http_options options = harness_options(&harness);
    options.mem = &counted.mem;
    options.buffer_bytes_max = ROOM;
    assert_int_equal(harness_open(&harness, &options), ST_OK);
    for (size_t i = 0; i < CLIENTS; i++) clients[i] = open_and_send(&harness, get_large);
    harness_run(&harness);
    harness_await_open(&harness, 1);
    for (size_t i = 0; i < CLIENTS; i++) client_close(&clients[i]);
    harness_stop(&harness);
    print_message("at most %zu MiB\n", counted.taken_most / MIB);
    assert_true(counted.taken_most < ROOM + 2 * REPLY); /* with the one that is being made */
}

/* An exchange keeps what earlier requests made it grow, up to a bound: that is not the next one's.
 */
static void test_shortage__a_small_request_finds_room_also_after_larger_ones(void **state)
{
    (void)state;
    struct harness harness;
    struct http_options options = harness_options(&harness);
    options.buffer_bytes_max = 2 * MIB + 100 * KIB; /* what `stuck` takes, and little more */
    harness_start(&harness, &options);
    struct client client = open_and_send_part(&harness, 50 * KIB, 50 * KIB);
    assert_int_equal(client_reply(&client).status, 200);
    struct client stuck = open_and_send_part(&harness, sizeof bytes, MIB + MIB / 2);
    harness_sleep_ms(100);
    client_ask(&client, GET_ECHO, 200, ECHOED);
    client_close(&stuck);
    client_close(&client);
    harness_stop(&harness);
}

/* ---- turns */

static sem_t gate_is_reached;
static sem_t gate_is_open;
static atomic_uint handled;

/* /gate stops the loop until the test has sent more; every reply is the number of the request. */
static void number(void *ctx, struct http_exchange *exchange)
{
    (void)ctx;
    if (span_eq(http_exchange_request(exchange)->path, SPAN("/gate"))) {
        (void)sem_post(&gate_is_reached);
        while (sem_wait(&gate_is_open) != 0) continue;
    }
    buf_printf(http_exchange_body(exchange), "%u", atomic_fetch_add(&handled, 1));
    http_exchange_finish(exchange, 200);
}

static void test_shortage__one_client_does_not_take_the_turn_of_others(void **state)
{
    (void)state;
    enum { COUNT = 300, SOON = 64 };
    static char pipelined[16 * KIB];
    size_t len =
        (size_t)snprintf(pipelined, sizeof pipelined, "GET /gate HTTP/1.1\r\n" HOST "\r\n");
    for (int i = 0; i < COUNT; i++)
        len += (size_t)snprintf(pipelined + len, sizeof pipelined - len, "%s", GET_ECHO);
    struct harness harness;
    struct http_options options = harness_options(&harness);
    options.handler = number;
    assert_int_equal(sem_init(&gate_is_reached, 0, 0), 0);
    assert_int_equal(sem_init(&gate_is_open, 0, 0), 0);
    atomic_store(&handled, 0);
    harness_start(&harness, &options);
    struct client other = open_and_send(&harness, GET_ECHO);
    assert_int_equal(client_reply(&other).status, 200);

    struct client greedy = open_and_send(&harness, pipelined);
    while (sem_wait(&gate_is_reached) != 0) continue;
    assert_true(client_send_text(&other, GET_ECHO));
    (void)sem_post(&gate_is_open);
    const struct reply reply = client_reply(&other);
    unsigned place = 0;
    for (size_t i = 0; i < reply.body.len; i++) place = place * 10 + (reply.body.ptr[i] - '0');
    assert_in_range(place, 1, SOON);
    for (int i = 0; i <= COUNT; i++) assert_int_equal(client_reply(&greedy).status, 200);

    client_close(&greedy);
    client_close(&other);
    harness_stop(&harness);
}

static void test_shortage__a_client_that_ends_behind_its_requests_gets_all_answers(void **state)
{
    (void)state;
    enum { COUNT = 1000 };
    struct harness harness;
    const struct http_options options = harness_options(&harness);
    harness_start(&harness, &options);
    struct client client = client_open(harness.port);
    for (int i = 0; i < COUNT; i++) assert_true(client_send_text(&client, GET_ECHO));
    assert_int_equal(shutdown(client.fd, SHUT_WR), 0);
    for (int i = 0; i < COUNT; i++) assert_int_equal(client_reply(&client).status, 200);
    client_assert_closed(&client);
    client_close(&client);
    harness_stop(&harness);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shortage__senders_of_single_bytes_yield_to_a_newcomer),
        cmocka_unit_test(test_shortage__who_has_just_begun_does_not_yield),
        cmocka_unit_test(test_shortage__who_was_refused_and_stays_yields_first),
        cmocka_unit_test(test_shortage__large_requests_together_are_bounded),
        cmocka_unit_test(test_shortage__a_large_request_that_stands_still_yields),
        cmocka_unit_test(test_shortage__replies_that_nobody_reads_are_bounded),
        cmocka_unit_test(test_shortage__replies_of_one_turn_are_bounded),
        cmocka_unit_test(test_shortage__a_small_request_finds_room_also_after_larger_ones),
        cmocka_unit_test(test_shortage__one_client_does_not_take_the_turn_of_others),
        cmocka_unit_test(test_shortage__a_client_that_ends_behind_its_requests_gets_all_answers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
