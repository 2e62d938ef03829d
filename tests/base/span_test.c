/* span_test.c -- spans compare as DynamoDB orders bytes, and cutting them never leaves their run.
 */
#include "support/support.h"

static void test_span__compares_bytes_unsigned(void **state)
{
    (void)state;
    const struct span ascending[] = {
        SPAN(""),     SPAN("\x00"),     SPAN("\x00\x00"), SPAN("\x01"), SPAN("A"),
        SPAN("AA"),   SPAN("Aa"),       SPAN("a"),        SPAN("\x7f"), SPAN("\x80"),
        SPAN("\xff"), SPAN("\xff\x00"), SPAN("\xff\xff"),
    };
    for (size_t a = 0; a < ARRAY_COUNT(ascending); a++)
        for (size_t b = 0; b < ARRAY_COUNT(ascending); b++) {
            const int order = span_compare(ascending[a], ascending[b]);
            assert_int_equal((order > 0) - (order < 0), (a > b) - (a < b));
            assert_int_equal(span_eq(ascending[a], ascending[b]), a == b);
        }
}

static void test_span__is_empty_when_all_zero(void **state)
{
    (void)state;
    const struct span none = {0};
    assert_true(span_eq(none, SPAN("")));
    assert_int_equal(span_compare(none, none), 0);
    assert_true(span_compare(none, SPAN("a")) < 0);
    assert_true(span_eq_nocase(none, none));
    assert_true(span_starts_with(none, none));
    assert_true(span_contains(none, none));
    assert_false(span_contains(none, SPAN("a")));
    assert_int_equal(span_drop(none, 0).len, 0);
    assert_int_equal(span_trim(none).len, 0);
}

static void test_span_eq_nocase__folds_ascii_letters_and_nothing_else(void **state)
{
    (void)state;
    for (unsigned a = 0; a < 256; a++)
        for (unsigned b = 0; b < 256; b++) {
            const uint8_t bytes[] = {(uint8_t)a, (uint8_t)b};
            const bool letters = (a | 0x20U) >= 'a' && (a | 0x20U) <= 'z';
            const bool same = a == b || (letters && (a ^ b) == 0x20U);
            assert_int_equal(span_eq_nocase((struct span){bytes, 1}, (struct span){bytes + 1, 1}),
                             same);
        }
    assert_false(span_eq_nocase(SPAN("Host"), SPAN("Hosts")));
}

static void test_span__finds_what_stands_in_it(void **state)
{
    (void)state;
    const struct {
        struct span whole, part;
        bool starts, contains;
    } cases[] = {
        {SPAN("abc"),        SPAN(""),     true,  true },
        {SPAN("abc"),        SPAN("a"),    true,  true },
        {SPAN("abc"),        SPAN("abc"),  true,  true },
        {SPAN("abc"),        SPAN("abcd"), false, false},
        {SPAN("abc"),        SPAN("bc"),   false, true },
        {SPAN("abc"),        SPAN("c"),    false, true },
        {SPAN("abc"),        SPAN("ac"),   false, false},
        {SPAN("aaab"),       SPAN("aab"),  false, true },
        {SPAN("abababac"),   SPAN("abac"), false, true },
        {SPAN("a\x00"
              "b"),
         SPAN("\x00"),                     false, true },
        {SPAN("\xff\xfe"),   SPAN("\xfe"), false, true },
        {SPAN(""),           SPAN("a"),    false, false},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        const struct span whole = support_guard(cases[i].whole);
        const struct span part = support_guard(cases[i].part);
        assert_int_equal(span_starts_with(whole, part), cases[i].starts);
        assert_int_equal(span_contains(whole, part), cases[i].contains);
        support_guard_free(whole);
        support_guard_free(part);
    }
}

/* Against the obvious quadratic search, on texts of two letters, where partial matches abound. */
static void test_span_contains__agrees_with_a_plain_search(void **state)
{
    (void)state;
    struct support_random random = support_random();
    for (int round = 0; round < 20000; round++) {
        uint8_t whole[12], part[4];
        for (size_t i = 0; i < sizeof whole; i++)
            whole[i] = (uint8_t)('a' + support_random_below(&random, 2));
        for (size_t i = 0; i < sizeof part; i++)
            part[i] = (uint8_t)('a' + support_random_below(&random, 2));
        const size_t whole_len = support_random_below(&random, sizeof whole + 1);
        const size_t part_len = support_random_below(&random, sizeof part + 1);
        bool found = false;
        for (size_t at = 0; at + part_len <= whole_len; at++)
            found = found || memcmp(whole + at, part, part_len) == 0;
        assert_int_equal(
            span_contains((struct span){whole, whole_len}, (struct span){part, part_len}), found);
    }
}

/* Comparing at each place would look at 3 * 10^12 bytes. */
static void test_span_contains__of_what_nearly_stands_everywhere_ends_soon(void **state)
{
    (void)state;
    enum { WHOLE_BYTES = 4 << 20, PART_BYTES = 1 << 20 };
    uint8_t *whole = malloc(WHOLE_BYTES);
    uint8_t *part = malloc(PART_BYTES);
    assert_non_null(whole);
    assert_non_null(part);
    memset(whole, 'a', WHOLE_BYTES);
    memset(part, 'a', PART_BYTES);
    part[PART_BYTES - 1] = 'b';
    const struct span needle = {part, PART_BYTES};
    assert_false(span_contains((struct span){whole, WHOLE_BYTES}, needle));
    whole[WHOLE_BYTES - 1] = 'b';
    assert_true(span_contains((struct span){whole, WHOLE_BYTES}, needle));
    free(whole);
    free(part);
}

static void test_span__take_and_drop_split_it(void **state)
{
    (void)state;
    const struct span whole = SPAN("partition");
    for (size_t n = 0; n <= whole.len; n++) {
        const struct span head = span_take(whole, n), tail = span_drop(whole, n);
        assert_int_equal(head.len + tail.len, whole.len);
        assert_ptr_equal(head.ptr, whole.ptr);
        assert_ptr_equal(tail.ptr, whole.ptr + n);
    }
}

static void test_span_trim__drops_blanks_at_both_ends(void **state)
{
    (void)state;
    support_assert_text(span_trim(SPAN(" \t a \t b\t ")), "a \t b");
    support_assert_text(span_trim(SPAN("a")), "a");
    support_assert_text(span_trim(SPAN("\n a \r")), "\n a \r");
    support_assert_text(span_trim(SPAN(" \t ")), "");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_span__compares_bytes_unsigned),
        cmocka_unit_test(test_span__is_empty_when_all_zero),
        cmocka_unit_test(test_span_eq_nocase__folds_ascii_letters_and_nothing_else),
        cmocka_unit_test(test_span__finds_what_stands_in_it),
        cmocka_unit_test(test_span_contains__agrees_with_a_plain_search),
        cmocka_unit_test(test_span_contains__of_what_nearly_stands_everywhere_ends_soon),
        cmocka_unit_test(test_span__take_and_drop_split_it),
        cmocka_unit_test(test_span_trim__drops_blanks_at_both_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
