/* help_test.c -- engine_help: a caller that waits for its own writes, in its own process.
 *
 * Everything that can be written is written by a caller that helps, beside one that does not, as a
 * server over the same store would: the answers are the same. Who runs what is the store's, and in
 * its help_test.c.
 */
#include <pthread.h>
#include <stdio.h>

#include "engine/fixture.h"

enum { CALLERS = 6, WRITES = 60 };

#define KEY_A "{\"pk\":{\"S\":\"a\"}}"
#define ITEM "{\"pk\":{\"S\":\"a\"},\"n\":{\"N\":\"1\"}}"
#define KEY_B "{\"pk\":{\"S\":\"b\"}}"

static struct fixture f;

static int set_up(void **state)
{
    (void)state;
    fixture_open(&f, NULL);
    f.leads = true;
    fixture_table(&f, "t", "pk:S", NULL);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fixture_close(&f);
    return 0;
}

static void test_help__every_kind_of_write_is_answered(void **state)
{
    (void)state;
    struct fixture_write writes[] = {
        {.verb = ENGINE_PUT, .table = "t",  .item = ITEM             },
        { .verb = ENGINE_UPDATE,      .table = "t", .item = KEY_A, .update = "SET n = n + n"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(writes); i++)
        assert_int_equal(fixture_write(&f, &writes[i]), ST_OK);
    assert_string_equal(fixture_get(&f, "t", KEY_A), "{\"n\":{\"N\":\"2\"},\"pk\":{\"S\":\"a\"}}");

    struct fixture_write both[] = {
        {.verb = ENGINE_DELETE, .table = "t", .item = KEY_A},
        {.verb = ENGINE_PUT,    .table = "t", .item = KEY_B},
    };
    struct fixture_many many = {.writes = both, .count = 2, .transaction = true};
    assert_int_equal(fixture_many(&f, &many), ST_OK);
    assert_null(fixture_get(&f, "t", KEY_A));
    assert_non_null(fixture_get(&f, "t", KEY_B));
}

static void test_help__a_refusal_is_answered_too(void **state)
{
    (void)state;
    struct fixture_write write = {
        .verb = ENGINE_PUT, .table = "t", .item = KEY_A, .condition = "attribute_exists(pk)"};
    assert_int_equal(fixture_write(&f, &write), ST_CONDITION_FAILED);
    write.table = "missing";
    assert_int_equal(fixture_write(&f, &write), ST_NOT_FOUND); /* at once: nobody helps */
}

/* ---- beside others */

struct caller {
    struct fixture f;
    pthread_t thread;
    size_t failed;
};

static void *caller_main(void *ctx)
{
    struct caller *caller = ctx;
    for (size_t i = 0; i < WRITES; i++) {
        struct fixture_write write = {.verb = ENGINE_UPDATE,
                                      .table = "t",
                                      .item = "{\"pk\":{\"S\":\"sum\"}}",
                                      .update = "ADD n :one",
                                      .values = "{\":one\":{\"N\":\"1\"}}"};
        caller->failed += fixture_write(&caller->f, &write) != ST_OK;
    }
    return NULL;
}

static void test_help__callers_that_help_and_others_lose_no_update(void **state)
{
    (void)state;
    static struct caller callers[CALLERS];
    char expected[100];
    for (size_t i = 0; i < CALLERS; i++) {
        callers[i].failed = 0;
        fixture_share(&f, &callers[i].f);
        callers[i].f.leads = i % 2 == 0;
        assert_int_equal(pthread_create(&callers[i].thread, NULL, caller_main, &callers[i]), 0);
    }
    for (size_t i = 0; i < CALLERS; i++) {
        pthread_join(callers[i].thread, NULL);
        assert_int_equal(callers[i].failed, 0);
        fixture_unshare(&callers[i].f);
    }
    (void)snprintf(expected, sizeof expected, "{\"n\":{\"N\":\"%d\"},\"pk\":{\"S\":\"sum\"}}",
                   CALLERS * WRITES);
    assert_string_equal(fixture_get(&f, "t", "{\"pk\":{\"S\":\"sum\"}}"), expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_help__every_kind_of_write_is_answered, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_help__a_refusal_is_answered_too, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_help__callers_that_help_and_others_lose_no_update,
                                        set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
