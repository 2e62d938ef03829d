/* auth_date.c -- both forms of a date, each against a picture of it.
 *
 * In a picture "y o d h m s" stand for a digit of the year, month, day, hour, minute and second,
 * "nnn" for a month's name and "www" for any weekday's; every other character stands for itself. A
 * wrong weekday is let pass: the moment is clear without it.
 */
#include "auth/auth_date.h"

#include <string.h>

#include "base/attributes.h"
#include "base/calendar.h"

static const char basic_picture[] = "yyyyooddThhmmssZ";
static const char header_picture[] = "www, dd nnn yyyy hh:mm:ss GMT";

/* The field that a character of a picture stands for, or NULL. */
static uint32_t *field_of(struct calendar *calendar, char picture)
{
    switch (picture) {
    case 'y':
        return &calendar->year;
    case 'o':
        return &calendar->month;
    case 'd':
        return &calendar->day;
    case 'h':
        return &calendar->hour;
    case 'm':
        return &calendar->minute;
    case 's':
        return &calendar->second;
    default:
        return NULL;
    }
}

static bool read_month(const uint8_t *at, uint32_t *month)
{
    for (uint32_t i = 1; i <= 12; i++) {
        if (memcmp(at, calendar_month_name(i), 3) != 0) continue;
        *month = i;
        return true;
    }
    return false;
}

/* Read the byte at text[i] as the picture wants it; a month's name is read at its first. */
static bool read_one(struct span text, const char *picture, size_t i, struct calendar *out)
{
    const uint8_t c = text.ptr[i];
    if (picture[i] == 'w') return true;
    if (picture[i] == 'n') return picture[i - 1] == 'n' || read_month(text.ptr + i, &out->month);
    uint32_t *field = field_of(out, picture[i]);
    if (field == NULL) return c == (uint8_t)picture[i];
    if (c < '0' || c > '9') return false;
    *field = *field * 10 + (uint32_t)(c - '0');
    return true;
}

bool auth_date_read(struct span text, uint64_t *unix_seconds)
{
    const char *picture = NULL;
    if (text.len == sizeof basic_picture - 1) picture = basic_picture;
    if (text.len == sizeof header_picture - 1) picture = header_picture;
    if (picture == NULL) return false;

    struct calendar calendar = {0};
    for (size_t i = 0; i < text.len; i++)
        if (!read_one(text, picture, i, &calendar)) return false;
    return calendar_seconds(&calendar, unix_seconds);
}

void auth_date_write(uint64_t unix_seconds, uint8_t out[AUTH_DATE_BYTES])
{
    struct calendar calendar = calendar_of(unix_seconds);
    for (size_t i = AUTH_DATE_BYTES; i-- > 0;) {
        uint32_t *field = field_of(&calendar, basic_picture[i]);
        out[i] = (uint8_t)basic_picture[i];
        if (field == NULL) continue;
        out[i] = (uint8_t)('0' + *field % 10);
        *field /= 10;
    }
}
