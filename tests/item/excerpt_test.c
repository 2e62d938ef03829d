/* excerpt_test.c -- the beginnings of texts and values, and that they are sound. */
#include "support/support.h"

#include "item/excerpt.h"

enum { ARENA_BYTES = 1 << 20 };

static void test_text__is_cut_between_characters(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t bytes_max;
        const char *shown;
        bool cut;
    } cases[] = {
        {"",                  0, "",     false},
        {"abc",               3, "abc",  false},
        {"abcd",              3, "abc",  true },
        {"aéb",              2, "a",    true },
        {"aéb",              3, "aé",  true },
        {"aéb",              4, "aéb", false},
        {"\xF0\x9F\x98\x80",  3, "",     true },
        {"a\xF0\x9F\x98\x80", 4, "a",    true },
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        const struct excerpt shown = excerpt_text(span_of(cases[i].text), cases[i].bytes_max);
        support_assert_text(shown.text, cases[i].shown);
        assert_int_equal(shown.cut, cases[i].cut);
    }
}

static struct value make_list(struct buf *buf, uint32_t count, uint32_t bytes)
{
    static const uint8_t text[600] = {'x'};
    const size_t begun = value_write_begin(buf);
    for (uint32_t i = 0; i < count; i++)
        value_write_element(buf, (struct value){
                                     VALUE_S, {text, bytes}
        });
    value_write_end(buf, begun, count);
    return (struct value){VALUE_L, buf_view(buf)};
}

static void test_value__a_container_keeps_its_first_parts_whole(void **state)
{
    (void)state;
    struct arena arena;
    struct buf buf;
    bool cut = false;
    arena_init(&arena, support_mem(), ARENA_BYTES);
    buf_init(&buf, arena_mem(&arena), ARENA_BYTES);
    struct value list = make_list(&buf, 10, 20); /* 25 bytes each, after 4 */
    const struct value whole = list;
    assert_int_equal(excerpt_value(&list, 254, &arena, &cut), ST_OK);
    assert_false(cut);
    assert_true(value_eq(list, whole));
    assert_int_equal(excerpt_value(&list, 253, &arena, &cut), ST_OK);
    assert_true(cut);
    assert_int_equal(value_count(list), 9);
    list = whole;
    assert_int_equal(excerpt_value(&list, 28, &arena, &cut), ST_OK);
    assert_true(cut);
    assert_int_equal(value_count(list), 0);
    assert_int_equal(list.body.len, 4);
    arena_deinit(&arena);
    support_mem_check();
}

static void test_value__sets_and_maps_likewise(void **state)
{
    (void)state;
    struct arena arena;
    struct buf buf;
    bool cut = false;
    arena_init(&arena, support_mem(), ARENA_BYTES);
    buf_init(&buf, arena_mem(&arena), ARENA_BYTES);
    size_t begun = value_write_begin(&buf);
    value_write_member(&buf, SPAN("aaaa"));
    value_write_member(&buf, SPAN("bbbb"));
    value_write_end(&buf, begun, 2);
    struct value set = {VALUE_SS, buf_view(&buf)};
    assert_int_equal(excerpt_value(&set, 19, &arena, &cut), ST_OK);
    assert_true(cut);
    assert_int_equal(value_count(set), 1);
    assert_true(value_set_holds(set, SPAN("aaaa")));

    buf_init(&buf, arena_mem(&arena), ARENA_BYTES);
    begun = value_write_begin(&buf);
    value_write_attribute(&buf, SPAN("a"), (struct value){VALUE_S, SPAN("1234567890")});
    value_write_attribute(&buf, SPAN("b"), (struct value){VALUE_NULL, SPAN("")});
    value_write_end(&buf, begun, 2);
    struct value map = {VALUE_M, buf_view(&buf)}, found = {0};
    assert_int_equal(excerpt_value(&map, 22, &arena, &cut), ST_OK);
    assert_true(cut);
    assert_int_equal(value_count(map), 1);
    assert_true(value_find(map, SPAN("a"), &found));
    arena_deinit(&arena);
    support_mem_check();
}

static void test_value__strings_and_binaries_are_cut_as_texts_and_bytes(void **state)
{
    (void)state;
    struct arena arena;
    bool cut = false;
    arena_init(&arena, support_mem(), ARENA_BYTES);
    struct value text = {VALUE_S, SPAN("abcé")};
    assert_int_equal(excerpt_value(&text, 4, &arena, &cut), ST_OK);
    support_assert_text(text.body, "abc");
    assert_true(cut);
    struct value bytes = {VALUE_B, SPAN("abc\xC3\xA9")};
    assert_int_equal(excerpt_value(&bytes, 4, &arena, &cut), ST_OK);
    assert_int_equal(bytes.body.len, 4);
    assert_true(cut);
    arena_deinit(&arena);
    support_mem_check();
}

static void test_value__a_number_is_never_cut(void **state)
{
    (void)state;
    struct arena arena;
    bool cut = true;
    arena_init(&arena, support_mem(), ARENA_BYTES);
    struct value n = {VALUE_N, SPAN("\3\177\31\32\33")};
    assert_int_equal(excerpt_value(&n, 4, &arena, &cut), ST_OK);
    assert_int_equal(n.body.len, 5);
    assert_false(cut);
    arena_deinit(&arena);
    support_mem_check();
}

static void test_value__without_memory_is_told(void **state)
{
    (void)state;
    struct arena arena;
    bool cut = false;
    arena_init(&arena, support_mem(), 0);
    struct value text = {VALUE_S, SPAN("abc")};
    assert_int_equal(excerpt_value(&text, 8, &arena, &cut), ST_NO_MEMORY);
    struct value set = {VALUE_SS, SPAN("\2\0\0\0\1\0\0\0a\1\0\0\0b")};
    assert_int_equal(excerpt_value(&set, 12, &arena, &cut), ST_NO_MEMORY);
    arena_deinit(&arena);
    support_mem_check();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text__is_cut_between_characters),
        cmocka_unit_test(test_value__a_container_keeps_its_first_parts_whole),
        cmocka_unit_test(test_value__sets_and_maps_likewise),
        cmocka_unit_test(test_value__strings_and_binaries_are_cut_as_texts_and_bytes),
        cmocka_unit_test(test_value__a_number_is_never_cut),
        cmocka_unit_test(test_value__without_memory_is_told),
    };
    return cmocka_run_group_tests_name("item excerpt", tests, NULL, NULL);
}
