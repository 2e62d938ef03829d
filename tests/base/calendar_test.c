/* calendar_test.c -- the calendar against the C library's, day by day, and moments that are none.
 */
#include "base/calendar.h"

#include <time.h>

#include "support/support.h"

enum { DAY_SECONDS = 86400 };

static void assert_as_libc(uint64_t seconds)
{
    const time_t at = (time_t)seconds;
    struct tm tm;
    assert_non_null(gmtime_r(&at, &tm));
    const struct calendar date = calendar_of(seconds);
    assert_int_equal(date.year, tm.tm_year + 1900);
    assert_int_equal(date.month, tm.tm_mon + 1);
    assert_int_equal(date.day, tm.tm_mday);
    assert_int_equal(date.hour, tm.tm_hour);
    assert_int_equal(date.minute, tm.tm_min);
    assert_int_equal(date.second, tm.tm_sec);
    assert_int_equal(date.weekday, tm.tm_wday);
    uint64_t back = 0;
    assert_true(calendar_seconds(&date, &back));
    assert_int_equal(back, seconds);
}

/* Every day of 1970 to 2400, each at another second of it. */
static void test_calendar__days_are_the_c_librarys(void **state)
{
    (void)state;
    uint64_t second = 0;
    for (uint64_t day = 0; day < 430 * 366; day++) {
        second = (second + 7919) % DAY_SECONDS;
        assert_as_libc(day * DAY_SECONDS + second);
    }
    assert_as_libc(UINT64_C(253402300799));
}

static void test_calendar__what_is_no_moment_is_refused(void **state)
{
    (void)state;
    static const struct calendar cases[] = {
        {1969,  12, 31, 23, 59, 59, 0},
        {10000, 1,  1,  0,  0,  0,  0},
        {2024,  0,  1,  0,  0,  0,  0},
        {2024,  13, 1,  0,  0,  0,  0},
        {2024,  1,  0,  0,  0,  0,  0},
        {2024,  1,  32, 0,  0,  0,  0},
        {2024,  4,  31, 0,  0,  0,  0},
        {2024,  2,  30, 0,  0,  0,  0},
        {2023,  2,  29, 0,  0,  0,  0},
        {2100,  2,  29, 0,  0,  0,  0},
        {2024,  1,  1,  24, 0,  0,  0},
        {2024,  1,  1,  0,  60, 0,  0},
        {2024,  1,  1,  0,  0,  60, 0},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        uint64_t seconds = 77;
        if (calendar_seconds(&cases[i], &seconds)) fail_msg("case %zu was taken", i);
        assert_int_equal(seconds, 77);
    }
}

static void test_calendar__names_have_three_letters(void **state)
{
    (void)state;
    assert_memory_equal(calendar_month_name(1), "Jan", 3);
    assert_memory_equal(calendar_month_name(12), "Dec", 3);
    assert_memory_equal(calendar_weekday_name(0), "Sun", 3);
    assert_memory_equal(calendar_weekday_name(6), "Sat", 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_calendar__days_are_the_c_librarys),
        cmocka_unit_test(test_calendar__what_is_no_moment_is_refused),
        cmocka_unit_test(test_calendar__names_have_three_letters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
