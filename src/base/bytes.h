/* bytes.h -- integers to and from bytes, at any alignment.
 *
 * Plain names are little-endian, the form of everything stored; `_be` is big-endian, the form of
 * keys, so that memcmp is the order.
 */
#ifndef STATOR_BASE_BYTES_H
#define STATOR_BASE_BYTES_H

#include <stdint.h>
#include <string.h>

#include "base/attributes.h"

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#    error "bytes.h is written for little-endian machines"
#endif

static inline void bytes_store_u16(uint8_t *at, uint16_t n)
{
    memcpy(at, &n, sizeof n);
}

static inline void bytes_store_u32(uint8_t *at, uint32_t n)
{
    memcpy(at, &n, sizeof n);
}

static inline void bytes_store_u64(uint8_t *at, uint64_t n)
{
    memcpy(at, &n, sizeof n);
}

static inline void bytes_store_u32_be(uint8_t *at, uint32_t n)
{
    bytes_store_u32(at, __builtin_bswap32(n));
}

static inline void bytes_store_u64_be(uint8_t *at, uint64_t n)
{
    bytes_store_u64(at, __builtin_bswap64(n));
}

MUST_USE static inline uint16_t bytes_load_u16(const uint8_t *at)
{
    uint16_t n;
    memcpy(&n, at, sizeof n);
    return n;
}

MUST_USE static inline uint32_t bytes_load_u32(const uint8_t *at)
{
    uint32_t n;
    memcpy(&n, at, sizeof n);
    return n;
}

MUST_USE static inline uint64_t bytes_load_u64(const uint8_t *at)
{
    uint64_t n;
    memcpy(&n, at, sizeof n);
    return n;
}

MUST_USE static inline uint32_t bytes_load_u32_be(const uint8_t *at)
{
    return __builtin_bswap32(bytes_load_u32(at));
}

MUST_USE static inline uint64_t bytes_load_u64_be(const uint8_t *at)
{
    return __builtin_bswap64(bytes_load_u64(at));
}

#endif
