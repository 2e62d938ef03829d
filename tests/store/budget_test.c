/* budget_test.c -- how the bytes of a store are shared out: never more than was given, and the
 * larger part of the caches for values read lately.
 */
#include "store/budget.h"
#include "support/support.h"

static size_t sum_of(struct budget budget)
{
    return BUDGET_TABLE_COUNT * budget.table_bytes + budget.recent_bytes + budget.block_bytes;
}

static void test_budget__gives_out_every_byte_and_no_more(void **state)
{
    (void)state;
    for (size_t bytes = BUDGET_BYTES_MIN; bytes < (size_t)16 << 30; bytes = bytes * 3 / 2 + 1)
        assert_int_equal(sum_of(budget_split(bytes)), bytes);
}

static void test_budget__takes_too_little_as_the_least(void **state)
{
    (void)state;
    assert_int_equal(sum_of(budget_split(0)), BUDGET_BYTES_MIN);
    assert_int_equal(sum_of(budget_split(BUDGET_BYTES_MIN - 1)), BUDGET_BYTES_MIN);
}

static void test_budget__stops_growing_unwritten_tables(void **state)
{
    (void)state;
    assert_int_equal(budget_split((size_t)128 << 20).table_bytes, 16 << 20);
    assert_int_equal(budget_split((size_t)256 << 20).table_bytes, BUDGET_TABLE_BYTES_MAX);
    assert_int_equal(budget_split((size_t)8 << 30).table_bytes, BUDGET_TABLE_BYTES_MAX);
}

static void test_budget__keeps_three_bytes_of_values_for_one_of_blocks(void **state)
{
    (void)state;
    const struct budget budget = budget_split((size_t)256 << 20);
    assert_int_equal(budget.recent_bytes, 120 << 20);
    assert_int_equal(budget.block_bytes, 40 << 20);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_budget__gives_out_every_byte_and_no_more),
        cmocka_unit_test(test_budget__takes_too_little_as_the_least),
        cmocka_unit_test(test_budget__stops_growing_unwritten_tables),
        cmocka_unit_test(test_budget__keeps_three_bytes_of_values_for_one_of_blocks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
