/* value_test.c -- cursors, order, equality and sizes of stored values, whole and damaged. */
#include "item/fixture.h"

#include <stdio.h>

#include "base/limits.h"

static void test_value__every_type_has_its_name(void **state)
{
    (void)state;
    static const struct {
        value_type type;
        const char *name;
    } cases[] = {
        {VALUE_S,    "S"   },
        {VALUE_N,    "N"   },
        {VALUE_B,    "B"   },
        {VALUE_SS,   "SS"  },
        {VALUE_NS,   "NS"  },
        {VALUE_BS,   "BS"  },
        {VALUE_M,    "M"   },
        {VALUE_L,    "L"   },
        {VALUE_NULL, "NULL"},
        {VALUE_BOOL, "BOOL"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        assert_string_equal(value_type_name(cases[i].type), cases[i].name);
        assert_int_equal(value_type_of(span_of(cases[i].name)), cases[i].type);
    }
    static const char *const others[] = {"", "s", "X", "SSS", "BOO", "BOOLE", "null"};
    for (size_t i = 0; i < ARRAY_COUNT(others); i++)
        assert_int_equal(value_type_of(span_of(others[i])), VALUE_NONE);
}

static void test_value__sets_know_their_elements(void **state)
{
    (void)state;
    for (value_type type = VALUE_S; type <= VALUE_BOOL; type++)
        assert_int_equal(value_is_set(type),
                         type == VALUE_SS || type == VALUE_NS || type == VALUE_BS);
    assert_int_equal(value_element_type(VALUE_SS), VALUE_S);
    assert_int_equal(value_element_type(VALUE_NS), VALUE_N);
    assert_int_equal(value_element_type(VALUE_BS), VALUE_B);
}

static void test_value__equal_values_are_equal_bytes(void **state)
{
    (void)state;
    /* clang-format off */
    static const struct {
        const char *a, *b;
        bool equal;
    } cases[] = {
        {"{\"S\":\"x\"}",
         "{\"S\":\"x\"}", true },
        {"{\"S\":\"x\"}",
         "{\"S\":\"X\"}", false},
        {"{\"S\":\"x\"}",
         "{\"B\":\"eA==\"}", false},
        {"{\"S\":\"\"}",
         "{\"NULL\":true}", false},
        {"{\"N\":\"1\"}",
         "{\"N\":\"1.0\"}", true },
        {"{\"N\":\"-0\"}",
         "{\"N\":\"0\"}", true },
        {"{\"SS\":[\"a\",\"b\"]}",
         "{\"SS\":[\"b\",\"a\"]}", true },
        {"{\"NS\":[\"1\",\"10\",\"2\"]}",
         "{\"NS\":[\"10.0\",\"2\",\"1e0\"]}", true },
        {"{\"SS\":[\"1\"]}",
         "{\"NS\":[\"1\"]}", false},
        {"{\"L\":[{\"N\":\"1\"},{\"N\":\"2\"}]}",
         "{\"L\":[{\"N\":\"2\"},{\"N\":\"1\"}]}", false},
        {"{\"M\":{\"a\":{\"N\":\"1\"},\"b\":{\"N\":\"2\"}}}",
         "{\"M\":{\"b\":{\"N\":\"2\"},\"a\":{\"N\":\"1.0\"}}}", true },
        {"{\"M\":{}}",
         "{\"L\":[]}", false},
        {"{\"BOOL\":true}",
         "{\"BOOL\":false}", false},
    };
    /* clang-format on */
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct fixture f;
        fixture_begin(&f);
        const struct value a = fixture_value(&f, cases[i].a);
        const struct value b = fixture_value(&f, cases[i].b);
        assert_int_equal(value_eq(a, b), cases[i].equal);
        fixture_end(&f);
    }
}

static int naive_order(const uint8_t *a, size_t a_len, const uint8_t *b, size_t b_len)
{
    for (size_t i = 0; i < a_len && i < b_len; i++)
        if (a[i] != b[i]) return a[i] < b[i] ? -1 : 1;
    return a_len == b_len ? 0 : a_len < b_len ? -1 : 1;
}

/* Few different bytes, so that long shared prefixes are common. */
static size_t random_bytes(struct support_random *random, uint8_t *out)
{
    static const uint8_t bytes[] = {0x00, 0x01, 'a', 'b', 0x7F, 0x80, 0xC3, 0xFF};
    const size_t len = support_random_below(random, 12);
    for (size_t i = 0; i < len; i++) out[i] = bytes[support_random_below(random, sizeof bytes)];
    return len;
}

static void test_value__strings_and_binaries_order_by_unsigned_bytes(void **state)
{
    (void)state;
    struct support_random random = support_random();
    for (int i = 0; i < 200000; i++) {
        uint8_t a[12];
        uint8_t b[12];
        const size_t a_len = random_bytes(&random, a);
        const size_t b_len = random_bytes(&random, b);
        const value_type type = i % 2 == 0 ? VALUE_S : VALUE_B;
        const int order = value_compare(
            (struct value){
                type, {a, a_len}
        },
            (struct value){type, {b, b_len}});
        assert_int_equal((order > 0) - (order < 0), naive_order(a, a_len, b, b_len));
    }
}

static const char document[] =
    "{\"n\":{\"N\":\"7\"},\"l\":{\"L\":[{\"S\":\"zero\"},{\"S\":\"one\"},{\"NULL\":true}]},"
    "\"m\":{\"M\":{\"x\":{\"BOOL\":true},\"y\":{\"BOOL\":false}}},\"s\":{\"SS\":[\"b\",\"a\"]},"
    "\"long name\":{\"B\":\"AAEC\"}}";

static void test_value__finds_attributes_elements_and_members(void **state)
{
    (void)state;
    struct fixture f;
    struct value v = {0};
    fixture_begin(&f);
    const struct value map = fixture_map(&f, document);
    assert_int_equal(value_count(map), 5);
    assert_true(value_find(map, SPAN("l"), &v));
    struct value element = {0};
    assert_int_equal(value_count(v), 3);
    assert_true(value_at(v, 1, &element));
    support_assert_text(element.body, "one");
    assert_true(value_at(v, 2, &element));
    assert_int_equal(element.type, VALUE_NULL);
    assert_false(value_at(v, 3, &element));
    assert_false(value_at(v, UINT32_MAX, &element));
    assert_int_equal(element.type, VALUE_NULL);
    assert_true(value_find(map, SPAN("m"), &v));
    assert_true(value_find(v, SPAN("x"), &element));
    assert_true(value_bool(element));
    assert_true(value_find(v, SPAN("y"), &element));
    assert_false(value_bool(element));
    assert_false(value_find(v, SPAN("z"), &element));
    assert_true(value_find(map, SPAN("s"), &v));
    assert_true(value_set_holds(v, SPAN("a")));
    assert_false(value_set_holds(v, SPAN("")));
    assert_true(value_find(map, SPAN("long name"), &v));
    assert_int_equal(v.body.len, 3);
    assert_false(value_find(map, SPAN(""), &v));
    fixture_end(&f);
}

/* Walk everything there is, `levels` deep; the answer is how many values were met. */
static uint32_t walk(struct value v, uint32_t levels)
{
    struct value_cursor cursor = value_walk(v);
    struct span bytes = {0};
    struct value child = {0};
    uint32_t met = 1;
    assert_true(value_depth(v) <= LIMIT_NESTING);
    assert_true(value_size(v) <= v.body.len + 3);
    if (levels == 0) return met;
    if (v.type == VALUE_M)
        while (value_next_attribute(&cursor, &bytes, &child)) met += walk(child, levels - 1);
    if (v.type == VALUE_L)
        while (value_next_element(&cursor, &child)) met += walk(child, levels - 1);
    if (value_is_set(v.type))
        while (value_next_member(&cursor, &bytes)) met++;
    return met;
}

static void test_value__walks_of_bodies_cut_short_end_early(void **state)
{
    (void)state;
    struct fixture f;
    fixture_begin(&f);
    const struct value map = fixture_map(&f, document);
    const uint32_t all = walk(map, LIMIT_NESTING);
    assert_int_equal(all, 1 + 5 + 3 + 2 + 2);
    for (size_t len = 0; len < map.body.len; len++) {
        const struct span guarded = support_guard(span_take(map.body, len));
        assert_true(walk((struct value){VALUE_M, guarded}, LIMIT_NESTING) < all);
        support_guard_free(guarded);
    }
    fixture_end(&f);
}

static void test_value__walks_of_lying_lengths_stay_inside(void **state)
{
    (void)state;
    struct support_random random = support_random();
    struct fixture f;
    fixture_begin(&f);
    const struct value map = fixture_map(&f, document);
    for (int i = 0; i < 20000; i++) {
        struct buf changed;
        buf_init(&changed, support_mem(), map.body.len);
        buf_put(&changed, map.body);
        for (uint32_t at = 0; at < 1 + (uint32_t)i % 4; at++)
            changed.ptr[support_random_below(&random, (uint32_t)changed.len)] =
                (uint8_t)support_random_next(&random);
        const struct span damaged = support_guard(buf_view(&changed));
        assert_true(walk((struct value){VALUE_M, damaged}, LIMIT_NESTING) > 0);
        support_guard_free(damaged);
        buf_deinit(&changed);
    }
    fixture_end(&f);
}

static void test_value__counts_nothing_in_damaged_containers(void **state)
{
    (void)state;
    struct value out = {0};
    const struct value empty = {VALUE_L, {0}};
    const struct value unknown_type = {VALUE_L, SPAN("\x01\0\0\0\x0B\0\0\0\0")};
    const struct value no_type = {VALUE_L, SPAN("\x01\0\0\0\0\0\0\0\0")};
    assert_int_equal(value_count(empty), 0);
    assert_false(value_at(empty, 0, &out));
    assert_false(value_at(unknown_type, 0, &out));
    assert_false(value_at(no_type, 0, &out));
    assert_false(value_bool((struct value){VALUE_BOOL, {0}}));
}

static void test_value__written_containers_read_back(void **state)
{
    (void)state;
    struct buf buf;
    buf_init(&buf, support_mem(), 1 << 10);
    const size_t begun = value_write_begin(&buf);
    value_write_attribute(&buf, SPAN("a"), (struct value){VALUE_S, SPAN("x")});
    value_write_attribute(&buf, SPAN("b"), (struct value){VALUE_NULL, {0}});
    value_write_end(&buf, begun, 2);
    const size_t list = value_write_begin(&buf);
    value_write_element(&buf, (struct value){VALUE_BOOL, SPAN("\1")});
    value_write_end(&buf, list, 1);
    const size_t set = value_write_begin(&buf);
    value_write_member(&buf, SPAN("m"));
    value_write_end(&buf, set, 1);

    const struct span all = buf_view(&buf);
    struct value v = {0};
    assert_true(value_find((struct value){VALUE_M, span_take(all, list)}, SPAN("a"), &v));
    support_assert_text(v.body, "x");
    assert_true(value_at((struct value){VALUE_L, span_drop(all, list)}, 0, &v));
    assert_true(value_bool(v));
    assert_true(value_set_holds((struct value){VALUE_SS, span_drop(all, set)}, SPAN("m")));
    buf_deinit(&buf);
    support_mem_check();
}

static void test_value__has_dynamodbs_size(void **state)
{
    (void)state;
    static const struct {
        const char *json;
        uint32_t size;
    } cases[] = {
        {"{\"S\":\"\"}",                          0                      },
        {"{\"S\":\"hello\"}",                     5                      },
        {"{\"S\":\"caf\xC3\xA9\"}",               5                      },
        {"{\"B\":\"AAEC\"}",                      3                      },
        {"{\"N\":\"42\"}",                        2                      },
        {"{\"N\":\"-42\"}",                       3                      },
        {"{\"BOOL\":false}",                      1                      },
        {"{\"NULL\":true}",                       1                      },
        {"{\"SS\":[\"ab\",\"cde\"]}",             5                      },
        {"{\"NS\":[\"0\",\"1.5\"]}",              4                      },
        {"{\"BS\":[\"AA==\",\"AAEC\"]}",          4                      },
        {"{\"L\":[]}",                            3                      },
        {"{\"M\":{}}",                            3                      },
        {"{\"L\":[{\"S\":\"\"},{\"S\":\"ab\"}]}", 3 + 1 + 1 + 2          },
        {"{\"M\":{\"ab\":{\"S\":\"cde\"}}}",      3 + 1 + 2 + 3          },
        {"{\"M\":{\"a\":{\"L\":[{\"M\":{}}]}}}",  3 + 1 + 1 + (3 + 1 + 3)},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct fixture f;
        fixture_begin(&f);
        assert_int_equal(value_size(fixture_value(&f, cases[i].json)), cases[i].size);
        fixture_end(&f);
    }
}

/* `depth` lists within each other, as stored bytes: the reader would refuse the deep ones. */
static struct value nested_lists(struct buf *bodies, uint32_t depth)
{
    struct value v = {VALUE_NULL, {0}};
    for (uint32_t i = 0; i < depth; i++) {
        const size_t begun = value_write_begin(bodies);
        value_write_element(bodies, v);
        value_write_end(bodies, begun, 1);
        v = (struct value){VALUE_L, span_drop(buf_view(bodies), begun)};
    }
    return v;
}

static void test_value__tells_the_depth_up_to_the_limit(void **state)
{
    (void)state;
    static const struct {
        uint32_t nested, depth;
    } cases[] = {
        {0,   0 },
        {1,   1 },
        {5,   5 },
        {31,  31},
        {32,  32},
        {33,  32},
        {200, 32}
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct buf bodies;
        buf_init(&bodies, support_mem(), 1 << 20);
        assert_non_null(buf_reserve(&bodies, 1 << 19)); /* bodies must not move */
        assert_int_equal(value_depth(nested_lists(&bodies, cases[i].nested)), cases[i].depth);
        buf_deinit(&bodies);
    }
    support_mem_check();
}

static void test_value__measures_the_deepest_branch(void **state)
{
    (void)state;
    struct fixture f;
    fixture_begin(&f);
    const struct value v = fixture_value(
        &f,
        "{\"M\":{\"a\":{\"L\":[]},\"b\":{\"L\":[{\"M\":{}},{\"S\":\"\"}]},\"c\":{\"N\":\"1\"}}}");
    assert_int_equal(value_depth(v), 3);
    assert_int_equal(LIMIT_NESTING, 32);
    fixture_end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_value__every_type_has_its_name),
        cmocka_unit_test(test_value__sets_know_their_elements),
        cmocka_unit_test(test_value__equal_values_are_equal_bytes),
        cmocka_unit_test(test_value__strings_and_binaries_order_by_unsigned_bytes),
        cmocka_unit_test(test_value__finds_attributes_elements_and_members),
        cmocka_unit_test(test_value__walks_of_bodies_cut_short_end_early),
        cmocka_unit_test(test_value__walks_of_lying_lengths_stay_inside),
        cmocka_unit_test(test_value__counts_nothing_in_damaged_containers),
        cmocka_unit_test(test_value__written_containers_read_back),
        cmocka_unit_test(test_value__has_dynamodbs_size),
        cmocka_unit_test(test_value__tells_the_depth_up_to_the_limit),
        cmocka_unit_test(test_value__measures_the_deepest_branch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
