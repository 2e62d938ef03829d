/* acceptor.c -- see acceptor.h.
 *
 * Why not every loop on its own copy of the listening sockets: the loop that wakes first would take
 * all that wait, and connections stay where they are for hours. One loop accepts, and gives each
 * socket to the loop that has the fewest.
 *
 * When the process has no descriptors left, accepting would fail for ever and at full speed:
 * somebody has to go (shortage.h), and the listeners rest until the next tick. They rest as well
 * when a whole turn of accepting failed, whatever the reason. After a success nobody has to go yet:
 * the system complains of descriptors before it looks whether anybody waits.
 */
#include "http/acceptor.h"

#include <errno.h>

#include "http/http_server.h"
#include "http/loop.h"
#include "http/shortage.h"

enum { ACCEPTS_PER_TURN = 64 };

static struct loop *least_loaded(const struct http_server *server)
{
    struct loop *least = &server->loops[0];
    for (unsigned i = 1; i < server->serving_count; i++)
        if (atomic_load(&server->loops[i].connection_count) < atomic_load(&least->connection_count))
            least = &server->loops[i];
    return least;
}

static void deal(struct http_server *server, struct loop_adopted socket)
{
    struct loop *first = &server->loops[0];
    struct loop *loop = least_loaded(server);
    if (loop != first && loop_adopt(loop, socket)) return;
    atomic_fetch_add(&first->connection_count, 1);
    connection_open(first, socket.fd, socket.is_unix);
}

static void rest(struct http_server *server, bool is_for_want)
{
    for (unsigned i = 0; i < server->listeners.count; i++)
        (void)uv_poll_stop(&server->listeners.items[i].poll);
    struct loop *first = &server->loops[0];
    if (is_for_want) (void)shortage_end_one(first);
    first->is_accepting_late = true;
    loop_tick(first);
}

static bool is_shortage(int result)
{
    return result == -EMFILE || result == -ENFILE || result == -ENOBUFS || result == -ENOMEM;
}

static void on_readable(uv_poll_t *poll, int result, int events)
{
    (void)result;
    (void)events;
    const struct listener *listener = poll->data;
    struct http_server *server = listener->server;
    unsigned accepted = 0;
    int last = 0;
    for (unsigned i = 0; i < ACCEPTS_PER_TURN; i++) {
        const int fd = listener_accept(listener);
        if (fd >= 0) {
            deal(server, (struct loop_adopted){fd, listener->is_unix});
            accepted++;
            continue;
        }
        last = fd;
        if (fd == -EAGAIN) return;
        if (is_shortage(fd)) break;
        /* the client has gone before it was accepted, or a signal came: the next one */
    }
    if (accepted == 0) rest(server, is_shortage(last));
}

status acceptor_start(struct http_server *server)
{
    server->is_accepting = true;
    for (unsigned i = 0; i < server->listeners.count; i++) {
        struct listener *listener = &server->listeners.items[i];
        if (uv_poll_init(&server->loops[0].uv, &listener->poll, listener->fd) != 0) return ST_IO;
        listener->has_poll = true;
        listener->poll.data = listener;
        listener->server = server;
    }
    acceptor_retry(server);
    return ST_OK;
}

void acceptor_retry(struct http_server *server)
{
    if (!server->is_accepting) return;
    for (unsigned i = 0; i < server->listeners.count; i++)
        (void)uv_poll_start(&server->listeners.items[i].poll, UV_READABLE, on_readable);
}

void acceptor_stop(struct http_server *server)
{
    if (!server->is_accepting) return;
    server->is_accepting = false;
    for (unsigned i = 0; i < server->listeners.count; i++) {
        struct listener *listener = &server->listeners.items[i];
        if (listener->has_poll) uv_close((uv_handle_t *)&listener->poll, NULL);
        listener_close(listener);
    }
}
