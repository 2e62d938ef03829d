/* write_test.c -- what writes return, cost and refuse. */
#include <stdio.h>

#include "engine/fixture.h"

#define KEY "{\"pk\":{\"S\":\"a\"}}"

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

static void assert_same(const char *actual, const char *expected)
{
    if (expected == NULL) {
        assert_null(actual);
        return;
    }
    assert_non_null(actual);
    assert_string_equal(actual, expected);
}

static void test_update__returns_what_was_asked(void **state)
{
    (void)state;
    /* clang-format off */
    static const struct {
        engine_return returns;
        const char *stored, *update, *expected;
    } cases[] = {
#define OLD "{\"m\":{\"M\":{\"x\":{\"N\":\"1\"},\"y\":{\"N\":\"2\"}}},\"pk\":{\"S\":\"a\"}}"
#define NEW "{\"m\":{\"M\":{\"x\":{\"N\":\"9\"},\"y\":{\"N\":\"2\"}}},\"pk\":{\"S\":\"a\"}}"
        {ENGINE_RETURN_NONE,        OLD,  "SET m.x = :n", NULL},
        {ENGINE_RETURN_ALL_OLD,     OLD,  "SET m.x = :n", OLD},
        {ENGINE_RETURN_ALL_NEW,     OLD,  "SET m.x = :n", NEW},
        {ENGINE_RETURN_UPDATED_OLD, OLD,  "SET m.x = :n", "{\"m\":{\"M\":{\"x\":{\"N\":\"1\"}}}}"},
        {ENGINE_RETURN_UPDATED_NEW, OLD,  "SET m.x = :n", "{\"m\":{\"M\":{\"x\":{\"N\":\"9\"}}}}"},
        {ENGINE_RETURN_UPDATED_OLD, OLD,  "SET z = :n",   NULL},
        {ENGINE_RETURN_ALL_OLD,     NULL, "SET z = :n",   NULL},
        {ENGINE_RETURN_UPDATED_OLD, NULL, "SET z = :n",   NULL},
        {ENGINE_RETURN_ALL_NEW,     NULL, "SET z = :n",
         "{\"pk\":{\"S\":\"a\"},\"z\":{\"N\":\"9\"}}"},
        {ENGINE_RETURN_UPDATED_NEW, OLD,  "REMOVE m.x",   NULL},
    };
    /* clang-format on */
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct fixture_write delete = {.verb = ENGINE_DELETE, .table = "t", .item = KEY};
        assert_int_equal(fixture_write(&f, &delete), ST_OK);
        if (cases[i].stored != NULL) put_item(cases[i].stored);
        const bool uses_value = strstr(cases[i].update, ":n") != NULL;
        struct fixture_write update = {.verb = ENGINE_UPDATE,
                                       .table = "t",
                                       .item = KEY,
                                       .update = cases[i].update,
                                       .values = uses_value ? "{\":n\":{\"N\":\"9\"}}" : NULL,
                                       .returns = cases[i].returns};
        assert_int_equal(fixture_write(&f, &update), ST_OK);
        assert_same(update.returned, cases[i].expected);
    }
}

static void test_update__remove_or_delete_alone_makes_no_item(void **state)
{
    (void)state;
    static const char *const updates[] = {"REMOVE n", "DELETE s :s"};
    for (size_t i = 0; i < ARRAY_COUNT(updates); i++) {
        struct fixture_write update = {.verb = ENGINE_UPDATE,
                                       .table = "t",
                                       .item = KEY,
                                       .update = updates[i],
                                       .values = i == 1 ? "{\":s\":{\"SS\":[\"x\"]}}" : NULL,
                                       .returns = ENGINE_RETURN_ALL_NEW};
        assert_int_equal(fixture_write(&f, &update), ST_OK);
        assert_null(update.returned);
        assert_null(fixture_get(&f, "t", KEY));
    }
}

static void test_update__without_an_expression_makes_the_item(void **state)
{
    (void)state;
    struct fixture_write update = {
        .verb = ENGINE_UPDATE, .table = "t", .item = KEY, .returns = ENGINE_RETURN_ALL_NEW};
    assert_int_equal(fixture_write(&f, &update), ST_OK);
    assert_same(update.returned, KEY);
    assert_same(fixture_get(&f, "t", KEY), KEY);
}

static void test_update__a_key_attribute_is_never_changed(void **state)
{
    (void)state;
    struct fixture_write update = {.verb = ENGINE_UPDATE,
                                   .table = "t",
                                   .item = KEY,
                                   .update = "SET pk = :v",
                                   .values = "{\":v\":{\"S\":\"b\"}}"};
    assert_int_equal(fixture_write(&f, &update), ST_VALIDATION);
    support_assert_text(error_text(&f.err),
                        "One or more parameter values were invalid: Cannot update attribute pk. "
                        "This attribute is part of the key");
}

static void test_update__a_failed_expression_changes_nothing(void **state)
{
    (void)state;
    put_item(KEY);
    struct fixture_write update = {.verb = ENGINE_UPDATE,
                                   .table = "t",
                                   .item = KEY,
                                   .update = "SET a = :v, b = absent1",
                                   .values = "{\":v\":{\"S\":\"b\"}}"};
    assert_int_equal(fixture_write(&f, &update), ST_VALIDATION);
    support_assert_text(error_text(&f.err),
                        "The provided expression refers to an attribute that does not exist in "
                        "the item");
    assert_same(fixture_get(&f, "t", KEY), KEY);
}

static void test_keys__that_do_not_fit_the_table_are_refused(void **state)
{
    (void)state;
    static const struct {
        engine_verb verb;
        const char *item, *message;
    } cases[] = {
        {ENGINE_PUT,    "{\"n\":{\"N\":\"1\"}}",
         "One or more parameter values were invalid: Missing the key pk in the item"},
        {ENGINE_PUT,    "{\"pk\":{\"N\":\"1\"}}",
         "One or more parameter values were invalid: Type mismatch for key pk expected: S actual: "
         "N"                                                                        },
        {ENGINE_PUT,    "{\"pk\":{\"S\":\"\"}}",
         "One or more parameter values are not valid. The AttributeValue for a key attribute "
         "cannot contain an empty string value. Key: pk"                            },
        {ENGINE_DELETE, "{\"pk\":{\"N\":\"1\"}}",
         "The provided key element does not match the schema"                       },
        {ENGINE_DELETE, "{\"pk\":{\"S\":\"a\"},\"sk\":{\"S\":\"a\"}}",
         "The provided key element does not match the schema"                       },
        {ENGINE_UPDATE, "{\"sk\":{\"S\":\"a\"}}",
         "The provided key element does not match the schema"                       },
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct fixture_write write = {.verb = cases[i].verb, .table = "t", .item = cases[i].item};
        assert_int_equal(fixture_write(&f, &write), ST_VALIDATION);
        support_assert_text(error_text(&f.err), cases[i].message);
    }
}

static const char *padded(size_t bytes)
{
    char *item = arena_alloc(&f.arena, bytes + 64);
    assert_non_null(item);
    const int at = snprintf(item, 64, "{\"pk\":{\"S\":\"a\"},\"x\":{\"S\":\"");
    memset(item + at, 'x', bytes);
    (void)snprintf(item + (size_t)at + bytes, 8, "\"}}");
    return item;
}

static void test_write_units__are_those_of_the_larger_image(void **state)
{
    (void)state;
    struct fixture_write put = {.verb = ENGINE_PUT, .table = "t", .item = padded(3000)};
    assert_int_equal(fixture_write(&f, &put), ST_OK);
    assert_int_equal(put.write_units, 3);
    put.item = padded(10);
    assert_int_equal(fixture_write(&f, &put), ST_OK);
    assert_int_equal(put.write_units, 3);
    assert_int_equal(fixture_write(&f, &put), ST_OK);
    assert_int_equal(put.write_units, 1);
    struct fixture_write delete = {.verb = ENGINE_DELETE, .table = "t", .item = KEY};
    assert_int_equal(fixture_write(&f, &delete), ST_OK);
    assert_int_equal(delete.write_units, 1);
    assert_int_equal(fixture_write(&f, &delete), ST_OK);
    assert_int_equal(delete.write_units, 1);
}

static void test_item_size__is_limited_to_400_kb_after_an_update(void **state)
{
    (void)state;
    put_item(padded(LIMIT_ITEM_BYTES - 4 - 3)); /* pk + a + x, and room for the name y and 2 */
    struct fixture_write update = {.verb = ENGINE_UPDATE,
                                   .table = "t",
                                   .item = KEY,
                                   .update = "SET y = :v",
                                   .values = "{\":v\":{\"S\":\"12\"}}"};
    assert_int_equal(fixture_write(&f, &update), ST_OK);
    update.values = "{\":v\":{\"S\":\"123\"}}";
    assert_int_equal(fixture_write(&f, &update), ST_VALIDATION);
    support_assert_text(error_text(&f.err),
                        "Item size to update has exceeded the maximum allowed size");
}

static void test_get__costs_by_size_and_consistency(void **state)
{
    (void)state;
    put_item(padded(5000));
    struct engine_get get = {.table_name = SPAN("t"), .key = fixture_map(&f, KEY)};
    assert_int_equal(engine_get(f.engine, &get, &f.arena, &f.err), ST_OK);
    assert_int_equal(get.half_units, 2);
    get.consistent = true;
    assert_int_equal(engine_get(f.engine, &get, &f.arena, &f.err), ST_OK);
    assert_int_equal(get.half_units, 4);
    get.key = fixture_map(&f, "{\"pk\":{\"S\":\"nobody\"}}");
    assert_int_equal(engine_get(f.engine, &get, &f.arena, &f.err), ST_OK);
    assert_false(get.found);
    assert_int_equal(get.half_units, 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_update__returns_what_was_asked),
        TEST(test_update__remove_or_delete_alone_makes_no_item),
        TEST(test_update__without_an_expression_makes_the_item),
        TEST(test_update__a_key_attribute_is_never_changed),
        TEST(test_update__a_failed_expression_changes_nothing),
        TEST(test_keys__that_do_not_fit_the_table_are_refused),
        TEST(test_write_units__are_those_of_the_larger_image),
        TEST(test_item_size__is_limited_to_400_kb_after_an_update),
        TEST(test_get__costs_by_size_and_consistency),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
