/* trouble.c -- see trouble.h. */
#include "support/trouble.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { PATH_BYTES = 1024, THREAD_NAME_BYTES = 16 };

/* What a call does to a file. */
enum { WRITES = 1, CHANGES = 2, SYNCS = 4, OPENS = 8, MERGES = 16 };

static const struct kind {
    int error;
    unsigned fails;
} kinds[TROUBLE_COUNT] = {
    [TROUBLE_NONE] = {0,      0               },
    [TROUBLE_FULL] = {ENOSPC, WRITES          },
    [TROUBLE_READ_ONLY] = {EROFS,  WRITES | CHANGES},
    [TROUBLE_NO_SYNC] = {EIO,    SYNCS           },
    [TROUBLE_NO_DATA] = {EIO,    OPENS           },
    [TROUBLE_NO_MERGE] = {ENOSPC, MERGES          },
};

static _Atomic trouble present;
static const char *_Atomic watched;

void trouble_begin(const char *folder, trouble kind)
{
    atomic_store(&watched, folder);
    atomic_store(&present, kind);
}

void trouble_end(void)
{
    atomic_store(&present, TROUBLE_NONE);
}

const char *trouble_text(trouble kind)
{
    return strerror(kinds[kind].error);
}

static bool is_below(const char *path)
{
    const char *folder = atomic_load(&watched);
    return strncmp(path, folder, strlen(folder)) == 0;
}

/* RocksDB's files of data are synced whatever happens: it flushes and merges when it likes, and
 * what fails there would come before what the test is about. */
static bool concerns(unsigned what, const char *path)
{
    if (!is_below(path)) return false;
    return what != SYNCS || strstr(path, ".log") != NULL || strstr(path, ".probe") != NULL;
}

static bool is_of(unsigned what, int fd)
{
    char link[64];
    char path[PATH_BYTES];
    (void)snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    const ssize_t len = readlink(link, path, sizeof path - 1);
    if (len <= 0) return false;
    path[len] = '\0';
    return concerns(what, path);
}

/* Sets errno when it does. */
static bool fails(unsigned what, int fd)
{
    const struct kind *kind = &kinds[atomic_load(&present)];
    if ((kind->fails & what) == 0 || !is_of(what, fd)) return false;
    errno = kind->error;
    return true;
}

static bool fails_at(unsigned what, const char *path)
{
    const struct kind *kind = &kinds[atomic_load(&present)];
    if ((kind->fails & what) == 0 || !is_below(path)) return false;
    if (what == OPENS && strstr(path, "/rocks/") == NULL) return false;
    errno = kind->error;
    return true;
}

/* RocksDB merges in threads of its own, which have a name. */
static bool fails_to_write(int fd)
{
    char name[THREAD_NAME_BYTES] = "";
    if (fails(WRITES, fd)) return true;
    if (prctl(PR_GET_NAME, name) != 0 || strcmp(name, "rocksdb:low") != 0) return false;
    return fails(MERGES, fd);
}

#define SEAM __attribute__((visibility("default")))

SEAM int fdatasync(int fd)
{
    return fails(SYNCS, fd) ? -1 : (int)syscall(SYS_fdatasync, fd);
}

SEAM int fsync(int fd)
{
    return fails(SYNCS, fd) ? -1 : (int)syscall(SYS_fsync, fd);
}

SEAM ssize_t write(int fd, const void *bytes, size_t size)
{
    return fails_to_write(fd) ? -1 : (ssize_t)syscall(SYS_write, fd, bytes, size);
}

SEAM ssize_t pwrite(int fd, const void *bytes, size_t size, off_t at)
{
    return fails_to_write(fd) ? -1 : (ssize_t)syscall(SYS_pwrite64, fd, bytes, size, at);
}

/* There is little room at all times, so that the store is as careful as it is then. */
SEAM int statvfs(const char *path, struct statvfs *info)
{
    struct statfs real;
    if (syscall(SYS_statfs, path, &real) != 0) return -1;
    *info = (struct statvfs){.f_bsize = 4096, .f_frsize = 4096, .f_blocks = 1 << 20};
    info->f_bavail = info->f_bfree = 1 << 10;
    return 0;
}

SEAM int rename(const char *from, const char *to)
{
    return fails_at(CHANGES, to) ? -1 : (int)syscall(SYS_rename, from, to);
}

SEAM int unlink(const char *path)
{
    return fails_at(CHANGES, path) ? -1 : (int)syscall(SYS_unlink, path);
}

SEAM int open(const char *path, int flags, ...)
{
    va_list rest;
    va_start(rest, flags);
    const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    if ((flags & (O_CREAT | O_WRONLY | O_RDWR)) != 0 && fails_at(CHANGES, path)) return -1;
    if (fails_at(OPENS, path)) return -1;
    return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}
