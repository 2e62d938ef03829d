/* error_test.c -- a failure keeps its status, its words and its place, even without memory. */
#include "support/support.h"

static struct arena arena;

static int set_up(void **state)
{
    (void)state;
    arena_init(&arena, support_mem(), 64 << 10);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_deinit(&arena);
    support_mem_check();
    return 0;
}

static status refuse(struct error *err, const char *name)
{
    return FAIL(err, ST_VALIDATION, "no %s at %d", name, 7);
}

static void test_fail__keeps_status_text_and_place(void **state)
{
    (void)state;
    struct error err = error_in(&arena);
    assert_int_equal(err.status, ST_OK);
    char name[] = "table";
    assert_int_equal(refuse(&err, name), ST_VALIDATION);
    memset(name, 'x', sizeof name - 1);
    assert_int_equal(err.status, ST_VALIDATION);
    support_assert_text(error_text(&err), "no table at 7");
    assert_non_null(strstr(err.where, "error_test.c:"));
}

static void test_fail__replaces_what_was_said_before(void **state)
{
    (void)state;
    struct error err = error_in(&arena);
    assert_int_equal(refuse(&err, "table"), ST_VALIDATION);
    assert_int_equal(FAIL_PLAIN(&err, ST_CORRUPT), ST_CORRUPT);
    support_assert_text(error_text(&err), "The server found damaged data");
}

static void test_fail__says_the_default_when_there_is_no_memory(void **state)
{
    (void)state;
    struct error err = error_in(&arena);
    support_mem_fail_at(1);
    assert_int_equal(refuse(&err, "table"), ST_VALIDATION);
    assert_true(support_mem_failed());
    support_assert_text(error_text(&err), "The request is not valid");
}

static void test_fail__says_the_default_when_the_text_is_too_long(void **state)
{
    (void)state;
    struct error err = error_in(&arena);
    assert_int_equal(FAIL(&err, ST_LIMIT, "%*d", 100000, 1), ST_LIMIT);
    support_assert_text(error_text(&err), "A size limit was exceeded");
}

static status try_plain(struct error *err, status st)
{
    TRY_PLAIN(err, st);
    return ST_OK;
}

static void test_try_plain__passes_failures_up_and_success_on(void **state)
{
    (void)state;
    struct error err = error_in(&arena);
    assert_int_equal(try_plain(&err, ST_OK), ST_OK);
    assert_int_equal(err.status, ST_OK);
    assert_int_equal(try_plain(&err, ST_IO), ST_IO);
    assert_int_equal(err.status, ST_IO);
}

/* What the wire shows of a status: a code it can be, a type where it leaves the process. */
static void test_status__every_outcome_has_its_facts(void **state)
{
    (void)state;
    for (unsigned st = 0; st < STATUS_COUNT; st++) {
        const struct status_info *info = status_info((status)st);
        assert_non_null(info->name);
        assert_true(info->http == 200 || (info->http >= 400 && info->http < 600));
        assert_int_equal(info->http == 200, st == ST_OK);
        if (info->wire != NULL) assert_non_null(strchr(info->wire, '#'));
    }
    assert_string_equal(status_info(ST_CONDITION_FAILED)->wire,
                        "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException");
    assert_string_equal(status_info(ST_CONDITION_FAILED)->name, "CONDITION_FAILED");
    assert_int_equal(status_info(ST_NO_MEMORY)->http, 500);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(test_fail__keeps_status_text_and_place),
        TEST(test_fail__replaces_what_was_said_before),
        TEST(test_fail__says_the_default_when_there_is_no_memory),
        TEST(test_fail__says_the_default_when_the_text_is_too_long),
        TEST(test_try_plain__passes_failures_up_and_success_on),
        TEST(test_status__every_outcome_has_its_facts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
