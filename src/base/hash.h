/* hash.h -- a keyed 128-bit hash (SipHash-2-4).
 *
 * The secret is made when a database is created: an attacker who may choose partition keys cannot
 * choose where they land. The hash places items on disk, so it may never change for a secret.
 *
 * Threads: hash_128 may be called by any number of threads at once.
 */
#ifndef STATOR_BASE_HASH_H
#define STATOR_BASE_HASH_H

#include "base/mem.h"
#include "base/span.h"
#include "base/status.h"

enum { HASH_BYTES = 16 };

struct hash; /* a secret, ready for use */

/* Make *out from a 16-byte secret. ST_NO_MEMORY. */
MUST_USE status hash_new(const struct mem *mem, const uint8_t secret[HASH_BYTES],
                         struct hash **out);
void hash_free(struct hash *hash);

/* The hash of `bytes`. */
void hash_128(const struct hash *hash, struct span bytes, uint8_t out[HASH_BYTES]);

#endif
