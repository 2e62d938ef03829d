/* json_reader_test.c -- the reader against RFC 8259, text by text.
 *
 * A text is read to its end and its tokens are shown as one line: { } [ ] as they are, k(name),
 * s(text), n(text), T F N. Texts stand at a guard page, so that one byte read too far is a crash.
 */
#include "support/support.h"

#include <stdio.h>

#include "base/buf.h"
#include "json/json_reader.h"

static const char *const marks[] = {
    [JSON_OBJECT_BEGIN] = "{", [JSON_OBJECT_END] = "}", [JSON_ARRAY_BEGIN] = "[",
    [JSON_ARRAY_END] = "]",    [JSON_KEY] = "k",        [JSON_STRING] = "s",
    [JSON_NUMBER] = "n",       [JSON_TRUE] = "T",       [JSON_FALSE] = "F",
    [JSON_NULL] = "N",
};

static void show(struct buf *shown, json_token token, struct span text)
{
    buf_put_text(shown, marks[token]);
    if (token != JSON_KEY && token != JSON_STRING && token != JSON_NUMBER) {
        assert_int_equal(text.len, 0);
        return;
    }
    buf_put_u8(shown, '(');
    buf_put(shown, text);
    buf_put_u8(shown, ')');
}

/* Read all of `text`, showing its tokens. */
static status read_all(struct arena *arena, struct span text, struct buf *shown)
{
    struct json_reader reader;
    json_reader_init(&reader, arena, text);
    for (;;) {
        json_token token = JSON_END;
        struct span found = {0};
        TRY(json_reader_next(&reader, &token, &found));
        if (token == JSON_END) return ST_OK;
        show(shown, token, found);
    }
}

static status read_guarded(struct span text, char *out, size_t size)
{
    struct arena arena;
    struct buf shown;
    arena_init(&arena, support_mem(), 1 << 20);
    buf_init(&shown, support_mem(), 1 << 20);
    const struct span guarded = support_guard(text);
    const status st = read_all(&arena, guarded, &shown);
    const struct span view = buf_view(&shown);
    assert_true(view.len < size);
    memcpy(out, view.len == 0 ? text.ptr : view.ptr, view.len);
    out[view.len] = 0;
    support_guard_free(guarded);
    buf_deinit(&shown);
    arena_deinit(&arena);
    return st;
}

static void test_json_reader__reads_every_kind_of_value(void **state)
{
    (void)state;
    static const struct {
        const char *text, *tokens;
    } cases[] = {
        {"{}",                                             "{}"                      },
        {"[]",                                             "[]"                      },
        {" \t\r\n[ ] \n",                                  "[]"                      },
        {"\"\"",                                           "s()"                     },
        {"null",                                           "N"                       },
        {"true",                                           "T"                       },
        {"false",                                          "F"                       },
        {"0",                                              "n(0)"                    },
        {"-0",                                             "n(-0)"                   },
        {"-12.50e+3",                                      "n(-12.50e+3)"            },
        {"1E9",                                            "n(1E9)"                  },
        {"10",                                             "n(10)"                   },
        {"{\"a\":1}",                                      "{k(a)n(1)}"              },
        {"{ \"a\" : [ 1 , \"b\" , { } ] , \"c\" : null }", "{k(a)[n(1)s(b){}]k(c)N}" },
        {"{\"\":{\"\":[]}}",                               "{k(){k()[]}}"            },
        {"[[[]],[],{\"x\":[{}]}]",                         "[[[]][]{k(x)[{}]}]"      },
        {"{\"a\":1,\"a\":2}",                              "{k(a)n(1)k(a)n(2)}"      },
        {"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"",                 "s(\"\\/\b\f\n\r\t)"      },
        {"\"\\u0041\\u00e9\\u20AC\"",                      "s(A\xC3\xA9\xE2\x82\xAC)"},
        {"\"\\uD83D\\uDE00\"",                             "s(\xF0\x9F\x98\x80)"     },
        {"\"x\\uDBFF\\uDFFFy\"",                           "s(x\xF4\x8F\xBF\xBFy)"   },
        {"\"caf\xC3\xA9 \x7F\"",                           "s(caf\xC3\xA9 \x7F)"     },
        {"{\"k\\u0065y\":\"v\"}",                          "{k(key)s(v)}"            },
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        char shown[256];
        assert_int_equal(read_guarded(span_of(cases[i].text), shown, sizeof shown), ST_OK);
        assert_string_equal(shown, cases[i].tokens);
    }
    support_mem_check();
}

static void check_refused(const char *text)
{
    char shown[256];
    if (read_guarded(span_of(text), shown, sizeof shown) == ST_SERIALIZATION) return;
    fail_msg("accepted: %s", text);
}

static void test_json_reader__refuses_broken_structure(void **state)
{
    (void)state;
    /* clang-format off */
    static const char *const texts[] = {
        "", " ", "{", "}", "[", "]", "[1", "[1,", "[1,]", "[,1]", "[1 2]", "[1}", "{]",
        "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{,}", "{a:1}", "{1:1}", "{\"a\" 1}",
        "{\"a\":1 \"b\":2}", "{\"a\":1]", "{\"a\":1", "1 1", "[] []", "{}x", "[1]//", "// 1",
        "/* */ 1", "\v1", "\xEF\xBB\xBF{}",
    };
    /* clang-format on */
    for (size_t i = 0; i < ARRAY_COUNT(texts); i++) check_refused(texts[i]);
    support_mem_check();
}

static void test_json_reader__refuses_other_words_and_numbers(void **state)
{
    (void)state;
    /* clang-format off */
    static const char *const texts[] = {
        "nul", "nulll", "True", "tru", "NaN", "Infinity", "-", "+1", "01", "-01", "1.", ".5",
        "1e", "1e+", "1.e1", "0x10",
    };
    /* clang-format on */
    for (size_t i = 0; i < ARRAY_COUNT(texts); i++) check_refused(texts[i]);
    support_mem_check();
}

static void test_json_reader__refuses_broken_strings(void **state)
{
    (void)state;
    /* clang-format off */
    static const char *const texts[] = {
        "'a'", "\"", "\"a", "\"\\", "\"\\\"", "\"\\x\"", "\"\\u\"", "\"\\u12\"", "\"\\u12g4\"",
        "\"\\u 123\"", "\"\\uD800\"", "\"\\uD800x\"", "\"\\uD800\\n\"", "\"\\uD800\\u0041\"",
        "\"\\uD800\\uD800\"", "\"\\uDC00\"", "\"\\uDFFF\\uD800\"", "\"\\uD83D\\uDE0\"",
        "\"a\nb\"", "\"\t\"", "\"\x1F\"", "\"\\\n\"", "\"\x80\"", "\"\xC3\"", "\"\xC0\x80\"",
        "\"\xED\xA0\x80\"", "\"\xF4\x90\x80\x80\"", "\"\xFF\"", "{\"\xC3\x28\":1}",
        "\"long enough to be read in blocks \xC3\x28\"", "\"\\n long and escaped as well \xC3\"",
    };
    /* clang-format on */
    for (size_t i = 0; i < ARRAY_COUNT(texts); i++) check_refused(texts[i]);
    support_mem_check();
}

static void test_json_reader__takes_a_zero_byte_only_as_an_escape(void **state)
{
    (void)state;
    char shown[64];
    assert_int_equal(read_guarded(SPAN("\"a\\u0000b\""), shown, sizeof shown), ST_OK);
    assert_memory_equal(shown, "s(a\0b)", 7);
    assert_int_equal(read_guarded(SPAN("\"a\0b\""), shown, sizeof shown), ST_SERIALIZATION);
    assert_int_equal(read_guarded(SPAN("1\0"), shown, sizeof shown), ST_SERIALIZATION);
    support_mem_check();
}

static const char document[] =
    "{\"TableName\":\"jobs\",\"n\":-1.5e3,\"Item\":{\"pk\":{\"S\":\"caf\xC3\xA9 \\u00e9 \\uD83D"
    "\\uDE00 and some more text\"},\"l\":{\"L\":[{\"N\":\"1\"},{\"BOOL\":true},{\"NULL\":null},"
    "{\"BOOL\":false}]}}}";

static void test_json_reader__refuses_every_prefix_of_a_document(void **state)
{
    (void)state;
    const struct span whole = span_of(document);
    char shown[512];
    for (size_t len = 0; len < whole.len; len++)
        assert_int_equal(read_guarded(span_take(whole, len), shown, sizeof shown),
                         ST_SERIALIZATION);
    assert_int_equal(read_guarded(whole, shown, sizeof shown), ST_OK);
    support_mem_check();
}

/* Every position of every special byte within and around the blocks the scan works in. */
static void test_json_reader__finds_the_end_of_strings_of_every_length(void **state)
{
    (void)state;
    for (size_t len = 0; len < 70; len++) {
        char text[80];
        char expected[80];
        char shown[80];
        memset(text, 'x', sizeof text);
        text[0] = text[len + 1] = '"';
        (void)snprintf(expected, sizeof expected, "s(%.*s)", (int)len, text + 1);
        assert_int_equal(read_guarded((struct span){(uint8_t *)text, len + 2}, shown, sizeof shown),
                         ST_OK);
        assert_string_equal(shown, expected);
        for (size_t at = 0; at < len; at++) {
            static const char bad[] = {'\n', '\x1F', '\0', '\x80', '\xFF'};
            for (size_t i = 0; i < sizeof bad; i++) {
                text[at + 1] = bad[i];
                const struct span given = {(uint8_t *)text, len + 2};
                assert_int_equal(read_guarded(given, shown, sizeof shown), ST_SERIALIZATION);
            }
            text[at + 1] = 'x';
        }
    }
    support_mem_check();
}

static status read_nested(size_t depth)
{
    uint8_t text[2 * LIMIT_JSON_DEPTH + 8];
    char shown[2 * LIMIT_JSON_DEPTH + 8];
    memset(text, '[', depth);
    memset(text + depth, ']', depth);
    return read_guarded((struct span){text, 2 * depth}, shown, sizeof shown);
}

static void test_json_reader__limits_nesting(void **state)
{
    (void)state;
    assert_int_equal(read_nested(LIMIT_JSON_DEPTH), ST_OK);
    assert_int_equal(read_nested(LIMIT_JSON_DEPTH + 1), ST_SERIALIZATION);
    support_mem_check();
}

static void test_json_reader__keeps_failing_after_a_failure(void **state)
{
    (void)state;
    struct arena arena;
    struct json_reader reader;
    json_token token = JSON_END;
    struct span text = {0};
    arena_init(&arena, support_mem(), 1 << 20);
    json_reader_init(&reader, &arena, SPAN("[x, 1]"));
    assert_int_equal(json_reader_next(&reader, &token, &text), ST_OK);
    for (int i = 0; i < 3; i++)
        assert_int_equal(json_reader_next(&reader, &token, &text), ST_SERIALIZATION);
    arena_deinit(&arena);
    support_mem_check();
}

static void test_json_reader__stays_at_the_end(void **state)
{
    (void)state;
    struct arena arena;
    struct json_reader reader;
    json_token token = JSON_NULL;
    struct span text = {0};
    arena_init(&arena, support_mem(), 1 << 20);
    json_reader_init(&reader, &arena, SPAN("1 "));
    assert_int_equal(json_reader_next(&reader, &token, &text), ST_OK);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(json_reader_next(&reader, &token, &text), ST_OK);
        assert_int_equal(token, JSON_END);
    }
    arena_deinit(&arena);
    support_mem_check();
}

static void test_json_reader__skips_one_whole_value(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "[{\"a\":[1,{\"b\":[]}]}, 7]", "[[], 7]", "[\"x\", 7]", "[1, 7]", "[[[[]]], 7]",
    };
    for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
        struct arena arena;
        struct json_reader reader;
        json_token token = JSON_END;
        struct span text = {0};
        arena_init(&arena, support_mem(), 1 << 20);
        json_reader_init(&reader, &arena, span_of(texts[i]));
        assert_int_equal(json_reader_next(&reader, &token, &text), ST_OK);
        assert_int_equal(json_reader_next(&reader, &token, &text), ST_OK);
        assert_int_equal(json_reader_skip(&reader, token), ST_OK);
        assert_int_equal(json_reader_next(&reader, &token, &text), ST_OK);
        support_assert_text(text, "7");
        arena_deinit(&arena);
    }
    support_mem_check();
}

static void test_json_reader__fails_when_skipping_what_is_no_json(void **state)
{
    (void)state;
    struct arena arena;
    struct json_reader reader;
    json_token token = JSON_END;
    struct span text = {0};
    arena_init(&arena, support_mem(), 1 << 20);
    json_reader_init(&reader, &arena, SPAN("[1, [2, }"));
    assert_int_equal(json_reader_next(&reader, &token, &text), ST_OK);
    assert_int_equal(json_reader_skip(&reader, token), ST_SERIALIZATION);
    arena_deinit(&arena);
    support_mem_check();
}

static void test_json_reader__copies_only_strings_with_escapes(void **state)
{
    (void)state;
    const struct span input = SPAN("[\"plain caf\xC3\xA9\", \"a\\tb\"]");
    struct arena arena;
    struct json_reader reader;
    json_token token = JSON_END;
    struct span text = {0};
    arena_init(&arena, support_mem(), 1 << 20);
    json_reader_init(&reader, &arena, input);
    assert_int_equal(json_reader_next(&reader, &token, &text), ST_OK);
    assert_int_equal(json_reader_next(&reader, &token, &text), ST_OK);
    assert_ptr_equal(text.ptr, input.ptr + 2);
    assert_int_equal(arena.taken, 0);
    assert_int_equal(json_reader_next(&reader, &token, &text), ST_OK);
    support_assert_text(text, "a\tb");
    assert_true(arena.taken > 0);
    arena_deinit(&arena);
    support_mem_check();
}

static void test_json_reader__survives_every_failed_allocation(void **state)
{
    (void)state;
    bool fired = true;
    for (uint64_t nth = 1; fired; nth++) {
        struct arena arena;
        struct buf shown;
        arena_init(&arena, support_mem(), 1 << 20);
        buf_init(&shown, mem_heap(), 1 << 20);
        support_mem_fail_at(nth);
        const status st = read_all(&arena, span_of(document), &shown);
        fired = support_mem_failed();
        assert_int_equal(st, fired ? ST_NO_MEMORY : ST_OK);
        support_mem_fail_at(0);
        buf_deinit(&shown);
        arena_deinit(&arena);
    }
    support_mem_check();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json_reader__reads_every_kind_of_value),
        cmocka_unit_test(test_json_reader__refuses_broken_structure),
        cmocka_unit_test(test_json_reader__refuses_other_words_and_numbers),
        cmocka_unit_test(test_json_reader__refuses_broken_strings),
        cmocka_unit_test(test_json_reader__takes_a_zero_byte_only_as_an_escape),
        cmocka_unit_test(test_json_reader__refuses_every_prefix_of_a_document),
        cmocka_unit_test(test_json_reader__finds_the_end_of_strings_of_every_length),
        cmocka_unit_test(test_json_reader__limits_nesting),
        cmocka_unit_test(test_json_reader__keeps_failing_after_a_failure),
        cmocka_unit_test(test_json_reader__stays_at_the_end),
        cmocka_unit_test(test_json_reader__skips_one_whole_value),
        cmocka_unit_test(test_json_reader__fails_when_skipping_what_is_no_json),
        cmocka_unit_test(test_json_reader__copies_only_strings_with_escapes),
        cmocka_unit_test(test_json_reader__survives_every_failed_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
