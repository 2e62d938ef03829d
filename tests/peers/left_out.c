/* left_out.c -- a test program without the tests that the server of this run cannot pass.
 *
 * $STATOR_TEST_LEFT_OUT has a line for each: its name, a blank, and the reason. Such a test is told
 * with its reason and not run; without the variable nothing is left out. The linker turns the call
 * of cmocka's runner to this file (--wrap), so no test program knows of it.
 */
#include "support/support.h"

enum { TESTS_MAX = 128 };

typedef int(runner)(const char *group, const struct CMUnitTest *tests, size_t count,
                    CMFixtureFunction setup, CMFixtureFunction teardown);
runner __real__cmocka_run_group_tests;
runner __wrap__cmocka_run_group_tests;

/* The reason to leave out the test `name`, up to the end of its line; NULL: it is to run. */
static const char *reason_of(const char *name)
{
    const size_t len = strlen(name);
    const char *line = getenv("STATOR_TEST_LEFT_OUT");
    while (line != NULL) {
        if (strncmp(line, name, len) == 0 && line[len] == ' ') return line + len + 1;
        line = strchr(line, '\n');
        if (line != NULL) line++;
    }
    return NULL;
}

int __wrap__cmocka_run_group_tests(const char *group, const struct CMUnitTest *tests, size_t count,
                                   CMFixtureFunction setup, CMFixtureFunction teardown)
{
    static struct CMUnitTest kept[TESTS_MAX];
    size_t kept_count = 0;
    assert_in_range(count, 0, TESTS_MAX);
    for (size_t i = 0; i < count; i++) {
        const char *reason = reason_of(tests[i].name);
        if (reason == NULL) {
            kept[kept_count++] = tests[i];
        } else {
            print_message("[ LEFT OUT ] %s: %.*s\n", tests[i].name, (int)strcspn(reason, "\n"),
                          reason);
        }
    }
    return __real__cmocka_run_group_tests(group, kept, kept_count, setup, teardown);
}
