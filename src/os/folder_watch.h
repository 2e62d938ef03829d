/* folder_watch.h -- being told which files come to a folder and go from it.
 *
 *     folder_watch_open -> folder_watch_next … -> (folder_watch_end, by another thread)
 *                                              -> folder_watch_close
 *
 * Threads: one asks for what comes next; any other may end its waiting.
 */
#ifndef STATOR_OS_FOLDER_WATCH_H
#define STATOR_OS_FOLDER_WATCH_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attributes.h"
#include "base/status.h"

enum { FOLDER_WATCH_BYTES = 4096 };

struct folder_watch {
    int events; /* of the system */
    int bell;   /* rung once, at the end */
    size_t at;  /* how far `bytes` have been handed out */
    size_t len;
    _Alignas(8) char bytes[FOLDER_WATCH_BYTES];
};

struct folder_change {
    const char *name; /* a file's, without the folder; valid until the next change is asked for */
    bool is_gone;     /* or it has come, made there or moved there */
};

/* ST_IO: the folder is not there, or the system watches no more folders. */
MUST_USE status folder_watch_open(const char *path, struct folder_watch *out);
void folder_watch_close(struct folder_watch *watch);

/* Wait for a change. False: it has been ended. Changes that come much faster than they are asked
 * for may be left out. */
MUST_USE bool folder_watch_next(struct folder_watch *watch, struct folder_change *out);

/* Has it been? */
MUST_USE bool folder_watch_is_ended(const struct folder_watch *watch);

/* Whoever waits stops waiting, now and from now on. */
void folder_watch_end(const struct folder_watch *watch);

#endif
