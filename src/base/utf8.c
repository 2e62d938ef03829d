/* utf8.c -- validation eight ASCII bytes at a time, then by lead byte.
 *
 * The lead byte fixes the length and the range of the second byte; all later bytes are 80..BF.
 * That range is what excludes overlong forms (E0, F0), surrogates (ED) and codes past U+10FFFF
 * (F4): table 3-7 of the Unicode Standard.
 */
#include "base/utf8.h"

#include <assert.h>

#include "base/bytes.h"

struct lead {
    uint8_t first, last; /* lead bytes of this row */
    uint8_t length;
    uint8_t second_min, second_max;
};

static const struct lead leads[] = {
    {0xC2, 0xDF, 2, 0x80, 0xBF},
    {0xE0, 0xE0, 3, 0xA0, 0xBF},
    {0xE1, 0xEC, 3, 0x80, 0xBF},
    {0xED, 0xED, 3, 0x80, 0x9F},
    {0xEE, 0xEF, 3, 0x80, 0xBF},
    {0xF0, 0xF0, 4, 0x90, 0xBF},
    {0xF1, 0xF3, 4, 0x80, 0xBF},
    {0xF4, 0xF4, 4, 0x80, 0x8F},
};

static struct span skip_ascii(struct span text)
{
    while (text.len >= 8 && (bytes_load_u64(text.ptr) & 0x8080808080808080U) == 0)
        text = span_drop(text, 8);
    while (text.len > 0 && text.ptr[0] < 0x80) text = span_drop(text, 1);
    return text;
}

/* The length of the valid sequence that `text` starts with, or 0. */
static size_t sequence_bytes(struct span text)
{
    const uint8_t lead = text.ptr[0];
    for (size_t i = 0; i < ARRAY_COUNT(leads); i++) {
        const struct lead *row = &leads[i];
        if (lead < row->first || lead > row->last) continue;
        if (text.len < row->length) return 0;
        if (text.ptr[1] < row->second_min || text.ptr[1] > row->second_max) return 0;
        for (size_t at = 2; at < row->length; at++)
            if ((text.ptr[at] & 0xC0) != 0x80) return 0;
        return row->length;
    }
    return 0;
}

bool utf8_is_valid(struct span text)
{
    text = skip_ascii(text);
    while (text.len > 0) {
        const size_t bytes = sequence_bytes(text);
        if (bytes == 0) return false;
        text = skip_ascii(span_drop(text, bytes));
    }
    return true;
}

size_t utf8_encode(uint32_t code, uint8_t out[4])
{
    assert(code <= 0x10FFFF);
    assert(code < 0xD800 || code > 0xDFFF);
    if (code < 0x80) {
        out[0] = (uint8_t)code;
        return 1;
    }
    size_t bytes = 4;
    if (code < 0x10000) bytes = 3;
    if (code < 0x800) bytes = 2;
    for (size_t at = bytes - 1; at > 0; at--) {
        out[at] = (uint8_t)(0x80U | (code & 0x3FU));
        code >>= 6;
    }
    static const uint8_t marks[] = {0, 0, 0xC0, 0xE0, 0xF0};
    out[0] = (uint8_t)(marks[bytes] | code);
    return bytes;
}

uint32_t utf8_decode(struct span *text)
{
    static const uint8_t payload[] = {0, 0x7F, 0x1F, 0x0F, 0x07}; /* of a lead byte, by length */
    assert(text->len > 0);
    const size_t bytes = text->ptr[0] < 0x80 ? 1 : sequence_bytes(*text);
    assert(bytes > 0);
    uint32_t code = text->ptr[0] & (uint32_t)payload[bytes];
    for (size_t at = 1; at < bytes; at++) code = code << 6 | (text->ptr[at] & 0x3FU);
    *text = span_drop(*text, bytes);
    return code;
}
