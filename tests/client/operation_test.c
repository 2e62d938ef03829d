/* operation_test.c -- which requests may be sent twice, and which service answers them. */
#include "client/operation.h"

#include "support/support.h"

/* clang-format off */
static const struct {
    const char *operation, *body;
    bool may_repeat;
} cases[] = {
    {"GetItem", "", true},
    {"Query", "not json", true},
    {"ListTables", "{}", true},
    {"GetRecords", "{}", true},
    {"PutItem", "{\"TableName\":\"a\",\"Item\":{}}", false},
    {"PutItem", "{\"Item\":{\"ConditionExpression\":{\"S\":\"x\"}}}", false},
    {"PutItem", "{\"Item\":{\"a\":[1,{\"b\":2}]},\"ConditionExpression\":\"x\"}", true},
    {"PutItem", "{\"ConditionExpression\":null,\"Item\":{}}", false},
    {"DeleteItem", "{\"Expected\":{}}", false},
    {"DeleteItem", "{\"Expected\":{\"a\":{\"Exists\":false}}}", true},
    {"DeleteItem", "{\"Expected\":null}", false},
    {"UpdateItem", "{\"ConditionExpression\":\"x\"", true},
    {"UpdateItem", "{\"Condition", false},
    {"UpdateItem", "[\"ConditionExpression\"]", false},
    {"UpdateItem", "", false},
    {"TransactWriteItems", "{\"TransactItems\":[],\"ClientRequestToken\":\"t\"}", true},
    {"TransactWriteItems", "{\"TransactItems\":[{\"Put\":{\"ConditionExpression\":\"x\"}}]}",
     false},
    {"ExportTableToPointInTime", "{\"ClientToken\":\"t\"}", true},
    {"ExecuteStatement", "{\"Statement\":\"SELECT\"}", false},
    {"BatchWriteItem", "{\"RequestItems\":{}}", false},
    {"CreateTable", "{}", false},
    {"Unknown", "{}", false},
};
/* clang-format on */

static void test_operation__reads_and_guarded_writes_may_be_repeated(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, support_mem(), 1 << 16);
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        const struct span body = support_guard(span_of(cases[i].body));
        const bool found = operation_may_repeat(span_of(cases[i].operation), body, &arena);
        if (found != cases[i].may_repeat) fail_msg("%s %s", cases[i].operation, cases[i].body);
        support_guard_free(body);
    }
    arena_deinit(&arena);
    support_mem_check();
}

static void test_operation__streams_have_a_service_of_their_own(void **state)
{
    (void)state;
    static const char *const streams[] = {"DescribeStream", "GetRecords", "GetShardIterator",
                                          "ListStreams"};
    for (size_t i = 0; i < ARRAY_COUNT(streams); i++)
        assert_int_equal(operation_service_of(span_of(streams[i])), OPERATION_STREAMS);
    assert_int_equal(operation_service_of(SPAN("GetItem")), OPERATION_DATA);
    assert_int_equal(operation_service_of(SPAN("Unknown")), OPERATION_DATA);
    assert_string_equal(operation_target(OPERATION_DATA), "DynamoDB_20120810.");
    assert_string_equal(operation_host(OPERATION_STREAMS), "streams.dynamodb.");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_operation__reads_and_guarded_writes_may_be_repeated),
        cmocka_unit_test(test_operation__streams_have_a_service_of_their_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
