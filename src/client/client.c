/* client.c -- a call: sign, send, judge, pause, again.
 *
 *     client_call
 *       ├─ attempt ── signer_headers ── line_send ── outcome_judge
 *       ├─ may_retry ── the outcome's kind, the policy, the time that is left, the bucket
 *       └─ pool_pause ── by the clock of `os`, ended early by client_cancel
 *
 * A call holds a seat for as long as it lasts (pool.h). Time is counted by os_ticks_ns alone: a
 * call ends when its own time is up, however the wall clock is set meanwhile.
 */
#include "client/client.h"

#include <assert.h>
#include <curl/curl.h>
#include <string.h>

#include "base/bytes.h"
#include "base/limits.h"
#include "client/endpoint.h"
#include "client/identity.h"
#include "client/outcome.h"
#include "client/pool.h"
#include "client/signer.h"

enum {
    NS_PER_US = 1000,
    NS_PER_MS = 1000000,
    US_PER_MS = 1000,
    MS_PER_S = 1000,
    IDLE_MAX = 16,
    CONNECT_TIMEOUT_MS = 3000,
    ATTEMPT_TIMEOUT_MS = 10000,
    CALL_TIMEOUT_MS = 30000,
    SETUP_BYTES_MAX = 8 << 20, /* both shared files, and what is kept of them */
};

struct client {
    /* constant after client_open */
    const struct mem *mem;
    const struct os *os;
    struct arena arena; /* of the strings */
    struct endpoint endpoint;
    struct line_settings line;
    struct retry_policy retry;
    uint32_t attempt_timeout_ms;
    uint32_t call_timeout_ms;

    /* each with a lock of its own */
    struct signer signer;
    struct pool pool;
    struct retry_bucket bucket;
};

struct client_report client_report_in(struct arena *arena)
{
    return (struct client_report){.arena = arena};
}

/* ---- opening and closing */

static uint32_t or_else(uint32_t given, uint32_t usual)
{
    return given == 0 ? usual : given;
}

static bool is_set(const char *text)
{
    return text != NULL && text[0] != '\0';
}

static status copy_text(struct arena *arena, const char *text, const char **out)
{
    struct span kept = {0};
    if (!is_set(text)) return ST_OK;
    const struct span with_end = {(const uint8_t *)text, strlen(text) + 1};
    if (!arena_copy(arena, with_end, &kept)) return ST_NO_MEMORY;
    *out = (const char *)kept.ptr;
    return ST_OK;
}

/* What stands in for credentials and region where nobody checks them. */
static status fill_identity(const struct client *client, struct identity *identity,
                            struct error *err)
{
    if (identity->access_key.len == 0 && client->endpoint.is_aws)
        return FAIL(err, ST_MISSING_AUTH,
                    "no credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or put a "
                    "profile with both into ~/.aws/credentials");
    if (identity->region.len == 0 && client->endpoint.is_aws)
        return FAIL(err, ST_VALIDATION, "no region: name it (aws:REGION) or set AWS_REGION");
    if (identity->access_key.len == 0) {
        identity->access_key = SPAN("stator");
        identity->secret_key = SPAN("stator");
    }
    if (identity->region.len == 0) identity->region = SPAN("us-east-1");
    return ST_OK;
}

static status find_out(struct client *client, const struct client_options *options,
                       struct identity *identity, struct error *err)
{
    TRY(endpoint_read(&client->arena, options->endpoint, &client->endpoint, err));
    const char *own_region = client->endpoint.region;
    const struct identity_wish wish = {
        .access_key = options->access_key,
        .secret_key = options->secret_key,
        .session_token = options->session_token,
        .profile = options->profile,
        .region = own_region != NULL ? own_region : options->region,
    };
    TRY(identity_find(&client->arena, options->os, &wish, identity, err));
    TRY(fill_identity(client, identity, err));
    return endpoint_aim(&client->arena, &client->endpoint, identity->region, err);
}

static status set_line(struct client *client, const struct client_options *options)
{
    const char *ca_file = options->ca_file;
    if (!is_set(ca_file)) ca_file = os_variable(options->os, "AWS_CA_BUNDLE");
    client->line = (struct line_settings){
        .mem = options->mem,
        .unix_path = client->endpoint.unix_path,
        .no_proxy = client->endpoint.is_loopback,
        .connect_timeout_ms = or_else(options->connect_timeout_ms, CONNECT_TIMEOUT_MS),
    };
    return copy_text(&client->arena, ca_file, &client->line.ca_file);
}

static void free_strings(struct client *client)
{
    const struct mem *mem = client->mem;
    arena_deinit(&client->arena);
    mem_free(mem, client, sizeof *client);
}

static unsigned idle_max_of(const struct client_options *options)
{
    const unsigned wanted = or_else(options->idle_max, IDLE_MAX);
    return wanted < LIMIT_CLIENT_CONNECTIONS ? wanted : LIMIT_CLIENT_CONNECTIONS;
}

static void begin(struct client *client, const struct client_options *options,
                  const struct identity *identity)
{
    client->os = options->os;
    client->retry = options->retry == NULL ? retry_default : *options->retry;
    client->attempt_timeout_ms = or_else(options->attempt_timeout_ms, ATTEMPT_TIMEOUT_MS);
    client->call_timeout_ms = or_else(options->call_timeout_ms, CALL_TIMEOUT_MS);
    signer_init(&client->signer, options->os, identity);
    pool_init(&client->pool, &client->line, options->os, idle_max_of(options));
    retry_bucket_init(&client->bucket);
}

status client_open(const struct client_options *options, struct client **out, struct error *err)
{
    struct client *client = mem_new(options->mem, sizeof *client);
    if (client == NULL) return FAIL_PLAIN(err, ST_NO_MEMORY);
    client->mem = options->mem;
    arena_init(&client->arena, options->mem, SETUP_BYTES_MAX);

    struct identity identity = {0};
    status st = find_out(client, options, &identity, err);
    if (st != ST_OK) goto fail;
    st = set_line(client, options);
    if (st == ST_OK && curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) st = ST_NO_MEMORY;
    if (st != ST_OK) {
        (void)FAIL_PLAIN(err, st);
        goto fail;
    }
    begin(client, options, &identity);
    *out = client;
    return ST_OK;

fail:
    free_strings(client);
    return st;
}

void client_close(struct client *client)
{
    if (client == NULL) return;
    retry_bucket_deinit(&client->bucket);
    pool_deinit(&client->pool);
    signer_deinit(&client->signer);
    curl_global_cleanup();
    free_strings(client);
}

void client_cancel(struct client *client)
{
    pool_cancel(&client->pool);
}

/* ---- one attempt */

struct call {
    struct client *client;
    const struct client_request *request;
    struct buf *reply;
    struct client_report *report;
    const struct retry_policy *policy;
    struct pool_seat *seat;
    struct line_reply head; /* of the last attempt */
    uint64_t end_ns;
    unsigned paid; /* tokens, for the last retry */
    bool may_repeat;
    bool was_uncertain; /* some attempt before the last one */
};

static uint64_t left_ns(const struct call *call)
{
    const uint64_t now_ns = os_ticks_ns(call->client->os);
    return now_ns < call->end_ns ? call->end_ns - now_ns : 0;
}

/* At least a millisecond: 0 would mean for ever. */
static uint32_t attempt_ms(const struct call *call)
{
    const uint64_t left_ms = left_ns(call) / NS_PER_MS + 1;
    const uint32_t most_ms = call->client->attempt_timeout_ms;
    return left_ms < most_ms ? (uint32_t)left_ms : most_ms;
}

static outcome fail_here(struct client_report *report, status st)
{
    report->status = st;
    report->message = span_of(status_info(st)->text);
    report->is_retryable = false;
    report->is_conflict = false;
    report->is_uncertain = false;
    return OUTCOME_FINAL;
}

static status make_headers(struct call *call, operation_service service,
                           const char *const **headers)
{
    struct client *client = call->client;
    const struct signer_request request = {
        .service = service,
        .operation = call->request->operation,
        .host = client->endpoint.hosts[service],
        .body = call->request->body,
        .explains = call->request->explanation != NULL,
    };
    return signer_headers(&client->signer, &request, &call->seat->arena, headers);
}

static bool is_refused_for_its_time(struct call *call)
{
    return call->report->status == ST_INVALID_SIGNATURE &&
           signer_learn_time(&call->client->signer, span_of(call->head.date));
}

static outcome attempt(struct call *call)
{
    struct client *client = call->client;
    const operation_service service = operation_service_of(call->request->operation);
    const char *const *headers = NULL;
    arena_reset(&call->seat->arena);
    buf_clear(call->reply);
    call->report->attempts++;
    const status st = make_headers(call, service, &headers);
    if (st != ST_OK) return fail_here(call->report, st);

    const struct line_request request = {
        .url = client->endpoint.urls[service],
        .headers = headers,
        .body = call->request->body,
        .timeout_ms = attempt_ms(call),
        .may_repeat = call->may_repeat,
        .explanation = call->request->explanation,
    };
    const line_result result = line_send(call->seat->line, &request, call->reply, &call->head);
    const outcome kind = outcome_judge(result, &call->head, buf_view(call->reply), call->report);
    if (kind != OUTCOME_DONE && call->report->code.len == 0) buf_clear(call->reply);
    if (!is_refused_for_its_time(call)) return kind;
    call->report->is_retryable = true;
    return OUTCOME_SKEWED;
}

/* ---- trying again */

/* Without randomness the pause is the shortest there is: better than no retry. */
static uint64_t pause_us(struct call *call, outcome kind)
{
    const unsigned index = call->report->attempts - 1;
    const struct span after = span_of(call->head.retry_after);
    uint8_t random[8] = {0};
    uint64_t asked_us = 0;
    if (kind == OUTCOME_SKEWED) return 0;
    (void)!os_entropy(call->client->os, random, sizeof random);
    const uint64_t own_us = retry_delay_us(call->policy, index, bytes_load_u64(random));
    if (!retry_after_read(after, os_now_ms(call->client->os) / MS_PER_S, &asked_us)) return own_us;
    return asked_us > own_us ? asked_us : own_us;
}

static bool may_retry(struct call *call, outcome kind, uint64_t *delay_us)
{
    if (!outcome_allows_retry(kind, call->may_repeat)) return false;
    if (call->report->attempts > call->policy->retries_max) return false;
    *delay_us = pause_us(call, kind);
    if (*delay_us >= left_ns(call) / NS_PER_US) return false;
    call->paid = client_retry_cost(call->report);
    return retry_bucket_take(&call->client->bucket, call->paid);
}

static outcome cancel_here(struct call *call)
{
    buf_clear(call->reply);
    call->report->code = (struct span){0};
    return fail_here(call->report, ST_CANCELED);
}

static outcome run(struct call *call)
{
    for (;;) {
        uint64_t delay_us = 0;
        const outcome kind = attempt(call);
        if (!may_retry(call, kind, &delay_us)) return kind;
        call->was_uncertain = call->was_uncertain || call->report->is_uncertain;
        const struct client_request *request = call->request;
        if (request->on_retry != NULL) request->on_retry(request->ctx, call->report, delay_us);
        if (!pool_pause(&call->client->pool, call->seat, delay_us * NS_PER_US))
            return cancel_here(call);
    }
}

static void settle(struct call *call, outcome kind)
{
    struct client_report *report = call->report;
    if (kind == OUTCOME_DONE) {
        retry_bucket_give(&call->client->bucket, report->attempts == 1 ? RETRY_GAIN : call->paid);
        return;
    }
    report->is_uncertain = report->is_uncertain || call->was_uncertain;
}

status client_call(struct client *client, const struct client_request *request, struct buf *reply,
                   struct client_report *report)
{
    const uint64_t timeout_ms = or_else(request->timeout_ms, client->call_timeout_ms);
    *report = client_report_in(report->arena);
    struct call call = {
        .client = client,
        .request = request,
        .reply = reply,
        .report = report,
        .policy = request->retry == NULL ? &client->retry : request->retry,
        .end_ns = os_ticks_ns(client->os) + timeout_ms * NS_PER_MS,
    };
    const status st = pool_take(&client->pool, &call.seat);
    if (st != ST_OK) {
        (void)fail_here(report, st);
        return st;
    }
    call.may_repeat = request->may_repeat ||
                      operation_may_repeat(request->operation, request->body, &call.seat->arena);
    settle(&call, run(&call));
    pool_give(&client->pool, call.seat);
    return report->status;
}
