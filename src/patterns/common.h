/* common.h -- what several patterns need and calls.h has no word for. */
#ifndef STATOR_PATTERNS_COMMON_H
#define STATOR_PATTERNS_COMMON_H

#include <string.h>

#include "base/attributes.h"
#include "stator/patterns.h"

/* `given`, or when that is 0 the usual one. */
MUST_USE static inline int64_t common_or(int64_t given, int64_t usual)
{
    return given != 0 ? given : usual;
}

MUST_USE static inline bool common_is(const char *text, const char *expected)
{
    return text != NULL && strcmp(text, expected) == 0;
}

/* STATOR_E_MISUSE, and a message with the function's name. */
MUST_USE stator_rc common_misuse(const char *function);

/* Seconds since 1970 at `us` from now. */
MUST_USE int64_t common_seconds(const stator *db, int64_t us);

/* The first item of `result` as a document of the caller's; `result` is freed. STATOR_NOT_FOUND,
 * STATOR_E_NOMEM. */
MUST_USE stator_rc common_take(stator_result *result, stator_doc **out);

/* The one item of this PK and SK, as it is now. STATOR_NOT_FOUND. */
MUST_USE stator_rc common_get(stator *db, const char *table, stator_val pk, const char *sk,
                              stator_result **out);

/* After STATOR_CONDITION_FAILED of a write that asked for the old item: STATOR_NOT_FOUND when there
 * was none, else STATOR_CONDITION_FAILED. */
MUST_USE stator_rc common_refusal(void);

#endif
