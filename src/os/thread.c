/* thread.c -- threads over pthreads. */
#include "os/thread.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <time.h>

enum { NAME_BYTES_MAX = 15, NS_PER_S = 1000000000 };

static void *thread_main(void *ctx)
{
    const struct thread *thread = ctx;
    thread->fn(thread->ctx);
    return NULL;
}

status thread_start(struct thread *thread, const char *name, thread_fn *fn, void *ctx)
{
    assert(strlen(name) <= NAME_BYTES_MAX);
    *thread = (struct thread){.fn = fn, .ctx = ctx};
    sigset_t all;
    sigset_t before;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    const int result = pthread_create(&thread->handle, NULL, thread_main, thread);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (result != 0) return ST_NO_MEMORY;
    (void)pthread_setname_np(thread->handle, name);
    return ST_OK;
}

void thread_rest(uint64_t ns)
{
    struct timespec left = {(time_t)(ns / NS_PER_S), (long)(ns % NS_PER_S)};
    while (clock_nanosleep(CLOCK_MONOTONIC, 0, &left, &left) == EINTR) continue;
}

void thread_join(struct thread *thread)
{
    const int result = pthread_join(thread->handle, NULL);
    assert(result == 0);
    (void)result;
}
