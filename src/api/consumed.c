/* consumed.c -- sums of capacity by table and index, and how they are shown.
 *
 * A request has at most 100 tables, nearly always one or two, so a chain is searched. What a
 * transaction costs twice is the caller's to double.
 */
#include "api/consumed.h"

#include "api/reply.h"

struct consumed_index {
    struct span name;
    bool global;
    uint64_t half_units;
    struct consumed_index *next;
};

struct consumed_table {
    struct span name;
    uint64_t half_units; /* of the table itself */
    struct consumed_index *indexes;
    struct consumed_table *next;
};

static struct consumed_table *table_of(struct consumed *consumed, struct span name)
{
    struct consumed_table *table = consumed->first;
    while (table != NULL && !span_eq(table->name, name)) table = table->next;
    if (table != NULL) return table;
    table = arena_new(consumed->arena, struct consumed_table);
    if (table == NULL) {
        consumed->failed = ST_NO_MEMORY;
        return NULL;
    }
    table->name = name;
    if (consumed->last == NULL)
        consumed->first = table;
    else
        consumed->last->next = table;
    consumed->last = table;
    return table;
}

void consumed_add(struct consumed *consumed, struct span table_name, uint32_t half_units)
{
    struct consumed_table *table = table_of(consumed, table_name);
    if (table != NULL) table->half_units += half_units;
}

static struct consumed_index *index_of(struct consumed *consumed, struct consumed_table *table,
                                       const struct engine_index_cost *cost)
{
    struct consumed_index *index = table->indexes;
    while (index != NULL && !span_eq(index->name, cost->name)) index = index->next;
    if (index != NULL) return index;
    index = arena_new(consumed->arena, struct consumed_index);
    if (index == NULL) {
        consumed->failed = ST_NO_MEMORY;
        return NULL;
    }
    *index = (struct consumed_index){cost->name, cost->global, 0, table->indexes};
    table->indexes = index;
    return index;
}

void consumed_add_indexes(struct consumed *consumed, struct span table_name,
                          const struct engine_index_cost *costs, uint32_t count)
{
    struct consumed_table *table = table_of(consumed, table_name);
    for (uint32_t i = 0; table != NULL && i < count; i++) {
        struct consumed_index *index = index_of(consumed, table, &costs[i]);
        if (index != NULL) index->half_units += costs[i].half_units;
    }
}

/* ---- replies */

/* "CapacityUnits": 2.0, "WriteCapacityUnits": 2.0 */
static void show_units(struct reply_writer *reply, consumed_kind kind, uint64_t half_units)
{
    reply_units(reply, "CapacityUnits", half_units);
    if (kind == CONSUMED_READ) reply_units(reply, "ReadCapacityUnits", half_units);
    if (kind == CONSUMED_WRITE) reply_units(reply, "WriteCapacityUnits", half_units);
}

static void show_indexes(struct reply_writer *reply, consumed_kind kind,
                         const struct consumed_table *table, bool global)
{
    bool any = false;
    for (const struct consumed_index *at = table->indexes; at != NULL; at = at->next) {
        if (at->global != global) continue;
        if (!any) {
            reply_writer_key(reply,
                             span_of(global ? "GlobalSecondaryIndexes" : "LocalSecondaryIndexes"));
            reply_writer_object_begin(reply);
        }
        any = true;
        reply_writer_key(reply, at->name);
        reply_writer_object_begin(reply);
        show_units(reply, kind, at->half_units);
        reply_writer_object_end(reply);
    }
    if (any) reply_writer_object_end(reply);
}

static uint64_t total_of(const struct consumed_table *table)
{
    uint64_t total = table->half_units;
    for (const struct consumed_index *at = table->indexes; at != NULL; at = at->next)
        total += at->half_units;
    return total;
}

static void show_table(struct reply_writer *reply, consumed_kind kind,
                       const struct consumed_table *table, bool with_parts)
{
    reply_writer_object_begin(reply);
    reply_writer_member_string(reply, "TableName", table->name);
    show_units(reply, kind, total_of(table));
    if (with_parts) {
        reply_writer_key(reply, SPAN("Table"));
        reply_writer_object_begin(reply);
        show_units(reply, kind, table->half_units);
        reply_writer_object_end(reply);
        show_indexes(reply, kind, table, false);
        show_indexes(reply, kind, table, true);
    }
    reply_writer_object_end(reply);
}

status consumed_reply(struct call *call, const struct consumed *consumed, params_capacity asked)
{
    if (asked == PARAMS_CAPACITY_UNSET || asked == PARAMS_CAPACITY_NONE) return ST_OK;
    TRY_PLAIN(call->err, consumed->failed);
    reply_writer_key(call->reply, SPAN("ConsumedCapacity"));
    reply_writer_array_begin(call->reply);
    for (const struct consumed_table *at = consumed->first; at != NULL; at = at->next)
        show_table(call->reply, consumed->kind, at, asked == PARAMS_CAPACITY_INDEXES);
    reply_writer_array_end(call->reply);
    return ST_OK;
}
