/* call.c -- see call.h. */
#include "db/call.h"

#include "db/answer.h"
#include "db/failure.h"

enum { NS_PER_US = 1000 };

struct calling {
    stator *db;
    struct turn *turn;
    const struct call_spec *spec;
    struct carry carry;
    struct retry_policy retry;
    uint64_t begun_ns;
    uint64_t canceled; /* cancellations when it began */
};

/* ---- what hooks are told */

static uint64_t elapsed_ns(const struct calling *c)
{
    return os_ticks_ns(&c->db->hooked.pausing) - c->begun_ns;
}

static struct stator_event event_of(const struct calling *c, const struct client_report *report,
                                    const struct stator_error *error)
{
    return (struct stator_event){
        .op = c->spec->operation,
        .table = c->spec->table,
        .rc = failure_rc(report->status),
        .error = report->status != ST_OK ? error : NULL,
        .attempt = (int)report->attempts,
        .elapsed_us = (int64_t)(elapsed_ns(c) / NS_PER_US),
        .capacity = answer_capacity(c->carry.answer, (struct span){0}),
    };
}

/* Before the next attempt. */
static void tell_retry(void *ctx, const struct client_report *so_far, uint64_t delay_us)
{
    const struct calling *c = ctx;
    const stator_hooks *hooks = &c->db->hooked.hooks;
    if (hooks->on_retry == NULL && hooks->log == NULL) return;
    const struct stator_error error = failure_of_report(so_far);
    struct stator_event event = event_of(c, so_far, &error);
    event.delay_us = (int64_t)delay_us;
    if (hooks->on_retry != NULL) hooks->on_retry(hooks->ud, &event);
    if (hooks->log != NULL) hooks->log(hooks->ud, STATOR_LOG_WARN, error.message, &event);
}

static int log_level_of(stator_rc rc)
{
    if (rc > 0) return STATOR_LOG_DEBUG;
    return rc == STATOR_E_THROTTLED ? STATOR_LOG_WARN : STATOR_LOG_ERROR;
}

static void tell_end(const struct calling *c)
{
    const stator_hooks *hooks = &c->db->hooked.hooks;
    if (hooks->on_finish == NULL && hooks->log == NULL) return;
    const struct client_report *report = &c->carry.report;
    const struct stator_error error = failure_of_report(report);
    const struct stator_event event = event_of(c, report, &error);
    if (hooks->on_finish != NULL) hooks->on_finish(hooks->ud, &event);
    if (hooks->log != NULL && report->status != ST_OK)
        hooks->log(hooks->ud, log_level_of(event.rc), error.message, &event);
}

/* ---- attempts */

/* Is there time and leave for one more attempt? Then after *delay_us. */
static bool may_go_on(const struct calling *c, unsigned retries, uint64_t *delay_us)
{
    stator *db = c->db;
    if (!c->carry.report.is_retryable || retries >= c->retry.retries_max) return false;
    *delay_us = retry_delay_us(&c->retry, retries, hooked_random(&db->hooked));
    if (elapsed_ns(c) / NS_PER_US + *delay_us >= c->carry.timeout_us) return false;
    atomic_store(&db->has_retried, true);
    return retry_bucket_take(&db->bucket, RETRY_COST);
}

static void fail_canceled(struct client_report *report)
{
    report->status = ST_CANCELED;
    report->code = (struct span){0};
    report->message = (struct span){0};
    report->is_retryable = false;
}

static void attempt(struct calling *c)
{
    const unsigned attempts = c->carry.report.attempts;
    c->carry.report = client_report_in(c->carry.arena);
    c->db->carrier->kind->call(c->db->carrier, &c->carry);
    c->carry.report.attempts += attempts;
}

static void try_until_settled(struct calling *c)
{
    uint64_t delay_us = 0;
    attempt(c);
    for (unsigned retries = 0; may_go_on(c, retries, &delay_us); retries++) {
        tell_retry(c, &c->carry.report, delay_us);
        if (handle_pause(c->db, delay_us, c->canceled) != ST_OK) {
            fail_canceled(&c->carry.report);
            return;
        }
        attempt(c);
    }
    const struct client_report *report = &c->carry.report;
    const bool at_once = report->status == ST_OK && report->attempts == 1;
    if (at_once && atomic_load(&c->db->has_retried)) retry_bucket_give(&c->db->bucket, RETRY_GAIN);
}

/* ---- the end */

/* Failures are in the turn's own memory: the arena of an answer may end before they are read. */
static status tell_failure(struct calling *c)
{
    const struct client_report *report = &c->carry.report;
    struct turn *turn = c->turn;
    if (report->status == ST_OK) return ST_OK;
    const status st = turn_tell(turn, report, answer_member(c->carry.answer, "Item", VALUE_M));
    if (st == ST_VERSION) turn_tell_version(turn, *c->carry.if_version, c->carry.version);
    return st;
}

status call_make(stator *db, struct turn *turn, struct call_spec *spec)
{
    struct calling c = {
        .db = db,
        .turn = turn,
        .spec = spec,
        .retry = handle_retry(db, spec->retry),
        .begun_ns = os_ticks_ns(&db->hooked.pausing),
        .canceled = atomic_load(&db->canceled),
    };
    const int64_t timeout_us = spec->timeout_us > 0 ? spec->timeout_us : db->call_timeout_us;
    c.carry = (struct carry){
        .operation = span_of(spec->operation),
        .request = spec->request,
        .body = spec->body,
        .reply = spec->reply,
        .arena = spec->arena,
        .retry = &c.retry,
        .timeout_us = (uint64_t)timeout_us,
        .may_repeat = spec->may_repeat,
        .if_version = spec->if_version,
        .on_retry = tell_retry,
        .ctx = &c,
    };
    TRY(turn_cache(turn, &c.carry.cache));
    if (spec->if_version != NULL && db->carrier->kind->instance == NULL)
        return FAIL(&turn->err, ST_UNKNOWN_OPERATION,
                    "if_version without version_attr needs a database in this process");
    if (db->carrier->kind->tries_again) {
        attempt(&c);
    } else {
        try_until_settled(&c);
    }
    spec->answer = c.carry.answer;
    spec->version = c.carry.version;
    tell_end(&c);
    return tell_failure(&c);
}
