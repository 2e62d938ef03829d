/* faults_test.c -- what a test makes go wrong with a real handle: refusals, lost replies, latency;
 * how often, and that a run repeats.
 */
#include "db/kit.h"

#include <pthread.h>

#include "db/heap.h"

/* ---- what is used below */

static stator *open_with_table(const stator_retry *retry, struct kit_seen *seen)
{
    stator *db = kit_open("mem:", retry, seen);
    assert_int_equal(stator_create_table(db, .name = "jobs", .key = "key:S"), STATOR_OK);
    return db;
}

static stator_rc put_a(stator *db)
{
    return stator_put(db, "jobs", STATOR_M({"key", stator_s("a")}));
}

static bool has_a(stator *db)
{
    stator_result *r = NULL;
    const stator_rc rc = stator_get(db, "jobs", &r, STATOR_KEY({"key", stator_s("a")}));
    stator_result_free(r);
    return rc == STATOR_OK;
}

/* ---- kinds */

static void test_faults__a_code_is_told_and_nothing_is_carried_out(void **state)
{
    (void)state;
    stator *db = open_with_table(&STATOR_RETRY_NONE, NULL);
    assert_int_equal(stator_fault(db, .action = "PutItem", .code = "ThrottlingException",
                                  .message = "Rate exceeded"),
                     STATOR_OK);
    assert_int_equal(put_a(db), STATOR_E_THROTTLED);
    assert_string_equal(stator_error_get()->code, "ThrottlingException");
    assert_string_equal(stator_error_get()->message, "Rate exceeded");
    assert_true(stator_error_get()->retryable);
    assert_false(stator_error_get()->uncertain);
    assert_false(has_a(db));
    assert_int_equal(stator_fault_count(db), 1);
    stator_fault_clear(db);
    assert_int_equal(put_a(db), STATOR_OK);
    assert_true(has_a(db));
    stator_close(db);
}

static void test_faults__of_a_lost_reply_the_write_happened(void **state)
{
    (void)state;
    stator *db = open_with_table(NULL, NULL);
    assert_int_equal(stator_fault(db, .action = "PutItem", .lost = true), STATOR_OK);
    assert_int_equal(put_a(db), STATOR_E_NETWORK);
    assert_true(stator_error_get()->uncertain);
    assert_int_equal(stator_error_get()->attempts, 1); /* a plain write is not made again */
    assert_true(has_a(db));
    stator_close(db);
}

static void test_faults__a_read_whose_reply_got_lost_is_made_again(void **state)
{
    (void)state;
    stator *db = open_with_table(NULL, NULL);
    assert_int_equal(put_a(db), STATOR_OK);
    assert_int_equal(stator_fault(db, .action = "GetItem", .lost = true, .times = 2), STATOR_OK);
    assert_true(has_a(db));
    assert_int_equal(stator_fault_count(db), 2);
    stator_close(db);
}

/* Its condition meets the first attempt's own item: refused, and perhaps by itself. */
static void test_faults__a_guarded_write_is_made_again_and_says_that_it_may_be_its_own(void **state)
{
    (void)state;
    stator *db = open_with_table(NULL, NULL);
    assert_int_equal(stator_fault(db, .action = "PutItem", .lost = true, .times = 1), STATOR_OK);
    assert_int_equal(
        stator_put(db, "jobs", STATOR_M({"key", stator_s("a")}), .if_not_exists = true),
        STATOR_CONDITION_FAILED);
    assert_true(stator_error_get()->uncertain);
    assert_int_equal(stator_error_get()->attempts, 2);
    stator_close(db);
}

static void test_faults__a_transaction_happens_once_although_its_reply_got_lost(void **state)
{
    (void)state;
    stator_result *r = NULL;
    stator *db = open_with_table(NULL, NULL);
    assert_int_equal(stator_fault(db, .action = "TransactWriteItems", .lost = true, .times = 2),
                     STATOR_OK);
    stator_tx *tx = stator_tx_new(db);
    stator_tx_update(tx, "jobs", STATOR_KEY({"key", stator_s("a")}),
                     stator_updates(stator_add("n", stator_i(1))));
    assert_int_equal(stator_tx_commit(tx, NULL), STATOR_OK);
    stator_tx_free(tx);
    assert_int_equal(stator_get(db, "jobs", &r, STATOR_KEY({"key", stator_s("a")})), STATOR_OK);
    assert_string_equal(stator_num(stator_result_item(r, 0), "n"), "1");
    stator_result_free(r);
    stator_close(db);
}

static void test_faults__latency_moves_the_clock_and_adds_up(void **state)
{
    (void)state;
    stator *db = open_with_table(NULL, NULL);
    assert_int_equal(stator_fault(db, .latency_us = 20000), STATOR_OK);
    assert_int_equal(stator_fault(db, .action = "PutItem", .latency_us = 3000), STATOR_OK);
    const int64_t before = stator_now(db);
    assert_int_equal(put_a(db), STATOR_OK);
    assert_int_equal(stator_now(db) - before, 23000);
    assert_true(has_a(db));
    assert_int_equal(stator_now(db) - before, 43000);
    stator_close(db);
}

static void test_faults__an_answer_after_the_end_is_a_timeout_of_what_happened(void **state)
{
    (void)state;
    stator *db = open_with_table(NULL, NULL);
    assert_int_equal(stator_fault(db, .action = "PutItem", .latency_us = STATOR_SECOND), STATOR_OK);
    assert_int_equal(stator_put(db, "jobs", STATOR_M({"key", stator_s("a")}), .timeout_us = 1000),
                     STATOR_E_TIMEOUT);
    assert_true(stator_error_get()->uncertain);
    assert_true(has_a(db));
    stator_close(db);
}

/* ---- how often */

enum { ATTEMPTS = 2000 };

static void draw(stator *db, bool met[ATTEMPTS])
{
    for (int i = 0; i < ATTEMPTS; i++) met[i] = put_a(db) != STATOR_OK;
}

static size_t count(const bool met[ATTEMPTS])
{
    size_t n = 0;
    for (int i = 0; i < ATTEMPTS; i++) n += met[i];
    return n;
}

static void test_faults__a_rate_is_kept_and_a_run_repeats(void **state)
{
    (void)state;
    static bool first[ATTEMPTS], second[ATTEMPTS], other[ATTEMPTS];
    stator *db = open_with_table(&STATOR_RETRY_NONE, NULL);
    bool *const runs[] = {first, second, other};
    for (uint64_t i = 0; i < 3; i++) {
        stator_fault_clear(db);
        assert_int_equal(
            stator_fault(db, .rate = 0.1, .code = "ThrottlingException", .seed = i / 2), STATOR_OK);
        draw(db, runs[i]);
    }
    assert_in_range(count(first), ATTEMPTS / 10 - 60, ATTEMPTS / 10 + 60);
    assert_memory_equal(first, second, sizeof first);
    assert_memory_not_equal(first, other, sizeof first);
    stator_close(db);
}

static void test_faults__skip_and_times_choose_attempts(void **state)
{
    (void)state;
    stator *db = open_with_table(&STATOR_RETRY_NONE, NULL);
    assert_int_equal(
        stator_fault(db, .action = "PutItem", .code = "ThrottlingException", .skip = 2, .times = 1),
        STATOR_OK);
    const stator_rc expected[] = {STATOR_OK, STATOR_OK, STATOR_E_THROTTLED, STATOR_OK};
    for (size_t i = 0; i < 4; i++) assert_int_equal(put_a(db), expected[i]);
    stator_close(db);
}

static void test_faults__retries_hide_what_passes(void **state)
{
    (void)state;
    struct kit_seen seen;
    stator *db = open_with_table(NULL, &seen);
    assert_int_equal(stator_fault(db, .code = "InternalServerError", .times = 3), STATOR_OK);
    assert_int_equal(put_a(db), STATOR_OK);
    assert_int_equal(seen.delays, 3);
    assert_int_equal(stator_fault_count(db), 3);
    stator_close(db);
}

static void test_faults__the_first_of_two_codes_happens(void **state)
{
    (void)state;
    stator *db = open_with_table(&STATOR_RETRY_NONE, NULL);
    assert_int_equal(stator_fault(db, .code = "ThrottlingException", .times = 1), STATOR_OK);
    assert_int_equal(stator_fault(db, .lost = true, .times = 1), STATOR_OK);
    assert_int_equal(put_a(db), STATOR_E_THROTTLED);
    assert_int_equal(put_a(db), STATOR_E_NETWORK);
    assert_int_equal(put_a(db), STATOR_OK);
    stator_close(db);
}

static void test_faults__plain_calls_are_met_too(void **state)
{
    (void)state;
    char *reply = NULL;
    stator *db = open_with_table(&STATOR_RETRY_NONE, NULL);
    assert_int_equal(stator_fault(db, .code = "InternalServerError", .times = 1), STATOR_OK);
    assert_int_equal(stator_call(db, "ListTables", "{}", &reply), STATOR_E_INTERNAL);
    assert_string_equal(reply, "{\"__type\":\"InternalServerError\"}");
    stator_free(reply);
    assert_int_equal(stator_call(db, "ListTables", "{}", &reply), STATOR_OK);
    assert_string_equal(reply, "{\"TableNames\":[\"jobs\"]}");
    stator_free(reply);
    stator_close(db);
}

/* Nobody listens at port 1: the faults come before that, and retries are the handle's own. */
static void test_faults__meet_calls_to_a_server_too(void **state)
{
    (void)state;
    struct kit_seen seen;
    const stator_retry twice = {2, 1000, 1000, 1.0, 0.0};
    stator *db = kit_open("http://127.0.0.1:1", &twice, &seen);
    assert_int_equal(stator_fault(db, .code = "ThrottlingException"), STATOR_OK);
    assert_int_equal(put_a(db), STATOR_E_THROTTLED);
    assert_int_equal(stator_error_get()->attempts, 3);
    assert_int_equal(seen.delays, 2);
    stator_fault_clear(db);
    assert_int_equal(stator_fault(db, .latency_us = 500), STATOR_OK);
    assert_int_equal(put_a(db), STATOR_E_NETWORK);
    assert_int_equal(stator_error_get()->attempts, 3);
    stator_close(db);
}

/* ---- mistakes */

static void test_faults__one_that_cannot_be_is_refused(void **state)
{
    (void)state;
    stator *db = kit_open("mock:", NULL, NULL);
    assert_int_equal(stator_fault(db, .action = "PutItem"), STATOR_E_INVALID);
    assert_int_equal(stator_fault(db, .code = "X", .lost = true), STATOR_E_INVALID);
    assert_int_equal(stator_fault(db, .code = "X", .rate = 1.5), STATOR_E_INVALID);
    assert_int_equal(stator_fault(db, .code = "X", .skip = -1), STATOR_E_INVALID);
    assert_int_equal(stator_fault(db, .latency_us = -1), STATOR_E_INVALID);
    assert_int_equal(stator_fault(NULL, .latency_us = 1), STATOR_E_MISUSE);
    assert_int_equal(stator_fault_add(db, NULL), STATOR_E_MISUSE);
    assert_int_equal(stator_fault_count(NULL), 0);
    stator_fault_clear(NULL);
    kit_close(db);
}

/* ---- threads */

enum { THREADS = 4, PUTS = 200 };

static void *put_many(void *db)
{
    uintptr_t failed = 0;
    for (int i = 0; i < PUTS; i++) failed += put_a(db) != STATOR_OK;
    return (void *)failed;
}

static void test_faults__meet_as_many_on_several_threads(void **state)
{
    (void)state;
    pthread_t threads[THREADS];
    uintptr_t failed = 0;
    stator *db = open_with_table(&STATOR_RETRY_NONE, NULL);
    assert_int_equal(stator_fault(db, .code = "ThrottlingException", .rate = 0.5, .times = 100),
                     STATOR_OK);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, put_many, db), 0);
    for (int i = 0; i < 50; i++) (void)stator_clock_advance(db, 1000);
    for (int i = 0; i < THREADS; i++) {
        void *n = NULL;
        assert_int_equal(pthread_join(threads[i], &n), 0);
        failed += (uintptr_t)n;
    }
    assert_int_equal(failed, 100);
    assert_int_equal(stator_fault_count(db), 100);
    stator_close(db);
}

/* ---- memory */

static void test_faults__are_not_harmed_when_memory_fails(void **state)
{
    (void)state;
    bool fired = true;
    for (uint64_t n = 1; fired; n++) {
        stator *db = NULL;
        heap_fail_at(n);
        if (stator_open("mock:", NULL, &db) == STATOR_OK) {
            (void)stator_fault(db, .action = "PutItem", .code = "ValidationException");
            assert_true(put_a(db) < 0);
            stator_close(db);
        }
        fired = heap_failed();
        heap_check();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_faults__a_code_is_told_and_nothing_is_carried_out),
        cmocka_unit_test(test_faults__of_a_lost_reply_the_write_happened),
        cmocka_unit_test(test_faults__a_read_whose_reply_got_lost_is_made_again),
        cmocka_unit_test(
            test_faults__a_guarded_write_is_made_again_and_says_that_it_may_be_its_own),
        cmocka_unit_test(test_faults__a_transaction_happens_once_although_its_reply_got_lost),
        cmocka_unit_test(test_faults__latency_moves_the_clock_and_adds_up),
        cmocka_unit_test(test_faults__an_answer_after_the_end_is_a_timeout_of_what_happened),
        cmocka_unit_test(test_faults__a_rate_is_kept_and_a_run_repeats),
        cmocka_unit_test(test_faults__skip_and_times_choose_attempts),
        cmocka_unit_test(test_faults__retries_hide_what_passes),
        cmocka_unit_test(test_faults__the_first_of_two_codes_happens),
        cmocka_unit_test(test_faults__plain_calls_are_met_too),
        cmocka_unit_test(test_faults__meet_calls_to_a_server_too),
        cmocka_unit_test(test_faults__one_that_cannot_be_is_refused),
        cmocka_unit_test(test_faults__meet_as_many_on_several_threads),
        cmocka_unit_test(test_faults__are_not_harmed_when_memory_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
