/* gaps.c -- a short sorted list of gaps, and the last puts.
 *
 * Gaps are disjoint and do not touch: one that is noted becomes one with those it overlaps. A gap
 * never changes once it is made, so a walk holds it without a lock; one that shrinks is replaced.
 *
 * Why nothing that lives is in a gap that a reader of state r finds (S3 of store.h). Let it have
 * been seen in state k:
 *
 * E1  A gap is cut off at a key that is put (gaps_put) before the state that has the key exists.
 * E2  A gap that was seen in state k is taken only if no put of a state after k fell into it. The
 *     last puts are remembered, each by its first bytes: what these cannot tell counts as inside,
 *     and where they do not reach back to k the gap is not taken.
 * E3  So nothing was put into it from state k up to the newest state there is, and it is handed to
 *     readers with r >= k only. Deletions cannot make it untrue. One that grew out of several has
 *     the latest of their states.
 *
 * What is left of a gap is the part below the key that was put: where keys grow with time, as in a
 * queue, that is where the dead are. The other part is noted again if it is worth it.
 *
 * Why not compact what was walked over: the dead of a busy queue are mostly in a memtable, and
 * writing that out for them costs milliseconds of disk each time, for some hundred keys. Gaps cost
 * a binary search for a walk and another for a put, and need no time to take effect. Compaction
 * gives the room back, as ever; and a store that was opened again pays for its dead once.
 */
#include "store/gaps.h"

#include <assert.h>
#include <stdatomic.h>
#include <string.h>

#include "os/mutex.h"

enum {
    PUTS_COUNT = 1024,  /* as many as walks of a few milliseconds are overtaken by */
    PUT_KEY_BYTES = 54, /* of a key: enough to tell apart items of one partition, mostly */
};

struct gap {
    const struct mem *mem;
    uint64_t state;         /* it was seen in; E3 */
    _Atomic uint32_t users; /* the list counts as one; lowering releases, freeing acquires */
    bool found;             /* since the hand came by; under the lock */
    uint32_t low_len;
    uint32_t high_len;
    uint8_t bytes[]; /* low, then high */
};

struct put {
    uint64_t state;
    uint8_t len;
    uint8_t key[PUT_KEY_BYTES];
};

struct gaps {
    const struct mem *mem; /* constant after gaps_new */
    _Atomic size_t busy; /* a copy of `count`, written under the lock, so that most need no lock */

    struct mutex lock;
    struct gap *list[GAPS_MAX] GUARDED_BY(lock); /* ascending, apart */
    size_t count GUARDED_BY(lock);
    size_t hand GUARDED_BY(lock);                 /* where the next one goes that must go */
    struct put puts[PUTS_COUNT] GUARDED_BY(lock); /* a ring, in the order of the states */
    uint64_t put_count GUARDED_BY(lock); /* ever; the next is puts[put_count % PUTS_COUNT] */
    uint64_t forgotten GUARDED_BY(lock); /* the state of the last put that the ring lost */
};

/* ---- gaps */

static struct span low_of(const struct gap *gap)
{
    return (struct span){gap->bytes, gap->low_len};
}

static struct span high_of(const struct gap *gap)
{
    return (struct span){gap->bytes + gap->low_len, gap->high_len};
}

struct store_range gaps_range(const struct gap *gap)
{
    return (struct store_range){low_of(gap), high_of(gap)};
}

static size_t size_of(const struct gap *gap)
{
    return sizeof *gap + gap->low_len + gap->high_len;
}

void gaps_drop(struct gap *gap)
{
    if (gap == NULL) return;
    const uint32_t users = atomic_fetch_sub_explicit(&gap->users, 1, memory_order_acq_rel);
    assert(users > 0);
    if (users == 1) mem_free(gap->mem, gap, size_of(gap));
}

static struct gap *gap_new(const struct mem *mem, uint64_t state, struct store_range range)
{
    struct gap *gap = mem_new(mem, sizeof *gap + range.low.len + range.high.len);
    if (gap == NULL) return NULL;
    gap->mem = mem;
    gap->state = state;
    gap->found = true; /* one round of the hand */
    gap->low_len = (uint32_t)range.low.len;
    gap->high_len = (uint32_t)range.high.len;
    atomic_init(&gap->users, 1);
    if (range.low.len > 0) memcpy(gap->bytes, range.low.ptr, range.low.len);
    memcpy(gap->bytes + range.low.len, range.high.ptr, range.high.len);
    return gap;
}

/* ---- the list */

/* Where the first gap is that ends behind `key`. */
static size_t first_behind(const struct gaps *gaps, struct span key) REQUIRES(gaps->lock)
{
    size_t low = 0;
    size_t high = gaps->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (span_compare(high_of(gaps->list[middle]), key) > 0)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

/* Put `gap` (NULL: nothing) where `count` gaps from `at` on are, which are let go of. */
static void replace(struct gaps *gaps, size_t at, size_t count, struct gap *gap)
    REQUIRES(gaps->lock)
{
    const size_t more = gap != NULL ? 1 : 0;
    assert(gaps->count - count + more <= GAPS_MAX);
    for (size_t i = at; i < at + count; i++) gaps_drop(gaps->list[i]);
    memmove(&gaps->list[at + more], &gaps->list[at + count],
            (gaps->count - at - count) * sizeof gaps->list[0]);
    if (gap != NULL) gaps->list[at] = gap;
    gaps->count = gaps->count - count + more;
    atomic_store_explicit(&gaps->busy, gaps->count, memory_order_release);
}

/* One that was found since the hand's last visit stays once more; so two rounds end it. */
static void make_room(struct gaps *gaps) REQUIRES(gaps->lock)
{
    while (gaps->count == GAPS_MAX) {
        gaps->hand = (gaps->hand + 1) % GAPS_MAX;
        const bool stays = gaps->list[gaps->hand]->found;
        gaps->list[gaps->hand]->found = false;
        if (!stays) replace(gaps, gaps->hand, 1, NULL);
    }
}

/* ---- finding */

static bool overlaps(const struct gap *gap, struct store_range range)
{
    return span_compare(high_of(gap), range.low) > 0 &&
           (range.high.len == 0 || span_compare(low_of(gap), range.high) < 0);
}

static struct gap *find_first(const struct gaps *gaps, uint64_t state, struct store_range range)
    REQUIRES(gaps->lock)
{
    for (size_t i = first_behind(gaps, range.low); i < gaps->count; i++) {
        if (!overlaps(gaps->list[i], range)) return NULL;
        if (gaps->list[i]->state <= state) return gaps->list[i]; /* E3 */
    }
    return NULL;
}

static struct gap *find_last(const struct gaps *gaps, uint64_t state, struct store_range range)
    REQUIRES(gaps->lock)
{
    size_t i = gaps->count;
    if (range.high.len > 0) i = first_behind(gaps, range.high);
    if (i < gaps->count) i++; /* it may begin below `high` */
    while (i > 0) {
        struct gap *gap = gaps->list[--i];
        if (span_compare(high_of(gap), range.low) <= 0) return NULL;
        if (overlaps(gap, range) && gap->state <= state) return gap; /* E3 */
    }
    return NULL;
}

struct gap *gaps_find(struct gaps *gaps, uint64_t state, struct store_range range, bool last)
{
    /* A reader that misses the first gap steps through it, no more. */
    if (atomic_load_explicit(&gaps->busy, memory_order_acquire) == 0) return NULL;
    mutex_lock(&gaps->lock);
    struct gap *gap = last ? find_last(gaps, state, range) : find_first(gaps, state, range);
    if (gap != NULL) {
        gap->found = true;
        atomic_fetch_add_explicit(&gap->users, 1, memory_order_relaxed);
    }
    mutex_unlock(&gaps->lock);
    return gap;
}

/* ---- noting */

static struct span first_bytes(struct span key)
{
    return key.len > PUT_KEY_BYTES ? span_take(key, PUT_KEY_BYTES) : key;
}

/* May `put` be inside? Keys in order have first bytes in order, or the same (E2). */
static bool may_be_in(struct store_range range, const struct put *put)
{
    const struct span key = {put->key, put->len};
    return span_compare(key, first_bytes(range.low)) >= 0 &&
           span_compare(key, first_bytes(range.high)) <= 0;
}

static bool was_put_into(const struct gaps *gaps, uint64_t state, struct store_range range)
    REQUIRES(gaps->lock)
{
    if (gaps->forgotten > state) return true;
    for (uint64_t i = gaps->put_count; i > 0 && i + PUTS_COUNT > gaps->put_count; i--) {
        const struct put *put = &gaps->puts[(i - 1) % PUTS_COUNT];
        if (put->state <= state) return false;
        if (may_be_in(range, put)) return true;
    }
    return false;
}

static struct span lesser(struct span a, struct span b)
{
    return span_compare(a, b) <= 0 ? a : b;
}

static struct span greater(struct span a, struct span b)
{
    return span_compare(a, b) >= 0 ? a : b;
}

/* Make one of `range` and all that it overlaps or touches. */
static void join(struct gaps *gaps, uint64_t state, struct store_range range) REQUIRES(gaps->lock)
{
    size_t at = first_behind(gaps, range.low);
    if (at > 0 && span_eq(high_of(gaps->list[at - 1]), range.low)) at--;
    size_t end = at;
    while (end < gaps->count && span_compare(low_of(gaps->list[end]), range.high) <= 0) {
        const struct gap *gap = gaps->list[end++];
        if (gap->state > state) state = gap->state;
        range.low = lesser(low_of(gap), range.low);
        range.high = greater(high_of(gap), range.high);
    }
    struct gap *gap = gap_new(gaps->mem, state, range);
    if (gap != NULL) replace(gaps, at, end - at, gap);
}

void gaps_note(struct gaps *gaps, uint64_t state, struct store_range range)
{
    assert(range.high.len > 0);
    if (range.low.len > GAPS_KEY_BYTES_MAX || range.high.len > GAPS_KEY_BYTES_MAX) return;
    if (span_compare(range.low, range.high) >= 0) return;
    mutex_lock(&gaps->lock);
    if (!was_put_into(gaps, state, range)) {
        make_room(gaps);
        join(gaps, state, range);
    }
    mutex_unlock(&gaps->lock);
}

/* ---- putting */

static void remember(struct gaps *gaps, uint64_t state, struct span key) REQUIRES(gaps->lock)
{
    struct put *put = &gaps->puts[gaps->put_count % PUTS_COUNT];
    const struct span first = first_bytes(key);
    if (gaps->put_count >= PUTS_COUNT && put->state > gaps->forgotten) gaps->forgotten = put->state;
    put->state = state;
    put->len = (uint8_t)first.len;
    memcpy(put->key, first.ptr, first.len);
    gaps->put_count++;
}

/* E1. Without memory for what is left nothing is. */
static void cut_off(struct gaps *gaps, struct span key) REQUIRES(gaps->lock)
{
    const size_t at = first_behind(gaps, key);
    if (at == gaps->count) return;
    const struct gap *gap = gaps->list[at];
    const int order = span_compare(low_of(gap), key);
    if (order > 0) return;
    const struct store_range left = {low_of(gap), key};
    replace(gaps, at, 1, order < 0 ? gap_new(gaps->mem, gap->state, left) : NULL);
}

void gaps_put(struct gaps *gaps, uint64_t state, struct span key)
{
    mutex_lock(&gaps->lock);
    remember(gaps, state, key);
    cut_off(gaps, key);
    mutex_unlock(&gaps->lock);
}

/* As if that state had put a key everywhere, and the ring lost it (E1, E2). */
void gaps_forget(struct gaps *gaps, uint64_t state)
{
    mutex_lock(&gaps->lock);
    replace(gaps, 0, gaps->count, NULL);
    gaps->forgotten = state;
    mutex_unlock(&gaps->lock);
}

/* ---- beginning and ending */

status gaps_new(const struct mem *mem, struct gaps **out)
{
    struct gaps *gaps = mem_new(mem, sizeof *gaps);
    if (gaps == NULL) return ST_NO_MEMORY;
    gaps->mem = mem;
    mutex_init(&gaps->lock);
    *out = gaps;
    return ST_OK;
}

void gaps_free(struct gaps *gaps)
{
    if (gaps == NULL) return;
    mutex_lock(&gaps->lock);
    replace(gaps, 0, gaps->count, NULL);
    mutex_unlock(&gaps->lock);
    mutex_deinit(&gaps->lock);
    mem_free(gaps->mem, gaps, sizeof *gaps);
}
