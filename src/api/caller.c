/* caller.c -- a credential to an account, a region and a space.
 *
 * The space is "account/region", so that every ARN names one table. An account made of an access
 * key is the key's FNV-1a hash of 64 bits, modulo 10^12 - 1, plus one: the zeros stay the account
 * of all who share. That two of a thousand keys meet in one account happens once in two million
 * times; they would then share tables, as keys of one account do.
 *
 * Of the five parts only key and region are looked at: the date has been compared with nothing
 * before, and a service or terminator of another name does not make another caller.
 */
#include "api/caller.h"

#include <inttypes.h>

#include "api/auth_form.h"
#include "auth/auth_parts.h"
#include "base/limits.h"

static const uint64_t ACCOUNTS = 1000000000000;

/* ---- the credential */

static bool is_region(struct span text)
{
    for (size_t i = 0; i < text.len; i++) {
        const uint8_t c = text.ptr[i];
        const bool fits =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
        if (!fits) return false;
    }
    return text.len > 0 && text.len <= LIMIT_REGION_BYTES;
}

static status read_scope(const struct api_call *call, struct span parts[AUTH_SCOPE_COUNT],
                         struct error *err)
{
    struct span credential = {0};
    TRY_PLAIN(err, auth_form_credential(call, &credential));
    if (!auth_parts_split(credential, parts))
        return FAIL(err, ST_INCOMPLETE_AUTH,
                    "Credential must have exactly 5 slash-delimited elements, e.g. "
                    "keyid/date/region/service/term, got '%.*s'",
                    SPAN_ARG(auth_form_shown(call->arena, credential)));
    if (is_region(parts[AUTH_SCOPE_REGION])) return ST_OK;
    return FAIL(err, ST_INVALID_SIGNATURE,
                "Credential should be scoped to a valid region, not '%.*s'. ",
                SPAN_ARG(auth_form_shown(call->arena, parts[AUTH_SCOPE_REGION])));
}

/* ---- the account */

static bool is_account(struct span key)
{
    for (size_t i = 0; i < key.len; i++)
        if (key.ptr[i] < '0' || key.ptr[i] > '9') return false;
    return key.len == LIMIT_ACCOUNT_BYTES;
}

static uint64_t fnv_1a(struct span bytes)
{
    uint64_t hash = 0xCBF29CE484222325U;
    for (size_t i = 0; i < bytes.len; i++) hash = (hash ^ bytes.ptr[i]) * 0x100000001B3U;
    return hash;
}

/* Append the account's number. */
static void put_account(struct buf *out, struct span key)
{
    if (is_account(key))
        buf_put(out, key);
    else
        buf_printf(out, "%012" PRIu64, fnv_1a(key) % (ACCOUNTS - 1) + 1);
}

/* ---- public */

struct caller caller_default(const struct api_options *options)
{
    return (struct caller){.account = span_of(options->account),
                           .region = span_of(options->region),
                           .space = {.engine = options->engine}};
}

status caller_find(const struct api_options *options, const struct api_call *call,
                   struct caller *out, struct error *err)
{
    struct span parts[AUTH_SCOPE_COUNT] = {0};
    *out = caller_default(options);
    if (!options->isolate) return ST_OK;
    TRY(read_scope(call, parts, err));
    struct buf space;
    buf_init(&space, arena_mem(call->arena), LIMIT_SPACE_BYTES);
    put_account(&space, parts[AUTH_SCOPE_ACCESS_KEY]);
    buf_put_u8(&space, '/');
    buf_put(&space, parts[AUTH_SCOPE_REGION]);
    TRY_PLAIN(err, buf_status(&space));
    out->space.name = buf_view(&space);
    out->account = span_take(out->space.name, LIMIT_ACCOUNT_BYTES);
    out->region = span_drop(out->space.name, LIMIT_ACCOUNT_BYTES + 1);
    return ST_OK;
}
