/* mutex.c -- mutex and cond over pthreads. */
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

void cond_init(struct cond *cond)
{
    must(pthread_cond_init(&cond->handle, NULL));
}

void cond_deinit(struct cond *cond)
{
    must(pthread_cond_destroy(&cond->handle));
}

void cond_wait(struct cond *cond, struct mutex *mutex)
{
    must(pthread_cond_wait(&cond->handle, &mutex->handle));
}

void cond_wake_one(struct cond *cond)
{
    must(pthread_cond_signal(&cond->handle));
}

void cond_wake_all(struct cond *cond)
{
    must(pthread_cond_broadcast(&cond->handle));
}
