/* stream_record.c -- see stream_record.h.
 *
 * An eventID is the seal of the stream's ARN, 16 bytes that no other stream of any database has,
 * with the record's position laid over its first twelve: within a stream the position tells records
 * apart, between streams the seal does.
 */
#include "api/stream_record.h"

#include "api/reply.h"
#include "api/stream_fields.h"
#include "api/stream_name.h"
#include "base/bytes.h"

enum { MS_PER_SECOND = 1000, EVENT_ID_BYTES = 2 * ENGINE_SEAL_BYTES };

struct stream_record_source stream_record_source(const struct call *call,
                                                 const struct engine_stream *stream,
                                                 struct span stream_arn)
{
    struct stream_record_source source = {
        .region = call->caller.region,
        .view = stream_fields_view(stream->view),
    };
    engine_seal(call->engine->engine, stream_arn, source.identity);
    return source;
}

static struct span event_id(const struct stream_record_source *source, struct engine_position at,
                            uint8_t out[EVENT_ID_BYTES])
{
    static const uint8_t digits[] = "0123456789abcdef";
    uint8_t place[ENGINE_SEAL_BYTES] = {0};
    bytes_store_u64_be(place, at.sequence);
    bytes_store_u32_be(place + 8, at.ordinal);
    for (size_t i = 0; i < ENGINE_SEAL_BYTES; i++) {
        const uint8_t byte = (uint8_t)(source->identity[i] ^ place[i]);
        out[2 * i] = digits[byte >> 4];
        out[2 * i + 1] = digits[byte & 15];
    }
    return (struct span){out, EVENT_ID_BYTES};
}

struct span stream_record_kind(engine_record_kind kind)
{
    switch (kind) {
    case ENGINE_RECORD_INSERT:
        return SPAN("INSERT");
    case ENGINE_RECORD_MODIFY:
        return SPAN("MODIFY");
    case ENGINE_RECORD_REMOVE:
        return SPAN("REMOVE");
    }
    return SPAN("");
}

/* "dynamodb": {…}; the time is rounded down to the second (API_streams_StreamRecord). */
static void write_change(struct reply_writer *reply, const struct stream_record_source *source,
                         const struct engine_record *record)
{
    char sequence[STREAM_NAME_SEQUENCE_BYTES + 1];
    reply_writer_key(reply, SPAN("dynamodb"));
    reply_writer_object_begin(reply);
    reply_writer_member_i64(reply, "ApproximateCreationDateTime",
                            (int64_t)(record->time_ms / MS_PER_SECOND));
    reply_item(reply, "Keys", record->keys);
    reply_item(reply, "NewImage", record->new_image);
    reply_item(reply, "OldImage", record->old_image);
    reply_writer_member_string(reply, "SequenceNumber", stream_name_sequence(record->at, sequence));
    reply_writer_member_i64(reply, "SizeBytes", record->bytes);
    reply_writer_member_string(reply, "StreamViewType", source->view);
    reply_writer_object_end(reply);
}

static void write_identity(struct reply_writer *reply)
{
    reply_writer_key(reply, SPAN("userIdentity"));
    reply_writer_object_begin(reply);
    reply_writer_member_string(reply, "PrincipalId", SPAN("dynamodb.amazonaws.com"));
    reply_writer_member_string(reply, "Type", SPAN("Service"));
    reply_writer_object_end(reply);
}

void stream_record_write(struct reply_writer *reply, const struct stream_record_source *source,
                         const struct engine_record *record)
{
    uint8_t id[EVENT_ID_BYTES];
    reply_writer_object_begin(reply);
    reply_writer_member_string(reply, "awsRegion", source->region);
    write_change(reply, source, record);
    reply_writer_member_string(reply, "eventID", event_id(source, record->at, id));
    reply_writer_member_string(reply, "eventName", stream_record_kind(record->kind));
    reply_writer_member_string(reply, "eventSource", SPAN("aws:dynamodb"));
    reply_writer_member_string(reply, "eventVersion", SPAN("1.1"));
    if (record->by_service) write_identity(reply);
    reply_writer_object_end(reply);
}
