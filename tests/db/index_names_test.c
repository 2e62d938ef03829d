/* index_names_test.c -- pages of an index, its kinds, times to live and reads beside writes, by the
 * names that such tests have elsewhere, on every kind of database.
 *
 * The table has partition "a" with sort keys "0" … "9", owner "o" and n = 0 … 9, in the global
 * index "by-owner" and in the local index "by-n".
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#include "db/place.h"
#include "stator/engine.h"

enum { ITEMS = 10, ROUNDS = 100, READERS = 3 };

static stator *db;
static const char *t;

static int set_up(void **state)
{
    (void)state;
    char sk[8];
    db = place_open();
    t = place_name("indexed");
    place_rc(stator_create_table(
                 db, .name = t, .key = "PK:S, SK:S",
                 .indexes = STATOR_INDEXES({.name = "by-owner", .key = "owner:S, n:N"},
                                           {.name = "by-n", .key = "PK:S, n:N", .local = true})),
             STATOR_OK);
    for (int i = 0; i < ITEMS; i++)
        place_rc(stator_put(db, t,
                            STATOR_M({"PK", stator_s("a")}, {"SK", stator_sf(sk, "%d", i)},
                                     {"owner", stator_s("o")}, {"n", stator_i(i)})),
                 STATOR_OK);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    place_close(db);
    return 0;
}

#define OF_O stator_eq("owner", stator_s("o"))

/* ---- pages of an index */

/* Reads pages of `limit` to the end: every item once, in order; the number of pages. */
static int read_pages(int limit, bool descending)
{
    char *token = NULL;
    int64_t next = descending ? ITEMS - 1 : 0;
    int pages = 0;
    do {
        stator_result *r = NULL;
        place_rc(stator_query(db, t, &r, OF_O, .index = "by-owner", .limit = limit,
                              .descending = descending, .start_token = token),
                 STATOR_OK);
        for (size_t i = 0; i < stator_result_count(r); i++) {
            assert_int_equal(stator_int(stator_result_item(r, i), "n", -1), next);
            next += descending ? -1 : 1;
        }
        free(token);
        token = stator_result_token(r) != NULL ? strdup(stator_result_token(r)) : NULL;
        stator_result_free(r);
        pages++;
    } while (token != NULL);
    assert_int_equal(next, descending ? -1 : ITEMS);
    return pages;
}

static void test_index_pagination_basic(void **state)
{
    (void)state;
    assert_int_equal(read_pages(4, false), 3);
}

/* The last page is full: one that is empty may come after it. */
static void test_index_pagination_exact_page(void **state)
{
    (void)state;
    assert_in_range(read_pages(ITEMS / 2, false), 2, 3);
}

static void test_index_pagination_single_item_pages(void **state)
{
    (void)state;
    assert_in_range(read_pages(1, false), ITEMS, ITEMS + 1);
}

static void test_index_pagination_reverse_scan(void **state)
{
    (void)state;
    assert_int_equal(read_pages(3, true), 4);
}

/* A place to go on from has the keys of the index and of the table, each of its type. */
static void check_refused(stator_val start)
{
    stator_result *r = NULL;
    place_rc(stator_query(db, t, &r, OF_O, .index = "by-owner", .start_key = start),
             STATOR_E_INVALID);
    assert_null(r);
}

static void test_index_pagination_invalid_cursor_missing_index_attr(void **state)
{
    (void)state;
    check_refused(PLACE_KEY("a", "3"));
    check_refused(STATOR_M({"PK", stator_s("a")}, {"SK", stator_s("3")}, {"owner", stator_s("o")}));
}

static void test_index_pagination_invalid_cursor_missing_pk(void **state)
{
    (void)state;
    check_refused(STATOR_M({"SK", stator_s("3")}, {"owner", stator_s("o")}, {"n", stator_i(3)}));
}

static void test_index_pagination_invalid_cursor_type_mismatch(void **state)
{
    (void)state;
    check_refused(STATOR_M({"PK", stator_s("a")}, {"SK", stator_s("3")}, {"owner", stator_s("o")},
                           {"n", stator_s("3")}));
}

/* ---- kinds of indexes */

/* How many items of the index pass? */
static int64_t count_of(const char *index, stator_cond key)
{
    int64_t n = -1;
    place_rc(stator_count(db, t, &n, key, .index = index), STATOR_OK);
    return n;
}

static void test_composite_index_create(void **state)
{
    (void)state;
    assert_int_equal(count_of("by-owner", stator_and(OF_O, stator_gt("n", stator_i(6)))), 3);
    place_put(db, t, "b", "1", 100); /* has no owner */
    assert_int_equal(count_of("by-owner", OF_O), ITEMS);
}

static void test_composite_index_backfill(void **state)
{
    (void)state;
    place_rc(
        stator_create_index(db, t, &(stator_index_spec){.name = "later", .key = "owner:S, SK:S"}),
        STATOR_OK);
    assert_int_equal(count_of("later", stator_and(OF_O, stator_ge("SK", stator_s("4")))), 6);
}

static void test_index_projection_all(void **state)
{
    (void)state;
    stator_result *r = NULL;
    const stator_val key = PLACE_KEY("a", "7");
    place_rc(stator_update(db, t, key, stator_set("extra", stator_s("e"))), STATOR_OK);
    place_rc(
        stator_query(db, t, &r, stator_and(OF_O, stator_eq("n", stator_i(7))), .index = "by-owner"),
        STATOR_OK);
    place_json(stator_result_item(r, 0),
               "{\"PK\":\"a\",\"SK\":\"7\",\"extra\":\"e\",\"n\":7,\"owner\":\"o\"}");
    stator_result_free(r);
}

#define OF_A stator_eq("PK", stator_s("a"))

static void test_local_index_create(void **state)
{
    (void)state;
    assert_int_equal(count_of("by-n", OF_A), ITEMS);
    place_rc(stator_update(db, t, PLACE_KEY("a", "0"), stator_remove("n")), STATOR_OK);
    assert_int_equal(count_of("by-n", OF_A), ITEMS - 1);
}

static void test_local_index_range_scan(void **state)
{
    (void)state;
    stator_result *r = NULL;
    const stator_cond range = stator_between("n", stator_i(3), stator_i(6));
    assert_int_equal(count_of("by-n", stator_and(OF_A, range)), 4);
    place_rc(stator_query(db, t, &r, stator_and(OF_A, range), .index = "by-n", .descending = true,
                          .consistent = true),
             STATOR_OK);
    assert_int_equal(stator_int(stator_result_item(r, 0), "n", -1), 6);
    stator_result_free(r);
}

/* ---- many keys at once */

static void test_batch_get_with_sort_key(void **state)
{
    (void)state;
    stator_result *r = NULL;
    const stator_val keys[] = {PLACE_KEY("a", "8"), PLACE_KEY("a", "none"), PLACE_KEY("a", "2")};
    place_rc(stator_batch_get(db, t, &r, keys, ARRAY_COUNT(keys)), STATOR_OK);
    assert_int_equal(stator_int(stator_result_item(r, 0), "n", -1), 8);
    assert_null(stator_result_item(r, 1));
    assert_int_equal(stator_int(stator_result_item(r, 2), "n", -1), 2);
    stator_result_free(r);
}

/* ---- time to live */

#define KEY PLACE_KEY("a", "1")

static void check_left(int64_t low, int64_t high)
{
    int64_t left = -2;
    place_rc(stator_ttl_get(db, t, KEY, &left), STATOR_OK);
    assert_true(left >= low);
    assert_true(left <= high);
}

static void test_set_ttl_updates_expiry(void **state)
{
    (void)state;
    place_rc(stator_set_ttl(db, t, "ttl"), STATOR_OK);
    place_rc(stator_ttl_set(db, t, KEY, 1000), STATOR_OK);
    check_left(900, 1000);
    place_rc(stator_ttl_set(db, t, KEY, 5000), STATOR_OK);
    check_left(4900, 5000);
}

static void test_set_ttl_on_table_without_ttl_attribute(void **state)
{
    (void)state;
    int64_t left = 0;
    place_rc(stator_ttl_set(db, t, KEY, 60), STATOR_E_INVALID);
    place_rc(stator_ttl_clear(db, t, KEY), STATOR_E_INVALID);
    place_rc(stator_ttl_get(db, t, KEY, &left), STATOR_E_INVALID);
}

static void test_remove_ttl_makes_permanent(void **state)
{
    (void)state;
    place_rc(stator_set_ttl(db, t, "ttl"), STATOR_OK);
    place_rc(stator_ttl_set(db, t, KEY, 1000), STATOR_OK);
    place_rc(stator_ttl_clear(db, t, KEY), STATOR_OK);
    check_left(-1, -1);
    place_stored(db, t, "a", "1", "{\"PK\":\"a\",\"SK\":\"1\",\"n\":1,\"owner\":\"o\"}");
}

static void test_get_ttl_no_ttl_set(void **state)
{
    (void)state;
    place_rc(stator_set_ttl(db, t, "ttl"), STATOR_OK);
    check_left(-1, -1);
    place_rc(stator_update(db, t, KEY, stator_set("ttl", stator_s("never"))), STATOR_OK);
    check_left(-1, -1);
}

/* What has expired is not there; a server that shows it for a while says that no time is left. */
static void test_get_ttl_already_expired(void **state)
{
    (void)state;
    int64_t left = -2;
    place_rc(stator_set_ttl(db, t, "ttl"), STATOR_OK);
    place_rc(stator_ttl_set(db, t, KEY, -10), STATOR_OK);
    const stator_rc rc = stator_ttl_get(db, t, KEY, &left);
    if (place_is_peer() && rc == STATOR_OK) {
        assert_int_equal(left, 0);
    } else {
        place_rc(rc, STATOR_NOT_FOUND);
    }
}

/* ---- reads beside writes */

struct reading {
    atomic_bool is_over;
    atomic_int torn, failed, reads;
};

/* Both attributes are written together: no reader sees one without the other. */
static void look_at(struct reading *reading, const stator_node *item)
{
    atomic_fetch_add(&reading->reads, 1);
    if (stator_int(item, "x", -1) != stator_int(item, "y", -2)) atomic_fetch_add(&reading->torn, 1);
}

static void *get_all_the_time(void *ud)
{
    struct reading *reading = ud;
    while (!atomic_load(&reading->is_over)) {
        stator_result *r = NULL;
        if (stator_get(db, t, &r, PLACE_KEY("w", "1"), .consistent = true) != STATOR_OK)
            atomic_fetch_add(&reading->failed, 1);
        look_at(reading, stator_result_item(r, 0));
        stator_result_free(r);
    }
    stator_thread_end();
    return NULL;
}

static void *scan_all_the_time(void *ud)
{
    struct reading *reading = ud;
    while (!atomic_load(&reading->is_over)) {
        stator_result *r = NULL;
        if (stator_scan(db, &r, t, .filter = stator_exists("x")) != STATOR_OK ||
            stator_result_count(r) != 1 || stator_result_scanned(r) != ITEMS + 1)
            atomic_fetch_add(&reading->failed, 1);
        look_at(reading, stator_result_item(r, 0));
        stator_result_free(r);
    }
    stator_thread_end();
    return NULL;
}

/* Two items that a transaction writes: a batch sees both before it or both after it. */
static void *get_two_all_the_time(void *ud)
{
    struct reading *reading = ud;
    const stator_val keys[] = {PLACE_KEY("w", "1"), PLACE_KEY("w", "2")};
    while (!atomic_load(&reading->is_over)) {
        stator_result *r = NULL;
        if (stator_batch_get(db, t, &r, keys, 2) != STATOR_OK)
            atomic_fetch_add(&reading->failed, 1);
        const int64_t first = stator_int(stator_result_item(r, 0), "x", -1);
        atomic_fetch_add(&reading->reads, 1);
        if (stator_int(stator_result_item(r, 1), "x", -1) != first)
            atomic_fetch_add(&reading->torn, 1);
        stator_result_free(r);
    }
    stator_thread_end();
    return NULL;
}

static stator_rc write_two(int i)
{
    stator_tx *tx = stator_tx_new(db);
    (void)stator_tx_put(tx, t,
                        STATOR_M({"PK", stator_s("w")}, {"SK", stator_s("1")}, {"x", stator_i(i)}));
    (void)stator_tx_put(tx, t,
                        STATOR_M({"PK", stator_s("w")}, {"SK", stator_s("2")}, {"x", stator_i(i)}));
    const stator_rc rc = stator_tx_commit(tx, NULL);
    stator_tx_free(tx);
    return rc;
}

static stator_rc write_one(int i)
{
    return stator_put(db, t,
                      STATOR_M({"PK", stator_s("w")}, {"SK", stator_s("1")}, {"x", stator_i(i)},
                               {"y", stator_i(i)}));
}

static void check_beside_writes(stator_rc (*write)(int i), void *(*read)(void *ud))
{
    struct reading reading = {.is_over = false};
    pthread_t readers[READERS];
    place_rc(write(0), STATOR_OK);
    for (int i = 0; i < READERS; i++)
        assert_int_equal(pthread_create(&readers[i], NULL, read, &reading), 0);
    int tried = 0, written = 0;
    for (; tried < ROUNDS || atomic_load(&reading.reads) < ROUNDS; tried++)
        written += write(tried) == STATOR_OK;
    atomic_store(&reading.is_over, true);
    for (int i = 0; i < READERS; i++) assert_int_equal(pthread_join(readers[i], NULL), 0);
    assert_int_equal(written, tried);
    assert_int_equal(atomic_load(&reading.torn), 0);
    assert_int_equal(atomic_load(&reading.failed), 0);
}

static void test_concurrent_readers_and_writer(void **state)
{
    (void)state;
    check_beside_writes(write_one, get_all_the_time);
}

static void test_concurrent_scan_during_writes(void **state)
{
    (void)state;
    check_beside_writes(write_one, scan_all_the_time);
}

static void test_batch_get_snapshot_consistency(void **state)
{
    (void)state;
    check_beside_writes(write_two, get_two_all_the_time);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_index_pagination_basic),
        TEST(test_index_pagination_exact_page),
        TEST(test_index_pagination_single_item_pages),
        TEST(test_index_pagination_reverse_scan),
        TEST(test_index_pagination_invalid_cursor_missing_index_attr),
        TEST(test_index_pagination_invalid_cursor_missing_pk),
        TEST(test_index_pagination_invalid_cursor_type_mismatch),
        TEST(test_composite_index_create),
        TEST(test_composite_index_backfill),
        TEST(test_index_projection_all),
        TEST(test_local_index_create),
        TEST(test_local_index_range_scan),
        TEST(test_batch_get_with_sort_key),
        TEST(test_set_ttl_updates_expiry),
        TEST(test_set_ttl_on_table_without_ttl_attribute),
        TEST(test_remove_ttl_makes_permanent),
        TEST(test_get_ttl_no_ttl_set),
        TEST(test_get_ttl_already_expired),
        TEST(test_concurrent_readers_and_writer),
        TEST(test_concurrent_scan_during_writes),
        TEST(test_batch_get_snapshot_consistency),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
