/* exchange_line_test.c -- connections whose requests are lines: on a unix socket, told by the first
 * byte, in order, at once or late, up to the limit and the end.
 *
 * The handler answers a line with "<line>", "{late…" from another thread, "{hold…" when the test
 * lets it, and whatever is not a line with 404.
 */
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http/harness.h"

enum { LINE_BYTES_MAX = 100000, PATH_BYTES = 256 };

struct place {
    struct harness harness;
    char *folder;
    char path[PATH_BYTES];
    struct http_exchange *_Atomic held;
};

static void answer(struct http_exchange *exchange)
{
    struct buf *body = http_exchange_body(exchange);
    buf_put_u8(body, '<');
    buf_put(body, http_exchange_request(exchange)->body);
    buf_put_u8(body, '>');
    http_exchange_finish(exchange, 200);
}

static void answer_late(void *exchange)
{
    answer(exchange);
}

static void *resume_on_thread(void *exchange)
{
    harness_sleep_ms(2);
    http_exchange_resume(exchange, answer_late, exchange);
    return NULL;
}

static void handle(void *ctx, struct http_exchange *exchange)
{
    struct place *p = ctx;
    const struct span body = http_exchange_request(exchange)->body;
    if (!http_exchange_is_line(exchange)) {
        http_exchange_finish(exchange, 404);
    } else if (span_contains(body, SPAN("{late"))) {
        pthread_t thread;
        assert_int_equal(pthread_create(&thread, NULL, resume_on_thread, exchange), 0);
        assert_int_equal(pthread_detach(thread), 0);
    } else if (span_contains(body, SPAN("{hold"))) {
        atomic_store(&p->held, exchange);
    } else if (span_contains(body, SPAN("{fail"))) {
        struct buf *out = http_exchange_body(exchange);
        while (buf_status(out) == ST_OK) buf_put(out, body);
        http_exchange_finish(exchange, 200);
    } else {
        answer(exchange);
    }
}

static void refuse(void *ctx, struct http_exchange *exchange, int http_status)
{
    (void)ctx;
    if (http_exchange_is_line(exchange))
        buf_printf(http_exchange_body(exchange), "refused %d", http_status);
}

static struct http_options place_options(struct place *p)
{
    *p = (struct place){.folder = support_folder_new()};
    struct http_options options = harness_options(&p->harness);
    const int n = snprintf(p->path, sizeof p->path, "%s/s", p->folder);
    assert_true(n > 0 && (size_t)n < sizeof p->path);
    options.unix_path = p->path;
    options.takes_lines = true;
    options.handler = handle;
    options.refusal = refuse;
    options.handler_ctx = p;
    options.body_bytes_max = LINE_BYTES_MAX;
    return options;
}

static void place_start(struct place *p)
{
    const struct http_options options = place_options(p);
    harness_start(&p->harness, &options);
}

static void place_stop(struct place *p)
{
    harness_stop(&p->harness);
    support_folder_free(p->folder);
}

/* Everything up to the end of the connection must be `expected`. */
static void assert_rest(struct client *client, const char *expected)
{
    char text[4096];
    size_t len = 0;
    ssize_t n = 0;
    while ((n = recv(client->fd, text + len, sizeof text - len, 0)) > 0) len += (size_t)n;
    support_assert_text((struct span){(const uint8_t *)text, len}, expected);
    client_close(client);
}

static void end_sending(const struct client *client)
{
    assert_int_equal(shutdown(client->fd, SHUT_WR), 0);
}

static void assert_answered(const struct place *p, const char *sent, const char *expected)
{
    struct client client = client_open_unix(p->path);
    assert_true(client_send_text(&client, sent));
    end_sending(&client);
    assert_rest(&client, expected);
}

static void test_exchange_line__each_line_is_a_request_and_each_answer_a_line(void **state)
{
    (void)state;
    static const struct {
        const char *sent, *expected;
    } cases[] = {
        {"{a}\n",                          "<{a}>\n"                               },
        {"{a}\nb\n{c}\n",                  "<{a}>\n<b>\n<{c}>\n"                   },
        {"{a}\r\n\r\n\n{b}\r\n",           "<{a}>\n<{b}>\n"                        },
        {"{late 1}\n{2}\n{late 3}\n{4}\n", "<{late 1}>\n<{2}>\n<{late 3}>\n<{4}>\n"},
        {"{a}",                            "<{a}>\n"                               },
        {"{late a}\n{b}",                  "<{late a}>\n<{b}>\n"                   },
        {"{",                              "<{>\n"                                 },
        {"{a}\nGET / HTTP/1.1\n",          "<{a}>\n<GET / HTTP/1.1>\n"             },
    };
    struct place p;
    place_start(&p);
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++)
        assert_answered(&p, cases[i].sent, cases[i].expected);
    place_stop(&p);
}

static void test_exchange_line__a_line_may_come_in_single_bytes(void **state)
{
    (void)state;
    static const char sent[] = "{one}\n{two}\n";
    struct place p;
    place_start(&p);
    struct client client = client_open_unix(p.path);
    for (size_t i = 0; i < sizeof sent - 1; i++) {
        assert_true(client_send(&client, (struct span){(const uint8_t *)sent + i, 1}));
        harness_sleep_ms(1);
    }
    end_sending(&client);
    assert_rest(&client, "<{one}>\n<{two}>\n");
    place_stop(&p);
}

static void test_exchange_line__what_does_not_begin_with_a_brace_is_http(void **state)
{
    (void)state;
    struct place p;
    place_start(&p);
    struct client client = client_open_unix(p.path);
    client_ask(&client, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", 404, "");
    client_close(&client);
    place_stop(&p);
}

static void assert_no_lines(struct client client)
{
    assert_true(client_send_text(&client, "{a}\n"));
    assert_int_equal(client_reply(&client).status, 400);
    client_close(&client);
}

static void test_exchange_line__there_are_none_over_tcp_or_where_they_are_not_taken(void **state)
{
    (void)state;
    struct place p;
    place_start(&p);
    assert_no_lines(client_open(p.harness.port));
    place_stop(&p);

    struct http_options options = place_options(&p);
    options.takes_lines = false;
    harness_start(&p.harness, &options);
    assert_no_lines(client_open_unix(p.path));
    place_stop(&p);
}

/* "{aaa…}" and a line end: `len` bytes before it. */
static char *long_line(size_t len)
{
    char *line = malloc(len + 2);
    assert_non_null(line);
    memset(line, 'a', len);
    line[0] = '{';
    line[len - 1] = '}';
    line[len] = '\n';
    line[len + 1] = '\0';
    return line;
}

static void test_exchange_line__the_longest_line_is_answered_and_a_longer_one_refused(void **state)
{
    (void)state;
    struct place p;
    place_start(&p);
    char *line = long_line(LINE_BYTES_MAX);
    struct client client = client_open_unix(p.path);
    assert_true(client_send_text(&client, line));
    char *back = malloc(LINE_BYTES_MAX + 3);
    assert_non_null(back);
    size_t len = 0;
    while (len < LINE_BYTES_MAX + 3) {
        const ssize_t n = recv(client.fd, back + len, LINE_BYTES_MAX + 3 - len, 0);
        assert_true(n > 0);
        len += (size_t)n;
    }
    assert_memory_equal(back + 1, line, LINE_BYTES_MAX);
    assert_memory_equal(back + LINE_BYTES_MAX + 1, ">\n", 2);
    free(line);
    free(back);

    line = long_line(LINE_BYTES_MAX + 1);
    assert_true(client_send_text(&client, line));
    assert_rest(&client, "refused 413\n");
    free(line);
    place_stop(&p);
}

static void test_exchange_line__a_line_that_never_ends_is_refused_in_time(void **state)
{
    (void)state;
    struct place p;
    struct http_options options = place_options(&p);
    options.request_timeout_ms = 50;
    harness_start(&p.harness, &options);
    struct client client = client_open_unix(p.path);
    assert_true(client_send_text(&client, "{a"));
    assert_rest(&client, "refused 408\n");
    place_stop(&p);
}

static void test_exchange_line__an_answer_that_cannot_be_written_closes(void **state)
{
    (void)state;
    struct place p;
    place_start(&p);
    char *line = long_line(LINE_BYTES_MAX);
    memcpy(line, "{fail", 5);
    struct client client = client_open_unix(p.path);
    assert_true(client_send_text(&client, line));
    free(line);
    assert_rest(&client, "");
    place_stop(&p);
}

static void release_held(struct place *p)
{
    struct http_exchange *exchange = atomic_load(&p->held);
    http_exchange_resume(exchange, answer_late, exchange);
}

static void await_held(struct place *p)
{
    for (int i = 0; i < 500 && atomic_load(&p->held) == NULL; i++) harness_sleep_ms(10);
    assert_non_null(atomic_load(&p->held));
}

static void test_exchange_line__a_client_that_hangs_up_harms_nobody(void **state)
{
    (void)state;
    struct place p;
    place_start(&p);
    struct client client = client_open_unix(p.path);
    assert_true(client_send_text(&client, "{hold}\n{b}\n"));
    await_held(&p);
    client_close(&client);
    harness_sleep_ms(5);
    release_held(&p);
    assert_answered(&p, "{a}\n", "<{a}>\n");
    place_stop(&p);
}

static void test_exchange_line__a_stop_answers_the_line_under_way_and_closes(void **state)
{
    (void)state;
    struct place p;
    place_start(&p);
    struct client client = client_open_unix(p.path);
    assert_true(client_send_text(&client, "{hold}\n{b}\n"));
    await_held(&p);
    http_server_stop(p.harness.server);
    harness_sleep_ms(20);
    release_held(&p);
    assert_rest(&client, "<{hold}>\n");
    harness_join(&p.harness);
    support_folder_free(p.folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exchange_line__each_line_is_a_request_and_each_answer_a_line),
        cmocka_unit_test(test_exchange_line__a_line_may_come_in_single_bytes),
        cmocka_unit_test(test_exchange_line__what_does_not_begin_with_a_brace_is_http),
        cmocka_unit_test(test_exchange_line__there_are_none_over_tcp_or_where_they_are_not_taken),
        cmocka_unit_test(test_exchange_line__the_longest_line_is_answered_and_a_longer_one_refused),
        cmocka_unit_test(test_exchange_line__a_line_that_never_ends_is_refused_in_time),
        cmocka_unit_test(test_exchange_line__an_answer_that_cannot_be_written_closes),
        cmocka_unit_test(test_exchange_line__a_client_that_hangs_up_harms_nobody),
        cmocka_unit_test(test_exchange_line__a_stop_answers_the_line_under_way_and_closes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
