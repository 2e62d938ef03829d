/* hash.c -- SipHash-2-4 with a result of 128 bits.
 *
 * Source: Aumasson and Bernstein, "SipHash: a fast short-input PRF" (2012); for the wide result,
 * the authors' reference text. Four words of state; each word of input is mixed in with two rounds,
 * each half of the result is drawn after four:
 *
 *     a, b, c, d   the secret under four constants; b also under EE, for the wide result
 *     for each word m:  d ^= m,  2 rounds,  a ^= m         little-endian; the last holds what is
 *                                                          left, and its length in the top byte
 *     c ^= EE,  4 rounds,  a ^ b ^ c ^ d                   the first half
 *     b ^= DD,  4 rounds,  a ^ b ^ c ^ d                   the second
 *
 * Every request hashes a key of some ten bytes. OpenSSL has the same hash, but there a copy of its
 * state on the heap goes with each, and a counter that all threads write to.
 */
#include "base/hash.h"

#include "base/bytes.h"

struct hash {
    const struct mem *mem;
    uint64_t secret[2]; /* constant after hash_new */
};

struct state {
    uint64_t a, b, c, d;
};

status hash_new(const struct mem *mem, const uint8_t secret[HASH_BYTES], struct hash **out)
{
    struct hash *hash = mem_new(mem, sizeof *hash);
    if (hash == NULL) return ST_NO_MEMORY;
    *hash = (struct hash){
        mem, {bytes_load_u64(secret), bytes_load_u64(secret + 8)}
    };
    *out = hash;
    return ST_OK;
}

void hash_free(struct hash *hash)
{
    if (hash != NULL) mem_free(hash->mem, hash, sizeof *hash);
}

static uint64_t rotated(uint64_t word, unsigned bits)
{
    return word << bits | word >> (64 - bits);
}

static void mix(struct state *s, unsigned rounds)
{
    while (rounds-- > 0) {
        s->a += s->b;
        s->c += s->d;
        s->b = rotated(s->b, 13) ^ s->a;
        s->d = rotated(s->d, 16) ^ s->c;
        s->a = rotated(s->a, 32);
        s->c += s->b;
        s->a += s->d;
        s->b = rotated(s->b, 17) ^ s->c;
        s->d = rotated(s->d, 21) ^ s->a;
        s->c = rotated(s->c, 32);
    }
}

static void take(struct state *s, uint64_t word)
{
    s->d ^= word;
    mix(s, 2);
    s->a ^= word;
}

/* The bytes behind the last whole word, and above them the length of all, modulo 256. */
static uint64_t last_word(struct span bytes)
{
    uint64_t word = (uint64_t)bytes.len << 56;
    const struct span rest = span_drop(bytes, bytes.len - bytes.len % 8);
    for (size_t i = 0; i < rest.len; i++) word |= (uint64_t)rest.ptr[i] << (8 * i);
    return word;
}

static uint64_t draw(struct state *s)
{
    mix(s, 4);
    return s->a ^ s->b ^ s->c ^ s->d;
}

void hash_128(const struct hash *hash, struct span bytes, uint8_t out[HASH_BYTES])
{
    struct state s = {
        .a = hash->secret[0] ^ 0x736F6D6570736575U,
        .b = hash->secret[1] ^ 0x646F72616E646F6DU ^ 0xEE,
        .c = hash->secret[0] ^ 0x6C7967656E657261U,
        .d = hash->secret[1] ^ 0x7465646279746573U,
    };
    for (size_t at = 0; bytes.len - at >= 8; at += 8) take(&s, bytes_load_u64(bytes.ptr + at));
    take(&s, last_word(bytes));
    s.c ^= 0xEE;
    bytes_store_u64(out, draw(&s));
    s.b ^= 0xDD;
    bytes_store_u64(out + 8, draw(&s));
}
