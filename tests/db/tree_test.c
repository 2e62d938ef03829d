/* tree_test.c -- conditions and updates from JSON: every form, and every mistake. */
#include "support/support.h"

#include <stdio.h>

#include "base/buf.h"
#include "db/heap.h"
#include "db/request.h"

static void check(const char *json, const char *expected)
{
    stator_pool *pool = stator_pool_new();
    stator_cond condition = {0};
    if (stator_cond_parse(pool, json, &condition) != STATOR_OK)
        fail_msg("refused: %s: %s", json, stator_error_get()->message);
    request_check_cond(condition, expected);
    stator_pool_free(pool);
    heap_check();
}

static void test_tree__every_form_is_read(void **state)
{
    (void)state;
    /* clang-format off */
    static const struct {
        const char *json, *text, *rest;
    } cases[] = {
        {"{\"Eq\":[{\"Attr\":\"a\"},{\"Literal\":1}]}",  "a = :v0",  " values: :v0={\"N\":\"1\"}"},
        {"{\"Ne\":[{\"Attr\":\"a\"},{\"Literal\":1}]}",  "a <> :v0", " values: :v0={\"N\":\"1\"}"},
        {"{\"Lt\":[{\"Attr\":\"a\"},{\"Attr\":\"b\"}]}", "a < b",    ""                          },
        {"{\"Le\":[{\"Attr\":\"a\"},{\"Attr\":\"b\"}]}", "a <= b",   ""                          },
        {"{\"Gt\":[{\"Size\":\"a\"},{\"Attr\":\"b\"}]}", "size(a) > b", ""                       },
        {"{\"Ge\":[{\"Attr\":\"a\"},{\"Attr\":\"b\"}]}", "a >= b",   ""                          },
    };
    /* clang-format on */
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        char expected[256];
        (void)snprintf(expected, sizeof expected, "condition: %s%s", cases[i].text, cases[i].rest);
        check(cases[i].json, expected);
    }
    check("{\"Between\":[{\"Attr\":\"a.b[2]\"},{\"Literal\":1},{\"Literal\":2.50}]}",
          "condition: a.b[2] BETWEEN :v0 AND :v1 values: :v0={\"N\":\"1\"} :v1={\"N\":\"2.5\"}");
    check("{\"BeginsWith\":[{\"Attr\":\"status\"},\"JP\"]}",
          "condition: begins_with(#n0, :v0) names: #n0=status values: :v0={\"S\":\"JP\"}");
    check("{\"BeginsWith\":[{\"Attr\":\"a\"},{\"Literal\":\"JP\"}]}",
          "condition: begins_with(a, :v0) values: :v0={\"S\":\"JP\"}");
    check("{\"Contains\":[{\"Attr\":\"a\"},[1]]}",
          "condition: contains(a, :v0) values: :v0={\"L\":[{\"N\":\"1\"}]}");
    check("{\"Contains\":[{\"Attr\":\"a\"},{\"Literal\":{\"x\":null}}]}",
          "condition: contains(a, :v0) values: :v0={\"M\":{\"x\":{\"NULL\":true}}}");
    check("{\"AttributeType\":[{\"Attr\":\"a\"},\"SS\"]}",
          "condition: attribute_type(a, :v0) values: :v0={\"S\":\"SS\"}");
    check("{\"In\":[{\"Attr\":\"a\"},[1,{\"Attr\":\"b\"},\"x\"]]}",
          "condition: a IN (:v0, b, :v1) values: :v0={\"N\":\"1\"} :v1={\"S\":\"x\"}");
    check("{\"AttributeExists\":\"a\"}", "condition: attribute_exists(a)");
    check("{\"AttributeNotExists\":\"a\"}", "condition: attribute_not_exists(a)");
    check(" {\"And\":[{\"AttributeExists\":\"a\"},{\"Or\":[{\"AttributeExists\":\"b\"},"
          "{\"Not\":{\"AttributeExists\":\"c\"}}]}]} ",
          "condition: attribute_exists(a) AND (attribute_exists(b) OR NOT (attribute_exists(c)))");
    check("{\"And\":[]}", "");
    check("{\"Or\":[]}",
          "condition: attribute_exists(stator_never) AND attribute_not_exists(stator_never)");
}

static void test_tree__literals_are_plain_json_and_exact(void **state)
{
    (void)state;
    check("{\"Eq\":[{\"Attr\":\"a\"},{\"Literal\":[null,true,\"x\\n\",{\"y\":"
          "0.1000000000000000055511151231257827}]}]}",
          "condition: a = :v0 values: :v0={\"L\":[{\"NULL\":true},{\"BOOL\":true},"
          "{\"S\":\"x\\n\"},{\"M\":{\"y\":{\"N\":\"0.1000000000000000055511151231257827\"}}}]}");
}

static void check_refused(const char *json, stator_rc rc, const char *message)
{
    stator_pool *pool = stator_pool_new();
    stator_cond condition = {0};
    bool holds = false;
    assert_int_equal(stator_cond_parse(pool, json, &condition), rc);
    assert_string_equal(stator_error_get()->message, message);
    /* Whoever does not look at the outcome does not get "no condition". */
    assert_int_equal(stator_cond_check(condition, NULL, &holds), rc);
    assert_string_equal(stator_error_get()->message, message);
    stator_pool_free(pool);
    heap_check();
}

static void test_tree__what_is_no_condition_is_refused(void **state)
{
    (void)state;
    /* clang-format off */
    static const struct {
        const char *json, *message;
    } cases[] = {
        {"", "the text is not JSON at byte 0"},
        {"{\"Eq\":", "the text is not JSON at byte 6"},
        {"[]", "a condition is missing or of another form before byte 1"},
        {"{}", "a condition is missing or of another form before byte 2"},
        {"{\"Xor\":[]}", "there is no condition called \"Xor\""},
        {"{\"Attr\":\"a\"}", "\"Attr\" is an operand and no condition"},
        {"{\"Not\":{\"Literal\":true}}", "\"Literal\" is an operand and no condition"},
        {"{\"Eq\":[{\"Attr\":\"a\"}]}", "an operand is missing or of another form before byte 20"},
        {"{\"Eq\":[{\"Attr\":\"a\"},1]}",
         "an operand is missing or of another form before byte 21"},
        {"{\"Eq\":[{\"Foo\":1},1]}",
         "an operand is {\"Attr\": path}, {\"Size\": path} or {\"Literal\": value}, not "
         "{\"Foo\": ...}"},
        {"{\"Eq\":[{\"Attr\":1},1]}", "a path is missing or of another form before byte 16"},
        {"{\"Eq\":[{\"Attr\":\"a\\u0000\"},1]}", "a path holds a NUL"},
        {"{\"Eq\":[{\"Attr\":\"a\"},{\"Literal\":1},{\"Literal\":1}]}",
         "the end of the operands is missing or of another form before byte 35"},
        {"{\"BeginsWith\":[{\"Attr\":\"a\"}]}",
         "an operand is missing or of another form before byte 28"},
        {"{\"And\":{}}", "a list of conditions is missing or of another form before byte 8"},
        {"{\"AttributeExists\":[]}", "a path is missing or of another form before byte 20"},
        {"{\"AttributeExists\":\"a\",\"Or\":[]}",
         "the end of a condition is missing or of another form before byte 28"},
        {"{\"AttributeExists\":\"a\"} 1", "the text is not JSON at byte 24"},
        {"{\"Eq\":[{\"Attr\":\"a\"},{\"Literal\":1e999}]}",
         "Number overflow. Attempting to store a number with magnitude larger than supported "
         "range"},
    };
    /* clang-format on */
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++)
        check_refused(cases[i].json, STATOR_E_INVALID, cases[i].message);
}

static const char *nested(struct buf *json, size_t levels)
{
    buf_clear(json);
    for (size_t i = 0; i < levels; i++) buf_put_text(json, i % 2 == 0 ? "{\"And\":[" : "{\"Not\":");
    buf_put_text(json, "{\"AttributeExists\":\"a\"}");
    for (size_t i = levels; i > 0; i--) buf_put_text(json, i % 2 == 1 ? "]}" : "}");
    buf_put_u8(json, 0);
    return (const char *)buf_view(json).ptr;
}

static void test_tree__17_levels_are_too_deep(void **state)
{
    (void)state;
    static const char message[] = "expression depth exceeds maximum of 16";
    struct arena arena;
    struct buf json;
    arena_init(&arena, mem_heap(), 1 << 20);
    buf_init(&json, arena_mem(&arena), 1 << 20);
    static const size_t deep[] = {17, 20, 100, 10000};
    for (size_t i = 0; i < ARRAY_COUNT(deep); i++) {
        const char *text = nested(&json, deep[i]);
        stator_pool *pool = stator_pool_new();
        stator_cond condition = {0};
        assert_int_equal(stator_cond_parse(pool, text, &condition), STATOR_E_TOO_DEEP);
        assert_string_equal(stator_error_get()->message, message);
        stator_pool_free(pool);
    }
    stator_pool *pool = stator_pool_new();
    stator_cond condition = {0};
    assert_int_equal(stator_cond_parse(pool, nested(&json, 16), &condition), STATOR_OK);
    stator_pool_free(pool);
    arena_deinit(&arena);
    heap_check();
}

static void test_tree__null_is_misuse(void **state)
{
    (void)state;
    stator_pool *pool = stator_pool_new();
    stator_cond condition = {0};
    stator_upd update = {0};
    bool holds = false;
    assert_int_equal(stator_cond_parse(NULL, "{}", &condition), STATOR_E_MISUSE);
    assert_int_equal(stator_cond_check(condition, NULL, &holds), STATOR_E_MISUSE);
    assert_int_equal(stator_cond_parse(pool, NULL, &condition), STATOR_E_MISUSE);
    assert_int_equal(stator_upd_parse(NULL, "[]", &update), STATOR_E_MISUSE);
    assert_int_equal(stator_upd_parse(pool, NULL, &update), STATOR_E_MISUSE);
    assert_int_equal(stator_cond_parse(pool, "{\"And\":[]}", NULL), STATOR_OK);
    stator_pool_free(pool);
    heap_check();
}

static void check_update(const char *json, const char *expected)
{
    stator_pool *pool = stator_pool_new();
    stator_upd update = {0};
    if (stator_upd_parse(pool, json, &update) != STATOR_OK)
        fail_msg("refused: %s: %s", json, stator_error_get()->message);
    request_check_upd(update, expected);
    stator_pool_free(pool);
    heap_check();
}

static void test_tree__updates_are_read(void **state)
{
    (void)state;
    check_update("[{\"action\":\"SET\",\"path\":\"a.status\",\"value\":{\"x\":1}},"
                 "{\"path\":\"b\",\"action\":\"remove\"},"
                 "{\"value\":5,\"action\":\"Add\",\"path\":\"n\"}]",
                 "update: SET a.#n0 = :v0 REMOVE b ADD n :v1 names: #n0=status "
                 "values: :v0={\"M\":{\"x\":{\"N\":\"1\"}}} :v1={\"N\":\"5\"}");
    check_update("[{\"action\":\"ADD\",\"path\":\"s\",\"value\":[\"b\",\"a\"]},"
                 "{\"action\":\"DELETE\",\"path\":\"n\",\"value\":[2,1.0]}]",
                 "update: ADD s :v0 DELETE n :v1 values: :v0={\"SS\":[\"a\",\"b\"]} "
                 ":v1={\"NS\":[\"1\",\"2\"]}");
    check_update("[{\"action\":\"SET\",\"path\":\"l\",\"value\":[\"b\"]}]",
                 "update: SET l = :v0 values: :v0={\"L\":[{\"S\":\"b\"}]}");
    check_update("[{\"action\":\"SET\",\"path\":\"z\",\"value\":null}]",
                 "update: SET z = :v0 values: :v0={\"NULL\":true}");
    check_update("[]", "");
}

static void test_tree__what_is_no_update_is_refused(void **state)
{
    (void)state;
    /* clang-format off */
    static const struct {
        const char *json, *message;
    } cases[] = {
        {"{}", "a list of actions is missing or of another form before byte 1"},
        {"[1]", "an update is a list of objects"},
        {"[{\"action\":\"SET\",\"path\":\"a\"}]", "SET needs a value"},
        {"[{\"action\":\"REMOVE\",\"path\":\"a\",\"value\":1}]", "REMOVE takes no value"},
        {"[{\"action\":\"PUT\",\"path\":\"a\"}]", "an action is SET, REMOVE, ADD or DELETE"},
        {"[{\"path\":\"a\"}]", "an action is SET, REMOVE, ADD or DELETE"},
        {"[{\"action\":\"REMOVE\"}]", "REMOVE without a path"},
        {"[{\"verb\":1}]", "an action has no member \"verb\""},
        {"[{\"action\":\"ADD\",\"path\":\"a\",\"value\":[true]}]",
         "ADD and DELETE take a number, or an array of strings or of numbers"},
        {"[{\"action\":\"ADD\",\"path\":\"a\",\"value\":[1,\"x\"]}]",
         "ADD and DELETE take a number, or an array of strings or of numbers"},
        {"[{\"action\":\"ADD\",\"path\":\"a\",\"value\":[]}]",
         "One or more parameter values were invalid: An string set  may not be empty"},
        {"[{\"action\":\"ADD\",\"path\":\"a\",\"value\":[1,1.0]}]",
         "Input collection contains duplicates"},
        {"[", "the text is not JSON at byte 1"},
    };
    /* clang-format on */
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        stator_pool *pool = stator_pool_new();
        stator_upd update = {0};
        stator_doc *doc = stator_doc_new();
        assert_int_equal(stator_upd_parse(pool, cases[i].json, &update), STATOR_E_INVALID);
        assert_string_equal(stator_error_get()->message, cases[i].message);
        assert_int_equal(stator_doc_update(doc, update), STATOR_E_INVALID);
        stator_doc_free(doc);
        stator_pool_free(pool);
        heap_check();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tree__every_form_is_read),
        cmocka_unit_test(test_tree__literals_are_plain_json_and_exact),
        cmocka_unit_test(test_tree__what_is_no_condition_is_refused),
        cmocka_unit_test(test_tree__17_levels_are_too_deep),
        cmocka_unit_test(test_tree__null_is_misuse),
        cmocka_unit_test(test_tree__updates_are_read),
        cmocka_unit_test(test_tree__what_is_no_update_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
