/* embedded_test.c -- engine.h: versions, snapshots, keys, times to live, upkeep, serving.
 *
 * Against a server all but the times to live are refused as unsupported, which is asserted too.
 */
#include <stator/engine.h>
#include <stator/testkit.h>
#include <stdio.h>

#include "db/place.h"
#include "support/support.h"

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

/* ---- versions */

static void test_versioned_get_and_conditional_put(void **state)
{
    (void)state;
    stator_result *r = NULL;
    int64_t version = -1;
    if (!place_is_local()) {
        place_rc(stator_get_versioned(db, t, PLACE_KEY("a", "1"), &r, &version),
                 STATOR_E_UNSUPPORTED);
        return;
    }
    place_rc(stator_get_versioned(db, t, PLACE_KEY("a", "1"), &r, &version), STATOR_NOT_FOUND);
    assert_int_equal(version, 0);
    place_put(db, t, "a", "1", 1);
    place_rc(stator_get_versioned(db, t, PLACE_KEY("a", "1"), &r, &version), STATOR_OK);
    place_json(stator_result_item(r, 0), "{\"PK\":\"a\",\"SK\":\"1\",\"n\":1}");
    stator_result_free(r);
    assert_true(version > 0);
    const int64_t first = version;
    place_rc(stator_put(db, t, PLACE_KEY("a", "1"), .if_version = &first), STATOR_OK);
    place_rc(stator_put(db, t, PLACE_KEY("a", "1"), .if_version = &first), STATOR_E_VERSION);
    assert_int_equal(stator_error_get()->expected, first);
    assert_true(stator_error_get()->actual > first);
}

static void test_put_item_conditional_still_works(void **state)
{
    (void)state;
    const int64_t none = 0;
    if (!place_is_local()) {
        place_rc(stator_put(db, t, PLACE_KEY("a", "1"), .if_version = &none), STATOR_E_UNSUPPORTED);
        return;
    }
    place_rc(stator_put(db, t, PLACE_KEY("a", "1"), .if_version = &none,
                        .condition = stator_not_exists("PK")),
             STATOR_OK);
    place_rc(stator_put(db, t, PLACE_KEY("a", "1"), .if_version = &none), STATOR_E_VERSION);
    place_rc(stator_delete(db, t, PLACE_KEY("a", "1"), .if_version = &none), STATOR_E_VERSION);
    place_rc(stator_update(db, t, PLACE_KEY("b", "1"), stator_set("n", stator_i(1)),
                           .if_version = &none),
             STATOR_OK);
    place_stored(db, t, "b", "1", "{\"PK\":\"b\",\"SK\":\"1\",\"n\":1}");
}

/* ---- snapshots */

static void test_snapshot__reads_see_one_moment(void **state)
{
    (void)state;
    stator *then = NULL;
    int64_t count = 0;
    if (!place_is_local()) {
        place_rc(stator_snapshot(db, &then), STATOR_E_UNSUPPORTED);
        assert_null(then);
        return;
    }
    place_put(db, t, "a", "1", 1);
    place_put(db, t, "a", "2", 1);
    place_rc(stator_snapshot(db, &then), STATOR_OK);
    place_put(db, t, "a", "1", 2);
    place_put(db, t, "a", "3", 2);
    place_rc(stator_delete(db, t, PLACE_KEY("a", "2")), STATOR_OK);

    place_stored(then, t, "a", "1", "{\"PK\":\"a\",\"SK\":\"1\",\"n\":1}");
    place_stored(then, t, "a", "2", "{\"PK\":\"a\",\"SK\":\"2\",\"n\":1}");
    place_rc(stator_count(then, t, &count, stator_eq("PK", stator_s("a"))), STATOR_OK);
    assert_int_equal(count, 2);
    place_rc(stator_count(db, t, &count, stator_eq("PK", stator_s("a"))), STATOR_OK);
    assert_int_equal(count, 2);
    place_stored(db, t, "a", "3", "{\"PK\":\"a\",\"SK\":\"3\",\"n\":2}");
    place_rc(stator_put(then, t, PLACE_KEY("x", "1")), STATOR_E_MISUSE);
    stator_close(then);
}

static void test_snapshot__has_the_clock_that_was_fixed(void **state)
{
    (void)state;
    enum { NOON = 1700000000 };
    stator *then = NULL;
    if (!place_is_local()) return;
    place_rc(stator_clock_fix(db, NOON * STATOR_SECOND), STATOR_OK);
    place_rc(stator_snapshot(db, &then), STATOR_OK);
    assert_int_equal(stator_now(then), NOON * STATOR_SECOND);
    stator_close(then);
}

static void test_snapshot__may_outlive_its_database(void **state)
{
    (void)state;
    stator *then = NULL;
    stator *other = place_is_local() ? NULL : db;
    if (other != NULL) return;
    place_rc(stator_open("mem:", NULL, &other), STATOR_OK);
    place_rc(stator_snapshot(other, &then), STATOR_OK);
    stator_close(other);
    stator_result *r = NULL;
    place_rc(stator_list_tables(then, NULL, 0, &r), STATOR_E_MISUSE);
    assert_null(r);
    stator_close(then);
}

/* ---- which keys there are */

static void put_events(void)
{
    static const char *const sorts[] = {"EVENT#1", "EVENT#2", "META", "EVENT#3", "LOG#a#b"};
    for (size_t i = 0; i < ARRAY_COUNT(sorts); i++) {
        place_put(db, t, "a", sorts[i], 1);
        place_put(db, t, "b", sorts[i], 1);
    }
    place_put(db, t, "c", "META", 1);
}

static void test_keys__partitions_come_once_in_parts(void **state)
{
    (void)state;
    stator_result *r = NULL;
    char seen[4] = {0};
    size_t count = 0;
    if (!place_is_local()) {
        place_rc(stator_list_partition_keys(db, t, &r, NULL), STATOR_E_UNSUPPORTED);
        return;
    }
    put_events();
    char token[256] = "";
    for (bool more = true; more;) {
        const stator_list_opts opts = {
            .size = sizeof opts, .limit = 2, .after = token[0] != '\0' ? token : NULL};
        place_rc(stator_list_partition_keys(db, t, &r, &opts), STATOR_OK);
        for (size_t i = 0; i < stator_result_count(r); i++)
            seen[count++] = stator_str(stator_result_item(r, i), NULL)[0];
        more = stator_result_token(r) != NULL;
        (void)snprintf(token, sizeof token, "%s", more ? stator_result_token(r) : "");
        stator_result_free(r);
    }
    assert_int_equal(count, 3);
    assert_true(strchr(seen, 'a') != NULL && strchr(seen, 'b') != NULL &&
                strchr(seen, 'c') != NULL);
    const stator_list_opts wrong = {.size = sizeof wrong, .after = "zz"};
    place_rc(stator_list_partition_keys(db, t, &r, &wrong), STATOR_E_INVALID);
}

static void test_keys__beginnings_of_sort_keys(void **state)
{
    (void)state;
    static const char *const expected[] = {"EVENT", "LOG", "META"};
    stator_result *r = NULL;
    const stator_val partition = STATOR_KEY({"PK", stator_s("a")});
    if (!place_is_local()) return;
    put_events();
    place_rc(stator_list_sort_prefixes(db, t, partition, &r, NULL), STATOR_OK);
    assert_int_equal(stator_result_count(r), ARRAY_COUNT(expected));
    for (size_t i = 0; i < ARRAY_COUNT(expected); i++)
        assert_string_equal(stator_str(stator_result_item(r, i), NULL), expected[i]);
    stator_result_free(r);
}

/* ---- time to live */

static void test_get_ttl_returns_remaining_seconds(void **state)
{
    (void)state;
    int64_t left = 0;
    place_put(db, t, "a", "1", 1);
    place_rc(stator_ttl_set(db, t, PLACE_KEY("a", "1"), 60), STATOR_E_INVALID);
    place_rc(stator_set_ttl(db, t, "ttl"), STATOR_OK);
    place_rc(stator_ttl_get(db, t, PLACE_KEY("a", "1"), &left), STATOR_OK);
    assert_int_equal(left, -1);
    place_rc(stator_ttl_set(db, t, PLACE_KEY("a", "1"), 600), STATOR_OK);
    place_rc(stator_ttl_get(db, t, PLACE_KEY("a", "1"), &left), STATOR_OK);
    assert_in_range(left, 590, 600);
    place_rc(stator_ttl_clear(db, t, PLACE_KEY("a", "1")), STATOR_OK);
    place_rc(stator_ttl_get(db, t, PLACE_KEY("a", "1"), &left), STATOR_OK);
    assert_int_equal(left, -1);
}

static void test_set_ttl_on_nonexistent_item(void **state)
{
    (void)state;
    int64_t left = 0;
    place_rc(stator_set_ttl(db, t, "ttl"), STATOR_OK);
    place_rc(stator_ttl_set(db, t, PLACE_KEY("no", "1"), 60), STATOR_NOT_FOUND);
    place_rc(stator_ttl_clear(db, t, PLACE_KEY("no", "1")), STATOR_NOT_FOUND);
    place_rc(stator_ttl_get(db, t, PLACE_KEY("no", "1"), &left), STATOR_NOT_FOUND);
    place_stored(db, t, "no", "1", NULL);
}

static void test_reaper_cleans_expired_items(void **state)
{
    (void)state;
    int64_t deleted = 0;
    if (!place_is_local()) {
        place_rc(stator_ttl_sweep(db, t, 0, &deleted), STATOR_E_UNSUPPORTED);
        place_rc(stator_reap_every(db, 0), STATOR_E_UNSUPPORTED);
        return;
    }
    place_rc(stator_reap_every(db, 0), STATOR_OK);
    place_rc(stator_set_ttl(db, t, "ttl"), STATOR_OK);
    for (int i = 0; i < 5; i++) {
        char sk[8];
        (void)snprintf(sk, sizeof sk, "%d", i);
        place_put(db, t, "a", sk, i);
        if (i < 3) place_rc(stator_ttl_set(db, t, PLACE_KEY("a", sk), -10), STATOR_OK);
    }
    place_rc(stator_ttl_sweep(db, t, 2, &deleted), STATOR_OK);
    assert_int_equal(deleted, 2);
    place_rc(stator_ttl_sweep(db, t, 0, &deleted), STATOR_OK);
    assert_int_equal(deleted, 1);
    place_stored(db, t, "a", "4", "{\"PK\":\"a\",\"SK\":\"4\",\"n\":4}");
    place_rc(stator_reap_every(db, -1), STATOR_E_INVALID);
}

/* ---- upkeep */

static void test_backup__opens_and_holds_what_was_there(void **state)
{
    (void)state;
    char *folder = support_folder_new();
    char uri[512];
    char *report = NULL;
    stator *copy = NULL;
    (void)snprintf(uri, sizeof uri, "file:%s/copy", folder);
    if (place_is_local()) {
        place_put(db, t, "a", "1", 7);
        place_rc(stator_backup(db, uri + strlen("file:")), STATOR_OK);
        place_put(db, t, "a", "1", 8);
        place_rc(stator_open(uri, NULL, &copy), STATOR_OK);
        place_stored(copy, t, "a", "1", "{\"PK\":\"a\",\"SK\":\"1\",\"n\":7}");
        place_rc(stator_check(copy, &report), STATOR_OK);
        assert_non_null(strstr(report, "1 items"));
        stator_free(report);
        stator_close(copy);
        place_rc(stator_backup(db, uri + strlen("file:")), STATOR_E_IO);
        place_rc(stator_backup(db, NULL), STATOR_E_MISUSE);
    } else {
        place_rc(stator_backup(db, uri + strlen("file:")), STATOR_E_UNSUPPORTED);
        place_rc(stator_check(db, &report), STATOR_E_UNSUPPORTED);
        place_rc(stator_compact(db), STATOR_E_UNSUPPORTED);
    }
    support_folder_free(folder);
}

static void test_stats__count_writes_and_items(void **state)
{
    (void)state;
    stator_result *r = NULL;
    if (!place_is_local()) {
        place_rc(stator_stats(db, &r), STATOR_E_UNSUPPORTED);
        return;
    }
    place_put(db, t, "a", "1", 1);
    place_put(db, t, "a", "2", 1);
    place_rc(stator_compact(db), STATOR_OK);
    place_rc(stator_stats(db, &r), STATOR_OK);
    assert_true(stator_int(stator_result_node(r), "writes", 0) >= 2);
    assert_int_equal(stator_int(stator_result_node(r), "pending", -1), 0);
    const char *name = NULL;
    const stator_node *table = stator_nth(stator_at(stator_result_node(r), "tables"), 0, &name);
    assert_string_equal(name, t);
    assert_int_equal(stator_int(table, "items", -1), 2);
    stator_result_free(r);
}

/* ---- serving */

static void test_serve__others_use_what_this_program_has_open(void **state)
{
    (void)state;
    stator_serving *server = NULL;
    stator *remote = NULL;
    char uri[64];
    if (!place_is_local()) {
        place_rc(stator_serve(db, &server, .port = 0), STATOR_E_UNSUPPORTED);
        assert_null(server);
        return;
    }
    place_rc(stator_serve(db, &server, .port = 70000), STATOR_E_INVALID);
    place_rc(stator_serve(db, &server, .threads = 2), STATOR_OK);
    (void)snprintf(uri, sizeof uri, "http://127.0.0.1:%d", stator_serving_port(server));
    place_rc(stator_open(uri, NULL, &remote), STATOR_OK);
    place_put(db, t, "a", "1", 1);
    place_stored(remote, t, "a", "1", "{\"PK\":\"a\",\"SK\":\"1\",\"n\":1}");
    place_put(remote, t, "a", "1", 2);
    place_stored(db, t, "a", "1", "{\"PK\":\"a\",\"SK\":\"1\",\"n\":2}");
    stator_close(remote);
    stator_serving_stop(server);
    place_stored(db, t, "a", "1", "{\"PK\":\"a\",\"SK\":\"1\",\"n\":2}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_versioned_get_and_conditional_put, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_put_item_conditional_still_works, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_snapshot__reads_see_one_moment, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_snapshot__has_the_clock_that_was_fixed, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_snapshot__may_outlive_its_database, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_keys__partitions_come_once_in_parts, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_keys__beginnings_of_sort_keys, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_get_ttl_returns_remaining_seconds, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_set_ttl_on_nonexistent_item, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_reaper_cleans_expired_items, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_backup__opens_and_holds_what_was_there, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_stats__count_writes_and_items, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_serve__others_use_what_this_program_has_open, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
