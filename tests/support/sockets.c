/* sockets.c -- see sockets.h: the C library's calls, as a test wants them.
 *
 * The fault is written while nothing that it concerns is under way, or read in halves by a call
 * that is: every field is an atomic, and `armed` is written last.
 */
#include "support/sockets.h"

#include <dlfcn.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static struct {
    atomic_bool armed;
    atomic_uint calls;
    atomic_bool moves_one;
    atomic_bool of_caller;
    atomic_int error;
    _Atomic uint64_t nth;
    _Atomic uint64_t many;
    _Atomic uint64_t matched;
    _Atomic uint64_t failed;
} fault;

static _Thread_local bool is_caller; /* of sockets_fail */

void sockets_fail(const struct sockets_fault *given)
{
    atomic_store(&fault.armed, false);
    is_caller = true;
    atomic_store(&fault.calls, given->calls);
    atomic_store(&fault.nth, given->nth);
    atomic_store(&fault.many, given->many == 0 ? 1 : given->many);
    atomic_store(&fault.error, given->error);
    atomic_store(&fault.moves_one, given->moves_one);
    atomic_store(&fault.of_caller, given->of_caller);
    atomic_store(&fault.matched, 0);
    atomic_store(&fault.failed, 0);
    atomic_store(&fault.armed, true);
}

uint64_t sockets_heal(void)
{
    atomic_store(&fault.armed, false);
    return atomic_load(&fault.failed);
}

uint64_t sockets_count(void)
{
    return atomic_load(&fault.matched);
}

static bool is_socket(int fd)
{
    struct stat info;
    return fstat(fd, &info) == 0 && S_ISSOCK(info.st_mode);
}

/* Is this one of the calls that fail? */
static bool is_hit(sockets_call call)
{
    if (!atomic_load(&fault.armed)) return false;
    if ((atomic_load(&fault.calls) & SOCKETS_BIT(call)) == 0) return false;
    if (atomic_load(&fault.of_caller) != is_caller) return false;
    const uint64_t place = atomic_fetch_add(&fault.matched, 1) + 1;
    const uint64_t nth = atomic_load(&fault.nth);
    if (place < nth || place - nth >= atomic_load(&fault.many)) return false;
    atomic_fetch_add(&fault.failed, 1);
    return true;
}

static bool fails(sockets_call call)
{
    if (!is_hit(call)) return false;
    errno = atomic_load(&fault.error);
    return true;
}

typedef enum fate {
    AS_ASKED,
    FAILED,
    ONE_BYTE,
} fate;

static fate fate_of(sockets_call call, int fd)
{
    if (!is_socket(fd) || !is_hit(call)) return AS_ASKED;
    if (atomic_load(&fault.moves_one)) return ONE_BYTE;
    errno = atomic_load(&fault.error);
    return FAILED;
}

/* The C library's function of this name, in `real`. */
#define FIND(name)                                                                                 \
    static _Atomic(void *) found;                                                                  \
    union {                                                                                        \
        void *at;                                                                                  \
        __typeof__(&name) call;                                                                    \
    } real = {.at = atomic_load(&found)};                                                          \
    if (real.at == NULL) {                                                                         \
        real.at = dlsym(RTLD_NEXT, #name);                                                         \
        atomic_store(&found, real.at);                                                             \
    }

/* ---- one by one, as the C library declares them; libraries must find these */

#pragma GCC visibility push(default)

int socket(int domain, int type, int protocol)
{
    FIND(socket)
    return fails(SOCKETS_CREATE) ? -1 : real.call(domain, type, protocol);
}

int bind(int fd, __CONST_SOCKADDR_ARG address, socklen_t size)
{
    FIND(bind)
    return fails(SOCKETS_BIND) ? -1 : real.call(fd, address, size);
}

int listen(int fd, int backlog)
{
    FIND(listen)
    return fails(SOCKETS_LISTEN) ? -1 : real.call(fd, backlog);
}

int accept4(int fd, __SOCKADDR_ARG address, socklen_t *restrict size, int flags)
{
    FIND(accept4)
    return fails(SOCKETS_ACCEPT) ? -1 : real.call(fd, address, size, flags);
}

int connect(int fd, __CONST_SOCKADDR_ARG address, socklen_t size)
{
    FIND(connect)
    return fails(SOCKETS_CONNECT) ? -1 : real.call(fd, address, size);
}

int shutdown(int fd, int how)
{
    FIND(shutdown)
    return fails(SOCKETS_SHUT) ? -1 : real.call(fd, how);
}

int setsockopt(int fd, int level, int name, const void *value, socklen_t size)
{
    FIND(setsockopt)
    return fails(SOCKETS_SET) ? -1 : real.call(fd, level, name, value, size);
}

int getsockopt(int fd, int level, int name, void *restrict value, socklen_t *restrict size)
{
    FIND(getsockopt)
    return fails(SOCKETS_ASK) ? -1 : real.call(fd, level, name, value, size);
}

int getsockname(int fd, __SOCKADDR_ARG address, socklen_t *restrict size)
{
    FIND(getsockname)
    return fails(SOCKETS_ASK) ? -1 : real.call(fd, address, size);
}

int ioctl(int fd, unsigned long request, ...)
{
    FIND(ioctl)
    va_list values;
    va_start(values, request);
    void *value = va_arg(values, void *);
    va_end(values);
    if (is_socket(fd) && fails(SOCKETS_ASK)) return -1;
    return real.call(fd, request, value);
}

ssize_t read(int fd, void *bytes, size_t size)
{
    FIND(read)
    const fate what = fate_of(SOCKETS_RECEIVE, fd);
    return what == FAILED ? -1 : real.call(fd, bytes, what == ONE_BYTE && size > 0 ? 1 : size);
}

ssize_t recv(int fd, void *bytes, size_t size, int flags)
{
    FIND(recv)
    const fate what = fate_of(SOCKETS_RECEIVE, fd);
    return what == FAILED ? -1
                          : real.call(fd, bytes, what == ONE_BYTE && size > 0 ? 1 : size, flags);
}

ssize_t write(int fd, const void *bytes, size_t size)
{
    FIND(write)
    const fate what = fate_of(SOCKETS_SEND, fd);
    return what == FAILED ? -1 : real.call(fd, bytes, what == ONE_BYTE && size > 0 ? 1 : size);
}

ssize_t send(int fd, const void *bytes, size_t size, int flags)
{
    FIND(send)
    const fate what = fate_of(SOCKETS_SEND, fd);
    return what == FAILED ? -1
                          : real.call(fd, bytes, what == ONE_BYTE && size > 0 ? 1 : size, flags);
}

ssize_t writev(int fd, const struct iovec *runs, int count)
{
    FIND(writev)
    const fate what = fate_of(SOCKETS_SEND, fd);
    if (what == FAILED) return -1;
    if (what == AS_ASKED || count == 0) return real.call(fd, runs, count);
    struct iovec one = runs[0];
    if (one.iov_len > 0) one.iov_len = 1;
    return real.call(fd, &one, 1);
}

int epoll_wait(int fd, struct epoll_event *events, int count, int timeout_ms)
{
    FIND(epoll_wait)
    return fails(SOCKETS_WAIT) ? -1 : real.call(fd, events, count, timeout_ms);
}

int epoll_pwait(int fd, struct epoll_event *events, int count, int timeout_ms,
                const sigset_t *signals)
{
    FIND(epoll_pwait)
    return fails(SOCKETS_WAIT) ? -1 : real.call(fd, events, count, timeout_ms, signals);
}

int poll(struct pollfd *fds, nfds_t count, int timeout_ms)
{
    FIND(poll)
    return fails(SOCKETS_WAIT) ? -1 : real.call(fds, count, timeout_ms);
}

#pragma GCC visibility pop
