/* http_date.c -- the calendar in the one form that HTTP programs write (RFC 9110 5.6.7). */
#include "http/http_date.h"

#include <string.h>

#include "base/calendar.h"

static void put_digits(uint8_t *out, uint32_t n, unsigned count)
{
    while (count-- > 0) {
        out[count] = (uint8_t)('0' + n % 10);
        n /= 10;
    }
}

void http_date_write(uint64_t unix_seconds, uint8_t out[HTTP_DATE_BYTES])
{
    const struct calendar date = calendar_of(unix_seconds);
    memcpy(out, "Sun, 06 Nov 1994 08:49:37 GMT", HTTP_DATE_BYTES);
    memcpy(out, calendar_weekday_name(date.weekday), 3);
    put_digits(out + 5, date.day, 2);
    memcpy(out + 8, calendar_month_name(date.month), 3);
    put_digits(out + 12, date.year, 4);
    put_digits(out + 17, date.hour, 2);
    put_digits(out + 20, date.minute, 2);
    put_digits(out + 23, date.second, 2);
}
