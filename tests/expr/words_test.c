/* words_test.c -- tokens and reserved words. */
#include "support/support.h"

#include "expr/reserved.h"
#include "expr/token.h"

static void test_reserved__words_are_found_in_any_case(void **state)
{
    (void)state;
    static const char *const words[] = {
        "ABORT", "abort",  "aBoRt", "ZONE",          "status", "Name", "data", "count",     "item",
        "items", "values", "TTL",   "AUTHORIZATION", "AS",     "year", "url",  "INITIALLY", "BY"};
    for (size_t i = 0; i < ARRAY_COUNT(words); i++) {
        if (!reserved_holds(span_of(words[i]))) fail_msg("%s is reserved", words[i]);
    }
}

static void test_reserved__other_words_are_free(void **state)
{
    (void)state;
    static const char *const words[] = {"pk",
                                        "sk",
                                        "a",
                                        "statuses",
                                        "nam",
                                        "zones",
                                        "ABORTED",
                                        "_",
                                        "id",
                                        "created",
                                        "AUTHORIZATIONS",
                                        "abcdefghijklmnopqrstuvwxyz",
                                        "statu",
                                        "z",
                                        "A",
                                        "item_"};
    for (size_t i = 0; i < ARRAY_COUNT(words); i++) {
        if (reserved_holds(span_of(words[i]))) fail_msg("%s is not reserved", words[i]);
    }
    assert_false(reserved_holds((struct span){0}));
}

static void test_token__texts_are_cut_where_the_kind_changes(void **state)
{
    (void)state;
    static const struct {
        token_kind kind;
        const char *text;
    } tokens[] = {
        {TOKEN_SET,         "Set"         },
        {TOKEN_WORD,        "a_1"         },
        {TOKEN_OPEN_INDEX,  "["           },
        {TOKEN_NUMBER,      "0"           },
        {TOKEN_NUMBER,      "12"          },
        {TOKEN_CLOSE_INDEX, "]"           },
        {TOKEN_DOT,         "."           },
        {TOKEN_NAME,        "#0_a"        },
        {TOKEN_EQ,          "="           },
        {TOKEN_VALUE,       ":v"          },
        {TOKEN_PLUS,        "+"           },
        {TOKEN_MINUS,       "-"           },
        {TOKEN_COMMA,       ","           },
        {TOKEN_NE,          "<>"          },
        {TOKEN_LE,          "<="          },
        {TOKEN_GE,          ">="          },
        {TOKEN_LT,          "<"           },
        {TOKEN_GT,          ">"           },
        {TOKEN_OPEN,        "("           },
        {TOKEN_CLOSE,       ")"           },
        {TOKEN_BAD,         "_"           },
        {TOKEN_WORD,        "b"           },
        {TOKEN_BAD,         "\xE2\x82\xAC"},
        {TOKEN_BAD,         "#"           },
        {TOKEN_BETWEEN,     "beTWeen"     },
        {TOKEN_BAD,         "!"           },
        {TOKEN_END,         ""            },
    };
    const struct span given =
        support_guard(SPAN("Set a_1[012].#0_a=:v\t+ -,<><=>=< >(\r\n)_b\xE2\x82\xAC# beTWeen!"));
    struct span rest = given;
    for (size_t i = 0; i < ARRAY_COUNT(tokens); i++) {
        const struct token token = token_next(&rest);
        support_assert_text(token.text, tokens[i].text);
        assert_int_equal(token.kind, tokens[i].kind);
    }
    support_guard_free(given);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reserved__words_are_found_in_any_case),
        cmocka_unit_test(test_reserved__other_words_are_free),
        cmocka_unit_test(test_token__texts_are_cut_where_the_kind_changes),
    };
    return cmocka_run_group_tests_name("expr words", tests, NULL, NULL);
}
