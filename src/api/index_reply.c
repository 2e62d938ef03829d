/* index_reply.c -- the parts of a TableDescription that tell of secondary indexes.
 *
 * Indexes stand in the order in which they were made. Those of a table that is CREATING are so too;
 * they have no WarmThroughput yet, unless it was asked for.
 */
#include "api/index_reply.h"

#include <assert.h>

#include "api/reply.h"
#include "api/table_parts.h"

static struct span projection_word(table_projection projection)
{
    switch (projection) {
    case TABLE_PROJECT_ALL:
        return SPAN("ALL");
    case TABLE_PROJECT_KEYS_ONLY:
        return SPAN("KEYS_ONLY");
    case TABLE_PROJECT_INCLUDE:
        return SPAN("INCLUDE");
    }
    assert(false);
    return SPAN("");
}

static void write_projection(struct reply_writer *reply, const struct table_index *index)
{
    reply_writer_key(reply, SPAN("Projection"));
    reply_writer_object_begin(reply);
    if (index->projection == TABLE_PROJECT_INCLUDE) {
        reply_writer_key(reply, SPAN("NonKeyAttributes"));
        reply_writer_array_begin(reply);
        for (uint8_t i = 0; i < index->included_count; i++) {
            reply_writer_string(reply, index->included[i]);
        }
        reply_writer_array_end(reply);
    }
    reply_writer_member_string(reply, "ProjectionType", projection_word(index->projection));
    reply_writer_object_end(reply);
}

/* What both kinds have. */
static void write_common(struct call *call, const struct table *table,
                         const struct table_index *index)
{
    struct reply_writer *reply = call->reply;
    reply_index_arn(call, "IndexArn", table->spec.name, index->name);
    reply_writer_member_string(reply, "IndexName", index->name);
    table_parts_count(reply, "IndexSizeBytes", atomic_load(&index->live->item_bytes));
    table_parts_count(reply, "ItemCount", atomic_load(&index->live->item_count));
    table_parts_key(reply, &index->key);
    write_projection(reply, index);
}

static void write_warm(struct reply_writer *reply, const struct table *table,
                       const struct table_index *index)
{
    const bool with_table = table->status == TABLE_CREATING;
    if (with_table && !index->warm.asked) return;
    table_parts_warm(reply, &index->warm, !with_table && index->status != TABLE_CREATING);
}

static void write_global(struct call *call, const struct table *table,
                         const struct table_index *index)
{
    struct reply_writer *reply = call->reply;
    const bool with_table = table->status == TABLE_CREATING;
    const table_status st = with_table ? TABLE_CREATING : index->status;
    reply_writer_object_begin(reply);
    if (st == TABLE_CREATING && !with_table) {
        reply_writer_member_bool(reply, "Backfilling", index->backfilling);
    }
    table_parts_status(reply, "IndexStatus", st);
    write_common(call, table, index);
    table_parts_on_demand(reply, index->on_demand_read_max, index->on_demand_write_max);
    table_parts_throughput(reply, &index->throughput);
    write_warm(reply, table, index);
    reply_writer_object_end(reply);
}

static void write_local(struct call *call, const struct table *table,
                        const struct table_index *index)
{
    reply_writer_object_begin(call->reply);
    write_common(call, table, index);
    reply_writer_object_end(call->reply);
}

static bool has_any(const struct table *table, bool global)
{
    for (uint8_t i = 0; i < table->spec.index_count; i++) {
        if (table->spec.indexes[i].global == global) return true;
    }
    return false;
}

void index_reply_global(struct call *call, const struct table *table)
{
    if (!has_any(table, true)) return;
    reply_writer_key(call->reply, SPAN("GlobalSecondaryIndexes"));
    reply_writer_array_begin(call->reply);
    for (uint8_t i = 0; i < table->spec.index_count; i++) {
        const struct table_index *index = &table->spec.indexes[i];
        if (index->global) write_global(call, table, index);
    }
    reply_writer_array_end(call->reply);
}

void index_reply_local(struct call *call, const struct table *table)
{
    if (!has_any(table, false)) return;
    reply_writer_key(call->reply, SPAN("LocalSecondaryIndexes"));
    reply_writer_array_begin(call->reply);
    for (uint8_t i = 0; i < table->spec.index_count; i++) {
        const struct table_index *index = &table->spec.indexes[i];
        if (!index->global) write_local(call, table, index);
    }
    reply_writer_array_end(call->reply);
}
