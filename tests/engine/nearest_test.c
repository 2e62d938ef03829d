/* nearest_test.c -- vector indexes: which items stand in them, what a search answers, and that it
 * never answers what is not there.
 *
 * The table: pk S. The index "near" is over attribute v, two numbers, Euclidean, unless a test says
 * otherwise. Closing the fixture runs the checker, which proves that every item has the vectors
 * that follow from it, and that there are no others.
 */
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#include "engine/fixture.h"
#include "os/thread.h"

enum { JSON_BYTES = 256 };

static struct fixture f;
static char *folder;

static status change_table(const struct engine_table_change *change)
{
    struct engine_table_write write = {
        .verb = ENGINE_TABLE_UPDATE, .name = SPAN("t"), .change = change};
    const status st = fixture_table_write(&f, &write);
    if (st == ST_OK) table_drop(write.description.table);
    return st;
}

static status create(const char *name, const char *attribute, struct vector_kind kind)
{
    const struct table_vectors vectors = {
        .name = span_of(name), .attribute = span_of(attribute), .kind = kind};
    return change_table(&(struct engine_table_change){.new_vectors = &vectors});
}

static status drop(const char *name)
{
    return change_table(&(struct engine_table_change){.dropped_vectors = span_of(name)});
}

static table_status state_of(const char *name)
{
    struct engine_description seen = {0};
    assert_int_equal(engine_table_describe(f.engine, SPAN("t"), &seen, &f.err), ST_OK);
    const struct table_vectors *vectors = table_find_vectors(seen.table, span_of(name));
    const table_status state = vectors == NULL ? TABLE_DELETING : vectors->status;
    table_drop(seen.table);
    return state;
}

static void wait_until_active(const char *name)
{
    for (int i = 0; i < 2000 && state_of(name) != TABLE_ACTIVE; i++) usleep(5000);
    assert_int_equal(state_of(name), TABLE_ACTIVE);
}

static int set_up(void **state)
{
    (void)state;
    folder = support_folder_new();
    fixture_open(&f, folder);
    fixture_table(&f, "t", "pk:S", NULL);
    assert_int_equal(create("near", "v", (struct vector_kind){2, VECTOR_EUCLIDEAN}), ST_OK);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fixture_close(&f);
    support_folder_free(folder);
    return 0;
}

/* ---- verbs */

static status write_in(struct fixture *fixture, engine_verb verb, const char *pk, const char *more)
{
    char json[JSON_BYTES];
    (void)snprintf(json, sizeof json, "{\"pk\":{\"S\":\"%s\"}%s}", pk, more);
    struct fixture_write write = {.verb = verb, .table = "t", .item = json};
    return fixture_write(fixture, &write);
}

static status put_json(const char *pk, const char *more)
{
    return write_in(&f, ENGINE_PUT, pk, more);
}

static status put_at(struct fixture *fixture, const char *pk, int x, int y)
{
    char more[JSON_BYTES];
    (void)snprintf(more, sizeof more,
                   ",\"v\":{\"L\":[{\"N\":\"%d\"},{\"N\":\"%d\"}]},\"x\":{\"N\":\"%d\"}", x, y, x);
    return write_in(fixture, ENGINE_PUT, pk, more);
}

static void put(const char *pk, int x, int y)
{
    assert_int_equal(put_at(&f, pk, x, y), ST_OK);
}

static void delete (const char *pk)
{
    assert_int_equal(write_in(&f, ENGINE_DELETE, pk, ""), ST_OK);
}

static status update(const char *pk, const char *expression, const char *values)
{
    char json[JSON_BYTES];
    (void)snprintf(json, sizeof json, "{\"pk\":{\"S\":\"%s\"}}", pk);
    struct fixture_write write = {
        .verb = ENGINE_UPDATE, .table = "t", .item = json, .update = expression, .values = values};
    return fixture_write(&f, &write);
}

static struct engine_nearest ask(const float at[2], uint32_t limit)
{
    return (struct engine_nearest){.table_name = SPAN("t"),
                                   .index_name = SPAN("near"),
                                   .values = at,
                                   .dimensions = 2,
                                   .limit = limit};
}

static status search(struct engine_nearest *nearest)
{
    return engine_nearest(f.engine, nearest, &f.arena, &f.err);
}

/* The keys of the answer, each followed by a blank. */
static const char *keys_of(const struct engine_nearest *nearest)
{
    char *text = arena_alloc(&f.arena, 64 + 16 * (size_t)nearest->count);
    assert_non_null(text);
    size_t len = 0;
    for (uint32_t i = 0; i < nearest->count; i++) {
        struct value pk = {0};
        assert_true(value_find(nearest->items[i], SPAN("pk"), &pk));
        len += (size_t)snprintf(text + len, 17, "%.*s ", SPAN_ARG(pk.body));
    }
    return text;
}

static void assert_nearest(int x, int y, uint32_t limit, const char *keys)
{
    const float at[2] = {(float)x, (float)y};
    struct engine_nearest nearest = ask(at, limit);
    assert_int_equal(search(&nearest), ST_OK);
    assert_string_equal(keys_of(&nearest), keys);
}

static void assert_refused(status st, const char *message)
{
    assert_int_equal(st, ST_VALIDATION);
    support_assert_text(error_text(&f.err), message);
}

/* ---- what is found */

static void test_a_search_answers_the_nearest_first(void **state)
{
    (void)state;
    put("a", 0, 0);
    put("b", 3, 4);
    put("c", 1, 0);
    assert_int_equal(put_json("none", ""), ST_OK);
    assert_nearest(0, 0, 10, "a c b ");
    assert_nearest(0, 0, 2, "a c ");
    const float at[] = {0, 0};
    struct engine_nearest nearest = ask(at, 10);
    assert_int_equal(search(&nearest), ST_OK);
    assert_true(nearest.scores[0] <= 0 && nearest.scores[0] >= 0);
    assert_true(nearest.scores[2] <= 5 && nearest.scores[2] >= 5);
}

static void test_changes_are_found_at_once(void **state)
{
    (void)state;
    put("a", 0, 0);
    put("b", 10, 10);
    assert_nearest(0, 0, 1, "a ");
    put("a", 20, 20);
    assert_nearest(0, 0, 1, "b ");
    assert_int_equal(update("a", "SET v[0] = :n, v[1] = :n", "{\":n\":{\"N\":\"1\"}}"), ST_OK);
    assert_nearest(0, 0, 2, "a b ");
    assert_int_equal(update("a", "SET x9 = :n", "{\":n\":{\"N\":\"1\"}}"), ST_OK);
    assert_nearest(0, 0, 2, "a b ");
    assert_int_equal(update("a", "REMOVE v", NULL), ST_OK);
    assert_nearest(0, 0, 2, "b ");
    delete ("b");
    assert_nearest(0, 0, 2, "");
}

static void test_a_filter_is_given_what_it_takes(void **state)
{
    (void)state;
    char pk[16];
    const float at[] = {0, 0};
    for (int i = 0; i < 100; i++) {
        (void)snprintf(pk, sizeof pk, "k%02d", i);
        put(pk, i, 0);
    }
    struct engine_nearest nearest = ask(at, 2);
    nearest.filter = fixture_filter(&f, "x >= :x", "{\":x\":{\"N\":\"90\"}}");
    assert_int_equal(search(&nearest), ST_OK);
    assert_string_equal(keys_of(&nearest), "k90 k91 ");
    nearest.filter = fixture_filter(&f, "x < :x", "{\":x\":{\"N\":\"-1\"}}");
    assert_int_equal(search(&nearest), ST_OK);
    assert_int_equal(nearest.count, 0);
}

static void test_a_dot_product_is_the_score_and_more_is_nearer(void **state)
{
    (void)state;
    const float at[] = {1, 1};
    assert_int_equal(create("dot", "v", (struct vector_kind){2, VECTOR_DOT_PRODUCT}), ST_OK);
    put("a", 1, 1);
    put("b", 5, 5);
    wait_until_active("dot");
    struct engine_nearest nearest = ask(at, 2);
    nearest.index_name = SPAN("dot");
    assert_int_equal(search(&nearest), ST_OK);
    assert_string_equal(keys_of(&nearest), "b a ");
    assert_true(nearest.scores[0] <= 10 && nearest.scores[0] >= 10);
}

static void test_an_expired_item_is_not_found(void **state)
{
    (void)state;
    assert_int_equal(fixture_ttl(&f, "t", "x", true), ST_OK);
    put("old", 1699999999, 0);
    put("new", 1700000999, 0);
    assert_nearest(1699999999, 0, 2, "new ");
    (void)fixture_sweep(&f);
    assert_nearest(1699999999, 0, 2, "new ");
}

static void test_an_item_in_the_place_of_an_expired_one_is_found(void **state)
{
    (void)state;
    put("warm", 0, 0);
    assert_nearest(0, 0, 1, "warm ");
    assert_int_equal(fixture_ttl(&f, "t", "x", true), ST_OK);
    put("a", 1699999999, 5);
    put("a", 7, 5);
    assert_nearest(7, 5, 1, "a ");
    put("b", 1699999999, 6);
    assert_int_equal(put_json("b", ""), ST_OK);
    assert_nearest(7, 5, 9, "a warm ");
}

static void test_a_snapshot_finds_what_was(void **state)
{
    (void)state;
    struct engine_snapshot *snapshot = NULL;
    put("a", 0, 0);
    put("b", 1, 1);
    assert_int_equal(engine_snapshot_begin(f.space.engine, &snapshot, &f.err), ST_OK);
    delete ("a");
    put("c", 0, 0);
    assert_nearest(0, 0, 5, "c b ");
    f.space.snapshot = snapshot;
    assert_nearest(0, 0, 5, "a b ");
    f.space.snapshot = NULL;
    engine_snapshot_end(snapshot);
}

/* ---- what is refused */

#define NOT_VALID                                                                                  \
    "One or more parameter values are not valid. One or more parameter values were invalid . "

static void test_an_item_whose_vector_does_not_fit_is_refused(void **state)
{
    (void)state;
    assert_refused(put_json("a", ",\"v\":{\"L\":[{\"N\":\"1\"}]}"),
                   NOT_VALID "Invalid size for parameter v, Expected: 2, Actual: 1. IndexName: "
                             "near");
    assert_refused(put_json("a", ",\"v\":{\"S\":\"x\"}"),
                   NOT_VALID "Invalid type for parameter v, Expected: L, Actual: S. IndexName: "
                             "near");
    assert_refused(put_json("a", ",\"v\":{\"L\":[{\"N\":\"1\"},{\"S\":\"1\"}]}"),
                   "One or more parameter values were invalid. Invalid type for parameter v[1], "
                   "Expected: 32-bit floating point number, Actual: S. IndexName: near");
    assert_refused(put_json("a", ",\"v\":{\"L\":[{\"N\":\"4E38\"},{\"N\":\"1\"}]}"),
                   NOT_VALID "Invalid value for parameter v[0], Value: "
                             "400000000000000000000000000000000000000 is outside valid range "
                             "[-3.4028235E38, 3.4028235E38]. IndexName: near");
    assert_int_equal(put_json("a", ",\"v\":{\"L\":[{\"N\":\"3.4028235E38\"},{\"N\":\"-1E-50\"}]}"),
                     ST_OK);
    assert_refused(update("a", "SET v[2] = :n", "{\":n\":{\"N\":\"1\"}}"),
                   NOT_VALID "Invalid size for parameter v, Expected: 2, Actual: 3. IndexName: "
                             "near");
}

static void test_a_search_that_does_not_fit_is_refused(void **state)
{
    (void)state;
    const float at[] = {0, 0, 0};
    const float nan[] = {0, __builtin_nanf("")};
    struct engine_nearest nearest = ask(at, 1);
    nearest.dimensions = 3;
    assert_refused(search(&nearest),
                   "Input search vector dimension 3 does not match vector index dimension 2");
    nearest = ask(nan, 1);
    assert_refused(search(&nearest),
                   "Search vector contains invalid values. All values in the search vector must be "
                   "a 32-bit floating-point number attribute");
    nearest = ask(at, 0);
    assert_refused(search(&nearest), "Provided TopK value '0' is out of valid range. The value "
                                     "must be between 1 and 10000 inclusive");
    nearest = ask(at, 1);
    nearest.index_name = SPAN("far");
    assert_refused(search(&nearest), "The table does not have the specified index: far");
}

static void test_an_index_that_cannot_be_is_refused(void **state)
{
    (void)state;
    const struct vector_kind two = {2, VECTOR_COSINE};
    assert_refused(create("near", "w", two), "Attempting to create an index which already exists");
    assert_refused(create("no", "w", two),
                   "the name of a vector index has 3 to 255 characters of a-z, A-Z, 0-9, '_', '-' "
                   "and '.'");
    assert_refused(create("more", "pk", two), "attribute pk is a part of the key and no vector");
    assert_refused(create("more", "w", (struct vector_kind){4097, VECTOR_COSINE}),
                   "a vector index has 1 to 4096 dimensions");
    assert_refused(create("more", "v", (struct vector_kind){3, VECTOR_COSINE}),
                   "vector index near of the same attribute has 2 dimensions");
    assert_refused(drop("far"), "The table does not have the specified index: far");
}

/* ---- the life of an index */

static void test_an_index_of_items_of_before_is_filled(void **state)
{
    (void)state;
    char pk[16];
    assert_int_equal(drop("near"), ST_OK);
    assert_int_equal(put_json("odd", ",\"v\":{\"S\":\"x\"}"), ST_OK);
    for (int i = 0; i < 300; i++) {
        (void)snprintf(pk, sizeof pk, "k%03d", i);
        put(pk, i, 0);
    }
    assert_int_equal(create("near", "v", (struct vector_kind){2, VECTOR_EUCLIDEAN}), ST_OK);
    put("k000", 500, 0); /* beside the filling */
    wait_until_active("near");
    assert_nearest(0, 0, 3, "k001 k002 k003 ");
    assert_nearest(500, 0, 1, "k000 ");
    assert_int_equal(update("odd", "SET x = :n", "{\":n\":{\"N\":\"1\"}}"), ST_OK);
}

static void test_an_index_is_there_after_reopening(void **state)
{
    (void)state;
    put("a", 0, 0);
    put("b", 1, 1);
    assert_nearest(1, 1, 1, "b ");
    delete ("a");
    put("b", 5, 5);
    put("c", 2, 2);
    fixture_reopen(&f, folder);
    assert_nearest(1, 1, 9, "c b ");
    put("d", 1, 1);
    assert_nearest(1, 1, 9, "d c b ");
}

static void test_a_dropped_index_takes_its_vectors_along(void **state)
{
    (void)state;
    put("a", 0, 0);
    assert_nearest(0, 0, 1, "a ");
    assert_int_equal(drop("near"), ST_OK);
    assert_int_equal(state_of("near"), TABLE_DELETING);
    const float at[] = {0, 0};
    struct engine_nearest nearest = ask(at, 1);
    assert_int_equal(search(&nearest), ST_VALIDATION);
    struct engine_stats stats = {0};
    assert_int_equal(engine_stats(f.engine, &stats, &f.arena, &f.err), ST_OK);
    assert_true(stats.vectors == 0);
    assert_int_equal(put_json("b", ",\"v\":{\"S\":\"x\"}"), ST_OK);
}

static void test_a_deleted_table_takes_its_vectors_along(void **state)
{
    (void)state;
    put("a", 0, 0);
    assert_nearest(0, 0, 1, "a ");
    struct engine_table_write write = {.verb = ENGINE_TABLE_DELETE, .name = SPAN("t")};
    assert_int_equal(fixture_table_write(&f, &write), ST_OK);
    table_drop(write.description.table);
    fixture_table(&f, "t", "pk:S", NULL);
    assert_int_equal(create("near", "v", (struct vector_kind){2, VECTOR_EUCLIDEAN}), ST_OK);
    assert_nearest(0, 0, 1, "");
}

/* ---- damage that stator check finds */

static const uint8_t whole_range[] = {'V', 'W'};

static status end_vectors(struct store_txn *txn, void *ctx)
{
    (void)ctx;
    return store_txn_delete_range(txn, (struct store_range){
                                           {whole_range,     1},
                                           {whole_range + 1, 1}
    });
}

static status put_stray(struct store_txn *txn, void *ctx)
{
    return store_txn_put(txn, SPAN("V\0\0\0\2 nobody's item, of so many bytes"),
                         *(struct span *)ctx);
}

static void note_problem(void *ctx, const char *text)
{
    char *last = ctx;
    (void)snprintf(last, JSON_BYTES, "%s", text);
}

static void assert_problem(const char *text)
{
    char last[JSON_BYTES] = "";
    struct engine_check check = {.problem = note_problem, .ctx = last};
    assert_int_equal(engine_check(f.space.engine, &check, &f.err), ST_OK);
    assert_string_equal(last, text);
}

static void test_check_finds_vectors_that_are_not_their_items(void **state)
{
    (void)state;
    struct span bytes = SPAN("8 bytes.");
    assert_problem("");
    assert_int_equal(store_write_wait(f.store, put_stray, &bytes), ST_OK);
    assert_problem("table t: index near has 1 vectors for 0 items");
    assert_int_equal(store_write_wait(f.store, end_vectors, NULL), ST_OK);
    put("a", 1, 1);
    assert_problem("");
    assert_int_equal(store_write_wait(f.store, end_vectors, NULL), ST_OK);
    assert_problem("table t: index near has 0 vectors for 1 items");
    put("a", 2, 2); /* stages it anew */
    assert_problem("");
}

/* ---- many, and many at once */

enum { MANY = 3000, WRITERS = 2, SEARCHERS = 2, ROUNDS = 400 };

static atomic_bool began, ended;

static void note_progress(void *ctx, const char *text)
{
    (void)ctx;
    if (strcmp(text, "vector index near of table t: its graph is being made, 0 of 3000 vectors") ==
        0)
        atomic_store(&began, true);
    if (strcmp(text, "vector index near of table t: its graph is complete, 3000 of 3000 vectors") ==
        0)
        atomic_store(&ended, true);
}

static void assert_told_after_reopening(void)
{
    f.note = note_progress;
    fixture_reopen(&f, folder);
    assert_nearest(27, 27, 1, "k1512 ");
    assert_true(atomic_load(&began));
    for (int i = 0; i < 4000 && !atomic_load(&ended); i++) usleep(5000);
    assert_true(atomic_load(&ended));
    assert_nearest(27, 27, 1, "k1512 ");
    f.note = NULL;
}

static void test_a_large_index_is_searched_by_its_graph(void **state)
{
    (void)state;
    char pk[16];
    const float at[] = {27, 27};
    struct engine_nearest nearest = ask(at, 3);
    for (int i = 0; i < MANY; i++) {
        (void)snprintf(pk, sizeof pk, "k%d", i);
        put(pk, i % 55, i / 55);
    }
    for (int i = 0; i < 2000; i++) {
        nearest = ask(at, 3);
        assert_int_equal(search(&nearest), ST_OK);
        if (nearest.compared < MANY / 2) break;
        usleep(5000); /* the thread is still at it */
    }
    assert_true(nearest.compared < MANY / 2);
    assert_int_equal(nearest.count, 3);
    assert_true(nearest.scores[0] <= 0);
    struct engine_stats stats = {0};
    assert_int_equal(engine_stats(f.engine, &stats, &f.arena, &f.err), ST_OK);
    assert_true(stats.vectors == MANY);
    assert_true(stats.vector_bytes > (uint64_t)MANY * 100);
    assert_told_after_reopening();
}

struct worker {
    struct fixture f;
    struct thread thread;
    int number;
};

static atomic_bool over;

/* Items of its own, put at 0 .. 9, moved and deleted again: its key tells where it may be. */
static void write_main(void *ctx)
{
    struct worker *worker = ctx;
    char pk[16];
    for (int i = 0; i < ROUNDS; i++) {
        (void)snprintf(pk, sizeof pk, "w%d-%d", worker->number, i % 50);
        if (i % 7 == 6)
            assert_int_equal(write_in(&worker->f, ENGINE_DELETE, pk, ""), ST_OK);
        else
            assert_int_equal(put_at(&worker->f, pk, worker->number, i % 10), ST_OK);
    }
}

static void search_main(void *ctx)
{
    struct worker *worker = ctx;
    const float at[] = {(float)worker->number, 5};
    while (!atomic_load(&over)) {
        struct engine_nearest nearest = ask(at, 5);
        arena_reset(&worker->f.arena);
        assert_int_equal(
            engine_nearest(worker->f.engine, &nearest, &worker->f.arena, &worker->f.err), ST_OK);
        for (uint32_t i = 1; i < nearest.count; i++)
            assert_true(nearest.scores[i - 1] <= nearest.scores[i]);
    }
}

static void start(struct worker *worker, int number, thread_fn *fn)
{
    worker->number = number;
    fixture_share(&f, &worker->f);
    assert_int_equal(thread_start(&worker->thread, "worker", fn, worker), ST_OK);
}

static void join(struct worker *worker)
{
    thread_join(&worker->thread);
    fixture_unshare(&worker->f);
}

static void test_searches_beside_writes_see_what_is_there(void **state)
{
    (void)state;
    static struct worker writers[WRITERS], searchers[SEARCHERS];
    atomic_store(&over, false);
    for (int i = 0; i < SEARCHERS; i++) start(&searchers[i], i, search_main);
    for (int i = 0; i < WRITERS; i++) start(&writers[i], i, write_main);
    for (int i = 0; i < WRITERS; i++) join(&writers[i]);
    atomic_store(&over, true);
    for (int i = 0; i < SEARCHERS; i++) join(&searchers[i]);

    const float at[] = {0, 0};
    struct fixture_page all = {.table = "t"};
    struct engine_nearest nearest = ask(at, 1000);
    assert_int_equal(fixture_page(&f, &all), ST_OK);
    assert_int_equal(search(&nearest), ST_OK);
    assert_int_equal(nearest.count, all.page.count);
}

static void test_memory_that_fails_costs_an_answer_and_nothing_else(void **state)
{
    (void)state;
    bool fired = true;
    put("a", 0, 0);
    for (uint64_t nth = 1; fired; nth++) {
        const float at[] = {1, 1};
        struct engine_nearest nearest = ask(at, 2);
        put("b", 1, 1);
        delete ("b");
        support_mem_fail_at(nth);
        const status put_status = put_at(&f, "b", 1, 1);
        const status st = put_status == ST_OK ? search(&nearest) : put_status;
        fired = support_mem_failed();
        support_mem_fail_at(0);
        if (!fired) assert_int_equal(st, ST_OK);
        if (st == ST_OK) assert_int_equal(nearest.count, 2);
        put("b", 1, 1);
        assert_nearest(1, 1, 2, "b a ");
    }
}

static struct engine_stats stats_now(void)
{
    struct engine_stats stats = {0};
    assert_int_equal(engine_stats(f.engine, &stats, &f.arena, &f.err), ST_OK);
    return stats;
}

/* The next search reads the store, so there is no need to know what was written until then. */
static void test_a_set_that_could_not_be_loaded_costs_writes_nothing(void **state)
{
    (void)state;
    const float at[] = {1, 1};
    struct engine_nearest nearest = ask(at, 2);
    status st = ST_NO_MEMORY;
    put("a", 0, 0);
    for (uint64_t nth = 1; st != ST_OK; nth++) {
        support_mem_fail_at(nth);
        st = search(&nearest);
        support_mem_fail_at(0);
        if (st == ST_OK) break;
        put("b", 1, (int)nth);
        const struct engine_stats stats = stats_now();
        if (stats.vectors == 0) assert_int_equal(stats.vector_bytes, 0);
    }
    assert_true(stats_now().vector_bytes > 0);
    put("b", 1, 1);
    assert_nearest(1, 1, 2, "b a ");
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH(test_a_search_answers_the_nearest_first),
        WITH(test_changes_are_found_at_once),
        WITH(test_a_filter_is_given_what_it_takes),
        WITH(test_a_dot_product_is_the_score_and_more_is_nearer),
        WITH(test_an_expired_item_is_not_found),
        WITH(test_an_item_in_the_place_of_an_expired_one_is_found),
        WITH(test_a_snapshot_finds_what_was),
        WITH(test_an_item_whose_vector_does_not_fit_is_refused),
        WITH(test_a_search_that_does_not_fit_is_refused),
        WITH(test_an_index_that_cannot_be_is_refused),
        WITH(test_an_index_of_items_of_before_is_filled),
        WITH(test_an_index_is_there_after_reopening),
        WITH(test_a_dropped_index_takes_its_vectors_along),
        WITH(test_a_deleted_table_takes_its_vectors_along),
        WITH(test_check_finds_vectors_that_are_not_their_items),
        WITH(test_a_large_index_is_searched_by_its_graph),
        WITH(test_searches_beside_writes_see_what_is_there),
        WITH(test_a_set_that_could_not_be_loaded_costs_writes_nothing),
        WITH(test_memory_that_fails_costs_an_answer_and_nothing_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
