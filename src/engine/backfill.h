/* backfill.h -- filling what a table gets late, with the items that were there before, beside
 * everything else: new indexes, and the expiry entries of a table whose time to live was switched
 * on.
 *
 * One thread, started when it is first needed, walks the table a few items at a time: it notes
 * their places from a snapshot, then, in a function of the store, reads each again and stages its
 * entry. Writes go on in between and keep the entries themselves; nothing is held in memory but one
 * step. The place reached is saved with every step, under the number of the filling (an index's
 * own, or table->ttl_filling), so a restart goes on there. When the walk is through, the index
 * becomes ACTIVE, or time to live ENABLED.
 *
 * Y1  A step reads the item as it is when it stages its entry: an old image never enters.
 * Y2  A step that runs again, after a crash, changes nothing that is right already.
 * Y3  An item that does not fit the index's key, or that never expires, is skipped.
 * Y4  A step stages nothing when the description no longer asks for its number: what was dropped
 *     and made anew in between has another.
 */
#ifndef STATOR_ENGINE_BACKFILL_H
#define STATOR_ENGINE_BACKFILL_H

#include "engine/engine_own.h"

/* Make *out, at work on what an earlier run left if there is such. ST_NO_MEMORY. */
MUST_USE status backfill_new(struct engine *engine, struct backfill **out);

/* Stop between two steps, and wait for that. */
void backfill_free(struct backfill *backfill);

/* Is there something to fill in `table`? */
MUST_USE bool backfill_has_work(const struct table *table);

/* There may be something to fill. Any thread. */
void backfill_wake(struct backfill *backfill);

#endif
