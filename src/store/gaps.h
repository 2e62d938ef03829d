/* gaps.h -- stretches of keys in which nothing lives, so that walks need not step through the dead.
 *
 *     gaps_new -> { gaps_find … gaps_drop | gaps_note | gaps_put | gaps_forget } … -> gaps_free
 *
 * What was deleted lies in RocksDB until a compaction meets it, and a walk steps over every bit of
 * it: a queue that is filled at one end and emptied at the other is walked through its whole past
 * each time. So a walk that stepped over many dead keys in a row notes where, and the next one
 * begins behind them.
 *
 * States of the store are numbered, growing (snapshot.h). A gap was seen in a state, and is found
 * by readers of that one and later ones; whoever puts a key says so before the put can be seen.
 * Only so many gaps, of keys so long, are kept; the ones that nobody asks for go first.
 *
 * Threads: gaps_find, gaps_drop and gaps_note by any; gaps_put and gaps_forget by one at a time, in
 * the order of the states.
 */
#ifndef STATOR_STORE_GAPS_H
#define STATOR_STORE_GAPS_H

#include "base/mem.h"
#include "base/span.h"
#include "base/status.h"
#include "store/store.h"

enum {
    GAPS_MAX = 256,
    GAPS_KEY_BYTES_MAX = 512, /* a gap that has a longer key at an end is not kept */
    GAPS_DEAD_MIN = 64,       /* worth noting: from here on it costs less to begin anew behind it */
};

struct gaps;
struct gap; /* low <= key < high, held until gaps_drop */

/* ST_NO_MEMORY. */
MUST_USE status gaps_new(const struct mem *mem, struct gaps **out);

/* No gap may be held. NULL is allowed. */
void gaps_free(struct gaps *gaps);

/* Of the gaps that a reader of `state` may know and that have a part in `range` the lowest, with
 * `last` the highest; or NULL. An empty high has no upper end. */
MUST_USE struct gap *gaps_find(struct gaps *gaps, uint64_t state, struct store_range range,
                               bool last);
MUST_USE struct store_range gaps_range(const struct gap *gap);
void gaps_drop(struct gap *gap); /* NULL is allowed */

/* A reader of `state` found nothing in `range`, whose high may not be empty. It may be left out,
 * for want of memory, or because something was put there since. */
void gaps_note(struct gaps *gaps, uint64_t state, struct store_range range);

/* `key` will have a value in the state of number `state`, which nobody has seen yet. */
void gaps_put(struct gaps *gaps, uint64_t state, struct span key);

/* Anything may have changed in the state of number `state`, which nobody has seen yet. */
void gaps_forget(struct gaps *gaps, uint64_t state);

#endif
