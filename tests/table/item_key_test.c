/* item_key_test.c -- store keys keep partitions together, in sort key order, and segments whole. */
#include <stdio.h>

#include "item/number.h"
#include "support/support.h"
#include "table/item_key.h"

static struct arena arena;
static struct hash *hash;
static struct table *table;

static int set_up(void **state)
{
    (void)state;
    const uint8_t secret[HASH_BYTES] = {1, 2, 3};
    arena_init(&arena, support_mem(), 64 << 20);
    assert_int_equal(hash_new(support_mem(), secret, &hash), ST_OK);
    struct table_spec spec = {.name = SPAN("t")};
    spec.key.partition[spec.key.partition_count++] = (struct table_key_part){SPAN("pk"), VALUE_S};
    spec.key.sort[spec.key.sort_count++] = (struct table_key_part){SPAN("sk"), VALUE_N};
    const struct table_identity identity = {.number = 7};
    assert_int_equal(table_from_spec(support_mem(), &spec, &identity, &table), ST_OK);
    return 0;
}

static struct item_key_home home(void)
{
    return (struct item_key_home){table, NULL};
}

static int tear_down(void **state)
{
    (void)state;
    table_drop(table);
    hash_free(hash);
    arena_deinit(&arena);
    support_mem_check();
    return 0;
}

static struct value key_map(const char *pk, int64_t sk)
{
    const struct number number = number_from_i64(sk);
    struct buf buf;
    buf_init(&buf, arena_mem(&arena), 4096);
    const size_t begun = value_write_begin(&buf);
    value_write_attribute(&buf, SPAN("pk"), (struct value){VALUE_S, span_of(pk)});
    value_write_attribute(&buf, SPAN("sk"), (struct value){VALUE_N, number_view(&number)});
    value_write_end(&buf, begun, 2);
    assert_int_equal(buf_status(&buf), ST_OK);
    return (struct value){VALUE_M, buf_view(&buf)};
}

static struct span key_of(const char *pk, int64_t sk)
{
    struct span key = {0};
    assert_int_equal(item_key_of(hash, table, key_map(pk, sk), &arena, &key), ST_OK);
    return key;
}

static void test_keys_of_one_partition_sort_by_number(void **state)
{
    (void)state;
    struct span before = key_of("a", -1000);
    for (int64_t sk = -999; sk <= 1000; sk++) {
        const struct span key = key_of("a", sk);
        assert_true(span_compare(before, key) < 0);
        before = key;
    }
}

static void test_a_partition_holds_its_keys_and_no_others(void **state)
{
    (void)state;
    struct span prefix = {0};
    struct store_range range = {0};
    const struct value pk = {VALUE_S, SPAN("a")};
    assert_int_equal(item_key_partition(hash, home(), &pk, &arena, &prefix), ST_OK);
    assert_int_equal(item_key_under(prefix, &arena, &range), ST_OK);
    for (int64_t sk = -50; sk <= 50; sk++) {
        const struct span inside = key_of("a", sk), outside = key_of("b", sk);
        assert_true(span_starts_with(inside, prefix));
        assert_true(span_compare(inside, range.low) >= 0 && span_compare(inside, range.high) < 0);
        assert_false(span_compare(outside, range.low) >= 0 &&
                     span_compare(outside, range.high) < 0);
    }
}

static void test_the_range_under_a_prefix_carries_past_ff(void **state)
{
    (void)state;
    static const uint8_t prefix[] = {'I', 0xFF, 0xFF};
    struct store_range range = {0};
    assert_int_equal(item_key_under((struct span){prefix, 3}, &arena, &range), ST_OK);
    assert_true(span_eq(range.high, SPAN("J")));
}

static void test_segments_touch_and_cover_the_table(void **state)
{
    (void)state;
    static const uint32_t totals[] = {1, 2, 3, 7, 1000, LIMIT_SEGMENTS};
    for (size_t t = 0; t < ARRAY_COUNT(totals); t++) {
        struct store_range whole = {0}, before = {0}, segment = {0};
        assert_int_equal(item_key_segment(home(), 0, 1, &arena, &whole), ST_OK);
        for (uint32_t i = 0; i<totals[t]; i += totals[t]> 1000 ? 99999 : 1) {
            assert_int_equal(item_key_segment(home(), i, totals[t], &arena, &segment), ST_OK);
            assert_true(span_compare(segment.low, segment.high) < 0);
            if (i > 0 && totals[t] <= 1000) assert_true(span_eq(before.high, segment.low));
            before = segment;
        }
        assert_int_equal(item_key_segment(home(), totals[t] - 1, totals[t], &arena, &segment),
                         ST_OK);
        assert_true(span_eq(segment.high, whole.high));
    }
}

static void test_the_successor_is_the_next_key(void **state)
{
    (void)state;
    struct span after = {0};
    const struct span key = key_of("a", 1);
    assert_int_equal(item_key_after(key, &arena, &after), ST_OK);
    assert_true(span_compare(key, after) < 0);
    assert_true(span_compare(after, key_of("a", 2)) < 0);
    assert_true(span_eq(span_take(after, key.len), key));
    assert_int_equal(after.len, key.len + 1);
}

static struct span expiry_of(uint64_t second, const char *pk, int64_t sk)
{
    struct span entry = {0};
    assert_int_equal(item_key_expiry(second, key_of(pk, sk), &arena, &entry), ST_OK);
    return entry;
}

static void test_an_expiry_entry_leads_back_to_its_item(void **state)
{
    (void)state;
    struct span key = {0};
    uint64_t second = 0;
    for (int64_t sk = -3; sk <= 3; sk++) {
        const struct span entry = expiry_of(0x0123456789ABCDEF, "a", sk);
        assert_int_equal(entry.ptr[0], 'X');
        assert_int_equal(item_key_of_expiry(entry, &arena, &key, &second), ST_OK);
        assert_int_equal(second, 0x0123456789ABCDEF);
        assert_true(span_eq(key, key_of("a", sk)));
    }
}

static void test_what_is_no_expiry_entry_leads_nowhere(void **state)
{
    (void)state;
    struct span key = {0};
    uint64_t second = 0;
    const struct span entry = expiry_of(1, "a", 1);
    for (size_t len = 0; len < 1 + 4 + 8 + HASH_BYTES; len++) {
        const struct span cut = support_guard(span_take(entry, len));
        assert_int_equal(item_key_of_expiry(cut, &arena, &key, &second), ST_CORRUPT);
        support_guard_free(cut);
    }
    assert_int_equal(item_key_of_expiry(key_of("a", 1), &arena, &key, &second), ST_CORRUPT);
}

/* A key in the store may be damaged too. */
static void test_a_key_too_short_for_an_item_has_no_entries(void **state)
{
    (void)state;
    struct span entry = {0};
    const struct span key = key_of("a", 1);
    for (size_t len = 0; len < ITEM_KEY_PREFIX_BYTES; len++) {
        const struct span cut = support_guard(span_take(key, len));
        assert_int_equal(item_key_expiry(1, cut, &arena, &entry), ST_CORRUPT);
        assert_int_equal(item_key_vector(9, cut, &arena, &entry), ST_CORRUPT);
        support_guard_free(cut);
    }
}

static void test_expiry_entries_stand_in_the_order_of_their_seconds(void **state)
{
    (void)state;
    static const uint64_t seconds[] = {0, 1, 255, 256, 1700000000, 1700000001, INT64_MAX};
    struct store_range range = {0};
    for (size_t i = 1; i < ARRAY_COUNT(seconds); i++) {
        const struct span before = expiry_of(seconds[i - 1], "b", 9);
        const struct span entry = expiry_of(seconds[i], "a", -9);
        assert_true(span_compare(before, entry) < 0);
        assert_int_equal(item_key_expiring(table, seconds[i - 1], seconds[i], &arena, &range),
                         ST_OK);
        assert_true(span_compare(before, range.low) >= 0 && span_compare(before, range.high) < 0);
        assert_false(span_compare(entry, range.high) < 0);
    }
}

static bool holds(struct store_range range, struct span key)
{
    return span_compare(key, range.low) >= 0 && span_compare(key, range.high) < 0;
}

static void test_a_collection_has_one_key_that_leads_to_its_items_and_local_entries(void **state)
{
    (void)state;
    uint8_t one[ITEM_KEY_PREFIX_BYTES], other[ITEM_KEY_PREFIX_BYTES];
    const struct span key = {one, sizeof one};
    item_key_collection(key_of("a", 1), one);
    item_key_collection(key_of("a", 2), other);
    assert_memory_equal(one, other, sizeof one);
    item_key_collection(key_of("b", 1), other);
    assert_memory_not_equal(one, other, sizeof one);

    struct store_range range = {0};
    assert_int_equal(item_key_collections(table, &arena, &range), ST_OK);
    assert_true(holds(range, key));
    assert_false(holds(range, key_of("a", 1)));
    assert_int_equal(item_key_of_collection(home(), key, &arena, &range), ST_OK);
    assert_true(holds(range, key_of("a", 1)));
    assert_false(holds(range, key_of("b", 1)));

    const struct table_index local = {.number = 9, .key = table->spec.key};
    const struct item_key_home in_index = {table, &local};
    const struct value pk = {VALUE_S, SPAN("a")};
    struct span prefix = {0};
    assert_int_equal(item_key_of_collection(in_index, key, &arena, &range), ST_OK);
    assert_int_equal(item_key_partition(hash, in_index, &pk, &arena, &prefix), ST_OK);
    assert_true(span_eq(prefix, range.low));
}

static struct value map_of(const char *first, value_type type, const char *second)
{
    const struct number number = number_from_i64(1);
    struct buf buf;
    buf_init(&buf, arena_mem(&arena), 4096);
    const size_t begun = value_write_begin(&buf);
    value_write_attribute(&buf, span_of(first), (struct value){type, SPAN("a")});
    value_write_attribute(&buf, span_of(second), (struct value){VALUE_N, number_view(&number)});
    value_write_end(&buf, begun, 2);
    assert_int_equal(buf_status(&buf), ST_OK);
    return (struct value){VALUE_M, buf_view(&buf)};
}

/* An item in the store may be damaged: that is an answer. */
static void test_an_item_without_its_key_is_corrupt(void **state)
{
    (void)state;
    const struct table_index index = {.number = 9, .global = true, .key = table->spec.key};
    const struct item_key_home in_index = {table, &index};
    static const struct {
        const char *pk, *sk;
        value_type pk_type;
    } cases[] = {
        {"pk", "st", VALUE_S},
        {"pj", "sk", VALUE_S},
        {"pk", "sk", VALUE_B},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct span key = {0};
        const struct value map = map_of(cases[i].pk, cases[i].pk_type, cases[i].sk);
        assert_int_equal(item_key_of(hash, table, map, &arena, &key), ST_CORRUPT);
    }
    const struct table_index other = {
        .number = 9,
        .global = true,
        .key = {.partition = {{SPAN("sk"), VALUE_N}}, .partition_count = 1},
    };
    const struct item_key_home by_sort = {table, &other};
    struct span key = {0};
    const struct value map = map_of("pj", VALUE_S, "sk");
    assert_int_equal(item_key_entry(hash, by_sort, map, &arena, &key), ST_CORRUPT);
    assert_int_equal(item_key_entry(hash, in_index, map, &arena, &key), ST_OK);
    assert_int_equal(key.len, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_keys_of_one_partition_sort_by_number),
        TEST(test_a_partition_holds_its_keys_and_no_others),
        TEST(test_the_range_under_a_prefix_carries_past_ff),
        TEST(test_segments_touch_and_cover_the_table),
        TEST(test_the_successor_is_the_next_key),
        TEST(test_an_expiry_entry_leads_back_to_its_item),
        TEST(test_what_is_no_expiry_entry_leads_nowhere),
        TEST(test_a_key_too_short_for_an_item_has_no_entries),
        TEST(test_expiry_entries_stand_in_the_order_of_their_seconds),
        TEST(test_a_collection_has_one_key_that_leads_to_its_items_and_local_entries),
        TEST(test_an_item_without_its_key_is_corrupt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
