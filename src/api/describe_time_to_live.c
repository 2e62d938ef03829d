/* describe_time_to_live.c -- DescribeTimeToLive: by which attribute a table's items expire.
 *
 * ENABLING is shown while the items of before get their expiry entries; they expire meanwhile as
 * any other. DISABLING is never shown: that takes one commit. A table whose time to live was
 * switched off looks like one that never had it, as in the service.
 */
#include "api/op.h"
#include "base/limits.h"

struct describe_time_to_live_in {
    struct span table_name;
};

static const struct field describe_time_to_live_fields[] = {
    FIELD(describe_time_to_live_in, table_name, "TableName", FIELD_TABLE, DEMANDED,
          LIMIT_TABLE_NAME_BYTES_MIN, LIMIT_TABLE_NAME_BYTES),
};

static struct span status_of(const struct table *table)
{
    if (table->spec.ttl_attribute.len == 0) return SPAN("DISABLED");
    return table->ttl_filling != 0 ? SPAN("ENABLING") : SPAN("ENABLED");
}

static void reply_description(struct reply_writer *reply, const struct table *table)
{
    const struct span attribute = table->spec.ttl_attribute;
    reply_writer_key(reply, SPAN("TimeToLiveDescription"));
    reply_writer_object_begin(reply);
    reply_writer_member_string(reply, "TimeToLiveStatus", status_of(table));
    if (attribute.len > 0) reply_writer_member_string(reply, "AttributeName", attribute);
    reply_writer_object_end(reply);
}

static status describe_time_to_live_run(struct call *call,
                                        const struct describe_time_to_live_in *in)
{
    struct engine_description description = {0};
    TRY(engine_table_describe(call->engine, in->table_name, &description, call->err));
    reply_description(call->reply, description.table);
    table_drop(description.table);
    return ST_OK;
}

OP_DEFINE(describe_time_to_live)
