/* list_streams.c -- ListStreams: the streams of a table, or of all tables, as they were made.
 *
 * A stream that was switched off stands here for as long as it can be read, and so does one whose
 * table is deleted: under the table's name, beside those of a table made anew (API_streams_Stream:
 * name and label together tell streams apart). LastEvaluatedStreamArn is there exactly when more
 * follow.
 */
#include "api/stream_fields.h"
#include "api/stream_name.h"
#include "base/limits.h"

#include <assert.h>

struct list_streams_in {
    struct span table_name;
    struct span start;
    struct field_number limit;
};

static const struct field list_streams_fields[] = {
    FIELD_NAME(list_streams_in, table_name, "TableName", OPTIONAL, LIMIT_TABLE_NAME_BYTES_MIN,
               LIMIT_TABLE_NAME_BYTES),
    FIELD(list_streams_in, start, "ExclusiveStartStreamArn", FIELD_STRING, OPTIONAL, 0, 0),
    STREAM_FIELDS_LIMIT(list_streams_in),
};

/* The number of the stream that the request begins after; 0: it begins with the first. A stream
 * that is not there any more has none after it, as far as anybody can tell. */
static status find_start(struct call *call, const struct list_streams_in *in, uint32_t *after)
{
    struct engine_stream stream = {0};
    *after = 0;
    if (in->start.ptr == NULL) return ST_OK;
    TRY(stream_name_find(call, in->start, &stream));
    *after = stream.number;
    return ST_OK;
}

static void write_stream(struct call *call, const struct engine_stream *stream, struct span arn)
{
    char label[STREAM_NAME_LABEL_BYTES + 1];
    reply_writer_object_begin(call->reply);
    reply_writer_member_string(call->reply, "StreamArn", arn);
    reply_writer_member_string(call->reply, "StreamLabel",
                               stream_name_label(stream->made_ms, label));
    reply_writer_member_string(call->reply, "TableName", stream->table_name);
    reply_writer_object_end(call->reply);
}

static status write_streams(struct call *call, const struct engine_streams *list)
{
    struct span arn = {0};
    reply_writer_key(call->reply, SPAN("Streams"));
    reply_writer_array_begin(call->reply);
    for (uint32_t i = 0; i < list->count; i++) {
        const struct engine_stream *stream = &list->streams[i];
        TRY(stream_name_arn(call, stream->table_name, stream->made_ms, &arn));
        write_stream(call, stream, arn);
    }
    reply_writer_array_end(call->reply);
    if (!list->more) return ST_OK;
    assert(list->count > 0);
    reply_writer_member_string(call->reply, "LastEvaluatedStreamArn", arn);
    return ST_OK;
}

static status list_streams_run(struct call *call, const struct list_streams_in *in)
{
    struct engine_streams list = {.table_name = in->table_name};
    TRY(stream_fields_limit(call, in->limit, &list.limit));
    TRY(find_start(call, in, &list.after));
    TRY_PLAIN(call->err, engine_stream_list(call->engine, &list, call->arena));
    return write_streams(call, &list);
}

OP_DEFINE(list_streams)
