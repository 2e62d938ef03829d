/* log.c -- see log.h. */
#include "cmd/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { LINE_BYTES_MAX = 1000 };

static const char *const names[] = {
    [LOG_LEVEL_ERROR] = "error",
    [LOG_LEVEL_WARN] = "warn",
    [LOG_LEVEL_INFO] = "info",
    [LOG_LEVEL_DEBUG] = "debug",
};

void log_write(const struct log *log, log_level level, const char *format, ...)
{
    if (!log_wants(log, level)) return;
    char line[LINE_BYTES_MAX + 1];
    const int head = snprintf(line, sizeof line, "stator: %s: ", names[level]);
    if (head < 0) return;
    va_list values;
    va_start(values, format);
    const int text = vsnprintf(line + head, sizeof line - (size_t)head, format, values);
    va_end(values);
    if (text < 0) return;
    size_t len = strnlen(line, LINE_BYTES_MAX);
    line[len++] = '\n';
    const ssize_t written = write(STDERR_FILENO, line, len);
    (void)written; /* there is nobody left to tell */
}
