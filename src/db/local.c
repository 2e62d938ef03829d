/* local.c -- a database in this process.
 *
 *     local_call -> api_start ─┬─ (a read) answered
 *                              └─ (a write) queued -> engine_help -> resume -> api_continue
 *
 * The request goes to the operation as it lies, and the answer is made in the caller's arena: no
 * JSON, no socket; the same fields, checks and sentences as over HTTP. While a thread waits for its
 * write it commits what is queued, its own and others' (engine_help): a caller alone never waits
 * for another thread.
 *
 * L1  A waiter lives on the stack of the thread that waits; setting is_resumed is the last that
 *     anyone else does with it.
 */
#include <stdatomic.h>
#include <string.h>

#include "api/api.h"
#include "api/api_text.h"
#include "db/answer.h"
#include "db/carriers.h"
#include "db/keep.h"
#include "instance/instance.h"

enum { CACHE_MB = 64, CACHE_MB_MAX = 1 << 20, MB_SHIFT = 20, TEXTS_BYTES_MAX = 64 << 10 };

struct local {
    struct carrier carrier; /* its first member */
    struct arena arena;     /* of the instance's texts */
    struct instance *instance;
};

struct waiter {
    atomic_bool is_resumed;
    bool is_finished; /* this thread's own */
};

/* ---- one call */

static void finished(struct api_call *call)
{
    struct waiter *waiter = call->transport;
    waiter->is_finished = true;
}

static void resume(struct api_call *call)
{
    struct waiter *waiter = call->transport;
    atomic_store_explicit(&waiter->is_resumed, true, memory_order_release);
}

static void run(struct local *local, struct api_call *call)
{
    struct waiter waiter = {.is_finished = false};
    call->transport = &waiter;
    api_start(instance_api(local->instance), call);
    while (!waiter.is_finished) {
        engine_help(instance_engine(local->instance), &waiter.is_resumed);
        atomic_store_explicit(&waiter.is_resumed, false, memory_order_relaxed);
        api_continue(call);
    }
}

/* ---- what came of it */

static bool passes(status st, struct value answer)
{
    static const status some[] = {ST_THROTTLED, ST_OVER_MAXIMUM, ST_TX_CONFLICT, ST_BUSY};
    for (size_t i = 0; i < ARRAY_COUNT(some); i++)
        if (some[i] == st) return true;
    return st == ST_TX_CANCELED && answer_reasons_are(answer, client_reason_passes);
}

static bool conflicts(status st, struct value answer)
{
    return st == ST_TX_CONFLICT ||
           (st == ST_TX_CANCELED && answer_reasons_are(answer, client_reason_conflicts));
}

/* "ValidationException" of "com.amazon…#ValidationException". */
static struct span short_type(struct span type)
{
    size_t start = 0;
    for (size_t i = 0; i < type.len; i++)
        if (type.ptr[i] == '#') start = i + 1;
    return span_drop(type, start);
}

/* As the client says of a server's: a transaction is refused by a condition if any refused it. */
static status outcome_of(status st, struct value answer)
{
    const bool is_condition = st == ST_TX_CANCELED && answer_has_refused_condition(answer);
    return is_condition ? ST_CONDITION_FAILED : st;
}

/* The error as a value: where JSON was asked for, it is read again. */
static struct value error_of(const struct carry *carry, const struct api_call *call)
{
    struct value read = {0};
    struct error err = error_in(carry->arena);
    if (carry->reply == NULL) return call->answer;
    const status st =
        api_text_reply(carry->operation, buf_view(carry->reply), carry->arena, &read, &err);
    return st == ST_OK ? read : (struct value){0};
}

static void report_failure(struct carry *carry)
{
    struct client_report *report = &carry->report;
    report->status = outcome_of(report->status, carry->answer);
    report->code = short_type(answer_member(carry->answer, "__type", VALUE_S).body);
    report->message = answer_message(carry->answer);
    report->is_retryable = passes(report->status, carry->answer);
    report->is_conflict = conflicts(report->status, carry->answer);
}

static void local_call(struct carrier *carrier, struct carry *carry)
{
    struct local *local = (struct local *)carrier;
    struct api_call call = {
        .operation = carry->operation,
        .request = carry->request,
        .body = carry->body,
        .reply = carry->reply,
        .arena = carry->arena,
        .cache = carry->cache,
        .helps = true,
        .if_version = carry->if_version,
        .index_scope = carry->index_scope,
        .snapshot = carry->snapshot,
        .explain = carry->explanation != NULL ? SPAN("all") : (struct span){0},
        .finished = finished,
        .resume = resume,
    };
    run(local, &call);
    if (carry->explanation != NULL) buf_put(carry->explanation, call.explanation);
    carry->version = call.version;
    carry->report.status = call.outcome;
    carry->report.http_status = call.http_status;
    carry->report.attempts = 1;
    carry->answer = call.outcome != ST_OK ? error_of(carry, &call) : call.answer;
    if (call.outcome != ST_OK) report_failure(carry);
}

/* ---- opening and closing */

static void local_close(struct carrier *carrier)
{
    struct local *local = (struct local *)carrier;
    instance_close(local->instance);
    arena_deinit(&local->arena);
    mem_free(mem_heap(), local, sizeof *local);
}

static struct instance *local_instance(struct carrier *carrier)
{
    return ((struct local *)carrier)->instance;
}

static const struct carrier_kind kind = {
    .call = local_call,
    .instance = local_instance,
    .close = local_close,
};

static status read_wording(const char *text, api_wording *out, struct error *err)
{
    if (text == NULL || strcmp(text, "classic") == 0) {
        *out = API_WORDING_CLASSIC;
    } else if (strcmp(text, "current") == 0) {
        *out = API_WORDING_CURRENT;
    } else {
        return FAIL(err, ST_VALIDATION, "wording is \"classic\" or \"current\", not \"%s\"", text);
    }
    return ST_OK;
}

static status check(const stator_options *options, struct error *err)
{
    if (options->durability != STATOR_SYNC && options->durability != STATOR_RELAXED)
        return FAIL(err, ST_VALIDATION, "durability is STATOR_SYNC or STATOR_RELAXED");
    if (options->cache_mb < 0 || options->cache_mb > CACHE_MB_MAX)
        return FAIL(err, ST_VALIDATION, "cache_mb is at most %d", CACHE_MB_MAX);
    return ST_OK;
}

static status copy_text(struct arena *arena, const char *text, const char **out, struct error *err)
{
    if (text == NULL) return ST_OK;
    *out = keep_text(arena, span_of(text));
    return *out != NULL ? ST_OK : FAIL_PLAIN(err, ST_NO_MEMORY);
}

static status open(const char *dir, const stator_options *options, const struct hooked *hooked,
                   struct local *local, struct error *err)
{
    const int cache_mb = options->cache_mb > 0 ? options->cache_mb : CACHE_MB;
    struct instance_options instance = {
        .mem = mem_heap(),
        .os = &hooked->clock,
        .durability = options->durability == STATOR_RELAXED ? STORE_RELAXED : STORE_SYNC,
        .cache_bytes = (size_t)cache_mb << MB_SHIFT,
        .sweep_every_ms = INSTANCE_SWEEP_EVERY_MS,
        .threads = 1, /* which nobody is: callers bring caches of their own */
    };
    TRY(check(options, err));
    TRY(copy_text(&local->arena, dir, &instance.dir, err));
    TRY(copy_text(&local->arena, options->region, &instance.region, err));
    TRY(read_wording(options->wording, &instance.wording, err));
    return instance_open(&instance, &local->instance, err);
}

static status open_new(const char *dir, const stator_options *options, const struct hooked *hooked,
                       struct carrier **out, struct error *err)
{
    struct local *local = mem_new(mem_heap(), sizeof *local);
    if (local == NULL) return FAIL_PLAIN(err, ST_NO_MEMORY);
    local->carrier.kind = &kind;
    arena_init(&local->arena, mem_heap(), TEXTS_BYTES_MAX);
    const status st = open(dir, options, hooked, local, err);
    if (st == ST_OK) {
        *out = &local->carrier;
    } else {
        local_close(&local->carrier);
    }
    return st;
}

status carriers_open_file(const char *rest, const stator_options *options,
                          const struct hooked *hooked, struct carrier **out, struct error *err)
{
    if (rest[0] == '\0') return FAIL(err, ST_VALIDATION, "file: is followed by a directory");
    return open_new(rest, options, hooked, out, err);
}

status carriers_open_memory(const char *rest, const stator_options *options,
                            const struct hooked *hooked, struct carrier **out, struct error *err)
{
    if (rest[0] != '\0')
        return FAIL(err, ST_VALIDATION, "nothing follows mem:, and here stands \"%s\"", rest);
    return open_new(NULL, options, hooked, out, err);
}
