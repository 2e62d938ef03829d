/* logbook.h -- the change log: what a write of an item appends, in its own commit.
 *
 *     logbook_begin    a table's stream is switched on: it has its shards
 *     logbook_append   one item changed: one record, in the shard of its partition key
 *     logbook_end      the stream is switched off, or its table ends: every shard is closed
 *     logbook_tell     that became readable: whoever watches the stream is told
 *
 * Who reads it: logbook_read.c. What goes from its old end: logbook_trim.h. As bytes:
 * logbook_form.h.
 *
 * Q1  A record is appended in the commit of its change, and by nothing else: no change without its
 *     record, and no record without its change (R1 of engine_stream.h).
 * Q2  An item that is written as it was changes nothing and has no record (developer guide, "Change
 *     data capture for DynamoDB Streams").
 * Q3  A record's position is the commit's sequence and a number within the commit. Positions of a
 *     shard ascend, since functions of the store run in the order of their sequences.
 * Q4  The ranges of a stream's open shards touch, do not overlap, and cover all hashes. A closed
 *     shard gets no more records; its children cover its range, from the record on that made
 *     them (R2).
 * Q5  A shard counts its records and their bytes, to the byte, with every one of them.
 * Q6  A table without a stream pays two comparisons for each change: when it is staged, and when it
 *     is durable.
 *
 * A shard is closed for a child of the same range four hours after it was made, as on AWS, by the
 * first record that comes then; and for two children of half its range each, while the stream has
 * fewer open shards than the engine was told to give it (engine_options.stream_shards).
 */
#ifndef STATOR_ENGINE_LOGBOOK_H
#define STATOR_ENGINE_LOGBOOK_H

#include "engine/logbook_form.h"

/* A change of an item, by one function of the store. */
struct logbook_change {
    struct store_txn *txn;
    struct engine *engine;
    const struct table *table; /* its stream is on */
    struct span item;          /* the item's store key */
    uint32_t ordinal;          /* greater than those that the function used before */
    bool by_service;
    struct value before, after;         /* VALUE_M, or VALUE_NONE where there is no item */
    uint32_t before_bytes, after_bytes; /* DynamoDB's sizes of these */
    struct arena *arena;
};

/* Stage the record of `change`. ST_NO_MEMORY and the store's. */
MUST_USE status logbook_append(const struct logbook_change *change);

/* Stage a new stream with the number table->stream_number, and set table->stream_made_ms.
 * ST_LIMIT_EXCEEDED: the year 9999 has no moment left. */
MUST_USE status logbook_begin(struct store_txn *txn, const struct engine *engine,
                              struct table *table, struct arena *arena);

/* Stage the end of the stream that `table` has on. */
MUST_USE status logbook_end(struct store_txn *txn, const struct engine *engine,
                            const struct table *table, struct arena *arena);

/* Stage `stream` as it is now. */
MUST_USE status logbook_put_stream(struct store_txn *txn, uint32_t number,
                                   const struct logbook_stream *stream, struct arena *arena);
MUST_USE status logbook_put_shard(struct store_txn *txn, uint32_t stream, uint32_t number,
                                  const struct logbook_shard *shard);

/* Read them; *found says whether there is one. */
MUST_USE status logbook_get_stream(struct store_txn *txn, uint32_t number,
                                   struct logbook_stream *out, bool *found);
MUST_USE status logbook_get_shard(struct store_txn *txn, uint32_t stream, uint32_t number,
                                  struct logbook_shard *out, bool *found);

/* Is there a stream with this number in the space? ST_NOT_FOUND. */
MUST_USE status logbook_check_space(const struct engine_space *space, uint32_t stream);

/* Call everybody who watches the stream, after a commit to it became readable. */
void logbook_tell(struct engine *engine, uint32_t stream);

/* Call everybody who watches any stream. */
void logbook_tell_all(struct engine *engine);

#endif
