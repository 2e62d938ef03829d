/* kit.c -- see kit.h. */
#include "db/kit.h"

#include <stdio.h>

#include "db/heap.h"

static void on_retry(void *ud, const stator_event *event)
{
    struct kit_seen *seen = ud;
    assert_true(seen->delays < KIT_PAUSES_MAX);
    assert_non_null(event->error);
    seen->delays_us[seen->delays++] = event->delay_us;
}

static void log_line(void *ud, int level, const char *message, const stator_event *event)
{
    struct kit_seen *seen = ud;
    const bool is_retry = event->delay_us > 0;
    if (is_retry) assert_int_equal(event->delay_us, seen->delays_us[seen->delays - 1]);
    if (level != STATOR_LOG_WARN) return;
    seen->warnings++;
    (void)snprintf(seen->last_warning, sizeof seen->last_warning, "%s", message);
}

stator *kit_open(const char *uri, const stator_retry *retry, struct kit_seen *seen)
{
    const stator_hooks hooks = {.ud = seen, .on_retry = on_retry, .log = log_line};
    const stator_options options = {
        .size = sizeof options,
        .retry = retry,
        .hooks = seen != NULL ? &hooks : NULL,
    };
    stator *db = NULL;
    if (seen != NULL) *seen = (struct kit_seen){0};
    assert_int_equal(stator_open(uri, &options, &db), STATOR_OK);
    assert_int_equal(stator_clock_fix(db, KIT_NOW_S * STATOR_SECOND), STATOR_OK);
    assert_int_equal(stator_random_fix(db, 1), STATOR_OK);
    return db;
}

void kit_close(stator *db)
{
    char *missing = NULL;
    if (!stator_mock_done(stator_mock_of(db), &missing)) fail_msg("%s", missing);
    stator_close(db);
    heap_check();
}

void kit_check_error(stator_rc rc, const char *text)
{
    const stator_error *error = stator_error_get();
    assert_string_equal(stator_rc_name(error->rc), stator_rc_name(rc));
    if (strstr(error->message, text) == NULL)
        fail_msg("\"%s\" is not in: %s", text, error->message);
}
