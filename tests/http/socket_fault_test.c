/* socket_fault_test.c -- every call on a socket fails once, then with others behind it.
 *
 * A server is used a little, in all the ways that differ for its sockets, with the 1st, 2nd, … call
 * of a kind failing, until one use passes without a failure. Whatever fails: every answer that
 * comes is right, others are served afterwards, and memory and descriptors come back.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>

#include "http/harness.h"
#include "support/sockets.h"

#define HOST "Host: a\r\n"
#define GET_ECHO "GET /echo HTTP/1.1\r\n" HOST "\r\n"
#define ECHOED "GET /echo \n"
#define GET_LATE "GET /late HTTP/1.1\r\n" HOST "\r\n"

enum { FILL = 1000000, NTH_MAX = 2000, STORM = 40 };

#define GET_FILL "GET /fill?1000000 HTTP/1.1\r\n" HOST "\r\n"

static unsigned open_descriptors(void)
{
    unsigned count = 0;
    DIR *folder = opendir("/proc/self/fd");
    assert_non_null(folder);
    while (readdir(folder) != NULL) count++;
    (void)closedir(folder);
    return count;
}

/* ---- a use: how many of its answers were there; each that is there is right */

static unsigned take(struct client *client, size_t body_len, const char *body)
{
    const struct reply reply = client_reply(client);
    if (reply.status == 0) return 0;
    if (reply.status == 503) return 0; /* there was no room for it */
    assert_int_equal(reply.status, 200);
    assert_int_equal(reply.body.len, body_len);
    if (body != NULL) support_assert_text(reply.body, body);
    return 1;
}

static unsigned take_echo(struct client *client, const char *body)
{
    return take(client, strlen(body), body);
}

/* Kept alive, several at once, by another thread, and closed by the client's half. */
static unsigned use_small(const struct harness *harness)
{
    unsigned answers = 0;
    struct client client = client_open(harness->port);
    if (client_send_text(&client, GET_ECHO)) answers += take_echo(&client, ECHOED);
    if (client_send_text(&client, GET_ECHO GET_LATE GET_ECHO)) {
        answers += take_echo(&client, ECHOED);
        answers += take_echo(&client, "GET /late \n");
        answers += take_echo(&client, ECHOED);
    }
    if (client_send_text(&client, GET_LATE)) {
        (void)shutdown(client.fd, SHUT_WR);
        answers += take_echo(&client, "GET /late \n");
    }
    client_close(&client);
    return answers;
}

/* A body and a reply of many reads and writes. */
static unsigned use_large(const struct harness *harness)
{
    static uint8_t bytes[300000];
    unsigned answers = 0;
    struct client client = client_open(harness->port);
    const struct span request = client_post("/body", (struct span){bytes, sizeof bytes}, "");
    if (client_send(&client, request)) answers += take(&client, sizeof bytes, NULL);
    if (client_send_text(&client, GET_FILL)) answers += take(&client, FILL, NULL);
    client_post_free(request);
    client_close(&client);
    return answers;
}

static unsigned use_refused(const struct harness *harness)
{
    struct client client = client_open(harness->port);
    unsigned answers = 0;
    if (client_send_text(&client, "NONSENSE\r\n\r\n"))
        answers = client_reply(&client).status == 400;
    if (answers > 0) client_assert_closed(&client);
    client_close(&client);
    return answers;
}

enum { ANSWERS = 5 + 2 + 1 };

static unsigned use(const struct harness *harness)
{
    return use_small(harness) + use_large(harness) + use_refused(harness);
}

/* ---- the rounds */

static const struct kind {
    const char *title;
    sockets_call call;
    int error; /* 0: one byte is moved */
    uint64_t many;
} kinds[] = {
    {"accept: gone before",       SOCKETS_ACCEPT,  ECONNABORTED, 1    },
    {"accept: no descriptors",    SOCKETS_ACCEPT,  EMFILE,       1    },
    {"accept: no buffers",        SOCKETS_ACCEPT,  ENOBUFS,      1    },
    {"accept: nobody there",      SOCKETS_ACCEPT,  EAGAIN,       1    },
    {"receive: reset",            SOCKETS_RECEIVE, ECONNRESET,   1    },
    {"receive: not now",          SOCKETS_RECEIVE, EAGAIN,       1    },
    {"receive: a signal",         SOCKETS_RECEIVE, EINTR,        1    },
    {"receive: no buffers",       SOCKETS_RECEIVE, ENOBUFS,      1    },
    {"receive: timed out",        SOCKETS_RECEIVE, ETIMEDOUT,    1    },
    {"receive: not now, often",   SOCKETS_RECEIVE, EAGAIN,       STORM},
    {"receive: one byte",         SOCKETS_RECEIVE, 0,            1    },
    {"receive: bytes one by one", SOCKETS_RECEIVE, 0,            STORM},
    {"send: hung up",             SOCKETS_SEND,    EPIPE,        1    },
    {"send: reset",               SOCKETS_SEND,    ECONNRESET,   1    },
    {"send: not now",             SOCKETS_SEND,    EAGAIN,       1    },
    {"send: a signal",            SOCKETS_SEND,    EINTR,        1    },
    {"send: no buffers",          SOCKETS_SEND,    ENOBUFS,      1    },
    {"send: not now, often",      SOCKETS_SEND,    EAGAIN,       STORM},
    {"send: one byte",            SOCKETS_SEND,    0,            1    },
    {"send: bytes one by one",    SOCKETS_SEND,    0,            STORM},
    {"shutdown",                  SOCKETS_SHUT,    ENOTCONN,     1    },
    {"an option",                 SOCKETS_SET,     EINVAL,       1    },
    {"a question",                SOCKETS_ASK,     EBADF,        1    },
    {"waiting: a signal",         SOCKETS_WAIT,    EINTR,        1    },
    {"waiting: signals",          SOCKETS_WAIT,    EINTR,        STORM},
};

/* Is it one after which nothing is missing? */
static bool is_harmless(const struct kind *kind)
{
    const int error = kind->error;
    return error == 0 || error == EAGAIN || error == EINTR || kind->call == SOCKETS_ACCEPT;
}

/* True: the n-th call came to pass, and failed. */
static bool pass(const struct kind *kind, uint64_t nth, unsigned loops)
{
    struct harness harness;
    struct http_options options = harness_options(&harness);
    options.loops = loops;
    harness_start(&harness, &options);
    const struct sockets_fault fault = {
        .calls = SOCKETS_BIT(kind->call),
        .nth = nth,
        .many = kind->many,
        .error = kind->error,
        .moves_one = kind->error == 0,
    };
    sockets_fail(&fault);
    const unsigned answers = use(&harness);
    const uint64_t failed = sockets_heal();
    if (failed == 0 || is_harmless(kind)) assert_int_equal(answers, ANSWERS);
    assert_int_equal(use(&harness), ANSWERS); /* others are served */
    harness_stop(&harness);
    return failed > 0;
}

static void test_socket_fault__any_call_may_fail(void **state)
{
    (void)state;
    {
        struct harness harness; /* what libuv opens once and keeps */
        const struct http_options options = harness_options(&harness);
        harness_start(&harness, &options);
        harness_stop(&harness);
    }
    const unsigned before = open_descriptors();
    for (size_t i = 0; i < ARRAY_COUNT(kinds); i++) {
        uint64_t nth = 1;
        while (pass(&kinds[i], nth, 1 + nth % 2)) {
            if (open_descriptors() != before) fail_msg("%s %zu: kept", kinds[i].title, (size_t)nth);
            nth++;
            assert_true(nth < NTH_MAX);
        }
        print_message("%s: %zu calls\n", kinds[i].title, (size_t)nth - 1);
        assert_true(nth > 1); /* else the seam is not where the calls are */
    }
    assert_int_equal(open_descriptors(), before);
}

static void test_socket_fault__opening_says_what_failed(void **state)
{
    (void)state;
    static const struct sockets_fault faults[] = {
        {.calls = SOCKETS_BIT(SOCKETS_CREATE), .error = EMFILE,     .of_caller = true},
        {.calls = SOCKETS_BIT(SOCKETS_BIND),   .error = EADDRINUSE, .of_caller = true},
        {.calls = SOCKETS_BIT(SOCKETS_LISTEN), .error = EADDRINUSE, .of_caller = true},
    };
    const unsigned before = open_descriptors();
    for (size_t i = 0; i < ARRAY_COUNT(faults); i++) {
        struct sockets_fault fault = faults[i];
        fault.nth = 1;
        struct harness harness;
        const struct http_options options = harness_options(&harness);
        sockets_fail(&fault);
        const status st = harness_open(&harness, &options);
        assert_int_equal(sockets_heal(), 1);
        assert_int_equal(st, ST_IO);
        assert_true(error_text(&harness.err).len > 0);
        arena_deinit(&harness.arena);
        support_mem_check();
        assert_int_equal(open_descriptors(), before);
    }
}

/* ---- accepting that fails for as long as it likes */

/* While accept fails the client waits in the queue; the server asks rarely instead of spinning, and
 * goes on by itself. */
static void stand_still(int error, uint64_t calls_max)
{
    struct harness harness;
    const struct http_options options = harness_options(&harness);
    harness_start(&harness, &options);
    const struct sockets_fault fault = {
        .calls = SOCKETS_BIT(SOCKETS_ACCEPT), .nth = 1, .many = UINT64_MAX, .error = error};
    sockets_fail(&fault);
    struct client client = client_open(harness.port);
    assert_true(client_send_text(&client, GET_ECHO));
    harness_sleep_ms(600);
    assert_in_range(sockets_count(), 1, calls_max);
    assert_int_not_equal(sockets_heal(), 0);
    const struct reply reply = client_reply(&client);
    assert_int_equal(reply.status, 200);
    client_close(&client);
    harness_stop(&harness);
}

static void test_socket_fault__accepting_without_descriptors_neither_spins_nor_ends(void **state)
{
    (void)state;
    enum { A_FEW = 16, A_TURN_EACH = 16 * 64 };
    stand_still(EMFILE, A_FEW);
    stand_still(ENFILE, A_FEW);
    stand_still(ENOBUFS, A_FEW);
    stand_still(ENOMEM, A_FEW);
    stand_still(EPERM, A_TURN_EACH); /* a firewall's; and whatever else there is */
}

/* Who is there already is served meanwhile. */
static void test_socket_fault__without_descriptors_others_are_served(void **state)
{
    (void)state;
    struct harness harness;
    const struct http_options options = harness_options(&harness);
    harness_start(&harness, &options);
    struct client client = client_open(harness.port);
    client_ask(&client, GET_ECHO, 200, ECHOED);
    assert_true(client_send_text(&client, "GET /echo HTTP/1.1\r\n")); /* so it is not idle */
    const struct sockets_fault fault = {
        .calls = SOCKETS_BIT(SOCKETS_ACCEPT), .nth = 1, .many = UINT64_MAX, .error = EMFILE};
    harness_sleep_ms(50);
    sockets_fail(&fault);
    struct client waiting = client_open(harness.port);
    client_ask(&client, HOST "\r\n", 200, ECHOED);
    (void)sockets_heal();
    client_ask(&waiting, GET_ECHO, 200, ECHOED);
    client_close(&client);
    client_close(&waiting);
    harness_stop(&harness);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_socket_fault__any_call_may_fail),
        cmocka_unit_test(test_socket_fault__opening_says_what_failed),
        cmocka_unit_test(test_socket_fault__accepting_without_descriptors_neither_spins_nor_ends),
        cmocka_unit_test(test_socket_fault__without_descriptors_others_are_served),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
