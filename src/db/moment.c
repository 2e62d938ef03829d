/* moment.c -- times as RFC 3339 texts, and UUIDs.
 *
 * Texts are UTC and of one width, so that they sort as the times do. What is read may have an
 * offset from UTC and a fraction of any length, of which microseconds are kept.
 *
 *     date-time := YYYY "-" MM "-" DD "T" hh ":" mm ":" ss [ "." digits ] ( "Z" | ± hh ":" mm )
 */
#include <stdio.h>

#include "base/calendar.h"
#include "db/turn.h"

enum { MICROS = 1000000, MICRO_DIGITS = 6 };

/* ---- writing */

static char *write_moment(char out[STATOR_TS_LEN], int64_t us, bool with_fraction)
{
    if (out == NULL) return NULL;
    out[0] = '\0';
    if (us < 0 || us / MICROS >= CALENDAR_SECONDS_END) return NULL;
    const struct calendar c = calendar_of((uint64_t)(us / MICROS));
    const int len = snprintf(out, STATOR_TS_LEN, "%04u-%02u-%02uT%02u:%02u:%02u", c.year, c.month,
                             c.day, c.hour, c.minute, c.second);
    const size_t at = (size_t)len;
    if (with_fraction) {
        (void)snprintf(out + at, STATOR_TS_LEN - at, ".%06u0Z", (unsigned)(us % MICROS));
    } else {
        (void)snprintf(out + at, STATOR_TS_LEN - at, "Z");
    }
    return out;
}

char *stator_rfc3339(char out[STATOR_TS_LEN], int64_t us)
{
    return write_moment(out, us, false);
}

char *stator_rfc3339_frac(char out[STATOR_TS_LEN], int64_t us)
{
    return write_moment(out, us, true);
}

/* ---- reading */

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static bool take_digits(struct span *rest, size_t count, uint32_t *out)
{
    uint32_t value = 0;
    if (rest->len < count) return false;
    for (size_t i = 0; i < count; i++) {
        if (!is_digit(rest->ptr[i])) return false;
        value = value * 10 + (uint32_t)(rest->ptr[i] - '0');
    }
    *rest = span_drop(*rest, count);
    *out = value;
    return true;
}

/* Take `c`, letters in both cases. */
static bool take_byte(struct span *rest, uint8_t c)
{
    if (rest->len == 0) return false;
    const uint8_t first = rest->ptr[0];
    const bool same = first == c || (c >= 'A' && c <= 'Z' && first == (c | 0x20));
    if (same) *rest = span_drop(*rest, 1);
    return same;
}

static bool take_date_time(struct span *rest, struct calendar *c)
{
    return take_digits(rest, 4, &c->year) && take_byte(rest, '-') &&
           take_digits(rest, 2, &c->month) && take_byte(rest, '-') &&
           take_digits(rest, 2, &c->day) && take_byte(rest, 'T') &&
           take_digits(rest, 2, &c->hour) && take_byte(rest, ':') &&
           take_digits(rest, 2, &c->minute) && take_byte(rest, ':') &&
           take_digits(rest, 2, &c->second);
}

/* [ "." digits ], in microseconds */
static bool take_fraction(struct span *rest, int64_t *micros)
{
    *micros = 0;
    if (!take_byte(rest, '.')) return true;
    size_t count = 0;
    for (; rest->len > 0 && is_digit(rest->ptr[0]); count++) {
        if (count < MICRO_DIGITS) *micros = *micros * 10 + (rest->ptr[0] - '0');
        *rest = span_drop(*rest, 1);
    }
    for (size_t i = count; i < MICRO_DIGITS; i++) *micros *= 10;
    return count > 0;
}

/* "Z" | ± hh ":" mm, in seconds */
static bool take_offset(struct span *rest, int64_t *offset)
{
    uint32_t hours = 0;
    uint32_t minutes = 0;
    *offset = 0;
    if (take_byte(rest, 'Z')) return true;
    const bool west = take_byte(rest, '-');
    if (!west && !take_byte(rest, '+')) return false;
    if (!take_digits(rest, 2, &hours) || !take_byte(rest, ':')) return false;
    if (!take_digits(rest, 2, &minutes) || hours > 23 || minutes > 59) return false;
    *offset = (int64_t)hours * 3600 + (int64_t)minutes * 60;
    if (west) *offset = -*offset;
    return true;
}

static bool read_moment(struct span text, int64_t *us)
{
    struct calendar c = {0};
    uint64_t seconds = 0;
    int64_t micros = 0;
    int64_t offset = 0;
    if (!take_date_time(&text, &c) || !take_fraction(&text, &micros)) return false;
    if (!take_offset(&text, &offset) || text.len > 0) return false;
    if (!calendar_seconds(&c, &seconds)) return false;
    const int64_t utc = (int64_t)seconds - offset;
    if (utc < 0 || utc >= CALENDAR_SECONDS_END) return false;
    *us = utc * MICROS + micros;
    return true;
}

static status parse(struct turn *turn, const char *text, int64_t *us)
{
    if (text == NULL || us == NULL)
        return FAIL(&turn->err, ST_MISUSE, "stator_rfc3339_parse: `text` or `us` is NULL");
    if (read_moment(span_of(text), us)) return ST_OK;
    return FAIL(&turn->err, ST_VALIDATION, "no time of RFC 3339 from 1970 to 9999: \"%s\"", text);
}

stator_rc stator_rfc3339_parse(const char *text, int64_t *us)
{
    struct turn *turn = turn_begin();
    if (turn == NULL) return STATOR_E_NOMEM;
    return turn_end(turn, parse(turn, text, us));
}

/* ---- ids */

char *stator_uuid4_of(const uint8_t random[16], char out[STATOR_UUID_LEN])
{
    static const char hex[] = "0123456789abcdef";
    if (out == NULL) return NULL;
    out[0] = '\0';
    if (random == NULL) return NULL;
    char *at = out;
    for (size_t i = 0; i < 16; i++) {
        uint8_t byte = random[i];
        if (i == 6) byte = (uint8_t)((byte & 0x0FU) | 0x40U); /* version 4 */
        if (i == 8) byte = (uint8_t)((byte & 0x3FU) | 0x80U); /* the variant of RFC 9562 */
        if (i == 4 || i == 6 || i == 8 || i == 10) *at++ = '-';
        *at++ = hex[byte >> 4];
        *at++ = hex[byte & 15];
    }
    *at = '\0';
    return out;
}
