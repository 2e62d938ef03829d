/* json_scan.h -- the bytes of a string that stand for themselves, sixteen at a time.
 *
 * Reader and writer ask the same question of every string: how far does it go on without a quote,
 * a backslash or a control character? Bytes from 80 on are plain here; whether they are UTF-8 is
 * asked of the whole string, and only when there are any.
 *
 * The vectors are the compilers' own (vector_size), which become the machine's. Comparing two
 * gives FF where it holds and 00 elsewhere, so the first byte that is not plain is found by
 * counting the zero bits below it.
 */
#ifndef STATOR_JSON_JSON_SCAN_H
#define STATOR_JSON_JSON_SCAN_H

#include <stdbool.h>

#include "base/bytes.h"

typedef uint8_t json_scan_bytes __attribute__((vector_size(16)));
typedef uint64_t json_scan_words __attribute__((vector_size(16)));

MUST_USE static inline bool json_scan_is_plain(uint8_t c)
{
    return c >= 0x20 && c != '"' && c != '\\';
}

/* The index of the first byte of `marks` that is not zero, or 16. */
MUST_USE static inline int json_scan_first(json_scan_words marks)
{
    if (marks[0] != 0) return __builtin_ctzll(marks[0]) / 8;
    return marks[1] != 0 ? 8 + __builtin_ctzll(marks[1]) / 8 : 16;
}

/* The first byte of at … end that is not plain, or `end`. *seen collects the bits of all bytes
 * passed (and perhaps of some behind): bit 80 clear means that all were ASCII. */
MUST_USE static inline const uint8_t *json_scan_plain(const uint8_t *at, const uint8_t *end,
                                                      uint8_t *seen)
{
    json_scan_words all = {0};
    int first = 16;
    for (; end - at >= 16 && first == 16; at += first) {
        json_scan_bytes bytes;
        memcpy(&bytes, at, sizeof bytes);
        all |= (json_scan_words)bytes;
        first =
            json_scan_first((json_scan_words)((bytes < 0x20) | (bytes == '"') | (bytes == '\\')));
    }
    if (((all[0] | all[1]) & 0x8080808080808080U) != 0) *seen |= 0x80;
    if (first < 16) return at;
    for (; at < end && json_scan_is_plain(*at); at++) *seen |= *at;
    return at;
}

#endif
