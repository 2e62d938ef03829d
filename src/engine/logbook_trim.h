/* logbook_trim.h -- what goes from the old end of the change log, and when.
 *
 * A shard is cut into stretches by marks (logbook.c makes them). What is too old, or too much, goes
 * by whole stretches: one range of the store for any number of records, found by following the list
 * of marks from its old end. So nothing is ever walked, and a record may stay a 96th of the
 * stream's age longer than it must, or be one of an eighth more than there should be.
 *
 * That happens in the write function that makes a mark, and in a round over all streams, by the
 * thread that sweeps expired items or whoever calls engine_sweep. The round also drops what a
 * writer does not come by any more: the last stretch of a shard that rests, shards that are closed
 * and empty, streams that ended.
 *
 * D1  A record goes only when it is older than its stream keeps records, or newer ones of its shard
 *     are as many, or as large, as the stream keeps.
 * D2  Shards say how far they were trimmed, in the commit that does it: a reader never takes what
 *     is gone for what never was (R4 of engine_stream.h).
 */
#ifndef STATOR_ENGINE_LOGBOOK_TRIM_H
#define STATOR_ENGINE_LOGBOOK_TRIM_H

#include "engine/logbook_form.h"

enum {
    LOGBOOK_TRIM_AGE_MS = 24 * 60 * 60 * 1000
}; /* how long a stream keeps records, unless the engine or the stream is told */

struct logbook_trim_place {
    uint32_t stream, shard;
};

struct logbook_trim {
    struct store_txn *txn;
    struct logbook_trim_place place;
    struct engine_retention keeps;
    uint64_t now_ms;
};

/* Stage the end of what the shard keeps no longer, and note that in *shard, which the caller puts.
 * ST_NO_MEMORY and the store's. */
MUST_USE status logbook_trim_shard(const struct logbook_trim *trim, struct logbook_shard *shard);

/* The mark at `at`, which is in the list of the shard. */
MUST_USE status logbook_trim_get_mark(struct store_txn *txn, struct logbook_trim_place place,
                                      struct engine_position at, struct logbook_mark *out);

/* Trim the first stream whose number is above *stream, and let *stream be that; *found false: there
 * is none. Waits for the store. */
MUST_USE status logbook_trim_next(struct engine *engine, uint32_t *stream, bool *found);

#endif
