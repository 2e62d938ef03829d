/* shard_iterator.h -- a place in a shard, as text that only this database can have made.
 *
 *     <StreamArn>|1|<base64 of 41 bytes>
 *
 * The form is the service's: its ARN first, for people who read logs. What follows tells nothing
 * to anybody else, and one changed byte anywhere makes it no iterator.
 *
 * I1  An iterator holds for LIMIT_ITERATOR_MS from when it was made (API_streams_GetShardIterator).
 * I2  It is sealed with the database's secret (engine_seal): it outlives a restart of the server,
 *     and means nothing to another database.
 */
#ifndef STATOR_API_SHARD_ITERATOR_H
#define STATOR_API_SHARD_ITERATOR_H

#include "api/op.h"
#include "engine/engine_stream.h"

struct shard_iterator {
    struct span stream_arn; /* when read, it points into the text */
    uint32_t shard;
    struct engine_position after; /* what is read stands behind this */
};

/* Write `iterator`, made now, into *out, in the call's arena. ST_NO_MEMORY. */
MUST_USE status shard_iterator_write(struct call *call, const struct shard_iterator *iterator,
                                     struct span *out);

/* Read it back. ST_VALIDATION: "Invalid ShardIterator". ST_EXPIRED_ITERATOR (I1). ST_NO_MEMORY. */
MUST_USE status shard_iterator_read(struct call *call, struct span text,
                                    struct shard_iterator *out);

#endif
