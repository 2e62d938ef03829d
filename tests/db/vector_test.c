/* vector_test.c -- vector indexes through the C library, by the names that such tests have
 * elsewhere.
 *
 * Items have the key "id" and a list "v" of three numbers, or none. What is refused in which words,
 * and damage, is tests/engine/nearest_test.c's. Against a server all of it is refused as
 * unsupported, which is asserted.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#include "db/place.h"
#include "stator/engine.h"

enum { DIMS = 3, ROUNDS = 150, THREADS = 2 };

static stator *db;
static const char *t;

static int set_up(void **state)
{
    (void)state;
    db = place_open();
    t = place_table(db, "id:S");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    place_close(db);
    return 0;
}

static void create(stator *to, const char *metric)
{
    place_rc(stator_create_vector_index(to, t, .name = "near", .attr = "v", .dims = DIMS,
                                        .metric = metric),
             STATOR_OK);
}

static stator_rc put(stator *to, const char *id, const float v[DIMS], int n)
{
    stator_val numbers[DIMS];
    for (int i = 0; i < DIMS; i++) numbers[i] = stator_d((double)v[i]);
    return stator_put(
        to, t,
        STATOR_M({"id", stator_s(id)}, {"v", stator_list(numbers, DIMS)}, {"n", stator_i(n)}));
}

#define V(x, y, z) ((const float[]){x, y, z})

static void put_axes(stator *to)
{
    place_rc(put(to, "x", V(1, 0, 0), 1), STATOR_OK);
    place_rc(put(to, "y", V(0, 1, 0), 2), STATOR_OK);
    place_rc(put(to, "xy", V(2, 2, 0), 3), STATOR_OK);
    place_rc(put(to, "z", V(0, 0, 5), 4), STATOR_OK);
}

static stator_vector_query ask(const float v[DIMS], int k)
{
    return (stator_vector_query){
        .size = sizeof(stator_vector_query), .index = "near", .vector = v, .dims = DIMS, .k = k};
}

/* Assert that `query` finds the items of these ids, with a blank behind each. */
static void assert_finds(stator *in, const stator_vector_query *query, const char *ids)
{
    char found[200] = "";
    size_t len = 0;
    stator_result *r = NULL;
    place_rc(stator_query_vector_(in, t, &r, query), STATOR_OK);
    for (size_t i = 0; i < stator_result_count(r); i++)
        len += (size_t)snprintf(found + len, sizeof found - len, "%s ",
                                stator_str(stator_result_item(r, i), "id"));
    stator_result_free(r);
    assert_string_equal(found, ids);
}

static void assert_nearest(stator *in, const float v[DIMS], int k, const char *ids)
{
    const stator_vector_query query = ask(v, k);
    assert_finds(in, &query, ids);
}

static bool is_near(double a, double b)
{
    return a - b < 1e-6 && b - a < 1e-6;
}

static void test_vector_of_a_server_is_unsupported(void **state)
{
    (void)state;
    stator_result *r = NULL;
    const stator_vector_query query = ask(V(1, 2, 3), 1);
    if (place_is_local()) return;
    place_rc(stator_create_vector_index(db, t, .name = "near", .attr = "v", .dims = DIMS),
             STATOR_E_UNSUPPORTED);
    place_rc(stator_query_vector_(db, t, &r, &query), STATOR_E_UNSUPPORTED);
    place_rc(stator_list_vector_indexes(db, t, &r), STATOR_E_UNSUPPORTED);
    place_rc(stator_drop_vector_index(db, t, "near"), STATOR_E_UNSUPPORTED);
    assert_null(r);
}

static void test_create_vector_index(void **state)
{
    (void)state;
    stator_result *r = NULL;
    if (!place_is_local()) return;
    put_axes(db);
    create(db, "euclidean");
    place_rc(stator_list_vector_indexes(db, t, &r), STATOR_OK);
    assert_int_equal(stator_result_count(r), 1);
    place_json(stator_result_item(r, 0), "{\"attr\":\"v\",\"dims\":3,\"metric\":\"euclidean\","
                                         "\"name\":\"near\",\"ready\":true}");
    stator_result_free(r);
    assert_nearest(db, V(0, 0, 4), 1, "z "); /* it was there before */
    place_rc(stator_create_vector_index(db, t, .name = "near", .attr = "w", .dims = 2),
             STATOR_E_INVALID);
    place_error(
        stator_create_vector_index(db, t, .name = "far", .attr = "w", .dims = 2, .metric = "l2"),
        STATOR_E_INVALID,
        "the metric of a vector index is \"cosine\", \"euclidean\" or \"dot\", not \"l2\"");
    place_rc(stator_create_vector_index(db, t, .name = "far", .attr = "w"), STATOR_E_INVALID);
    place_rc(stator_create_vector_index(db, "nothing", .name = "far", .attr = "w", .dims = 2),
             STATOR_E_NO_TABLE);
    place_rc(stator_drop_vector_index(db, t, "near"), STATOR_OK);
    place_rc(stator_drop_vector_index(db, t, "near"), STATOR_E_NO_INDEX);
    place_rc(stator_list_vector_indexes(db, t, &r), STATOR_OK);
    assert_int_equal(stator_result_count(r), 0);
    stator_result_free(r);
}

static void assert_scores(const char *metric, const char *ids, double first, double last)
{
    double scores[4] = {0};
    stator_vector_query query = ask(V(3, 0.5F, 0), 4);
    query.scores = scores;
    create(db, metric);
    put_axes(db);
    assert_finds(db, &query, ids);
    assert_true(is_near(scores[0], first));
    assert_true(is_near(scores[3], last));
}

static void test_vector_put_and_query_cosine(void **state)
{
    (void)state;
    if (!place_is_local()) return;
    assert_scores("cosine", "x xy y z ", 1 - 3 / 3.0413812651491097, 1);
}

static void test_vector_put_and_query_euclidean(void **state)
{
    (void)state;
    if (!place_is_local()) return;
    assert_scores("euclidean", "xy x y z ", 1.8027756377319946, 5.852349955359813);
}

static void test_vector_put_and_query_dot_product(void **state)
{
    (void)state;
    if (!place_is_local()) return;
    assert_scores("dot", "xy x y z ", 7, 0);
}

static void test_vector_dimension_mismatch(void **state)
{
    (void)state;
    stator_result *r = NULL;
    if (!place_is_local()) return;
    create(db, NULL);
    place_error(
        stator_put(db, t,
                   STATOR_M({"id", stator_s("a")}, {"v", STATOR_L(stator_i(1), stator_i(2))})),
        STATOR_E_INVALID,
        "One or more parameter values are not valid. One or more parameter values were "
        "invalid . Invalid size for parameter v, Expected: 3, Actual: 2. IndexName: near");
    stator_vector_query query = ask(V(1, 2, 3), 1);
    query.dims = 2;
    place_error(stator_query_vector_(db, t, &r, &query), STATOR_E_INVALID,
                "Input search vector dimension 2 does not match vector index dimension 3");
    assert_null(r);
}

static void test_vector_sparse_index(void **state)
{
    (void)state;
    if (!place_is_local()) return;
    create(db, NULL);
    put_axes(db);
    place_rc(stator_put(db, t, STATOR_M({"id", stator_s("none")})), STATOR_OK);
    assert_nearest(db, V(1, 0.2F, 0), 10, "x xy y z ");
}

static void test_vector_top_k(void **state)
{
    (void)state;
    char id[8];
    if (!place_is_local()) return;
    create(db, "euclidean");
    for (int i = 0; i < 50; i++) {
        (void)snprintf(id, sizeof id, "%02d", i);
        place_rc(put(db, id, V((float)i, 0, 0), i), STATOR_OK);
    }
    assert_nearest(db, V(20.2F, 0, 0), 3, "20 21 19 ");
    assert_nearest(db, V(-1, 0, 0), 0, "00 01 02 03 04 05 06 07 08 09 ");
}

static void test_vector_top_k_fewer_items(void **state)
{
    (void)state;
    if (!place_is_local()) return;
    create(db, NULL);
    assert_nearest(db, V(1, 0, 0), 10, "");
    put_axes(db);
    assert_nearest(db, V(1, 0.2F, 0), 1000, "x xy y z ");
}

static void test_vector_index_update(void **state)
{
    (void)state;
    if (!place_is_local()) return;
    create(db, "euclidean");
    put_axes(db);
    assert_nearest(db, V(9, 9, 9), 1, "z ");
    place_rc(put(db, "x", V(9, 9, 8), 1), STATOR_OK);
    assert_nearest(db, V(9, 9, 9), 1, "x ");
    place_rc(stator_update(db, t, STATOR_KEY({"id", stator_s("y")}),
                           stator_set("v", STATOR_L(stator_i(9), stator_i(9), stator_i(9)))),
             STATOR_OK);
    assert_nearest(db, V(9, 9, 9), 2, "y x ");
    place_rc(stator_update(db, t, STATOR_KEY({"id", stator_s("y")}), stator_remove("v")),
             STATOR_OK);
    assert_nearest(db, V(9, 9, 9), 1, "x ");
}

static void test_vector_index_delete(void **state)
{
    (void)state;
    if (!place_is_local()) return;
    create(db, NULL);
    put_axes(db);
    assert_nearest(db, V(1, 0, 0), 1, "x ");
    place_rc(stator_delete(db, t, STATOR_KEY({"id", stator_s("x")})), STATOR_OK);
    assert_nearest(db, V(1, 0.2F, 0), 10, "xy y z ");
}

/* ---- reopened; in a folder, whatever the other tests run against */

struct folder {
    char *path;
    char uri[300];
    stator *db;
};

static void reopen(struct folder *f)
{
    place_rc(stator_open(f->uri, NULL, &f->db), STATOR_OK);
}

static void open_folder(struct folder *f)
{
    f->path = support_folder_new();
    (void)snprintf(f->uri, sizeof f->uri, "file:%s/db", f->path);
    reopen(f);
    place_rc(stator_create_table(f->db, .name = t, .key = "id:S"), STATOR_OK);
    create(f->db, "euclidean");
    put_axes(f->db);
}

static void close_folder(struct folder *f)
{
    char *report = NULL;
    place_rc(stator_check(f->db, &report), STATOR_OK);
    stator_free(report);
    stator_close(f->db);
    support_folder_free(f->path);
}

static void test_vector_index_persists_across_reopen(void **state)
{
    (void)state;
    struct folder f;
    open_folder(&f);
    assert_nearest(f.db, V(1, 0, 0), 2, "x y ");
    stator_close(f.db);
    reopen(&f);
    assert_nearest(f.db, V(1, 0, 0), 2, "x y ");
    close_folder(&f);
}

static int64_t in_memory(stator *in)
{
    stator_result *r = NULL;
    place_rc(stator_stats(in, &r), STATOR_OK);
    const int64_t vectors = stator_int(stator_result_node(r), "vectors", -1);
    stator_result_free(r);
    return vectors;
}

static void test_vector_index_cold_start_rebuild(void **state)
{
    (void)state;
    struct folder f;
    open_folder(&f);
    stator_close(f.db);
    reopen(&f);
    assert_int_equal(in_memory(f.db), 0);
    assert_nearest(f.db, V(0.5F, 0, 0), 1, "x ");
    assert_int_equal(in_memory(f.db), 4);
    close_folder(&f);
}

static void test_vector_index_persistence_after_updates(void **state)
{
    (void)state;
    struct folder f;
    open_folder(&f);
    assert_nearest(f.db, V(9, 9, 9), 1, "z ");
    place_rc(put(f.db, "x", V(9, 9, 9), 1), STATOR_OK);
    place_rc(put(f.db, "new", V(9, 9, 8), 1), STATOR_OK);
    place_rc(stator_delete(f.db, t, STATOR_KEY({"id", stator_s("z")})), STATOR_OK);
    stator_close(f.db);
    reopen(&f);
    assert_nearest(f.db, V(9, 9, 9), 3, "x new xy ");
    place_rc(put(f.db, "y", V(9, 9, 8.5F), 1), STATOR_OK);
    assert_nearest(f.db, V(9, 9, 9), 3, "x y new ");
    close_folder(&f);
}

/* ---- filters */

static void test_vector_query_with_filter(void **state)
{
    (void)state;
    char id[8];
    if (!place_is_local()) return;
    create(db, "euclidean");
    for (int i = 0; i < 40; i++) {
        (void)snprintf(id, sizeof id, "%02d", i);
        place_rc(put(db, id, V((float)i, 0, 0), i % 10), STATOR_OK);
    }
    stator_vector_query query = ask(V(0, 0, 0), 3);
    query.filter = stator_eq("n", stator_i(7));
    assert_finds(db, &query, "07 17 27 ");
    query.filter = stator_and(stator_gt("n", stator_i(7)), stator_ne("id", stator_s("08")));
    assert_finds(db, &query, "09 18 19 ");
    query.oversample = 1;
    assert_finds(db, &query, "09 18 19 ");
}

static void test_vector_query_filter_rejects_all(void **state)
{
    (void)state;
    if (!place_is_local()) return;
    create(db, NULL);
    put_axes(db);
    stator_vector_query query = ask(V(1, 0, 0), 3);
    query.filter = stator_eq("n", stator_i(99));
    assert_finds(db, &query, "");
}

/* ---- misuse; many at once */

static void test_vector_misuse_is_told(void **state)
{
    (void)state;
    stator_result *r = NULL;
    if (!place_is_local()) return;
    create(db, NULL);
    stator_vector_query query = ask(V(1, 0, 0), 3);
    place_rc(stator_query_vector_(db, t, NULL, &query), STATOR_E_MISUSE);
    place_rc(stator_query_vector_(db, t, &r, NULL), STATOR_E_MISUSE);
    query.vector = NULL;
    place_rc(stator_query_vector_(db, t, &r, &query), STATOR_E_MISUSE);
    query = ask(V(1, 0, 0), -1);
    place_rc(stator_query_vector_(db, t, &r, &query), STATOR_E_INVALID);
    query = ask(V(1, 0, 0), 1);
    query.oversample = 0.5;
    place_rc(stator_query_vector_(db, t, &r, &query), STATOR_E_INVALID);
    query = ask(V(1, 0, 0), 1);
    query.index = "far";
    place_error(stator_query_vector_(db, t, &r, &query), STATOR_E_NO_INDEX,
                "The table does not have the specified index: far");
    place_rc(stator_create_vector_index(db, t, .attr = "v", .dims = 3), STATOR_E_MISUSE);
    place_rc(stator_create_vector_index(db, t, .name = "far", .dims = 3), STATOR_E_MISUSE);
    place_rc(stator_drop_vector_index(db, t, NULL), STATOR_E_MISUSE);
    place_rc(stator_drop_vector_index(db, t, ""), STATOR_E_INVALID);
    place_rc(stator_list_vector_indexes(db, t, NULL), STATOR_E_MISUSE);
    assert_null(r);
}

static atomic_bool over;

static void *write_main(void *arg)
{
    char id[16];
    for (int i = 0; i < ROUNDS; i++) {
        (void)snprintf(id, sizeof id, "%d-%d", *(const int *)arg, i % 20);
        assert_int_equal(put(db, id, V((float)(i % 20), 1, 0), i), STATOR_OK);
        if (i % 5 == 4)
            assert_int_equal(stator_delete(db, t, STATOR_KEY({"id", stator_s(id)})), STATOR_OK);
    }
    return NULL;
}

static void *query_main(void *arg)
{
    (void)arg;
    while (!atomic_load(&over)) {
        stator_result *r = NULL;
        double scores[5];
        stator_vector_query query = ask(V(7, 1, 0), 5);
        query.scores = scores;
        assert_int_equal(stator_query_vector_(db, t, &r, &query), STATOR_OK);
        for (size_t i = 1; i < stator_result_count(r); i++) assert_true(scores[i - 1] <= scores[i]);
        stator_result_free(r);
    }
    return NULL;
}

static void test_vector_queries_run_beside_writes(void **state)
{
    (void)state;
    pthread_t writers[THREADS], readers[THREADS];
    int numbers[THREADS];
    int64_t count = 0;
    if (!place_is_local()) return;
    create(db, "euclidean");
    atomic_store(&over, false);
    for (int i = 0; i < THREADS; i++) {
        numbers[i] = i;
        assert_int_equal(pthread_create(&readers[i], NULL, query_main, NULL), 0);
        assert_int_equal(pthread_create(&writers[i], NULL, write_main, &numbers[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) pthread_join(writers[i], NULL);
    atomic_store(&over, true);
    for (int i = 0; i < THREADS; i++) pthread_join(readers[i], NULL);
    stator_result *r = NULL;
    stator_vector_query query = ask(V(7, 1, 0), 1000);
    place_rc(stator_query_vector_(db, t, &r, &query), STATOR_OK);
    place_rc(
        stator_count_items(db, t, &count, &(stator_query_opts){.size = sizeof(stator_query_opts)}),
        STATOR_OK);
    assert_int_equal((int64_t)stator_result_count(r), count);
    stator_result_free(r);
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH(test_vector_of_a_server_is_unsupported),
        WITH(test_create_vector_index),
        WITH(test_vector_put_and_query_cosine),
        WITH(test_vector_put_and_query_euclidean),
        WITH(test_vector_put_and_query_dot_product),
        WITH(test_vector_dimension_mismatch),
        WITH(test_vector_sparse_index),
        WITH(test_vector_top_k),
        WITH(test_vector_top_k_fewer_items),
        WITH(test_vector_index_update),
        WITH(test_vector_index_delete),
        WITH(test_vector_index_persists_across_reopen),
        WITH(test_vector_index_cold_start_rebuild),
        WITH(test_vector_index_persistence_after_updates),
        WITH(test_vector_query_with_filter),
        WITH(test_vector_query_filter_rejects_all),
        WITH(test_vector_misuse_is_told),
        WITH(test_vector_queries_run_beside_writes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
