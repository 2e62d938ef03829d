/* literal_test.c -- literals become stored values: every kind, and every refusal in its words.
 *
 * Values are stored in a document and read back as DynamoDB's JSON. DynamoDB's own sentences are
 * held against those of its JSON's reader for the same mistake, so they cannot drift apart.
 */
#include "support/support.h"

#include <float.h>
#include <math.h>
#include <stdio.h>

#include "db/heap.h"
#include "item/fixture.h"
#include "stator/stator.h"

/* Assert that `v`, as attribute "a" of an item, is written as `expected`. */
static void check(stator_val v, const char *expected)
{
    stator_doc *doc = stator_doc_new();
    assert_non_null(doc);
    if (stator_doc_set(doc, "a", v) != STATOR_OK)
        fail_msg("refused: %s", stator_error_get()->message);
    char *json = stator_json(stator_at(stator_doc_node(doc), "a"), STATOR_JSON_DYNAMODB);
    assert_string_equal(json, expected);
    stator_free(json);
    stator_doc_free(doc);
    heap_check();
}

static void check_refused(stator_val v, const char *message)
{
    stator_doc *doc = stator_doc_new();
    assert_int_equal(stator_doc_set(doc, "a", v), STATOR_E_INVALID);
    assert_string_equal(stator_error_get()->message, message);
    assert_int_equal(stator_error_get()->rc, STATOR_E_INVALID);
    assert_string_equal(stator_error_get()->code, "ValidationException");
    assert_int_equal(stator_len(stator_doc_node(doc)), 0);
    stator_doc_free(doc);
    heap_check();
}

static void test_literal__every_kind_is_stored(void **state)
{
    (void)state;
    check(stator_s("caf\xC3\xA9"), "{\"S\":\"caf\xC3\xA9\"}");
    check(stator_s(""), "{\"S\":\"\"}");
    check(stator_sn("abc", 2), "{\"S\":\"ab\"}");
    check(stator_sn("a\0b", 3), "{\"S\":\"a\\u0000b\"}");
    check(stator_sn(NULL, 0), "{\"S\":\"\"}");
    check(stator_opt_s("x"), "{\"S\":\"x\"}");
    check(stator_n("+012.50"), "{\"N\":\"12.5\"}");
    check(stator_n("12345678901234567890123456789012345678"),
          "{\"N\":\"12345678901234567890123456789012345678\"}");
    check(stator_i(0), "{\"N\":\"0\"}");
    check(stator_i(INT64_MIN), "{\"N\":\"-9223372036854775808\"}");
    check(stator_i(INT64_MAX), "{\"N\":\"9223372036854775807\"}");
    check(stator_b("\0\1\2", 3), "{\"B\":\"AAEC\"}");
    check(stator_b(NULL, 0), "{\"B\":\"\"}");
    check(stator_bool(true), "{\"BOOL\":true}");
    check(stator_bool(false), "{\"BOOL\":false}");
    check(stator_null(), "{\"NULL\":true}");
    check(STATOR_SS("b", "a"), "{\"SS\":[\"a\",\"b\"]}");
    check(STATOR_NS("10", "9", "0.5"), "{\"NS\":[\"0.5\",\"9\",\"10\"]}");
    check(STATOR_BS(stator_b("\xFF", 1), stator_b("\0", 1)), "{\"BS\":[\"AA==\",\"/w==\"]}");
    check(STATOR_L(stator_i(1), stator_s("x"), STATOR_L(stator_null())),
          "{\"L\":[{\"N\":\"1\"},{\"S\":\"x\"},{\"L\":[{\"NULL\":true}]}]}");
    check(STATOR_M({"b", stator_i(1)}, {"a", STATOR_M({"c", stator_bool(true)})}),
          "{\"M\":{\"a\":{\"M\":{\"c\":{\"BOOL\":true}}},\"b\":{\"N\":\"1\"}}}");
    check(stator_list(NULL, 0), "{\"L\":[]}");
    check(stator_map(NULL, 0), "{\"M\":{}}");
}

static void test_literal__arrays_of_the_program_need_no_end(void **state)
{
    (void)state;
    const char *const texts[] = {"x", "y", "z"};
    const stator_val values[] = {stator_i(1), stator_i(2), stator_i(3)};
    const stator_attr attributes[] = {
        {"a", stator_i(1)},
        {"b", stator_i(2)},
    };
    check(stator_ss(texts, 2), "{\"SS\":[\"x\",\"y\"]}");
    check(stator_list(values, 2), "{\"L\":[{\"N\":\"1\"},{\"N\":\"2\"}]}");
    check(stator_map(attributes, 1), "{\"M\":{\"a\":{\"N\":\"1\"}}}");
}

static void test_literal__skips_are_left_out(void **state)
{
    (void)state;
    check(STATOR_M({"a", stator_opt_s(NULL)}, {"b", stator_opt_s("")}, {"c", stator_i(1)}),
          "{\"M\":{\"c\":{\"N\":\"1\"}}}");
    check(STATOR_L(stator_skip(), stator_i(1), stator_skip()), "{\"L\":[{\"N\":\"1\"}]}");
}

static void test_literal__the_last_of_equal_names_stays(void **state)
{
    (void)state;
    check(STATOR_M({"x", stator_i(1)}, {"y", stator_i(2)}, {"x", stator_i(3)}),
          "{\"M\":{\"x\":{\"N\":\"3\"},\"y\":{\"N\":\"2\"}}}");
}

static void test_literal__doubles_are_the_shortest_decimals(void **state)
{
    (void)state;
    const struct {
        double given;
        const char *expected;
    } cases[] = {
        {0.1,           "0.1"                   },
        {0.1 + 0.2,     "0.30000000000000004"   },
        {1.0,           "1"                     },
        {-2.5,          "-2.5"                  },
        {1e21,          "1000000000000000000000"},
        {1.0 / 3.0,     "0.3333333333333333"    },
        {123456789.125, "123456789.125"         },
        {-0.0,          "0"                     },
        {1e-100,
         "0.0000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
         "000000000000001"                      },
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        char expected[256];
        (void)snprintf(expected, sizeof expected, "{\"N\":\"%s\"}", cases[i].expected);
        check(stator_d(cases[i].given), expected);
    }
}

/* What DynamoDB says of the same value in its JSON, as attribute "a". */
static void check_as_wire(stator_val v, const char *json)
{
    struct fixture f;
    struct value map = {0};
    char text[8192];
    fixture_begin(&f);
    (void)snprintf(text, sizeof text, "{\"a\":%s}", json);
    assert_int_equal(fixture_read(&f, wire_read_map, span_of(text), &map), ST_OK);
    assert_int_equal(f.late.status, ST_VALIDATION);
    char message[4096];
    (void)snprintf(message, sizeof message, "%.*s", SPAN_ARG(error_text(&f.late)));
    fixture_end(&f);
    check_refused(v, message);
}

static void test_literal__dynamodbs_refusals_are_its_own(void **state)
{
    (void)state;
    check_as_wire(stator_n("one"), "{\"N\":\"one\"}");
    check_as_wire(stator_n(""), "{\"N\":\"\"}");
    check_as_wire(stator_n("1e126"), "{\"N\":\"1e126\"}");
    check_as_wire(stator_n("1e-131"), "{\"N\":\"1e-131\"}");
    check_as_wire(stator_n("123456789012345678901234567890123456789"),
                  "{\"N\":\"123456789012345678901234567890123456789\"}");
    check_as_wire(stator_d((double)NAN), "{\"N\":\"NaN\"}");
    check_as_wire(stator_d((double)INFINITY), "{\"N\":\"Infinity\"}");
    check_as_wire(stator_d(-(double)INFINITY), "{\"N\":\"-Infinity\"}");
    check_as_wire(stator_ss(NULL, 0), "{\"SS\":[]}");
    check_as_wire(stator_ns(NULL, 0), "{\"NS\":[]}");
    check_as_wire(stator_bs(NULL, 0), "{\"BS\":[]}");
    check_as_wire(STATOR_SS("a", "b", "a"), "{\"SS\":[\"a\",\"b\",\"a\"]}");
    check_as_wire(STATOR_NS("1", "1.0"), "{\"NS\":[\"1\",\"1.0\"]}");
    check_as_wire(STATOR_BS(stator_b("x", 1), stator_b("x", 1)), "{\"BS\":[\"eA==\",\"eA==\"]}");
    check_as_wire(STATOR_SS("a", NULL), "{\"SS\":[\"a\",null]}");
    check_as_wire(STATOR_M({"", stator_i(1)}), "{\"M\":{\"\":{\"N\":\"1\"}}}");
    check_refused(stator_d(DBL_MAX), "Number overflow. Attempting to store a number with magnitude "
                                     "larger than supported range");
    check_refused(stator_d(DBL_MIN), "Number underflow. Attempting to store a number with "
                                     "magnitude smaller than supported range");
}

static void test_literal__a_name_of_65536_bytes_is_refused(void **state)
{
    (void)state;
    enum { BYTES = 65536 };
    char *name = test_malloc(BYTES + 1);
    memset(name, 'x', BYTES);
    name[BYTES] = '\0';
    check_refused(STATOR_M({name, stator_i(1)}),
                  "Attribute name is too large, must be less than 65536 bytes");
    test_free(name);
}

static void test_literal__misuse_is_told_with_the_attributes_name(void **state)
{
    (void)state;
    char four[4];
    check_refused(stator_s(NULL), "NULL is no string; stator_opt_s leaves out what may be missing");
    check_refused(STATOR_M({"dns", stator_s(NULL)}),
                  "attribute \"dns\": NULL is no string; stator_opt_s leaves out what may be "
                  "missing");
    check_refused(STATOR_M({"m", STATOR_M({"dns", STATOR_L(stator_n(NULL))})}),
                  "attribute \"dns\": NULL is no string; stator_opt_s leaves out what may be "
                  "missing");
    check_refused(stator_sn(NULL, 3),
                  "NULL is no string; stator_opt_s leaves out what may be missing");
    check_refused(stator_s("a\xFFz"), "the string is not valid UTF-8");
    check_refused(STATOR_SS("a", "\xC0\x80"), "the string is not valid UTF-8");
    check_refused(STATOR_M({"\xFF", stator_i(1)}), "the name of an attribute is not valid UTF-8");
    check_refused(STATOR_M({"x", stator_s("\xED\xA0\x80")}),
                  "attribute \"x\": the string is not valid UTF-8");
    check_refused(STATOR_M({NULL, stator_i(1)}), "an attribute of the map has no name");
    check_refused(STATOR_L(stator_i(1), (stator_val){0}),
                  "an empty stator_val is no value; stator_skip() leaves an attribute out");
    check_refused((stator_val){.kind = 99},
                  "an empty stator_val is no value; stator_skip() leaves an attribute out");
    check_refused(STATOR_L(stator_size("b")),
                  "stator_path and stator_size are no values: they stand in "
                  "conditions and updates");
    check_refused(stator_node_val(NULL), "there is no such node or document");
    check_refused(stator_doc_val(NULL), "there is no such node or document");
    check_refused(stator_list(NULL, 3), "a count was given, but no array");
    check_refused(stator_map(NULL, STATOR_COUNT_), "a count was given, but no array");
    check_refused(stator_b("", SIZE_MAX), "it is longer than 4294967294 bytes or elements");
    check_refused(stator_sf(four, "%s", "four"), "stator_sf: the text does not fit into its array");
    check_refused(STATOR_BS(stator_s("x")), "a set of binaries holds only stator_b");
}

static void test_literal__formatted_keys_fit_or_are_refused(void **state)
{
    (void)state;
    char key[8];
    check(stator_sf(key, "T#%04u", 7U), "{\"S\":\"T#0007\"}");
    check(stator_sf(key, "%s", "1234567"), "{\"S\":\"1234567\"}");
}

/* A list in a list … `levels` times. */
static stator_val nested(stator_val *room, size_t levels)
{
    room[0] = stator_i(1);
    for (size_t i = 0; i < levels; i++) room[i + 1] = stator_list(&room[i], 1);
    return room[levels];
}

static void test_literal__31_levels_pass_and_32_do_not(void **state)
{
    (void)state;
    static const char deep[] = "Nesting Levels have exceeded supported limits: Attributes in the "
                               "item have nested levels beyond supported limit";
    stator_val room[64];
    stator_doc *doc = stator_doc_new();
    assert_int_equal(stator_doc_set(doc, "a", nested(room, 31)), STATOR_OK);
    assert_int_equal(stator_doc_set(doc, "a", nested(room, 32)), STATOR_E_INVALID);
    assert_string_equal(stator_error_get()->message, deep);
    assert_int_equal(stator_doc_set(doc, "a", nested(room, 60)), STATOR_E_INVALID);

    /* The same through a node: the document's own level is one. */
    stator_doc *outer = stator_doc_new();
    assert_int_equal(stator_doc_set(outer, "d", stator_doc_val(doc)), STATOR_E_INVALID);
    assert_string_equal(stator_error_get()->message, deep);
    assert_int_equal(stator_doc_set(doc, "a", nested(room, 30)), STATOR_OK);
    assert_int_equal(stator_doc_set(outer, "d", stator_doc_val(doc)), STATOR_OK);
    stator_doc_free(outer);
    stator_doc_free(doc);
    heap_check();
}

/* Circles can be made of pointers; they end at the depth. */
static void test_literal__a_list_that_holds_itself_is_refused(void **state)
{
    (void)state;
    stator_val self = stator_null();
    self = stator_list(&self, 1);
    stator_doc *doc = stator_doc_new();
    assert_int_equal(stator_doc_set(doc, "a", self), STATOR_E_INVALID);
    stator_doc_free(doc);
    heap_check();
}

static void test_literal__nodes_and_documents_are_values(void **state)
{
    (void)state;
    stator_doc *from = NULL;
    stator_doc *to = stator_doc_new();
    const char *const json = "{\"a\":{\"b\":[1,\"x\"]},\"n\":2}";
    assert_int_equal(stator_doc_parse(json, strlen(json), STATOR_JSON_PLAIN, &from), STATOR_OK);
    const stator_node *node = stator_doc_node(from);
    assert_int_equal(stator_doc_set(to, "whole", stator_doc_val(from)), STATOR_OK);
    assert_int_equal(stator_doc_set(to, "part", stator_node_val(stator_at(node, "a.b"))),
                     STATOR_OK);
    assert_int_equal(
        stator_doc_set(to, "mixed", STATOR_L(stator_node_val(stator_at(node, "n")), stator_i(3))),
        STATOR_OK);
    char *text = stator_json(stator_doc_node(to), STATOR_JSON_PLAIN);
    assert_string_equal(text, "{\"mixed\":[2,3],\"part\":[1,\"x\"],"
                              "\"whole\":{\"a\":{\"b\":[1,\"x\"]},\"n\":2}}");
    stator_free(text);
    stator_doc_free(from);
    stator_doc_free(to);
    heap_check();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_literal__every_kind_is_stored),
        cmocka_unit_test(test_literal__arrays_of_the_program_need_no_end),
        cmocka_unit_test(test_literal__skips_are_left_out),
        cmocka_unit_test(test_literal__the_last_of_equal_names_stays),
        cmocka_unit_test(test_literal__doubles_are_the_shortest_decimals),
        cmocka_unit_test(test_literal__dynamodbs_refusals_are_its_own),
        cmocka_unit_test(test_literal__a_name_of_65536_bytes_is_refused),
        cmocka_unit_test(test_literal__misuse_is_told_with_the_attributes_name),
        cmocka_unit_test(test_literal__formatted_keys_fit_or_are_refused),
        cmocka_unit_test(test_literal__31_levels_pass_and_32_do_not),
        cmocka_unit_test(test_literal__a_list_that_holds_itself_is_refused),
        cmocka_unit_test(test_literal__nodes_and_documents_are_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
