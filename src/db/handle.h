/* handle.h -- an open database, and how long it lasts.
 *
 *     stator_open -> calls, pagers, batches, transactions -> stator_close
 *
 * H1  A call is under way between handle_enter and handle_leave. stator_close lets none begin,
 *     waits for those under way, and closes the carrier: a call never meets a closed one, and
 *     touches the handle no more once it is not counted.
 *
 * H2  Whatever lives longer than a call (a pager, a batch, a transaction) holds the handle by
 *     handle_hold. The memory of the handle ends with the last of them; what they ask of a closed
 *     handle is refused.
 *
 * H3  What stator_cancel ends are the calls that began before it: each knows the number of
 *     cancellations at its beginning.
 */
#ifndef STATOR_DB_HANDLE_H
#define STATOR_DB_HANDLE_H

#include <stdatomic.h>

#include "db/carrier.h"
#include "db/faults.h"
#include "db/hooked.h"
#include "os/cond.h"

struct turn;
struct key_cache;

struct stator {
    /* constant after stator_open */
    struct hooked hooked;
    struct carrier *carrier;
    struct retry_policy retry;
    int64_t call_timeout_us;
    uint32_t depth_max;
    struct arena arena; /* of the strings */
    struct span prefix; /* of tables' names */

    atomic_uint holds;
    atomic_uint calls;       /* under way; and HANDLE_CLOSED */
    atomic_bool has_retried; /* so the bucket may be not full */
    atomic_ullong canceled;  /* how often */
    struct retry_bucket bucket;
    struct faults faults;

    struct mutex lock;
    struct cond changed;                     /* calls became 0, or canceled grew */
    struct key_cache *keys GUARDED_BY(lock); /* table_keys.h */
};

enum { HANDLE_CLOSED = 1 << 30 };

/* A handle of its own over `carrier`, with the hooks, policies and prefix of `db`. ST_NO_MEMORY. */
MUST_USE status handle_over(const stator *db, struct carrier *carrier, stator **out,
                            struct error *err);

/* Begin and end a call. ST_MISUSE: the handle is NULL or closed. */
MUST_USE status handle_enter(stator *db, struct error *err);
void handle_leave(stator *db);

/* One more that needs the handle's memory; one less. */
void handle_hold(stator *db);
void handle_drop(stator *db);

/* Wait for `us`, by the hook. ST_CANCELED: stator_cancel was called since db->canceled was `since`.
 */
MUST_USE status handle_pause(stator *db, uint64_t us, uint64_t since);

/* The same, for something that threads of a database in this process do meanwhile: they take their
 * time whatever clock a test has fixed. */
MUST_USE status handle_pause_for_db(stator *db, uint64_t us, uint64_t since);

/* ST_CANCELED: the same, without waiting. What makes several calls asks between two of them. */
MUST_USE status handle_check(const stator *db, uint64_t since, struct error *err);

/* The policy that `retry` says; NULL: the handle's. */
MUST_USE struct retry_policy handle_retry(const stator *db, const stator_retry *retry);

#endif
