/* gaps_test.c -- E1 to E3 of gaps.h, what is found, and the bounds.
 *
 * The model says what lives in each of the last states: where nothing does, a slow reader notes a
 * gap, and one that is found may hold nothing that lives in its reader's state or a later one.
 */
#include "store/gaps.h"

#include <stdio.h>

#include "base/bytes.h"
#include "support/support.h"

static int gaps_setup(void **state)
{
    static struct gaps *gaps;
    assert_int_equal(gaps_new(support_mem(), &gaps), ST_OK);
    *state = gaps;
    return 0;
}

static int gaps_teardown(void **state)
{
    gaps_free(*state);
    support_mem_check();
    return 0;
}

static struct store_range range_of(const char *low, const char *high)
{
    return (struct store_range){span_of(low), span_of(high)};
}

static void note(struct gaps *gaps, uint64_t state, const char *low, const char *high)
{
    gaps_note(gaps, state, range_of(low, high));
}

/* "low-high" of the gap that a reader of `state` finds between `low` and `high`, "-" if none. */
static void assert_gap(struct gaps *gaps, uint64_t state, struct store_range range, bool last,
                       const char *expected)
{
    char text[64] = "-";
    struct gap *gap = gaps_find(gaps, state, range, last);
    if (gap != NULL) {
        const struct store_range met = gaps_range(gap);
        (void)snprintf(text, sizeof text, "%.*s-%.*s", SPAN_ARG(met.low), SPAN_ARG(met.high));
    }
    assert_string_equal(text, expected);
    gaps_drop(gap);
}

static void test_gaps_find__gives_the_nearest_in_the_direction_of_the_walk(void **state)
{
    struct gaps *gaps = *state;
    note(gaps, 0, "c", "e");
    note(gaps, 0, "m", "p");
    note(gaps, 0, "g", "i");
    static const struct {
        const char *low;
        const char *high;
        const char *first;
        const char *last;
    } cases[] = {
        {"a", "z", "c-e", "m-p"},
        {"a", "",  "c-e", "m-p"},
        {"d", "h", "c-e", "g-i"},
        {"e", "g", "-",   "-"  },
        {"e", "h", "g-i", "g-i"},
        {"i", "m", "-",   "-"  },
        {"n", "o", "m-p", "m-p"},
        {"p", "",  "-",   "-"  },
        {"a", "c", "-",   "-"  },
        {"",  "d", "c-e", "c-e"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        const struct store_range range = range_of(cases[i].low, cases[i].high);
        assert_gap(gaps, 0, range, false, cases[i].first);
        assert_gap(gaps, 0, range, true, cases[i].last);
    }
}

static void test_gaps_note__makes_one_of_what_overlaps_or_touches(void **state)
{
    struct gaps *gaps = *state;
    const struct store_range all = range_of("a", "");
    note(gaps, 0, "c", "e");
    note(gaps, 0, "e", "g");
    assert_gap(gaps, 0, all, true, "c-g");
    note(gaps, 0, "b", "d");
    assert_gap(gaps, 0, all, true, "b-g");
    note(gaps, 0, "k", "m");
    note(gaps, 0, "f", "l");
    assert_gap(gaps, 0, all, true, "b-m");
    note(gaps, 0, "c", "d");
    assert_gap(gaps, 0, all, false, "b-m");
    note(gaps, 0, "x", "x"); /* nothing */
    note(gaps, 0, "y", "x");
    assert_gap(gaps, 0, all, true, "b-m");
}

static void test_gaps_find__hides_a_gap_from_readers_of_earlier_states(void **state)
{
    struct gaps *gaps = *state;
    note(gaps, 5, "c", "e");
    note(gaps, 3, "g", "i");
    assert_gap(gaps, 4, range_of("a", "z"), false, "g-i");
    assert_gap(gaps, 5, range_of("a", "z"), false, "c-e");
    note(gaps, 3, "e", "g"); /* one of them all, of the latest state */
    assert_gap(gaps, 4, range_of("a", "z"), false, "-");
    assert_gap(gaps, 5, range_of("a", "z"), false, "c-i");
}

static void test_gaps_put__cuts_a_gap_off_at_the_key(void **state)
{
    struct gaps *gaps = *state;
    const struct store_range all = range_of("a", "z");
    note(gaps, 0, "c", "m");
    struct gap *held = gaps_find(gaps, 0, all, false);
    gaps_put(gaps, 1, SPAN("m"));
    assert_gap(gaps, 1, all, false, "c-m");
    gaps_put(gaps, 2, SPAN("h"));
    assert_gap(gaps, 2, all, false, "c-h");
    gaps_put(gaps, 3, SPAN("bzz"));
    assert_gap(gaps, 3, all, false, "c-h");
    gaps_put(gaps, 4, SPAN("c"));
    assert_gap(gaps, 4, all, false, "-");
    support_assert_text(gaps_range(held).high, "m"); /* as it was, for who has it */
    gaps_drop(held);
}

static void test_gaps_note__takes_nothing_that_was_put_into_since(void **state)
{
    struct gaps *gaps = *state;
    const struct store_range all = range_of("a", "z");
    gaps_put(gaps, 7, SPAN("e"));
    note(gaps, 6, "c", "g"); /* a walk that was slow */
    assert_gap(gaps, 9, all, false, "-");
    note(gaps, 6, "f", "g");
    assert_gap(gaps, 9, all, false, "f-g");
    note(gaps, 7, "c", "f"); /* one that saw the key, gone again */
    assert_gap(gaps, 9, all, false, "c-g");
}

/* Two keys that differ behind the bytes that are remembered of a put. */
static void test_gaps_note__takes_nothing_that_puts_may_have_touched(void **state)
{
    struct gaps *gaps = *state;
    char low[80], high[80], beside[80];
    memset(low, 'k', sizeof low);
    memcpy(high, low, sizeof high);
    memcpy(beside, low, sizeof beside);
    memcpy(low + 70, "a", 2);
    memcpy(high + 70, "c", 2);
    memcpy(beside + 70, "x", 2);
    gaps_put(gaps, 2, span_of(beside));
    note(gaps, 1, low, high);
    assert_gap(gaps, 2, range_of("a", ""), false, "-");
    gaps_put(gaps, 3, span_of("kkkkkkkkkkl"));
    note(gaps, 2, low, high);
    struct gap *gap = gaps_find(gaps, 2, range_of("a", ""), false);
    assert_non_null(gap);
    gaps_drop(gap);
}

static void test_gaps_note__takes_nothing_of_a_state_that_puts_are_forgotten_of(void **state)
{
    enum { MANY = 2000 };
    struct gaps *gaps = *state;
    for (uint64_t i = 1; i <= MANY; i++) gaps_put(gaps, i, SPAN("a"));
    note(gaps, 1, "c", "e");
    assert_gap(gaps, MANY, range_of("b", ""), false, "-");
    note(gaps, MANY - 100, "c", "e");
    assert_gap(gaps, MANY, range_of("b", ""), false, "c-e");
}

static void numbered(uint32_t n, char text[16])
{
    (void)snprintf(text, 16, "k%06u", n);
}

static void test_gaps__keeps_so_many_and_those_that_are_asked_for(void **state)
{
    struct gaps *gaps = *state;
    char low[16], high[16];
    const struct store_range first = range_of("k000000", "k000002");
    for (uint32_t i = 0; i < 4 * GAPS_MAX; i++) {
        numbered(4 * i, low);
        numbered(4 * i + 2, high);
        note(gaps, 0, low, high);
        assert_gap(gaps, 0, first, false, "k000000-k000002");
    }
    uint32_t kept = 0;
    for (uint32_t i = 0; i < 4 * GAPS_MAX; i++) {
        numbered(4 * i, low);
        numbered(4 * i + 2, high);
        struct gap *gap = gaps_find(gaps, 0, range_of(low, high), false);
        if (gap != NULL) kept++;
        gaps_drop(gap);
    }
    assert_int_equal(kept, GAPS_MAX);
}

static void test_gaps__does_without_long_keys_and_without_memory(void **state)
{
    struct gaps *gaps = *state;
    char text[GAPS_KEY_BYTES_MAX + 2];
    memset(text, 'k', sizeof text);
    text[GAPS_KEY_BYTES_MAX + 1] = '\0';
    note(gaps, 0, "a", text);
    assert_gap(gaps, 0, range_of("a", ""), false, "-");
    support_mem_fail_at(1);
    note(gaps, 0, "a", "c");
    assert_true(support_mem_failed());
    assert_gap(gaps, 0, range_of("a", ""), false, "-");
    note(gaps, 0, "a", "c");
    support_mem_fail_at(1);
    gaps_put(gaps, 1, SPAN("b"));
    assert_true(support_mem_failed());
    assert_gap(gaps, 1, range_of("a", ""), false, "-");
    support_mem_fail_at(0);
}

/* ---- a random run */

enum { KEYS = 200, ROUNDS = 20000, LATE = 20 };

/* What lives in the last states, LATE of them. */
struct history {
    bool lives[LATE][KEYS];
};

static struct span key_of(uint32_t n, uint8_t out[5])
{
    out[0] = 'k';
    bytes_store_u32_be(out + 1, n);
    return (struct span){out, 5};
}

static uint32_t number_at(struct span key)
{
    return bytes_load_u32_be(key.ptr + 1);
}

/* What a walk of state `at` tells. */
static bool was_empty(const struct history *h, struct store_range range, uint64_t at)
{
    for (uint32_t n = number_at(range.low); n < number_at(range.high); n++)
        if (h->lives[at % LATE][n]) return false;
    return true;
}

/* Put or delete something: state `now`. */
static void change(struct gaps *gaps, struct history *h, struct support_random *random,
                   uint64_t now)
{
    const uint32_t n = support_random_below(random, KEYS);
    const bool puts = support_random_below(random, 4) == 0;
    uint8_t key[5];
    memcpy(h->lives[now % LATE], h->lives[(now - 1) % LATE], sizeof h->lives[0]);
    h->lives[now % LATE][n] = puts;
    if (puts) gaps_put(gaps, now, key_of(n, key));
}

static void test_gaps__hold_nothing_that_lives_in_a_random_run(void **state)
{
    struct gaps *gaps = *state;
    struct support_random random = support_random();
    static struct history h;
    uint8_t a[5], b[5];
    size_t found = 0;
    h = (struct history){0};
    for (uint64_t now = LATE; now < ROUNDS; now++) {
        change(gaps, &h, &random, now);
        const uint32_t low = support_random_below(&random, KEYS - 20);
        const uint32_t high = low + 1 + support_random_below(&random, 20);
        const struct store_range range = {key_of(low, a), key_of(high, b)};
        const uint64_t reader = now - support_random_below(&random, LATE - 1);
        if (was_empty(&h, range, reader)) gaps_note(gaps, reader, range);
        struct gap *gap = gaps_find(gaps, reader, range, now % 2 == 0);
        if (gap == NULL) continue;
        found++;
        for (uint64_t at = reader; at <= now; at++) assert_true(was_empty(&h, gaps_range(gap), at));
        gaps_drop(gap);
    }
    assert_true(found > ROUNDS / 10);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, gaps_setup, gaps_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_gaps_find__gives_the_nearest_in_the_direction_of_the_walk),
        TEST(test_gaps_note__makes_one_of_what_overlaps_or_touches),
        TEST(test_gaps_find__hides_a_gap_from_readers_of_earlier_states),
        TEST(test_gaps_put__cuts_a_gap_off_at_the_key),
        TEST(test_gaps_note__takes_nothing_that_was_put_into_since),
        TEST(test_gaps_note__takes_nothing_that_puts_may_have_touched),
        TEST(test_gaps_note__takes_nothing_of_a_state_that_puts_are_forgotten_of),
        TEST(test_gaps__keeps_so_many_and_those_that_are_asked_for),
        TEST(test_gaps__does_without_long_keys_and_without_memory),
        TEST(test_gaps__hold_nothing_that_lives_in_a_random_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
