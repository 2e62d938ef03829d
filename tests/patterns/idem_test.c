/* idem_test.c -- requests that are done once: begun, finished, abandoned, taken over, forgotten. */
#include "patterns/place.h"

static stator_idem idem_of(struct place *place)
{
    return (stator_idem){.db = place->db, .table = place->table};
}

static void test_idem__a_finished_request_gives_its_response(void **state)
{
    struct place *place = *state;
    const stator_idem idem = idem_of(place);
    char token[STATOR_UUID_LEN], other[STATOR_UUID_LEN];
    stator_doc *done = NULL;
    place_check(stator_idem_begin(&idem, "r1", "h1", token, &done), STATOR_OK);
    assert_null(done);
    place_check(stator_idem_begin(&idem, "r1", "h1", other, &done), STATOR_CONDITION_FAILED);
    place_check(stator_idem_finish(&idem, "r1", token,
                                   STATOR_M({"code", stator_i(201)}, {"id", stator_s("x")})),
                STATOR_OK);
    for (int i = 0; i < 2; i++) {
        place_check(stator_idem_begin(&idem, "r1", "h1", other, &done), STATOR_DONE);
        assert_int_equal(stator_int(stator_doc_node(done), "response.code", 0), 201);
        assert_string_equal(stator_str(stator_doc_node(done), "response.id"), "x");
        stator_doc_free(done);
    }
    place_check(stator_idem_begin(&idem, "r1", "h1", other, NULL), STATOR_DONE);
}

static void test_idem__a_key_belongs_to_one_request(void **state)
{
    struct place *place = *state;
    const stator_idem idem = idem_of(place);
    char token[STATOR_UUID_LEN], other[STATOR_UUID_LEN];
    place_check(stator_idem_begin(&idem, "r1", "h1", token, NULL), STATOR_OK);
    place_check(stator_idem_begin(&idem, "r1", "h2", other, NULL), STATOR_E_IDEMPOTENCY);
    place_check(stator_idem_finish(&idem, "r1", token, stator_null()), STATOR_OK);
    place_check(stator_idem_begin(&idem, "r1", "h2", other, NULL), STATOR_E_IDEMPOTENCY);
    place_check(stator_idem_begin(&idem, "r2", "h2", other, NULL), STATOR_OK);
}

static void test_idem__a_response_is_kept_for_its_time(void **state)
{
    struct place *place = *state;
    stator_idem idem = idem_of(place);
    char token[STATOR_UUID_LEN];
    place_check(stator_idem_begin(&idem, "r1", "h1", token, NULL), STATOR_OK);
    place_check(stator_idem_finish(&idem, "r1", token, stator_null()), STATOR_OK);
    place_turn(place, 23 * STATOR_HOUR);
    place_check(stator_idem_begin(&idem, "r1", "h1", token, NULL), STATOR_DONE);
    place_turn(place, 2 * STATOR_HOUR);
    place_check(stator_idem_begin(&idem, "r1", "h2", token, NULL), STATOR_OK);
}

static void test_idem__abandoned_work_may_be_begun_at_once(void **state)
{
    struct place *place = *state;
    const stator_idem idem = idem_of(place);
    char token[STATOR_UUID_LEN], other[STATOR_UUID_LEN];
    place_check(stator_idem_begin(&idem, "r1", "h1", token, NULL), STATOR_OK);
    place_check(stator_idem_abandon(&idem, "r1", token), STATOR_OK);
    place_check(stator_idem_begin(&idem, "r1", "h1", other, NULL), STATOR_OK);
    place_check(stator_idem_abandon(&idem, "r1", token), STATOR_CONDITION_FAILED);
    place_check(stator_idem_finish(&idem, "r1", other, stator_null()), STATOR_OK);
    place_check(stator_idem_abandon(&idem, "r1", other), STATOR_CONDITION_FAILED);
}

static void test_idem__work_that_takes_too_long_is_taken_over(void **state)
{
    struct place *place = *state;
    const stator_idem idem = idem_of(place);
    char slow[STATOR_UUID_LEN], fast[STATOR_UUID_LEN];
    stator_doc *done = NULL;
    place_check(stator_idem_begin(&idem, "r1", "h1", slow, NULL), STATOR_OK);
    place_turn(place, 6 * STATOR_MINUTE);
    place_check(stator_idem_begin(&idem, "r1", "h2", fast, NULL), STATOR_E_IDEMPOTENCY);
    place_check(stator_idem_begin(&idem, "r1", "h1", fast, NULL), STATOR_OK);
    place_check(stator_idem_finish(&idem, "r1", slow, stator_s("slow")), STATOR_CONDITION_FAILED);
    place_check(stator_idem_finish(&idem, "r1", fast, stator_s("fast")), STATOR_OK);
    place_check(stator_idem_begin(&idem, "r1", "h1", slow, &done), STATOR_DONE);
    assert_string_equal(stator_str(stator_doc_node(done), "response"), "fast");
    stator_doc_free(done);
}

/* The same call again, as the client sends it when a reply was lost: it draws the same numbers. */
static void test_idem__a_begin_sent_again_has_begun(void **state)
{
    struct place *place = *state;
    const stator_idem idem = idem_of(place);
    char token[STATOR_UUID_LEN], again[STATOR_UUID_LEN];
    const uint64_t random = atomic_load(&place->random);
    place_check(stator_idem_begin(&idem, "r1", "h1", token, NULL), STATOR_OK);
    atomic_store(&place->random, random);
    place_check(stator_idem_begin(&idem, "r1", "h1", again, NULL), STATOR_OK);
    assert_string_equal(token, again);
    place_check(stator_idem_begin(&idem, "r1", "h1", again, NULL), STATOR_CONDITION_FAILED);
}

struct race {
    stator_idem idem;
    stator_rc rcs[PLACE_THREADS_MAX];
};

static void begin_one(void *ud, int i)
{
    struct race *race = ud;
    char token[STATOR_UUID_LEN];
    race->rcs[i] = stator_idem_begin(&race->idem, "r1", "h1", token, NULL);
    stator_thread_end();
}

static void test_idem__of_those_that_begin_one_does(void **state)
{
    enum { CALLERS = 8 };
    struct place *place = *state;
    struct race race = {.idem = idem_of(place)};
    int begun = 0, refused = 0;
    place_race(CALLERS, begin_one, &race);
    for (int i = 0; i < CALLERS; i++) {
        begun += race.rcs[i] == STATOR_OK;
        refused += race.rcs[i] == STATOR_CONDITION_FAILED;
    }
    assert_int_equal(begun, 1);
    assert_int_equal(refused, CALLERS - 1);
}

static void test_idem__bad_use_is_told(void **state)
{
    struct place *place = *state;
    const stator_idem idem = idem_of(place);
    char token[STATOR_UUID_LEN];
    place_check(stator_idem_begin(NULL, "r", "h", token, NULL), STATOR_E_MISUSE);
    place_check(stator_idem_begin(&idem, NULL, "h", token, NULL), STATOR_E_MISUSE);
    place_check(stator_idem_begin(&idem, "r", NULL, token, NULL), STATOR_E_MISUSE);
    place_check(stator_idem_finish(&idem, "r", NULL, stator_null()), STATOR_E_MISUSE);
    place_check(stator_idem_abandon(&idem, "r", NULL), STATOR_E_MISUSE);
}

#define IN_PLACE(test) cmocka_unit_test_setup_teardown(test, place_setup_single, place_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_PLACE(test_idem__a_finished_request_gives_its_response),
        IN_PLACE(test_idem__a_key_belongs_to_one_request),
        IN_PLACE(test_idem__a_response_is_kept_for_its_time),
        IN_PLACE(test_idem__abandoned_work_may_be_begun_at_once),
        IN_PLACE(test_idem__work_that_takes_too_long_is_taken_over),
        IN_PLACE(test_idem__a_begin_sent_again_has_begun),
        IN_PLACE(test_idem__of_those_that_begin_one_does),
        IN_PLACE(test_idem__bad_use_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
