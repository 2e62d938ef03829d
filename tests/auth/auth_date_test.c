/* auth_date_test.c -- both forms of a date, and what is in neither. Texts stand at a guard page. */
#include "auth/auth_date.h"

#include "support/support.h"

static bool reads(const char *text, uint64_t *seconds)
{
    const struct span guarded = support_guard(span_of(text));
    const bool is_read = auth_date_read(guarded, seconds);
    support_guard_free(guarded);
    return is_read;
}

static void test_auth_date__both_forms_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint64_t seconds;
    } cases[] = {
        {"20150830T123600Z",              1440938160            },
        {"19700101T000000Z",              0                     },
        {"20240229T235959Z",              1709251199            },
        {"99991231T235959Z",              UINT64_C(253402300799)},
        {"Sun, 30 Aug 2015 12:36:00 GMT", 1440938160            },
        {"Mon, 30 Aug 2015 12:36:00 GMT", 1440938160            },
        {"Sun, 06 Nov 1994 08:49:37 GMT", 784111777             },
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        uint64_t seconds = 1;
        if (!reads(cases[i].text, &seconds)) fail_msg("%s was not read", cases[i].text);
        assert_int_equal(seconds, cases[i].seconds);
    }
}

static void test_auth_date__all_else_is_refused(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "",
        "2",
        "20150830T123600",
        "20150830T123600ZZ",
        "20150830t123600Z",
        "20150830T123600z",
        "2015083 T123600Z",
        "20150230T123600Z",
        "20151330T123600Z",
        "20150830T243600Z",
        "20150830T126000Z",
        "20150830T123660Z",
        "19691231T235959Z",
        "2015-08-30T12:36",
        "+2015083T123600Z",
        "Sun, 30 Aug 2015 12:36:00 UTC",
        "Sun, 30 aug 2015 12:36:00 GMT",
        "Sun, 30 Xug 2015 12:36:00 GMT",
        "Sun; 30 Aug 2015 12:36:00 GMT",
        "Sun, 31 Sep 2015 12:36:00 GMT",
        "Sun, 30 Aug 2015 12:36:00 +000",
        "Sunday, 30-Aug-15 12:36:00 GMT",
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        uint64_t seconds = 77;
        if (reads(cases[i], &seconds)) fail_msg("%s was read", cases[i]);
        assert_int_equal(seconds, 77);
    }
}

static void test_auth_date__what_is_written_is_read(void **state)
{
    (void)state;
    struct support_random random = support_random();
    for (unsigned i = 0; i < 10000; i++) {
        const uint64_t seconds = support_random_next(&random) % UINT64_C(253402300800);
        uint8_t text[AUTH_DATE_BYTES];
        auth_date_write(seconds, text);
        uint64_t back = 0;
        assert_true(auth_date_read((struct span){text, sizeof text}, &back));
        assert_int_equal(back, seconds);
    }
    uint8_t text[AUTH_DATE_BYTES];
    auth_date_write(1440938160, text);
    support_assert_text((struct span){text, sizeof text}, "20150830T123600Z");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_auth_date__both_forms_are_read),
        cmocka_unit_test(test_auth_date__all_else_is_refused),
        cmocka_unit_test(test_auth_date__what_is_written_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
