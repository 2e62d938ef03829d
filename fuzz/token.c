/* token.c -- fuzz the places that clients hold between two requests: a byte that chooses, then
 * bytes.
 *
 *     0  any text as a NextToken, a shard iterator and the start_token of a page
 *     1  a NextToken that was made here, as it is and with one character changed
 *     2  a shard iterator, likewise
 *     3  what stands in a NextToken, any bytes, sealed as if they were the database's own
 *     4  what stands in a shard iterator, likewise
 *     5  a page's key, any JSON, made a start_token
 *
 * A text that was not made here is none; one that was says what went into it; one changed character
 * makes it none, and so does another owner. Behind the seal reading ends all the same, whatever
 * stands there. What a start_token says is said again by the token that is made of it.
 */
#include <assert.h>
#include <string.h>

#include "api/next_token.h"
#include "api/shard_iterator.h"
#include "base/reader.h"
#include "database.h"
#include "db/page_token.h"
#include "json/json_writer.h"

enum { KINDS = 6, BYTES_MAX = 1 << 14 };

/* `bytes` in base64. */
static struct span text_of(struct arena *arena, struct span bytes)
{
    struct buf text;
    buf_init(&text, arena_mem(arena), BYTES_MAX * 2);
    json_writer_base64_text(&text, bytes);
    assert(buf_status(&text) == ST_OK);
    return buf_view(&text);
}

/* `text` with the character at `at` made another. */
static struct span changed(struct arena *arena, struct span text, uint32_t at, uint8_t flip)
{
    struct buf copy;
    buf_init(&copy, arena_mem(arena), BYTES_MAX * 2);
    buf_put(&copy, text);
    assert(buf_status(&copy) == ST_OK);
    copy.ptr[at % text.len] ^= flip == 0 ? 1 : flip;
    return buf_view(&copy);
}

/* The seal of `label` and `bytes`, behind `bytes`. */
static struct span sealed(struct arena *arena, struct span label, struct span bytes)
{
    struct buf whole, out;
    uint8_t seal[ENGINE_SEAL_BYTES];
    buf_init(&whole, arena_mem(arena), BYTES_MAX * 2);
    buf_init(&out, arena_mem(arena), BYTES_MAX * 2);
    buf_put(&whole, label);
    buf_put(&whole, bytes);
    assert(buf_status(&whole) == ST_OK);
    engine_seal(instance_engine(database()), buf_view(&whole), seal);
    buf_put(&out, bytes);
    buf_put(&out, (struct span){seal, sizeof seal});
    assert(buf_status(&out) == ST_OK);
    return buf_view(&out);
}

/* ---- start_token */

static void try_page(struct span text, struct arena *arena)
{
    struct error err = error_in(arena);
    for (int i = 0; i < 4; i++) {
        struct page_token token = {.index = i < 2 ? SPAN("i") : (struct span){0},
                                   .descending = i % 2 == 1};
        struct page_token back = {.index = token.index, .descending = token.descending};
        const status st = page_token_read(text, arena, &token, &err);
        assert(st == ST_OK || st == ST_VALIDATION || st == ST_NO_MEMORY);
        if (st != ST_OK) continue;
        const char *again = page_token_write(&token, arena);
        if (again == NULL) continue;
        assert(page_token_read(span_of(again), arena, &back, &err) == ST_OK);
        assert(value_eq(token.last_key, back.last_key));
        assert(strcmp(page_token_write(&back, arena), again) == 0);
    }
}

/* ---- NextToken and shard iterators */

static void try_text(struct call *call, struct span text)
{
    const struct next_token_owner owner = {{0}};
    struct next_token token = {0};
    struct shard_iterator iterator = {0};
    assert(next_token_read(call, &owner, text, &token) == ST_VALIDATION);
    assert(shard_iterator_read(call, text, &iterator) == ST_VALIDATION);
    try_page(text, call->arena);
}

static void make_next_token(struct call *call, struct reader *in)
{
    struct next_token_owner owner = {{0}};
    struct next_token token = {0}, back = {0};
    struct span text = {0};
    uint32_t at = 0;
    uint8_t flip = 0, bits = 0;
    if (reader_u32(in, &token.range) != ST_OK || reader_u32(in, &at) != ST_OK) return;
    if (reader_u8(in, &flip) != ST_OK || reader_u8(in, &bits) != ST_OK) return;
    owner.seal[bits % ENGINE_SEAL_BYTES] = bits;
    token.start_key.type = (bits & 1) != 0 ? VALUE_M : VALUE_NONE;
    token.start_key.body = in->rest;
    assert(next_token_write(call, &owner, &token, &text) == ST_OK);
    assert(next_token_read(call, &owner, text, &back) == ST_OK);
    assert(back.range == token.range);
    assert(value_eq(back.start_key, token.start_key));
    const struct span other = changed(call->arena, text, at, flip);
    assert(next_token_read(call, &owner, other, &back) == ST_VALIDATION);
    owner.seal[0] ^= 0x80;
    assert(next_token_read(call, &owner, text, &back) == ST_VALIDATION);
}

static void make_iterator(struct call *call, struct reader *in)
{
    struct shard_iterator iterator = {0}, back = {0};
    struct span text = {0};
    uint32_t at = 0;
    uint8_t flip = 0;
    if (reader_u32(in, &iterator.shard) != ST_OK || reader_u32(in, &at) != ST_OK) return;
    if (reader_u64(in, &iterator.after.sequence) != ST_OK) return;
    if (reader_u32(in, &iterator.after.ordinal) != ST_OK || reader_u8(in, &flip) != ST_OK) return;
    if (in->rest.len > LIMIT_STREAM_ARN_BYTES) return;
    iterator.stream_arn = in->rest;
    assert(shard_iterator_write(call, &iterator, &text) == ST_OK);
    assert(shard_iterator_read(call, text, &back) == ST_OK);
    assert(back.shard == iterator.shard);
    assert(engine_stream_compare(back.after, iterator.after) == 0);
    assert(span_eq(back.stream_arn, iterator.stream_arn));
    const struct span other = changed(call->arena, text, at, flip);
    assert(shard_iterator_read(call, other, &back) == ST_VALIDATION);
}

static void try_sealed_token(struct call *call, struct span bytes)
{
    const struct next_token_owner owner = {{0}};
    struct next_token token = {0};
    const struct span text =
        text_of(call->arena, sealed(call->arena, SPAN("NextToken.seal"), bytes));
    const status st = next_token_read(call, &owner, text, &token);
    assert(st == ST_OK || st == ST_VALIDATION);
}

static void try_sealed_iterator(struct call *call, struct span bytes)
{
    struct shard_iterator iterator = {0};
    struct buf text;
    buf_init(&text, arena_mem(call->arena), BYTES_MAX * 2);
    buf_put_text(&text, "arn|1|");
    buf_put(&text, text_of(call->arena, sealed(call->arena, SPAN("arn|"), bytes)));
    assert(buf_status(&text) == ST_OK);
    const status st = shard_iterator_read(call, buf_view(&text), &iterator);
    assert(st == ST_OK || st == ST_VALIDATION || st == ST_EXPIRED_ITERATOR);
}

static void try(uint8_t kind, struct span bytes, struct call *call)
{
    struct reader in = {bytes};
    if (kind == 0) try_text(call, bytes);
    if (kind == 1) make_next_token(call, &in);
    if (kind == 2) make_iterator(call, &in);
    if (kind == 3) try_sealed_token(call, bytes);
    if (kind == 4) try_sealed_iterator(call, bytes);
    if (kind == 5) try_page(text_of(call->arena, bytes), call->arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0 || size > BYTES_MAX) return 0;
    struct arena arena;
    arena_init(&arena, mem_heap(), LIMIT_REQUEST_ARENA_BYTES);
    struct error err = error_in(&arena);
    const struct engine_space space = {.engine = instance_engine(database())};
    struct call call = {
        .engine = &space,
        .os = os_system(),
        .arena = &arena,
        .err = &err,
    };
    try(data[0] % KINDS, (struct span){data + 1, size - 1}, &call);
    arena_deinit(&arena);
    return 0;
}
