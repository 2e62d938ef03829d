/* shards_test.c -- one busy key as several: where writes go, and that reads join them in order. */
#include <stdio.h>

#include "patterns/place.h"

static stator_shards shards_of(struct place *place)
{
    return (stator_shards){.db = place->db, .table = place->table, .base = "HOT"};
}

static void test_shards__an_id_keeps_its_shard(void **state)
{
    struct place *place = *state;
    const stator_shards shards = shards_of(place);
    char key[32];
    /* FNV-1a of the ids, modulo 10: written down, so that no version changes it */
    assert_string_equal(stator_shards_key(&shards, "", key, sizeof key), "HOT#7");
    assert_string_equal(stator_shards_key(&shards, "a", key, sizeof key), "HOT#6");
    assert_string_equal(stator_shards_key(&shards, "foobar", key, sizeof key), "HOT#8");
    assert_null(stator_shards_key(&shards, "a", key, 5));
    assert_string_equal(key, "");
    assert_null(stator_shards_key(NULL, "a", key, sizeof key));
}

static void test_shards__without_an_id_all_shards_are_used(void **state)
{
    struct place *place = *state;
    stator_shards shards = shards_of(place);
    char key[32];
    int used[10] = {0};
    for (int i = 0; i < 500; i++) {
        assert_non_null(stator_shards_key(&shards, NULL, key, sizeof key));
        assert_int_equal(strncmp(key, "HOT#", 4), 0);
        assert_in_range(key[4], '0', '9');
        assert_int_equal(key[5], '\0');
        used[key[4] - '0']++;
    }
    for (int i = 0; i < 10; i++) assert_in_range(used[i], 10, 150);
    shards.count = 1;
    assert_string_equal(stator_shards_key(&shards, NULL, key, sizeof key), "HOT#0");
}

struct listing {
    char text[512];
    char before[64];
    int count;
    bool descending;
};

static stator_rc list(void *ud, int shard, const stator_node *item)
{
    struct listing *listing = ud;
    char pk[32];
    const char *sk = stator_str(item, "SK");
    (void)snprintf(pk, sizeof pk, "HOT#%d", shard);
    assert_string_equal(stator_str(item, "PK"), pk);
    if (listing->count++ > 0) {
        const int order = strcmp(listing->before, sk);
        assert_true(listing->descending ? order >= 0 : order <= 0);
    }
    (void)snprintf(listing->before, sizeof listing->before, "%s", sk);
    const size_t len = strlen(listing->text);
    (void)snprintf(listing->text + len, sizeof listing->text - len, "%s%d", len > 0 ? " " : "",
                   (int)stator_int(item, "n", -1));
    return STATOR_OK;
}

static void write_some(const stator_shards *shards, int count)
{
    for (int i = 0; i < count; i++) {
        const stator_attr n = {"n", stator_i(i)};
        place_check(stator_shards_write(shards, NULL, &n, 1), STATOR_OK);
    }
}

static void test_shards__are_read_as_one_list_in_order(void **state)
{
    struct place *place = *state;
    const stator_shards shards = shards_of(place);
    struct listing listing = {.count = 0}, backwards = {.descending = true}, some = {.count = 0};
    const stator_query_opts down = {.size = sizeof down, .descending = true};
    const stator_query_opts three = {.size = sizeof three, .max_items = 3};
    place_check(stator_shards_read(&shards, NULL, list, &some), STATOR_OK);
    assert_int_equal(some.count, 0);
    for (int i = 0; i < 12; i++) {
        const stator_attr n = {"n", stator_i(i)};
        place_check(stator_shards_write(&shards, NULL, &n, 1), STATOR_OK);
        place_turn(place, 1000);
    }
    place_check(stator_shards_read(&shards, NULL, list, &listing), STATOR_OK);
    assert_string_equal(listing.text, "0 1 2 3 4 5 6 7 8 9 10 11");
    place_check(stator_shards_read(&shards, &down, list, &backwards), STATOR_OK);
    assert_string_equal(backwards.text, "11 10 9 8 7 6 5 4 3 2 1 0");
    place_check(stator_shards_read(&shards, &three, list, &some), STATOR_OK);
    assert_string_equal(some.text, "0 1 2");
}

static void test_shards__are_asked_for_a_part_and_with_a_filter(void **state)
{
    struct place *place = *state;
    const stator_shards shards = shards_of(place);
    struct listing listing = {.count = 0};
    for (int i = 0; i < 10; i++) {
        char pk[32], sk[32];
        place_check(stator_put(place->db, place->table,
                               STATOR_M({"PK", stator_sf(pk, "HOT#%d", i % 3)},
                                        {"SK", stator_sf(sk, "DATA#%02d", i)}, {"n", stator_i(i)})),
                    STATOR_OK);
    }
    const stator_query_opts opts = {
        .size = sizeof opts,
        .key = stator_between("SK", stator_s("DATA#02"), stator_s("DATA#08")),
        .filter = stator_ne("n", stator_i(5)),
        .limit = 1, /* pages of one */
    };
    place_check(stator_shards_read(&shards, &opts, list, &listing), STATOR_OK);
    assert_string_equal(listing.text, "2 3 4 6 7 8");
}

struct race {
    stator_shards shards;
    stator_rc rcs[PLACE_THREADS_MAX];
};

static void write_hot(void *ud, int i)
{
    struct race *race = ud;
    for (int n = 0; n < 20 && race->rcs[i] == STATOR_OK; n++) {
        const stator_attr number = {"n", stator_i(n)};
        race->rcs[i] = stator_shards_write(&race->shards, "same", &number, 1);
    }
    stator_thread_end();
}

static void test_shards__writes_of_one_moment_all_stay(void **state)
{
    enum { WRITERS = 4 };
    struct place *place = *state;
    struct race race = {.shards = shards_of(place)};
    struct listing listing = {.count = 0};
    place_freeze(place, stator_now(place->db));
    race.shards.count = 2;
    place_race(WRITERS, write_hot, &race);
    int stayed = 0;
    for (int i = 0; i < WRITERS; i++) stayed += race.rcs[i] == STATOR_OK;
    assert_in_range(stayed, 0, WRITERS); /* 64 fit into a moment of the clock; the rest is told */
    place_check(stator_shards_read(&race.shards, NULL, list, &listing), STATOR_OK);
    assert_int_equal(listing.count, 64);
}

/* The same call again, as the client sends it when a reply was lost: it draws the same numbers. */
static void test_shards__a_write_sent_again_is_there_once(void **state)
{
    struct place *place = *state;
    const stator_shards shards = shards_of(place);
    const stator_attr n = {"n", stator_i(1)};
    place_freeze(place, stator_now(place->db));
    const uint64_t random = atomic_load(&place->random);
    place_check(stator_shards_write(&shards, "id", &n, 1), STATOR_OK);
    atomic_store(&place->random, random);
    place_check(stator_shards_write(&shards, "id", &n, 1), STATOR_OK);
    assert_int_equal(place_count(place), 1);
    place_check(stator_shards_write(&shards, "id", &n, 1), STATOR_OK);
    assert_int_equal(place_count(place), 2);
}

static stator_rc stop(void *ud, int shard, const stator_node *item)
{
    (void)shard;
    (void)item;
    return --*(int *)ud > 0 ? STATOR_OK : STATOR_E_CANCELED;
}

static void test_shards__who_reads_may_stop_and_bad_use_is_told(void **state)
{
    struct place *place = *state;
    stator_shards shards = shards_of(place);
    int left = 2;
    write_some(&shards, 5);
    place_check(stator_shards_read(&shards, NULL, stop, &left), STATOR_E_CANCELED);
    place_check(stator_shards_read(&shards, NULL, NULL, NULL), STATOR_E_MISUSE);
    place_check(stator_shards_write(&shards, NULL, NULL, 1), STATOR_E_MISUSE);
    shards.count = STATOR_SHARDS_MAX + 1;
    place_check(stator_shards_write(&shards, NULL, NULL, 0), STATOR_E_MISUSE);
    shards.count = -1;
    place_check(stator_shards_read(&shards, NULL, stop, &left), STATOR_E_MISUSE);
}

#define IN_PLACE(test) cmocka_unit_test_setup_teardown(test, place_setup_single, place_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_PLACE(test_shards__an_id_keeps_its_shard),
        IN_PLACE(test_shards__without_an_id_all_shards_are_used),
        IN_PLACE(test_shards__are_read_as_one_list_in_order),
        IN_PLACE(test_shards__are_asked_for_a_part_and_with_a_filter),
        IN_PLACE(test_shards__writes_of_one_moment_all_stay),
        IN_PLACE(test_shards__a_write_sent_again_is_there_once),
        IN_PLACE(test_shards__who_reads_may_stop_and_bad_use_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
