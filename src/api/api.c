/* api.c -- one request from its headers to its reply.
 *
 *     api_start
 *       ├─ plain    GET but of a feed, OPTIONS, wrong method, path or content type: no operation
 *       └─ operate  target -> signature -> field_read -> field_check -> run ─┬─ answer
 *                   name                -> field_fill                        └─ (waits) finish
 *
 * A call from within the process has a name instead of a target and a signature, and comes as a
 * value or as JSON.
 *
 * DynamoDB looks at the body's JSON before it looks at the target and the signature. Here the body
 * is read once, by its fields, after both; only where one of the two fails is it read for its
 * syntax first, so the order seen from outside is the same and the common path pays nothing.
 *
 * A call's state is a struct api_own in its arena. Between run and finish it belongs to the
 * engine's done function, which may be called before run returns: see O1 in op.h.
 */
#include "api/api.h"

#include <assert.h>
#include <string.h>

#include "api/arn.h"
#include "api/auth_form.h"
#include "api/dispatch.h"
#include "api/explain.h"
#include "api/feed_place.h"
#include "api/reply.h"
#include "api/wording.h"
#include "base/bytes.h"
#include "json/json_reader.h"

/* What one thread alone uses; apart, so that threads share no cache line. */
struct api_thread {
    struct expr_cache *cache;
    uint64_t random; /* of request ids */
    uint8_t apart[112];
};

struct api {
    struct api_options options; /* constant after api_open */
    struct api_thread *threads;
};

struct api_own {
    struct call call;
    struct error err;
    struct reply_writer writer;
};

/* ---- opening and closing */

static status thread_open(const struct api_options *options, struct api_thread *thread)
{
    uint8_t seed[8];
    TRY(os_entropy(options->os, seed, sizeof seed));
    thread->random = bytes_load_u64(seed);
    return expr_cache_new(options->mem, options->expr_cache_bytes, &thread->cache);
}

static status threads_open(struct api *api)
{
    const struct api_options *options = &api->options;
    api->threads = mem_new_array(options->mem, options->threads, sizeof *api->threads);
    if (api->threads == NULL) return ST_NO_MEMORY;
    for (unsigned i = 0; i < options->threads; i++) TRY(thread_open(options, &api->threads[i]));
    return ST_OK;
}

status api_open(const struct api_options *options, struct api **out, struct error *err)
{
    struct api *api = mem_new(options->mem, sizeof *api);
    if (api == NULL) return FAIL_PLAIN(err, ST_NO_MEMORY);
    api->options = *options;
    const status st = options->threads > 0 ? threads_open(api) : ST_OK;
    if (st != ST_OK) {
        api_close(api);
        return FAIL_PLAIN(err, st);
    }
    *out = api;
    return ST_OK;
}

void api_close(struct api *api)
{
    if (api == NULL) return;
    const struct api_options options = api->options;
    for (unsigned i = 0; api->threads != NULL && i < options.threads; i++) {
        if (api->threads[i].cache != NULL) expr_cache_free(api->threads[i].cache);
    }
    if (api->threads != NULL)
        mem_free(options.mem, api->threads, options.threads * sizeof *api->threads);
    mem_free(options.mem, api, sizeof *api);
}

/* ---- request ids */

/* splitmix64: ids must differ, not surprise. */
static uint64_t random_next(struct api_thread *thread)
{
    uint64_t z = thread->random += 0x9E3779B97F4A7C15U;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31);
}

void api_request_id(struct api *api, unsigned thread, char out[API_REQUEST_ID_BYTES + 1])
{
    struct api_thread *own = &api->threads[thread];
    assert(thread < api->options.threads);
    static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUV";
    enum { DIGIT_BITS = 5, WORDS = 4, DIGITS_OF_A_WORD = API_REQUEST_ID_BYTES / WORDS };
    static_assert(WORDS * DIGITS_OF_A_WORD == API_REQUEST_ID_BYTES, "words make a whole id");
    for (char *at = out; at < out + API_REQUEST_ID_BYTES; at += DIGITS_OF_A_WORD) {
        uint64_t word = random_next(own); /* the last digit has its four highest bits */
        for (size_t i = 0; i < DIGITS_OF_A_WORD; i++, word >>= DIGIT_BITS)
            at[i] = digits[word & 31];
    }
    out[API_REQUEST_ID_BYTES] = '\0';
}

/* ---- requests that ask for no operation */

static void add_header(struct api_call *call, struct span name, struct span value)
{
    assert(call->header_count < API_HEADERS_MAX);
    call->headers[call->header_count++] = (struct api_header){name, value};
}

/* A browser asks whether it may send: DynamoDB allows whatever it asks for. */
static void answer_preflight(struct api_call *call)
{
    if (call->cors_headers.len > 0) {
        add_header(call, SPAN("Access-Control-Allow-Headers"), call->cors_headers);
    }
    if (call->cors_method.len > 0) {
        add_header(call, SPAN("Access-Control-Allow-Methods"), call->cors_method);
    }
    add_header(call, SPAN("Access-Control-Max-Age"), SPAN("172800"));
    call->http_status = 200;
}

static void answer_health(const struct api *api, struct api_call *call)
{
    buf_printf(call->reply, "healthy: dynamodb.%s.amazonaws.com ", api->options.region);
    call->http_status = 200;
}

static void answer_no_such_page(struct api_call *call)
{
    buf_put_text(call->reply, "<UnknownOperationException/>\n");
    call->http_status = 404;
}

/* The types of body that are read; the reply has the request's. */
static bool json_type(struct span content_type, struct span *reply_type)
{
    const struct span types[] = {SPAN("application/x-amz-json-1.0"), SPAN("application/json")};
    size_t len = 0;
    while (len < content_type.len && content_type.ptr[len] != ';') len++;
    const struct span type = span_trim(span_take(content_type, len));
    for (size_t i = 0; i < ARRAY_COUNT(types); i++) {
        if (!span_eq_nocase(type, types[i])) continue;
        *reply_type = types[i];
        return true;
    }
    return false;
}

/* Answer a request that asks for no operation. False: it does ask for one. */
static bool answer_plain(const struct api *api, struct api_call *call)
{
    if (call->origin.len > 0) add_header(call, SPAN("Access-Control-Allow-Origin"), SPAN("*"));
    if (span_eq(call->method, SPAN("OPTIONS")) && call->origin.len > 0) {
        answer_preflight(call);
        return true;
    }
    if (feed_place_is_asked(call)) {
        call->reply_type = SPAN("application/json");
        return false;
    }
    if (span_eq(call->method, SPAN("GET"))) {
        answer_health(api, call);
        return true;
    }
    const bool is_json = json_type(call->content_type, &call->reply_type);
    const bool is_known = span_eq(call->method, SPAN("POST")) && span_eq(call->path, SPAN("/")) &&
                          (is_json || call->body.len == 0);
    if (!is_known) {
        call->reply_type = (struct span){0};
        answer_no_such_page(call);
        return true;
    }
    if (!is_json) call->reply_type = SPAN("application/json");
    return false;
}

/* ---- replies */

static bool is_within(const struct api_call *outer)
{
    return outer->operation.len > 0;
}

static void finish(struct api_own *own)
{
    struct api_call *outer = own->call.outer;
    for (struct call_scope *part = own->call.scopes; part != NULL; part = part->next)
        expr_scope_release(&part->scope);
    outer->finished(outer);
}

/* Begin the reply, anew if there was one. */
static void reply_begin(struct api_own *own)
{
    const struct api_call *outer = own->call.outer;
    if (own->writer.tree != NULL) {
        reply_tree_init(own->writer.tree, outer->arena);
        return;
    }
    buf_clear(outer->reply);
    json_writer_init(&own->writer.json, outer->reply);
}

/* End it. What of an error could not be written is missing. */
static status reply_end(struct api_own *own)
{
    TRY(reply_writer_status(&own->writer));
    if (own->writer.tree != NULL) own->call.outer->answer = reply_tree_view(own->writer.tree);
    return ST_OK;
}

static void answer_error(struct api_own *own, status st)
{
    struct api_call *outer = own->call.outer;
    assert(status_info(st)->wire != NULL);
    if (own->err.status != st) (void)FAIL_PLAIN(&own->err, st);
    if (st == ST_VALIDATION && own->call.wording == API_WORDING_CURRENT)
        wording_renew(own->call.op, &own->err);
    outer->outcome = st;
    outer->http_status = status_info(st)->http;
    reply_begin(own);
    reply_error(&own->call);
    (void)reply_end(own);
}

static status answer_done(struct api_own *own)
{
    struct api_call *outer = own->call.outer;
    reply_writer_object_end(&own->writer);
    TRY(reply_end(own));
    outer->outcome = ST_OK;
    outer->http_status = own->call.is_over ? 204 : 200;
    if (own->call.has_no_body && outer->reply != NULL) buf_clear(outer->reply);
    return ST_OK;
}

/* Beside a reply that is written: it and its length are the same with an explanation. */
static void give_explanation(struct api_own *own)
{
    struct api_call *outer = own->call.outer;
    explain_end(&own->call, outer->explain);
    outer->explanation = own->call.explanation;
    if (outer->explanation.len == 0 || is_within(outer)) return;
    add_header(outer, SPAN("x-stator-explanation"), outer->explanation);
    if (outer->origin.len > 0)
        add_header(outer, SPAN("Access-Control-Expose-Headers"), SPAN("x-stator-explanation"));
}

/* Close the reply of an operation that ended with `st`. */
static void answer(struct api_own *own, status st)
{
    if (st == ST_OK) st = answer_done(own);
    if (st != ST_OK) answer_error(own, st);
    if (own->call.outer->explain.len > 0) give_explanation(own);
    finish(own);
}

/* ---- operations */

/* Is the body JSON, whatever it says? */
static status check_syntax(struct api_own *own)
{
    const struct api_call *outer = own->call.outer;
    if (outer->body.len == 0 || outer->request.type != VALUE_NONE) return ST_OK;
    struct json_reader json;
    json_reader_init(&json, outer->arena, outer->body);
    json_token token = JSON_NULL;
    struct span text = {0};
    while (token != JSON_END) TRY_PLAIN(&own->err, json_reader_next(&json, &token, &text));
    return ST_OK;
}

static const struct dispatch_entry *find_entry(const struct api_call *outer)
{
    if (is_within(outer)) return dispatch_find_name(outer->operation);
    return feed_place_is_asked(outer) ? dispatch_find_feed() : dispatch_find(outer->target);
}

static status find_operation(struct api_own *own, const struct api_options *options)
{
    const struct api_call *outer = own->call.outer;
    const bool within = is_within(outer);
    struct error *err = &own->err;
    const struct dispatch_entry *entry = find_entry(outer);
    if (entry == NULL) return FAIL_PLAIN(err, ST_UNKNOWN_OPERATION);
    if (!within) TRY(auth_form_check(outer, err));
    if (entry->op == NULL) {
        return FAIL(err, ST_UNKNOWN_OPERATION, "%s is not in this version of Stator (%s)",
                    entry->name, STATOR_VERSION);
    }
    own->call.op = entry->op;
    own->call.op_name = entry->name;
    own->call.caller = caller_default(options);
    own->call.caller.space.helps = outer->helps;
    own->call.caller.space.snapshot = outer->snapshot;
    return within ? ST_OK : caller_find(options, outer, &own->call.caller, err);
}

static status read_members(const struct call *call)
{
    const struct field_shape *shape = &call->op->shape;
    const struct api_call *outer = call->outer;
    if (feed_place_is_asked(outer)) return ST_OK; /* it has no body */
    if (outer->request.type != VALUE_NONE)
        return field_fill(shape, outer->request, call->arena, call->in, call->err);
    return field_read(shape, outer->body, call->arena, call->in, call->err);
}

/* A body of 16 MiB may be a list of millions of elements. It is the request that is too large then:
 * the server has memory, and to try again is no use. */
static status judge_size(const struct call *call, status st)
{
    if (st != ST_NO_MEMORY || !call->arena->met_max) return st;
    return FAIL(call->err, ST_TOO_LARGE, "Request takes more than %d bytes to be read",
                LIMIT_REQUEST_ARENA_BYTES);
}

static status read_request(struct api_own *own)
{
    struct call *call = &own->call;
    const struct field_shape *shape = &call->op->shape;
    struct field_terms terms = {
        .wording = wording_of(call->op, call->wording),
        .region = call->caller.region,
        .account = call->caller.account,
    };
    call->in = arena_alloc(call->arena, shape->size);
    if (call->in == NULL) return FAIL_PLAIN(call->err, ST_NO_MEMORY);
    TRY(judge_size(call, read_members(call)));
    TRY(field_check(shape, &terms, call->in, call->err));
    return terms.foreign_arn.len > 0 ? arn_fail_foreign(call, terms.foreign_arn) : ST_OK;
}

static void operate(struct api_own *own, const struct api_options *options)
{
    status st = find_operation(own, options);
    if (st != ST_OK) {
        const status syntax = check_syntax(own);
        answer(own, syntax != ST_OK ? syntax : st);
        return;
    }
    st = read_request(own);
    if (st != ST_OK) {
        answer(own, st);
        return;
    }
    reply_begin(own);
    reply_writer_object_begin(&own->writer);

    const bool waits = own->call.op->finish != NULL;
    st = own->call.op->run(&own->call, own->call.in);
    if (st == ST_OK && waits) return; /* `own` is the engine's now */
    answer(own, st);
}

void op_done(void *ctx, status st)
{
    struct call *call = ctx;
    call->written = st;
    call->outer->resume(call->outer);
}

void api_continue(struct api_call *outer)
{
    struct api_own *own = outer->own;
    assert(own->call.op->finish != NULL);
    answer(own, own->call.op->finish(&own->call, own->call.in, own->call.written));
}

static struct api_own *own_new(struct api *api, struct api_call *outer)
{
    struct api_own *own = arena_new(outer->arena, struct api_own);
    if (own == NULL) return NULL;
    if (outer->reply == NULL) {
        own->writer.tree = arena_alloc_raw(outer->arena, sizeof *own->writer.tree);
        if (own->writer.tree == NULL) return NULL;
    }
    own->err = error_in(outer->arena);
    own->call = (struct call){
        .cache = outer->cache != NULL ? outer->cache : api->threads[outer->thread].cache,
        .os = api->options.os,
        .wording = api->options.wording,
        .arena = outer->arena,
        .err = &own->err,
        .reply = &own->writer,
        .host = outer->host,
        .if_version = outer->if_version,
        .index_scope = outer->index_scope,
        .version = &outer->version,
        .explains = outer->explain.len > 0 && explain_is_asked(outer->explain),
        .outer = outer,
    };
    own->call.engine = &own->call.caller.space;
    outer->own = own;
    return own;
}

/* What is done of a call from outside before its operation. False: it is answered. */
static bool start_outside(struct api *api, struct api_call *outer)
{
    assert(outer->thread < api->options.threads);
    assert(outer->reply != NULL);
    api_request_id(api, outer->thread, outer->request_id);
    return !answer_plain(api, outer);
}

void api_start(struct api *api, struct api_call *outer)
{
    assert(outer->finished != NULL);
    assert(outer->cache != NULL || outer->thread < api->options.threads);
    if (!is_within(outer) && !start_outside(api, outer)) {
        outer->finished(outer);
        return;
    }
    struct api_own *own = own_new(api, outer);
    if (own == NULL) { /* not even room for an error: an empty body */
        outer->outcome = ST_NO_MEMORY;
        outer->http_status = status_info(ST_NO_MEMORY)->http;
        outer->finished(outer);
        return;
    }
    operate(own, &api->options);
}
