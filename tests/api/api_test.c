/* api_test.c -- from headers and a body to a status and a body: what is answered before any
 * operation runs, who is asked, what errors look like, and calls that wait.
 *
 * The operations themselves are told by tests/spec.
 */
#include <stdio.h>

#include "api/fixture.h"

/* ---- before any operation */

static void test_api__what_is_no_request_for_an_operation_is_answered_as_dynamodb_does(void **state)
{
    (void)state;
    static const char lost[] = "<UnknownOperationException/>\n";
    static const char healthy[] = "healthy: dynamodb.us-east-1.amazonaws.com ";
    /* clang-format off */
    static const struct {
        struct request request;
        int http_status;
        const char *body;
    } cases[] = {
        {{.method = "GET", .body = ""}, 200, healthy},
        {{.method = "GET", .path = "/health", .body = ""}, 200, healthy},
        {{.method = "PUT"}, 404, lost},
        {{.method = "DELETE", .body = ""}, 404, lost},
        {{.method = "OPTIONS", .body = ""}, 404, lost},
        {{.path = "/tables"}, 404, lost},
        {{.content_type = NONE, .body = "hi"}, 404, lost},
        {{.content_type = "text/html", .body = "hi"}, 404, lost},
        {{.content_type = "application/jsonasdf", .body = "{}"}, 404, lost},
    };
    /* clang-format on */
    struct fixture f;
    fixture_open(&f);
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        assert_reply(&f, &cases[i].request, cases[i].http_status, cases[i].body);
    }
    fixture_close(&f);
}

static void test_api__json_is_judged_before_target_and_target_before_signature(void **state)
{
    (void)state;
    static const struct request unknown = {.target = "x", .authorization = NONE};
    /* clang-format off */
    static const struct {
        struct request request;
        const char *body;
    } cases[] = {
        {{.target = NONE, .body = "hi"}, CORAL("SerializationException")},
        {{.authorization = NONE, .body = "{"}, CORAL("SerializationException")},
        {{.body = "null"}, CORAL("SerializationException")},
        {{.body = ""}, CORAL("SerializationException")},
        {{.body = "{\"a\":\"\xff\"}"}, CORAL("SerializationException")},
        {{.target = NONE}, CORAL("UnknownOperationException")},
        {{.target = NONE, .content_type = NONE, .body = ""}, CORAL("UnknownOperationException")},
        {{.target = "DynamoDB_20120810"}, CORAL("UnknownOperationException")},
        {{.target = "DynamoDB_20120810.ListTable"}, CORAL("UnknownOperationException")},
        {{.target = "DynamoDB_20111205.ListTables"}, CORAL("UnknownOperationException")},
        {{.authorization = NONE},
         CORAL_SAYS("MissingAuthenticationTokenException", "message",
                    "Request is missing Authentication Token")},
    };
    /* clang-format on */
    struct fixture f;
    fixture_open(&f);
    assert_reply(&f, &unknown, 400, CORAL("UnknownOperationException"));
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        assert_reply(&f, &cases[i].request, 400, cases[i].body);
    }
    fixture_close(&f);
}

static void test_api__a_signature_must_be_there_once_and_whole(void **state)
{
    (void)state;
    /* clang-format off */
    static const struct {
        struct request request;
        const char *body;
    } cases[] = {
        {{.authorization = "AWS4"},
         CORAL_SAYS("MissingAuthenticationTokenException", "message",
                    "Request is missing Authentication Token")},
        {{.authorization = NONE, .query = "X-Amz-Credential=a&X-Amz-Signature=b"},
         CORAL_SAYS("MissingAuthenticationTokenException", "message",
                    "Request is missing Authentication Token")},
        {{.authorization = "X", .query = "X-Amz-Algorithm"},
         CORAL_SAYS("InvalidSignatureException", "message",
                    "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as "
                    "HTTP header.")},
        {{.authorization = "AWS4-", .date = NONE},
         CORAL_SAYS("IncompleteSignatureException", "message",
                    "Authorization header requires 'Credential' parameter. "
                    "Authorization header requires 'Signature' parameter. "
                    "Authorization header requires 'SignedHeaders' parameter. "
                    "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' "
                    "header. Authorization=AWS4-")},
        {{.authorization = "AWS4- Signature=b,Credential=a"},
         CORAL_SAYS("IncompleteSignatureException", "message",
                    "Authorization header requires 'SignedHeaders' parameter. "
                    "Authorization=AWS4- Signature=b,Credential=a")},
        {{.authorization = "AWS4- Signature=b Credential=a"},
         CORAL_SAYS("IncompleteSignatureException", "message",
                    "Authorization header requires 'SignedHeaders' parameter. "
                    "Authorization=AWS4- Signature=b Credential=a")},
        {{.authorization = NONE, .query = "X-Amz-Algorithm"},
         CORAL_SAYS("IncompleteSignatureException", "message",
                    "AWS query-string parameters must include 'X-Amz-Algorithm'. "
                    "AWS query-string parameters must include 'X-Amz-Credential'. "
                    "AWS query-string parameters must include 'X-Amz-Signature'. "
                    "AWS query-string parameters must include 'X-Amz-SignedHeaders'. "
                    "AWS query-string parameters must include 'X-Amz-Date'. "
                    "Re-examine the query-string parameters.")},
    };
    /* clang-format on */
    struct fixture f;
    fixture_open(&f);
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        assert_reply(&f, &cases[i].request, 400, cases[i].body);
    }
    const struct request presigned = {
        .authorization = NONE,
        .query = "X-Amz-Algorithm=a&X-Amz-Credential=b&X-Amz-Signature=c&X-Amz-SignedHeaders=d&"
                 "X-Amz-Date=e"};
    assert_reply(&f, &presigned, 200, "{\"TableNames\":[]}");
    fixture_close(&f);
}

static void test_api__an_operation_not_yet_built_says_so(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    assert_reply(&f, &(struct request){.target = TARGET("CreateBackup")}, 400,
                 CORAL_SAYS("UnknownOperationException", "message",
                            "CreateBackup is not in this version of Stator (" STATOR_VERSION ")"));
    fixture_close(&f);
}

static void test_api__the_reply_has_the_type_of_the_request(void **state)
{
    (void)state;
    /* clang-format off */
    static const struct {
        const char *content_type;
        const char *reply_type;
    } cases[] = {
        {"application/x-amz-json-1.0",               "application/x-amz-json-1.0"},
        {"application/json",                         "application/json"          },
        {"  application/json  ; charset=utf-8",      "application/json"          },
        {"Application/X-Amz-Json-1.0;charset=utf-8", "application/x-amz-json-1.0"},
    };
    /* clang-format on */
    struct fixture f;
    fixture_open(&f);
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct exchange x;
        exchange_begin(&x, &(struct request){.content_type = cases[i].content_type});
        exchange_run(&x, &f);
        support_assert_text(x.call.reply_type, cases[i].reply_type);
        assert_int_equal(x.call.http_status, 200);
        exchange_end(&x);
    }
    fixture_close(&f);
}

static void test_api__request_ids_are_52_of_0_to_9_and_a_to_v_and_differ(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    char last[API_REQUEST_ID_BYTES + 1] = "";
    for (unsigned i = 0; i < 10; i++) {
        struct exchange x;
        exchange_begin(&x, &(struct request){.method = i % 2 == 0 ? "POST" : "PUT"});
        exchange_run(&x, &f);
        assert_int_equal(strlen(x.call.request_id), API_REQUEST_ID_BYTES);
        assert_int_equal(strspn(x.call.request_id, "0123456789ABCDEFGHIJKLMNOPQRSTUV"),
                         API_REQUEST_ID_BYTES);
        assert_string_not_equal(x.call.request_id, last);
        memcpy(last, x.call.request_id, sizeof last);
        exchange_end(&x);
    }
    fixture_close(&f);
}

static struct span header(const struct api_call *call, const char *name)
{
    for (unsigned i = 0; i < call->header_count; i++) {
        if (span_eq(call->headers[i].name, span_of(name))) return call->headers[i].value;
    }
    return (struct span){0};
}

static void test_api__browsers_may_ask_from_anywhere(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    struct exchange x;
    exchange_begin(&x, &(struct request){.origin = "http://a"});
    exchange_run(&x, &f);
    support_assert_text(header(&x.call, "Access-Control-Allow-Origin"), "*");
    exchange_end(&x);

    exchange_begin(&x, &(struct request){.method = "OPTIONS",
                                         .origin = "http://a",
                                         .cors_headers = "a, b",
                                         .cors_method = "POST",
                                         .body = ""});
    exchange_run(&x, &f);
    assert_int_equal(x.call.http_status, 200);
    support_assert_text(buf_view(&x.reply), "");
    support_assert_text(header(&x.call, "Access-Control-Allow-Origin"), "*");
    support_assert_text(header(&x.call, "Access-Control-Allow-Headers"), "a, b");
    support_assert_text(header(&x.call, "Access-Control-Allow-Methods"), "POST");
    support_assert_text(header(&x.call, "Access-Control-Max-Age"), "172800");
    exchange_end(&x);
    fixture_close(&f);
}

/* ---- operations */

static void test_api__an_item_is_put_read_changed_found_and_deleted(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    make_table(&f);
    assert_done(&f, TARGET("PutItem"), "{\"TableName\":\"music\",\"Item\":" ITEM "}", "{}");
    assert_done(&f, TARGET("GetItem"), "{\"TableName\":\"music\",\"Key\":{\"pk\":{\"S\":\"a\"}}}",
                "{\"Item\":" ITEM "}");
    assert_done(&f, TARGET("GetItem"), "{\"TableName\":\"music\",\"Key\":{\"pk\":{\"S\":\"b\"}}}",
                "{}");
    assert_done(&f, TARGET("UpdateItem"),
                "{\"TableName\":\"music\",\"Key\":{\"pk\":{\"S\":\"a\"}},"
                "\"UpdateExpression\":\"SET n = n + :one\",\"ReturnValues\":\"UPDATED_NEW\","
                "\"ExpressionAttributeValues\":{\":one\":{\"N\":\"1\"}}}",
                "{\"Attributes\":{\"n\":{\"N\":\"2\"}}}");
    assert_done(&f, TARGET("Query"),
                "{\"TableName\":\"music\",\"KeyConditionExpression\":\"pk = :a\","
                "\"ExpressionAttributeValues\":{\":a\":{\"S\":\"a\"}},\"Select\":\"COUNT\"}",
                "{\"Count\":1,\"ScannedCount\":1}");
    assert_done(&f, TARGET("Scan"),
                "{\"TableName\":\"music\",\"ProjectionExpression\":\"n\","
                "\"ReturnConsumedCapacity\":\"INDEXES\"}",
                "{\"Count\":1,\"Items\":[{\"n\":{\"N\":\"2\"}}],\"ScannedCount\":1,"
                "\"ConsumedCapacity\":{\"TableName\":\"music\",\"CapacityUnits\":0.5,"
                "\"Table\":{\"CapacityUnits\":0.5}}}");
    assert_done(&f, TARGET("DeleteItem"),
                "{\"TableName\":\"music\",\"Key\":{\"pk\":{\"S\":\"a\"}},"
                "\"ReturnConsumedCapacity\":\"TOTAL\"}",
                "{\"ConsumedCapacity\":{\"TableName\":\"music\",\"CapacityUnits\":1.0}}");
    fixture_close(&f);
}

static void test_api__a_client_without_a_host_is_sent_to_the_regions_address(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    assert_done(&f, TARGET("DescribeEndpoints"), "{}",
                "{\"Endpoints\":[{\"Address\":\"dynamodb.us-east-1.amazonaws.com\","
                "\"CachePeriodInMinutes\":1440}]}");
    fixture_close(&f);
}

#define TAGS(members)                                                                              \
    "{\"ResourceArn\":\"arn:aws:dynamodb:us-east-1:000000000000:table/music\"," members "}"

static void test_api__a_change_of_tags_has_a_reply_without_a_body(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    make_table(&f);
    assert_done(&f, TARGET("TagResource"), TAGS("\"Tags\":[{\"Key\":\"a\",\"Value\":\"1\"}]"), "");
    assert_done(&f, TARGET("UntagResource"), TAGS("\"TagKeys\":[\"a\"]"), "");
    fixture_close(&f);
}

static void test_api__a_refused_condition_carries_the_old_item_when_asked(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    make_table(&f);
    assert_done(&f, TARGET("PutItem"), "{\"TableName\":\"music\",\"Item\":" ITEM "}", "{}");
#define REFUSED                                                                                    \
    "{\"__type\":\"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException\","            \
    "\"message\":\"The conditional request failed\""
#define PUT_NEW                                                                                    \
    "{\"TableName\":\"music\",\"Item\":" ITEM                                                      \
    ",\"ConditionExpression\":\"attribute_not_exists(pk)\""
    assert_reply(&f, &(struct request){.target = TARGET("PutItem"), .body = PUT_NEW "}"}, 400,
                 REFUSED "}");
    assert_reply(
        &f,
        &(struct request){.target = TARGET("PutItem"),
                          .body = PUT_NEW ",\"ReturnValuesOnConditionCheckFailure\":\"ALL_OLD\"}"},
        400, REFUSED ",\"Item\":" ITEM "}");
    fixture_close(&f);
}

static void test_api__errors_drop_what_was_written_of_the_reply(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    /* clang-format off */
    static const struct {
        const char *target;
        const char *body;
        const char *reply;
    } cases[] = {
        {TARGET("GetItem"), "{\"TableName\":\"nowhere\",\"Key\":{\"pk\":{\"S\":\"a\"}}}",
         "{\"__type\":\"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException\","
         "\"message\":\"Requested resource not found\"}"},
        {TARGET("PutItem"), "{\"TableName\":\"nowhere\",\"Item\":{\"pk\":{\"S\":\"a\"}}}",
         "{\"__type\":\"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException\","
         "\"message\":\"Requested resource not found\"}"},
        {TARGET("GetItem"), "{\"TableName\":1}",
         CORAL_SAYS("SerializationException", "Message",
                    "NUMBER_VALUE cannot be converted to String")},
        {TARGET("GetItem"), "{}",
         INVALID("1 validation error detected: Value null at 'tableName' failed to satisfy "
                 "constraint: Member must not be null")},
    };
    /* clang-format on */
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        assert_reply(&f, &(struct request){.target = cases[i].target, .body = cases[i].body}, 400,
                     cases[i].reply);
    }
    fixture_close(&f);
}

/* Rules that stand between the constraints and the table, which does not exist here. */
/* clang-format off */
static const struct {
    const char *target;
    const char *rest; /* after the table's name */
    const char *text;
} own_rules[] = {
    {TARGET("PutItem"), "\"Item\":{},\"ReturnValues\":\"ALL_NEW\"",
     "ReturnValues can only be ALL_OLD or NONE"},
    {TARGET("DeleteItem"), "\"Key\":{},\"ReturnValues\":\"UPDATED_OLD\"",
     "ReturnValues can only be ALL_OLD or NONE"},
    {TARGET("PutItem"), "\"Item\":{\"a\":{}}",
     "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"},
    {TARGET("PutItem"), "\"Item\":{},\"Expected\":{},\"ConditionExpression\":\"a = a\"",
     "Can not use both expression and non-expression parameters in the same request: "
     "Non-expression parameters: {Expected} Expression parameters: {ConditionExpression}"},
    {TARGET("UpdateItem"),
     "\"Key\":{},\"Expected\":{},\"AttributeUpdates\":{},\"ConditionExpression\":\"\","
     "\"UpdateExpression\":\"\"",
     "Can not use both expression and non-expression parameters in the same request: "
     "Non-expression parameters: {AttributeUpdates, Expected} "
     "Expression parameters: {UpdateExpression, ConditionExpression}"},
    {TARGET("PutItem"), "\"Item\":{},\"Expected\":{\"a\":{}}",
     "One or more parameter values were invalid: Value must be provided when Exists is null for "
     "Attribute: a"},
    {TARGET("PutItem"), "\"Item\":{},\"ConditionalOperator\":\"OR\"",
     "ConditionalOperator cannot be used without Filter or Expected"},
    {TARGET("Query"), "\"KeyConditions\":{}",
     "Conditions can be of length 1 or 2 only"},
    {TARGET("PutItem"), "\"Item\":{},\"ExpressionAttributeNames\":{\"#a\":\"a\"}",
     "ExpressionAttributeNames can only be specified when using expressions"},
    {TARGET("PutItem"), "\"Item\":{},\"ExpressionAttributeValues\":{\":a\":{\"S\":\"a\"}}",
     "ExpressionAttributeValues can only be specified when using expressions: "
     "ConditionExpression is null"},
    {TARGET("UpdateItem"), "\"Key\":{},\"ExpressionAttributeValues\":{}",
     "ExpressionAttributeValues can only be specified when using expressions: "
     "UpdateExpression and ConditionExpression are null"},
    {TARGET("Query"),
     "\"ProjectionExpression\":\"a\",\"ExpressionAttributeValues\":{\":a\":{\"S\":\"a\"}}",
     "ExpressionAttributeValues can only be specified when using expressions: "
     "FilterExpression and KeyConditionExpression are null"},
    {TARGET("GetItem"), "\"Key\":{},\"ProjectionExpression\":\"a\","
                        "\"ExpressionAttributeNames\":{}",
     "ExpressionAttributeNames must not be empty"},
    {TARGET("Scan"), "\"FilterExpression\":\"a = a\",\"ExpressionAttributeValues\":{}",
     "ExpressionAttributeValues must not be empty"},
    {TARGET("Query"), "\"Select\":\"COUNT\"",
     "Either the KeyConditions or KeyConditionExpression parameter must be specified in the "
     "request."},
    {TARGET("Query"), "\"Limit\":0,\"KeyConditionExpression\":\"a = :a\"",
     "1 validation error detected: Value at 'Limit' failed to satisfy constraint: Member must "
     "have value greater than or equal to 1"},
    {TARGET("Query"), "\"Select\":\"SPECIFIC_ATTRIBUTES\",\"KeyConditionExpression\":\"a\"",
     "1 validation error detected: Must specify the AttributesToGet or ProjectionExpression "
     "when choosing to get SPECIFIC_ATTRIBUTES"},
    {TARGET("Scan"), "\"Select\":\"SPECIFIC_ATTRIBUTES\"",
     "Must specify the AttributesToGet or ProjectionExpression when choosing to get "
     "SPECIFIC_ATTRIBUTES"},
    {TARGET("Scan"), "\"Select\":\"COUNT\",\"ProjectionExpression\":\"a\"",
     "Cannot specify the ProjectionExpression when choosing to get only the Count"},
    {TARGET("Scan"), "\"Select\":\"ALL_ATTRIBUTES\",\"ProjectionExpression\":\"a\"",
     "Cannot specify the ProjectionExpression when choosing to get ALL_ATTRIBUTES"},
    {TARGET("Scan"), "\"Select\":\"ALL_PROJECTED_ATTRIBUTES\"",
     "ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName"},
    {TARGET("Scan"), "\"Segment\":0",
     "The TotalSegments parameter is required but was not present in the request when Segment "
     "parameter is present"},
    {TARGET("Scan"), "\"TotalSegments\":1",
     "The Segment parameter is required but was not present in the request when parameter "
     "TotalSegments is present"},
    {TARGET("Scan"), "\"TotalSegments\":5,\"Segment\":5",
     "The Segment parameter is zero-based and must be less than parameter TotalSegments: "
     "Segment: 5 is not less than TotalSegments: 5"},
    {TARGET("Scan"), "\"ExclusiveStartKey\":{\"a\":{}}",
     "The provided starting key is invalid: Supplied AttributeValue is empty, must contain "
     "exactly one of the supported datatypes"},
    {TARGET("Scan"), "\"ExclusiveStartKey\":{\"a\":{\"N\":\"x\"}}",
     "The parameter cannot be converted to a numeric value: x"},
};
/* clang-format on */

static void test_api__own_rules_come_before_the_table(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    for (size_t i = 0; i < ARRAY_COUNT(own_rules); i++) {
        char body[512], reply[1024];
        (void)snprintf(body, sizeof body, "{\"TableName\":\"nowhere\",%s}", own_rules[i].rest);
        (void)snprintf(reply, sizeof reply, INVALID("%s"), own_rules[i].text);
        assert_reply(&f, &(struct request){.target = own_rules[i].target, .body = body}, 400,
                     reply);
    }
    fixture_close(&f);
}

static void test_api__an_item_over_400_kib_is_refused_before_its_table(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    struct buf body;
    buf_init(&body, support_mem(), 1 << 20);
    buf_put_text(&body, "{\"TableName\":\"nowhere\",\"Item\":{\"a\":{\"S\":\"");
    for (size_t i = 0; i < LIMIT_ITEM_BYTES; i++) buf_put_u8(&body, 'x');
    buf_put_text(&body, "\"}}}");
    buf_put_u8(&body, '\0');
    assert_reply(
        &f,
        &(struct request){.target = TARGET("PutItem"), .body = (const char *)buf_view(&body).ptr},
        400, INVALID("Item size has exceeded the maximum allowed size"));
    buf_deinit(&body);
    fixture_close(&f);
}

#define NOTE(more) "{\"pk\":{\"S\":\"a\"},\"sk\":{\"S\":\"1\"}" more "}"
#define NOTE_IN_BOTH NOTE(",\"g\":{\"S\":\"G\"},\"n\":{\"N\":\"7\"}")

static void test_api__costs_are_told_for_each_index(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    make_indexed_table(&f);
    assert_done(&f, TARGET("PutItem"),
                "{\"TableName\":\"notes\",\"Item\":" NOTE_IN_BOTH
                ",\"ReturnConsumedCapacity\":\"INDEXES\"}",
                "{\"ConsumedCapacity\":{\"TableName\":\"notes\",\"CapacityUnits\":3.0,"
                "\"Table\":{\"CapacityUnits\":1.0},"
                "\"LocalSecondaryIndexes\":{\"by-n\":{\"CapacityUnits\":1.0}},"
                "\"GlobalSecondaryIndexes\":{\"by-g\":{\"CapacityUnits\":1.0}}}}");
    assert_done(&f, TARGET("Scan"),
                "{\"TableName\":\"notes\",\"IndexName\":\"by-g\",\"Select\":\"COUNT\","
                "\"ReturnConsumedCapacity\":\"INDEXES\"}",
                "{\"Count\":1,\"ScannedCount\":1,"
                "\"ConsumedCapacity\":{\"TableName\":\"notes\",\"CapacityUnits\":0.5,"
                "\"Table\":{\"CapacityUnits\":0.0},"
                "\"GlobalSecondaryIndexes\":{\"by-g\":{\"CapacityUnits\":0.5}}}}");
    fixture_close(&f);
}

static void test_api__an_unknown_index_is_told_after_an_unknown_table(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    make_table(&f);
    assert_reply(&f,
                 &(struct request){.target = TARGET("Scan"),
                                   .body = "{\"TableName\":\"music\",\"IndexName\":\"by-n\"}"},
                 400, INVALID("The table does not have the specified index: by-n"));
    assert_reply(&f,
                 &(struct request){.target = TARGET("Scan"),
                                   .body = "{\"TableName\":\"nowhere\",\"IndexName\":\"by-n\"}"},
                 400,
                 "{\"__type\":\"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException\","
                 "\"message\":\"Requested resource not found\"}");
    fixture_close(&f);
}

/* ---- failing memory */

/* With any one allocation failing, a request is answered: in full, or with a 500. */
static void test_api__a_failed_allocation_ends_one_request_only(void **state)
{
    (void)state;
    /* clang-format off */
    static const struct request requests[] = {
        {.target = TARGET("PutItem"),
         .body = "{\"TableName\":\"music\",\"Item\":" ITEM ",\"ReturnValues\":\"ALL_OLD\","
                 "\"ConditionExpression\":\"attribute_exists(#p)\","
                 "\"ExpressionAttributeNames\":{\"#p\":\"pk\"}}"},
        {.target = TARGET("Scan"),
         .body = "{\"TableName\":\"music\",\"FilterExpression\":\"n <> pk\"}"},
        {.target = TARGET("TagResource"),
         .body = TAGS("\"Tags\":[{\"Key\":\"a\",\"Value\":\"\"}]")},
        {.target = TARGET("UntagResource"), .body = TAGS("\"TagKeys\":[\"b\"]")},
    };
    /* clang-format on */
    struct fixture f;
    fixture_open(&f);
    make_table(&f);
    assert_done(&f, TARGET("PutItem"), "{\"TableName\":\"music\",\"Item\":" ITEM "}", "{}");
    for (size_t i = 0; i < ARRAY_COUNT(requests); i++) {
        bool failed = true;
        for (uint64_t nth = 1; failed; nth++) {
            struct exchange x;
            exchange_begin(&x, &requests[i]);
            support_mem_fail_at(nth);
            exchange_run(&x, &f);
            failed = support_mem_failed();
            support_mem_fail_at(0);
            const int http_status = x.call.http_status;
            if (http_status != 200 && (http_status != 500 || !failed)) {
                fail_msg("allocation %u: %d %.*s", (unsigned)nth, http_status,
                         SPAN_ARG(buf_view(&x.reply)));
            }
            exchange_end(&x);
        }
    }
    fixture_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            test_api__what_is_no_request_for_an_operation_is_answered_as_dynamodb_does),
        cmocka_unit_test(test_api__json_is_judged_before_target_and_target_before_signature),
        cmocka_unit_test(test_api__a_signature_must_be_there_once_and_whole),
        cmocka_unit_test(test_api__an_operation_not_yet_built_says_so),
        cmocka_unit_test(test_api__the_reply_has_the_type_of_the_request),
        cmocka_unit_test(test_api__request_ids_are_52_of_0_to_9_and_a_to_v_and_differ),
        cmocka_unit_test(test_api__browsers_may_ask_from_anywhere),
        cmocka_unit_test(test_api__an_item_is_put_read_changed_found_and_deleted),
        cmocka_unit_test(test_api__a_client_without_a_host_is_sent_to_the_regions_address),
        cmocka_unit_test(test_api__a_change_of_tags_has_a_reply_without_a_body),
        cmocka_unit_test(test_api__a_refused_condition_carries_the_old_item_when_asked),
        cmocka_unit_test(test_api__errors_drop_what_was_written_of_the_reply),
        cmocka_unit_test(test_api__own_rules_come_before_the_table),
        cmocka_unit_test(test_api__an_item_over_400_kib_is_refused_before_its_table),
        cmocka_unit_test(test_api__costs_are_told_for_each_index),
        cmocka_unit_test(test_api__an_unknown_index_is_told_after_an_unknown_table),
        cmocka_unit_test(test_api__a_failed_allocation_ends_one_request_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
