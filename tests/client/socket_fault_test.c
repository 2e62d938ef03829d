/* socket_fault_test.c -- every call that libcurl makes on a socket for a call of ours fails.
 *
 * Only the calls of the test's own thread fail: the scripted server is left alone. With one failure
 * a read gets its answer nevertheless, and a plain write is carried out once, or not at all, or
 * says that it may have been. With failures that do not end, both say what is wrong.
 */
#include <errno.h>
#include <stdio.h>

#include "client/caller.h"
#include "support/sockets.h"

#define PUT "{\"TableName\":\"a\",\"Item\":{\"pk\":{\"S\":\"b\"}}}"

enum { NTH_MAX = 500, STORM = 30, TIMEOUT_MS = 10000 };

static const struct kind {
    const char *title;
    sockets_call call;
    int error; /* 0: one byte is moved */
    uint64_t many;
    bool is_harmless;
} kinds[] = {
    {"socket: no descriptors",    SOCKETS_CREATE,  EMFILE,        1,     false},
    {"connect: refused",          SOCKETS_CONNECT, ECONNREFUSED,  1,     false},
    {"connect: no way",           SOCKETS_CONNECT, ENETUNREACH,   1,     false},
    {"connect: no ports",         SOCKETS_CONNECT, EADDRNOTAVAIL, 1,     false},
    {"send: reset",               SOCKETS_SEND,    ECONNRESET,    1,     false},
    {"send: hung up",             SOCKETS_SEND,    EPIPE,         1,     false},
    {"send: no buffers",          SOCKETS_SEND,    ENOBUFS,       1,     false},
    {"send: not now",             SOCKETS_SEND,    EAGAIN,        STORM, true },
    {"send: a signal",            SOCKETS_SEND,    EINTR,         1,     true },
    {"send: bytes one by one",    SOCKETS_SEND,    0,             STORM, true },
    {"receive: reset",            SOCKETS_RECEIVE, ECONNRESET,    1,     false},
    {"receive: timed out",        SOCKETS_RECEIVE, ETIMEDOUT,     1,     false},
    {"receive: not now",          SOCKETS_RECEIVE, EAGAIN,        STORM, true },
    {"receive: bytes one by one", SOCKETS_RECEIVE, 0,             STORM, true },
    {"an option",                 SOCKETS_SET,     ENOPROTOOPT,   1,     false},
    {"a question",                SOCKETS_ASK,     EBADF,         1,     false},
    {"waiting: a signal",         SOCKETS_WAIT,    EINTR,         STORM, true },
    {"waiting: no memory",        SOCKETS_WAIT,    ENOMEM,        1,     false},
};

static void arm(const struct kind *kind, uint64_t nth, uint64_t many)
{
    const struct sockets_fault fault = {
        .calls = SOCKETS_BIT(kind->call),
        .nth = nth,
        .many = many,
        .error = kind->error,
        .moves_one = kind->error == 0,
        .of_caller = true,
    };
    sockets_fail(&fault);
}

static void assert_told(const struct caller *caller, status st)
{
    assert_int_equal(caller->report.status, st);
    assert_int_not_equal(st, ST_OK);
    assert_true(st == ST_NETWORK || st == ST_TIMEOUT || st == ST_NO_MEMORY);
    assert_true(caller->report.message.len > 0);
}

/* How many whole requests for `operation` have arrived. */
static unsigned arrived(const struct caller *caller, const char *operation)
{
    unsigned count = 0;
    const size_t requests = script_requests(caller->script);
    for (size_t i = 0; i < requests; i++) {
        const struct script_request request = script_request(caller->script, i);
        count += strstr(request.head, operation) != NULL;
    }
    return count;
}

/* A read over a new connection, a write over the kept one, a read after both. */
static bool pass(const struct kind *kind, uint64_t nth)
{
    static const struct script_step steps[] = {
        {.body = "{}"}, {.body = "{}"}, {.body = "{}"}, {.body = "{}"},
        {.body = "{}"}, {.body = "{}"}, {.body = "{}"}, {.body = "{}"},
    };
    const struct client_options options = {.attempt_timeout_ms = TIMEOUT_MS};
    struct caller caller;
    caller_open(&caller, &options, steps, ARRAY_COUNT(steps));
    arm(kind, nth, kind->many);
    const status read = caller_call(&caller, "GetItem", "{}");
    const status write = caller_call(&caller, "PutItem", PUT);
    const bool is_uncertain = caller.report.is_uncertain;
    if (write != ST_OK) assert_told(&caller, write);
    const uint64_t failed = sockets_heal();

    if (kind->error == ENOMEM && read != ST_OK) assert_int_equal(read, ST_NO_MEMORY);
    if (kind->error != ENOMEM) assert_int_equal(read, ST_OK);
    if (failed == 0 || kind->is_harmless) assert_int_equal(write, ST_OK);
    const unsigned writes = arrived(&caller, "PutItem");
    assert_true(writes <= 1); /* nothing is done twice unasked */
    if (write == ST_OK) assert_int_equal(writes, 1);
    if (write != ST_OK && writes == 1) assert_true(is_uncertain);
    assert_int_equal(caller_call(&caller, "GetItem", "{}"), ST_OK);
    caller_close(&caller);
    return failed > 0;
}

static void test_socket_fault__one_failure_is_survived_and_nothing_is_done_twice(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(kinds); i++) {
        uint64_t nth = 1;
        while (pass(&kinds[i], nth)) {
            nth++;
            assert_true(nth < NTH_MAX);
        }
        print_message("%s: %zu calls\n", kinds[i].title, (size_t)nth - 1);
        assert_true(nth > 1); /* else the seam is not where the calls are */
    }
}

static void test_socket_fault__failures_without_end_are_told_of(void **state)
{
    (void)state;
    static const sockets_call calls[] = {SOCKETS_CREATE, SOCKETS_CONNECT, SOCKETS_SEND,
                                         SOCKETS_RECEIVE};
    for (size_t i = 0; i < ARRAY_COUNT(kinds); i++) {
        bool is_one = false;
        for (size_t k = 0; k < ARRAY_COUNT(calls); k++) is_one |= kinds[i].call == calls[k];
        if (!is_one || kinds[i].is_harmless) continue;
        struct caller caller;
        caller_open(&caller, &(struct client_options){.attempt_timeout_ms = TIMEOUT_MS}, NULL, 0);
        arm(&kinds[i], 1, UINT64_MAX);
        const status st = caller_call(&caller, "GetItem", "{}");
        (void)sockets_heal();
        assert_told(&caller, st);
        assert_int_equal(caller.report.attempts, 4);
        assert_true(caller.report.is_retryable);
        caller_close(&caller);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_socket_fault__one_failure_is_survived_and_nothing_is_done_twice),
        cmocka_unit_test(test_socket_fault__failures_without_end_are_told_of),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
