/* lost_test.c -- replies that get lost: the write is carried out, the client sends it again, and
 * nothing is refused because of itself or done twice. */
#include <stdio.h>

#include "patterns/place.h"
#include "stator/testkit.h"

static size_t lost_before;

/* The reply of the next write is lost; all later ones arrive. */
static void lose_next(struct place *place, const char *action)
{
    lost_before = stator_fault_count(place->db);
    place_check(stator_fault(place->db, .action = action, .lost = true, .times = 1), STATOR_OK);
}

static void check_lost(struct place *place)
{
    assert_int_equal(stator_fault_count(place->db), lost_before + 1);
    stator_fault_clear(place->db);
}

static void test_lost__jobs(void **state)
{
    struct place *place = *state;
    const stator_jobs jobs = {.db = place->db, .table = place->table, .tenant = "t"};
    stator_doc *job = stator_doc_new(), *mine = NULL, *none = NULL;
    place_check(stator_doc_set(job, "key", stator_s("k")), STATOR_OK);
    lose_next(place, "PutItem");
    place_check(stator_jobs_insert(&jobs, job), STATOR_OK);
    check_lost(place);
    place_check(stator_jobs_insert(&jobs, job), STATOR_CONDITION_FAILED);

    lose_next(place, "UpdateItem");
    place_check(stator_jobs_claim(&jobs, "w1", STATOR_MINUTE, &mine), STATOR_OK);
    check_lost(place);
    assert_string_equal(stator_str(stator_doc_node(mine), "worker"), "w1");
    place_check(stator_jobs_claim(&jobs, "w2", STATOR_MINUTE, &none), STATOR_NOT_FOUND);

    const int64_t fence = stator_int(stator_doc_node(mine), "fence", 0);
    lose_next(place, "UpdateItem");
    place_check(stator_jobs_set_status(&jobs, "k", STATOR_JOB_PASS, fence, NULL), STATOR_OK);
    check_lost(place);
    stator_doc_free(job);
    stator_doc_free(mine);
}

static void append_twice(struct place *place, const stator_events *events, uint32_t seq)
{
    const char *action = events->strict ? "TransactWriteItems" : "PutItem";
    lose_next(place, action);
    place_check(stator_events_append(events, "e", seq, stator_s("x"), NULL), STATOR_OK);
    check_lost(place);
    place_check(stator_events_append(events, "e", seq, stator_s("x"), NULL),
                STATOR_CONDITION_FAILED);
}

static void test_lost__events(void **state)
{
    struct place *place = *state;
    stator_events events = {.db = place->db, .table = place->table};
    stator_conflict why;
    append_twice(place, &events, 1);
    events.strict = true;
    append_twice(place, &events, 2);
    place_check(stator_put(place->db, place->table,
                           STATOR_M({"PK", stator_s("TASK#e")}, {"SK", stator_s("META")},
                                    {"status", stator_s("A")})),
                STATOR_OK);
    lose_next(place, "UpdateItem");
    place_check(stator_status_move(&events, "e", "A", "B", &why), STATOR_OK);
    check_lost(place);
    place_check(stator_status_move(&events, "e", "A", "B", &why), STATOR_CONDITION_FAILED);
    assert_string_equal(why.actual, "B");
    assert_int_equal(place_count(place), 3);
}

static void test_lost__tasks(void **state)
{
    struct place *place = *state;
    const stator_events tasks = {.db = place->db, .table = place->table};
    char id[STATOR_UUID_LEN];
    stator_claim claim;
    bool existed = true, dead = true;
    lose_next(place, "TransactWriteItems");
    place_check(stator_task_submit(&tasks, "r", stator_i(1), id, &existed), STATOR_OK);
    check_lost(place);
    assert_false(existed);
    assert_int_equal(place_count(place), 3);

    lose_next(place, "UpdateItem");
    place_check(stator_task_claim(&tasks, id, "w", STATOR_MINUTE, &claim), STATOR_OK);
    check_lost(place);
    assert_int_equal(claim.attempt, 1);
    lose_next(place, "UpdateItem");
    place_check(stator_task_extend(&tasks, &claim, STATOR_MINUTE), STATOR_OK);
    check_lost(place);
    lose_next(place, "UpdateItem");
    place_check(stator_task_fail(&tasks, &claim, "no", &dead), STATOR_OK);
    check_lost(place);
    assert_false(dead);
    place_turn(place, STATOR_MINUTE);
    place_check(stator_task_claim(&tasks, id, "w", STATOR_MINUTE, &claim), STATOR_OK);
    assert_int_equal(claim.attempt, 2);
    lose_next(place, "UpdateItem");
    place_check(stator_task_finish(&tasks, &claim, STATOR_TASK_COMPLETED), STATOR_OK);
    check_lost(place);
}

static void test_lost__requests(void **state)
{
    struct place *place = *state;
    const stator_idem idem = {.db = place->db, .table = place->table};
    char token[STATOR_UUID_LEN];
    lose_next(place, "PutItem");
    place_check(stator_idem_begin(&idem, "r", "h", token, NULL), STATOR_OK);
    check_lost(place);
    lose_next(place, "DeleteItem");
    place_check(stator_idem_abandon(&idem, "r", token), STATOR_OK);
    check_lost(place);
    place_check(stator_idem_begin(&idem, "r", "h", token, NULL), STATOR_OK);
    lose_next(place, "UpdateItem");
    place_check(stator_idem_finish(&idem, "r", token, stator_null()), STATOR_OK);
    check_lost(place);
    place_check(stator_idem_begin(&idem, "r", "h", token, NULL), STATOR_DONE);
}

static void test_lost__leases(void **state)
{
    struct place *place = *state;
    stator_lease lease, other;
    lose_next(place, "UpdateItem");
    place_check(stator_lease_acquire(place->db, place->table, "L", 60, &lease), STATOR_OK);
    check_lost(place);
    place_check(stator_lease_acquire(place->db, place->table, "L", 60, &other),
                STATOR_CONDITION_FAILED);
    lose_next(place, "UpdateItem");
    place_check(stator_lease_refresh(place->db, place->table, &lease, 90), STATOR_OK);
    check_lost(place);
    lose_next(place, "UpdateItem");
    place_check(stator_lease_release(place->db, place->table, &lease), STATOR_OK);
    check_lost(place);
    place_check(stator_lease_acquire(place->db, place->table, "L", 60, &other), STATOR_OK);
    assert_int_equal(other.fence, lease.fence + 1);
}

static void test_lost__samples_and_shards(void **state)
{
    struct place *place = *state;
    const stator_series series = {.db = place->db, .table = place->table};
    const stator_shards shards = {.db = place->db, .table = place->table, .base = "H"};
    const stator_sample sample = {
        .device = "d",
        .metric = "m",
        .value = stator_n("1.5"),
        .at_us = STATOR_DAY,
    };
    const stator_attr n = {"n", stator_i(1)};
    stator_doc *hour = NULL;
    lost_before = stator_fault_count(place->db);
    place_check(stator_fault(place->db, .action = "TransactWriteItems", .lost = true, .skip = 1,
                             .times = 1), /* the first is about an hour that is not there */
                STATOR_OK);
    place_check(stator_series_record(&series, &sample), STATOR_OK);
    check_lost(place);
    place_check(stator_series_hour(&series, "d", "m", STATOR_DAY, &hour), STATOR_OK);
    assert_int_equal(stator_int(stator_doc_node(hour), "Count", 0), 1);
    assert_string_equal(stator_num(stator_doc_node(hour), "Sum"), "1.5");
    stator_doc_free(hour);
    assert_int_equal(place_count(place), 2);
    lose_next(place, "PutItem");
    place_check(stator_shards_write(&shards, NULL, &n, 1), STATOR_OK);
    check_lost(place);
    assert_int_equal(place_count(place), 3);
}

#define IN_PLACE(test) cmocka_unit_test_setup_teardown(test, place_setup_single, place_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_lost__jobs, place_setup_jobs, place_teardown),
        IN_PLACE(test_lost__events),
        IN_PLACE(test_lost__tasks),
        IN_PLACE(test_lost__requests),
        IN_PLACE(test_lost__leases),
        IN_PLACE(test_lost__samples_and_shards),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
