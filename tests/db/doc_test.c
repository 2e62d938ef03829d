/* doc_test.c -- documents: made, parsed, copied, changed, measured. */
#include "support/support.h"

#include "db/heap.h"
#include "stator/stator.h"

static stator_doc *parse(const char *json)
{
    stator_doc *doc = NULL;
    if (stator_doc_parse(json, strlen(json), STATOR_JSON_PLAIN, &doc) != STATOR_OK)
        fail_msg("refused: %s", stator_error_get()->message);
    return doc;
}

static void check(const stator_doc *doc, const char *expected)
{
    char *json = stator_json(stator_doc_node(doc), STATOR_JSON_PLAIN);
    assert_string_equal(json, expected);
    stator_free(json);
}

static void test_doc__begins_empty(void **state)
{
    (void)state;
    stator_doc *doc = stator_doc_new();
    check(doc, "{}");
    assert_int_equal(stator_doc_bytes(doc), 0);
    stator_doc_free(doc);
    stator_doc_free(NULL);
    heap_check();
}

static void test_doc__setting_makes_the_maps_on_its_way(void **state)
{
    (void)state;
    static const struct {
        const char *before, *path, *after;
    } cases[] = {
        {"{}",                        "a",           "{\"a\":7}"                  },
        {"{\"a\":1}",                 "a",           "{\"a\":7}"                  },
        {"{}",                        "a.b.c",       "{\"a\":{\"b\":{\"c\":7}}}"  },
        {"{\"a\":{}}",                "a.b.c",       "{\"a\":{\"b\":{\"c\":7}}}"  },
        {"{\"a\":{\"x\":1}}",         "a.b",         "{\"a\":{\"b\":7,\"x\":1}}"  },
        {"{\"l\":[1,2]}",             "l[0]",        "{\"l\":[7,2]}"              },
        {"{\"l\":[1,2]}",             "l[2]",        "{\"l\":[1,2,7]}"            },
        {"{\"l\":[1,2]}",             "l[9]",        "{\"l\":[1,2,7]}"            },
        {"{\"l\":[{}]}",              "l[0].a.b",    "{\"l\":[{\"a\":{\"b\":7}}]}"},
        {"{}",                        "a\\.b.c\\.d", "{\"a.b\":{\"c.d\":7}}"      },
        {"{}",                        "status.size", "{\"status\":{\"size\":7}}"  },
        {"{\"a\":{\"b\":{\"c\":1}}}", "a.b",         "{\"a\":{\"b\":7}}"          },
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        stator_doc *doc = parse(cases[i].before);
        assert_int_equal(stator_doc_set(doc, cases[i].path, stator_i(7)), STATOR_OK);
        check(doc, cases[i].after);
        stator_doc_free(doc);
        heap_check();
    }
}

static void test_doc__what_leads_nowhere_is_refused_and_changes_nothing(void **state)
{
    (void)state;
    static const char invalid[] =
        "The document path provided in the update expression is invalid for update";
    static const struct {
        const char *path, *message;
    } cases[] = {
        {"s.x",       invalid                       },
        {"s[0]",      invalid                       },
        {"l.x",       invalid                       },
        {"gone[0]",   invalid                       },
        {"gone.a[0]", invalid                       },
        {"a..b",      "a path is names joined by dots, with indexes in brackets, and this is none: "
                 "\"a..b\""         },
        {"gone.b.",   "a path is names joined by dots, with indexes in brackets, and this is none: "
                    "\"gone.b.\""},
        {"[0]",       "a path is names joined by dots, with indexes in brackets, and this is none: "
                "\"[0]\""            },
    };
    stator_doc *doc = parse("{\"s\":\"x\",\"l\":[1]}");
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        assert_int_equal(stator_doc_set(doc, cases[i].path, stator_i(1)), STATOR_E_INVALID);
        assert_string_equal(stator_error_get()->message, cases[i].message);
        check(doc, "{\"l\":[1],\"s\":\"x\"}");
    }
    stator_doc_free(doc);
    heap_check();
}

static void test_doc__setting_nothing_changes_nothing(void **state)
{
    (void)state;
    stator_doc *doc = parse("{\"a\":1}");
    assert_int_equal(stator_doc_set(doc, "a", stator_opt_s(NULL)), STATOR_OK);
    assert_int_equal(stator_doc_set(doc, "b.c", stator_skip()), STATOR_OK);
    check(doc, "{\"a\":1}");
    stator_doc_free(doc);
    heap_check();
}

static void test_doc__a_document_may_hold_itself(void **state)
{
    (void)state;
    stator_doc *doc = parse("{\"a\":1}");
    assert_int_equal(stator_doc_set(doc, "b", stator_doc_val(doc)), STATOR_OK);
    check(doc, "{\"a\":1,\"b\":{\"a\":1}}");
    assert_int_equal(
        stator_doc_set(doc, "a", stator_node_val(stator_at(stator_doc_node(doc), "b"))), STATOR_OK);
    check(doc, "{\"a\":{\"a\":1},\"b\":{\"a\":1}}");
    stator_doc_free(doc);
    heap_check();
}

static void test_doc__unsetting_what_is_not_there_is_done(void **state)
{
    (void)state;
    stator_doc *doc = parse("{\"a\":{\"b\":1,\"c\":2},\"l\":[1,2,3]}");
    assert_int_equal(stator_doc_unset(doc, "a.b"), STATOR_OK);
    assert_int_equal(stator_doc_unset(doc, "l[1]"), STATOR_OK);
    assert_int_equal(stator_doc_unset(doc, "x"), STATOR_OK);
    assert_int_equal(stator_doc_unset(doc, "x.y.z"), STATOR_OK);
    assert_int_equal(stator_doc_unset(doc, "l[7]"), STATOR_OK);
    assert_int_equal(stator_doc_unset(doc, "a.c.d"), STATOR_OK);
    check(doc, "{\"a\":{\"c\":2},\"l\":[1,3]}");
    assert_int_equal(stator_doc_unset(doc, "a..c"), STATOR_E_INVALID);
    assert_int_equal(stator_doc_unset(doc, "x..c"), STATOR_E_INVALID);
    assert_int_equal(stator_doc_unset(doc, ""), STATOR_E_INVALID);
    check(doc, "{\"a\":{\"c\":2},\"l\":[1,3]}");
    stator_doc_free(doc);
    heap_check();
}

static void test_doc__updates_are_the_databases(void **state)
{
    (void)state;
    stator_doc *doc = parse("{\"a\":1,\"b\":2,\"l\":[1],\"gone\":0}");
    assert_int_equal(
        stator_doc_update(
            doc, stator_updates(
                     stator_set("a", stator_path("b")), stator_set("b", stator_path("a")),
                     stator_add("count", stator_i(5)), stator_append("l", STATOR_L(stator_i(2))),
                     stator_prepend("new", STATOR_L(stator_i(0))),
                     stator_set_default("a2", stator_s("first")), stator_remove("gone"))),
        STATOR_OK);
    check(doc, "{\"a\":2,\"a2\":\"first\",\"b\":1,\"count\":5,\"l\":[1,2],\"new\":[0]}");
    assert_int_equal(stator_doc_update(doc, stator_upd_expr("SET a = a - ?, b = b + ? REMOVE l",
                                                            stator_n("0.5"), stator_i(1))),
                     STATOR_OK);
    check(doc, "{\"a\":1.5,\"a2\":\"first\",\"b\":2,\"count\":5,\"new\":[0]}");
    assert_int_equal(stator_doc_update(doc, stator_inc("count", stator_i(-2))), STATOR_OK);
    assert_int_equal(stator_int(stator_doc_node(doc), "count", 0), 3);
    assert_int_equal(stator_doc_update(doc, (stator_upd){0}), STATOR_OK);
    stator_doc_free(doc);
    heap_check();
}

static void test_doc__a_refused_update_changes_nothing(void **state)
{
    (void)state;
    stator_doc *doc = parse("{\"a\":1}");
    /* clang-format off */
    const struct {
        stator_upd update;
        stator_rc rc;
        const char *message;
    } cases[] = {
        {stator_inc("gone", stator_i(1)), STATOR_E_INVALID,
         "The provided expression refers to an attribute that does not exist in the item"},
        {stator_inc("a", stator_s("x")), STATOR_E_INVALID,
         "Invalid UpdateExpression: Incorrect operand type for operator or function; operator or "
         "function: +, operand type: S"},
        {stator_updates(stator_set("b", stator_i(1)), stator_set("b", stator_i(2))),
         STATOR_E_INVALID,
         "Invalid UpdateExpression: Two document paths overlap with each other; must remove or "
         "rewrite one of these paths; path one: [b], path two: [b]"},
        {stator_upd_expr0("SET b = a SET c = a"), STATOR_E_INVALID,
         "Invalid UpdateExpression: The \"SET\" section can only be used once in an update "
         "expression;"},
        {stator_upd_expr0(""), STATOR_E_INVALID,
         "Invalid UpdateExpression: The expression can not be empty;"},
        {stator_add("a", stator_bool(true)), STATOR_E_INVALID,
         "Invalid UpdateExpression: Incorrect operand type for operator or function; operator: "
         "ADD, operand type: BOOLEAN, typeSet: ALLOWED_FOR_ADD_OPERAND"},
    };
    /* clang-format on */
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        assert_int_equal(stator_doc_update(doc, cases[i].update), cases[i].rc);
        assert_string_equal(stator_error_get()->message, cases[i].message);
        check(doc, "{\"a\":1}");
    }
    stator_doc_free(doc);
    heap_check();
}

static void test_doc__an_update_is_shown(void **state)
{
    (void)state;
    char *text = stator_upd_text(stator_updates(
        stator_set("status", stator_s("x")), stator_remove("a\\.b"), stator_add("n", stator_i(1))));
    assert_string_equal(text, "SET status = \"x\" REMOVE a\\.b ADD n 1");
    stator_free(text);
    text = stator_upd_text((stator_upd){0});
    assert_string_equal(text, "");
    stator_free(text);
    assert_null(stator_upd_text(stator_remove("a..b")));
    assert_int_equal(stator_error_get()->rc, STATOR_E_INVALID);
    heap_check();
}

static void test_doc__parses_both_notations_exactly(void **state)
{
    (void)state;
    static const char plain[] = "{\"n\":0.1000000000000000055511151231257827,\"a\":[true,null]}";
    static const char typed[] = "{\"n\":{\"N\":\"0.1000000000000000055511151231257827\"},"
                                "\"a\":{\"L\":[{\"BOOL\":true},{\"NULL\":true}]}}";
    stator_doc *a = NULL;
    stator_doc *b = NULL;
    assert_int_equal(stator_doc_parse(plain, strlen(plain), STATOR_JSON_PRETTY, &a), STATOR_OK);
    assert_int_equal(stator_doc_parse(typed, strlen(typed), STATOR_JSON_DYNAMODB, &b), STATOR_OK);
    assert_string_equal(stator_num(stator_doc_node(a), "n"),
                        "0.1000000000000000055511151231257827");
    assert_int_equal(stator_compare(stator_doc_node(a), stator_doc_node(b), NULL), 0);
    stator_doc_free(a);
    stator_doc_free(b);
    heap_check();
}

static void test_doc__what_cannot_be_parsed_is_told(void **state)
{
    (void)state;
    /* clang-format off */
    static const struct {
        const char *json;
        stator_json_style style;
        const char *message;
    } cases[] = {
        {"", STATOR_JSON_PLAIN, "the text is not a JSON object of an item: see byte 0"},
        {"[1]", STATOR_JSON_PLAIN, "the text is not a JSON object of an item: see byte 1"},
        {"{\"a\":1} x", STATOR_JSON_PLAIN, "the text is not a JSON object of an item: see byte 8"},
        {"{\"a\":1,}", STATOR_JSON_PLAIN, "the text is not a JSON object of an item: see byte 7"},
        {"{\"a\":1e200}", STATOR_JSON_PLAIN,
         "Number overflow. Attempting to store a number with magnitude larger than supported "
         "range"},
        {"{\"a\":1}", STATOR_JSON_DYNAMODB, "Unexpected value type in payload"},
        {"{\"a\":{\"N\":1}}", STATOR_JSON_DYNAMODB, "NUMBER_VALUE cannot be converted to String"},
        {"{\"a\":{\"SS\":[]}}", STATOR_JSON_DYNAMODB,
         "One or more parameter values were invalid: An string set  may not be empty"},
    };
    /* clang-format on */
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        stator_doc *doc = (stator_doc *)&doc;
        assert_int_equal(
            stator_doc_parse(cases[i].json, strlen(cases[i].json), cases[i].style, &doc),
            STATOR_E_INVALID);
        assert_string_equal(stator_error_get()->message, cases[i].message);
        assert_null(doc);
        heap_check();
    }
}

static void test_doc__copies_stand_alone(void **state)
{
    (void)state;
    stator_doc *doc = parse("{\"m\":{\"a\":1},\"s\":\"x\"}");
    stator_doc *copy = stator_doc_copy(stator_at(stator_doc_node(doc), "m"));
    assert_null(stator_doc_copy(stator_at(stator_doc_node(doc), "s")));
    assert_int_equal(stator_error_get()->rc, STATOR_E_INVALID);
    assert_null(stator_doc_copy(NULL));
    stator_doc_free(doc);
    check(copy, "{\"a\":1}");
    stator_doc_free(copy);
    heap_check();
}

static void test_doc__bytes_are_dynamodbs(void **state)
{
    (void)state;
    stator_doc *doc = parse("{\"pk\":\"abc\",\"n\":123,\"l\":[1]}");
    assert_int_equal(stator_doc_bytes(doc), (2 + 3) + (1 + 3) + (1 + 3 + 1 + 2));
    stator_doc_free(doc);
    assert_int_equal(stator_doc_bytes(NULL), 0);
    heap_check();
}

static void test_doc__changing_for_ever_takes_no_more_memory(void **state)
{
    (void)state;
    stator_doc *doc = parse("{\"count\":0,\"text\":\"some text\"}");
    assert_int_equal(stator_doc_update(doc, stator_inc("count", stator_i(1))), STATOR_OK);
    (void)stator_str(stator_doc_node(doc), "text");
    const uint64_t blocks = heap_left();
    for (int i = 1; i < 1000; i++) {
        assert_int_equal(stator_doc_update(doc, stator_inc("count", stator_i(1))), STATOR_OK);
        assert_string_equal(stator_str(stator_doc_node(doc), "text"), "some text");
    }
    assert_int_equal(heap_left(), blocks);
    assert_int_equal(stator_int(stator_doc_node(doc), "count", 0), 1000);
    stator_doc_free(doc);
    heap_check();
}

static void test_doc__null_is_misuse(void **state)
{
    (void)state;
    stator_doc *doc = stator_doc_new();
    stator_doc *out = NULL;
    assert_int_equal(stator_doc_set(NULL, "a", stator_i(1)), STATOR_E_MISUSE);
    assert_int_equal(stator_doc_set(doc, NULL, stator_i(1)), STATOR_E_MISUSE);
    assert_int_equal(stator_doc_unset(NULL, "a"), STATOR_E_MISUSE);
    assert_int_equal(stator_doc_unset(doc, NULL), STATOR_E_MISUSE);
    assert_int_equal(stator_doc_update(NULL, stator_remove("a")), STATOR_E_MISUSE);
    assert_int_equal(stator_doc_parse(NULL, 0, STATOR_JSON_PLAIN, &out), STATOR_E_MISUSE);
    assert_int_equal(stator_doc_parse("{}", 2, STATOR_JSON_PLAIN, NULL), STATOR_E_MISUSE);
    assert_int_equal(stator_doc_parse("{}", 2, (stator_json_style)7, &out), STATOR_E_MISUSE);
    assert_null(out);
    assert_null(stator_doc_node(NULL));
    stator_doc_free(doc);
    heap_check();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_doc__begins_empty),
        cmocka_unit_test(test_doc__setting_makes_the_maps_on_its_way),
        cmocka_unit_test(test_doc__what_leads_nowhere_is_refused_and_changes_nothing),
        cmocka_unit_test(test_doc__setting_nothing_changes_nothing),
        cmocka_unit_test(test_doc__a_document_may_hold_itself),
        cmocka_unit_test(test_doc__unsetting_what_is_not_there_is_done),
        cmocka_unit_test(test_doc__updates_are_the_databases),
        cmocka_unit_test(test_doc__a_refused_update_changes_nothing),
        cmocka_unit_test(test_doc__an_update_is_shown),
        cmocka_unit_test(test_doc__parses_both_notations_exactly),
        cmocka_unit_test(test_doc__what_cannot_be_parsed_is_told),
        cmocka_unit_test(test_doc__copies_stand_alone),
        cmocka_unit_test(test_doc__bytes_are_dynamodbs),
        cmocka_unit_test(test_doc__changing_for_ever_takes_no_more_memory),
        cmocka_unit_test(test_doc__null_is_misuse),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
