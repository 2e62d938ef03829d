/* span.c -- comparing and cutting borrowed bytes.
 *
 * memcmp and memmem must not be given NULL, even with a length of zero, so every function looks
 * at the length first.
 */
#include "base/span.h"

#include <assert.h>
#include <string.h>

struct span span_of(const char *text)
{
    assert(text != NULL);
    return (struct span){(const uint8_t *)text, strlen(text)};
}

bool span_eq(struct span a, struct span b)
{
    if (a.len != b.len) return false;
    return a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0;
}

static uint8_t ascii_lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c | 0x20U) : c;
}

bool span_eq_nocase(struct span a, struct span b)
{
    if (a.len != b.len) return false;
    for (size_t i = 0; i < a.len; i++)
        if (a.ptr[i] != b.ptr[i] && ascii_lower(a.ptr[i]) != ascii_lower(b.ptr[i])) return false;
    return true;
}

int span_compare(struct span a, struct span b)
{
    const size_t shared = a.len < b.len ? a.len : b.len;
    const int order = shared == 0 ? 0 : memcmp(a.ptr, b.ptr, shared);
    if (order != 0) return order;
    return (a.len > b.len) - (a.len < b.len);
}

bool span_starts_with(struct span whole, struct span prefix)
{
    return prefix.len <= whole.len && span_eq(span_take(whole, prefix.len), prefix);
}

bool span_contains(struct span whole, struct span needle)
{
    if (needle.len == 0) return true;
    if (needle.len > whole.len) return false;
    return memmem(whole.ptr, whole.len, needle.ptr, needle.len) != NULL;
}

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t';
}

struct span span_trim(struct span whole)
{
    while (whole.len > 0 && is_blank(whole.ptr[0])) whole = span_drop(whole, 1);
    while (whole.len > 0 && is_blank(whole.ptr[whole.len - 1])) whole.len--;
    return whole;
}
