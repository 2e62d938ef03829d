/* misuse_test.c -- what programs do wrong, each a clear error and nothing more; on every kind of
 * database.
 *
 * NULL where a thing is needed, handles that were closed, two threads on one thing, options without
 * a size or of a newer library, literals of the wrong kind, and text that is not UTF-8 in every
 * place where text is taken.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#include "db/place.h"

static stator *db;
static const char *t;
static const char bad[] = "x\xff";

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

#define KEY PLACE_KEY("a", "1")
#define OF_A stator_eq("PK", stator_s("a"))

/* ---- NULL */

static void test_null__handle(void **state)
{
    (void)state;
    stator_result *r = NULL;
    stator_pager *pager = NULL;
    char *reply = NULL;
    int64_t n = 7;
    static const char sentence[] = "the handle is NULL";
    place_error(stator_put(NULL, t, KEY), STATOR_E_MISUSE, sentence);
    place_error(stator_update(NULL, t, KEY, stator_remove("n")), STATOR_E_MISUSE, sentence);
    place_error(stator_delete(NULL, t, KEY), STATOR_E_MISUSE, sentence);
    place_error(stator_get(NULL, t, &r, KEY), STATOR_E_MISUSE, sentence);
    place_error(stator_query(NULL, t, &r, OF_A), STATOR_E_MISUSE, sentence);
    place_error(stator_scan(NULL, &r, t), STATOR_E_MISUSE, sentence);
    place_error(stator_each_query(NULL, t, &pager, OF_A), STATOR_E_MISUSE, sentence);
    place_error(stator_each_scan(NULL, &pager, t), STATOR_E_MISUSE, sentence);
    place_error(stator_count(NULL, t, &n, OF_A), STATOR_E_MISUSE, sentence);
    place_error(stator_delete_table(NULL, t), STATOR_E_MISUSE, sentence);
    place_error(stator_set_ttl(NULL, t, "x"), STATOR_E_MISUSE, sentence);
    place_rc(stator_call(NULL, "GetItem", "{}", &reply), STATOR_E_MISUSE);
    assert_string_equal(stator_error_get()->code, "STATOR_E_MISUSE");
    assert_true(stator_error_get()->client_fault);
    assert_int_equal(n, 0);
    assert_true(r == NULL && pager == NULL && reply == NULL);
    stator_close(NULL);
    stator_cancel(NULL);
}

/* The machine's own clock and randomness stand in for a handle's. */
static void test_null__clock_and_ids_do_without_a_handle(void **state)
{
    (void)state;
    char one[STATOR_UUID_LEN];
    char two[STATOR_UUID_LEN];
    assert_true(stator_now(NULL) > 1700000000 * STATOR_SECOND);
    assert_ptr_equal(stator_uuid4(NULL, one), one);
    assert_ptr_equal(stator_uuid4(db, two), two);
    assert_int_equal(strlen(one), STATOR_UUID_LEN - 1);
    assert_string_not_equal(one, two);
}

static void test_null__table_or_place_for_the_answer(void **state)
{
    (void)state;
    stator_result *r = NULL;
    stator_pager *pager = NULL;
    const stator_node *item = NULL;
    char *reply = NULL;
    int64_t n = 0;
    static const char sentence[] = "the name of the table is NULL";
    place_error(stator_put(db, NULL, KEY), STATOR_E_MISUSE, sentence);
    place_error(stator_put(db, NULL, KEY, .if_not_exists = true), STATOR_E_MISUSE, sentence);
    place_error(stator_update(db, NULL, KEY, stator_remove("n")), STATOR_E_MISUSE, sentence);
    place_error(stator_delete(db, NULL, KEY), STATOR_E_MISUSE, sentence);
    place_error(stator_get(db, NULL, &r, KEY), STATOR_E_MISUSE, sentence);
    place_error(stator_query(db, NULL, &r, OF_A), STATOR_E_MISUSE, sentence);
    place_error(stator_scan(db, &r, NULL), STATOR_E_MISUSE, sentence);
    place_error(stator_each_query(db, NULL, &pager, OF_A), STATOR_E_MISUSE, sentence);
    place_error(stator_each_scan(db, &pager, NULL), STATOR_E_MISUSE, sentence);
    place_error(stator_count(db, NULL, &n, OF_A), STATOR_E_MISUSE, sentence);
    place_error(stator_delete_table(db, NULL), STATOR_E_MISUSE, sentence);
    place_rc(stator_get(db, t, NULL, KEY), STATOR_E_MISUSE);
    place_rc(stator_query(db, t, NULL, OF_A), STATOR_E_MISUSE);
    place_rc(stator_scan(db, NULL, t), STATOR_E_MISUSE);
    place_rc(stator_each_query(db, t, NULL, OF_A), STATOR_E_MISUSE);
    place_rc(stator_each_scan(db, NULL, t), STATOR_E_MISUSE);
    place_rc(stator_count(db, t, NULL, OF_A), STATOR_E_MISUSE);
    place_rc(stator_next(NULL, &item), STATOR_E_MISUSE);
    place_rc(stator_next_page(NULL, &r), STATOR_E_MISUSE);
    assert_null(stator_pager_token(NULL));
    stator_pager_free(NULL);
    place_rc(stator_call(db, NULL, "{}", &reply), STATOR_E_MISUSE);
    place_rc(stator_call(db, "GetItem", NULL, &reply), STATOR_E_MISUSE);
    place_rc(stator_call(db, "GetItem", "{}", NULL), STATOR_E_MISUSE);
    stator *other = NULL;
    place_rc(stator_open(NULL, NULL, &other), STATOR_E_MISUSE);
    place_rc(stator_open("mem:", NULL, NULL), STATOR_E_MISUSE);
}

static void test_null__result_is_a_result_of_nothing(void **state)
{
    (void)state;
    assert_int_equal(stator_result_count(NULL), 0);
    assert_int_equal(stator_result_scanned(NULL), 0);
    assert_null(stator_result_item(NULL, 0));
    assert_null(stator_result_last_key(NULL));
    assert_null(stator_result_token(NULL));
    assert_null(stator_result_node(NULL));
    assert_true(stator_result_capacity(NULL, NULL) < 0.1);
    assert_false(stator_result_unread(NULL, 0));
    stator_result_free(NULL);
}

/* ---- options */

static void test_options__must_be_there_and_know_their_size(void **state)
{
    (void)state;
    stator_result *r = NULL;
    const stator_write_opts write = {.value = KEY};
    const stator_read_opts read = {.size = 2, .key = KEY};
    const stator_query_opts query = {.size = 1U << 30, .key = OF_A};
    const stator_batch_opts batch = {.n = 1};
    const stator_options options = {.cache_mb = 1};
    stator *other = NULL;
    place_error(stator_put_item(db, t, NULL), STATOR_E_MISUSE, "the stator_write_opts are NULL");
    place_error(stator_put_item(db, t, &write), STATOR_E_MISUSE,
                "the size of stator_write_opts is not set: .size = sizeof(stator_write_opts)");
    place_rc(stator_get_item(db, t, &r, &read), STATOR_E_MISUSE);
    place_rc(stator_get_item(db, t, &r, NULL), STATOR_E_MISUSE);
    place_rc(stator_query_page(db, t, &r, &query), STATOR_E_MISUSE);
    place_rc(stator_query_page(db, t, &r, NULL), STATOR_E_MISUSE);
    place_rc(stator_batch_get_items(db, t, &r, &write.value, &batch), STATOR_E_MISUSE);
    place_rc(stator_open("mem:", &options, &other), STATOR_E_MISUSE);
    assert_true(r == NULL && other == NULL);
}

/* A program of a newer header: what it does not use does no harm, what it uses is refused. */
static void test_options__of_a_newer_library(void **state)
{
    (void)state;
    struct {
        stator_read_opts known;
        uint64_t news[2];
    } newer = {
        .known = {.size = sizeof newer, .key = KEY}
    };
    stator_result *r = NULL;
    place_rc(stator_get_item(db, t, &r, &newer.known), STATOR_NOT_FOUND);
    newer.news[1] = 1;
    place_error(stator_get_item(db, t, &r, &newer.known), STATOR_E_UNSUPPORTED,
                "stator_read_opts sets options that Stator " STATOR_VERSION " does not have");
}

/* A program of an older header, whose struct ends before `consistent`. */
static void test_options__of_an_older_library(void **state)
{
    (void)state;
    stator_read_opts older = {.key = KEY};
    stator_result *r = NULL;
    older.size = offsetof(stator_read_opts, select);
    older.select = bad; /* bytes behind the struct's end */
    place_rc(stator_get_item(db, t, &r, &older), STATOR_NOT_FOUND);
}

/* ---- literals of the wrong kind */

static void test_literals__of_the_wrong_kind(void **state)
{
    (void)state;
    stator_result *r = NULL;
    place_rc(stator_get(db, t, &r, stator_s("a")), STATOR_E_INVALID);
    place_rc(stator_get(db, t, &r, (stator_val){0}), STATOR_E_INVALID);
    place_rc(stator_get(db, t, &r, stator_path("a")), STATOR_E_INVALID);
    place_rc(stator_delete(db, t, STATOR_L(stator_i(1))), STATOR_E_INVALID);
    place_rc(stator_put(db, t, STATOR_M({NULL, stator_i(1)})), STATOR_E_INVALID);
    place_rc(stator_put(db, t, STATOR_M({"PK", stator_s(NULL)})), STATOR_E_INVALID);
    place_rc(stator_put(db, t, STATOR_M({"PK", stator_s("a")}, {"SK", stator_i(1)})),
             STATOR_E_INVALID);
    place_rc(stator_put(db, t, STATOR_M({"PK", stator_s("")}, {"SK", stator_s("x")})),
             STATOR_E_INVALID);
    place_rc(stator_query(db, t, &r, stator_eq(NULL, stator_s("a"))), STATOR_E_INVALID);
    place_rc(stator_query(db, t, &r, stator_eq("PK[", stator_s("a"))), STATOR_E_INVALID);
    place_rc(stator_query(db, t, &r, OF_A, .start_key = stator_s("a")), STATOR_E_INVALID);
    place_rc(stator_update(db, t, KEY, stator_set("n", stator_d(0.0 / 0.0))), STATOR_E_INVALID);
    place_rc(stator_update(db, t, KEY, stator_set("", stator_i(1))), STATOR_E_INVALID);
    place_rc(stator_update(db, t, KEY, (stator_upd){.op = 99}), STATOR_E_MISUSE);
    place_rc(stator_delete(db, t, KEY, .condition = {.op = 99}), STATOR_E_MISUSE);
    place_rc(stator_get(db, t, &r, KEY, .select = ""), STATOR_E_INVALID);
    place_rc(stator_get(db, t, &r, KEY, .select = "a,,b"), STATOR_E_INVALID);
    place_rc(stator_get(db, t, &r, KEY, .select = "a, a.b"), STATOR_E_INVALID);
    assert_null(r);
}

/* ---- UTF-8 */

static void test_utf8__in_writes(void **state)
{
    (void)state;
    const int64_t zero = 0;
    place_rc(stator_put(db, bad, KEY), STATOR_E_INVALID);
    place_rc(stator_put(db, t, PLACE_KEY(bad, "1")), STATOR_E_INVALID);
    place_rc(stator_put(db, t, STATOR_M({bad, stator_s("x")})), STATOR_E_INVALID);
    place_rc(stator_put(db, t, KEY, .condition = stator_exists(bad)), STATOR_E_INVALID);
    place_rc(stator_put(db, t, KEY, .condition = stator_eq("a", stator_s(bad))), STATOR_E_INVALID);
    place_rc(stator_put(db, t, KEY, .condition = stator_expr0(bad)), STATOR_E_INVALID);
    place_rc(stator_put(db, t, KEY, .condition = stator_is_type("a", bad)), STATOR_E_INVALID);
    place_rc(stator_put(db, t, KEY, .if_version = &zero, .version_attr = bad), STATOR_E_INVALID);
    place_rc(stator_update(db, t, KEY, stator_set(bad, stator_i(1))), STATOR_E_INVALID);
    place_rc(stator_update(db, t, KEY, stator_set("a", stator_ss((const char *[]){bad}, 1))),
             STATOR_E_INVALID);
    place_rc(stator_update(db, t, KEY, stator_upd_expr0(bad)), STATOR_E_INVALID);
    place_rc(stator_update(db, t, KEY, stator_set("a", stator_n(bad))), STATOR_E_INVALID);
    place_rc(stator_delete(db, bad, KEY, .if_exists = true), STATOR_E_INVALID);
    stator_batch *batch = NULL;
    place_rc(stator_batch_new(db, NULL, &batch), STATOR_OK);
    place_rc(stator_batch_put(batch, bad, KEY), STATOR_E_INVALID);
    place_rc(stator_batch_delete(batch, t, PLACE_KEY("a", bad)), STATOR_E_INVALID);
    stator_batch_free(batch);
}

static void test_utf8__in_reads(void **state)
{
    (void)state;
    stator_result *r = NULL;
    stator_pager *pager = NULL;
    int64_t n = 0;
    const stator_val keys[] = {PLACE_KEY("a", "1"), PLACE_KEY(bad, "1")};
    const char *const tables[] = {bad};
    place_rc(stator_get(db, bad, &r, KEY), STATOR_E_INVALID);
    place_rc(stator_get(db, t, &r, keys[1]), STATOR_E_INVALID);
    place_rc(stator_get(db, t, &r, KEY, .select = bad), STATOR_E_INVALID);
    place_rc(stator_query(db, bad, &r, OF_A), STATOR_E_INVALID);
    place_rc(stator_query(db, t, &r, OF_A, .index = bad), STATOR_E_INVALID);
    place_rc(stator_query(db, t, &r, OF_A, .select = bad), STATOR_E_INVALID);
    place_rc(stator_query(db, t, &r, OF_A, .start_token = bad), STATOR_E_INVALID);
    place_rc(stator_scan(db, &r, bad), STATOR_E_INVALID);
    place_rc(stator_each_scan(db, &pager, bad), STATOR_E_INVALID);
    place_rc(stator_count(db, bad, &n, OF_A), STATOR_E_INVALID);
    place_error(stator_batch_get(db, bad, &r, keys, 1), STATOR_E_INVALID,
                "the name of the table is not valid UTF-8");
    place_rc(stator_batch_get(db, t, &r, keys, 2), STATOR_E_INVALID);
    place_rc(stator_batch_get(db, t, &r, keys, 1, .select = bad), STATOR_E_INVALID);
    place_rc(stator_tx_get_items(db, tables, keys, 1, &r), STATOR_E_INVALID);
    assert_true(r == NULL && pager == NULL);
}

static void test_utf8__in_tables_and_calls(void **state)
{
    (void)state;
    char *reply = NULL;
    place_rc(stator_create_table(db, .name = bad, .key = "PK:S"), STATOR_E_INVALID);
    place_rc(stator_create_table(db, .name = "ttt", .key = bad), STATOR_E_INVALID);
    place_rc(stator_create_table(db, .name = "ttt", .key = "PK:S", .stream = bad),
             STATOR_E_INVALID);
    place_rc(stator_create_table(
                 db, .name = "ttt", .key = "PK:S",
                 .indexes = STATOR_INDEXES({.name = "iii", .key = "a:S", .projection = bad})),
             STATOR_E_INVALID);
    place_rc(stator_ensure_table(db, .name = "ttt", .key = "PK:S", .ttl = bad), STATOR_E_INVALID);
    place_rc(stator_wait_table(db, bad, "ACTIVE", 1000), STATOR_E_INVALID);
    place_rc(stator_wait_table(db, t, bad, 1000), STATOR_E_INVALID);
    place_rc(stator_delete_table(db, bad), STATOR_E_INVALID);
    place_rc(stator_call(db, bad, "{}", &reply), STATOR_E_INVALID);
    place_rc(stator_call(db, "GetItem", "{\"TableName\":\"\xff\"}", &reply), STATOR_E_INVALID);
    stator_free(reply);
    place_rc(stator_call(db, "GetItem\r\nX-Other: 1", "{}", &reply), STATOR_E_INVALID);
    place_rc(stator_call(db, "", "{}", &reply), STATOR_E_INVALID);
    const stator_options options = {.size = sizeof options, .table_prefix = bad};
    stator *other = NULL;
    place_rc(stator_open(place_uri(), &options, &other), STATOR_E_INVALID);
    assert_null(other);
}

/* ---- closed handles */

static void test_closed__what_is_open_of_it_says_so_and_is_freed(void **state)
{
    (void)state;
    static const char sentence[] = "the handle was closed";
    const stator_node *item = NULL;
    stator_result *page = NULL;
    stator_result *r = NULL;
    stator_pager *pager = NULL;
    stator_pager *begun = NULL;
    stator_batch *batch = NULL;
    place_put(db, t, "a", "1", 1);
    place_put(db, t, "a", "2", 2);
    place_rc(stator_each_query(db, t, &pager, OF_A), STATOR_OK);
    place_rc(stator_each_query(db, t, &begun, OF_A, .limit = 1), STATOR_OK);
    place_rc(stator_next(begun, &item), STATOR_OK);
    place_rc(stator_batch_new(db, NULL, &batch), STATOR_OK);
    place_rc(stator_batch_put(batch, t, PLACE_KEY("b", "1")), STATOR_OK);
    place_rc(stator_get(db, t, &r, KEY), STATOR_OK);
    stator_tx *tx = stator_tx_put(stator_tx_new(db), t, PLACE_KEY("b", "1"));
    stator_tx *late = stator_tx_new(db);
    stator_close(db);

    place_json(stator_result_item(r, 0), "{\"PK\":\"a\",\"SK\":\"1\",\"n\":1}");
    place_json(item, "{\"PK\":\"a\",\"SK\":\"1\",\"n\":1}");
    stator_result_free(r);
    place_error(stator_next(pager, &item), STATOR_E_MISUSE, sentence);
    place_error(stator_next(begun, &item), STATOR_E_MISUSE, sentence);
    place_error(stator_next_page(pager, &page), STATOR_E_MISUSE, sentence);
    place_error(stator_batch_put(batch, t, PLACE_KEY("c", "1")), STATOR_E_MISUSE, sentence);
    place_error(stator_batch_flush(batch), STATOR_E_MISUSE, sentence);
    place_error(stator_tx_commit(tx, NULL), STATOR_E_MISUSE, sentence);
    stator_tx_delete(late, t, KEY);
    place_error(stator_tx_commit(late, NULL), STATOR_E_MISUSE, sentence);
    stator_pager_free(pager);
    stator_pager_free(begun);
    stator_batch_free(batch);
    stator_tx_free(tx);
    stator_tx_free(late);
    db = NULL;
}

/* ---- two threads on one thing (U1) */

struct gate {
    atomic_bool is_inside, may_leave;
};

static void wait_inside(void *ud, int64_t us)
{
    struct gate *gate = ud;
    (void)us;
    atomic_store(&gate->is_inside, true);
    while (!atomic_load(&gate->may_leave)) sched_yield();
}

static void *read_second_page(void *ud)
{
    const stator_node *item = NULL;
    stator_rc rc = stator_next(ud, &item);
    if (rc == STATOR_OK) rc = stator_next(ud, &item);
    return rc == STATOR_OK ? NULL : ud;
}

static void test_use__of_one_pager_by_two_threads_is_told(void **state)
{
    (void)state;
    struct gate gate = {0};
    const stator_hooks hooks = {.ud = &gate, .sleep_us = wait_inside};
    const stator_options options = {.size = sizeof options, .hooks = &hooks};
    pthread_t thread;
    stator_pager *pager = NULL;
    const stator_node *item = NULL;
    void *failed = NULL;
    stator *other = place_open_with(&options);
    atomic_store(&gate.may_leave, true);
    const char *table = place_table(other, "PK:S, SK:S");
    place_put(other, table, "a", "1", 1);
    place_put(other, table, "a", "2", 2);
    gate = (struct gate){0};
    place_rc(stator_each_query(other, table, &pager, OF_A, .limit = 1, .page_delay_us = 1000),
             STATOR_OK);
    assert_int_equal(pthread_create(&thread, NULL, read_second_page, pager), 0);
    while (!atomic_load(&gate.is_inside)) sched_yield();
    place_error(stator_next(pager, &item), STATOR_E_MISUSE, "another thread is using this pager");
    atomic_store(&gate.may_leave, true);
    assert_int_equal(pthread_join(thread, &failed), 0);
    assert_null(failed);
    stator_pager_free(pager);
    stator_close(other);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_null__handle),
        TEST(test_null__clock_and_ids_do_without_a_handle),
        TEST(test_null__table_or_place_for_the_answer),
        TEST(test_null__result_is_a_result_of_nothing),
        TEST(test_options__must_be_there_and_know_their_size),
        TEST(test_options__of_a_newer_library),
        TEST(test_options__of_an_older_library),
        TEST(test_literals__of_the_wrong_kind),
        TEST(test_utf8__in_writes),
        TEST(test_utf8__in_reads),
        TEST(test_utf8__in_tables_and_calls),
        TEST(test_closed__what_is_open_of_it_says_so_and_is_freed),
        TEST(test_use__of_one_pager_by_two_threads_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
