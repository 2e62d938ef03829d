/* sweep.h -- deleting what has expired, led by expiry entries, never by walking tables.
 *
 * A thread comes by every so often (engine_options.sweep_every_ms, engine_sweep_every);
 * engine_sweep does one round on its caller's thread, engine_sweep_table one table's part of it, up
 * to a number of deletions. A round goes over the tables that have time to live switched on, and
 * takes due entries some hundreds at a time: it notes their items from a snapshot and deletes them,
 * with all that goes with them, in a few small functions of the store that share a sync. Writes of
 * others run between these. A table with very many due items lets other tables have their turns.
 *
 * Deleted entries stay under way in RocksDB for a while, and walking over them costs time. So every
 * table remembers the second from which on it may have entries (table_live.due_from): a round
 * begins there, and a write that stages an earlier entry takes it back. Both happen in functions of
 * the store, in their order, and a round looks only after its own function is through: what was
 * staged before that is in its snapshot.
 *
 * A round also trims the change log (logbook_trim.h).
 *
 * V1  Each item is judged again by the clock as the function that deletes it runs: what was changed
 *     in between and is not expired any more stays.
 * V2  Deletions are changes by the service (change.h, by_service), and cost nobody capacity.
 */
#ifndef STATOR_ENGINE_SWEEP_H
#define STATOR_ENGINE_SWEEP_H

#include "engine/engine_own.h"

/* Make *out, without a thread. ST_NO_MEMORY. */
MUST_USE status sweep_new(struct engine *engine, struct sweep **out);

/* Stop between two steps, and wait for that. NULL is allowed. */
void sweep_free(struct sweep *sweep);

/* Let the thread come by every so often, one `every_ms` from now first; 0: end it. Not by two
 * callers at once. ST_NO_MEMORY: the system gave no thread, and none runs. */
MUST_USE status sweep_every(struct sweep *sweep, uint32_t every_ms);

#endif
