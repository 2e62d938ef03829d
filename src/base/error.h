/* error.h -- one failure, explained once.
 *
 * Whoever first understands a failure in the user's words says
 *
 *     return FAIL(err, ST_VALIDATION, "Value for …: %.*s", SPAN_ARG(name));
 *
 * and all above pass the status up unchanged. Making an error cannot fail: when the text finds
 * no room, the status's default text stands in for it.
 */
#ifndef STATOR_BASE_ERROR_H
#define STATOR_BASE_ERROR_H

#include "base/arena.h"
#include "base/status.h"

struct error {
    status status;       /* what the failing call returned; ST_OK until then */
    struct span text;    /* for the user; in `arena`, or static */
    const char *where;   /* "put_item.c:88", for the log only, never for the wire */
    struct arena *arena; /* where texts are made; it must outlive the error */
};

/* A struct error that makes its texts in `arena`. */
MUST_USE struct error error_in(struct arena *arena);

/* Record `st` with a printf text (NULL: the status's default text) and return `st`. */
status error_set(struct error *err, status st, const char *where, const char *format, ...)
    PRINTF(4, 5);

/* The text to show: what FAIL said, or the status's default. Empty only where status.h has no
 * default. */
MUST_USE struct span error_text(const struct error *err);

#define ERROR_LINE_(line) #line
#define ERROR_LINE(line) ERROR_LINE_(line)
#define ERROR_WHERE __FILE__ ":" ERROR_LINE(__LINE__)

#define FAIL(err, st, ...) error_set((err), (st), ERROR_WHERE, __VA_ARGS__)

/* A failure of a low room, which speaks no user's words: pass the status up with its default. */
#define FAIL_PLAIN(err, st) error_set((err), (st), ERROR_WHERE, NULL)

/* TRY for calls of low rooms (base os json store), which return a bare status. */
#define TRY_PLAIN(err, call)                                                                       \
    do {                                                                                           \
        const status try_status_ = (call);                                                         \
        if (try_status_ != ST_OK) return FAIL_PLAIN((err), try_status_);                           \
    } while (0)

#endif
