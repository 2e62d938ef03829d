/* thread.h -- starting a thread, letting one rest, and waiting for its end. */
#ifndef STATOR_OS_THREAD_H
#define STATOR_OS_THREAD_H

#include <pthread.h>
#include <stdint.h>

#include "base/status.h"

typedef void(thread_fn)(void *ctx);

/* In the caller's memory; not to be moved or freed until thread_join returns. */
struct thread {
    pthread_t handle;
    thread_fn *fn;
    void *ctx;
};

/* Run fn(ctx) on a new thread. `name` (15 bytes at most) is what ps and debuggers show. Signals
 * are blocked on it: they belong to the main thread. ST_NO_MEMORY: the system gave no thread. */
MUST_USE status thread_start(struct thread *thread, const char *name, thread_fn *fn, void *ctx);

/* Let the calling thread do nothing for `ns` nanoseconds, or a little longer. */
void thread_rest(uint64_t ns);

/* Wait until fn has returned. */
void thread_join(struct thread *thread);

#endif
