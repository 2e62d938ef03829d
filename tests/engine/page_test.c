/* page_test.c -- Query and Scan: ranges, pages, and where the next one begins. */
#include <stdio.h>

#include "engine/fixture.h"

static struct fixture f;

static int set_up(void **state)
{
    (void)state;
    fixture_open(&f, NULL);
    fixture_table(&f, "t", "pk:S", "sk:N");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fixture_close(&f);
    return 0;
}

static const char *item_text(const char *pk, int sk)
{
    char *text = arena_alloc(&f.arena, 256);
    assert_non_null(text);
    (void)snprintf(text, 256, "{\"odd\":{\"BOOL\":%s},\"pk\":{\"S\":\"%s\"},\"sk\":{\"N\":\"%d\"}}",
                   sk % 2 != 0 ? "true" : "false", pk, sk);
    return text;
}

/* Items of partition "p" with sort keys first .. last, and one neighbour partition. */
static void put_run(int first, int last)
{
    for (int sk = first; sk <= last; sk++) {
        struct fixture_write put = {.verb = ENGINE_PUT, .table = "t", .item = item_text("p", sk)};
        assert_int_equal(fixture_write(&f, &put), ST_OK);
        put.item = item_text("q", sk);
        assert_int_equal(fixture_write(&f, &put), ST_OK);
    }
}

/* The array that items_text makes of the items `from`, then by `step`, to `to`. */
static const char *run_text(int from, int to, int step)
{
    struct buf buf;
    buf_init(&buf, arena_mem(&f.arena), 1 << 20);
    buf_put_text(&buf, "[");
    for (int sk = from; step > 0 ? sk <= to : sk >= to; sk += step) {
        if (sk != from) buf_put_text(&buf, ",");
        buf_put_text(&buf, item_text("p", sk));
    }
    buf_put_text(&buf, "]");
    buf_put_u8(&buf, 0);
    return (const char *)buf.ptr;
}

static void test_query__tests_on_the_sort_key_choose_their_range(void **state)
{
    (void)state;
    /* clang-format off */
    static const struct {
        const char *condition;
        const char *values;
        int from, to; /* nothing when from > to */
    } cases[] = {
        {"pk = :p",              "{\":p\":{\"S\":\"p\"}}",                        -3, 12},
        {"pk = :p AND sk = :a",  "{\":p\":{\"S\":\"p\"},\":a\":{\"N\":\"0\"}}",   0,  0},
        {"pk = :p AND sk < :a",  "{\":p\":{\"S\":\"p\"},\":a\":{\"N\":\"-1\"}}",  -3, -2},
        {"pk = :p AND sk <= :a", "{\":p\":{\"S\":\"p\"},\":a\":{\"N\":\"-1\"}}",  -3, -1},
        {"pk = :p AND sk > :a",  "{\":p\":{\"S\":\"p\"},\":a\":{\"N\":\"9\"}}",   10, 12},
        {"pk = :p AND sk >= :a", "{\":p\":{\"S\":\"p\"},\":a\":{\"N\":\"9\"}}",   9,  12},
        {"pk = :p AND sk BETWEEN :a AND :b",
         "{\":p\":{\"S\":\"p\"},\":a\":{\"N\":\"-1.5\"},\":b\":{\"N\":\"10\"}}",  -1, 10},
        {"pk = :p AND sk > :a",  "{\":p\":{\"S\":\"p\"},\":a\":{\"N\":\"12\"}}",  1,  0},
        {"pk = :p AND sk = :a",  "{\":p\":{\"S\":\"p\"},\":a\":{\"N\":\"0.5\"}}", 1,  0},
        {"pk = :p",              "{\":p\":{\"S\":\"nobody\"}}",                   1,  0},
    };
    /* clang-format on */
    put_run(-3, 12);
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct fixture_page page = {
            .table = "t", .key_condition = cases[i].condition, .values = cases[i].values};
        assert_int_equal(fixture_page(&f, &page), ST_OK);
        assert_string_equal(page.items, run_text(cases[i].from, cases[i].to, 1));
        assert_null(page.last_key);
        page.page = (struct engine_page){.backward = true};
        assert_int_equal(fixture_page(&f, &page), ST_OK);
        assert_string_equal(page.items, run_text(cases[i].to, cases[i].from, -1));
    }
}

static void test_query__pages_join_without_gap_or_repeat_in_both_directions(void **state)
{
    (void)state;
    put_run(1, 25);
    for (uint32_t limit = 1; limit <= 26; limit++) {
        for (int backward = 0; backward < 2; backward++) {
            const char *start = NULL;
            int next = backward ? 25 : 1;
            do {
                struct fixture_page page = {
                    .table = "t",
                    .key_condition = "pk = :p",
                    .values = "{\":p\":{\"S\":\"p\"}}",
                    .start_key = start,
                    .page = {.limit = limit, .backward = backward == 1}
                };
                assert_int_equal(fixture_page(&f, &page), ST_OK);
                const int count = (int)page.page.count;
                const int last = backward ? next - count + 1 : next + count - 1;
                assert_string_equal(page.items, run_text(next, last, backward ? -1 : 1));
                next = backward ? last - 1 : last + 1;
                start = page.last_key;
                assert_true(start == NULL || page.page.scanned == limit);
            } while (start != NULL);
            assert_int_equal(next, backward ? 0 : 26);
        }
    }
}

static void test_query__a_page_goes_on_behind_a_deleted_item(void **state)
{
    (void)state;
    put_run(1, 4);
    struct fixture_page page = {.table = "t",
                                .key_condition = "pk = :p",
                                .values = "{\":p\":{\"S\":\"p\"}}",
                                .page = {.limit = 2}};
    assert_int_equal(fixture_page(&f, &page), ST_OK);
    struct fixture_write delete = {
        .verb = ENGINE_DELETE, .table = "t", .item = "{\"pk\":{\"S\":\"p\"},\"sk\":{\"N\":\"2\"}}"};
    assert_int_equal(fixture_write(&f, &delete), ST_OK);
    page.start_key = page.last_key;
    page.page = (struct engine_page){0};
    assert_int_equal(fixture_page(&f, &page), ST_OK);
    assert_string_equal(page.items, run_text(3, 4, 1));
}

static void test_query__limit_counts_evaluated_items_not_kept_ones(void **state)
{
    (void)state;
    put_run(1, 4);
    struct fixture_page page = {.table = "t",
                                .key_condition = "pk = :p",
                                .filter = "odd = :no",
                                .values = "{\":p\":{\"S\":\"p\"},\":no\":{\"BOOL\":false}}",
                                .page = {.limit = 1}};
    assert_int_equal(fixture_page(&f, &page), ST_OK);
    assert_int_equal(page.page.count, 0);
    assert_int_equal(page.page.scanned, 1);
    assert_string_equal(page.last_key, "{\"pk\":{\"S\":\"p\"},\"sk\":{\"N\":\"1\"}}");
}

static void test_query__count_returns_no_items(void **state)
{
    (void)state;
    put_run(1, 4);
    struct fixture_page page = {.table = "t",
                                .key_condition = "pk = :p",
                                .values = "{\":p\":{\"S\":\"p\"}}",
                                .page = {.select = ENGINE_SELECT_COUNT}};
    assert_int_equal(fixture_page(&f, &page), ST_OK);
    assert_int_equal(page.page.count, 4);
    assert_null(page.page.items);
}

static void test_query__mistakes_are_told_in_dynamodbs_words(void **state)
{
    (void)state;
    /* clang-format off */
    static const struct {
        const char *condition, *filter, *values, *start, *message;
    } cases[] = {
#define PK_S "{\":a\":{\"S\":\"p\"}}"
#define PK_N "{\":a\":{\"N\":\"1\"}}"
#define WITH_ONE "{\":a\":{\"S\":\"p\"},\":one\":{\"N\":\"1\"}}"
#define START(pk) "{\"pk\":{\"S\":\"" pk "\"},\"sk\":{\"N\":\"1\"}}"
        {"sk = :a", NULL, PK_N, NULL,
         "Query condition missed key schema element: pk"},
        {"pk = :a", NULL, PK_N, NULL,
         "One or more parameter values were invalid: Condition parameter type does not match "
         "schema type"},
        {"pk = :a", NULL, "{\":a\":{\"S\":\"\"}}", NULL,
         "One or more parameter values are not valid. The AttributeValue for a key attribute "
         "cannot contain an empty string value. Key: pk"},
        {"pk = :a", "sk > :one", WITH_ONE, NULL,
         "Filter Expression can only contain non-primary key attributes: Primary key attribute: "
         "sk"},
        {"pk = :a", "attribute_exists(pk.x)", PK_S, NULL,
         "Filter Expression can only contain non-primary key attributes: Primary key attribute: "
         "pk"},
        {"pk = :a", NULL, PK_S, "{\"pk\":{\"S\":\"p\"}}",
         "The provided starting key is invalid"},
        {"pk = :a", NULL, PK_S, START("q"),
         "The provided starting key is outside query boundaries based on provided conditions"},
        {"pk = :a AND sk > :one", NULL, WITH_ONE, START("p"),
         "The provided starting key does not match the range key predicate"},
    };
    /* clang-format on */
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct fixture_page page = {.table = "t",
                                    .key_condition = cases[i].condition,
                                    .filter = cases[i].filter,
                                    .values = cases[i].values,
                                    .start_key = cases[i].start};
        assert_int_equal(fixture_page(&f, &page), ST_VALIDATION);
        support_assert_text(error_text(&f.err), cases[i].message);
    }
}

static void test_scan__a_filter_does_not_look_inside_a_key_attribute(void **state)
{
    (void)state;
    struct fixture_page page = {.table = "t", .filter = "attribute_exists(pk.x)"};
    assert_int_equal(fixture_page(&f, &page), ST_VALIDATION);
    support_assert_text(error_text(&f.err),
                        "Key attributes must be scalars; list random access '[]' and map lookup "
                        "'.' are not allowed: Key: pk");
}

static void test_scan__segments_cover_the_table_once(void **state)
{
    (void)state;
    put_run(1, 40);
    for (uint32_t total = 1; total <= 7; total++) {
        uint32_t seen = 0;
        for (uint32_t segment = 0; segment < total; segment++) {
            const char *start = NULL;
            do {
                struct fixture_page page = {
                    .table = "t",
                    .start_key = start,
                    .page = {.limit = 9, .segment = segment, .total_segments = total}
                };
                assert_int_equal(fixture_page(&f, &page), ST_OK);
                seen += page.page.count;
                start = page.last_key;
            } while (start != NULL);
        }
        assert_int_equal(seen, 80);
    }
}

static void test_scan__a_page_ends_behind_the_item_that_crosses_a_megabyte(void **state)
{
    (void)state;
    enum { TEXT_BYTES = 100000, ITEMS = 12 };
    char *item = arena_alloc(&f.arena, TEXT_BYTES + 200);
    assert_non_null(item);
    for (int sk = 0; sk < ITEMS; sk++) {
        int at = snprintf(item, 200, "{\"pk\":{\"S\":\"p\"},\"sk\":{\"N\":\"%d\"},\"x\":{\"S\":\"",
                          sk + 10);
        memset(item + at, 'x', TEXT_BYTES);
        (void)snprintf(item + at + TEXT_BYTES, 8, "\"}}");
        struct fixture_write put = {.verb = ENGINE_PUT, .table = "t", .item = item};
        assert_int_equal(fixture_write(&f, &put), ST_OK);
        assert_int_equal(put.write_units, 98);
    }
    /* An item is 100,009 bytes: 10 stay below 1,048,576, the eleventh crosses. */
    struct fixture_page page = {.table = "t", .page = {.select = ENGINE_SELECT_COUNT}};
    assert_int_equal(fixture_page(&f, &page), ST_OK);
    assert_int_equal(page.page.count, 11);
    assert_string_equal(page.last_key, "{\"pk\":{\"S\":\"p\"},\"sk\":{\"N\":\"20\"}}");
    assert_int_equal(page.page.half_units, (11 * 100009 + 4095) / 4096);
    page.start_key = page.last_key;
    page.page = (struct engine_page){.select = ENGINE_SELECT_COUNT};
    assert_int_equal(fixture_page(&f, &page), ST_OK);
    assert_int_equal(page.page.count, 1);
    assert_null(page.last_key);
}

static void test_scan__a_start_key_of_another_segment_is_refused(void **state)
{
    (void)state;
    put_run(1, 1);
    int refused = 0;
    for (uint32_t segment = 0; segment < 2; segment++) {
        struct fixture_page page = {
            .table = "t",
            .start_key = "{\"pk\":{\"S\":\"p\"},\"sk\":{\"N\":\"1\"}}",
            .page = {.segment = segment, .total_segments = 2}
        };
        if (fixture_page(&f, &page) == ST_OK) continue;
        char message[256];
        (void)snprintf(message, sizeof message,
                       "The provided starting key is invalid: Invalid ExclusiveStartKey. Please "
                       "use ExclusiveStartKey with correct Segment. TotalSegments: 2 Segment: %u",
                       segment);
        support_assert_text(error_text(&f.err), message);
        refused++;
    }
    assert_int_equal(refused, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_query__tests_on_the_sort_key_choose_their_range),
        TEST(test_query__pages_join_without_gap_or_repeat_in_both_directions),
        TEST(test_query__a_page_goes_on_behind_a_deleted_item),
        TEST(test_query__limit_counts_evaluated_items_not_kept_ones),
        TEST(test_query__count_returns_no_items),
        TEST(test_query__mistakes_are_told_in_dynamodbs_words),
        TEST(test_scan__a_filter_does_not_look_inside_a_key_attribute),
        TEST(test_scan__segments_cover_the_table_once),
        TEST(test_scan__a_page_ends_behind_the_item_that_crosses_a_megabyte),
        TEST(test_scan__a_start_key_of_another_segment_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
