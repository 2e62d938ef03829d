/* fill.h -- filling what a table gets late, with the items that were there before: a new index, or
 * the expiry entries of a table whose time to live was switched on.
 *
 * The table is walked a few items at a time: a step notes their places from a snapshot, then, in a
 * function of the store, reads each again and stages its entry. Writes go on in between and keep
 * the entries themselves. The place reached is saved with every step, under the number of the
 * filling (an index's own, or table->ttl_filling), so a restart goes on there. When the walk is
 * through, the index becomes ACTIVE, or time to live ENABLED.
 *
 * Y1  A step reads the item as it is when it stages its entry: an old image never enters.
 * Y2  A step that runs again, after a crash, changes nothing that is right already.
 * Y3  An item that does not fit the index's key, or that never expires, is skipped.
 * Y4  A step is bounded in items and in bytes: nothing else is held in memory, and no write waits
 *     for more than one step.
 * Y5  Beside other writes the work takes half of the store at most: it rests for as long as its
 *     step took. A disk that falls behind makes steps slow, and so gets time to catch up.
 * Y6  A step stages nothing when the description no longer asks for its number: what was dropped
 *     and made anew in between has another.
 */
#ifndef STATOR_ENGINE_FILL_H
#define STATOR_ENGINE_FILL_H

#include "engine/engine_own.h"

/* Asked between two steps: shall the work stop, to be taken up at the next start? */
typedef bool(fill_stops_fn)(void *ctx);

struct fill_job {
    struct engine *engine;
    const struct table *table; /* held by the caller; fill_is_wanted */
    fill_stops_fn *stops;
    void *stops_ctx;
};

/* Is there something to fill in `table`? */
MUST_USE bool fill_is_wanted(const struct table *table);

/* Fill the first of it from where an earlier run left it, and say so in the description; or stop
 * when asked, or when it or its table is gone. Waits for the store: not on a thread of its own.
 * ST_NO_MEMORY and the store's. Progress goes to the engine's note. */
MUST_USE status fill_run(const struct fill_job *job);

/* The store key under which the place reached in the filling of this number stands. */
enum { FILL_PLACE_KEY_BYTES = 5 };
void fill_place_key(uint32_t number, uint8_t out[FILL_PLACE_KEY_BYTES]);

#endif
