/* mutex.c -- mutex over pthreads. */
#include "os/mutex.h"

#include <assert.h>

static void must(int result)
{
    assert(result == 0);
    (void)result;
}

void mutex_init(struct mutex *mutex)
{
    must(pthread_mutex_init(&mutex->handle, NULL));
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
