/* listener.c -- see listener.h. Errors are one line that says what to change. */
#include "http/listener.h"

#include <assert.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static const char *reason(int error)
{
    return uv_strerror(-error);
}

static int new_socket(int family)
{
    return socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

/* Close `fd` and give back the errno of what went wrong before. */
static int give_up(int fd)
{
    const int error = errno;
    (void)close(fd);
    return error;
}

/* ---- TCP */

static int listen_on(const struct sockaddr *address, socklen_t size, int *out)
{
    const int fd = new_socket(address->sa_family);
    if (fd < 0) return errno;
    const int on = 1;
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (address->sa_family == AF_INET6)
        (void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    if (bind(fd, address, size) != 0) return give_up(fd);
    if (listen(fd, SOMAXCONN) != 0) return give_up(fd);
    *out = fd;
    return 0;
}

enum { PORT_AT = offsetof(struct sockaddr_in, sin_port) };
static_assert(PORT_AT == offsetof(struct sockaddr_in6, sin6_port), "the same place in both");

/* The port of a bound socket. */
static uint16_t port_of(int fd)
{
    struct sockaddr_storage address = {0};
    socklen_t size = sizeof address;
    if (getsockname(fd, (struct sockaddr *)&address, &size) != 0) return 0;
    in_port_t port = 0;
    memcpy(&port, (const char *)&address + PORT_AT, sizeof port);
    return ntohs(port);
}

static void set_port(const struct addrinfo *info, uint16_t port)
{
    const in_port_t in_order = htons(port);
    memcpy((char *)info->ai_addr + PORT_AT, &in_order, sizeof in_order);
}

static status fail_tcp(struct error *err, const char *host, uint16_t port, int error)
{
    if (error == EADDRINUSE)
        return FAIL(err, ST_IO, "port %u on %s is in use", (unsigned)port, host);
    if (error == EACCES)
        return FAIL(err, ST_IO, "port %u on %s is not permitted to this user", (unsigned)port,
                    host);
    return FAIL(err, ST_IO, "cannot listen on %s port %u: %s", host, (unsigned)port, reason(error));
}

/* One socket for each address. An address that this machine lacks (IPv6 switched off) is passed
 * over, unless it is the only one. */
static status open_each(struct listener_list *list, const struct addrinfo *infos, const char *host,
                        uint16_t *port, struct error *err)
{
    const unsigned before = list->count;
    int absent = 0;
    for (const struct addrinfo *info = infos; info != NULL; info = info->ai_next) {
        if (list->count == LIMIT_HTTP_LISTENERS) break;
        set_port(info, *port);
        int fd = -1;
        const int error = listen_on(info->ai_addr, info->ai_addrlen, &fd);
        if (error == EADDRNOTAVAIL || error == EAFNOSUPPORT) {
            absent = error;
            continue;
        }
        if (error != 0) return fail_tcp(err, host, *port, error);
        list->items[list->count++] = (struct listener){.fd = fd};
        if (*port == 0) *port = port_of(fd);
    }
    return list->count > before ? ST_OK : fail_tcp(err, host, *port, absent);
}

status listener_open_tcp(struct listener_list *list, const char *host, uint16_t *port,
                         struct error *err)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE};
    struct addrinfo *infos = NULL;
    const int error = getaddrinfo(host, NULL, &hints, &infos);
    if (error != 0) return FAIL(err, ST_IO, "host %s is not known: %s", host, gai_strerror(error));
    const status st = open_each(list, infos, host, port, err);
    freeaddrinfo(infos);
    return st;
}

/* ---- unix sockets */

static bool somebody_listens(const struct sockaddr_un *address)
{
    const int fd = new_socket(AF_UNIX);
    if (fd < 0) return true;
    const int result = connect(fd, (const struct sockaddr *)address, sizeof *address);
    const bool is_dead = result != 0 && errno == ECONNREFUSED;
    (void)close(fd);
    return !is_dead;
}

/* Make way for a new socket at the path, if nothing alive or foreign stands there. */
static status clear_path(const struct sockaddr_un *address, struct error *err)
{
    struct stat info;
    if (lstat(address->sun_path, &info) != 0) return ST_OK; /* bind will say what is wrong */
    if (!S_ISSOCK(info.st_mode))
        return FAIL(err, ST_IO, "%s exists and is not a socket", address->sun_path);
    if (somebody_listens(address))
        return FAIL(err, ST_IO, "unix socket %s is in use by another process", address->sun_path);
    if (unlink(address->sun_path) != 0)
        return FAIL(err, ST_IO, "cannot replace the unix socket %s: %s", address->sun_path,
                    reason(errno));
    return ST_OK;
}

static int listen_at(const struct sockaddr_un *address, struct listener *out)
{
    const int fd = new_socket(AF_UNIX);
    if (fd < 0) return errno;
    if (bind(fd, (const struct sockaddr *)address, sizeof *address) != 0) return give_up(fd);
    struct stat info;
    if (listen(fd, SOMAXCONN) != 0 || lstat(address->sun_path, &info) != 0) {
        const int error = give_up(fd);
        (void)unlink(address->sun_path);
        return error;
    }
    *out =
        (struct listener){.fd = fd, .is_unix = true, .device = info.st_dev, .inode = info.st_ino};
    return 0;
}

status listener_open_unix(struct listener_list *list, const char *path, struct error *err)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    static_assert(sizeof address.sun_path == LIMIT_UNIX_PATH_BYTES + 1, "room for a NUL");
    const size_t len = strlen(path);
    if (len == 0 || len > LIMIT_UNIX_PATH_BYTES)
        return FAIL(err, ST_IO, "the path of a unix socket has 1 to %d bytes: %s",
                    LIMIT_UNIX_PATH_BYTES, path);
    memcpy(address.sun_path, path, len);
    if (list->count == LIMIT_HTTP_LISTENERS) return FAIL(err, ST_IO, "too many addresses");
    TRY(clear_path(&address, err));
    struct listener *out = &list->items[list->count];
    const int error = listen_at(&address, out);
    if (error != 0)
        return FAIL(err, ST_IO, "cannot listen on unix socket %s: %s", path, reason(error));
    memcpy(out->path, path, len + 1);
    list->count++;
    return ST_OK;
}

/* ---- both */

int listener_accept(const struct listener *listener)
{
    const int fd = accept4(listener->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) return -errno;
    const int on = 1;
    if (!listener->is_unix) (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return fd;
}

static void remove_file(const struct listener *listener)
{
    struct stat info;
    if (lstat(listener->path, &info) != 0) return;
    if (info.st_dev != listener->device || info.st_ino != listener->inode) return;
    (void)unlink(listener->path);
}

void listener_close(struct listener *listener)
{
    if (listener->fd < 0) return;
    if (listener->is_unix) remove_file(listener);
    (void)close(listener->fd);
    listener->fd = -1;
}
