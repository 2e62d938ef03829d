/* filter_names_test.c -- each kind of filter by the name that its test has elsewhere, on every kind
 * of database. tests/spec/expr is where expressions are tested case by case.
 *
 * The table has partition "a" with sort keys "0" … "9", n = 0 … 9, name "item-0" … "item-9", and
 * some attributes at one item each; all are in the index "by-group".
 */
#include <stdio.h>

#include "db/place.h"

enum { ITEMS = 10 };

static stator *db;
static const char *t;

static void put(int i)
{
    char name[16], sk[8];
    const stator_val extra =
        i == 3 ? STATOR_M({"city", stator_s("Bonn")}, {"zip", stator_i(53111)}) : stator_skip();
    place_rc(stator_put(db, t,
                        STATOR_M({"PK", stator_s("a")}, {"SK", stator_sf(sk, "%d", i)},
                                 {"n", stator_i(i)}, {"name", stator_sf(name, "item-%d", i)},
                                 {"group", stator_s("g")}, {"address", extra},
                                 {"tags", i < 2 ? STATOR_SS("new", "hot") : stator_skip()},
                                 {"odd", i == 5 ? stator_s("five") : stator_i(i)})),
             STATOR_OK);
}

static int set_up(void **state)
{
    (void)state;
    db = place_open();
    t = place_name("filtered");
    place_rc(
        stator_create_table(db, .name = t, .key = "PK:S, SK:S",
                            .indexes = STATOR_INDEXES({.name = "by-group", .key = "group:S, n:N"})),
        STATOR_OK);
    for (int i = 0; i < ITEMS; i++) put(i);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    place_close(db);
    return 0;
}

#define OF_A stator_eq("PK", stator_s("a"))

/* So many of the ten pass. */
#define check(filter_, count)                                                                      \
    do {                                                                                           \
        stator_result *r_ = NULL;                                                                  \
        place_rc(stator_query(db, t, &r_, OF_A, .filter = (filter_)), STATOR_OK);                  \
        assert_int_equal(stator_result_count(r_), (count));                                        \
        assert_int_equal(stator_result_scanned(r_), ITEMS);                                        \
        stator_result_free(r_);                                                                    \
    } while (0)

/* ---- what a filter says */

static void test_filter_eq(void **state)
{
    (void)state;
    check(stator_eq("n", stator_i(4)), 1);
    check(stator_eq("name", stator_s("item-4")), 1);
    check(stator_ne("n", stator_i(4)), ITEMS - 1);
}

static void test_filter_comparison(void **state)
{
    (void)state;
    check(stator_lt("n", stator_i(3)), 3);
    check(stator_le("n", stator_i(3)), 4);
    check(stator_gt("n", stator_i(3)), 6);
    check(stator_ge("n", stator_i(3)), 7);
    check(stator_gt("name", stator_s("item-7")), 2);
}

static void test_filter_between(void **state)
{
    (void)state;
    check(stator_between("n", stator_i(2), stator_i(5)), 4);
    check(stator_between("name", stator_s("item-2"), stator_s("item-2")), 1);
}

static void test_filter_begins_with(void **state)
{
    (void)state;
    check(stator_begins_with("name", stator_s("item-")), ITEMS);
    check(stator_begins_with("name", stator_s("item-7")), 1);
    check(stator_begins_with("name", stator_s("tem")), 0);
}

static void test_filter_contains(void **state)
{
    (void)state;
    check(stator_contains("name", stator_s("em-8")), 1);
    check(stator_contains("tags", stator_s("hot")), 2);
    check(stator_contains("tags", stator_s("ho")), 0);
}

static void test_filter_attribute_exists(void **state)
{
    (void)state;
    check(stator_exists("address"), 1);
    check(stator_not_exists("address"), ITEMS - 1);
    check(stator_exists("none"), 0);
}

static void test_filter_nested_attr(void **state)
{
    (void)state;
    check(stator_eq("address.city", stator_s("Bonn")), 1);
    check(stator_gt("address.zip", stator_i(60000)), 0);
    check(stator_exists("address.none"), 0);
}

static void test_filter_and_or_not(void **state)
{
    (void)state;
    const stator_cond low = stator_lt("n", stator_i(2)), high = stator_gt("n", stator_i(7));
    check(stator_or(low, high), 4);
    check(stator_and(low, high), 0);
    check(stator_not(stator_or(low, high)), 6);
    check(stator_and(stator_or(low, high), stator_exists("tags")), 2);
}

/* A part that is not looked at may meet a wrong type; what is wrong in itself is told anyway. */
static void test_filter_short_circuit(void **state)
{
    (void)state;
    stator_result *r = NULL;
    check(stator_or(stator_ge("n", stator_i(0)), stator_lt("tags", stator_i(1))), ITEMS);
    check(stator_and(stator_lt("n", stator_i(0)), stator_lt("tags", stator_i(1))), 0);
    place_rc(stator_query(db, t, &r, OF_A,
                          .filter = stator_or(stator_ge("n", stator_i(0)),
                                              stator_begins_with("name", stator_i(1)))),
             STATOR_E_INVALID);
}

/* A stored value of another type does not pass; an operand of an impossible one is refused. */
static void test_filter_type_errors(void **state)
{
    (void)state;
    stator_result *r = NULL;
    check(stator_ge("odd", stator_i(0)), ITEMS - 1);
    check(stator_eq("odd", stator_s("five")), 1);
    check(stator_begins_with("n", stator_s("1")), 0);
    place_rc(stator_query(db, t, &r, OF_A, .filter = stator_lt("n", stator_bool(true))),
             STATOR_E_INVALID);
}

/* ---- where it stands */

static void test_query_with_filter(void **state)
{
    (void)state;
    stator_result *r = NULL;
    const stator_cond key = stator_and(OF_A, stator_ge("SK", stator_s("5")));
    place_rc(stator_query(db, t, &r, key, .filter = stator_le("n", stator_i(6))), STATOR_OK);
    assert_int_equal(stator_result_count(r), 2);
    assert_int_equal(stator_result_scanned(r), 5);
    assert_string_equal(stator_str(stator_result_item(r, 0), "name"), "item-5");
    stator_result_free(r);
}

static void test_scan_with_filter(void **state)
{
    (void)state;
    stator_result *r = NULL;
    place_rc(stator_scan(db, &r, t, .filter = stator_exists("tags")), STATOR_OK);
    assert_int_equal(stator_result_count(r), 2);
    assert_int_equal(stator_result_scanned(r), ITEMS);
    stator_result_free(r);
}

static void test_index_query_with_filter(void **state)
{
    (void)state;
    stator_result *r = NULL;
    place_rc(stator_query(db, t, &r, stator_eq("group", stator_s("g")), .index = "by-group",
                          .filter = stator_gt("name", stator_s("item-5")), .descending = true),
             STATOR_OK);
    assert_int_equal(stator_result_count(r), 4);
    assert_string_equal(stator_str(stator_result_item(r, 0), "name"), "item-9");
    stator_result_free(r);
}

/* The limit counts what was evaluated. */
static void test_filter_with_limit(void **state)
{
    (void)state;
    stator_result *r = NULL;
    place_rc(stator_query(db, t, &r, OF_A, .filter = stator_ge("n", stator_i(3)), .limit = 5),
             STATOR_OK);
    assert_int_equal(stator_result_count(r), 2);
    assert_int_equal(stator_result_scanned(r), 5);
    assert_non_null(stator_result_token(r));
    stator_result_free(r);
}

static void test_filter_with_pagination(void **state)
{
    (void)state;
    const stator_node *item = NULL;
    stator_pager *pager = NULL;
    const stator_query_opts opts = {
        .size = sizeof opts,
        .key = OF_A,
        .filter = stator_or(stator_lt("n", stator_i(1)), stator_gt("n", stator_i(8))),
        .limit = 3,
    };
    place_rc(stator_pager_query(db, t, &pager, &opts), STATOR_OK);
    place_rc(stator_next(pager, &item), STATOR_OK);
    assert_string_equal(stator_str(item, "name"), "item-0");
    place_rc(stator_next(pager, &item), STATOR_OK);
    assert_string_equal(stator_str(item, "name"), "item-9");
    place_rc(stator_next(pager, &item), STATOR_DONE);
    stator_pager_free(pager);
}

/* An empty page may say where the next one begins. */
static void test_filter_no_matches(void **state)
{
    (void)state;
    stator_result *r = NULL;
    check(stator_gt("n", stator_i(100)), 0);
    place_rc(stator_query(db, t, &r, OF_A, .filter = stator_exists("none"), .limit = 4), STATOR_OK);
    assert_int_equal(stator_result_count(r), 0);
    place_json(stator_result_last_key(r), "{\"PK\":\"a\",\"SK\":\"3\"}");
    stator_result_free(r);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_filter_eq),
        TEST(test_filter_comparison),
        TEST(test_filter_between),
        TEST(test_filter_begins_with),
        TEST(test_filter_contains),
        TEST(test_filter_attribute_exists),
        TEST(test_filter_nested_attr),
        TEST(test_filter_and_or_not),
        TEST(test_filter_short_circuit),
        TEST(test_filter_type_errors),
        TEST(test_query_with_filter),
        TEST(test_scan_with_filter),
        TEST(test_index_query_with_filter),
        TEST(test_filter_with_limit),
        TEST(test_filter_with_pagination),
        TEST(test_filter_no_matches),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
