/* real.c -- the C library converts exactly, but writes and reads its locale's decimal point.
 *
 * So no point is ever given to it or taken from it. What "%e" prints is taken apart around the
 * point, whatever that is, and put together as a whole number and a power: 1.5 is "15e-1". What
 * strtod reads has the same form.
 */
#include "db/real.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "item/number.h"

enum { DIGITS_SURE = 15, DIGITS_MAX = 17, PRINTED_BYTES = 64 };

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* `real`, which is finite, with `count` digits. */
static size_t print(double real, int count, char out[REAL_TEXT_BYTES])
{
    char printed[PRINTED_BYTES];
    (void)snprintf(printed, sizeof printed, "%.*e", count - 1, real);
    const char *const exponent = strchr(printed, 'e');
    size_t len = 0;
    if (printed[0] == '-') out[len++] = '-';
    for (const char *at = printed; at < exponent; at++)
        if (is_digit(*at)) out[len++] = *at;
    const long power = strtol(exponent + 1, NULL, 10) - (count - 1);
    return len + (size_t)snprintf(out + len, REAL_TEXT_BYTES - len, "e%ld", power);
}

struct span real_text(double real, char out[REAL_TEXT_BYTES])
{
    if (__builtin_isnan(real)) return SPAN("NaN");
    if (!__builtin_isfinite(real)) return real > 0 ? SPAN("Infinity") : SPAN("-Infinity");
    size_t len = print(real, DIGITS_SURE, out);
    for (int count = DIGITS_SURE + 1; count <= DIGITS_MAX && strtod(out, NULL) != real; count++)
        len = print(real, count, out);
    return (struct span){(const uint8_t *)out, len};
}

double real_of(struct span number)
{
    char text[NUMBER_TEXT_BYTES_MAX];
    char whole[NUMBER_TEXT_BYTES_MAX + PRINTED_BYTES];
    const size_t len = number_text(number, text);
    const char *const point = memchr(text, '.', len);
    const size_t before = point != NULL ? (size_t)(point - text) : len;
    const size_t behind = point != NULL ? len - before - 1 : 0;
    (void)snprintf(whole, sizeof whole, "%.*s%.*se-%zu", (int)before, text, (int)behind,
                   text + len - behind, behind);
    return strtod(whole, NULL);
}
