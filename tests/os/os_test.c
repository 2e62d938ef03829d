/* os_test.c -- the machine's clock, entropy and environment. */
#include "os/os.h"

#include <time.h>
#include <unistd.h>

#include "support/support.h"

static void test_os__now_is_the_wall_clock(void **state)
{
    (void)state;
    const uint64_t before = (uint64_t)time(NULL) * 1000;
    const uint64_t now = os_now_ms(os_system());
    const uint64_t after = ((uint64_t)time(NULL) + 2) * 1000; /* time() may lag by a tick */
    assert_true(now >= before);
    assert_true(now <= after);
}

static void test_os__ticks_go_forward_in_nanoseconds(void **state)
{
    (void)state;
    const uint64_t before = os_ticks_ns(os_system());
    usleep(2000);
    const uint64_t passed = os_ticks_ns(os_system()) - before;
    assert_true(passed >= 2000000);
    assert_true(passed < 10000000000U);
}

/* 64 fair bytes are all zero once in 2^512 runs. */
static void test_os__entropy_fills_all_and_differs(void **state)
{
    (void)state;
    uint8_t first[64] = {0};
    uint8_t second[65] = {0};
    second[64] = 0xA5;
    assert_int_equal(os_entropy(os_system(), first, sizeof first), ST_OK);
    assert_int_equal(os_entropy(os_system(), second, 64), ST_OK);
    assert_memory_not_equal(first, second, 64);
    assert_int_equal(second[64], 0xA5); /* and no more than asked for */
    assert_int_equal(os_entropy(os_system(), NULL, 0), ST_OK);
}

static void test_os__variables_are_the_environments(void **state)
{
    (void)state;
    assert_int_equal(setenv("STATOR_OS_TEST", "a b", 1), 0);
    assert_string_equal(os_variable(os_system(), "STATOR_OS_TEST"), "a b");
    assert_int_equal(unsetenv("STATOR_OS_TEST"), 0);
    assert_null(os_variable(os_system(), "STATOR_OS_TEST"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_os__now_is_the_wall_clock),
        cmocka_unit_test(test_os__ticks_go_forward_in_nanoseconds),
        cmocka_unit_test(test_os__entropy_fills_all_and_differs),
        cmocka_unit_test(test_os__variables_are_the_environments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
