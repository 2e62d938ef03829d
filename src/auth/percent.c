/* percent.c -- see percent.h. */
#include "auth/percent.h"

#include <string.h>

static bool is_unreserved(uint8_t c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

void percent_put(struct buf *out, uint8_t c)
{
    static const char digits[] = "0123456789ABCDEF";
    if (is_unreserved(c)) {
        buf_put_u8(out, c);
        return;
    }
    buf_put_u8(out, '%');
    buf_put_u8(out, (uint8_t)digits[c >> 4]);
    buf_put_u8(out, (uint8_t)digits[c & 15]);
}

static bool hex_value(uint8_t c, uint8_t *out)
{
    const uint8_t letter = c | 0x20;
    const bool is_digit = c >= '0' && c <= '9';
    if (!is_digit && (letter < 'a' || letter > 'f')) return false;
    *out = (uint8_t)(is_digit ? c - '0' : letter - 'a' + 10);
    return true;
}

uint8_t percent_take(struct span *text)
{
    uint8_t high = 0;
    uint8_t low = 0;
    const uint8_t first = text->ptr[0];
    const bool is_coded = first == '%' && text->len >= 3 && hex_value(text->ptr[1], &high) &&
                          hex_value(text->ptr[2], &low);
    *text = span_drop(*text, is_coded ? 3 : 1);
    return is_coded ? (uint8_t)(high << 4 | low) : first;
}

status percent_decode(struct arena *arena, struct span text, struct span *out)
{
    if (memchr(text.ptr == NULL ? (const uint8_t *)"" : text.ptr, '%', text.len) == NULL) {
        *out = text;
        return ST_OK;
    }
    uint8_t *bytes = arena_alloc_raw(arena, text.len);
    if (bytes == NULL) return ST_NO_MEMORY;
    size_t len = 0;
    while (text.len > 0) bytes[len++] = percent_take(&text);
    *out = (struct span){bytes, len};
    return ST_OK;
}
