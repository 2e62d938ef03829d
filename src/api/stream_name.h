/* stream_name.h -- what streams, shards and records are called outside.
 *
 *     StreamLabel      2026-01-31T12:00:00.123: when the stream was made, UTC
 *     StreamArn        the ARN of its table, "/stream/" and its label
 *     ShardId          shardId-00000001769860800123-00000001: when the shard was made, in ms since
 *                      1970, and its number in its stream, in hexadecimal digits
 *     SequenceNumber   1000000000000000000420000000007: a one, 20 digits of the commit, 10 of the
 *                      place within the commit
 *
 * All are of the lengths that the API reference bounds them by (API_streams_Shard,
 * API_streams_SequenceNumberRange, API_streams_DescribeStream), and consumers may rely on two
 * orders: ids of shards ascend as shards are made, and sequence numbers, which are numbers, as
 * changes are committed; both as text as well.
 */
#ifndef STATOR_API_STREAM_NAME_H
#define STATOR_API_STREAM_NAME_H

#include "api/op.h"
#include "engine/engine_stream.h"

enum {
    STREAM_NAME_LABEL_BYTES = 23,
    STREAM_NAME_SHARD_BYTES = 37,
    STREAM_NAME_SEQUENCE_BYTES = 31,
};

/* A label; the answer is in `out`. */
struct span stream_name_label(uint64_t made_ms, char out[STREAM_NAME_LABEL_BYTES + 1]);

/* The ARN of a stream of the caller's, in the call's arena. ST_NO_MEMORY. */
MUST_USE status stream_name_arn(struct call *call, struct span table_name, uint64_t made_ms,
                                struct span *out);

/* What a StreamArn says. */
struct stream_name {
    struct span table_name; /* points into the ARN */
    uint64_t made_ms;
};

/* Read the StreamArn `arn`. ST_VALIDATION: "Invalid StreamArn", of another region's too.
 * ST_ACCESS_DENIED: it is another account's. */
MUST_USE status stream_name_read(struct call *call, struct span arn, struct stream_name *out);

/* There is no such stream: says so of its ARN. ST_NOT_FOUND. */
status stream_name_fail(struct call *call, struct span arn);

/* The stream that the StreamArn `arn` names. As stream_name_read, and ST_NOT_FOUND. */
MUST_USE status stream_name_find(struct call *call, struct span arn, struct engine_stream *out);

/* A ShardId; the answer is in `out`. */
struct span stream_name_shard(const struct engine_shard *shard,
                              char out[STREAM_NAME_SHARD_BYTES + 1]);

/* The number in a ShardId. False: the text is none that stream_name_shard makes. */
MUST_USE bool stream_name_shard_number(struct span id, uint32_t *number);

/* The shard of `stream` that is called `id`. ST_NOT_FOUND, and what engine_stream_shards has. */
MUST_USE status stream_name_find_shard(struct call *call, const struct engine_stream *stream,
                                       struct span id, struct engine_shard *out);

/* A SequenceNumber; the answer is in `out`. */
struct span stream_name_sequence(struct engine_position at,
                                 char out[STREAM_NAME_SEQUENCE_BYTES + 1]);

/* The position of a SequenceNumber. False: the text is none that stream_name_sequence makes. */
MUST_USE bool stream_name_position(struct span sequence, struct engine_position *out);

#endif
