/* kit.h -- what tests of the test kit share: handles, and what hooks were told. */
#ifndef STATOR_TESTS_DB_KIT_H
#define STATOR_TESTS_DB_KIT_H

#include "support/support.h"

#include "stator/testkit.h"

enum { KIT_PAUSES_MAX = 16, KIT_NOW_S = 1704364200 }; /* 2024-01-04T10:30:00Z */

/* The pauses between attempts, and the log's lines. */
struct kit_seen {
    int64_t delays_us[KIT_PAUSES_MAX];
    size_t delays;
    int warnings;
    char last_warning[256];
};

/* A handle to `uri` whose clock stands at KIT_NOW_S, whose randomness is fixed, and whose retries
 * are told to `seen` (NULL: to nobody). */
stator *kit_open(const char *uri, const stator_retry *retry, struct kit_seen *seen);

/* Close it; for mocks: after all that was expected came. */
void kit_close(stator *db);

/* The current failure's rc is `rc`, and its message contains `text`. */
void kit_check_error(stator_rc rc, const char *text);

#endif
