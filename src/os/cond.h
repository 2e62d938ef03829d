/* cond.h -- waiting, under a mutex, for something to become true.
 *
 *     cond_init -> cond_wait, cond_wait_for, cond_wake_one, cond_wake_all -> cond_deinit
 *
 * A wait may end without a wake: wait in a loop over the thing waited for.
 */
#ifndef STATOR_OS_COND_H
#define STATOR_OS_COND_H

#include "os/mutex.h"
#include "os/os.h"

struct cond {
    pthread_cond_t handle;
};

void cond_init(struct cond *cond);
void cond_deinit(struct cond *cond);

/* Let go of the mutex, wait, and hold it again. */
void cond_wait(struct cond *cond, struct mutex *mutex) REQUIRES(*mutex);
/* As cond_wait, for at most `ns` by the clock of `os`. */
void cond_wait_for(struct cond *cond, struct mutex *mutex, const struct os *os, uint64_t ns)
    REQUIRES(*mutex);
void cond_wake_one(struct cond *cond);
void cond_wake_all(struct cond *cond);

#endif
