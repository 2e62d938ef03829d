/* fill_kind.h -- what can be filled: a new index, a vector index, or the expiry entries of a table
 * whose time to live was switched on. fill.h walks; a kind says what an item gets on the way, and
 * what the end of the walk makes of the table's description.
 */
#ifndef STATOR_ENGINE_FILL_KIND_H
#define STATOR_ENGINE_FILL_KIND_H

#include "engine/index.h"

/* What there is to fill in a table. */
struct fill_target {
    const struct fill_kind *kind;
    const struct table *table;           /* as it is shown */
    const struct table_index *index;     /* in `table`; NULL for others */
    const struct table_vectors *vectors; /* likewise */
    uint32_t number;                     /* of the filling: the index's, or table->ttl_filling */
};

/* One function of the store at work on it. */
struct fill_step {
    struct store_txn *txn;
    struct engine *engine;
    struct arena *arena;
    const struct fill_target *target;
    struct table *table;       /* as it is now */
    struct table_index *index; /* in `table`; NULL for others */
    struct index_delta added;  /* to the index's counts */
};

struct fill_kind {
    const char *name;
    /* Does step->table still ask for this filling? Notes the index. */
    bool (*is_wanted)(struct fill_step *step);
    /* Stage what belongs to `item`, which stands at `key`, unless it is there. */
    status (*stage)(struct fill_step *step, struct span key, const struct item *item);
    /* Save the counts as they are once this step is settled. */
    status (*save)(const struct fill_step *step);
    /* All is filled: change step->table accordingly, or exchange it. ST_NO_MEMORY. */
    status (*complete)(struct fill_step *step);
    /* A step is durable; the whole is, and readers are about to be shown it. */
    void (*settle)(const struct fill_target *target, const struct index_delta *added);
    void (*show)(const struct fill_target *target);
};

/* What there is to fill in `table`, which must outlive *out; false: nothing. */
MUST_USE bool fill_kind_find(const struct table *table, struct fill_target *out);

#endif
