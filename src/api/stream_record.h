/* stream_record.h -- one record of a stream, as GetRecords answers it (API_streams_Record).
 *
 *     {"eventID": "5c0f…", "eventName": "MODIFY", "eventVersion": "1.1",
 *      "eventSource": "aws:dynamodb", "awsRegion": "us-east-1",
 *      "dynamodb": {"ApproximateCreationDateTime": 1769860800, "Keys": {…}, "NewImage": {…},
 *                   "OldImage": {…}, "SequenceNumber": "1…", "SizeBytes": 26,
 *                   "StreamViewType": "NEW_AND_OLD_IMAGES"},
 *      "userIdentity": {"PrincipalId": "dynamodb.amazonaws.com", "Type": "Service"}}
 *
 * userIdentity is there for what time to live deleted, and for nothing else.
 *
 * SR1  An eventID has 32 hexadecimal digits, is the same whenever the record is read, and is
 *      that of no other record, of whatever stream and database: consumers tell repetitions by
 *      it.
 */
#ifndef STATOR_API_STREAM_RECORD_H
#define STATOR_API_STREAM_RECORD_H

#include "api/op.h"
#include "engine/engine_stream.h"

/* What all records of a stream have in common. */
struct stream_record_source {
    struct span region;
    struct span view;                    /* "KEYS_ONLY" */
    uint8_t identity[ENGINE_SEAL_BYTES]; /* of the stream; SR1 */
};

MUST_USE struct stream_record_source stream_record_source(const struct call *call,
                                                          const struct engine_stream *stream,
                                                          struct span stream_arn);

/* "INSERT", "MODIFY" or "REMOVE"; static. */
MUST_USE struct span stream_record_kind(engine_record_kind kind);

/* Write the object. */
void stream_record_write(struct reply_writer *reply, const struct stream_record_source *source,
                         const struct engine_record *record);

#endif
