/* old_logs.h -- giving back the room of logs that are needed no longer, a little at a time.
 *
 *     old_logs_init -> old_logs_ring … -> old_logs_deinit
 *
 * RocksDB moves such a log to a folder (rocks.c, R7); from there a thread takes it away.
 */
#ifndef STATOR_STORE_OLD_LOGS_H
#define STATOR_STORE_OLD_LOGS_H

#include <stdatomic.h>
#include <stdbool.h>

#include "os/cond.h"
#include "os/thread.h"

struct old_logs {
    /* constant after old_logs_init */
    const char *path;
    struct thread thread;

    atomic_bool is_rung; /* there may be more since the thread looked */

    struct mutex lock;
    struct cond changed;
    bool is_ending GUARDED_BY(lock);
};

/* Begin to take away what is in the folder `path`, which is borrowed, and may come to be there
 * later. ST_NO_MEMORY: the system gave no thread. */
MUST_USE status old_logs_init(struct old_logs *logs, const char *path);

/* Take the rest away at once. Nobody writes any longer. */
void old_logs_deinit(struct old_logs *logs);

/* Take away at once what is there, for somebody who waits for it. From any thread. */
void old_logs_clear(const struct old_logs *logs);

/* Something was written, so a log may be needed no longer before long. From any thread; it costs
 * one look at a flag, and fifty times a second a wake. */
void old_logs_ring(struct old_logs *logs);

#endif
