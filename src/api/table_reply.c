/* table_reply.c -- TableDescription. Members stand in alphabetical order, as the service has them.
 */
#include "api/table_reply.h"

#include "api/index_reply.h"
#include "api/reply.h"
#include "api/stream_fields.h"
#include "api/stream_name.h"
#include "api/table_parts.h"

#include <assert.h>

static struct span billing_word(table_billing billing)
{
    switch (billing) {
    case TABLE_PROVISIONED:
        return SPAN("PROVISIONED");
    case TABLE_PAY_PER_REQUEST:
        return SPAN("PAY_PER_REQUEST");
    }
    assert(false);
    return SPAN("");
}

static void write_billing(struct reply_writer *reply, const struct table *table)
{
    const bool ever_per_request =
        table->spec.billing == TABLE_PAY_PER_REQUEST || table->billing_changed_ms > 0;
    if (!ever_per_request) return;
    reply_writer_key(reply, SPAN("BillingModeSummary"));
    reply_writer_object_begin(reply);
    reply_writer_member_string(reply, "BillingMode", billing_word(table->spec.billing));
    if (table->billing_changed_ms > 0 && table->status == TABLE_ACTIVE) {
        reply_time(reply, "LastUpdateToPayPerRequestDateTime", table->billing_changed_ms);
    }
    reply_writer_object_end(reply);
}

static struct span class_word(table_class class)
{
    return class == TABLE_CLASS_INFREQUENT_ACCESS ? SPAN("STANDARD_INFREQUENT_ACCESS")
                                                  : SPAN("STANDARD");
}

static void write_class(struct reply_writer *reply, const struct table *table)
{
    if (table->spec.class == TABLE_CLASS_UNSET) return;
    reply_writer_key(reply, SPAN("TableClassSummary"));
    reply_writer_object_begin(reply);
    if (table->class_changed_ms > 0) {
        reply_time(reply, "LastUpdateDateTime", table->class_changed_ms);
    }
    reply_writer_member_string(reply, "TableClass", class_word(table->spec.class));
    reply_writer_object_end(reply);
}

/* The latest stream is shown when it is over as well: what tells it on is StreamSpecification. */
static status write_latest_stream(struct call *call, const struct table *table)
{
    char label[STREAM_NAME_LABEL_BYTES + 1];
    struct span arn = {0};
    if (table->stream_number == 0) return ST_OK;
    TRY(stream_name_arn(call, table->spec.name, table->stream_made_ms, &arn));
    reply_writer_member_string(call->reply, "LatestStreamArn", arn);
    reply_writer_member_string(call->reply, "LatestStreamLabel",
                               stream_name_label(table->stream_made_ms, label));
    return ST_OK;
}

static void write_stream(struct reply_writer *reply, table_stream_view view)
{
    if (view == TABLE_STREAM_OFF) return;
    reply_writer_key(reply, SPAN("StreamSpecification"));
    reply_writer_object_begin(reply);
    reply_writer_member_bool(reply, "StreamEnabled", true);
    reply_writer_member_string(reply, "StreamViewType", stream_fields_view(view));
    reply_writer_object_end(reply);
}

/* A table that is being made shows it only where it was asked for. */
static void write_warm(struct reply_writer *reply, const struct table *table)
{
    const bool ready = table->status != TABLE_CREATING;
    if (ready || table->spec.warm.asked) table_parts_warm(reply, &table->spec.warm, ready);
}

status table_reply(struct call *call, const char *name,
                   const struct engine_description *description)
{
    struct reply_writer *reply = call->reply;
    const struct table *table = description->table;
    const struct table_spec *spec = &table->spec;

    reply_writer_key(reply, span_of(name));
    reply_writer_object_begin(reply);
    table_parts_definitions(reply, table);
    write_billing(reply, table);
    reply_time(reply, "CreationDateTime", table->created_ms);
    reply_writer_member_bool(reply, "DeletionProtectionEnabled", spec->deletion_protection);
    index_reply_global(call, table);
    table_parts_count(reply, "ItemCount", description->item_count);
    table_parts_key(reply, &spec->key);
    TRY(write_latest_stream(call, table));
    index_reply_local(call, table);
    table_parts_on_demand(reply, spec->on_demand_read_max, spec->on_demand_write_max);
    table_parts_throughput(reply, &spec->throughput);
    write_stream(reply, spec->stream);
    reply_table_arn(call, "TableArn", spec->name);
    write_class(reply, table);
    reply_writer_member_string(reply, "TableId", span_of(table->id));
    reply_writer_member_string(reply, "TableName", spec->name);
    table_parts_count(reply, "TableSizeBytes", description->item_bytes);
    table_parts_status(reply, "TableStatus", table->status);
    write_warm(reply, table);
    reply_writer_object_end(reply);
    return ST_OK;
}
