/* reply.h -- pieces of replies that several operations share, and the error body.
 *
 * Operations write members of the reply's object through call->reply (reply_writer.h); the braces
 * around them are the framework's. Failure sticks in the reply's buf, so nothing here returns one.
 */
#ifndef STATOR_API_REPLY_H
#define STATOR_API_REPLY_H

#include "api/op.h"

/* "Item": {"pk": {"S": "a"}}; nothing at all when `map` is VALUE_NONE. */
void reply_item(struct reply_writer *reply, const char *name, struct value map);

/* "CreationDateTime": 1700000000.123; DynamoDB's form of a time. */
void reply_time(struct reply_writer *reply, const char *name, uint64_t time_ms);

/* "arn:aws:dynamodb:us-east-1:000000000000:table/Music/index/by-year", in the call's arena; of the
 * table when `index_name` is empty. What there is no memory for is missing. */
MUST_USE struct span reply_arn(const struct call *call, struct span table_name,
                               struct span index_name);

/* "TableArn": "arn:aws:dynamodb:us-east-1:000000000000:table/Music" */
void reply_table_arn(struct call *call, const char *name, struct span table_name);

/* "IndexArn": "arn:aws:dynamodb:us-east-1:000000000000:table/Music/index/by-year" */
void reply_index_arn(struct call *call, const char *name, struct span table_name,
                     struct span index_name);

/* "ConsumedCapacity": {"TableName": "Music", "CapacityUnits": 0.5}, of the table and its indexes
 * together. With `by_index` (INDEXES was asked for) also "Table": {"CapacityUnits": 0.5} and, where
 * there are some, "GlobalSecondaryIndexes": {"by-year": {…}} and "LocalSecondaryIndexes". */
struct reply_capacity {
    struct span table_name;
    uint32_t half_units; /* of the table itself */
    const struct engine_index_cost *indexes;
    uint32_t index_count;
    bool by_index;
};
void reply_capacity(struct reply_writer *reply, const struct reply_capacity *capacity);

/* "None", "ConditionalCheckFailed": the Code of a reason. */
MUST_USE const char *reply_reason_code(status st);

/* "CapacityUnits": 1.5 */
void reply_units(struct reply_writer *reply, const char *name, uint64_t half_units);

/* The whole reply of the failure in call->err: {"__type":"com.amazonaws…#X","message":"…"}, with
 * the refused item or the reasons where the failure has them. */
void reply_error(const struct call *call);

#endif
