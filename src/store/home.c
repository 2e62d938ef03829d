/* home.c -- a marker file that names, versions and locks a data directory.
 *
 *     DIR/STATOR         the marker: one line for programs, the rest for people; locked while open
 *     DIR/STATOR.probe   there for moments, to learn whether there is room
 *     DIR/rocks/         RocksDB's files
 *
 * H1  Nothing is ever made in a directory that was not empty and has no marker.
 * H2  The marker is on disk before anything else is made.
 * H3  Whoever holds the marker's lock, and nobody else, reads or writes the directory.
 * H4  The marker of a copy says that it is one, and not finished, until all of it is on disk.
 * H5  Nothing is opened again in a directory whose marker is not the file that was locked: a disk
 *     that was unmounted leaves an empty one of the same name.
 *
 * RocksDB has a lock of its own, but reports it as an I/O error in words, and its check within one
 * process is another one than between two. The marker is needed anyway, and the kernel's lock on
 * it says both at once.
 *
 * A crash while the marker was written leaves a beginning of its text, or zeros in its place, and
 * by H2 nothing beside it: such a marker is written anew.
 */
#include "store/home.h"

#include <stdio.h>
#include <string.h>

#include "os/folder.h"

#define MARKER_NAME "STATOR"
#define DATA_NAME "rocks"
#define PROBE_NAME "STATOR.probe"
#define MARKER_MAGIC "Stator database, format "
#define MARKER_VERSION "2" /* on disk */

static const char marker_text[] = MARKER_MAGIC MARKER_VERSION
    "\n"
    "\n"
    "The files here belong to a Stator database. Please change none of them by hand.\n"
    "To copy it, stop the server and copy the whole directory.\n";

static const char copy_text[] = "A copy of a Stator database that was not finished\n"; /* H4 */

enum { MARKER_READ_BYTES = 512 };

static char *path_new(const struct mem *mem, const char *dir, const char *name)
{
    const size_t size = strlen(dir) + 1 + strlen(name) + 1;
    char *path = mem_new(mem, size);
    if (path != NULL) (void)snprintf(path, size, "%s/%s", dir, name);
    return path;
}

static void path_free(const struct mem *mem, char *path)
{
    if (path != NULL) mem_free(mem, path, strlen(path) + 1);
}

static status fail_foreign(const char *dir, struct error *err)
{
    return FAIL(err, ST_FOREIGN, "%s is not empty and holds no Stator database", dir);
}

/* Open the marker; H1. Someone else may make it between two looks, hence the third. */
static status marker_open(const char *path, const char *dir, struct file *out, struct error *err)
{
    bool found = false;
    TRY(file_open(path, false, out, &found, err));
    if (found) return ST_OK;
    bool empty = false;
    TRY(folder_is_empty(dir, &empty, err));
    TRY(file_open(path, empty, out, &found, err));
    return found ? ST_OK : fail_foreign(dir, err);
}

static bool marker_is_torn(struct span text)
{
    const struct span whole = span_of(marker_text);
    if (text.len > whole.len || span_eq(text, whole)) return false;
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] != whole.ptr[i] && text.ptr[i] != 0) return false;
    return true;
}

static status version_check(struct span text, const char *dir, struct error *err)
{
    const struct span magic = SPAN(MARKER_MAGIC);
    if (span_eq(text, span_of(copy_text)))
        return FAIL(err, ST_FOREIGN, "%s is a copy of a Stator database that was not finished",
                    dir);
    if (!span_starts_with(text, magic)) return fail_foreign(dir, err);
    if (span_starts_with(text, SPAN(MARKER_MAGIC MARKER_VERSION "\n"))) return ST_OK;
    return FAIL(err, ST_FOREIGN,
                "%s was made by another version of Stator, which this one (format " MARKER_VERSION
                ") cannot read",
                dir);
}

static status marker_check(const struct file *marker, const char *dir, struct error *err)
{
    uint8_t bytes[MARKER_READ_BYTES];
    struct span text = {.ptr = bytes};
    TRY(file_read(marker, bytes, sizeof bytes, &text.len, err));
    if (!marker_is_torn(text)) return version_check(text, dir, err);
    return file_write(marker, span_of(marker_text), err);
}

/* A directory that was just made is in none of its parents' lists on disk yet: sync those too, or
 * a power cut takes everything acknowledged with it. */
static status names_sync(const struct mem *mem, const char *dir, struct error *err)
{
    char *parent = path_new(mem, dir, "..");
    if (parent == NULL) return FAIL_PLAIN(err, ST_NO_MEMORY);
    const status st = folder_sync(parent, err);
    path_free(mem, parent);
    if (st != ST_OK) return st;
    return folder_sync(dir, err);
}

static status marker_take(struct home *home, const char *dir, struct error *err)
{
    TRY(marker_open(home->marker_path, dir, &home->marker, err));
    status st = file_lock(&home->marker, err);
    if (st == ST_LOCKED) (void)FAIL(err, st, "%s is in use by another process", dir);
    if (st == ST_OK) st = marker_check(&home->marker, dir, err);
    if (st == ST_OK) st = folder_make(home->data_path, err);
    if (st == ST_OK) st = names_sync(home->mem, dir, err);
    if (st != ST_OK) file_close(&home->marker);
    return st;
}

static void paths_free(struct home *home)
{
    path_free(home->mem, home->marker_path);
    path_free(home->mem, home->data_path);
    path_free(home->mem, home->probe_path);
}

status home_expect(const char *dir, struct error *err)
{
    bool empty = false;
    TRY(folder_is_empty(dir, &empty, err));
    if (!empty) return ST_OK;
    return FAIL(err, ST_FOREIGN, "%s is empty: it holds no Stator database", dir);
}

typedef status(take_fn)(struct home *home, const char *dir, struct error *err);

static status take(struct home *home, const char *dir, take_fn *fn, struct error *err)
{
    TRY(folder_make(dir, err));
    home->marker_path = path_new(home->mem, dir, MARKER_NAME);
    home->data_path = path_new(home->mem, dir, DATA_NAME);
    home->probe_path = path_new(home->mem, dir, PROBE_NAME);
    const bool made =
        home->marker_path != NULL && home->data_path != NULL && home->probe_path != NULL;
    const status st = made ? fn(home, dir, err) : FAIL_PLAIN(err, ST_NO_MEMORY);
    if (st != ST_OK) paths_free(home);
    return st;
}

status home_open(struct home *home, const struct mem *mem, const char *dir, struct error *err)
{
    *home = (struct home){.mem = mem};
    return take(home, dir, marker_take, err);
}

status home_probe(const struct home *home, uint64_t bytes, struct error *err)
{
    if (!file_is_there(&home->marker))
        return FAIL(err, ST_IO, "%s is not there any more", home->marker_path);
    return file_probe(home->probe_path, bytes, err);
}

/* ---- copies */

static status copy_mark(struct home *home, const char *dir, struct error *err)
{
    status st = file_lock(&home->marker, err);
    if (st == ST_LOCKED) (void)FAIL(err, st, "%s is in use by another process", dir);
    if (st == ST_OK) st = file_write(&home->marker, span_of(copy_text), err);
    if (st == ST_OK) st = names_sync(home->mem, dir, err);
    return st;
}

static status copy_take(struct home *home, const char *dir, struct error *err)
{
    bool empty = false, found = false;
    TRY(folder_is_empty(dir, &empty, err));
    if (!empty) return FAIL(err, ST_FOREIGN, "%s is not empty", dir);
    TRY(file_open(home->marker_path, true, &home->marker, &found, err));
    const status st = copy_mark(home, dir, err);
    if (st != ST_OK) file_close(&home->marker);
    return st;
}

status home_begin_copy(struct home *home, const struct mem *mem, const char *dir, struct error *err)
{
    *home = (struct home){.mem = mem};
    return take(home, dir, copy_take, err);
}

status home_finish_copy(const struct home *home, const char *dir, struct error *err)
{
    TRY(names_sync(home->mem, dir, err)); /* of what was made beside the marker */
    return file_write(&home->marker, span_of(marker_text), err);
}

void home_close(struct home *home)
{
    file_close(&home->marker);
    paths_free(home);
}
