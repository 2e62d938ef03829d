/* describe_limits.c -- DescribeLimits: how much throughput may be provisioned.
 *
 * The numbers are the defaults of an account. Stator holds nobody to them: they are for tools that
 * read them before they plan a table.
 */
#include "api/op.h"

enum { ACCOUNT_UNITS_MAX = 80000, TABLE_UNITS_MAX = 40000 };

static status describe_limits_run(struct call *call)
{
    reply_writer_member_i64(call->reply, "AccountMaxReadCapacityUnits", ACCOUNT_UNITS_MAX);
    reply_writer_member_i64(call->reply, "AccountMaxWriteCapacityUnits", ACCOUNT_UNITS_MAX);
    reply_writer_member_i64(call->reply, "TableMaxReadCapacityUnits", TABLE_UNITS_MAX);
    reply_writer_member_i64(call->reply, "TableMaxWriteCapacityUnits", TABLE_UNITS_MAX);
    return ST_OK;
}

OP_DEFINE_BARE(describe_limits)
