/* digest.c -- see digest.h. OpenSSL is never given NULL, even for no bytes. */
#include "auth/digest.h"

#include <assert.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

static const uint8_t *ptr_of(struct span bytes)
{
    return bytes.len == 0 ? (const uint8_t *)"" : bytes.ptr;
}

status digest_sha256(struct span bytes, uint8_t out[DIGEST_BYTES])
{
    return EVP_Digest(ptr_of(bytes), bytes.len, out, NULL, EVP_sha256(), NULL) == 1 ? ST_OK
                                                                                    : ST_NO_MEMORY;
}

status digest_hmac(struct span key, struct span bytes, uint8_t out[DIGEST_BYTES])
{
    assert(key.len <= INT32_MAX);
    const uint8_t *made =
        HMAC(EVP_sha256(), ptr_of(key), (int)key.len, ptr_of(bytes), bytes.len, out, NULL);
    return made != NULL ? ST_OK : ST_NO_MEMORY;
}

void digest_hex(const uint8_t digest[DIGEST_BYTES], uint8_t out[DIGEST_HEX_BYTES])
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < DIGEST_BYTES; i++) {
        out[2 * i] = (uint8_t)digits[digest[i] >> 4];
        out[2 * i + 1] = (uint8_t)digits[digest[i] & 15];
    }
}

status digest_sha256_hex(struct span bytes, uint8_t out[DIGEST_HEX_BYTES])
{
    uint8_t digest[DIGEST_BYTES];
    TRY(digest_sha256(bytes, digest));
    digest_hex(digest, out);
    return ST_OK;
}

bool digest_eq(struct span a, struct span b)
{
    return a.len == b.len && CRYPTO_memcmp(ptr_of(a), ptr_of(b), a.len) == 0;
}

void digest_wipe(void *secret, size_t size)
{
    OPENSSL_cleanse(secret, size);
}
