/* tables_test.c -- making, changing, listing and ending tables, and what a restart keeps. */
#include <stdio.h>

#include "engine/fixture.h"

static struct fixture f;
static char *folder;

static int set_up(void **state)
{
    (void)state;
    folder = support_folder_new();
    fixture_open(&f, folder);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fixture_close(&f);
    support_folder_free(folder);
    return 0;
}

static void put_item(const char *table, const char *item)
{
    struct fixture_write put = {.verb = ENGINE_PUT, .table = table, .item = item};
    assert_int_equal(fixture_write(&f, &put), ST_OK);
}

static status change(const char *name, const struct engine_table_change *change,
                     table_status *state)
{
    struct engine_table_write write = {
        .verb = ENGINE_TABLE_UPDATE, .name = span_of(name), .change = change};
    const status st = fixture_table_write(&f, &write);
    if (st == ST_OK) *state = write.description.table->status;
    if (st == ST_OK) table_drop(write.description.table);
    return st;
}

static status delete_table(const char *name)
{
    struct engine_table_write write = {.verb = ENGINE_TABLE_DELETE, .name = span_of(name)};
    const status st = fixture_table_write(&f, &write);
    if (st != ST_OK) return st;
    assert_int_equal(write.description.table->status, TABLE_DELETING);
    table_drop(write.description.table);
    return st;
}

static void test_a_table_is_active_as_soon_as_it_is_made(void **state)
{
    (void)state;
    struct engine_description seen = {0};
    fixture_table(&f, "t", "pk:S", NULL); /* asserts CREATING in the reply */
    assert_int_equal(engine_table_describe(f.engine, SPAN("t"), &seen, &f.err), ST_OK);
    assert_int_equal(seen.table->status, TABLE_ACTIVE);
    assert_int_equal(strlen(seen.table->id), TABLE_ID_BYTES);
    assert_int_equal(seen.table->created_ms, f.clock_ms);
    table_drop(seen.table);
}

static void test_a_name_in_use_is_refused(void **state)
{
    (void)state;
    fixture_table(&f, "t", "pk:S", NULL);
    struct table_spec spec = {.name = SPAN("t")};
    spec.key.partition[0] = (struct table_key_part){SPAN("pk"), VALUE_S};
    spec.key.partition_count = 1;
    struct engine_table_write write = {
        .verb = ENGINE_TABLE_CREATE, .name = spec.name, .spec = &spec};
    assert_int_equal(fixture_table_write(&f, &write), ST_IN_USE);
    support_assert_text(error_text(&f.err), "Table already exists: t");
}

static void test_a_missing_table_is_told_apart_by_the_kind_of_call(void **state)
{
    (void)state;
    struct engine_description seen = {0};
    struct engine_get get = {.table_name = SPAN("t"),
                             .key = fixture_map(&f, "{\"pk\":{\"S\":\"a\"}}")};
    assert_int_equal(engine_get(f.engine, &get, &f.arena, &f.err), ST_NOT_FOUND);
    support_assert_text(error_text(&f.err), "Requested resource not found");
    assert_int_equal(engine_table_describe(f.engine, SPAN("t"), &seen, &f.err), ST_NOT_FOUND);
    support_assert_text(error_text(&f.err), "Requested resource not found: Table: t not found");
    assert_int_equal(delete_table("t"), ST_NOT_FOUND);
    support_assert_text(error_text(&f.err), "Requested resource not found: Table: t not found");
}

static void test_a_deleted_table_takes_its_items_with_it(void **state)
{
    (void)state;
    fixture_table(&f, "t", "pk:S", NULL);
    put_item("t", "{\"pk\":{\"S\":\"a\"}}");
    assert_int_equal(delete_table("t"), ST_OK);
    fixture_table(&f, "t", "pk:S", NULL);
    assert_null(fixture_get(&f, "t", "{\"pk\":{\"S\":\"a\"}}"));
    struct fixture_page page = {.table = "t"};
    assert_int_equal(fixture_page(&f, &page), ST_OK);
    assert_int_equal(page.page.count, 0);
}

static void test_a_protected_table_is_not_deleted(void **state)
{
    (void)state;
    table_status seen = TABLE_ACTIVE;
    struct engine_table_change protect = {.has_deletion_protection = true,
                                          .deletion_protection = true};
    fixture_table(&f, "t", "pk:S", NULL);
    assert_int_equal(change("t", &protect, &seen), ST_OK);
    assert_int_equal(seen, TABLE_UPDATING);
    assert_int_equal(delete_table("t"), ST_VALIDATION);
    support_assert_text(error_text(&f.err),
                        "Resource cannot be deleted as it is currently protected against "
                        "deletion. Disable deletion protection first.");
    protect.deletion_protection = false;
    assert_int_equal(change("t", &protect, &seen), ST_OK);
    assert_int_equal(delete_table("t"), ST_OK);
}

static void test_throughput_changes_and_refuses_to_stay_the_same(void **state)
{
    (void)state;
    table_status seen = TABLE_ACTIVE;
    struct engine_description now = {0};
    struct engine_table_change provision = {.has_billing = true,
                                            .billing = TABLE_PROVISIONED,
                                            .has_throughput = true,
                                            .read_units = 5,
                                            .write_units = 6};
    fixture_table(&f, "t", "pk:S", NULL);
    assert_int_equal(change("t", &provision, &seen), ST_OK);
    assert_int_equal(engine_table_describe(f.engine, SPAN("t"), &now, &f.err), ST_OK);
    assert_int_equal(now.table->spec.billing, TABLE_PROVISIONED);
    assert_int_equal(now.table->spec.throughput.read_units, 5);
    assert_int_equal(now.table->spec.throughput.write_units, 6);
    table_drop(now.table);
    assert_int_equal(change("t", &provision, &seen), ST_VALIDATION);
    assert_true(span_starts_with(error_text(&f.err),
                                 SPAN("The provisioned throughput for the table will not change. "
                                      "The requested value equals the current value. Current "
                                      "ReadCapacityUnits provisioned for the table: 5.")));
}

/* The tags of table "t" are keys[0 .. count - 1], each with itself as its value. */
static void assert_tags(const char *const *keys, size_t count)
{
    struct engine_description seen = {0};
    assert_int_equal(engine_table_describe(f.engine, SPAN("t"), &seen, &f.err), ST_OK);
    assert_int_equal(seen.table->status, TABLE_ACTIVE);
    assert_int_equal(seen.table->spec.tag_count, count);
    for (size_t i = 0; i < count; i++) {
        support_assert_text(seen.table->spec.tags[i].key, keys[i]);
        support_assert_text(seen.table->spec.tags[i].value, keys[i]);
    }
    table_drop(seen.table);
}

static void test_tags_join_in_the_order_of_their_keys_and_stay(void **state)
{
    (void)state;
    static const char *const joined[] = {"a", "b", "c", "d", "e"};
    static const char *const left[] = {"a", "c", "e"};
    const struct table_tag first[] = {
        {SPAN("b"), SPAN("old")},
        {SPAN("d"), SPAN("d")  },
    };
    const struct table_tag second[] = {
        {SPAN("a"), SPAN("a")},
        {SPAN("b"), SPAN("b")},
        {SPAN("c"), SPAN("c")},
        {SPAN("e"), SPAN("e")},
    };
    const struct span gone[] = {SPAN("d"), SPAN("nothing"), SPAN("b")};
    table_status seen = TABLE_DELETING;
    fixture_table(&f, "t", "pk:S", NULL);
    struct engine_table_change set = {.set_tags = first, .set_tag_count = 2};
    assert_int_equal(change("t", &set, &seen), ST_OK);
    assert_int_equal(seen, TABLE_ACTIVE); /* the reply shows no UPDATING */
    set = (struct engine_table_change){.set_tags = second, .set_tag_count = 4};
    assert_int_equal(change("t", &set, &seen), ST_OK);
    assert_tags(joined, ARRAY_COUNT(joined));
    set = (struct engine_table_change){.removed_tags = gone, .removed_tag_count = 3};
    assert_int_equal(change("t", &set, &seen), ST_OK);
    assert_tags(left, ARRAY_COUNT(left));
    put_item("t", "{\"pk\":{\"S\":\"a\"}}");
    fixture_reopen(&f, folder);
    assert_tags(left, ARRAY_COUNT(left));
}

static void test_a_table_has_fifty_tags_at_most_after_the_change(void **state)
{
    (void)state;
    char keys[LIMIT_TAGS][8];
    struct table_tag tags[LIMIT_TAGS];
    for (size_t i = 0; i < LIMIT_TAGS; i++) {
        (void)snprintf(keys[i], sizeof keys[i], "k%02zu", i);
        tags[i] = (struct table_tag){span_of(keys[i]), SPAN("v")};
    }
    const struct table_tag more = {SPAN("more"), SPAN("v")};
    table_status seen = TABLE_ACTIVE;
    fixture_table(&f, "t", "pk:S", NULL);
    struct engine_table_change set = {.set_tags = tags, .set_tag_count = LIMIT_TAGS};
    assert_int_equal(change("t", &set, &seen), ST_OK);
    assert_int_equal(change("t", &set, &seen), ST_OK); /* the same fifty again */
    set = (struct engine_table_change){.set_tags = &more, .set_tag_count = 1};
    assert_int_equal(change("t", &set, &seen), ST_VALIDATION);
    support_assert_text(error_text(&f.err),
                        "Number of Tags exceed the current limit for the provided ResourceArn");
}

static void test_tables_are_listed_in_order_and_in_pages(void **state)
{
    (void)state;
    static const char *const names[] = {"bbb", "aaa", "ddd", "ccc", "BBB"};
    static const char *const sorted[] = {"BBB", "aaa", "bbb", "ccc", "ddd"};
    for (size_t i = 0; i < ARRAY_COUNT(names); i++) fixture_table(&f, names[i], "pk:S", NULL);
    struct engine_names list = {.limit = 2, .more = true};
    size_t at = 0;
    while (list.more) {
        assert_int_equal(engine_table_list(f.engine, &list, &f.arena, &f.err), ST_OK);
        assert_true(list.count <= 2);
        for (uint32_t i = 0; i < list.count; i++) support_assert_text(list.names[i], sorted[at++]);
        list.start = list.names[list.count - 1];
    }
    assert_int_equal(at, ARRAY_COUNT(sorted));
}

static void test_a_restart_keeps_tables_items_and_counts(void **state)
{
    (void)state;
    struct engine_description seen = {0};
    fixture_table(&f, "t", "pk:B", "sk:S");
    fixture_table(&f, "gone", "pk:S", NULL);
    for (int i = 0; i < 5; i++) {
        char item[128];
        (void)snprintf(item, sizeof item, "{\"pk\":{\"B\":\"AAE=\"},\"sk\":{\"S\":\"%d\"}}", i);
        put_item("t", item);
    }
    assert_int_equal(delete_table("gone"), ST_OK);
    fixture_reopen(&f, folder);
    assert_int_equal(engine_table_describe(f.engine, SPAN("t"), &seen, &f.err), ST_OK);
    assert_int_equal(seen.item_count, 5);
    assert_int_equal(seen.item_bytes, 5 * (2 + 2 + 2 + 1));
    assert_int_equal(seen.table->spec.key.sort_count, 1);
    assert_int_equal(seen.table->spec.key.partition[0].type, VALUE_B);
    table_drop(seen.table);
    assert_non_null(fixture_get(&f, "t", "{\"pk\":{\"B\":\"AAE=\"},\"sk\":{\"S\":\"3\"}}"));
    assert_int_equal(engine_table_describe(f.engine, SPAN("gone"), &seen, &f.err), ST_NOT_FOUND);
}

static void test_numbers_of_tables_are_not_given_out_twice(void **state)
{
    (void)state;
    struct engine_description first = {0}, second = {0};
    fixture_table(&f, "t", "pk:S", NULL);
    assert_int_equal(engine_table_describe(f.engine, SPAN("t"), &first, &f.err), ST_OK);
    assert_int_equal(delete_table("t"), ST_OK);
    fixture_reopen(&f, folder);
    fixture_table(&f, "t", "pk:S", NULL);
    assert_int_equal(engine_table_describe(f.engine, SPAN("t"), &second, &f.err), ST_OK);
    assert_true(second.table->number > first.table->number);
    table_drop(first.table);
    table_drop(second.table);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_table_is_active_as_soon_as_it_is_made),
        TEST(test_a_name_in_use_is_refused),
        TEST(test_a_missing_table_is_told_apart_by_the_kind_of_call),
        TEST(test_a_deleted_table_takes_its_items_with_it),
        TEST(test_a_protected_table_is_not_deleted),
        TEST(test_throughput_changes_and_refuses_to_stay_the_same),
        TEST(test_tags_join_in_the_order_of_their_keys_and_stay),
        TEST(test_a_table_has_fifty_tags_at_most_after_the_change),
        TEST(test_tables_are_listed_in_order_and_in_pages),
        TEST(test_a_restart_keeps_tables_items_and_counts),
        TEST(test_numbers_of_tables_are_not_given_out_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
