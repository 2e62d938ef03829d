/* disk_model.h -- what of a folder would be there after a power cut. For disk.c alone, which calls
 * this under its lock, and after the system has done its part unless "before" is said.
 */
#ifndef STATOR_TESTS_SUPPORT_DISK_MODEL_H
#define STATOR_TESTS_SUPPORT_DISK_MODEL_H

#include <sys/types.h>

#include "support/disk.h"

void disk_model_begin(const char *folder);
void disk_model_end(void);

enum { DISK_MODEL_GONE = -1 };

/* The number of what is at `path`, or DISK_MODEL_GONE. */
int disk_model_find(const char *path);

/* `path` leads to something now: a file or a folder that was made, or a further name. */
void disk_model_made(const char *path);
/* What was at `from` is at `to`; what was at `path` is not; each was found before. */
void disk_model_renamed(int file, const char *from, const char *to);
void disk_model_removed(int file, const char *path);

/* Before bytes of `fd` from `at` on change or go. */
void disk_model_change(int fd, off_t at);
void disk_model_synced(int fd);
void disk_model_not_synced(int fd); /* a sync of it failed */

void disk_model_cut(const char *to, disk_cut cut, uint64_t seed);

#endif
