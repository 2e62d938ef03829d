/* functional_test.c -- a table from its making to transactions, by the names that these tests have
 * where the patterns come from. */
#include <stdio.h>

#include "patterns/place.h"

static void CreateTable_WithValidSchema_ShouldSucceed(void **state)
{
    struct place *place = *state;
    char request[512], *reply = NULL;
    stator_doc *doc = NULL;
    const char *name = place_name(place, "created");
    (void)snprintf(request, sizeof request,
                   "{\"TableName\":\"%s\",\"BillingMode\":\"PAY_PER_REQUEST\","
                   "\"KeySchema\":[{\"AttributeName\":\"id\",\"KeyType\":\"HASH\"}],"
                   "\"AttributeDefinitions\":[{\"AttributeName\":\"id\",\"AttributeType\":\"S\"}]}",
                   name);
    place_check(stator_call(place->db, "CreateTable", request, &reply), STATOR_OK);
    place_check(stator_doc_parse(reply, strlen(reply), STATOR_JSON_PLAIN, &doc), STATOR_OK);
    if (!place_is_peer())
        assert_string_equal(stator_str(stator_doc_node(doc), "TableDescription.TableStatus"),
                            "CREATING");
    place_check(stator_wait_table(place->db, name, "ACTIVE", 30 * STATOR_SECOND), STATOR_OK);
    stator_free(reply);
    stator_doc_free(doc);
}

static void PutAndGetItem_WithComplexData_ShouldSucceed(void **state)
{
    struct place *place = *state;
    static const uint8_t bytes[] = {0, 1, 255};
    const stator_val lines = STATOR_L(stator_s("a"), stator_i(2), STATOR_M({"z", stator_i(3)}));
    const stator_val address = STATOR_M({"city", stator_s("X")}, {"lines", lines});
    place_check(stator_put(place->db, place->table,
                           STATOR_M({"PK", stator_s("USER#1")}, {"SK", stator_s("PROFILE")},
                                    {"name", stator_s("J\xC3\xBCrgen")}, {"age", stator_i(42)},
                                    {"score", stator_n("12345678901234567890.123")},
                                    {"tags", STATOR_SS("b", "a")}, {"nums", STATOR_NS("2", "1.50")},
                                    {"raw", stator_b(bytes, sizeof bytes)}, {"none", stator_null()},
                                    {"yes", stator_bool(true)}, {"empty", stator_s("")},
                                    {"address", address})),
                STATOR_OK);
    stator_doc *doc = place_item(place, "USER#1", "PROFILE");
    char *json = stator_json(stator_doc_node(doc), STATOR_JSON_DYNAMODB);
    assert_string_equal(
        json, "{\"PK\":{\"S\":\"USER#1\"},\"SK\":{\"S\":\"PROFILE\"},"
              "\"address\":{\"M\":{\"city\":{\"S\":\"X\"},\"lines\":{\"L\":[{\"S\":\"a\"},"
              "{\"N\":\"2\"},{\"M\":{\"z\":{\"N\":\"3\"}}}]}}},\"age\":{\"N\":\"42\"},"
              "\"empty\":{\"S\":\"\"},\"name\":{\"S\":\"J\xC3\xBCrgen\"},\"none\":{\"NULL\":true},"
              "\"nums\":{\"NS\":[\"1.5\",\"2\"]},\"raw\":{\"B\":\"AAH/\"},"
              "\"score\":{\"N\":\"12345678901234567890.123\"},\"tags\":{\"SS\":[\"a\",\"b\"]},"
              "\"yes\":{\"BOOL\":true}}");
    stator_free(json);
    stator_doc_free(doc);
}

static void BatchWriteItems_WithMultipleItems_ShouldSucceed(void **state)
{
    struct place *place = *state;
    stator_batch *batch = NULL;
    place_check(stator_batch_new(place->db, NULL, &batch), STATOR_OK);
    for (int i = 0; i < 27; i++) {
        char sk[16];
        place_check(stator_batch_put(batch, place->table,
                                     STATOR_M({"PK", stator_s("USER#1")},
                                              {"SK", stator_sf(sk, "ITEM#%02d", i)})),
                    STATOR_OK);
    }
    place_check(stator_batch_flush(batch), STATOR_OK);
    stator_batch_free(batch);
    assert_int_equal(place_count(place), 27);
}

static void put_orders(struct place *place, int count)
{
    for (int i = 0; i < count; i++) {
        char pk[32], sk[32], gsi[32];
        place_check(stator_put(place->db, place->table,
                               STATOR_M({"PK", stator_sf(pk, "USER#%d", i % 5)},
                                        {"SK", stator_sf(sk, "ORDER#%03d", i)},
                                        {"GSI1PK", stator_sf(gsi, "STATUS#%s",
                                                             i % 3 == 0 ? "OPEN" : "SHIPPED")},
                                        {"GSI1SK", stator_s(sk)}, {"Total", stator_i(i)})),
                    STATOR_OK);
    }
}

static void QueryWithGSI_OnIndexedAttribute_ShouldReturnFilteredResults(void **state)
{
    struct place *place = *state;
    stator_result *found = NULL;
    put_orders(place, 30);
    place_check(stator_query(place->db, place->table, &found,
                             stator_and(stator_eq("GSI1PK", stator_s("STATUS#OPEN")),
                                        stator_between("GSI1SK", stator_s("ORDER#003"),
                                                       stator_s("ORDER#020"))),
                             .index = STATOR_GSI1, .filter = stator_gt("Total", stator_i(8))),
                STATOR_OK);
    assert_int_equal(stator_result_count(found), 4); /* 9, 12, 15, 18 */
    assert_int_equal(stator_result_scanned(found), 6);
    assert_int_equal(stator_int(stator_result_item(found, 0), "Total", 0), 9);
    stator_result_free(found);
}

static void ScanWithFilter_OnLargeDataset_ShouldReturnFilteredResults(void **state)
{
    struct place *place = *state;
    stator_pager *pager = NULL;
    const stator_node *item = NULL;
    int found = 0;
    put_orders(place, 200);
    place_check(stator_each_scan(place->db, &pager, place->table, .limit = 30,
                                 .filter = stator_and(stator_eq("PK", stator_s("USER#1")),
                                                      stator_lt("Total", stator_i(100)))),
                STATOR_OK);
    while (stator_next(pager, &item) == STATOR_OK) found++;
    stator_pager_free(pager);
    assert_int_equal(found, 20);
}

static void UpdateItem_WithConditionalExpression_ShouldSucceed(void **state)
{
    struct place *place = *state;
    const stator_val key = STATOR_KEY({"PK", stator_s("USER#0")}, {"SK", stator_s("ORDER#000")});
    stator_result *result = NULL;
    put_orders(place, 1);
    place_check(stator_update(
                    place->db, place->table, key,
                    stator_upd_expr("SET Total = Total + ?, #s = ?", stator_i(5), stator_s("PAID")),
                    .condition = stator_expr("Total = ?", stator_i(0))),
                STATOR_E_INVALID); /* a #name that nobody defined */
    place_check(stator_update(place->db, place->table, key,
                              stator_upd_expr("SET Total = Total + ?, Status = ?", stator_i(5),
                                              stator_s("PAID")),
                              .condition = stator_expr("Total = ?", stator_i(0)),
                              .returning = STATOR_ALL_NEW, .result = &result),
                STATOR_OK);
    assert_int_equal(stator_int(stator_result_item(result, 0), "Total", 0), 5);
    stator_result_free(result);
    place_check(stator_update(place->db, place->table, key, stator_set("Total", stator_i(9)),
                              .condition = stator_expr("Total = ?", stator_i(0))),
                STATOR_CONDITION_FAILED);
}

static void TransactWriteItems_WithMultipleOperations_ShouldSucceed(void **state)
{
    struct place *place = *state;
    put_orders(place, 3);
    stator_tx *tx = stator_tx_new(place->db);
    stator_tx_put(tx, place->table, STATOR_M({"PK", stator_s("USER#9")}, {"SK", stator_s("X")}),
                  .if_not_exists = true);
    stator_tx_update(tx, place->table,
                     STATOR_KEY({"PK", stator_s("USER#0")}, {"SK", stator_s("ORDER#000")}),
                     stator_set("Total", stator_i(7)));
    stator_tx_delete(tx, place->table,
                     STATOR_KEY({"PK", stator_s("USER#1")}, {"SK", stator_s("ORDER#001")}));
    stator_tx_check(tx, place->table,
                    STATOR_KEY({"PK", stator_s("USER#2")}, {"SK", stator_s("ORDER#002")}),
                    .if_exists = true);
    place_check(stator_tx_commit(tx, NULL), STATOR_OK);
    stator_tx_free(tx);
    assert_int_equal(place_count(place), 3);
    stator_doc *doc = place_item(place, "USER#0", "ORDER#000");
    assert_int_equal(stator_int(stator_doc_node(doc), "Total", 0), 7);
    stator_doc_free(doc);
}

#define IN_PLACE(test) cmocka_unit_test_setup_teardown(test, place_setup_single, place_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_PLACE(CreateTable_WithValidSchema_ShouldSucceed),
        IN_PLACE(PutAndGetItem_WithComplexData_ShouldSucceed),
        IN_PLACE(BatchWriteItems_WithMultipleItems_ShouldSucceed),
        IN_PLACE(QueryWithGSI_OnIndexedAttribute_ShouldReturnFilteredResults),
        IN_PLACE(ScanWithFilter_OnLargeDataset_ShouldReturnFilteredResults),
        IN_PLACE(UpdateItem_WithConditionalExpression_ShouldSucceed),
        IN_PLACE(TransactWriteItems_WithMultipleOperations_ShouldSucceed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
