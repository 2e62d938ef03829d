/* flags_test.c -- options read from words, and the one line that says what is wrong. */
#include "cmd/flags.h"

#include "support/support.h"

struct options {
    bool loud;
    const char *name;
    unsigned count;
    unsigned color;
};

/* clang-format off */
static const struct flag table[] = {
    {"--loud", NULL, "say it loudly", NULL, FLAG_SWITCH, offsetof(struct options, loud), 0, 0,
     {NULL}},
    {"--name", "NAME", "whom", "world", FLAG_TEXT, offsetof(struct options, name), 0, 0, {NULL}},
    {"--count", "N", "how often", "1", FLAG_NUMBER, offsetof(struct options, count), 1, 10, {NULL}},
    {"--color", "red|blue", "which", "red", FLAG_CHOICE, offsetof(struct options, color), 0, 0,
     {"red", "blue"}},
};
/* clang-format on */
static const struct flags flags = {"greet", table, ARRAY_COUNT(table)};

enum { WORDS_MAX = 6 };

struct words {
    const char *words[WORDS_MAX]; /* NULL-ended */
};

static status parse(const struct words *given, struct options *out, struct error *err)
{
    char *argv[WORDS_MAX];
    int count = 0;
    for (; count < WORDS_MAX && given->words[count] != NULL; count++) {
        argv[count] = strdup(given->words[count]);
        assert_non_null(argv[count]);
    }
    const status st = flags_parse(&flags, argv, count, out, err);
    if (st == ST_OK && out->name != NULL) {
        for (int i = 0; i < count; i++) /* a text points into argv */
            if (out->name >= argv[i] && out->name <= argv[i] + strlen(argv[i]))
                out->name = given->words[i] + (out->name - argv[i]);
    }
    for (int i = 0; i < count; i++) free(argv[i]);
    return st;
}

static void test_flags__values_stand_behind_a_blank_or_an_equals_sign(void **state)
{
    (void)state;
    static const struct words cases[] = {
        {{"--loud", "--name", "Ada", "--count", "7", "--color=blue"}},
        {{"--color=blue", "--count=7", "--name=Ada", "--loud"}},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct arena arena;
        arena_init(&arena, support_mem(), 1 << 16);
        struct error err = error_in(&arena);
        struct options options = {0};
        assert_int_equal(parse(&cases[i], &options, &err), ST_OK);
        assert_true(options.loud);
        assert_string_equal(options.name, "Ada");
        assert_int_equal(options.count, 7);
        assert_int_equal(options.color, 1);
        arena_deinit(&arena);
    }
    support_mem_check();
}

static void test_flags__without_words_the_initial_values_stay(void **state)
{
    (void)state;
    struct error err = {0};
    struct options options = {.name = "world", .count = 3};
    assert_int_equal(flags_parse(&flags, NULL, 0, &options, &err), ST_OK);
    assert_string_equal(options.name, "world");
    assert_int_equal(options.count, 3);
}

static void test_flags__mistakes_are_named_in_one_line(void **state)
{
    (void)state;
    /* clang-format off */
    static const struct {
        struct words words;
        const char *line;
    } cases[] = {
        {{{"--nam", "x"}}, "greet: unknown option --nam; did you mean --name?"},
        {{{"--conut=3"}}, "greet: unknown option --conut; did you mean --count?"},
        {{{"--zebra"}}, "greet: unknown option --zebra; see greet --help"},
        {{{"-x"}}, "greet: unknown option -x; see greet --help"},
        {{{"Ada"}}, "greet: Ada is not an option; see greet --help"},
        {{{""}}, "greet:  is not an option; see greet --help"},
        {{{"--name"}}, "greet: --name needs a value: --name NAME"},
        {{{"--name="}}, "greet: --name must not be empty" },
        {{{"--loud=yes"}}, "greet: --loud takes no value" },
        {{{"--loud", "--loud"}}, "greet: --loud is given twice"},
        {{{"--count", "0"}}, "greet: --count takes a number from 1 to 10, not 0"},
        {{{"--count", "11"}}, "greet: --count takes a number from 1 to 10, not 11"},
        {{{"--count", "-1"}}, "greet: --count takes a number from 1 to 10, not -1"},
        {{{"--count", "3x"}}, "greet: --count takes a number from 1 to 10, not 3x"},
        {{{"--count", " 3"}}, "greet: --count takes a number from 1 to 10, not  3"},
        {{{"--count", ""}}, "greet: --count takes a number from 1 to 10, not "},
        {{{"--count", "99999999999999999999"}},
         "greet: --count takes a number from 1 to 10, not 99999999999999999999"},
        {{{"--color", "green"}}, "greet: --color takes red|blue, not green"},
    };
    /* clang-format on */
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct arena arena;
        arena_init(&arena, support_mem(), 1 << 16);
        struct error err = error_in(&arena);
        struct options options = {0};
        assert_int_equal(parse(&cases[i].words, &options, &err), ST_VALIDATION);
        support_assert_text(error_text(&err), cases[i].line);
        arena_deinit(&arena);
    }
    support_mem_check();
}

static void test_flags__the_closest_name_is_at_most_two_edits_away(void **state)
{
    (void)state;
    static const char *const names[] = {"serve", "shell", "a-name-of-more-than-thirty-two-bytes"};
    static const struct {
        const char *word;
        const char *closest;
    } cases[] = {
        {"serve",                                                 "serve"},
        {"srve",                                                  "serve"},
        {"sevre",                                                 "serve"},
        {"serves",                                                "serve"},
        {"shel",                                                  "shell"},
        {"swell",                                                 "shell"},
        {"sv",                                                    NULL   },
        {"",                                                      NULL   },
        {"completely-different-and-longer-than-thirty-two-bytes", NULL   },
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        const char *closest =
            flags_closest(cases[i].word, names, sizeof names[0], ARRAY_COUNT(names));
        if (cases[i].closest == NULL) {
            assert_null(closest);
        } else {
            assert_non_null(closest);
            assert_string_equal(closest, cases[i].closest);
        }
    }
}

static void test_flags__the_help_has_one_line_for_each(void **state)
{
    (void)state;
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    assert_non_null(out);
    flags_print(&flags, out);
    assert_int_equal(fclose(out), 0);
    const struct span help = {(const uint8_t *)text, len};
    for (size_t i = 0; i < ARRAY_COUNT(table); i++) {
        assert_true(span_contains(help, span_of(table[i].name)));
        assert_true(span_contains(help, span_of(table[i].help)));
    }
    assert_true(span_contains(help, SPAN("(world)")));
    size_t lines = 0;
    for (size_t i = 0; i < len; i++) lines += text[i] == '\n';
    assert_int_equal(lines, ARRAY_COUNT(table));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_flags__values_stand_behind_a_blank_or_an_equals_sign),
        cmocka_unit_test(test_flags__without_words_the_initial_values_stay),
        cmocka_unit_test(test_flags__mistakes_are_named_in_one_line),
        cmocka_unit_test(test_flags__the_closest_name_is_at_most_two_edits_away),
        cmocka_unit_test(test_flags__the_help_has_one_line_for_each),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
