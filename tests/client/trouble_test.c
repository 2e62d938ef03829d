/* trouble_test.c -- slow, large, packed, encrypted, and canceled: what a network does to a call.
 *
 * Time-outs of an attempt are libcurl's and real, so they are short here; pauses are the fake
 * clock's, except where a test cancels one.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/limits.h"
#include "client/caller.h"

enum { BRIEF_MS = 60, LONG_MS = 20000, THREADS = 8, CALLS_EACH = 40 };

#define PUT "{\"TableName\":\"a\",\"Item\":{\"pk\":{\"S\":\"b\"}}}"

static uint64_t real_ms(void)
{
    return os_ticks_ns(os_system()) / 1000000;
}

/* ---- time */

static void test_trouble__an_endpoint_that_never_answers_is_given_up(void **state)
{
    (void)state;
    static struct script_step steps[4];
    for (size_t i = 0; i < ARRAY_COUNT(steps); i++) steps[i].kind = SCRIPT_HANG;
    const struct client_options options = {.attempt_timeout_ms = BRIEF_MS};
    struct caller caller;
    caller_open(&caller, &options, steps, ARRAY_COUNT(steps));
    assert_int_equal(caller_call(&caller, "GetItem", "{}"), ST_TIMEOUT);
    assert_int_equal(caller.report.attempts, 4);
    assert_int_equal(caller.report.http_status, 0);
    assert_true(caller.report.is_retryable);
    caller_close(&caller);
}

static void test_trouble__a_plain_write_that_timed_out_is_not_repeated(void **state)
{
    (void)state;
    static const struct script_step steps[] = {{.kind = SCRIPT_HANG}};
    const struct client_options options = {.attempt_timeout_ms = BRIEF_MS};
    struct caller caller;
    caller_open(&caller, &options, steps, ARRAY_COUNT(steps));
    assert_int_equal(caller_call(&caller, "PutItem", PUT), ST_TIMEOUT);
    assert_int_equal(caller.report.attempts, 1);
    assert_true(caller.report.is_uncertain);
    caller_close(&caller);
}

static void test_trouble__a_call_ends_when_its_own_time_is_up(void **state)
{
    (void)state;
    static const struct script_step steps[] = {{.kind = SCRIPT_HANG}};
    const struct client_options options = {.os = os_system(), .call_timeout_ms = BRIEF_MS};
    struct caller caller;
    caller_open(&caller, &options, steps, ARRAY_COUNT(steps));
    const uint64_t begun = real_ms();
    assert_int_equal(caller_call(&caller, "GetItem", "{}"), ST_TIMEOUT);
    assert_true(real_ms() - begun >= BRIEF_MS - 1);
    assert_true(real_ms() - begun < LONG_MS);
    assert_int_equal(caller.report.attempts, 1);
    caller_close(&caller);
}

/* A listener whose queue is full lets nobody in, and does not say so. */
static void test_trouble__a_connection_that_is_not_made_is_given_up(void **state)
{
    (void)state;
    enum { FILLERS = 4 };
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    const int listener = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(listener, (const struct sockaddr *)&address, size), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &size), 0);
    assert_int_equal(listen(listener, 0), 0);
    int fillers[FILLERS];
    for (size_t i = 0; i < FILLERS; i++) {
        fillers[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        (void)connect(fillers[i], (const struct sockaddr *)&address, size);
    }
    char url[40];
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%d", ntohs(address.sin_port));
    const struct client_options options = {.endpoint = url, .connect_timeout_ms = BRIEF_MS};
    struct caller caller;
    caller_open(&caller, &options, NULL, 0);
    assert_int_equal(caller_call(&caller, "PutItem", PUT), ST_TIMEOUT);
    assert_int_equal(caller.report.attempts, 4); /* it cannot have arrived */
    assert_false(caller.report.is_uncertain);
    caller_close(&caller);
    for (size_t i = 0; i < FILLERS; i++) (void)close(fillers[i]);
    (void)close(listener);
}

static void test_trouble__slow_is_not_dead(void **state)
{
    (void)state;
    static const struct script_step step = {
        .body = "{\"slow\":true}", .delay_ms = 50, .dribble_ms = 3};
    struct caller caller;
    caller_open(&caller, &(struct client_options){0}, &step, 1);
    assert_int_equal(caller_call(&caller, "PutItem", PUT), ST_OK);
    support_assert_text(buf_view(&caller.reply), "{\"slow\":true}");
    caller_close(&caller);
}

/* ---- sizes and codings */

static void test_trouble__large_replies_fit_up_to_the_buffers_limit(void **state)
{
    (void)state;
    /* clang-format off */
    static const struct script_step steps[] = {
        {.fill_bytes = CALLER_REPLY_BYTES},
        {.fill_bytes = CALLER_REPLY_BYTES + 1},
        {.fill_bytes = CALLER_REPLY_BYTES, .is_packed = true},
        {.fill_bytes = CALLER_REPLY_BYTES + 1, .is_packed = true},
        {.fill_bytes = 60 << 20, .is_packed = true},
        {.body = "{}"},
    };
    /* clang-format on */
    struct caller caller;
    caller_open(&caller, &(struct client_options){0}, steps, ARRAY_COUNT(steps));
    for (size_t i = 0; i < ARRAY_COUNT(steps); i++) {
        const bool fits = i == 0 || i == 2 || i == 5;
        assert_int_equal(caller_call(&caller, "GetItem", "{}"), fits ? ST_OK : ST_LIMIT);
        assert_int_equal(caller.report.attempts, 1);
        if (fits && i < 5) assert_int_equal(caller.reply.len, CALLER_REPLY_BYTES);
    }
    caller_close(&caller);
}

static void test_trouble__large_requests_arrive_whole(void **state)
{
    (void)state;
    enum { SIZE = LIMIT_BODY_BYTES };
    static const struct script_step steps[] = {{.body = "{}"}};
    struct caller caller;
    uint8_t *body = malloc(SIZE);
    assert_non_null(body);
    memset(body, 'y', SIZE);
    caller_open(&caller, &(struct client_options){0}, steps, ARRAY_COUNT(steps));
    const struct client_request request = {
        .operation = SPAN("PutItem"), .body = {body, SIZE}
    };
    assert_int_equal(caller_send(&caller, &request), ST_OK);
    const struct script_request came = script_request(caller.script, 0);
    assert_int_equal(came.body.len, SIZE);
    assert_memory_equal(came.body.ptr, body, SIZE);
    caller_close(&caller);
    free(body);
}

static void test_trouble__packed_replies_are_unpacked(void **state)
{
    (void)state;
    /* clang-format off */
    static const struct script_step steps[] = {
        {.body = "{\"packed\":1}", .is_packed = true},
        {.body = "{\"packed\":2}", .is_packed = true, .has_no_checksum = true},
        {.body = "{\"packed\":3}", .is_packed = true, .has_content_checksum = true},
        {.body = "{\"plain\":4}", .has_no_checksum = true},
        {.body = "", .has_no_checksum = true},
        {.body = "{\"plain\":6}", .headers = "Content-Encoding: amz-1.0\r\n"},
    };
    /* clang-format on */
    struct caller caller;
    caller_open(&caller, &(struct client_options){0}, steps, ARRAY_COUNT(steps));
    for (size_t i = 0; i < ARRAY_COUNT(steps); i++) {
        assert_int_equal(caller_call(&caller, "PutItem", PUT), ST_OK);
        support_assert_text(buf_view(&caller.reply), steps[i].body);
    }
    caller_close(&caller);
}

static void test_trouble__what_comes_before_a_reply_is_not_it(void **state)
{
    (void)state;
    /* clang-format off */
    static const struct script_step steps[] = {
        {.kind = SCRIPT_RAW,
         .body = "HTTP/1.1 103 Early Hints\r\nx-amz-crc32: 1\r\nRetry-After: 9\r\n\r\n"
                 "HTTP/1.1 200 OK\r\nX-Amz-Crc32: 2745614147\r\nContent-Length: 2\r\n\r\n{}"}
    };
    /* clang-format on */
    struct caller caller;
    caller_open(&caller, &(struct client_options){0}, steps, ARRAY_COUNT(steps));
    assert_int_equal(caller_call(&caller, "PutItem", PUT), ST_OK);
    caller_close(&caller);
}

/* ---- sockets and TLS */

static void test_trouble__a_unix_socket_is_an_endpoint(void **state)
{
    (void)state;
    static const struct script_step steps[] = {{.body = "{\"unix\":1}"}, {.body = "{\"unix\":2}"}};
    char *folder = support_folder_new();
    char path[200];
    (void)snprintf(path, sizeof path, "%s/s", folder);
    const struct script_options options = {.unix_path = path};
    struct caller caller;
    caller_open_for(&caller, &(struct client_options){0},
                    script_start(&options, steps, ARRAY_COUNT(steps)));
    for (size_t i = 0; i < ARRAY_COUNT(steps); i++) {
        assert_int_equal(caller_call(&caller, "PutItem", PUT), ST_OK);
        support_assert_text(buf_view(&caller.reply), steps[i].body);
        const struct script_request request = script_request(caller.script, i);
        support_assert_text(script_header(&request, "Host"), "localhost");
        assert_int_equal(request.connection, 0);
    }
    caller_close(&caller);
    support_folder_free(folder);
}

static void test_trouble__tls_needs_a_certificate_that_is_trusted(void **state)
{
    (void)state;
    static const struct script_step steps[] = {{.body = "{\"tls\":1}"}, {.body = "{\"tls\":2}"}};
    const struct script_options with_tls = {.has_tls = true};
    struct script *script = script_start(&with_tls, steps, ARRAY_COUNT(steps));
    struct caller caller;
    caller_open_for(&caller, &(struct client_options){0}, script);
    assert_int_equal(caller_call(&caller, "PutItem", PUT), ST_NETWORK);
    assert_int_equal(caller.report.attempts, 1);
    assert_false(caller.report.is_retryable);
    assert_false(caller.report.is_uncertain);
    assert_true(span_contains(caller.report.message, SPAN("certificate")));
    assert_int_equal(script_requests(script), 0);

    struct client *distrustful = caller.client;
    struct error err = error_in(&caller.arena);
    const struct client_options options = {.mem = support_mem(),
                                           .os = &caller.fake.os,
                                           .endpoint = script_url(script),
                                           .ca_file = script_certificate(script)};
    assert_int_equal(client_open(&options, &caller.client, &err), ST_OK);
    for (size_t i = 0; i < ARRAY_COUNT(steps); i++) {
        assert_int_equal(caller_call(&caller, "PutItem", PUT), ST_OK);
        support_assert_text(buf_view(&caller.reply), steps[i].body);
    }
    client_close(distrustful);
    caller_close(&caller);
}

static void test_trouble__aws_ca_bundle_is_trusted(void **state)
{
    (void)state;
    static const struct script_step steps[] = {{.body = "{}"}};
    const struct script_options with_tls = {.has_tls = true};
    struct script *script = script_start(&with_tls, steps, ARRAY_COUNT(steps));
    struct fake_os fake;
    fake_os_init(&fake);
    fake_os_set(&fake, "AWS_CA_BUNDLE", script_certificate(script));
    const struct client_options options = {.os = &fake.os};
    struct caller caller;
    caller_open_for(&caller, &options, script);
    assert_int_equal(caller_call(&caller, "PutItem", PUT), ST_OK);
    caller_close(&caller);
}

/* ---- canceled */

struct canceler {
    struct caller *caller;
    size_t after; /* requests */
};

static void *cancel(void *ctx)
{
    struct canceler *canceler = ctx;
    for (unsigned i = 0; i < 1000 && script_requests(canceler->caller->script) < canceler->after;
         i++)
        usleep(10000);
    usleep(300000); /* let libcurl settle into its longest wait */
    client_cancel(canceler->caller->client);
    return NULL;
}

static void check_canceled(const struct script_step *steps, size_t count, const char *operation)
{
    const struct retry_policy slow = {3, UINT64_C(15000000), UINT64_C(15000000), 1, 0};
    const struct client_options options = {.os = os_system(),
                                           .retry = &slow,
                                           .connect_timeout_ms = LONG_MS,
                                           .attempt_timeout_ms = LONG_MS};
    struct caller caller;
    caller_open(&caller, &options, steps, count);
    struct canceler canceler = {&caller, 1};
    pthread_t thread;
    const uint64_t begun = real_ms();
    assert_int_equal(pthread_create(&thread, NULL, cancel, &canceler), 0);
    assert_int_equal(caller_call(&caller, operation, PUT), ST_CANCELED);
    assert_true(real_ms() - begun < 8000); /* before the attempt's time or the pause is over */
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(caller.report.attempts, 1);
    assert_false(caller.report.is_retryable);
    assert_int_equal(buf_view(&caller.reply).len, 0);

    assert_int_equal(caller_call(&caller, "GetItem", "{}"),
                     ST_OK); /* later calls are not touched */
    caller_close(&caller);
}

static void test_trouble__a_call_that_waits_for_its_reply_is_canceled(void **state)
{
    (void)state;
    static const struct script_step steps[] = {{.kind = SCRIPT_HANG}, {.body = "{}"}};
    check_canceled(steps, ARRAY_COUNT(steps), "PutItem");
}

static void test_trouble__a_call_that_pauses_is_canceled(void **state)
{
    (void)state;
    /* clang-format off */
    static const struct script_step steps[] = {
        {.http_status = 503, .body = ""},
        {.body = "{}"}
    };
    /* clang-format on */
    check_canceled(steps, ARRAY_COUNT(steps), "PutItem");
}

/* ---- many at once */

struct worker {
    struct client *client;
    pthread_t thread;
    bool may_be_canceled;
    unsigned done;
};

static void *work(void *ctx)
{
    struct worker *worker = ctx;
    struct arena arena;
    struct buf reply;
    arena_init(&arena, support_mem(), 1 << 20);
    buf_init(&reply, support_mem(), 1 << 20);
    struct client_report report = client_report_in(&arena);
    for (unsigned i = 0; i < CALLS_EACH; i++) {
        const struct client_request request = {.operation = SPAN("GetItem"), .body = SPAN("{}")};
        const status st = client_call(worker->client, &request, &reply, &report);
        const bool is_answered = st == ST_OK && span_eq(buf_view(&reply), SPAN("{}"));
        worker->done += is_answered || (st == ST_CANCELED && worker->may_be_canceled);
        arena_reset(&arena);
    }
    buf_deinit(&reply);
    arena_deinit(&arena);
    return NULL;
}

/* Replies that fail now and then are repeated; few connections are kept between calls. */
static void test_trouble__threads_share_a_client(void **state)
{
    (void)state;
    static struct script_step steps[THREADS * CALLS_EACH * 2];
    for (size_t i = 0; i < ARRAY_COUNT(steps); i++)
        if (i % 50 == 7) steps[i] = (struct script_step){.http_status = 503, .body = ""};
    const struct retry_policy quick = {3, 1000, 1000, 1, 0};
    const struct client_options options = {.os = os_system(), .retry = &quick, .idle_max = 2};
    struct caller caller;
    caller_open(&caller, &options, steps, ARRAY_COUNT(steps));
    struct worker workers[THREADS] = {0};
    for (size_t i = 0; i < THREADS; i++) {
        workers[i].client = caller.client;
        assert_int_equal(pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
    }
    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(workers[i].thread, NULL), 0);
        assert_int_equal(workers[i].done, CALLS_EACH);
    }
    caller_close(&caller);
}

/* Canceled over and over while they work, calls end with one of two answers, and none hangs. */
static void test_trouble__canceling_and_working_meet_safely(void **state)
{
    (void)state;
    enum { WORKERS = 3 }; /* each canceled call takes a new connection of the script's 64 */
    static struct script_step steps[WORKERS * CALLS_EACH];
    for (size_t i = 0; i < ARRAY_COUNT(steps); i++) steps[i].delay_ms = 1;
    const struct client_options options = {.os = os_system()};
    struct caller caller;
    caller_open(&caller, &options, steps, ARRAY_COUNT(steps));
    struct worker workers[WORKERS] = {0};
    for (size_t i = 0; i < WORKERS; i++) {
        workers[i] = (struct worker){.client = caller.client, .may_be_canceled = true};
        assert_int_equal(pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
    }
    for (unsigned i = 0; i < 15; i++) {
        usleep(3000);
        client_cancel(caller.client);
    }
    for (size_t i = 0; i < WORKERS; i++) {
        assert_int_equal(pthread_join(workers[i].thread, NULL), 0);
        assert_int_equal(workers[i].done, CALLS_EACH);
    }
    caller_close(&caller);
}

/* ---- no memory */

static status open_and_call(struct script *script, struct fake_os *fake, struct buf *reply)
{
    const struct client_options options = {.mem = support_mem(),
                                           .os = &fake->os,
                                           .endpoint = script_url(script),
                                           .access_key = "A",
                                           .secret_key = "S"};
    const struct client_request request = {.operation = SPAN("PutItem"), .body = SPAN(PUT)};
    struct client *client = NULL;
    struct arena arena;
    arena_init(&arena, mem_heap(), 1 << 20);
    struct error err = error_in(&arena);
    struct client_report report = client_report_in(&arena);
    status st = client_open(&options, &client, &err);
    if (st == ST_OK) st = client_call(client, &request, reply, &report);
    client_close(client);
    arena_deinit(&arena);
    return st;
}

static void test_trouble__no_memory_is_told_and_nothing_is_lost(void **state)
{
    (void)state;
    static struct script_step steps[30];
    for (size_t i = 0; i < ARRAY_COUNT(steps); i++) steps[i].is_packed = true;
    const struct script_options plain = {0};
    struct script *script = script_start(&plain, steps, ARRAY_COUNT(steps));
    unsigned failures = 0;
    for (uint64_t n = 1; n < ARRAY_COUNT(steps); n++) {
        struct fake_os fake;
        struct buf reply;
        fake_os_init(&fake);
        buf_init(&reply, support_mem(), 1000);
        support_mem_fail_at(n);
        const status st = open_and_call(script, &fake, &reply);
        const bool fired = support_mem_failed();
        support_mem_fail_at(0);
        buf_deinit(&reply);
        support_mem_check();
        if (!fired) break;
        assert_int_equal(st, ST_NO_MEMORY);
        failures++;
    }
    assert_true(failures >= 5);
    assert_true(failures < ARRAY_COUNT(steps) - 1);
    script_stop(script);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_trouble__an_endpoint_that_never_answers_is_given_up),
        cmocka_unit_test(test_trouble__a_plain_write_that_timed_out_is_not_repeated),
        cmocka_unit_test(test_trouble__a_call_ends_when_its_own_time_is_up),
        cmocka_unit_test(test_trouble__a_connection_that_is_not_made_is_given_up),
        cmocka_unit_test(test_trouble__slow_is_not_dead),
        cmocka_unit_test(test_trouble__large_replies_fit_up_to_the_buffers_limit),
        cmocka_unit_test(test_trouble__large_requests_arrive_whole),
        cmocka_unit_test(test_trouble__packed_replies_are_unpacked),
        cmocka_unit_test(test_trouble__what_comes_before_a_reply_is_not_it),
        cmocka_unit_test(test_trouble__a_unix_socket_is_an_endpoint),
        cmocka_unit_test(test_trouble__tls_needs_a_certificate_that_is_trusted),
        cmocka_unit_test(test_trouble__aws_ca_bundle_is_trusted),
        cmocka_unit_test(test_trouble__a_call_that_waits_for_its_reply_is_canceled),
        cmocka_unit_test(test_trouble__a_call_that_pauses_is_canceled),
        cmocka_unit_test(test_trouble__threads_share_a_client),
        cmocka_unit_test(test_trouble__canceling_and_working_meet_safely),
        cmocka_unit_test(test_trouble__no_memory_is_told_and_nothing_is_lost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
