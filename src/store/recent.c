/* recent.c -- a hash table of counted values, with a clock hand that makes room.
 *
 * Buckets belong to stripes, each with a lock and a share of the room. When a stripe is full its
 * hand goes round its buckets: a value that was found since the hand's last visit stays once more,
 * any other goes. So a walk over everything displaces what it meets, but what is asked for again
 * and again comes through.
 *
 * Why a found value is true (S3 of store.h). Let a reader see state r, and the value be kept from
 * state k:
 *
 * F1  A key's value leaves the table (recent_forget) before the state that changes it exists.
 * F2  From then on its bucket has that state's number as its floor, and takes nothing that was read
 *     from an earlier one. A slow reader cannot bring back what was just forgotten. For a range the
 *     floor is that of its kinds: of all keys with the same first byte as one in the range.
 *     What is kept of the change itself (recent_replace) is of that state.
 * F3  So a kept value has not changed from state k up to the newest state there is, and is handed
 *     to readers with r >= k only.
 *
 * The floor is the bucket's, not the key's: after a change its neighbours are not added again until
 * readers see a state as new. That costs them one search in RocksDB. Tables grow with what is in
 * them, bucket by bucket into two, and both get the floor.
 *
 * A write that replaces a value has read the one before, so it is kept, or was until a moment ago:
 * the new one takes its place, and whoever reads or writes the key next finds it. What is written
 * without having been there is not kept: much is written that nobody reads.
 *
 * Values are counted by kind. A range of which nothing is kept, such as the old end of a change
 * log, which is never got by key, so costs a look at a count; else every value is looked at once.
 *
 * A value that is forgotten while somebody holds it lives until he drops it; it is outside the
 * bound for that long, as every pinned value of RocksDB's is.
 */
#include "store/recent.h"

#include <assert.h>
#include <stdatomic.h>
#include <string.h>

#include "os/mutex.h"
#include "store/spread.h"

enum {
    STRIPE_COUNT = 16, /* several times the threads that read at once */
    STRIPE_SHIFT = 60, /* the stripe is in the upper four bits of the spread, */
    BUCKET_SHIFT = 28, /* the bucket in those below it */
    BUCKET_COUNT_MIN = 16,
    KINDS = 256,
    SHARE_MAX = 8, /* a value larger than this part of a stripe is not kept */
};

struct recent_value {
    struct recent_value *next; /* in its bucket */
    uint64_t spread;           /* of the key */
    uint64_t state;            /* it was read from; F3 */
    _Atomic uint32_t users;    /* the table counts as one */
    bool found;                /* since the hand came by */
    uint32_t key_size;
    uint32_t size;   /* of the value */
    uint8_t bytes[]; /* key, value */
};

struct bucket {
    struct recent_value *first;
    uint64_t floor; /* F2 */
};

struct kind {
    uint64_t floor; /* F2 */
    size_t count;   /* of values */
};

struct stripe {
    struct mutex lock;
    struct bucket *buckets GUARDED_BY(lock);
    size_t bucket_count GUARDED_BY(lock); /* a power of two */
    size_t count GUARDED_BY(lock);        /* of values */
    size_t bytes GUARDED_BY(lock);        /* of values */
    size_t hand GUARDED_BY(lock);         /* the bucket it points at */
    struct kind kinds[KINDS] GUARDED_BY(lock);
};

struct recent {
    const struct mem *mem;
    size_t stripe_bytes_max;
    struct stripe stripes[STRIPE_COUNT];
};

static struct stripe *stripe_of(struct recent *recent, uint64_t spread)
{
    return &recent->stripes[spread >> STRIPE_SHIFT];
}

static struct bucket *bucket_of(const struct stripe *stripe, uint64_t spread) REQUIRES(stripe->lock)
{
    return &stripe->buckets[(spread >> BUCKET_SHIFT) & (stripe->bucket_count - 1)];
}

/* ---- values */

static size_t size_of(const struct recent_value *value)
{
    return sizeof *value + value->key_size + value->size;
}

static struct span key_of(const struct recent_value *value)
{
    return (struct span){value->bytes, value->key_size};
}

struct span recent_bytes(const struct recent_value *value)
{
    return (struct span){value->bytes + value->key_size, value->size};
}

void recent_drop(struct recent *recent, struct recent_value *value)
{
    const uint32_t users = atomic_fetch_sub_explicit(&value->users, 1, memory_order_acq_rel);
    assert(users > 0);
    if (users == 1) mem_free(recent->mem, value, size_of(value));
}

static struct recent_value *value_new(const struct mem *mem, uint64_t state, struct span key,
                                      struct span bytes)
{
    const size_t size = sizeof(struct recent_value) + key.len + bytes.len;
    struct recent_value *value = mem_resize(mem, NULL, 0, size);
    if (value == NULL) return NULL;
    value->spread = spread_key(key);
    value->state = state;
    value->found = false;
    value->key_size = (uint32_t)key.len;
    value->size = (uint32_t)bytes.len;
    atomic_init(&value->users, 1);
    memcpy(value->bytes, key.ptr, key.len);
    if (bytes.len > 0) memcpy(value->bytes + key.len, bytes.ptr, bytes.len);
    return value;
}

/* The link that leads to `key`'s value in `bucket`, or to the end. */
static struct recent_value **link_to(struct bucket *bucket, struct span key)
{
    struct recent_value **link = &bucket->first;
    while (*link != NULL && !span_eq(key_of(*link), key)) link = &(*link)->next;
    return link;
}

static struct kind *kind_of(struct stripe *stripe, struct span key) REQUIRES(stripe->lock)
{
    return &stripe->kinds[key.len > 0 ? key.ptr[0] : 0];
}

static void take_out(struct recent *recent, struct stripe *stripe, struct recent_value **link)
    REQUIRES(stripe->lock)
{
    struct recent_value *value = *link;
    *link = value->next;
    stripe->count--;
    kind_of(stripe, key_of(value))->count--;
    stripe->bytes -= size_of(value);
    recent_drop(recent, value);
}

/* ---- finding */

struct recent_value *recent_find(struct recent *recent, uint64_t state, struct span key)
{
    const uint64_t spread = spread_key(key);
    struct stripe *stripe = stripe_of(recent, spread);
    mutex_lock(&stripe->lock);
    struct recent_value *value = *link_to(bucket_of(stripe, spread), key);
    if (value != NULL && value->state > state) value = NULL; /* F3 */
    if (value != NULL) {
        value->found = true;
        atomic_fetch_add_explicit(&value->users, 1, memory_order_relaxed);
    }
    mutex_unlock(&stripe->lock);
    return value;
}

/* ---- adding */

static void sweep_bucket(struct recent *recent, struct stripe *stripe, struct bucket *bucket)
    REQUIRES(stripe->lock)
{
    struct recent_value **link = &bucket->first;
    while (*link != NULL) {
        struct recent_value *value = *link;
        if (value->found) {
            value->found = false;
            link = &value->next;
        } else {
            take_out(recent, stripe, link);
        }
    }
}

/* Two rounds of the hand leave nothing behind, so it ends. */
static void make_room(struct recent *recent, struct stripe *stripe, size_t size)
    REQUIRES(stripe->lock)
{
    while (stripe->bytes + size > recent->stripe_bytes_max) {
        sweep_bucket(recent, stripe, &stripe->buckets[stripe->hand]);
        stripe->hand = (stripe->hand + 1) & (stripe->bucket_count - 1);
    }
}

static void link_in(struct stripe *stripe, struct recent_value *value) REQUIRES(stripe->lock)
{
    struct bucket *bucket = bucket_of(stripe, value->spread);
    value->next = bucket->first;
    bucket->first = value;
}

/* Twice the buckets, when there are as many values. Without memory chains only get longer. */
static void grow(struct recent *recent, struct stripe *stripe) REQUIRES(stripe->lock)
{
    const size_t count = stripe->bucket_count;
    if (stripe->count < count) return;
    struct bucket *before = stripe->buckets;
    struct bucket *buckets = mem_new_array(recent->mem, 2 * count, sizeof *buckets);
    if (buckets == NULL) return;
    stripe->buckets = buckets;
    stripe->bucket_count = 2 * count;
    for (size_t i = 0; i < count; i++) {
        buckets[i].floor = buckets[i + count].floor = before[i].floor;
        struct recent_value *next = NULL;
        for (struct recent_value *value = before[i].first; value != NULL; value = next) {
            next = value->next;
            link_in(stripe, value);
        }
    }
    mem_free(recent->mem, before, count * sizeof *before);
}

/* Put `value` into its bucket, unless the key has changed (F2) or is there already. */
static bool put_in(struct recent *recent, struct stripe *stripe, struct recent_value *value)
    REQUIRES(stripe->lock)
{
    struct bucket *bucket = bucket_of(stripe, value->spread);
    struct kind *kind = kind_of(stripe, key_of(value));
    if (value->state < bucket->floor || value->state < kind->floor) return false;
    if (*link_to(bucket, key_of(value)) != NULL) return false;
    make_room(recent, stripe, size_of(value));
    grow(recent, stripe);
    link_in(stripe, value);
    stripe->count++;
    kind->count++;
    stripe->bytes += size_of(value);
    return true;
}

static bool may_be_kept(const struct recent *recent, struct span key, struct span value)
{
    return key.len + value.len <= recent->stripe_bytes_max / SHARE_MAX;
}

void recent_add(struct recent *recent, uint64_t state, struct span key, struct span value)
{
    if (!may_be_kept(recent, key, value)) return;
    struct recent_value *kept = value_new(recent->mem, state, key, value);
    if (kept == NULL) return;
    struct stripe *stripe = stripe_of(recent, kept->spread);
    mutex_lock(&stripe->lock);
    const bool is_in = put_in(recent, stripe, kept);
    mutex_unlock(&stripe->lock);
    if (!is_in) recent_drop(recent, kept);
}

size_t recent_held_bytes(struct recent *recent)
{
    size_t sum = 0;
    for (size_t i = 0; i < STRIPE_COUNT; i++) {
        struct stripe *stripe = &recent->stripes[i];
        mutex_lock(&stripe->lock);
        sum += stripe->bytes;
        mutex_unlock(&stripe->lock);
    }
    return sum;
}

/* ---- forgetting */

void recent_forget(struct recent *recent, uint64_t state, struct span key)
{
    const uint64_t spread = spread_key(key);
    struct stripe *stripe = stripe_of(recent, spread);
    mutex_lock(&stripe->lock);
    struct bucket *bucket = bucket_of(stripe, spread);
    struct recent_value **link = link_to(bucket, key);
    if (*link != NULL) take_out(recent, stripe, link);
    bucket->floor = state;
    mutex_unlock(&stripe->lock);
}

void recent_replace(struct recent *recent, uint64_t state, struct span key, struct span value)
{
    const uint64_t spread = spread_key(key);
    struct stripe *stripe = stripe_of(recent, spread);
    struct recent_value *kept = NULL;
    mutex_lock(&stripe->lock);
    struct bucket *bucket = bucket_of(stripe, spread);
    struct recent_value **link = link_to(bucket, key);
    bucket->floor = state;
    if (*link != NULL) {
        if (may_be_kept(recent, key, value)) kept = value_new(recent->mem, state, key, value);
        if (kept != NULL) kept->found = (*link)->found;
        take_out(recent, stripe, link);
    }
    if (kept != NULL && !put_in(recent, stripe, kept)) recent_drop(recent, kept);
    mutex_unlock(&stripe->lock);
}

void recent_forget_all(struct recent *recent, uint64_t state)
{
    for (size_t i = 0; i < STRIPE_COUNT; i++) {
        struct stripe *stripe = &recent->stripes[i];
        mutex_lock(&stripe->lock);
        for (size_t b = 0; b < stripe->bucket_count; b++) {
            struct bucket *bucket = &stripe->buckets[b];
            while (bucket->first != NULL) take_out(recent, stripe, &bucket->first);
            bucket->floor = state;
        }
        mutex_unlock(&stripe->lock);
    }
}

/* Set the floor of the kinds from `first` to `last`. True: there are values of one of them. */
static bool raise_kinds(struct stripe *stripe, uint64_t state, uint8_t first, uint8_t last)
    REQUIRES(stripe->lock)
{
    size_t count = 0;
    for (unsigned i = first; i <= last; i++) {
        stripe->kinds[i].floor = state;
        count += stripe->kinds[i].count;
    }
    return count > 0;
}

static void take_out_range(struct recent *recent, struct stripe *stripe, struct span low,
                           struct span high) REQUIRES(stripe->lock)
{
    for (size_t b = 0; b < stripe->bucket_count; b++) {
        struct recent_value **link = &stripe->buckets[b].first;
        while (*link != NULL) {
            const struct span key = key_of(*link);
            if (span_compare(key, low) >= 0 && span_compare(key, high) < 0)
                take_out(recent, stripe, link);
            else
                link = &(*link)->next;
        }
    }
}

void recent_forget_range(struct recent *recent, uint64_t state, struct span low, struct span high)
{
    const uint8_t first = low.len > 0 ? low.ptr[0] : 0;
    const uint8_t last = high.len > 0 ? high.ptr[0] : 0;
    for (size_t i = 0; i < STRIPE_COUNT; i++) {
        struct stripe *stripe = &recent->stripes[i];
        mutex_lock(&stripe->lock);
        if (raise_kinds(stripe, state, first, last)) take_out_range(recent, stripe, low, high);
        mutex_unlock(&stripe->lock);
    }
}

/* ---- beginning and ending */

static status stripe_init(struct stripe *stripe, const struct mem *mem)
{
    mutex_init(&stripe->lock);
    mutex_lock(&stripe->lock);
    stripe->bucket_count = BUCKET_COUNT_MIN;
    stripe->buckets = mem_new_array(mem, BUCKET_COUNT_MIN, sizeof *stripe->buckets);
    const bool is_there = stripe->buckets != NULL;
    mutex_unlock(&stripe->lock);
    return is_there ? ST_OK : ST_NO_MEMORY;
}

static void stripe_deinit(struct stripe *stripe, const struct mem *mem) NO_THREAD_SAFETY
{
    mem_free(mem, stripe->buckets, stripe->bucket_count * sizeof *stripe->buckets);
    mutex_deinit(&stripe->lock);
}

status recent_new(const struct mem *mem, size_t bytes_max, struct recent **out)
{
    struct recent *recent = mem_new(mem, sizeof *recent);
    if (recent == NULL) return ST_NO_MEMORY;
    recent->mem = mem;
    recent->stripe_bytes_max = bytes_max / STRIPE_COUNT;
    status st = ST_OK;
    size_t begun = 0;
    while (st == ST_OK && begun < STRIPE_COUNT) st = stripe_init(&recent->stripes[begun++], mem);
    if (st == ST_OK) {
        *out = recent;
        return ST_OK;
    }
    while (begun > 0) stripe_deinit(&recent->stripes[--begun], mem);
    mem_free(mem, recent, sizeof *recent);
    return st;
}

void recent_free(struct recent *recent)
{
    if (recent == NULL) return;
    recent_forget_all(recent, 0);
    for (size_t i = 0; i < STRIPE_COUNT; i++) stripe_deinit(&recent->stripes[i], recent->mem);
    mem_free(recent->mem, recent, sizeof *recent);
}
