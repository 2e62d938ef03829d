/* json_writer_test.c -- what the writer writes, byte by byte, and that the reader reads it back. */
#include "support/support.h"

#include "base/utf8.h"
#include "json/json_reader.h"
#include "json/json_writer.h"

struct written {
    struct buf buf;
    struct json_writer json;
};

static void begin(struct written *w)
{
    buf_init(&w->buf, support_mem(), 1 << 20);
    json_writer_init(&w->json, &w->buf);
}

static void end(struct written *w, const char *expected)
{
    assert_int_equal(buf_status(&w->buf), ST_OK);
    support_assert_text(buf_view(&w->buf), expected);
    buf_deinit(&w->buf);
    support_mem_check();
}

static void test_json_writer__puts_commas_between_and_nowhere_else(void **state)
{
    (void)state;
    struct written w;
    begin(&w);
    json_writer_object_begin(&w.json);
    json_writer_key(&w.json, SPAN("a"));
    json_writer_array_begin(&w.json);
    json_writer_array_begin(&w.json);
    json_writer_array_end(&w.json);
    json_writer_i64(&w.json, INT64_MIN);
    json_writer_raw(&w.json, SPAN("1.50"));
    json_writer_object_begin(&w.json);
    json_writer_object_end(&w.json);
    json_writer_string(&w.json, SPAN("x"));
    json_writer_base64(&w.json, SPAN("yz"));
    json_writer_null(&w.json);
    json_writer_array_end(&w.json);
    json_writer_member_string(&w.json, "b", SPAN(""));
    json_writer_member_i64(&w.json, "c", 7);
    json_writer_member_bool(&w.json, "d", true);
    json_writer_key(&w.json, SPAN("e"));
    json_writer_bool(&w.json, false);
    json_writer_object_end(&w.json);
    end(&w, "{\"a\":[[],-9223372036854775808,1.50,{},\"x\",\"eXo=\",null],\"b\":\"\",\"c\":7,"
            "\"d\":true,\"e\":false}");
}

static void test_json_writer__escapes_what_json_asks_for(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t len;
        const char *json;
    } cases[] = {
        {"\"\\",                              2,  "\"\\\"\\\\\""                          },
        {"\b\f\n\r\t",                        5,  "\"\\b\\f\\n\\r\\t\""                   },
        {"\0\x01\x1F",                        3,  "\"\\u0000\\u0001\\u001f\""             },
        {"a/b\x7F",                           4,  "\"a/b\x7F\""                           },
        {"caf\xC3\xA9",                       5,  "\"caf\xC3\xA9\""                       },
        {"more than 16 before \n and behind", 32, "\"more than 16 before \\n and behind\""},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct written w;
        begin(&w);
        json_writer_string(&w.json, (struct span){(const uint8_t *)cases[i].text, cases[i].len});
        end(&w, cases[i].json);
    }
}

static void test_json_writer__escapes_names(void **state)
{
    (void)state;
    struct written w;
    begin(&w);
    json_writer_object_begin(&w.json);
    json_writer_member_bool(&w.json, "a\"b", true);
    json_writer_object_end(&w.json);
    end(&w, "{\"a\\\"b\":true}");
}

/* RFC 4648, section 10, and the two characters it does not reach. */
static void test_json_writer__writes_base64(void **state)
{
    (void)state;
    static const struct {
        const char *bytes, *json;
    } cases[] = {
        {"",             "\"\""        },
        {"f",            "\"Zg==\""    },
        {"fo",           "\"Zm8=\""    },
        {"foo",          "\"Zm9v\""    },
        {"foob",         "\"Zm9vYg==\""},
        {"fooba",        "\"Zm9vYmE=\""},
        {"foobar",       "\"Zm9vYmFy\""},
        {"\xFB\xFF\xFE", "\"+//+\""    },
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct written w;
        begin(&w);
        json_writer_base64(&w.json, span_of(cases[i].bytes));
        end(&w, cases[i].json);
    }
}

static uint32_t random_code(struct support_random *random)
{
    static const uint32_t bounds[] = {0x20, 0x80, 0x80, 0x800, 0x10000, 0x110000};
    const uint32_t code =
        support_random_below(random, bounds[support_random_below(random, ARRAY_COUNT(bounds))]);
    return code >= 0xD800 && code <= 0xDFFF ? '"' : code;
}

static void test_json_writer__writes_strings_that_read_back_the_same(void **state)
{
    (void)state;
    struct support_random random = support_random();
    for (int i = 0; i < 20000; i++) {
        uint8_t text[4 * 60];
        size_t len = 0;
        const uint32_t codes = support_random_below(&random, 60);
        for (uint32_t at = 0; at < codes; at++)
            len += utf8_encode(random_code(&random), text + len);
        struct arena arena;
        struct written w;
        struct json_reader reader;
        json_token token = JSON_END;
        struct span back = {0};
        arena_init(&arena, support_mem(), 1 << 20);
        begin(&w);
        json_writer_string(&w.json, (struct span){text, len});
        json_reader_init(&reader, &arena, buf_view(&w.buf));
        assert_int_equal(json_reader_next(&reader, &token, &back), ST_OK);
        assert_int_equal(token, JSON_STRING);
        assert_int_equal(back.len, len);
        assert_memory_equal(back.ptr, text, len);
        assert_int_equal(json_reader_next(&reader, &token, &back), ST_OK);
        assert_int_equal(token, JSON_END);
        buf_deinit(&w.buf);
        arena_deinit(&arena);
    }
    support_mem_check();
}

static void write_some(struct json_writer *json)
{
    json_writer_object_begin(json);
    for (int i = 0; i < 40; i++) {
        json_writer_member_string(json, "name", SPAN("text with \"quotes\" and\nlines"));
        json_writer_member_i64(json, "n", i);
        json_writer_key(json, SPAN("b"));
        json_writer_base64(json, SPAN("0123456789"));
    }
    json_writer_object_end(json);
}

static void test_json_writer__keeps_the_first_failure_in_the_buf(void **state)
{
    (void)state;
    bool fired = true;
    for (uint64_t nth = 1; fired; nth++) {
        struct written w;
        begin(&w);
        support_mem_fail_at(nth);
        write_some(&w.json);
        fired = support_mem_failed();
        support_mem_fail_at(0);
        assert_int_equal(buf_status(&w.buf), fired ? ST_NO_MEMORY : ST_OK);
        buf_deinit(&w.buf);
    }
    support_mem_check();
}

static void test_json_writer__stops_at_the_maximum_of_the_buf(void **state)
{
    (void)state;
    for (size_t max = 0; max < 300; max++) {
        struct written w;
        buf_init(&w.buf, support_mem(), max);
        json_writer_init(&w.json, &w.buf);
        write_some(&w.json);
        assert_int_equal(buf_status(&w.buf), ST_LIMIT);
        buf_deinit(&w.buf);
    }
    support_mem_check();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json_writer__puts_commas_between_and_nowhere_else),
        cmocka_unit_test(test_json_writer__escapes_what_json_asks_for),
        cmocka_unit_test(test_json_writer__escapes_names),
        cmocka_unit_test(test_json_writer__writes_base64),
        cmocka_unit_test(test_json_writer__writes_strings_that_read_back_the_same),
        cmocka_unit_test(test_json_writer__keeps_the_first_failure_in_the_buf),
        cmocka_unit_test(test_json_writer__stops_at_the_maximum_of_the_buf),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
