/* mutex.c -- mutex over pthreads.
 *
 * What locks guard here takes less than a microsecond, and putting a thread to sleep and waking it
 * takes ten. So where the system offers it, a thread that meets a lock looks a hundred times before
 * it sleeps (glibc's adaptive kind).
 */
#include "os/mutex.h"

#include <assert.h>

static void must(int result)
{
    assert(result == 0);
    (void)result;
}

void mutex_init(struct mutex *mutex)
{
#ifdef __GLIBC__
    pthread_mutexattr_t kind;
    must(pthread_mutexattr_init(&kind));
    must(pthread_mutexattr_settype(&kind, PTHREAD_MUTEX_ADAPTIVE_NP));
    must(pthread_mutex_init(&mutex->handle, &kind));
    must(pthread_mutexattr_destroy(&kind));
#else
    must(pthread_mutex_init(&mutex->handle, NULL));
#endif
}

void mutex_deinit(struct mutex *mutex)
{
    must(pthread_mutex_destroy(&mutex->handle));
}

/* The analysis of locks ends at the wrapper: it cannot see that pthreads did as they were told. */
NO_THREAD_SAFETY void mutex_lock(struct mutex *mutex)
{
    must(pthread_mutex_lock(&mutex->handle));
}

NO_THREAD_SAFETY void mutex_unlock(struct mutex *mutex)
{
    must(pthread_mutex_unlock(&mutex->handle));
}
