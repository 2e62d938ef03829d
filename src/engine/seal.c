/* seal.c -- engine_seal.
 *
 * A seal is the keyed hash of the keyed hash: hash(MARK, hash(bytes)). The inner one never leaves
 * the process, so that seals, which clients may have by the thousand, tell nothing about where the
 * same bytes would lie as a partition key: nobody can aim items at one place with them.
 */
#include "engine/engine_own.h"

#include <string.h>

static_assert((int)ENGINE_SEAL_BYTES == (int)HASH_BYTES, "a seal is a hash");

static const char MARK[] = "stator-seal";

void engine_seal(const struct engine *engine, struct span bytes, uint8_t out[ENGINE_SEAL_BYTES])
{
    uint8_t marked[sizeof MARK + HASH_BYTES];
    memcpy(marked, MARK, sizeof MARK);
    hash_128(engine->hash, bytes, marked + sizeof MARK);
    hash_128(engine->hash, (struct span){marked, sizeof marked}, out);
}
