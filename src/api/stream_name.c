/* stream_name.c -- see stream_name.h.
 *
 * A name is read back by its own rule and nothing else: every field at its place, in its digits. A
 * ShardId then counts only when it is, byte for byte, what its shard is called, so that a made-up
 * one with a right number is not found.
 */
#include "api/stream_name.h"

#include <inttypes.h>
#include <stdio.h>

#include "api/arn.h"
#include "base/calendar.h"
#include "base/limits.h"

enum { MS_PER_SECOND = 1000, SHARD_MADE_DIGITS = 20, COMMIT_DIGITS = 20, ORDINAL_DIGITS = 10 };

/* ---- digits */

/* Read the first `count` bytes of *rest, decimal digits, and drop them. False: they are none, or
 * too large a number. */
static bool take_digits(struct span *rest, size_t count, uint64_t *out)
{
    uint64_t n = 0;
    if (rest->len < count) return false;
    for (size_t i = 0; i < count; i++) {
        const uint8_t c = rest->ptr[i];
        if (c < '0' || c > '9') return false;
        const uint64_t digit = (uint64_t)(c - '0');
        if (n > (UINT64_MAX - digit) / 10) return false;
        n = n * 10 + digit;
    }
    *rest = span_drop(*rest, count);
    *out = n;
    return true;
}

/* Drop `text` from the front of *rest. False: it does not stand there. */
static bool take_text(struct span *rest, struct span text)
{
    if (!span_starts_with(*rest, text)) return false;
    *rest = span_drop(*rest, text.len);
    return true;
}

/* ---- labels */

struct span stream_name_label(uint64_t made_ms, char out[STREAM_NAME_LABEL_BYTES + 1])
{
    const struct calendar c = calendar_of(made_ms / MS_PER_SECOND);
    (void)snprintf(
        out, STREAM_NAME_LABEL_BYTES + 1,
        "%04" PRIu32 "-%02" PRIu32 "-%02" PRIu32 "T%02" PRIu32 ":%02" PRIu32 ":%02" PRIu32 ".%03u",
        c.year, c.month, c.day, c.hour, c.minute, c.second, (unsigned)(made_ms % MS_PER_SECOND));
    return span_of(out);
}

static bool read_label(struct span label, uint64_t *made_ms)
{
    static const struct {
        size_t digits;
        uint8_t after; /* the sign behind them; 0: the end */
    } fields[] = {
        {4, '-'},
        {2, '-'},
        {2, 'T'},
        {2, ':'},
        {2, ':'},
        {2, '.'},
        {3, 0  },
    };
    uint64_t n[ARRAY_COUNT(fields)] = {0};
    for (size_t i = 0; i < ARRAY_COUNT(fields); i++) {
        if (!take_digits(&label, fields[i].digits, &n[i])) return false;
        if (fields[i].after == 0) continue;
        if (!take_text(&label, (struct span){&fields[i].after, 1})) return false;
    }
    const struct calendar moment = {
        .year = (uint32_t)n[0],
        .month = (uint32_t)n[1],
        .day = (uint32_t)n[2],
        .hour = (uint32_t)n[3],
        .minute = (uint32_t)n[4],
        .second = (uint32_t)n[5],
    };
    uint64_t seconds = 0;
    if (label.len > 0 || !calendar_seconds(&moment, &seconds)) return false;
    *made_ms = seconds * MS_PER_SECOND + n[6];
    return true;
}

/* ---- streams */

status stream_name_arn(struct call *call, struct span table_name, uint64_t made_ms,
                       struct span *out)
{
    char label[STREAM_NAME_LABEL_BYTES + 1];
    struct buf arn;
    buf_init(&arn, arena_mem(call->arena), LIMIT_STREAM_ARN_BYTES);
    buf_printf(&arn, "arn:aws:dynamodb:%.*s:%.*s:table/%.*s/stream/%.*s",
               SPAN_ARG(call->caller.region), SPAN_ARG(call->caller.account), SPAN_ARG(table_name),
               SPAN_ARG(stream_name_label(made_ms, label)));
    TRY_PLAIN(call->err, buf_status(&arn));
    *out = buf_view(&arn);
    return ST_OK;
}

static status fail_arn(struct call *call)
{
    return FAIL(call->err, ST_VALIDATION, "Invalid StreamArn");
}

status stream_name_read(struct call *call, struct span arn, struct stream_name *out)
{
    const struct arn_here here = {.region = call->caller.region, .account = call->caller.account};
    struct arn_stream parts = {0};
    struct stream_name name = {0};
    if (arn.len > LIMIT_STREAM_ARN_BYTES || !arn_stream(&here, arn, &parts)) return fail_arn(call);
    if (!read_label(parts.label, &name.made_ms)) return fail_arn(call);
    if (parts.is_foreign) return arn_fail_foreign(call, arn);
    name.table_name = parts.table_name;
    *out = name;
    return ST_OK;
}

status stream_name_fail(struct call *call, struct span arn)
{
    return FAIL(call->err, ST_NOT_FOUND, "Requested resource not found: Stream: %.*s not found",
                SPAN_ARG(arn));
}

status stream_name_find(struct call *call, struct span arn, struct engine_stream *out)
{
    struct stream_name name = {0};
    TRY(stream_name_read(call, arn, &name));
    const status st =
        engine_stream_find(call->engine, name.table_name, name.made_ms, call->arena, out);
    if (st == ST_NOT_FOUND) return stream_name_fail(call, arn);
    if (st != ST_OK) return FAIL_PLAIN(call->err, st);
    return ST_OK;
}

/* ---- shards */

struct span stream_name_shard(const struct engine_shard *shard,
                              char out[STREAM_NAME_SHARD_BYTES + 1])
{
    (void)snprintf(out, STREAM_NAME_SHARD_BYTES + 1, "shardId-%020" PRIu64 "-%08" PRIx32,
                   shard->made_ms, shard->number);
    return span_of(out);
}

/* Read the eight hexadecimal digits, small letters, that *rest consists of. */
static bool read_number(struct span rest, uint32_t *out)
{
    uint32_t n = 0;
    if (rest.len != 8) return false;
    for (size_t i = 0; i < rest.len; i++) {
        const uint8_t c = rest.ptr[i];
        const bool is_digit = c >= '0' && c <= '9';
        if (!is_digit && (c < 'a' || c > 'f')) return false;
        n = n << 4 | (uint32_t)(is_digit ? c - '0' : c - 'a' + 10);
    }
    *out = n;
    return true;
}

bool stream_name_shard_number(struct span id, uint32_t *number)
{
    uint64_t made_ms = 0;
    return take_text(&id, SPAN("shardId-")) && take_digits(&id, SHARD_MADE_DIGITS, &made_ms) &&
           take_text(&id, SPAN("-")) && read_number(id, number);
}

static status fail_shard(struct call *call)
{
    return FAIL(call->err, ST_NOT_FOUND, "Requested resource not found: Shard does not exist");
}

status stream_name_find_shard(struct call *call, const struct engine_stream *stream, struct span id,
                              struct engine_shard *out)
{
    char name[STREAM_NAME_SHARD_BYTES + 1];
    uint32_t number = 0;
    if (!stream_name_shard_number(id, &number) || number == 0) return fail_shard(call);
    struct engine_shards shards = {.stream = stream->number, .after = number - 1, .limit = 1};
    TRY_PLAIN(call->err, engine_stream_shards(call->engine, &shards, call->arena));
    if (shards.count == 0) return fail_shard(call);
    if (!span_eq(stream_name_shard(&shards.shards[0], name), id)) return fail_shard(call);
    *out = shards.shards[0];
    return ST_OK;
}

/* ---- sequence numbers */

struct span stream_name_sequence(struct engine_position at,
                                 char out[STREAM_NAME_SEQUENCE_BYTES + 1])
{
    (void)snprintf(out, STREAM_NAME_SEQUENCE_BYTES + 1, "1%020" PRIu64 "%010" PRIu32, at.sequence,
                   at.ordinal);
    return span_of(out);
}

bool stream_name_position(struct span sequence, struct engine_position *out)
{
    uint64_t commit = 0;
    uint64_t ordinal = 0;
    const bool is_one = take_text(&sequence, SPAN("1")) &&
                        take_digits(&sequence, COMMIT_DIGITS, &commit) &&
                        take_digits(&sequence, ORDINAL_DIGITS, &ordinal) && sequence.len == 0;
    if (!is_one || ordinal > UINT32_MAX) return false;
    *out = (struct engine_position){.sequence = commit, .ordinal = (uint32_t)ordinal};
    return true;
}
