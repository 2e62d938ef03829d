/* json_scan.h -- the bytes of a string that stand for themselves, many at a time.
 *
 * Reader and writer ask the same question of every string: how far does it go on without a quote,
 * a backslash or a control character? Bytes from 80 on are plain here; whether they are UTF-8 is
 * asked of the whole string, and only when there are any.
 *
 * The vectors are the compilers' own (vector_size), which become the machine's. Comparing two
 * gives FF where it holds and 00 elsewhere, so the first byte that is not plain is found by
 * counting the zero bits below it. Two vectors are asked at once whether there is one, and only
 * then which.
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

MUST_USE static inline json_scan_bytes json_scan_load(const uint8_t *at)
{
    json_scan_bytes bytes;
    memcpy(&bytes, at, sizeof bytes);
    return bytes;
}

/* FF for each byte that is not plain. */
MUST_USE static inline json_scan_words json_scan_marks(json_scan_bytes bytes)
{
    return (json_scan_words)((bytes < 0x20) | (bytes == '"') | (bytes == '\\'));
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
    for (; end - at >= 32; at += 32) {
        const json_scan_bytes low = json_scan_load(at), high = json_scan_load(at + 16);
        const json_scan_words marks = json_scan_marks(low) | json_scan_marks(high);
        if ((marks[0] | marks[1]) != 0) break;
        all |= (json_scan_words)(low | high);
    }
    int first = 16;
    for (; end - at >= 16 && first == 16; at += first) {
        const json_scan_bytes bytes = json_scan_load(at);
        all |= (json_scan_words)bytes;
        first = json_scan_first(json_scan_marks(bytes));
    }
    if (((all[0] | all[1]) & 0x8080808080808080U) != 0) *seen |= 0x80;
    if (first < 16) return at;
    for (; at < end && json_scan_is_plain(*at); at++) *seen |= *at;
    return at;
}

#endif
