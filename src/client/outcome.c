/* outcome.c -- DynamoDB's error bodies, and what each error means for a second try.
 *
 *     {"__type": "com.amazonaws.dynamodb.v20120810#SomeException", "message": "…",
 *      "CancellationReasons": [{"Code": "None"}, {"Code": "TransactionConflict", …}]}
 *
 * The code is what stands behind "#" (and before ":", which some services append). A canceled
 * transaction is as final as the worst of its reasons: it is tried again only when every action
 * that failed did so for a reason that passes; a condition that failed is a condition that failed,
 * also inside a transaction.
 */
#include "client/outcome.h"

#include <assert.h>

#include "json/json_reader.h"

/* ---- errors by name */

struct fact {
    const char *code;
    status status;
    outcome kind;
};

/* Sources: DynamoDB API Reference, "Common Errors"; developer guide, "Error handling"; the codes
 * that the AWS SDKs' standard mode takes for throttling. */
/* clang-format off */
static const struct fact errors[] = {
    {"AccessDeniedException",                    ST_ACCESS_DENIED,     OUTCOME_FINAL},
    {"BackupInUseException",                     ST_IN_USE,            OUTCOME_FINAL},
    {"BackupNotFoundException",                  ST_NOT_FOUND,         OUTCOME_FINAL},
    {"ConditionalCheckFailedException",          ST_CONDITION_FAILED,  OUTCOME_FINAL},
    {"DuplicateItemException",                   ST_CONDITION_FAILED,  OUTCOME_FINAL},
    {"ExpiredTokenException",                    ST_ACCESS_DENIED,     OUTCOME_FINAL},
    {"IdempotentParameterMismatchException",     ST_TOKEN_MISMATCH,    OUTCOME_FINAL},
    {"IncompleteSignatureException",             ST_INCOMPLETE_AUTH,   OUTCOME_FINAL},
    {"IndexNotFoundException",                   ST_NOT_FOUND,         OUTCOME_FINAL},
    {"InternalFailure",                          ST_INTERNAL,          OUTCOME_FAULT},
    {"InternalServerError",                      ST_INTERNAL,          OUTCOME_FAULT},
    {"InternalServerErrorException",             ST_INTERNAL,          OUTCOME_FAULT},
    {"InvalidSignatureException",                ST_INVALID_SIGNATURE, OUTCOME_FINAL},
    {"ItemCollectionSizeLimitExceededException", ST_LIMIT,             OUTCOME_FINAL},
    {"LimitExceededException",                   ST_LIMIT_EXCEEDED,    OUTCOME_FINAL},
    {"MissingAuthenticationTokenException",      ST_MISSING_AUTH,      OUTCOME_FINAL},
    {"PriorRequestNotComplete",                  ST_THROTTLED,         OUTCOME_FOR_NOW},
    {"ProvisionedThroughputExceededException",   ST_THROTTLED,         OUTCOME_FOR_NOW},
    {"ReplicatedWriteConflictException",         ST_TX_CONFLICT,       OUTCOME_FOR_NOW},
    {"RequestEntityTooLargeException",           ST_TOO_LARGE,         OUTCOME_FINAL},
    {"RequestExpired",                           ST_INVALID_SIGNATURE, OUTCOME_FINAL},
    {"RequestLimitExceeded",                     ST_THROTTLED,         OUTCOME_FOR_NOW},
    {"RequestTimeout",                           ST_TIMEOUT,           OUTCOME_FOR_NOW},
    {"RequestTimeoutException",                  ST_TIMEOUT,           OUTCOME_FOR_NOW},
    {"ResourceInUseException",                   ST_IN_USE,            OUTCOME_FINAL},
    {"ResourceNotFoundException",                ST_NOT_FOUND,         OUTCOME_FINAL},
    {"SerializationException",                   ST_SERIALIZATION,     OUTCOME_FINAL},
    {"ServiceUnavailable",                       ST_BUSY,              OUTCOME_FOR_NOW},
    {"ServiceUnavailableException",              ST_BUSY,              OUTCOME_FOR_NOW},
    {"TableAlreadyExistsException",              ST_IN_USE,            OUTCOME_FINAL},
    {"TableInUseException",                      ST_IN_USE,            OUTCOME_FINAL},
    {"TableNotFoundException",                   ST_NOT_FOUND,         OUTCOME_FINAL},
    {"Throttling",                               ST_THROTTLED,         OUTCOME_FOR_NOW},
    {"ThrottlingException",                      ST_THROTTLED,         OUTCOME_FOR_NOW},
    {"TooManyRequestsException",                 ST_THROTTLED,         OUTCOME_FOR_NOW},
    {"TransactionCanceledException",             ST_TX_CANCELED,       OUTCOME_FINAL},
    {"TransactionConflictException",             ST_TX_CONFLICT,       OUTCOME_FOR_NOW},
    {"TransactionInProgressException",           ST_TX_CONFLICT,       OUTCOME_FOR_NOW},
    {"UnknownOperationException",                ST_UNKNOWN_OPERATION, OUTCOME_FINAL},
    {"UnrecognizedClientException",              ST_ACCESS_DENIED,     OUTCOME_FINAL},
    {"ValidationException",                      ST_VALIDATION,        OUTCOME_FINAL},
};
/* clang-format on */

/* Codes that are not in the list, by http status; the last is for all. 502 and 504 are a proxy's,
 * which does not know whether the request arrived. */
static const struct {
    int http_status; /* 0: any */
    int hundreds;    /* 0: any */
    status status;
    outcome kind;
} others[] = {
    {429, 0, ST_THROTTLED,  OUTCOME_FOR_NOW},
    {413, 0, ST_TOO_LARGE,  OUTCOME_FINAL  },
    {502, 0, ST_NETWORK,    OUTCOME_LOST   },
    {503, 0, ST_BUSY,       OUTCOME_FOR_NOW},
    {504, 0, ST_TIMEOUT,    OUTCOME_LOST   },
    {0,   5, ST_INTERNAL,   OUTCOME_FAULT  },
    {0,   4, ST_VALIDATION, OUTCOME_FINAL  },
    {0,   0, ST_PROTOCOL,   OUTCOME_FINAL  },
};

/* ---- reading the body */

struct wording {
    struct span code;
    struct span message;
    bool has_condition_failed; /* among the reasons */
    bool has_lasting_reason;   /* one that does not pass by itself */
    bool has_passing_reason;
    bool has_other_reason; /* than a conflict */
};

static struct span bare_code(struct span type)
{
    size_t start = 0;
    for (size_t i = 0; i < type.len; i++)
        if (type.ptr[i] == '#') start = i + 1;
    const struct span code = span_drop(type, start);
    for (size_t i = 0; i < code.len; i++)
        if (code.ptr[i] == ':') return span_take(code, i);
    return code;
}

bool client_reason_passes(struct span code)
{
    static const char *const passing[] = {
        "TransactionConflict",
        "ProvisionedThroughputExceeded",
        "ThrottlingError",
        "InternalServerError",
    };
    for (size_t i = 0; i < ARRAY_COUNT(passing); i++)
        if (span_eq(code, span_of(passing[i]))) return true;
    return false;
}

bool client_reason_conflicts(struct span code)
{
    return span_eq(code, SPAN("TransactionConflict"));
}

bool client_reason_refuses(struct span code)
{
    return span_eq(code, SPAN("ConditionalCheckFailed")) || span_eq(code, SPAN("DuplicateItem"));
}

static void note_reason(struct span code, struct wording *out)
{
    if (span_eq(code, SPAN("None"))) return;
    if (client_reason_refuses(code)) out->has_condition_failed = true;
    if (!client_reason_conflicts(code)) out->has_other_reason = true;
    if (client_reason_passes(code)) {
        out->has_passing_reason = true;
    } else {
        out->has_lasting_reason = true;
    }
}

/* reason := { … "Code": text … }; its first token was read. */
static status read_reason(struct json_reader *json, json_token first, struct wording *out)
{
    json_token token = first;
    struct span key = {0};
    struct span text = {0};
    if (first != JSON_OBJECT_BEGIN) return json_reader_skip(json, first);
    for (;;) {
        TRY(json_reader_next(json, &token, &key));
        if (token != JSON_KEY) return ST_OK;
        TRY(json_reader_next(json, &token, &text));
        if (token == JSON_STRING && span_eq(key, SPAN("Code"))) note_reason(text, out);
        TRY(json_reader_skip(json, token));
    }
}

static status read_reasons(struct json_reader *json, json_token first, struct wording *out)
{
    json_token token = first;
    struct span text = {0};
    if (first != JSON_ARRAY_BEGIN) return json_reader_skip(json, first);
    for (;;) {
        TRY(json_reader_next(json, &token, &text));
        if (token == JSON_ARRAY_END) return ST_OK;
        TRY(read_reason(json, token, out));
    }
}

static status read_member(struct json_reader *json, struct span key, struct wording *out)
{
    json_token token = JSON_NULL;
    struct span text = {0};
    TRY(json_reader_next(json, &token, &text));
    if (span_eq(key, SPAN("CancellationReasons"))) return read_reasons(json, token, out);
    if (token == JSON_STRING && span_eq(key, SPAN("__type"))) out->code = bare_code(text);
    if (token == JSON_STRING && span_eq_nocase(key, SPAN("message"))) out->message = text;
    return json_reader_skip(json, token);
}

/* ST_SERIALIZATION: no object of JSON. */
static status read_wording(struct arena *arena, struct span body, struct wording *out)
{
    struct json_reader json;
    json_token token = JSON_NULL;
    struct span key = {0};
    json_reader_init(&json, arena, body);
    TRY(json_reader_next(&json, &token, &key));
    if (token != JSON_OBJECT_BEGIN) return ST_SERIALIZATION;
    for (;;) {
        TRY(json_reader_next(&json, &token, &key));
        if (token == JSON_OBJECT_END) return json_reader_next(&json, &token, &key);
        TRY(read_member(&json, key, out));
    }
}

/* ---- judging */

static struct span keep(struct client_report *report, struct span text)
{
    struct span kept = {0};
    return arena_copy(report->arena, text, &kept) ? kept : (struct span){0};
}

static outcome settle(struct client_report *report, status st, outcome kind)
{
    report->status = st;
    report->is_retryable = kind != OUTCOME_DONE && kind != OUTCOME_FINAL;
    report->is_conflict = st == ST_TX_CONFLICT;
    report->is_uncertain = kind == OUTCOME_FAULT || kind == OUTCOME_LOST;
    return kind;
}

/* Given up here while it may have been carried out there. */
static outcome settle_unsaid(struct client_report *report, status st)
{
    (void)settle(report, st, OUTCOME_FINAL);
    report->is_uncertain = true;
    return OUTCOME_FINAL;
}

static outcome judge_canceled(const struct wording *wording, struct client_report *report)
{
    if (wording->has_condition_failed) return settle(report, ST_CONDITION_FAILED, OUTCOME_FINAL);
    const bool passes = wording->has_passing_reason && !wording->has_lasting_reason;
    const outcome kind = settle(report, ST_TX_CANCELED, passes ? OUTCOME_FOR_NOW : OUTCOME_FINAL);
    report->is_conflict = passes && !wording->has_other_reason;
    return kind;
}

static outcome judge_http_status(struct client_report *report)
{
    size_t i = 0;
    for (;; i++) {
        const bool is_status =
            others[i].http_status == 0 || others[i].http_status == report->http_status;
        const bool is_hundreds =
            others[i].hundreds == 0 || others[i].hundreds == report->http_status / 100;
        if (is_status && is_hundreds) return settle(report, others[i].status, others[i].kind);
    }
}

static outcome judge_code(const struct wording *wording, struct client_report *report)
{
    for (size_t i = 0; i < ARRAY_COUNT(errors); i++) {
        if (!span_eq(wording->code, span_of(errors[i].code))) continue;
        if (errors[i].status == ST_TX_CANCELED) return judge_canceled(wording, report);
        return settle(report, errors[i].status, errors[i].kind);
    }
    return judge_http_status(report);
}

static outcome judge_error(const struct line_reply *reply, struct span body,
                           struct client_report *report)
{
    struct wording wording = {0};
    const status st = read_wording(report->arena, body, &wording);
    if (st != ST_OK && st != ST_SERIALIZATION) return settle(report, st, OUTCOME_FINAL);
    if (wording.code.len == 0) wording.code = bare_code(span_of(reply->error_type));
    report->code = keep(report, wording.code);
    report->message = keep(report, wording.message);
    const outcome kind = judge_code(&wording, report);
    if (report->message.len == 0 && report->code.len == 0) {
        struct error err = error_in(report->arena);
        (void)FAIL(&err, report->status, "HTTP status %d without an error of DynamoDB's",
                   reply->http_status);
        report->message = error_text(&err);
    }
    return kind;
}

/* A reply that bears no checksum is believed when it is whole JSON. */
static outcome judge_success(const struct line_reply *reply, struct span body,
                             struct client_report *report)
{
    struct wording wording = {0};
    if (reply->has_checksum || body.len == 0) return settle(report, ST_OK, OUTCOME_DONE);
    const status st = read_wording(report->arena, body, &wording);
    if (st == ST_OK) return settle(report, ST_OK, OUTCOME_DONE);
    if (st == ST_NO_MEMORY) return settle(report, st, OUTCOME_FINAL);
    report->message = SPAN("the reply is not whole");
    return settle(report, ST_PROTOCOL, OUTCOME_LOST);
}

static outcome judge_line(line_result result, const struct line_reply *reply,
                          struct client_report *report)
{
    const status broken = reply->is_timeout ? ST_TIMEOUT : ST_NETWORK;
    report->message = keep(report, span_of(reply->why));
    switch (result) {
    case LINE_UNREACHED:
        return settle(report, broken, OUTCOME_UNREACHED);
    case LINE_REFUSED:
        return settle(report, ST_NETWORK, OUTCOME_FINAL);
    case LINE_LOST:
        return settle(report, broken, OUTCOME_LOST);
    case LINE_DAMAGED:
        return settle(report, ST_PROTOCOL, OUTCOME_LOST);
    case LINE_TOO_LARGE:
        return settle_unsaid(report, ST_LIMIT);
    case LINE_NO_MEMORY:
        return settle_unsaid(report, ST_NO_MEMORY);
    case LINE_CANCELED:
        return settle_unsaid(report, ST_CANCELED);
    case LINE_DONE:
        break;
    }
    assert(false); /* not called for LINE_DONE */
    return OUTCOME_FINAL;
}

outcome outcome_judge(line_result result, const struct line_reply *reply, struct span body,
                      struct client_report *report)
{
    report->code = (struct span){0};
    report->message = (struct span){0};
    report->request_id = keep(report, span_of(reply->request_id));
    report->http_status = reply->http_status;
    if (result != LINE_DONE) return judge_line(result, reply, report);
    if (reply->http_status == 200) return judge_success(reply, body, report);
    return judge_error(reply, body, report);
}

void client_judge(struct span body, int http_status, struct client_report *report)
{
    const struct line_reply reply = {.http_status = http_status, .has_checksum = true};
    (void)!outcome_judge(LINE_DONE, &reply, body, report);
}

unsigned client_retry_cost(const struct client_report *report)
{
    if (report->is_conflict) return 0;
    return report->status == ST_TIMEOUT ? RETRY_COST_TIMEOUT : RETRY_COST;
}

bool outcome_allows_retry(outcome kind, bool may_repeat)
{
    switch (kind) {
    case OUTCOME_DONE:
    case OUTCOME_FINAL:
        return false;
    case OUTCOME_FOR_NOW:
    case OUTCOME_FAULT:
    case OUTCOME_UNREACHED:
    case OUTCOME_SKEWED:
        return true;
    case OUTCOME_LOST:
        return may_repeat;
    }
    return false;
}
