/* instance.h -- a database opened whole: store, engine and api, from one set of options.
 *
 *     instance_open -> instance_api, instance_engine, instance_store … -> instance_close
 *
 * Whoever serves a database, checks it or calls it within the process opens the same three rooms in
 * the same order; it is done here and nowhere else.
 *
 * I1  The rooms are opened from the store up and closed in the opposite order. An open that fails
 *     half way closes what it had opened.
 *
 * Memory: the texts of the options (dir, region, account) live as long as the instance.
 * Threads: open and close are one thread's; between them any thread may use what it holds, as the
 * rooms' own headers say.
 */
#ifndef STATOR_INSTANCE_INSTANCE_H
#define STATOR_INSTANCE_INSTANCE_H

#include "api/api.h"
#include "engine/engine.h"
#include "store/store.h"

struct instance;

enum {
    INSTANCE_SWEEP_EVERY_MS = 15000, /* a good pace: expired items are deleted within a minute */
};

/* Zero means the default that stands behind each. */
struct instance_options {
    const struct mem *mem;
    const struct os *os;
    const char *dir; /* made when it does not exist; NULL: in memory only */
    bool must_exist; /* an empty or missing `dir` is refused instead of made */
    store_durability durability;
    size_t cache_bytes;    /* for all that the store keeps in memory (64 MiB) */
    uint32_t index_lag_ms; /* how late global indexes show what was written; 0: not at all */

    engine_ttl_visibility ttl_visibility;
    uint32_t sweep_every_ms; /* how often expired items are deleted; 0: by engine_sweep alone */
    bool enforce_throughput; /* refuse what tables and indexes have no throughput for */
    uint32_t stream_shards;  /* open shards of a stream, to LIMIT_STREAM_SHARDS (1) */
    uint64_t stream_age_ms;  /* how long new streams keep their records (24 hours) */
    engine_note_fn *note;    /* progress of long work, from any thread; or NULL */
    void *note_ctx;

    unsigned threads;        /* callers of the api, each with its number; 0: no api is opened */
    const char *region;      /* in ARNs ("us-east-1") */
    const char *account;     /* in ARNs ("000000000000") */
    bool isolate;            /* each access key and region has tables of its own */
    api_wording wording;     /* how mistakes in requests are worded */
    size_t expr_cache_bytes; /* for compiled expressions, per thread (2 MiB) */
};

/* Open or create. ST_LOCKED: another process holds `dir`. ST_FOREIGN: it holds something that is
 * not Stator's. ST_IO, ST_CORRUPT, ST_NO_MEMORY. `err` says it in one line. */
MUST_USE status instance_open(const struct instance_options *options, struct instance **out,
                              struct error *err);

/* No call may be under way, and what instance_api_open opened is closed. NULL is allowed. */
void instance_close(struct instance *instance);

MUST_USE struct store *instance_store(const struct instance *instance);
MUST_USE struct engine *instance_engine(const struct instance *instance);

/* The api, for `threads` callers; NULL when there are none. */
MUST_USE struct api *instance_api(const struct instance *instance);

/* One more api over the same engine and with the same settings, for `threads` (at least one) other
 * callers: a server over a database that its own program uses as well. Close it with api_close.
 * ST_NO_MEMORY, ST_IO. */
MUST_USE status instance_api_open(struct instance *instance, unsigned threads, struct api **out,
                                  struct error *err);

#endif
