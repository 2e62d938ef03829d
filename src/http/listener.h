/* listener.h -- sockets that listen: a host and port, or a path.
 *
 *     listener_open_tcp, listener_open_unix -> listener_accept … -> listener_close
 *
 * Threads: one at a time.
 */
#ifndef STATOR_HTTP_LISTENER_H
#define STATOR_HTTP_LISTENER_H

#include <sys/types.h>
#include <uv.h>

#include "base/error.h"
#include "base/limits.h"

struct http_server;

struct listener {
    int fd;
    bool is_unix;
    /* the acceptor's */
    uv_poll_t poll;
    bool has_poll;
    struct http_server *server;
    /* a unix socket's file, to be removed only while it is still this one */
    char path[LIMIT_UNIX_PATH_BYTES + 1];
    dev_t device;
    ino_t inode;
};

/* The listeners of a server. All zero is none. */
struct listener_list {
    struct listener items[LIMIT_HTTP_LISTENERS];
    unsigned count;
};

/* Listen on every address of `host` (numeric or a name), the same *port on each; 0 becomes the port
 * that was given. ST_IO. */
MUST_USE status listener_open_tcp(struct listener_list *list, const char *host, uint16_t *port,
                                  struct error *err);

/* Listen on a path. The socket file of a server that has died is replaced; that of a live one, or a
 * file that is no socket, is left alone. ST_IO. */
MUST_USE status listener_open_unix(struct listener_list *list, const char *path, struct error *err);

/* The next connection: a file descriptor, not blocking, or -errno (-EAGAIN: none waits). */
MUST_USE int listener_accept(const struct listener *listener);

/* Stop listening and remove the socket's file. Closing twice does nothing. */
void listener_close(struct listener *listener);

#endif
