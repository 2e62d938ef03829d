/* list_tables.c -- ListTables: names of tables in byte order, at most 100 a page.
 *
 * LastEvaluatedTableName is there exactly when more names follow. ExclusiveStartTableName need not
 * be the name of a table.
 */
#include "api/op.h"
#include "base/limits.h"

#include <assert.h>

struct list_tables_in {
    struct span start;
    struct field_number limit;
};

static const struct field list_tables_fields[] = {
    FIELD_NAME(list_tables_in, start, "ExclusiveStartTableName", OPTIONAL,
               LIMIT_TABLE_NAME_BYTES_MIN, LIMIT_TABLE_NAME_BYTES),
    FIELD(list_tables_in, limit, "Limit", FIELD_INTEGER, OPTIONAL, 1, LIMIT_LISTED_TABLES),
};

static status list_tables_run(struct call *call, const struct list_tables_in *in)
{
    struct engine_names list = {
        .start = in->start,
        .limit = in->limit.given ? (uint32_t)in->limit.value : LIMIT_LISTED_TABLES,
    };
    TRY(engine_table_list(call->engine, &list, call->arena, call->err));
    if (list.more) {
        assert(list.count > 0);
        reply_writer_member_string(call->reply, "LastEvaluatedTableName",
                                   list.names[list.count - 1]);
    }
    reply_writer_key(call->reply, SPAN("TableNames"));
    reply_writer_array_begin(call->reply);
    for (uint32_t i = 0; i < list.count; i++) reply_writer_string(call->reply, list.names[i]);
    reply_writer_array_end(call->reply);
    return ST_OK;
}

OP_DEFINE(list_tables)
