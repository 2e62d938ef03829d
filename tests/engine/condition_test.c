/* condition_test.c -- a condition decides a write, and tells the truth when it fails.
 *
 * The tests named by the document "PRD: Condition Expressions" stand under its names. Each checks
 * the answer and what the table holds afterwards.
 */
#include "engine/fixture.h"

#define KEY "{\"pk\":{\"S\":\"a\"}}"
#define ITEM "{\"n\":{\"N\":\"1\"},\"pk\":{\"S\":\"a\"}}"
#define OTHER "{\"n\":{\"N\":\"2\"},\"pk\":{\"S\":\"a\"}}"

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

static void put_item(const char *item)
{
    struct fixture_write put = {.verb = ENGINE_PUT, .table = "t", .item = item};
    assert_int_equal(fixture_write(&f, &put), ST_OK);
}

static void assert_holds(const char *item)
{
    const char *stored = fixture_get(&f, "t", KEY);
    if (item == NULL) {
        assert_null(stored);
        return;
    }
    assert_non_null(stored);
    assert_string_equal(stored, item);
}

static void assert_refused(struct fixture_write *write)
{
    assert_int_equal(fixture_write(&f, write), ST_CONDITION_FAILED);
    support_assert_text(error_text(&f.err), "The conditional request failed");
}

static void test_put_condition_attribute_not_exists_passes(void **state)
{
    (void)state;
    struct fixture_write put = {
        .verb = ENGINE_PUT, .table = "t", .item = ITEM, .condition = "attribute_not_exists(pk)"};
    assert_int_equal(fixture_write(&f, &put), ST_OK);
    assert_holds(ITEM);
}

static void test_put_condition_attribute_not_exists_fails(void **state)
{
    (void)state;
    put_item(ITEM);
    struct fixture_write put = {
        .verb = ENGINE_PUT, .table = "t", .item = OTHER, .condition = "attribute_not_exists(pk)"};
    assert_refused(&put);
    assert_holds(ITEM);
}

static void test_put_condition_attribute_exists_passes(void **state)
{
    (void)state;
    put_item(ITEM);
    struct fixture_write put = {
        .verb = ENGINE_PUT, .table = "t", .item = OTHER, .condition = "attribute_exists(pk)"};
    assert_int_equal(fixture_write(&f, &put), ST_OK);
    assert_holds(OTHER);
}

static void test_put_without_condition_always_succeeds(void **state)
{
    (void)state;
    put_item(ITEM);
    put_item(OTHER);
    assert_holds(OTHER);
}

static void test_put_returning_old_with_condition(void **state)
{
    (void)state;
    put_item(ITEM);
    struct fixture_write put = {.verb = ENGINE_PUT,
                                .table = "t",
                                .item = OTHER,
                                .condition = "n = :one",
                                .values = "{\":one\":{\"N\":\"1\"}}",
                                .returns = ENGINE_RETURN_ALL_OLD};
    assert_int_equal(fixture_write(&f, &put), ST_OK);
    assert_string_equal(put.returned, ITEM);
    assert_holds(OTHER);
    assert_refused(&put);
    assert_null(put.returned);
}

static void test_delete_condition_eq_passes(void **state)
{
    (void)state;
    put_item(ITEM);
    struct fixture_write delete = {.verb = ENGINE_DELETE,
                                   .table = "t",
                                   .item = KEY,
                                   .condition = "n = :one",
                                   .values = "{\":one\":{\"N\":\"1\"}}"};
    assert_int_equal(fixture_write(&f, &delete), ST_OK);
    assert_holds(NULL);
}

static void test_delete_condition_eq_fails(void **state)
{
    (void)state;
    put_item(ITEM);
    struct fixture_write delete = {.verb = ENGINE_DELETE,
                                   .table = "t",
                                   .item = KEY,
                                   .condition = "n = :two",
                                   .values = "{\":two\":{\"N\":\"2\"}}"};
    assert_refused(&delete);
    assert_holds(ITEM);
}

static void test_condition_compound_and_or(void **state)
{
    (void)state;
    static const struct {
        const char *condition;
        status expected;
    } cases[] = {
        {"n = :one AND attribute_exists(pk)",               ST_OK              },
        {"n = :two AND attribute_exists(pk)",               ST_CONDITION_FAILED},
        {"n = :two OR attribute_exists(pk) AND :one = n",   ST_OK              },
        {"(n = :two OR attribute_exists(pk)) AND n = :two", ST_CONDITION_FAILED},
        {"NOT n = :two AND n < :two AND :one <> :two",      ST_OK              },
        {"NOT (n = :one OR n = :two)",                      ST_CONDITION_FAILED},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        put_item(ITEM);
        struct fixture_write put = {.verb = ENGINE_PUT,
                                    .table = "t",
                                    .item = OTHER,
                                    .condition = cases[i].condition,
                                    .values = "{\":one\":{\"N\":\"1\"},\":two\":{\"N\":\"2\"}}"};
        if (strstr(cases[i].condition, ":one") == NULL) put.values = "{\":two\":{\"N\":\"2\"}}";
        if (strstr(cases[i].condition, ":two") == NULL) put.values = "{\":one\":{\"N\":\"1\"}}";
        assert_int_equal(fixture_write(&f, &put), cases[i].expected);
        assert_holds(cases[i].expected == ST_OK ? OTHER : ITEM);
    }
}

static void test_condition_on_nonexistent_item(void **state)
{
    (void)state;
    static const struct {
        const char *condition;
        bool holds;
    } cases[] = {
        {"attribute_not_exists(n)", true },
        {"attribute_exists(n)",     false},
        {"n <> pk",                 true },
        {"n = pk",                  false},
        {"size(n) < size(pk)",      false},
        {"NOT n = pk",              true },
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct fixture_write delete = {.verb = ENGINE_DELETE,
                                       .table = "t",
                                       .item = KEY,
                                       .condition = cases[i].condition,
                                       .old_on_failure = true};
        const status expected = cases[i].holds ? ST_OK : ST_CONDITION_FAILED;
        assert_int_equal(fixture_write(&f, &delete), expected);
        assert_null(delete.returned);
        assert_int_equal(delete.write_units, 1);
        assert_holds(NULL);
    }
}

static void test_condition_check_failed_error(void **state)
{
    (void)state;
    put_item(ITEM);
    struct fixture_write put = {.verb = ENGINE_PUT,
                                .table = "t",
                                .item = OTHER,
                                .condition = "attribute_not_exists(pk)",
                                .old_on_failure = true};
    assert_refused(&put);
    assert_string_equal(put.returned, ITEM);
    put.old_on_failure = false;
    assert_refused(&put);
    assert_null(put.returned);
}

static void test_update_with_condition_passes(void **state)
{
    (void)state;
    put_item(ITEM);
    struct fixture_write update = {.verb = ENGINE_UPDATE,
                                   .table = "t",
                                   .item = KEY,
                                   .update = "SET n = n + :one",
                                   .condition = "n = :one",
                                   .values = "{\":one\":{\"N\":\"1\"}}"};
    assert_int_equal(fixture_write(&f, &update), ST_OK);
    assert_holds(OTHER);
}

static void test_update_with_condition_fails(void **state)
{
    (void)state;
    put_item(ITEM);
    struct fixture_write update = {.verb = ENGINE_UPDATE,
                                   .table = "t",
                                   .item = KEY,
                                   .update = "SET n = n + :one",
                                   .condition = "n > :one",
                                   .values = "{\":one\":{\"N\":\"1\"}}",
                                   .returns = ENGINE_RETURN_ALL_NEW};
    assert_refused(&update);
    assert_null(update.returned);
    assert_holds(ITEM);
}

static void test_update_with_condition_on_nonexistent(void **state)
{
    (void)state;
    struct fixture_write update = {.verb = ENGINE_UPDATE,
                                   .table = "t",
                                   .item = KEY,
                                   .update = "SET n = :one",
                                   .condition = "attribute_not_exists(pk)",
                                   .values = "{\":one\":{\"N\":\"1\"}}"};
    assert_int_equal(fixture_write(&f, &update), ST_OK);
    assert_holds(ITEM);
    assert_refused(&update);
    assert_holds(ITEM);
}

static void test_refused_condition_changes_no_count(void **state)
{
    (void)state;
    struct engine_description before = {0}, after = {0};
    put_item(ITEM);
    assert_int_equal(engine_table_describe(f.engine, SPAN("t"), &before, &f.err), ST_OK);
    struct fixture_write put = {.verb = ENGINE_PUT,
                                .table = "t",
                                .item = "{\"pk\":{\"S\":\"a\"},\"long\":{\"S\":\"xxxxxxxxxxxx\"}}",
                                .condition = "attribute_not_exists(pk)"};
    assert_refused(&put);
    assert_int_equal(engine_table_describe(f.engine, SPAN("t"), &after, &f.err), ST_OK);
    assert_int_equal(after.item_count, 1);
    assert_int_equal(after.item_bytes, before.item_bytes);
    table_drop(before.table);
    table_drop(after.table);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_put_condition_attribute_not_exists_passes),
        TEST(test_put_condition_attribute_not_exists_fails),
        TEST(test_put_condition_attribute_exists_passes),
        TEST(test_put_without_condition_always_succeeds),
        TEST(test_put_returning_old_with_condition),
        TEST(test_delete_condition_eq_passes),
        TEST(test_delete_condition_eq_fails),
        TEST(test_condition_compound_and_or),
        TEST(test_condition_on_nonexistent_item),
        TEST(test_condition_check_failed_error),
        TEST(test_update_with_condition_passes),
        TEST(test_update_with_condition_fails),
        TEST(test_update_with_condition_on_nonexistent),
        TEST(test_refused_condition_changes_no_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
