/* ckd_test.c -- what does not fit is refused at the exact border, and the output is untouched.
 */
#include "base/ckd.h"
#include "support/support.h"

static void test_ckd__converts_up_to_the_largest_and_no_further(void **state)
{
    (void)state;
    uint16_t u16 = 7;
    uint32_t u32 = 7;
    int i = 7;
    assert_false(ckd_u16((size_t)UINT16_MAX + 1, &u16));
    assert_false(ckd_u32((size_t)UINT32_MAX + 1, &u32));
    assert_false(ckd_int((size_t)INT32_MAX + 1, &i));
    assert_false(ckd_u16(SIZE_MAX, &u16));
    assert_false(ckd_u32(SIZE_MAX, &u32));
    assert_false(ckd_int(SIZE_MAX, &i));
    assert_int_equal(u16, 7);
    assert_int_equal(u32, 7);
    assert_int_equal(i, 7);
    assert_true(ckd_u16(UINT16_MAX, &u16));
    assert_true(ckd_u32(UINT32_MAX, &u32));
    assert_true(ckd_int(INT32_MAX, &i));
    assert_int_equal(u16, UINT16_MAX);
    assert_int_equal(u32, UINT32_MAX);
    assert_int_equal(i, INT32_MAX);
    assert_true(ckd_u16(0, &u16));
    assert_int_equal(u16, 0);
}

static void test_ckd_add_size__refuses_the_first_overflow(void **state)
{
    (void)state;
    size_t sum = 7;
    assert_false(ckd_add_size(SIZE_MAX, 1, &sum));
    assert_false(ckd_add_size(SIZE_MAX / 2 + 1, SIZE_MAX / 2 + 1, &sum));
    assert_int_equal(sum, 7);
    assert_true(ckd_add_size(SIZE_MAX - 1, 1, &sum));
    assert_true(sum == SIZE_MAX);
}

static void test_ckd_add_i64__refuses_overflow_on_both_sides(void **state)
{
    (void)state;
    int64_t sum = 7;
    assert_false(ckd_add_i64(INT64_MAX, 1, &sum));
    assert_false(ckd_add_i64(INT64_MIN, -1, &sum));
    assert_int_equal(sum, 7);
    assert_true(ckd_add_i64(INT64_MAX, INT64_MIN, &sum));
    assert_int_equal(sum, -1);
    assert_true(ckd_add_i64(INT64_MIN + 1, -1, &sum));
    assert_true(sum == INT64_MIN);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ckd__converts_up_to_the_largest_and_no_further),
        cmocka_unit_test(test_ckd_add_size__refuses_the_first_overflow),
        cmocka_unit_test(test_ckd_add_i64__refuses_overflow_on_both_sides),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
