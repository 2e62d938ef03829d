/* retry_test.c -- how often calls, transactions and batches are made again, and after how long,
 * against a scripted database: the scenarios that applications' own suites have.
 */
#include "db/kit.h"

#include <pthread.h>
#include <stdio.h>

#include "db/heap.h"

/* ---- what is used below */

static stator_tx *two_actions(stator *db)
{
    stator_tx *tx = stator_tx_new(db);
    stator_tx_put(tx, "bookmarks", STATOR_M({"PK", stator_s("USER#1")}, {"SK", stator_s("B#1")}),
                  .condition = stator_not_exists("PK"));
    stator_tx_update(
        tx, "bookmarks", STATOR_KEY({"PK", stator_s("USER#1")}, {"SK", stator_s("META")}),
        stator_updates(stator_add("n", stator_i(1))), .condition = stator_lt("n", stator_i(10)));
    return tx;
}

/* The ClientRequestToken of request number i, within its JSON. */
static void token_of(stator_mock *mock, size_t i, char out[STATOR_UUID_LEN])
{
    static const char name[] = "\"ClientRequestToken\":\"";
    const char *at = strstr(stator_mock_request(mock, i), name);
    assert_non_null(at);
    (void)snprintf(out, STATOR_UUID_LEN, "%s", at + sizeof name - 1);
}

static void check_near(int64_t delay_us, int64_t expected_us)
{
    assert_in_range(delay_us, expected_us * 3 / 4, expected_us * 5 / 4);
}

enum { KEYS_MAX = 500 };
struct keys {
    stator_val list[KEYS_MAX];
    stator_attr attributes[KEYS_MAX];
    char names[KEYS_MAX][8];
};

static void make_keys(struct keys *keys, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        (void)snprintf(keys->names[i], sizeof keys->names[i], "k%zu", i);
        keys->attributes[i] = (stator_attr){"key", stator_s(keys->names[i])};
        keys->list[i] = stator_map(&keys->attributes[i], 1);
    }
}

static void check_keys(const stator_result *r, const struct keys *keys, size_t n)
{
    assert_int_equal(stator_result_count(r), n);
    for (size_t i = 0; i < n; i++)
        assert_string_equal(stator_str(stator_result_item(r, i), "key"), keys->names[i]);
}

/* ---- transactions */

static void test_retry__a_transaction_in_conflict_is_made_again_with_its_token(void **state)
{
    (void)state;
    struct kit_seen seen;
    char first[STATOR_UUID_LEN];
    char token[STATOR_UUID_LEN];
    stator *db = kit_open("mock:", NULL, &seen);
    stator_mock *mock = stator_mock_of(db);
    stator_mock_expect(mock, "TransactWriteItems",
                       "{\"TransactItems\": [{\"Put\": {\"ConditionExpression\": "
                       "\"attribute_not_exists(PK)\"}}, {\"Update\": {\"UpdateExpression\": "
                       "\"ADD n 1\", \"ConditionExpression\": \"n < 10\"}}]}");
    stator_mock_cancel(mock, "None, TransactionConflict", 2);
    stator_mock_reply(mock, "{}");
    stator_tx *tx = two_actions(db);
    assert_int_equal(stator_tx_commit(tx, NULL), STATOR_OK);
    assert_int_equal(stator_mock_calls(mock, "TransactWriteItems"), 3);
    token_of(mock, 0, first);
    for (size_t i = 1; i < 3; i++) {
        token_of(mock, i, token);
        assert_string_equal(token, first);
    }
    assert_int_equal(seen.delays, 2);
    check_near(seen.delays_us[0], 100000);
    check_near(seen.delays_us[1], 200000);
    assert_int_equal(stator_tx_len(tx), 0); /* and may be filled again, with another token */
    stator_mock_expect(mock, "TransactWriteItems", NULL);
    stator_tx_put(tx, "bookmarks", STATOR_M({"PK", stator_s("USER#2")}, {"SK", stator_s("B#1")}));
    assert_int_equal(stator_tx_commit(tx, NULL), STATOR_OK);
    token_of(mock, 3, token);
    assert_string_not_equal(token, first);
    stator_tx_free(tx);
    kit_close(db);
}

static void test_retry__a_refused_condition_is_not_made_again_and_named(void **state)
{
    (void)state;
    const stator_cancel_reason *reasons = NULL;
    stator *db = kit_open("mock:", NULL, NULL);
    stator_mock *mock = stator_mock_of(db);
    stator_mock_expect(mock, "TransactWriteItems", NULL);
    stator_mock_cancel(mock, "None, ConditionalCheckFailed", 1);
    stator_tx *tx = two_actions(db);
    assert_int_equal(stator_tx_commit(tx, NULL), STATOR_CONDITION_FAILED);
    const stator_error *error = stator_error_get();
    assert_int_equal(error->op_index, 1);
    assert_string_equal(error->op_name, "Update");
    assert_string_equal(error->code, "TransactionCanceledException");
    assert_string_equal(error->message,
                        "Transaction cancelled, please refer cancellation reasons for specific "
                        "reasons [None, ConditionalCheckFailed]");
    assert_int_equal(error->attempts, 1);
    assert_int_equal(stator_tx_reasons(tx, &reasons), 2);
    assert_string_equal(reasons[0].code, "None");
    assert_string_equal(reasons[1].code, "ConditionalCheckFailed");
    assert_string_equal(reasons[1].message, "The conditional request failed");
    stator_tx_free(tx);
    kit_close(db);
}

/* Reasons, and how often the transaction is sent: one reason that lasts is enough. */
static const struct {
    const char *reasons;
    size_t requests;
    stator_rc rc;
} canceled[] = {
    {"TransactionConflict, None",                   4, STATOR_E_TX_CANCELED   },
    {"None, ProvisionedThroughputExceeded",         4, STATOR_E_TX_CANCELED   },
    {"ThrottlingError, TransactionConflict",        4, STATOR_E_TX_CANCELED   },
    {"None, InternalServerError",                   4, STATOR_E_TX_CANCELED   },
    {"TransactionConflict, ConditionalCheckFailed", 1, STATOR_CONDITION_FAILED},
    {"TransactionConflict, ValidationError",        1, STATOR_E_TX_CANCELED   },
    {"ItemCollectionSizeLimitExceeded, None",       1, STATOR_E_TX_CANCELED   },
};

static void test_retry__reasons_decide_about_a_canceled_transaction(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof canceled / sizeof canceled[0]; i++) {
        stator *db = kit_open("mock:", NULL, NULL);
        stator_mock *mock = stator_mock_of(db);
        stator_mock_expect(mock, "TransactWriteItems", NULL);
        stator_mock_cancel(mock, canceled[i].reasons, STATOR_MOCK_ALWAYS);
        stator_tx *tx = two_actions(db);
        assert_int_equal(stator_tx_commit(tx, NULL), canceled[i].rc);
        assert_int_equal(stator_mock_calls(mock, NULL), canceled[i].requests);
        assert_int_equal(stator_error_get()->attempts, canceled[i].requests);
        assert_int_equal(stator_tx_len(tx), 2);
        stator_tx_free(tx);
        kit_close(db);
    }
}

static void test_retry__a_transaction_past_its_limit_is_not_sent(void **state)
{
    (void)state;
    stator *db = kit_open("mock:", NULL, NULL);
    stator_mock *mock = stator_mock_of(db);
    stator_tx *tx = stator_tx_new(db);
    for (int i = 0; i < 101; i++) stator_tx_delete(tx, "t", STATOR_M({"key", stator_i(i)}));
    assert_int_equal(stator_tx_commit(tx, NULL), STATOR_E_INVALID);
    kit_check_error(STATOR_E_INVALID, "at most 100 actions");
    assert_int_equal(stator_error_get()->op_index, 100);
    stator_tx_free(tx);
    tx = stator_tx_new(db);
    assert_int_equal(stator_tx_commit(tx, NULL), STATOR_E_INVALID);
    kit_check_error(STATOR_E_INVALID, "the transaction has no actions");
    stator_tx_free(tx);
    assert_int_equal(stator_mock_calls(mock, NULL), 0);
    kit_close(db);
}

static void
test_retry__a_transaction_past_its_time_may_be_committed_again_with_its_token(void **state)
{
    (void)state;
    const stator_options options = {.size = sizeof options, .call_timeout_us = 100000};
    stator *db = NULL;
    assert_int_equal(stator_open("mock:", &options, &db), STATOR_OK);
    assert_int_equal(stator_clock_fix(db, KIT_NOW_S * STATOR_SECOND), STATOR_OK);
    stator_mock *mock = stator_mock_of(db);
    stator_mock_expect(mock, "TransactWriteItems", NULL);
    stator_mock_delay(mock, STATOR_SECOND);
    stator_mock_expect(mock, "TransactWriteItems", "{\"ClientRequestToken\": \"mine\"}");
    stator_tx *tx = stator_tx_token(two_actions(db), "mine");
    assert_int_equal(stator_tx_commit(tx, NULL), STATOR_E_TIMEOUT);
    assert_true(stator_error_get()->uncertain);
    assert_int_equal(stator_tx_len(tx), 2);
    assert_int_equal(stator_tx_commit(tx, NULL), STATOR_OK);
    stator_tx_free(tx);
    kit_close(db);
}

static void test_retry__a_transaction_may_have_a_time_of_its_own(void **state)
{
    (void)state;
    stator *db = kit_open("mock:", NULL, NULL);
    stator_mock *mock = stator_mock_of(db);
    stator_tx *tx = stator_tx_timeout(two_actions(db), 100000);
    for (int i = 0; i < 2; i++) { /* it keeps it for further actions */
        stator_mock_expect(mock, "TransactWriteItems", NULL);
        stator_mock_delay(mock, 200000);
        assert_int_equal(stator_tx_commit(tx, NULL), STATOR_E_TIMEOUT);
        stator_mock_expect(mock, "TransactWriteItems", NULL);
        assert_int_equal(stator_tx_commit(tx, NULL), STATOR_OK);
        stator_tx_put(tx, "t", STATOR_M({"key", stator_s("a")}));
    }
    stator_mock_expect(mock, "TransactWriteItems", NULL);
    stator_mock_delay(mock, 200000);
    assert_int_equal(stator_tx_commit(stator_tx_timeout(tx, 0), NULL), STATOR_OK);
    assert_null(stator_tx_timeout(NULL, 1));
    stator_tx_free(tx);
    kit_close(db);
}

/* ---- pauses of single calls */

static stator_rc put_a(stator *db)
{
    return stator_put(db, "t", STATOR_M({"key", stator_s("a")}));
}

static void test_retry__pauses_double_with_jitter_and_are_given_up_after_three(void **state)
{
    (void)state;
    struct kit_seen seen;
    stator *db = kit_open("mock:", NULL, &seen);
    stator_mock *mock = stator_mock_of(db);
    stator_mock_expect(mock, "PutItem", NULL);
    stator_mock_fail(mock, "ThrottlingException", "Rate exceeded", STATOR_MOCK_ALWAYS);
    const int64_t before = stator_now(db);
    assert_int_equal(put_a(db), STATOR_E_THROTTLED);
    assert_int_equal(stator_error_get()->attempts, 4);
    assert_string_equal(stator_error_get()->message, "Rate exceeded");
    assert_int_equal(seen.delays, 3);
    int64_t sum = 0;
    for (int i = 0; i < 3; i++) {
        check_near(seen.delays_us[i], INT64_C(100000) << i);
        sum += seen.delays_us[i];
    }
    assert_int_equal(stator_now(db) - before, sum);
    kit_close(db);
}

/* Three retries, after 2, 4 and 8 seconds, each with a warning that names count, pause and text. */
static void test_retry__a_program_may_wait_2_4_8_seconds_with_warnings(void **state)
{
    (void)state;
    static const char *const codes[] = {"ProvisionedThroughputExceededException",
                                        "ServiceUnavailable", "ThrottlingException"};
    const stator_retry slowly = {3, 2 * STATOR_SECOND, 60 * STATOR_SECOND, 2.0, 0.0};
    for (size_t i = 0; i < 3; i++) {
        struct kit_seen seen;
        stator *db = kit_open("mock:", &slowly, &seen);
        stator_mock *mock = stator_mock_of(db);
        stator_mock_expect(mock, "PutItem", NULL);
        stator_mock_fail(mock, codes[i], "Slow down", 3);
        stator_mock_reply(mock, "{}");
        assert_int_equal(put_a(db), STATOR_OK);
        assert_int_equal(seen.delays, 3);
        for (int j = 0; j < 3; j++) assert_int_equal(seen.delays_us[j], (2 * STATOR_SECOND) << j);
        assert_int_equal(seen.warnings, 3);
        assert_string_equal(seen.last_warning, "Slow down");
        kit_close(db);
    }
}

static void test_retry__no_policy_is_no_retry(void **state)
{
    (void)state;
    stator *db = kit_open("mock:", NULL, NULL);
    stator_mock *mock = stator_mock_of(db);
    stator_mock_expect(mock, "PutItem", NULL);
    stator_mock_fail(mock, "ThrottlingException", NULL, 1);
    assert_int_equal(
        stator_put(db, "t", STATOR_M({"key", stator_s("a")}), .retry = &STATOR_RETRY_NONE),
        STATOR_E_THROTTLED);
    kit_close(db);
}

static void test_retry__a_pause_past_the_end_of_the_call_is_not_begun(void **state)
{
    (void)state;
    stator *db = kit_open("mock:", NULL, NULL);
    stator_mock *mock = stator_mock_of(db);
    stator_mock_expect(mock, "PutItem", NULL);
    stator_mock_fail(mock, "ThrottlingException", NULL, 2);
    assert_int_equal(stator_put(db, "t", STATOR_M({"key", stator_s("a")}), .timeout_us = 200000),
                     STATOR_E_THROTTLED);
    assert_true(stator_now(db) - KIT_NOW_S * STATOR_SECOND < 200000);
    kit_close(db);
}

/* What is known about the first attempt, and whether a plain and a guarded write are made again. */
static const struct {
    const char *code;
    bool plain, guarded;
} unknown[] = {
    {"STATOR_E_NETWORK",    true,  true},
    {"STATOR_E_TIMEOUT",    false, true},
    {"InternalServerError", true,  true},
};

static void test_retry__writes_whose_fate_is_not_known_are_made_again_when_guarded(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++) {
        stator *db = kit_open("mock:", NULL, NULL);
        stator_mock *mock = stator_mock_of(db);
        for (int guarded = 0; guarded < 2; guarded++) {
            const bool again = guarded ? unknown[i].guarded : unknown[i].plain;
            stator_mock_expect(mock, "PutItem", NULL);
            stator_mock_fail(mock, unknown[i].code, NULL, 1);
            if (again) stator_mock_reply(mock, "{}");
            const stator_rc rc = guarded ? stator_put(db, "t", STATOR_M({"key", stator_s("a")}),
                                                      .condition = stator_not_exists("key"))
                                         : put_a(db);
            assert_int_equal(rc == STATOR_OK, again);
        }
        kit_close(db);
    }
}

/* Only the last attempt's fate decides, and an error is uncertain if any attempt was. */
static void
test_retry__an_error_of_the_service_before_does_not_keep_a_write_from_being_made_again(void **state)
{
    (void)state;
    stator *db = kit_open("mock:", NULL, NULL);
    stator_mock *mock = stator_mock_of(db);
    stator_mock_expect(mock, "PutItem", NULL);
    stator_mock_fail(mock, "InternalServerError", NULL, 1);
    stator_mock_fail(mock, "ThrottlingException", NULL, 1);
    stator_mock_reply(mock, "{}");
    assert_int_equal(put_a(db), STATOR_OK);
    stator_mock_expect(mock, "PutItem", NULL);
    stator_mock_fail(mock, "InternalServerError", NULL, 1);
    stator_mock_fail(mock, "ValidationException", NULL, 1);
    assert_int_equal(put_a(db), STATOR_E_INVALID);
    assert_true(stator_error_get()->uncertain);
    kit_close(db);
}

/* ---- canceling */

static void *cancel_soon(void *db)
{
    while (stator_mock_calls(stator_mock_of(db), NULL) == 0) {
    }
    stator_cancel(db);
    return NULL;
}

/* The clock runs here, and the pause would take an hour. */
static void test_retry__a_pause_ends_when_it_is_canceled(void **state)
{
    (void)state;
    const stator_retry hourly = {1, INT64_C(3600) * STATOR_SECOND, INT64_C(3600) * STATOR_SECOND,
                                 1.0, 0.0};
    const stator_options options = {
        .size = sizeof options, .retry = &hourly, .call_timeout_us = 7200 * STATOR_SECOND};
    pthread_t thread;
    stator *db = NULL;
    assert_int_equal(stator_open("mock:", &options, &db), STATOR_OK);
    stator_mock_expect(stator_mock_of(db), "PutItem", NULL);
    stator_mock_fail(stator_mock_of(db), "ThrottlingException", NULL, 1);
    assert_int_equal(pthread_create(&thread, NULL, cancel_soon, db), 0);
    assert_int_equal(put_a(db), STATOR_E_CANCELED);
    assert_int_equal(pthread_join(thread, NULL), 0);
    kit_close(db);
}

/* An answer that takes an hour to come, likewise. */
static void test_retry__a_late_answer_is_not_waited_for_when_canceled(void **state)
{
    (void)state;
    pthread_t thread;
    stator *db = NULL;
    assert_int_equal(stator_open("mock:", NULL, &db), STATOR_OK);
    stator_mock_expect(stator_mock_of(db), "PutItem", NULL);
    stator_mock_delay(stator_mock_of(db), INT64_C(3600) * STATOR_SECOND);
    assert_int_equal(pthread_create(&thread, NULL, cancel_soon, db), 0);
    char *reply = NULL;
    assert_int_equal(stator_call(db, "PutItem", "{}", &reply), STATOR_E_CANCELED);
    assert_null(reply);
    assert_true(stator_error_get()->uncertain);
    assert_string_not_equal(stator_error_get()->message, "");
    assert_int_equal(pthread_join(thread, NULL), 0);
    kit_close(db);
}

/* ---- batches */

static void test_retry__what_a_batch_left_over_is_asked_for_after_a_pause(void **state)
{
    (void)state;
    static struct keys keys;
    stator *db = kit_open("mock:", NULL, NULL);
    stator_mock *mock = stator_mock_of(db);
    stator_result *r = NULL;
    make_keys(&keys, 100);
    stator_mock_expect(mock, "BatchGetItem", NULL);
    stator_mock_unprocessed(mock, 0.2, 1);
    stator_mock_unprocessed(mock, 0, 1);
    assert_int_equal(stator_batch_get(db, "t", &r, keys.list, 100), STATOR_OK);
    check_keys(r, &keys, 100);
    check_near(stator_now(db) - KIT_NOW_S * STATOR_SECOND, 100000);
    assert_non_null(strstr(stator_mock_request(mock, 1), "{\"Keys\":[{\"key\":{\"S\":\"k80\"}}"));
    stator_result_free(r);
    kit_close(db);
}

static void test_retry__a_batch_tells_what_it_could_not_read(void **state)
{
    (void)state;
    static struct keys keys;
    const stator_retry policies[] = {STATOR_RETRY_DEFAULT, STATOR_RETRY_NONE};
    for (size_t i = 0; i < 2; i++) {
        stator *db = kit_open("mock:", &policies[i], NULL);
        stator_mock *mock = stator_mock_of(db);
        stator_result *r = NULL;
        make_keys(&keys, 3);
        stator_mock_expect(mock, "BatchGetItem", NULL);
        stator_mock_unprocessed(mock, 0.3, 1);
        if (i == 0) stator_mock_unprocessed(mock, 1, 3);
        assert_int_equal(stator_batch_get(db, "t", &r, keys.list, 3), STATOR_PARTIAL);
        assert_int_equal(stator_mock_calls(mock, NULL), i == 0 ? 4 : 1);
        assert_false(stator_result_unread(r, 0));
        assert_true(stator_result_unread(r, 2));
        assert_null(stator_result_item(r, 2));
        assert_non_null(stator_result_item(r, 0));
        stator_result_free(r);
        kit_close(db);
    }
}

struct progress {
    size_t done[8];
    size_t count;
};

static void on_progress(void *ud, size_t done, size_t total)
{
    struct progress *progress = ud;
    (void)total;
    progress->done[progress->count++] = done;
}

static const struct {
    size_t keys;
    size_t requests;
    size_t done[3]; /* after each */
} chunks[] = {
    {40,  1, {40}           },
    {100, 1, {100}          },
    {250, 3, {100, 200, 250}},
};

static void test_retry__a_batch_is_asked_for_by_the_hundred_with_progress(void **state)
{
    (void)state;
    static struct keys keys;
    make_keys(&keys, 250);
    for (size_t i = 0; i < 3; i++) {
        struct progress progress = {.count = 0};
        stator *db = kit_open("mock:", NULL, NULL);
        stator_mock *mock = stator_mock_of(db);
        stator_result *r = NULL;
        stator_mock_expect(mock, "BatchGetItem",
                           "{\"RequestItems\": {\"t\": {\"ConsistentRead\": true, "
                           "\"ProjectionExpression\": \"n, key\"}}}");
        stator_mock_unprocessed(mock, 0, STATOR_MOCK_ALWAYS);
        assert_int_equal(stator_batch_get(db, "t", &r, keys.list, chunks[i].keys,
                                          .consistent = true, .select = "n, key",
                                          .on_progress = on_progress, .ud = &progress),
                         STATOR_OK);
        check_keys(r, &keys, chunks[i].keys);
        assert_int_equal(stator_mock_calls(mock, NULL), chunks[i].requests);
        assert_int_equal(progress.count, chunks[i].requests);
        assert_memory_equal(progress.done, chunks[i].done, chunks[i].requests * sizeof(size_t));
        stator_result_free(r);
        kit_close(db);
    }
}

static void test_retry__a_batch_of_500_is_read_by_five_at_once(void **state)
{
    (void)state;
    static struct keys keys;
    stator *db = kit_open("mock:", NULL, NULL);
    stator_mock *mock = stator_mock_of(db);
    stator_result *r = NULL;
    make_keys(&keys, 500);
    stator_mock_expect(mock, "BatchGetItem", NULL);
    stator_mock_fail(mock, "ThrottlingException", NULL, 3);
    stator_mock_unprocessed(mock, 0.1, 3);
    stator_mock_unprocessed(mock, 0, STATOR_MOCK_ALWAYS);
    assert_int_equal(stator_batch_get(db, "t", &r, keys.list, 500, .parallel = 5), STATOR_OK);
    check_keys(r, &keys, 500);
    assert_int_equal(stator_mock_calls(mock, NULL), 5 + 3 + 3);
    stator_result_free(r);
    kit_close(db);
}

struct chunk_error {
    size_t first, n;
    int calls;
};

static stator_rc on_chunk_error(void *ud, size_t first, size_t n, const stator_error *error)
{
    struct chunk_error *seen = ud;
    *seen = (struct chunk_error){first, n, seen->calls + 1};
    return error->rc == STATOR_E_INVALID ? STATOR_OK : error->rc;
}

static void test_retry__a_chunk_that_fails_may_be_left_out(void **state)
{
    (void)state;
    static struct keys keys;
    struct chunk_error seen = {0};
    stator *db = kit_open("mock:", NULL, NULL);
    stator_mock *mock = stator_mock_of(db);
    stator_result *r = NULL;
    make_keys(&keys, 250);
    stator_mock_expect(mock, "BatchGetItem", NULL);
    stator_mock_unprocessed(mock, 0, 1);
    stator_mock_fail(mock, "ValidationException", "no", 1);
    stator_mock_unprocessed(mock, 0, 1);
    assert_int_equal(stator_batch_get(db, "t", &r, keys.list, 250, .on_chunk_error = on_chunk_error,
                                      .ud = &seen),
                     STATOR_PARTIAL);
    assert_int_equal(seen.calls, 1);
    assert_int_equal(seen.first, 100);
    assert_int_equal(seen.n, 100);
    assert_true(stator_result_unread(r, 150));
    assert_false(stator_result_unread(r, 249));
    stator_result_free(r);
    kit_close(db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_retry__a_transaction_in_conflict_is_made_again_with_its_token),
        cmocka_unit_test(test_retry__a_refused_condition_is_not_made_again_and_named),
        cmocka_unit_test(test_retry__reasons_decide_about_a_canceled_transaction),
        cmocka_unit_test(test_retry__a_transaction_past_its_limit_is_not_sent),
        cmocka_unit_test(test_retry__a_transaction_may_have_a_time_of_its_own),
        cmocka_unit_test(
            test_retry__a_transaction_past_its_time_may_be_committed_again_with_its_token),
        cmocka_unit_test(test_retry__pauses_double_with_jitter_and_are_given_up_after_three),
        cmocka_unit_test(test_retry__a_program_may_wait_2_4_8_seconds_with_warnings),
        cmocka_unit_test(test_retry__no_policy_is_no_retry),
        cmocka_unit_test(test_retry__a_pause_past_the_end_of_the_call_is_not_begun),
        cmocka_unit_test(test_retry__writes_whose_fate_is_not_known_are_made_again_when_guarded),
        cmocka_unit_test(
            test_retry__an_error_of_the_service_before_does_not_keep_a_write_from_being_made_again),
        cmocka_unit_test(test_retry__a_pause_ends_when_it_is_canceled),
        cmocka_unit_test(test_retry__a_late_answer_is_not_waited_for_when_canceled),
        cmocka_unit_test(test_retry__what_a_batch_left_over_is_asked_for_after_a_pause),
        cmocka_unit_test(test_retry__a_batch_tells_what_it_could_not_read),
        cmocka_unit_test(test_retry__a_batch_is_asked_for_by_the_hundred_with_progress),
        cmocka_unit_test(test_retry__a_batch_of_500_is_read_by_five_at_once),
        cmocka_unit_test(test_retry__a_chunk_that_fails_may_be_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
