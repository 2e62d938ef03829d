/* http_date.h -- the Date header of HTTP: "Sun, 06 Nov 1994 08:49:37 GMT". */
#ifndef STATOR_HTTP_HTTP_DATE_H
#define STATOR_HTTP_HTTP_DATE_H

#include <stdint.h>

enum { HTTP_DATE_BYTES = 29 };

/* Write `unix_seconds`, a time before the year 10000 (asserted), to `out`, without a NUL. */
void http_date_write(uint64_t unix_seconds, uint8_t out[HTTP_DATE_BYTES]);

#endif
