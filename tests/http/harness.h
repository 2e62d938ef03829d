/* harness.h -- a server on a free port with a handler that does what the path says, and a client
 * over a plain socket.
 *
 *     /echo      "METHOD path query\n" and the body
 *     /body      the body
 *     /fill?N    N bytes: a repeated alphabet
 *     /late      as /echo, answered by another thread, through http_exchange_resume
 *     /hold      as /echo, answered when the test calls harness_release
 *     /fail      a body that could not be written
 *     /split     a header with a line end in it
 *     /none      204
 *     else       404 without a body
 */
#ifndef STATOR_TESTS_HTTP_HARNESS_H
#define STATOR_TESTS_HTTP_HARNESS_H

#include <pthread.h>
#include <stdatomic.h>

#include "http/http.h"
#include "support/support.h"

enum { HARNESS_HELD_MAX = 256, HARNESS_BYTES_MAX = 24 << 20 };

struct harness {
    struct http_server *server;
    pthread_t thread;
    uint16_t port;
    struct arena arena; /* of err */
    struct error err;

    pthread_mutex_t lock;
    /* below: held under lock */
    struct http_exchange *held[HARNESS_HELD_MAX];
    unsigned held_count;
};

/* The options most tests want: TCP on 127.0.0.1, support_mem, a CRC header, time-outs that are not
 * met. `harness` is the handler's context. */
struct http_options harness_options(struct harness *harness);

/* Open and run on a thread; fails the test if it cannot. */
void harness_start(struct harness *harness, const struct http_options *options);

/* Open only; the caller judges. */
status harness_open(struct harness *harness, const struct http_options *options);
void harness_run(struct harness *harness);

/* Wait until the server has ended by itself, and close it. */
void harness_join(struct harness *harness);

/* Stop, join, close. Everything must be given back. */
void harness_stop(struct harness *harness);

/* How many requests wait at /hold; wait until there are `count`. */
void harness_await_held(struct harness *harness, unsigned count);

/* Wait until so many connections are open; fails the test if they do not get to be. */
void harness_await_open(const struct harness *harness, unsigned count);

/* Answer all that wait, from this thread. */
void harness_release(struct harness *harness);

/* ---- the client */

struct client {
    int fd;
    uint8_t *bytes; /* received and not yet taken */
    size_t len;
    size_t cap;
};

struct reply {
    int status;       /* 0: the connection was closed before a whole reply */
    struct span head; /* status line and headers; as the next, good until the next reply */
    struct span body;
};

struct client client_open(uint16_t port);
struct client client_open_unix(const char *path);
void client_close(struct client *client);

/* Close so that the server sees a reset. */
void client_reset(struct client *client);

/* Send all of it; false when the server has hung up. */
bool client_send(struct client *client, struct span bytes);
bool client_send_text(struct client *client, const char *text);

/* Read the next reply; fails the test when none comes within thirty seconds. */
struct reply client_reply(struct client *client);

/* As client_reply, for an answer to HEAD: no body follows. */
struct reply client_reply_head(struct client *client);

/* The value of a header of the reply; empty when it is not there. */
struct span reply_header(const struct reply *reply, const char *name);

/* Assert that the server closes, without a further byte, within thirty seconds. */
void client_assert_closed(struct client *client);

/* Send, and assert status and body of the answer. */
void client_ask(struct client *client, const char *request, int http_status, const char *body);

/* POST `path` with a body. */
struct span client_post(const char *path, struct span body, const char *headers);
void client_post_free(struct span request);

void harness_sleep_ms(unsigned ms);

#endif
