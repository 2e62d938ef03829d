/* pool.h -- the seats of a client: a line of libcurl's each, taken for a call and given back.
 *
 *     pool_init -> pool_take -> pool_pause … -> pool_give -> pool_deinit      pool_cancel
 *
 * Seats that nobody uses are kept, up to idle_max, and the last used is taken first: few
 * connections stay warm rather than many cool. Threads: any; a seat belongs to who took it.
 */
#ifndef STATOR_CLIENT_POOL_H
#define STATOR_CLIENT_POOL_H

#include "base/arena.h"
#include "client/line.h"
#include "os/cond.h"

struct pool_seat {
    struct pool_seat *next;
    struct pool_seat *previous;
    struct line *line;
    struct arena arena; /* of the seat's holder */
};

struct pool {
    /* constant after pool_init */
    const struct line_settings *settings;
    const struct os *os;
    unsigned idle_max;

    struct mutex lock;
    struct cond canceled; /* ends the pauses of canceled seats */
    /* below: held under lock; see T1 and T2 */
    struct pool_seat *idle GUARDED_BY(lock); /* linked by next, the last used first */
    struct pool_seat *busy GUARDED_BY(lock);
    unsigned idle_count GUARDED_BY(lock);
};

/* `settings` must outlive the pool. */
void pool_init(struct pool *pool, const struct line_settings *settings, const struct os *os,
               unsigned idle_max);

/* Free the idle seats. None may be taken (asserted). */
void pool_deinit(struct pool *pool);

/* An idle seat, or a new one. ST_NO_MEMORY. */
MUST_USE status pool_take(struct pool *pool, struct pool_seat **out);
void pool_give(struct pool *pool, struct pool_seat *seat);

/* Wait `ns` by the clock of `os`. False: the seat was canceled, before or meanwhile. */
MUST_USE bool pool_pause(struct pool *pool, struct pool_seat *seat, uint64_t ns);

/* Cancel all seats that are taken, until they are given back. */
void pool_cancel(struct pool *pool);

#endif
