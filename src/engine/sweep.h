/* sweep.h -- deleting what has expired, led by expiry entries, never by walking tables.
 *
 * A thread comes by every so often (engine_options.sweep_every_ms); engine_sweep does one round on
 * its caller's thread. A round goes over the tables that have time to live switched on and takes a
 * few due entries at a time: it notes their items from a snapshot, then deletes them in one
 * function of the store, with all that goes with them. It waits for each step before the next, so
 * writes of others come between, and a table with very many due items lets other tables have their
 * turns.
 *
 * V1  A step judges each item again by the clock as its function runs: what was changed in between
 *     and is not expired any more stays.
 * V2  Deletions are changes by the service (change.h, by_service), and cost nobody capacity.
 */
#ifndef STATOR_ENGINE_SWEEP_H
#define STATOR_ENGINE_SWEEP_H

#include "engine/engine_own.h"

/* Make *out; its thread begins one `every_ms` from now (0: there is none). ST_NO_MEMORY. */
MUST_USE status sweep_new(struct engine *engine, uint32_t every_ms, struct sweep **out);

/* Stop between two steps, and wait for that. NULL is allowed. */
void sweep_free(struct sweep *sweep);

/* One round; *deleted is how many items it deleted. Any thread. */
MUST_USE status sweep_round(struct sweep *sweep, uint64_t *deleted);

#endif
