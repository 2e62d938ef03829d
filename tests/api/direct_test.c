/* direct_test.c -- calls from within the process: what api.h promises of them beyond what the spec
 * shows, whose cases run through api_direct_door as well.
 *
 * A reply as JSON and as a value are compared as values: the JSON is read by the table of replies
 * (api_text.h).
 */
#include <limits.h>

#include "api/api_text.h"
#include "api/dispatch.h"
#include "api/field_text.h"
#include "api/fixture.h"
#include "item/value_build.h"
#include "os/thread.h"

enum { CACHE_BYTES = 1 << 20 };

/* ---- one call */

/* Make `x` a call from within, for `operation` with `request`. */
static void make_direct(struct exchange *x, const char *operation, struct value request)
{
    exchange_begin(x, &(struct request){.authorization = NONE, .date = NONE, .target = NONE});
    x->call.operation = span_of(operation);
    x->call.request = request;
    x->call.body = (struct span){0};
    x->call.reply = NULL;
}

/* The request that `json` says, in `arena`. */
static struct value request_of(const char *operation, const char *json, struct arena *arena)
{
    struct value v = {0};
    struct error err = error_in(arena);
    const struct dispatch_entry *entry = dispatch_find_name(span_of(operation));
    assert_non_null(entry);
    assert_int_equal(field_text_read(&entry->op->shape, span_of(json), arena, &v, &err), ST_OK);
    return v;
}

static void run_direct(struct fixture *f, struct exchange *x, const char *operation,
                       const char *json)
{
    make_direct(x, operation, (struct value){0});
    x->call.request = request_of(operation, json, &x->arena);
    exchange_run(x, f);
}

static void assert_answer(const struct exchange *x, const char *operation, const char *reply)
{
    struct arena arena;
    struct value expected = {0};
    arena_init(&arena, support_mem(), LIMIT_REQUEST_ARENA_BYTES);
    struct error err = error_in(&arena);
    assert_int_equal(api_text_reply(span_of(operation), span_of(reply), &arena, &expected, &err),
                     ST_OK);
    if (!value_eq(x->call.answer, expected)) {
        struct buf text;
        buf_init(&text, arena_mem(&arena), LIMIT_REQUEST_ARENA_BYTES);
        api_text_request(SPAN(""), x->call.answer, &text);
        support_assert_text(buf_view(&text), reply);
    }
    arena_deinit(&arena);
}

/* A request of `json` as a value is answered with the value that `reply` says. */
static void assert_direct(struct fixture *f, const char *operation, const char *json, status st,
                          const char *reply)
{
    struct exchange x;
    run_direct(f, &x, operation, json);
    assert_answer(&x, operation, reply);
    assert_int_equal(x.call.outcome, st);
    assert_int_equal(x.call.http_status, status_info(st)->http);
    exchange_end(&x);
}

/* ---- what is answered */

#define KEY_A "\"Key\":{\"pk\":{\"S\":\"a\"}}"
#define OF_MUSIC "\"TableName\":\"music\""
#define ARN "\"ResourceArn\":\"arn:aws:dynamodb:us-east-1:000000000000:table/music\""
#define UNITS ",\"ReturnConsumedCapacity\":\"INDEXES\""
#define NOTE_KEY "\"Key\":{\"pk\":{\"S\":\"p\"},\"sk\":{\"S\":\"s\"}}"

/* In this order; each works on what those before it left. */
/* clang-format off */
static const struct {
    const char *operation, *json;
} requests[] = {
    {"PutItem", "{" OF_MUSIC ",\"Item\":" ITEM UNITS "}"},
    {"PutItem", "{" OF_MUSIC ",\"Item\":" ITEM ",\"ReturnValues\":\"ALL_OLD\"}"},
    {"PutItem", "{" OF_MUSIC ",\"Item\":" ITEM ",\"ConditionExpression\":"
        "\"attribute_not_exists(pk)\",\"ReturnValuesOnConditionCheckFailure\":\"ALL_OLD\"}"},
    {"PutItem", "{\"TableName\":\"notes\",\"Item\":{\"pk\":{\"S\":\"p\"},\"sk\":{\"S\":\"s\"},"
        "\"n\":{\"N\":\"1.5\"},\"g\":{\"S\":\"g\"},\"m\":{\"M\":{\"z\":{\"L\":[{\"NULL\":true},"
        "{\"BS\":[\"AA==\",\"AQ==\"]}]},\"a\":{\"BOOL\":false}}}},"
        "\"ReturnItemCollectionMetrics\":\"SIZE\"" UNITS "}"},
    {"PutItem", "{\"TableName\":\"nowhere\",\"Item\":{}}"},
    {"GetItem", "{" OF_MUSIC "," KEY_A "}"},
    {"GetItem", "{" OF_MUSIC "," KEY_A ",\"ConsistentRead\":true" UNITS "}"},
    {"GetItem", "{" OF_MUSIC ",\"Key\":{\"pk\":{\"S\":\"b\"}}}"},
    {"GetItem", "{\"TableName\":\"notes\"," NOTE_KEY ",\"ProjectionExpression\":\"#m.z[1], n\","
        "\"ExpressionAttributeNames\":{\"#m\":\"m\"}}"},
    {"GetItem", "{\"TableName\":\"\"}"},
    {"GetItem", "{\"TableName\":\"music\",\"Key\":{\"pk\":{\"N\":\"1\"}}}"},
    {"UpdateItem", "{" OF_MUSIC "," KEY_A ",\"UpdateExpression\":\"SET x = :x ADD n :x\","
        "\"ExpressionAttributeValues\":{\":x\":{\"N\":\"7\"}},\"ReturnValues\":\"ALL_NEW\"}"},
    {"UpdateItem", "{" OF_MUSIC "," KEY_A ",\"UpdateExpression\":\"SET x = \"}"},
    {"UpdateItem", "{" OF_MUSIC "," KEY_A ",\"AttributeUpdates\":{\"y\":{\"Action\":\"PUT\","
        "\"Value\":{\"NULL\":true}}},\"ReturnValues\":\"UPDATED_NEW\"}"},
    {"Query", "{" OF_MUSIC ",\"KeyConditionExpression\":\"pk = :p\","
        "\"ExpressionAttributeValues\":{\":p\":{\"S\":\"a\"}}" UNITS "}"},
    {"Query", "{\"TableName\":\"notes\",\"IndexName\":\"by-g\",\"KeyConditions\":{\"g\":{"
        "\"ComparisonOperator\":\"EQ\",\"AttributeValueList\":[{\"S\":\"g\"}]}}" UNITS "}"},
    {"Query", "{" OF_MUSIC "}"},
    {"Scan", "{" OF_MUSIC ",\"Limit\":1}"},
    {"Scan", "{" OF_MUSIC ",\"Limit\":0}"},
    {"Scan", "{" OF_MUSIC ",\"Select\":\"COUNT\",\"FilterExpression\":\"contains(pk, :p)\","
        "\"ExpressionAttributeValues\":{\":p\":{\"S\":\"z\"}}}"},
    {"BatchGetItem", "{\"RequestItems\":{\"music\":{\"Keys\":[{\"pk\":{\"S\":\"a\"}},"
        "{\"pk\":{\"S\":\"b\"}}]},\"notes\":{\"Keys\":[{\"pk\":{\"S\":\"p\"},"
        "\"sk\":{\"S\":\"s\"}}]}}" UNITS "}"},
    {"BatchWriteItem", "{\"RequestItems\":{\"music\":[{\"DeleteRequest\":{" KEY_A "}},"
        "{\"PutRequest\":{\"Item\":{\"pk\":{\"S\":\"c\"}}}}],\"notes\":[{\"PutRequest\":{"
        "\"Item\":{\"pk\":{\"S\":\"p\"},\"sk\":{\"S\":\"t\"}}}}]},"
        "\"ReturnItemCollectionMetrics\":\"SIZE\"" UNITS "}"},
    {"BatchWriteItem", "{\"RequestItems\":{}}"},
    {"TransactWriteItems", "{\"TransactItems\":[{\"Put\":{\"TableName\":\"notes\",\"Item\":{"
        "\"pk\":{\"S\":\"p\"},\"sk\":{\"S\":\"u\"}}}},{\"Delete\":{" OF_MUSIC "," KEY_A "}}],"
        "\"ReturnItemCollectionMetrics\":\"SIZE\"" UNITS "}"},
    {"TransactWriteItems", "{\"TransactItems\":[{\"ConditionCheck\":{\"TableName\":\"notes\","
        NOTE_KEY ",\"ConditionExpression\":\"n > :n\",\"ExpressionAttributeValues\":{"
        "\":n\":{\"N\":\"9\"}},\"ReturnValuesOnConditionCheckFailure\":\"ALL_OLD\"}},"
        "{\"Delete\":{" OF_MUSIC "," KEY_A "}}]}"},
    {"TransactGetItems", "{\"TransactItems\":[{\"Get\":{\"TableName\":\"notes\"," NOTE_KEY
        "}},{\"Get\":{" OF_MUSIC "," KEY_A "}}]" UNITS "}"},
    {"DeleteItem", "{\"TableName\":\"notes\"," NOTE_KEY ",\"ReturnValues\":\"ALL_OLD\"" UNITS "}"},
    {"DeleteItem", "{" OF_MUSIC "," KEY_A ",\"Expected\":{\"n\":{\"Value\":{\"N\":\"8\"}}}}"},
    {"ListTables", "{\"Limit\":1}"},
    {"ListTables", "{}"},
    {"TagResource", "{" ARN ",\"Tags\":[{\"Key\":\"k\",\"Value\":\"\"}]}"},
    {"ListTagsOfResource", "{" ARN "}"},
    {"UntagResource", "{" ARN ",\"TagKeys\":[\"k\"]}"},
    {"DescribeTimeToLive", "{" OF_MUSIC "}"},
    {"UpdateTimeToLive", "{" OF_MUSIC ",\"TimeToLiveSpecification\":{\"AttributeName\":\"t\","
        "\"Enabled\":true}}"},
    {"DescribeLimits", "{}"},
    {"DescribeEndpoints", "{}"},
    {"CreateTable", "{" OF_MUSIC "}"},
    {"UpdateTable", "{" OF_MUSIC ",\"BillingMode\":\"x\"}"},
    {"DeleteTable", "{\"TableName\":\"nowhere\"}"},
    {"DescribeTable", "{\"TableName\":\"nowhere\"}"},
};
/* clang-format on */

static void open_both(struct fixture *f)
{
    fixture_open(f);
    make_table(f);
    make_indexed_table(f);
}

static const char *target_of(const char *operation, struct arena *arena)
{
    struct buf text;
    buf_init(&text, arena_mem(arena), 256);
    buf_printf(&text, "DynamoDB_20120810.%s", operation);
    buf_put_u8(&text, '\0');
    return (const char *)buf_view(&text).ptr;
}

/* The JSON reply of `outside` and the value that `within` answers are one. */
static void compare(struct fixture *outside, struct fixture *within, const char *operation,
                    const char *json)
{
    struct exchange x;
    struct exchange y;
    const char *target = target_of(operation, &outside->arena);
    exchange_begin(&x, &(struct request){.target = target, .body = json});
    exchange_run(&x, outside);
    buf_put_u8(&x.reply, '\0');
    run_direct(within, &y, operation, json);
    assert_int_equal(y.call.http_status, x.call.http_status);
    assert_int_equal(y.call.outcome, x.call.outcome);
    assert_answer(&y, operation, (const char *)x.reply.ptr);
    exchange_end(&x);
    exchange_end(&y);
}

static void test_direct__the_answer_of_every_operation_is_the_value_its_json_says(void **state)
{
    (void)state;
    struct fixture outside;
    struct fixture within;
    open_both(&outside);
    open_both(&within);
    for (size_t i = 0; i < ARRAY_COUNT(requests); i++)
        compare(&outside, &within, requests[i].operation, requests[i].json);
    fixture_drop(&outside);
    fixture_close(&within);
}

/* Descriptions have ids and times of their own, so both ways ask one api. */
static void test_direct__a_table_is_described_as_outside(void **state)
{
    (void)state;
    struct fixture f;
    open_both(&f);
    compare(&f, &f, "DescribeTable", "{\"TableName\":\"notes\"}");
    compare(&f, &f, "DescribeTable", "{\"TableName\":\"music\"}");
    fixture_close(&f);
}

static void test_direct__what_is_of_the_wrong_type_is_refused_in_the_same_words(void **state)
{
    (void)state;
    /* clang-format off */
    static const char *const bodies[] = {
        "{\"TableName\":1}", "{\"TableName\":1.5}", "{\"TableName\":true}", "{\"TableName\":false}",
        "{\"TableName\":[]}", "{\"TableName\":{}}", "{\"TableName\":null}",
        "{\"ConsistentRead\":\"hm\"}", "{\"ConsistentRead\":1}", "{\"ConsistentRead\":1.5}",
        "{\"ConsistentRead\":[]}", "{\"ConsistentRead\":{}}",
        "{\"ConsistentRead\":\"Yes\"}", "{\"ConsistentRead\":\"0\"}",
        "{\"Limit\":\"1\"}", "{\"Limit\":true}", "{\"Limit\":[]}", "{\"Limit\":{}}",
        "{\"Limit\":-1.5}", "{\"Limit\":9999999999}", "{\"Limit\":-99999999999999999999999}",
        "{\"ExclusiveStartKey\":1}", "{\"ExclusiveStartKey\":[]}", "{\"ExclusiveStartKey\":\"\"}",
        "{\"ExpressionAttributeNames\":[]}", "{\"ExpressionAttributeNames\":1}",
        "{\"ExpressionAttributeNames\":{\"#a\":1}}", "{\"ExpressionAttributeNames\":{\"#a\":null}}",
        "{\"ExpressionAttributeValues\":[]}", "{\"ExpressionAttributeValues\":\"\"}",
        "{\"AttributesToGet\":{}}", "{\"AttributesToGet\":1}", "{\"AttributesToGet\":[1]}",
        "{\"AttributesToGet\":[null]}", "{\"AttributesToGet\":[]}",
        "{\"ScanFilter\":[]}", "{\"ScanFilter\":1}", "{\"ScanFilter\":{\"a\":[]}}",
        "{\"ScanFilter\":{\"a\":1}}", "{\"ScanFilter\":{\"a\":{\"ComparisonOperator\":1}}}",
        "{\"ScanFilter\":{\"a\":{\"AttributeValueList\":{}}}}", "{\"Nothing\":[[{}]]}",
        "{\"TableName\":\"music\",\"Segment\":-1,\"TotalSegments\":0,\"Limit\":0}",
    };
    static const char *const batches[] = {
        "{\"RequestItems\":[]}", "{\"RequestItems\":1}", "{\"RequestItems\":{\"a\":{}}}",
        "{\"RequestItems\":{\"a\":1}}", "{\"RequestItems\":{\"a\":[1]}}",
        "{\"RequestItems\":{\"a\":[[]]}}", "{\"RequestItems\":{\"a\":null}}",
    };
    static const char *const gets[] = {
        "{\"RequestItems\":{\"a\":{\"Keys\":{}}}}", "{\"RequestItems\":{\"a\":{\"Keys\":[1]}}}",
        "{\"RequestItems\":{\"a\":{\"Keys\":[[]]}}}",
        "{\"RequestItems\":{\"a\":{\"Keys\":[null]}}}",
    };
    /* clang-format on */
    struct fixture f;
    open_both(&f);
    for (size_t i = 0; i < ARRAY_COUNT(bodies); i++) compare(&f, &f, "Scan", bodies[i]);
    for (size_t i = 0; i < ARRAY_COUNT(batches); i++) compare(&f, &f, "BatchWriteItem", batches[i]);
    for (size_t i = 0; i < ARRAY_COUNT(gets); i++) compare(&f, &f, "BatchGetItem", gets[i]);
    compare(&f, &f, "CreateTable", "{\"ProvisionedThroughput\":1}");
    compare(&f, &f, "CreateTable", "{\"ProvisionedThroughput\":[]}");
    compare(&f, &f, "CreateTable", "{\"KeySchema\":[1]}");
    compare(&f, &f, "CreateTable", "{\"ProvisionedThroughput\":{\"ReadCapacityUnits\":\"1\"}}");
    fixture_close(&f);
}

/* ---- values that JSON has no plain form for */

/* {name: v} in `arena` */
static struct value map_of(struct arena *arena, const char *name, struct value v)
{
    struct buf buf;
    buf_init(&buf, arena_mem(arena), SIZE_MAX);
    const size_t begun = value_write_begin(&buf);
    value_write_attribute(&buf, span_of(name), v);
    value_write_end(&buf, begun, 1);
    return (struct value){VALUE_M, buf_view(&buf)};
}

static void assert_refused(struct fixture *f, const char *operation, const char *name,
                           struct value v, const char *message)
{
    struct exchange x;
    struct value said = {0};
    make_direct(&x, operation, (struct value){0});
    x.call.request = map_of(&x.arena, name, v);
    exchange_run(&x, f);
    assert_int_equal(x.call.outcome, ST_SERIALIZATION);
    assert_true(value_find(x.call.answer, SPAN("Message"), &said));
    support_assert_text(said.body, message);
    exchange_end(&x);
}

static void test_direct__sets_and_binaries_stand_for_nothing_but_attributes(void **state)
{
    (void)state;
    static const uint8_t one[] = {1, 0, 0, 0, 1, 0, 0, 0, 'a'};
    const struct value set = {
        VALUE_SS, {one, sizeof one}
    };
    const struct value binary = {VALUE_B, SPAN("music")};
    struct fixture f;
    fixture_open(&f);
    assert_refused(&f, "GetItem", "TableName", binary,
                   "Start of structure or map found where not expected");
    assert_refused(&f, "GetItem", "TableName", set,
                   "Unrecognized collection type class java.lang.String");
    assert_refused(&f, "GetItem", "AttributesToGet", set,
                   "Start of structure or map found where not expected");
    assert_refused(&f, "GetItem", "Key", set,
                   "Unrecognized collection type java.util.Map<java.lang.String, "
                   "com.amazonaws.dynamodb.v20120810.AttributeValue>");
    fixture_close(&f);
}

/* A list of `levels` lists within each other. */
static struct value nested(struct arena *arena, int levels)
{
    struct value v = {VALUE_S, SPAN("a")};
    for (int i = 0; i < levels; i++) {
        struct buf buf;
        buf_init(&buf, arena_mem(arena), SIZE_MAX);
        const size_t begun = value_write_begin(&buf);
        value_write_element(&buf, v);
        value_write_end(&buf, begun, 1);
        v = (struct value){VALUE_L, buf_view(&buf)};
    }
    return v;
}

static void put_nested(struct fixture *f, int levels, status st)
{
    struct exchange x;
    struct buf item;
    make_direct(&x, "PutItem", (struct value){0});
    buf_init(&item, arena_mem(&x.arena), SIZE_MAX);
    const size_t begun = value_write_begin(&item);
    value_write_attribute(&item, SPAN("n"), nested(&x.arena, levels));
    value_write_attribute(&item, SPAN("pk"), (struct value){VALUE_S, SPAN("a")});
    value_write_end(&item, begun, 2);
    struct buf request;
    buf_init(&request, arena_mem(&x.arena), SIZE_MAX);
    const size_t all = value_write_begin(&request);
    value_write_attribute(&request, SPAN("Item"), (struct value){VALUE_M, buf_view(&item)});
    value_write_attribute(&request, SPAN("TableName"), (struct value){VALUE_S, SPAN("music")});
    value_write_end(&request, all, 2);
    x.call.request = (struct value){VALUE_M, buf_view(&request)};
    exchange_run(&x, f);
    assert_int_equal(x.call.outcome, st);
    if (st != ST_OK) {
        struct value said = {0};
        assert_true(value_find(x.call.answer, SPAN("message"), &said));
        support_assert_text(said.body, value_build_too_deep);
    }
    exchange_end(&x);
}

static void test_direct__an_attribute_nests_as_deep_as_in_json_and_no_deeper(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    make_table(&f);
    put_nested(&f, LIMIT_NESTING - 1, ST_OK);
    put_nested(&f, LIMIT_NESTING, ST_VALIDATION);
    fixture_close(&f);
}

static void test_direct__a_request_is_a_map(void **state)
{
    (void)state;
    struct fixture f;
    struct exchange x;
    fixture_open(&f);
    const struct value requests_[] = {
        {VALUE_L,    {(const uint8_t *)"\0\0\0\0", 4}},
        {VALUE_S,    SPAN("{}")                      },
        {VALUE_NULL, {0}                             }
    };
    for (size_t i = 0; i < ARRAY_COUNT(requests_); i++) {
        make_direct(&x, "ListTables", requests_[i]);
        exchange_run(&x, &f);
        assert_int_equal(x.call.outcome, ST_SERIALIZATION);
        exchange_end(&x);
    }
    fixture_close(&f);
}

/* ---- who asks, and how */

static void test_direct__json_and_values_mix(void **state)
{
    (void)state;
    struct fixture f;
    struct exchange x;
    fixture_open(&f);
    make_table(&f);
    make_direct(&x, "ListTables", (struct value){0});
    x.call.body = SPAN("{}");
    exchange_run(&x, &f);
    assert_answer(&x, "ListTables", "{\"TableNames\":[\"music\"]}");
    exchange_end(&x);

    make_direct(&x, "ListTables", (struct value){0});
    x.call.request = request_of("ListTables", "{\"Limit\":5}", &x.arena);
    x.call.reply = &x.reply;
    exchange_run(&x, &f);
    support_assert_text(buf_view(&x.reply), "{\"TableNames\":[\"music\"]}");
    assert_int_equal(x.call.answer.type, VALUE_NONE);
    exchange_end(&x);

    make_direct(&x, "ListTables", (struct value){0});
    x.call.body = SPAN("{");
    exchange_run(&x, &f);
    assert_int_equal(x.call.outcome, ST_SERIALIZATION);
    exchange_end(&x);
    fixture_close(&f);
}

static void test_direct__an_operation_that_is_not_built_is_unknown(void **state)
{
    (void)state;
    struct fixture f;
    struct exchange x;
    fixture_open(&f);
    make_direct(&x, "ListTable", (struct value){0});
    exchange_run(&x, &f);
    assert_int_equal(x.call.outcome, ST_UNKNOWN_OPERATION);
    assert_answer(&x, "", CORAL("UnknownOperationException"));
    exchange_end(&x);
    make_direct(&x, "ListBackups", (struct value){0});
    exchange_run(&x, &f);
    assert_int_equal(x.call.outcome, ST_UNKNOWN_OPERATION);
    exchange_end(&x);
    fixture_close(&f);
}

static struct api *open_api(struct fixture *f, bool isolate)
{
    struct api *api = NULL;
    const struct api_options options = {
        .mem = support_mem(),
        .os = os_system(),
        .engine = f->engine,
        .threads = 0,
        .region = "us-east-1",
        .account = "000000000000",
        .isolate = isolate,
    };
    assert_int_equal(api_open(&options, &api, &f->err), ST_OK);
    return api;
}

static void test_direct__with_a_cache_of_its_own_a_call_is_on_any_thread(void **state)
{
    (void)state;
    struct fixture f;
    struct exchange x;
    struct expr_cache *cache = NULL;
    fixture_open(&f);
    make_table(&f);
    api_close(f.api);
    f.api = open_api(&f, false);
    assert_int_equal(expr_cache_new(support_mem(), CACHE_BYTES, &cache), ST_OK);
    make_direct(&x, "Scan", (struct value){0});
    x.call.request = request_of("Scan",
                                "{\"TableName\":\"music\",\"FilterExpression\":\"a > :a\","
                                "\"ExpressionAttributeValues\":{\":a\":{\"N\":\"1\"}}}",
                                &x.arena);
    x.call.cache = cache;
    x.call.thread = UINT_MAX;
    exchange_run(&x, &f);
    assert_answer(&x, "Scan", "{\"Count\":0,\"Items\":[],\"ScannedCount\":0}");
    assert_int_equal(x.call.request_id[0], '\0');
    exchange_end(&x);
    expr_cache_free(cache);
    fixture_close(&f);
}

/* One of several that count in one item; assertions are the test's. */
struct counter {
    struct fixture *f;
    struct thread thread;
    int done;
};
enum { COUNTERS = 4, COUNTS = 50 };

static void counter_run(void *ctx)
{
    struct counter *counter = ctx;
    struct expr_cache *cache = NULL;
    if (expr_cache_new(support_mem(), CACHE_BYTES, &cache) != ST_OK) return;
    for (int i = 0; i < COUNTS; i++) {
        struct exchange x;
        make_direct(&x, "UpdateItem", (struct value){0});
        x.call.request = request_of("UpdateItem",
                                    "{" OF_MUSIC "," KEY_A ",\"UpdateExpression\":\"ADD n :n\","
                                    "\"ExpressionAttributeValues\":{\":n\":{\"N\":\"1\"}}}",
                                    &x.arena);
        x.call.cache = cache;
        x.call.thread = UINT_MAX;
        exchange_run(&x, counter->f);
        if (x.call.outcome == ST_OK) counter->done++;
        exchange_end(&x);
    }
    expr_cache_free(cache);
}

static void test_direct__many_threads_call_at_once(void **state)
{
    (void)state;
    struct fixture f;
    struct counter counters[COUNTERS];
    fixture_open(&f);
    make_table(&f);
    for (size_t i = 0; i < COUNTERS; i++) {
        counters[i] = (struct counter){.f = &f};
        assert_int_equal(thread_start(&counters[i].thread, "counter", counter_run, &counters[i]),
                         ST_OK);
    }
    for (size_t i = 0; i < COUNTERS; i++) {
        thread_join(&counters[i].thread);
        assert_int_equal(counters[i].done, COUNTS);
    }
    assert_direct(&f, "GetItem", "{" OF_MUSIC "," KEY_A "}", ST_OK,
                  "{\"Item\":{\"n\":{\"N\":\"200\"},\"pk\":{\"S\":\"a\"}}}");
    fixture_close(&f);
}

static void test_direct__the_caller_is_the_apis_own_account(void **state)
{
    (void)state;
    struct fixture f;
    struct exchange x;
    struct expr_cache *cache = NULL;
    fixture_open(&f);
    make_table(&f); /* by a caller of a server without isolate */
    api_close(f.api);
    f.api = open_api(&f, true);
    assert_int_equal(expr_cache_new(support_mem(), CACHE_BYTES, &cache), ST_OK);
    make_direct(&x, "ListTables", (struct value){0});
    x.call.body = SPAN("{}");
    x.call.cache = cache;
    exchange_run(&x, &f);
    assert_answer(&x, "ListTables", "{\"TableNames\":[\"music\"]}");
    exchange_end(&x);
    expr_cache_free(cache);
    fixture_close(&f);
}

/* ---- without memory */

/* False: the n-th allocation did not come. */
static bool get_without(struct fixture *f, uint64_t nth)
{
    struct exchange x;
    make_direct(&x, "GetItem", (struct value){0});
    x.call.request = request_of("GetItem", "{" OF_MUSIC "," KEY_A "}", &f->arena);
    support_mem_fail_at(nth);
    exchange_run(&x, f);
    const bool failed = support_mem_failed();
    support_mem_fail_at(0);
    if (x.call.outcome == ST_OK) {
        assert_answer(&x, "GetItem", "{\"Item\":" ITEM "}");
    } else {
        assert_true(failed);
        assert_int_equal(x.call.outcome, ST_NO_MEMORY);
        assert_int_equal(x.call.http_status, 500);
    }
    exchange_end(&x);
    return failed;
}

/* Or, where that allocation was not needed, the answer is as ever. */
static void test_direct__without_memory_the_outcome_says_so(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    make_table(&f);
    assert_direct(&f, "PutItem", "{" OF_MUSIC ",\"Item\":" ITEM "}", ST_OK, "{}");
    uint64_t nth = 1;
    while (get_without(&f, nth)) nth++;
    assert_true(nth > 1);
    fixture_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_direct__the_answer_of_every_operation_is_the_value_its_json_says),
        cmocka_unit_test(test_direct__a_table_is_described_as_outside),
        cmocka_unit_test(test_direct__what_is_of_the_wrong_type_is_refused_in_the_same_words),
        cmocka_unit_test(test_direct__sets_and_binaries_stand_for_nothing_but_attributes),
        cmocka_unit_test(test_direct__an_attribute_nests_as_deep_as_in_json_and_no_deeper),
        cmocka_unit_test(test_direct__a_request_is_a_map),
        cmocka_unit_test(test_direct__json_and_values_mix),
        cmocka_unit_test(test_direct__an_operation_that_is_not_built_is_unknown),
        cmocka_unit_test(test_direct__with_a_cache_of_its_own_a_call_is_on_any_thread),
        cmocka_unit_test(test_direct__many_threads_call_at_once),
        cmocka_unit_test(test_direct__the_caller_is_the_apis_own_account),
        cmocka_unit_test(test_direct__without_memory_the_outcome_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
