/* batches_test.c -- many gets and many writes, on every kind of database.
 *
 * What replies that are not whole lead to stands in partial_test.c.
 */
#include <stdatomic.h>
#include <stdio.h>

#include "db/place.h"

enum { KEYS = 250 };

static stator *db;
static const char *t;

/* Items "00000" … with n = their number, for those whose number is no multiple of 10. */
struct many {
    char texts[KEYS][8];
    stator_attr attrs[KEYS][2];
    stator_val keys[KEYS];
};
static struct many many;

static void make_keys(void)
{
    for (int i = 0; i < KEYS; i++) {
        many.attrs[i][0] = (stator_attr){"PK", stator_sf(many.texts[i], "%05d", i)};
        many.attrs[i][1] = (stator_attr){"SK", stator_s("x")};
        many.keys[i] = stator_map(many.attrs[i], 2);
    }
}

static void fill(void)
{
    stator_batch *batch = NULL;
    place_rc(stator_batch_new(db, NULL, &batch), STATOR_OK);
    for (int i = 0; i < KEYS; i++) {
        if (i % 10 == 0) continue;
        place_rc(
            stator_batch_put(batch, t,
                             STATOR_M({"PK", stator_s(many.texts[i])}, {"SK", stator_s("x")},
                                      {"n", stator_i(i)}, {"m", STATOR_M({"k", stator_i(i)})})),
            STATOR_OK);
    }
    place_rc(stator_batch_flush(batch), STATOR_OK);
    assert_int_equal(stator_batch_left(batch), 0);
    stator_batch_free(batch);
}

static int set_up(void **state)
{
    (void)state;
    db = place_open();
    t = place_table(db, "PK:S, SK:S");
    make_keys();
    return 0;
}

static int set_up_full(void **state)
{
    (void)set_up(state);
    fill();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    place_close(db);
    return 0;
}

/* ---- getting */

static void check_item(const stator_result *r, size_t at, int number)
{
    const stator_node *item = stator_result_item(r, at);
    if (number % 10 == 0) {
        assert_null(item);
    } else {
        assert_int_equal(stator_int(item, "n", -1), number);
        assert_string_equal(stator_str(item, "PK"), many.texts[number]);
    }
    assert_false(stator_result_unread(r, at));
}

static void test_batch_get_basic(void **state)
{
    (void)state;
    stator_result *r = NULL;
    place_rc(stator_batch_get(db, t, &r, many.keys, KEYS), STATOR_OK);
    assert_int_equal(stator_result_count(r), KEYS);
    for (int i = 0; i < KEYS; i++) check_item(r, (size_t)i, i);
    stator_result_free(r);
}

static void test_batch_get_some_missing(void **state)
{
    (void)state;
    stator_result *r = NULL;
    const stator_val keys[] = {many.keys[10], many.keys[7], many.keys[20]};
    place_rc(stator_batch_get(db, t, &r, keys, ARRAY_COUNT(keys)), STATOR_OK);
    assert_int_equal(stator_result_count(r), 3);
    check_item(r, 0, 10);
    check_item(r, 1, 7);
    check_item(r, 2, 20);
    stator_result_free(r);
}

static void test_batch_get_empty(void **state)
{
    (void)state;
    stator_result *r = NULL;
    place_rc(stator_batch_get(db, t, &r, NULL, 0), STATOR_OK);
    assert_non_null(r);
    assert_int_equal(stator_result_count(r), 0);
    stator_result_free(r);
}

static void test_batch_get_single(void **state)
{
    (void)state;
    stator_result *r = NULL;
    place_rc(stator_batch_get(db, t, &r, &many.keys[3], 1, .consistent = true), STATOR_OK);
    check_item(r, 0, 3);
    stator_result_free(r);
}

static void test_batch_get__one_key_at_many_positions(void **state)
{
    (void)state;
    static const int numbers[] = {5, 6, 5, 10, 5, 10, 6};
    stator_val keys[ARRAY_COUNT(numbers)];
    stator_result *r = NULL;
    for (size_t i = 0; i < ARRAY_COUNT(numbers); i++) keys[i] = many.keys[numbers[i]];
    place_rc(stator_batch_get(db, t, &r, keys, ARRAY_COUNT(numbers)), STATOR_OK);
    for (size_t i = 0; i < ARRAY_COUNT(numbers); i++) check_item(r, i, numbers[i]);
    stator_result_free(r);
}

/* 1, 1.0 and 1E0 are one number, and so one key. */
static void test_batch_get__keys_are_equal_as_values(void **state)
{
    (void)state;
    stator_result *r = NULL;
    const char *table = place_table(db, "id:N");
    place_rc(stator_put(db, table, STATOR_M({"id", stator_i(1)}, {"x", stator_s("one")})),
             STATOR_OK);
    const stator_val keys[] = {STATOR_KEY({"id", stator_n("1.0")}), STATOR_KEY({"id", stator_i(1)}),
                               STATOR_KEY({"id", stator_n("1E0")})};
    place_rc(stator_batch_get(db, table, &r, keys, 3), STATOR_OK);
    for (size_t i = 0; i < 3; i++)
        assert_string_equal(stator_str(stator_result_item(r, i), "x"), "one");
    stator_result_free(r);
}

static void test_batch_get__select_brings_the_key_along(void **state)
{
    (void)state;
    stator_result *r = NULL;
    place_rc(stator_batch_get(db, t, &r, &many.keys[3], 2, .select = "m.k"), STATOR_OK);
    place_json(stator_result_item(r, 0), "{\"PK\":\"00003\",\"SK\":\"x\",\"m\":{\"k\":3}}");
    place_json(stator_result_item(r, 1), "{\"PK\":\"00004\",\"SK\":\"x\",\"m\":{\"k\":4}}");
    stator_result_free(r);
    place_rc(stator_batch_get(db, t, &r, &many.keys[3], 1, .select = "SK, n"), STATOR_OK);
    place_json(stator_result_item(r, 0), "{\"PK\":\"00003\",\"SK\":\"x\",\"n\":3}");
    stator_result_free(r);
}

static void test_batch_get__parallel_and_small_chunks_give_the_same(void **state)
{
    (void)state;
    static const int chunks[] = {1, 7, 100, 1000};
    for (size_t c = 0; c < ARRAY_COUNT(chunks); c++) {
        stator_result *r = NULL;
        place_rc(stator_batch_get(db, t, &r, many.keys, KEYS, .chunk = chunks[c], .parallel = 5),
                 STATOR_OK);
        for (int i = 0; i < KEYS; i++) check_item(r, (size_t)i, i);
        stator_result_free(r);
    }
}

/* ---- what the application hears of chunks */

struct heard {
    size_t done[KEYS];
    size_t count;
    size_t total;
    atomic_int inside;
    int inside_max;
};

static void hear(void *ud, size_t done, size_t total)
{
    struct heard *heard = ud;
    const int inside = atomic_fetch_add(&heard->inside, 1) + 1;
    if (inside > heard->inside_max) heard->inside_max = inside;
    heard->done[heard->count++] = done;
    heard->total = total;
    atomic_fetch_sub(&heard->inside, 1);
}

static void test_batch_get__250_keys_are_three_requests_with_progress_after_each(void **state)
{
    (void)state;
    struct heard heard = {.count = 0};
    stator_result *r = NULL;
    place_rc(stator_batch_get(db, t, &r, many.keys, KEYS, .ud = &heard, .on_progress = hear),
             STATOR_OK);
    assert_int_equal(heard.count, 3);
    assert_int_equal(heard.done[0], 100);
    assert_int_equal(heard.done[1], 200);
    assert_int_equal(heard.done[2], 250);
    assert_int_equal(heard.total, 250);
    stator_result_free(r);
}

static void test_batch_get__progress_is_told_by_one_thread_at_a_time(void **state)
{
    (void)state;
    struct heard heard = {.count = 0};
    stator_result *r = NULL;
    place_rc(stator_batch_get(db, t, &r, many.keys, KEYS, .chunk = 5, .parallel = 8, .ud = &heard,
                              .on_progress = hear),
             STATOR_OK);
    assert_int_equal(heard.count, KEYS / 5);
    assert_int_equal(heard.inside_max, 1);
    for (size_t i = 0; i < heard.count; i++) assert_int_equal(heard.done[i], 5 * (i + 1));
    stator_result_free(r);
}

struct judge {
    size_t first, n;
    int calls;
    stator_rc verdict;
    char message[100];
};

static stator_rc judge(void *ud, size_t first, size_t n, const stator_error *error)
{
    struct judge *judge = ud;
    judge->first = first;
    judge->n = n;
    judge->calls++;
    (void)snprintf(judge->message, sizeof judge->message, "%s", error->message);
    return judge->verdict;
}

static void test_batch_get__an_error_is_the_wholes(void **state)
{
    (void)state;
    stator_result *r = NULL;
    place_error(stator_batch_get(db, "none", &r, many.keys, KEYS, .parallel = 3), STATOR_E_NO_TABLE,
                "Requested resource not found");
    assert_null(r);
}

static void test_batch_get__on_chunk_error_may_go_on(void **state)
{
    (void)state;
    struct judge all = {.verdict = STATOR_OK};
    stator_result *r = NULL;
    place_rc(stator_batch_get(db, "none", &r, many.keys, KEYS, .ud = &all, .on_chunk_error = judge),
             STATOR_PARTIAL);
    assert_int_equal(all.calls, 3);
    assert_int_equal(all.first, 200);
    assert_int_equal(all.n, 50);
    assert_string_equal(all.message, "Requested resource not found");
    for (size_t i = 0; i < KEYS; i++) {
        assert_null(stator_result_item(r, i));
        assert_true(stator_result_unread(r, i));
    }
    assert_false(stator_result_unread(r, KEYS));
    stator_result_free(r);

    struct judge none = {.verdict = -55};
    place_rc(
        stator_batch_get(db, "none", &r, many.keys, KEYS, .ud = &none, .on_chunk_error = judge),
        -55);
    assert_int_equal(none.calls, 1);
    assert_null(r);
}

static void test_batch_get__wrong_keys_are_refused(void **state)
{
    (void)state;
    stator_result *r = NULL;
    const stator_val keys[] = {many.keys[1], stator_s("x")};
    const stator_val half = STATOR_KEY({"PK", stator_s("a")});
    place_rc(stator_batch_get(db, t, &r, keys, 2), STATOR_E_INVALID);
    place_rc(stator_batch_get(db, t, &r, NULL, 2), STATOR_E_MISUSE);
    place_rc(stator_batch_get(db, NULL, &r, keys, 1), STATOR_E_MISUSE);
    place_rc(stator_batch_get(db, t, NULL, keys, 1), STATOR_E_MISUSE);
    place_rc(stator_batch_get(NULL, t, &r, keys, 1), STATOR_E_MISUSE);
    place_rc(stator_batch_get_items(db, t, &r, keys, NULL), STATOR_E_MISUSE);
    place_error(stator_batch_get(db, t, &r, &half, 1), STATOR_E_INVALID,
                "The provided key element does not match the schema");
    assert_null(r);
}

/* ---- writing: the seven of TestBatchOperations */

static int64_t count_of(const char *table)
{
    int64_t n = -1;
    place_rc(stator_count(db, table, &n, (stator_cond){0}), STATOR_OK);
    return n;
}

static stator_batch *new_batch(const stator_batch_opts *opts)
{
    stator_batch *batch = NULL;
    place_rc(stator_batch_new(db, opts, &batch), STATOR_OK);
    return batch;
}

static void put_numbers(stator_batch *batch, int from, int to)
{
    for (int i = from; i < to; i++) place_rc(stator_batch_put(batch, t, many.keys[i]), STATOR_OK);
}

static void TestBatchOperations_what_is_held_is_not_written_yet(void **state)
{
    (void)state;
    stator_batch *batch = new_batch(NULL);
    put_numbers(batch, 0, 24);
    assert_int_equal(stator_batch_left(batch), 24);
    assert_int_equal(count_of(t), 0);
    stator_batch_free(batch);
    assert_int_equal(count_of(t), 0);
}

static void TestBatchOperations_25_are_sent_by_themselves(void **state)
{
    (void)state;
    stator_batch *batch = new_batch(NULL);
    put_numbers(batch, 0, 25);
    assert_int_equal(stator_batch_left(batch), 0);
    assert_int_equal(count_of(t), 25);
    put_numbers(batch, 25, 60);
    assert_int_equal(stator_batch_left(batch), 10);
    place_rc(stator_batch_flush(batch), STATOR_OK);
    assert_int_equal(count_of(t), 60);
    stator_batch_free(batch);
}

static void TestBatchOperations_puts_and_deletes_mix(void **state)
{
    (void)state;
    stator_batch *batch = new_batch(NULL);
    put_numbers(batch, 0, 10);
    place_rc(stator_batch_flush(batch), STATOR_OK);
    for (int i = 0; i < 5; i++) place_rc(stator_batch_delete(batch, t, many.keys[i]), STATOR_OK);
    put_numbers(batch, 10, 12);
    place_rc(stator_batch_flush(batch), STATOR_OK);
    assert_int_equal(count_of(t), 7);
    place_stored(db, t, "00004", "x", NULL);
    stator_batch_free(batch);
}

static void TestBatchOperations_many_tables(void **state)
{
    (void)state;
    const char *other = place_table(db, "id:N");
    stator_batch *batch = new_batch(NULL);
    for (int i = 0; i < 12; i++) {
        place_rc(stator_batch_put(batch, t, many.keys[i]), STATOR_OK);
        place_rc(stator_batch_put(batch, other, STATOR_M({"id", stator_i(i)})), STATOR_OK);
    }
    place_rc(stator_batch_flush(batch), STATOR_OK);
    assert_int_equal(count_of(t), 12);
    assert_int_equal(count_of(other), 12);
    stator_batch_free(batch);
}

/* B1: the second write of a key comes after the first. */
static void TestBatchOperations_a_second_write_of_a_key_comes_later(void **state)
{
    (void)state;
    stator_batch *batch = new_batch(NULL);
    for (int i = 0; i < 3; i++)
        place_rc(stator_batch_put(
                     batch, t,
                     STATOR_M({"PK", stator_s("a")}, {"SK", stator_s("x")}, {"n", stator_i(i)})),
                 STATOR_OK);
    assert_int_equal(stator_batch_left(batch), 1);
    place_rc(stator_batch_flush(batch), STATOR_OK);
    place_stored(db, t, "a", "x", "{\"PK\":\"a\",\"SK\":\"x\",\"n\":2}");
    place_rc(stator_batch_put(batch, t, PLACE_KEY("a", "x")), STATOR_OK);
    place_rc(stator_batch_delete(batch, t, PLACE_KEY("a", "x")), STATOR_OK);
    place_rc(stator_batch_flush(batch), STATOR_OK);
    place_stored(db, t, "a", "x", NULL);
    stator_batch_free(batch);
}

static void TestBatchOperations_chunk_and_progress(void **state)
{
    (void)state;
    struct heard heard = {.count = 0};
    const stator_batch_opts opts = {
        .size = sizeof opts, .chunk = 10, .ud = &heard, .on_progress = hear};
    stator_batch *batch = new_batch(&opts);
    put_numbers(batch, 0, 25);
    place_rc(stator_batch_flush(batch), STATOR_OK);
    assert_int_equal(heard.count, 3);
    assert_int_equal(heard.done[2], 25);
    assert_int_equal(heard.total, 25);
    stator_batch_free(batch);
}

static void TestBatchOperations_empty(void **state)
{
    (void)state;
    stator_batch *batch = new_batch(NULL);
    place_rc(stator_batch_flush(batch), STATOR_OK);
    assert_int_equal(stator_batch_left(batch), 0);
    stator_batch_free(batch);
    stator_batch_free(NULL);
    assert_int_equal(stator_batch_left(NULL), 0);
}

/* What a program made of its literals may end as soon as the write is added. */
static void test_batch__writes_are_copied(void **state)
{
    (void)state;
    stator_batch *batch = new_batch(NULL);
    char pk[8] = "a";
    place_rc(stator_batch_put(batch, t, PLACE_KEY(pk, "x")), STATOR_OK);
    pk[0] = 'b';
    place_rc(stator_batch_put(batch, t, PLACE_KEY(pk, "x")), STATOR_OK);
    place_rc(stator_batch_flush(batch), STATOR_OK);
    assert_int_equal(count_of(t), 2);
    stator_batch_free(batch);
}

/* Large items go in requests that are small enough: 25 of 390 KB would be almost 10 MB. */
static void test_batch__large_items_are_sent_in_time(void **state)
{
    (void)state;
    enum { LARGE = 390 << 10 };
    char *text = realloc(NULL, LARGE + 1);
    memset(text, '\x01', LARGE); /* which JSON writes with six bytes */
    text[LARGE] = '\0';
    stator_batch *batch = new_batch(NULL);
    for (int i = 0; i < 25; i++)
        place_rc(stator_batch_put(batch, t,
                                  STATOR_M({"PK", stator_s(many.texts[i])}, {"SK", stator_s("x")},
                                           {"x", stator_s(text)})),
                 STATOR_OK);
    place_rc(stator_batch_flush(batch), STATOR_OK);
    assert_int_equal(count_of(t), 25);
    stator_batch_free(batch);

    stator_result *r = NULL;
    place_rc(stator_batch_get(db, t, &r, many.keys, 26, .retry = &STATOR_RETRY_NONE),
             STATOR_OK); /* less than 16 MB */
    for (size_t i = 0; i < 25; i++)
        assert_int_equal(stator_len(stator_at(stator_result_item(r, i), "x")), LARGE);
    stator_result_free(r);
    free(text);
}

/* A reply of DynamoDB's has 16 MB; the rest is asked for again, at once when that is all. */
static void test_batch_get__more_than_one_reply_can_hold(void **state)
{
    (void)state;
    enum { LARGE = 300 << 10, COUNT = 70 };
    char *text = realloc(NULL, LARGE + 1);
    memset(text, 'x', LARGE);
    text[LARGE] = '\0';
    for (int i = 0; i < COUNT; i++)
        place_rc(stator_put(db, t,
                            STATOR_M({"PK", stator_s(many.texts[i])}, {"SK", stator_s("x")},
                                     {"x", stator_s(text)})),
                 STATOR_OK);
    stator_result *r = NULL;
    place_rc(stator_batch_get(db, t, &r, many.keys, COUNT), STATOR_OK);
    for (size_t i = 0; i < COUNT; i++)
        assert_int_equal(stator_len(stator_at(stator_result_item(r, i), "x")), LARGE);
    stator_result_free(r);
    place_rc(stator_batch_get(db, t, &r, many.keys, COUNT, .retry = &STATOR_RETRY_NONE),
             STATOR_PARTIAL);
    size_t unread = 0;
    for (size_t i = 0; i < COUNT; i++) {
        assert_int_equal(stator_result_unread(r, i), stator_result_item(r, i) == NULL);
        unread += stator_result_unread(r, i) ? 1 : 0;
    }
    assert_true(unread > 0 && unread < COUNT);
    stator_result_free(r);
    free(text);
}

static void test_batch__wrong_writes_are_refused_and_the_others_stay(void **state)
{
    (void)state;
    stator_batch *batch = new_batch(NULL);
    place_rc(stator_batch_put(batch, t, many.keys[1]), STATOR_OK);
    place_rc(stator_batch_put(batch, t, stator_s("x")), STATOR_E_INVALID);
    place_rc(stator_batch_put(batch, NULL, many.keys[1]), STATOR_E_MISUSE);
    place_rc(stator_batch_put(batch, "none", many.keys[1]), STATOR_E_NO_TABLE);
    place_rc(stator_batch_delete(batch, "t\xff", many.keys[1]), STATOR_E_INVALID);
    assert_int_equal(stator_batch_left(batch), 1);
    place_rc(stator_batch_flush(batch), STATOR_OK);
    place_rc(stator_batch_delete(batch, "none", many.keys[1]), STATOR_OK);
    place_rc(stator_batch_flush(batch), STATOR_E_NO_TABLE);
    assert_int_equal(stator_batch_left(batch), 1);
    stator_batch_free(batch);
    place_rc(stator_batch_put(NULL, t, many.keys[1]), STATOR_E_MISUSE);
    place_rc(stator_batch_flush(NULL), STATOR_E_MISUSE);
    place_rc(stator_batch_new(NULL, NULL, &batch), STATOR_E_MISUSE);
    assert_null(batch);
    place_rc(stator_batch_new(db, NULL, NULL), STATOR_E_MISUSE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
#define TEST_FULL(name) cmocka_unit_test_setup_teardown(name, set_up_full, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_FULL(test_batch_get_basic),
        TEST_FULL(test_batch_get_some_missing),
        TEST_FULL(test_batch_get_empty),
        TEST_FULL(test_batch_get_single),
        TEST_FULL(test_batch_get__one_key_at_many_positions),
        TEST(test_batch_get__keys_are_equal_as_values),
        TEST_FULL(test_batch_get__select_brings_the_key_along),
        TEST_FULL(test_batch_get__parallel_and_small_chunks_give_the_same),
        TEST_FULL(test_batch_get__250_keys_are_three_requests_with_progress_after_each),
        TEST_FULL(test_batch_get__progress_is_told_by_one_thread_at_a_time),
        TEST(test_batch_get__an_error_is_the_wholes),
        TEST(test_batch_get__on_chunk_error_may_go_on),
        TEST(test_batch_get__wrong_keys_are_refused),
        TEST(TestBatchOperations_what_is_held_is_not_written_yet),
        TEST(TestBatchOperations_25_are_sent_by_themselves),
        TEST(TestBatchOperations_puts_and_deletes_mix),
        TEST(TestBatchOperations_many_tables),
        TEST(TestBatchOperations_a_second_write_of_a_key_comes_later),
        TEST(TestBatchOperations_chunk_and_progress),
        TEST(TestBatchOperations_empty),
        TEST(test_batch__writes_are_copied),
        TEST(test_batch__large_items_are_sent_in_time),
        TEST(test_batch_get__more_than_one_reply_can_hold),
        TEST(test_batch__wrong_writes_are_refused_and_the_others_stay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
