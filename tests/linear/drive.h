/* drive.h -- many clients at once, what they saw as one history, and kills in the middle.
 *
 *     struct drive_plan plan = {.place = DRIVE_HTTP, .clients = 16, .requests = 100, …};
 *     drive_run(&plan, &history, &tally);
 *
 * Each client is a thread with a seed of its own. All use one handle of the library. A server is
 * killed, or stopped, and started again on its port and directory while they go on; what they were
 * told nothing of then belongs to a life of the server that has ended, so it happened before that
 * end or never.
 */
#ifndef STATOR_TESTS_LINEAR_DRIVE_H
#define STATOR_TESTS_LINEAR_DRIVE_H

#include "linear/send.h"

typedef enum { DRIVE_MEM, DRIVE_FILE, DRIVE_HTTP, DRIVE_UNIX } drive_place;

struct drive_plan {
    drive_place place;
    bool is_relaxed;
    bool is_quiet;                  /* see choose.h */
    unsigned clients, requests;     /* of each client */
    unsigned families, family_keys; /* families * family_keys: at most HISTORY_KEYS_MAX */
    unsigned ends;                  /* of the server: two of three are kills */
    uint64_t seed;
    send_fn *send; /* NULL: send_request */
};

/* "http relaxed, 16 clients, …, seed 7" */
void drive_title(const struct drive_plan *plan, char *out, size_t size);

/* Carry the plan out. *history is empty before. */
void drive_run(const struct drive_plan *plan, struct history *history, struct send_tally *tally);

#endif
