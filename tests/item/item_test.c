/* item_test.c -- stored items: the header, the size, and the check of every level.
 *
 * The property at the end makes random items, writes them as JSON by hand, and lets them walk
 * JSON -> stored bytes -> JSON -> stored bytes: the bytes must be the same and valid.
 */
#include "item/fixture.h"

#include <stdio.h>

#include "base/limits.h"
#include "item/item.h"

static void write_item(struct buf *buf, uint64_t version, struct value attributes)
{
    buf_init(buf, support_mem(), 1 << 20);
    item_write(buf, version, attributes);
    assert_int_equal(buf_status(buf), ST_OK);
}

static void test_item__reads_back_what_was_written(void **state)
{
    (void)state;
    struct fixture f;
    struct buf buf;
    struct item item;
    struct value v = {0};
    fixture_begin(&f);
    write_item(&buf, 0x0102030405060708U,
               fixture_map(&f, "{\"pk\":{\"S\":\"a\"},\"n\":{\"N\":\"12\"}}"));
    assert_int_equal(item_view(buf_view(&buf), &item), ST_OK);
    assert_true(item.version == 0x0102030405060708U);
    assert_int_equal(item.size, 2 + 1 + 1 + 2);
    assert_int_equal(value_count(item.attributes), 2);
    assert_true(value_find(item.attributes, SPAN("pk"), &v));
    support_assert_text(v.body, "a");
    assert_int_equal(buf.ptr[0], ITEM_FORM);
    assert_int_equal(buf.ptr[1], 8);
    assert_int_equal(buf.ptr[9], 6);
    assert_ptr_equal(item.attributes.body.ptr, buf.ptr + ITEM_HEADER_BYTES);
    buf_deinit(&buf);
    fixture_end(&f);
}

static void test_item__size_is_that_of_names_and_values(void **state)
{
    (void)state;
    static const struct {
        const char *json;
        uint32_t size;
    } cases[] = {
        {"{}",                                                 0                },
        {"{\"a\":{\"S\":\"\"}}",                               1                },
        {"{\"pk\":{\"S\":\"key\"},\"count\":{\"N\":\"-12\"}}", 2 + 3 + 5 + 3    },
        {"{\"caf\xC3\xA9\":{\"NULL\":true}}",                  5 + 1            },
        {"{\"m\":{\"M\":{\"a\":{\"BOOL\":true}}}}",            1 + 3 + 1 + 1 + 1},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct fixture f;
        fixture_begin(&f);
        assert_int_equal(item_size(fixture_map(&f, cases[i].json)), cases[i].size);
        fixture_end(&f);
    }
}

static void test_item__view_refuses_other_forms_and_short_headers(void **state)
{
    (void)state;
    const uint8_t bytes[ITEM_HEADER_BYTES] = {ITEM_FORM};
    const uint8_t foreign[ITEM_HEADER_BYTES] = {ITEM_FORM + 1};
    struct item item = {.version = 7};
    for (size_t len = 0; len < sizeof bytes; len++) {
        const struct span guarded = support_guard((struct span){bytes, len});
        assert_int_equal(item_view(guarded, &item), ST_CORRUPT);
        support_guard_free(guarded);
    }
    assert_int_equal(item_view((struct span){foreign, sizeof foreign}, &item), ST_CORRUPT);
    assert_true(item.version == 7);
    assert_int_equal(item_view((struct span){bytes, sizeof bytes}, &item), ST_OK);
}

static const char document[] =
    "{\"pk\":{\"S\":\"caf\xC3\xA9\"},\"n\":{\"N\":\"-12.5\"},\"b\":{\"B\":\"AAEC\"},"
    "\"ss\":{\"SS\":[\"a\",\"b\"]},\"ns\":{\"NS\":[\"1\",\"2\"]},\"bs\":{\"BS\":[\"AA==\"]},"
    "\"t\":{\"BOOL\":true},\"z\":{\"NULL\":true},\"l\":{\"L\":[{\"M\":{\"x\":{\"S\":\"\"}}}]}}";

static void test_item__is_valid_only_whole(void **state)
{
    (void)state;
    struct fixture f;
    struct buf buf;
    fixture_begin(&f);
    write_item(&buf, 1, fixture_map(&f, document));
    const struct span whole = buf_view(&buf);
    assert_true(item_is_valid(whole));
    for (size_t len = 0; len < whole.len; len++) {
        const struct span guarded = support_guard(span_take(whole, len));
        assert_false(item_is_valid(guarded));
        support_guard_free(guarded);
    }
    buf_put_u8(&buf, 0);
    assert_false(item_is_valid(buf_view(&buf)));
    buf_deinit(&buf);
    fixture_end(&f);
}

/* An item with one attribute "a" of `type` and `body`; is it valid? */
static bool attribute_is_valid(value_type type, struct span body)
{
    struct buf map;
    struct buf item;
    buf_init(&map, support_mem(), 1 << 20);
    const size_t begun = value_write_begin(&map);
    value_write_attribute(&map, SPAN("a"), (struct value){type, body});
    value_write_end(&map, begun, 1);
    write_item(&item, 1, (struct value){VALUE_M, buf_view(&map)});
    const bool valid = item_is_valid(buf_view(&item));
    buf_deinit(&map);
    buf_deinit(&item);
    return valid;
}

static void test_item__is_valid_only_with_sound_values(void **state)
{
    (void)state;
    static const struct {
        value_type type;
        const char *body;
        size_t len;
        bool valid;
    } cases[] = {
        {VALUE_S,    "ok",                                         2,  true },
        {VALUE_S,    "\xFF",                                       1,  false},
        {VALUE_N,    "\x02",                                       1,  true },
        {VALUE_N,    "\x02\x02",                                   2,  false},
        {VALUE_N,    "",                                           0,  false},
        {VALUE_B,    "\xFF",                                       1,  true },
        {VALUE_BOOL, "\1",                                         1,  true },
        {VALUE_BOOL, "\2",                                         1,  false},
        {VALUE_BOOL, "",                                           0,  false},
        {VALUE_NULL, "",                                           0,  true },
        {VALUE_NULL, "\0",                                         1,  false},
        {VALUE_SS,   "",                                           0,  false},
        {VALUE_SS,   "\0\0\0\0",                                   4,  false},
        {VALUE_SS,   "\1\0\0\0\0\0\0\0",                           8,  true },
        {VALUE_SS,   "\2\0\0\0\1\0\0\0a\1\0\0\0b",                 14, true },
        {VALUE_SS,   "\2\0\0\0\1\0\0\0b\1\0\0\0a",                 14, false},
        {VALUE_SS,   "\2\0\0\0\1\0\0\0a\1\0\0\0a",                 14, false},
        {VALUE_SS,   "\1\0\0\0\1\0\0\0\x80",                       9,  false},
        {VALUE_SS,   "\1\0\0\0\1\0\0\0ab",                         10, false},
        {VALUE_NS,   "\1\0\0\0\1\0\0\0a",                          9,  false},
        {VALUE_BS,   "\1\0\0\0\1\0\0\0\x80",                       9,  true },
        {VALUE_L,    "",                                           0,  false},
        {VALUE_L,    "\0\0\0\0",                                   4,  true },
        {VALUE_L,    "\1\0\0\0",                                   4,  false},
        {VALUE_L,    "\1\0\0\0\x09\0\0\0\0",                       9,  true },
        {VALUE_L,    "\1\0\0\0\x0B\0\0\0\0",                       9,  false},
        {VALUE_L,    "\1\0\0\0\1\1\0\0\0\xFF",                     10, false},
        {VALUE_M,    "",                                           0,  false},
        {VALUE_M,    "\0\0\0\0",                                   4,  true },
        {VALUE_M,    "\1\0\0\0\1\0\x09\0\0\0\0x",                  12, true },
        {VALUE_M,    "\1\0\0\0\0\0\x09\0\0\0\0",                   11, false},
        {VALUE_M,    "\1\0\0\0\1\0\x09\0\0\0\0\x80",               12, false},
        {VALUE_M,    "\2\0\0\0\1\0\x09\0\0\0\0x\1\0\x09\0\0\0\0y", 20, true },
        {VALUE_M,    "\2\0\0\0\1\0\x09\0\0\0\0y\1\0\x09\0\0\0\0x", 20, false},
        {VALUE_M,    "\2\0\0\0\1\0\x09\0\0\0\0x\1\0\x09\0\0\0\0x", 20, false},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        const struct span body = {(const uint8_t *)cases[i].body, cases[i].len};
        if (attribute_is_valid(cases[i].type, body) == cases[i].valid) continue;
        fail_msg("case %zu: expected %s", i, cases[i].valid ? "valid" : "not valid");
    }
    support_mem_check();
}

static void test_item__is_valid_only_with_its_own_size(void **state)
{
    (void)state;
    struct fixture f;
    struct buf buf;
    fixture_begin(&f);
    write_item(&buf, 1, fixture_map(&f, document));
    buf.ptr[9]++;
    assert_false(item_is_valid(buf_view(&buf)));
    buf_deinit(&buf);
    fixture_end(&f);
}

static void test_item__is_valid_up_to_the_nesting_limit(void **state)
{
    (void)state;
    struct buf bodies;
    buf_init(&bodies, support_mem(), 1 << 20);
    assert_non_null(buf_reserve(&bodies, 1 << 19)); /* bodies must not move */
    struct value v = {VALUE_NULL, {0}};
    for (uint32_t depth = 0; depth < LIMIT_NESTING + 5; depth++) {
        assert_int_equal(attribute_is_valid(v.type, v.body), depth < LIMIT_NESTING);
        const size_t begun = value_write_begin(&bodies);
        value_write_element(&bodies, v);
        value_write_end(&bodies, begun, 1);
        v = (struct value){VALUE_L, span_drop(buf_view(&bodies), begun)};
    }
    buf_deinit(&bodies);
    support_mem_check();
}

/* ---- random items ---- */

static uint32_t below(struct support_random *random, uint32_t bound)
{
    return support_random_below(random, bound);
}

static void random_string(struct support_random *random, struct json_writer *json)
{
    static const char *const pieces[] = {
        "a", "b", "\n", "\"", "caf\xC3\xA9", "\xF0\x9F\x98\x80", "0123456789abcdef", ""};
    struct buf text;
    buf_init(&text, support_mem(), 1 << 12);
    for (uint32_t i = below(random, 5); i > 0; i--)
        buf_put_text(&text, pieces[below(random, ARRAY_COUNT(pieces))]);
    json_writer_string(json, buf_view(&text));
    buf_deinit(&text);
}

static void random_number(struct support_random *random, struct json_writer *json)
{
    char text[64];
    const int len =
        snprintf(text, sizeof text, "%s%u.%uE%d", below(random, 2) == 0 ? "-" : "",
                 below(random, 1000), below(random, 100000), (int)below(random, 200) - 100);
    json_writer_string(json, (struct span){(const uint8_t *)text, (size_t)len});
}

/* A set's elements carry their index, so that they differ. */
static void random_set(struct support_random *random, struct json_writer *json, value_type type)
{
    const uint32_t count = 1 + below(random, 40);
    const uint32_t step = 1 + below(random, 1000);
    json_writer_array_begin(json);
    for (uint32_t i = 0; i < count; i++) {
        char text[32];
        const int len = snprintf(text, sizeof text, "%u", (i * 7919U % count) * step);
        const struct span span = {(const uint8_t *)text, (size_t)len};
        if (type == VALUE_BS) {
            json_writer_base64(json, span);
        } else {
            json_writer_string(json, span);
        }
    }
    json_writer_array_end(json);
}

static void random_value(struct support_random *random, struct json_writer *json, uint32_t levels);

static void random_list(struct support_random *random, struct json_writer *json, uint32_t levels)
{
    json_writer_array_begin(json);
    for (uint32_t i = below(random, 5); i > 0; i--) random_value(random, json, levels);
    json_writer_array_end(json);
}

/* Names may come twice. */
static void random_map(struct support_random *random, struct json_writer *json, uint32_t levels)
{
    json_writer_object_begin(json);
    for (uint32_t i = below(random, below(random, 8) == 0 ? 60 : 6); i > 0; i--) {
        char name[32];
        (void)snprintf(name, sizeof name, "%s%u", below(random, 2) == 0 ? "a shared prefix " : "n",
                       below(random, 50));
        json_writer_key(json, span_of(name));
        random_value(random, json, levels);
    }
    json_writer_object_end(json);
}

static void random_body(struct support_random *random, struct json_writer *json, value_type type,
                        uint32_t levels)
{
    switch (type) {
    case VALUE_NONE:
    case VALUE_S:
        random_string(random, json);
        return;
    case VALUE_N:
        random_number(random, json);
        return;
    case VALUE_B:
        json_writer_base64(json, span_take(SPAN("\0\1\2\xFF\xFE"), below(random, 6)));
        return;
    case VALUE_SS:
    case VALUE_NS:
    case VALUE_BS:
        random_set(random, json, type);
        return;
    case VALUE_M:
        random_map(random, json, levels - 1);
        return;
    case VALUE_L:
        random_list(random, json, levels - 1);
        return;
    case VALUE_NULL:
        json_writer_bool(json, true);
        return;
    case VALUE_BOOL:
        json_writer_bool(json, below(random, 2) == 0);
        return;
    }
}

static void random_value(struct support_random *random, struct json_writer *json, uint32_t levels)
{
    value_type type = (value_type)(1 + below(random, VALUE_BOOL));
    if (levels == 0 && (type == VALUE_M || type == VALUE_L)) type = VALUE_N;
    json_writer_object_begin(json);
    json_writer_key(json, span_of(value_type_name(type)));
    random_body(random, json, type, levels);
    json_writer_object_end(json);
}

static void test_item__survives_json_and_back_byte_for_byte(void **state)
{
    (void)state;
    struct support_random random = support_random();
    for (int i = 0; i < 20000; i++) {
        struct fixture f;
        struct buf given;
        struct buf text;
        struct buf first;
        struct buf second;
        struct json_writer json;
        fixture_begin(&f);
        buf_init(&given, support_mem(), 1 << 20);
        json_writer_init(&json, &given);
        random_map(&random, &json, below(&random, 5));
        const struct value map = fixture_sound(&f, wire_read_map, buf_view(&given));
        write_item(&first, 7, map);
        assert_true(item_is_valid(buf_view(&first)));

        buf_init(&text, support_mem(), 1 << 20);
        json_writer_init(&json, &text);
        wire_write_map(&json, map);
        write_item(&second, 7, fixture_sound(&f, wire_read_map, buf_view(&text)));
        assert_true(span_eq(buf_view(&first), buf_view(&second)));
        buf_deinit(&given);
        buf_deinit(&text);
        buf_deinit(&first);
        buf_deinit(&second);
        fixture_end(&f);
    }
}

static void test_item__damage_never_leads_outside(void **state)
{
    (void)state;
    struct support_random random = support_random();
    struct fixture f;
    struct buf buf;
    fixture_begin(&f);
    write_item(&buf, 1, fixture_map(&f, document));
    int valid = 0;
    for (int i = 0; i < 20000; i++) {
        const size_t at = below(&random, (uint32_t)buf.len);
        const uint8_t before = buf.ptr[at];
        buf.ptr[at] = (uint8_t)support_random_next(&random);
        const struct span damaged = support_guard(buf_view(&buf));
        valid += item_is_valid(damaged) ? 1 : 0;
        support_guard_free(damaged);
        buf.ptr[at] = before;
    }
    assert_true(valid < 15000);
    assert_true(item_is_valid(buf_view(&buf)));
    buf_deinit(&buf);
    fixture_end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_item__reads_back_what_was_written),
        cmocka_unit_test(test_item__size_is_that_of_names_and_values),
        cmocka_unit_test(test_item__view_refuses_other_forms_and_short_headers),
        cmocka_unit_test(test_item__is_valid_only_whole),
        cmocka_unit_test(test_item__is_valid_only_with_sound_values),
        cmocka_unit_test(test_item__is_valid_only_with_its_own_size),
        cmocka_unit_test(test_item__is_valid_up_to_the_nesting_limit),
        cmocka_unit_test(test_item__survives_json_and_back_byte_for_byte),
        cmocka_unit_test(test_item__damage_never_leads_outside),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
