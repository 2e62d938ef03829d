/* plain_test.c -- plain JSON to values and back: exact where it can be, DynamoDB's refusals, lines.
 */
#include "item/fixture.h"

#include "item/item.h"
#include "item/plain.h"

static status read_plain(struct fixture *f, struct span text, struct value *out)
{
    struct json_reader json;
    struct plain_start start = {0};
    json_reader_init(&json, &f->arena, text);
    TRY(json_reader_next(&json, &start.token, &start.text));
    TRY(plain_read(&json, start, out, &f->late, &f->err));
    json_token end = JSON_NULL;
    struct span rest = {0};
    TRY(json_reader_next(&json, &end, &rest));
    return end == JSON_END ? f->late.status : ST_SERIALIZATION;
}

static struct span written(struct fixture *f, struct value v)
{
    struct buf text;
    struct json_writer json;
    buf_init(&text, arena_mem(&f->arena), 1 << 20);
    json_writer_init(&json, &text);
    plain_write(&json, v);
    assert_int_equal(buf_status(&text), ST_OK);
    return buf_view(&text);
}

static void test_plain__every_json_value_is_a_stored_value_and_back(void **state)
{
    (void)state;
    /* clang-format off */
    static const struct {
        const char *given, *wire, *back;
    } cases[] = {
        {"\"x\\u00e9\"", "{\"S\":\"x\u00e9\"}", "\"x\u00e9\""},
        {"\"\"", "{\"S\":\"\"}", "\"\""},
        {"1.50", "{\"N\":\"1.5\"}", "1.5"},
        {"-1E2", "{\"N\":\"-100\"}", "-100"},
        {"12345678901234567890123456789012345678",
         "{\"N\":\"12345678901234567890123456789012345678\"}",
         "12345678901234567890123456789012345678"},
        {"true", "{\"BOOL\":true}", "true"},
        {"false", "{\"BOOL\":false}", "false"},
        {"null", "{\"NULL\":true}", "null"},
        {"[]", "{\"L\":[]}", "[]"},
        {"{}", "{\"M\":{}}", "{}"},
        {"[1,\"a\",[null]]",
         "{\"L\":[{\"N\":\"1\"},{\"S\":\"a\"},{\"L\":[{\"NULL\":true}]}]}",
         "[1,\"a\",[null]]"},
        {"{\"b\":1,\"a\":{\"c\":true}}",
         "{\"M\":{\"a\":{\"M\":{\"c\":{\"BOOL\":true}}},\"b\":{\"N\":\"1\"}}}",
         "{\"a\":{\"c\":true},\"b\":1}"},
        {"{\"a\":1,\"a\":2}", "{\"M\":{\"a\":{\"N\":\"2\"}}}", "{\"a\":2}"},
    };
    /* clang-format on */
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct fixture f;
        struct value v = {0};
        fixture_begin(&f);
        assert_int_equal(read_plain(&f, span_of(cases[i].given), &v), ST_OK);
        assert_true(value_eq(v, fixture_value(&f, cases[i].wire)));
        support_assert_text(written(&f, v), cases[i].back);
        fixture_end(&f);
    }
}

static void test_plain__types_that_json_lacks_are_written_as_the_nearest(void **state)
{
    (void)state;
    struct fixture f;
    fixture_begin(&f);
    const struct value map = fixture_map(&f, "{\"b\":{\"B\":\"AAEC\"},\"bs\":{\"BS\":[\"AA==\"]},"
                                             "\"ns\":{\"NS\":[\"10\",\"9\"]},"
                                             "\"ss\":{\"SS\":[\"y\",\"x\"]}}");
    support_assert_text(written(&f, map), "{\"b\":\"AAEC\",\"bs\":[\"AA==\"],\"ns\":[9,10],"
                                          "\"ss\":[\"x\",\"y\"]}");
    fixture_end(&f);
}

static void test_plain__refuses_what_dynamodb_refuses_in_its_words(void **state)
{
    (void)state;
    static const struct {
        const char *given, *says;
    } cases[] = {
        {"1e126",
         "Number overflow. Attempting to store a number with magnitude larger than supported "
         "range"                                                            },
        {"[123456789012345678901234567890123456789]",
         "Attempting to store more than 38 significant digits in a Number"  },
        {"{\"\":1}",                                  "Empty attribute name"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct fixture f;
        struct value v = {0};
        fixture_begin(&f);
        assert_int_equal(read_plain(&f, span_of(cases[i].given), &v), ST_VALIDATION);
        support_assert_text(error_text(&f.late), cases[i].says);
        fixture_end(&f);
    }
}

static status read_nested(struct fixture *f, size_t levels)
{
    struct buf text;
    struct value v = {0};
    buf_init(&text, arena_mem(&f->arena), 1 << 20);
    for (size_t i = 0; i < levels; i++) buf_put_u8(&text, '[');
    for (size_t i = 0; i < levels; i++) buf_put_u8(&text, ']');
    return read_plain(f, buf_view(&text), &v);
}

static void test_plain__31_levels_pass_and_32_do_not(void **state)
{
    (void)state;
    struct fixture f;
    fixture_begin(&f);
    assert_int_equal(read_nested(&f, 31), ST_OK);
    assert_int_equal(read_nested(&f, 32), ST_VALIDATION);
    support_assert_text(error_text(&f.late),
                        "Nesting Levels have exceeded supported limits: Attributes in the item "
                        "have nested levels beyond supported limit");
    fixture_end(&f);
}

static status read_nested_item(struct fixture *f, size_t levels)
{
    struct buf text;
    struct json_reader json;
    struct plain_start start = {0};
    struct value v = {0};
    buf_init(&text, arena_mem(&f->arena), 1 << 20);
    for (size_t i = 0; i < levels; i++) buf_put_text(&text, "{\"a\":");
    buf_put_text(&text, "1");
    for (size_t i = 0; i < levels; i++) buf_put_text(&text, "}");
    json_reader_init(&json, &f->arena, buf_view(&text));
    TRY(json_reader_next(&json, &start.token, &start.text));
    TRY(plain_read_item(&json, &v, &f->late, &f->err));
    return f->late.status;
}

static void test_plain__an_item_is_a_level_that_does_not_count(void **state)
{
    (void)state;
    struct fixture f;
    fixture_begin(&f);
    assert_int_equal(read_nested_item(&f, 32), ST_OK);
    assert_int_equal(read_nested_item(&f, 33), ST_VALIDATION);
    fixture_end(&f);
}

static void test_plain__what_is_no_json_is_refused_at_once(void **state)
{
    (void)state;
    static const char *const cases[] = {"", "{", "[1,]", "{\"a\"}", "nul", "1 2", "\"\xff\""};
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct fixture f;
        struct value v = {0};
        fixture_begin(&f);
        assert_int_equal(read_plain(&f, span_of(cases[i]), &v), ST_SERIALIZATION);
        fixture_end(&f);
    }
}

static void test_plain__indents_by_two_and_leaves_strings_and_empties_alone(void **state)
{
    (void)state;
    struct fixture f;
    struct buf out;
    fixture_begin(&f);
    buf_init(&out, arena_mem(&f.arena), 1 << 20);
    plain_indent(SPAN("{\"a\":[1,{\"b\":\"x,{\\\"}\"}],\"c\":{},\"d\":[]}"), &out);
    support_assert_text(buf_view(&out), "{\n"
                                        "  \"a\": [\n"
                                        "    1,\n"
                                        "    {\n"
                                        "      \"b\": \"x,{\\\"}\"\n"
                                        "    }\n"
                                        "  ],\n"
                                        "  \"c\": {},\n"
                                        "  \"d\": []\n"
                                        "}");
    fixture_end(&f);
}

static void test_plain__damaged_bytes_are_still_json(void **state)
{
    (void)state;
    struct fixture f;
    fixture_begin(&f);
    const struct value cut = {VALUE_L, SPAN("\x02\x00\x00\x00\x01\x10")};
    support_assert_text(written(&f, cut), "[]");
    support_assert_text(written(&f, (struct value){0}), "null");
    fixture_end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain__every_json_value_is_a_stored_value_and_back),
        cmocka_unit_test(test_plain__types_that_json_lacks_are_written_as_the_nearest),
        cmocka_unit_test(test_plain__refuses_what_dynamodb_refuses_in_its_words),
        cmocka_unit_test(test_plain__31_levels_pass_and_32_do_not),
        cmocka_unit_test(test_plain__an_item_is_a_level_that_does_not_count),
        cmocka_unit_test(test_plain__what_is_no_json_is_refused_at_once),
        cmocka_unit_test(test_plain__indents_by_two_and_leaves_strings_and_empties_alone),
        cmocka_unit_test(test_plain__damaged_bytes_are_still_json),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
