/* node_test.c -- reading stored values: types, paths, texts, numbers, JSON, order, unpack. */
#include "support/support.h"

#include "db/heap.h"
#include "db/node.h"
#include "stator/stator.h"

static const char item_json[] =
    "{\"s\":{\"S\":\"text\"},\"e\":{\"S\":\"\"},\"n\":{\"N\":\"12.50\"},\"i\":{\"N\":\"-7\"},"
    "\"big\":{\"N\":\"9223372036854775808\"},\"b\":{\"B\":\"AAEC\"},\"be\":{\"B\":\"\"},"
    "\"t\":{\"BOOL\":true},\"f\":{\"BOOL\":false},\"z\":{\"NULL\":true},"
    "\"ss\":{\"SS\":[\"y\",\"x\"]},\"ns\":{\"NS\":[\"10\",\"9\"]},\"bs\":{\"BS\":[\"AQ==\"]},"
    "\"l\":{\"L\":[{\"N\":\"1\"},{\"M\":{\"x\":{\"S\":\"deep\"}}},{\"L\":[]}]},"
    "\"m\":{\"M\":{\"a.b\":{\"N\":\"1\"},\"c[0]\":{\"N\":\"2\"},\"d\\\\e\":{\"N\":\"3\"}}}}";

static stator_doc *parse(const char *json)
{
    stator_doc *doc = NULL;
    if (stator_doc_parse(json, strlen(json), STATOR_JSON_DYNAMODB, &doc) != STATOR_OK)
        fail_msg("refused: %s", stator_error_get()->message);
    return doc;
}

static void test_node__types_and_lengths(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        stator_kind kind;
        size_t len;
    } cases[] = {
        {NULL,   STATOR_MAP,  15},
        {"s",    STATOR_S,    4 },
        {"e",    STATOR_S,    0 },
        {"n",    STATOR_N,    0 },
        {"b",    STATOR_B,    3 },
        {"be",   STATOR_B,    0 },
        {"t",    STATOR_BOOL, 0 },
        {"z",    STATOR_NULL, 0 },
        {"ss",   STATOR_SSET, 2 },
        {"ns",   STATOR_NSET, 2 },
        {"bs",   STATOR_BSET, 1 },
        {"l",    STATOR_LIST, 3 },
        {"l[1]", STATOR_MAP,  1 },
        {"l[2]", STATOR_LIST, 0 },
        {"m",    STATOR_MAP,  3 },
        {"gone", STATOR_NONE, 0 },
    };
    stator_doc *doc = parse(item_json);
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        const stator_node *node = stator_at(stator_doc_node(doc), cases[i].path);
        assert_int_equal(stator_type(node), cases[i].kind);
        assert_int_equal(stator_len(node), cases[i].len);
    }
    stator_doc_free(doc);
    heap_check();
}

static void test_node__paths_lead_or_do_not(void **state)
{
    (void)state;
    stator_doc *doc = parse(item_json);
    const stator_node *item = stator_doc_node(doc);
    assert_string_equal(stator_str(item, "l[1].x"), "deep");
    assert_int_equal(stator_int(item, "m.a\\.b", 0), 1);
    assert_int_equal(stator_int(item, "m.c\\[0\\]", 0), 2);
    assert_int_equal(stator_int(item, "m.d\\\\e", 0), 3);
    assert_string_equal(stator_str(stator_at(item, "l"), "[1].x"), "deep");
    assert_null(stator_at(item, "s.x"));
    assert_null(stator_at(item, "s[0]"));
    assert_null(stator_at(item, "l.x"));
    assert_null(stator_at(item, "l[3]"));
    assert_null(stator_at(item, "l[4294967296]"));
    assert_null(stator_at(item, "ss[0]"));
    assert_null(stator_at(item, "m.a.b"));
    assert_int_equal(stator_error_get()->rc, STATOR_OK);
    stator_doc_free(doc);
    heap_check();
}

static void test_node__what_is_no_path_is_told(void **state)
{
    (void)state;
    static const char *const cases[] = {"", "a..b", "a[x]", "gone.", "s]"};
    stator_doc *doc = parse(item_json);
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        assert_int_equal(stator_int(stator_doc_node(doc), cases[i], 42), 42);
        assert_int_equal(stator_error_get()->rc, STATOR_E_INVALID);
        assert_true(stator_error_get()->client_fault);
    }
    assert_string_equal(stator_error_get()->message,
                        "a path is names joined by dots, with indexes in brackets, and this is "
                        "none: \"s]\"");
    stator_doc_free(doc);
    heap_check();
}

static void test_node__values_come_in_their_type_or_not(void **state)
{
    (void)state;
    stator_doc *doc = parse(item_json);
    const stator_node *item = stator_doc_node(doc);
    assert_string_equal(stator_str(item, "s"), "text");
    assert_string_equal(stator_str(item, "e"), "");
    assert_null(stator_str(item, "n"));
    assert_string_equal(stator_num(item, "n"), "12.5");
    assert_string_equal(stator_num(item, "big"), "9223372036854775808");
    assert_null(stator_num(item, "s"));
    assert_int_equal(stator_int(item, "i", 0), -7);
    assert_int_equal(stator_int(item, "n", 3), 3);
    assert_int_equal(stator_int(item, "big", 3), 3);
    assert_int_equal(stator_int(item, "s", 3), 3);
    assert_true(stator_dbl(item, "n", 0) == 12.5);
    assert_true(stator_dbl(item, "i", 0) == -7.0);
    assert_true(stator_dbl(item, "big", 0) == 9223372036854775808.0);
    assert_true(stator_dbl(item, "s", 1.5) == 1.5);
    assert_true(stator_flag(item, "t", false));
    assert_false(stator_flag(item, "f", true));
    assert_true(stator_flag(item, "s", true));
    stator_doc_free(doc);
    heap_check();
}

static void test_node__bytes_have_their_length(void **state)
{
    (void)state;
    stator_doc *doc = parse(item_json);
    const stator_node *item = stator_doc_node(doc);
    size_t len = 99;
    assert_memory_equal(stator_bytes(item, "b", &len), "\0\1\2", 3);
    assert_int_equal(len, 3);
    assert_memory_equal(stator_bytes(item, "s", &len), "text", 4);
    assert_int_equal(len, 4);
    assert_non_null(stator_bytes(item, "be", &len));
    assert_int_equal(len, 0);
    assert_null(stator_bytes(item, "n", &len));
    assert_null(stator_bytes(item, "gone", NULL));
    stator_doc_free(doc);
    heap_check();
}

static void test_node__a_string_may_hold_a_nul(void **state)
{
    (void)state;
    stator_doc *doc = stator_doc_new();
    assert_int_equal(stator_doc_set(doc, "a", stator_sn("x\0y", 3)), STATOR_OK);
    const stator_node *a = stator_at(stator_doc_node(doc), "a");
    assert_int_equal(stator_len(a), 3);
    assert_memory_equal(stator_str(a, NULL), "x\0y", 4);
    stator_doc_free(doc);
    heap_check();
}

static void test_node__children_come_in_stored_order(void **state)
{
    (void)state;
    stator_doc *doc = parse(item_json);
    const stator_node *item = stator_doc_node(doc);
    const char *name = "";
    assert_string_equal(stator_str(stator_nth(stator_at(item, "ss"), 0, &name), NULL), "x");
    assert_null(name);
    assert_string_equal(stator_num(stator_nth(stator_at(item, "ns"), 1, NULL), NULL), "10");
    assert_int_equal(stator_type(stator_nth(stator_at(item, "bs"), 0, NULL)), STATOR_B);
    assert_int_equal(stator_int(stator_nth(stator_at(item, "m"), 1, &name), NULL, 0), 2);
    assert_string_equal(name, "c[0]");
    assert_int_equal(stator_int(stator_nth(stator_at(item, "l"), 0, &name), NULL, 0), 1);
    assert_null(name);
    assert_null(stator_nth(stator_at(item, "l"), 3, &name));
    assert_null(stator_nth(stator_at(item, "s"), 0, &name));
    size_t count = 0;
    while (stator_nth(item, count, &name) != NULL) count++;
    assert_int_equal(count, stator_len(item));
    stator_doc_free(doc);
    heap_check();
}

/* D1 of node.h. */
static void test_node__reading_again_takes_no_memory(void **state)
{
    (void)state;
    stator_doc *doc = parse(item_json);
    const stator_node *item = stator_doc_node(doc);
    const char *text = stator_str(item, "l[1].x");
    const char *number = stator_num(item, "n");
    const struct arena *arena = item->kept->arena;
    const uint8_t *at = arena->at;
    for (int i = 0; i < 1000; i++) {
        assert_ptr_equal(stator_str(item, "l[1].x"), text);
        assert_ptr_equal(stator_num(item, "n"), number);
        assert_ptr_equal(stator_at(item, "m"), stator_at(item, "m"));
    }
    assert_ptr_equal(arena->at, at);
    stator_doc_free(doc);
    heap_check();
}

static void test_node__no_node_is_a_missing_value(void **state)
{
    (void)state;
    size_t len = 1;
    assert_int_equal(stator_type(NULL), STATOR_NONE);
    assert_int_equal(stator_len(NULL), 0);
    assert_null(stator_at(NULL, "a"));
    assert_null(stator_nth(NULL, 0, NULL));
    assert_null(stator_str(NULL, "a"));
    assert_null(stator_num(NULL, NULL));
    assert_int_equal(stator_int(NULL, "a", 5), 5);
    assert_true(stator_flag(NULL, NULL, true));
    assert_null(stator_bytes(NULL, NULL, &len));
    assert_int_equal(len, 0);
    assert_null(stator_json(NULL, STATOR_JSON_PLAIN));
    heap_check();
}

static void test_node__json_in_three_styles(void **state)
{
    (void)state;
    stator_doc *doc = parse("{\"b\":{\"L\":[{\"N\":\"1.50\"}]},\"a\":{\"SS\":[\"x\"]}}");
    const stator_node *item = stator_doc_node(doc);
    /* clang-format off */
    const struct {
        const char *path;
        stator_json_style style;
        const char *expected;
    } cases[] = {
        {NULL, STATOR_JSON_DYNAMODB, "{\"a\":{\"SS\":[\"x\"]},\"b\":{\"L\":[{\"N\":\"1.5\"}]}}"},
        {"b", STATOR_JSON_DYNAMODB, "{\"L\":[{\"N\":\"1.5\"}]}"},
        {NULL, STATOR_JSON_PLAIN, "{\"a\":[\"x\"],\"b\":[1.5]}"},
        {"b[0]", STATOR_JSON_PLAIN, "1.5"},
        {NULL, STATOR_JSON_PRETTY, "{\n  \"a\": [\n    \"x\"\n  ],\n  \"b\": [\n    1.5\n  ]\n}"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        char *json = stator_json(stator_at(item, cases[i].path), cases[i].style);
        assert_string_equal(json, cases[i].expected);
        stator_free(json);
    }
    assert_null(stator_json(item, (stator_json_style)9));
    assert_int_equal(stator_error_get()->rc, STATOR_E_MISUSE);
    stator_doc_free(doc);
    heap_check();
}

static void test_node__order_is_the_databases(void **state)
{
    (void)state;
    stator_doc *doc = parse("{\"a\":{\"N\":\"9\"},\"b\":{\"N\":\"10\"},\"c\":{\"S\":\"a\"},"
                            "\"d\":{\"S\":\"B\"},\"l\":{\"L\":[]},\"k\":{\"L\":[]},"
                            "\"m\":{\"M\":{}}}");
    const stator_node *item = stator_doc_node(doc);
    bool comparable = false;
    assert_true(stator_compare(stator_at(item, "a"), stator_at(item, "b"), &comparable) < 0);
    assert_true(comparable);
    assert_true(stator_compare(stator_at(item, "c"), stator_at(item, "d"), &comparable) > 0);
    assert_int_equal(stator_compare(stator_at(item, "a"), stator_at(item, "a"), NULL), 0);
    assert_int_not_equal(stator_compare(stator_at(item, "a"), stator_at(item, "c"), &comparable),
                         0);
    assert_false(comparable);
    assert_int_equal(stator_compare(stator_at(item, "l"), stator_at(item, "k"), &comparable), 0);
    assert_false(comparable);
    assert_int_not_equal(stator_compare(stator_at(item, "l"), stator_at(item, "m"), NULL), 0);
    assert_int_not_equal(stator_compare(NULL, NULL, &comparable), 0);
    stator_doc_free(doc);
    heap_check();
}

static void test_node__unpack_writes_every_kind(void **state)
{
    (void)state;
    stator_doc *doc = parse(item_json);
    const char *s = NULL, *n = NULL, *optional = "as it was", *deep = NULL;
    int64_t i = 0, absent = 5, dotted = 0;
    double d = 0;
    bool t = false;
    const stator_node *l = NULL;
    const void *b = NULL;
    size_t b_len = 0;
    assert_int_equal(stator_unpack(stator_doc_node(doc),
                                   "s:s, n:n,i:i ,n:d, t:b, l:v, b:x, gone:s?, gone:i?, l[1].x:s?, "
                                   "m.a\\.b:i",
                                   &s, &n, &i, &d, &t, &l, &b, &b_len, &optional, &absent, &deep,
                                   &dotted),
                     STATOR_OK);
    assert_string_equal(s, "text");
    assert_string_equal(n, "12.5");
    assert_int_equal(i, -7);
    assert_true(d == 12.5);
    assert_true(t);
    assert_int_equal(stator_len(l), 3);
    assert_memory_equal(b, "\0\1\2", 3);
    assert_int_equal(b_len, 3);
    assert_string_equal(optional, "as it was");
    assert_int_equal(absent, 5);
    assert_string_equal(deep, "deep");
    assert_int_equal(dotted, 1);
    stator_doc_free(doc);
    heap_check();
}

static void test_node__unpack_writes_all_or_nothing(void **state)
{
    (void)state;
    static const struct {
        const char *format;
        stator_rc rc;
        const char *message;
    } cases[] = {
        {"s:s, gone:i", STATOR_NOT_FOUND, "there is no attribute \"gone\""                     },
        {"s:s, s:i",    STATOR_E_TYPE,    "\"s\" is S and not what i stands for"               },
        {"s:s, n:i",    STATOR_E_TYPE,
         "\"n\" is no whole number of 64 bits and not what i stands for"                       },
        {"s:s, s:n?",   STATOR_E_TYPE,    "\"s\" is S and not what n stands for"               },
        {"s:s, i:q",    STATOR_E_INVALID,
         "a format is made of path:letter with letters from \"snidbvx\": \"s:s, i:q\""         },
        {"s:s, i",      STATOR_E_INVALID,
         "a format is made of path:letter with letters from \"snidbvx\": \"s:s, i\""           },
        {"s:s,",        STATOR_OK,        ""                                                   },
        {"",            STATOR_E_INVALID,
         "a format is made of path:letter with letters from \"snidbvx\": \"\""                 },
        {"s:s, a..b:i", STATOR_E_INVALID,
         "a path is names joined by dots, with indexes in brackets, and this is none: \"a..b\""},
    };
    stator_doc *doc = parse(item_json);
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        const char *s = NULL;
        int64_t n = 42;
        assert_int_equal(stator_unpack(stator_doc_node(doc), cases[i].format, &s, &n), cases[i].rc);
        if (cases[i].rc == STATOR_OK) continue;
        assert_null(s);
        assert_int_equal(n, 42);
        assert_string_equal(stator_error_get()->message, cases[i].message);
    }
    assert_int_equal(stator_unpack(stator_doc_node(doc), NULL), STATOR_E_MISUSE);
    assert_int_equal(stator_unpack(NULL, "a:s?", NULL), STATOR_OK);
    stator_doc_free(doc);
    heap_check();
}

static void test_node__damaged_bytes_end_a_walk(void **state)
{
    (void)state;
    /* A list that promises a billion elements and has one. */
    static const uint8_t body[] = {0, 0, 0, 0x40, VALUE_BOOL, 1, 0, 0, 0, 1};
    struct arena arena;
    struct node_root root;
    arena_init(&arena, mem_heap(), 1 << 20);
    node_init(&root, &arena,
              (struct value){
                  VALUE_L, {body, sizeof body}
    });
    assert_true(stator_flag(&root.node, "[0]", false));
    assert_null(stator_at(&root.node, "[1]"));
    arena_deinit(&arena);
    heap_check();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_node__types_and_lengths),
        cmocka_unit_test(test_node__paths_lead_or_do_not),
        cmocka_unit_test(test_node__what_is_no_path_is_told),
        cmocka_unit_test(test_node__values_come_in_their_type_or_not),
        cmocka_unit_test(test_node__bytes_have_their_length),
        cmocka_unit_test(test_node__a_string_may_hold_a_nul),
        cmocka_unit_test(test_node__children_come_in_stored_order),
        cmocka_unit_test(test_node__reading_again_takes_no_memory),
        cmocka_unit_test(test_node__no_node_is_a_missing_value),
        cmocka_unit_test(test_node__json_in_three_styles),
        cmocka_unit_test(test_node__order_is_the_databases),
        cmocka_unit_test(test_node__unpack_writes_every_kind),
        cmocka_unit_test(test_node__unpack_writes_all_or_nothing),
        cmocka_unit_test(test_node__damaged_bytes_end_a_walk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
