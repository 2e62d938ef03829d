/* cond.c -- cond over pthreads. */
#include "os/cond.h"

#include <assert.h>

static void must(int result)
{
    assert(result == 0);
    (void)result;
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

void cond_wait_for(struct cond *cond, struct mutex *mutex, const struct os *os, uint64_t ns)
{
    os->wait(os->ctx, cond, mutex, ns);
}

void cond_wake_one(struct cond *cond)
{
    must(pthread_cond_signal(&cond->handle));
}

void cond_wake_all(struct cond *cond)
{
    must(pthread_cond_broadcast(&cond->handle));
}
