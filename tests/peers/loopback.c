/* loopback.c -- a library that keeps a program's listening sockets to this machine.
 *
 * DynamoDB Local listens on every address and has no option for it. Loaded before the C library
 * (LD_PRELOAD), this bind asks for 127.0.0.1, whatever address it is given; the port stays. It has
 * a name of its own in C, since glibc declares the argument of bind as a union that ISO C has not.
 */
#include <arpa/inet.h>
#include <dlfcn.h>
#include <string.h>
#include <sys/socket.h>

typedef int(bind_fn)(int fd, const struct sockaddr *address, socklen_t len);

int loopback_bind(int fd, const struct sockaddr *address, socklen_t len) __asm__("bind");

__attribute__((visibility("default"))) int loopback_bind(int fd, const struct sockaddr *address,
                                                         socklen_t len)
{
    struct sockaddr_in there;
    bind_fn *next = NULL;
    void *found = dlsym(RTLD_NEXT, "bind");
    memcpy(&next, &found, sizeof next);
    if (address->sa_family != AF_INET || len < sizeof there) return next(fd, address, len);
    memcpy(&there, address, sizeof there);
    there.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return next(fd, (const struct sockaddr *)&there, sizeof there);
}
