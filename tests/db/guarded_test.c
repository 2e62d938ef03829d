/* guarded_test.c -- guarded writes as applications make them, on every kind of database.
 *
 * Scenarios from the plans of other libraries for DynamoDB, under the names that they have there:
 * create, update and delete under conditions, versions, transfers, bookmarks, and returned values.
 */
#include <pthread.h>
#include <stdio.h>

#include "db/place.h"

static stator *db;
static const char *t;

static int set_up(void **state)
{
    (void)state;
    db = place_open();
    t = place_table(db, "PK:S, SK:S");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    place_close(db);
    return 0;
}

#define ITEM(pk, ...) STATOR_M({"PK", stator_s(pk)}, {"SK", stator_s("x")}, __VA_ARGS__)
#define KEY(pk) PLACE_KEY(pk, "x")

static void check(const char *pk, const char *expected)
{
    place_stored(db, t, pk, "x", expected);
}

/* ---- TestQuery_WriteConditions: each kind of guard passes and refuses */

static void put_lock(bool locked)
{
    place_rc(stator_put(db, t, ITEM("a", {"Locked", stator_bool(locked)}, {"n", stator_i(1)})),
             STATOR_OK);
}

static void TestQuery_WriteConditions_create_if_not_exists(void **state)
{
    (void)state;
    place_rc(stator_put(db, t, ITEM("a", {"n", stator_i(1)}), .if_not_exists = true), STATOR_OK);
    place_rc(stator_put(db, t, ITEM("a", {"n", stator_i(2)}), .if_not_exists = true),
             STATOR_CONDITION_FAILED);
    check("a", "{\"PK\":\"a\",\"SK\":\"x\",\"n\":1}");
}

static void TestQuery_WriteConditions_create_with_condition(void **state)
{
    (void)state;
    put_lock(false);
    place_rc(stator_put(db, t, ITEM("a", {"n", stator_i(2)}),
                        .condition = stator_eq("Locked", stator_bool(true))),
             STATOR_CONDITION_FAILED);
    place_rc(stator_put(db, t, ITEM("a", {"n", stator_i(2)}),
                        .condition = stator_eq("Locked", stator_bool(false))),
             STATOR_OK);
}

static void TestQuery_WriteConditions_update_toggles_a_lock(void **state)
{
    (void)state;
    put_lock(true);
    const stator_upd open = stator_set("Locked", stator_bool(false));
    const stator_cond is_locked = stator_eq("Locked", stator_bool(true));
    place_rc(stator_update(db, t, KEY("a"), open, .condition = is_locked), STATOR_OK);
    place_rc(stator_update(db, t, KEY("a"), open, .condition = is_locked), STATOR_CONDITION_FAILED);
    check("a", "{\"Locked\":false,\"PK\":\"a\",\"SK\":\"x\",\"n\":1}");
}

static void TestQuery_WriteConditions_update_if_exists(void **state)
{
    (void)state;
    place_rc(stator_update(db, t, KEY("a"), stator_set("n", stator_i(1)), .if_exists = true),
             STATOR_CONDITION_FAILED);
    check("a", NULL);
}

static void TestQuery_WriteConditions_delete_with_condition(void **state)
{
    (void)state;
    put_lock(true);
    place_rc(stator_delete(db, t, KEY("a"), .condition = stator_ne("Locked", stator_bool(true))),
             STATOR_CONDITION_FAILED);
    place_rc(stator_delete(db, t, KEY("a"), .condition = stator_ne("Locked", stator_bool(false))),
             STATOR_OK);
    check("a", NULL);
}

static void TestQuery_WriteConditions_text_with_values(void **state)
{
    (void)state;
    put_lock(true);
    place_rc(stator_delete(db, t, KEY("a"),
                           .condition = stator_expr("Locked = ? AND n BETWEEN ? AND ?",
                                                    stator_bool(true), stator_i(2), stator_i(3))),
             STATOR_CONDITION_FAILED);
    place_rc(stator_delete(db, t, KEY("a"),
                           .condition = stator_expr("Locked = ? AND n BETWEEN ? AND ?",
                                                    stator_bool(true), stator_i(1), stator_i(3))),
             STATOR_OK);
}

static void TestQuery_WriteConditions_many_are_anded(void **state)
{
    (void)state;
    put_lock(true);
    const stator_cond many =
        stator_and(stator_eq("Locked", stator_bool(true)), stator_gt("n", stator_i(0)),
                   stator_in("n", stator_i(1), stator_i(5)),
                   stator_or(stator_exists("none"), stator_begins_with("PK", stator_s("a"))),
                   stator_is_type("n", "N"), stator_not(stator_contains("SK", stator_s("y"))));
    place_rc(stator_update(db, t, KEY("a"), stator_inc("n", stator_i(1)), .condition = many),
             STATOR_OK);
    place_rc(stator_update(db, t, KEY("a"), stator_inc("n", stator_i(1)), .condition = many),
             STATOR_CONDITION_FAILED);
}

/* ---- failures */

static void TestQueryCreateConditionalFailure(void **state)
{
    (void)state;
    place_rc(stator_put(db, t, ITEM("a", {"n", stator_i(1)})), STATOR_OK);
    place_rc(stator_put(db, t, ITEM("a", {"n", stator_i(2)}), .if_not_exists = true,
                        .on_failure = STATOR_ALL_OLD),
             STATOR_CONDITION_FAILED);
    assert_int_equal(stator_int(stator_error_get()->item, "n", -1), 1);
    check("a", "{\"PK\":\"a\",\"SK\":\"x\",\"n\":1}");
}

static void TestQueryUpdateConditionalFailure(void **state)
{
    (void)state;
    place_rc(stator_put(db, t, ITEM("a", {"status", stator_s("open")})), STATOR_OK);
    place_rc(stator_update(db, t, KEY("a"), stator_set("status", stator_s("done")),
                           .condition = stator_eq("status", stator_s("running")),
                           .on_failure = STATOR_ALL_OLD),
             STATOR_CONDITION_FAILED);
    assert_string_equal(stator_str(stator_error_get()->item, "status"), "open");
}

static void TestQueryDeleteConditionalFailure(void **state)
{
    (void)state;
    place_rc(stator_put(db, t, ITEM("a", {"status", stator_s("open")})), STATOR_OK);
    place_rc(stator_delete(db, t, KEY("a"), .condition = stator_eq("status", stator_s("done")),
                           .on_failure = STATOR_ALL_OLD),
             STATOR_CONDITION_FAILED);
    assert_string_equal(stator_str(stator_error_get()->item, "status"), "open");
    check("a", "{\"PK\":\"a\",\"SK\":\"x\",\"status\":\"open\"}");
}

static void TestUpdateOperations_ConditionalUpdates(void **state)
{
    (void)state;
    const int64_t five = 5;
    place_rc(stator_put(db, t, ITEM("a", {"Version", stator_i(5)})), STATOR_OK);
    place_rc(stator_update(db, t, KEY("a"), stator_set("x", stator_i(1)), .if_version = &five,
                           .version_attr = "Version"),
             STATOR_OK);
    check("a", "{\"PK\":\"a\",\"SK\":\"x\",\"Version\":6,\"x\":1}");
    place_rc(stator_update(db, t, KEY("a"), stator_set("x", stator_i(2)), .if_version = &five,
                           .version_attr = "Version"),
             STATOR_CONDITION_FAILED);
    check("a", "{\"PK\":\"a\",\"SK\":\"x\",\"Version\":6,\"x\":1}");
}

static void TestCreateOrUpdate(void **state)
{
    (void)state;
    for (int i = 1; i <= 2; i++) {
        place_rc(stator_update(db, t, KEY("a"),
                               stator_updates(stator_set_default("created", stator_i(i)),
                                              stator_set("updated", stator_i(i)),
                                              stator_add("count", stator_i(1)))),
                 STATOR_OK);
    }
    check("a", "{\"PK\":\"a\",\"SK\":\"x\",\"count\":2,\"created\":1,\"updated\":2}");
}

/* ---- returned values */

static void test_update_returning_old(void **state)
{
    (void)state;
    stator_result *r = NULL;
    place_rc(stator_put(db, t, ITEM("a", {"n", stator_i(1)})), STATOR_OK);
    place_rc(stator_update(db, t, KEY("a"), stator_set("n", stator_i(2)),
                           .returning = STATOR_ALL_OLD, .result = &r),
             STATOR_OK);
    place_json(stator_result_item(r, 0), "{\"PK\":\"a\",\"SK\":\"x\",\"n\":1}");
    stator_result_free(r);
}

static void test_update_returning_new(void **state)
{
    (void)state;
    stator_result *r = NULL;
    place_rc(stator_put(db, t, ITEM("a", {"n", stator_i(1)})), STATOR_OK);
    place_rc(stator_update(db, t, KEY("a"), stator_set("n", stator_i(2)),
                           .returning = STATOR_ALL_NEW, .result = &r),
             STATOR_OK);
    place_json(stator_result_item(r, 0), "{\"PK\":\"a\",\"SK\":\"x\",\"n\":2}");
    stator_result_free(r);
}

/* ---- one of many */

enum { RACERS = 8 };

static void *race(void *ud)
{
    stator_rc *rc = ud;
    *rc = stator_put(db, t, ITEM("won", {"n", stator_i(1)}), .if_not_exists = true);
    return NULL;
}

static void test_create__of_many_racers_one_wins(void **state)
{
    (void)state;
    pthread_t threads[RACERS];
    stator_rc outcomes[RACERS];
    int won = 0;
    for (int i = 0; i < RACERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, race, &outcomes[i]), 0);
    for (int i = 0; i < RACERS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_true(outcomes[i] == STATOR_OK || outcomes[i] == STATOR_CONDITION_FAILED);
        won += outcomes[i] == STATOR_OK ? 1 : 0;
    }
    assert_int_equal(won, 1);
}

/* ---- many tables' rows in one: entities, orders, bookmarks */

static void SingleTableDesign_ShouldSupportMultipleEntities(void **state)
{
    (void)state;
    stator_result *r = NULL;
    place_rc(stator_put(db, t,
                        STATOR_M({"PK", stator_s("USER#1")}, {"SK", stator_s("PROFILE")},
                                 {"EntityType", stator_s("User")})),
             STATOR_OK);
    for (int i = 0; i < 3; i++) {
        char sk[16];
        place_rc(
            stator_put(db, t,
                       STATOR_M({"PK", stator_s("USER#1")}, {"SK", stator_sf(sk, "ORDER#%d", i)},
                                {"EntityType", stator_s("Order")})),
            STATOR_OK);
    }
    place_rc(stator_query(db, t, &r,
                          stator_and(stator_eq("PK", stator_s("USER#1")),
                                     stator_begins_with("SK", stator_s("ORDER#")))),
             STATOR_OK);
    assert_int_equal(stator_result_count(r), 3);
    assert_string_equal(stator_str(stator_result_item(r, 0), "EntityType"), "Order");
    stator_result_free(r);
    place_rc(stator_query(db, t, &r, stator_eq("PK", stator_s("USER#1"))), STATOR_OK);
    assert_int_equal(stator_result_count(r), 4);
    stator_result_free(r);
}

static stator_rc add_bookmark(void *ud, stator_tx *tx)
{
    stator_tx_put(tx, t, ITEM(ud, {"kind", stator_s("bookmark")}), .if_not_exists = true);
    stator_tx_update(tx, t, KEY("counter"), stator_add("count", stator_i(1)));
    return STATOR_OK;
}

static void test_bookmarks__duplicates_are_refused_without_being_counted(void **state)
{
    (void)state;
    char first[] = "b1";
    char second[] = "b2";
    place_rc(stator_transact(db, add_bookmark, first), STATOR_OK);
    place_rc(stator_transact(db, add_bookmark, first), STATOR_CONDITION_FAILED);
    assert_int_equal(stator_error_get()->op_index, 0);
    place_rc(stator_transact(db, add_bookmark, second), STATOR_OK);
    check("counter", "{\"PK\":\"counter\",\"SK\":\"x\",\"count\":2}");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(TestQuery_WriteConditions_create_if_not_exists),
        TEST(TestQuery_WriteConditions_create_with_condition),
        TEST(TestQuery_WriteConditions_update_toggles_a_lock),
        TEST(TestQuery_WriteConditions_update_if_exists),
        TEST(TestQuery_WriteConditions_delete_with_condition),
        TEST(TestQuery_WriteConditions_text_with_values),
        TEST(TestQuery_WriteConditions_many_are_anded),
        TEST(TestQueryCreateConditionalFailure),
        TEST(TestQueryUpdateConditionalFailure),
        TEST(TestQueryDeleteConditionalFailure),
        TEST(TestUpdateOperations_ConditionalUpdates),
        TEST(TestCreateOrUpdate),
        TEST(test_update_returning_old),
        TEST(test_update_returning_new),
        TEST(test_create__of_many_racers_one_wins),
        TEST(SingleTableDesign_ShouldSupportMultipleEntities),
        TEST(test_bookmarks__duplicates_are_refused_without_being_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
