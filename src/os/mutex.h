/* mutex.h -- a lock, and a condition to wait for under it.
 *
 *     mutex_init -> mutex_lock … mutex_unlock -> mutex_deinit
 *     cond_init  -> cond_wait (under its mutex), cond_wake_one, cond_wake_all -> cond_deinit
 *
 * Locking cannot fail: an error of the system's here is a broken program, and asserted. A wait may
 * end without a wake: wait in a loop over the thing waited for.
 */
#ifndef STATOR_OS_MUTEX_H
#define STATOR_OS_MUTEX_H

#include <pthread.h>

#include "base/attributes.h"

struct LOCK_TYPE mutex {
    pthread_mutex_t handle;
};

void mutex_init(struct mutex *mutex);
void mutex_deinit(struct mutex *mutex);
void mutex_lock(struct mutex *mutex) ACQUIRES(*mutex);
void mutex_unlock(struct mutex *mutex) RELEASES(*mutex);

struct cond {
    pthread_cond_t handle;
};

void cond_init(struct cond *cond);
void cond_deinit(struct cond *cond);
void cond_wait(struct cond *cond, struct mutex *mutex) REQUIRES(*mutex);
void cond_wake_one(struct cond *cond);
void cond_wake_all(struct cond *cond);

#endif
