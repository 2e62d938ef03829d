/* server_log.c -- see server_log.h. */
#include "server/server_log.h"

#include <stdarg.h>
#include <stdio.h>

enum { LINE_BYTES_MAX = 1000 };

void server_log_write(const struct server_log *log, server_level level, const char *format, ...)
{
    if (!server_log_wants(log, level)) return;
    char line[LINE_BYTES_MAX + 1];
    va_list values;
    va_start(values, format);
    const int written = vsnprintf(line, sizeof line, format, values);
    va_end(values);
    if (written >= 0) log->fn(log->ctx, level, line);
}
