/* describe_stream.c -- DescribeStream: what a stream is, and its shards.
 *
 * Shards stand in the order in which they were made, so a parent comes before its children. An open
 * shard has no EndingSequenceNumber (API_streams_DescribeStream). ExclusiveStartShardId need not be
 * the id of a shard: what follows it in that order is listed. ShardFilter lists the children of one
 * shard: how a consumer that has read a shard to its end goes on without listing all of them
 * (Streams#Streams.Processing); a shard that is not there has none.
 */
#include "api/reply.h"
#include "api/stream_fields.h"
#include "api/stream_name.h"
#include "api/table_parts.h"
#include "base/limits.h"

#include <assert.h>

enum { CHILD_SHARDS = 1 };

struct filter {
    struct field_enum type;
    struct span shard;
};

static const struct field_choice filter_types[] = {
    {"CHILD_SHARDS", CHILD_SHARDS},
};
static const struct field_choices filter_type_words = FIELD_CHOICES(filter_types);

static const struct field filter_fields[] = {
    FIELD_CHOICE(filter, type, "Type", OPTIONAL, filter_type_words),
    FIELD(filter, shard, "ShardId", FIELD_STRING, OPTIONAL, LIMIT_SHARD_ID_BYTES_MIN,
          LIMIT_SHARD_ID_BYTES),
};
static const struct field_shape filter_shape = FIELD_SHAPE("ShardFilter", filter, filter_fields);

struct describe_stream_in {
    struct span arn;
    struct field_number limit;
    struct span start;
    struct filter *filter;
};

static const struct field describe_stream_fields[] = {
    FIELD(describe_stream_in, arn, "StreamArn", FIELD_STRING, OPTIONAL, 0, 0),
    STREAM_FIELDS_LIMIT(describe_stream_in),
    FIELD(describe_stream_in, start, "ExclusiveStartShardId", FIELD_STRING, OPTIONAL,
          LIMIT_SHARD_ID_BYTES_MIN, LIMIT_SHARD_ID_BYTES),
    FIELD_OF(describe_stream_in, filter, "ShardFilter", FIELD_STRUCT, OPTIONAL, 0, 0, filter_shape),
};

/* ---- which shards */

static status check_filter(struct call *call, const struct filter *filter)
{
    if (filter == NULL) return ST_OK;
    const bool has_type = filter->type.text.ptr != NULL;
    const bool has_shard = filter->shard.ptr != NULL;
    if (has_type == has_shard) return ST_OK;
    return FAIL(call->err, ST_VALIDATION,
                "One or more parameter values were invalid: ShardFilter needs both Type and "
                "ShardId");
}

/* The number after which the shards that follow `id` begin. */
static uint32_t number_before(struct span id)
{
    uint32_t number = 0;
    if (id.ptr == NULL) return 0;
    if (stream_name_shard_number(id, &number)) return number;
    return span_compare(id, SPAN("shardId-")) < 0 ? 0 : UINT32_MAX;
}

/* Find the shards that the request asks for; of `filter` those of a parent that may not be. */
static status find_shards(struct call *call, const struct describe_stream_in *in,
                          struct engine_shards *list)
{
    list->after = number_before(in->start);
    if (in->filter != NULL && in->filter->shard.ptr != NULL) {
        const bool is_shard = stream_name_shard_number(in->filter->shard, &list->children_of);
        if (!is_shard || list->children_of == 0) return ST_OK;
    }
    const status st = engine_stream_shards(call->engine, list, call->arena);
    if (st == ST_NOT_FOUND) return stream_name_fail(call, in->arn);
    if (st != ST_OK) return FAIL_PLAIN(call->err, st);
    return ST_OK;
}

/* The shard with this number, which may be in `list`; NULL: it is not there any more. */
static status find_parent(struct call *call, const struct engine_shards *list, uint32_t number,
                          const struct engine_shard **out)
{
    *out = NULL;
    for (uint32_t i = 0; i < list->count; i++)
        if (list->shards[i].number == number) *out = &list->shards[i];
    if (*out != NULL || number == 0) return ST_OK;
    struct engine_shards one = {.stream = list->stream, .after = number - 1, .limit = 1};
    TRY_PLAIN(call->err, engine_stream_shards(call->engine, &one, call->arena));
    if (one.count > 0 && one.shards[0].number == number) *out = &one.shards[0];
    return ST_OK;
}

/* ---- the reply */

static void write_range(struct reply_writer *reply, const struct engine_shard *shard)
{
    char sequence[STREAM_NAME_SEQUENCE_BYTES + 1];
    reply_writer_key(reply, SPAN("SequenceNumberRange"));
    reply_writer_object_begin(reply);
    if (!shard->open)
        reply_writer_member_string(reply, "EndingSequenceNumber",
                                   stream_name_sequence(shard->last, sequence));
    reply_writer_member_string(reply, "StartingSequenceNumber",
                               stream_name_sequence(shard->first, sequence));
    reply_writer_object_end(reply);
}

static void write_shard(struct reply_writer *reply, const struct engine_shard *shard,
                        const struct engine_shard *parent)
{
    char id[STREAM_NAME_SHARD_BYTES + 1];
    reply_writer_object_begin(reply);
    if (parent != NULL)
        reply_writer_member_string(reply, "ParentShardId", stream_name_shard(parent, id));
    write_range(reply, shard);
    reply_writer_member_string(reply, "ShardId", stream_name_shard(shard, id));
    reply_writer_object_end(reply);
}

static status write_shards(struct call *call, const struct engine_shards *list)
{
    struct reply_writer *reply = call->reply;
    const struct engine_shard *parent = NULL;
    char id[STREAM_NAME_SHARD_BYTES + 1];
    if (list->more) {
        assert(list->count > 0);
        reply_writer_member_string(reply, "LastEvaluatedShardId",
                                   stream_name_shard(&list->shards[list->count - 1], id));
    }
    reply_writer_key(reply, SPAN("Shards"));
    reply_writer_array_begin(reply);
    for (uint32_t i = 0; i < list->count; i++) {
        TRY(find_parent(call, list, list->shards[i].parent, &parent));
        write_shard(reply, &list->shards[i], parent);
    }
    reply_writer_array_end(reply);
    return ST_OK;
}

static struct span status_word(engine_stream_status st)
{
    return st == ENGINE_STREAM_ENABLED ? SPAN("ENABLED") : SPAN("DISABLED");
}

static status write_description(struct call *call, const struct describe_stream_in *in,
                                const struct engine_stream *stream,
                                const struct engine_shards *list)
{
    struct reply_writer *reply = call->reply;
    char label[STREAM_NAME_LABEL_BYTES + 1];
    reply_writer_key(reply, SPAN("StreamDescription"));
    reply_writer_object_begin(reply);
    reply_time(reply, "CreationRequestDateTime", stream->made_ms);
    table_parts_key(reply, &stream->key);
    TRY(write_shards(call, list));
    reply_writer_member_string(reply, "StreamArn", in->arn);
    reply_writer_member_string(reply, "StreamLabel", stream_name_label(stream->made_ms, label));
    reply_writer_member_string(reply, "StreamStatus", status_word(stream->status));
    reply_writer_member_string(reply, "StreamViewType", stream_fields_view(stream->view));
    reply_writer_member_string(reply, "TableName", stream->table_name);
    reply_writer_object_end(reply);
    return ST_OK;
}

static status describe_stream_run(struct call *call, const struct describe_stream_in *in)
{
    struct engine_stream stream = {0};
    struct engine_shards list = {.limit = 0};
    TRY(stream_fields_limit(call, in->limit, &list.limit));
    TRY(check_filter(call, in->filter));
    TRY(stream_name_find(call, in->arn, &stream));
    list.stream = stream.number;
    TRY(find_shards(call, in, &list));
    return write_description(call, in, &stream, &list);
}

OP_DEFINE(describe_stream)
