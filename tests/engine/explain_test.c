/* explain_test.c -- explanations are of the very item that was judged, and change nothing.
 *
 * What an explanation says of a condition is tested in tests/expr/explain_test.c, how it is shown
 * in tests/api and tests/spec/explain.test; here is when there is one, and of which item.
 */
#include <stdio.h>

#include "engine/fixture.h"
#include "item/number.h"
#include "os/thread.h"

#define KEY "{\"pk\":{\"S\":\"a\"}}"
#define ONE "{\":one\":{\"N\":\"1\"}}"

enum { THREADS = 4, TURNS = 200 };

static struct fixture f;

static int set_up(void **state)
{
    (void)state;
    fixture_open(&f, NULL);
    fixture_table(&f, "t", "pk:S", NULL);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fixture_close(&f);
    return 0;
}

static const struct fixture_write guarded = {
    .verb = ENGINE_UPDATE,
    .table = "t",
    .item = KEY,
    .update = "ADD n :one",
    .condition = "attribute_not_exists(n) OR n < :one",
    .values = ONE,
};

static void
test_explain__there_is_one_where_a_condition_was_judged_and_it_was_asked_for(void **state)
{
    (void)state;
    struct fixture_write write = guarded;
    assert_int_equal(fixture_write(&f, &write), ST_OK);
    assert_null(write.explanation);

    write.explains = true;
    assert_int_equal(fixture_write(&f, &write), ST_CONDITION_FAILED);
    assert_non_null(write.explanation);
    assert_false(write.explanation->holds);
    assert_true(write.explanation->has_item);
    assert_int_equal(write.explanation->reason_count, 2);

    write.item = "{\"pk\":{\"S\":\"b\"}}";
    assert_int_equal(fixture_write(&f, &write), ST_OK);
    assert_true(write.explanation->holds);
    assert_false(write.explanation->has_item);

    write.condition = NULL;
    assert_int_equal(fixture_write(&f, &write), ST_OK);
    assert_null(write.explanation);

    struct fixture_write versioned = guarded;
    versioned.explains = versioned.has_version = true;
    versioned.if_version = 1;
    assert_int_equal(fixture_write(&f, &versioned), ST_VERSION);
    assert_null(versioned.explanation); /* the version comes before the condition */
}

/* Every answer and cost is as it would be unasked. */
static void test_explain__changes_no_answer(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++) {
        struct fixture_write plain = guarded, asked = guarded;
        plain.item = KEY;
        asked.item = "{\"pk\":{\"S\":\"b\"}}";
        plain.returns = asked.returns = ENGINE_RETURN_UPDATED_NEW;
        asked.explains = true;
        assert_int_equal(fixture_write(&f, &plain), fixture_write(&f, &asked));
        assert_int_equal(plain.write_units, asked.write_units);
        assert_int_equal(plain.returned == NULL, asked.returned == NULL);
        if (plain.returned != NULL) assert_string_equal(plain.returned, asked.returned);
    }
}

static void test_explain__a_transaction_has_one_for_each_of_its_conditions(void **state)
{
    (void)state;
    struct fixture_write writes[3] = {
        guarded, {.verb = ENGINE_PUT, .table = "t", .item = "{\"pk\":{\"S\":\"c\"}}"},
         guarded
    };
    struct fixture_many many = {.writes = writes, .count = 3, .transaction = true};
    assert_int_equal(fixture_write(&f, &(struct fixture_write){.verb = ENGINE_PUT,
                                                               .table = "t",
                                                               .item = "{\"n\":{\"N\":\"7\"},"
                                                                       "\"pk\":{\"S\":\"b\"}}"}),
                     ST_OK);
    writes[2].item = "{\"pk\":{\"S\":\"b\"}}";
    for (int i = 0; i < 3; i++) writes[i].explains = true;
    assert_int_equal(fixture_many(&f, &many), ST_TX_CANCELED);
    assert_true(writes[0].explanation->holds);
    assert_null(writes[1].explanation);
    assert_false(writes[2].explanation->holds);
    assert_int_equal(writes[2].explanation->reasons[1].held, false);
}

static void test_explain__an_expired_item_is_none(void **state)
{
    (void)state;
    struct fixture_write put = {
        .verb = ENGINE_PUT,
        .table = "t",
        .item = "{\"expires\":{\"N\":\"1699999999\"},\"n\":{\"N\":\"7\"},\"pk\":{\"S\":\"a\"}}"};
    assert_int_equal(fixture_ttl(&f, "t", "expires", true), ST_OK);
    assert_int_equal(fixture_write(&f, &put), ST_OK);
    struct fixture_write write = guarded;
    write.explains = true;
    assert_int_equal(fixture_write(&f, &write), ST_OK);
    assert_true(write.explanation->holds);
    assert_false(write.explanation->has_item);
    assert_int_equal(write.explanation->reasons[0].seen[0].value.type, VALUE_NONE);
}

/* ---- many threads at one counter */

static void assert_told(const struct fixture_write *write, int64_t expected, bool held)
{
    const struct expr_explanation *told = write->explanation;
    int64_t seen = 0;
    assert_non_null(told);
    assert_int_equal(told->holds, held);
    assert_int_equal(told->reason_count, 1);
    assert_true(number_to_i64(told->reasons[0].seen[0].value.body, &seen));
    assert_int_equal(seen == expected, held);
}

/* Count on, from what was seen last. */
static void count_on(void *ctx)
{
    struct fixture *mine = ctx;
    int64_t expected = 0;
    for (int i = 0; i < TURNS; i++) {
        char values[80];
        (void)snprintf(values, sizeof values, "{\":n\":{\"N\":\"%d\"},\":one\":{\"N\":\"1\"}}",
                       (int)expected);
        struct fixture_write write = {.verb = ENGINE_UPDATE,
                                      .table = "t",
                                      .item = KEY,
                                      .update = "ADD n :one",
                                      .condition = "n = :n",
                                      .values = values,
                                      .explains = true};
        const status st = fixture_write(mine, &write);
        assert_true(st == ST_OK || st == ST_CONDITION_FAILED);
        assert_told(&write, expected, st == ST_OK);
        assert_true(number_to_i64(write.explanation->reasons[0].seen[0].value.body, &expected));
        if (st == ST_OK) expected++;
    }
}

static void test_explain__is_of_the_item_that_was_judged_whoever_else_writes_it(void **state)
{
    (void)state;
    struct fixture shared[THREADS];
    struct thread threads[THREADS];
    struct fixture_write put = {
        .verb = ENGINE_PUT, .table = "t", .item = "{\"n\":{\"N\":\"0\"},\"pk\":{\"S\":\"a\"}}"};
    assert_int_equal(fixture_write(&f, &put), ST_OK);
    for (int i = 0; i < THREADS; i++) {
        fixture_share(&f, &shared[i]);
        assert_int_equal(thread_start(&threads[i], "counter", count_on, &shared[i]), ST_OK);
    }
    for (int i = 0; i < THREADS; i++) {
        thread_join(&threads[i]);
        fixture_unshare(&shared[i]);
    }
}

/* ---- pages */

static void put_items(int count, const char *more)
{
    for (int i = 0; i < count; i++) {
        char item[256];
        (void)snprintf(item, sizeof item, "{%s\"n\":{\"N\":\"%d\"},\"pk\":{\"S\":\"p%d\"}}", more,
                       i, i);
        struct fixture_write put = {.verb = ENGINE_PUT, .table = "t", .item = item};
        assert_int_equal(fixture_write(&f, &put), ST_OK);
    }
}

static void test_page__work_is_what_was_read_and_why_it_ended(void **state)
{
    (void)state;
    put_items(9, "");
    struct fixture_page page = {.table = "t", .filter = "n > :one", .values = ONE};
    assert_int_equal(fixture_page(&f, &page), ST_OK);
    assert_int_equal(page.page.scanned, 9);
    assert_int_equal(page.page.count, 7);
    assert_int_equal(page.page.work.end, ENGINE_PAGE_ALL);
    assert_int_equal(page.page.work.bytes, 8 * 7 + 6); /* pk, p1, n, and 2 for a digit; 0 has 1 */
    assert_int_equal(page.page.work.expired, 0);
    assert_int_equal(page.page.work.fetched, 0);

    page.page = (struct engine_page){.limit = 9};
    assert_int_equal(fixture_page(&f, &page), ST_OK);
    assert_int_equal(page.page.work.end, ENGINE_PAGE_LIMIT);
}

static void test_page__expired_items_are_told_apart(void **state)
{
    (void)state;
    put_items(3, "\"expires\":{\"N\":\"1699999999\"},");
    assert_int_equal(fixture_ttl(&f, "t", "expires", true), ST_OK);
    put_items(1, "");
    struct fixture_page page = {.table = "t"};
    assert_int_equal(fixture_page(&f, &page), ST_OK);
    assert_int_equal(page.page.scanned, 1);
    assert_int_equal(page.page.work.expired, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            test_explain__there_is_one_where_a_condition_was_judged_and_it_was_asked_for, set_up,
            tear_down),
        cmocka_unit_test_setup_teardown(test_explain__changes_no_answer, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_explain__a_transaction_has_one_for_each_of_its_conditions, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_explain__an_expired_item_is_none, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_explain__is_of_the_item_that_was_judged_whoever_else_writes_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_page__work_is_what_was_read_and_why_it_ended, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_page__expired_items_are_told_apart, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("engine explain", tests, NULL, NULL);
}
