/* pile_test.c -- what comes off a pile comes in order, whatever went in. */
#include "support/support.h"
#include "vector/pile.h"

enum { ENTRIES = 500 };

static void fill(struct pile *pile, struct support_random *random)
{
    for (uint32_t i = 0; i < ENTRIES; i++) {
        const struct pile_entry entry = {(float)support_random_below(random, 50), i};
        assert_int_equal(pile_push(pile, entry), ST_OK);
    }
}

static void drains_in_order(bool farthest_on_top)
{
    struct support_random random = support_random();
    struct pile pile = {.mem = support_mem(), .farthest_on_top = farthest_on_top};
    fill(&pile, &random);
    struct pile_entry before = pile_pop(&pile);
    while (pile.count > 0) {
        const struct pile_entry next = pile_pop(&pile);
        assert_true(farthest_on_top ? pile_is_nearer(next, before) : pile_is_nearer(before, next));
        before = next;
    }
    pile_deinit(&pile);
    support_mem_check();
}

static void test_heap__gives_the_nearest_first(void **state)
{
    (void)state;
    drains_in_order(false);
}

static void test_heap__gives_the_farthest_first(void **state)
{
    (void)state;
    drains_in_order(true);
}

static void test_heap__sorts_in_place(void **state)
{
    (void)state;
    struct support_random random = support_random();
    struct pile pile = {.mem = support_mem(), .farthest_on_top = true};
    fill(&pile, &random);
    pile_sort(&pile);
    assert_int_equal(pile.count, ENTRIES);
    for (size_t i = 1; i < pile.count; i++)
        assert_true(pile_is_nearer(pile.entries[i - 1], pile.entries[i]));
    pile_deinit(&pile);
    support_mem_check();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_heap__gives_the_nearest_first),
        cmocka_unit_test(test_heap__gives_the_farthest_first),
        cmocka_unit_test(test_heap__sorts_in_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
