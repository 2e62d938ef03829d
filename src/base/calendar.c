/* calendar.c -- seconds to a calendar date and back, by counting days from 1 March of a year 0.
 *
 * The year begins in March, so that the leap day is its last and months have the lengths 31 30 31
 * 30 31 | 31 30 31 30 31 | 31 28/29: five months are always 153 days. 400 years are 146,097 days.
 */
#include "base/calendar.h"

#include <assert.h>
#include <stddef.h>

enum {
    DAY_SECONDS = 86400,
    ERA_DAYS = 146097, /* 400 years */
    CENTURY_DAYS = 36524,
    FOUR_YEARS_DAYS = 1461,
    YEAR_DAYS = 365,
    EPOCH_DAYS = 719468, /* 0000-03-01 to 1970-01-01 */
    EPOCH_WEEKDAY = 4,   /* a Thursday */
    YEAR_MIN = 1970,
    YEAR_MAX = 9999,
};

static void put_date(uint32_t days, struct calendar *out)
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
    out->month = (march_month + 2) % 12 + 1;
    out->year = era * 400 + year_in_era + (out->month < 3 ? 1 : 0);
    out->day = in_year - (153 * march_month + 2) / 5 + 1;
}

struct calendar calendar_of(uint64_t unix_seconds)
{
    assert(unix_seconds < CALENDAR_SECONDS_END);
    const uint32_t days = (uint32_t)(unix_seconds / DAY_SECONDS);
    const uint32_t second = (uint32_t)(unix_seconds % DAY_SECONDS);
    struct calendar out = {
        .hour = second / 3600,
        .minute = second / 60 % 60,
        .second = second % 60,
        .weekday = (days + EPOCH_WEEKDAY) % 7,
    };
    put_date(days, &out);
    return out;
}

/* The reverse of put_date; a month out of its range is the caller's to refuse. */
static uint32_t days_of(const struct calendar *calendar)
{
    const uint32_t year = calendar->year - (calendar->month < 3 ? 1 : 0);
    const uint32_t in_era = year % 400;
    const uint32_t march_month = (calendar->month + 9) % 12;
    const uint32_t in_year = (153 * march_month + 2) / 5 + calendar->day - 1;
    return year / 400 * ERA_DAYS + in_era * YEAR_DAYS + in_era / 4 - in_era / 100 + in_year -
           EPOCH_DAYS;
}

bool calendar_seconds(const struct calendar *calendar, uint64_t *unix_seconds)
{
    if (calendar->year < YEAR_MIN || calendar->year > YEAR_MAX) return false;
    if (calendar->month < 1 || calendar->month > 12) return false;
    if (calendar->day < 1 || calendar->day > 31) return false;
    if (calendar->hour > 23 || calendar->minute > 59 || calendar->second > 59) return false;

    const uint32_t days = days_of(calendar);
    struct calendar same = {0};
    put_date(days, &same);
    if (same.month != calendar->month) return false; /* the 31st of a month of 30 days */
    *unix_seconds = (uint64_t)days * DAY_SECONDS + (uint64_t)calendar->hour * 3600 +
                    (uint64_t)calendar->minute * 60 + calendar->second;
    return true;
}

const char *calendar_month_name(uint32_t month)
{
    static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    assert(month >= 1);
    assert(month <= 12);
    return names + (size_t)3 * (month - 1);
}

const char *calendar_weekday_name(uint32_t weekday)
{
    static const char names[] = "SunMonTueWedThuFriSat";
    assert(weekday < 7);
    return names + (size_t)3 * weekday;
}
