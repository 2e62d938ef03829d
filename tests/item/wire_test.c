/* wire_test.c -- DynamoDB's JSON of values: what is accepted, and every sentence of refusal.
 *
 * The sentences are DynamoDB's, as recorded by public test suites that ran against it.
 */
#include "item/fixture.h"

#include <stdio.h>

#include "base/limits.h"
#include "item/number.h"

static void check_written(struct value map, const char *expected)
{
    struct buf text;
    struct json_writer json;
    buf_init(&text, support_mem(), 1 << 20);
    json_writer_init(&json, &text);
    wire_write_map(&json, map);
    support_assert_text(buf_view(&text), expected);
    buf_deinit(&text);
}

static void test_wire__reads_every_type_into_canonical_form(void **state)
{
    (void)state;
    /* clang-format off */
    static const struct {
        const char *given, *canonical;
    } cases[] = {
        {"{}",
         "{}"},
        {"{\"a\":{\"S\":\"x\"}}",
         "{\"a\":{\"S\":\"x\"}}"},
        {"{\"a\":{\"S\":\"\"}}",
         "{\"a\":{\"S\":\"\"}}"},
        {"{\"a\":{\"N\":\"+01.50\"}}",
         "{\"a\":{\"N\":\"1.5\"}}"},
        {"{\"a\":{\"B\":\"\"}}",
         "{\"a\":{\"B\":\"\"}}"},
        {"{\"a\":{\"B\":\"AAEC/w==\"}}",
         "{\"a\":{\"B\":\"AAEC/w==\"}}"},
        {"{\"a\":{\"SS\":[\"b\",\"\",\"a\"]}}",
         "{\"a\":{\"SS\":[\"\",\"a\",\"b\"]}}" },
        {"{\"a\":{\"NS\":[\"10\",\"9\",\"-3.5\",\"0\"]}}",
         "{\"a\":{\"NS\":[\"-3.5\",\"0\",\"9\",\"10\"]}}"},
        {"{\"a\":{\"BS\":[\"/w==\",\"AA==\"]}}",
         "{\"a\":{\"BS\":[\"AA==\",\"/w==\"]}}"},
        {"{\"a\":{\"L\":[{\"S\":\"z\"},{\"S\":\"y\"},{\"L\":[]}]}}",
         "{\"a\":{\"L\":[{\"S\":\"z\"},{\"S\":\"y\"},{\"L\":[]}]}}"},
        {"{\"a\":{\"M\":{\"y\":{\"N\":\"1\"},\"x\":{\"M\":{}}}}}",
         "{\"a\":{\"M\":{\"x\":{\"M\":{}},\"y\":{\"N\":\"1\"}}}}"},
        {"{\"a\":{\"NULL\":true}}",
         "{\"a\":{\"NULL\":true}}"},
        {"{\"a\":{\"NULL\":\"Yes\"}}",
         "{\"a\":{\"NULL\":true}}"},
        {"{\"a\":{\"BOOL\":false},\"b\":{\"BOOL\":true}}",
         "{\"a\":{\"BOOL\":false},\"b\":{\"BOOL\":true}}"},
        {"{\"a\":{\"BOOL\":\"TRUE\"},\"b\":{\"BOOL\":\"no\"},\"c\":{\"BOOL\":\"1\"},"
         "\"d\":{\"BOOL\":\"0\"}}",
         "{\"a\":{\"BOOL\":true},\"b\":{\"BOOL\":false},\"c\":{\"BOOL\":true},"
         "\"d\":{\"BOOL\":false}}"},
    };
    /* clang-format on */
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct fixture f;
        fixture_begin(&f);
        check_written(fixture_map(&f, cases[i].given), cases[i].canonical);
        fixture_end(&f);
    }
}

static void test_wire__ignores_unknown_and_null_members_of_a_value(void **state)
{
    (void)state;
    struct fixture f;
    fixture_begin(&f);
    check_written(
        fixture_map(&f, "{\"a\":{\"X\":{\"deep\":[1,2]},\"S\":\"x\",\"N\":null,\"s\":1}}"),
        "{\"a\":{\"S\":\"x\"}}");
    fixture_end(&f);
}

static void test_wire__keeps_the_last_of_equal_names(void **state)
{
    (void)state;
    struct fixture f;
    fixture_begin(&f);
    check_written(fixture_map(&f, "{\"b\":{\"S\":\"1\"},\"a\":{\"S\":\"2\"},\"b\":{\"N\":\"3\"},"
                                  "\"b\":{\"S\":\"4\"},\"a\":{\"S\":\"\"}}"),
                  "{\"a\":{\"S\":\"\"},\"b\":{\"S\":\"4\"}}");
    check_written(fixture_map(&f, "{\"a\":{\"S\":\"first\",\"S\":\"last\"}}"),
                  "{\"a\":{\"S\":\"last\"}}");
    fixture_end(&f);
}

/* Each of `count` names twice, in an order that moves all of them; the value tells which. */
static void give_map(struct buf *text, uint32_t count)
{
    buf_init(text, support_mem(), 1 << 20);
    buf_put_text(text, "{");
    for (uint32_t i = 0; i < 2 * count; i++)
        buf_printf(text, "%s\"name %04u\":{\"N\":\"%u\"}", i == 0 ? "" : ",", (i * 7919) % count,
                   i);
    buf_put_text(text, "}");
}

static void test_wire__sorts_maps_of_every_size(void **state)
{
    (void)state;
    for (uint32_t count = 1; count < 200; count += 7) {
        struct fixture f;
        struct buf given;
        fixture_begin(&f);
        give_map(&given, count);
        struct value_cursor cursor = value_walk(fixture_sound(&f, wire_read_map, buf_view(&given)));
        assert_int_equal(cursor.left, count);
        for (uint32_t i = 0; i < count; i++) {
            struct span name = {0};
            struct value v = {0};
            int64_t which = 0;
            char expected[32];
            (void)snprintf(expected, sizeof expected, "name %04u", i);
            assert_true(value_next_attribute(&cursor, &name, &v));
            support_assert_text(name, expected);
            assert_true(number_to_i64(v.body, &which));
            assert_in_range(which, count, 2 * count - 1); /* the second of the two */
        }
        buf_deinit(&given);
        fixture_end(&f);
    }
}

static void test_wire__sorts_sets_of_every_size(void **state)
{
    (void)state;
    for (uint32_t count = 1; count < 200; count += 7) {
        struct fixture f;
        struct buf given;
        fixture_begin(&f);
        buf_init(&given, support_mem(), 1 << 20);
        buf_put_text(&given, "{\"NS\":[");
        for (uint32_t i = 0; i < count; i++)
            buf_printf(&given, "%s\"%u\"", i == 0 ? "" : ",", (i * 7919) % count);
        buf_put_text(&given, "]}");
        struct value_cursor cursor =
            value_walk(fixture_sound(&f, wire_read_value, buf_view(&given)));
        for (uint32_t i = 0; i < count; i++) {
            struct span member = {0};
            int64_t n = -1;
            assert_true(value_next_member(&cursor, &member));
            assert_true(number_to_i64(member, &n));
            assert_int_equal(n, i);
        }
        assert_int_equal(cursor.rest.len, 0);
        buf_deinit(&given);
        fixture_end(&f);
    }
}

/* ---- mistakes of shape ---- */

static void check_shape(const char *text, const char *sentence)
{
    struct fixture f;
    struct value out = {VALUE_BOOL, {0}};
    fixture_begin(&f);
    if (fixture_read(&f, wire_read_map, span_of(text), &out) != ST_SERIALIZATION)
        fail_msg("accepted: %s", text);
    support_assert_text(error_text(&f.err), sentence);
    assert_int_equal(out.type, VALUE_BOOL);
    fixture_end(&f);
}

#define MAP_SENTENCE                                                                               \
    "Unrecognized collection type java.util.Map<java.lang.String, "                                \
    "com.amazonaws.dynamodb.v20120810.AttributeValue>"
#define VALUE_SENTENCE                                                                             \
    "Unrecognized collection type class com.amazonaws.dynamodb.v20120810.AttributeValue"
#define STRUCTURE_SENTENCE "Start of structure or map found where not expected"

static void test_wire__refuses_wrong_shapes_with_dynamodbs_sentences(void **state)
{
    (void)state;
    /* clang-format off */
    static const struct {
        const char *text, *sentence;
    } cases[] = {
        {"\"23\"", "Unexpected field type"},
        {"true", "Unexpected field type"},
        {"23", "Unexpected field type"},
        {"34.56", "Unexpected field type"},
        {"[]", MAP_SENTENCE},
        {"{\"a\":\"23\"}", "Unexpected value type in payload"},
        {"{\"a\":false}", "Unexpected value type in payload"},
        {"{\"a\":2147483648}", "Unexpected value type in payload"},
        {"{\"a\":[]}", VALUE_SENTENCE},
        {"{\"a\":{\"S\":true}}", "TRUE_VALUE cannot be converted to String"},
        {"{\"a\":{\"S\":false}}", "FALSE_VALUE cannot be converted to String"},
        {"{\"a\":{\"S\":23}}", "NUMBER_VALUE cannot be converted to String"},
        {"{\"a\":{\"S\":-2147483648}}", "NUMBER_VALUE cannot be converted to String"},
        {"{\"a\":{\"S\":34.56}}", "DECIMAL_VALUE cannot be converted to String"},
        {"{\"a\":{\"S\":1e3}}", "DECIMAL_VALUE cannot be converted to String"},
        {"{\"a\":{\"S\":1E3}}", "DECIMAL_VALUE cannot be converted to String"},
        {"{\"a\":{\"S\":[]}}", "Unrecognized collection type class java.lang.String"},
        {"{\"a\":{\"S\":{}}}", STRUCTURE_SENTENCE},
        {"{\"a\":{\"N\":123}}", "NUMBER_VALUE cannot be converted to String"},
        {"{\"a\":{\"N\":{}}}", STRUCTURE_SENTENCE},
        {"{\"a\":{\"B\":true}}", "only base-64-encoded strings are convertible to bytes" },
        {"{\"a\":{\"B\":23}}", "only base-64-encoded strings are convertible to bytes" },
        {"{\"a\":{\"B\":[]}}", "Unrecognized collection type class java.nio.ByteBuffer"},
        {"{\"a\":{\"B\":{}}}", STRUCTURE_SENTENCE},
        {"{\"a\":{\"B\":\"23456\"}}",
         "Base64 encoded length is expected a multiple of 4 bytes but found: 5"},
        {"{\"a\":{\"B\":\"=+/=\"}}", "Invalid last non-pad Base64 character dectected"},
        {"{\"a\":{\"BOOL\":\"23\"}}", "Unexpected token received from parser"},
        {"{\"a\":{\"BOOL\":23}}", "NUMBER_VALUE cannot be converted to Boolean"},
        {"{\"a\":{\"BOOL\":34.56}}", "DECIMAL_VALUE cannot be converted to Boolean"},
        {"{\"a\":{\"BOOL\":[]}}", "Unrecognized collection type class java.lang.Boolean"},
        {"{\"a\":{\"BOOL\":{}}}", STRUCTURE_SENTENCE},
        {"{\"a\":{\"NULL\":\"\"}}", "Unexpected token received from parser"},
        {"{\"a\":{\"NULL\":[]}}", "Unrecognized collection type class java.lang.Boolean"},
        {"{\"a\":{\"SS\":\"23\"}}", "Unexpected field type"},
        {"{\"a\":{\"SS\":{}}}", STRUCTURE_SENTENCE},
        {"{\"a\":{\"SS\":[1]}}", "NUMBER_VALUE cannot be converted to String"},
        {"{\"a\":{\"SS\":[\"a\",[]]}}", "Unrecognized collection type class java.lang.String"},
        {"{\"a\":{\"NS\":true}}", "Unexpected field type"},
        {"{\"a\":{\"NS\":[1]}}", "NUMBER_VALUE cannot be converted to String"},
        {"{\"a\":{\"BS\":1}}", "Unexpected field type"},
        {"{\"a\":{\"BS\":[\"x\"]}}",
         "Base64 encoded length is expected a multiple of 4 bytes but found: 1"},
        {"{\"a\":{\"L\":\"x\"}}", "Unexpected field type"},
        {"{\"a\":{\"L\":{}}}", STRUCTURE_SENTENCE},
        {"{\"a\":{\"L\":[1]}}", "Unexpected value type in payload"},
        {"{\"a\":{\"L\":[[]]}}", VALUE_SENTENCE},
        {"{\"a\":{\"M\":1}}", "Unexpected field type"},
        {"{\"a\":{\"M\":[]}}", MAP_SENTENCE},
        {"{\"a\":{\"M\":{\"b\":1}}}", "Unexpected value type in payload"},
        {"{\"a\":{\"M\":{\"b\":[]}}}", VALUE_SENTENCE},
    };
    /* clang-format on */
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) check_shape(cases[i].text, cases[i].sentence);
}

static void test_wire__says_nothing_about_what_is_no_json(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "{",
        "{\"a\":{\"S\":\"x\"}",
        "{\"a\":{\"S\":\"\\ud800\"}}",
        "{\"a\":{\"X\":[}}",
        "{\"a\":{\"SS\":[\"a\"",
        "{\"a\":{\"L\":[{\"S\":\"\xFF\"}]}}",
    };
    for (size_t i = 0; i < ARRAY_COUNT(texts); i++) check_shape(texts[i], "");
}

/* ---- mistakes of value ---- */

static void check_late(fixture_read_fn *read, const char *text, const char *sentence)
{
    struct fixture f;
    struct value out = {0};
    fixture_begin(&f);
    if (fixture_read(&f, read, span_of(text), &out) != ST_OK)
        fail_msg("refused at once: %s: %.*s", text, SPAN_ARG(error_text(&f.err)));
    if (f.late.status != ST_VALIDATION) fail_msg("accepted: %s", text);
    support_assert_text(error_text(&f.late), sentence);
    fixture_end(&f);
}

#define EMPTY_SENTENCE                                                                             \
    "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"
#define MANY_SENTENCE                                                                              \
    "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the "    \
    "supported datatypes"
#define INVALID "One or more parameter values were invalid: "
#define NUMERIC "The parameter cannot be converted to a numeric value"

static void test_wire__refuses_values_late_with_dynamodbs_sentences(void **state)
{
    (void)state;
    /* clang-format off */
    static const struct {
        const char *text, *sentence;
    } cases[] = {
        {"{\"a\":{}}", EMPTY_SENTENCE},
        {"{\"a\":{\"a\":\"\"}}", EMPTY_SENTENCE},
        {"{\"a\":{\"S\":null}}", EMPTY_SENTENCE},
        {"{\"a\":{\"M\":{\"a\":{}}}}", EMPTY_SENTENCE},
        {"{\"a\":{\"L\":[{}]}}", EMPTY_SENTENCE},
        {"{\"a\":{\"L\":[{\"a\":{}}]}}", EMPTY_SENTENCE},
        {"{\"a\":{\"S\":\"a\",\"N\":\"1\"}}", MANY_SENTENCE},
        {"{\"a\":{\"BOOL\":true,\"NULL\":true,\"S\":\"\"}}", MANY_SENTENCE},
        {"{\"a\":{\"NULL\":false}}",
         INVALID "Null attribute value types must have the value of true"},
        {"{\"a\":{\"NULL\":\"no\"}}",
         INVALID "Null attribute value types must have the value of true"},
        {"{\"a\":{\"SS\":[]}}", INVALID "An string set  may not be empty"},
        {"{\"a\":{\"NS\":[]}}", INVALID "An number set  may not be empty"},
        {"{\"a\":{\"BS\":[]}}", INVALID "Binary sets should not be empty"},
        {"{\"a\":{\"M\":{\"b\":{\"SS\":[]}}}}", INVALID "An string set  may not be empty"},
        {"{\"a\":{\"L\":[{\"SS\":[]}]}}", INVALID "An string set  may not be empty"},
        {"{\"a\":{\"SS\":[\"a\",null]}}",
         INVALID "An string set may not have a null string as a member"},
        {"{\"a\":{\"NS\":[null]}}", INVALID "An number set may not have a null string as a member"},
        {"{\"a\":{\"BS\":[null]}}", INVALID "Binary sets may not contain null or empty values"},
        {"{\"a\":{\"SS\":[\"a\",\"a\"]}}", INVALID "Input collection [a, a] contains duplicates."},
        {"{\"a\":{\"SS\":[\"b\",\"a\",\"c\",\"a\"]}}",
         INVALID "Input collection [b, a, c, a] contains duplicates."},
        {"{\"a\":{\"BS\":[\"Yg==\",\"Yg==\"]}}",
         INVALID "Input collection [Yg==, Yg==]of type BS contains duplicates."},
        {"{\"a\":{\"NS\":[\"1\",\"1\"]}}", "Input collection contains duplicates"},
        {"{\"a\":{\"NS\":[\"1\",\"2\",\"1.0\"]}}", "Input collection contains duplicates"},
        {"{\"a\":{\"S\":\"\",\"N\":\"\"}}", NUMERIC},
        {"{\"a\":{\"S\":\"a\",\"N\":\"b\"}}", NUMERIC ": b"},
        {"{\"a\":{\"NS\":[\"1\",\"\"]}}", NUMERIC},
        {"{\"a\":{\"NS\":[\"1\",\"b\"]}}", NUMERIC ": b"},
        {"{\"a\":{\"N\":\"1e126\"}}",
         "Number overflow. Attempting to store a number with magnitude "
         "larger than supported range"},
        {"{\"a\":null}", "The supplied Item contains a null AttributeValue: a is null" },
        {"{\"a\":{\"M\":{\"b\":null}}}",
         "The supplied Item contains a null AttributeValue: b is null"},
        {"{\"a\":{\"L\":[null]}}", "The supplied Item contains a null AttributeValue"},
        {"{\"\":{\"S\":\"x\"}}", "Empty attribute name"},
        {"{\"a\":{\"M\":{\"\":{\"S\":\"x\"}}}}", "Empty attribute name"},
        {"{\"\":{\"SS\":[]}}", INVALID "An string set  may not be empty"},
    };
    /* clang-format on */
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++)
        check_late(wire_read_map, cases[i].text, cases[i].sentence);
}

#define IN_VALUES "ExpressionAttributeValues contains invalid value: "

static void test_wire__names_the_key_of_a_refused_expression_value(void **state)
{
    (void)state;
    /* clang-format off */
    static const struct {
        const char *text, *sentence;
    } cases[] = {
        {"{\":a\":{\"S\":\"ok\"},\":b\":{}}", IN_VALUES EMPTY_SENTENCE " for key :b"},
        {"{\":b\":{\"S\":\"a\",\"N\":\"1\"}}", IN_VALUES MANY_SENTENCE " for key :b" },
        {"{\":b\":{\"N\":\"x\"},\":c\":{}}", IN_VALUES NUMERIC ": x for key :b"},
        {"{\":b\":{\"L\":[{\"SS\":[]}]}}",
         IN_VALUES INVALID "An string set  may not be empty for key :b"},
        {"{\":b\":{\"M\":{\"x\":{\"SS\":[\"a\",\"a\"]}}}}",
         IN_VALUES INVALID "Input collection [a, a] contains duplicates. for key :b"},
        {"{\":b\":{\"NULL\":false}}",
         INVALID "Null attribute value types must have the value of true"},
    };
    /* clang-format on */
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++)
        check_late(wire_read_values, cases[i].text, cases[i].sentence);
}

static void test_wire__leaves_the_syntax_of_keys_to_the_caller(void **state)
{
    (void)state;
    struct fixture f;
    fixture_begin(&f);
    const struct value v = fixture_sound(&f, wire_read_values, SPAN("{\"\":{\"S\":\"x\"}}"));
    assert_int_equal(value_count(v), 1);
    fixture_end(&f);
}

static void test_wire__reports_the_first_late_mistake(void **state)
{
    (void)state;
    check_late(wire_read_map, "{\"a\":{\"NS\":[]},\"b\":{\"SS\":[]},\"c\":{}}",
               INVALID "An number set  may not be empty");
}

static void test_wire__reports_shape_before_value(void **state)
{
    (void)state;
    check_shape("{\"a\":{\"NS\":[]},\"b\":{\"S\":1}}",
                "NUMBER_VALUE cannot be converted to String");
}

/* ---- limits ---- */

static status read_nested(struct fixture *f, fixture_read_fn *read, uint32_t maps, uint32_t lists)
{
    struct buf text;
    struct value out = {0};
    buf_init(&text, support_mem(), 1 << 16);
    buf_put_text(&text, "{\":a\":");
    for (uint32_t i = 0; i < maps; i++) buf_put_text(&text, "{\"M\":{\"x\":");
    for (uint32_t i = 0; i < lists; i++) buf_put_text(&text, "{\"L\":[");
    buf_put_text(&text, "{\"S\":\"leaf\"}");
    for (uint32_t i = 0; i < lists; i++) buf_put_text(&text, "]}");
    for (uint32_t i = 0; i < maps; i++) buf_put_text(&text, "}}");
    buf_put_text(&text, "}");
    const status st = fixture_read(f, read, buf_view(&text), &out);
    buf_deinit(&text);
    return st;
}

static void test_wire__limits_nesting(void **state)
{
    (void)state;
    static const struct {
        uint32_t maps, lists;
        bool accepted;
    } cases[] = {
        {0,  0,  true },
        {31, 0,  true },
        {0,  31, true },
        {16, 15, true },
        {32, 0,  false},
        {0,  32, false},
        {16, 16, false},
        {36, 0,  false},
    };
    static fixture_read_fn *const readers[] = {wire_read_map, wire_read_values};
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++)
        for (size_t at = 0; at < ARRAY_COUNT(readers); at++) {
            struct fixture f;
            fixture_begin(&f);
            assert_int_equal(read_nested(&f, readers[at], cases[i].maps, cases[i].lists), ST_OK);
            assert_int_equal(f.late.status, cases[i].accepted ? ST_OK : ST_VALIDATION);
            if (!cases[i].accepted)
                support_assert_text(error_text(&f.late),
                                    "Nesting Levels have exceeded supported limits: Attributes in "
                                    "the item have nested levels beyond supported limit");
            fixture_end(&f);
        }
}

static void test_wire__accepts_several_deep_values_beside_each_other(void **state)
{
    (void)state;
    struct fixture f;
    fixture_begin(&f);
    const struct value v = fixture_map(&f, "{\"a\":{\"L\":[{\"L\":[{\"M\":{}}]},{\"L\":[]}]},"
                                           "\"b\":{\"M\":{\"x\":{\"L\":[]},\"y\":{\"M\":{}}}}}");
    assert_int_equal(value_depth(v), 4);
    fixture_end(&f);
}

static status read_long_name(struct fixture *f, size_t len)
{
    struct buf text;
    struct value out = {0};
    buf_init(&text, support_mem(), 1 << 20);
    buf_put_text(&text, "{\"");
    for (size_t i = 0; i < len; i++) buf_put_u8(&text, 'n');
    buf_put_text(&text, "\":{\"S\":\"x\"}}");
    const status st = fixture_read(f, wire_read_map, buf_view(&text), &out);
    buf_deinit(&text);
    return st;
}

static void test_wire__limits_the_length_of_names(void **state)
{
    (void)state;
    struct fixture f;
    fixture_begin(&f);
    assert_int_equal(read_long_name(&f, LIMIT_NAME_BYTES), ST_OK);
    assert_int_equal(f.late.status, ST_OK);
    assert_int_equal(read_long_name(&f, LIMIT_NAME_BYTES + 1), ST_OK);
    assert_int_equal(f.late.status, ST_VALIDATION);
    support_assert_text(error_text(&f.late),
                        "Attribute name is too large, must be less than 65536 bytes");
    fixture_end(&f);
}

static void test_wire__writes_deeper_damage_as_null(void **state)
{
    (void)state;
    struct buf bodies;
    struct buf text;
    struct json_writer json;
    struct value v = {VALUE_NULL, {0}};
    buf_init(&bodies, support_mem(), 1 << 20);
    assert_non_null(buf_reserve(&bodies, 1 << 19)); /* bodies must not move */
    for (int i = 0; i < 100; i++) {
        const size_t begun = value_write_begin(&bodies);
        value_write_element(&bodies, v);
        value_write_end(&bodies, begun, 1);
        v = (struct value){VALUE_L, span_drop(buf_view(&bodies), begun)};
    }
    buf_init(&text, support_mem(), 1 << 12);
    json_writer_init(&json, &text);
    wire_write_value(&json, v);
    assert_true(span_contains(buf_view(&text), SPAN("{\"L\":[null]}")));
    buf_deinit(&text);
    buf_deinit(&bodies);
    support_mem_check();
}

/* ---- memory ---- */

static const char document[] =
    "{\"pk\":{\"S\":\"caf\\u00e9\"},\"n\":{\"N\":\"-12.5\"},\"b\":{\"B\":\"AAEC\"},"
    "\"ss\":{\"SS\":[\"b\",\"a\"]},\"ns\":{\"NS\":[\"2\",\"1\"]},\"bs\":{\"BS\":[\"AA==\"]},"
    "\"t\":{\"BOOL\":true},\"z\":{\"NULL\":true},\"x\":{\"X\":1,\"S\":\"\"},"
    "\"l\":{\"L\":[{\"M\":{\"y\":{\"S\":\"\"},\"x\":{\"S\":\"\\n\"}}}]}}";

static void test_wire__reads_texts_that_end_at_a_guard_page(void **state)
{
    (void)state;
    const struct span whole = span_of(document);
    for (size_t len = 0; len <= whole.len; len++) {
        struct fixture f;
        struct value out = {0};
        fixture_begin(&f);
        const struct span guarded = support_guard(span_take(whole, len));
        assert_int_equal(fixture_read(&f, wire_read_map, guarded, &out),
                         len == whole.len ? ST_OK : ST_SERIALIZATION);
        support_guard_free(guarded);
        fixture_end(&f);
    }
}

/* Read `text` with the nth allocation failing, as small arenas make many; did it fire? */
static bool read_failing(fixture_read_fn *read, struct span text, uint64_t nth)
{
    struct fixture f;
    struct value out = {0};
    fixture_begin(&f);
    support_mem_fail_at(nth);
    const status st = fixture_read(&f, read, text, &out);
    const bool fired = support_mem_failed();
    support_mem_fail_at(0);
    if (!fired) assert_int_equal(st, ST_OK);
    if (fired) assert_int_equal(st, ST_NO_MEMORY);
    fixture_end(&f);
    return fired;
}

static void test_wire__survives_every_failed_allocation(void **state)
{
    (void)state;
    struct buf large;
    buf_init(&large, mem_heap(), 1 << 22);
    buf_put_text(&large, "{\"dup\":{\"SS\":[\"a\\n\"");
    for (int i = 0; i < 20000; i++) buf_printf(&large, ",\"%d\"", 20000 - i);
    buf_put_text(&large, "]},\"a\":{\"S\":\"x\"}}");
    const struct span texts[] = {span_of(document), buf_view(&large)};
    for (size_t i = 0; i < ARRAY_COUNT(texts); i++)
        for (uint64_t nth = 1; read_failing(wire_read_map, texts[i], nth); nth++)
            assert_true(nth < 100);
    buf_deinit(&large);
    support_mem_check();
}

static void test_wire__refuses_what_finds_no_room_in_the_arena(void **state)
{
    (void)state;
    for (size_t room = 0; room < 12000; room += 100) {
        struct arena arena;
        struct json_reader json;
        json_token token = JSON_END;
        struct span first = {0};
        struct value out = {0};
        arena_init(&arena, support_mem(), room);
        struct error late = error_in(&arena);
        struct error err = error_in(&arena);
        json_reader_init(&json, &arena, span_of(document));
        assert_int_equal(json_reader_next(&json, &token, &first), ST_OK);
        const status st = wire_read_map(&json, token, &out, &late, &err);
        assert_true(st == ST_OK || st == ST_NO_MEMORY);
        if (late.status != ST_OK) fail_msg("room %zu: %.*s", room, SPAN_ARG(error_text(&late)));
        if (room < 500) assert_int_equal(st, ST_NO_MEMORY);
        arena_deinit(&arena);
    }
    support_mem_check();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wire__reads_every_type_into_canonical_form),
        cmocka_unit_test(test_wire__ignores_unknown_and_null_members_of_a_value),
        cmocka_unit_test(test_wire__keeps_the_last_of_equal_names),
        cmocka_unit_test(test_wire__sorts_maps_of_every_size),
        cmocka_unit_test(test_wire__sorts_sets_of_every_size),
        cmocka_unit_test(test_wire__refuses_wrong_shapes_with_dynamodbs_sentences),
        cmocka_unit_test(test_wire__says_nothing_about_what_is_no_json),
        cmocka_unit_test(test_wire__refuses_values_late_with_dynamodbs_sentences),
        cmocka_unit_test(test_wire__names_the_key_of_a_refused_expression_value),
        cmocka_unit_test(test_wire__leaves_the_syntax_of_keys_to_the_caller),
        cmocka_unit_test(test_wire__reports_the_first_late_mistake),
        cmocka_unit_test(test_wire__reports_shape_before_value),
        cmocka_unit_test(test_wire__limits_nesting),
        cmocka_unit_test(test_wire__accepts_several_deep_values_beside_each_other),
        cmocka_unit_test(test_wire__limits_the_length_of_names),
        cmocka_unit_test(test_wire__writes_deeper_damage_as_null),
        cmocka_unit_test(test_wire__reads_texts_that_end_at_a_guard_page),
        cmocka_unit_test(test_wire__survives_every_failed_allocation),
        cmocka_unit_test(test_wire__refuses_what_finds_no_room_in_the_arena),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
