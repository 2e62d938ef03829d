/* stream_fields.h -- what the operations on streams share: Limit, StreamViewType. */
#ifndef STATOR_API_STREAM_FIELDS_H
#define STATOR_API_STREAM_FIELDS_H

#include "api/op.h"

/* "Limit" of ListStreams and DescribeStream. */
#define STREAM_FIELDS_LIMIT(in) FIELD(in, limit, "Limit", FIELD_INTEGER, OPTIONAL, 1, 0)

/* How many are to be listed: LIMIT_LISTED_STREAMS unless given. ST_VALIDATION: it is more. */
MUST_USE status stream_fields_limit(struct call *call, struct field_number limit, uint32_t *out);

/* "NEW_IMAGE"; `view` is not TABLE_STREAM_OFF. */
MUST_USE struct span stream_fields_view(table_stream_view view);

#endif
