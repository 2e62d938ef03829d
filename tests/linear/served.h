/* served.h -- a `stator serve` of the test's own, that is killed and started again on one port.
 *
 * Each start is a life. What a life was sent can take effect until its end, which is known once the
 * process has been waited for: served_until.
 *
 * Threads: served_until may be called when nothing is started or ended any more.
 */
#ifndef STATOR_TESTS_LINEAR_SERVED_H
#define STATOR_TESTS_LINEAR_SERVED_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum { SERVED_LIVES_MAX = 64, SERVED_OPTIONS_MAX = 8 };

struct served {
    const char *data;                        /* the directory */
    const char *options[SERVED_OPTIONS_MAX]; /* others, ended by NULL */
    uint16_t port;                           /* 0 before the first start: any that is free */
    char url[64];
    pid_t pid; /* 0: none runs */
    int output;
    unsigned lives;
    int64_t begun[SERVED_LIVES_MAX], ended[SERVED_LIVES_MAX]; /* by clock_ns */
};

/* Nanoseconds of the monotonic clock: the time of histories. */
int64_t served_clock_ns(void);

/* Start a life and wait until it answers. The program is STATOR's. */
void served_start(struct served *served);

/* End it, by SIGKILL, or by SIGTERM, which must be the way that it ends well. */
void served_kill(struct served *served);
void served_stop(struct served *served);

/* When what was asked at `call` and lost at `lost` can have happened at the latest. A server that
 * lives does not hang up on a request: it was lost with the life that ended last between the two,
 * or, if none did, belongs to the newest one that had begun. INT64_MAX: that one has not ended.
 * Below `call`: there was no life to take it. */
int64_t served_until(const struct served *served, int64_t call, int64_t lost);

#endif
