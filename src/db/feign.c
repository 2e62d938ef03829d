/* feign.c -- see feign.h. */
#include "db/feign.h"

#include "api/api_text.h"
#include "base/limits.h"
#include "db/keep.h"
#include "json/json_writer.h"

enum { HTTP_OK = 200, HTTP_REFUSED = 400 };

static void forget_answer(struct carry *carry)
{
    carry->report = client_report_in(carry->arena);
    carry->report.attempts = 1;
    carry->answer = (struct value){0};
    if (carry->reply != NULL) buf_clear(carry->reply);
}

static void say(struct client_report *report, status st, const char *message)
{
    const char *kept = keep_text(report->arena, span_of(message));
    report->status = st;
    report->message = kept != NULL ? span_of(kept) : (struct span){0};
}

/* The body to where the caller wants it. */
static void give(struct carry *carry, struct span json)
{
    struct error err = error_in(carry->arena);
    if (carry->reply != NULL) {
        buf_put(carry->reply, json);
        return;
    }
    const status st = api_text_reply(carry->operation, json, carry->arena, &carry->answer, &err);
    if (st == ST_OK) return;
    (void)FAIL(&err, st, "%.*s was answered with what is no reply to it: %.*s",
               SPAN_ARG(carry->operation), SPAN_ARG(json));
    feign_failure(carry, &err);
}

void feign_reply(struct carry *carry, struct span json)
{
    forget_answer(carry);
    carry->report.http_status = HTTP_OK;
    give(carry, json);
}

/* The codes that come with another http status than 400. */
static int http_status_of(struct span code)
{
    static const struct {
        const char *code;
        int http_status;
    } others[] = {
        {"InternalFailure",              500},
        {"InternalServerError",          500},
        {"InternalServerErrorException", 500},
        {"ServiceUnavailable",           503},
        {"ServiceUnavailableException",  503},
    };
    for (size_t i = 0; i < ARRAY_COUNT(others); i++)
        if (span_eq(code, span_of(others[i].code))) return others[i].http_status;
    return HTTP_REFUSED;
}

void feign_refusal(struct carry *carry, struct span json)
{
    forget_answer(carry);
    client_judge(json, HTTP_REFUSED, &carry->report);
    carry->report.http_status = http_status_of(carry->report.code);
    give(carry, json);
}

static void refuse_with(struct carry *carry, const char *code, const char *message)
{
    struct buf body;
    struct json_writer json;
    buf_init(&body, arena_mem(carry->arena), LIMIT_HTTP_REPLY_BYTES);
    json_writer_init(&json, &body);
    json_writer_object_begin(&json);
    json_writer_member_string(&json, "__type", span_of(code));
    if (message != NULL) json_writer_member_string(&json, "message", span_of(message));
    json_writer_object_end(&json);
    feign_refusal(carry, buf_view(&body));
    if (buf_status(&body) != ST_OK) say(&carry->report, ST_NO_MEMORY, "out of memory");
}

static const char *or_else(const char *text, const char *otherwise)
{
    return text != NULL ? text : otherwise;
}

void feign_code(struct carry *carry, const char *code, const char *message)
{
    const struct span name = span_of(code);
    if (span_eq(name, SPAN("STATOR_E_TIMEOUT"))) {
        feign_loss(carry, ST_TIMEOUT, or_else(message, "no answer came in time"));
    } else if (span_eq(name, SPAN("STATOR_E_NETWORK"))) {
        feign_loss(carry, ST_NETWORK, or_else(message, "there is no connection"));
        carry->report.is_uncertain = false;
    } else {
        refuse_with(carry, code, message);
    }
}

void feign_failure(struct carry *carry, const struct error *err)
{
    forget_answer(carry);
    carry->report.status = err->status;
    carry->report.message = error_text(err);
}

void feign_loss(struct carry *carry, status st, const char *message)
{
    forget_answer(carry);
    say(&carry->report, st, message);
    carry->report.is_retryable = true;
    carry->report.is_uncertain = true;
}

void feign_request_json(const struct carry *carry, struct buf *out)
{
    if (carry->request.type == VALUE_NONE) {
        buf_put(out, carry->body);
    } else {
        api_text_request(carry->operation, carry->request, out);
    }
}
