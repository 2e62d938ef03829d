/* auth_date.h -- the time of a signature as text.
 *
 *     20150830T123600Z                    X-Amz-Date, and every string to sign
 *     Sun, 30 Aug 2015 12:36:00 GMT       a Date header (RFC 9110 5.6.7)
 */
#ifndef STATOR_AUTH_AUTH_DATE_H
#define STATOR_AUTH_AUTH_DATE_H

#include "base/span.h"

enum {
    AUTH_DATE_BYTES = 16,
    AUTH_DATE_DAY_BYTES = 8, /* its first: "20150830", the day of a credential's scope */
};

/* Read either form. False, and *unix_seconds untouched: it is neither, or no moment. */
MUST_USE bool auth_date_read(struct span text, uint64_t *unix_seconds);

/* Write `unix_seconds`, a time before the year 10000 (asserted), without a NUL. */
void auth_date_write(uint64_t unix_seconds, uint8_t out[AUTH_DATE_BYTES]);

#endif
