/* throttled.c -- ThrottlingReasons.
 *
 * A reason is made of what has no units left, for what, and of which limit. Sources: API reference,
 * "ThrottlingReason"; developer guide, "Diagnosing throttling". Of the four kinds of limit there
 * are two here: a server has neither partitions nor quotas of an account.
 */
#include "api/throttled.h"

#include "api/reply.h"

static const char *const reasons[2][2][2] = {
  /* [is an index] [writes] [on demand] */
    {{"TableReadProvisionedThroughputExceeded", "TableReadMaxOnDemandThroughputExceeded"},
     {"TableWriteProvisionedThroughputExceeded", "TableWriteMaxOnDemandThroughputExceeded"}},
    {{"IndexReadProvisionedThroughputExceeded", "IndexReadMaxOnDemandThroughputExceeded"},
     {"IndexWriteProvisionedThroughputExceeded", "IndexWriteMaxOnDemandThroughputExceeded"}},
};

static bool is_same(const struct call_throttle *noted, struct span table_name,
                    const struct engine_throttle *why)
{
    return span_eq(noted->table_name, table_name) &&
           span_eq(noted->why.index_name, why->index_name) && noted->why.writes == why->writes;
}

status throttled_note(struct call *call, status st, struct span table_name,
                      const struct engine_throttle *why)
{
    if (!engine_is_throttled(st)) return st;
    struct call_throttle **last = &call->throttles;
    while (*last != NULL && !is_same(*last, table_name, why)) last = &(*last)->next;
    if (*last != NULL) return st;
    *last = arena_new(call->arena, struct call_throttle);
    if (*last == NULL) return FAIL_PLAIN(call->err, ST_NO_MEMORY);
    **last = (struct call_throttle){table_name, *why, NULL};
    return st;
}

static void write_one(struct reply_writer *writer, const struct call *call,
                      const struct call_throttle *noted)
{
    const struct engine_throttle *why = &noted->why;
    const bool is_index = why->index_name.len > 0;
    const char *reason = reasons[is_index][why->writes][why->on_demand];
    reply_writer_object_begin(writer);
    reply_writer_member_string(writer, "reason", span_of(reason));
    reply_writer_member_string(writer, "resource",
                               reply_arn(call, noted->table_name, why->index_name));
    reply_writer_object_end(writer);
}

/* The service's model spells the member of ThrottlingException with a small letter. */
static const char *member_name(const struct call *call)
{
    return call->err->status == ST_OVER_MAXIMUM ? "throttlingReasons" : "ThrottlingReasons";
}

void throttled_reply(struct reply_writer *writer, const struct call *call)
{
    if (call->throttles == NULL || !engine_is_throttled(call->err->status)) return;
    reply_writer_key(writer, span_of(member_name(call)));
    reply_writer_array_begin(writer);
    for (const struct call_throttle *at = call->throttles; at != NULL; at = at->next)
        write_one(writer, call, at);
    reply_writer_array_end(writer);
}
