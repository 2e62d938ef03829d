/* engine_own.h -- what the files of this room share: the engine itself and its store keys.
 *
 *     'S' "secret"               16 bytes: the key of the hash that places items
 *     'S' "tables made"          u32: the highest table number given out
 *     'T' [space '/'] name       table form (table_form.c); nothing before the name of a table that
 *                                is everybody's
 *     'N' number u32 big-endian  item count u64, item bytes u64: counts of a table or index
 *     'B' number u32 big-endian  how far a filling came (fill.c)
 *     'I' 'L' 'G' 'X' …          items, and entries of indexes and expiry (item_key.h)
 *     'V' …                      vectors of items (vector_entry.h)
 *     'Z' …                      sizes of item collections (collection.h)
 *     'D' …                      tokens of transactions (replay.h)
 *     'S' "streams made"         u64: the label of the last stream that was made
 *     'F' 'H' 'M' 'C' …          the change log: streams, shards, marks, records (logbook_form.h)
 */
#ifndef STATOR_ENGINE_ENGINE_OWN_H
#define STATOR_ENGINE_ENGINE_OWN_H

#include "base/hash.h"
#include "engine/catalog.h"
#include "engine/conflict.h"
#include "engine/engine.h"
#include "os/mutex.h"

struct backfill;
struct gallery;
struct engine_watch;
struct index_delta;
struct sweep;

struct engine {
    /* constant after engine_open */
    const struct mem *mem;
    const struct os *os;
    struct store *store;
    struct hash *hash;
    struct catalog *catalog;        /* has its own lock */
    struct backfill *backfill;      /* has its own lock */
    struct sweep *sweep;            /* has its own lock */
    struct gallery *gallery;        /* has its own lock */
    struct conflict_set *conflicts; /* has its own lock */
    engine_note_fn *note;           /* may be NULL */
    void *note_ctx;
    engine_ttl_visibility ttl_visibility;
    uint64_t collection_bytes_max;
    bool global_indexes_lag;
    bool enforces_throughput; /* throttle.h */
    uint32_t stream_shards;   /* logbook.h */
    uint64_t stream_age_ms;   /* likewise */
    uint64_t tokens_from_ms;  /* of the wall clock, and */
    uint64_t tokens_from_ns;  /* of the other: replay.c */

    /* Where the last sweep of tokens stopped; any thread of the store's, order does not matter. */
    _Atomic uint32_t tokens_swept;

    struct mutex lock;
    struct engine_snapshot *snapshots GUARDED_BY(lock); /* linked; snapshot.c */

    struct mutex watch_lock;
    struct engine_watch *watches GUARDED_BY(watch_lock); /* linked; logbook_watch.c */
    _Atomic uint32_t watch_count;                        /* of these, written under the lock */
};

/* Where the descriptions of all tables stand. */
#define ENGINE_OWN_TABLE_KEYS                                                                      \
    (struct store_range)                                                                           \
    {                                                                                              \
        SPAN("T"), SPAN("U")                                                                       \
    }

enum {
    ENGINE_OWN_COUNT_KEY_BYTES = 5,
    ENGINE_OWN_COUNT_BYTES = 16,
    ENGINE_OWN_PLACE_KEY_BYTES = 5,
};

/* The table called `name`, held, or ST_NOT_FOUND in the words of item operations; in a snapshot, as
 * it was. */
MUST_USE status engine_own_table(const struct engine_space *space, struct span name,
                                 const struct table **out, struct error *err);

/* The same of the state of space->snapshot. */
MUST_USE status engine_own_table_then(const struct engine_space *space, struct span name,
                                      const struct table **out, struct error *err);

/* As store_read, over the state that `space` sees. */
MUST_USE status engine_own_read(const struct engine_space *space, store_read_fn *fn, void *ctx);

/* The second at which a request in `space` judges. */
MUST_USE int64_t engine_own_second(const struct engine_space *space);

/* How many are open. */
MUST_USE uint32_t engine_own_snapshot_count(struct engine *engine);

/* End the state of every snapshot. */
void engine_own_end_snapshots(struct engine *engine);

/* The store key of a table's description, made in `arena`. ST_NO_MEMORY. */
MUST_USE status engine_own_table_key(struct catalog_name name, struct arena *arena,
                                     struct span *out);

/* The store key of the counts of the table or index with this number. */
void engine_own_count_key(uint32_t number, uint8_t out[ENGINE_OWN_COUNT_KEY_BYTES]);

/* The store key of the place that the filling with this number has reached. */
void engine_own_place_key(uint32_t number, uint8_t out[ENGINE_OWN_PLACE_KEY_BYTES]);

/* Stage the counts of `table` and its indexes as they are now. */
MUST_USE status engine_own_save_counts(struct store_txn *txn, const struct table *table);

/* Load what is saved of them for the table or index with this number; without, they stay as they
 * are. ST_CORRUPT and the store's. */
MUST_USE status engine_own_load_counts(struct store_view *view, uint32_t number,
                                       struct table_live *live);

/* Show the table of this description, which the catalog does not have. As above; ST_NO_MEMORY. */
MUST_USE status engine_own_load_table(struct engine *engine, struct store_view *view,
                                      struct span stored);

/* Save the counts of all tables. A failure costs their accuracy, never an item. */
void engine_own_save_all_counts(struct engine *engine);

/* The same for one index, as they are once `delta` is settled. */
MUST_USE status engine_own_save_counts_with(struct store_txn *txn, const struct table_index *index,
                                            const struct index_delta *delta);

/* A key attribute is a scalar: an expression (or NULL) may not look inside one. ST_VALIDATION. */
MUST_USE status engine_own_check_paths(const struct table *table, const struct expr *expr,
                                       struct error *err);

/* Copy a value or map into `arena`. ST_NO_MEMORY. */
MUST_USE status engine_own_copy(struct arena *arena, struct value v, struct value *out);

#endif
