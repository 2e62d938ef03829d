/* delete_table.c -- DeleteTable: a table and all its items, at once and for good.
 *
 * The reply shows the table DELETING; by the time a client asks again it is gone. A protected
 * table is refused.
 */
#include "api/table_change.h"
#include "base/limits.h"

struct delete_table_in {
    struct span table_name;
    struct engine_table_write write; /* from run to finish */
};

static const struct field delete_table_fields[] = {
    FIELD(delete_table_in, table_name, "TableName", FIELD_TABLE, DEMANDED,
          LIMIT_TABLE_NAME_BYTES_MIN, LIMIT_TABLE_NAME_BYTES),
};

static status delete_table_run(struct call *call, struct delete_table_in *in)
{
    in->write = (struct engine_table_write){
        .verb = ENGINE_TABLE_DELETE,
        .name = in->table_name,
    };
    return table_change_start(call, &in->write);
}

static status delete_table_finish(struct call *call, struct delete_table_in *in, status st)
{
    return table_change_finish(call, &in->write, st);
}

OP_DEFINE_WRITE(delete_table)
