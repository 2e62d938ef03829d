/* dispatch.c -- the table of operations, made from ops.def.
 *
 * OP1  Names stand in ascending order of their bytes: dispatch_find_name halves the table.
 */
#include "api/dispatch.h"

#define OP(name, stem) extern const struct op op_##stem;
#define OP_STREAMS(name, stem) OP(name, stem)
#define OP_LATER(name)
#include "api/ops.def"
#undef OP
#undef OP_STREAMS
#undef OP_LATER

static const struct dispatch_entry entries[] = {
#define OP(name, stem) {#name, &op_##stem, false},
#define OP_STREAMS(name, stem) {#name, &op_##stem, true},
#define OP_LATER(name) {#name, NULL, false},
#include "api/ops.def"
#undef OP
#undef OP_STREAMS
#undef OP_LATER
};

const struct dispatch_entry *dispatch_find_feed(void)
{
    extern const struct op api_feed_op;
    static const struct dispatch_entry entry = {.name = "GET /streams/", .op = &api_feed_op};
    return &entry;
}

const struct dispatch_entry *dispatch_find_name(struct span name)
{
    size_t low = 0;
    size_t high = ARRAY_COUNT(entries);
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const int order = span_compare(name, span_of(entries[middle].name));
        if (order == 0) return &entries[middle];
        if (order < 0) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return NULL;
}

const struct dispatch_entry *dispatch_find(struct span target)
{
    const struct span prefixes[] = {SPAN("DynamoDB_20120810."), SPAN("DynamoDBStreams_20120810.")};
    for (size_t streams = 0; streams < ARRAY_COUNT(prefixes); streams++) {
        if (!span_starts_with(target, prefixes[streams])) continue;
        const struct span name = span_drop(target, prefixes[streams].len);
        const struct dispatch_entry *entry = dispatch_find_name(name);
        return entry != NULL && entry->streams == (streams == 1) ? entry : NULL;
    }
    return NULL;
}
