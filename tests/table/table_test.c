/* table_test.c -- descriptions survive being written, shared, cut short and starved of memory. */
#include "base/calendar.h"
#include "support/support.h"
#include "table/table.h"

static const struct span included[] = {
    {(const uint8_t *)"Label", 5},
    {(const uint8_t *)"Price", 5}
};
static const struct table_tag tags[] = {
    {{(const uint8_t *)"team", 4}, {(const uint8_t *)"a", 1}}
};
static struct table_index indexes[] = {
    {.global = true,
     .projection = TABLE_PROJECT_INCLUDE,
     .included = included,
     .included_count = 2,
     .throughput = {7, 8, 0, 0, 0},
     .warm = {.write_units = 90},
     .status = TABLE_CREATING,
     .backfilling = true},
    {.projection = TABLE_PROJECT_KEYS_ONLY, .status = TABLE_ACTIVE      },
};

static void describe_indexes(void)
{
    struct table_key *first = &indexes[0].key, *second = &indexes[1].key;
    indexes[0].name = SPAN("ByLabel");
    indexes[1].name = SPAN("ByTitle");
    first->partition[0] = (struct table_key_part){SPAN("Label"), VALUE_S};
    first->partition[1] = (struct table_key_part){SPAN("Country"), VALUE_B};
    first->partition_count = 2;
    first->sort_count = 0;
    second->partition[0] = (struct table_key_part){SPAN("Artist"), VALUE_S};
    second->sort[0] = (struct table_key_part){SPAN("Title"), VALUE_S};
    second->partition_count = second->sort_count = 1;
}

static struct table_spec full_spec(void)
{
    describe_indexes();
    struct table_spec spec = {
        .name = SPAN("Music"),
        .billing = TABLE_PROVISIONED,
        .throughput = {5,              6, 1700000000001, 1700000000002, 3},
        .class = TABLE_CLASS_INFREQUENT_ACCESS,
        .deletion_protection = true,
        .on_demand_read_max = -1,
        .on_demand_write_max = 77,
        .warm = {.read_units = 50},
        .indexes = indexes,
        .index_count = ARRAY_COUNT(indexes),
        .tags = tags,
        .tag_count = ARRAY_COUNT(tags),
        .ttl_attribute = SPAN("Expires")
    };
    spec.key.partition[spec.key.partition_count++] =
        (struct table_key_part){SPAN("Artist"), VALUE_S};
    spec.key.sort[spec.key.sort_count++] = (struct table_key_part){SPAN("Year"), VALUE_N};
    return spec;
}

static const struct table_identity identity = {
    .id = "01234567-89ab-4cde-8f01-23456789abcd", .number = 42, .created_ms = 1700000000000};

static struct table *make(void)
{
    const struct table_spec spec = full_spec();
    struct table *table = NULL;
    assert_int_equal(table_from_spec(support_mem(), &spec, &identity, &table), ST_OK);
    return table;
}

static void assert_indexes(const struct table *table)
{
    const struct table_index *first = table_find_index(table, SPAN("ByLabel"));
    const struct table_index *second = table_find_index(table, SPAN("ByTitle"));
    assert_non_null(first);
    assert_non_null(second);
    assert_null(table_find_index(table, SPAN("ByNothing")));
    assert_true(first->global && first->backfilling);
    assert_int_equal(first->number, 43);
    assert_int_equal(first->key.partition_count, 2);
    support_assert_text(first->key.partition[1].name, "Country");
    assert_int_equal(first->included_count, 2);
    support_assert_text(first->included[1], "Price");
    assert_int_equal(first->throughput.write_units, 8);
    assert_int_equal(first->warm.read_units, 7);
    assert_int_equal(first->warm.write_units, 90);
    assert_int_equal(first->status, TABLE_CREATING);
    assert_false(second->global);
    assert_int_equal(second->number, 44);
    assert_int_equal(second->projection, TABLE_PROJECT_KEYS_ONLY);
    assert_int_equal(second->warm.read_units, 0);
    support_assert_text(second->key.sort[0].name, "Title");
}

static void assert_full(const struct table *table)
{
    assert_indexes(table);
    assert_int_equal(table->spec.tag_count, 1);
    support_assert_text(table->spec.tags[0].key, "team");
    support_assert_text(table->spec.ttl_attribute, "Expires");
    const struct table_spec *spec = &table->spec;
    support_assert_text(spec->name, "Music");
    assert_string_equal(table->id, identity.id);
    assert_int_equal(table->number, 42);
    assert_int_equal(table->created_ms, 1700000000000);
    assert_int_equal(spec->key.partition_count, 1);
    support_assert_text(spec->key.partition[0].name, "Artist");
    assert_int_equal(spec->key.partition[0].type, VALUE_S);
    assert_int_equal(spec->key.sort_count, 1);
    support_assert_text(spec->key.sort[0].name, "Year");
    assert_int_equal(spec->key.sort[0].type, VALUE_N);
    assert_int_equal(spec->billing, TABLE_PROVISIONED);
    assert_int_equal(spec->throughput.read_units, 5);
    assert_int_equal(spec->throughput.write_units, 6);
    assert_int_equal(spec->throughput.increased_ms, 1700000000001);
    assert_int_equal(spec->throughput.decreased_ms, 1700000000002);
    assert_int_equal(spec->throughput.decreases_today, 3);
    assert_int_equal(spec->class, TABLE_CLASS_INFREQUENT_ACCESS);
    assert_true(spec->deletion_protection);
    assert_int_equal(spec->on_demand_read_max, -1);
    assert_int_equal(spec->on_demand_write_max, 77);
    assert_int_equal(spec->warm.read_units, 50);
    assert_int_equal(spec->warm.write_units, 6);
}

static void test_what_is_written_is_read(void **state)
{
    (void)state;
    struct buf buf;
    struct table *again = NULL, *table = make();
    buf_init(&buf, support_mem(), 4096);
    table->ttl_filling = 99;
    table_write(table, &buf);
    assert_int_equal(buf_status(&buf), ST_OK);
    assert_int_equal(table_read(support_mem(), buf_view(&buf), NULL, &again), ST_OK);
    buf_deinit(&buf);
    assert_full(again);
    assert_int_equal(again->ttl_filling, 99);
    table_drop(table);
    table_drop(again);
    support_mem_check();
}

static void test_a_table_of_a_space_keeps_it_beside_its_name(void **state)
{
    (void)state;
    const struct table_spec spec = full_spec();
    struct table_identity ours = identity;
    struct table *table = NULL, *again = NULL, *clone = NULL;
    struct buf buf;
    ours.space = SPAN("123456789012/eu-west-1");
    assert_int_equal(table_from_spec(support_mem(), &spec, &ours, &table), ST_OK);
    buf_init(&buf, support_mem(), 4096);
    table_write(table, &buf);
    assert_int_equal(table_read(support_mem(), buf_view(&buf), NULL, &again), ST_OK);
    assert_int_equal(table_clone(support_mem(), again, &clone), ST_OK);
    buf_deinit(&buf);
    table_drop(table);
    table_drop(again);
    assert_full(clone);
    support_assert_text(clone->space, "123456789012/eu-west-1");
    table_drop(clone);
    support_mem_check();
}

static void test_a_table_of_everybody_is_written_by_its_name_alone(void **state)
{
    (void)state;
    static const uint8_t form_and_name[] = {2, 5, 0, 0, 0, 'M', 'u', 's', 'i', 'c', '0', '1', '2'};
    struct table *table = make();
    struct buf buf;
    buf_init(&buf, support_mem(), 4096);
    table_write(table, &buf);
    assert_memory_equal(buf_view(&buf).ptr, form_and_name, sizeof form_and_name);
    buf_deinit(&buf);
    table_drop(table);
    support_mem_check();
}

static void test_a_stream_is_kept_and_makes_another_form(void **state)
{
    (void)state;
    enum { FORM_STREAMS = 4 };
    struct table *again = NULL, *table = make();
    struct buf buf;
    buf_init(&buf, support_mem(), 4096);
    table->spec.stream = TABLE_STREAM_OLD_IMAGE;
    table->stream_number = 77;
    table->stream_made_ms = 1700000000003;
    table_write(table, &buf);
    assert_int_equal(buf.ptr[0], FORM_STREAMS);
    assert_int_equal(table_read(support_mem(), buf_view(&buf), NULL, &again), ST_OK);
    assert_full(again);
    assert_int_equal(again->spec.stream, TABLE_STREAM_OLD_IMAGE);
    assert_int_equal(again->stream_number, 77);
    assert_int_equal(again->stream_made_ms, 1700000000003);
    buf_deinit(&buf);
    table_drop(table);
    table_drop(again);
    support_mem_check();
}

/* The stream's label is a date, and dates end with the year 9999. */
static void test_a_stream_of_no_calendar_is_corrupt(void **state)
{
    (void)state;
    static const uint64_t last_ms = (uint64_t)CALENDAR_SECONDS_END * 1000 - 1;
    static const struct {
        uint64_t made_ms;
        status expected;
    } cases[] = {
        {last_ms,     ST_OK     },
        {last_ms + 1, ST_CORRUPT},
        {UINT64_MAX,  ST_CORRUPT},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct table *again = NULL, *table = make();
        struct buf buf;
        buf_init(&buf, support_mem(), 4096);
        table->spec.stream = TABLE_STREAM_OLD_IMAGE;
        table->stream_number = 77;
        table->stream_made_ms = cases[i].made_ms;
        table_write(table, &buf);
        assert_int_equal(table_read(support_mem(), buf_view(&buf), NULL, &again),
                         cases[i].expected);
        buf_deinit(&buf);
        table_drop(table);
        table_drop(again);
    }
    support_mem_check();
}

static void test_vector_indexes_are_kept_and_make_another_form(void **state)
{
    (void)state;
    enum { FORM_VECTORS = 5 };
    const struct table_vectors vectors = {
        .name = SPAN("near"),
        .attribute = SPAN("v"),
        .kind = {LIMIT_VECTOR_DIMENSIONS, VECTOR_DOT_PRODUCT},
        .number = 99,
        .status = TABLE_ACTIVE,
    };
    struct table *again = NULL, *without = NULL, *with = NULL, *table = make();
    struct buf buf;
    buf_init(&buf, support_mem(), 4096);
    assert_int_equal(table_with_vectors(support_mem(), table, &vectors, &with), ST_OK);
    table_write(with, &buf);
    assert_int_equal(buf.ptr[0], FORM_VECTORS);
    assert_int_equal(table_read(support_mem(), buf_view(&buf), NULL, &again), ST_OK);
    assert_full(again);
    assert_int_equal(again->spec.vector_count, 1);
    const struct table_vectors *kept = table_find_vectors(again, SPAN("near"));
    assert_ptr_equal(table_find_vectors_number(again, 99), kept);
    support_assert_text(kept->attribute, "v");
    assert_int_equal(kept->kind.dimensions, LIMIT_VECTOR_DIMENSIONS);
    assert_int_equal(kept->kind.metric, VECTOR_DOT_PRODUCT);
    assert_int_equal(kept->status, TABLE_ACTIVE);
    assert_int_equal(table_without_vectors(support_mem(), again, SPAN("near"), &without), ST_OK);
    assert_null(table_find_vectors(without, SPAN("near")));
    buf_deinit(&buf);
    table_drop(table);
    table_drop(with);
    table_drop(again);
    table_drop(without);
    support_mem_check();
}

static void test_a_description_cut_short_is_corrupt(void **state)
{
    (void)state;
    struct buf buf;
    struct table *again = NULL, *table = make();
    buf_init(&buf, support_mem(), 4096);
    table_write(table, &buf);
    for (size_t len = 0; len < buf.len; len++) {
        const struct span cut = support_guard(span_take(buf_view(&buf), len));
        assert_int_equal(table_read(support_mem(), cut, NULL, &again), ST_CORRUPT);
        support_guard_free(cut);
    }
    buf_deinit(&buf);
    table_drop(table);
    support_mem_check();
}

static void test_an_unknown_form_is_corrupt(void **state)
{
    (void)state;
    struct buf buf;
    struct table *again = NULL, *table = make();
    buf_init(&buf, support_mem(), 4096);
    table_write(table, &buf);
    for (unsigned form = 0; form < 256; form += 3) { /* 0, 3, 6, … */
        buf.ptr[0] = (uint8_t)form;
        assert_int_equal(table_read(support_mem(), buf_view(&buf), NULL, &again), ST_CORRUPT);
    }
    buf_deinit(&buf);
    table_drop(table);
    support_mem_check();
}

static void test_versions_share_what_changes_with_every_write(void **state)
{
    (void)state;
    struct table *clone = NULL, *table = make();
    assert_int_equal(table_clone(support_mem(), table, &clone), ST_OK);
    atomic_store(&table->live->item_count, 9);
    table_drop(table);
    assert_full(clone);
    assert_int_equal(atomic_load(&clone->live->item_count), 9);
    table_drop(clone);
    support_mem_check();
}

static void test_indexes_come_and_go_and_keep_their_counts(void **state)
{
    (void)state;
    struct table *table = make(), *without = NULL, *with = NULL;
    atomic_store(&table->spec.indexes[1].live->item_count, 5);
    assert_int_equal(table_without_index(support_mem(), table, SPAN("ByLabel"), &without), ST_OK);
    assert_int_equal(without->spec.index_count, 1);
    assert_int_equal(atomic_load(&without->spec.indexes[0].live->item_count), 5);
    const struct table_index *first = table_find_index(table, SPAN("ByLabel"));
    assert_int_equal(table_with_index(support_mem(), without, first, &with), ST_OK);
    assert_int_equal(with->spec.index_count, 2);
    support_assert_text(with->spec.indexes[1].name, "ByLabel");
    table_drop(table);
    table_drop(without);
    table_drop(with);
    support_mem_check();
}

static void test_a_version_read_beside_an_older_one_adopts_the_counts_of_what_is_shown(void **state)
{
    (void)state;
    struct buf buf;
    struct table *shown = make(), *without = NULL, *next = NULL;
    buf_init(&buf, support_mem(), 4096);
    table_write(shown, &buf);
    assert_int_equal(table_without_index(support_mem(), shown, SPAN("ByLabel"), &without), ST_OK);
    assert_int_equal(table_read(support_mem(), buf_view(&buf), without, &next), ST_OK);
    buf_deinit(&buf);
    assert_ptr_equal(next->spec.indexes[1].live, shown->spec.indexes[1].live);
    assert_ptr_not_equal(next->spec.indexes[0].live, shown->spec.indexes[0].live);
    table_adopt(next, shown);
    assert_ptr_equal(next->spec.indexes[0].live, shown->spec.indexes[0].live);
    table_drop(shown);
    table_drop(without);
    atomic_store(&next->spec.indexes[0].live->item_count, 3);
    table_drop(next);
    support_mem_check();
}

static void test_the_last_reader_frees_it(void **state)
{
    (void)state;
    const struct table *table = make();
    assert_ptr_equal(table_hold(table), table);
    table_drop(table);
    assert_full(table);
    table_drop(table);
    support_mem_check();
}

static void test_every_failed_allocation_is_told_and_leaks_nothing(void **state)
{
    (void)state;
    const struct table_spec spec = full_spec();
    for (uint64_t nth = 1;; nth++) {
        struct table *table = NULL, *clone = NULL;
        support_mem_fail_at(nth);
        status st = table_from_spec(support_mem(), &spec, &identity, &table);
        if (st == ST_OK) st = table_clone(support_mem(), table, &clone);
        const bool failed = support_mem_failed();
        assert_int_equal(st, failed ? ST_NO_MEMORY : ST_OK);
        table_drop(table);
        table_drop(clone);
        support_mem_check();
        if (!failed) break;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_written_is_read),
        cmocka_unit_test(test_a_table_of_a_space_keeps_it_beside_its_name),
        cmocka_unit_test(test_a_table_of_everybody_is_written_by_its_name_alone),
        cmocka_unit_test(test_a_description_cut_short_is_corrupt),
        cmocka_unit_test(test_a_stream_is_kept_and_makes_another_form),
        cmocka_unit_test(test_a_stream_of_no_calendar_is_corrupt),
        cmocka_unit_test(test_vector_indexes_are_kept_and_make_another_form),
        cmocka_unit_test(test_an_unknown_form_is_corrupt),
        cmocka_unit_test(test_versions_share_what_changes_with_every_write),
        cmocka_unit_test(test_indexes_come_and_go_and_keep_their_counts),
        cmocka_unit_test(
            test_a_version_read_beside_an_older_one_adopts_the_counts_of_what_is_shown),
        cmocka_unit_test(test_the_last_reader_frees_it),
        cmocka_unit_test(test_every_failed_allocation_is_told_and_leaks_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
