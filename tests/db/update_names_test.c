/* update_names_test.c -- each kind of update by the name that its test has elsewhere, on every kind
 * of database. tests/spec and tests/expr are where updates are tested case by case.
 */
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

#define ITEM(...) STATOR_M({"PK", stator_s("a")}, {"SK", stator_s("1")}, __VA_ARGS__)

static stator_rc update(stator_upd action)
{
    return stator_update(db, t, PLACE_KEY("a", "1"), action);
}

static void check(const char *expected)
{
    place_stored(db, t, "a", "1", expected);
}

/* ---- SET */

static void test_update_set_top_level(void **state)
{
    (void)state;
    place_put(db, t, "a", "1", 1);
    place_rc(update(stator_set("n", stator_i(2))), STATOR_OK);
    place_rc(update(stator_set("status", stator_s("done"))), STATOR_OK);
    check("{\"PK\":\"a\",\"SK\":\"1\",\"n\":2,\"status\":\"done\"}");
}

static void test_update_set_nested(void **state)
{
    (void)state;
    place_rc(stator_put(db, t, ITEM({"m", STATOR_M({"x", stator_i(1)}, {"y", stator_i(2)})})),
             STATOR_OK);
    place_rc(update(stator_set("m.y", stator_i(3))), STATOR_OK);
    place_rc(update(stator_set("m.z", STATOR_L(stator_i(4)))), STATOR_OK);
    place_rc(update(stator_set("m.z[0]", stator_i(5))), STATOR_OK);
    check("{\"PK\":\"a\",\"SK\":\"1\",\"m\":{\"x\":1,\"y\":3,\"z\":[5]}}");
}

/* A map on the way is not made: DynamoDB refuses a path whose steps are not there. */
static void test_update_set_create_intermediate(void **state)
{
    (void)state;
    place_put(db, t, "a", "1", 1);
    place_rc(update(stator_set("m.x", stator_i(1))), STATOR_E_INVALID);
    check("{\"PK\":\"a\",\"SK\":\"1\",\"n\":1}");
    place_rc(update(stator_set("m", STATOR_M({"x", stator_i(1)}))), STATOR_OK);
    check("{\"PK\":\"a\",\"SK\":\"1\",\"m\":{\"x\":1},\"n\":1}");
}

/* ---- REMOVE */

static void test_update_remove(void **state)
{
    (void)state;
    place_rc(stator_put(db, t, ITEM({"l", STATOR_L(stator_i(1), stator_i(2))}, {"n", stator_i(1)})),
             STATOR_OK);
    place_rc(update(stator_remove("n")), STATOR_OK);
    place_rc(update(stator_remove("l[0]")), STATOR_OK);
    check("{\"PK\":\"a\",\"SK\":\"1\",\"l\":[2]}");
}

static void test_update_remove_nonexistent(void **state)
{
    (void)state;
    place_put(db, t, "a", "1", 1);
    place_rc(update(stator_remove("none")), STATOR_OK);
    check("{\"PK\":\"a\",\"SK\":\"1\",\"n\":1}");
}

/* ---- the item as a whole */

static void test_update_nonexistent_item(void **state)
{
    (void)state;
    place_rc(update(stator_set("n", stator_i(1))), STATOR_OK);
    check("{\"PK\":\"a\",\"SK\":\"1\",\"n\":1}");
}

static void test_update_multiple_actions(void **state)
{
    (void)state;
    place_rc(stator_put(db, t, ITEM({"n", stator_i(1)}, {"s", STATOR_SS("x", "y")})), STATOR_OK);
    place_rc(update(stator_updates(stator_set("was", stator_s("here")), stator_remove("n"),
                                   stator_add("count", stator_i(2)),
                                   stator_discard("s", STATOR_SS("x")))),
             STATOR_OK);
    check("{\"PK\":\"a\",\"SK\":\"1\",\"count\":2,\"s\":[\"y\"],\"was\":\"here\"}");
}

static void test_update_rejects_key_attribute(void **state)
{
    (void)state;
    place_put(db, t, "a", "1", 1);
    place_rc(update(stator_set("PK", stator_s("b"))), STATOR_E_INVALID);
    place_rc(update(stator_remove("SK")), STATOR_E_INVALID);
    check("{\"PK\":\"a\",\"SK\":\"1\",\"n\":1}");
}

/* How many items of the index "by-owner" have this owner? */
static int64_t owned(const char *table, const char *owner)
{
    int64_t n = -1;
    place_rc(stator_count(db, table, &n, stator_eq("owner", stator_s(owner)), .index = "by-owner"),
             STATOR_OK);
    return n;
}

static void test_update_index_maintenance(void **state)
{
    (void)state;
    const char *table = place_name("indexed");
    place_rc(stator_create_table(db, .name = table, .key = "PK:S, SK:S",
                                 .indexes = STATOR_INDEXES({.name = "by-owner", .key = "owner:S"})),
             STATOR_OK);
    const stator_val key = PLACE_KEY("a", "1");
    place_rc(stator_update(db, table, key, stator_set("owner", stator_s("o"))), STATOR_OK);
    assert_int_equal(owned(table, "o"), 1);
    place_rc(stator_update(db, table, key, stator_set("owner", stator_s("p"))), STATOR_OK);
    assert_int_equal(owned(table, "o"), 0);
    assert_int_equal(owned(table, "p"), 1);
    place_rc(stator_update(db, table, key, stator_remove("owner")), STATOR_OK);
    assert_int_equal(owned(table, "p"), 0);
}

/* ---- ADD and DELETE */

static void test_update_add_number(void **state)
{
    (void)state;
    place_put(db, t, "a", "1", 40);
    place_rc(update(stator_add("n", stator_i(2))), STATOR_OK);
    place_rc(update(stator_add("n", stator_i(-50))), STATOR_OK);
    check("{\"PK\":\"a\",\"SK\":\"1\",\"n\":-8}");
}

static void test_update_add_number_init(void **state)
{
    (void)state;
    place_rc(update(stator_add("n", stator_i(7))), STATOR_OK);
    check("{\"PK\":\"a\",\"SK\":\"1\",\"n\":7}");
}

static void test_update_add_set(void **state)
{
    (void)state;
    place_rc(update(stator_add("s", STATOR_SS("b"))), STATOR_OK);
    place_rc(update(stator_add("s", STATOR_SS("a", "b"))), STATOR_OK);
    check("{\"PK\":\"a\",\"SK\":\"1\",\"s\":[\"a\",\"b\"]}");
}

static void test_update_delete_set(void **state)
{
    (void)state;
    place_rc(stator_put(db, t, ITEM({"s", STATOR_SS("a", "b", "c")})), STATOR_OK);
    place_rc(update(stator_discard("s", STATOR_SS("a", "c", "none"))), STATOR_OK);
    check("{\"PK\":\"a\",\"SK\":\"1\",\"s\":[\"b\"]}");
}

static void test_update_delete_empty_set(void **state)
{
    (void)state;
    place_rc(stator_put(db, t, ITEM({"s", STATOR_SS("a")})), STATOR_OK);
    place_rc(update(stator_discard("s", STATOR_SS("a"))), STATOR_OK);
    check("{\"PK\":\"a\",\"SK\":\"1\"}");
}

static void test_update_add_type_error(void **state)
{
    (void)state;
    place_rc(stator_put(db, t, ITEM({"n", stator_s("text")})), STATOR_OK);
    place_rc(update(stator_add("n", stator_i(1))), STATOR_E_INVALID);
    place_rc(update(stator_add("n", STATOR_SS("a"))), STATOR_E_INVALID);
    check("{\"PK\":\"a\",\"SK\":\"1\",\"n\":\"text\"}");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_update_set_top_level),
        TEST(test_update_set_nested),
        TEST(test_update_set_create_intermediate),
        TEST(test_update_remove),
        TEST(test_update_remove_nonexistent),
        TEST(test_update_nonexistent_item),
        TEST(test_update_multiple_actions),
        TEST(test_update_rejects_key_attribute),
        TEST(test_update_index_maintenance),
        TEST(test_update_add_number),
        TEST(test_update_add_number_init),
        TEST(test_update_add_set),
        TEST(test_update_delete_set),
        TEST(test_update_delete_empty_set),
        TEST(test_update_add_type_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
