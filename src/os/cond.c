/* cond.c -- cond over pthreads. */
#include "os/cond.h"

#include <assert.h>
#include <errno.h>
#include <time.h>

enum { MS_PER_S = 1000, NS_PER_MS = 1000000, NS_PER_S = 1000000000 };

static void must(int result)
{
    assert(result == 0);
    (void)result;
}

void cond_init(struct cond *cond)
{
    pthread_condattr_t attributes;
    must(pthread_condattr_init(&attributes));
    must(pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC));
    must(pthread_cond_init(&cond->handle, &attributes));
    must(pthread_condattr_destroy(&attributes));
}

void cond_deinit(struct cond *cond)
{
    must(pthread_cond_destroy(&cond->handle));
}

void cond_wait(struct cond *cond, struct mutex *mutex)
{
    must(pthread_cond_wait(&cond->handle, &mutex->handle));
}

static struct timespec time_after(uint64_t ms)
{
    struct timespec time;
    must(clock_gettime(CLOCK_MONOTONIC, &time));
    time.tv_sec += (time_t)(ms / MS_PER_S);
    time.tv_nsec += (long)(ms % MS_PER_S) * NS_PER_MS;
    if (time.tv_nsec < NS_PER_S) return time;
    time.tv_sec++;
    time.tv_nsec -= NS_PER_S;
    return time;
}

void cond_wait_for(struct cond *cond, struct mutex *mutex, uint64_t ms)
{
    const struct timespec end = time_after(ms);
    const int result = pthread_cond_timedwait(&cond->handle, &mutex->handle, &end);
    must(result == ETIMEDOUT ? 0 : result);
}

void cond_wake_one(struct cond *cond)
{
    must(pthread_cond_signal(&cond->handle));
}

void cond_wake_all(struct cond *cond)
{
    must(pthread_cond_broadcast(&cond->handle));
}
