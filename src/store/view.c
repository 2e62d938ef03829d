/* view.c -- gets and walks over a snapshot.
 *
 * V1  Nothing of the store's own (keys that begin with 00) is ever shown: no walk begins below 01.
 * V2  The bounds of a walk are given to RocksDB, which then never looks at what lies beyond; it
 *     keeps pointers to them, so they are copied behind the cursor.
 * V3  A walk goes from gap to gap (gaps.h): each piece between two is an iterator of its own, which
 *     ends where the gap ahead begins. A gap is held for as long as it is somebody's bound.
 *
 *     low         gap               gap        high
 *     |----------|xxxxx|-----------|xxxx|------|
 *      iterator         the next    …
 *
 * RocksDB counts the deleted keys that an iterator steps over, for each thread (its perf context,
 * which counts unless the application has told it not to). When one step was over many, the walk
 * notes a gap from the key before it to the one behind. The counts decide what is worth noting,
 * never what is true.
 *
 * Long scans read ahead by themselves: RocksDB doubles what it reads of a file from the third
 * block in a row on, and short ranges pay nothing for it.
 */
#include "store/view.h"

#include <assert.h>
#include <string.h>

#include "base/ckd.h"
#include "store/rocks.h"

static const uint8_t lowest_key[] = {1};

/* The end of what the walk has seen, on the side where it goes on: with `is_known`, no key between
 * it and the next one lives. Upwards the first of those keys, downwards the first beyond them. */
struct edge {
    bool is_known;
    size_t len;
    uint8_t key[GAPS_KEY_BYTES_MAX];
};

struct store_cursor {
    const struct store_view *view;
    size_t size; /* of this, bounds included */
    rocksdb_perfcontext_t *counts;
    rocksdb_readoptions_t *options;
    rocksdb_iterator_t *iterator; /* of the present piece; NULL before the first and at the end */
    struct gap *ahead;            /* the piece ends at this, or, NULL, with the range */
    struct store_range range;     /* in `bounds` */
    bool backward;
    bool started;
    bool sought;     /* the iterator stands where the next step would lead */
    bool stands;     /* on a key, when last looked at: look_back */
    struct span key; /* the iterator's, where it stands */
    uint64_t dead;   /* keys that RocksDB has stepped over on this thread, when last looked at */
    struct edge edge;
    uint8_t bounds[]; /* low, then high */
};

void view_init(struct store_view *view, const struct view_parts *parts, struct snapshot *snapshot)
{
    view->mem = parts->mem;
    view->snapshot = snapshot;
    view->gaps = parts->gaps;
    pins_init(&view->pins, parts->mem, parts->recent);
}

void view_deinit(struct store_view *view)
{
    pins_deinit(&view->pins);
    snapshot_drop(view->snapshot);
}

status store_view_get(struct store_view *view, struct span key, struct span *value, bool *found)
{
    const struct snapshot *snapshot = view->snapshot;
    const struct pins_source source = {snapshot->db, snapshot->options, snapshot->number};
    return pins_get(&view->pins, source, key, value, found);
}

void store_view_forget(struct store_view *view)
{
    pins_clear(&view->pins);
}

/* ---- a walk */

static struct span at_least_lowest(struct span low)
{
    const struct span lowest = {lowest_key, sizeof lowest_key};
    return span_compare(low, lowest) < 0 ? lowest : low; /* V1 */
}

static struct span copy_bound(struct span bound, uint8_t *to)
{
    if (bound.len > 0) memcpy(to, bound.ptr, bound.len);
    return (struct span){to, bound.len};
}

static uint64_t dead_so_far(const struct store_cursor *cursor)
{
    return rocksdb_perfcontext_metric(cursor->counts, rocksdb_internal_delete_skipped_count);
}

status store_view_walk(struct store_view *view, struct store_range range, bool backward,
                       struct store_cursor **out)
{
    const struct span low = at_least_lowest(range.low);
    size_t size = sizeof(struct store_cursor);
    if (!ckd_add_size(size, low.len, &size)) return ST_NO_MEMORY;
    if (!ckd_add_size(size, range.high.len, &size)) return ST_NO_MEMORY;
    struct store_cursor *cursor = mem_new(view->mem, size);
    if (cursor == NULL) return ST_NO_MEMORY;
    cursor->view = view;
    cursor->size = size;
    cursor->backward = backward;
    cursor->range.low = copy_bound(low, cursor->bounds); /* V2 */
    cursor->range.high = copy_bound(range.high, cursor->bounds + low.len);
    cursor->counts = rocksdb_perfcontext_create();
    cursor->dead = dead_so_far(cursor);
    cursor->options = rocksdb_readoptions_create();
    rocksdb_readoptions_set_snapshot(cursor->options, view->snapshot->state);
    *out = cursor;
    return ST_OK;
}

static void leave_piece(struct store_cursor *cursor)
{
    if (cursor->iterator != NULL) rocksdb_iter_destroy(cursor->iterator);
    gaps_drop(cursor->ahead); /* after the iterator that it bounds: V3 */
    cursor->iterator = NULL;
    cursor->ahead = NULL;
}

/* ---- noting what it stepped over */

/* With `and_behind`, the next key there can be behind `key`. */
static void set_edge(struct store_cursor *cursor, struct span key, bool and_behind)
{
    struct edge *edge = &cursor->edge;
    edge->len = key.len + (and_behind ? 1 : 0);
    edge->is_known = key.len > 0 && edge->len <= GAPS_KEY_BYTES_MAX;
    if (!edge->is_known) return;
    memcpy(edge->key, key.ptr, key.len);
    if (and_behind) edge->key[key.len] = 0;
}

static void note(const struct store_cursor *cursor, struct store_range range)
{
    if (range.high.len == 0) return;
    gaps_note(cursor->view->gaps, cursor->view->snapshot->number, range);
}

/* Where a run of dead keys ended: at the key the iterator stands on, at the gap ahead, or with the
 * range. */
static void note_upwards(const struct store_cursor *cursor)
{
    struct span high = cursor->range.high;
    if (cursor->ahead != NULL) high = gaps_range(cursor->ahead).low;
    if (cursor->stands) high = cursor->key;
    note(cursor, (struct store_range){
                     {cursor->edge.key, cursor->edge.len},
                     high
    });
}

static void note_downwards(const struct store_cursor *cursor)
{
    const struct span high = {cursor->edge.key, cursor->edge.len};
    struct span low = cursor->range.low;
    uint8_t behind[GAPS_KEY_BYTES_MAX];
    if (cursor->ahead != NULL) low = gaps_range(cursor->ahead).high;
    if (cursor->stands) {
        if (cursor->key.len >= sizeof behind) return;
        low = copy_bound(cursor->key, behind);
        behind[low.len++] = 0;
    }
    note(cursor, (struct store_range){low, high});
}

static void look(struct store_cursor *cursor)
{
    cursor->key = (struct span){0};
    cursor->stands = cursor->iterator != NULL && rocksdb_iter_valid(cursor->iterator) != 0;
    if (!cursor->stands) return;
    cursor->key.ptr = (const uint8_t *)rocksdb_iter_key(cursor->iterator, &cursor->key.len);
}

/* After each move: look where it led and what it was over, and remember where the next begins. Each
 * question to RocksDB is asked once: a Scan asks them of every item. */
static void look_back(struct store_cursor *cursor)
{
    look(cursor);
    const uint64_t dead = dead_so_far(cursor);
    const bool is_much = dead - cursor->dead >= GAPS_DEAD_MIN;
    cursor->dead = dead;
    if (is_much && cursor->edge.is_known) {
        if (cursor->backward) note_downwards(cursor);
        if (!cursor->backward) note_upwards(cursor);
    }
    if (cursor->stands) set_edge(cursor, cursor->key, !cursor->backward);
}

/* ---- moving */

static struct gap *gap_from(const struct store_cursor *cursor, struct span from)
{
    const struct store_view *view = cursor->view;
    struct store_range rest = cursor->range;
    if (cursor->backward) rest.high = from;
    if (!cursor->backward) rest.low = from;
    return gaps_find(view->gaps, view->snapshot->number, rest, cursor->backward);
}

/* Does a walk that comes to `from` step into `gap`? */
static bool covers(const struct store_cursor *cursor, const struct gap *gap, struct span from)
{
    const struct store_range range = gaps_range(gap);
    if (!cursor->backward) return span_compare(range.low, from) <= 0;
    return from.len > 0 && span_compare(range.high, from) >= 0;
}

static struct span far_end(const struct store_cursor *cursor, const struct gap *gap)
{
    return cursor->backward ? gaps_range(gap).low : gaps_range(gap).high;
}

static bool is_at_end(const struct store_cursor *cursor, struct span from)
{
    const struct store_range *range = &cursor->range;
    if (cursor->backward) return from.len > 0 && span_compare(from, range->low) <= 0;
    return range->high.len > 0 && span_compare(from, range->high) >= 0;
}

static void set_bounds(const struct store_cursor *cursor)
{
    struct store_range piece = cursor->range;
    if (cursor->ahead != NULL && cursor->backward) piece.low = gaps_range(cursor->ahead).high;
    if (cursor->ahead != NULL && !cursor->backward) piece.high = gaps_range(cursor->ahead).low;
    const char *high = piece.high.len > 0 ? (const char *)piece.high.ptr : NULL;
    rocksdb_readoptions_set_iterate_lower_bound(cursor->options, (const char *)piece.low.ptr,
                                                piece.low.len);
    rocksdb_readoptions_set_iterate_upper_bound(cursor->options, high, piece.high.len);
}

/* Stand at `from` or behind: upwards it may be met, downwards it is not. Empty: at the upper end.
 */
static void seek(const struct store_cursor *cursor, struct span from)
{
    rocksdb_iterator_t *iterator = cursor->iterator;
    if (!cursor->backward)
        rocksdb_iter_seek(iterator, (const char *)from.ptr, from.len);
    else if (from.len == 0 || span_eq(from, cursor->range.high))
        rocksdb_iter_seek_to_last(iterator);
    else /* the low end of a gap: nothing is there */
        rocksdb_iter_seek_for_prev(iterator, (const char *)from.ptr, from.len);
}

/* Begin the piece at `from`, which ends at `ahead` (taken over). */
static void begin_piece(struct store_cursor *cursor, struct span from, struct gap *ahead)
{
    leave_piece(cursor);
    cursor->ahead = ahead;
    set_edge(cursor, from, false);
    if (is_at_end(cursor, from)) return;
    set_bounds(cursor);
    cursor->iterator = rocksdb_create_iterator(cursor->view->snapshot->db, cursor->options);
    seek(cursor, from);
}

/* Go on at `from`, or behind the gap that it is in. */
static void enter(struct store_cursor *cursor, struct span from)
{
    struct gap *gap = gap_from(cursor, from);
    if (gap == NULL || !covers(cursor, gap, from)) {
        begin_piece(cursor, from, gap);
        return;
    }
    const struct span behind = far_end(cursor, gap);
    begin_piece(cursor, behind, gap_from(cursor, behind));
    gaps_drop(gap);
}

static void pass_gap(struct store_cursor *cursor)
{
    struct gap *passed = cursor->ahead;
    cursor->ahead = NULL;
    enter(cursor, far_end(cursor, passed));
    gaps_drop(passed);
}

static void step(struct store_cursor *cursor)
{
    if (cursor->sought) {
        cursor->sought = false;
    } else if (!cursor->started) {
        cursor->started = true;
        enter(cursor, cursor->backward ? cursor->range.high : cursor->range.low);
    } else if (cursor->backward) {
        rocksdb_iter_prev(cursor->iterator);
    } else {
        rocksdb_iter_next(cursor->iterator);
    }
    look_back(cursor);
}

static status check(const struct store_cursor *cursor)
{
    char *message = NULL;
    if (cursor->iterator != NULL) rocksdb_iter_get_error(cursor->iterator, &message);
    return rocks_status(message, NULL);
}

status store_cursor_next(struct store_cursor *cursor, struct span *key, struct span *value,
                         bool *found)
{
    /* After the end RocksDB's iterator may not be moved again; ours may. */
    if (!cursor->started || cursor->sought || cursor->stands) step(cursor);
    while (!cursor->stands && cursor->ahead != NULL) {
        TRY(check(cursor));
        pass_gap(cursor);
        look_back(cursor);
    }
    *found = cursor->stands;
    if (!*found) return check(cursor);
    *key = cursor->key;
    value->ptr = (const uint8_t *)rocksdb_iter_value(cursor->iterator, &value->len);
    return ST_OK;
}

static bool is_in_piece(const struct store_cursor *cursor, struct span key)
{
    if (cursor->iterator == NULL) return false;
    return cursor->ahead == NULL || span_compare(key, gaps_range(cursor->ahead).low) < 0;
}

void store_cursor_seek(struct store_cursor *cursor, struct span key)
{
    assert(!cursor->backward);
    const struct span low = cursor->range.low;
    const struct span from = span_compare(key, low) < 0 ? low : key;
    if (is_in_piece(cursor, from)) {
        set_edge(cursor, from, false);
        seek(cursor, from);
    } else {
        enter(cursor, from);
    }
    cursor->started = true;
    cursor->sought = true;
}

void store_cursor_close(struct store_cursor *cursor)
{
    leave_piece(cursor);
    rocksdb_readoptions_destroy(cursor->options);
    rocksdb_perfcontext_destroy(cursor->counts);
    mem_free(cursor->view->mem, cursor, cursor->size);
}
