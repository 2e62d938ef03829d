/* piece_test.c -- what a writer of texts must know: plain names, and the pieces of a text. */
#include "support/support.h"

#include "base/buf.h"
#include "expr/expr.h"

static void test_piece__plain_names_are_words_that_mean_nothing_else(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        bool plain;
    } cases[] = {
        {"PK",       true },
        {"a_1",      true },
        {"created",  true },
        {"size_",    true },
        {"remove",   false}, /* a keyword, though not on the list of reserved words */
        {"Set",      false},
        {"status",   false},
        {"size",     false},
        {"_a",       false},
        {"1a",       false},
        {"a.b",      false},
        {"a b",      false},
        {" a",       false},
        {"a ",       false},
        {"#a",       false},
        {"",         false},
        {"\xC3\xA9", false},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++)
        if (expr_name_is_plain(span_of(cases[i].name)) != cases[i].plain)
            fail_msg("'%s' is %splain", cases[i].name, cases[i].plain ? "" : "not ");
}

struct expected {
    expr_piece_kind kind;
    const char *text;
};

static void check_pieces(const char *text, const struct expected *expected, size_t count)
{
    struct expr_pieces pieces = {.rest = span_of(text)};
    struct buf again;
    buf_init(&again, support_mem(), 4096);
    for (size_t i = 0; i < count; i++) {
        const struct expr_piece piece = expr_next_piece(&pieces);
        support_assert_text(piece.text, expected[i].text);
        assert_int_equal(piece.kind, expected[i].kind);
        buf_put(&again, piece.blanks);
        buf_put(&again, piece.text);
    }
    const struct expr_piece end = expr_next_piece(&pieces);
    assert_int_equal(end.kind, EXPR_PIECE_END);
    buf_put(&again, end.blanks);
    support_assert_text(buf_view(&again), text);
    buf_deinit(&again);
    support_mem_check();
}

static void test_piece__functions_and_names_are_told_apart(void **state)
{
    (void)state;
    static const struct expected expected[] = {
        {EXPR_PIECE_OTHER,       "size"    },
        {EXPR_PIECE_OPEN,        "("       },
        {EXPR_PIECE_NAME,        "size"    },
        {EXPR_PIECE_CLOSE,       ")"       },
        {EXPR_PIECE_OTHER,       ">"       },
        {EXPR_PIECE_HOLE,        "?"       },
        {EXPR_PIECE_OTHER,       "AND"     },
        {EXPR_PIECE_NAME,        "a"       },
        {EXPR_PIECE_OTHER,       "."       },
        {EXPR_PIECE_NAME,        "size"    },
        {EXPR_PIECE_OTHER,       "["       },
        {EXPR_PIECE_OTHER,       "2"       },
        {EXPR_PIECE_OTHER,       "]"       },
        {EXPR_PIECE_OTHER,       "in"      },
        {EXPR_PIECE_OPEN,        "("       },
        {EXPR_PIECE_HOLE,        "?"       },
        {EXPR_PIECE_OTHER,       ","       },
        {EXPR_PIECE_PLACEHOLDER, ":v"      },
        {EXPR_PIECE_CLOSE,       ")"       },
        {EXPR_PIECE_OTHER,       "OR"      },
        {EXPR_PIECE_PLACEHOLDER, "#n"      },
        {EXPR_PIECE_OTHER,       "="       },
        {EXPR_PIECE_OTHER,       "\xC3\xA9"},
    };
    check_pieces("size (size)>? AND a.size[2] in (?,:v) OR #n = \xC3\xA9  ", expected,
                 ARRAY_COUNT(expected));
}

static void test_piece__a_word_behind_a_dot_is_a_name_whatever_follows(void **state)
{
    (void)state;
    static const struct expected expected[] = {
        {EXPR_PIECE_NAME,  "a"   },
        {EXPR_PIECE_OTHER, "."   },
        {EXPR_PIECE_NAME,  "size"},
        {EXPR_PIECE_OPEN,  "("   },
    };
    check_pieces("a . size (", expected, ARRAY_COUNT(expected));
}

static void test_piece__sections_of_an_update_are_seen(void **state)
{
    (void)state;
    static const struct expected expected[] = {
        {EXPR_PIECE_SECTION, "SET"   },
        {EXPR_PIECE_NAME,    "a"     },
        {EXPR_PIECE_OTHER,   "="     },
        {EXPR_PIECE_HOLE,    "?"     },
        {EXPR_PIECE_SECTION, "add"   },
        {EXPR_PIECE_NAME,    "b"     },
        {EXPR_PIECE_HOLE,    "?"     },
        {EXPR_PIECE_SECTION, "Delete"},
        {EXPR_PIECE_NAME,    "c"     },
        {EXPR_PIECE_HOLE,    "?"     },
        {EXPR_PIECE_SECTION, "REMOVE"},
        {EXPR_PIECE_NAME,    "d"     },
    };
    check_pieces("SET a=? add b ? Delete c ? REMOVE d", expected, ARRAY_COUNT(expected));
}

static void test_piece__an_empty_text_ends_at_once(void **state)
{
    (void)state;
    check_pieces("", NULL, 0);
    struct expr_pieces none = {0};
    assert_int_equal(expr_next_piece(&none).kind, EXPR_PIECE_END);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_piece__plain_names_are_words_that_mean_nothing_else),
        cmocka_unit_test(test_piece__functions_and_names_are_told_apart),
        cmocka_unit_test(test_piece__a_word_behind_a_dot_is_a_name_whatever_follows),
        cmocka_unit_test(test_piece__sections_of_an_update_are_seen),
        cmocka_unit_test(test_piece__an_empty_text_ends_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
