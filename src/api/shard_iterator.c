/* shard_iterator.c -- see shard_iterator.h.
 *
 *     | bytes | what                                  |
 *     | ----: | ------------------------------------- |
 *     |     1 | FORM                                  |
 *     |     4 | shard                                 |
 *     |     8 | commit of the position                |
 *     |     4 | place within the commit               |
 *     |     8 | when it was made, in ms since 1970    |
 *     |    16 | the seal of ARN, "|" and all of this  |
 *
 * The ARN is sealed with the rest, so an iterator cannot be moved to another stream.
 */
#include "api/shard_iterator.h"

#include "base/limits.h"
#include "base/reader.h"
#include "item/base64.h"
#include "json/json_writer.h"

enum {
    FORM = 1, /* in texts that clients hold: changed with the layout */
    BODY_BYTES = 25,
    WHOLE_BYTES = BODY_BYTES + ENGINE_SEAL_BYTES,
    SEALED_BYTES = LIMIT_STREAM_ARN_BYTES + 1 + BODY_BYTES,
};

static const struct span mark = {(const uint8_t *)"|1|", 3};

/* Seal `arn` and `body` into *out. */
static status seal(const struct call *call, struct span arn, struct span body,
                   uint8_t out[ENGINE_SEAL_BYTES])
{
    struct buf sealed;
    buf_init(&sealed, arena_mem(call->arena), SEALED_BYTES);
    buf_put(&sealed, arn);
    buf_put_u8(&sealed, '|');
    buf_put(&sealed, body);
    TRY(buf_status(&sealed));
    engine_seal(call->engine->engine, buf_view(&sealed), out);
    return ST_OK;
}

/* ---- writing */

/* The bytes of `iterator`, sealed, into *whole. */
static status put_whole(const struct call *call, const struct shard_iterator *iterator,
                        struct buf *whole)
{
    uint8_t seal_bytes[ENGINE_SEAL_BYTES] = {0};
    buf_put_u8(whole, FORM);
    buf_put_u32(whole, iterator->shard);
    buf_put_u64(whole, iterator->after.sequence);
    buf_put_u32(whole, iterator->after.ordinal);
    buf_put_u64(whole, os_now_ms(call->os));
    TRY(seal(call, iterator->stream_arn, buf_view(whole), seal_bytes));
    buf_put(whole, (struct span){seal_bytes, sizeof seal_bytes});
    return buf_status(whole);
}

status shard_iterator_write(struct call *call, const struct shard_iterator *iterator,
                            struct span *out)
{
    struct buf whole;
    struct buf text;
    buf_init(&whole, arena_mem(call->arena), WHOLE_BYTES);
    TRY_PLAIN(call->err, put_whole(call, iterator, &whole));
    buf_init(&text, arena_mem(call->arena), LIMIT_ITERATOR_BYTES);
    buf_put(&text, iterator->stream_arn);
    buf_put(&text, mark);
    json_writer_base64_text(&text, buf_view(&whole));
    TRY_PLAIN(call->err, buf_status(&text));
    *out = buf_view(&text);
    return ST_OK;
}

/* ---- reading */

struct reading {
    struct shard_iterator iterator;
    uint64_t made_ms;
};

/* Where `mark` stands last in `text`; text.len: nowhere. */
static size_t find_mark(struct span text)
{
    for (size_t at = text.len; at-- > 0;)
        if (span_starts_with(span_drop(text, at), mark)) return at;
    return text.len;
}

static bool seals_match(struct span a, const uint8_t b[ENGINE_SEAL_BYTES])
{
    uint8_t differs = 0; /* all bytes are looked at, wherever the first differs */
    for (size_t i = 0; i < ENGINE_SEAL_BYTES; i++) differs |= (uint8_t)(a.ptr[i] ^ b[i]);
    return differs == 0;
}

/* Is `whole` sealed as the iterator of `arn`? ST_CORRUPT: it is not. */
static status check_seal(const struct call *call, struct span arn, struct span whole)
{
    uint8_t expected[ENGINE_SEAL_BYTES] = {0};
    if (whole.len != WHOLE_BYTES) return ST_CORRUPT;
    TRY(seal(call, arn, span_take(whole, BODY_BYTES), expected));
    return seals_match(span_drop(whole, BODY_BYTES), expected) ? ST_OK : ST_CORRUPT;
}

static status read_body(struct reader *reader, struct reading *out)
{
    uint8_t form = 0;
    TRY(reader_u8(reader, &form));
    if (form != FORM) return ST_CORRUPT;
    TRY(reader_u32(reader, &out->iterator.shard));
    TRY(reader_u64(reader, &out->iterator.after.sequence));
    TRY(reader_u32(reader, &out->iterator.after.ordinal));
    return reader_u64(reader, &out->made_ms);
}

/* ST_CORRUPT, ST_SERIALIZATION: it is no iterator of this database. */
static status read_text(const struct call *call, struct span text, struct reading *out)
{
    struct error base64 = error_in(call->arena);
    struct buf whole;
    const size_t at = find_mark(text);
    if (at == text.len) return ST_CORRUPT;
    buf_init(&whole, arena_mem(call->arena), LIMIT_ITERATOR_BYTES);
    TRY(base64_decode(span_drop(text, at + mark.len), &whole, &base64));
    TRY(buf_status(&whole));
    out->iterator.stream_arn = span_take(text, at);
    TRY(check_seal(call, out->iterator.stream_arn, buf_view(&whole)));
    struct reader reader = {buf_view(&whole)};
    return read_body(&reader, out);
}

status shard_iterator_read(struct call *call, struct span text, struct shard_iterator *out)
{
    struct reading reading = {0};
    const status st = read_text(call, text, &reading);
    if (st == ST_NO_MEMORY) return FAIL_PLAIN(call->err, st);
    if (st != ST_OK) return FAIL(call->err, ST_VALIDATION, "Invalid ShardIterator");
    const uint64_t now_ms = os_now_ms(call->os);
    if (now_ms > reading.made_ms && now_ms - reading.made_ms > LIMIT_ITERATOR_MS)
        return FAIL_PLAIN(call->err, ST_EXPIRED_ITERATOR);
    *out = reading.iterator;
    return ST_OK;
}
