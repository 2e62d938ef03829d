/* listener_test.c -- sockets that listen, and the one-line errors when they cannot. */
#include "http/listener.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "support/support.h"

struct fixture {
    struct arena arena;
    struct error err;
    struct listener_list list;
    char *folder;
    char path[256];
};

static struct fixture *fixture_new(void)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    assert_non_null(fixture);
    arena_init(&fixture->arena, mem_heap(), 1 << 16);
    fixture->err = error_in(&fixture->arena);
    fixture->folder = support_folder_new();
    (void)snprintf(fixture->path, sizeof fixture->path, "%s/socket", fixture->folder);
    return fixture;
}

static void fixture_free(struct fixture *fixture)
{
    for (unsigned i = 0; i < fixture->list.count; i++) listener_close(&fixture->list.items[i]);
    support_folder_free(fixture->folder);
    arena_deinit(&fixture->arena);
    free(fixture);
}

static void assert_says(struct fixture *fixture, const char *part)
{
    const struct span text = error_text(&fixture->err);
    if (span_contains(text, span_of(part))) return;
    fail_msg("expected \"%s\" in \"%.*s\"", part, SPAN_ARG(text));
}

static bool exists(const char *path)
{
    return access(path, F_OK) == 0;
}

/* Leave a socket file behind, as a server that died does. */
static void leave_stale(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    memcpy(address.sun_path, path, strlen(path));
    const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(close(fd), 0);
    assert_true(exists(path));
}

static void test_listener__port_0_becomes_a_real_one(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_new();
    uint16_t port = 0;
    assert_int_equal(listener_open_tcp(&fixture->list, "127.0.0.1", &port, &fixture->err), ST_OK);
    assert_int_not_equal(port, 0);
    assert_int_equal(fixture->list.count, 1);
    assert_int_equal(listener_accept(&fixture->list.items[0]), -EAGAIN);
    fixture_free(fixture);
}

static void test_listener__all_addresses_of_a_name_share_one_port(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_new();
    uint16_t port = 0;
    assert_int_equal(listener_open_tcp(&fixture->list, "localhost", &port, &fixture->err), ST_OK);
    assert_true(fixture->list.count >= 1);
    for (unsigned i = 0; i < fixture->list.count; i++) {
        struct sockaddr_in6 address = {0}; /* the port stands at one place in both kinds */
        socklen_t size = sizeof address;
        assert_int_equal(getsockname(fixture->list.items[i].fd, (struct sockaddr *)&address, &size),
                         0);
        assert_int_equal(ntohs(address.sin6_port), port);
    }
    fixture_free(fixture);
}

static void test_listener__a_port_in_use_is_named(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_new();
    uint16_t port = 0;
    assert_int_equal(listener_open_tcp(&fixture->list, "127.0.0.1", &port, &fixture->err), ST_OK);
    assert_int_equal(listener_open_tcp(&fixture->list, "127.0.0.1", &port, &fixture->err), ST_IO);
    char expected[64];
    (void)snprintf(expected, sizeof expected, "port %u on 127.0.0.1 is in use", (unsigned)port);
    support_assert_text(error_text(&fixture->err), expected);
    assert_int_equal(fixture->list.count, 1);
    fixture_free(fixture);
}

static void test_listener__an_address_that_is_not_here_is_named(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_new();
    uint16_t port = 8000;
    /* 192.0.2.0/24 is for documentation: no machine has it (RFC 5737) */
    assert_int_equal(listener_open_tcp(&fixture->list, "192.0.2.1", &port, &fixture->err), ST_IO);
    assert_says(fixture, "cannot listen on 192.0.2.1 port 8000");
    assert_int_equal(listener_open_tcp(&fixture->list, "no host", &port, &fixture->err), ST_IO);
    assert_says(fixture, "host no host is not known");
    fixture_free(fixture);
}

static void test_listener__a_stale_socket_is_replaced(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_new();
    leave_stale(fixture->path);
    assert_int_equal(listener_open_unix(&fixture->list, fixture->path, &fixture->err), ST_OK);
    fixture_free(fixture);
}

static void test_listener__a_live_socket_is_left_alone(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_new();
    assert_int_equal(listener_open_unix(&fixture->list, fixture->path, &fixture->err), ST_OK);
    assert_int_equal(listener_open_unix(&fixture->list, fixture->path, &fixture->err), ST_IO);
    assert_says(fixture, "is in use by another process");
    assert_true(exists(fixture->path));
    fixture_free(fixture);
}

static void test_listener__a_file_that_is_no_socket_is_left_alone(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_new();
    const int fd = open(fixture->path, O_CREAT | O_WRONLY, 0600);
    assert_int_equal(close(fd), 0);
    assert_int_equal(listener_open_unix(&fixture->list, fixture->path, &fixture->err), ST_IO);
    assert_says(fixture, "exists and is not a socket");
    assert_true(exists(fixture->path));
    fixture_free(fixture);
}

static void test_listener__paths_that_cannot_be_are_refused(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_new();
    char path[LIMIT_UNIX_PATH_BYTES + 2];
    memset(path, 'x', sizeof path);
    path[sizeof path - 1] = 0;
    assert_int_equal(listener_open_unix(&fixture->list, path, &fixture->err), ST_IO);
    assert_says(fixture, "1 to 107 bytes");
    assert_int_equal(listener_open_unix(&fixture->list, "", &fixture->err), ST_IO);
    assert_int_equal(listener_open_unix(&fixture->list, "/no/such/folder/s", &fixture->err), ST_IO);
    assert_says(fixture, "no such file or directory");
    fixture_free(fixture);
}

static void test_listener__closing_removes_its_file_and_no_other(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_new();
    struct listener *listener = &fixture->list.items[0];
    assert_int_equal(listener_open_unix(&fixture->list, fixture->path, &fixture->err), ST_OK);
    listener_close(listener);
    listener_close(listener);
    assert_false(exists(fixture->path));

    fixture->list.count = 0;
    assert_int_equal(listener_open_unix(&fixture->list, fixture->path, &fixture->err), ST_OK);
    assert_int_equal(unlink(fixture->path), 0);
    leave_stale(fixture->path); /* somebody else's by now */
    listener_close(listener);
    assert_true(exists(fixture->path));
    fixture_free(fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_listener__port_0_becomes_a_real_one),
        cmocka_unit_test(test_listener__all_addresses_of_a_name_share_one_port),
        cmocka_unit_test(test_listener__a_port_in_use_is_named),
        cmocka_unit_test(test_listener__an_address_that_is_not_here_is_named),
        cmocka_unit_test(test_listener__a_stale_socket_is_replaced),
        cmocka_unit_test(test_listener__a_live_socket_is_left_alone),
        cmocka_unit_test(test_listener__a_file_that_is_no_socket_is_left_alone),
        cmocka_unit_test(test_listener__paths_that_cannot_be_are_refused),
        cmocka_unit_test(test_listener__closing_removes_its_file_and_no_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
