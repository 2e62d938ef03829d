/* mutex.h -- a lock.
 *
 *     mutex_init -> mutex_lock … mutex_unlock -> mutex_deinit
 *
 * Locking cannot fail: an error of the system's here is a broken program, and asserted. clang's
 * -Wthread-safety follows who holds what.
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

#endif
