/* server_test.c -- a server over an instance that its own program uses as well: on threads of its
 * own, on TCP and a unix socket, stopped and opened again, and one that cannot be opened.
 */
#include "server/server.h"

#include <stdio.h>
#include <unistd.h>

#include "http/harness.h"

enum { PATH_BYTES = 256 };

struct place {
    struct arena arena;
    struct error err;
    struct instance *instance;
    char *folder;
    char path[PATH_BYTES];
};

static void place_open(struct place *p)
{
    *p = (struct place){.folder = support_folder_new()};
    arena_init(&p->arena, mem_heap(), 1 << 16);
    p->err = error_in(&p->arena);
    const int n = snprintf(p->path, sizeof p->path, "%s/s", p->folder);
    assert_true(n > 0 && (size_t)n < sizeof p->path);
    const struct instance_options options = {
        .mem = support_mem(),
        .os = os_system(),
        .cache_bytes = 8 << 20,
        .expr_cache_bytes = 1 << 16,
        .threads = 1,
    };
    assert_int_equal(instance_open(&options, &p->instance, &p->err), ST_OK);
}

static void place_close(struct place *p)
{
    instance_close(p->instance);
    support_folder_free(p->folder);
    arena_deinit(&p->arena);
    support_mem_check();
}

static struct server_options options_for(const struct place *p)
{
    return (struct server_options){
        .mem = support_mem(),
        .os = os_system(),
        .instance = p->instance,
        .host = "127.0.0.1",
        .unix_path = p->path,
        .loops = 2,
    };
}

static struct server *started(struct place *p, const struct server_options *options)
{
    struct server *server = NULL;
    assert_int_equal(server_open(options, &server, &p->err), ST_OK);
    assert_int_equal(server_start(server, &p->err), ST_OK);
    return server;
}

static void assert_healthy(struct client client)
{
    assert_true(client_send_text(&client, "GET /health HTTP/1.1\r\nHost: a\r\n\r\n"));
    assert_int_equal(client_reply(&client).status, 200);
    client_close(&client);
}

static void test_server__it_serves_on_threads_of_its_own(void **state)
{
    (void)state;
    struct place p;
    place_open(&p);
    const struct server_options options = options_for(&p);
    for (int round = 0; round < 2; round++) {
        struct server *server = started(&p, &options);
        assert_true(server_port(server) > 0);
        assert_healthy(client_open(server_port(server)));
        assert_healthy(client_open_unix(p.path));
        struct http_counts counts = {0};
        server_counts(server, &counts);
        assert_int_equal(counts.requests, 2);
        server_close(server);
        assert_int_not_equal(access(p.path, F_OK), 0);
    }
    place_close(&p);
}

static void test_server__a_unix_socket_alone_will_do(void **state)
{
    (void)state;
    struct place p;
    place_open(&p);
    struct server_options options = options_for(&p);
    options.host = NULL;
    options.loops = 0;
    struct server *server = started(&p, &options);
    assert_healthy(client_open_unix(p.path));
    server_close(server);
    place_close(&p);
}

static void test_server__a_port_in_use_is_told(void **state)
{
    (void)state;
    struct place p;
    place_open(&p);
    struct server_options options = options_for(&p);
    struct server *server = started(&p, &options);
    struct server *other = NULL;
    options.port = server_port(server);
    options.unix_path = NULL;
    assert_int_equal(server_open(&options, &other, &p.err), ST_IO);
    assert_null(other);
    assert_true(span_contains(error_text(&p.err), SPAN("is in use")));
    server_close(server);
    place_close(&p);
}

static void test_server__one_that_was_never_started_is_closed(void **state)
{
    (void)state;
    struct place p;
    place_open(&p);
    const struct server_options options = options_for(&p);
    struct server *server = NULL;
    assert_int_equal(server_open(&options, &server, &p.err), ST_OK);
    server_close(server);
    server_close(NULL);
    place_close(&p);
}

static void test_server__an_open_that_finds_no_memory_leaves_nothing(void **state)
{
    (void)state;
    struct place p;
    place_open(&p);
    const struct server_options options = options_for(&p);
    for (uint64_t nth = 1;; nth++) {
        struct server *server = NULL;
        support_mem_fail_at(nth);
        const status st = server_open(&options, &server, &p.err);
        const bool failed = support_mem_failed();
        support_mem_fail_at(0);
        server_close(server);
        if (!failed) break;
        assert_int_equal(st, ST_NO_MEMORY);
        assert_null(server);
    }
    place_close(&p);
}

struct told {
    char text[PATH_BYTES];
    server_level level;
    unsigned count;
};

static void note(void *ctx, server_level level, const char *text)
{
    struct told *told = ctx;
    told->level = level;
    told->count++;
    (void)snprintf(told->text, sizeof told->text, "%s", text);
}

static void test_server_log__only_what_is_asked_for_is_told(void **state)
{
    (void)state;
    struct told told = {.count = 0};
    const struct server_log log = {.fn = note, .ctx = &told, .level = SERVER_WARN};
    const struct server_log deaf = {.level = SERVER_DEBUG};
    server_log_write(&deaf, SERVER_ERROR, "a");
    server_log_write(&log, SERVER_INFO, "b");
    assert_int_equal(told.count, 0);
    server_log_write(&log, SERVER_WARN, "%s %d", "c", 7);
    assert_int_equal(told.count, 1);
    assert_int_equal(told.level, SERVER_WARN);
    assert_string_equal(told.text, "c 7");
    assert_false(server_log_wants(&deaf, SERVER_ERROR));
    assert_true(server_log_wants(&log, SERVER_ERROR));
}

static void test_server_log__requests_are_told_when_asked_for(void **state)
{
    (void)state;
    struct place p;
    struct told told = {.count = 0};
    place_open(&p);
    struct server_options options = options_for(&p);
    options.loops = 1;
    options.log = (struct server_log){.fn = note, .ctx = &told, .level = SERVER_DEBUG};
    struct server *server = started(&p, &options);
    struct client client = client_open(server_port(server));
    assert_true(client_send_text(&client, "GET /there HTTP/1.1\r\nHost: a\r\n\r\n"));
    assert_int_equal(client_reply(&client).status, 200);
    client_close(&client);
    server_close(server);
    assert_int_equal(told.count, 1);
    assert_true(span_contains(span_of(told.text), SPAN("GET /there")));
    place_close(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_server__it_serves_on_threads_of_its_own),
        cmocka_unit_test(test_server__a_unix_socket_alone_will_do),
        cmocka_unit_test(test_server__a_port_in_use_is_told),
        cmocka_unit_test(test_server__one_that_was_never_started_is_closed),
        cmocka_unit_test(test_server__an_open_that_finds_no_memory_leaves_nothing),
        cmocka_unit_test(test_server_log__only_what_is_asked_for_is_told),
        cmocka_unit_test(test_server_log__requests_are_told_when_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
