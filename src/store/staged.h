/* staged.h -- what the functions of one batch have staged and RocksDB does not have yet.
 *
 *     staged_init -> { staged_mark, staged_put …, staged_undo? } … -> staged_clear -> staged_deinit
 *
 * Keys and values are copied in, and stay where they are until staged_clear or staged_undo: spans
 * handed out live as long. Threads: one at a time.
 */
#ifndef STATOR_STORE_STAGED_H
#define STATOR_STORE_STAGED_H

#include "base/arena.h"
#include "base/mem.h"
#include "base/span.h"
#include "base/status.h"

typedef enum staged_kind { STAGED_PUT, STAGED_DELETE, STAGED_RANGE } staged_kind;

struct staged_op {
    struct staged_op *before; /* in the order of staging */
    struct staged_op *after;
    struct staged_op *chain; /* the next older one in the same bucket */
    staged_kind kind;
    uint32_t bucket;
    struct span key;   /* of a range: its low end */
    struct span value; /* of a range: its high end */
};

struct staged {
    const struct mem *mem;
    struct arena arena;
    struct staged_op **buckets;
    struct staged_op *first;
    struct staged_op *last;
    size_t count;
    size_t bytes;           /* of keys and values */
    struct arena_mark mark; /* where the arena was at staged_mark */
    bool has_range;         /* a range is staged; see G3 */
    bool has_failed;        /* a change since the last mark could not be staged */
};

MUST_USE status staged_init(struct staged *staged, const struct mem *mem);
void staged_deinit(struct staged *staged);

/* Forget everything. Costs what was staged, not what could be. */
void staged_clear(struct staged *staged);

/* Where we are; everything staged after it can be undone, which gives its memory back. There is one
 * mark at a time. */
MUST_USE struct staged_op *staged_mark(struct staged *staged);
void staged_undo(struct staged *staged, const struct staged_op *mark);

MUST_USE status staged_put(struct staged *staged, struct span key, struct span value);
MUST_USE status staged_delete(struct staged *staged, struct span key);
MUST_USE status staged_delete_range(struct staged *staged, struct span low, struct span high);

/* The newest put or delete of `key`, or NULL. Ranges are not looked at (G3). */
MUST_USE const struct staged_op *staged_find(const struct staged *staged, struct span key);

#endif
