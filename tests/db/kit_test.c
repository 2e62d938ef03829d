/* kit_test.c -- a clock that tests turn, and randomness that repeats, on handles of every kind.
 *
 * No test here may take real time: pauses of hours are among them.
 */
#include "db/kit.h"

#include <pthread.h>
#include <stdio.h>

#include "db/heap.h"

static const int64_t hour = 3600 * STATOR_SECOND;

static stator *open_with_ttl(void)
{
    stator *db = kit_open("mem:", NULL, NULL);
    assert_int_equal(stator_create_table(db, .name = "items", .key = "key:S", .ttl = "ttl"),
                     STATOR_OK);
    return db;
}

static bool is_there(stator *db, const char *key)
{
    stator_result *r = NULL;
    const stator_rc rc = stator_get(db, "items", &r, STATOR_KEY({"key", stator_s(key)}));
    assert_true(rc >= 0);
    stator_result_free(r);
    return rc == STATOR_OK;
}

/* ---- the clock */

static void test_kit__a_fixed_clock_stands_until_it_is_moved(void **state)
{
    (void)state;
    stator *db = kit_open("mem:", NULL, NULL);
    assert_int_equal(stator_now(db), KIT_NOW_S * STATOR_SECOND);
    assert_int_equal(stator_clock_advance(db, 7), STATOR_OK);
    assert_int_equal(stator_now(db), KIT_NOW_S * STATOR_SECOND + 7);
    assert_int_equal(stator_clock_fix(db, 5), STATOR_OK);
    assert_int_equal(stator_now(db), 5);
    stator_close(db);
}

static void test_kit__a_clock_that_runs_stands_when_it_is_moved(void **state)
{
    (void)state;
    stator *db = NULL;
    assert_int_equal(stator_open("mock:", NULL, &db), STATOR_OK);
    const int64_t running = stator_now(db);
    assert_int_equal(stator_clock_advance(db, hour), STATOR_OK);
    const int64_t standing = stator_now(db);
    assert_true(standing >= running + hour);
    assert_true(standing < running + 2 * hour);
    assert_int_equal(stator_now(db), standing);
    stator_close(db);
}

static void test_kit__items_expire_when_the_clock_says_so(void **state)
{
    (void)state;
    stator *db = open_with_ttl();
    assert_int_equal(
        stator_put(db, "items",
                   STATOR_M({"key", stator_s("a")}, {"ttl", stator_i(KIT_NOW_S + 60)})),
        STATOR_OK);
    assert_int_equal(stator_clock_advance(db, 59 * STATOR_SECOND), STATOR_OK);
    assert_true(is_there(db, "a"));
    assert_int_equal(stator_clock_advance(db, 2 * STATOR_SECOND), STATOR_OK);
    assert_false(is_there(db, "a"));
    int64_t n = -1;
    assert_int_equal(stator_count_items(db, "items", &n,
                                        &(stator_query_opts){.size = sizeof(stator_query_opts)}),
                     STATOR_OK);
    assert_int_equal(n, 0);
    stator_close(db);
}

static void test_kit__an_expired_item_is_no_item_to_a_condition(void **state)
{
    (void)state;
    stator *db = open_with_ttl();
    for (int i = 0; i < 3; i++) {
        const int64_t now_s = stator_now(db) / STATOR_SECOND;
        assert_int_equal(
            stator_put(db, "items",
                       STATOR_M({"key", stator_s("lock")}, {"ttl", stator_i(now_s + 3600)}),
                       .if_not_exists = true),
            i % 2 == 0 ? STATOR_OK : STATOR_CONDITION_FAILED);
        if (i == 1) assert_int_equal(stator_clock_advance(db, hour + STATOR_SECOND), STATOR_OK);
    }
    stator_close(db);
}

static void test_kit__tables_become_ready_whatever_the_clock_says(void **state)
{
    (void)state;
    stator *db = open_with_ttl();
    char key[16];
    for (int i = 0; i < 500; i++) {
        (void)snprintf(key, sizeof key, "k%d", i);
        assert_int_equal(
            stator_put(db, "items", STATOR_M({"key", stator_s(key)}, {"n", stator_i(i)})),
            STATOR_OK);
    }
    const stator_index_spec index = {.name = "by-n", .key = "n:N"};
    const int64_t before = stator_now(db);
    assert_int_equal(stator_create_index(db, "items", &index), STATOR_OK);
    assert_int_equal(stator_now(db), before);
    int64_t n = 0;
    assert_int_equal(stator_count(db, "items", &n, stator_eq("n", stator_i(7)), .index = "by-n"),
                     STATOR_OK);
    assert_int_equal(n, 1);
    stator_close(db);
}

static void test_kit__pauses_between_pages_move_the_clock(void **state)
{
    (void)state;
    stator *db = kit_open("mock:", NULL, NULL);
    stator_mock *mock = stator_mock_of(db);
    stator_pager *pager = NULL;
    const stator_node *item = NULL;
    const stator_query_opts opts = {
        .size = sizeof opts, .table = "items", .page_delay_us = hour, .limit = 1};
    stator_mock_expect(mock, "Scan", "{\"Limit\": 1, \"ExclusiveStartKey\": null}");
    stator_mock_reply(mock, "{\"Items\": [{\"key\": {\"S\": \"a\"}}], \"Count\": 1, "
                            "\"LastEvaluatedKey\": {\"key\": {\"S\": \"a\"}}}");
    stator_mock_expect(mock, "Scan", "{\"ExclusiveStartKey\": {\"key\": {\"S\": \"a\"}}}");
    stator_mock_reply(mock, "{\"Items\": [{\"key\": {\"S\": \"b\"}}], \"Count\": 1}");
    const int64_t before = stator_now(db);
    assert_int_equal(stator_pager_scan(db, &pager, &opts), STATOR_OK);
    assert_int_equal(stator_next(pager, &item), STATOR_OK);
    assert_int_equal(stator_next(pager, &item), STATOR_OK);
    assert_string_equal(stator_str(item, "key"), "b");
    assert_int_equal(stator_next(pager, &item), STATOR_DONE);
    assert_int_equal(stator_now(db) - before, hour);
    stator_pager_free(pager);
    kit_close(db);
}

/* ---- randomness */

static void test_kit__fixed_randomness_repeats(void **state)
{
    (void)state;
    char first[STATOR_UUID_LEN];
    char second[STATOR_UUID_LEN];
    char again[STATOR_UUID_LEN];
    stator *db = kit_open("mem:", NULL, NULL);
    stator_uuid4(db, first);
    stator_uuid4(db, second);
    assert_string_not_equal(first, second);
    assert_int_equal(first[14], '4');
    assert_int_equal(stator_random_fix(db, 1), STATOR_OK);
    assert_string_equal(stator_uuid4(db, again), first);
    assert_string_equal(stator_uuid4(db, again), second);
    assert_int_equal(stator_random_fix(db, 2), STATOR_OK);
    assert_string_not_equal(stator_uuid4(db, again), first);
    stator_close(db);
}

static void test_kit__pauses_vary_as_the_seed_says(void **state)
{
    (void)state;
    struct kit_seen runs[2];
    for (int i = 0; i < 2; i++) {
        stator *db = kit_open("mock:", NULL, &runs[i]);
        stator_mock_expect(stator_mock_of(db), "DescribeTable", NULL);
        stator_mock_fail(stator_mock_of(db), "ThrottlingException", NULL, 4);
        stator_result *r = NULL;
        assert_int_equal(stator_describe_table(db, "items", &r), STATOR_E_THROTTLED);
        kit_close(db);
    }
    assert_int_equal(runs[0].delays, 3);
    assert_memory_equal(runs[0].delays_us, runs[1].delays_us, sizeof runs[0].delays_us);
    assert_int_not_equal(runs[0].delays_us[0], 100000);
}

/* ---- hooks of the program's */

static int64_t hook_now(void *ud)
{
    return *(int64_t *)ud;
}

static void hook_sleep(void *ud, int64_t us)
{
    *(int64_t *)ud += us;
}

static uint64_t hook_random(void *ud)
{
    (void)ud;
    return 7;
}

static void test_kit__hooks_of_the_program_stay(void **state)
{
    (void)state;
    int64_t now_us = 42;
    const stator_hooks hooks[] = {
        {.ud = &now_us, .now_us = hook_now    },
        {.ud = &now_us, .sleep_us = hook_sleep},
        {.ud = &now_us, .random = hook_random },
    };
    for (size_t i = 0; i < 3; i++) {
        const stator_options options = {.size = sizeof options, .hooks = &hooks[i]};
        const bool is_clock = i < 2;
        stator *db = NULL;
        assert_int_equal(stator_open("mem:", &options, &db), STATOR_OK);
        assert_int_equal(stator_clock_fix(db, 1), is_clock ? STATOR_E_MISUSE : STATOR_OK);
        if (is_clock) kit_check_error(STATOR_E_MISUSE, "the clock of this handle is the program's");
        assert_int_equal(stator_clock_advance(db, 1), is_clock ? STATOR_E_MISUSE : STATOR_OK);
        assert_int_equal(stator_random_fix(db, 1), is_clock ? STATOR_OK : STATOR_E_MISUSE);
        if (i == 0) assert_int_equal(stator_now(db), 42);
        stator_close(db);
    }
}

static void test_kit__times_that_cannot_be_are_refused(void **state)
{
    (void)state;
    stator *db = kit_open("mock:", NULL, NULL);
    assert_int_equal(stator_clock_fix(db, -1), STATOR_E_INVALID);
    assert_int_equal(stator_clock_advance(db, -1), STATOR_E_INVALID);
    assert_int_equal(stator_clock_fix(db, INT64_MAX), STATOR_E_INVALID);
    assert_int_equal(stator_clock_fix(NULL, 1), STATOR_E_MISUSE);
    assert_int_equal(stator_random_fix(NULL, 1), STATOR_E_MISUSE);
    assert_int_equal(stator_now(db), KIT_NOW_S * STATOR_SECOND);
    kit_close(db);
}

static void test_kit__the_clock_ends_with_the_year_9999(void **state)
{
    (void)state;
    const int64_t last = INT64_C(253402300800) * STATOR_SECOND - 1;
    stator *db = open_with_ttl();
    assert_int_equal(stator_clock_fix(db, last + 1), STATOR_E_INVALID);
    assert_int_equal(stator_clock_fix(db, 0), STATOR_OK);
    assert_int_equal(stator_clock_advance(db, last), STATOR_OK);
    assert_int_equal(stator_now(db), last);
    assert_int_equal(stator_set_stream(db, "items", "NEW_IMAGE"), STATOR_OK);
    assert_int_equal(stator_create_table(db, .name = "more", .key = "key:S"), STATOR_OK);
    assert_int_equal(stator_set_stream(db, "more", "NEW_IMAGE"), STATOR_E_INVALID);
    kit_check_error(STATOR_E_INVALID, "the year 9999 has none left");
    assert_int_equal(stator_clock_advance(db, 1), STATOR_E_INVALID);
    kit_check_error(STATOR_E_INVALID, "beyond the year 9999");
    kit_close(db);
}

/* What it says is not to be believed: nothing is made in a year that has no name. */
static void test_kit__a_hook_that_tells_no_time_is_not_followed(void **state)
{
    (void)state;
    const int64_t last = INT64_C(253402300800) * STATOR_SECOND - 1;
    int64_t told[] = {INT64_MIN, -1, last + 1, INT64_MAX};
    for (size_t i = 0; i < ARRAY_COUNT(told); i++) {
        const stator_hooks hooks = {.ud = &told[i], .now_us = hook_now};
        const stator_options options = {.size = sizeof options, .hooks = &hooks};
        stator *db = NULL;
        assert_int_equal(stator_open("mem:", &options, &db), STATOR_OK);
        assert_int_equal(stator_now(db), told[i] < 0 ? 0 : last);
        assert_int_equal(stator_create_table(db, .name = "items", .key = "key:S"), STATOR_OK);
        assert_int_equal(stator_set_stream(db, "items", "NEW_IMAGE"), STATOR_OK);
        stator_close(db);
    }
}

/* ---- threads */

static void *turn_clock(void *db)
{
    for (int i = 0; i < 1000; i++) (void)stator_clock_advance(db, 1000);
    return NULL;
}

static void test_kit__the_clock_may_be_turned_while_calls_are_under_way(void **state)
{
    (void)state;
    pthread_t thread;
    stator *db = open_with_ttl();
    assert_int_equal(pthread_create(&thread, NULL, turn_clock, db), 0);
    for (int i = 0; i < 200; i++)
        assert_int_equal(stator_put(db, "items", STATOR_M({"key", stator_s("a")})), STATOR_OK);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(stator_now(db), (KIT_NOW_S + 1) * STATOR_SECOND);
    stator_close(db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kit__a_fixed_clock_stands_until_it_is_moved),
        cmocka_unit_test(test_kit__a_clock_that_runs_stands_when_it_is_moved),
        cmocka_unit_test(test_kit__items_expire_when_the_clock_says_so),
        cmocka_unit_test(test_kit__an_expired_item_is_no_item_to_a_condition),
        cmocka_unit_test(test_kit__tables_become_ready_whatever_the_clock_says),
        cmocka_unit_test(test_kit__pauses_between_pages_move_the_clock),
        cmocka_unit_test(test_kit__fixed_randomness_repeats),
        cmocka_unit_test(test_kit__pauses_vary_as_the_seed_says),
        cmocka_unit_test(test_kit__hooks_of_the_program_stay),
        cmocka_unit_test(test_kit__times_that_cannot_be_are_refused),
        cmocka_unit_test(test_kit__the_clock_ends_with_the_year_9999),
        cmocka_unit_test(test_kit__a_hook_that_tells_no_time_is_not_followed),
        cmocka_unit_test(test_kit__the_clock_may_be_turned_while_calls_are_under_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
