/* keyword_test.c -- which words are keywords. That the lists are sorted is shown by finding all. */
#include "partiql/keyword.h"

#include "support/support.h"

static void test_keyword__every_known_word_is_found(void **state)
{
    (void)state;
    for (keyword word = KEYWORD_NONE + 1; word < KEYWORD_OTHER; word++)
        assert_int_equal(keyword_of(span_of(keyword_text(word))), word);
}

static void test_keyword__case_does_not_matter(void **state)
{
    (void)state;
    assert_int_equal(keyword_of(SPAN("select")), KEYWORD_SELECT);
    assert_int_equal(keyword_of(SPAN("SeLeCt")), KEYWORD_SELECT);
    assert_int_equal(keyword_of(SPAN("character_LENGTH")), KEYWORD_CHARACTER_LENGTH);
}

static void test_keyword__the_rest_of_the_language_is_refused(void **state)
{
    (void)state;
    static const char *const others[] = {"absolute", "date",  "KEY",      "user",
                                         "Section",  "index", "trailing", "zone"};
    for (size_t i = 0; i < ARRAY_COUNT(others); i++)
        assert_int_equal(keyword_of(span_of(others[i])), KEYWORD_OTHER);
}

static void test_keyword__everything_else_is_a_name(void **state)
{
    (void)state;
    static const char *const names[] = {"",
                                        "pk",
                                        "data",
                                        "name",
                                        "year",
                                        "selec",
                                        "selects",
                                        "status",
                                        "modified",
                                        "returning",
                                        "zzz",
                                        "current_times",
                                        "a_name_longer_than_every_keyword"};
    for (size_t i = 0; i < ARRAY_COUNT(names); i++)
        assert_int_equal(keyword_of(span_of(names[i])), KEYWORD_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keyword__every_known_word_is_found),
        cmocka_unit_test(test_keyword__case_does_not_matter),
        cmocka_unit_test(test_keyword__the_rest_of_the_language_is_refused),
        cmocka_unit_test(test_keyword__everything_else_is_a_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
