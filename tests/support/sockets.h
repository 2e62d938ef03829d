/* sockets.h -- sockets that a test controls: calls that fail, or move less than was asked for.
 *
 * A program that is linked with sockets.c has its own accept4, read, sendmsg, epoll_pwait … before
 * the C library's, so that libuv, libcurl and Stator call them. Calls on sockets are counted and
 * can be failed; what is called on anything else goes straight to the system.
 *
 *     sockets_fail(&(struct sockets_fault){.calls = SOCKETS_BIT(SOCKETS_SEND), .nth = 3,
 *                                          .error = ECONNRESET});
 *     … run what is tested …
 *     fired = sockets_heal();                   how many calls failed; none does any more
 *
 * Not failed: epoll_ctl, reads and writes of eventfd and pipes. libuv ends the process when one of
 * these fails, and the system fails them only when the process has broken its own rules.
 *
 * Threads: any. Whose calls fail is said by `of_caller`: the thread's that called sockets_fail, or
 * all others'. So a test's own client, or its own server, is left alone.
 */
#ifndef STATOR_TESTS_SUPPORT_SOCKETS_H
#define STATOR_TESTS_SUPPORT_SOCKETS_H

#include <stdbool.h>
#include <stdint.h>

/* X(constant, name in tables): the calls that are told apart. */
#define SOCKETS_CALLS(X)                                                                           \
    X(SOCKETS_CREATE, "socket")                                                                    \
    X(SOCKETS_BIND, "bind")                                                                        \
    X(SOCKETS_LISTEN, "listen")                                                                    \
    X(SOCKETS_ACCEPT, "accept")                                                                    \
    X(SOCKETS_CONNECT, "connect")                                                                  \
    X(SOCKETS_RECEIVE, "receive")                                                                  \
    X(SOCKETS_SEND, "send")                                                                        \
    X(SOCKETS_SHUT, "shutdown")                                                                    \
    X(SOCKETS_SET, "set an option")                                                                \
    X(SOCKETS_ASK, "ask for an option or a name")                                                  \
    X(SOCKETS_WAIT, "wait")

typedef enum sockets_call {
#define X(constant, name) constant,
    SOCKETS_CALLS(X)
#undef X
        SOCKETS_CALL_COUNT
} sockets_call;

#define SOCKETS_BIT(call) (1U << (call))

struct sockets_fault {
    unsigned calls; /* bits of sockets_call */
    uint64_t nth;   /* of them all, from now on; 1 is the next */
    uint64_t many;  /* how many fail, from the nth on; 0 means 1 */
    int error;      /* the errno; a call that is not made has no effect at all */
    bool moves_one; /* instead: a receive or send moves one byte, and tells so */
    bool of_caller; /* the calls of this thread; else those of all others */
};
void sockets_fail(const struct sockets_fault *fault);

/* No call fails any more. How many did. */
uint64_t sockets_heal(void);

/* How many such calls there were since sockets_fail, failed or not. */
uint64_t sockets_count(void);

#endif
