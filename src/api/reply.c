/* reply.c -- pieces of replies that several operations share, and the error body. */
#include "api/reply.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "api/throttled.h"

static void key(struct reply_writer *reply, const char *name)
{
    reply_writer_key(reply, span_of(name));
}

void reply_item(struct reply_writer *reply, const char *name, struct value map)
{
    if (map.type == VALUE_NONE) return;
    key(reply, name);
    reply_writer_item(reply, map);
}

/* A number already in text form, as a member. */
static void member_raw(struct reply_writer *reply, const char *name, const char *text)
{
    key(reply, name);
    reply_writer_number(reply, (struct span){(const uint8_t *)text, strlen(text)});
}

void reply_time(struct reply_writer *reply, const char *name, uint64_t time_ms)
{
    char text[32];
    (void)snprintf(text, sizeof text, "%" PRIu64 ".%03u", time_ms / 1000,
                   (unsigned)(time_ms % 1000));
    member_raw(reply, name, text);
}

struct span reply_arn(const struct call *call, struct span table_name, struct span index_name)
{
    struct buf arn;
    buf_init(&arn, arena_mem(call->arena), LIMIT_TABLE_ARN_BYTES);
    buf_printf(&arn, "arn:aws:dynamodb:%.*s:%.*s:table/%.*s", SPAN_ARG(call->caller.region),
               SPAN_ARG(call->caller.account), SPAN_ARG(table_name));
    if (index_name.len > 0) buf_printf(&arn, "/index/%.*s", SPAN_ARG(index_name));
    return buf_view(&arn);
}

void reply_table_arn(struct call *call, const char *name, struct span table_name)
{
    reply_writer_member_string(call->reply, name, reply_arn(call, table_name, (struct span){0}));
}

void reply_index_arn(struct call *call, const char *name, struct span table_name,
                     struct span index_name)
{
    reply_writer_member_string(call->reply, name, reply_arn(call, table_name, index_name));
}

void reply_units(struct reply_writer *reply, const char *name, uint64_t half_units)
{
    char text[32];
    (void)snprintf(text, sizeof text, "%" PRIu64 ".%c", half_units / 2,
                   half_units % 2 == 0 ? '0' : '5');
    member_raw(reply, name, text);
}

/* {"CapacityUnits": 0.5} */
static void units_object(struct reply_writer *reply, struct span name, uint32_t half_units)
{
    reply_writer_key(reply, name);
    reply_writer_object_begin(reply);
    reply_units(reply, "CapacityUnits", half_units);
    reply_writer_object_end(reply);
}

/* "GlobalSecondaryIndexes": {"by-year": {…}}, of those indexes that are `global`. */
static void index_units(struct reply_writer *reply, const struct reply_capacity *capacity,
                        const char *name, bool global)
{
    bool any = false;
    for (uint32_t i = 0; i < capacity->index_count; i++) {
        const struct engine_index_cost *index = &capacity->indexes[i];
        if (index->global != global) continue;
        if (!any) key(reply, name);
        if (!any) reply_writer_object_begin(reply);
        any = true;
        units_object(reply, index->name, index->half_units);
    }
    if (any) reply_writer_object_end(reply);
}

static uint32_t total_half_units(const struct reply_capacity *capacity)
{
    uint32_t total = capacity->half_units;
    for (uint32_t i = 0; i < capacity->index_count; i++) total += capacity->indexes[i].half_units;
    return total;
}

void reply_capacity(struct reply_writer *reply, const struct reply_capacity *capacity)
{
    key(reply, "ConsumedCapacity");
    reply_writer_object_begin(reply);
    reply_writer_member_string(reply, "TableName", capacity->table_name);
    reply_units(reply, "CapacityUnits", total_half_units(capacity));
    if (capacity->by_index) {
        units_object(reply, SPAN("Table"), capacity->half_units);
        index_units(reply, capacity, "LocalSecondaryIndexes", false);
        index_units(reply, capacity, "GlobalSecondaryIndexes", true);
    }
    reply_writer_object_end(reply);
}

/* DynamoDB spells the member "Message" where its serializer or its doorkeeper speaks, "message"
 * elsewhere (captured replies of the service in rusoto/rusoto#658; dynalite's tests); for the two
 * errors of transactions its model has the capital. */
static const char *message_key(status st)
{
    static const status capital[] = {ST_SERIALIZATION, ST_ACCESS_DENIED, ST_TX_CANCELED,
                                     ST_TOKEN_MISMATCH};
    for (size_t i = 0; i < ARRAY_COUNT(capital); i++)
        if (st == capital[i]) return "Message";
    return "message";
}

/* ---- CancellationReasons */

/* Source: API reference, TransactWriteItems, "Errors". */
static const struct {
    status status;
    const char *code;
} reason_codes[] = {
    {ST_OK,               "None"                           },
    {ST_CONDITION_FAILED, "ConditionalCheckFailed"         },
    {ST_DUPLICATE_ITEM,   "DuplicateItem"                  },
    {ST_NOT_FOUND,        "ResourceNotFound"               },
    {ST_VERSION,          "ConditionalCheckFailed"         },
    {ST_VALIDATION,       "ValidationError"                },
    {ST_TX_CONFLICT,      "TransactionConflict"            },
    {ST_COLLECTION_SIZE,  "ItemCollectionSizeLimitExceeded"},
    {ST_THROTTLED,        "ProvisionedThroughputExceeded"  },
    {ST_OVER_MAXIMUM,     "ThrottlingError"                },
};

const char *reply_reason_code(status st)
{
    for (size_t i = 0; i < ARRAY_COUNT(reason_codes); i++)
        if (reason_codes[i].status == st) return reason_codes[i].code;
    assert(false); /* the engine gives an action no other status */
    return NULL;
}

/* What keeps an item from fitting its partition schema, which no error of DynamoDB's has. */
static void misfit_members(struct reply_writer *reply, const struct engine_misfit *misfit)
{
    if (misfit == NULL) return;
    reply_writer_member_string(reply, "PartitionSchema", misfit->prefix);
    key(reply, "SchemaErrors");
    reply_writer_array_begin(reply);
    for (uint32_t i = 0; i < misfit->reason_count; i++)
        reply_writer_string(reply, misfit->reasons[i]);
    reply_writer_array_end(reply);
}

static void reason(struct reply_writer *writer, const struct call_reason *why)
{
    const status st = why->err->status;
    reply_writer_object_begin(writer);
    reply_writer_member_string(writer, "Code", span_of(reply_reason_code(st)));
    if (st != ST_OK) reply_writer_member_string(writer, "Message", error_text(why->err));
    reply_item(writer, "Item", why->item);
    misfit_members(writer, why->misfit);
    reply_writer_object_end(writer);
}

static void reasons(struct reply_writer *writer, const struct call *call)
{
    key(writer, "CancellationReasons");
    reply_writer_array_begin(writer);
    for (uint32_t i = 0; i < call->reason_count; i++) reason(writer, &call->reasons[i]);
    reply_writer_array_end(writer);
}

void reply_error(const struct call *call)
{
    struct reply_writer *reply = call->reply;
    const struct error *err = call->err;
    reply_writer_object_begin(reply);
    reply_writer_member_string(reply, "__type", span_of(status_info(err->status)->wire));
    const struct span text = error_text(err);
    if (text.len > 0) reply_writer_member_string(reply, message_key(err->status), text);
    if (err->status == ST_CONDITION_FAILED) reply_item(reply, "Item", call->refused_item);
    if (err->status == ST_TX_CANCELED) reasons(reply, call);
    if (err->status == ST_VALIDATION) misfit_members(reply, call->misfit);
    throttled_reply(reply, call);
    reply_writer_object_end(reply);
}
