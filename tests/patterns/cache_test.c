/* cache_test.c -- a cache in front of a table: what is kept and for how long, what is read, and by
 * how many; and work of several calls that is tried again. */
#include <stdio.h>

#include "patterns/place.h"

#define KEY(pk) STATOR_KEY({"PK", stator_s(pk)}, {"SK", stator_s("X")})

static stator_cache *open_cache(struct place *place, size_t max_items)
{
    stator_cache *cache = NULL;
    place_check(stator_cache_open(place->db, &cache, place->table, .max_items = max_items,
                                  .consistent = true),
                STATOR_OK);
    return cache;
}

static void put(struct place *place, const char *pk, int n)
{
    place_check(
        stator_put(place->db, place->table,
                   STATOR_M({"PK", stator_s(pk)}, {"SK", stator_s("X")}, {"n", stator_i(n)})),
        STATOR_OK);
}

/* The n of what the cache gives; -1: nothing. */
static int get(stator_cache *cache, const char *pk)
{
    stator_doc *doc = NULL;
    const stator_rc rc = stator_cache_get(cache, KEY(pk), &doc);
    const int n = (int)stator_int(stator_doc_node(doc), "n", -1);
    if (rc != STATOR_NOT_FOUND) place_check(rc, STATOR_OK);
    stator_doc_free(doc);
    return n;
}

/* How many calls of the database does it take? */
static int calls_of_get(struct place *place, stator_cache *cache, const char *pk)
{
    const int before = atomic_load(&place->finished);
    (void)get(cache, pk);
    return atomic_load(&place->finished) - before;
}

static void test_cache__an_item_is_read_once_and_kept_for_its_time(void **state)
{
    struct place *place = *state;
    stator_cache *cache = open_cache(place, 10);
    put(place, "a", 1);
    place_freeze(place, stator_now(place->db));
    assert_int_equal(get(cache, "a"), 1);
    put(place, "a", 2);
    assert_int_equal(calls_of_get(place, cache, "a"), 0);
    assert_int_equal(get(cache, "a"), 1);
    place_turn(place, 5 * STATOR_MINUTE - 1);
    assert_int_equal(get(cache, "a"), 1);
    place_turn(place, 1);
    assert_int_equal(get(cache, "a"), 2);
    stator_cache_free(cache);
}

static void test_cache__the_copy_is_the_callers(void **state)
{
    struct place *place = *state;
    stator_cache *cache = open_cache(place, 10);
    stator_doc *doc = NULL;
    put(place, "a", 1);
    for (int i = 0; i < 2; i++) {
        place_check(stator_cache_get(cache, KEY("a"), &doc), STATOR_OK);
        assert_int_equal(stator_int(stator_doc_node(doc), "n", 0), 1);
        place_check(stator_doc_set(doc, "n", stator_i(9)), STATOR_OK);
        stator_doc_free(doc);
    }
    stator_cache_free(cache);
}

static void test_cache__keys_are_told_apart_by_type_and_not_by_order(void **state)
{
    struct place *place = *state;
    stator_cache *cache = open_cache(place, 10);
    stator_doc *doc = NULL;
    put(place, "1", 1);
    assert_int_equal(get(cache, "1"), 1);
    const int before = atomic_load(&place->finished);
    place_check(
        stator_cache_get(cache, STATOR_KEY({"SK", stator_s("X")}, {"PK", stator_s("1")}), &doc),
        STATOR_OK);
    assert_int_equal(atomic_load(&place->finished), before);
    stator_doc_free(doc);
    place_check(
        stator_cache_get(cache, STATOR_KEY({"PK", stator_i(1)}, {"SK", stator_s("X")}), &doc),
        STATOR_E_INVALID);
    assert_null(doc);
    stator_cache_free(cache);
}

static void test_cache__misses_and_failures_are_not_kept(void **state)
{
    struct place *place = *state;
    stator_cache *cache = open_cache(place, 10);
    assert_int_equal(get(cache, "a"), -1);
    put(place, "a", 1);
    assert_int_equal(get(cache, "a"), 1);
    stator_cache_free(cache);
    stator_doc *doc = NULL;
    place_check(stator_cache_open(place->db, &cache, "no-such-table"), STATOR_OK);
    place_check(stator_cache_get(cache, KEY("a"), &doc), STATOR_E_NO_TABLE);
    assert_string_equal(stator_error_get()->code, "ResourceNotFoundException");
    place_check(stator_cache_get(cache, stator_s(NULL), &doc), STATOR_E_INVALID);
    stator_cache_free(cache);
}

static void test_cache__the_least_used_item_goes_first(void **state)
{
    struct place *place = *state;
    stator_cache *cache = open_cache(place, 3);
    static const char *const pks[] = {"a", "b", "c", "d"};
    for (int i = 0; i < 4; i++) put(place, pks[i], i);
    for (int i = 0; i < 3; i++) assert_int_equal(get(cache, pks[i]), i);
    assert_int_equal(calls_of_get(place, cache, "a"), 0); /* used again: b is the oldest */
    assert_int_equal(calls_of_get(place, cache, "d"), 1);
    assert_int_equal(calls_of_get(place, cache, "a"), 0);
    assert_int_equal(calls_of_get(place, cache, "c"), 0);
    assert_int_equal(calls_of_get(place, cache, "b"), 1);
    stator_cache_free(cache);
}

struct rewrite {
    struct place *place;
    stator_rc rc;
};

static stator_rc put_7(void *ud)
{
    const struct rewrite *rewrite = ud;
    put(rewrite->place, "a", 7);
    return rewrite->rc;
}

static void test_cache__what_is_invalidated_is_read_again(void **state)
{
    struct place *place = *state;
    stator_cache *cache = open_cache(place, 10);
    struct rewrite rewrite = {place, STATOR_CONDITION_FAILED};
    put(place, "a", 1);
    put(place, "b", 1);
    assert_int_equal(get(cache, "a"), 1);
    assert_int_equal(get(cache, "b"), 1);
    put(place, "a", 2);
    stator_cache_invalidate(cache, KEY("a"));
    stator_cache_invalidate(cache, KEY("none"));
    stator_cache_invalidate(NULL, KEY("a"));
    assert_int_equal(get(cache, "a"), 2);
    assert_int_equal(calls_of_get(place, cache, "b"), 0);
    place_check(stator_cache_write(cache, KEY("a"), put_7, &rewrite), STATOR_CONDITION_FAILED);
    assert_int_equal(get(cache, "a"), 7);
    stator_cache_clear(cache);
    assert_int_equal(calls_of_get(place, cache, "b"), 1);
    stator_cache_free(cache);
}

/* ---- threads */

struct race {
    struct place *place;
    stator_cache *cache;
    int got[PLACE_THREADS_MAX];
    stator_rc rcs[PLACE_THREADS_MAX];
};

static void get_hot(void *ud, int i)
{
    struct race *race = ud;
    stator_doc *doc = NULL;
    race->rcs[i] = stator_cache_get(race->cache, KEY("hot"), &doc);
    race->got[i] = (int)stator_int(stator_doc_node(doc), "n", -1);
    stator_doc_free(doc);
    stator_thread_end();
}

static void test_cache__of_those_that_miss_one_reads(void **state)
{
    enum { READERS = 16, ROUNDS = 20 };
    struct race race = {.place = *state};
    put(race.place, "hot", 5);
    for (int round = 0; round < ROUNDS; round++) {
        race.cache = open_cache(race.place, 10);
        const int before = atomic_load(&race.place->finished);
        place_race(READERS, get_hot, &race);
        assert_int_equal(atomic_load(&race.place->finished) - before, 1);
        for (int i = 0; i < READERS; i++) assert_int_equal(race.got[i], 5);
        stator_cache_free(race.cache);
    }
}

static void churn(void *ud, int i)
{
    struct race *race = ud;
    char pk[8];
    for (int n = 0; n < 200; n++) {
        stator_doc *doc = NULL;
        (void)snprintf(pk, sizeof pk, "%d", (n * 7 + i) % 8);
        if (n % 5 == 0) stator_cache_invalidate(race->cache, KEY(pk));
        if (n % 50 == 49) stator_cache_clear(race->cache);
        const stator_rc rc = stator_cache_get(race->cache, KEY(pk), &doc);
        if (rc < 0) race->rcs[i] = rc;
        stator_doc_free(doc);
    }
    stator_thread_end();
}

static void test_cache__gets_and_invalidations_may_race(void **state)
{
    enum { THREADS = 8 };
    struct race race = {.place = *state};
    race.cache = open_cache(race.place, 3);
    for (int i = 0; i < 6; i++) {
        char pk[8];
        (void)snprintf(pk, sizeof pk, "%d", i);
        put(race.place, pk, i);
    }
    place_race(THREADS, churn, &race);
    for (int i = 0; i < THREADS; i++) assert_int_equal(race.rcs[i], STATOR_OK);
    stator_cache_free(race.cache);
}

static void test_cache__bad_use_is_told(void **state)
{
    struct place *place = *state;
    stator_cache *cache = NULL;
    stator_doc *doc = NULL;
    place_check(stator_cache_new(place->db, NULL, &cache), STATOR_E_MISUSE);
    assert_null(cache);
    place_check(stator_cache_open(place->db, &cache, NULL), STATOR_E_MISUSE);
    place_check(stator_cache_get(NULL, KEY("a"), &doc), STATOR_E_MISUSE);
    stator_cache_free(NULL);
    stator_cache_clear(NULL);
}

/* ---- tried again */

enum { SLACK_US = 10 }; /* of pauses */

struct work {
    int left; /* failures until it is done */
    stator_rc rc;
};

static stator_rc work(void *ud)
{
    struct work *some = ud;
    return some->left-- > 0 ? some->rc : STATOR_OK;
}

static void check_paused(struct place *place, int64_t before, int64_t seconds)
{
    const int64_t us = stator_now(place->db) - before;
    assert_in_range(us, seconds * STATOR_SECOND - SLACK_US, seconds * STATOR_SECOND);
}

static void test_retry__errors_that_may_pass_are_tried_again(void **state)
{
    struct place *place = *state;
    struct work twice = {2, STATOR_E_THROTTLED}, always = {99, STATOR_E_UNAVAILABLE};
    place_freeze(place, stator_now(place->db));
    const int64_t before = stator_now(place->db);
    place_check(stator_with_retry(place->db, NULL, work, &twice), STATOR_OK);
    check_paused(place, before, 2 + 4);
    assert_int_equal(atomic_load(&place->retries), 2);
    place_check(stator_with_retry(place->db, NULL, work, &always), STATOR_E_UNAVAILABLE);
    assert_int_equal(always.left, 99 - 4);
    check_paused(place, before, 2 + 4 + 2 + 4 + 8);
}

static void test_retry__answers_and_lasting_errors_are_not(void **state)
{
    struct place *place = *state;
    static const stator_rc rcs[] = {STATOR_OK,        STATOR_CONDITION_FAILED, STATOR_NOT_FOUND,
                                    STATOR_E_INVALID, STATOR_E_NO_TABLE,       STATOR_E_CORRUPT};
    for (size_t i = 0; i < ARRAY_COUNT(rcs); i++) {
        struct work some = {9, rcs[i]};
        place_check(stator_with_retry(place->db, NULL, work, &some), rcs[i]);
        assert_int_equal(some.left, 8);
    }
    struct work some = {1, STATOR_E_THROTTLED};
    place_check(stator_with_retry(place->db, &STATOR_RETRY_NONE, work, &some), STATOR_E_THROTTLED);
    place_check(stator_with_retry(place->db, NULL, NULL, NULL), STATOR_E_MISUSE);
    assert_int_equal(atomic_load(&place->retries), 0);
}

#define IN_PLACE(test) cmocka_unit_test_setup_teardown(test, place_setup_single, place_teardown)

static void test_cache__of_any_size_takes_memory_for_what_it_holds(void **state)
{
    struct place *place = *state;
    stator_cache *cache = open_cache(place, SIZE_MAX);
    put(place, "a", 1);
    assert_int_equal(get(cache, "a"), 1);
    stator_cache_free(cache);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_PLACE(test_cache__an_item_is_read_once_and_kept_for_its_time),
        IN_PLACE(test_cache__the_copy_is_the_callers),
        IN_PLACE(test_cache__keys_are_told_apart_by_type_and_not_by_order),
        IN_PLACE(test_cache__misses_and_failures_are_not_kept),
        IN_PLACE(test_cache__the_least_used_item_goes_first),
        IN_PLACE(test_cache__of_any_size_takes_memory_for_what_it_holds),
        IN_PLACE(test_cache__what_is_invalidated_is_read_again),
        IN_PLACE(test_cache__of_those_that_miss_one_reads),
        IN_PLACE(test_cache__gets_and_invalidations_may_race),
        IN_PLACE(test_cache__bad_use_is_told),
        IN_PLACE(test_retry__errors_that_may_pass_are_tried_again),
        IN_PLACE(test_retry__answers_and_lasting_errors_are_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
