/* explain_test.c -- an explanation beside a reply: it is a header, bounded, and the reply the same.
 *
 * What it says is shown by tests/spec/explain.test.
 */
#include "api/fixture.h"
#include "base/limits.h"
#include "json/json_reader.h"

enum { TEXT_BYTES = 2 << 20 };

/* ---- requests, with and without the wish */

static struct fixture plain, asked;

static int set_up(void **state)
{
    (void)state;
    fixture_open(&plain);
    make_table(&plain);
    make_indexed_table(&plain);
    fixture_open(&asked);
    make_table(&asked);
    make_indexed_table(&asked);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fixture_drop(&asked);
    fixture_close(&plain);
    return 0;
}

static void send(struct exchange *x, struct fixture *f, const char *target, const char *body)
{
    exchange_begin(x, &(struct request){.target = target, .body = body});
    if (f == &asked) x->call.explain = SPAN("condition");
    exchange_run(x, f);
}

static struct span header(const struct api_call *call, const char *name)
{
    for (unsigned i = 0; i < call->header_count; i++)
        if (span_eq(call->headers[i].name, span_of(name))) return call->headers[i].value;
    return (struct span){0};
}

/* A header's value, and one line of JSON. */
static void assert_line(struct span line)
{
    struct arena arena;
    struct json_reader json;
    json_token token = JSON_NULL;
    struct span text = {0};
    assert_in_range(line.len, 2, LIMIT_EXPLANATION_BYTES);
    for (size_t i = 0; i < line.len; i++) assert_in_range(line.ptr[i], 0x20, 0x7E);
    arena_init(&arena, support_mem(), TEXT_BYTES);
    json_reader_init(&json, &arena, line);
    while (token != JSON_END) assert_int_equal(json_reader_next(&json, &token, &text), ST_OK);
    arena_deinit(&arena);
}

#define OF_MUSIC "\"TableName\":\"music\""
#define UNITS ",\"ReturnConsumedCapacity\":\"INDEXES\""
#define IF_NEW ",\"ConditionExpression\":\"attribute_not_exists(pk)\""
#define OLD ",\"ReturnValuesOnConditionCheckFailure\":\"ALL_OLD\""

/* In this order; each works on what those before it left. */
/* clang-format off */
static const struct {
    const char *target, *body;
} requests[] = {
    {TARGET("PutItem"), "{" OF_MUSIC ",\"Item\":" ITEM IF_NEW UNITS "}"},
    {TARGET("PutItem"), "{" OF_MUSIC ",\"Item\":" ITEM IF_NEW UNITS "}"},
    {TARGET("PutItem"), "{" OF_MUSIC ",\"Item\":" ITEM IF_NEW OLD "}"},
    {TARGET("PutItem"), "{" OF_MUSIC ",\"Item\":" ITEM ",\"ConditionExpression\":\"pk\"}"},
    {TARGET("PutItem"), "{\"TableName\":\"nowhere\",\"Item\":" ITEM IF_NEW "}"},
    {TARGET("UpdateItem"), "{" OF_MUSIC ",\"Key\":{\"pk\":{\"S\":\"a\"}},\"UpdateExpression\":"
        "\"SET x = n + :n\",\"ConditionExpression\":\"n < :n\",\"ExpressionAttributeValues\":"
        "{\":n\":{\"N\":\"5\"}},\"ReturnValues\":\"ALL_NEW\"}"},
    {TARGET("DeleteItem"), "{" OF_MUSIC ",\"Key\":{\"pk\":{\"S\":\"a\"}},\"Expected\":{\"n\":"
        "{\"Value\":{\"N\":\"7\"}}}}"},
    {TARGET("TransactWriteItems"), "{\"TransactItems\":[{\"Put\":{" OF_MUSIC ",\"Item\":" ITEM
        IF_NEW OLD "}},{\"Put\":{" OF_MUSIC ",\"Item\":{\"pk\":{\"S\":\"b\"}}" IF_NEW "}}]}"},
    {TARGET("TransactWriteItems"), "{\"TransactItems\":[{\"Put\":{" OF_MUSIC
        ",\"Item\":{\"pk\":{\"S\":\"b\"}}" IF_NEW "}}]" UNITS "}"},
    {TARGET("TransactWriteItems"), "{\"TransactItems\":[]}"},
    {TARGET("Scan"), "{" OF_MUSIC ",\"FilterExpression\":\"attribute_exists(n)\"" UNITS "}"},
    {TARGET("Query"), "{" OF_MUSIC ",\"KeyConditionExpression\":\"pk = :p\","
        "\"ExpressionAttributeValues\":{\":p\":{\"S\":\"a\"}}" UNITS "}"},
    {TARGET("Query"), "{\"TableName\":\"notes\",\"IndexName\":\"by-g\",\"KeyConditionExpression\":"
        "\"g = :p\",\"ExpressionAttributeValues\":{\":p\":{\"S\":\"a\"}}" UNITS "}"},
    {TARGET("Query"), "{" OF_MUSIC "}"},
    {TARGET("ExecuteStatement"), "{\"Statement\":\"SELECT * FROM music WHERE pk IN "
        "['a','b']\"" UNITS "}"},
    {TARGET("ExecuteStatement"), "{\"Statement\":\"UPDATE music SET x=1 WHERE pk='a' AND n>9\"}"},
    {TARGET("ExecuteStatement"), "{\"Statement\":\"UPDATE music SET x=1 WHERE pk='a' RETURNING ALL "
        "NEW *\"}"},
    {TARGET("ExecuteTransaction"), "{\"TransactStatements\":[{\"Statement\":\"DELETE FROM music "
        "WHERE pk='a' AND n>9\"}]}"},
    {TARGET("BatchExecuteStatement"), "{\"Statements\":[{\"Statement\":\"SELECT * FROM music WHERE "
        "pk='a'\"}]}"},
    {TARGET("GetItem"), "{" OF_MUSIC ",\"Key\":{\"pk\":{\"S\":\"a\"}}}"},
    {TARGET("BatchWriteItem"), "{\"RequestItems\":{\"music\":[{\"PutRequest\":{\"Item\":" ITEM
        "}}]}}"},
    {TARGET("ListTables"), "{}"},
    {TARGET("ListTables"), "{"},
};
/* clang-format on */

static void test_explain__the_reply_is_the_same_to_the_byte(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(requests); i++) {
        struct exchange x, y;
        send(&x, &plain, requests[i].target, requests[i].body);
        send(&y, &asked, requests[i].target, requests[i].body);
        assert_true(span_eq(buf_view(&x.reply), buf_view(&y.reply)));
        assert_int_equal(x.call.http_status, y.call.http_status);
        assert_int_equal(x.call.outcome, y.call.outcome);
        assert_int_equal(x.call.header_count, 0);
        assert_int_equal(y.call.header_count, 1);
        assert_line(header(&y.call, "x-stator-explanation"));
        assert_int_equal(x.call.explanation.len, 0);
        exchange_end(&y);
        exchange_end(&x);
    }
}

static void test_explain__a_browser_may_read_it(void **state)
{
    (void)state;
    struct exchange x;
    exchange_begin(&x, &(struct request){.target = TARGET("Scan"),
                                         .body = "{" OF_MUSIC "}",
                                         .origin = "http://a"});
    x.call.explain = SPAN("query");
    exchange_run(&x, &asked);
    support_assert_text(header(&x.call, "Access-Control-Expose-Headers"), "x-stator-explanation");
    support_assert_text(
        header(&x.call, "x-stator-explanation"),
        "{\"operation\":\"Scan\",\"table\":\"music\",\"resumed\":false,\"items_read\":0,"
        "\"items_filtered_out\":0,\"items_returned\":0,\"bytes_read\":0,\"ended_at\":\"end\","
        "\"capacity_units\":{\"total\":0.5,\"table\":0.5}}");
    exchange_end(&x);
}

static void test_explain__what_asks_for_no_operation_is_not_explained(void **state)
{
    (void)state;
    struct exchange x;
    exchange_begin(&x, &(struct request){.target = "DynamoDB_20120810.Nothing", .body = "{}"});
    x.call.explain = SPAN("condition");
    exchange_run(&x, &asked);
    assert_int_equal(x.call.outcome, ST_UNKNOWN_OPERATION);
    assert_int_equal(x.call.header_count, 0);
    exchange_end(&x);
}

static void test_explain__a_call_from_within_gets_it_as_text(void **state)
{
    (void)state;
    struct exchange x;
    exchange_begin(&x, &(struct request){.authorization = NONE, .target = NONE});
    x.call.operation = SPAN("PutItem");
    x.call.body = SPAN("{" OF_MUSIC ",\"Item\":" ITEM IF_NEW "}");
    x.call.explain = SPAN("condition");
    exchange_run(&x, &asked);
    assert_int_equal(x.call.outcome, ST_OK);
    assert_int_equal(x.call.header_count, 0);
    support_assert_text(
        x.call.explanation,
        "{\"operation\":\"PutItem\",\"condition\":\"held\",\"item_found\":false,\"because\":["
        "{\"part\":\"attribute_not_exists(pk)\",\"held\":true,\"operator\":\"attribute_not_exists\""
        ",\"operands\":[{\"text\":\"pk\",\"path\":\"pk\",\"missing\":true}]}]}");
    exchange_end(&x);
}

/* ---- the bound */

static void put_times(struct buf *out, const char *text, int times)
{
    for (int i = 0; i < times; i++) buf_put_text(out, text);
}

/* A transaction of 100 actions, each refused by many tests of long values whose every byte takes
 * six in a header. */
static void write_actions(struct buf *body, const char *filler)
{
    buf_put_text(body, "{\"TransactItems\":[");
    for (int i = 0; i < LIMIT_TRANSACTION_ITEMS; i++) {
        if (i > 0) buf_put_text(body, ",");
        buf_printf(body,
                   "{\"ConditionCheck\":{\"TableName\":\"music\",\"Key\":{\"pk\":{\"S\":\"k%d\"}},"
                   "\"ConditionExpression\":\":v IN (#n",
                   i);
        put_times(body, ", #n", 30);
        buf_put_text(body, ")");
        put_times(body, " OR #n BETWEEN :v AND :v", 10);
        buf_put_text(body, "\",\"ExpressionAttributeNames\":{\"#n\":\"");
        put_times(body, filler, 100);
        buf_put_text(body, "\"},\"ExpressionAttributeValues\":{\":v\":{\"S\":\"");
        put_times(body, filler, 1000);
        buf_put_text(body, "\"}}}}");
    }
    buf_put_text(body, "]}");
    buf_put_u8(body, 0);
    assert_int_equal(buf_status(body), ST_OK);
}

static void test_explain__any_number_of_actions_and_any_values_fit(void **state)
{
    (void)state;
    static const char *const fillers[] = {"\\u0001", "\xF0\x9F\x98\x80", "x", "\\\"", "é", "\x7F"};
    for (size_t i = 0; i < ARRAY_COUNT(fillers); i++) {
        struct exchange x, y;
        struct buf body;
        buf_init(&body, support_mem(), TEXT_BYTES);
        write_actions(&body, fillers[i]);
        send(&x, &plain, TARGET("TransactWriteItems"), (const char *)body.ptr);
        send(&y, &asked, TARGET("TransactWriteItems"), (const char *)body.ptr);
        assert_int_equal(y.call.outcome, ST_TX_CANCELED);
        assert_true(span_eq(buf_view(&x.reply), buf_view(&y.reply)));
        assert_line(y.call.explanation);
        assert_true(span_contains(y.call.explanation, SPAN("\\u2026")));
        assert_true(span_contains(y.call.explanation, SPAN("\"parts_left_out\":")));
        assert_true(span_contains(y.call.explanation, SPAN("\"operands_left_out\":")));
        assert_true(span_contains(y.call.explanation, SPAN("\"actions_left_out\":")));
        exchange_end(&y);
        exchange_end(&x);
        buf_deinit(&body);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_explain__the_reply_is_the_same_to_the_byte, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_explain__a_browser_may_read_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_explain__what_asks_for_no_operation_is_not_explained,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_explain__a_call_from_within_gets_it_as_text, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_explain__any_number_of_actions_and_any_values_fit,
                                        set_up, tear_down),
    };
    return cmocka_run_group_tests_name("api explain", tests, NULL, NULL);
}
