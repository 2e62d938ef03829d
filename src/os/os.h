/* os.h -- the seams between Stator and the machine that a test replaces: clock, waiting, entropy,
 * environment.
 *
 * Whoever needs the time, a pause or a random number is given a `const struct os *`; a test gives
 * one whose clock it turns (and which a pause turns), whose numbers come from a seed, and whose
 * variables it sets. Threads, locks and directories, which tests use as they are, have their own
 * headers in this room.
 */
#ifndef STATOR_OS_OS_H
#define STATOR_OS_OS_H

#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/status.h"

struct cond; /* cond.h, which has the call for `wait`: cond_wait_for */
struct mutex;

struct os {
    void *ctx;
    /* Milliseconds since 1970-01-01T00:00Z. */
    uint64_t (*now_ms)(void *ctx);
    /* Nanoseconds of a clock that never goes back; for durations only. */
    uint64_t (*ticks_ns)(void *ctx);
    /* Fill `out` with `size` unpredictable bytes. ST_IO. */
    status (*entropy)(void *ctx, uint8_t *out, size_t size);
    /* Let go of `mutex`, wait until `cond` is woken or `ns` have passed, and hold it again. */
    void (*wait)(void *ctx, struct cond *cond, struct mutex *mutex, uint64_t ns);
    /* The value of a variable of the environment, or NULL. Good until somebody changes it. */
    const char *(*variable)(void *ctx, const char *name);
};

/* The machine's own; static, usable from any thread. */
MUST_USE const struct os *os_system(void);

/* How long ago the process began, judged by the CPU time it has used: right while it has not waited
 * for anything, as at the start of main, when its libraries have just been loaded. */
MUST_USE uint64_t os_process_age_ns(void);

MUST_USE static inline uint64_t os_now_ms(const struct os *os)
{
    return os->now_ms(os->ctx);
}

MUST_USE static inline uint64_t os_ticks_ns(const struct os *os)
{
    return os->ticks_ns(os->ctx);
}

MUST_USE static inline status os_entropy(const struct os *os, uint8_t *out, size_t size)
{
    return os->entropy(os->ctx, out, size);
}

MUST_USE static inline const char *os_variable(const struct os *os, const char *name)
{
    return os->variable(os->ctx, name);
}

#endif
