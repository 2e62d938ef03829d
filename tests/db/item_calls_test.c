/* item_calls_test.c -- put, update, delete and get, on every kind of database.
 *
 * What options of a write become (condition, if_not_exists, if_exists, if_version), what comes back
 * (returning, on_failure, capacity), and what a refused write leaves: everything as it was. The
 * names with test_put_condition_… are those of the first list of conditions that this library was
 * made for.
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

#define ITEM(pk, sk, ...) STATOR_M({"PK", stator_s(pk)}, {"SK", stator_s(sk)}, __VA_ARGS__)

/* ---- put and get */

static void test_put__what_was_put_is_what_is_got(void **state)
{
    (void)state;
    stator_result *r = NULL;
    place_rc(stator_put(db, t,
                        ITEM("a", "1", {"s", stator_s("x")}, {"n", stator_n("1.50")},
                             {"b", stator_bool(true)}, {"z", stator_null()},
                             {"l", STATOR_L(stator_i(1), stator_s("y"))},
                             {"m", STATOR_M({"k", stator_i(7)})}, {"set", STATOR_SS("q", "p")})),
             STATOR_OK);
    place_rc(stator_get(db, t, &r, PLACE_KEY("a", "1")), STATOR_OK);
    assert_int_equal(stator_result_count(r), 1);
    place_json(stator_result_item(r, 0),
               "{\"PK\":\"a\",\"SK\":\"1\",\"b\":true,\"l\":[1,\"y\"],\"m\":{\"k\":7},\"n\":1.5,"
               "\"s\":\"x\",\"set\":[\"p\",\"q\"],\"z\":null}");
    assert_int_equal(stator_type(stator_at(stator_result_item(r, 0), "set")), STATOR_SSET);
    stator_result_free(r);
}

static void test_get__no_item_is_not_found_and_no_result(void **state)
{
    (void)state;
    stator_result *r = (stator_result *)&r;
    place_rc(stator_get(db, t, &r, PLACE_KEY("a", "1")), STATOR_NOT_FOUND);
    assert_null(r);
    assert_int_equal(stator_error_get()->rc, STATOR_OK);
    assert_string_equal(stator_error_get()->message, "");
}

static void test_get__select_gives_these_attributes(void **state)
{
    (void)state;
    stator_result *r = NULL;
    place_rc(stator_put(db, t,
                        ITEM("a", "1", {"status", stator_s("x")}, {"a.b", stator_i(1)},
                             {"m", STATOR_M({"k", stator_i(7)}, {"l", stator_i(8)})})),
             STATOR_OK);
    place_rc(stator_get(db, t, &r, PLACE_KEY("a", "1"), .select = "status, m.k, a\\.b, none"),
             STATOR_OK);
    place_json(stator_result_item(r, 0), "{\"a.b\":1,\"m\":{\"k\":7},\"status\":\"x\"}");
    stator_result_free(r);
}

/* An item is there although nothing that was selected is. */
static void test_get__an_item_without_what_was_selected_is_found(void **state)
{
    (void)state;
    stator_result *r = NULL;
    place_put(db, t, "a", "1", 1);
    place_rc(stator_get(db, t, &r, PLACE_KEY("a", "1"), .select = "none"), STATOR_OK);
    place_json(stator_result_item(r, 0), "{}");
    stator_result_free(r);
}

static void test_get__capacity_is_told_when_asked_for(void **state)
{
    (void)state;
    stator_result *r = NULL;
    place_put(db, t, "a", "1", 1);
    place_rc(stator_get(db, t, &r, PLACE_KEY("a", "1"), .capacity = STATOR_CAP_TOTAL,
                        .consistent = true),
             STATOR_OK);
    assert_true(stator_result_capacity(r, NULL) > 0.99);
    assert_true(stator_result_capacity(r, t) > 0.99);
    assert_true(stator_result_capacity(r, "other") < 0.01);
    stator_result_free(r);
    place_rc(stator_get(db, t, &r, PLACE_KEY("a", "1")), STATOR_OK);
    assert_true(stator_result_capacity(r, NULL) < 0.01);
    stator_result_free(r);
}

static void test_get__key_attributes_may_be_reserved_or_hold_dots(void **state)
{
    (void)state;
    stator_result *r = NULL;
    const char *odd = place_table(db, "key:S, status\\.code:N");
    const stator_val item = STATOR_M({"key", stator_s("k")}, {"status.code", stator_i(3)});
    place_rc(stator_put(db, odd, item, .if_not_exists = true), STATOR_OK);
    place_rc(stator_put(db, odd, item, .if_not_exists = true), STATOR_CONDITION_FAILED);
    place_rc(stator_put(db, odd, item, .condition = stator_eq("status\\.code", stator_i(3))),
             STATOR_OK);
    place_rc(stator_update(db, odd, item, stator_set("value", stator_i(1)), .if_exists = true),
             STATOR_OK);
    place_rc(stator_get(db, odd, &r, item, .select = "value, status\\.code"), STATOR_OK);
    place_json(stator_result_item(r, 0), "{\"status.code\":3,\"value\":1}");
    stator_result_free(r);
    place_rc(stator_delete(db, odd, item, .if_exists = true), STATOR_OK);
}

/* ---- conditions */

static void test_put_condition_attribute_not_exists_passes(void **state)
{
    (void)state;
    place_rc(
        stator_put(db, t, ITEM("a", "1", {"n", stator_i(1)}), .condition = stator_not_exists("PK")),
        STATOR_OK);
    place_stored(db, t, "a", "1", "{\"PK\":\"a\",\"SK\":\"1\",\"n\":1}");
}

static void test_put_condition_attribute_not_exists_fails(void **state)
{
    (void)state;
    place_put(db, t, "a", "1", 1);
    place_rc(
        stator_put(db, t, ITEM("a", "1", {"n", stator_i(2)}), .condition = stator_not_exists("PK")),
        STATOR_CONDITION_FAILED);
    place_stored(db, t, "a", "1", "{\"PK\":\"a\",\"SK\":\"1\",\"n\":1}");
}

static void test_put_condition_attribute_exists_passes(void **state)
{
    (void)state;
    place_put(db, t, "a", "1", 1);
    place_rc(stator_put(db, t, ITEM("a", "1", {"n", stator_i(2)}), .condition = stator_exists("n")),
             STATOR_OK);
    place_stored(db, t, "a", "1", "{\"PK\":\"a\",\"SK\":\"1\",\"n\":2}");
}

static void test_put_without_condition_always_succeeds(void **state)
{
    (void)state;
    place_put(db, t, "a", "1", 1);
    place_put(db, t, "a", "1", 2);
    place_stored(db, t, "a", "1", "{\"PK\":\"a\",\"SK\":\"1\",\"n\":2}");
}

static void test_delete_condition_eq_passes(void **state)
{
    (void)state;
    place_put(db, t, "a", "1", 1);
    place_rc(stator_delete(db, t, PLACE_KEY("a", "1"), .condition = stator_eq("n", stator_i(1))),
             STATOR_OK);
    place_stored(db, t, "a", "1", NULL);
}

static void test_delete_condition_eq_fails(void **state)
{
    (void)state;
    place_put(db, t, "a", "1", 1);
    place_rc(stator_delete(db, t, PLACE_KEY("a", "1"), .condition = stator_eq("n", stator_i(2))),
             STATOR_CONDITION_FAILED);
    place_stored(db, t, "a", "1", "{\"PK\":\"a\",\"SK\":\"1\",\"n\":1}");
}

static void test_condition_compound_and_or(void **state)
{
    (void)state;
    place_put(db, t, "a", "1", 5);
    const stator_cond holds =
        stator_or(stator_eq("n", stator_i(4)),
                  stator_and(stator_gt("n", stator_i(4)), stator_begins_with("PK", stator_s("a"))));
    const stator_cond refuses =
        stator_and(stator_or(stator_eq("n", stator_i(4)), stator_eq("n", stator_i(5))),
                   stator_not(stator_exists("PK")));
    place_rc(stator_put(db, t, ITEM("a", "1", {"n", stator_i(6)}), .condition = refuses),
             STATOR_CONDITION_FAILED);
    place_rc(stator_put(db, t, ITEM("a", "1", {"n", stator_i(6)}), .condition = holds), STATOR_OK);
    place_stored(db, t, "a", "1", "{\"PK\":\"a\",\"SK\":\"1\",\"n\":6}");
}

static void test_condition_on_nonexistent_item(void **state)
{
    (void)state;
    place_rc(stator_put(db, t, ITEM("a", "1", {"n", stator_i(1)}),
                        .condition = stator_eq("n", stator_i(1))),
             STATOR_CONDITION_FAILED);
    place_rc(stator_delete(db, t, PLACE_KEY("a", "1"), .condition = stator_exists("PK")),
             STATOR_CONDITION_FAILED);
    place_rc(stator_put(db, t, ITEM("a", "1", {"n", stator_i(1)}),
                        .condition = stator_ne("n", stator_i(1))),
             STATOR_OK);
}

static void test_condition_check_failed_error(void **state)
{
    (void)state;
    place_put(db, t, "a", "1", 1);
    place_error(
        stator_put(db, t, ITEM("a", "1", {"n", stator_i(2)}), .condition = stator_not_exists("PK")),
        STATOR_CONDITION_FAILED, "The conditional request failed");
    const stator_error *error = stator_error_get();
    assert_int_equal(error->rc, STATOR_CONDITION_FAILED);
    assert_string_equal(error->code, "ConditionalCheckFailedException");
    assert_false(error->retryable);
    assert_true(error->client_fault);
    assert_null(error->item);
    assert_int_equal(error->op_index, -1);
    assert_int_equal(error->http_status, 400);
    assert_int_equal(error->attempts, 1);
}

static void test_update_with_condition_passes(void **state)
{
    (void)state;
    place_put(db, t, "a", "1", 1);
    place_rc(stator_update(db, t, PLACE_KEY("a", "1"), stator_set("n", stator_i(2)),
                           .condition = stator_eq("n", stator_i(1))),
             STATOR_OK);
    place_stored(db, t, "a", "1", "{\"PK\":\"a\",\"SK\":\"1\",\"n\":2}");
}

static void test_update_with_condition_fails(void **state)
{
    (void)state;
    place_put(db, t, "a", "1", 1);
    place_rc(stator_update(db, t, PLACE_KEY("a", "1"), stator_set("n", stator_i(2)),
                           .condition = stator_eq("n", stator_i(9))),
             STATOR_CONDITION_FAILED);
    place_stored(db, t, "a", "1", "{\"PK\":\"a\",\"SK\":\"1\",\"n\":1}");
}

static void test_update_with_condition_on_nonexistent(void **state)
{
    (void)state;
    place_rc(stator_update(db, t, PLACE_KEY("a", "1"), stator_set("n", stator_i(1)),
                           .condition = stator_exists("PK")),
             STATOR_CONDITION_FAILED);
    place_stored(db, t, "a", "1", NULL);
    place_rc(stator_update(db, t, PLACE_KEY("a", "1"), stator_set("n", stator_i(1)),
                           .condition = stator_not_exists("PK")),
             STATOR_OK);
    place_stored(db, t, "a", "1", "{\"PK\":\"a\",\"SK\":\"1\",\"n\":1}");
}

/* The item that refused stays readable until the next call, also while it is read. */
static void test_on_failure__the_item_that_refused_is_told(void **state)
{
    (void)state;
    place_put(db, t, "a", "1", 1);
    place_rc(stator_put(db, t, ITEM("a", "1", {"n", stator_i(2)}), .if_not_exists = true,
                        .on_failure = STATOR_ALL_OLD),
             STATOR_CONDITION_FAILED);
    assert_null(stator_at(stator_error_get()->item, "n[")); /* which tells of a bad path */
    place_json(stator_error_get()->item, "{\"PK\":\"a\",\"SK\":\"1\",\"n\":1}");
    place_rc(
        stator_delete(db, t, PLACE_KEY("b", "1"), .if_exists = true, .on_failure = STATOR_ALL_OLD),
        STATOR_CONDITION_FAILED);
    assert_null(stator_error_get()->item);
}

/* ---- if_not_exists, if_exists, if_version */

static void test_if_exists__each_write_means_the_item(void **state)
{
    (void)state;
    place_rc(stator_put(db, t, ITEM("a", "1", {"n", stator_i(1)}), .if_exists = true),
             STATOR_CONDITION_FAILED);
    place_rc(stator_put(db, t, ITEM("a", "1", {"n", stator_i(1)}), .if_not_exists = true),
             STATOR_OK);
    place_rc(stator_put(db, t, ITEM("a", "1", {"n", stator_i(1)}), .if_not_exists = true),
             STATOR_CONDITION_FAILED);
    place_rc(stator_put(db, t, ITEM("a", "1", {"n", stator_i(2)}), .if_exists = true), STATOR_OK);
    place_rc(stator_update(db, t, PLACE_KEY("a", "1"), stator_inc("n", stator_i(1)),
                           .if_not_exists = true),
             STATOR_CONDITION_FAILED);
    place_rc(
        stator_update(db, t, PLACE_KEY("a", "1"), stator_inc("n", stator_i(1)), .if_exists = true),
        STATOR_OK);
    place_stored(db, t, "a", "1", "{\"PK\":\"a\",\"SK\":\"1\",\"n\":3}");
    place_rc(stator_delete(db, t, PLACE_KEY("a", "1"), .if_exists = true), STATOR_OK);
    place_rc(stator_delete(db, t, PLACE_KEY("a", "1"), .if_exists = true), STATOR_CONDITION_FAILED);
}

static void test_if_exists__is_anded_to_the_condition(void **state)
{
    (void)state;
    const stator_cond either = stator_or(stator_eq("n", stator_i(1)), stator_not_exists("PK"));
    place_rc(stator_put(db, t, ITEM("a", "1", {"n", stator_i(1)}), .condition = either,
                        .if_exists = true),
             STATOR_CONDITION_FAILED);
    place_put(db, t, "a", "1", 1);
    place_rc(stator_put(db, t, ITEM("a", "1", {"n", stator_i(2)}), .condition = either,
                        .if_exists = true),
             STATOR_OK);
    place_rc(stator_put(db, t, ITEM("a", "1", {"n", stator_i(3)}), .condition = either,
                        .if_exists = true),
             STATOR_CONDITION_FAILED);
}

static void test_if_version__writes_of_the_version_that_is_stored_make_the_next(void **state)
{
    (void)state;
    const int64_t none = 0;
    const int64_t one = 1;
    const int64_t two = 2;
    place_rc(stator_put(db, t, ITEM("a", "1", {"x", stator_s("p")}), .if_version = &none,
                        .version_attr = "Version"),
             STATOR_OK);
    place_stored(db, t, "a", "1", "{\"PK\":\"a\",\"SK\":\"1\",\"Version\":1,\"x\":\"p\"}");
    place_rc(stator_put(db, t, ITEM("a", "1", {"x", stator_s("q")}), .if_version = &none,
                        .version_attr = "Version"),
             STATOR_CONDITION_FAILED);
    place_rc(stator_update(db, t, PLACE_KEY("a", "1"), stator_set("x", stator_s("q")),
                           .if_version = &one, .version_attr = "Version"),
             STATOR_OK);
    place_stored(db, t, "a", "1", "{\"PK\":\"a\",\"SK\":\"1\",\"Version\":2,\"x\":\"q\"}");
    place_rc(stator_update(db, t, PLACE_KEY("a", "1"), stator_set("x", stator_s("r")),
                           .if_version = &one, .version_attr = "Version"),
             STATOR_CONDITION_FAILED);
    place_rc(
        stator_delete(db, t, PLACE_KEY("a", "1"), .if_version = &one, .version_attr = "Version"),
        STATOR_CONDITION_FAILED);
    place_rc(stator_put(db, t, ITEM("a", "1", {"x", stator_s("s")}, {"Version", stator_i(77)}),
                        .if_version = &two, .version_attr = "Version"),
             STATOR_OK);
    place_stored(db, t, "a", "1", "{\"PK\":\"a\",\"SK\":\"1\",\"Version\":3,\"x\":\"s\"}");
    const int64_t three = 3;
    place_rc(
        stator_delete(db, t, PLACE_KEY("a", "1"), .if_version = &three, .version_attr = "Version"),
        STATOR_OK);
}

/* version_attr is a name, not a path. */
static void test_if_version__an_update_may_be_nothing_but_the_next_version(void **state)
{
    (void)state;
    const int64_t none = 0;
    const stator_write_opts opts = {
        .size = sizeof opts, .if_version = &none, .version_attr = "a.b"};
    place_rc(stator_update_item(db, t, PLACE_KEY("a", "1"), &opts), STATOR_OK);
    place_stored(db, t, "a", "1", "{\"PK\":\"a\",\"SK\":\"1\",\"a.b\":1}");
}

/* ---- what comes back */

static void test_update__returning_gives_what_it_says(void **state)
{
    (void)state;
    static const struct {
        uint8_t returning;
        const char *expected;
    } cases[] = {
        {STATOR_RET_NONE,    NULL                                 },
        {STATOR_ALL_OLD,     "{\"PK\":\"a\",\"SK\":\"1\",\"n\":1}"},
        {STATOR_UPDATED_OLD, "{\"n\":2}"                          },
        {STATOR_ALL_NEW,     "{\"PK\":\"a\",\"SK\":\"1\",\"n\":4}"},
        {STATOR_UPDATED_NEW, "{\"n\":5}"                          },
    };
    place_put(db, t, "a", "1", 0);
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        stator_result *r = NULL;
        place_rc(stator_update(db, t, PLACE_KEY("a", "1"), stator_inc("n", stator_i(1)),
                               .returning = cases[i].returning, .result = &r),
                 STATOR_OK);
        assert_non_null(r);
        assert_int_equal(stator_result_count(r), cases[i].expected != NULL ? 1 : 0);
        place_json(stator_result_item(r, 0), cases[i].expected);
        stator_result_free(r);
    }
}

static void test_put_returning_old_existing(void **state)
{
    (void)state;
    stator_result *r = NULL;
    place_put(db, t, "a", "1", 1);
    place_rc(stator_put(db, t, ITEM("a", "1", {"n", stator_i(2)}), .returning = STATOR_ALL_OLD,
                        .result = &r),
             STATOR_OK);
    place_json(stator_result_item(r, 0), "{\"PK\":\"a\",\"SK\":\"1\",\"n\":1}");
    stator_result_free(r);
}

static void test_put_returning_old_new(void **state)
{
    (void)state;
    stator_result *r = NULL;
    place_rc(stator_put(db, t, ITEM("a", "1", {"n", stator_i(2)}), .returning = STATOR_ALL_OLD,
                        .result = &r),
             STATOR_OK);
    assert_int_equal(stator_result_count(r), 0);
    stator_result_free(r);
}

static void test_put_returning_old_with_condition(void **state)
{
    (void)state;
    stator_result *r = NULL;
    place_put(db, t, "a", "1", 1);
    place_rc(stator_put(db, t, ITEM("a", "1", {"n", stator_i(2)}),
                        .condition = stator_eq("n", stator_i(9)), .returning = STATOR_ALL_OLD,
                        .result = &r),
             STATOR_CONDITION_FAILED);
    assert_null(r);
    place_rc(stator_put(db, t, ITEM("a", "1", {"n", stator_i(2)}),
                        .condition = stator_eq("n", stator_i(1)), .returning = STATOR_ALL_OLD,
                        .result = &r),
             STATOR_OK);
    place_json(stator_result_item(r, 0), "{\"PK\":\"a\",\"SK\":\"1\",\"n\":1}");
    stator_result_free(r);
}

static void test_delete_returning_old_existing(void **state)
{
    (void)state;
    stator_result *r = NULL;
    place_put(db, t, "a", "1", 1);
    place_rc(stator_delete(db, t, PLACE_KEY("a", "1"), .returning = STATOR_ALL_OLD, .result = &r),
             STATOR_OK);
    place_json(stator_result_item(r, 0), "{\"PK\":\"a\",\"SK\":\"1\",\"n\":1}");
    stator_result_free(r);
}

static void test_delete_returning_old_nonexistent(void **state)
{
    (void)state;
    stator_result *r = NULL;
    place_rc(stator_delete(db, t, PLACE_KEY("a", "1"), .returning = STATOR_ALL_OLD, .result = &r),
             STATOR_OK);
    assert_int_equal(stator_result_count(r), 0);
    stator_result_free(r);
}

static void test_update_returning_new_upsert(void **state)
{
    (void)state;
    stator_result *r = NULL;
    place_rc(stator_update(db, t, PLACE_KEY("a", "1"), stator_add("n", stator_i(3)),
                           .returning = STATOR_ALL_NEW, .result = &r),
             STATOR_OK);
    place_json(stator_result_item(r, 0), "{\"PK\":\"a\",\"SK\":\"1\",\"n\":3}");
    stator_result_free(r);
}

static void test_write__capacity_is_told_when_asked_for(void **state)
{
    (void)state;
    stator_result *r = NULL;
    place_rc(stator_put(db, t, ITEM("a", "1", {"n", stator_i(2)}), .capacity = STATOR_CAP_INDEXES,
                        .metrics = 1, .result = &r),
             STATOR_OK);
    assert_true(stator_result_capacity(r, t) > 0.99);
    assert_string_equal(stator_str(stator_result_node(r), "ConsumedCapacity.TableName"), t);
    stator_result_free(r);
}

/* ---- updates */

static void test_update__all_sections_at_once(void **state)
{
    (void)state;
    place_rc(stator_put(db, t,
                        ITEM("a", "1", {"n", stator_i(1)}, {"gone", stator_i(1)},
                             {"tags", STATOR_SS("a", "b")}, {"l", STATOR_L(stator_i(1))})),
             STATOR_OK);
    place_rc(stator_update(db, t, PLACE_KEY("a", "1"),
                           stator_updates(stator_set("status", stator_s("x")),
                                          stator_inc("n", stator_i(4)), stator_remove("gone"),
                                          stator_append("l", STATOR_L(stator_i(2))),
                                          stator_discard("tags", STATOR_SS("a")),
                                          stator_set_default("first", stator_i(9)))),
             STATOR_OK);
    place_stored(db, t, "a", "1",
                 "{\"PK\":\"a\",\"SK\":\"1\",\"first\":9,\"l\":[1,2],\"n\":5,\"status\":\"x\","
                 "\"tags\":[\"b\"]}");
}

/* Placeholders of the update and of the condition are one list: none is used twice. */
static void test_update__names_and_values_of_update_and_condition_do_not_collide(void **state)
{
    (void)state;
    place_put(db, t, "a", "1", 1);
    place_rc(
        stator_update(
            db, t, PLACE_KEY("a", "1"),
            stator_updates(stator_set("status", stator_s("x")), stator_set("name", stator_s("y"))),
            .condition = stator_and(stator_eq("n", stator_i(1)), stator_not_exists("status"),
                                    stator_ne("name", stator_s("x")))),
        STATOR_OK);
    place_stored(db, t, "a", "1",
                 "{\"PK\":\"a\",\"SK\":\"1\",\"n\":1,\"name\":\"y\",\"status\":\"x\"}");
}

static void test_update__of_nothing_makes_the_item(void **state)
{
    (void)state;
    const stator_write_opts opts = {.size = sizeof opts};
    place_rc(stator_update_item(db, t, PLACE_KEY("a", "1"), &opts), STATOR_OK);
    place_stored(db, t, "a", "1", "{\"PK\":\"a\",\"SK\":\"1\"}");
}

/* ---- how deep conditions nest */

enum { DEEPEST = STATOR_DEPTH + 1 };

/* `depth` nested nots around a condition that holds for an even number of them. */
static stator_cond nested(stator_cond kept[], int depth)
{
    kept[0] = stator_exists("PK");
    for (int i = 1; i <= depth; i++) kept[i] = stator_not_of(&kept[i - 1]);
    return kept[depth];
}

static void test_condition_depth_limit(void **state)
{
    (void)state;
    stator_cond kept[DEEPEST + 1];
    const stator_val item = ITEM("a", "1", {"n", stator_i(1)});
    place_put(db, t, "a", "1", 0);
    place_rc(stator_put(db, t, item, .condition = nested(kept, STATOR_DEPTH)), STATOR_OK);
    place_rc(stator_put(db, t, item, .condition = nested(kept, STATOR_DEPTH), .if_exists = true),
             STATOR_OK);
    place_rc(
        stator_put(db, t, item, .condition = nested(kept, STATOR_DEPTH), .if_not_exists = true),
        STATOR_CONDITION_FAILED);
    place_rc(stator_put(db, t, item, .condition = nested(kept, DEEPEST)), STATOR_E_TOO_DEEP);
    place_rc(stator_put(db, t, item, .condition = nested(kept, DEEPEST), .if_not_exists = true),
             STATOR_E_TOO_DEEP);
    place_rc(stator_put(db, t, item, .condition = nested(kept, DEEPEST), .if_exists = true),
             STATOR_E_TOO_DEEP);
}

/* ---- what is wrong */

static void test_write__wrong_options_are_refused_before_anything_happens(void **state)
{
    (void)state;
    const int64_t last = INT64_MAX;
    const int64_t before = -1;
    const stator_val item = ITEM("a", "1", {"n", stator_i(1)});
    place_error(stator_put(db, t, item, .if_exists = true, .if_not_exists = true), STATOR_E_INVALID,
                "if_exists and if_not_exists cannot both hold");
    place_error(stator_put(db, t, item, .version_attr = "v"), STATOR_E_INVALID,
                "version_attr needs if_version");
    place_error(stator_put(db, t, item, .if_version = &last, .version_attr = "v"), STATOR_E_INVALID,
                "if_version has no next version");
    place_error(stator_put(db, t, item, .if_version = &before), STATOR_E_INVALID,
                "if_version is 0 or more");
    place_error(stator_put(db, t, item, .returning = 5), STATOR_E_INVALID, "5 is no ReturnValues");
    place_error(stator_put(db, t, item, .capacity = 3), STATOR_E_INVALID, "3 is no STATOR_CAP_");
    place_error(stator_put(db, t, item, .metrics = 2), STATOR_E_INVALID,
                "2 is no ReturnItemCollectionMetrics");
    place_rc(stator_put(db, t, stator_s("text")), STATOR_E_INVALID);
    place_rc(stator_put(db, t, stator_null()), STATOR_E_INVALID);
    const stator_write_opts none = {.size = sizeof none};
    place_rc(stator_put_item(db, t, &none), STATOR_E_INVALID);
    place_rc(stator_delete_item(db, t, &none), STATOR_E_INVALID);
    place_rc(stator_update_item(db, t, (stator_val){0}, &none), STATOR_E_INVALID);
    place_stored(db, t, "a", "1", NULL);
}

/* The service's own sentences, wherever it is. */
static void test_write__sentences_of_the_service(void **state)
{
    (void)state;
    place_error(stator_put(db, t, STATOR_M({"PK", stator_s("a")})), STATOR_E_INVALID,
                "One or more parameter values were invalid: Missing the key SK in the item");
    assert_string_equal(stator_error_get()->code, "ValidationException");
    place_error(stator_put(db, "none", PLACE_KEY("a", "1")), STATOR_E_NO_TABLE,
                "Requested resource not found");
    assert_string_equal(stator_error_get()->code, "ResourceNotFoundException");
    place_rc(stator_put(db, "none", PLACE_KEY("a", "1"), .if_not_exists = true), STATOR_E_NO_TABLE);
    stator_result *r = NULL;
    place_error(stator_get(db, t, &r, STATOR_KEY({"PK", stator_s("a")})), STATOR_E_INVALID,
                "The provided key element does not match the schema");
    assert_null(r);
    place_error(stator_update(db, t, PLACE_KEY("a", "1"), stator_set("PK", stator_s("b"))),
                STATOR_E_INVALID,
                "One or more parameter values were invalid: Cannot update attribute PK. This "
                "attribute is part of the key");
}

static void test_item__too_large_is_its_own_outcome(void **state)
{
    (void)state;
    enum { LARGE = 400 << 10 };
    char *text = realloc(NULL, LARGE + 1);
    assert_non_null(text);
    memset(text, 'x', LARGE);
    text[LARGE] = 0;
    place_error(stator_put(db, t, ITEM("a", "1", {"x", stator_s(text)})), STATOR_E_TOO_LARGE,
                "Item size has exceeded the maximum allowed size");
    free(text);
}

/* stator_call is the same database by another word. */
static void test_call__any_operation_as_its_json(void **state)
{
    (void)state;
    char json[300];
    char *reply = NULL;
    place_put(db, t, "a", "1", 1);
    (void)snprintf(json, sizeof json,
                   "{\"TableName\":\"%s\",\"Key\":{\"PK\":{\"S\":\"a\"},\"SK\":{\"S\":\"1\"}}}", t);
    place_rc(stator_call(db, "GetItem", json, &reply), STATOR_OK);
    assert_string_equal(reply, "{\"Item\":{\"PK\":{\"S\":\"a\"},\"SK\":{\"S\":\"1\"},"
                               "\"n\":{\"N\":\"1\"}}}");
    stator_free(reply);
    place_rc(stator_call(db, "GetItem", "{\"TableName\":\"none\",\"Key\":{}}", &reply),
             STATOR_E_NO_TABLE);
    assert_string_equal(reply, "{\"__type\":\"com.amazonaws.dynamodb.v20120810#"
                               "ResourceNotFoundException\",\"message\":\"Requested resource not "
                               "found\"}");
    assert_string_equal(stator_error_get()->message, "Requested resource not found");
    stator_free(reply);
    place_rc(stator_call(db, "GetItem", "{", &reply), STATOR_E_INVALID);
    assert_string_equal(stator_error_get()->code, "SerializationException");
    stator_free(reply);
    place_rc(stator_call(db, "NoSuchThing", "{}", &reply), STATOR_E_UNSUPPORTED);
    stator_free(reply);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_put__what_was_put_is_what_is_got),
        TEST(test_get__no_item_is_not_found_and_no_result),
        TEST(test_get__select_gives_these_attributes),
        TEST(test_get__an_item_without_what_was_selected_is_found),
        TEST(test_get__capacity_is_told_when_asked_for),
        TEST(test_get__key_attributes_may_be_reserved_or_hold_dots),
        TEST(test_put_condition_attribute_not_exists_passes),
        TEST(test_put_condition_attribute_not_exists_fails),
        TEST(test_put_condition_attribute_exists_passes),
        TEST(test_put_without_condition_always_succeeds),
        TEST(test_delete_condition_eq_passes),
        TEST(test_delete_condition_eq_fails),
        TEST(test_condition_compound_and_or),
        TEST(test_condition_on_nonexistent_item),
        TEST(test_condition_check_failed_error),
        TEST(test_update_with_condition_passes),
        TEST(test_update_with_condition_fails),
        TEST(test_update_with_condition_on_nonexistent),
        TEST(test_on_failure__the_item_that_refused_is_told),
        TEST(test_if_exists__each_write_means_the_item),
        TEST(test_if_exists__is_anded_to_the_condition),
        TEST(test_if_version__writes_of_the_version_that_is_stored_make_the_next),
        TEST(test_if_version__an_update_may_be_nothing_but_the_next_version),
        TEST(test_update__returning_gives_what_it_says),
        TEST(test_put_returning_old_existing),
        TEST(test_put_returning_old_new),
        TEST(test_put_returning_old_with_condition),
        TEST(test_delete_returning_old_existing),
        TEST(test_delete_returning_old_nonexistent),
        TEST(test_update_returning_new_upsert),
        TEST(test_write__capacity_is_told_when_asked_for),
        TEST(test_update__all_sections_at_once),
        TEST(test_update__names_and_values_of_update_and_condition_do_not_collide),
        TEST(test_update__of_nothing_makes_the_item),
        TEST(test_condition_depth_limit),
        TEST(test_write__wrong_options_are_refused_before_anything_happens),
        TEST(test_write__sentences_of_the_service),
        TEST(test_item__too_large_is_its_own_outcome),
        TEST(test_call__any_operation_as_its_json),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
