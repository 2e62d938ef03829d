/* file.h -- small files, held open and locked.
 *
 * For the few files that Stator keeps itself (the marker of a data directory) or is told to read;
 * the data's own files are its engine's. Failures say what was tried and why it failed, in `err`'s
 * one line.
 *
 *     file_open -> file_lock -> file_read | file_write … -> file_close
 *     file_load                                                         a whole file, in one call
 *     file_probe                                                        would one find room?
 *
 * Threads: one at a time.
 */
#ifndef STATOR_OS_FILE_H
#define STATOR_OS_FILE_H

#include "base/buf.h"
#include "base/error.h"
#include "base/span.h"
#include "base/status.h"

struct file {
    int fd;
    const char *path; /* the caller's; for messages */
};

/* Open `path` for reading and writing; it is made, empty, when `make` and not there. *found is
 * false, and *out untouched, when it is neither there nor to be made. ST_IO. */
MUST_USE status file_open(const char *path, bool make, struct file *out, bool *found,
                          struct error *err);
void file_close(struct file *file);

/* Does its path still lead to it, and not to nothing or another file? */
MUST_USE bool file_is_there(const struct file *file);

/* Hold the file for this opening of it alone, until file_close or the end of the process, however
 * it ends. ST_LOCKED: another opening holds it, in this process or another. ST_IO. */
MUST_USE status file_lock(const struct file *file, struct error *err);

/* Its first `size` bytes, or fewer: *len. ST_IO. */
MUST_USE status file_read(const struct file *file, uint8_t *out, size_t size, size_t *len,
                          struct error *err);

/* Make `bytes` the whole of the file, on disk when this returns. ST_IO. */
MUST_USE status file_write(const struct file *file, struct span bytes, struct error *err);

/* Append all of `path`, which need not be writable, to `out`. *found is false when it is not there.
 * ST_IO, ST_LIMIT (more than `out` may hold), ST_NO_MEMORY. */
MUST_USE status file_load(const char *path, struct buf *out, bool *found, struct error *err);

/* Let a write beyond the limit that the process has on the size of its files fail, as one to a full
 * disk does, instead of ending the process. For a program's main only. */
void file_limit_fails(void);

/* Hold on to the file at `path` so that its bytes stay when its name goes, until file_close. False:
 * it is not there, is no file, cannot be written, or has fewer than `bytes_min`. */
MUST_USE bool file_hold(const char *path, uint64_t bytes_min, struct file *out);

/* Has a file that was held lost its name since? */
MUST_USE bool file_is_nameless(const struct file *file);

/* Cut up to `bytes` off the end of a file that was held and has lost its name since. False: nothing
 * is left of it, or it still has a name, or the system refuses. */
MUST_USE bool file_cut(const struct file *file, uint64_t bytes);

/* Would `bytes` more find room at `path`, and reach the disk? They are written and synced to learn
 * it, and are gone when this returns, or the process ends. What has that name before goes as well;
 * what a link there leads to stays as it is. ST_IO: why not. */
MUST_USE status file_probe(const char *path, uint64_t bytes, struct error *err);

#endif
