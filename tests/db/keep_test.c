/* keep_test.c -- kept literals outlive what they were made of, mistakes included. */
#include "support/support.h"

#include "db/heap.h"
#include "db/request.h"

/* Made of things that end with this function. */
static stator_cond keep_condition(stator_pool *pool)
{
    char path[] = "status";
    char value[] = "JP";
    char text[] = "a = ? AND b = ?";
    const stator_val among[] = {stator_i(1), stator_s(value)};
    stator_doc *doc = stator_doc_new();
    assert_int_equal(stator_doc_set(doc, "x", stator_s(value)), STATOR_OK);
    const stator_cond kept = stator_cond_keep(
        pool, stator_or(stator_eq(path, stator_s(value)), stator_one_of(path, among, 2),
                        stator_not(stator_expr(text, stator_doc_val(doc), stator_path(path))),
                        stator_cmp(stator_size(path), STATOR_C_LT, STATOR_L(stator_s(value)))));
    memset(path, 'x', sizeof path - 1);
    memset(value, 'x', sizeof value - 1);
    memset(text, 'x', sizeof text - 1);
    stator_doc_free(doc);
    return kept;
}

static void test_keep__conditions_outlive_their_block(void **state)
{
    (void)state;
    stator_pool *pool = stator_pool_new();
    request_check_cond(keep_condition(pool),
                       "condition: #n0 = :v0 OR #n0 IN (:v1, :v0) OR NOT (a = :v2 AND b = #n0) OR "
                       "size(#n0) < :v3 names: #n0=status values: :v0={\"S\":\"JP\"} "
                       ":v1={\"N\":\"1\"} :v2={\"M\":{\"x\":{\"S\":\"JP\"}}} "
                       ":v3={\"L\":[{\"S\":\"JP\"}]}");
    stator_pool_free(pool);
    heap_check();
}

static stator_upd keep_update(stator_pool *pool)
{
    char path[] = "status";
    char text[] = "ADD n ?";
    const stator_upd kept = stator_upd_keep(pool, stator_updates(stator_set(path, stator_s("x")),
                                                                 stator_upd_expr(text, stator_i(1)),
                                                                 stator_remove(path + 2)));
    memset(path, 'x', sizeof path - 1);
    memset(text, 'x', sizeof text - 1);
    return kept;
}

static void test_keep__updates_outlive_their_block(void **state)
{
    (void)state;
    stator_pool *pool = stator_pool_new();
    request_check_upd(keep_update(pool),
                      "update: SET #n0 = :v0 REMOVE atus ADD n :v1 names: #n0=status "
                      "values: :v0={\"S\":\"x\"} :v1={\"N\":\"1\"}");
    stator_pool_free(pool);
    heap_check();
}

static void test_keep__values_outlive_their_block(void **state)
{
    (void)state;
    stator_pool *pool = stator_pool_new();
    char key[8] = "k1";
    const stator_val kept =
        stator_val_keep(pool, STATOR_M({key, stator_s(key)}, {"gone", stator_skip()}));
    memset(key, 'x', sizeof key - 1);
    stator_doc *doc = stator_doc_new();
    assert_int_equal(stator_doc_set(doc, "a", kept), STATOR_OK);
    assert_string_equal(stator_str(stator_doc_node(doc), "a.k1"), "k1");
    assert_int_equal(stator_doc_set(doc, "b", stator_val_keep(pool, stator_skip())), STATOR_OK);
    assert_null(stator_at(stator_doc_node(doc), "b"));
    stator_doc_free(doc);
    stator_pool_free(pool);
    heap_check();
}

static void test_keep__an_items_map_may_have_32_levels(void **state)
{
    (void)state;
    stator_val room[32] = {stator_i(1)};
    for (size_t i = 0; i < 31; i++) room[i + 1] = stator_list(&room[i], 1);
    stator_pool *pool = stator_pool_new();
    stator_doc *doc = stator_doc_new();
    const stator_val item = stator_val_keep(pool, STATOR_M({"a", room[31]}));
    /* It is whole, but too deep to be an attribute. */
    assert_int_equal(stator_error_get()->rc, STATOR_OK);
    assert_int_equal(stator_doc_set(doc, "x", item), STATOR_E_INVALID);
    stator_doc_free(doc);
    stator_pool_free(pool);
    heap_check();
}

static void test_keep__mistakes_are_told_when_used(void **state)
{
    (void)state;
    stator_pool *pool = stator_pool_new();
    bool holds = false;
    const stator_cond kept =
        stator_cond_keep(pool, stator_eq("a", STATOR_M({"x", stator_s(NULL)})));
    assert_int_equal(stator_error_get()->rc, STATOR_E_INVALID); /* and at once, to who asks */
    assert_int_equal(stator_cond_check(kept, NULL, &holds), STATOR_E_INVALID);
    assert_string_equal(stator_error_get()->message,
                        "attribute \"x\": NULL is no string; stator_opt_s leaves out what may be "
                        "missing");
    request_check_cond(stator_cond_keep(pool, stator_and(kept, stator_exists("b"))),
                       "VALIDATION: attribute \"x\": NULL is no string; stator_opt_s leaves out "
                       "what may be missing");
    request_check_upd(stator_upd_keep(pool, stator_set("a", stator_n("x"))),
                      "VALIDATION: The parameter cannot be converted to a numeric value: x");
    request_check_cond(stator_eq("a", stator_val_keep(pool, STATOR_SS("a", "a"))),
                       "VALIDATION: One or more parameter values were invalid: Input collection "
                       "[a, a] contains duplicates.");
    const stator_val twice = stator_val_keep(pool, stator_val_keep(pool, stator_n("x")));
    request_check_cond(stator_eq("a", twice),
                       "VALIDATION: The parameter cannot be converted to a numeric value: x");
    stator_pool_free(pool);
    heap_check();
}

static void test_keep__no_pool_is_told_when_used(void **state)
{
    (void)state;
    static const char expected[] = "MISUSE: it was to be kept in a pool that is NULL";
    request_check_cond(stator_cond_keep(NULL, stator_exists("a")), expected);
    request_check_upd(stator_upd_keep(NULL, stator_remove("a")), expected);
    request_check_cond(stator_eq("a", stator_val_keep(NULL, stator_i(1))),
                       "VALIDATION: it was to be kept in a pool that is NULL");
    stator_pool_free(NULL);
    heap_check();
}

static void test_keep__depth_is_the_users_to_judge(void **state)
{
    (void)state;
    enum { LEVELS = 300 };
    stator_cond room[LEVELS + 1] = {stator_exists("a")};
    stator_upd actions[LEVELS + 1] = {stator_remove("a")};
    for (size_t i = 0; i < LEVELS; i++) {
        room[i + 1] = stator_not_of(&room[i]);
        actions[i + 1] = stator_upd_all(&actions[i], 1);
    }
    stator_pool *pool = stator_pool_new();
    request_check_cond(stator_cond_keep(pool, room[17]),
                       "TOO_DEEP: expression depth exceeds maximum of 16");
    request_check_cond(stator_cond_keep(pool, room[LEVELS]),
                       "TOO_DEEP: expression depth exceeds maximum of 256");
    request_check_upd(stator_upd_keep(pool, actions[LEVELS]),
                      "TOO_DEEP: expression depth exceeds maximum of 256");
    stator_pool_free(pool);
    heap_check();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keep__conditions_outlive_their_block),
        cmocka_unit_test(test_keep__updates_outlive_their_block),
        cmocka_unit_test(test_keep__values_outlive_their_block),
        cmocka_unit_test(test_keep__an_items_map_may_have_32_levels),
        cmocka_unit_test(test_keep__mistakes_are_told_when_used),
        cmocka_unit_test(test_keep__no_pool_is_told_when_used),
        cmocka_unit_test(test_keep__depth_is_the_users_to_judge),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
