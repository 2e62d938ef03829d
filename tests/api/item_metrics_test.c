/* item_metrics_test.c -- ItemCollectionMetrics, and the error of a collection that is full, as they
 * are written: on tables with a local index, of one write and of several.
 *
 * How collections are counted is told by tests/engine/collection_test.c.
 */
#include "api/fixture.h"

#define SIZE "\"ReturnItemCollectionMetrics\":\"SIZE\""
#define NOTE_AT(pk, sk) "{\"pk\":{\"S\":\"" pk "\"},\"sk\":{\"S\":\"" sk "\"}}"
#define PUT_NOTE(pk, sk) "{\"PutRequest\":{\"Item\":" NOTE_AT(pk, sk) "}}"
#define COLLECTION(pk)                                                                             \
    "{\"ItemCollectionKey\":{\"pk\":{\"S\":\"" pk "\"}},\"SizeEstimateRangeGB\":[0.0,1.0]}"
#define PUT_IN_NOTES(pk, sk) OF_NOTES("Put", "Item", NOTE_AT(pk, sk))
#define OF_NOTES(kind, member, more)                                                               \
    "{\"" kind "\":{\"TableName\":\"notes\",\"" member "\":" more "}}"
#define EXCEEDED                                                                                   \
    "{\"__type\":\"com.amazonaws.dynamodb.v20120810#ItemCollectionSizeLimitExceededException\","   \
    "\"message\":\"Collection size exceeded\"}"

static void open_tables(struct fixture *f)
{
    fixture_open(f);
    make_indexed_table(f);
    make_table(f);
}

static void test_metrics__of_a_write_are_told_beside_a_local_index_when_asked_for(void **state)
{
    (void)state;
    struct fixture f;
    open_tables(&f);
    assert_done(&f, TARGET("PutItem"),
                "{\"TableName\":\"notes\",\"Item\":" NOTE_AT("a", "1") "," SIZE "}",
                "{\"ItemCollectionMetrics\":" COLLECTION("a") "}");
    assert_done(&f, TARGET("DeleteItem"), "{\"TableName\":\"notes\",\"Key\":" NOTE_AT("a", "1") "}",
                "{}");
    assert_done(&f, TARGET("PutItem"), "{\"TableName\":\"music\",\"Item\":" ITEM "," SIZE "}",
                "{}");
    fixture_close(&f);
}

static void test_metrics__of_a_batch_have_one_entry_for_each_collection(void **state)
{
    (void)state;
    struct fixture f;
    open_tables(&f);
    assert_done(&f, TARGET("BatchWriteItem"),
                "{\"RequestItems\":{\"music\":[{\"PutRequest\":{\"Item\":" ITEM "}}],"
                "\"notes\":[" PUT_NOTE("a", "1") "," PUT_NOTE("b", "1") "," PUT_NOTE(
                    "a", "2") "]}," SIZE "}",
                "{\"UnprocessedItems\":{},\"ItemCollectionMetrics\":{\"notes\":[" COLLECTION(
                    "a") "," COLLECTION("b") "]}}");
    assert_done(&f, TARGET("BatchWriteItem"),
                "{\"RequestItems\":{\"notes\":[" PUT_NOTE("a", "1") "]}}",
                "{\"UnprocessedItems\":{}}");
    assert_done(&f, TARGET("BatchWriteItem"),
                "{\"RequestItems\":{\"music\":[{\"PutRequest\":{\"Item\":" ITEM "}}]}," SIZE "}",
                "{\"UnprocessedItems\":{}}");
    fixture_close(&f);
}

static void test_metrics__of_a_transaction_leave_out_what_is_only_checked(void **state)
{
    (void)state;
    struct fixture f;
    open_tables(&f);
    /* clang-format off */
    static const char body[] =
        "{\"TransactItems\":[" PUT_IN_NOTES("a", "1") ","
        OF_NOTES("Delete", "Key", NOTE_AT("b", "1")) ","
        OF_NOTES("Update", "Key", NOTE_AT("a", "2") ",\"UpdateExpression\":\"REMOVE x\"") ","
        OF_NOTES("ConditionCheck", "Key",
                 NOTE_AT("c", "1") ",\"ConditionExpression\":\"attribute_not_exists(pk)\"")
        "]," SIZE "}";
    static const char reply[] =
        "{\"ItemCollectionMetrics\":{\"notes\":[" COLLECTION("a") "," COLLECTION("b") "]}}";
    /* clang-format on */
    assert_done(&f, TARGET("TransactWriteItems"), body, reply);
    fixture_close(&f);
}

static void test_a_full_collection__refuses_with_the_error_of_its_own(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open_limited(&f, 8);
    make_indexed_table(&f);
    assert_done(&f, TARGET("PutItem"), "{\"TableName\":\"notes\",\"Item\":" NOTE_AT("a", "1") "}",
                "{}");
    assert_reply(
        &f,
        &(struct request){.target = TARGET("PutItem"),
                          .body = "{\"TableName\":\"notes\",\"Item\":" NOTE_AT("a", "2") "}"},
        400, EXCEEDED);
    assert_reply(&f,
                 &(struct request){.target = TARGET("BatchWriteItem"),
                                   .body = "{\"RequestItems\":{\"notes\":[" PUT_NOTE(
                                       "b", "1") "," PUT_NOTE("a", "2") "]}}"},
                 400, EXCEEDED);
    fixture_close(&f);
}

static void test_a_full_collection__cancels_a_transaction(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open_limited(&f, 8);
    make_indexed_table(&f);
    /* clang-format off */
    static const char body[] =
        "{\"TransactItems\":[" PUT_IN_NOTES("b", "1") "," PUT_IN_NOTES("a", "1") ","
        PUT_IN_NOTES("a", "2") "]}";
    static const char reply[] =
        "{\"__type\":\"com.amazonaws.dynamodb.v20120810#TransactionCanceledException\","
        "\"Message\":\"Transaction cancelled, please refer cancellation reasons for specific "
        "reasons [None, None, ItemCollectionSizeLimitExceeded]\","
        "\"CancellationReasons\":[{\"Code\":\"None\"},{\"Code\":\"None\"},"
        "{\"Code\":\"ItemCollectionSizeLimitExceeded\",\"Message\":\"Collection size exceeded\"}]}";
    /* clang-format on */
    assert_reply(&f, &(struct request){.target = TARGET("TransactWriteItems"), .body = body}, 400,
                 reply);
    fixture_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_metrics__of_a_write_are_told_beside_a_local_index_when_asked_for),
        cmocka_unit_test(test_metrics__of_a_batch_have_one_entry_for_each_collection),
        cmocka_unit_test(test_metrics__of_a_transaction_leave_out_what_is_only_checked),
        cmocka_unit_test(test_a_full_collection__refuses_with_the_error_of_its_own),
        cmocka_unit_test(test_a_full_collection__cancels_a_transaction),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
