/* file.c -- files over system calls.
 *
 * O1  A lock belongs to one opening of the file (it is flock's), so that a second opening in the
 *     same process is refused as well: fcntl's locks would let it in.
 * O2  The kernel drops it with the process: nothing stale is ever left behind.
 * O3  What was written is the whole of the file, and on disk.
 * O4  A probe leaves no name behind: it is taken away before the first byte is written. What has
 *     the name before is taken away too, and never opened: it may be a link to any other file. The
 *     bytes are no run of zeros, which some file systems do not store.
 */
#include "os/file.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
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

bool file_hold(const char *path, uint64_t bytes_min, struct file *out)
{
    const struct file file = {.fd = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW), .path = NULL};
    struct stat info;
    if (file.fd < 0) return false;
    *out = file;
    if (fstat(file.fd, &info) == 0 && S_ISREG(info.st_mode) && (uint64_t)info.st_size >= bytes_min)
        return true;
    file_close(out);
    return false;
}

bool file_is_nameless(const struct file *file)
{
    struct stat info;
    return fstat(file->fd, &info) == 0 && info.st_nlink == 0;
}

bool file_cut(const struct file *file, uint64_t bytes)
{
    struct stat info;
    if (fstat(file->fd, &info) != 0 || info.st_nlink > 0 || info.st_size == 0) return false;
    const uint64_t size = (uint64_t)info.st_size;
    return ftruncate(file->fd, (off_t)(size > bytes ? size - bytes : 0)) == 0;
}

bool file_is_there(const struct file *file)
{
    struct stat mine, there;
    return fstat(file->fd, &mine) == 0 && stat(file->path, &there) == 0 &&
           mine.st_dev == there.st_dev && mine.st_ino == there.st_ino;
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

static status write_at(const struct file *file, uint64_t at, struct span bytes, struct error *err)
{
    size_t done = 0;
    while (done < bytes.len) {
        const ssize_t put =
            pwrite(file->fd, bytes.ptr + done, bytes.len - done, (off_t)(at + done));
        if (put < 0 && errno == EINTR) continue;
        if (put < 0) return fail(file, "write", err);
        done += (size_t)put;
    }
    return ST_OK;
}

status file_write(const struct file *file, struct span bytes, struct error *err)
{
    TRY(write_at(file, 0, bytes, err));
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

void file_limit_fails(void)
{
    (void)signal(SIGXFSZ, SIG_IGN);
}

/* ---- probing */

enum { PROBE_STEP_BYTES = 64 << 10 };

/* A disk that is full is not filled to the last byte each time it is asked. */
static status check_free(const struct file *file, uint64_t bytes, struct error *err)
{
    struct statvfs info;
    if (fstatvfs(file->fd, &info) != 0 || info.f_blocks == 0) return ST_OK; /* it cannot be told */
    if (bytes / info.f_frsize < info.f_bavail) return ST_OK;
    errno = ENOSPC;
    return fail(file, "write", err);
}

static void fill_unlike_zeros(uint8_t *out, size_t size)
{
    uint32_t x = 1;
    for (size_t i = 0; i < size; i++) {
        x = x * 1664525U + 1013904223U; /* Numerical Recipes' generator */
        out[i] = (uint8_t)(x >> 24);
    }
}

/* The first step is synced by itself: a disk that fails every sync is found out cheaply. */
static status probe_write(const struct file *file, uint64_t bytes, struct error *err)
{
    uint8_t step[PROBE_STEP_BYTES];
    fill_unlike_zeros(step, sizeof step);
    for (uint64_t at = 0; at < bytes; at += sizeof step) {
        TRY(write_at(file, at, (struct span){step, sizeof step}, err));
        if (at == 0 && fdatasync(file->fd) != 0) return fail(file, "sync", err);
    }
    if (fdatasync(file->fd) != 0) return fail(file, "sync", err);
    return ST_OK;
}

/* A new file, whatever has its name (O4). */
static status probe_make(const char *path, struct file *out, struct error *err)
{
    const int flags = O_RDWR | O_CLOEXEC | O_CREAT | O_EXCL | O_NOFOLLOW;
    *out = (struct file){.fd = -1, .path = path};
    if (unlink(path) == 0 || errno == ENOENT) out->fd = open(path, flags, FILE_MODE);
    return out->fd >= 0 ? ST_OK : fail(out, "make", err);
}

status file_probe(const char *path, uint64_t bytes, struct error *err)
{
    struct file file;
    TRY(probe_make(path, &file, err));
    status st = unlink(path) == 0 ? ST_OK : fail(&file, "take away", err); /* O4 */
    if (st == ST_OK) st = check_free(&file, bytes, err);
    if (st == ST_OK) st = probe_write(&file, bytes, err);
    file_close(&file);
    return st;
}
