/* describe_table.c -- DescribeTable: what a table is, how large, and in which state.
 *
 * ItemCount and TableSizeBytes are exact; DynamoDB's lag by some six hours.
 */
#include "api/reply.h"
#include "api/table_reply.h"
#include "base/limits.h"

struct describe_table_in {
    struct span table_name;
};

static const struct field describe_table_fields[] = {
    FIELD(describe_table_in, table_name, "TableName", FIELD_TABLE, DEMANDED,
          LIMIT_TABLE_NAME_BYTES_MIN, LIMIT_TABLE_NAME_BYTES),
};

static status describe_table_run(struct call *call, const struct describe_table_in *in)
{
    struct engine_description description = {0};
    TRY(engine_table_describe(call->engine, in->table_name, &description, call->err));
    const status st = table_reply(call, "Table", &description);
    table_drop(description.table);
    return st;
}

OP_DEFINE(describe_table)
