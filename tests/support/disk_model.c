/* disk_model.c -- what of a folder would be there after a power cut.
 *
 * What POSIX and the file systems of Linux promise, and RocksDB relies on:
 *
 *   - fsync and fdatasync of a file put its bytes and its length on disk. sync_file_range, close
 *     and rename put nothing there.
 *   - A name is on disk when its folder was synced: a file that was made or renamed, a removal.
 *     Before that, names get there in the order in which they were changed: those of a power cut
 *     are the first so many. POSIX does not promise the order, the journals of ext4, XFS and Btrfs
 *     keep it, and RocksDB relies on it where it makes its first MANIFEST and CURRENT. (These
 *     journals also bring the name of a new file along with its first fsync. This disk does not.)
 *   - A rename is there whole or not at all: a name always leads to the old file or the new one.
 *   - After a sync that failed, what it should have put on disk may never get there, even if a
 *     later sync says that it did: Linux tells of such pages once and takes them for clean. Here
 *     it never does: there are zeros in its place, whatever the cut.
 *   - A removed file whose removal is not on disk is there again, with the bytes that were.
 *
 * And what they leave open: of the bytes that were not synced any part may be there. Here a sector
 * of SECTOR_BYTES is there or not; where the file's length is there and a sector is not, it is
 * zeros. An overwritten sector is the old one or the new one.
 *
 * The notes: durable entries (folder, name, file), and the changes of names since, in order; of
 * each file how much was synced, and, once synced bytes are about to be overwritten or cut off, a
 * copy of them. Each file has a second name, its number, in the vault, a folder beside the watched
 * one: whatever becomes of its first, its bytes can be found. And no inode number is used twice.
 */
#include "support/disk_model.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
    PATH_BYTES = 1024,
    NAME_BYTES = 64,
    FILES_MAX = 8192,
    ENTRIES_MAX = 8192,
    SECTOR_BYTES = 512,
    ROOT = 0,
    GONE = DISK_MODEL_GONE
};

struct file {
    ino_t inode;
    bool is_folder;
    size_t synced;             /* so many bytes are on disk */
    uint8_t *saved;            /* those, where the file has others now; or NULL */
    size_t lost_from, lost_to; /* not on disk, and no sync will put it there */
};

struct entry {
    int folder;
    char name[NAME_BYTES];
    int file; /* or GONE */
};

/* One step: a name, or for a rename two at once. */
struct change {
    struct entry entries[2];
    int count;
};

static struct model {
    char vault[PATH_BYTES];
    struct file files[FILES_MAX];
    int file_count;
    struct entry durable[ENTRIES_MAX];
    int durable_count;
    struct change changes[ENTRIES_MAX]; /* since, in order */
    int change_count;
} model;

/* What went wrong here is no finding about what is tested. */
static void demand(bool holds, const char *what)
{
    if (holds) return;
    perror(what);
    abort();
}

static void vault_path(char out[PATH_BYTES], int file)
{
    (void)snprintf(out, PATH_BYTES, "%.900s/%d", model.vault, file);
}

/* ---- files */

static int file_with(ino_t inode)
{
    for (int i = model.file_count - 1; i >= 0; i--)
        if (model.files[i].inode == inode) return i;
    return GONE;
}

static int file_new(const char *path, const struct stat *info)
{
    const int file = model.file_count++;
    demand(file < FILES_MAX, "more files than disk_model.c has room for");
    model.files[file] = (struct file){.inode = info->st_ino, .is_folder = S_ISDIR(info->st_mode)};
    char second[PATH_BYTES];
    vault_path(second, file);
    if (!S_ISDIR(info->st_mode))
        demand(syscall(SYS_linkat, AT_FDCWD, path, AT_FDCWD, second, 0) == 0, second);
    return file;
}

int disk_model_find(const char *path)
{
    struct stat info;
    if (lstat(path, &info) != 0) return GONE;
    const int known = file_with(info.st_ino);
    return known == GONE ? file_new(path, &info) : known;
}

/* ---- names */

static struct entry entry_of(const char *path, int file)
{
    char folder[PATH_BYTES];
    (void)snprintf(folder, sizeof folder, "%s", path);
    char *slash = strrchr(folder, '/');
    struct entry entry = {.file = file};
    demand(slash != NULL && strlen(slash + 1) < NAME_BYTES, path);
    memcpy(entry.name, slash + 1, strlen(slash + 1) + 1);
    *slash = '\0';
    entry.folder = disk_model_find(folder);
    return entry;
}

/* Let `entry` be what `entries` say of its name. */
static void entry_set(struct entry *entries, int *count, const struct entry *entry)
{
    int at = 0;
    while (at < *count &&
           (entries[at].folder != entry->folder || strcmp(entries[at].name, entry->name) != 0))
        at++;
    demand(at < ENTRIES_MAX, "more names than disk_model.c has room for");
    if (entry->file != GONE) {
        entries[at] = *entry;
        if (at == *count) (*count)++;
    } else if (at < *count) {
        entries[at] = entries[--*count];
    }
}

static void change_set(struct entry *entries, int *count, const struct change *change)
{
    for (int i = 0; i < change->count; i++) entry_set(entries, count, &change->entries[i]);
}

static void note(const struct change *change)
{
    demand(model.change_count < ENTRIES_MAX, "more changes than disk_model.c has room for");
    model.changes[model.change_count++] = *change;
}

void disk_model_made(const char *path)
{
    note(&(struct change){{entry_of(path, disk_model_find(path))}, 1});
}

void disk_model_renamed(int file, const char *from, const char *to)
{
    note(&(struct change){
        {entry_of(to, file), entry_of(from, GONE)},
        2
    });
}

void disk_model_removed(int file, const char *path)
{
    note(&(struct change){{entry_of(path, GONE)}, 1});
    if (model.files[file].is_folder) model.files[file].inode = 0; /* may be given to another */
}

/* What was changed in `folder` is on disk. */
static void folder_synced(int folder)
{
    int left = 0;
    for (int i = 0; i < model.change_count; i++) {
        const struct change *change = &model.changes[i];
        bool here = false;
        for (int j = 0; j < change->count; j++) here = here || change->entries[j].folder == folder;
        if (here)
            change_set(model.durable, &model.durable_count, change);
        else
            model.changes[left++] = *change;
    }
    model.change_count = left;
}

/* ---- bytes */

static size_t file_read(int file, uint8_t *out, size_t size)
{
    char path[PATH_BYTES];
    vault_path(path, file);
    const int fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDONLY);
    demand(fd >= 0, path);
    size_t len = 0;
    long got = 1;
    while (got > 0 && len < size) {
        got = syscall(SYS_read, fd, out + len, size - len);
        demand(got >= 0, path);
        len += (size_t)got;
    }
    (void)syscall(SYS_close, fd);
    return len;
}

static size_t file_size(int file)
{
    char path[PATH_BYTES];
    struct stat info;
    vault_path(path, file);
    demand(stat(path, &info) == 0, path);
    return (size_t)info.st_size;
}

/* At least one byte, so that it is never NULL. */
static uint8_t *bytes_new(size_t size)
{
    uint8_t *bytes = calloc(size + 1, 1);
    demand(bytes != NULL, "memory");
    return bytes;
}

static struct file *file_of(int fd)
{
    struct stat info;
    const int file = fstat(fd, &info) == 0 ? file_with(info.st_ino) : GONE;
    return file == GONE ? NULL : &model.files[file];
}

void disk_model_change(int fd, off_t at)
{
    struct file *file = file_of(fd);
    if (file == NULL || file->saved != NULL || (size_t)at >= file->synced) return;
    file->saved = bytes_new(file->synced);
    (void)file_read((int)(file - model.files), file->saved, file->synced);
}

void disk_model_synced(int fd)
{
    struct file *file = file_of(fd);
    if (file == NULL) return;
    if (file->is_folder) {
        folder_synced((int)(file - model.files));
        return;
    }
    free(file->saved);
    file->saved = NULL;
    file->synced = file_size((int)(file - model.files));
}

void disk_model_not_synced(int fd)
{
    struct file *file = file_of(fd);
    if (file == NULL || file->is_folder) return;
    const size_t size = file_size((int)(file - model.files));
    if (size <= file->synced) return;
    if (file->lost_to == 0) file->lost_from = file->synced;
    file->lost_to = size;
}

/* ---- beginning and end */

static void take_in(const char *path)
{
    const int file = disk_model_find(path);
    if (!model.files[file].is_folder) {
        model.files[file].synced = file_size(file);
        return;
    }
    DIR *dir = opendir(path);
    demand(dir != NULL, path);
    const struct dirent *next = NULL;
    while ((next = readdir(dir)) != NULL) {
        char inner[PATH_BYTES];
        if (strcmp(next->d_name, ".") == 0 || strcmp(next->d_name, "..") == 0) continue;
        (void)snprintf(inner, sizeof inner, "%.700s/%.255s", path, next->d_name);
        take_in(inner); /* no deeper than a data directory is */
        const struct entry entry = entry_of(inner, disk_model_find(inner));
        entry_set(model.durable, &model.durable_count, &entry);
    }
    (void)closedir(dir);
}

void disk_model_begin(const char *folder)
{
    model.file_count = model.durable_count = model.change_count = 0;
    (void)snprintf(model.vault, sizeof model.vault, "%.900s.vault", folder);
    demand(syscall(SYS_mkdirat, AT_FDCWD, model.vault, 0700) == 0, model.vault);
    take_in(folder);
}

void disk_model_end(void)
{
    for (int i = 0; i < model.file_count; i++) {
        char path[PATH_BYTES];
        vault_path(path, i);
        free(model.files[i].saved);
        model.files[i].saved = NULL;
        if (!model.files[i].is_folder) (void)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
    }
    demand(syscall(SYS_unlinkat, AT_FDCWD, model.vault, AT_REMOVEDIR) == 0, model.vault);
}

/* ---- the cut */

struct cut {
    disk_cut kind;
    uint64_t random;
    struct entry entries[ENTRIES_MAX];
    int count;
};

static uint64_t cut_random(struct cut *cut, uint64_t bound)
{
    cut->random = cut->random * 6364136223846793005U + 1442695040888963407U;
    return (cut->random >> 33) % bound;
}

static bool cut_keeps(struct cut *cut)
{
    return cut->kind == DISK_CUT_KEPT || (cut->kind == DISK_CUT_TORN && cut_random(cut, 2) == 0);
}

static void cut_write(const char *path, const uint8_t *bytes, size_t size)
{
    const int fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_EXCL, 0640);
    demand(fd >= 0, path);
    size_t at = 0;
    while (at < size) {
        const long put = syscall(SYS_write, fd, bytes + at, size - at);
        demand(put > 0, path);
        at += (size_t)put;
    }
    (void)syscall(SYS_close, fd);
}

/* The sectors of `now` that are kept take the place of those in `old`, which has room for all. */
static size_t cut_sectors(struct cut *cut, const struct file *file, const uint8_t *now,
                          size_t now_size, uint8_t *old)
{
    const size_t least = file->saved == NULL ? file->synced : 0;
    size_t size = now_size;
    if (cut->kind == DISK_CUT_TORN && now_size > least)
        size = least + (size_t)cut_random(cut, now_size - least + 1);
    for (size_t at = 0; at < size; at += SECTOR_BYTES) {
        const size_t end = at + SECTOR_BYTES < size ? at + SECTOR_BYTES : size;
        if (cut_keeps(cut)) memcpy(old + at, now + at, end - at);
    }
    if (file->saved != NULL && cut->kind == DISK_CUT_TORN && cut_keeps(cut)) return file->synced;
    return size;
}

static void cut_file(struct cut *cut, int number, const char *to)
{
    const struct file *file = &model.files[number];
    const size_t now_size = file_size(number);
    const size_t room = now_size > file->synced ? now_size : file->synced;
    uint8_t *now = bytes_new(room);
    uint8_t *old = bytes_new(room);
    (void)file_read(number, now, now_size);
    for (size_t i = file->lost_from; i < file->lost_to && i < now_size; i++) now[i] = 0;
    memcpy(old, file->saved == NULL ? now : file->saved, file->synced);
    size_t size = file->synced;
    if (cut->kind != DISK_CUT_DROPPED) size = cut_sectors(cut, file, now, now_size, old);
    cut_write(to, old, size);
    free(old);
    free(now);
}

static void cut_folder(struct cut *cut, int folder, const char *to, int depth)
{
    demand(depth < 8, "folders deeper than expected");
    demand(syscall(SYS_mkdirat, AT_FDCWD, to, 0750) == 0, to);
    for (int i = 0; i < cut->count; i++) {
        const struct entry *entry = &cut->entries[i];
        if (entry->folder != folder) continue;
        char path[PATH_BYTES];
        (void)snprintf(path, sizeof path, "%.900s/%s", to, entry->name);
        if (model.files[entry->file].is_folder)
            cut_folder(cut, entry->file, path, depth + 1);
        else
            cut_file(cut, entry->file, path);
    }
}

void disk_model_cut(const char *to, disk_cut kind, uint64_t seed)
{
    static struct cut cut;
    cut.kind = kind;
    cut.random = (seed + 1) * 0x9E3779B97F4A7C15U;
    cut.count = model.durable_count;
    memcpy(cut.entries, model.durable, sizeof cut.entries);
    int named = kind == DISK_CUT_KEPT ? model.change_count : 0;
    if (kind == DISK_CUT_TORN) named = (int)cut_random(&cut, (uint64_t)model.change_count + 1);
    for (int i = 0; i < named; i++) change_set(cut.entries, &cut.count, &model.changes[i]);
    cut_folder(&cut, ROOT, to, 0);
}
