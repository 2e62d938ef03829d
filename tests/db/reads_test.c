/* reads_test.c -- projections, ranges of sort keys, indexes, and what has expired, on every kind of
 * database, by the names that such tests have elsewhere.
 */
#include <stdio.h>

#include "db/place.h"

static stator *db;
static const char *t;

static int set_up(void **state)
{
    (void)state;
    db = place_open();
    t = place_table(db, "PK:S, SK:S");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    place_close(db);
    return 0;
}

#define OF_A stator_eq("PK", stator_s("a"))

static void put_person(const char *sk)
{
    place_rc(stator_put(db, t,
                        STATOR_M({"PK", stator_s("a")}, {"SK", stator_s(sk)},
                                 {"name", stator_s("Ann")}, {"age", stator_i(40)},
                                 {"address",
                                  STATOR_M({"city", stator_s("Bonn")},
                                           {"lines", STATOR_L(stator_s("x"), stator_s("y"))})})),
             STATOR_OK);
}

/* ---- items that nest as deep as they may */

static void test_json__of_a_whole_result_has_the_innermost_values(void **state)
{
    (void)state;
    stator_result *r = NULL;
    stator_val deep[31] = {stator_s("innermost")};
    for (size_t i = 1; i < 31; i++) deep[i] = stator_list(&deep[i - 1], 1);
    place_rc(stator_put(db, t,
                        STATOR_M({"PK", stator_s("a")}, {"SK", stator_s("1")}, {"deep", deep[30]})),
             STATOR_OK);
    place_rc(stator_query(db, t, &r, OF_A), STATOR_OK);
    for (int style = STATOR_JSON_DYNAMODB; style <= STATOR_JSON_PRETTY; style++) {
        char *json = stator_json(stator_result_node(r), (stator_json_style)style);
        assert_non_null(strstr(json, "innermost"));
        stator_free(json);
    }
    stator_result_free(r);
}

/* ---- projections */

static void check_get(const char *select, const char *expected)
{
    stator_result *r = NULL;
    place_rc(stator_get(db, t, &r, PLACE_KEY("a", "1"), .select = select), STATOR_OK);
    place_json(stator_result_item(r, 0), expected);
    stator_result_free(r);
}

static void test_projection_top_level(void **state)
{
    (void)state;
    put_person("1");
    check_get("name", "{\"name\":\"Ann\"}");
    check_get("  age ,name ", "{\"age\":40,\"name\":\"Ann\"}");
}

static void test_projection_nested(void **state)
{
    (void)state;
    put_person("1");
    check_get("address.city", "{\"address\":{\"city\":\"Bonn\"}}");
    check_get("address.lines[1], age", "{\"address\":{\"lines\":[\"y\"]},\"age\":40}");
}

/* As in DynamoDB a projection is the whole truth, except where keys say which item it is. */
static void test_projection_keys_always_included(void **state)
{
    (void)state;
    stator_result *r = NULL;
    const stator_val key = PLACE_KEY("a", "1");
    put_person("1");
    check_get("age", "{\"age\":40}");
    place_rc(stator_batch_get(db, t, &r, &key, 1, .select = "age"), STATOR_OK);
    place_json(stator_result_item(r, 0), "{\"PK\":\"a\",\"SK\":\"1\",\"age\":40}");
    stator_result_free(r);
}

static void test_projection_missing_attr(void **state)
{
    (void)state;
    put_person("1");
    check_get("age, none, address.none, name.x", "{\"age\":40}");
}

static void test_projection_empty(void **state)
{
    (void)state;
    place_put(db, t, "a", "1", 1);
    check_get(NULL, "{\"PK\":\"a\",\"SK\":\"1\",\"n\":1}");
}

static void test_projection_query(void **state)
{
    (void)state;
    stator_result *r = NULL;
    put_person("1");
    place_rc(stator_query(db, t, &r, OF_A, .select = "age",
                          .filter = stator_eq("name", stator_s("Ann"))),
             STATOR_OK);
    place_json(stator_result_item(r, 0), "{\"age\":40}");
    stator_result_free(r);
}

static void test_projection_scan(void **state)
{
    (void)state;
    stator_result *r = NULL;
    put_person("1");
    place_rc(stator_scan(db, &r, t, .select = "name, address.city"), STATOR_OK);
    place_json(stator_result_item(r, 0), "{\"address\":{\"city\":\"Bonn\"},\"name\":\"Ann\"}");
    stator_result_free(r);
}

static void test_projection_index_query(void **state)
{
    (void)state;
    stator_result *r = NULL;
    put_person("1");
    place_rc(stator_create_index(db, t, &(stator_index_spec){.name = "by-name", .key = "name:S"}),
             STATOR_OK);
    place_rc(stator_query(db, t, &r, stator_eq("name", stator_s("Ann")), .index = "by-name",
                          .select = "age"),
             STATOR_OK);
    place_json(stator_result_item(r, 0), "{\"age\":40}");
    stator_result_free(r);
}

static void test_projection_get_item(void **state)
{
    (void)state;
    put_person("1");
    check_get("SK", "{\"SK\":\"1\"}");
}

/* ---- ranges of the sort key, of strings and of numbers */

static const char *numbers; /* a table with sort key n = 0, 10, … 90 */

static int set_up_ranges(void **state)
{
    (void)set_up(state);
    numbers = place_table(db, "PK:S, n:N");
    for (int i = 0; i < 10; i++) {
        char sk[8];
        place_rc(
            stator_put(db, t, STATOR_M({"PK", stator_s("a")}, {"SK", stator_sf(sk, "k%d", i)})),
            STATOR_OK);
        place_rc(stator_put(db, numbers,
                            STATOR_M({"PK", stator_s("a")}, {"n", stator_i((int64_t)10 * i)})),
                 STATOR_OK);
    }
    return 0;
}

static void check_range(const char *table, stator_cond range, size_t count, const char *first)
{
    stator_result *r = NULL;
    place_rc(stator_query(db, table, &r, stator_and(OF_A, range)), STATOR_OK);
    assert_int_equal(stator_result_count(r), count);
    if (first != NULL && table == t)
        assert_string_equal(stator_str(stator_result_item(r, 0), "SK"), first);
    if (first != NULL && table == numbers)
        assert_string_equal(stator_num(stator_result_item(r, 0), "n"), first);
    stator_result_free(r);
}

static void test_sort_key_equals(void **state)
{
    (void)state;
    check_range(t, stator_eq("SK", stator_s("k4")), 1, "k4");
    check_range(numbers, stator_eq("n", stator_n("40.0")), 1, "40");
}

static void test_sort_key_between_string(void **state)
{
    (void)state;
    check_range(t, stator_between("SK", stator_s("k3"), stator_s("k5")), 3, "k3");
}

static void test_sort_key_between_number(void **state)
{
    (void)state;
    check_range(numbers, stator_between("n", stator_i(15), stator_d(40.5)), 3, "20");
}

static void test_sort_key_gt(void **state)
{
    (void)state;
    check_range(t, stator_gt("SK", stator_s("k7")), 2, "k8");
    check_range(numbers, stator_gt("n", stator_i(70)), 2, "80");
}

static void test_sort_key_gte(void **state)
{
    (void)state;
    check_range(t, stator_ge("SK", stator_s("k7")), 3, "k7");
    check_range(numbers, stator_ge("n", stator_i(70)), 3, "70");
}

static void test_sort_key_lt(void **state)
{
    (void)state;
    check_range(t, stator_lt("SK", stator_s("k2")), 2, "k0");
    check_range(numbers, stator_lt("n", stator_i(20)), 2, "0");
}

static void test_sort_key_lte(void **state)
{
    (void)state;
    check_range(t, stator_le("SK", stator_s("k2")), 3, "k0");
    check_range(numbers, stator_le("n", stator_i(20)), 3, "0");
}

/* DynamoDB refuses bounds in the wrong order; an order that holds nothing is empty. */
static void test_sort_key_between_empty_range(void **state)
{
    (void)state;
    stator_result *r = NULL;
    check_range(t, stator_between("SK", stator_s("k40"), stator_s("k45")), 0, NULL);
    place_rc(stator_query(db, t, &r,
                          stator_and(OF_A, stator_between("SK", stator_s("k5"), stator_s("k3")))),
             STATOR_E_INVALID);
}

static void test_sort_key_range_with_limit(void **state)
{
    (void)state;
    stator_result *r = NULL;
    place_rc(stator_query(db, t, &r, stator_and(OF_A, stator_ge("SK", stator_s("k5"))), .limit = 2),
             STATOR_OK);
    assert_int_equal(stator_result_count(r), 2);
    assert_string_equal(stator_str(stator_result_last_key(r), "SK"), "k6");
    stator_result_free(r);
}

static void test_sort_key_range_reverse(void **state)
{
    (void)state;
    stator_result *r = NULL;
    place_rc(stator_query(db, t, &r, stator_and(OF_A, stator_lt("SK", stator_s("k5"))), .limit = 2,
                          .descending = true),
             STATOR_OK);
    assert_string_equal(stator_str(stator_result_item(r, 0), "SK"), "k4");
    stator_result_free(r);
}

/* ---- global indexes */

static void put_owned(const char *pk, stator_val owner, int64_t n)
{
    place_rc(stator_put(db, t,
                        STATOR_M({"PK", stator_s(pk)}, {"SK", stator_s("x")}, {"owner", owner},
                                 {"n", stator_i(n)}, {"extra", stator_s("e")})),
             STATOR_OK);
}

static void make_index(const char *key, const char *projection)
{
    place_rc(
        stator_create_index(
            db, t, &(stator_index_spec){.name = "by-owner", .key = key, .projection = projection}),
        STATOR_OK);
}

/* The items of owner "o" in the index; the first of them is `first`. */
static void check_owned(stator_cond range, size_t count, const char *first)
{
    stator_result *r = NULL;
    place_rc(stator_query(db, t, &r, stator_and(stator_eq("owner", stator_s("o")), range),
                          .index = "by-owner"),
             STATOR_OK);
    assert_int_equal(stator_result_count(r), count);
    if (first != NULL) place_json(stator_result_item(r, 0), first);
    stator_result_free(r);
}

static void test_create_global_index(void **state)
{
    (void)state;
    make_index("owner:S", NULL);
    check_owned(stator_always(), 0, NULL);
}

static void test_global_index_backfill(void **state)
{
    (void)state;
    put_owned("a", stator_s("o"), 1);
    put_owned("b", stator_s("o"), 2);
    make_index("owner:S", NULL);
    check_owned(stator_always(), 2, NULL);
}

static void test_global_index_query(void **state)
{
    (void)state;
    make_index("owner:S", NULL);
    put_owned("a", stator_s("o"), 1);
    put_owned("b", stator_s("p"), 2);
    check_owned(stator_always(), 1,
                "{\"PK\":\"a\",\"SK\":\"x\",\"extra\":\"e\",\"n\":1,\"owner\":\"o\"}");
}

static void test_global_index_sparse(void **state)
{
    (void)state;
    make_index("owner:S", NULL);
    put_owned("a", stator_s("o"), 1);
    place_put(db, t, "b", "x", 2);
    check_owned(stator_always(), 1, NULL);
    place_rc(stator_update(db, t, PLACE_KEY("a", "x"), stator_remove("owner")), STATOR_OK);
    check_owned(stator_always(), 0, NULL);
}

/* What was there before the index is passed over; what comes after it is refused. */
static void test_global_index_type_mismatch_skipped(void **state)
{
    (void)state;
    put_owned("a", stator_i(1), 1);
    put_owned("b", stator_s("o"), 1);
    make_index("owner:S", NULL);
    check_owned(stator_always(), 1, NULL);
    place_rc(
        stator_put(db, t,
                   STATOR_M({"PK", stator_s("c")}, {"SK", stator_s("x")}, {"owner", stator_i(1)})),
        STATOR_E_INVALID);
}

static void test_composite_index_range_query(void **state)
{
    (void)state;
    make_index("owner:S, n:N", NULL);
    for (int i = 0; i < 6; i++) {
        char pk[8];
        (void)snprintf(pk, sizeof pk, "p%d", i);
        put_owned(pk, stator_s("o"), i);
    }
    check_owned(stator_gt("n", stator_i(3)), 2, NULL);
    check_owned(stator_le("n", stator_i(3)), 4, NULL);
}

static void test_composite_index_between(void **state)
{
    (void)state;
    put_owned("a", stator_s("o"), 1);
    put_owned("b", stator_s("o"), 5);
    put_owned("c", stator_s("o"), 9);
    make_index("owner:S, n:N", NULL);
    check_owned(stator_between("n", stator_i(2), stator_i(9)), 2, NULL);
}

static void test_index_projection_keys_only(void **state)
{
    (void)state;
    make_index("owner:S", "KEYS");
    put_owned("a", stator_s("o"), 1);
    check_owned(stator_always(), 1, "{\"PK\":\"a\",\"SK\":\"x\",\"owner\":\"o\"}");
}

static void test_index_projection_include(void **state)
{
    (void)state;
    make_index("owner:S", "n , other");
    put_owned("a", stator_s("o"), 1);
    check_owned(stator_always(), 1, "{\"PK\":\"a\",\"SK\":\"x\",\"n\":1,\"owner\":\"o\"}");
}

static void test_index_projection_all_updates_on_any_change(void **state)
{
    (void)state;
    make_index("owner:S", "ALL");
    put_owned("a", stator_s("o"), 1);
    place_rc(stator_update(db, t, PLACE_KEY("a", "x"), stator_set("extra", stator_s("f"))),
             STATOR_OK);
    check_owned(stator_always(), 1,
                "{\"PK\":\"a\",\"SK\":\"x\",\"extra\":\"f\",\"n\":1,\"owner\":\"o\"}");
}

static void test_local_index_query(void **state)
{
    (void)state;
    stator_result *r = NULL;
    const char *local = place_name("local");
    place_rc(stator_create_table(
                 db, .name = local, .key = "PK:S, SK:S",
                 .indexes = STATOR_INDEXES({.name = "by-n", .key = "PK:S, n:N", .local = true})),
             STATOR_OK);
    place_put(db, local, "a", "1", 9);
    place_put(db, local, "a", "2", 3);
    place_rc(stator_query(db, local, &r, stator_and(OF_A, stator_lt("n", stator_i(10))),
                          .index = "by-n", .consistent = true),
             STATOR_OK);
    assert_string_equal(stator_str(stator_result_item(r, 0), "SK"), "2");
    assert_int_equal(stator_result_count(r), 2);
    stator_result_free(r);
}

/* ---- what has expired does not exist */

static void test_count_excludes_expired(void **state)
{
    (void)state;
    int64_t n = -1;
    stator_result *r = NULL;
    const stator_val keys[] = {PLACE_KEY("a", "1"), PLACE_KEY("a", "2")};
    place_rc(stator_set_ttl(db, t, "n"), STATOR_OK);
    place_put(db, t, "a", "1", 1700000000);
    place_put(db, t, "a", "2", 4000000000);
    place_rc(stator_count(db, t, &n, OF_A), STATOR_OK);
    assert_int_equal(n, 1);
    place_rc(stator_batch_get(db, t, &r, keys, 2), STATOR_OK);
    assert_null(stator_result_item(r, 0));
    assert_non_null(stator_result_item(r, 1));
    stator_result_free(r);
    place_rc(stator_put(db, t, PLACE_KEY("a", "1"), .if_exists = true), STATOR_CONDITION_FAILED);
    place_rc(stator_put(db, t, PLACE_KEY("a", "1"), .if_not_exists = true), STATOR_OK);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
#define TEST_RANGE(name) cmocka_unit_test_setup_teardown(name, set_up_ranges, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_json__of_a_whole_result_has_the_innermost_values),
        TEST(test_projection_top_level),
        TEST(test_projection_nested),
        TEST(test_projection_keys_always_included),
        TEST(test_projection_missing_attr),
        TEST(test_projection_empty),
        TEST(test_projection_query),
        TEST(test_projection_scan),
        TEST(test_projection_index_query),
        TEST(test_projection_get_item),
        TEST_RANGE(test_sort_key_equals),
        TEST_RANGE(test_sort_key_between_string),
        TEST_RANGE(test_sort_key_between_number),
        TEST_RANGE(test_sort_key_gt),
        TEST_RANGE(test_sort_key_gte),
        TEST_RANGE(test_sort_key_lt),
        TEST_RANGE(test_sort_key_lte),
        TEST_RANGE(test_sort_key_between_empty_range),
        TEST_RANGE(test_sort_key_range_with_limit),
        TEST_RANGE(test_sort_key_range_reverse),
        TEST(test_create_global_index),
        TEST(test_global_index_backfill),
        TEST(test_global_index_query),
        TEST(test_global_index_sparse),
        TEST(test_global_index_type_mismatch_skipped),
        TEST(test_composite_index_range_query),
        TEST(test_composite_index_between),
        TEST(test_index_projection_keys_only),
        TEST(test_index_projection_include),
        TEST(test_index_projection_all_updates_on_any_change),
        TEST(test_local_index_query),
        TEST(test_count_excludes_expired),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
