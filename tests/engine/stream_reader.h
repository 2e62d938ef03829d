/* stream_reader.h -- a consumer of streams, as tests need one: everything there is, as text.
 *
 * Texts live in the fixture's arena. A record is one line:
 *
 *     INSERT {keys} - {new image}
 *     REMOVE by service {keys} {old image} -
 */
#ifndef STATOR_TESTS_ENGINE_STREAM_READER_H
#define STATOR_TESTS_ENGINE_STREAM_READER_H

#include "engine/engine_stream.h"
#include "engine/fixture.h"

/* The latest stream of a table, which must have one. */
struct engine_stream stream_reader_latest(struct fixture *f, const char *table);

/* All shards of a stream; fails when there are more than a hundred. */
struct engine_shards stream_reader_shards(struct fixture *f, uint32_t stream);

/* All records of one shard after a position, by several reads of `limit`; asserts that they ascend
 * (R2). *out is the last read's, with its `next` and `ended`. */
const char *stream_reader_shard(struct fixture *f, struct engine_records *out);

/* All records of a stream from the oldest on, shard by shard in the order of their numbers. */
const char *stream_reader_text(struct fixture *f, uint32_t stream);

/* How many records that are. */
uint32_t stream_reader_count(struct fixture *f, uint32_t stream);

#endif
