/* folder.h -- making, looking into and measuring a directory.
 *
 * Failures say what was tried and why it failed, in `err`'s one line.
 */
#ifndef STATOR_OS_FOLDER_H
#define STATOR_OS_FOLDER_H

#include "base/error.h"
#include "base/status.h"

/* Make `path` when it is not there; the folder above it must be. Fails as well when a file stands
 * in its place. ST_IO. */
MUST_USE status folder_make(const char *path, struct error *err);

/* Is there nothing in `path`? A file system's own lost+found does not count. ST_IO. */
MUST_USE status folder_is_empty(const char *path, bool *empty, struct error *err);

/* Put the names in `path` on disk: a file made there survives a power cut from now on. ST_IO. */
MUST_USE status folder_sync(const char *path, struct error *err);

/* The disk space that the files directly in `path` take; what cannot be looked at counts as 0. */
MUST_USE uint64_t folder_disk_bytes(const char *path);

/* How much more can be written there; UINT64_MAX when the system does not say. */
MUST_USE uint64_t folder_free_bytes(const char *path);

#endif
