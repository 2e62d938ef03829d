/* kit_calls_test.c -- faults and a fixed clock on handles to every kind of database: in this
 * process, and a server, whose own clock and threads go on as ever.
 */
#include "db/place.h"

#include "stator/testkit.h"

static stator *open_fixed(void)
{
    stator *db = place_open();
    place_rc(stator_clock_fix(db, 1704364200 * STATOR_SECOND), STATOR_OK);
    place_rc(stator_random_fix(db, 1), STATOR_OK);
    return db;
}

static void test_kit_calls__refused_attempts_are_made_again_in_no_time(void **state)
{
    (void)state;
    stator *db = open_fixed();
    const char *table = place_table(db, "PK:S, SK:S");
    const int64_t before = stator_now(db);
    place_rc(stator_fault(db, .action = "PutItem", .code = "ThrottlingException", .times = 3),
             STATOR_OK);
    place_put(db, table, "a", "1", 7);
    assert_in_range(stator_now(db) - before, 700000 * 3 / 4, 700000 * 5 / 4);
    place_stored(db, table, "a", "1", "{\"PK\":\"a\",\"SK\":\"1\",\"n\":7}");
    place_rc(stator_fault(db, .action = "PutItem", .code = "ThrottlingException", .times = 4),
             STATOR_OK);
    place_rc(stator_put(db, table, STATOR_M({"PK", stator_s("b")}, {"SK", stator_s("1")})),
             STATOR_E_THROTTLED);
    assert_int_equal(stator_error_get()->attempts, 4);
    place_stored(db, table, "b", "1", NULL);
    place_close(db);
}

static void test_kit_calls__of_a_lost_reply_the_write_happened(void **state)
{
    (void)state;
    stator *db = open_fixed();
    const char *table = place_table(db, "PK:S, SK:S");
    place_rc(stator_fault(db, .action = "UpdateItem", .lost = true, .times = 1), STATOR_OK);
    place_rc(
        stator_update(db, table, PLACE_KEY("a", "1"), stator_updates(stator_add("n", stator_i(1)))),
        STATOR_E_NETWORK);
    assert_true(stator_error_get()->uncertain);
    assert_int_equal(stator_error_get()->attempts, 1);
    place_stored(db, table, "a", "1", "{\"PK\":\"a\",\"SK\":\"1\",\"n\":1}");
    place_close(db);
}

static void test_kit_calls__a_transaction_whose_replies_got_lost_happens_once(void **state)
{
    (void)state;
    stator *db = open_fixed();
    const char *table = place_table(db, "PK:S, SK:S");
    place_rc(stator_fault(db, .action = "TransactWriteItems", .lost = true, .times = 3), STATOR_OK);
    stator_tx *tx = stator_tx_new(db);
    stator_tx_update(tx, table, PLACE_KEY("a", "1"), stator_updates(stator_add("n", stator_i(1))));
    char token[STATOR_UUID_LEN];
    place_rc(stator_random_fix(db, (uint64_t)stator_now(NULL)), STATOR_OK);
    stator_tx_token(tx, stator_uuid4(db, token)); /* a server remembers those of other runs */
    place_rc(stator_tx_commit(tx, NULL), STATOR_OK);
    stator_tx_free(tx);
    place_stored(db, table, "a", "1", "{\"PK\":\"a\",\"SK\":\"1\",\"n\":1}");
    place_close(db);
}

static void test_kit_calls__a_late_answer_is_a_timeout_of_what_happened(void **state)
{
    (void)state;
    stator *db = open_fixed();
    const char *table = place_table(db, "PK:S, SK:S");
    place_rc(stator_fault(db, .action = "PutItem", .latency_us = 60 * STATOR_SECOND), STATOR_OK);
    place_rc(stator_put(db, table, STATOR_M({"PK", stator_s("a")}, {"SK", stator_s("1")})),
             STATOR_E_TIMEOUT);
    assert_true(stator_error_get()->uncertain);
    place_stored(db, table, "a", "1", "{\"PK\":\"a\",\"SK\":\"1\"}");
    place_close(db);
}

static void test_kit_calls__a_cleared_fault_meets_nothing(void **state)
{
    (void)state;
    stator *db = open_fixed();
    const char *table = place_table(db, "PK:S, SK:S");
    place_rc(stator_fault(db, .code = "InternalServerError"), STATOR_OK);
    stator_fault_clear(db);
    place_put(db, table, "a", "1", 7);
    assert_int_equal(stator_fault_count(db), 0);
    place_close(db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kit_calls__refused_attempts_are_made_again_in_no_time),
        cmocka_unit_test(test_kit_calls__of_a_lost_reply_the_write_happened),
        cmocka_unit_test(test_kit_calls__a_transaction_whose_replies_got_lost_happens_once),
        cmocka_unit_test(test_kit_calls__a_late_answer_is_a_timeout_of_what_happened),
        cmocka_unit_test(test_kit_calls__a_cleared_fault_meets_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
