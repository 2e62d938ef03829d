/* explain_test.c -- explanations, on every kind of database: of which call, on which thread, and
 * until when. What they say is shown by tests/spec/explain.test.
 */
#include <pthread.h>
#include <string.h>

#include "db/place.h"

static stator *db;
static const char *t;

static int set_up(void **state)
{
    (void)state;
    db = place_open();
    t = place_table(db, "PK:S, SK:S");
    place_put(db, t, "a", "1", 7);
    place_put(db, t, "a", "2", 8);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    stator_explain(false);
    place_close(db);
    return 0;
}

/* The last explanation has `part`; a server of somebody else's explains nothing. */
static void assert_told(const char *part)
{
    const char *line = stator_explanation();
    if (place_is_peer()) {
        assert_null(line);
        return;
    }
    assert_non_null(line);
    if (strstr(line, part) == NULL) fail_msg("%s is not in %s", part, line);
}

static stator_rc put_below(int64_t n)
{
    return stator_put(db, t,
                      STATOR_M({"PK", stator_s("a")}, {"SK", stator_s("1")}, {"n", stator_i(7)}),
                      .condition = stator_lt("n", stator_i(n)));
}

static void test_explain__is_off_until_it_is_asked_for(void **state)
{
    (void)state;
    place_rc(put_below(5), STATOR_CONDITION_FAILED);
    assert_null(stator_explanation());
    stator_explain(true);
    assert_null(stator_explanation()); /* of a call that was not explained */
    place_rc(put_below(5), STATOR_CONDITION_FAILED);
    assert_told("\"condition\":\"failed\"");
    stator_explain(false);
    assert_told("\"condition\":\"failed\""); /* which lasts until the next call */
    place_rc(put_below(5), STATOR_CONDITION_FAILED);
    assert_null(stator_explanation());
}

static void test_explain__a_write_tells_what_its_condition_saw(void **state)
{
    (void)state;
    stator_explain(true);
    place_rc(put_below(5), STATOR_CONDITION_FAILED);
    assert_told("{\"operation\":\"PutItem\",\"condition\":\"failed\",\"item_found\":true,");
    assert_told("\"path\":\"n\",\"value\":{\"N\":\"7\"}");
    assert_told("\"value\":{\"N\":\"5\"}");
    place_rc(put_below(9), STATOR_OK);
    assert_told("\"condition\":\"held\"");
    place_rc(
        stator_update(db, t, PLACE_KEY("b", "1"), stator_set("n", stator_i(1)), .if_exists = true),
        STATOR_CONDITION_FAILED);
    assert_told("\"item_found\":false");
}

static void test_explain__a_transaction_tells_of_each_that_failed(void **state)
{
    (void)state;
    stator_tx *tx = stator_tx_new(db);
    stator_tx_check(tx, t, PLACE_KEY("a", "1"), .condition = stator_eq("n", stator_i(7)));
    stator_tx_delete(tx, t, PLACE_KEY("a", "2"), .condition = stator_eq("n", stator_i(7)));
    stator_explain(true);
    place_rc(stator_tx_commit(tx, &STATOR_RETRY_NONE), STATOR_CONDITION_FAILED);
    assert_told("\"actions\":[{\"index\":1,\"condition\":\"failed\"");
    stator_tx_free(tx);
}

static void test_explain__a_page_tells_where_it_came_from(void **state)
{
    (void)state;
    stator_result *page = NULL;
    stator_explain(true);
    place_rc(stator_query(db, t, &page, stator_eq("PK", stator_s("a")),
                          .filter = stator_gt("n", stator_i(7))),
             STATOR_OK);
    assert_told("\"items_read\":2,\"items_filtered_out\":1,\"items_returned\":1,");
    assert_int_equal(stator_result_count(page), 1);
    assert_string_equal(stator_num(stator_result_item(page, 0), "n"), "8");
    assert_told("\"operation\":\"Query\""); /* reading nodes is no call */
    stator_result_free(page);
    place_rc(stator_scan(db, &page, t), STATOR_OK);
    assert_told("{\"operation\":\"Scan\",");
    stator_result_free(page);
}

static void test_explain__a_call_without_a_request_has_none(void **state)
{
    (void)state;
    stator_explain(true);
    place_rc(put_below(5), STATOR_CONDITION_FAILED);
    stator_doc *doc = stator_doc_new();
    place_rc(stator_doc_set(doc, "a", stator_i(1)), STATOR_OK);
    assert_null(stator_explanation());
    stator_doc_free(doc);
}

static void test_explain__what_the_library_asks_for_itself_is_not_explained(void **state)
{
    (void)state;
    stator_explain(true);
    place_rc(stator_put(db, t, STATOR_M({"PK", stator_s("a")}, {"SK", stator_s("1")}),
                        .if_not_exists = true), /* for which the table is described first */
             STATOR_CONDITION_FAILED);
    assert_told("{\"operation\":\"PutItem\",");
}

static void *other_thread(void *unused)
{
    (void)unused;
    assert_null(stator_explanation());
    place_rc(put_below(5), STATOR_CONDITION_FAILED);
    assert_null(stator_explanation());
    stator_explain(true);
    place_rc(put_below(6), STATOR_CONDITION_FAILED);
    assert_told("{\"N\":\"6\"}");
    stator_thread_end();
    assert_null(stator_explanation());
    place_rc(put_below(6), STATOR_CONDITION_FAILED);
    assert_null(stator_explanation());
    return NULL;
}

static void test_explain__belongs_to_a_thread(void **state)
{
    (void)state;
    pthread_t thread;
    stator_explain(true);
    place_rc(put_below(5), STATOR_CONDITION_FAILED);
    assert_int_equal(pthread_create(&thread, NULL, other_thread, NULL), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_told("{\"N\":\"5\"}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_explain__is_off_until_it_is_asked_for, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_explain__a_write_tells_what_its_condition_saw, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_explain__a_transaction_tells_of_each_that_failed,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_explain__a_page_tells_where_it_came_from, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_explain__a_call_without_a_request_has_none, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(
            test_explain__what_the_library_asks_for_itself_is_not_explained, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_explain__belongs_to_a_thread, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("db explain", tests, NULL, NULL);
}
