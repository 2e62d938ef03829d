/* moment_test.c -- times as texts, UUIDs, sums of decimals. */
#include "support/support.h"

#include "db/heap.h"
#include "stator/stator.h"

static void test_moment__is_written_at_one_width(void **state)
{
    (void)state;
    static const struct {
        int64_t us;
        const char *seconds, *fraction;
    } cases[] = {
        {0,                              "1970-01-01T00:00:00Z", "1970-01-01T00:00:00.0000000Z"},
        {1704364200 * STATOR_SECOND,     "2024-01-04T10:30:00Z", "2024-01-04T10:30:00.0000000Z"},
        {1704364200 * STATOR_SECOND + 5, "2024-01-04T10:30:00Z", "2024-01-04T10:30:00.0000050Z"},
        {951782400 * STATOR_SECOND - 1,  "2000-02-28T23:59:59Z", "2000-02-28T23:59:59.9999990Z"},
        {INT64_C(253402300799999999),    "9999-12-31T23:59:59Z", "9999-12-31T23:59:59.9999990Z"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        char text[STATOR_TS_LEN];
        int64_t back = 0;
        assert_string_equal(stator_rfc3339(text, cases[i].us), cases[i].seconds);
        assert_string_equal(stator_rfc3339_frac(text, cases[i].us), cases[i].fraction);
        assert_int_equal(stator_rfc3339_parse(text, &back), STATOR_OK);
        assert_int_equal(back, cases[i].us);
    }
    heap_check();
}

static void test_moment__outside_its_years_is_no_text(void **state)
{
    (void)state;
    char text[STATOR_TS_LEN] = "x";
    assert_null(stator_rfc3339(text, -1));
    assert_string_equal(text, "");
    assert_null(stator_rfc3339_frac(text, INT64_C(253402300800000000)));
    assert_null(stator_rfc3339(text, INT64_MIN));
    assert_null(stator_rfc3339(text, INT64_MAX));
    assert_null(stator_rfc3339(NULL, 0));
    /* and so cannot be stored by mistake */
    stator_doc *doc = stator_doc_new();
    assert_int_equal(stator_doc_set(doc, "at", stator_s(stator_rfc3339(text, -1))),
                     STATOR_E_INVALID);
    stator_doc_free(doc);
    heap_check();
}

static void test_moment__any_rfc_3339_text_is_read(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t us;
    } cases[] = {
        {"1970-01-01T00:00:00Z",              0                                  },
        {"1970-01-01t00:00:00z",              0                                  },
        {"1970-01-01T01:30:00+01:30",         0                                  },
        {"1969-12-31T19:00:00-05:00",         -1                                 },
        {"1970-01-01T00:00:00-05:00",         5 * STATOR_HOUR                    },
        {"2024-01-04T10:30:00.5Z",            1704364200 * STATOR_SECOND + 500000},
        {"2024-01-04T10:30:00.123456789Z",    1704364200 * STATOR_SECOND + 123456},
        {"2024-01-04T10:30:00.0000001+00:00", 1704364200 * STATOR_SECOND         },
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        int64_t us = -7;
        const stator_rc rc = stator_rfc3339_parse(cases[i].text, &us);
        if (cases[i].us < 0) {
            assert_int_equal(rc, STATOR_E_INVALID); /* written before 1970 */
            continue;
        }
        assert_int_equal(rc, STATOR_OK);
        assert_int_equal(us, cases[i].us);
    }
    heap_check();
}

static void test_moment__other_texts_are_refused(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "",
        "2024-01-04",
        "2024-01-04 10:30:00Z",
        "2024-01-04T10:30:00",
        "2024-01-04T10:30:00.Z",
        "2024-01-04T10:30:00+0100",
        "2024-01-04T10:30:00+24:00",
        "2024-01-04T10:30:00Zx",
        "2024-13-04T10:30:00Z",
        "2023-02-29T10:30:00Z",
        "2024-01-04T24:00:00Z",
        "2024-01-04T10:30:60Z",
        "1970-01-01T00:00:00+00:01",
        "9999-12-31T23:59:59-00:01",
        "24-01-04T10:30:00Z",
        "2024-1-04T10:30:00Z",
        "+2024-01-04T10:30:00Z",
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        int64_t us = 7;
        assert_int_equal(stator_rfc3339_parse(cases[i], &us), STATOR_E_INVALID);
        assert_int_equal(us, 7);
    }
    int64_t us = 7;
    assert_int_equal(stator_rfc3339_parse(NULL, &us), STATOR_E_MISUSE);
    assert_int_equal(stator_rfc3339_parse("1970-01-01T00:00:00Z", NULL), STATOR_E_MISUSE);
    heap_check();
}

static void test_moment__a_uuid_tells_its_version(void **state)
{
    (void)state;
    static const uint8_t zeros[16] = {0};
    static const uint8_t random[16] = {0xF8, 0x1D, 0x4F, 0xAE, 0x7D, 0xEC, 0xFF, 0xD0,
                                       0xFF, 0x65, 0x00, 0xA0, 0xC9, 0x1E, 0x6B, 0xF6};
    char text[STATOR_UUID_LEN];
    assert_string_equal(stator_uuid4_of(zeros, text), "00000000-0000-4000-8000-000000000000");
    assert_string_equal(stator_uuid4_of(random, text), "f81d4fae-7dec-4fd0-bf65-00a0c91e6bf6");
    assert_null(stator_uuid4_of(NULL, text));
    assert_string_equal(text, "");
    assert_null(stator_uuid4_of(zeros, NULL));
}

static void test_moment__decimals_are_summed_exactly(void **state)
{
    (void)state;
    char sum[STATOR_DECIMAL_LEN];
    int order = 9;
    assert_int_equal(stator_decimal_add("0.1", "0.2", sum), STATOR_OK);
    assert_string_equal(sum, "0.3");
    assert_int_equal(stator_decimal_sub("100.00", "99.995", sum), STATOR_OK);
    assert_string_equal(sum, "0.005");
    assert_int_equal(stator_decimal_add("99999999999999999999999999999999999999", "1", sum),
                     STATOR_OK);
    assert_string_equal(sum, "100000000000000000000000000000000000000");
    assert_int_equal(stator_decimal_sub("-1E-130", "0", sum), STATOR_OK);
    assert_int_equal(strlen(sum), 133);
    assert_int_equal(stator_decimal_compare("1.0", "1E0", &order), STATOR_OK);
    assert_int_equal(order, 0);
    assert_int_equal(stator_decimal_compare("-2", "1.5", &order), STATOR_OK);
    assert_true(order < 0);
    assert_int_equal(stator_decimal_compare("10", "9", &order), STATOR_OK);
    assert_true(order > 0);
    heap_check();
}

static void test_moment__what_is_no_decimal_is_refused(void **state)
{
    (void)state;
    char sum[STATOR_DECIMAL_LEN] = "as it was";
    int order = 9;
    assert_int_equal(stator_decimal_add("x", "1", sum), STATOR_E_INVALID);
    assert_string_equal(stator_error_get()->message,
                        "The parameter cannot be converted to a numeric value: x");
    assert_int_equal(stator_decimal_add("1E50", "1", sum), STATOR_E_INVALID);
    assert_int_equal(stator_decimal_sub("1", NULL, sum), STATOR_E_MISUSE);
    assert_int_equal(stator_decimal_sub("1", "1", NULL), STATOR_E_MISUSE);
    assert_int_equal(stator_decimal_compare("1", "", &order), STATOR_E_INVALID);
    assert_int_equal(stator_decimal_compare("1", "1", NULL), STATOR_E_MISUSE);
    assert_string_equal(sum, "as it was");
    assert_int_equal(order, 9);
    heap_check();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_moment__is_written_at_one_width),
        cmocka_unit_test(test_moment__outside_its_years_is_no_text),
        cmocka_unit_test(test_moment__any_rfc_3339_text_is_read),
        cmocka_unit_test(test_moment__other_texts_are_refused),
        cmocka_unit_test(test_moment__a_uuid_tells_its_version),
        cmocka_unit_test(test_moment__decimals_are_summed_exactly),
        cmocka_unit_test(test_moment__what_is_no_decimal_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
