/* house.c -- see house.h. */
#include "fault/house.h"

#include <stdio.h>
#include <unistd.h>

#include "api/fixture.h"

enum { CACHE_BYTES = 4 << 20, EXPR_CACHE_BYTES = 1 << 16, ARENA_BYTES = 4 << 20, POLL_US = 1000 };

/* ---- the machine */

static uint64_t now_ms(void *ctx)
{
    struct house *house = ctx;
    const uint64_t look = atomic_fetch_add(&house->looks, 1) + 1;
    if (look == atomic_load(&house->jumps_at))
        atomic_fetch_add(&house->clock_ms, (uint64_t)atomic_load(&house->jump_ms));
    return atomic_load(&house->clock_ms);
}

static uint64_t ticks_ns(void *ctx)
{
    (void)ctx;
    return os_ticks_ns(os_system());
}

static status entropy(void *ctx, uint8_t *out, size_t size)
{
    struct house *house = ctx;
    const uint64_t draw = atomic_fetch_add(&house->draws, 1) + 1;
    if (draw == atomic_load(&house->dry_at)) return ST_IO;
    return os_entropy(os_system(), out, size);
}

void house_init(struct house *house)
{
    *house = (struct house){.clock_ms = 1700000000000};
    house->os = (struct os){.ctx = house,
                            .now_ms = now_ms,
                            .ticks_ns = ticks_ns,
                            .entropy = entropy,
                            .wait = os_system()->wait,
                            .variable = os_system()->variable};
    arena_init(&house->arena, mem_heap(), ARENA_BYTES);
    house->err = error_in(&house->arena);
}

void house_deinit(struct house *house)
{
    arena_deinit(&house->arena);
}

status house_open(struct house *house, const char *folder)
{
    const struct instance_options options = {.mem = support_mem(),
                                             .os = &house->os,
                                             .dir = folder,
                                             .durability = STORE_SYNC,
                                             .cache_bytes = CACHE_BYTES,
                                             .expr_cache_bytes = EXPR_CACHE_BYTES,
                                             .threads = 1};
    house->err = error_in(&house->arena);
    return instance_open(&options, &house->instance, &house->err);
}

void house_close(struct house *house)
{
    instance_close(house->instance);
    house->instance = NULL;
}

/* ---- asking */

static void keep_reply(struct house *house, struct span reply)
{
    const size_t len = reply.len < sizeof house->reply - 1 ? reply.len : sizeof house->reply - 1;
    if (len > 0) memcpy(house->reply, reply.ptr, len);
    house->reply[len] = '\0';
}

static bool is_of_streams(const char *operation)
{
    return strstr(operation, "Stream") != NULL || strstr(operation, "GetRecords") != NULL ||
           strstr(operation, "ShardIterator") != NULL;
}

status house_ask(struct house *house, const char *operation, const char *body)
{
    struct fixture f = {.api = instance_api(house->instance)};
    char target[100];
    struct exchange x;
    (void)snprintf(target, sizeof target, "%s%s",
                   is_of_streams(operation) ? STREAMS_TARGET("") : TARGET(""), operation);
    exchange_begin(&x, &(struct request){.target = target, .body = body});
    exchange_run(&x, &f);
    const status st = buf_status(&x.reply) == ST_OK ? x.call.outcome : ST_NO_MEMORY;
    keep_reply(house, buf_view(&x.reply));
    exchange_end(&x);
    return st;
}

status house_sweep(struct house *house)
{
    uint64_t deleted = 0;
    house->err = error_in(&house->arena);
    return engine_sweep(instance_engine(house->instance), &deleted, &house->err);
}

static void print_problem(void *ctx, const char *text)
{
    (void)ctx;
    (void)fprintf(stderr, "%s\n", text);
}

void house_check(struct house *house, struct engine_check *check)
{
    *check = (struct engine_check){.problem = print_problem};
    house->err = error_in(&house->arena);
    assert_int_equal(engine_check(instance_engine(house->instance), check, &house->err), ST_OK);
    assert_int_equal(check->problems, 0);
}

bool house_wait_until_said(struct house *house, const char *table, const char *text, bool said,
                           unsigned most_ms)
{
    char body[100];
    (void)snprintf(body, sizeof body, "{\"TableName\":\"%s\"}", table);
    for (unsigned ms = 0; ms <= most_ms; ms++) {
        const status st = house_ask(house, "DescribeTable", body);
        if (st == ST_NOT_FOUND) return true;
        if (st == ST_OK && (strstr(house->reply, text) != NULL) == said) return true;
        usleep(POLL_US);
    }
    return false;
}

/* ---- streams */

static unsigned count_of(const char *text, const char *part)
{
    unsigned count = 0;
    while ((text = strstr(text, part)) != NULL) {
        text++;
        count++;
    }
    return count;
}

/* The string that is the value of the `nth` member of that name in the reply; false: none. */
static bool take(const struct house *house, const char *name, unsigned nth, char out[1024])
{
    char mark[100];
    const int len = snprintf(mark, sizeof mark, "\"%s\":\"", name);
    const char *at = house->reply;
    while ((at = strstr(at, mark)) != NULL && nth-- > 0) at++;
    if (at == NULL) return false;
    at += len;
    const size_t size = strcspn(at, "\"");
    assert_true(size < 1024);
    memcpy(out, at, size);
    out[size] = '\0';
    return true;
}

static status count_in_shard(struct house *house, const char *stream, const char *shard,
                             const char *text, unsigned *records)
{
    char body[3000], iterator[1024];
    (void)snprintf(body, sizeof body,
                   "{\"StreamArn\":\"%s\",\"ShardId\":\"%s\","
                   "\"ShardIteratorType\":\"TRIM_HORIZON\"}",
                   stream, shard);
    TRY(house_ask(house, "GetShardIterator", body));
    assert_true(take(house, "ShardIterator", 0, iterator));
    (void)snprintf(body, sizeof body, "{\"ShardIterator\":\"%s\"}", iterator);
    TRY(house_ask(house, "GetRecords", body)); /* fewer than fill a page */
    *records += count_of(house->reply, text);
    return ST_OK;
}

static status count_in_stream(struct house *house, const char *stream, const char *text,
                              unsigned *records)
{
    char shard[1024], body[1200];
    (void)snprintf(body, sizeof body, "{\"StreamArn\":\"%s\"}", stream);
    for (unsigned i = 0;; i++) {
        TRY(house_ask(house, "DescribeStream", body));
        if (!take(house, "ShardId", i, shard)) return ST_OK;
        TRY(count_in_shard(house, stream, shard, text, records));
    }
}

status house_read_records(struct house *house, const char *event, unsigned *records)
{
    char stream[1024], text[100];
    (void)snprintf(text, sizeof text, "\"eventName\":\"%s", event == NULL ? "" : event);
    *records = 0;
    for (unsigned i = 0;; i++) {
        TRY(house_ask(house, "ListStreams", "{}"));
        if (!take(house, "StreamArn", i, stream)) return ST_OK;
        TRY(count_in_stream(house, stream, text, records));
    }
}

unsigned house_records(struct house *house, const char *event)
{
    unsigned records = 0;
    if (house_read_records(house, event, &records) != ST_OK)
        fail_msg("the change log is not read: %s", house->reply);
    return records;
}
