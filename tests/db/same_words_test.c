/* same_words_test.c -- wrong requests fail alike, wherever the database is.
 *
 * Each request is made of a database in this process and of the one that the test runs against.
 * What stator_error_get then shows must be the same: outcome, code, sentence, status of HTTP,
 * blame, index, item. Requests are DynamoDB's JSON, or literals.
 */
#include <stdio.h>

#include "db/place.h"

static stator *here;
static stator *there;
enum { SEEN_BYTES = 3000 };

static int set_up(void **state)
{
    (void)state;
    place_rc(stator_open("mem:", NULL, &here), STATOR_OK);
    there = place_open();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    (void)!stator_delete_table(there, "same"); /* the server stays */
    stator_close(here);
    place_close(there);
    return 0;
}

/* ---- what is compared */

static void show(stator_rc rc, char out[SEEN_BYTES])
{
    const stator_error *e = stator_error_get();
    char *item = stator_json(e->item, STATOR_JSON_DYNAMODB);
    (void)snprintf(
        out, SEEN_BYTES, "%s %s %d %s%s%s#%d %s attempts %d item %s: %s", stator_rc_name(rc),
        e->code != NULL ? e->code : "", e->http_status, e->retryable ? "retryable " : "",
        e->client_fault ? "client " : "", e->uncertain ? "uncertain " : "", e->op_index,
        e->op_name != NULL ? e->op_name : "", e->attempts, item != NULL ? item : "", e->message);
    stator_free(item);
}

typedef stator_rc(make_fn)(stator *db, const void *ctx);

/* Make it of both, and compare; with `fails` it must be no success. */
static void compare(make_fn *make, const void *ctx, bool fails, const char *what)
{
    char one[SEEN_BYTES];
    char two[SEEN_BYTES];
    const stator_rc rc = make(here, ctx);
    show(rc, one);
    show(make(there, ctx), two);
    if (strcmp(one, two) == 0 && (rc != STATOR_OK) == fails) return;
    fail_msg("%s\n  here:  %s\n  there: %s", what, one, two);
}

/* ---- as JSON */

struct request {
    const char *operation, *json;
};

/* Also the JSON of the error must be the same. */
static char replies[2][SEEN_BYTES];

static stator_rc call(stator *db, const void *ctx)
{
    const struct request *request = ctx;
    char *reply = NULL;
    const stator_rc rc = stator_call(db, request->operation, request->json, &reply);
    (void)snprintf(replies[db == here ? 0 : 1], SEEN_BYTES, "%s", reply != NULL ? reply : "");
    stator_free(reply);
    return rc;
}

static void make_tables(void)
{
    static const struct request create = {
        "CreateTable",
        "{\"TableName\":\"same\",\"BillingMode\":\"PAY_PER_REQUEST\","
        "\"AttributeDefinitions\":[{\"AttributeName\":\"PK\",\"AttributeType\":\"S\"},"
        "{\"AttributeName\":\"SK\",\"AttributeType\":\"N\"},"
        "{\"AttributeName\":\"g\",\"AttributeType\":\"S\"}],"
        "\"KeySchema\":[{\"AttributeName\":\"PK\",\"KeyType\":\"HASH\"},"
        "{\"AttributeName\":\"SK\",\"KeyType\":\"RANGE\"}],"
        "\"GlobalSecondaryIndexes\":[{\"IndexName\":\"by-g\",\"KeySchema\":[{\"AttributeName\":"
        "\"g\",\"KeyType\":\"HASH\"}],\"Projection\":{\"ProjectionType\":\"KEYS_ONLY\"}}]}"};
    static const struct request put = {
        "PutItem", "{\"TableName\":\"same\",\"Item\":{\"PK\":{\"S\":\"a\"},\"SK\":{\"N\":\"1\"},"
                   "\"n\":{\"N\":\"5\"},\"s\":{\"S\":\"x\"},\"l\":{\"L\":[]}}}"};
    place_rc(call(here, &create), STATOR_OK);
    place_rc(call(there, &create), STATOR_OK);
    place_rc(call(here, &put), STATOR_OK);
    place_rc(call(there, &put), STATOR_OK);
}

#define K "\"Key\":{\"PK\":{\"S\":\"a\"},\"SK\":{\"N\":\"1\"}}"
#define IN "{\"TableName\":\"same\","

/* clang-format off */
static const struct request wrong[] = {
    {"GetItem", ""}, {"GetItem", "{"}, {"GetItem", "[]"}, {"GetItem", "null"}, {"GetItem", "{}x"},
    {"GetItem", "{}"},
    {"GetItem", "{\"TableName\":1}"},
    {"GetItem", "{\"TableName\":\"a\"}"},
    {"GetItem", "{\"TableName\":\"a b c\"," K "}"},
    {"GetItem", "{\"TableName\":\"none\"," K "}"},
    {"GetItem", IN "\"Key\":{}}"},
    {"GetItem", IN "\"Key\":{\"PK\":{\"S\":\"a\"}}}"},
    {"GetItem", IN "\"Key\":{\"PK\":{\"S\":\"a\"},\"SK\":{\"S\":\"1\"}}}"},
    {"GetItem", IN "\"Key\":{\"PK\":{\"S\":\"\"},\"SK\":{\"N\":\"1\"}}}"},
    {"GetItem", IN "\"Key\":{\"PK\":{\"S\":\"a\"},\"SK\":{\"N\":\"x\"}}}"},
    {"GetItem", IN "\"Key\":{\"PK\":{\"S\":\"a\",\"N\":\"1\"},\"SK\":{\"N\":\"1\"}}}"},
    {"GetItem", IN K ",\"ProjectionExpression\":\"a,\"}"},
    {"GetItem", IN K ",\"ProjectionExpression\":\"#a\"}"},
    {"GetItem", IN K ",\"ProjectionExpression\":\"a\",\"AttributesToGet\":[\"b\"]}"},
    {"GetItem", IN K ",\"ExpressionAttributeNames\":{\"#a\":\"b\"}}"},
    {"GetItem", IN K ",\"ReturnConsumedCapacity\":\"SOME\"}"},
    {"PutItem", IN "\"Item\":{\"PK\":{\"S\":\"a\"}}}"},
    {"PutItem", IN "\"Item\":{\"PK\":{\"S\":\"a\"},\"SK\":{\"N\":\"1\"},\"g\":{\"N\":\"1\"}}}"},
    {"PutItem", IN "\"Item\":{\"PK\":{\"S\":\"a\"},\"SK\":{\"N\":\"1\"},\"x\":{\"SS\":[]}}}"},
    {"PutItem", IN "\"Item\":{\"PK\":{\"S\":\"a\"},\"SK\":{\"N\":\"1\"},"
        "\"x\":{\"NS\":[\"1\",\"1.0\"]}}}"},
    {"PutItem", IN "\"Item\":{\"PK\":{\"S\":\"a\"},\"SK\":{\"N\":\"1\"},\"x\":{\"B\":\"!\"}}}"},
    {"PutItem", IN "\"Item\":{\"PK\":{\"S\":\"a\"},\"SK\":{\"N\":\"1e200\"}}}"},
    {"PutItem", IN "\"Item\":{\"PK\":{\"S\":\"a\"},\"SK\":{\"N\":\"1\"}},"
        "\"ReturnValues\":\"ALL_NEW\"}"},
    {"PutItem", IN "\"Item\":{\"PK\":{\"S\":\"a\"},\"SK\":{\"N\":\"1\"}},"
        "\"ConditionExpression\":\"\"}"},
    {"PutItem", IN "\"Item\":{\"PK\":{\"S\":\"a\"},\"SK\":{\"N\":\"1\"}},"
        "\"ConditionExpression\":\"attribute_not_exists(PK)\"}"},
    {"PutItem", IN "\"Item\":{\"PK\":{\"S\":\"a\"},\"SK\":{\"N\":\"1\"}},"
        "\"ConditionExpression\":\"attribute_not_exists(PK)\","
        "\"ReturnValuesOnConditionCheckFailure\":\"ALL_OLD\"}"},
    {"PutItem", IN "\"Item\":{\"PK\":{\"S\":\"a\"},\"SK\":{\"N\":\"1\"}},"
        "\"ConditionExpression\":\"size(a)\"}"},
    {"PutItem", IN "\"Item\":{\"PK\":{\"S\":\"a\"},\"SK\":{\"N\":\"1\"}},"
        "\"ConditionExpression\":\"a = :a\"}"},
    {"UpdateItem", IN K ",\"UpdateExpression\":\"SET\"}"},
    {"UpdateItem", IN K ",\"UpdateExpression\":\"SET PK = :a\","
        "\"ExpressionAttributeValues\":{\":a\":{\"S\":\"b\"}}}"},
    {"UpdateItem", IN K ",\"UpdateExpression\":\"SET a = :a, a.b = :a\","
        "\"ExpressionAttributeValues\":{\":a\":{\"S\":\"b\"}}}"},
    {"UpdateItem", IN K ",\"UpdateExpression\":\"SET n = s + :a\","
        "\"ExpressionAttributeValues\":{\":a\":{\"N\":\"1\"}}}"},
    {"UpdateItem", IN K ",\"UpdateExpression\":\"SET n = none + :a\","
        "\"ExpressionAttributeValues\":{\":a\":{\"N\":\"1\"}}}"},
    {"UpdateItem", IN K ",\"UpdateExpression\":\"ADD s :a\","
        "\"ExpressionAttributeValues\":{\":a\":{\"N\":\"1\"}}}"},
    {"UpdateItem", IN K ",\"UpdateExpression\":\"SET none.x = :a\","
        "\"ExpressionAttributeValues\":{\":a\":{\"N\":\"1\"}}}"},
    {"UpdateItem", IN K ",\"UpdateExpression\":\"REMOVE n\","
        "\"ConditionExpression\":\"n = s\",\"ReturnValuesOnConditionCheckFailure\":\"ALL_OLD\"}"},
    {"UpdateItem", IN K ",\"UpdateExpression\":\"REMOVE n\",\"ReturnValues\":\"SOME\"}"},
    {"DeleteItem", IN K ",\"ConditionExpression\":\"attribute_exists(none)\"}"},
    {"DeleteItem", IN K ",\"ReturnValues\":\"UPDATED_NEW\"}"},
    {"Query", "{\"TableName\":\"same\"}"},
    {"Query", IN "\"KeyConditionExpression\":\"SK = :a\","
        "\"ExpressionAttributeValues\":{\":a\":{\"N\":\"1\"}}}"},
    {"Query", IN "\"KeyConditionExpression\":\"PK = :a AND n = :a\","
        "\"ExpressionAttributeValues\":{\":a\":{\"S\":\"1\"}}}"},
    {"Query", IN "\"KeyConditionExpression\":\"PK = :a\","
        "\"ExpressionAttributeValues\":{\":a\":{\"N\":\"1\"}}}"},
    {"Query", IN "\"IndexName\":\"none\",\"KeyConditionExpression\":\"PK = :a\","
        "\"ExpressionAttributeValues\":{\":a\":{\"S\":\"1\"}}}"},
    {"Query", IN "\"IndexName\":\"by-g\","
        "\"ConsistentRead\":true,\"KeyConditionExpression\":\"g = :a\","
        "\"ExpressionAttributeValues\":{\":a\":{\"S\":\"1\"}}}"},
    {"Query", IN "\"Limit\":0,\"KeyConditionExpression\":\"PK = :a\","
        "\"ExpressionAttributeValues\":{\":a\":{\"S\":\"1\"}}}"},
    {"Query", IN "\"KeyConditionExpression\":\"PK = :a\",\"FilterExpression\":\"PK = :a\","
        "\"ExpressionAttributeValues\":{\":a\":{\"S\":\"1\"}}}"},
    {"Query", IN "\"KeyConditionExpression\":\"PK = :a\","
        "\"ExclusiveStartKey\":{\"PK\":{\"S\":\"b\"}},"
        "\"ExpressionAttributeValues\":{\":a\":{\"S\":\"1\"}}}"},
    {"Scan", IN "\"Segment\":1}"}, {"Scan", IN "\"TotalSegments\":1}"},
    {"Scan", IN "\"Segment\":4,\"TotalSegments\":4}"},
    {"Scan", IN "\"FilterExpression\":\"a BETWEEN :a AND :b\","
        "\"ExpressionAttributeValues\":{\":a\":{\"N\":\"2\"},\":b\":{\"N\":\"1\"}}}"},
    {"Scan", IN "\"Select\":\"SPECIFIC_ATTRIBUTES\"}"},
    {"BatchGetItem", "{}"}, {"BatchGetItem", "{\"RequestItems\":{}}"},
    {"BatchGetItem", "{\"RequestItems\":{\"same\":{\"Keys\":[]}}}"},
    {"BatchGetItem", "{\"RequestItems\":{\"same\":{\"Keys\":[{\"PK\":{\"S\":\"a\"},"
        "\"SK\":{\"N\":\"1\"}},{\"PK\":{\"S\":\"a\"},\"SK\":{\"N\":\"1\"}}]}}}"},
    {"BatchGetItem", "{\"RequestItems\":{\"none\":{\"Keys\":[{\"PK\":{\"S\":\"a\"}}]}}}"},
    {"BatchWriteItem", "{\"RequestItems\":{\"same\":[{}]}}"},
    {"BatchWriteItem", "{\"RequestItems\":{\"same\":"
     "[{\"DeleteRequest\":{\"Key\":{\"PK\":{\"S\":\"a\"}}}}]}}"},
    {"TransactWriteItems", "{\"TransactItems\":[]}"},
    {"TransactWriteItems", "{\"TransactItems\":[{}]}"},
    {"TransactWriteItems", "{\"TransactItems\":[{\"Delete\":" IN K "}},{\"Delete\":" IN K "}}]}"},
    {"TransactWriteItems", "{\"TransactItems\":[{\"Update\":" IN K ","
        "\"UpdateExpression\":\"SET n = none + :a\","
        "\"ExpressionAttributeValues\":{\":a\":{\"N\":\"1\"}}}}]}"},
    {"TransactWriteItems", "{\"TransactItems\":[{\"ConditionCheck\":" IN K ","
        "\"ConditionExpression\":\"attribute_exists(none)\","
        "\"ReturnValuesOnConditionCheckFailure\":\"ALL_OLD\"}}]}"},
    {"TransactGetItems", "{\"TransactItems\":[{\"Get\":{\"TableName\":\"none\"," K "}}]}"},
    {"CreateTable", "{\"TableName\":\"same\"}"},
    {"CreateTable", "{\"TableName\":\"new\",\"AttributeDefinitions\":[],\"KeySchema\":[]}"},
    {"CreateTable", "{\"TableName\":\"new\",\"BillingMode\":\"SOME\","
        "\"AttributeDefinitions\":[{\"AttributeName\":\"a\",\"AttributeType\":\"S\"}],"
        "\"KeySchema\":[{\"AttributeName\":\"b\",\"KeyType\":\"HASH\"}]}"},
    {"DescribeTable", "{\"TableName\":\"none\"}"}, {"DeleteTable", "{\"TableName\":\"none\"}"},
    {"UpdateTable", "{\"TableName\":\"same\"}"},
    {"UpdateTimeToLive", "{\"TableName\":\"same\"}"},
    {"ListTables", "{\"Limit\":1000}"}, {"DescribeTimeToLive", "{\"TableName\":\"none\"}"},
    {"NoSuchOperation", "{}"}, {"getitem", "{}"},
};
/* clang-format on */

static void test_json__wrong_requests_fail_alike(void **state)
{
    (void)state;
    make_tables();
    for (size_t i = 0; i < ARRAY_COUNT(wrong); i++) {
        compare(call, &wrong[i], true, wrong[i].json);
        assert_string_equal(replies[0], replies[1]);
    }
}

/* ---- as literals */

static const struct stator_val none = {0};

#define KEY STATOR_KEY({"PK", stator_s("a")}, {"SK", stator_i(1)})

static stator_rc scan_with(stator *db, stator_cond filter)
{
    stator_result *r = NULL;
    const stator_rc rc = stator_scan(db, &r, "same", .filter = filter);
    stator_result_free(r);
    return rc;
}

/* The result of literal request `i`; STATOR_DONE: there is none of this number. */
static stator_rc literal(stator *db, const void *ctx)
{
    const stator_val wide = stator_n("123456789012345678901234567890123456789");
    switch (*(const int *)ctx) {
    case 0:
        return stator_put(db, "same", KEY, .if_not_exists = true, .on_failure = STATOR_ALL_OLD);
    case 1:
        return stator_put(db, "none", KEY, .if_not_exists = true);
    case 2:
        return stator_put(db, "same", STATOR_M({"PK", stator_s("a")}));
    case 3:
        return stator_put(db, "same", STATOR_M({"PK", wide}));
    case 4:
        return stator_put(db, "same", KEY, .returning = STATOR_ALL_NEW);
    case 5:
        return stator_update(db, "same", KEY, stator_inc("none", stator_i(1)));
    case 6:
        return stator_update(db, "same", KEY, stator_set("SK", stator_i(1)));
    case 7:
        return stator_update(db, "same", KEY, stator_upd_expr("SET = ?", stator_i(1)));
    case 8:
        return stator_update(db, "same", KEY, stator_append("s", STATOR_L(stator_i(1))));
    case 9:
        return stator_delete(db, "same", none);
    case 10:
        return stator_delete(db, "same", KEY, .condition = stator_expr0("size("));
    case 11:
        return stator_delete(db, "same", KEY, .condition = stator_lt("n", stator_bool(true)));
    case 12:
        return stator_delete(db, "same", KEY, .condition = stator_eq("n", stator_i(6)));
    case 13:
        return scan_with(db, stator_begins_with("n", stator_i(1)));
    case 14:
        return scan_with(db, stator_is_type("n", "Z"));
    case 15:
        return scan_with(db, stator_between("n", stator_i(2), stator_i(1)));
    case 16:
        return scan_with(db, stator_expr("a = ?", stator_i(1)));
    case 17:
        return scan_with(db, stator_expr("a = ? AND", stator_i(1)));
    case 18:
        return stator_set_ttl(db, "none", "x");
    case 19:
        return stator_drop_index(db, "same", "none");
    case 20:
        return stator_create_table(db, .name = "same", .key = "PK:S");
    case 21:
        return stator_wait_table(db, "none", "ACTIVE", 0);
    default:
        return STATOR_DONE;
    }
}

static void test_literals__wrong_requests_fail_alike(void **state)
{
    (void)state;
    char what[20];
    make_tables();
    for (int i = 0; literal(here, &i) != STATOR_DONE; i++) {
        (void)snprintf(what, sizeof what, "literal %d", i);
        compare(literal, &i, i != 16, what);
    }
}

static stator_rc transact(stator *db, const void *ctx)
{
    (void)ctx;
    stator_tx *tx = stator_tx_new(db);
    stator_tx_put(tx, "same", STATOR_M({"PK", stator_s("b")}, {"SK", stator_i(1)}));
    stator_tx_put(tx, "same", KEY, .if_not_exists = true, .on_failure = STATOR_ALL_OLD);
    stator_tx_update(tx, "same", STATOR_KEY({"PK", stator_s("c")}, {"SK", stator_i(1)}),
                     stator_inc("none", stator_i(1)));
    const stator_rc rc = stator_tx_commit(tx, NULL);
    stator_tx_free(tx);
    return rc;
}

static void test_transactions__are_canceled_alike(void **state)
{
    (void)state;
    make_tables();
    compare(transact, NULL, true, "a transaction");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_json__wrong_requests_fail_alike),
        TEST(test_literals__wrong_requests_fail_alike),
        TEST(test_transactions__are_canceled_alike),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
