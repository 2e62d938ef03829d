/* get_records.c -- GetRecords: what follows a place in a shard, and the place to read on from.
 *
 * An open shard always has a next iterator, with no records as well; the end of a closed one has
 * none, which tells the consumer to go on with its children (API_streams_GetRecords). The next
 * iterator of a read that found nothing is as old as the reply: polling keeps it from expiring.
 *
 * A reply holds at most LIMIT_STREAM_RECORDS records, or 1 MB of their sizes and one record.
 */
#include "api/shard_iterator.h"
#include "api/stream_name.h"
#include "api/stream_record.h"
#include "base/limits.h"

struct get_records_in {
    struct span iterator;
    struct field_number limit;
};

static const struct field get_records_fields[] = {
    FIELD(get_records_in, iterator, "ShardIterator", FIELD_STRING, REQUIRED, 1,
          LIMIT_ITERATOR_BYTES),
    FIELD(get_records_in, limit, "Limit", FIELD_INTEGER, OPTIONAL, 1, 0),
};

static status check_limit(struct call *call, struct field_number limit)
{
    if (!limit.given || limit.value <= LIMIT_STREAM_RECORDS) return ST_OK;
    return FAIL(call->err, ST_VALIDATION,
                "One or more parameter values were invalid: Limit should be less than or equal to "
                "%d",
                (int)LIMIT_STREAM_RECORDS);
}

static status read_records(struct call *call, struct engine_records *records)
{
    const status st = engine_stream_read(call->engine, records, call->arena);
    if (st == ST_NOT_FOUND)
        return FAIL(call->err, ST_NOT_FOUND, "Invalid ShardId in ShardIterator");
    if (st != ST_OK) return FAIL_PLAIN(call->err, st);
    return ST_OK;
}

static status write_next(struct call *call, const struct shard_iterator *from,
                         const struct engine_records *records)
{
    struct shard_iterator next = *from;
    struct span text = {0};
    if (records->ended) return ST_OK;
    next.after = records->next;
    TRY(shard_iterator_write(call, &next, &text));
    reply_writer_member_string(call->reply, "NextShardIterator", text);
    return ST_OK;
}

static void write_records(struct call *call, const struct engine_stream *stream,
                          struct span stream_arn, const struct engine_records *records)
{
    const struct stream_record_source source = stream_record_source(call, stream, stream_arn);
    reply_writer_key(call->reply, SPAN("Records"));
    reply_writer_array_begin(call->reply);
    for (uint32_t i = 0; i < records->count; i++)
        stream_record_write(call->reply, &source, &records->records[i]);
    reply_writer_array_end(call->reply);
}

static status get_records_run(struct call *call, const struct get_records_in *in)
{
    struct shard_iterator iterator = {0};
    struct engine_stream stream = {0};
    TRY(shard_iterator_read(call, in->iterator, &iterator));
    TRY(check_limit(call, in->limit));
    TRY(stream_name_find(call, iterator.stream_arn, &stream));
    struct engine_records records = {
        .stream = stream.number,
        .shard = iterator.shard,
        .after = iterator.after,
        .limit = in->limit.given ? (uint32_t)in->limit.value : LIMIT_STREAM_RECORDS,
        .bytes_max = LIMIT_STREAM_READ_BYTES,
    };
    TRY(read_records(call, &records));
    TRY(write_next(call, &iterator, &records));
    write_records(call, &stream, iterator.stream_arn, &records);
    return ST_OK;
}

OP_DEFINE(get_records)
