/* errand.h -- asking a database that may answer later, from another thread.
 *
 *     errand_begin -> … start; while (!errand.finished) { errand_await; … continue } -> errand_end
 *
 * For the fuzzers whose calls say when they are to be continued and when they are over.
 */
#ifndef STATOR_FUZZ_ERRAND_H
#define STATOR_FUZZ_ERRAND_H

#include "base/arena.h"
#include "base/buf.h"
#include "os/cond.h"

enum { ERRAND_REPLY_BYTES_MAX = 64 << 20 };

struct errand {
    struct arena arena; /* of the call */
    struct buf reply;
    bool finished;

    struct mutex lock;
    struct cond woken;
    bool resumed GUARDED_BY(lock);
};

void errand_begin(struct errand *errand);
void errand_end(struct errand *errand);

/* The call is to be continued. Any thread. */
void errand_resume(struct errand *errand);

/* It is over, once. */
void errand_finish(struct errand *errand);

/* Wait until it is to be continued. */
void errand_await(struct errand *errand);

#endif
