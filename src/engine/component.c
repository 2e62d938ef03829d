/* component.c -- decimal digits to a float.
 *
 * The first 18 digits make a whole number, which is then multiplied or divided by a power of ten,
 * in double: that has 53 bits, the float it becomes 24. The C library's strtof is not asked: it
 * reads the decimal point of its locale.
 */
#include "engine/component.h"

#include <stdint.h>

#include "item/number.h"

enum { DIGITS_MAX = 18, TENS_MAX = 22 };

static const double largest = 3.4028235e38;

/* 10 to the power of 22 is the largest that a double holds exactly. */
static const double tens[TENS_MAX + 1] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                          1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                          1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

static double scale(double whole, int32_t power)
{
    for (; power > TENS_MAX; power -= TENS_MAX) whole *= tens[TENS_MAX];
    for (; power < -TENS_MAX; power += TENS_MAX) whole /= tens[TENS_MAX];
    return power >= 0 ? whole * tens[power] : whole / tens[-power];
}

/* The digits of `text` from `at` on, which number_text wrote: no exponent. */
static double read_digits(const char *text, size_t at, size_t len)
{
    uint64_t whole = 0;
    uint32_t digits = 0;
    int32_t power = 0;
    bool behind_point = false;
    for (; at < len; at++) {
        if (text[at] == '.') {
            behind_point = true;
            continue;
        }
        const bool counts = digits < DIGITS_MAX;
        if (counts) whole = whole * 10 + (uint64_t)(text[at] - '0');
        if (whole > 0) digits++;
        if (counts && behind_point) power--;
        if (!counts && !behind_point) power++;
    }
    return scale((double)whole, power);
}

bool component_read(struct span bytes, float *out)
{
    char text[NUMBER_TEXT_BYTES_MAX];
    const size_t len = number_text(bytes, text);
    const bool negative = len > 0 && text[0] == '-';
    const double size = read_digits(text, negative ? 1 : 0, len);
    if (size > largest) return false;
    *out = (float)(negative ? -size : size);
    return true;
}

bool component_is_finite(float component)
{
    return component - component <= 0; /* NaN of both that are not */
}
