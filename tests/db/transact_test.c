/* transact_test.c -- transactions, on every kind of database.
 *
 * All or nothing, why it was canceled, tokens, and mistakes of single actions. The invariants X1 to
 * X3 are those of transact.c. Conflicts, which have to be made, stand in partial_test.c.
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

#define ITEM(pk, number)                                                                           \
    STATOR_M({"PK", stator_s(pk)}, {"SK", stator_s("x")}, {"n", stator_i(number)})
#define KEY(pk) PLACE_KEY(pk, "x")

static void check_n(const char *pk, int64_t n)
{
    stator_result *r = NULL;
    place_rc(stator_get(db, t, &r, KEY(pk), .consistent = true),
             n >= 0 ? STATOR_OK : STATOR_NOT_FOUND);
    if (n >= 0) assert_int_equal(stator_int(stator_result_item(r, 0), "n", -1), n);
    stator_result_free(r);
}

/* ---- all or nothing */

static void test_txn_all_conditions_pass(void **state)
{
    (void)state;
    place_put(db, t, "old", "x", 1);
    stator_tx *tx = stator_tx_new(db);
    stator_tx_put(tx, t, ITEM("a", 1), .if_not_exists = true);
    stator_tx_update(tx, t, KEY("b"), stator_add("n", stator_i(2)));
    stator_tx_delete(tx, t, KEY("old"), .condition = stator_eq("n", stator_i(1)));
    stator_tx_check(tx, t, KEY("none"), .condition = stator_not_exists("PK"));
    assert_int_equal(stator_tx_len(tx), 4);
    place_rc(stator_tx_commit(tx, NULL), STATOR_OK);
    assert_int_equal(stator_tx_len(tx), 0);
    check_n("a", 1);
    check_n("b", 2);
    check_n("old", -1);
    stator_tx_free(tx);
}

static void test_txn_one_condition_fails_aborts_all(void **state)
{
    (void)state;
    place_put(db, t, "b", "x", 7);
    stator_tx *tx = stator_tx_new(db);
    stator_tx_put(tx, t, ITEM("a", 1));
    stator_tx_put(tx, t, ITEM("b", 1), .if_not_exists = true, .on_failure = STATOR_ALL_OLD);
    stator_tx_put(tx, t, ITEM("c", 1));
    place_rc(stator_tx_commit(tx, NULL), STATOR_CONDITION_FAILED);
    const stator_error *error = stator_error_get();
    assert_string_equal(error->code, "TransactionCanceledException");
    assert_string_equal(error->message,
                        "Transaction cancelled, please refer cancellation reasons for specific "
                        "reasons [None, ConditionalCheckFailed, None]");
    assert_int_equal(error->op_index, 1);
    assert_string_equal(error->op_name, "Put");
    assert_int_equal(stator_int(error->item, "n", -1), 7);
    assert_false(error->retryable);
    check_n("a", -1);
    check_n("c", -1);
    check_n("b", 7);

    const stator_cancel_reason *reasons = NULL;
    assert_int_equal(stator_tx_reasons(tx, &reasons), 3);
    assert_string_equal(reasons[0].code, "None");
    assert_null(reasons[0].message);
    assert_null(reasons[0].item);
    assert_int_equal(reasons[1].index, 1);
    assert_string_equal(reasons[1].op, "Put");
    assert_string_equal(reasons[1].table, t);
    assert_string_equal(reasons[1].code, "ConditionalCheckFailed");
    assert_string_equal(reasons[1].message, "The conditional request failed");
    assert_int_equal(stator_int(reasons[1].item, "n", -1), 7);
    assert_string_equal(reasons[2].code, "None");
    stator_tx_free(tx);
}

/* As DynamoDB has it: a put that is refused tells the item that was in its way. */
static void test_txn_put_returning_old(void **state)
{
    (void)state;
    const stator_cancel_reason *reasons = NULL;
    place_put(db, t, "a", "x", 7);
    stator_tx *tx = stator_tx_new(db);
    stator_tx_put(tx, t, ITEM("a", 8), .condition = stator_lt("n", stator_i(7)),
                  .on_failure = STATOR_ALL_OLD);
    place_rc(stator_tx_commit(tx, NULL), STATOR_CONDITION_FAILED);
    assert_int_equal(stator_tx_reasons(tx, &reasons), 1);
    place_json(reasons[0].item, "{\"PK\":\"a\",\"SK\":\"x\",\"n\":7}");
    check_n("a", 7);
    stator_tx_free(tx);
}

static void test_txn_no_partial_writes_on_condition_failure(void **state)
{
    (void)state;
    stator_tx *tx = stator_tx_new(db);
    for (int i = 0; i < 99; i++) {
        char pk[8];
        stator_tx_put(tx, t, STATOR_M({"PK", stator_sf(pk, "%d", i)}, {"SK", stator_s("x")}));
    }
    stator_tx_check(tx, t, KEY("none"), .if_exists = true);
    place_rc(stator_tx_commit(tx, NULL), STATOR_CONDITION_FAILED);
    assert_int_equal(stator_error_get()->op_index, 99);
    assert_string_equal(stator_error_get()->op_name, "ConditionCheck");
    int64_t n = -1;
    place_rc(stator_count(db, t, &n, (stator_cond){0}), STATOR_OK);
    assert_int_equal(n, 0);
    stator_tx_free(tx);
}

static void test_txn_delete_with_condition(void **state)
{
    (void)state;
    place_put(db, t, "a", "x", 1);
    stator_tx *tx = stator_tx_new(db);
    stator_tx_delete(tx, t, KEY("a"), .condition = stator_eq("n", stator_i(2)));
    place_rc(stator_tx_commit(tx, NULL), STATOR_CONDITION_FAILED);
    check_n("a", 1);
    stator_tx_free(tx);
}

static void test_txn_update_with_condition(void **state)
{
    (void)state;
    place_put(db, t, "a", "x", 1);
    stator_tx *tx = stator_tx_new(db);
    stator_tx_update(tx, t, KEY("a"), stator_inc("n", stator_i(4)),
                     .condition = stator_eq("n", stator_i(1)));
    place_rc(stator_tx_commit(tx, NULL), STATOR_OK);
    check_n("a", 5);
    stator_tx_free(tx);
}

/* ---- the builder, by the names that its kind has elsewhere */

static void TestTransactionBuilderHappyPath(void **state)
{
    (void)state;
    place_put(db, t, "count", "x", 10);
    stator_tx *tx = stator_tx_new(db);
    assert_ptr_equal(stator_tx_put(stator_tx_token(tx, "token-1"), t, ITEM("bookmark", 1),
                                   .if_not_exists = true),
                     tx);
    stator_tx_update(tx, t, KEY("count"), stator_inc("n", stator_i(1)));
    place_rc(stator_tx_commit(tx, NULL), STATOR_OK);
    check_n("bookmark", 1);
    check_n("count", 11);

    /* A second one of it is refused, and the count stays. */
    stator_tx_put(tx, t, ITEM("bookmark", 1), .if_not_exists = true);
    stator_tx_update(tx, t, KEY("count"), stator_inc("n", stator_i(1)));
    place_rc(stator_tx_commit(tx, NULL), STATOR_CONDITION_FAILED);
    assert_int_equal(stator_error_get()->op_index, 0);
    check_n("count", 11);
    stator_tx_free(tx);
}

static void TestTransactionBuilderConditionFailure(void **state)
{
    (void)state;
    place_put(db, t, "from", "x", 50);
    place_put(db, t, "to", "x", 0);
    stator_tx *tx = stator_tx_new(db);
    stator_tx_update(tx, t, KEY("from"), stator_inc("n", stator_i(-100)),
                     .condition = stator_ge("n", stator_i(100)));
    stator_tx_update(tx, t, KEY("to"), stator_inc("n", stator_i(100)));
    place_rc(stator_tx_commit(tx, NULL), STATOR_CONDITION_FAILED);
    assert_string_equal(stator_error_get()->op_name, "Update");
    check_n("from", 50);
    check_n("to", 0);
    stator_tx_free(tx);
}

/* A reason other than a condition: the sum of what is not there. */
static void TestTransactionBuilderUpdateWithBuilder(void **state)
{
    (void)state;
    place_put(db, t, "from", "x", 50);
    stator_tx *tx = stator_tx_new(db);
    stator_tx_update(tx, t, KEY("from"),
                     stator_updates(stator_inc("n", stator_i(-10)),
                                    stator_append("log", STATOR_L(stator_s("out"))),
                                    stator_set("status", stator_s("open"))),
                     .condition = stator_ge("n", stator_i(10)));
    stator_tx_update(tx, t, KEY("nobody"), stator_inc("n", stator_i(10)));
    place_rc(stator_tx_commit(tx, NULL), STATOR_E_TX_CANCELED);
    assert_int_equal(stator_error_get()->op_index, 1);
    const stator_cancel_reason *reasons = NULL;
    assert_int_equal(stator_tx_reasons(tx, &reasons), 2);
    assert_string_equal(reasons[1].code, "ValidationError");
    check_n("from", 50);
    stator_tx_free(tx);
}

static void TestTransactionBuilderOperationLimit(void **state)
{
    (void)state;
    char pk[8];
    stator_tx *tx = stator_tx_new(db);
    for (int i = 0; i < 100; i++)
        stator_tx_put(tx, t, STATOR_M({"PK", stator_sf(pk, "%d", i)}, {"SK", stator_s("x")}));
    place_rc(stator_tx_commit(tx, NULL), STATOR_OK);
    for (int i = 0; i < 102; i++)
        stator_tx_delete(tx, t, STATOR_KEY({"PK", stator_sf(pk, "%d", i)}, {"SK", stator_s("x")}));
    assert_int_equal(stator_tx_len(tx), 102);
    place_error(stator_tx_commit(tx, NULL), STATOR_E_INVALID,
                "a transaction has at most 100 actions");
    assert_int_equal(stator_error_get()->op_index, 100);
    int64_t n = -1;
    place_rc(stator_count(db, t, &n, (stator_cond){0}), STATOR_OK);
    assert_int_equal(n, 100);
    stator_tx_free(tx);
}

static void TestTransactionBuilderMissingKey(void **state)
{
    (void)state;
    stator_tx *tx = stator_tx_new(db);
    stator_tx_put(tx, t, ITEM("a", 1));
    stator_tx_put(tx, t, STATOR_M({"PK", stator_s("b")}));
    place_rc(stator_tx_commit(tx, NULL), STATOR_E_TX_CANCELED);
    const stator_cancel_reason *reasons = NULL;
    assert_int_equal(stator_tx_reasons(tx, &reasons), 2);
    assert_string_equal(reasons[0].code, "None");
    assert_string_equal(reasons[1].code, "ValidationError");
    assert_int_equal(stator_error_get()->op_index, 1);
    check_n("a", -1);
    stator_tx_free(tx);
}

/* ---- mistakes */

/* X1: the first mistake is the commit's, with its index, and nothing is sent. */
static void test_mistake__of_an_action_is_told_by_commit(void **state)
{
    (void)state;
    stator_tx *tx = stator_tx_new(db);
    stator_tx_put(tx, t, ITEM("a", 1));
    stator_tx_put(tx, NULL, ITEM("b", 1));
    place_rc(stator_error_get()->rc, STATOR_E_MISUSE);
    stator_tx_put(tx, t, stator_s("later"));
    place_error(stator_tx_commit(tx, NULL), STATOR_E_MISUSE, "the name of the table is NULL");
    assert_int_equal(stator_error_get()->op_index, 1);
    assert_int_equal(stator_tx_reasons(tx, NULL), 0);
    place_rc(stator_tx_commit(tx, NULL), STATOR_E_MISUSE);
    check_n("a", -1);
    stator_tx_free(tx);
}

struct mistake {
    const char *what;
    stator_rc rc;
};

static void test_mistake__each_kind(void **state)
{
    (void)state;
    static const struct mistake mistakes[] = {
        {"returning",  STATOR_E_INVALID },
        {"size",       STATOR_E_MISUSE  },
        {"NULL",       STATOR_E_MISUSE  },
        {"two",        STATOR_E_INVALID },
        {"no actions", STATOR_E_INVALID },
        {"same item",  STATOR_E_INVALID },
        {"no table",   STATOR_E_NO_TABLE},
        {"no check",   STATOR_E_INVALID },
        {"token",      STATOR_E_INVALID },
        {"long token", STATOR_E_INVALID },
    };
    const stator_write_opts no_size = {.value = ITEM("a", 1)};
    for (size_t i = 0; i < ARRAY_COUNT(mistakes); i++) {
        stator_tx *tx = stator_tx_new(db);
        if (i == 0) stator_tx_put(tx, t, ITEM("a", 1), .returning = STATOR_ALL_OLD);
        if (i == 1) stator_tx_put_(tx, t, &no_size);
        if (i == 2) stator_tx_put_(tx, t, NULL);
        if (i == 3) stator_tx_put(tx, t, ITEM("a", 1), .if_exists = true, .if_not_exists = true);
        if (i == 5) stator_tx_delete(stator_tx_put(tx, t, ITEM("a", 1)), t, KEY("a"));
        if (i == 6) stator_tx_put(tx, "none", ITEM("a", 1));
        if (i == 7) stator_tx_check(tx, t, KEY("a"));
        if (i == 8) stator_tx_token(stator_tx_put(tx, t, ITEM("a", 1)), "\xff");
        if (i == 9)
            stator_tx_token(stator_tx_put(tx, t, ITEM("a", 1)),
                            "0123456789012345678901234567890123456");
        const stator_rc rc = stator_tx_commit(tx, NULL);
        if (rc != mistakes[i].rc)
            fail_msg("%s: %s: %s", mistakes[i].what, stator_rc_name(rc),
                     stator_error_get()->message);
        stator_tx_free(tx);
    }
    check_n("a", -1);
}

static void test_null__is_told(void **state)
{
    (void)state;
    assert_null(stator_tx_new(NULL));
    assert_int_equal(stator_error_get()->rc, STATOR_E_MISUSE);
    assert_null(stator_tx_put(NULL, t, ITEM("a", 1)));
    assert_null(stator_tx_update(NULL, t, KEY("a"), stator_remove("n")));
    assert_null(stator_tx_delete(NULL, t, KEY("a")));
    assert_null(stator_tx_check(NULL, t, KEY("a")));
    assert_null(stator_tx_token(NULL, "x"));
    place_rc(stator_tx_commit(NULL, NULL), STATOR_E_MISUSE);
    assert_int_equal(stator_tx_len(NULL), 0);
    assert_int_equal(stator_tx_reasons(NULL, NULL), 0);
    stator_tx_free(NULL);
    place_rc(stator_transact(db, NULL, NULL), STATOR_E_MISUSE);
}

/* ---- tokens */

static stator_rc commit_with(const char *token, int64_t n)
{
    stator_tx *tx = stator_tx_new(db);
    stator_tx_update(tx, t, KEY("a"), stator_add("n", stator_i(n)));
    stator_tx_token(tx, token);
    const stator_rc rc = stator_tx_commit(tx, NULL);
    stator_tx_free(tx);
    return rc;
}

static void test_token__of_one_request_makes_it_happen_once(void **state)
{
    (void)state;
    const char *token = place_name("t");
    place_rc(commit_with(token, 1), STATOR_OK);
    place_rc(commit_with(token, 1), STATOR_OK);
    check_n("a", 1);
    place_rc(commit_with(token, 2), STATOR_E_IDEMPOTENCY);
    assert_string_equal(stator_error_get()->code, "IdempotentParameterMismatchException");
    check_n("a", 1);
}

static void test_token__without_one_each_commit_has_its_own(void **state)
{
    (void)state;
    place_rc(commit_with(NULL, 1), STATOR_OK);
    place_rc(commit_with(NULL, 1), STATOR_OK);
    check_n("a", 2);
}

/* ---- stator_transact */

struct building {
    stator_rc rc;
    int64_t n;
};

static stator_rc build(void *ud, stator_tx *tx)
{
    const struct building *building = ud;
    stator_tx_put(tx, t, ITEM("a", building->n));
    stator_tx_put(tx, t, ITEM("b", building->n), .if_not_exists = true);
    return building->rc;
}

static void test_transact__builds_and_commits(void **state)
{
    (void)state;
    place_rc(stator_transact(db, build, &(struct building){STATOR_OK, 1}), STATOR_OK);
    check_n("b", 1);
    place_rc(stator_transact(db, build, &(struct building){STATOR_OK, 2}), STATOR_CONDITION_FAILED);
    assert_int_equal(stator_error_get()->op_index, 1);
    check_n("a", 1);
}

static void test_transact__what_build_says_ends_it(void **state)
{
    (void)state;
    place_rc(stator_transact(db, build, &(struct building){-99, 1}), -99);
    check_n("a", -1);
    place_rc(stator_transact(NULL, build, &(struct building){STATOR_OK, 1}), STATOR_E_MISUSE);
}

/* ---- reading many items of one moment */

static void test_tx_get__gives_positions_of_many_tables(void **state)
{
    (void)state;
    const char *other = place_table(db, "id:S");
    stator_result *r = NULL;
    place_put(db, t, "a", "x", 1);
    place_rc(stator_put(db, other, STATOR_M({"id", stator_s("o")}, {"n", stator_i(9)})), STATOR_OK);
    const char *const tables[] = {t, t, other};
    const stator_val keys[] = {KEY("none"), KEY("a"), STATOR_KEY({"id", stator_s("o")})};
    place_rc(stator_tx_get_items(db, tables, keys, 3, &r), STATOR_OK);
    assert_int_equal(stator_result_count(r), 3);
    assert_null(stator_result_item(r, 0));
    assert_int_equal(stator_int(stator_result_item(r, 1), "n", -1), 1);
    assert_int_equal(stator_int(stator_result_item(r, 2), "n", -1), 9);
    stator_result_free(r);
}

static void test_tx_get__what_is_wrong(void **state)
{
    (void)state;
    stator_result *r = NULL;
    const char *const tables[] = {t, "none"};
    const stator_val keys[] = {KEY("a"), KEY("b")};
    place_rc(stator_tx_get_items(db, tables, keys, 2, &r), STATOR_E_NO_TABLE);
    place_rc(stator_tx_get_items(db, tables, keys, 0, &r), STATOR_E_INVALID);
    place_rc(stator_tx_get_items(db, NULL, keys, 1, &r), STATOR_E_MISUSE);
    place_rc(stator_tx_get_items(db, tables, NULL, 1, &r), STATOR_E_MISUSE);
    place_rc(stator_tx_get_items(db, tables, keys, 1, NULL), STATOR_E_MISUSE);
    place_rc(stator_tx_get_items(NULL, tables, keys, 1, &r), STATOR_E_MISUSE);
    assert_null(r);
}

/* ---- many at once: the sum of all accounts stays */

enum { MOVERS = 4, MOVES = 25, ACCOUNTS = 3 };

static void *move_money(void *ud)
{
    static const char *const names[ACCOUNTS] = {"p", "q", "r"};
    const int self = *(const int *)ud;
    static const stator_retry often = {50, 200, 20000, 1.5, 0.5};
    for (int i = 0; i < MOVES; i++) {
        stator_tx *tx = stator_tx_new(db);
        stator_tx_update(tx, t, KEY(names[(self + i) % ACCOUNTS]), stator_inc("n", stator_i(-1)));
        stator_tx_update(tx, t, KEY(names[(self + i + 1) % ACCOUNTS]),
                         stator_inc("n", stator_i(1)));
        const stator_rc rc = stator_tx_commit(tx, &often);
        stator_tx_free(tx);
        if (rc != STATOR_OK) return tx;
    }
    return NULL;
}

static void test_txn__of_many_threads_keep_the_sum(void **state)
{
    (void)state;
    pthread_t threads[MOVERS];
    int numbers[MOVERS];
    static const char *const names[ACCOUNTS] = {"p", "q", "r"};
    for (int i = 0; i < ACCOUNTS; i++) place_put(db, t, names[i], "x", 1000);
    for (int i = 0; i < MOVERS; i++) {
        numbers[i] = i;
        assert_int_equal(pthread_create(&threads[i], NULL, move_money, &numbers[i]), 0);
    }
    for (int i = 0; i < MOVERS; i++) {
        void *failed = NULL;
        assert_int_equal(pthread_join(threads[i], &failed), 0);
        assert_null(failed);
    }
    int64_t sum = 0;
    for (int i = 0; i < ACCOUNTS; i++) {
        stator_result *r = NULL;
        place_rc(stator_get(db, t, &r, KEY(names[i]), .consistent = true), STATOR_OK);
        sum += stator_int(stator_result_item(r, 0), "n", 0);
        stator_result_free(r);
    }
    assert_int_equal(sum, 1000 * ACCOUNTS);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_txn_all_conditions_pass),
        TEST(test_txn_one_condition_fails_aborts_all),
        TEST(test_txn_put_returning_old),
        TEST(test_txn_no_partial_writes_on_condition_failure),
        TEST(test_txn_delete_with_condition),
        TEST(test_txn_update_with_condition),
        TEST(TestTransactionBuilderHappyPath),
        TEST(TestTransactionBuilderConditionFailure),
        TEST(TestTransactionBuilderUpdateWithBuilder),
        TEST(TestTransactionBuilderOperationLimit),
        TEST(TestTransactionBuilderMissingKey),
        TEST(test_mistake__of_an_action_is_told_by_commit),
        TEST(test_mistake__each_kind),
        TEST(test_null__is_told),
        TEST(test_token__of_one_request_makes_it_happen_once),
        TEST(test_token__without_one_each_commit_has_its_own),
        TEST(test_transact__builds_and_commits),
        TEST(test_transact__what_build_says_ends_it),
        TEST(test_tx_get__gives_positions_of_many_tables),
        TEST(test_tx_get__what_is_wrong),
        TEST(test_txn__of_many_threads_keep_the_sum),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
