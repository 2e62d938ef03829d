/* sort_test.c -- small numbers come out in the order that their owner tells. */
#include "base/sort.h"

#include "support/support.h"

static int by_value(const void *ctx, uint32_t a, uint32_t b)
{
    const uint32_t *values = ctx;
    return (values[a] > values[b]) - (values[a] < values[b]);
}

static void test_sort__any_numbers_come_out_in_order(void **state)
{
    (void)state;
    struct support_random random = support_random();
    for (uint32_t count = 0; count < 70; count++) {
        uint32_t values[70];
        uint32_t numbers[70];
        for (uint32_t i = 0; i < count; i++) {
            values[i] = support_random_below(&random, 40);
            numbers[i] = i;
        }
        sort_numbers(numbers, count, by_value, values);
        uint64_t seen = 0;
        for (uint32_t i = 0; i < count; i++) {
            if (i > 0) assert_true(values[numbers[i - 1]] <= values[numbers[i]]);
            seen += numbers[i];
        }
        assert_int_equal(seen, count == 0 ? 0 : (uint64_t)count * (count - 1) / 2);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sort__any_numbers_come_out_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
