/* next_token.c -- see next_token.h.
 *
 * What is sealed begins with a label, so that no seal of one kind is one of another.
 */
#include "api/next_token.h"

#include "base/reader.h"
#include "item/base64.h"
#include "json/json_writer.h"

enum { FORM = 1 };

#define OWNER_LABEL SPAN("NextToken.owner")
#define SEAL_LABEL SPAN("NextToken.seal")

static struct span owner_view(const struct next_token_owner *owner)
{
    return (struct span){owner->seal, sizeof owner->seal};
}

static void put_sized(struct buf *out, struct span bytes)
{
    buf_put_u32(out, (uint32_t)bytes.len);
    buf_put(out, bytes);
}

status next_token_own(struct call *call, const struct ql_text *statement,
                      struct next_token_owner *out)
{
    struct buf bytes;
    buf_init(&bytes, arena_mem(call->arena), LIMIT_REQUEST_ARENA_BYTES);
    buf_put(&bytes, OWNER_LABEL);
    put_sized(&bytes, call->engine->name);
    ql_print(statement, &bytes);
    TRY_PLAIN(call->err, buf_status(&bytes));
    engine_seal(call->engine->engine, buf_view(&bytes), out->seal);
    return ST_OK;
}

/* The seal of the token's `bytes`. */
static status seal_of(struct call *call, struct span bytes, struct next_token_owner *out)
{
    struct buf labeled;
    buf_init(&labeled, arena_mem(call->arena), LIMIT_REQUEST_ARENA_BYTES);
    buf_put(&labeled, SEAL_LABEL);
    buf_put(&labeled, bytes);
    TRY_PLAIN(call->err, buf_status(&labeled));
    engine_seal(call->engine->engine, buf_view(&labeled), out->seal);
    return ST_OK;
}

status next_token_write(struct call *call, const struct next_token_owner *owner,
                        const struct next_token *token, struct span *out)
{
    struct buf bytes, text;
    struct next_token_owner seal;
    buf_init(&bytes, arena_mem(call->arena), LIMIT_REQUEST_ARENA_BYTES);
    buf_put_u8(&bytes, FORM);
    buf_put(&bytes, owner_view(owner));
    buf_put_u32(&bytes, token->range);
    buf_put_u8(&bytes, (uint8_t)token->start_key.type);
    put_sized(&bytes, token->start_key.body);
    TRY_PLAIN(call->err, buf_status(&bytes));
    TRY(seal_of(call, buf_view(&bytes), &seal));
    buf_put(&bytes, owner_view(&seal));
    TRY_PLAIN(call->err, buf_status(&bytes));

    buf_init(&text, arena_mem(call->arena), LIMIT_REQUEST_ARENA_BYTES);
    json_writer_base64_text(&text, buf_view(&bytes));
    TRY_PLAIN(call->err, buf_status(&text));
    *out = buf_view(&text);
    return ST_OK;
}

static status fail_invalid(struct call *call)
{
    return FAIL(call->err, ST_VALIDATION, "Invalid NextToken");
}

/* The bytes that `text` stands for, in the call's arena. */
static status decode(struct call *call, struct span text, struct span *out)
{
    struct buf bytes;
    struct error refused = error_in(call->arena);
    buf_init(&bytes, arena_mem(call->arena), LIMIT_REQUEST_ARENA_BYTES);
    if (base64_decode(text, &bytes, &refused) != ST_OK) return fail_invalid(call);
    TRY_PLAIN(call->err, buf_status(&bytes));
    *out = buf_view(&bytes);
    return ST_OK;
}

/* Cut the seal off `bytes`, if it is theirs. */
static status unseal(struct call *call, struct span *bytes)
{
    struct next_token_owner seal;
    if (bytes->len < sizeof seal.seal) return fail_invalid(call);
    const struct span sealed = span_take(*bytes, bytes->len - sizeof seal.seal);
    TRY(seal_of(call, sealed, &seal));
    if (!span_eq(owner_view(&seal), span_drop(*bytes, sealed.len))) return fail_invalid(call);
    *bytes = sealed;
    return ST_OK;
}

static status read_parts(struct reader *reader, struct span *owner, struct next_token *out)
{
    uint8_t form = 0, type = 0;
    uint32_t len = 0;
    TRY(reader_u8(reader, &form));
    if (form != FORM) return ST_CORRUPT;
    TRY(reader_take(reader, ENGINE_SEAL_BYTES, owner));
    TRY(reader_u32(reader, &out->range));
    TRY(reader_u8(reader, &type));
    TRY(reader_u32(reader, &len));
    TRY(reader_take(reader, len, &out->start_key.body));
    out->start_key.type = type == VALUE_M ? VALUE_M : VALUE_NONE;
    return ST_OK;
}

status next_token_read(struct call *call, const struct next_token_owner *owner, struct span text,
                       struct next_token *out)
{
    struct span bytes = {0}, owned = {0};
    struct next_token token = {0};
    TRY(decode(call, text, &bytes));
    TRY(unseal(call, &bytes));
    struct reader reader = {bytes};
    if (read_parts(&reader, &owned, &token) != ST_OK) return fail_invalid(call);
    if (!span_eq(owned, owner_view(owner)))
        return FAIL(call->err, ST_VALIDATION, "NextToken does not match request");
    *out = token;
    return ST_OK;
}
