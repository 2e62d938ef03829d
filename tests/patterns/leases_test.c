/* leases_test.c -- leases: one holder, for a time, with a fence that only goes up. */
#include "patterns/place.h"

static stator_rc acquire(struct place *place, stator_lease *out)
{
    return stator_lease_acquire(place->db, place->table, "LEASE#a", 60, out);
}

static void test_leases__are_held_by_one_until_they_end(void **state)
{
    struct place *place = *state;
    stator_lease mine, other;
    place_check(acquire(place, &mine), STATOR_OK);
    place_check(acquire(place, &other), STATOR_CONDITION_FAILED);
    assert_int_equal(other.expires_s, mine.expires_s);
    assert_string_equal(other.token, "");
    place_turn(place, 59 * STATOR_SECOND);
    place_check(stator_lease_acquire(place->db, place->table, "LEASE#b", 60, &other), STATOR_OK);
    place_turn(place, 2 * STATOR_SECOND);
    place_check(acquire(place, &other), STATOR_OK);
    assert_true(other.fence > mine.fence);
}

static void test_leases__are_refreshed_by_their_holder_in_time(void **state)
{
    struct place *place = *state;
    stator_lease mine, other;
    place_check(acquire(place, &mine), STATOR_OK);
    for (int i = 0; i < 3; i++) {
        place_turn(place, 50 * STATOR_SECOND);
        place_check(stator_lease_refresh(place->db, place->table, &mine, 60), STATOR_OK);
        place_check(acquire(place, &other), STATOR_CONDITION_FAILED);
    }
    place_turn(place, 61 * STATOR_SECOND);
    const int64_t ended = mine.expires_s;
    place_check(stator_lease_refresh(place->db, place->table, &mine, 60),
                STATOR_CONDITION_FAILED); /* it is over, if nobody's yet */
    assert_int_equal(mine.expires_s, ended);
    place_check(acquire(place, &other), STATOR_OK);
    place_check(stator_lease_refresh(place->db, place->table, &mine, 60), STATOR_CONDITION_FAILED);
}

static void test_leases__are_given_back_by_their_holder(void **state)
{
    struct place *place = *state;
    stator_lease mine, other;
    place_check(acquire(place, &mine), STATOR_OK);
    other = mine;
    other.token[0] = other.token[0] == '0' ? '1' : '0';
    place_check(stator_lease_release(place->db, place->table, &other), STATOR_CONDITION_FAILED);
    place_check(stator_lease_release(place->db, place->table, &mine), STATOR_OK);
    place_check(stator_lease_release(place->db, place->table, &mine), STATOR_OK); /* again */
    place_check(acquire(place, &other), STATOR_OK);
    assert_int_equal(other.fence, mine.fence + 1);
    place_check(stator_lease_release(place->db, place->table, &mine), STATOR_CONDITION_FAILED);
}

static void test_leases__fence_goes_on_when_the_item_was_removed(void **state)
{
    struct place *place = *state;
    stator_lease mine, other;
    place_check(acquire(place, &mine), STATOR_OK);
    place_check(stator_delete(place->db, place->table,
                              STATOR_KEY({"PK", stator_s("LEASE#a")}, {"SK", stator_s("LOCK")})),
                STATOR_OK);
    place_turn(place, 1000);
    place_check(acquire(place, &other), STATOR_OK);
    assert_true(other.fence > mine.fence);
}

static void test_leases__say_when_time_to_live_may_remove_them(void **state)
{
    struct place *place = *state;
    stator_lease mine;
    place_check(acquire(place, &mine), STATOR_OK);
    stator_doc *item = place_item(place, "LEASE#a", "LOCK");
    assert_int_equal(stator_int(stator_doc_node(item), "ttl", 0), mine.expires_s + 3600);
    assert_int_equal(stator_int(stator_doc_node(item), "fence", 0), mine.fence);
    stator_doc_free(item);
}

/* The same call again, as the client sends it when a reply was lost: it draws the same numbers. */
static void test_leases__an_acquire_sent_again_is_the_same_lease(void **state)
{
    struct place *place = *state;
    stator_lease mine, again;
    const uint64_t random = atomic_load(&place->random);
    place_check(acquire(place, &mine), STATOR_OK);
    atomic_store(&place->random, random);
    place_check(acquire(place, &again), STATOR_OK);
    assert_string_equal(mine.token, again.token);
    assert_int_equal(mine.fence, again.fence);
    assert_int_equal(mine.expires_s, again.expires_s);
    place_check(acquire(place, &again), STATOR_CONDITION_FAILED);
}

struct race {
    struct place *place;
    stator_lease leases[PLACE_THREADS_MAX];
    stator_rc rcs[PLACE_THREADS_MAX];
};

static void acquire_one(void *ud, int i)
{
    struct race *race = ud;
    race->rcs[i] = acquire(race->place, &race->leases[i]);
    stator_thread_end();
}

static void test_leases__of_those_that_race_one_holds(void **state)
{
    enum { RACERS = 12 };
    struct race race = {.place = *state};
    int won = 0, lost = 0;
    place_race(RACERS, acquire_one, &race);
    for (int i = 0; i < RACERS; i++) {
        won += race.rcs[i] == STATOR_OK;
        lost += race.rcs[i] == STATOR_CONDITION_FAILED;
    }
    assert_int_equal(won, 1);
    assert_int_equal(lost, RACERS - 1);
}

static void test_leases__bad_use_is_told(void **state)
{
    struct place *place = *state;
    stator_lease lease;
    char pk[600];
    memset(pk, 'k', sizeof pk);
    pk[sizeof pk - 1] = '\0';
    place_check(stator_lease_acquire(NULL, place->table, "a", 60, &lease), STATOR_E_MISUSE);
    place_check(stator_lease_acquire(place->db, place->table, "a", 0, &lease), STATOR_E_MISUSE);
    place_check(stator_lease_acquire(place->db, place->table, pk, 60, &lease), STATOR_E_INVALID);
    place_check(stator_lease_refresh(place->db, place->table, NULL, 60), STATOR_E_MISUSE);
    place_check(stator_lease_release(place->db, NULL, &lease), STATOR_E_MISUSE);
}

#define IN_PLACE(test) cmocka_unit_test_setup_teardown(test, place_setup_single, place_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_PLACE(test_leases__are_held_by_one_until_they_end),
        IN_PLACE(test_leases__are_refreshed_by_their_holder_in_time),
        IN_PLACE(test_leases__are_given_back_by_their_holder),
        IN_PLACE(test_leases__fence_goes_on_when_the_item_was_removed),
        IN_PLACE(test_leases__say_when_time_to_live_may_remove_them),
        IN_PLACE(test_leases__an_acquire_sent_again_is_the_same_lease),
        IN_PLACE(test_leases__of_those_that_race_one_holds),
        IN_PLACE(test_leases__bad_use_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
