/* tidy.c -- compaction of deleted ranges.
 *
 * Deleting a range writes one short mark; the data below it stays in its files until a compaction
 * meets the mark, which in a quiet database is never. So each deleted range is compacted, on a
 * thread of its own, beside RocksDB's own compactions. A range that a crash or a stop left over
 * is dropped when RocksDB next comes by: this is about room, not about truth.
 *
 * TD1  One part in RESTS + 1 of the time goes to it: a compaction pushes the marks through every
 *      level, and where others write it costs much the same however little was deleted. There
 *      is no rest while more than WAITING_MAX ranges wait, as behind a loop that deletes tables.
 * TD2  What is deleted meanwhile next to a range that waits is one range with it. A stream, which
 *      loses a little at its old end again and again, has one to compact and not a hundred.
 */
#include "store/tidy.h"

#include <string.h>

enum { RESTS = 9, WAITING_MAX = 256 };

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

struct span tidy_range_low(const struct tidy_range *range)
{
    return (struct span){range->bytes, range->low_len};
}

struct span tidy_range_high(const struct tidy_range *range)
{
    return (struct span){range->bytes + range->low_len, range->high_len};
}

/* What both are together, where one ends as the other begins. NULL: they do not touch. */
static struct tidy_range *joined(const struct tidy_range *a, const struct tidy_range *b)
{
    if (span_eq(tidy_range_high(a), tidy_range_low(b)))
        return tidy_range_new(a->mem, tidy_range_low(a), tidy_range_high(b), NULL);
    if (span_eq(tidy_range_high(b), tidy_range_low(a)))
        return tidy_range_new(a->mem, tidy_range_low(b), tidy_range_high(a), NULL);
    return NULL;
}

bool tidy_range_add(struct tidy_range **list, struct tidy_range *range)
{
    for (; *list != NULL; list = &(*list)->next) {
        struct tidy_range *old = *list;
        struct tidy_range *both = joined(old, range);
        if (both == NULL) continue;
        both->next = old->next;
        *list = both;
        old->next = range;
        tidy_range_free(old);
        return false;
    }
    *list = range;
    return true;
}

static void compact(rocksdb_t *db, const struct tidy_range *range)
{
    rocksdb_compactoptions_t *options = rocksdb_compactoptions_create();
    rocksdb_compactoptions_set_exclusive_manual_compaction(options, 0);
    const struct span low = tidy_range_low(range), high = tidy_range_high(range);
    rocksdb_compact_range_opt(db, options, (const char *)low.ptr, low.len, (const char *)high.ptr,
                              high.len);
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
        tidy->waiting--;
    }
    mutex_unlock(&tidy->lock);
    return goes_on;
}

static void rest(struct tidy *tidy, uint64_t ns)
{
    const struct os *os = os_system();
    uint64_t now_ns = os_ticks_ns(os);
    const uint64_t until_ns = now_ns + ns;
    mutex_lock(&tidy->lock);
    while (!tidy->ending && tidy->waiting <= WAITING_MAX && now_ns < until_ns) {
        cond_wait_for(&tidy->changed, &tidy->lock, os, until_ns - now_ns);
        now_ns = os_ticks_ns(os);
    }
    mutex_unlock(&tidy->lock);
}

static void tidy_main(void *ctx)
{
    struct tidy *tidy = ctx;
    struct tidy_range *range = NULL;
    while (wait_for_range(tidy, &range)) {
        const uint64_t begun_ns = os_ticks_ns(os_system());
        compact(tidy->db, range);
        tidy_range_free(range);
        rest(tidy, RESTS * (os_ticks_ns(os_system()) - begun_ns)); /* TD1 */
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
    while (ranges != NULL) {
        struct tidy_range *range = ranges;
        ranges = range->next;
        range->next = NULL;
        if (tidy_range_add(&tidy->queue, range)) tidy->waiting++;
    }
    cond_wake_one(&tidy->changed);
    mutex_unlock(&tidy->lock);
}
