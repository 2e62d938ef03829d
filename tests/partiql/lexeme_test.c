/* lexeme_test.c -- words, strings, numbers, signs, and what is none of them.
 *
 * Each text ends at a guard page. A case shows the kinds of its lexemes, a letter each.
 */
#include "partiql/lexeme.h"

#include "support/support.h"

/* A letter for each kind; signs stand for themselves as far as they are one. */
static const char letters[] = {
    [LEXEME_END] = '.',       [LEXEME_BAD] = '!',        [LEXEME_WORD] = 'w',
    [LEXEME_QUOTED] = 'q',    [LEXEME_STRING] = 's',     [LEXEME_NUMBER] = 'n',
    [LEXEME_ION] = 'i',       [LEXEME_KEYWORD] = 'k',    [LEXEME_HOLE] = '?',
    [LEXEME_EQ] = '=',        [LEXEME_NE] = 'N',         [LEXEME_LT] = '<',
    [LEXEME_LE] = 'L',        [LEXEME_GT] = '>',         [LEXEME_GE] = 'G',
    [LEXEME_PLUS] = '+',      [LEXEME_MINUS] = '-',      [LEXEME_OPERATOR] = 'o',
    [LEXEME_STAR] = '*',      [LEXEME_OPEN] = '(',       [LEXEME_CLOSE] = ')',
    [LEXEME_OPEN_LIST] = '[', [LEXEME_CLOSE_LIST] = ']', [LEXEME_OPEN_MAP] = '{',
    [LEXEME_CLOSE_MAP] = '}', [LEXEME_OPEN_BAG] = 'A',   [LEXEME_CLOSE_BAG] = 'Z',
    [LEXEME_COMMA] = ',',     [LEXEME_DOT] = 'd',        [LEXEME_COLON] = ':',
    [LEXEME_SEMICOLON] = ';',
};

static void assert_kinds(const char *text, const char *expected)
{
    const struct span guarded = support_guard(span_of(text));
    struct span rest = guarded;
    char kinds[64] = {0};
    size_t count = 0;
    struct lexeme lexeme = {0};
    do {
        lexeme = lexeme_next(&rest);
        assert_true(count + 1 < sizeof kinds);
        assert_true(lexeme.text.ptr >= guarded.ptr || guarded.len == 0);
        kinds[count++] = letters[lexeme.kind];
    } while (lexeme.kind != LEXEME_END && lexeme.kind != LEXEME_BAD);
    if (strcmp(kinds, expected) != 0) fail_msg("%s: is %s, should be %s", text, kinds, expected);
    support_guard_free(guarded);
}

static void test_lexeme__kinds(void **state)
{
    (void)state;
    /* clang-format off */
    static const struct {
        const char *text;
        const char *kinds;
    } cases[] = {
        {"", "."},
        {" \t\r\n\v\f", "."},
        {"SELECT * FROM \"Music\".idx", "k*kqdw."},
        {"_a $b c1 a$_9", "wwww."},
        {"'it''s' ''", "ss."},
        {"\"a\"\"b\" \"\"", "qq."},
        {"1 1.5 .5 1. 1e5 1E+5 1e-5 .5e1", "nnnnnnnn."},
        {"1e", "nw."},
        {"1e+", "nw+."},
        {"1 e5", "nw."},
        {"a.b[0]", "wdw[n]."},
        {"= <> != < <= > >=", "=NN<L>G."},
        {"<<1>>", "AnZ."},
        {"n>-5", "w>-n."},
        {"n=n--1", "w=w."},
        {"a -- b\nc", "ww."},
        {"a -- b\rc", "ww."},
        {"--", "."},
        {"a/**/b/* c */", "ww."},
        {"a/***/b", "ww."},
        {"a / b % c || d ^ e @ f", "wowowowowow."},
        {"(a,?):{};+*", "(w,?):{};+*."},
        {"`1`", "i."},
        {"'", "!"},
        {"'a''", "!"},
        {"\"a", "!"},
        {"`a", "!"},
        {"a /* b", "w!"},
        {"a /*/", "w!"},
        {"a # b", "w!"},
        {"a ! b", "w!"},
        {"\xC3\xA9", "!"},
        {"'\xC3\xA9'", "s."},
        {"1e2147483647", "n."},
        {"1e2147483648", "!"},
        {"1e-2147483647", "n."},
        {"1e-2147483648", "!"},
        {"1.5e-2147483647", "!"},
        {"1.5e-2147483646", "n."},
        {"1e99999999999999999999", "!"},
        {"1e-99999999999999999999", "!"},
    };
    /* clang-format on */
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) assert_kinds(cases[i].text, cases[i].kinds);
}

static void test_lexeme__quotes_come_off(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *inside;
    } cases[] = {
        {"''",         ""      },
        {"'a'",        "a"     },
        {"'it''s'",    "it's"  },
        {"''''",       "'"     },
        {"'a\"\"b'",   "a\"\"b"},
        {"\"a\"\"b\"", "a\"b"  },
        {"\"''\"",     "''"    },
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct arena arena;
        struct span rest = span_of(cases[i].text);
        struct span inside = {0};
        arena_init(&arena, support_mem(), 1 << 16);
        const struct lexeme lexeme = lexeme_next(&rest);
        assert_int_equal(lexeme_unquote(&lexeme, &arena, &inside), ST_OK);
        support_assert_text(inside, cases[i].inside);
        arena_deinit(&arena);
    }
    support_mem_check();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lexeme__kinds),
        cmocka_unit_test(test_lexeme__quotes_come_off),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
