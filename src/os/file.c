/* file.c -- files over system calls.
 *
 * O1  A lock belongs to one opening of the file (it is flock's), so that a second opening in the
 *     same process is refused as well: fcntl's locks would let it in.
 * O2  The kernel drops it with the process: nothing stale is ever left behind.
 * O3  What was written is the whole of the file, and on disk.
 */
#include "os/file.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_MODE = 0640 };

static status fail(const struct file *file, const char *verb, struct error *err)
{
    return FAIL(err, ST_IO, "cannot %s %s: %s", verb, file->path, strerror(errno));
}

status file_open(const char *path, bool make, struct file *out, bool *found, struct error *err)
{
    const int flags = O_RDWR | O_CLOEXEC | (make ? O_CREAT : 0);
    const struct file file = {.fd = open(path, flags, FILE_MODE), .path = path};
    *found = file.fd >= 0;
    if (file.fd < 0 && errno == ENOENT && !make) return ST_OK;
    if (file.fd < 0) return fail(&file, "open", err);
    *out = file;
    return ST_OK;
}

void file_close(struct file *file)
{
    assert(file->fd >= 0);
    (void)close(file->fd);
    file->fd = -1;
}

status file_lock(const struct file *file, struct error *err)
{
    if (flock(file->fd, LOCK_EX | LOCK_NB) == 0) return ST_OK;
    if (errno == EWOULDBLOCK) return FAIL_PLAIN(err, ST_LOCKED);
    return fail(file, "lock", err);
}

status file_read(const struct file *file, uint8_t *out, size_t size, size_t *len, struct error *err)
{
    size_t at = 0;
    while (at < size) {
        const ssize_t got = pread(file->fd, out + at, size - at, (off_t)at);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return fail(file, "read", err);
        if (got == 0) break;
        at += (size_t)got;
    }
    *len = at;
    return ST_OK;
}

static status write_all(const struct file *file, struct span bytes, struct error *err)
{
    size_t at = 0;
    while (at < bytes.len) {
        const ssize_t put = pwrite(file->fd, bytes.ptr + at, bytes.len - at, (off_t)at);
        if (put < 0 && errno == EINTR) continue;
        if (put < 0) return fail(file, "write", err);
        at += (size_t)put;
    }
    return ST_OK;
}

status file_write(const struct file *file, struct span bytes, struct error *err)
{
    TRY(write_all(file, bytes, err));
    if (ftruncate(file->fd, (off_t)bytes.len) != 0) return fail(file, "write", err);
    if (fsync(file->fd) != 0) return fail(file, "sync", err);
    return ST_OK;
}

/* read, not pread: it may be a pipe. */
static status load(const struct file *file, struct buf *out, struct error *err)
{
    enum { STEP_BYTES = 4096 };
    for (;;) {
        uint8_t bytes[STEP_BYTES];
        const ssize_t got = read(file->fd, bytes, sizeof bytes);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return fail(file, "read", err);
        if (got == 0) break;
        buf_put(out, (struct span){bytes, (size_t)got});
        if (buf_status(out) != ST_OK) break;
    }
    if (buf_status(out) == ST_LIMIT) return FAIL(err, ST_LIMIT, "%s is too large", file->path);
    TRY_PLAIN(err, buf_status(out));
    return ST_OK;
}

status file_load(const char *path, struct buf *out, bool *found, struct error *err)
{
    struct file file = {.fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY), .path = path};
    *found = file.fd >= 0;
    if (file.fd < 0 && (errno == ENOENT || errno == ENOTDIR)) return ST_OK;
    if (file.fd < 0) return fail(&file, "open", err);
    const status st = load(&file, out, err);
    file_close(&file);
    return st;
}
