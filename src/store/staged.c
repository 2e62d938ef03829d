/* staged.c -- a hash table over a list of changes.
 *
 * Every change is a record in the arena, on two lists: `before`/`after` in the order of staging,
 * which is the order of writing, and `chain` of its bucket, newest first.
 *
 * G1  The heads of the chains are the newest records, so undoing from the newest back only ever
 *     takes heads: no search, no tombstones.
 * G2  A lookup meets the newest record of a key first.
 * G3  Ranges are on the list but in no chain. The caller ends the batch after a function that
 *     staged one, so no later function of the same batch could miss it.
 *
 * Why not RocksDB's own write batch with index: it cannot delete ranges, copies every value that
 * is read from it, and keeps a skip list where order is not needed.
 */
#include "store/staged.h"

#include <assert.h>
#include <string.h>

#include "store/spread.h"

enum {
    BUCKET_COUNT = 4096, /* about the changes of the largest batch; more only lengthen chains */
    STAGED_BYTES_MAX = 512 << 20,
    SPREAD_SHIFT = 40,
};
static_assert((BUCKET_COUNT & (BUCKET_COUNT - 1)) == 0, "a mask picks the bucket");

status staged_init(struct staged *staged, const struct mem *mem)
{
    *staged = (struct staged){.mem = mem};
    staged->buckets = mem_new_array(mem, BUCKET_COUNT, sizeof *staged->buckets);
    if (staged->buckets == NULL) return ST_NO_MEMORY;
    arena_init(&staged->arena, mem, STAGED_BYTES_MAX);
    return ST_OK;
}

void staged_deinit(struct staged *staged)
{
    arena_deinit(&staged->arena);
    mem_free(staged->mem, staged->buckets, BUCKET_COUNT * sizeof *staged->buckets);
}

void staged_clear(struct staged *staged)
{
    for (const struct staged_op *op = staged->first; op != NULL; op = op->after)
        staged->buckets[op->bucket] = NULL;
    arena_reset(&staged->arena);
    staged->first = staged->last = NULL;
    staged->count = 0;
    staged->bytes = 0;
    staged->has_range = staged->has_failed = false;
}

struct staged_op *staged_mark(struct staged *staged)
{
    staged->has_failed = false;
    staged->mark = arena_mark(&staged->arena);
    return staged->last;
}

static uint32_t bucket_of(struct span key)
{
    return (uint32_t)(spread_key(key) >> SPREAD_SHIFT) & (BUCKET_COUNT - 1);
}

void staged_undo(struct staged *staged, const struct staged_op *mark)
{
    while (staged->last != mark) {
        const struct staged_op *op = staged->last;
        if (op->kind != STAGED_RANGE) {
            assert(staged->buckets[op->bucket] == op); /* G1 */
            staged->buckets[op->bucket] = op->chain;
        }
        staged->count--;
        staged->bytes -= op->key.len + op->value.len;
        staged->last = op->before;
    }
    if (staged->last != NULL) staged->last->after = NULL;
    if (staged->last == NULL) staged->first = NULL;
    arena_rewind(&staged->arena, staged->mark);
}

static void append(struct staged *staged, struct staged_op *op)
{
    op->before = staged->last;
    if (staged->last != NULL) staged->last->after = op;
    if (staged->last == NULL) staged->first = op;
    staged->last = op;
    staged->count++;
    staged->bytes += op->key.len + op->value.len;
}

static status stage(struct staged *staged, staged_kind kind, struct span key, struct span value)
{
    struct staged_op *op = arena_new(&staged->arena, struct staged_op);
    if (op == NULL || !arena_copy(&staged->arena, key, &op->key) ||
        !arena_copy(&staged->arena, value, &op->value)) {
        staged->has_failed = true;
        return ST_NO_MEMORY;
    }
    op->kind = kind;
    append(staged, op);
    if (kind == STAGED_RANGE) return ST_OK;
    op->bucket = bucket_of(key);
    op->chain = staged->buckets[op->bucket];
    staged->buckets[op->bucket] = op;
    return ST_OK;
}

status staged_put(struct staged *staged, struct span key, struct span value)
{
    return stage(staged, STAGED_PUT, key, value);
}

status staged_delete(struct staged *staged, struct span key)
{
    return stage(staged, STAGED_DELETE, key, (struct span){0});
}

status staged_delete_range(struct staged *staged, struct span low, struct span high)
{
    TRY(stage(staged, STAGED_RANGE, low, high));
    staged->has_range = true;
    return ST_OK;
}

const struct staged_op *staged_find(const struct staged *staged, struct span key)
{
    const struct staged_op *op = staged->buckets[bucket_of(key)];
    while (op != NULL && !span_eq(op->key, key)) op = op->chain; /* G2 */
    return op;
}
