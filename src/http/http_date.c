/* http_date.c -- seconds to a calendar date, by counting days from 1 March of a year 0.
 *
 * The year begins in March, so that the leap day is its last and months have the lengths 31 30 31
 * 30 31 | 31 30 31 30 31 | 31 28/29: five months are always 153 days. 400 years are 146,097 days.
 * (The C library's calendar reads the time zone and shares state between threads.)
 */
#include "http/http_date.h"

#include <assert.h>
#include <string.h>

enum {
    DAY_SECONDS = 86400,
    ERA_DAYS = 146097, /* 400 years */
    CENTURY_DAYS = 36524,
    FOUR_YEARS_DAYS = 1461,
    YEAR_DAYS = 365,
    EPOCH_DAYS = 719468, /* 0000-03-01 to 1970-01-01 */
    EPOCH_WEEKDAY = 4,   /* a Thursday */
};

struct date {
    uint32_t year;
    uint32_t month; /* 0: January */
    uint32_t day;   /* of the month, from 1 */
};

static struct date date_of(uint32_t days)
{
    days += EPOCH_DAYS;
    const uint32_t era = days / ERA_DAYS;
    const uint32_t in_era = days % ERA_DAYS;
    const uint32_t year_in_era = (in_era - in_era / (FOUR_YEARS_DAYS - 1) + in_era / CENTURY_DAYS -
                                  in_era / (ERA_DAYS - 1)) /
                                 YEAR_DAYS;
    const uint32_t in_year =
        in_era - (YEAR_DAYS * year_in_era + year_in_era / 4 - year_in_era / 100);
    const uint32_t march_month = (5 * in_year + 2) / 153;
    const uint32_t month = (march_month + 2) % 12;
    const uint32_t year = era * 400 + year_in_era + (month < 2 ? 1 : 0);
    return (struct date){year, month, in_year - (153 * march_month + 2) / 5 + 1};
}

static void put_digits(uint8_t *out, uint32_t n, unsigned count)
{
    while (count-- > 0) {
        out[count] = (uint8_t)('0' + n % 10);
        n /= 10;
    }
}

void http_date_write(uint64_t unix_seconds, uint8_t out[HTTP_DATE_BYTES])
{
    assert(unix_seconds < UINT64_C(253402300800));
    static const char weekdays[] = "SunMonTueWedThuFriSat";
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    const uint32_t days = (uint32_t)(unix_seconds / DAY_SECONDS);
    const uint32_t second = (uint32_t)(unix_seconds % DAY_SECONDS);
    const struct date date = date_of(days);

    memcpy(out, "Sun, 06 Nov 1994 08:49:37 GMT", HTTP_DATE_BYTES);
    memcpy(out, weekdays + 3 * ((size_t)(days + EPOCH_WEEKDAY) % 7), 3);
    put_digits(out + 5, date.day, 2);
    memcpy(out + 8, months + 3 * (size_t)date.month, 3);
    put_digits(out + 12, date.year, 4);
    put_digits(out + 17, second / 3600, 2);
    put_digits(out + 20, second / 60 % 60, 2);
    put_digits(out + 23, second % 60, 2);
}
