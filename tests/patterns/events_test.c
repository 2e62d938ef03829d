/* events_test.c -- events in order, one for each number; the projection's status; and that a call
 * made again after a lost reply is no conflict. */
#include <stdio.h>

#include "patterns/place.h"

static stator_events events_of(struct place *place)
{
    return (stator_events){.db = place->db, .table = place->table};
}

static stator_rc append(const stator_events *events, uint32_t seq, const char *type)
{
    return stator_events_append(events, "t1", seq, STATOR_M({"type", stator_s(type)}), NULL);
}

/* "1 A, 2 B": what is read from a number on. */
static void check_history(const stator_events *events, const char *id, uint32_t from,
                          const char *expected)
{
    char text[256] = "";
    stator_pager *pager = NULL;
    stator_logged logged;
    stator_rc rc = STATOR_OK;
    place_check(stator_events_read(events, id, from, &pager), STATOR_OK);
    while ((rc = stator_events_next(pager, &logged)) == STATOR_OK) {
        const size_t len = strlen(text);
        (void)snprintf(text + len, sizeof text - len, "%s%u %s", len > 0 ? ", " : "", logged.seq,
                       stator_str(logged.event, "type"));
    }
    place_check(rc, STATOR_DONE);
    stator_pager_free(pager);
    assert_string_equal(text, expected);
}

static void test_event_ordering(void **state)
{
    struct place *place = *state;
    const stator_events events = events_of(place);
    static const uint32_t order[] = {3, 1, 12, 2, 10};
    char type[2] = "A";
    for (size_t i = 0; i < ARRAY_COUNT(order); i++) {
        type[0] = (char)('A' + order[i] - 1);
        place_check(append(&events, order[i], type), STATOR_OK);
    }
    place_check(stator_put(place->db, place->table,
                           STATOR_M({"PK", stator_s("TASK#t1")}, {"SK", stator_s("META")},
                                    {"event", STATOR_M({"type", stator_s("none")})})),
                STATOR_OK);
    check_history(&events, "t1", 0, "1 A, 2 B, 3 C, 10 J, 12 L");
    check_history(&events, "t1", 3, "3 C, 10 J, 12 L");
    check_history(&events, "t1", 13, "");
    check_history(&events, "unknown", 0, "");
}

static void test_append_duplicate_seq_conflicts(void **state)
{
    struct place *place = *state;
    const stator_events events = events_of(place);
    place_check(append(&events, 1, "A"), STATOR_OK);
    place_check(append(&events, 1, "A"), STATOR_CONDITION_FAILED);
    place_check(append(&events, 1, "B"), STATOR_CONDITION_FAILED);
    assert_string_equal(stator_str(stator_error_get()->item, "event.type"), "A");
    check_history(&events, "t1", 0, "1 A");
}

struct race {
    stator_events events;
    stator_rc rcs[PLACE_THREADS_MAX];
};

static void append_hot(void *ud, int i)
{
    struct race *race = ud;
    race->rcs[i] = append(&race->events, 1, "A");
    stator_thread_end();
}

static void test_events__of_those_that_race_for_a_number_one_has_it(void **state)
{
    enum { WRITERS = 16 };
    struct place *place = *state;
    struct race race = {.events = events_of(place)};
    int done = 0, refused = 0;
    place_race(WRITERS, append_hot, &race);
    for (int i = 0; i < WRITERS; i++) {
        done += race.rcs[i] == STATOR_OK;
        refused += race.rcs[i] == STATOR_CONDITION_FAILED;
    }
    assert_int_equal(done, 1);
    assert_int_equal(refused, WRITERS - 1);
}

static void append_until_done(void *ud, int i)
{
    struct race *race = ud;
    uint32_t seq = 0;
    do {
        race->rcs[i] = stator_events_next_seq(&race->events, "t1", &seq);
        if (race->rcs[i] == STATOR_OK) race->rcs[i] = append(&race->events, seq, "A");
    } while (race->rcs[i] == STATOR_CONDITION_FAILED);
    stator_thread_end();
}

static void test_events__losers_read_the_next_number_and_go_on(void **state)
{
    enum { WRITERS = 8 };
    struct place *place = *state;
    struct race race = {.events = events_of(place)};
    race.events.strict = true;
    uint32_t seq = 0;
    place_race(WRITERS, append_until_done, &race);
    for (int i = 0; i < WRITERS; i++) assert_int_equal(race.rcs[i], STATOR_OK);
    place_check(stator_events_next_seq(&race.events, "t1", &seq), STATOR_OK);
    assert_int_equal(seq, WRITERS + 1);
    check_history(&race.events, "t1", 0, "1 A, 2 A, 3 A, 4 A, 5 A, 6 A, 7 A, 8 A");
}

static void test_events__gaps_are_allowed_unless_strict(void **state)
{
    struct place *place = *state;
    stator_events events = events_of(place);
    place_check(append(&events, 1, "A"), STATOR_OK);
    place_check(append(&events, 3, "C"), STATOR_OK);
    events.strict = true;
    place_check(append(&events, 5, "E"), STATOR_CONDITION_FAILED);
    assert_int_equal(stator_error_get()->op_index, 0);
    place_check(append(&events, 4, "D"), STATOR_OK);
    place_check(append(&events, 4, "D"), STATOR_CONDITION_FAILED);
    assert_int_equal(stator_error_get()->op_index, 1);
    check_history(&events, "t1", 0, "1 A, 3 C, 4 D");
}

static void test_events__the_first_of_a_strict_entity_needs_none_before(void **state)
{
    struct place *place = *state;
    stator_events events = events_of(place);
    events.strict = true;
    place_check(append(&events, 2, "B"), STATOR_CONDITION_FAILED);
    place_check(append(&events, 1, "A"), STATOR_OK);
    place_check(append(&events, 2, "B"), STATOR_OK);
}

static void check_again(stator_events *events, uint32_t seq)
{
    const stator_val event = STATOR_M({"type", stator_s("A")});
    place_check(stator_events_append(events, "t1", seq, event, "call-1"), STATOR_OK);
    place_check(stator_events_append(events, "t1", seq, event, "call-1"), STATOR_OK);
    place_check(stator_events_append(events, "t1", seq, event, "call-2"), STATOR_CONDITION_FAILED);
}

static void test_events__the_same_call_made_again_is_done(void **state)
{
    struct place *place = *state;
    stator_events events = events_of(place);
    check_again(&events, 1);
    events.strict = true;
    check_again(&events, 2);
    check_history(&events, "t1", 0, "1 A, 2 A");
}

static void test_events__a_number_with_too_many_digits_is_refused(void **state)
{
    struct place *place = *state;
    stator_events events = events_of(place);
    uint32_t seq = 0;
    place_check(append(&events, 9999, "Z"), STATOR_OK);
    place_check(append(&events, 10000, "?"), STATOR_E_INVALID);
    assert_string_equal(stator_error_get()->message,
                        "event number 10000 does not fit into the 4 digits of the table's keys");
    place_check(stator_events_next_seq(&events, "t1", &seq), STATOR_OK);
    assert_int_equal(seq, 10000);
    place_check(append(&events, 0, "?"), STATOR_E_INVALID);
    check_history(&events, "t1", 0, "9999 Z");

    stator_events wide = events;
    wide.kind = "WIDE";
    wide.seq_digits = 10;
    place_check(append(&wide, 9999, "Y"), STATOR_OK);
    place_check(append(&wide, 10000, "Z"), STATOR_OK);
    place_check(append(&wide, UINT32_MAX, "!"), STATOR_OK);
    check_history(&wide, "t1", 0, "9999 Y, 10000 Z, 4294967295 !");
    wide.seq_digits = 11;
    place_check(append(&wide, 1, "A"), STATOR_E_MISUSE);
}

static void test_events__a_long_history_is_read_over_its_pages(void **state)
{
    enum { EVENTS = 30, BYTES = 100 * 1024 };
    struct place *place = *state;
    const stator_events events = events_of(place);
    stator_pager *pager = NULL;
    stator_logged logged;
    char *padding = calloc(1, BYTES + 1);
    uint32_t expected = 0;
    stator_rc rc = STATOR_OK;
    memset(padding, 'x', BYTES);
    for (uint32_t i = 1; i <= EVENTS; i++)
        place_check(stator_events_append(
                        &events, "t1", i,
                        STATOR_M({"type", stator_s("A")}, {"padding", stator_s(padding)}), NULL),
                    STATOR_OK);
    free(padding);
    place_check(stator_events_read(&events, "t1", 0, &pager), STATOR_OK);
    while ((rc = stator_events_next(pager, &logged)) == STATOR_OK)
        assert_int_equal(logged.seq, ++expected);
    place_check(rc, STATOR_DONE);
    assert_int_equal(expected, EVENTS); /* 3 MB: at least three pages */
    stator_pager_free(pager);
}

/* ---- the projection */

static void put_meta(struct place *place, const char *now)
{
    char gsi[64];
    place_check(
        stator_put(place->db, place->table,
                   STATOR_M({"PK", stator_s("TASK#t1")}, {"SK", stator_s("META")},
                            {"status", stator_s(now)}, {"GSI1PK", stator_sf(gsi, "STATUS#%s", now)},
                            {"GSI1SK", stator_s("CREATED#2024-01-01")})),
        STATOR_OK);
}

static void test_status_transition_conflict(void **state)
{
    struct place *place = *state;
    const stator_events events = events_of(place);
    stator_conflict why;
    put_meta(place, STATOR_TASK_COMPLETED);
    place_check(stator_status_move(&events, "t1", "PENDING", "PROCESSING", &why),
                STATOR_CONDITION_FAILED);
    assert_string_equal(why.expected, "PENDING");
    assert_string_equal(why.actual, "COMPLETED");
    assert_false(why.missing);
    place_check(stator_status_move(&events, "t1", "PENDING", "PROCESSING", NULL),
                STATOR_CONDITION_FAILED);
    place_check(stator_status_move(&events, "t2", "PENDING", "PROCESSING", &why), STATOR_NOT_FOUND);
    assert_true(why.missing);
    assert_string_equal(why.actual, "");
    assert_int_equal(place_count(place), 1); /* a refused move makes nothing */
}

static size_t count_by_status(struct place *place, const char *now)
{
    char gsi[64];
    stator_result *found = NULL;
    place_check(stator_query(place->db, place->table, &found,
                             stator_eq("GSI1PK", stator_sf(gsi, "STATUS#%s", now)),
                             .index = STATOR_GSI1),
                STATOR_OK);
    const size_t count = stator_result_count(found);
    stator_result_free(found);
    return count;
}

static void test_events__a_status_moves_with_its_index_key(void **state)
{
    struct place *place = *state;
    const stator_events events = events_of(place);
    put_meta(place, STATOR_TASK_PENDING);
    place_check(stator_status_move(&events, "t1", "PENDING", "PROCESSING", NULL), STATOR_OK);
    stator_doc *meta = place_item(place, "TASK#t1", "META");
    assert_string_equal(stator_str(stator_doc_node(meta), "status"), "PROCESSING");
    assert_string_equal(stator_str(stator_doc_node(meta), "GSI1PK"), "STATUS#PROCESSING");
    assert_string_equal(stator_str(stator_doc_node(meta), "GSI1SK"), "CREATED#2024-01-01");
    assert_non_null(stator_str(stator_doc_node(meta), "updated_at"));
    stator_doc_free(meta);
    assert_int_equal(count_by_status(place, "PENDING"), 0);
    assert_int_equal(count_by_status(place, "PROCESSING"), 1);
}

static void test_events__bad_use_is_told(void **state)
{
    struct place *place = *state;
    const stator_events events = events_of(place);
    stator_pager *pager = NULL;
    stator_logged logged;
    place_check(stator_events_append(NULL, "t1", 1, stator_null(), NULL), STATOR_E_MISUSE);
    assert_non_null(strstr(stator_error_get()->message, "stator_events_append"));
    place_check(stator_events_append(&events, NULL, 1, stator_null(), NULL), STATOR_E_MISUSE);
    place_check(stator_events_append(&events, "t1", 1, stator_s(NULL), NULL), STATOR_E_INVALID);
    place_check(stator_events_read(&events, "t1", 1, NULL), STATOR_E_MISUSE);
    place_check(stator_events_read(&events, "t1", 10000, &pager), STATOR_E_INVALID);
    assert_null(pager);
    place_check(stator_events_next(NULL, &logged), STATOR_E_MISUSE);
    place_check(stator_status_move(&events, NULL, "a", "b", NULL), STATOR_E_MISUSE);
}

#define IN_PLACE(test) cmocka_unit_test_setup_teardown(test, place_setup_single, place_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_PLACE(test_event_ordering),
        IN_PLACE(test_append_duplicate_seq_conflicts),
        IN_PLACE(test_events__of_those_that_race_for_a_number_one_has_it),
        IN_PLACE(test_events__losers_read_the_next_number_and_go_on),
        IN_PLACE(test_events__gaps_are_allowed_unless_strict),
        IN_PLACE(test_events__the_first_of_a_strict_entity_needs_none_before),
        IN_PLACE(test_events__the_same_call_made_again_is_done),
        IN_PLACE(test_events__a_number_with_too_many_digits_is_refused),
        IN_PLACE(test_events__a_long_history_is_read_over_its_pages),
        IN_PLACE(test_status_transition_conflict),
        IN_PLACE(test_events__a_status_moves_with_its_index_key),
        IN_PLACE(test_events__bad_use_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
