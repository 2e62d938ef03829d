/* disk.c -- see disk.h: the C library's calls, as a test wants them.
 *
 * D1  Whatever changes a watched file is done under the lock, with its note: a power cut sees the
 *     files as the notes say.
 * D2  A call that is failed is not made.
 * D3  A file descriptor is watched while it leads to the inode that it was opened for: a closed
 *     stream (fclose) is not seen here, and its number may come back as anything.
 */
#include "support/disk.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "support/disk_model.h"

enum { PATH_BYTES = 1024, FDS_MAX = 4096 };

struct opened {
    ino_t inode;
    bool watched, is_log;
};

static struct disk {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    char folder[PATH_BYTES]; /* watched; or empty */
    struct opened opened[FDS_MAX];
    uint64_t counts[DISK_CALL_COUNT];

    struct disk_fault fault;
    uint64_t matched, failed;

    bool holds;
    size_t let_through, waiting;

    disk_moment_fn *moment;
    void *moment_ctx;
} disk = {.lock = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP, .changed = PTHREAD_COND_INITIALIZER};

/* ---- what the test says */

static void lock(void)
{
    (void)pthread_mutex_lock(&disk.lock);
}

static void unlock(void)
{
    (void)pthread_mutex_unlock(&disk.lock);
}

void disk_watch(const char *folder)
{
    lock();
    disk_model_begin(folder);
    memset(disk.counts, 0, sizeof disk.counts);
    disk.fault = (struct disk_fault){.calls = 0};
    (void)snprintf(disk.folder, sizeof disk.folder, "%s", folder);
    unlock();
}

void disk_forget(void)
{
    lock();
    disk.folder[0] = '\0';
    disk.moment = NULL;
    memset(disk.opened, 0, sizeof disk.opened);
    disk_model_end();
    unlock();
}

uint64_t disk_count(disk_call call)
{
    lock();
    const uint64_t count = disk.counts[call];
    unlock();
    return count;
}

void disk_fail(const struct disk_fault *fault)
{
    lock();
    disk.fault = *fault;
    disk.matched = disk.failed = 0;
    unlock();
}

uint64_t disk_heal(void)
{
    lock();
    const uint64_t failed = disk.failed;
    disk.fault = (struct disk_fault){.calls = 0};
    disk.failed = 0;
    unlock();
    return failed;
}

void disk_hold(size_t let_through)
{
    lock();
    disk.holds = true;
    disk.let_through = let_through;
    (void)pthread_cond_broadcast(&disk.changed);
    unlock();
}

void disk_release(void)
{
    lock();
    disk.holds = false;
    (void)pthread_cond_broadcast(&disk.changed);
    unlock();
}

void disk_wait_for_held_sync(void)
{
    lock();
    while (disk.waiting == 0) (void)pthread_cond_wait(&disk.changed, &disk.lock);
    unlock();
}

void disk_power_cut(const char *to, disk_cut cut, uint64_t seed)
{
    lock();
    disk_model_cut(to, cut, seed);
    unlock();
}

void disk_before_sync(disk_moment_fn *moment, void *ctx)
{
    lock();
    disk.moment = moment;
    disk.moment_ctx = ctx;
    unlock();
}

/* ---- which calls concern the folder */

/* `path` without "//" and "..", which lead nowhere else here: there are no symbolic links. */
static void plain_path(const char *path, char out[PATH_BYTES])
{
    size_t len = 0;
    while (*path != '\0') {
        const size_t part = strcspn(path, "/");
        const bool is_up = part == 2 && memcmp(path, "..", 2) == 0;
        if (is_up)
            while (len > 0 && out[--len] != '/') continue;
        if (part > 0 && !is_up && !(part == 1 && *path == '.') && len + part + 2 < PATH_BYTES) {
            out[len++] = '/';
            memcpy(out + len, path, part);
            len += part;
        }
        path += part;
        if (*path == '/') path++;
    }
    out[len] = '\0';
}

static bool is_log(const char *path)
{
    const size_t len = strlen(path);
    return len > 4 && strcmp(path + len - 4, ".log") == 0;
}

/* The folder itself or something in it; `plain` is then its path. */
static bool is_watched(const char *path, char plain[PATH_BYTES])
{
    const size_t len = strlen(disk.folder);
    plain[0] = '\0';
    if (len == 0 || path[0] != '/') return false;
    plain_path(path, plain);
    return strncmp(plain, disk.folder, len) == 0 && (plain[len] == '/' || plain[len] == '\0');
}

static const struct opened *opened_at(int fd)
{
    struct stat info;
    if (fd < 0 || fd >= FDS_MAX || !disk.opened[fd].watched) return NULL;
    if (fstat(fd, &info) == 0 && info.st_ino == disk.opened[fd].inode) return &disk.opened[fd];
    disk.opened[fd].watched = false; /* D3 */
    return NULL;
}

/* ---- whether a call fails */

static bool in_the_fault(disk_call call, bool log)
{
    return (disk.fault.calls & DISK_BIT(call)) != 0 && (log || !disk.fault.logs_only);
}

/* 0, or the errno. *is_short where the call shall do half of its work. */
static int count_call(disk_call call, bool log, bool *is_short)
{
    const struct disk_fault *fault = &disk.fault;
    *is_short = false;
    disk.counts[call]++;
    if (!in_the_fault(call, log)) return 0;
    const uint64_t at = ++disk.matched;
    if (at < fault->nth || (at > fault->nth && !fault->lasting)) return 0;
    disk.failed++;
    *is_short = fault->is_short && at == fault->nth;
    return *is_short ? 0 : fault->error;
}

static int count_plain(disk_call call, bool log)
{
    bool is_short = false;
    return count_call(call, log, &is_short);
}

/* Set errno and say -1. */
static int refuse(int error)
{
    errno = error;
    return -1;
}

#define SHOWN __attribute__((visibility("default")))

/* ---- opening and closing */

static disk_call open_call(int flags)
{
    if ((flags & O_CREAT) != 0) return DISK_CREATE;
    return (flags & O_ACCMODE) == O_RDONLY ? DISK_OPEN : DISK_REOPEN;
}

static void note_opened(int fd, const char *path, bool is_new)
{
    struct stat info;
    if (fd >= FDS_MAX || fstat(fd, &info) != 0) abort();
    disk.opened[fd] = (struct opened){info.st_ino, true, is_log(path)};
    if (is_new) disk_model_made(path);
}

static int open_watched(const char *path, int flags, unsigned mode)
{
    const int error = count_plain(open_call(flags), is_log(path));
    if (error != 0) return refuse(error);
    struct stat info;
    const bool is_new = (flags & O_CREAT) != 0 && lstat(path, &info) != 0;
    const int fd = (int)syscall(SYS_openat, AT_FDCWD, path, flags & ~O_TRUNC, mode);
    if (fd < 0) return fd;
    note_opened(fd, path, is_new);
    if ((flags & O_TRUNC) == 0) return fd;
    disk_model_change(fd, 0);
    return syscall(SYS_ftruncate, fd, 0) == 0 ? fd : -1;
}

SHOWN int open(const char *path, int flags, ...)
{
    va_list args;
    va_start(args, flags);
    const unsigned mode = (flags & O_CREAT) != 0 ? va_arg(args, unsigned) : 0;
    va_end(args);
    char plain[PATH_BYTES];
    lock();
    const bool watched = is_watched(path, plain);
    const int fd = watched ? open_watched(plain, flags, mode) : -1;
    const int error = errno;
    unlock();
    if (!watched) return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
    errno = error;
    return fd;
}

SHOWN int close(int fd)
{
    lock();
    const struct opened *opened = opened_at(fd);
    const int error = opened == NULL ? 0 : count_plain(DISK_CLOSE, opened->is_log);
    if (opened != NULL) disk.opened[fd].watched = false;
    unlock();
    const int result = (int)syscall(SYS_close, fd); /* a close that fails has closed, in Linux */
    return error == 0 ? result : refuse(error);
}

/* ---- reading */

SHOWN ssize_t pread(int fd, void *bytes, size_t size, off_t at)
{
    bool is_short = false;
    lock();
    const struct opened *opened = opened_at(fd);
    const int error = opened == NULL ? 0 : count_call(DISK_READ, opened->is_log, &is_short);
    unlock();
    if (error != 0) return refuse(error);
    return syscall(SYS_pread64, fd, bytes, is_short ? (size + 1) / 2 : size, at);
}

SHOWN DIR *opendir(const char *path)
{
    static DIR *(*real)(const char *);
    char plain[PATH_BYTES];
    lock();
    if (real == NULL) {
        void *found = dlsym(RTLD_NEXT, "opendir");
        memcpy(&real, &found, sizeof found);
    }
    const int error = is_watched(path, plain) ? count_plain(DISK_LIST, false) : 0;
    unlock();
    if (error == 0) return real(path);
    errno = error;
    return NULL;
}

/* ---- writing */

/* `at` is -1 for the file's own place. */
static ssize_t write_at(int fd, const void *bytes, size_t size, off_t at)
{
    if (at < 0) return syscall(SYS_write, fd, bytes, size);
    return syscall(SYS_pwrite64, fd, bytes, size, at);
}

static ssize_t write_watched(int fd, const void *bytes, size_t size, off_t at)
{
    bool is_short = false;
    const int error = count_call(DISK_WRITE, disk.opened[fd].is_log, &is_short);
    if (error != 0) return refuse(error);
    disk_model_change(fd, at < 0 ? lseek(fd, 0, SEEK_CUR) : at);
    return write_at(fd, bytes, is_short ? (size + 1) / 2 : size, at);
}

static ssize_t write_any(int fd, const void *bytes, size_t size, off_t at)
{
    lock();
    const bool watched = opened_at(fd) != NULL;
    const ssize_t put = watched ? write_watched(fd, bytes, size, at) : -1;
    const int error = errno;
    unlock();
    if (!watched) return write_at(fd, bytes, size, at);
    errno = error;
    return put;
}

SHOWN ssize_t write(int fd, const void *bytes, size_t size)
{
    return write_any(fd, bytes, size, -1);
}

SHOWN ssize_t pwrite(int fd, const void *bytes, size_t size, off_t at)
{
    return write_any(fd, bytes, size, at);
}

SHOWN int ftruncate(int fd, off_t size)
{
    lock();
    const struct opened *opened = opened_at(fd);
    const int error = opened == NULL ? 0 : count_plain(DISK_TRUNCATE, opened->is_log);
    if (opened != NULL && error == 0) disk_model_change(fd, size);
    const int result = error == 0 ? (int)syscall(SYS_ftruncate, fd, size) : refuse(error);
    unlock();
    return result;
}

SHOWN int fallocate(int fd, int mode, off_t at, off_t size)
{
    lock();
    const struct opened *opened = opened_at(fd);
    const int error = opened == NULL ? 0 : count_plain(DISK_ALLOCATE, opened->is_log);
    unlock();
    return error == 0 ? (int)syscall(SYS_fallocate, fd, mode, at, size) : refuse(error);
}

/* ---- syncs */

static void wait_while_held(void)
{
    disk.waiting++;
    (void)pthread_cond_broadcast(&disk.changed);
    while (disk.holds && disk.let_through == 0) (void)pthread_cond_wait(&disk.changed, &disk.lock);
    disk.waiting--;
    if (disk.holds) disk.let_through--;
}

static int sync_watched(int fd)
{
    const bool log = disk.opened[fd].is_log;
    if (log) wait_while_held();
    if (disk.moment != NULL) disk.moment(disk.moment_ctx);
    const int error = count_plain(DISK_SYNC, log);
    if (error != 0) {
        disk_model_not_synced(fd);
        return refuse(error);
    }
    disk_model_synced(fd);
    return 0;
}

static int sync_any(int fd, long call)
{
    lock();
    const bool watched = opened_at(fd) != NULL;
    const int result = watched ? sync_watched(fd) : 0;
    const int error = errno;
    unlock();
    if (!watched) return (int)syscall(call, fd);
    errno = error;
    return result;
}

SHOWN int fsync(int fd)
{
    return sync_any(fd, SYS_fsync);
}

SHOWN int fdatasync(int fd)
{
    return sync_any(fd, SYS_fdatasync);
}

SHOWN int sync_file_range(int fd, off_t at, off_t size, unsigned flags)
{
    lock();
    const struct opened *opened = opened_at(fd);
    const int error = opened == NULL ? 0 : count_plain(DISK_RANGE, opened->is_log);
    unlock();
    if (error != 0) return refuse(error);
    return opened != NULL ? 0 : (int)syscall(SYS_sync_file_range, fd, at, size, flags);
}

/* ---- names */

struct names {
    const char *from, *to; /* `to` is NULL where there is one */
    unsigned number;       /* the system's mode or flag */
};

static long name_call(disk_call call, const struct names *names)
{
    if (call == DISK_MKDIR) return syscall(SYS_mkdirat, AT_FDCWD, names->from, names->number);
    if (call == DISK_RENAME)
        return syscall(SYS_renameat, AT_FDCWD, names->from, AT_FDCWD, names->to);
    if (call == DISK_LINK)
        return syscall(SYS_linkat, AT_FDCWD, names->from, AT_FDCWD, names->to, 0);
    return syscall(SYS_unlinkat, AT_FDCWD, names->from, names->number);
}

static long name_watched(disk_call call, const struct names *names)
{
    const int error = count_plain(call, is_log(names->from));
    if (error != 0) return refuse(error);
    const int file = disk_model_find(names->from);
    const long result = name_call(call, names);
    if (result != 0) return result;
    if (call == DISK_RENAME) disk_model_renamed(file, names->from, names->to);
    if (call == DISK_UNLINK || call == DISK_RMDIR) disk_model_removed(file, names->from);
    if (call == DISK_MKDIR) disk_model_made(names->from);
    if (call == DISK_LINK) disk_model_made(names->to);
    return result;
}

static int name_any(disk_call call, const struct names *names)
{
    char from[PATH_BYTES], to[PATH_BYTES];
    lock();
    const bool watched =
        is_watched(names->from, from) && (names->to == NULL || is_watched(names->to, to));
    const struct names plain = {from, names->to == NULL ? NULL : to, names->number};
    const long result = watched ? name_watched(call, &plain) : -1;
    const int error = errno;
    unlock();
    if (!watched) return (int)name_call(call, names);
    errno = error;
    return (int)result;
}

SHOWN int mkdir(const char *path, mode_t mode)
{
    return name_any(DISK_MKDIR, &(struct names){path, NULL, mode});
}

SHOWN int rmdir(const char *path)
{
    return name_any(DISK_RMDIR, &(struct names){path, NULL, AT_REMOVEDIR});
}

SHOWN int unlink(const char *path)
{
    return name_any(DISK_UNLINK, &(struct names){path, NULL, 0});
}

SHOWN int rename(const char *from, const char *to)
{
    return name_any(DISK_RENAME, &(struct names){from, to, 0});
}

SHOWN int link(const char *from, const char *to)
{
    return name_any(DISK_LINK, &(struct names){from, to, 0});
}
