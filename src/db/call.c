/* call.c -- see call.h. */
#include "db/call.h"

#include "base/limits.h"
#include "db/answer.h"
#include "db/failure.h"
#include "db/feign.h"
#include "db/keep.h"

enum { NS_PER_US = 1000 };

struct calling {
    stator *db;
    struct turn *turn;
    const struct call_spec *spec;
    struct carry carry;
    struct retry_policy retry;
    uint64_t begun_ns;
    uint64_t limit_us;      /* of the whole call */
    uint64_t canceled;      /* cancellations when it began */
    bool is_ours;           /* what is made again is made again here */
    unsigned paid;          /* for the last retry, from the bucket */
    bool is_lost;           /* nobody knows whether the last attempt was carried out */
    struct buf explanation; /* where one is wanted */
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

/* A report's texts are parts of an answer and do not end; without memory they are left out. */
static struct span ended(struct span text, struct arena *arena)
{
    const char *kept = text.len > 0 ? keep_text(arena, text) : NULL;
    return kept != NULL ? (struct span){(const uint8_t *)kept, text.len} : (struct span){0};
}

static struct stator_error error_of(const struct calling *c, const struct client_report *report)
{
    struct client_report kept = *report;
    kept.code = ended(report->code, c->carry.arena);
    kept.message = ended(report->message, c->carry.arena);
    kept.request_id = ended(report->request_id, c->carry.arena);
    return failure_of_report(&kept);
}

/* Before the next attempt. */
static void tell_retry(void *ctx, const struct client_report *so_far, uint64_t delay_us)
{
    const struct calling *c = ctx;
    const stator_hooks *hooks = &c->db->hooked.hooks;
    if (hooks->on_retry == NULL && hooks->log == NULL) return;
    const struct stator_error error = error_of(c, so_far);
    struct stator_event event = event_of(c, so_far, &error);
    event.delay_us = (int64_t)delay_us;
    struct turn *turn = turn_set_aside();
    if (hooks->on_retry != NULL) hooks->on_retry(hooks->ud, &event);
    if (hooks->log != NULL) hooks->log(hooks->ud, STATOR_LOG_WARN, error.message, &event);
    turn_take_back(turn);
}

static int log_level_of(const struct calling *c, stator_rc rc)
{
    if (rc > 0 || c->spec->is_inner) return STATOR_LOG_DEBUG;
    return rc == STATOR_E_THROTTLED ? STATOR_LOG_WARN : STATOR_LOG_ERROR;
}

static void tell_end(const struct calling *c)
{
    const stator_hooks *hooks = &c->db->hooked.hooks;
    if (hooks->on_finish == NULL && hooks->log == NULL) return;
    const struct client_report *report = &c->carry.report;
    const struct stator_error error = error_of(c, report);
    const struct stator_event event = event_of(c, report, &error);
    struct turn *turn = turn_set_aside();
    if (hooks->on_finish != NULL) hooks->on_finish(hooks->ud, &event);
    if (hooks->log != NULL && report->status != ST_OK)
        hooks->log(hooks->ud, log_level_of(c, event.rc), error.message, &event);
    turn_take_back(turn);
}

/* ---- one attempt */

static void fail_canceled(struct client_report *report)
{
    report->status = ST_CANCELED;
    report->code = (struct span){0};
    report->message = (struct span){0};
    report->is_retryable = false;
}

/* What is left of the call's time. */
static uint64_t left_us(const struct calling *c)
{
    const uint64_t used_us = elapsed_ns(c) / NS_PER_US;
    return used_us < c->limit_us ? c->limit_us - used_us : 0;
}

/* The answer comes so late, or after the call's end. */
static void be_late(struct calling *c, uint64_t us)
{
    const uint64_t most_us = left_us(c);
    if (us == 0) return;
    if (handle_pause(c->db, us < most_us ? us : most_us, c->canceled) != ST_OK) {
        feign_loss(&c->carry, ST_CANCELED, "");
        c->carry.report.is_retryable = false;
    } else if (us >= most_us) {
        feign_loss(&c->carry, ST_TIMEOUT, "no answer came in time");
    }
}

static void carry_out(struct calling *c)
{
    struct carry *carry = &c->carry;
    carry->report = client_report_in(carry->arena);
    carry->answer = (struct value){0};
    carry->delay_us = 0;
    carry->timeout_us = left_us(c) > 0 ? left_us(c) : 1;
    if (carry->reply != NULL) buf_clear(carry->reply);
    if (carry->explanation != NULL) buf_clear(carry->explanation);
    c->db->carrier->kind->call(c->db->carrier, carry);
}

/* With what a test wants to go wrong. */
static status attempt_with_faults(struct calling *c)
{
    struct carry *carry = &c->carry;
    struct faults_verdict verdict = {0};
    TRY(faults_draw(&c->db->faults, carry->operation, carry->arena, &verdict));
    if (verdict.code == NULL) {
        carry_out(c);
    } else {
        feign_code(carry, verdict.code, verdict.message);
        carry->delay_us = 0;
    }
    if (verdict.is_lost)
        feign_loss(carry, ST_NETWORK,
                   verdict.message != NULL ? verdict.message : "the reply got lost");
    be_late(c, carry->delay_us + verdict.latency_us);
    return ST_OK;
}

/* A report is of all attempts so far. After an error of the service, which may have carried it out,
 * one may go on all the same (client.h): it is not lost. */
static void attempt(struct calling *c)
{
    const struct client_report before = c->carry.report;
    struct client_report *report = &c->carry.report;
    struct error err = error_in(c->carry.arena);
    const status st = attempt_with_faults(c);
    if (st != ST_OK) {
        (void)FAIL_PLAIN(&err, st);
        feign_failure(&c->carry, &err);
    }
    c->is_lost = report->is_uncertain && report->status != ST_INTERNAL;
    report->attempts += before.attempts;
    if (report->status != ST_OK) report->is_uncertain |= before.is_uncertain;
}

/* ---- attempts */

static bool may_repeat(const struct calling *c)
{
    const struct carry *carry = &c->carry;
    struct buf json;
    if (carry->may_repeat) return true;
    buf_init(&json, arena_mem(carry->arena), LIMIT_REQUEST_ARENA_BYTES);
    feign_request_json(carry, &json);
    return buf_status(&json) == ST_OK &&
           client_may_repeat(carry->operation, buf_view(&json), carry->arena);
}

/* Is there time and leave for one more attempt? Then after *delay_us. */
static bool may_go_on(struct calling *c, unsigned retries, uint64_t *delay_us)
{
    stator *db = c->db;
    const struct client_report *report = &c->carry.report;
    if (!report->is_retryable || retries >= c->retry.retries_max) return false;
    if (c->is_lost && !may_repeat(c)) return false;
    *delay_us = retry_delay_us(&c->retry, retries, hooked_random(&db->hooked));
    if (*delay_us >= left_us(c)) return false;
    atomic_store(&db->has_retried, true);
    c->paid = client_retry_cost(report);
    return retry_bucket_take(&db->bucket, c->paid);
}

/* As client.c gives: what the retry cost that helped, or a little for a call that needed none. */
static void give_back(struct calling *c, unsigned retries)
{
    if (c->carry.report.status != ST_OK || !atomic_load(&c->db->has_retried)) return;
    retry_bucket_give(&c->db->bucket, retries == 0 ? RETRY_GAIN : c->paid);
}

static void try_until_settled(struct calling *c)
{
    uint64_t delay_us = 0;
    unsigned retries = 0;
    attempt(c);
    for (; may_go_on(c, retries, &delay_us); retries++) {
        tell_retry(c, &c->carry.report, delay_us);
        if (handle_pause(c->db, delay_us, c->canceled) != ST_OK) {
            fail_canceled(&c->carry.report);
            return;
        }
        attempt(c);
    }
    give_back(c, retries);
}

/* ---- the end */

/* Failures are in the turn's own memory: the arena of an answer may end before they are read. */
static status tell_failure(struct calling *c)
{
    const struct client_report *report = &c->carry.report;
    struct turn *turn = c->turn;
    if (report->status == ST_OK) return ST_OK;
    const struct value answer = c->carry.answer;
    const status st = turn_tell(turn, report, answer_member(answer, "Item", VALUE_M));
    turn_tell_misfit(turn, answer_member(answer, "PartitionSchema", VALUE_S),
                     answer_member(answer, "SchemaErrors", VALUE_L));
    if (st == ST_VERSION) turn_tell_version(turn, *c->carry.if_version, c->carry.version);
    return st;
}

status call_make(stator *db, struct turn *turn, struct call_spec *spec)
{
    const int64_t limit_us = spec->timeout_us > 0 ? spec->timeout_us : db->call_timeout_us;
    struct calling c = {
        .db = db,
        .turn = turn,
        .spec = spec,
        .retry = handle_retry(db, spec->retry),
        .limit_us = (uint64_t)limit_us,
        .begun_ns = os_ticks_ns(&db->hooked.pausing),
        .canceled = atomic_load(&db->canceled),
        .is_ours = !db->carrier->kind->tries_again || faults_exist(&db->faults),
    };
    c.carry = (struct carry){
        .operation = span_of(spec->operation),
        .request = spec->request,
        .body = spec->body,
        .reply = spec->reply,
        .arena = spec->arena,
        .retry = c.is_ours ? &retry_none : &c.retry,
        .timeout_us = c.limit_us,
        .may_repeat = spec->may_repeat,
        .if_version = spec->if_version,
        .index_scope = spec->index_scope,
        .on_retry = tell_retry,
        .ctx = &c,
    };
    if (turn->explains && !spec->is_inner) c.carry.explanation = &c.explanation;
    buf_init(&c.explanation, arena_mem(&turn->details[turn->latest]), LIMIT_HTTP_HEAD_BYTES);
    TRY(turn_cache(turn, &c.carry.cache));
    if (spec->if_version != NULL && db->carrier->kind->instance == NULL)
        return FAIL(&turn->err, ST_UNKNOWN_OPERATION,
                    "if_version without version_attr needs a database in this process");
    if (spec->index_scope.len > 0 && db->carrier->kind->instance == NULL)
        return FAIL(&turn->err, ST_UNKNOWN_OPERATION, "this needs a handle of mem: or file:");
    if (c.is_ours) {
        try_until_settled(&c);
    } else {
        carry_out(&c);
    }
    spec->answer = c.carry.answer;
    spec->version = c.carry.version;
    if (c.carry.explanation != NULL) turn_tell_explanation(turn, buf_view(&c.explanation));
    tell_end(&c);
    return tell_failure(&c);
}
