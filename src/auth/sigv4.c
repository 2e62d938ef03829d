/* sigv4.c -- the string to sign and the chain of keys.
 *
 *     string to sign   AWS4-HMAC-SHA256 \n date \n day/region/service/aws4_request \n
 *                      hex(SHA-256(canonical request))
 *     key              HMAC(HMAC(HMAC(HMAC("AWS4" secret, day), region), service), "aws4_request")
 *     signature        hex(HMAC(key, string to sign))
 *
 * The secret with its prefix and the keys between are wiped from the stack.
 */
#include "auth/sigv4.h"

#include <assert.h>
#include <string.h>

#include "auth/canonical.h"
#include "auth/digest.h"
#include "base/limits.h"

static_assert(sizeof(struct sigv4_key) == DIGEST_BYTES, "a key is an HMAC");
static_assert(sizeof(((struct sigv4_signature *)NULL)->hex) == DIGEST_HEX_BYTES,
              "a signature is an HMAC, in hexadecimal");

#define ALGORITHM "AWS4-HMAC-SHA256"
#define TERMINATOR "aws4_request"

static struct span bytes_of(const struct sigv4_key *key)
{
    return (struct span){key->bytes, sizeof key->bytes};
}

status sigv4_key_make(struct span secret, const struct sigv4_scope *scope, struct sigv4_key *out)
{
    uint8_t first[4 + LIMIT_SECRET_KEY_BYTES] = {'A', 'W', 'S', '4'};
    if (secret.len > LIMIT_SECRET_KEY_BYTES) return ST_LIMIT;
    if (secret.len > 0) memcpy(first + 4, secret.ptr, secret.len);

    struct sigv4_key key = {0};
    status st = digest_hmac((struct span){first, 4 + secret.len}, scope->day, key.bytes);
    const struct span chain[] = {scope->region, scope->service, SPAN(TERMINATOR)};
    for (size_t i = 0; st == ST_OK && i < ARRAY_COUNT(chain); i++) {
        uint8_t next[SIGV4_KEY_BYTES];
        st = digest_hmac(bytes_of(&key), chain[i], next);
        if (st == ST_OK) memcpy(key.bytes, next, sizeof next);
        digest_wipe(next, sizeof next);
    }
    if (st == ST_OK) *out = key;
    digest_wipe(&key, sizeof key);
    digest_wipe(first, sizeof first);
    return st;
}

static void put_scope(const struct sigv4_scope *scope, struct buf *out)
{
    const struct span parts[] = {scope->day, scope->region, scope->service};
    for (size_t i = 0; i < ARRAY_COUNT(parts); i++) {
        buf_put(out, parts[i]);
        buf_put_u8(out, '/');
    }
    buf_put_text(out, TERMINATOR);
}

static status make_string(struct arena *arena, const struct sigv4_terms *terms,
                          struct span canonical, struct span *out)
{
    uint8_t hash[DIGEST_HEX_BYTES];
    TRY(digest_sha256_hex(canonical, hash));
    struct buf buf;
    buf_init(&buf, arena_mem(arena), LIMIT_CANONICAL_BYTES);
    buf_put_text(&buf, ALGORITHM "\n");
    buf_put(&buf, terms->date);
    buf_put_u8(&buf, '\n');
    put_scope(&terms->scope, &buf);
    buf_put_u8(&buf, '\n');
    buf_put(&buf, (struct span){hash, sizeof hash});
    TRY(buf_status(&buf));
    *out = buf_view(&buf);
    return ST_OK;
}

status sigv4_sign(struct arena *arena, const struct sigv4_request *request,
                  const struct sigv4_terms *terms, const struct sigv4_key *key,
                  struct sigv4_signature *out)
{
    struct sigv4_signature made = {0};
    TRY(canonical_names(arena, request, terms->signed_headers, &made.signed_headers));
    struct buf canonical;
    buf_init(&canonical, arena_mem(arena), LIMIT_CANONICAL_BYTES);
    TRY(canonical_write(arena, request, made.signed_headers, terms->is_in_query, &canonical));
    made.canonical = buf_view(&canonical);
    TRY(make_string(arena, terms, made.canonical, &made.string_to_sign));

    uint8_t digest[DIGEST_BYTES];
    TRY(digest_hmac(bytes_of(key), made.string_to_sign, digest));
    digest_hex(digest, made.hex);
    *out = made;
    return ST_OK;
}

void sigv4_authorization(struct span access_key, const struct sigv4_terms *terms,
                         const struct sigv4_signature *signature, struct buf *out)
{
    buf_put_text(out, ALGORITHM " Credential=");
    buf_put(out, access_key);
    buf_put_u8(out, '/');
    put_scope(&terms->scope, out);
    buf_put_text(out, ", SignedHeaders=");
    buf_put(out, signature->signed_headers);
    buf_put_text(out, ", Signature=");
    buf_put(out, (struct span){signature->hex, sizeof signature->hex});
}
