/* get_shard_iterator.c -- GetShardIterator: a place in a shard to read on from.
 *
 *     TRIM_HORIZON           before the oldest record there is when the iterator is first used
 *     LATEST                 behind the newest there is now
 *     AT_SEQUENCE_NUMBER     before the record with this number
 *     AFTER_SEQUENCE_NUMBER  behind it
 *
 * A number need not be that of a record: it is a place between records then, so the
 * StartingSequenceNumber of a shard is always one. One that is older than the trim horizon is
 * refused here already (API_streams_GetShardIterator#Errors).
 */
#include "api/shard_iterator.h"
#include "api/stream_name.h"
#include "base/limits.h"

#include <assert.h>

typedef enum iterator_type {
    AFTER_SEQUENCE_NUMBER = 1,
    LATEST,
    AT_SEQUENCE_NUMBER,
    TRIM_HORIZON,
} iterator_type;

static const struct field_choice iterator_types[] = {
    {"AFTER_SEQUENCE_NUMBER", AFTER_SEQUENCE_NUMBER},
    {"LATEST",                LATEST               },
    {"AT_SEQUENCE_NUMBER",    AT_SEQUENCE_NUMBER   },
    {"TRIM_HORIZON",          TRIM_HORIZON         },
};
static const struct field_choices iterator_type_words = FIELD_CHOICES(iterator_types);

struct get_shard_iterator_in {
    struct span arn;
    struct span shard;
    struct field_enum type;
    struct span sequence;
};

static const struct field get_shard_iterator_fields[] = {
    FIELD(get_shard_iterator_in, sequence, "SequenceNumber", FIELD_STRING, OPTIONAL,
          LIMIT_SEQUENCE_NUMBER_BYTES_MIN, LIMIT_SEQUENCE_NUMBER_BYTES),
    FIELD(get_shard_iterator_in, arn, "StreamArn", FIELD_STRING, OPTIONAL, 0, 0),
    FIELD(get_shard_iterator_in, shard, "ShardId", FIELD_STRING, REQUIRED, LIMIT_SHARD_ID_BYTES_MIN,
          LIMIT_SHARD_ID_BYTES),
    FIELD_CHOICE(get_shard_iterator_in, type, "ShardIteratorType", REQUIRED, iterator_type_words),
};

#define INVALID "One or more parameter values were invalid: "

static bool goes_by_number(iterator_type type)
{
    return type == AT_SEQUENCE_NUMBER || type == AFTER_SEQUENCE_NUMBER;
}

/* Is a number given where it belongs, and nowhere else? *at is its position. */
static status read_number(struct call *call, const struct get_shard_iterator_in *in,
                          struct engine_position *at)
{
    const bool is_given = in->sequence.ptr != NULL;
    if (is_given != goes_by_number((iterator_type)in->type.value))
        return FAIL(
            call->err, ST_VALIDATION, INVALID "SequenceNumber %s when ShardIteratorType is %.*s",
            is_given ? "cannot be specified" : "must be specified", SPAN_ARG(in->type.text));
    if (is_given && !stream_name_position(in->sequence, at))
        return FAIL(call->err, ST_VALIDATION, INVALID "Invalid SequenceNumber: %.*s",
                    SPAN_ARG(in->sequence));
    return ST_OK;
}

/* Is what follows the iterator still there? ST_TRIMMED. */
static status check_there(struct call *call, const struct shard_iterator *iterator, uint32_t stream)
{
    struct engine_records records = {
        .stream = stream,
        .shard = iterator->shard,
        .after = iterator->after,
        .limit = 1,
        .bytes_max = 1,
    };
    TRY_PLAIN(call->err, engine_stream_read(call->engine, &records, call->arena));
    return ST_OK;
}

/* Set iterator->after to the place of a `type` that goes by no number, or by that of `at`. */
static status find_place(struct call *call, iterator_type type, struct engine_position at,
                         uint32_t stream, struct shard_iterator *iterator)
{
    switch (type) {
    case TRIM_HORIZON:
        return ST_OK;
    case LATEST:
        TRY_PLAIN(call->err,
                  engine_stream_latest(call->engine, stream, iterator->shard, &iterator->after));
        return ST_OK;
    case AT_SEQUENCE_NUMBER:
        iterator->after = engine_stream_before(at);
        return check_there(call, iterator, stream);
    case AFTER_SEQUENCE_NUMBER:
        iterator->after = at;
        return check_there(call, iterator, stream);
    }
    assert(false);
    return ST_INTERNAL;
}

static status get_shard_iterator_run(struct call *call, const struct get_shard_iterator_in *in)
{
    struct engine_stream stream = {0};
    struct engine_shard shard = {0};
    struct shard_iterator iterator = {.stream_arn = in->arn};
    struct engine_position at = {0};
    struct span text = {0};
    TRY(read_number(call, in, &at));
    TRY(stream_name_find(call, in->arn, &stream));
    TRY(stream_name_find_shard(call, &stream, in->shard, &shard));
    iterator.shard = shard.number;
    TRY(find_place(call, (iterator_type)in->type.value, at, stream.number, &iterator));
    TRY(shard_iterator_write(call, &iterator, &text));
    reply_writer_member_string(call->reply, "ShardIterator", text);
    return ST_OK;
}

OP_DEFINE(get_shard_iterator)
