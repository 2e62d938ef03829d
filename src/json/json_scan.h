/* json_scan.h -- the bytes of a string that stand for themselves, eight at a time.
 *
 * Reader and writer ask the same question of every string: how far does it go on without a quote,
 * a backslash or a control character? Bytes from 80 on are plain here; whether they are UTF-8 is
 * asked of the whole string, and only when there are any.
 *
 * The word test is the classic one: (x - 01…) & ~x & 80… marks the bytes of x that are 0. A borrow
 * may mark a byte too many, above one that is rightly marked, so the lowest mark is always true.
 */
#ifndef STATOR_JSON_JSON_SCAN_H
#define STATOR_JSON_JSON_SCAN_H

#include <stdbool.h>

#include "base/bytes.h"

#define JSON_SCAN_ONES 0x0101010101010101U
#define JSON_SCAN_TOPS 0x8080808080808080U

MUST_USE static inline bool json_scan_is_plain(uint8_t c)
{
    return c >= 0x20 && c != '"' && c != '\\';
}

MUST_USE static inline uint64_t json_scan_zeros(uint64_t word)
{
    return (word - JSON_SCAN_ONES) & ~word & JSON_SCAN_TOPS;
}

/* The lowest marked byte is the first in `word` that is not plain. */
MUST_USE static inline uint64_t json_scan_marks(uint64_t word)
{
    const uint64_t control = (word - JSON_SCAN_ONES * 0x20) & ~word & JSON_SCAN_TOPS;
    return control | json_scan_zeros(word ^ JSON_SCAN_ONES * '"') |
           json_scan_zeros(word ^ JSON_SCAN_ONES * '\\');
}

/* The first byte of at … end that is not plain, or `end`. *seen collects the bits of all bytes
 * passed (and perhaps of some behind), so that bit 80 clear means: all ASCII. */
MUST_USE static inline const uint8_t *json_scan_plain(const uint8_t *at, const uint8_t *end,
                                                      uint64_t *seen)
{
    while (end - at >= 8) {
        const uint64_t word = bytes_load_u64(at);
        const uint64_t marks = json_scan_marks(word);
        *seen |= word;
        if (marks != 0) return at + __builtin_ctzll(marks) / 8;
        at += 8;
    }
    while (at < end && json_scan_is_plain(*at)) *seen |= *at++;
    return at;
}

#endif
