/* call.c -- fuzz DynamoDB's operations whole, over a database in memory: each line of the input is
 * an operation and the JSON of its request, or a path, and is asked as a client would.
 *
 *     PutItem {"TableName":"ttt","Item":{"pk":{"S":"a"}}}
 *     /streams/ttt?from=TRIM_HORIZON
 *
 * A line that names a header of the api sets it for the next request ("Last-Event-ID: 1-2-3"); no
 * value leaves it out. Marks in a request stand for what was answered last: $T for the NextToken,
 * $A for the ARN of a stream, … (`kept` below). Each answer said to be JSON is one object, and none
 * says that it was the database's fault. The database goes on from input to input (database.h),
 * with tables that are made again when they are gone.
 *
 * "damage 12 30 255" changes what is stored (database_damage): from there on failures may be the
 * database's, but they are answers, and nothing crashes.
 */
#include <assert.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/api_feed.h"
#include "database.h"
#include "errand.h"
#include "json/json_reader.h"

enum {
    LINES_MAX = 12,
    LINE_BYTES_MAX = 1 << 14,
    KEPT_BYTES_MAX = 2048,
};

#define AUTHORIZATION                                                                              \
    "AWS4-HMAC-SHA256 Credential=k/20260101/us-east-1/dynamodb/aws4_request, "                     \
    "SignedHeaders=host;x-amz-date, Signature=00"

/* What an answer said last for a member, and what stands for it in requests. */
static struct kept {
    const char *mark, *member;
    uint8_t bytes[KEPT_BYTES_MAX];
    size_t len;
} kept[] = {
    {.mark = "$T", .member = "NextToken"        },
    {.mark = "$I", .member = "ShardIterator"    },
    {.mark = "$N", .member = "NextShardIterator"},
    {.mark = "$A", .member = "LatestStreamArn"  },
    {.mark = "$S", .member = "ShardId"          },
    {.mark = "$P", .member = "SequenceNumber"   },
};

#define MAKE_T                                                                                     \
    "CreateTable {\"TableName\":\"ttt\",\"AttributeDefinitions\":[{\"AttributeName\":\"pk\","      \
    "\"AttributeType\":\"S\"},{\"AttributeName\":\"sk\",\"AttributeType\":\"N\"},"                 \
    "{\"AttributeName\":\"g\",\"AttributeType\":\"S\"},{\"AttributeName\":\"l\","                  \
    "\"AttributeType\":\"B\"}],\"KeySchema\":[{\"AttributeName\":\"pk\",\"KeyType\":\"HASH\"},"    \
    "{\"AttributeName\":\"sk\",\"KeyType\":\"RANGE\"}],\"LocalSecondaryIndexes\":[{\"IndexName\":" \
    "\"by-l\",\"KeySchema\":[{\"AttributeName\":\"pk\",\"KeyType\":\"HASH\"},{\"AttributeName\":"  \
    "\"l\",\"KeyType\":\"RANGE\"}],\"Projection\":{\"ProjectionType\":\"KEYS_ONLY\"}}],"           \
    "\"GlobalSecondaryIndexes\":[{\"IndexName\":\"by-g\",\"KeySchema\":[{\"AttributeName\":\"g\"," \
    "\"KeyType\":\"HASH\"},{\"AttributeName\":\"sk\",\"KeyType\":\"RANGE\"}],\"Projection\":"      \
    "{\"ProjectionType\":\"ALL\"}}],\"BillingMode\":\"PAY_PER_REQUEST\",\"StreamSpecification\":"  \
    "{\"StreamEnabled\":true,\"StreamViewType\":\"NEW_AND_OLD_IMAGES\"}}"
#define MAKE_MUSIC                                                                                 \
    "CreateTable {\"TableName\":\"music\",\"AttributeDefinitions\":[{\"AttributeName\":\"pk\","    \
    "\"AttributeType\":\"S\"}],\"KeySchema\":[{\"AttributeName\":\"pk\",\"KeyType\":\"HASH\"}],"   \
    "\"BillingMode\":\"PAY_PER_REQUEST\"}"
#define MAKE_CHARTS                                                                                \
    "CreateTable {\"TableName\":\"charts\",\"AttributeDefinitions\":[{\"AttributeName\":\"pk\","   \
    "\"AttributeType\":\"S\"},{\"AttributeName\":\"sk\",\"AttributeType\":\"N\"}],\"KeySchema\":"  \
    "[{\"AttributeName\":\"pk\",\"KeyType\":\"HASH\"},{\"AttributeName\":\"sk\",\"KeyType\":"      \
    "\"RANGE\"}],\"BillingMode\":\"PAY_PER_REQUEST\"}"
#define PUT_FIRST                                                                                  \
    "PutItem {\"TableName\":\"ttt\",\"Item\":{\"pk\":{\"S\":\"a\"},\"sk\":{\"N\":\"1\"},\"g\":"    \
    "{\"S\":\"x\"},\"l\":{\"B\":\"AA==\"}}}"
static const char *const made_first[] = {MAKE_T, MAKE_MUSIC, MAKE_CHARTS};

static status last_outcome;

/* ---- one call */

struct asking {
    struct api_call call;
    struct errand errand;
};

static void on_finished(struct api_call *call)
{
    struct asking *asking = call->transport;
    errand_finish(&asking->errand);
}

static void on_resume(struct api_call *call)
{
    struct asking *asking = call->transport;
    errand_resume(&asking->errand);
}

static void run(struct asking *asking)
{
    api_start(instance_api(database()), &asking->call);
    while (!asking->errand.finished) {
        errand_await(&asking->errand);
        api_continue(&asking->call);
    }
}

static void keep(struct span member, struct span text)
{
    if (text.len > KEPT_BYTES_MAX) return;
    for (size_t i = 0; i < ARRAY_COUNT(kept); i++) {
        if (!span_eq(member, span_of(kept[i].member))) continue;
        if (text.len > 0) memcpy(kept[i].bytes, text.ptr, text.len);
        kept[i].len = text.len;
    }
}

/* All of `text` is one object; what goes on from there is kept. */
static void read_reply(struct arena *arena, struct span text)
{
    struct json_reader json;
    json_token kind = JSON_NULL;
    struct span word = {0};
    json_reader_init(&json, arena, text);
    assert(json_reader_next(&json, &kind, &word) == ST_OK && kind == JSON_OBJECT_BEGIN);
    while (kind != JSON_END) {
        const struct span name = word;
        const json_token before = kind;
        assert(json_reader_next(&json, &kind, &word) == ST_OK);
        if (before == JSON_KEY && kind == JSON_STRING) keep(name, word);
    }
}

static void check_reply(struct asking *asking)
{
    struct arena arena; /* what is wrong with the request may have taken all of the other */
    const int status = asking->call.http_status;
    const struct span text = buf_view(&asking->errand.reply);
    if (buf_status(&asking->errand.reply) != ST_OK) return;
    const bool is_known = status == 200 || status == 204 || (status >= 400 && status <= 415);
    if (!is_known && asking->call.outcome != ST_NO_MEMORY && !database_is_damaged()) {
        fprintf(stderr, "%d %.*s\n", status, SPAN_ARG(text));
        abort();
    }
    arena_init(&arena, mem_heap(), LIMIT_REQUEST_ARENA_BYTES);
    /* A string that is damaged is shown as it is, and may be no UTF-8 any more. */
    const bool is_json = asking->call.reply_type.len > 0 && !database_is_damaged();
    if (text.len > 0 && is_json) read_reply(&arena, text);
    arena_deinit(&arena);
}

static void on_rung(void *ctx)
{
    (void)ctx;
}

/* What a feed has to say up to now, or the first pieces of it. */
static void read_feed(struct api_feed *feed)
{
    enum { PIECES_MAX = 4 };
    api_feed_watch(feed, on_rung, NULL);
    api_feed_state state = API_FEED_MORE;
    for (int i = 0; i < PIECES_MAX && state == API_FEED_MORE; i++) {
        struct buf events;
        buf_init(&events, mem_heap(), ERRAND_REPLY_BYTES_MAX);
        state = api_feed_write(feed, &events);
        buf_deinit(&events);
    }
    api_feed_close(feed);
}

static void ask_call(struct api_call call)
{
    struct asking asking = {.call = call};
    errand_begin(&asking.errand);
    asking.call.arena = &asking.errand.arena;
    asking.call.reply = &asking.errand.reply;
    asking.call.finished = on_finished;
    asking.call.resume = on_resume;
    asking.call.transport = &asking;
    run(&asking);
    check_reply(&asking);
    last_outcome = asking.call.outcome;
    if (asking.call.feed != NULL) read_feed(asking.call.feed);
    errand_end(&asking.errand);
}

/* ---- lines */

/* Headers that a line can set, and what stands there unless one does. */
static const struct header {
    const char *name;
    size_t at; /* the span in struct api_call */
    const char *otherwise;
} headers[] = {
    {"Authorization: ",    offsetof(struct api_call, authorization), AUTHORIZATION               },
    {"X-Amz-Date: ",       offsetof(struct api_call, date),          "20260101T000000Z"          },
    {"Content-Type: ",     offsetof(struct api_call, content_type),  "application/x-amz-json-1.0"},
    {"Last-Event-ID: ",    offsetof(struct api_call, last_event_id), ""                          },
    {"x-stator-explain: ", offsetof(struct api_call, explain),       ""                          },
    {"Origin: ",           offsetof(struct api_call, origin),        ""                          },
    {"Query: ",            offsetof(struct api_call, query),         ""                          },
    {"X-Amz-Target: ",     offsetof(struct api_call, target),        ""                          },
};

static struct span *header_in(struct api_call *call, const struct header *header)
{
    return (struct span *)(void *)((char *)call + header->at);
}

/* A call with no line's headers. */
static struct api_call fresh_call(void)
{
    struct api_call call = {.method = SPAN("POST"), .path = SPAN("/")};
    for (size_t i = 0; i < ARRAY_COUNT(headers); i++)
        *header_in(&call, &headers[i]) = span_of(headers[i].otherwise);
    return call;
}

/* False: the line is no header. */
static bool set_header(struct span line, struct api_call *call)
{
    for (size_t i = 0; i < ARRAY_COUNT(headers); i++) {
        const struct span name = span_of(headers[i].name);
        if (!span_starts_with(line, name)) continue;
        *header_in(call, &headers[i]) = span_drop(line, name.len);
        return true;
    }
    return false;
}

static size_t find_byte(struct span text, uint8_t c)
{
    const uint8_t *at = text.len == 0 ? NULL : memchr(text.ptr, c, text.len);
    return at == NULL ? text.len : (size_t)(at - text.ptr);
}

static void ask_path(struct span line, struct api_call call)
{
    const size_t path = find_byte(line, '?');
    call.method = SPAN("GET");
    call.path = span_take(line, path);
    if (path < line.len) call.query = span_drop(line, path + 1);
    ask_call(call);
}

/* Append what stands for the mark that `text` begins with, or its first byte; the result is how
 * much of `text` that was. */
static size_t put_one(struct buf *out, struct span text)
{
    for (size_t i = 0; i < ARRAY_COUNT(kept); i++) {
        if (!span_starts_with(text, span_of(kept[i].mark))) continue;
        buf_put(out, (struct span){kept[i].bytes, kept[i].len});
        return strlen(kept[i].mark);
    }
    buf_put(out, span_take(text, 1));
    return 1;
}

static void put_kept(struct buf *out, struct span text)
{
    while (text.len > 0) text = span_drop(text, put_one(out, text));
}

static void ask_operation(struct span line, struct api_call call)
{
    static const char *const of_streams[] = {"DescribeStream", "GetRecords", "GetShardIterator",
                                             "ListStreams"};
    const size_t len = find_byte(line, ' ');
    const struct span name = span_take(line, len);
    struct buf target, body;
    const char *service = "DynamoDB_20120810.";
    for (size_t i = 0; i < 4; i++)
        if (span_eq(name, span_of(of_streams[i]))) service = "DynamoDBStreams_20120810.";
    buf_init(&target, mem_heap(), LINE_BYTES_MAX * 2);
    buf_init(&body, mem_heap(), LINE_BYTES_MAX * KEPT_BYTES_MAX);
    buf_put_text(&target, service);
    buf_put(&target, name);
    put_kept(&body, span_drop(line, len < line.len ? len + 1 : len));
    assert(buf_status(&target) == ST_OK);
    assert(buf_status(&body) == ST_OK);
    if (call.target.len == 0) call.target = buf_view(&target);
    call.body = buf_view(&body);
    ask_call(call);
    buf_deinit(&body);
    buf_deinit(&target);
}

/* damage KEY AT FLIP */
static void damage(struct span text)
{
    uint32_t numbers[3] = {0};
    for (size_t i = 0, at = 0; i < text.len && at < ARRAY_COUNT(numbers); i++) {
        const uint8_t digit = (uint8_t)(text.ptr[i] - '0');
        if (digit > 9)
            at++;
        else
            numbers[at] = numbers[at] * 10 + digit;
    }
    database_damage(
        &(struct database_damage){numbers[0], numbers[1], (uint8_t)(numbers[2] & 0xFF)});
}

/* One line; the headers of those before it are in `call`. */
static void ask(struct span line, struct api_call *call)
{
    if (line.len == 0 || set_header(line, call)) return;
    if (line.ptr[0] == '/')
        ask_path(line, *call);
    else if (span_starts_with(line, SPAN("damage ")))
        damage(span_drop(line, sizeof "damage " - 1));
    else
        ask_operation(line, *call);
    *call = fresh_call();
}

static void make_first(void)
{
    struct api_call call = fresh_call();
    for (size_t i = 0; i < ARRAY_COUNT(made_first); i++) {
        ask(span_of(made_first[i]), &call);
        assert(last_outcome != ST_VALIDATION); /* it is made, or there */
    }
    ask(span_of(PUT_FIRST), &call);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span rest = {data, size};
    if (size > LINE_BYTES_MAX) return 0;
    if (database_tend()) make_first();
    struct api_call call = fresh_call();
    for (int i = 0; i < LINES_MAX && rest.len > 0; i++) {
        const size_t len = find_byte(rest, '\n');
        ask(span_take(rest, len), &call);
        rest = span_drop(rest, len < rest.len ? len + 1 : len);
    }
    return 0;
}
