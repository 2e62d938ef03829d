/* mock.c -- the carrier "mock:" and the functions of stator/testkit.h that speak to it.
 *
 *     mock_call -> the request as JSON, and that as a value: what is compared is what would be sent
 *               -> script_take          which answer it has
 *               -> feign.h              the answer, as if it had come
 *
 * How long the answer takes is call.c's: it waits by the clock of the handle.
 */
#include "api/api_text.h"
#include "base/limits.h"
#include "db/carriers.h"
#include "db/feign.h"
#include "db/handle.h"
#include "db/handout.h"
#include "db/key_spec.h"
#include "db/partly.h"
#include "db/script.h"
#include "stator/testkit.h"
#include "json/json_writer.h"

enum { ERROR_BYTES_MAX = 64 << 10 };

struct stator_mock {
    struct carrier carrier; /* its first member */
    struct script script;
};

/* ---- one call */

static status read_request(const struct carry *carry, struct script_asked *out, struct error *err)
{
    struct buf json;
    buf_init(&json, arena_mem(carry->arena), LIMIT_REQUEST_ARENA_BYTES);
    feign_request_json(carry, &json);
    TRY_PLAIN(err, buf_status(&json));
    *out = (struct script_asked){
        .operation = carry->operation,
        .json = buf_view(&json),
        .arena = carry->arena,
    };
    return api_text_read_request(carry->operation, out->json, carry->arena, &out->request, err);
}

static status answer_partly(struct carry *carry, const struct script_asked *asked, double part,
                            struct error *err)
{
    const struct partly_batch batch = {asked->operation, asked->request, part};
    struct span json = {0};
    TRY(partly_reply(&batch, carry->arena, &json, err));
    feign_reply(carry, json);
    return ST_OK;
}

static status answer(stator_mock *mock, struct carry *carry, struct error *err)
{
    struct script_asked asked = {0};
    struct script_told told = {0};
    TRY(read_request(carry, &asked, err));
    TRY(script_take(&mock->script, &asked, &told, err));
    carry->delay_us = told.delay_us;
    switch (told.answer.kind) {
    case SCRIPT_REPLY:
        feign_reply(carry, told.answer.json);
        return ST_OK;
    case SCRIPT_REFUSAL:
        feign_refusal(carry, told.answer.json);
        return ST_OK;
    case SCRIPT_CODE:
        feign_code(carry, told.answer.code, told.answer.message);
        return ST_OK;
    case SCRIPT_UNPROCESSED:
        return answer_partly(carry, &asked, told.answer.part, err);
    }
    return ST_OK;
}

static void mock_call(struct carrier *carrier, struct carry *carry)
{
    struct error err = error_in(carry->arena);
    const status st = answer((stator_mock *)carrier, carry, &err);
    if (st != ST_OK) feign_failure(carry, &err);
}

/* ---- opening and closing */

static void mock_close(struct carrier *carrier)
{
    stator_mock *mock = (stator_mock *)carrier;
    script_deinit(&mock->script);
    mem_free(mem_heap(), mock, sizeof *mock);
}

static const struct carrier_kind kind = {.call = mock_call, .close = mock_close};

status carriers_open_mock(const char *rest, const stator_options *options,
                          const struct hooked *hooked, struct carrier **out, struct error *err)
{
    (void)options;
    (void)hooked;
    if (rest[0] != '\0')
        return FAIL(err, ST_VALIDATION, "nothing follows mock:, and here stands \"%s\"", rest);
    stator_mock *mock = mem_new(mem_heap(), sizeof *mock);
    if (mock == NULL) return FAIL_PLAIN(err, ST_NO_MEMORY);
    mock->carrier.kind = &kind;
    script_init(&mock->script);
    *out = &mock->carrier;
    return ST_OK;
}

stator_mock *stator_mock_of(stator *db)
{
    const bool is_open = db != NULL && (atomic_load(&db->calls) & HANDLE_CLOSED) == 0;
    if (!is_open || db->carrier->kind != &kind) return NULL;
    return (stator_mock *)db->carrier;
}

/* ---- what is expected */

void stator_mock_any_order(stator_mock *mock)
{
    if (mock != NULL) script_let_any_order(&mock->script);
}

void stator_mock_expect(stator_mock *mock, const char *action, const char *request)
{
    if (mock != NULL) script_expect(&mock->script, action, request);
}

/* A description with what a program may ask of it: name, key, that it is there. */
static status describe(const char *name, const char *key, struct arena *arena, struct buf *json,
                       struct error *err)
{
    struct key_spec spec = {0};
    struct definitions *all = arena_new(arena, struct definitions);
    struct request r;
    struct value table = {0};
    if (all == NULL) return FAIL_PLAIN(err, ST_NO_MEMORY);
    TRY(key_spec_read(key, name, arena, &spec, err));
    TRY(key_spec_define(all, &spec, err));
    request_begin(&r, arena);
    request_map(&r, SPAN("Table"));
    request_text(&r, SPAN("TableName"), span_of(name));
    request_text(&r, SPAN("TableStatus"), SPAN("ACTIVE"));
    key_spec_write(&spec, &r);
    key_spec_write_definitions(all, &r);
    request_end(&r);
    TRY(request_finish(&r, &table, err));
    api_text_request(SPAN("-"), table, json); /* of no operation: all of it is plain */
    TRY_PLAIN(err, buf_status(json));
    return ST_OK;
}

void stator_mock_table(stator_mock *mock, const char *name, const char *key)
{
    struct arena arena;
    struct buf json;
    if (mock == NULL) return;
    arena_init(&arena, mem_heap(), LIMIT_REQUEST_ARENA_BYTES);
    struct error err = error_in(&arena);
    buf_init(&json, arena_mem(&arena), ERROR_BYTES_MAX);
    if (name == NULL || key == NULL) {
        script_mistake(&mock->script, "a table without a name or key");
    } else if (describe(name, key, &arena, &json, &err) == ST_OK) {
        script_table(&mock->script, name, buf_view(&json));
    } else {
        const struct span why = error_text(&err);
        script_mistake(&mock->script, why.len > 0 ? (const char *)why.ptr : "out of memory");
    }
    arena_deinit(&arena);
}

/* ---- what is answered */

/* Is `json` a reply or an error that can be read? If not, the mistake is noted. */
static bool is_sound(stator_mock *mock, const char *json)
{
    struct arena arena;
    struct value v = {0};
    arena_init(&arena, mem_heap(), LIMIT_REQUEST_ARENA_BYTES);
    struct error err = error_in(&arena);
    const bool sound =
        json != NULL && api_text_reply(SPAN("-"), span_of(json), &arena, &v, &err) == ST_OK;
    if (!sound) {
        (void)FAIL(&err, ST_MISUSE, "an answer that is no JSON: %s", json != NULL ? json : "NULL");
        script_mistake(&mock->script, (const char *)error_text(&err).ptr);
    }
    arena_deinit(&arena);
    return sound;
}

static void answer_json(stator_mock *mock, script_kind how, const char *json, int times)
{
    if (mock == NULL || !is_sound(mock, json)) return;
    const struct script_answer made = {.kind = how, .times = times, .json = span_of(json)};
    script_answer(&mock->script, &made);
}

void stator_mock_reply(stator_mock *mock, const char *reply)
{
    answer_json(mock, SCRIPT_REPLY, reply, 1);
}

void stator_mock_fail_json(stator_mock *mock, const char *error, int times)
{
    answer_json(mock, SCRIPT_REFUSAL, error, times);
}

void stator_mock_fail(stator_mock *mock, const char *code, const char *message, int times)
{
    if (mock == NULL) return;
    if (code == NULL) {
        script_mistake(&mock->script, "an error without a code");
        return;
    }
    const struct script_answer made = {
        .kind = SCRIPT_CODE, .times = times, .code = code, .message = message};
    script_answer(&mock->script, &made);
}

void stator_mock_unprocessed(stator_mock *mock, double part, int times)
{
    if (mock == NULL) return;
    if (!(part >= 0 && part <= 1)) {
        script_mistake(&mock->script, "a part that is not from 0 to 1");
        return;
    }
    const struct script_answer made = {.kind = SCRIPT_UNPROCESSED, .times = times, .part = part};
    script_answer(&mock->script, &made);
}

void stator_mock_delay(stator_mock *mock, int64_t us)
{
    if (mock != NULL) script_delay(&mock->script, us);
}

/* ---- canceled transactions */

/* What DynamoDB says of a reason; of others nothing. */
static const char *message_of_reason(struct span code)
{
    static const struct {
        const char *code;
        const char *message;
    } reasons[] = {
        {"ConditionalCheckFailed", "The conditional request failed"     },
        {"TransactionConflict",    "Transaction is ongoing for the item"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(reasons); i++)
        if (span_eq(code, span_of(reasons[i].code))) return reasons[i].message;
    return NULL;
}

static void write_reason(struct span code, struct json_writer *json)
{
    const char *message = message_of_reason(code);
    json_writer_object_begin(json);
    json_writer_member_string(json, "Code", code);
    if (message != NULL) json_writer_member_string(json, "Message", span_of(message));
    json_writer_object_end(json);
}

/* The first of "a, b", and what follows its comma. */
static struct span split(struct span *rest)
{
    const struct span all = *rest;
    size_t len = 0;
    while (len < all.len && all.ptr[len] != ',') len++;
    *rest = span_drop(all, len < all.len ? len + 1 : len);
    return span_trim(span_take(all, len));
}

static void write_cancellation(const char *reasons, struct json_writer *json)
{
    struct span rest = span_of(reasons);
    json_writer_object_begin(json);
    json_writer_member_string(json, "__type", SPAN("TransactionCanceledException"));
    json_writer_key(json, SPAN("message"));
    json_writer_raw(json, SPAN("\"Transaction cancelled, please refer cancellation reasons for "
                               "specific reasons ["));
    buf_put_text(json->buf, reasons);
    buf_put_text(json->buf, "]\"");
    json_writer_key(json, SPAN("CancellationReasons"));
    json_writer_array_begin(json);
    while (rest.len > 0) write_reason(split(&rest), json);
    json_writer_array_end(json);
    json_writer_object_end(json);
}

void stator_mock_cancel(stator_mock *mock, const char *reasons, int times)
{
    struct buf error;
    struct json_writer json;
    if (mock == NULL) return;
    buf_init(&error, mem_heap(), ERROR_BYTES_MAX);
    json_writer_init(&json, &error);
    write_cancellation(reasons != NULL ? reasons : "", &json);
    buf_put_u8(&error, '\0');
    if (buf_status(&error) == ST_OK) {
        answer_json(mock, SCRIPT_REFUSAL, (const char *)error.ptr, times);
    } else {
        script_mistake(&mock->script, "out of memory");
    }
    buf_deinit(&error);
}

/* ---- what came */

size_t stator_mock_calls(stator_mock *mock, const char *action)
{
    return mock != NULL ? script_count(&mock->script, action) : 0;
}

const char *stator_mock_action(stator_mock *mock, size_t i)
{
    return mock != NULL ? script_action(&mock->script, i) : NULL;
}

const char *stator_mock_request(stator_mock *mock, size_t i)
{
    return mock != NULL ? script_json(&mock->script, i) : NULL;
}

bool stator_mock_done(stator_mock *mock, char **missing)
{
    struct buf text;
    if (missing != NULL) *missing = NULL;
    if (mock == NULL) return true;
    handout_begin(&text);
    const size_t begun = text.len;
    script_tell(&mock->script, &text);
    const bool done = text.len == begun && buf_status(&text) == ST_OK;
    char *told = handout_end(&text);
    if (!done && missing != NULL) {
        *missing = told;
    } else {
        stator_free(told);
    }
    return done;
}
