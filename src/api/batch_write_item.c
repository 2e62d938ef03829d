/* batch_write_item.c -- BatchWriteItem: up to 25 puts and deletes in several tables.
 *
 * Each is as PutItem or DeleteItem without conditions. The whole request goes to disk at once, but
 * for what a table or an index has no write units for, which comes back in UnprocessedItems;
 * DynamoDB promises less, and so do we: see many.c.
 */
#include "api/consumed.h"
#include "api/item_metrics.h"
#include "api/throttled.h"
#include "api/transact.h"
#include "item/item.h"

struct put_request {
    struct field_item item;
};
static const struct field put_request_fields[] = {
    FIELD(put_request, item, "Item", FIELD_ITEM, REQUIRED, 0, 0),
};
static const struct field_shape put_request_shape =
    FIELD_SHAPE("PutRequest", put_request, put_request_fields);

struct delete_request {
    struct field_item key;
};
static const struct field delete_request_fields[] = {
    FIELD(delete_request, key, "Key", FIELD_ITEM, REQUIRED, 0, 0),
};
static const struct field_shape delete_request_shape =
    FIELD_SHAPE("DeleteRequest", delete_request, delete_request_fields);

/* One of the two. */
struct write_request {
    const struct delete_request *delete;
    const struct put_request *put;
};
static const struct field write_request_fields[] = {
    FIELD_OF(write_request, delete, "DeleteRequest", FIELD_STRUCT, OPTIONAL, 0, 0,
             delete_request_shape),
    FIELD_OF(write_request, put, "PutRequest", FIELD_STRUCT, OPTIONAL, 0, 0, put_request_shape),
};
static const struct field_shape write_request_shape =
    FIELD_SHAPE("WriteRequest", write_request, write_request_fields);

struct batch_write_item_in {
    struct field_enum capacity;
    struct field_enum metrics;
    struct field_list tables;

    struct engine_many many; /* kept from run to finish */
};

static const struct field batch_write_item_fields[] = {
    FIELD_CHOICE(batch_write_item_in, capacity, "ReturnConsumedCapacity", OPTIONAL,
                 params_capacity_words),
    FIELD_CHOICE(batch_write_item_in, metrics, "ReturnItemCollectionMetrics", OPTIONAL,
                 params_metrics_words),
    FIELD_BY_TABLE(batch_write_item_in, tables, "RequestItems", FIELD_MAP_OF_LISTS, REQUIRED, 1,
                   LIMIT_BATCH_WRITES, write_request_shape),
};

/* ---- the request's own rules */

static status check_put(struct call *call, const struct put_request *put)
{
    TRY(params_late(call, &put->item));
    if (item_size(put->item.value) <= LIMIT_ITEM_BYTES) return ST_OK;
    return FAIL(call->err, ST_VALIDATION, "Item size has exceeded the maximum allowed size");
}

static status check_request(struct call *call, const struct write_request *request)
{
    if ((request->put == NULL) == (request->delete == NULL)) {
        return FAIL(call->err, ST_VALIDATION,
                    "Supplied AttributeValue has more than one datatypes set, must contain exactly "
                    "one of the supported datatypes");
    }
    return request->put != NULL ? check_put(call, request->put)
                                : params_late(call, &request->delete->key);
}

/* Check one table's part and append its writes. */
static status plan_table(struct call *call, const struct field_named_list *table,
                         struct engine_many *many)
{
    if (table->list.count > LIMIT_BATCH_WRITES - many->count) {
        return FAIL(call->err, ST_VALIDATION,
                    "Too many items requested for the BatchWriteItem call");
    }
    struct error *errors = transact_errors(call, table->list.count);
    if (errors == NULL) return FAIL_PLAIN(call->err, ST_NO_MEMORY);
    for (uint32_t i = 0; i < table->list.count; i++) {
        const struct write_request *request = FIELD_AT(table->list, struct write_request, i);
        TRY(check_request(call, request));
        many->writes[many->count++] = (struct engine_write){
            .verb = request->put != NULL ? ENGINE_PUT : ENGINE_DELETE,
            .table_name = table->name,
            .attributes =
                request->put != NULL ? request->put->item.value : request->delete->key.value,
            .arena = call->arena,
            .err = &errors[i],
        };
    }
    return ST_OK;
}

static status plan(struct call *call, const struct field_list *tables, struct engine_many *many)
{
    if (tables->count == 0) {
        return FAIL(call->err, ST_VALIDATION,
                    "The requestItems parameter is required for BatchWriteItem");
    }
    many->writes = arena_new_array(call->arena, LIMIT_BATCH_WRITES, struct engine_write);
    if (many->writes == NULL) return FAIL_PLAIN(call->err, ST_NO_MEMORY);
    for (uint32_t i = 0; i < tables->count; i++) {
        TRY(params_check_table_once(call, tables, i, sizeof(struct field_named_list)));
        TRY(plan_table(call, FIELD_AT(*tables, struct field_named_list, i), many));
    }
    return ST_OK;
}

static status batch_write_item_run(struct call *call, struct batch_write_item_in *in)
{
    in->many = (struct engine_many){
        .arena = call->arena, .err = call->err, .done = op_done, .done_ctx = call};
    TRY(plan(call, &in->tables, &in->many));
    return engine_write_many(call->engine, &in->many);
}

/* ---- the reply: `writes` are a table's, as many as it has requests */

/* {"PutRequest": {"Item": {…}}}, as it came */
static void reply_request(struct reply_writer *reply, const struct engine_write *write)
{
    const bool puts = write->verb == ENGINE_PUT;
    reply_writer_object_begin(reply);
    reply_writer_key(reply, span_of(puts ? "PutRequest" : "DeleteRequest"));
    reply_writer_object_begin(reply);
    reply_writer_key(reply, span_of(puts ? "Item" : "Key"));
    reply_writer_item(reply, write->attributes);
    reply_writer_object_end(reply);
    reply_writer_object_end(reply);
}

static void reply_table(struct reply_writer *reply, const struct field_named_list *table,
                        const struct engine_write *writes)
{
    bool any = false;
    for (uint32_t i = 0; i < table->list.count; i++) {
        if (!writes[i].unprocessed) continue;
        if (!any) reply_writer_key(reply, table->name);
        if (!any) reply_writer_array_begin(reply);
        any = true;
        reply_request(reply, &writes[i]);
    }
    if (any) reply_writer_array_end(reply);
}

static void reply_unprocessed(struct call *call, const struct batch_write_item_in *in)
{
    const struct engine_write *writes = in->many.writes;
    reply_writer_key(call->reply, SPAN("UnprocessedItems"));
    reply_writer_object_begin(call->reply);
    for (uint32_t i = 0; i < in->tables.count; i++) {
        const struct field_named_list *table = FIELD_AT(in->tables, struct field_named_list, i);
        reply_table(call->reply, table, writes);
        writes += table->list.count;
    }
    reply_writer_object_end(call->reply);
}

/* Nothing could be written: why not. */
static status refuse(struct call *call, const struct engine_many *many, status st)
{
    for (uint32_t i = 0; i < many->count; i++) {
        const struct engine_write *write = &many->writes[i];
        if (call->misfit == NULL) call->misfit = write->misfit;
        if (write->unprocessed &&
            throttled_note(call, st, write->table_name, &write->throttle) != st)
            return ST_NO_MEMORY;
    }
    return st;
}

static status batch_write_item_finish(struct call *call, struct batch_write_item_in *in, status st)
{
    if (st != ST_OK) return refuse(call, &in->many, st);
    reply_unprocessed(call, in);
    item_metrics_reply_many(call, &in->many, &in->metrics);

    struct consumed consumed = {.arena = call->arena, .kind = CONSUMED_PLAIN};
    for (uint32_t i = 0; i < in->many.count; i++) {
        const struct engine_write *write = &in->many.writes[i];
        if (write->unprocessed) continue;
        consumed_add(&consumed, write->table_name, write->write_units * 2);
        consumed_add_indexes(&consumed, write->table_name, write->index_costs,
                             write->index_cost_count);
    }
    return consumed_reply(call, &consumed, (params_capacity)in->capacity.value);
}

OP_DEFINE_WRITE(batch_write_item)
