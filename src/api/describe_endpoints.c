/* describe_endpoints.c -- DescribeEndpoints: where to send requests from now on.
 *
 * A client that discovers endpoints goes on with the address it gets, so it gets the one by which
 * it came: the Host of its request, whatever name or port that is by here.
 */
#include "api/op.h"

enum { CACHE_MINUTES = 1440, ADDRESS_BYTES_MAX = 1024 };

/* For a request without a Host: the name under which the service is known. */
static status regional_address(struct call *call, struct span *out)
{
    struct buf text;
    buf_init(&text, arena_mem(call->arena), ADDRESS_BYTES_MAX);
    buf_printf(&text, "dynamodb.%.*s.amazonaws.com", SPAN_ARG(call->caller.region));
    TRY_PLAIN(call->err, buf_status(&text));
    *out = buf_view(&text);
    return ST_OK;
}

static status describe_endpoints_run(struct call *call)
{
    struct reply_writer *reply = call->reply;
    struct span address = call->host;
    if (address.len == 0) TRY(regional_address(call, &address));
    reply_writer_key(reply, SPAN("Endpoints"));
    reply_writer_array_begin(reply);
    reply_writer_object_begin(reply);
    reply_writer_member_string(reply, "Address", address);
    reply_writer_member_i64(reply, "CachePeriodInMinutes", CACHE_MINUTES);
    reply_writer_object_end(reply);
    reply_writer_array_end(reply);
    return ST_OK;
}

OP_DEFINE_BARE(describe_endpoints)
