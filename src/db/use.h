/* use.h -- things that belong to one thread at a time: pagers, batches, transactions, results.
 *
 *     static stator_rc f(stator_pager *pager)
 *         use_begin(&pager->use, pager != NULL …) -> … -> use_end
 *
 * U1  Two threads that use one thing at the same time are a mistake of the program's, and the
 *     second is told so instead of meeting half-changed memory.
 */
#ifndef STATOR_DB_USE_H
#define STATOR_DB_USE_H

#include <stdatomic.h>

#include "base/error.h"

struct use {
    atomic_flag busy;
};

/* ST_MISUSE: another thread is using it. `what` is its name, for the message. */
MUST_USE static inline status use_begin(struct use *use, const char *what, struct error *err)
{
    if (!atomic_flag_test_and_set(&use->busy)) return ST_OK;
    return FAIL(err, ST_MISUSE, "another thread is using this %s", what);
}

static inline void use_end(struct use *use)
{
    atomic_flag_clear(&use->busy);
}

#endif
