/* number.c -- decimals as digit strings, never as floating point.
 *
 * Between bytes and text stands one form, struct decimal: a sign, the digits d1…dn and the power
 * e of ±0.d1…dn x 10^e, with d1 and dn not 0; zero has no digits. Bytes are checked whole when
 * they are unpacked, so that everything behind works on a sound decimal.
 *
 * Arithmetic. Both numbers are laid over one column of digits with room for every power a sum can
 * have; digits are added with their signs, the highest nonzero one gives the sign of the sum, and
 * one pass from the lowest settles carries and borrows. The sum is exact, however far apart the
 * two are; only then it is asked whether 38 digits hold it. DynamoDB refuses a sum that needs more
 * (1E50 + 1) with its sentence for overflow, although nothing overflowed.
 *
 * Size. DynamoDB stores two digits a byte, the pairs counted from the decimal point, plus a byte
 * for sign and power; a negative number takes one byte more unless 20 pairs are full (the guide:
 * "up to 21 bytes"). So 12 is 2, 123 and 1.5 are 3, -42 is 3. Zero is 1.
 */
#include "item/number.h"

#include <assert.h>
#include <string.h>

#include "base/limits.h"

enum {
    DIGITS = LIMIT_NUMBER_DIGITS,
    POWER_MAX = LIMIT_NUMBER_EXPONENT_MAX + 1, /* 1E125 is 0.1 x 10^126 */
    POWER_MIN = LIMIT_NUMBER_EXPONENT_MIN + 1,
    POWER_BIAS = -POWER_MIN,
    POWER_FAR = 1 << 20, /* powers are cut here: far outside, and sums of two fit */

    MARK_NEGATIVE = 1,
    MARK_ZERO = 2,
    MARK_POSITIVE = 3,
    NEGATIVE_END = 0xFF,

    SIZE_PAIRS_MAX = 20,
};
static_assert(POWER_MAX + POWER_BIAS == 255, "a power is one byte");
static_assert(2 + (DIGITS + 1) / 2 + 1 == NUMBER_BYTES_MAX, "N3");

static const char text_invalid[] = "The parameter cannot be converted to a numeric value";
static const char text_digits[] = "Attempting to store more than 38 significant digits in a Number";
static const char text_overflow[] =
    "Number overflow. Attempting to store a number with magnitude larger than supported range";
static const char text_underflow[] =
    "Number underflow. Attempting to store a number with magnitude smaller than supported range";

struct decimal {
    uint8_t digits[DIGITS + 1]; /* 0 to 9; one more, so that pairs are whole */
    uint32_t count;             /* 0: zero */
    int32_t power;
    bool negative;
};

struct span number_view(const struct number *number)
{
    return (struct span){number->bytes, number->len};
}

/* ---- bytes ---- */

static struct number pack(const struct decimal *d)
{
    struct number out = {{MARK_ZERO}, 1};
    if (d->count == 0) return out;
    assert(d->power >= POWER_MIN);
    assert(d->power <= POWER_MAX);
    const uint8_t flip = d->negative ? 0xFF : 0;
    const uint8_t power = (uint8_t)(d->power + POWER_BIAS);
    out.bytes[0] = d->negative ? MARK_NEGATIVE : MARK_POSITIVE;
    out.bytes[1] = power ^ flip;
    out.len = 2;
    for (uint32_t i = 0; i < d->count; i += 2) {
        const uint32_t second = i + 1 < d->count ? d->digits[i + 1] : 0;
        const uint8_t pair = (uint8_t)(1 + 10U * d->digits[i] + second);
        out.bytes[out.len++] = pair ^ flip;
    }
    if (d->negative) out.bytes[out.len++] = NEGATIVE_END;
    return out;
}

static bool unpack_pair(uint8_t byte, struct decimal *d)
{
    if (byte < 1 || byte > 100 || d->count + 2 > DIGITS) return false;
    d->digits[d->count++] = (uint8_t)((byte - 1) / 10);
    d->digits[d->count++] = (uint8_t)((byte - 1) % 10);
    return true;
}

/* False: not the canonical bytes of a number. */
static bool unpack(struct span bytes, struct decimal *out)
{
    *out = (struct decimal){0};
    if (bytes.len == 0 || bytes.len > NUMBER_BYTES_MAX) return false;
    if (bytes.ptr[0] == MARK_ZERO) return bytes.len == 1;
    out->negative = bytes.ptr[0] == MARK_NEGATIVE;
    if (!out->negative && bytes.ptr[0] != MARK_POSITIVE) return false;
    size_t end = bytes.len;
    if (out->negative && bytes.ptr[--end] != NEGATIVE_END) return false;
    if (end < 3) return false;
    const uint8_t flip = out->negative ? 0xFF : 0;
    out->power = (bytes.ptr[1] ^ flip) - POWER_BIAS;
    for (size_t at = 2; at < end; at++)
        if (!unpack_pair(bytes.ptr[at] ^ flip, out)) return false;
    if (out->digits[out->count - 1] == 0) out->count--;
    return out->digits[0] != 0 && out->digits[out->count - 1] != 0;
}

/* As unpack; damaged bytes are 0. */
static struct decimal unpack_or_zero(struct span bytes)
{
    struct decimal d;
    if (!unpack(bytes, &d)) d = (struct decimal){0};
    return d;
}

bool number_is_valid(struct span bytes)
{
    struct decimal d;
    return unpack(bytes, &d);
}

/* ---- from text ---- */

/* A decimal being read. `significant` counts digits from the first that is not 0, however many;
 * only the first DIGITS of them are kept, and `lost` tells that a later one was not 0. */
struct scan {
    const uint8_t *at, *end;
    struct decimal decimal;
    int64_t significant, leading_zeros;
    bool lost;
};

static bool scan_is(const struct scan *s, uint8_t c)
{
    return s->at < s->end && *s->at == c;
}

static bool scan_is_digit(const struct scan *s)
{
    return s->at < s->end && *s->at >= '0' && *s->at <= '9';
}

static void scan_digit(struct scan *s)
{
    const uint8_t digit = (uint8_t)(*s->at++ - '0');
    if (digit == 0 && s->significant == 0) {
        s->leading_zeros++;
        return;
    }
    const int64_t index = s->significant++;
    if (index < DIGITS) s->decimal.digits[index] = digit;
    if (digit == 0) return;
    if (index < DIGITS) s->decimal.count = (uint32_t)index + 1;
    if (index >= DIGITS) s->lost = true;
}

/* sign := [ "+" | "-" ]; the answer: is it "-"? */
static bool scan_sign(struct scan *s)
{
    const bool negative = scan_is(s, '-');
    if (negative || scan_is(s, '+')) s->at++;
    return negative;
}

/* coefficient := digits [ "." [ digits ] ] | "." digits
 * *power is the power of ten that the point alone gives. */
static bool scan_coefficient(struct scan *s, int64_t *power)
{
    while (scan_is_digit(s)) scan_digit(s);
    const bool whole = s->significant > 0 || s->leading_zeros > 0;
    *power = s->significant;
    s->leading_zeros = 0;
    if (!scan_is(s, '.')) return whole;
    s->at++;
    if (!whole && !scan_is_digit(s)) return false;
    while (scan_is_digit(s)) scan_digit(s);
    *power -= s->leading_zeros;
    return true;
}

/* exponent := [ ( "e" | "E" ) sign digits ] */
static bool scan_exponent(struct scan *s, int64_t *power)
{
    if (!scan_is(s, 'e') && !scan_is(s, 'E')) return true;
    s->at++;
    const bool negative = scan_sign(s);
    if (!scan_is_digit(s)) return false;
    int64_t exponent = 0;
    for (; scan_is_digit(s); s->at++)
        if (exponent < INT32_MAX) exponent = exponent * 10 + (*s->at - '0');
    *power += negative ? -exponent : exponent;
    return true;
}

static int32_t power_cut(int64_t power)
{
    if (power > POWER_FAR) return POWER_FAR;
    return power < -POWER_FAR ? -POWER_FAR : (int32_t)power;
}

/* number := sign coefficient exponent */
static bool scan_number(struct scan *s)
{
    int64_t power = 0;
    s->decimal.negative = scan_sign(s);
    if (!scan_coefficient(s, &power)) return false;
    if (!scan_exponent(s, &power)) return false;
    s->decimal.power = power_cut(power);
    return s->at == s->end;
}

static status check_range(const struct decimal *d, struct error *err)
{
    if (d->count == 0) return ST_OK;
    if (d->power > POWER_MAX) return FAIL(err, ST_VALIDATION, text_overflow);
    if (d->power < POWER_MIN) return FAIL(err, ST_VALIDATION, text_underflow);
    return ST_OK;
}

status number_parse(struct span text, struct number *out, struct error *err)
{
    if (text.len == 0) return FAIL(err, ST_VALIDATION, text_invalid);
    struct scan s = {.at = text.ptr, .end = text.ptr + text.len};
    if (!scan_number(&s)) return FAIL(err, ST_VALIDATION, "%s: %.*s", text_invalid, SPAN_ARG(text));
    if (s.lost) return FAIL(err, ST_VALIDATION, text_digits);
    TRY(check_range(&s.decimal, err));
    *out = pack(&s.decimal);
    return ST_OK;
}

/* ---- integers ---- */

struct number number_from_i64(int64_t n)
{
    uint64_t rest = n < 0 ? 0 - (uint64_t)n : (uint64_t)n;
    uint8_t reversed[20];
    uint32_t len = 0;
    for (; rest > 0; rest /= 10) reversed[len++] = (uint8_t)(rest % 10);
    struct decimal d = {.power = (int32_t)len, .negative = n < 0};
    for (uint32_t i = 0; i < len; i++) {
        d.digits[i] = reversed[len - 1 - i];
        if (d.digits[i] != 0) d.count = i + 1;
    }
    return pack(&d);
}

/* What stands before the point of `d`. False: it does not fit. */
static bool cut_fraction(const struct decimal *d, int64_t *out)
{
    if (d->power > 19) return false;
    int64_t n = 0; /* kept negative: it has the wider range */
    for (int32_t i = 0; i < d->power; i++) {
        const int64_t digit = i < (int32_t)d->count ? d->digits[i] : 0;
        if (__builtin_mul_overflow(n, 10, &n)) return false;
        if (__builtin_sub_overflow(n, digit, &n)) return false;
    }
    if (!d->negative && n == INT64_MIN) return false;
    *out = d->negative ? n : -n;
    return true;
}

bool number_to_i64(struct span bytes, int64_t *out)
{
    struct decimal d;
    if (!unpack(bytes, &d)) return false;
    return d.power >= (int32_t)d.count && cut_fraction(&d, out);
}

bool number_floor(struct span bytes, int64_t *out)
{
    struct decimal d;
    int64_t n = 0;
    if (!unpack(bytes, &d) || !cut_fraction(&d, &n)) return false;
    const bool has_fraction = d.power < (int32_t)d.count;
    if (d.negative && has_fraction && __builtin_sub_overflow(n, 1, &n)) return false;
    *out = n;
    return true;
}

/* ---- to text ---- */

static size_t put_digits(const struct decimal *d, int32_t from, int32_t to, char *out)
{
    for (int32_t i = from; i < to; i++)
        out[i - from] = (char)('0' + (i >= 0 && i < (int32_t)d->count ? d->digits[i] : 0));
    return to > from ? (size_t)(to - from) : 0;
}

size_t number_text(struct span bytes, char out[NUMBER_TEXT_BYTES_MAX])
{
    const struct decimal d = unpack_or_zero(bytes);
    const int32_t count = (int32_t)d.count;
    size_t len = 0;
    if (d.negative) out[len++] = '-';
    if (d.power <= 0 || count == 0) out[len++] = '0';
    if (count == 0) return len;
    len += put_digits(&d, 0, d.power, out + len);
    if (count <= d.power) return len;
    out[len++] = '.';
    len += put_digits(&d, d.power, count, out + len);
    assert(len <= NUMBER_TEXT_BYTES_MAX);
    return len;
}

void number_write_text(struct span bytes, struct buf *buf)
{
    char text[NUMBER_TEXT_BYTES_MAX];
    const size_t len = number_text(bytes, text);
    buf_put(buf, (struct span){(const uint8_t *)text, len});
}

uint32_t number_size(struct span bytes)
{
    const struct decimal d = unpack_or_zero(bytes);
    if (d.count == 0) return 1;
    const uint32_t alone = (uint32_t)d.power & 1U; /* is the first digit a pair by itself? */
    const uint32_t pairs = (d.count + alone + 1) / 2;
    return 1 + pairs + (d.negative && pairs < SIZE_PAIRS_MAX ? 1 : 0);
}

/* ---- arithmetic ---- */

enum {
    COLUMN_LOW = POWER_MIN - DIGITS, /* the lowest digit of the smallest number */
    COLUMN_DIGITS = POWER_MAX + 1 - COLUMN_LOW,
};

/* The digit of 10^(i + COLUMN_LOW) at i, with its sign. Below `low` and from `end` on all are 0;
 * nothing looks there, since most numbers have few digits. */
struct column {
    int32_t low;
    int32_t end;
    int8_t digits[COLUMN_DIGITS];
};

static void column_add(struct column *column, const struct decimal *d)
{
    if (d->count == 0) return;
    const int32_t top = d->power - 1 - COLUMN_LOW;
    const int32_t bottom = top + 1 - (int32_t)d->count;
    if (bottom < column->low) column->low = bottom;
    if (top + 2 > column->end) column->end = top + 2; /* a carry's place above it */
    for (uint32_t i = 0; i < d->count; i++) {
        int8_t *at = &column->digits[top - (int32_t)i];
        *at = (int8_t)(d->negative ? *at - d->digits[i] : *at + d->digits[i]);
    }
}

static bool column_is_negative(const struct column *column)
{
    int32_t top = column->end - 1;
    while (top > column->low && column->digits[top] == 0) top--;
    return top >= column->low && column->digits[top] < 0;
}

/* Make the column positive and each digit 0 to 9. */
static void column_settle(struct column *column, bool negative)
{
    int32_t carry = 0;
    for (int32_t i = column->low; i < column->end; i++) {
        int32_t digit = (negative ? -column->digits[i] : column->digits[i]) + carry;
        carry = digit < 0 ? -1 : digit / 10;
        digit -= carry * 10;
        column->digits[i] = (int8_t)digit;
    }
    assert(carry == 0);
}

static status column_take(const struct column *column, struct decimal *out, struct error *err)
{
    int32_t top = column->end - 1;
    int32_t bottom = column->low;
    while (top >= column->low && column->digits[top] == 0) top--;
    if (top < column->low) return ST_OK;
    while (column->digits[bottom] == 0) bottom++;
    if (top - bottom + 1 > DIGITS) return FAIL(err, ST_VALIDATION, text_overflow);
    out->power = top + 1 + COLUMN_LOW;
    for (int32_t i = top; i >= bottom; i--) out->digits[out->count++] = (uint8_t)column->digits[i];
    return check_range(out, err);
}

static status add(struct decimal a, struct decimal b, struct number *out, struct error *err)
{
    struct column column = {.low = COLUMN_DIGITS};
    column_add(&column, &a);
    column_add(&column, &b);
    struct decimal sum = {.negative = column_is_negative(&column)};
    column_settle(&column, sum.negative);
    TRY(column_take(&column, &sum, err));
    *out = pack(&sum);
    return ST_OK;
}

status number_add(struct span a, struct span b, struct number *out, struct error *err)
{
    return add(unpack_or_zero(a), unpack_or_zero(b), out, err);
}

status number_subtract(struct span a, struct span b, struct number *out, struct error *err)
{
    struct decimal negated = unpack_or_zero(b);
    negated.negative = !negated.negative;
    return add(unpack_or_zero(a), negated, out, err);
}
