/* calendar.h -- seconds since 1970 and the UTC calendar, both ways.
 *
 * The C library's calendar reads the time zone and shares state between threads; this one is
 * arithmetic. There are no leap seconds, as in POSIX.
 */
#ifndef STATOR_BASE_CALENDAR_H
#define STATOR_BASE_CALENDAR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attributes.h"

struct calendar {
    uint32_t year;    /* 1970 to 9999 */
    uint32_t month;   /* 1 to 12 */
    uint32_t day;     /* 1 to 31 */
    uint32_t hour;    /* 0 to 23 */
    uint32_t minute;  /* 0 to 59 */
    uint32_t second;  /* 0 to 59 */
    uint32_t weekday; /* 0: Sunday */
};

#define CALENDAR_SECONDS_END 253402300800 /* the year 10000 begins */

/* The moment `unix_seconds`, before the year 10000 (asserted). */
MUST_USE struct calendar calendar_of(uint64_t unix_seconds);

/* The moment that `calendar` names, whatever its weekday. False, and *unix_seconds untouched: there
 * is no such moment (30 February, 24:00), or not from 1970 to 9999. */
MUST_USE bool calendar_seconds(const struct calendar *calendar, uint64_t *unix_seconds);

/* "Jan" to "Dec" for 1 to 12, "Sun" to "Sat" for 0 to 6: three letters, not terminated; static. */
MUST_USE const char *calendar_month_name(uint32_t month);
MUST_USE const char *calendar_weekday_name(uint32_t weekday);

#endif
