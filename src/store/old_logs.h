/* old_logs.h -- giving back the room of logs that are needed no longer, a little at a time.
 *
 *     old_logs_init -> old_logs_deinit
 *
 * It looks on from beside RocksDB, which makes logs and removes them as ever.
 */
#ifndef STATOR_STORE_OLD_LOGS_H
#define STATOR_STORE_OLD_LOGS_H

#include "os/file.h"
#include "os/folder_watch.h"
#include "os/thread.h"

enum {
    OLD_LOGS_HELD_MAX = 4,
    OLD_LOGS_NAME_BYTES = 32,
    OLD_LOGS_BYTES_MIN = 4 << 20, /* smaller ones are not worth it */
    OLD_LOGS_PIECE_BYTES = 512 << 10,
};

struct old_logs {
    const char *path;
    bool is_on; /* there is a watch, and a thread */
    struct folder_watch watch;
    struct thread thread;

    /* the thread's */
    struct file held[OLD_LOGS_HELD_MAX];
    size_t held_count;
    char newest[OLD_LOGS_NAME_BYTES]; /* the log that is written to, or empty */
};

/* Begin to look after the logs in the folder `path`, which is borrowed. Where the system has no
 * watch or no thread for it, logs go as RocksDB removes them. */
void old_logs_init(struct old_logs *logs, const char *path);

/* Whatever is left goes at once. */
void old_logs_deinit(struct old_logs *logs);

#endif
