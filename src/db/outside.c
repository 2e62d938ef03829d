/* outside.c -- what functions of an application's own need to behave as the library's do: to fail
 * with a message, to draw from the handle's randomness, and to pause before they try again.
 */
#include <stdarg.h>
#include <stdio.h>

#include "db/handle.h"
#include "db/turn.h"

stator_rc stator_fail(stator_rc rc, const char *format, ...)
{
    char text[TURN_NOTE_BYTES];
    va_list values;
    if (format == NULL) return turn_note(rc, "%s", "");
    va_start(values, format);
    (void)vsnprintf(text, sizeof text, format, values);
    va_end(values);
    return turn_note(rc, "%s", text);
}

uint64_t stator_random(const stator *db)
{
    return db != NULL ? hooked_random(&db->hooked) : 0;
}

static void tell(const stator *db, int attempt, uint64_t delay_us)
{
    const stator_hooks *hooks = &db->hooked.hooks;
    const stator_error *error = turn_told();
    const stator_event event = {
        .op = "",
        .rc = error->rc,
        .error = error->rc != STATOR_OK ? error : NULL,
        .attempt = attempt,
        .delay_us = (int64_t)delay_us,
    };
    if (hooks->on_retry != NULL) hooks->on_retry(hooks->ud, &event);
    if (hooks->log != NULL) hooks->log(hooks->ud, STATOR_LOG_WARN, error->message, &event);
}

bool stator_retry_pause(stator *db, const stator_retry *retry, int attempt)
{
    if (db == NULL || attempt < 1) return false;
    const uint64_t canceled = atomic_load(&db->canceled);
    const struct retry_policy policy = handle_retry(db, retry);
    const unsigned index = (unsigned)attempt - 1;
    if (index >= policy.retries_max) return false;
    const uint64_t delay_us = retry_delay_us(&policy, index, hooked_random(&db->hooked));
    tell(db, attempt, delay_us);
    return handle_pause(db, delay_us, canceled) == ST_OK;
}
