/* base64.c -- four characters to three bytes.
 *
 * Only the last group may be padded, and the bits its padding cuts off must be zero, so that every
 * run of bytes has one text (RFC 4648, 3.5). A "=" anywhere else is told as a bad last character,
 * as DynamoDB tells it.
 */
#include "item/base64.h"

/* The six bits of a character, plus one; 0: it is none of the alphabet. */
/* clang-format off */
static const uint8_t sextets[256] = {
    ['A'] = 1,  ['B'] = 2,  ['C'] = 3,  ['D'] = 4,  ['E'] = 5,  ['F'] = 6,  ['G'] = 7,  ['H'] = 8,
    ['I'] = 9,  ['J'] = 10, ['K'] = 11, ['L'] = 12, ['M'] = 13, ['N'] = 14, ['O'] = 15, ['P'] = 16,
    ['Q'] = 17, ['R'] = 18, ['S'] = 19, ['T'] = 20, ['U'] = 21, ['V'] = 22, ['W'] = 23, ['X'] = 24,
    ['Y'] = 25, ['Z'] = 26, ['a'] = 27, ['b'] = 28, ['c'] = 29, ['d'] = 30, ['e'] = 31, ['f'] = 32,
    ['g'] = 33, ['h'] = 34, ['i'] = 35, ['j'] = 36, ['k'] = 37, ['l'] = 38, ['m'] = 39, ['n'] = 40,
    ['o'] = 41, ['p'] = 42, ['q'] = 43, ['r'] = 44, ['s'] = 45, ['t'] = 46, ['u'] = 47, ['v'] = 48,
    ['w'] = 49, ['x'] = 50, ['y'] = 51, ['z'] = 52, ['0'] = 53, ['1'] = 54, ['2'] = 55, ['3'] = 56,
    ['4'] = 57, ['5'] = 58, ['6'] = 59, ['7'] = 60, ['8'] = 61, ['9'] = 62, ['+'] = 63, ['/'] = 64,
};
/* clang-format on */

static const char text_last[] = "Invalid last non-pad Base64 character dectected";

/* Why `text` is refused: its first character outside the alphabet, or the padding. */
static status refuse(struct span text, struct error *err)
{
    for (size_t i = 0; i < text.len; i++)
        if (sextets[text.ptr[i]] == 0 && text.ptr[i] != '=')
            return FAIL(err, ST_SERIALIZATION, "Invalid Base64 character: '%c'", text.ptr[i]);
    return FAIL(err, ST_SERIALIZATION, text_last);
}

/* The 6 * count bits of `count` characters. False: one of them is not of the alphabet. */
static bool take_bits(const uint8_t *text, size_t count, uint32_t *bits)
{
    uint32_t taken = 0;
    for (size_t i = 0; i < count; i++) {
        const uint32_t sextet = sextets[text[i]];
        if (sextet == 0) return false;
        taken = taken << 6 | (sextet - 1);
    }
    *bits = taken;
    return true;
}

static size_t padding_of(struct span text)
{
    if (text.len == 0 || text.ptr[text.len - 1] != '=') return 0;
    return text.ptr[text.len - 2] == '=' ? 2 : 1;
}

static bool decode_whole(struct span groups, uint8_t *out)
{
    for (; groups.len > 0; groups = span_drop(groups, 4), out += 3) {
        uint32_t bits = 0;
        if (!take_bits(groups.ptr, 4, &bits)) return false;
        out[0] = (uint8_t)(bits >> 16);
        out[1] = (uint8_t)(bits >> 8);
        out[2] = (uint8_t)bits;
    }
    return true;
}

/* The last group: 12 bits for one byte, or 18 for two. */
static bool decode_padded(const uint8_t *group, size_t padding, uint8_t *out)
{
    uint32_t bits = 0;
    if (!take_bits(group, 4 - padding, &bits)) return false;
    const uint32_t spare = padding == 1 ? 2 : 4;
    if ((bits & ((1U << spare) - 1)) != 0) return false;
    bits >>= spare;
    if (padding == 1) *out++ = (uint8_t)(bits >> 8);
    *out = (uint8_t)bits;
    return true;
}

status base64_decode(struct span text, struct buf *buf, struct error *err)
{
    if (text.len % 4 != 0)
        return FAIL(err, ST_SERIALIZATION,
                    "Base64 encoded length is expected a multiple of 4 bytes but found: %zu",
                    text.len);
    const size_t padding = padding_of(text);
    const struct span whole = span_take(text, padding == 0 ? text.len : text.len - 4);
    uint8_t *out = buf_reserve(buf, text.len / 4 * 3);
    if (out == NULL) return ST_OK;
    const size_t whole_bytes = whole.len / 4 * 3;
    if (!decode_whole(whole, out)) return refuse(text, err);
    if (padding > 0 && !decode_padded(whole.ptr + whole.len, padding, out + whole_bytes))
        return refuse(text, err);
    buf_advance(buf, text.len / 4 * 3 - padding);
    return ST_OK;
}
