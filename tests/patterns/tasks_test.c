/* tasks_test.c -- tasks: submitted once, worked on by one at a time, tried again and given up. */
#include <stdio.h>

#include "patterns/place.h"

static stator_events tasks_of(struct place *place)
{
    return (stator_events){.db = place->db, .table = place->table};
}

static void submit(const stator_events *tasks, const char *key, char id[STATOR_UUID_LEN])
{
    bool existed = true;
    place_check(stator_task_submit(tasks, key, stator_s("resize"), id, &existed), STATOR_OK);
    assert_false(existed);
}

static void check_meta(struct place *place, const char *id, const char *now, int attempt)
{
    char pk[64], gsi[64];
    (void)snprintf(pk, sizeof pk, "TASK#%s", id);
    (void)snprintf(gsi, sizeof gsi, "STATUS#%s", now);
    stator_doc *meta = place_item(place, pk, "META");
    assert_non_null(meta);
    assert_string_equal(stator_str(stator_doc_node(meta), "status"), now);
    assert_string_equal(stator_str(stator_doc_node(meta), "GSI1PK"), gsi);
    assert_int_equal(stator_int(stator_doc_node(meta), "attempt", -1), attempt);
    stator_doc_free(meta);
}

static stator_rc log_event(const stator_events *tasks, const char *id, const char *type)
{
    uint32_t seq = 0;
    const stator_rc rc = stator_events_next_seq(tasks, id, &seq);
    if (rc != STATOR_OK) return rc;
    return stator_events_append(tasks, id, seq, STATOR_M({"type", stator_s(type)}), NULL);
}

static void check_events(const stator_events *tasks, const char *id, const char *expected)
{
    char text[256] = "";
    stator_pager *pager = NULL;
    stator_logged logged;
    place_check(stator_events_read(tasks, id, 0, &pager), STATOR_OK);
    while (stator_events_next(pager, &logged) == STATOR_OK) {
        const size_t len = strlen(text);
        (void)snprintf(text + len, sizeof text - len, "%s%s", len > 0 ? " " : "",
                       stator_str(logged.event, "type"));
    }
    stator_pager_free(pager);
    assert_string_equal(text, expected);
}

/* ---- the course's tests */

static void test_submit_and_complete(void **state)
{
    struct place *place = *state;
    const stator_events tasks = tasks_of(place);
    char id[STATOR_UUID_LEN];
    stator_claim claim;
    submit(&tasks, "r1", id);
    check_meta(place, id, "PENDING", 0);
    place_check(stator_task_claim(&tasks, id, "w1", STATOR_MINUTE, &claim), STATOR_OK);
    place_check(log_event(&tasks, id, "PROCESSING"), STATOR_OK);
    check_meta(place, id, "PROCESSING", 1);
    place_check(stator_task_finish(&tasks, &claim, STATOR_TASK_COMPLETED), STATOR_OK);
    place_check(log_event(&tasks, id, "COMPLETED"), STATOR_OK);
    check_meta(place, id, "COMPLETED", 1);
    check_events(&tasks, id, "SUBMITTED PROCESSING COMPLETED");
}

static void test_idempotent_submit(void **state)
{
    struct place *place = *state;
    const stator_events tasks = tasks_of(place);
    char first[STATOR_UUID_LEN], second[STATOR_UUID_LEN], third[STATOR_UUID_LEN];
    bool existed = false;
    submit(&tasks, "r1", first);
    assert_int_equal(place_count(place), 3);
    place_check(stator_task_submit(&tasks, "r1", stator_s("resize"), second, &existed), STATOR_OK);
    assert_true(existed);
    assert_string_equal(first, second);
    assert_int_equal(place_count(place), 3); /* nothing was written */
    submit(&tasks, "r2", third);
    assert_string_not_equal(first, third);
}

static void test_retry_and_dlq(void **state)
{
    struct place *place = *state;
    const stator_events tasks = tasks_of(place);
    static const int64_t pauses[] = {2, 4, 8, 16, 32};
    char id[STATOR_UUID_LEN];
    stator_claim claim;
    bool dead = false;
    submit(&tasks, "r1", id);
    for (int i = 0; i < 5; i++) {
        assert_false(dead);
        place_check(stator_task_claim(&tasks, id, "w1", STATOR_MINUTE, &claim), STATOR_OK);
        assert_int_equal(claim.attempt, i + 1);
        place_check(stator_task_fail(&tasks, &claim, "no", &dead), STATOR_OK);
        place_check(log_event(&tasks, id, "FAILED"), STATOR_OK);
        if (dead) break;
        place_check(stator_task_claim(&tasks, id, "w1", STATOR_MINUTE, &claim),
                    STATOR_CONDITION_FAILED); /* it waits */
        place_turn(place, (pauses[i] + 1) * STATOR_SECOND);
    }
    assert_true(dead);
    place_check(log_event(&tasks, id, "DEAD"), STATOR_OK);
    check_meta(place, id, "DEAD", 5);
    check_events(&tasks, id, "SUBMITTED FAILED FAILED FAILED FAILED FAILED DEAD");
    place_check(stator_task_fail(&tasks, &claim, "no", &dead), STATOR_OK); /* idempotent */
    assert_true(dead);
    place_turn(place, STATOR_DAY);
    place_check(stator_task_claim(&tasks, id, "w1", STATOR_MINUTE, &claim),
                STATOR_CONDITION_FAILED);
}

static void test_idempotency_second_call_returns_first_result(void **state)
{
    struct place *place = *state;
    const stator_events tasks = tasks_of(place);
    char first[STATOR_UUID_LEN], second[STATOR_UUID_LEN];
    stator_claim claim;
    submit(&tasks, "r1", first);
    place_check(stator_task_claim(&tasks, first, "w1", STATOR_MINUTE, &claim), STATOR_OK);
    place_check(stator_task_finish(&tasks, &claim, STATOR_TASK_COMPLETED), STATOR_OK);
    place_check(stator_task_submit(&tasks, "r1", stator_s("resize"), second, NULL), STATOR_OK);
    assert_string_equal(first, second);
    check_meta(place, first, "COMPLETED", 1);
}

/* ---- submitting */

struct race {
    stator_events tasks;
    char ids[PLACE_THREADS_MAX][STATOR_UUID_LEN];
    char id[STATOR_UUID_LEN];
    bool existed[PLACE_THREADS_MAX];
    stator_claim claims[PLACE_THREADS_MAX];
    stator_rc rcs[PLACE_THREADS_MAX];
};

static void submit_one(void *ud, int i)
{
    struct race *race = ud;
    race->rcs[i] =
        stator_task_submit(&race->tasks, "r1", stator_s("resize"), race->ids[i], &race->existed[i]);
    stator_thread_end();
}

static void test_tasks__who_loses_the_race_gets_the_winners_id(void **state)
{
    enum { CALLERS = 12 };
    struct place *place = *state;
    struct race race = {.tasks = tasks_of(place)};
    int made = 0;
    place_race(CALLERS, submit_one, &race);
    for (int i = 0; i < CALLERS; i++) {
        assert_int_equal(race.rcs[i], STATOR_OK);
        assert_string_equal(race.ids[i], race.ids[0]);
        made += !race.existed[i];
    }
    assert_int_equal(made, 1);
    assert_int_equal(place_count(place), 3);
}

static void test_tasks__a_key_belongs_to_one_payload(void **state)
{
    struct place *place = *state;
    const stator_events tasks = tasks_of(place);
    char id[STATOR_UUID_LEN];
    submit(&tasks, "r1", id);
    place_check(stator_task_submit(&tasks, "r1", stator_s("crop"), id, NULL), STATOR_E_IDEMPOTENCY);
    assert_int_equal(place_count(place), 3);
}

static void test_tasks__a_request_is_remembered_for_a_time(void **state)
{
    struct place *place = *state;
    stator_events tasks = tasks_of(place);
    char first[STATOR_UUID_LEN], second[STATOR_UUID_LEN];
    tasks.idem_ttl_us = STATOR_HOUR;
    submit(&tasks, "r1", first);
    place_turn(place, 2 * STATOR_HOUR);
    submit(&tasks, "r1", second);
    assert_string_not_equal(first, second);
}

/* ---- claims */

static void claim_one(void *ud, int i)
{
    struct race *race = ud;
    char worker[16];
    (void)snprintf(worker, sizeof worker, "w%d", i);
    race->rcs[i] =
        stator_task_claim(&race->tasks, race->id, worker, STATOR_MINUTE, &race->claims[i]);
    stator_thread_end();
}

static void test_tasks__of_two_that_claim_one_does(void **state)
{
    enum { WORKERS = 8 };
    struct place *place = *state;
    struct race race = {.tasks = tasks_of(place)};
    int won = 0, lost = 0;
    submit(&race.tasks, "r1", race.id);
    place_race(WORKERS, claim_one, &race);
    for (int i = 0; i < WORKERS; i++) {
        won += race.rcs[i] == STATOR_OK;
        lost += race.rcs[i] == STATOR_CONDITION_FAILED;
    }
    assert_int_equal(won, 1);
    assert_int_equal(lost, WORKERS - 1);
    check_meta(place, race.id, "PROCESSING", 1);
}

static void test_tasks__a_dead_workers_task_is_taken_over(void **state)
{
    struct place *place = *state;
    const stator_events tasks = tasks_of(place);
    char id[STATOR_UUID_LEN];
    stator_claim dead, alive;
    submit(&tasks, "r1", id);
    place_check(stator_task_claim(&tasks, id, "dead", STATOR_MINUTE, &dead), STATOR_OK);
    place_check(stator_task_claim(&tasks, id, "alive", STATOR_MINUTE, &alive),
                STATOR_CONDITION_FAILED);
    place_turn(place, STATOR_MINUTE + STATOR_SECOND);
    place_check(stator_task_claim(&tasks, id, "alive", STATOR_MINUTE, &alive), STATOR_OK);
    assert_true(alive.fence > dead.fence);
    assert_int_equal(alive.attempt, 2);

    place_check(stator_task_finish(&tasks, &dead, STATOR_TASK_COMPLETED), STATOR_CONDITION_FAILED);
    place_check(stator_task_extend(&tasks, &dead, STATOR_MINUTE), STATOR_CONDITION_FAILED);
    place_check(stator_task_fail(&tasks, &dead, "x", NULL), STATOR_CONDITION_FAILED);
    check_meta(place, id, "PROCESSING", 2);
    place_check(stator_task_finish(&tasks, &alive, STATOR_TASK_COMPLETED), STATOR_OK);
    place_check(stator_task_finish(&tasks, &alive, STATOR_TASK_COMPLETED), STATOR_OK); /* again */
    place_check(stator_task_finish(&tasks, &alive, STATOR_TASK_CANCELLED), STATOR_CONDITION_FAILED);
}

static size_t count_of_worker(struct place *place, const char *worker)
{
    char gsi[64];
    stator_result *found = NULL;
    place_check(stator_query(place->db, place->table, &found,
                             stator_eq("GSI2PK", stator_sf(gsi, "WORKER#%s", worker)),
                             .index = STATOR_GSI2),
                STATOR_OK);
    const size_t count = stator_result_count(found);
    stator_result_free(found);
    return count;
}

static void test_tasks__a_workers_tasks_are_found_while_it_has_them(void **state)
{
    struct place *place = *state;
    const stator_events tasks = tasks_of(place);
    char first[STATOR_UUID_LEN], second[STATOR_UUID_LEN];
    stator_claim claims[2];
    submit(&tasks, "r1", first);
    submit(&tasks, "r2", second);
    place_check(stator_task_claim(&tasks, first, "w1", STATOR_MINUTE, &claims[0]), STATOR_OK);
    place_check(stator_task_claim(&tasks, second, "w1", STATOR_MINUTE, &claims[1]), STATOR_OK);
    assert_int_equal(count_of_worker(place, "w1"), 2);
    place_check(stator_task_finish(&tasks, &claims[0], STATOR_TASK_COMPLETED), STATOR_OK);
    assert_int_equal(count_of_worker(place, "w1"), 1);
    place_check(stator_task_fail(&tasks, &claims[1], "no", NULL), STATOR_OK);
    assert_int_equal(count_of_worker(place, "w1"), 0);
}

/* The same call again, as the client sends it when a reply was lost: it draws the same numbers. */
static void test_tasks__a_claim_sent_again_is_the_same_claim(void **state)
{
    struct place *place = *state;
    const stator_events tasks = tasks_of(place);
    char id[STATOR_UUID_LEN];
    stator_claim first, again;
    submit(&tasks, "r1", id);
    const uint64_t random = atomic_load(&place->random);
    place_check(stator_task_claim(&tasks, id, "w1", STATOR_MINUTE, &first), STATOR_OK);
    atomic_store(&place->random, random);
    place_check(stator_task_claim(&tasks, id, "w1", STATOR_MINUTE, &again), STATOR_OK);
    assert_int_equal(first.fence, again.fence);
    assert_int_equal(first.expires_us, again.expires_us);
    assert_int_equal(again.attempt, 1);
    check_meta(place, id, "PROCESSING", 1);
}

static void test_tasks__who_extends_keeps_the_task(void **state)
{
    struct place *place = *state;
    const stator_events tasks = tasks_of(place);
    char id[STATOR_UUID_LEN];
    stator_claim mine, other;
    submit(&tasks, "r1", id);
    place_check(stator_task_claim(&tasks, id, "w1", STATOR_MINUTE, &mine), STATOR_OK);
    for (int i = 0; i < 3; i++) {
        place_turn(place, 50 * STATOR_SECOND);
        place_check(stator_task_extend(&tasks, &mine, STATOR_MINUTE), STATOR_OK);
        place_check(stator_task_claim(&tasks, id, "w2", STATOR_MINUTE, &other),
                    STATOR_CONDITION_FAILED);
    }
    assert_in_range(mine.expires_us - stator_now(place->db), 50 * STATOR_SECOND, STATOR_MINUTE);
}

static void test_tasks__one_that_ends_its_workers_is_dead_in_the_end(void **state)
{
    struct place *place = *state;
    stator_events tasks = tasks_of(place);
    char id[STATOR_UUID_LEN];
    stator_claim claim;
    tasks.max_attempts = 2;
    submit(&tasks, "r1", id);
    for (int i = 0; i < 2; i++) {
        place_check(stator_task_claim(&tasks, id, "w", STATOR_MINUTE, &claim), STATOR_OK);
        place_turn(place, 2 * STATOR_MINUTE);
    }
    place_check(stator_task_claim(&tasks, id, "w", STATOR_MINUTE, &claim), STATOR_CONDITION_FAILED);
    check_meta(place, id, "DEAD", 2);
}

static void test_tasks__bad_use_is_told(void **state)
{
    struct place *place = *state;
    const stator_events tasks = tasks_of(place);
    char id[STATOR_UUID_LEN], key[2000];
    stator_claim claim;
    place_check(stator_task_claim(&tasks, "none", "w", STATOR_MINUTE, &claim), STATOR_NOT_FOUND);
    place_check(stator_task_claim(&tasks, "none", "w", 0, &claim), STATOR_E_MISUSE);
    memset(key, 'k', sizeof key);
    key[sizeof key - 1] = '\0';
    place_check(stator_task_claim(&tasks, key, "w", 1, &claim), STATOR_E_INVALID);
    place_check(stator_task_submit(&tasks, key, stator_null(), id, NULL), STATOR_E_INVALID);
    place_check(stator_task_submit(&tasks, NULL, stator_null(), id, NULL), STATOR_E_MISUSE);
    place_check(stator_task_submit(&tasks, "r", stator_s(NULL), id, NULL), STATOR_E_INVALID);
    place_check(stator_task_finish(&tasks, NULL, "x"), STATOR_E_MISUSE);
    assert_int_equal(place_count(place), 0);
}

#define IN_PLACE(test) cmocka_unit_test_setup_teardown(test, place_setup_single, place_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_PLACE(test_submit_and_complete),
        IN_PLACE(test_idempotent_submit),
        IN_PLACE(test_retry_and_dlq),
        IN_PLACE(test_idempotency_second_call_returns_first_result),
        IN_PLACE(test_tasks__who_loses_the_race_gets_the_winners_id),
        IN_PLACE(test_tasks__a_key_belongs_to_one_payload),
        IN_PLACE(test_tasks__a_request_is_remembered_for_a_time),
        IN_PLACE(test_tasks__of_two_that_claim_one_does),
        IN_PLACE(test_tasks__a_dead_workers_task_is_taken_over),
        IN_PLACE(test_tasks__a_workers_tasks_are_found_while_it_has_them),
        IN_PLACE(test_tasks__a_claim_sent_again_is_the_same_claim),
        IN_PLACE(test_tasks__who_extends_keeps_the_task),
        IN_PLACE(test_tasks__one_that_ends_its_workers_is_dead_in_the_end),
        IN_PLACE(test_tasks__bad_use_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
