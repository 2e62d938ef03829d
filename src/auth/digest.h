/* digest.h -- SHA-256 and HMAC-SHA-256, by OpenSSL; comparing and forgetting secrets.
 *
 * Everything here fails with ST_NO_MEMORY and nothing else.
 */
#ifndef STATOR_AUTH_DIGEST_H
#define STATOR_AUTH_DIGEST_H

#include "base/span.h"
#include "base/status.h"

enum { DIGEST_BYTES = 32, DIGEST_HEX_BYTES = 64 };

MUST_USE status digest_sha256(struct span bytes, uint8_t out[DIGEST_BYTES]);
MUST_USE status digest_hmac(struct span key, struct span bytes, uint8_t out[DIGEST_BYTES]);

/* In lower case, without a NUL. */
void digest_hex(const uint8_t digest[DIGEST_BYTES], uint8_t out[DIGEST_HEX_BYTES]);

/* The SHA-256 of `bytes` in hexadecimal. */
MUST_USE status digest_sha256_hex(struct span bytes, uint8_t out[DIGEST_HEX_BYTES]);

/* As span_eq, in a time that tells only the lengths. */
MUST_USE bool digest_eq(struct span a, struct span b);

/* Overwrite a secret that is no longer needed; the compiler does not leave this out. */
void digest_wipe(void *secret, size_t size);

#endif
