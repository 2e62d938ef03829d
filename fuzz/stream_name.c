/* stream_name.c -- any text as a StreamArn, a ShardId and a SequenceNumber.
 *
 * What is read as one is, written again, the same text: no name is read in two ways.
 */
#include <stdint.h>
#include <stdlib.h>

#include "api/stream_name.h"
#include "base/limits.h"

static void must(bool holds)
{
    if (!holds) abort();
}

static void try_arn(struct call *call, struct span text)
{
    struct stream_name name = {0};
    struct span again = {0};
    const status st = stream_name_read(call, text, &name);
    must(st == ST_OK || st == ST_VALIDATION || st == ST_ACCESS_DENIED);
    if (st != ST_OK) return;
    must(stream_name_arn(call, name.table_name, name.made_ms, &again) == ST_OK);
    must(span_eq(again, text));
}

static void try_sequence(struct span text)
{
    struct engine_position at = {0};
    char again[STREAM_NAME_SEQUENCE_BYTES + 1];
    if (stream_name_position(text, &at)) must(span_eq(stream_name_sequence(at, again), text));
}

/* Its time is not read: only the number stands for something. */
static void try_shard(struct span text)
{
    struct engine_shard shard = {0};
    char again[STREAM_NAME_SHARD_BYTES + 1];
    if (!stream_name_shard_number(text, &shard.number)) return;
    must(text.len == STREAM_NAME_SHARD_BYTES);
    const struct span tail = span_drop(stream_name_shard(&shard, again), text.len - 8);
    must(span_eq(tail, span_drop(text, text.len - 8)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct span text = {data, size};
    struct arena arena;
    arena_init(&arena, mem_heap(), LIMIT_REQUEST_ARENA_BYTES);
    struct error err = error_in(&arena);
    struct call call = {
        .caller = {.region = SPAN("us-east-1"), .account = SPAN("000000000000")},
        .arena = &arena,
        .err = &err,
        .op_name = "DescribeStream",
    };
    try_arn(&call, text);
    try_sequence(text);
    try_shard(text);
    arena_deinit(&arena);
    return 0;
}
