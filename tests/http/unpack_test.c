/* unpack_test.c -- large packed bodies: unpacked whole, beside the loop, whatever the client does
 * meanwhile. What small ones are judged by is exchange_test's.
 */
#include "http/unpack.h"

#include "http/harness.h"

#define GZIPPED "Content-Encoding: gzip\r\n"
#define GET_ECHO "GET /echo HTTP/1.1\r\nHost: a\r\n\r\n"

enum { LARGE = 8 << 20, BODY_MAX = 12 << 20, NOTED_BYTES = 1 << 20, TIMES = 20 };

static uint8_t bytes[LARGE];

/* A request for `path` whose body is `size` of the bytes, packed. */
static struct span packed(const char *path, size_t size)
{
    struct coding_encoder encoder = {.mem = mem_heap()};
    struct buf body;
    buf_init(&body, mem_heap(), 1 << 24);
    assert_int_equal(coding_encode(&encoder, CODING_GZIP, (struct span){bytes, size}, &body),
                     ST_OK);
    const struct span request = client_post(path, buf_view(&body), GZIPPED);
    coding_encoder_deinit(&encoder);
    buf_deinit(&body);
    return request;
}

static int fill(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (uint8_t)('a' + i % 26);
    return 0;
}

static struct http_options options_of(struct harness *harness)
{
    struct http_options options = harness_options(harness);
    options.body_bytes_max = BODY_MAX;
    return options;
}

static void test_unpack__a_large_body_comes_whole_and_in_order(void **state)
{
    (void)state;
    struct harness harness;
    const struct http_options options = options_of(&harness);
    harness_start(&harness, &options);
    struct client client = client_open(harness.port);
    const struct span request = packed("/body", LARGE);
    assert_true(client_send(&client, request));
    assert_true(client_send_text(&client, GET_ECHO)); /* waits for its turn */
    struct reply reply = client_reply(&client);
    assert_int_equal(reply.status, 200);
    assert_int_equal(reply.body.len, LARGE);
    assert_memory_equal(reply.body.ptr, bytes, LARGE);
    reply = client_reply(&client);
    support_assert_text(reply.body, "GET /echo \n");
    client_post_free(request);
    client_close(&client);
    harness_stop(&harness);
}

/* ---- where the work is done */

static pthread_t loop_thread;
static atomic_uint large_on_loop;
static atomic_uint large_elsewhere;
static atomic_bool loop_is_known;

static void *note_resize(void *ctx, void *old, size_t old_size, size_t new_size)
{
    (void)ctx;
    if (new_size >= NOTED_BYTES && atomic_load(&loop_is_known))
        atomic_fetch_add(
            pthread_equal(pthread_self(), loop_thread) ? &large_on_loop : &large_elsewhere, 1);
    return mem_heap()->resize(mem_heap()->ctx, old, old_size, new_size);
}

static const struct mem noting = {NULL, note_resize};

static void say_nothing(void *ctx, struct http_exchange *exchange)
{
    (void)ctx;
    loop_thread = pthread_self();
    atomic_store(&loop_is_known, true);
    http_exchange_finish(exchange, 204);
}

static void test_unpack__large_bodies_do_not_hold_up_the_loop(void **state)
{
    (void)state;
    struct harness harness;
    struct http_options options = options_of(&harness);
    options.mem = &noting;
    options.handler = say_nothing;
    harness_start(&harness, &options);
    struct client client = client_open(harness.port);
    client_ask(&client, GET_ECHO, 204, "");
    const struct span request = packed("/", LARGE);
    assert_true(client_send(&client, request));
    assert_int_equal(client_reply(&client).status, 204);
    assert_true(atomic_load(&large_elsewhere) > 0);
    assert_int_equal(atomic_load(&large_on_loop), 0);
    client_post_free(request);
    client_close(&client);
    harness_stop(&harness);
}

/* ---- meanwhile */

static void test_unpack__who_hangs_up_meanwhile_harms_nobody(void **state)
{
    (void)state;
    struct harness harness;
    const struct http_options options = options_of(&harness);
    harness_start(&harness, &options);
    const struct span request = packed("/body", LARGE);
    for (int i = 0; i < TIMES; i++) {
        struct client client = client_open(harness.port);
        assert_true(client_send(&client, request));
        client_reset(&client);
    }
    struct client client = client_open(harness.port);
    assert_true(client_send(&client, request));
    assert_int_equal(client_reply(&client).body.len, LARGE);
    client_post_free(request);
    client_close(&client);
    harness_stop(&harness);
}

/* The reply is small: it need not be read for the stop to end. */
static void test_unpack__a_stop_waits_for_what_is_unpacked(void **state)
{
    (void)state;
    const struct span request = packed("/none", LARGE);
    for (int i = 0; i < TIMES; i++) {
        struct harness harness;
        struct http_options options = options_of(&harness);
        options.drain_timeout_ms = i % 2 == 0 ? 1 : 0; /* cut off, or answered */
        harness_start(&harness, &options);
        struct client client = client_open(harness.port);
        assert_true(client_send(&client, request));
        harness_sleep_ms((unsigned)i % 5);
        harness_stop(&harness);
        client_close(&client);
    }
    client_post_free(request);
}

/* ---- sizes */

static void test_unpack__the_largest_body_is_taken_and_one_byte_more_is_413(void **state)
{
    (void)state;
    struct harness harness;
    struct http_options options = options_of(&harness);
    options.body_bytes_max = LARGE - 1;
    harness_start(&harness, &options);
    for (size_t more = 0; more < 2; more++) {
        struct client client = client_open(harness.port);
        const struct span request = packed("/none", LARGE - 1 + more);
        assert_true(client_send(&client, request));
        assert_int_equal(client_reply(&client).status, more == 0 ? 204 : 413);
        client_post_free(request);
        client_close(&client);
    }
    harness_stop(&harness);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_unpack__a_large_body_comes_whole_and_in_order),
        cmocka_unit_test(test_unpack__large_bodies_do_not_hold_up_the_loop),
        cmocka_unit_test(test_unpack__who_hangs_up_meanwhile_harms_nobody),
        cmocka_unit_test(test_unpack__a_stop_waits_for_what_is_unpacked),
        cmocka_unit_test(test_unpack__the_largest_body_is_taken_and_one_byte_more_is_413),
    };
    return cmocka_run_group_tests(tests, fill, NULL);
}
