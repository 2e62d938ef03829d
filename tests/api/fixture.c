/* fixture.c -- see fixture.h. */
#include "api/fixture.h"

#include <stdio.h>

enum { REPLY_BYTES_MAX = 4 << 20, CACHE_BYTES = 1 << 20 };

static void open_store(struct fixture *f, const struct os *os)
{
    *f = (struct fixture){.os = os};
    arena_init(&f->arena, support_mem(), 1 << 20);
    f->err = error_in(&f->arena);
    const struct store_options store = {
        .mem = support_mem(), .durability = STORE_RELAXED, .cache_bytes = 8 << 20};
    assert_int_equal(store_open(&store, &f->store, &f->err), ST_OK);
}

static void open_engine(struct fixture *f, const struct engine_options *options)
{
    struct engine_options engine = *options;
    engine.mem = support_mem();
    engine.os = f->os;
    engine.store = f->store;
    assert_int_equal(engine_open(&engine, &f->engine, &f->err), ST_OK);
    const struct api_options api = {
        .mem = support_mem(),
        .os = f->os,
        .engine = f->engine,
        .threads = 2,
        .region = "us-east-1",
        .account = "000000000000",
        .expr_cache_bytes = CACHE_BYTES,
    };
    assert_int_equal(api_open(&api, &f->api, &f->err), ST_OK);
}

void fixture_open_limited(struct fixture *f, uint64_t collection_bytes_max)
{
    open_store(f, os_system());
    open_engine(f, &(struct engine_options){.collection_bytes_max = collection_bytes_max});
}

void fixture_open_on(struct fixture *f, const struct os *os, uint32_t stream_shards)
{
    open_store(f, os);
    open_engine(f, &(struct engine_options){.stream_shards = stream_shards});
}

void fixture_reopen(struct fixture *f, uint32_t stream_shards)
{
    api_close(f->api);
    engine_close(f->engine);
    open_engine(f, &(struct engine_options){.stream_shards = stream_shards});
}

void fixture_open(struct fixture *f)
{
    fixture_open_limited(f, 0);
}

void fixture_drop(struct fixture *f)
{
    api_close(f->api);
    engine_close(f->engine);
    store_close(f->store);
    arena_deinit(&f->arena);
}

void fixture_close(struct fixture *f)
{
    fixture_drop(f);
    support_mem_check();
}

static struct exchange *exchange_of(struct api_call *call)
{
    return call->transport;
}

static void on_finished(struct api_call *call)
{
    assert_false(exchange_of(call)->finished);
    exchange_of(call)->finished = true;
}

static void on_resume(struct api_call *call)
{
    struct exchange *x = exchange_of(call);
    mutex_lock(&x->lock);
    x->resumed = true;
    cond_wake_one(&x->woken);
    mutex_unlock(&x->lock);
}

static struct span said(const char *text, const char *otherwise)
{
    if (text == NULL) return span_of(otherwise);
    return text[0] == '\1' ? (struct span){0} : span_of(text);
}

void exchange_begin(struct exchange *x, const struct request *r)
{
    *x = (struct exchange){.resumed = false};
    mutex_init(&x->lock);
    cond_init(&x->woken);
    arena_init(&x->arena, support_mem(), LIMIT_REQUEST_ARENA_BYTES);
    buf_init(&x->reply, support_mem(), REPLY_BYTES_MAX);
    x->call = (struct api_call){
        .arena = &x->arena,
        .method = said(r->method, "POST"),
        .path = said(r->path, "/"),
        .query = said(r->query, ""),
        .target = said(r->target, "DynamoDB_20120810.ListTables"),
        .content_type = said(r->content_type, "application/x-amz-json-1.0"),
        .authorization = said(r->authorization, SIGNED),
        .date = said(r->date, "20260101T000000Z"),
        .origin = said(r->origin, ""),
        .cors_headers = said(r->cors_headers, ""),
        .cors_method = said(r->cors_method, ""),
        .body = said(r->body, "{}"),
        .reply = &x->reply,
        .finished = on_finished,
        .resume = on_resume,
        .transport = x,
    };
}

/* Send it and wait for the end. */
void exchange_run(struct exchange *x, struct fixture *f)
{
    api_start(f->api, &x->call);
    if (x->finished) return;
    mutex_lock(&x->lock);
    while (!x->resumed) cond_wait(&x->woken, &x->lock);
    mutex_unlock(&x->lock);
    api_continue(&x->call);
    assert_true(x->finished);
}

void exchange_end(struct exchange *x)
{
    buf_deinit(&x->reply);
    arena_deinit(&x->arena);
    cond_deinit(&x->woken);
    mutex_deinit(&x->lock);
}

void assert_reply(struct fixture *f, const struct request *r, int http_status, const char *body)
{
    struct exchange x;
    exchange_begin(&x, r);
    exchange_run(&x, f);
    support_assert_text(buf_view(&x.reply), body);
    assert_int_equal(x.call.http_status, http_status);
    exchange_end(&x);
}

/* An operation that answers 200. */
void assert_done(struct fixture *f, const char *target, const char *body, const char *reply)
{
    assert_reply(f, &(struct request){.target = target, .body = body}, 200, reply);
}

void make_table(struct fixture *f)
{
    struct exchange x;
    exchange_begin(&x, &(struct request){.target = TARGET("CreateTable"), .body = MAKE_TABLE});
    exchange_run(&x, f);
    assert_int_equal(x.call.http_status, 200);
    exchange_end(&x);
}

void make_indexed_table(struct fixture *f)
{
    const struct request r = {
        .target = TARGET("CreateTable"),
        .body = "{\"TableName\":\"notes\",\"BillingMode\":\"PAY_PER_REQUEST\","
                "\"AttributeDefinitions\":[{\"AttributeName\":\"pk\",\"AttributeType\":\"S\"},"
                "{\"AttributeName\":\"sk\",\"AttributeType\":\"S\"},"
                "{\"AttributeName\":\"g\",\"AttributeType\":\"S\"},"
                "{\"AttributeName\":\"n\",\"AttributeType\":\"N\"}],"
                "\"KeySchema\":[{\"AttributeName\":\"pk\",\"KeyType\":\"HASH\"},"
                "{\"AttributeName\":\"sk\",\"KeyType\":\"RANGE\"}],"
                "\"LocalSecondaryIndexes\":[{\"IndexName\":\"by-n\",\"KeySchema\":["
                "{\"AttributeName\":\"pk\",\"KeyType\":\"HASH\"},"
                "{\"AttributeName\":\"n\",\"KeyType\":\"RANGE\"}],"
                "\"Projection\":{\"ProjectionType\":\"KEYS_ONLY\"}}],"
                "\"GlobalSecondaryIndexes\":[{\"IndexName\":\"by-g\",\"KeySchema\":["
                "{\"AttributeName\":\"g\",\"KeyType\":\"HASH\"}],"
                "\"Projection\":{\"ProjectionType\":\"INCLUDE\",\"NonKeyAttributes\":"
                "[\"z\",\"x\"]}}]}",
    };
    struct exchange x;
    exchange_begin(&x, &r);
    exchange_run(&x, f);
    assert_int_equal(x.call.http_status, 200);
    exchange_end(&x);
}
