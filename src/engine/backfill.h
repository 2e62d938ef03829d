/* backfill.h -- the thread that fills new indexes and expiry entries, one after the other, beside
 * everything else.
 *
 *     backfill_new -> backfill_wake … -> backfill_free
 *
 * It is started when it is first needed. fill.h says how something is filled.
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

/* Look whether there is. Any thread. */
void backfill_wake_if_needed(struct backfill *backfill);

#endif
