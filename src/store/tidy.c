/* tidy.c -- compaction of deleted ranges.
 *
 * Deleting a range writes one short mark; the data below it stays in its files until a compaction
 * meets the mark, which in a quiet database is never. So each deleted range is compacted once, on
 * a thread of its own, beside RocksDB's own compactions. A range that a crash or a stop left over
 * is dropped when RocksDB next comes by: this is about room, not about truth.
 */
#include "store/tidy.h"

#include <string.h>

static size_t range_size(const struct tidy_range *range)
{
    return sizeof *range + range->low_len + range->high_len;
}

struct tidy_range *tidy_range_new(const struct mem *mem, struct span low, struct span high,
                                  struct tidy_range *rest)
{
    const struct tidy_range head = {rest, mem, low.len, high.len};
    struct tidy_range *range = mem_new(mem, range_size(&head));
    if (range == NULL) return rest;
    *range = head;
    memcpy(range->bytes, low.ptr, low.len);
    memcpy(range->bytes + low.len, high.ptr, high.len);
    return range;
}

void tidy_range_free(struct tidy_range *ranges)
{
    while (ranges != NULL) {
        struct tidy_range *range = ranges;
        ranges = range->next;
        mem_free(range->mem, range, range_size(range));
    }
}

struct tidy_range *tidy_range_join(struct tidy_range *a, struct tidy_range *b)
{
    struct tidy_range **end = &a;
    while (*end != NULL) end = &(*end)->next;
    *end = b;
    return a;
}

static void compact(rocksdb_t *db, const struct tidy_range *range)
{
    rocksdb_compactoptions_t *options = rocksdb_compactoptions_create();
    rocksdb_compactoptions_set_exclusive_manual_compaction(options, 0);
    const char *low = (const char *)range->bytes;
    rocksdb_compact_range_opt(db, options, low, range->low_len, low + range->low_len,
                              range->high_len);
    rocksdb_compactoptions_destroy(options);
}

static bool wait_for_range(struct tidy *tidy, struct tidy_range **out)
{
    mutex_lock(&tidy->lock);
    while (tidy->queue == NULL && !tidy->ending) cond_wait(&tidy->changed, &tidy->lock);
    const bool goes_on = !tidy->ending;
    if (goes_on) {
        *out = tidy->queue;
        tidy->queue = (*out)->next;
        (*out)->next = NULL;
    }
    mutex_unlock(&tidy->lock);
    return goes_on;
}

static void tidy_main(void *ctx)
{
    struct tidy *tidy = ctx;
    struct tidy_range *range = NULL;
    while (wait_for_range(tidy, &range)) {
        compact(tidy->db, range);
        tidy_range_free(range);
    }
}

status tidy_init(struct tidy *tidy, rocksdb_t *db)
{
    *tidy = (struct tidy){.db = db};
    mutex_init(&tidy->lock);
    cond_init(&tidy->changed);
    const status st = thread_start(&tidy->thread, "store-tidy", tidy_main, tidy);
    if (st == ST_OK) return ST_OK;
    cond_deinit(&tidy->changed);
    mutex_deinit(&tidy->lock);
    return st;
}

void tidy_deinit(struct tidy *tidy)
{
    mutex_lock(&tidy->lock);
    tidy->ending = true;
    cond_wake_one(&tidy->changed);
    mutex_unlock(&tidy->lock);
    rocksdb_disable_manual_compaction(tidy->db); /* ends the one under way, prevents later ones */
    thread_join(&tidy->thread);
    tidy_range_free(tidy->queue);
    cond_deinit(&tidy->changed);
    mutex_deinit(&tidy->lock);
}

void tidy_queue(struct tidy *tidy, struct tidy_range *ranges)
{
    if (ranges == NULL) return;
    mutex_lock(&tidy->lock);
    tidy->queue = tidy_range_join(tidy->queue, ranges);
    cond_wake_one(&tidy->changed);
    mutex_unlock(&tidy->lock);
}
