/* item_metrics.c -- see item_metrics.h.
 *
 * A request has at most 100 writes, so each is compared with those before it. Of several writes in
 * one collection the last one knows its size.
 */
#include "api/item_metrics.h"

#include <inttypes.h>
#include <stdio.h>

#include "api/reply.h"

/* 1.0 */
static void reply_gigabytes(struct reply_writer *reply, uint64_t n)
{
    char text[32];
    const int len = snprintf(text, sizeof text, "%" PRIu64 ".0", n);
    reply_writer_number(reply, (struct span){(const uint8_t *)text, (size_t)len});
}

/* "SizeEstimateRangeGB": [0.0, 1.0] */
static void reply_range(struct reply_writer *reply, uint64_t bytes)
{
    const uint64_t lower = bytes >> 30;
    reply_writer_key(reply, SPAN("SizeEstimateRangeGB"));
    reply_writer_array_begin(reply);
    reply_gigabytes(reply, lower);
    reply_gigabytes(reply, lower + 1);
    reply_writer_array_end(reply);
}

static void reply_collection(struct reply_writer *reply, const struct engine_collection *collection)
{
    reply_writer_object_begin(reply);
    reply_item(reply, "ItemCollectionKey", collection->key);
    reply_range(reply, collection->bytes);
    reply_writer_object_end(reply);
}

void item_metrics_reply(struct call *call, const struct engine_write *write,
                        const struct field_enum *asked)
{
    if (asked->value != PARAMS_METRICS_SIZE || !write->collection.counted) return;
    reply_writer_key(call->reply, SPAN("ItemCollectionMetrics"));
    reply_collection(call->reply, &write->collection);
}

/* ---- several */

static bool is_same_collection(const struct engine_write *a, const struct engine_write *b)
{
    return a->collection.counted && b->collection.counted &&
           span_eq(a->table_name, b->table_name) && value_eq(a->collection.key, b->collection.key);
}

/* Is there a write in `writes` before `end` that has a collection in the same table? */
static bool table_is_known(const struct engine_write *writes, uint32_t end)
{
    for (uint32_t i = 0; i < end; i++)
        if (writes[i].collection.counted && span_eq(writes[i].table_name, writes[end].table_name))
            return true;
    return false;
}

static bool collection_is_known(const struct engine_write *writes, uint32_t end)
{
    for (uint32_t i = 0; i < end; i++)
        if (is_same_collection(&writes[i], &writes[end])) return true;
    return false;
}

static const struct engine_collection *last_of(const struct engine_many *many, uint32_t first)
{
    uint32_t last = many->count - 1;
    while (!is_same_collection(&many->writes[first], &many->writes[last])) last--;
    return &many->writes[last].collection;
}

/* The collections of the table that write `first` is the first of. */
static void reply_table(struct reply_writer *reply, const struct engine_many *many, uint32_t first)
{
    const struct engine_write *writes = many->writes;
    reply_writer_key(reply, writes[first].table_name);
    reply_writer_array_begin(reply);
    for (uint32_t i = first; i < many->count; i++) {
        if (!writes[i].collection.counted) continue;
        if (!span_eq(writes[i].table_name, writes[first].table_name)) continue;
        if (!collection_is_known(writes, i)) reply_collection(reply, last_of(many, i));
    }
    reply_writer_array_end(reply);
}

void item_metrics_reply_many(struct call *call, const struct engine_many *many,
                             const struct field_enum *asked)
{
    struct reply_writer *reply = call->reply;
    bool any = false;
    if (asked->value != PARAMS_METRICS_SIZE) return;
    for (uint32_t i = 0; i < many->count; i++) {
        if (!many->writes[i].collection.counted || table_is_known(many->writes, i)) continue;
        if (!any) reply_writer_key(reply, SPAN("ItemCollectionMetrics"));
        if (!any) reply_writer_object_begin(reply);
        any = true;
        reply_table(reply, many, i);
    }
    if (any) reply_writer_object_end(reply);
}
