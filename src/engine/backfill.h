/* backfill.h -- filling new indexes with the items that were there before, beside everything else.
 *
 * One thread, started when it is first needed, walks the table of each index that is CREATING, a
 * few items at a time: it notes their places from a snapshot, then, in a function of the store,
 * reads each again and stages its entry. Writes go on in between and keep the index themselves;
 * nothing is held in memory but one step. The place reached is saved with every step, so a restart
 * goes on there. When the walk is through, the index becomes ACTIVE.
 *
 * Y1  A step reads the item as it is when it stages its entry: an old image never enters an index.
 * Y2  A step that runs again, after a crash, changes nothing that is right already.
 * Y3  An item that does not fit the index's key is skipped.
 */
#ifndef STATOR_ENGINE_BACKFILL_H
#define STATOR_ENGINE_BACKFILL_H

#include "engine/engine_own.h"

/* Make *out, at work on what an earlier run left if there is such. ST_NO_MEMORY. */
MUST_USE status backfill_new(struct engine *engine, struct backfill **out);

/* Stop between two steps, and wait for that. */
void backfill_free(struct backfill *backfill);

/* There may be a new index to fill. Any thread. */
void backfill_wake(struct backfill *backfill);

#endif
