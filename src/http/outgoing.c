/* outgoing.c -- see outgoing.h. */
#include "http/outgoing.h"

#include <linux/sockios.h>
#include <sys/ioctl.h>

uv_buf_t outgoing_buf(struct span bytes)
{
    /* libuv's type is for reading and writing; what is written is not changed. */
    union {
        const uint8_t *given;
        char *wanted;
    } ptr = {.given = bytes.ptr};
    return (uv_buf_t){.base = ptr.wanted, .len = bytes.len};
}

void outgoing_skip(uv_buf_t *bufs, unsigned count, size_t sent)
{
    for (unsigned i = 0; i < count; i++) {
        const size_t n = sent < bufs[i].len ? sent : bufs[i].len;
        if (n > 0) bufs[i].base += n;
        bufs[i].len -= n;
        sent -= n;
    }
}

size_t outgoing_bytes(const uv_stream_t *stream)
{
    const size_t queued = uv_stream_get_write_queue_size(stream);
    uv_os_fd_t fd = -1;
    int in_system = 0;
    if (uv_fileno((const uv_handle_t *)stream, &fd) != 0 || ioctl(fd, SIOCOUTQ, &in_system) != 0)
        return queued;
    return queued + (size_t)in_system;
}
