/* server.h -- a database served: DynamoDB's protocol over HTTP, on TCP and on a unix socket, which
 * takes the line protocol as well.
 *
 *     server_open -> server_run … (server_stop) …        the calling thread serves until stopped
 *                 or server_start … server_stop           threads of its own serve meanwhile
 *     -> server_close
 *
 * The database is an instance, which its own program may use as well: the server has an api of its
 * own over it.
 *
 * W1  When server_run has returned, or server_close after server_start, no exchange is left: the
 *     instance may be closed.
 *
 * The process: opening a server ignores SIGPIPE and raises the soft limit of descriptors (http.h).
 *
 * Memory: host and unix path are used by server_open only.
 * Threads: server_stop and server_counts are anybody's; the rest is one thread's.
 */
#ifndef STATOR_SERVER_SERVER_H
#define STATOR_SERVER_SERVER_H

#include "http/http.h"
#include "instance/instance.h"
#include "server/server_log.h"

struct server;

struct server_options {
    const struct mem *mem;
    const struct os *os;
    struct instance *instance; /* outlives the server */
    const char *host;          /* NULL: no TCP */
    uint16_t port;             /* 0: any free one; server_port tells which */
    const char *unix_path;     /* NULL: no unix socket. A stale socket file is replaced. */
    unsigned loops;            /* threads that serve; 0 means 1 */
    struct server_log log;
    bool stop_on_signals; /* SIGTERM and SIGINT call server_stop; not together with server_start */
    uint64_t begun_ns;    /* in ticks of `os`, for /health; 0: when it is opened */

    /* as in struct http_options; zero means the default there */
    size_t body_bytes_max;
    unsigned connections_max;
    size_t buffer_bytes_max;
    unsigned idle_timeout_ms;
    unsigned request_timeout_ms;
    unsigned reply_timeout_ms;
    unsigned drain_timeout_ms;
};

/* Bind and listen. ST_IO: `err` says what is wrong in one line ("port 8000 on 127.0.0.1 is in
 * use"). ST_NO_MEMORY. */
MUST_USE status server_open(const struct server_options *options, struct server **out,
                            struct error *err);

/* Serve on the calling thread (and on loops - 1 others) until stopped and drained. */
void server_run(struct server *server);

/* Serve on threads of the server's own. ST_NO_MEMORY: the system gave no thread. */
MUST_USE status server_start(struct server *server, struct error *err);

/* Accept nothing more, finish what is under way. Any thread; does not wait. */
void server_stop(struct server *server);

/* Stop and wait for the end of a server that was started, and free it. NULL is allowed. */
void server_close(struct server *server);

/* The TCP port that is served. */
MUST_USE uint16_t server_port(const struct server *server);

void server_counts(const struct server *server, struct http_counts *out);

#endif
