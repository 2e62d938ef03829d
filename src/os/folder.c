/* folder.c -- directories over system calls. */
#include "os/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum { FOLDER_MODE = 0750, STAT_BLOCK_BYTES = 512 };

static status fail(const char *path, const char *verb, struct error *err)
{
    return FAIL(err, ST_IO, "cannot %s %s: %s", verb, path, strerror(errno));
}

status folder_make(const char *path, struct error *err)
{
    if (mkdir(path, FOLDER_MODE) == 0) return ST_OK;
    if (errno != EEXIST) return fail(path, "make the directory", err);
    struct stat info;
    if (stat(path, &info) != 0) return fail(path, "look at", err);
    if (!S_ISDIR(info.st_mode)) return FAIL(err, ST_IO, "%s is not a directory", path);
    return ST_OK;
}

static bool name_counts(const char *name)
{
    static const char *const ignored[] = {".", "..", "lost+found"};
    for (size_t i = 0; i < ARRAY_COUNT(ignored); i++)
        if (strcmp(name, ignored[i]) == 0) return false;
    return true;
}

status folder_is_empty(const char *path, bool *empty, struct error *err)
{
    DIR *dir = opendir(path);
    if (dir == NULL) return fail(path, "read the directory", err);
    bool found = false;
    const struct dirent *entry = NULL;
    errno = 0;
    while (!found && (entry = readdir(dir)) != NULL) found = name_counts(entry->d_name);
    const int failed = found ? 0 : errno;
    (void)closedir(dir);
    errno = failed;
    if (failed != 0) return fail(path, "read the directory", err);
    *empty = !found;
    return ST_OK;
}

status folder_sync(const char *path, struct error *err)
{
    const int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return fail(path, "open the directory", err);
    const int failed = fsync(fd) == 0 ? 0 : errno;
    (void)close(fd);
    errno = failed;
    if (failed != 0) return fail(path, "sync the directory", err);
    return ST_OK;
}

uint64_t folder_disk_bytes(const char *path)
{
    DIR *dir = opendir(path);
    if (dir == NULL) return 0;
    uint64_t blocks = 0;
    const struct dirent *entry = NULL;
    while ((entry = readdir(dir)) != NULL) {
        struct stat info;
        if (fstatat(dirfd(dir), entry->d_name, &info, AT_SYMLINK_NOFOLLOW) != 0) continue;
        if (S_ISREG(info.st_mode)) blocks += (uint64_t)info.st_blocks;
    }
    (void)closedir(dir);
    return blocks * STAT_BLOCK_BYTES;
}

uint64_t folder_free_bytes(const char *path)
{
    struct statvfs info;
    if (statvfs(path, &info) != 0 || info.f_blocks == 0) return UINT64_MAX;
    return (uint64_t)info.f_bavail * info.f_frsize;
}
