/* recent_test.c -- F1 to F3 of recent.c, its bound, and its threads.
 *
 * In the last test one thread changes keys, state after state, while others look them up and add
 * what they read. Each key's history is known, so every value that is found can be judged.
 */
#include "store/recent.h"

#include <stdatomic.h>

#include "base/bytes.h"
#include "os/thread.h"
#include "support/support.h"

enum {
    ROOM = 1 << 20,     /* 64 KiB a stripe, so values up to 8 KiB are kept */
    VALUE_BYTES = 1000, /* of the values that fill it */
    MANY = 4096,
};

static int recent_setup(void **state)
{
    static struct recent *recent;
    assert_int_equal(recent_new(support_mem(), ROOM, &recent), ST_OK);
    *state = recent;
    return 0;
}

static int recent_teardown(void **state)
{
    recent_free(*state);
    support_mem_check();
    return 0;
}

/* What `key` is found as in `state`; NULL: it is not. */
static void assert_found(struct recent *recent, uint64_t state, struct span key, const char *text)
{
    struct recent_value *value = recent_find(recent, state, key);
    if (text == NULL) {
        assert_null(value);
        return;
    }
    assert_non_null(value);
    support_assert_text(recent_bytes(value), text);
    recent_drop(recent, value);
}

static void test_recent__finds_what_was_added_and_nothing_else(void **state)
{
    struct recent *recent = *state;
    assert_found(recent, 0, SPAN("a"), NULL);
    recent_add(recent, 0, SPAN("a"), SPAN("1"));
    recent_add(recent, 0, SPAN("b"), SPAN(""));
    recent_add(recent, 0, SPAN("a\0"), SPAN("2"));
    assert_found(recent, 0, SPAN("a"), "1");
    assert_found(recent, 0, SPAN("b"), "");
    assert_found(recent, 0, SPAN("a\0"), "2");
    assert_found(recent, 0, SPAN("a\0\0"), NULL);
    assert_found(recent, 7, SPAN("a"), "1");
}

static void test_recent__hides_a_value_from_readers_of_earlier_states(void **state)
{
    struct recent *recent = *state;
    recent_add(recent, 5, SPAN("a"), SPAN("of 5"));
    assert_found(recent, 4, SPAN("a"), NULL);
    assert_found(recent, 5, SPAN("a"), "of 5");
}

static void test_recent_forget__takes_nothing_read_before_the_change(void **state)
{
    struct recent *recent = *state;
    recent_add(recent, 3, SPAN("a"), SPAN("old"));
    recent_forget(recent, 4, SPAN("a"));
    assert_found(recent, 3, SPAN("a"), NULL);
    recent_add(recent, 3, SPAN("a"), SPAN("old")); /* a reader that was slow */
    assert_found(recent, 9, SPAN("a"), NULL);
    recent_add(recent, 4, SPAN("a"), SPAN("new"));
    assert_found(recent, 4, SPAN("a"), "new");
}

static void test_recent_replace__keeps_the_new_value_where_there_was_one(void **state)
{
    struct recent *recent = *state;
    recent_add(recent, 3, SPAN("a"), SPAN("old"));
    struct recent_value *held = recent_find(recent, 3, SPAN("a"));
    recent_replace(recent, 4, SPAN("a"), SPAN("newer"));
    recent_replace(recent, 4, SPAN("b"), SPAN("of nobody's interest"));
    assert_found(recent, 3, SPAN("a"), NULL); /* readers of the state before */
    assert_found(recent, 4, SPAN("a"), "newer");
    assert_found(recent, 4, SPAN("b"), NULL);
    recent_add(recent, 3, SPAN("b"), SPAN("old")); /* a reader that was slow */
    assert_found(recent, 4, SPAN("b"), NULL);
    support_assert_text(recent_bytes(held), "old");
    recent_drop(recent, held);
}

static void test_recent_replace__keeps_nothing_that_is_too_large_or_has_no_memory(void **state)
{
    static uint8_t large[ROOM];
    struct recent *recent = *state;
    recent_add(recent, 3, SPAN("a"), SPAN("old"));
    recent_replace(recent, 4, SPAN("a"), (struct span){large, sizeof large});
    assert_found(recent, 4, SPAN("a"), NULL);
    recent_add(recent, 4, SPAN("a"), SPAN("new"));
    support_mem_fail_at(1);
    recent_replace(recent, 5, SPAN("a"), SPAN("newer"));
    assert_true(support_mem_failed());
    support_mem_fail_at(0);
    assert_found(recent, 5, SPAN("a"), NULL);
    assert_found(recent, 4, SPAN("a"), NULL);
}

static void test_recent_forget_all__forgets_every_key(void **state)
{
    struct recent *recent = *state;
    recent_add(recent, 1, SPAN("a"), SPAN("1"));
    recent_add(recent, 1, SPAN("b"), SPAN("2"));
    recent_forget_all(recent, 2);
    assert_found(recent, 9, SPAN("a"), NULL);
    assert_found(recent, 9, SPAN("b"), NULL);
    recent_add(recent, 1, SPAN("c"), SPAN("3"));
    assert_found(recent, 9, SPAN("c"), NULL);
    recent_add(recent, 2, SPAN("c"), SPAN("3"));
    assert_found(recent, 2, SPAN("c"), "3");
}

static void test_recent_forget_range__forgets_what_is_in_it_and_nothing_else(void **state)
{
    struct recent *recent = *state;
    static const char *const keys[] = {"a", "b", "b1", "b2", "c", "d"};
    for (size_t i = 0; i < ARRAY_COUNT(keys); i++)
        recent_add(recent, 1, span_of(keys[i]), span_of(keys[i]));
    recent_forget_range(recent, 2, SPAN("b1"), SPAN("d"));
    assert_found(recent, 9, SPAN("a"), "a");
    assert_found(recent, 9, SPAN("b"), "b");
    assert_found(recent, 9, SPAN("b1"), NULL);
    assert_found(recent, 9, SPAN("b2"), NULL);
    assert_found(recent, 9, SPAN("c"), NULL);
    assert_found(recent, 9, SPAN("d"), "d");
}

static void test_recent_forget_range__takes_nothing_of_its_kinds_read_before_it(void **state)
{
    struct recent *recent = *state;
    recent_forget_range(recent, 2, SPAN("b1"), SPAN("c1"));
    static const char *const inside[] = {"b1", "b2", "c"};
    for (size_t i = 0; i < ARRAY_COUNT(inside); i++) {
        recent_add(recent, 1, span_of(inside[i]), SPAN("old"));
        assert_found(recent, 9, span_of(inside[i]), NULL);
        recent_add(recent, 2, span_of(inside[i]), SPAN("new"));
        assert_found(recent, 9, span_of(inside[i]), "new");
    }
    recent_add(recent, 1, SPAN("a9"), SPAN("1"));
    recent_add(recent, 1, SPAN("d"), SPAN("2"));
    assert_found(recent, 9, SPAN("a9"), "1");
    assert_found(recent, 9, SPAN("d"), "2");
}

static void test_recent__holds_a_found_value_until_it_is_dropped(void **state)
{
    struct recent *recent = *state;
    recent_add(recent, 0, SPAN("a"), SPAN("1"));
    struct recent_value *held = recent_find(recent, 0, SPAN("a"));
    recent_forget(recent, 1, SPAN("a"));
    support_assert_text(recent_bytes(held), "1");
    recent_drop(recent, held);
}

/* ---- the bound */

static struct span numbered_key(uint32_t i, uint8_t out[4])
{
    bytes_store_u32_be(out, i);
    return (struct span){out, 4};
}

static void add_numbered(struct recent *recent, uint32_t i)
{
    static const uint8_t bytes[VALUE_BYTES];
    uint8_t key[4];
    recent_add(recent, 0, numbered_key(i, key), (struct span){bytes, sizeof bytes});
}

static bool is_kept(struct recent *recent, uint32_t i)
{
    uint8_t key[4];
    struct recent_value *value = recent_find(recent, 0, numbered_key(i, key));
    if (value != NULL) recent_drop(recent, value);
    return value != NULL;
}

static void test_recent__stays_within_its_room(void **state)
{
    struct recent *recent = *state;
    for (uint32_t i = 0; i < MANY; i++) add_numbered(recent, i);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < MANY; i++) kept += is_kept(recent, i);
    assert_true(kept * VALUE_BYTES <= ROOM);
    assert_true(kept * VALUE_BYTES >= ROOM * 8 / 10); /* and uses it */
}

static void test_recent__keeps_what_is_asked_for_again(void **state)
{
    struct recent *recent = *state;
    add_numbered(recent, 0);
    for (uint32_t i = 1; i < MANY; i++) {
        add_numbered(recent, i);
        assert_true(is_kept(recent, 0));
    }
    assert_false(is_kept(recent, 1));
}

static void test_recent__leaves_out_a_value_too_large_for_its_share(void **state)
{
    struct recent *recent = *state;
    static const uint8_t bytes[ROOM];
    recent_add(recent, 0, SPAN("large"), (struct span){bytes, sizeof bytes});
    assert_null(recent_find(recent, 0, SPAN("large")));
}

static void test_recent__lives_without_memory(void **state)
{
    (void)state;
    uint64_t nth = 0;
    struct recent *recent = NULL;
    do {
        support_mem_fail_at(++nth);
        const status st = recent_new(support_mem(), ROOM, &recent);
        assert_int_equal(st, support_mem_failed() ? ST_NO_MEMORY : ST_OK);
    } while (support_mem_failed());
    support_mem_fail_at(1);
    recent_add(recent, 0, SPAN("a"), SPAN("1"));
    assert_true(support_mem_failed());
    support_mem_fail_at(0);
    assert_found(recent, 0, SPAN("a"), NULL);
    recent_free(recent);
    support_mem_check();
}

/* ---- threads */

enum { RACE_KEYS = 64, RACE_STATES = 20000, RACE_READERS = 3 };

/* Key k changes in every state whose number leaves k when divided by RACE_KEYS, and its value is
 * the number of that state: in state s it is the last such number up to s. */
static uint64_t value_in(uint64_t state, uint32_t key)
{
    if (state < key) return 0;
    return state - (state - key) % RACE_KEYS;
}

struct race {
    struct recent *recent;
    _Atomic uint64_t published; /* the newest state that readers may see */
    _Atomic uint64_t found;
};

static void look_up(struct race *race, uint64_t state, uint32_t k)
{
    uint8_t key[4];
    uint8_t bytes[sizeof(uint64_t)];
    const struct span name = numbered_key(k, key);
    struct recent_value *value = recent_find(race->recent, state, name);
    if (value == NULL) { /* then RocksDB would be asked, with a snapshot of `state` */
        bytes_store_u64(bytes, value_in(state, k));
        recent_add(race->recent, state, name, (struct span){bytes, sizeof bytes});
        return;
    }
    assert_int_equal(bytes_load_u64(recent_bytes(value).ptr), value_in(state, k));
    recent_drop(race->recent, value);
    atomic_fetch_add(&race->found, 1);
}

struct racer {
    struct race *race;
    struct support_random random;
    struct thread thread;
};

static void racer_main(void *ctx)
{
    struct racer *racer = ctx;
    uint64_t state = 0;
    while (state < RACE_STATES) {
        state = atomic_load(&racer->race->published);
        for (int i = 0; i < 8; i++) /* a reader may look at an old state for a while */
            look_up(racer->race, state, support_random_below(&racer->random, RACE_KEYS));
    }
}

static void change_one(struct recent *recent, uint64_t state, uint32_t k)
{
    uint8_t key[4], after[4], bytes[sizeof state];
    switch (state / RACE_KEYS % 3) {
    case 0:
        recent_forget(recent, state, numbered_key(k, key));
        return;
    case 1:
        bytes_store_u64(bytes, value_in(state, k));
        recent_replace(recent, state, numbered_key(k, key), (struct span){bytes, sizeof bytes});
        return;
    default:
        recent_forget_range(recent, state, numbered_key(k, key), numbered_key(k + 1, after));
    }
}

/* As the committer and the syncer do it, with up to three states not published yet. */
static void change_all(struct race *race)
{
    for (uint64_t state = 1; state <= RACE_STATES; state++) {
        const uint32_t k = (uint32_t)(state % RACE_KEYS);
        change_one(race->recent, state, k);
        if (state > 3) atomic_store(&race->published, state - 3);
    }
    atomic_store(&race->published, RACE_STATES);
}

static void test_recent__never_shows_what_has_changed_to_racing_readers(void **state)
{
    struct race race = {.recent = *state};
    struct support_random random = support_random();
    struct racer racers[RACE_READERS];
    for (size_t i = 0; i < RACE_READERS; i++) {
        racers[i] = (struct racer){.race = &race, .random = {support_random_next(&random)}};
        assert_int_equal(thread_start(&racers[i].thread, "racer", racer_main, &racers[i]), ST_OK);
    }
    change_all(&race);
    for (size_t i = 0; i < RACE_READERS; i++) thread_join(&racers[i].thread);
    assert_true(atomic_load(&race.found) > 0);
}

#define RECENT_TEST(test) cmocka_unit_test_setup_teardown(test, recent_setup, recent_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        RECENT_TEST(test_recent__finds_what_was_added_and_nothing_else),
        RECENT_TEST(test_recent__hides_a_value_from_readers_of_earlier_states),
        RECENT_TEST(test_recent_forget__takes_nothing_read_before_the_change),
        RECENT_TEST(test_recent_replace__keeps_the_new_value_where_there_was_one),
        RECENT_TEST(test_recent_replace__keeps_nothing_that_is_too_large_or_has_no_memory),
        RECENT_TEST(test_recent_forget_all__forgets_every_key),
        RECENT_TEST(test_recent_forget_range__forgets_what_is_in_it_and_nothing_else),
        RECENT_TEST(test_recent_forget_range__takes_nothing_of_its_kinds_read_before_it),
        RECENT_TEST(test_recent__holds_a_found_value_until_it_is_dropped),
        RECENT_TEST(test_recent__stays_within_its_room),
        RECENT_TEST(test_recent__keeps_what_is_asked_for_again),
        RECENT_TEST(test_recent__leaves_out_a_value_too_large_for_its_share),
        cmocka_unit_test(test_recent__lives_without_memory),
        RECENT_TEST(test_recent__never_shows_what_has_changed_to_racing_readers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
