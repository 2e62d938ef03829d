/* get_many_test.c -- BatchGetItem and TransactGetItems: one snapshot, and where reading stops. */
#include <stdio.h>

#include "engine/fixture.h"

static struct fixture f;

static int set_up(void **state)
{
    (void)state;
    fixture_open(&f, NULL);
    fixture_table(&f, "t", "pk:S", NULL);
    fixture_table(&f, "sorted", "pk:S", "sk:S");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fixture_close(&f);
    return 0;
}

#define KEY(name) "{\"pk\":{\"S\":\"" name "\"}}"
#define ITEM(name, n) "{\"n\":{\"N\":\"" n "\"},\"pk\":{\"S\":\"" name "\"}}"
#define SORTED(pk, sk) "{\"pk\":{\"S\":\"" pk "\"},\"sk\":{\"S\":\"" sk "\"}}"

static void put_into(const char *table, const char *item)
{
    struct fixture_write put = {.verb = ENGINE_PUT, .table = table, .item = item};
    assert_int_equal(fixture_write(&f, &put), ST_OK);
}

static struct engine_get get_of(const char *table, const char *key)
{
    return (struct engine_get){.table_name = span_of(table), .key = fixture_map(&f, key)};
}

static void read_all(struct engine_get_many *many)
{
    assert_int_equal(engine_get_many(f.engine, many, &f.arena, &f.err), ST_OK);
}

static void assert_unread(const struct engine_get_many *many, const char *marks)
{
    assert_int_equal(many->count, strlen(marks));
    for (uint32_t i = 0; i < many->count; i++)
        if (many->gets[i].unread != (marks[i] == 'u')) fail_msg("get %u of %s", i, marks);
}

static void test_get_many__reads_from_one_snapshot_and_meets_transactions(void **state)
{
    (void)state;
    put_into("t", ITEM("a", "1"));
    struct error errors[2] = {error_in(&f.arena), error_in(&f.arena)};
    struct engine_get gets[] = {
        {.table_name = SPAN("t"),
         .key = fixture_map(&f, KEY("a")),
         .consistent = true,
         .err = &errors[0]},
        {.table_name = SPAN("t"),
         .key = fixture_map(&f, KEY("b")),
         .consistent = true,
         .err = &errors[1]},
    };
    struct engine_get_many many = {
        .gets = gets, .count = 2, .bytes_max = 1000, .transaction = true};
    assert_int_equal(engine_get_many(f.engine, &many, &f.arena, &f.err), ST_OK);
    assert_true(gets[0].found);
    assert_string_equal(fixture_text(&f, gets[0].item), ITEM("a", "1"));
    assert_int_equal(gets[0].half_units, 2);
    assert_false(gets[1].found);

    struct fixture_hold hold;
    fixture_hold(&f, &hold);
    struct fixture_write put = {.verb = ENGINE_PUT, .table = "t", .item = ITEM("b", "1")};
    struct fixture_many under_way = {.writes = &put, .count = 1, .transaction = true};
    struct fixture mine;
    fixture_share(&f, &mine);
    struct fixture_pending *pending = fixture_many_start(&mine, &under_way);
    assert_int_equal(engine_get_many(f.engine, &many, &f.arena, &f.err), ST_TX_CANCELED);
    assert_int_equal(errors[0].status, ST_OK);
    assert_int_equal(errors[1].status, ST_TX_CONFLICT);
    many.transaction = false;
    assert_int_equal(engine_get_many(f.engine, &many, &f.arena, &f.err), ST_OK);
    assert_false(gets[1].found);
    fixture_release(&hold);
    assert_int_equal(fixture_many_end(&mine, pending), ST_OK);
    fixture_unshare(&mine);
}

static void test_get_many__stops_at_its_bytes(void **state)
{
    (void)state;
    put_into("t", ITEM("a", "1")); /* 6 bytes each */
    put_into("t", ITEM("b", "1"));
    struct engine_get gets[] = {get_of("t", KEY("a")), get_of("t", KEY("absent")),
                                get_of("t", KEY("b")), get_of("t", KEY("absent"))};
    struct engine_get_many many = {.gets = gets, .count = 4, .bytes_max = 6};
    read_all(&many);
    assert_unread(&many, "--uu");
    many.transaction = true;
    struct error errors[4];
    for (size_t i = 0; i < 4; i++) errors[i] = error_in(&f.arena);
    for (size_t i = 0; i < 4; i++) gets[i].err = &errors[i];
    many.count = 3;
    assert_int_equal(engine_get_many(f.engine, &many, &f.arena, &f.err), ST_VALIDATION);
}

/* Items of "sorted" have 6 bytes. A partition is read until it has had its share; the item that
 * crosses the line is read. */
static void test_get_many__stops_in_a_partition_and_goes_on_in_others(void **state)
{
    (void)state;
    static const char *const items[] = {SORTED("a", "1"), SORTED("a", "2"), SORTED("a", "3"),
                                        SORTED("b", "1")};
    for (size_t i = 0; i < ARRAY_COUNT(items); i++) put_into("sorted", items[i]);
    put_into("t", KEY("a"));
    struct engine_get gets[] = {
        get_of("sorted", SORTED("a", "1")), get_of("sorted", SORTED("a", "absent")),
        get_of("sorted", SORTED("a", "2")), get_of("sorted", SORTED("b", "1")),
        get_of("sorted", SORTED("a", "3")), get_of("t", KEY("a")),
    };
    struct engine_get_many many = {
        .gets = gets, .count = 6, .bytes_max = 1000, .partition_bytes_max = 7};
    read_all(&many);
    assert_unread(&many, "----u-");
    many.partition_bytes_max = 6;
    read_all(&many);
    assert_unread(&many, "-uu-u-"); /* whether an item is there is not known without reading */
    many.partition_bytes_max = 0;
    read_all(&many);
    assert_unread(&many, "------");
}

static void test_get_many__what_is_unread_costs_as_a_miss(void **state)
{
    (void)state;
    put_into("t", ITEM("a", "1"));
    struct engine_get gets[] = {get_of("t", KEY("a")), get_of("t", KEY("b")),
                                get_of("t", KEY("c"))};
    struct engine_get_many many = {.gets = gets, .count = 3, .bytes_max = 5};
    gets[1].consistent = true;
    read_all(&many);
    assert_unread(&many, "uuu");
    assert_int_equal(gets[0].half_units, 1);
    assert_int_equal(gets[1].half_units, 2);
    assert_int_equal(gets[2].half_units, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_get_many__reads_from_one_snapshot_and_meets_transactions),
        TEST(test_get_many__stops_at_its_bytes),
        TEST(test_get_many__stops_in_a_partition_and_goes_on_in_others),
        TEST(test_get_many__what_is_unread_costs_as_a_miss),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
