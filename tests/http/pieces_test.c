/* pieces_test.c -- replies that go on, over real sockets: what goes over the wire, who waits for
 * whom, and every way in which one ends.
 *
 *     /count?N    N pieces, "piece 0\n" to "piece N-1\n", and the end
 *     /flood      pieces of 32 KiB for as long as there is room
 *     /quiet      nothing, until it is told to end
 *     /late       as /quiet, and ends a little later, by another thread
 *     /last       as /quiet, with a last word
 *     /fail       a piece, and one that could not be written
 */
#include "http/pieces.h"

#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http/harness.h"

enum { FLOOD_BYTES = 32 << 10, WAIT_STEPS = 500, WAIT_STEP_MS = 10 };

#define GET(path) "GET " path " HTTP/1.1\r\nHost: a\r\n"

static atomic_uint begun;
static atomic_uint pushed;
static atomic_uint ended; /* were told to end */

/* ---- the handler */

struct producer {
    struct http_exchange *exchange;
    struct span path;
    unsigned next;
    unsigned count;
};

static bool is_at(const struct producer *producer, const char *path)
{
    return span_eq(producer->path, span_of(path));
}

static bool push(struct producer *producer)
{
    (void)atomic_fetch_add(&pushed, 1);
    return http_exchange_push(producer->exchange);
}

static void flood(struct producer *producer)
{
    do {
        uint8_t *at = buf_reserve(http_exchange_body(producer->exchange), FLOOD_BYTES);
        if (at == NULL) return;
        memset(at, 'f', FLOOD_BYTES);
        buf_advance(http_exchange_body(producer->exchange), FLOOD_BYTES);
    } while (push(producer));
}

static void count_on(struct producer *producer)
{
    bool has_room = true;
    while (has_room && producer->next < producer->count) {
        buf_printf(http_exchange_body(producer->exchange), "piece %u\n", producer->next++);
        has_room = push(producer);
    }
    if (producer->next == producer->count) http_exchange_finish(producer->exchange, 200);
}

static void push_failure(struct producer *producer)
{
    buf_put_text(http_exchange_body(producer->exchange), "good");
    assert_true(push(producer));
    buf_put_text(http_exchange_body(producer->exchange), "half of i");
    http_exchange_body(producer->exchange)->failed = ST_NO_MEMORY;
    assert_false(push(producer));
}

static void go_on(struct producer *producer)
{
    if (is_at(producer, "/flood")) flood(producer);
    if (is_at(producer, "/count")) count_on(producer);
    if (is_at(producer, "/fail")) push_failure(producer);
}

static void finish(void *exchange)
{
    http_exchange_finish(exchange, 200);
}

static void *finish_late(void *exchange)
{
    harness_sleep_ms(20);
    http_exchange_resume(exchange, finish, exchange);
    return NULL;
}

static void end(struct producer *producer)
{
    pthread_t thread;
    (void)atomic_fetch_add(&ended, 1);
    if (is_at(producer, "/last"))
        buf_put_text(http_exchange_body(producer->exchange), "a last word");
    if (!is_at(producer, "/late")) {
        http_exchange_finish(producer->exchange, 200);
        return;
    }
    assert_int_equal(pthread_create(&thread, NULL, finish_late, producer->exchange), 0);
    assert_int_equal(pthread_detach(thread), 0);
}

static void on_event(void *ctx, http_stream_event event)
{
    if (event == HTTP_STREAM_ROOM)
        go_on(ctx);
    else
        end(ctx);
}

static unsigned number_of(struct span digits)
{
    unsigned n = 0;
    for (size_t i = 0; i < digits.len; i++) n = n * 10 + (unsigned)(digits.ptr[i] - '0');
    return n;
}

static void handle(void *ctx, struct http_exchange *exchange)
{
    (void)ctx;
    struct producer *producer = arena_new(http_exchange_arena(exchange), struct producer);
    assert_non_null(producer);
    *producer = (struct producer){
        .exchange = exchange,
        .path = http_exchange_request(exchange)->path,
        .count = number_of(http_exchange_request(exchange)->query),
    };
    const struct http_stream stream = {
        .fn = on_event,
        .ctx = producer,
        .heartbeat = SPAN("(beat)"),
    };
    (void)atomic_fetch_add(&begun, 1);
    http_exchange_header(exchange, SPAN("Content-Type"), SPAN("text/event-stream"));
    if (http_exchange_stream(exchange, 200, &stream)) go_on(producer);
}

/* ---- the test's side */

static struct http_options options_of(struct harness *harness)
{
    struct http_options options = harness_options(harness);
    options.handler = handle;
    options.compress_bytes_min = 1;
    return options;
}

static void start_with(struct harness *harness, const struct http_options *options)
{
    atomic_store(&begun, 0);
    atomic_store(&pushed, 0);
    atomic_store(&ended, 0);
    harness_start(harness, options);
}

static void start(struct harness *harness)
{
    const struct http_options options = options_of(harness);
    start_with(harness, &options);
}

static void await(atomic_uint *count, unsigned wanted)
{
    for (int i = 0; i < WAIT_STEPS && atomic_load(count) < wanted; i++)
        harness_sleep_ms(WAIT_STEP_MS);
    assert_int_equal(atomic_load(count), wanted);
}

/* Read until what came after the head ends with `text`; that without the head. */
struct received {
    char bytes[4096];
    size_t len;
    size_t head_len;
};

static const char *body_of(const struct received *received)
{
    return received->bytes + received->head_len;
}

static void read_some(struct client *client, struct received *received)
{
    const size_t room = sizeof received->bytes - 1 - received->len;
    const ssize_t n = recv(client->fd, received->bytes + received->len, room, 0);
    assert_true(n > 0);
    received->len += (size_t)n;
    received->bytes[received->len] = '\0';
}

static void read_head(struct client *client, struct received *received)
{
    const char *end = NULL;
    *received = (struct received){0};
    while ((end = strstr(received->bytes, "\r\n\r\n")) == NULL) read_some(client, received);
    received->head_len = (size_t)(end - received->bytes) + 4;
}

static void read_to(struct client *client, struct received *received, const char *text)
{
    const size_t len = strlen(text);
    while (received->len - received->head_len < len ||
           strcmp(received->bytes + received->len - len, text) != 0)
        read_some(client, received);
}

static struct client ask(const struct harness *harness, const char *request)
{
    struct client client = client_open(harness->port);
    assert_true(client_send_text(&client, request));
    return client;
}

/* ---- what goes over the wire */

static void test_pieces__each_is_a_chunk_and_the_next_request_is_answered_then(void **state)
{
    (void)state;
    struct harness harness;
    struct received received;
    start(&harness);
    struct client client = ask(&harness, GET("/count?2") "\r\n" GET("/count?1") "\r\n");
    read_head(&client, &received);
    read_to(&client, &received, "8\r\npiece 0\n\r\n0\r\n\r\n");
    assert_non_null(strstr(received.bytes, "Transfer-Encoding: chunked\r\n"));
    assert_null(strstr(received.bytes, "Content-Length"));
    assert_null(strstr(received.bytes, "x-crc"));
    const char first[] = "8\r\npiece 0\n\r\n8\r\npiece 1\n\r\n0\r\n\r\nHTTP/1.1 200 OK\r\n";
    assert_memory_equal(body_of(&received), first, strlen(first));
    client_close(&client);
    harness_stop(&harness);
    assert_int_equal(atomic_load(&ended), 0);
}

static void test_pieces__they_are_not_compressed(void **state)
{
    (void)state;
    struct harness harness;
    struct received received;
    start(&harness);
    struct client client = ask(&harness, GET("/count?1") "Accept-Encoding: gzip\r\n\r\n");
    read_head(&client, &received);
    read_to(&client, &received, "0\r\n\r\n");
    assert_null(strstr(received.bytes, "Content-Encoding"));
    assert_string_equal(body_of(&received), "8\r\npiece 0\n\r\n0\r\n\r\n");
    client_close(&client);
    harness_stop(&harness);
}

static void test_pieces__to_http_1_0_they_come_as_they_are_and_end_with_the_connection(void **state)
{
    (void)state;
    static const char *const requests[] = {
        "GET /count?2 HTTP/1.0\r\n\r\n",
        "GET /count?2 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
    };
    struct harness harness;
    struct received received;
    start(&harness);
    for (size_t i = 0; i < ARRAY_COUNT(requests); i++) {
        struct client client = ask(&harness, requests[i]);
        read_head(&client, &received);
        read_to(&client, &received, "piece 0\npiece 1\n");
        assert_null(strstr(received.bytes, "chunked"));
        assert_non_null(strstr(received.bytes, "Connection: close\r\n"));
        client_assert_closed(&client);
        client_close(&client);
    }
    harness_stop(&harness);
}

static void test_pieces__connection_close_is_kept_to(void **state)
{
    (void)state;
    struct harness harness;
    struct received received;
    start(&harness);
    struct client client = ask(&harness, GET("/count?1") "Connection: close\r\n\r\n");
    read_head(&client, &received);
    read_to(&client, &received, "0\r\n\r\n");
    client_assert_closed(&client);
    client_close(&client);
    harness_stop(&harness);
}

static void test_pieces__one_that_could_not_be_written_is_seen_to_be_missing(void **state)
{
    (void)state;
    struct harness harness;
    struct received received;
    start(&harness);
    struct client client = ask(&harness, GET("/fail") "\r\n");
    read_head(&client, &received);
    read_to(&client, &received, "4\r\ngood\r\n");
    client_assert_closed(&client);
    assert_string_equal(body_of(&received), "4\r\ngood\r\n");
    client_close(&client);
    await(&ended, 1);
    harness_stop(&harness);
}

/* ---- who waits for whom */

/* The number of pieces when it grows no more. */
static unsigned settled_count(void)
{
    unsigned count = 0;
    do {
        count = atomic_load(&pushed);
        harness_sleep_ms(100);
    } while (count != atomic_load(&pushed));
    return count;
}

static void test_pieces__a_client_that_does_not_read_stops_its_producer(void **state)
{
    (void)state;
    static char sink[1 << 20];
    struct harness harness;
    start(&harness);
    struct client client = ask(&harness, GET("/flood") "\r\n");
    await(&begun, 1);
    unsigned count = settled_count();
    assert_true(count > 0 && (uint64_t)count * FLOOD_BYTES < 64U << 20); /* what sockets hold */
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 16; i++)
            assert_true(recv(client.fd, sink, sizeof sink, MSG_WAITALL) == (ssize_t)sizeof sink);
        const unsigned more = settled_count();
        assert_true(more > count);
        count = more;
    }
    assert_int_equal(atomic_load(&ended), 0);
    client_close(&client);
    await(&ended, 1);
    harness_stop(&harness);
}

static void test_pieces__requests_behind_one_that_goes_on_wait_without_bound_on_time(void **state)
{
    (void)state;
    static uint8_t bytes[3 << 20];
    struct harness harness;
    start(&harness);
    struct client client = ask(&harness, GET("/quiet") "\r\n");
    const struct span request = client_post("/count?1", (struct span){bytes, sizeof bytes}, "");
    assert_true(client_send(&client, span_take(request, 100000)));
    await(&begun, 1);
    harness_sleep_ms(50);
    assert_int_equal(atomic_load(&begun), 1);
    client_post_free(request);
    client_close(&client);
    harness_stop(&harness);
    assert_int_equal(atomic_load(&ended), 1);
}

/* ---- time */

static void test_pieces__silence_is_broken_by_heartbeats(void **state)
{
    (void)state;
    struct harness harness;
    struct received received;
    struct http_options options = options_of(&harness);
    options.heartbeat_ms = 20;
    options.idle_timeout_ms = 40; /* neither this nor the time of a request ends it */
    options.request_timeout_ms = 40;
    start_with(&harness, &options);
    struct client client = ask(&harness, GET("/quiet") "\r\n");
    read_head(&client, &received);
    for (int i = 0; i < 20; i++) read_to(&client, &received, "6\r\n(beat)\r\n");
    while (received.len - received.head_len < 20 * strlen("6\r\n(beat)\r\n"))
        read_some(&client, &received);
    assert_int_equal(atomic_load(&ended), 0);
    client_close(&client);
    await(&ended, 1);
    harness_stop(&harness);
}

static void test_pieces__who_takes_nothing_for_too_long_is_given_up(void **state)
{
    (void)state;
    struct harness harness;
    struct http_options options = options_of(&harness);
    options.reply_timeout_ms = 100;
    start_with(&harness, &options);
    struct client client = ask(&harness, GET("/flood") "\r\n");
    await(&ended, 1);
    client_close(&client);
    harness_stop(&harness);
}

/* ---- the end */

static void test_pieces__a_client_that_leaves_is_told_of(void **state)
{
    (void)state;
    static const char *const paths[] = {GET("/quiet") "\r\n", GET("/late") "\r\n",
                                        GET("/flood") "\r\n", GET("/last") "\r\n"};
    struct harness harness;
    unsigned count = 0;
    start(&harness);
    for (size_t i = 0; i < ARRAY_COUNT(paths) * 3; i++) {
        struct client client = ask(&harness, paths[i / 3]);
        await(&begun, ++count);
        if (i % 3 == 0) {
            client_close(&client);
        } else if (i % 3 == 1) {
            client_reset(&client);
        } else {
            assert_int_equal(shutdown(client.fd, SHUT_WR), 0);
            await(&ended, count);
            client_close(&client);
        }
        await(&ended, count);
    }
    harness_stop(&harness);
}

static void test_pieces__one_that_has_left_before_the_head_is_told_of(void **state)
{
    (void)state;
    struct harness harness;
    start(&harness);
    struct client client = client_open(harness.port);
    assert_true(client_send_text(&client, GET("/quiet") "\r\n"));
    assert_int_equal(shutdown(client.fd, SHUT_WR), 0);
    await(&ended, 1);
    client_close(&client);
    harness_stop(&harness);
}

static void test_pieces__a_stop_ends_them_at_once_and_cleanly(void **state)
{
    (void)state;
    static const struct {
        const char *request;
        const char *end;
    } cases[] = {
        {GET("/quiet") "\r\n", "0\r\n\r\n"                    },
        {GET("/late") "\r\n",  "0\r\n\r\n"                    },
        {GET("/last") "\r\n",  "b\r\na last word\r\n0\r\n\r\n"},
    };
    enum { EACH = 20, COUNT = EACH * ARRAY_COUNT(cases) };
    struct client clients[COUNT];
    struct harness harness;
    struct received received;
    struct http_options options = options_of(&harness);
    options.loops = 2;
    start_with(&harness, &options);
    struct client unread = ask(&harness, GET("/flood") "\r\n");
    for (size_t i = 0; i < COUNT; i++) clients[i] = ask(&harness, cases[i / EACH].request);
    await(&begun, COUNT + 1);
    (void)settled_count();
    http_server_stop(harness.server);
    for (size_t i = 0; i < COUNT; i++) {
        read_head(&clients[i], &received);
        read_to(&clients[i], &received, "0\r\n\r\n");
        assert_string_equal(body_of(&received), cases[i / EACH].end);
        client_assert_closed(&clients[i]);
        client_close(&clients[i]);
    }
    harness_join(&harness); /* though one is not read: its test would take longer than the others */
    assert_int_equal(atomic_load(&ended), COUNT + 1);
    client_close(&unread);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pieces__each_is_a_chunk_and_the_next_request_is_answered_then),
        cmocka_unit_test(test_pieces__they_are_not_compressed),
        cmocka_unit_test(
            test_pieces__to_http_1_0_they_come_as_they_are_and_end_with_the_connection),
        cmocka_unit_test(test_pieces__connection_close_is_kept_to),
        cmocka_unit_test(test_pieces__one_that_could_not_be_written_is_seen_to_be_missing),
        cmocka_unit_test(test_pieces__a_client_that_does_not_read_stops_its_producer),
        cmocka_unit_test(test_pieces__requests_behind_one_that_goes_on_wait_without_bound_on_time),
        cmocka_unit_test(test_pieces__silence_is_broken_by_heartbeats),
        cmocka_unit_test(test_pieces__who_takes_nothing_for_too_long_is_given_up),
        cmocka_unit_test(test_pieces__a_client_that_leaves_is_told_of),
        cmocka_unit_test(test_pieces__one_that_has_left_before_the_head_is_told_of),
        cmocka_unit_test(test_pieces__a_stop_ends_them_at_once_and_cleanly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
