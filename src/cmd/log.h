/* log.h -- what the server tells its operator, on stderr, one line each.
 *
 * Never what users store: no keys, no items, no expressions, no signatures.
 *
 * Threads: any; a line is written by one call and does not mix with another.
 */
#ifndef STATOR_CMD_LOG_H
#define STATOR_CMD_LOG_H

#include <stdbool.h>

#include "base/attributes.h"

typedef enum log_level {
    LOG_LEVEL_ERROR, /* it stops, or data is in danger */
    LOG_LEVEL_WARN,  /* a request failed by the server's fault */
    LOG_LEVEL_INFO,  /* it begins, it ends */
    LOG_LEVEL_DEBUG, /* a line per request */
} log_level;

struct log {
    log_level level; /* what is more talkative than this is not written */
};

MUST_USE static inline bool log_wants(const struct log *log, log_level level)
{
    return level <= log->level;
}

/* Write one line: "stator: warn: " and the text. Cut at 1,000 bytes. */
void log_write(const struct log *log, log_level level, const char *format, ...) PRINTF(3, 4);

#endif
