/* failure.c -- one list of outcomes becomes the other.
 *
 * The service's names and sentences are kept. What the library alone can say (too deep, misuse)
 * has no name of the service's, so the outcome's own stands in.
 */
#include "db/failure.h"

#include <assert.h>
#include <string.h>

#include "db/turn.h"

/* clang-format off */
#define NAMED(rc) {rc, #rc}
static const struct { stator_rc rc; const char *name; } names[] = {
    NAMED(STATOR_OK), NAMED(STATOR_NOT_FOUND), NAMED(STATOR_CONDITION_FAILED), NAMED(STATOR_DONE),
    NAMED(STATOR_PARTIAL), NAMED(STATOR_E_INVALID), NAMED(STATOR_E_TOO_DEEP),
    NAMED(STATOR_E_TOO_LARGE), NAMED(STATOR_E_NO_TABLE), NAMED(STATOR_E_TABLE_EXISTS),
    NAMED(STATOR_E_NO_INDEX), NAMED(STATOR_E_TABLE_BUSY), NAMED(STATOR_E_THROTTLED),
    NAMED(STATOR_E_CONFLICT), NAMED(STATOR_E_UNAVAILABLE), NAMED(STATOR_E_INTERNAL),
    NAMED(STATOR_E_TX_CANCELED), NAMED(STATOR_E_IDEMPOTENCY), NAMED(STATOR_E_AUTH),
    NAMED(STATOR_E_NETWORK), NAMED(STATOR_E_TIMEOUT), NAMED(STATOR_E_CANCELED),
    NAMED(STATOR_E_PROTOCOL), NAMED(STATOR_E_NOMEM), NAMED(STATOR_E_IO), NAMED(STATOR_E_CORRUPT),
    NAMED(STATOR_E_LOCKED), NAMED(STATOR_E_VERSION), NAMED(STATOR_E_TYPE),
    NAMED(STATOR_E_UNSUPPORTED), NAMED(STATOR_E_MISUSE), NAMED(STATOR_E_NO_SCHEMA),
    NAMED(STATOR_E_SCHEMA_EXISTS), NAMED(STATOR_E_MISFIT),
};
/* clang-format on */

const char *stator_rc_name(stator_rc rc)
{
    for (size_t i = 0; i < ARRAY_COUNT(names); i++)
        if (names[i].rc == rc) return names[i].name;
    return "STATOR_E_UNKNOWN";
}

const char *stator_version(void)
{
    return STATOR_VERSION;
}

const stator_error *stator_error_get(void)
{
    return turn_told();
}

stator_rc failure_rc(status st)
{
    switch (st) {
    case ST_OK:
    case STATUS_COUNT:
        return STATOR_OK;
    case ST_NO_MEMORY:
        return STATOR_E_NOMEM;
    case ST_IO:
    case ST_FOREIGN:
    case ST_TOO_OLD: /* of a snapshot: the disk had failed */
        return STATOR_E_IO;
    case ST_CORRUPT:
        return STATOR_E_CORRUPT;
    case ST_INTERNAL:
        return STATOR_E_INTERNAL;
    case ST_LOCKED:
        return STATOR_E_LOCKED;
    case ST_NETWORK:
        return STATOR_E_NETWORK;
    case ST_TIMEOUT:
        return STATOR_E_TIMEOUT;
    case ST_CANCELED:
        return STATOR_E_CANCELED;
    case ST_PROTOCOL:
        return STATOR_E_PROTOCOL;
    case ST_TOO_DEEP:
        return STATOR_E_TOO_DEEP;
    case ST_WRONG_TYPE:
        return STATOR_E_TYPE;
    case ST_MISUSE:
        return STATOR_E_MISUSE;
    case ST_BUSY:
        return STATOR_E_UNAVAILABLE;
    case ST_LIMIT:
    case ST_TOO_LARGE:
    case ST_COLLECTION_SIZE:
        return STATOR_E_TOO_LARGE;
    case ST_VALIDATION:
    case ST_SERIALIZATION:
    case ST_LIMIT_EXCEEDED:
    case ST_TRIMMED:
    case ST_EXPIRED_ITERATOR:
        return STATOR_E_INVALID;
    case ST_UNKNOWN_OPERATION:
        return STATOR_E_UNSUPPORTED;
    case ST_MISSING_AUTH:
    case ST_INCOMPLETE_AUTH:
    case ST_INVALID_SIGNATURE:
    case ST_ACCESS_DENIED:
        return STATOR_E_AUTH;
    case ST_CONDITION_FAILED:
    case ST_DUPLICATE_ITEM:
        return STATOR_CONDITION_FAILED;
    case ST_VERSION:
        return STATOR_E_VERSION;
    case ST_NOT_FOUND:
        return STATOR_E_NO_TABLE;
    case ST_TX_CANCELED:
        return STATOR_E_TX_CANCELED;
    case ST_TX_CONFLICT:
        return STATOR_E_CONFLICT;
    case ST_TOKEN_MISMATCH:
        return STATOR_E_IDEMPOTENCY;
    case ST_THROTTLED:
    case ST_OVER_MAXIMUM:
        return STATOR_E_THROTTLED;
    case ST_IN_USE:
        return STATOR_E_TABLE_BUSY;
    }
    return STATOR_E_INTERNAL;
}

/* What the service has one code for, and the library several. The second is DynamoDB Local's. */
static const struct {
    status status;
    const char *begins;
    stator_rc rc;
} finer[] = {
    {ST_IN_USE,     "Table already exists",                        STATOR_E_TABLE_EXISTS },
    {ST_IN_USE,     "Cannot create preexisting table",             STATOR_E_TABLE_EXISTS },
    {ST_VALIDATION, "The table does not have the specified index", STATOR_E_NO_INDEX     },
    {ST_VALIDATION, "Item size has exceeded",                      STATOR_E_TOO_LARGE    },
    {ST_VALIDATION, "Partition schema not found",                  STATOR_E_NO_SCHEMA    },
    {ST_VALIDATION, "Partition schema already exists",             STATOR_E_SCHEMA_EXISTS},
    {ST_VALIDATION, "The item does not fit partition schema",      STATOR_E_MISFIT       },
};

static stator_rc finer_rc(status st, struct span text)
{
    for (size_t i = 0; i < ARRAY_COUNT(finer); i++) {
        const bool fits = finer[i].status == st && span_starts_with(text, span_of(finer[i].begins));
        if (fits) return finer[i].rc;
    }
    return failure_rc(st);
}

static bool is_retryable(stator_rc rc)
{
    static const stator_rc some[] = {STATOR_E_THROTTLED, STATOR_E_CONFLICT, STATOR_E_UNAVAILABLE,
                                     STATOR_E_INTERNAL,  STATOR_E_NETWORK,  STATOR_E_TIMEOUT};
    for (size_t i = 0; i < ARRAY_COUNT(some); i++)
        if (some[i] == rc) return true;
    return false;
}

/* "ValidationException" of "com.amazon…#ValidationException". */
static const char *short_name(const char *wire)
{
    const char *mark = strchr(wire, '#');
    assert(mark != NULL);
    return mark + 1;
}

/* Texts of errors end with a NUL: error.c makes them with printf, the others are literals. */
static const char *message_of(const struct error *err)
{
    if (err->status == ST_NO_MEMORY) return "out of memory";
    const struct span text = error_text(err);
    return text.len > 0 ? (const char *)text.ptr : "";
}

struct stator_error failure_of(const struct error *err)
{
    const struct status_info *info = status_info(err->status);
    const stator_rc rc = finer_rc(err->status, err->text);
    const bool is_service = info->wire != NULL && err->status != ST_NO_MEMORY;
    return (struct stator_error){
        .rc = rc,
        .code = is_service ? short_name(info->wire) : stator_rc_name(rc),
        .message = message_of(err),
        .retryable = is_retryable(rc),
        .client_fault = info->http < 500,
        .op_index = -1,
    };
}

static const char *text_of(struct span text, const char *otherwise)
{
    return text.len > 0 ? (const char *)text.ptr : otherwise;
}

struct stator_error failure_of_report(const struct client_report *report)
{
    const struct error plain = {.status = report->status, .text = report->message};
    struct stator_error error = failure_of(&plain);
    if (report->status != ST_NO_MEMORY) { /* which is this process's own, wherever it was met */
        error.code = text_of(report->code, error.code);
        error.message = text_of(report->message, error.message);
    }
    error.request_id = text_of(report->request_id, NULL);
    error.http_status = report->http_status;
    error.attempts = (int)report->attempts;
    error.retryable = report->is_retryable;
    error.uncertain = report->is_uncertain;
    return error;
}
