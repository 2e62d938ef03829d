/* server_log.h -- what the server tells whoever runs it: a line at a time, to a function.
 *
 * Never what users store: no keys, no items, no expressions, no signatures.
 *
 * Threads: any, several at once.
 */
#ifndef STATOR_SERVER_SERVER_LOG_H
#define STATOR_SERVER_SERVER_LOG_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attributes.h"

typedef enum server_level {
    SERVER_ERROR, /* it stops, or data is in danger */
    SERVER_WARN,  /* a request failed by the server's fault */
    SERVER_INFO,  /* it begins, it ends */
    SERVER_DEBUG, /* a line per request */
} server_level;

/* `text` is one line without its end, and lives until the function returns. */
typedef void(server_log_fn)(void *ctx, server_level level, const char *text);

struct server_log {
    server_log_fn *fn; /* NULL: nobody listens */
    void *ctx;
    server_level level; /* what is more talkative than this is not told */
};

MUST_USE static inline bool server_log_wants(const struct server_log *log, server_level level)
{
    return log->fn != NULL && level <= log->level;
}

/* Tell one line, cut at 1,000 bytes. */
void server_log_write(const struct server_log *log, server_level level, const char *format, ...)
    PRINTF(3, 4);

#endif
