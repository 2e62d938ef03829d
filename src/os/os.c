/* os.c -- the machine's own clock, waiting, entropy and environment. */
#include "os/os.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

#include "os/cond.h"

enum { MS_PER_S = 1000, NS_PER_MS = 1000000, NS_PER_S = 1000000000 };

static uint64_t clock_read(clockid_t clock, uint64_t *ns)
{
    struct timespec now;
    const int result = clock_gettime(clock, &now);
    assert(result == 0);
    (void)result;
    *ns = (uint64_t)now.tv_nsec;
    return (uint64_t)now.tv_sec;
}

static uint64_t system_now_ms(void *ctx)
{
    (void)ctx;
    uint64_t ns = 0;
    const uint64_t s = clock_read(CLOCK_REALTIME, &ns);
    return s * MS_PER_S + ns / NS_PER_MS;
}

static uint64_t system_ticks_ns(void *ctx)
{
    (void)ctx;
    uint64_t ns = 0;
    const uint64_t s = clock_read(CLOCK_MONOTONIC, &ns);
    return s * NS_PER_S + ns;
}

static status system_entropy(void *ctx, uint8_t *out, size_t size)
{
    (void)ctx;
    while (size > 0) {
        const ssize_t got = getrandom(out, size, 0);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return ST_IO;
        out += got;
        size -= (size_t)got;
    }
    return ST_OK;
}

/* Measured by the clock that never goes back: setting the other must not lengthen a pause. */
static void system_wait(void *ctx, struct cond *cond, struct mutex *mutex, uint64_t ns)
{
    (void)ctx;
    uint64_t now_ns = 0;
    const uint64_t now_s = clock_read(CLOCK_MONOTONIC, &now_ns);
    const uint64_t end_ns = now_ns + ns % NS_PER_S;
    const struct timespec end = {
        .tv_sec = (time_t)(now_s + ns / NS_PER_S + end_ns / NS_PER_S),
        .tv_nsec = (long)(end_ns % NS_PER_S),
    };
    const int result = pthread_cond_clockwait(&cond->handle, &mutex->handle, CLOCK_MONOTONIC, &end);
    assert(result == 0 || result == ETIMEDOUT);
    (void)result;
}

/* Not for a program that runs with more rights than its caller: then there is no environment. */
static const char *system_variable(void *ctx, const char *name)
{
    (void)ctx;
    return secure_getenv(name);
}

static const struct os machine = {
    .now_ms = system_now_ms,
    .ticks_ns = system_ticks_ns,
    .entropy = system_entropy,
    .wait = system_wait,
    .variable = system_variable,
};

const struct os *os_system(void)
{
    return &machine;
}

uint64_t os_process_age_ns(void)
{
    uint64_t ns = 0;
    const uint64_t s = clock_read(CLOCK_PROCESS_CPUTIME_ID, &ns);
    return s * NS_PER_S + ns;
}
