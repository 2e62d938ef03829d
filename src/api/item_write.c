/* item_write.c -- the common end of PutItem, UpdateItem and DeleteItem. */
#include "api/item_write.h"

#include "api/reply.h"
#include "api/throttled.h"
#include "item/wire.h"

status item_write_start(struct call *call, struct engine_write *write)
{
    write->arena = call->arena;
    write->err = call->err;
    write->done = op_done;
    write->done_ctx = call;
    return engine_write(call->engine, write);
}

/* "ItemCollectionKey": {"pk": {…}}: the partition key of what was written. */
static void write_collection_key(struct json_writer *reply, struct span name, struct value part)
{
    json_writer_key(reply, SPAN("ItemCollectionKey"));
    json_writer_object_begin(reply);
    json_writer_key(reply, name);
    wire_write_value(reply, part);
    json_writer_object_end(reply);
}

/* What no collection can exceed: the items of the whole table and the entries of its local indexes.
 */
static uint64_t most_collection_bytes(const struct engine_description *description)
{
    const struct table_spec *spec = &description->table->spec;
    uint64_t bytes = description->item_bytes;
    for (uint8_t i = 0; i < spec->index_count; i++)
        if (!spec->indexes[i].global) bytes += atomic_load(&spec->indexes[i].live->item_bytes);
    return bytes;
}

/* "SizeEstimateRangeGB": [0, 1]. One collection is not measured by itself; the table's own size
 * bounds it, so the range is true, if wide in a large table. */
static void write_size_range(struct json_writer *reply, uint64_t most_bytes)
{
    json_writer_key(reply, SPAN("SizeEstimateRangeGB"));
    json_writer_array_begin(reply);
    json_writer_i64(reply, 0);
    json_writer_i64(reply, (int64_t)(most_bytes >> 30) + 1);
    json_writer_array_end(reply);
}

/* "ItemCollectionMetrics": {…}. A table that was deleted since has no collection to tell of. */
static void answer_metrics(struct call *call, const struct engine_write *write)
{
    struct engine_description description = {0};
    struct value part = {0};
    if (!write->has_local_index) return;
    if (engine_table_describe(call->engine, write->table_name, &description, call->err) != ST_OK)
        return;
    const struct span name = description.table->spec.key.partition[0].name;
    if (value_find(write->attributes, name, &part)) {
        json_writer_key(call->reply, SPAN("ItemCollectionMetrics"));
        json_writer_object_begin(call->reply);
        write_collection_key(call->reply, name, part);
        write_size_range(call->reply, most_collection_bytes(&description));
        json_writer_object_end(call->reply);
    }
    table_drop(description.table);
}

status item_write_answer(struct call *call, const struct engine_write *write,
                         struct item_write_asked asked, status st)
{
    if (st == ST_CONDITION_FAILED && write->has_attributes) call->refused_item = write->returned;
    TRY(throttled_note(call, st, write->table_name, &write->throttle));
    if (write->has_attributes) reply_item(call->reply, "Attributes", write->returned);
    const struct params_consumed consumed = {
        .asked = asked.capacity,
        .table_name = write->table_name,
        .half_units = write->write_units * 2,
        .indexes = write->index_costs,
        .index_count = write->index_cost_count,
    };
    params_reply_capacity(call, &consumed);
    if (asked.metrics == PARAMS_METRICS_SIZE) answer_metrics(call, write);
    return ST_OK;
}
