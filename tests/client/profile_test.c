/* profile_test.c -- AWS's shared files: which settings are whose. Texts stand at a guard page. */
#include "client/profile.h"

#include "support/support.h"

#define CREDENTIALS                                                                                \
    "# mine\n"                                                                                     \
    "[default]\n"                                                                                  \
    "aws_access_key_id = AK1\n"                                                                    \
    "AWS_Secret_Access_Key=s/e=c+r#et\n"                                                           \
    "\n"                                                                                           \
    "[ work ] ; the other\r\n"                                                                     \
    "aws_access_key_id\t=\tAK2\t; a comment\r\n"                                                   \
    "; aws_secret_access_key = no\n"                                                               \
    "aws_secret_access_key = a # b\n"                                                              \
    "s3 =\n"                                                                                       \
    "  region = nested\n"                                                                          \
    "[empty]\n"                                                                                    \
    "[default]\n"                                                                                  \
    "aws_session_token = T1\n"                                                                     \
    "aws_access_key_id = AK3"

#define CONFIG                                                                                     \
    "region = nobody\n"                                                                            \
    "[default]\n"                                                                                  \
    "region=us-west-1\n"                                                                           \
    "[profile work]\n"                                                                             \
    "region = eu-west-1\n"                                                                         \
    "[profile \"two words\"]\n"                                                                    \
    "region = eu-west-2\n"                                                                         \
    "[profile\tdefault]\n"                                                                         \
    "output = json\n"                                                                              \
    "[other]\n"                                                                                    \
    "region = not a profile\n"                                                                     \
    "[profilework]\n"                                                                              \
    "[sso-session work]\n"                                                                         \
    "region = not one either\n"                                                                    \
    "[broken\n"                                                                                    \
    "= nothing\n"                                                                                  \
    "nothing\n"

/* clang-format off */
static const struct {
    const char *text;
    profile_file file;
    const char *name, *key, *value; /* NULL: there is none */
} cases[] = {
    {CREDENTIALS, PROFILE_CREDENTIALS, "default", "aws_access_key_id", "AK3"},
    {CREDENTIALS, PROFILE_CREDENTIALS, "default", "aws_secret_access_key", "s/e=c+r#et"},
    {CREDENTIALS, PROFILE_CREDENTIALS, "default", "aws_session_token", "T1"},
    {CREDENTIALS, PROFILE_CREDENTIALS, "work", "aws_access_key_id", "AK2"},
    {CREDENTIALS, PROFILE_CREDENTIALS, "work", "aws_secret_access_key", "a"},
    {CREDENTIALS, PROFILE_CREDENTIALS, "work", "s3", ""},
    {CREDENTIALS, PROFILE_CREDENTIALS, "work", "region", NULL},
    {CREDENTIALS, PROFILE_CREDENTIALS, "work", "aws_session_token", NULL},
    {CREDENTIALS, PROFILE_CREDENTIALS, "Work", "aws_access_key_id", NULL},
    {CREDENTIALS, PROFILE_CREDENTIALS, "empty", "aws_access_key_id", NULL},
    {CREDENTIALS, PROFILE_CREDENTIALS, "", "aws_access_key_id", NULL},
    {CONFIG, PROFILE_CONFIG, "default", "region", "us-west-1"},
    {CONFIG, PROFILE_CONFIG, "default", "output", "json"},
    {CONFIG, PROFILE_CONFIG, "work", "region", "eu-west-1"},
    {CONFIG, PROFILE_CONFIG, "two words", "region", "eu-west-2"},
    {CONFIG, PROFILE_CONFIG, "other", "region", NULL},
    {CONFIG, PROFILE_CONFIG, "work", "nothing", NULL},
    {CONFIG, PROFILE_CONFIG, "profile work", "region", NULL},
    {"", PROFILE_CONFIG, "default", "region", NULL},
    {"[default]\nregion = a\n  b = c\nregion = d", PROFILE_CONFIG, "default", "region", "d"},
    {"[default]\nregion=#a", PROFILE_CONFIG, "default", "region", "#a"},
    {"[default]\nregion= #a", PROFILE_CONFIG, "default", "region", ""},
};
/* clang-format on */

static void test_profile__settings_are_found_under_their_header(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        const struct span guarded = support_guard(span_of(cases[i].text));
        const struct profile profile = {guarded, cases[i].file, span_of(cases[i].name)};
        struct span value = SPAN("untouched");
        const bool is_found = profile_find(&profile, cases[i].key, &value);
        if (is_found != (cases[i].value != NULL))
            fail_msg("case %zu: %s of %s", i, cases[i].key, cases[i].name);
        support_assert_text(value, is_found ? cases[i].value : "untouched");
        support_guard_free(guarded);
    }
}

static void test_profile__exists_when_its_header_does(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        profile_file file;
        const char *name;
        bool exists;
    } named[] = {
        {CREDENTIALS, PROFILE_CREDENTIALS, "empty",   true },
        {CREDENTIALS, PROFILE_CREDENTIALS, "work",    true },
        {CREDENTIALS, PROFILE_CREDENTIALS, "nobody",  false},
        {CONFIG,      PROFILE_CONFIG,      "work",    true },
        {CONFIG,      PROFILE_CONFIG,      "other",   false},
        {CONFIG,      PROFILE_CONFIG,      "broken",  false},
        {"",          PROFILE_CONFIG,      "default", false},
        {"[default]", PROFILE_CONFIG,      "default", true },
    };
    for (size_t i = 0; i < ARRAY_COUNT(named); i++) {
        const struct span guarded = support_guard(span_of(named[i].text));
        const struct profile profile = {guarded, named[i].file, span_of(named[i].name)};
        assert_int_equal(profile_exists(&profile), named[i].exists);
        support_guard_free(guarded);
    }
}

/* Cut anywhere, a file is read to its end and no further. */
static void test_profile__any_cut_is_safe(void **state)
{
    (void)state;
    const struct span whole = span_of(CONFIG CREDENTIALS);
    for (size_t len = 0; len <= whole.len; len++) {
        const struct span guarded = support_guard(span_take(whole, len));
        for (profile_file file = PROFILE_CREDENTIALS; file <= PROFILE_CONFIG; file++) {
            const struct profile profile = {guarded, file, SPAN("work")};
            struct span value = {0};
            if (profile_find(&profile, "region", &value)) assert_true(value.len <= len);
        }
        support_guard_free(guarded);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_profile__settings_are_found_under_their_header),
        cmocka_unit_test(test_profile__exists_when_its_header_does),
        cmocka_unit_test(test_profile__any_cut_is_safe),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
