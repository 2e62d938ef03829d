/* stream_test.c -- the changes of a table, on every kind of database: what is recorded, in which
 * order, what a view shows, positions, and how following waits and ends. It runs against a server
 * whose streams have several shards as well (everywhere.py shards).
 */
#include <pthread.h>
#include <stdio.h>
#include <time.h>

#include "db/place.h"
#include "stator/engine.h"

enum { S = 1000000, MS = 1000 };

static stator *db;

static int set_up(void **state)
{
    (void)state;
    db = place_open();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    place_close(db);
    return 0;
}

/* A table with the key "PK:S, SK:S" and a stream. */
static const char *table_with(const char *view)
{
    const char *table = place_name("streamed");
    place_rc(stator_create_table(db, .name = table, .key = "PK:S, SK:S", .stream = view),
             STATOR_OK);
    return table;
}

static stator_stream *follow(const char *table, const char *from)
{
    stator_stream *stream = NULL;
    place_rc(stator_stream_open(db, table, from, &stream), STATOR_OK);
    assert_non_null(stream);
    return stream;
}

static stator_change next_of(stator_stream *stream)
{
    stator_change change;
    place_rc(stator_stream_next(stream, 5 * S, &change), STATOR_OK);
    assert_non_null(change.seq);
    return change;
}

static int64_t number_of(const stator_node *image)
{
    return strtol(stator_num(image, "n"), NULL, 10);
}

static void assert_none(stator_stream *stream)
{
    stator_change change;
    place_rc(stator_stream_next(stream, 0, &change), STATOR_DONE);
    assert_null(change.seq);
    assert_null(change.keys);
}

/* All that the stream has, in one line: "I a/1, M a/1, R a/1". */
static void assert_changes(const char *table, const char *from, const char *expected)
{
    char text[2000] = "";
    size_t len = 0;
    stator_stream *stream = follow(table, from);
    stator_change change;
    stator_rc rc = STATOR_OK;
    while ((rc = stator_stream_next(stream, 0, &change)) == STATOR_OK)
        len += (size_t)snprintf(text + len, sizeof text - len, "%s%c %s/%s", len > 0 ? ", " : "",
                                "?IMR"[change.kind], stator_str(change.keys, "PK"),
                                stator_str(change.keys, "SK"));
    assert_true(rc == STATOR_DONE || rc == STATOR_NOT_FOUND);
    assert_string_equal(text, expected);
    stator_stream_close(stream);
}

static void remove_item(const char *table, const char *pk, const char *sk)
{
    place_rc(stator_delete(db, table, PLACE_KEY(pk, sk)), STATOR_OK);
}

/* ---- what is recorded */

static void test_stream_insert_event(void **state)
{
    (void)state;
    const char *t = table_with("NEW_AND_OLD_IMAGES");
    const int64_t before_us = stator_now(db);
    place_put(db, t, "a", "1", 7);
    stator_stream *stream = follow(t, "TRIM_HORIZON");
    const stator_change change = next_of(stream);
    assert_int_equal(change.kind, STATOR_CHANGE_INSERT);
    assert_false(change.by_ttl);
    assert_true(change.when_us >= before_us - 2 * S && change.when_us <= stator_now(db) + S);
    place_json(change.keys, "{\"PK\":\"a\",\"SK\":\"1\"}");
    place_json(change.new_image, "{\"PK\":\"a\",\"SK\":\"1\",\"n\":7}");
    assert_null(change.old_image);
    assert_none(stream);
    stator_stream_close(stream);
}

static void test_stream_modify_event(void **state)
{
    (void)state;
    const char *t = table_with("NEW_AND_OLD_IMAGES");
    place_put(db, t, "a", "1", 7);
    place_rc(stator_update(db, t, PLACE_KEY("a", "1"), stator_set("n", stator_i(8))), STATOR_OK);
    stator_stream *stream = follow(t, "TRIM_HORIZON");
    (void)next_of(stream);
    const stator_change change = next_of(stream);
    assert_int_equal(change.kind, STATOR_CHANGE_MODIFY);
    place_json(change.keys, "{\"PK\":\"a\",\"SK\":\"1\"}");
    stator_stream_close(stream);
}

static void test_stream_remove_event(void **state)
{
    (void)state;
    const char *t = table_with("NEW_AND_OLD_IMAGES");
    place_put(db, t, "a", "1", 7);
    remove_item(t, "a", "1");
    remove_item(t, "a", "1"); /* what is not there is not removed */
    stator_stream *stream = follow(t, "TRIM_HORIZON");
    (void)next_of(stream);
    const stator_change change = next_of(stream);
    assert_int_equal(change.kind, STATOR_CHANGE_REMOVE);
    assert_false(change.by_ttl);
    place_json(change.old_image, "{\"PK\":\"a\",\"SK\":\"1\",\"n\":7}");
    assert_null(change.new_image);
    assert_none(stream);
    stator_stream_close(stream);
}

static void test_stream_no_record_of_a_write_that_changes_nothing(void **state)
{
    (void)state;
    const char *t = table_with("NEW_IMAGE");
    place_put(db, t, "a", "1", 7);
    place_put(db, t, "a", "1", 7);
    place_rc(stator_put(db, t, STATOR_M({"PK", stator_s("a")}, {"SK", stator_s("1")}),
                        .condition = stator_not_exists("PK")),
             STATOR_CONDITION_FAILED);
    assert_changes(t, "TRIM_HORIZON", "I a/1");
}

static void test_stream_sequence_ordering(void **state)
{
    (void)state;
    const char *t = table_with("NEW_IMAGE");
    char before[100] = "";
    for (int64_t i = 0; i < 50; i++) place_put(db, t, "a", "1", i);
    stator_stream *stream = follow(t, "TRIM_HORIZON");
    for (int64_t i = 0; i < 50; i++) {
        const stator_change change = next_of(stream);
        assert_int_equal(number_of(change.new_image), i);
        assert_true(strlen(change.seq) > strlen(before) ||
                    (strlen(change.seq) == strlen(before) && strcmp(change.seq, before) > 0));
        assert_true(strlen(change.seq) < sizeof before);
        memcpy(before, change.seq, strlen(change.seq) + 1);
    }
    stator_stream_close(stream);
}

/* ---- views */

static void assert_images(const char *view, const char *old_image, const char *new_image)
{
    const char *t = table_with(view);
    place_put(db, t, "a", "1", 7);
    place_put(db, t, "a", "1", 8);
    stator_stream *stream = follow(t, "TRIM_HORIZON");
    (void)next_of(stream);
    const stator_change change = next_of(stream);
    place_json(change.keys, "{\"PK\":\"a\",\"SK\":\"1\"}");
    place_json(change.old_image, old_image);
    place_json(change.new_image, new_image);
    stator_stream_close(stream);
}

#define OLD "{\"PK\":\"a\",\"SK\":\"1\",\"n\":7}"
#define NEW "{\"PK\":\"a\",\"SK\":\"1\",\"n\":8}"

static void test_stream_keys_only_view(void **state)
{
    (void)state;
    assert_images("KEYS_ONLY", NULL, NULL);
}

static void test_stream_new_image(void **state)
{
    (void)state;
    assert_images("NEW_IMAGE", NULL, NEW);
}

static void test_stream_old_image(void **state)
{
    (void)state;
    assert_images("OLD_IMAGE", OLD, NULL);
}

static void test_stream_new_and_old_images(void **state)
{
    (void)state;
    assert_images("NEW_AND_OLD_IMAGES", OLD, NEW);
}

static void test_stream_modify_images_correct(void **state)
{
    (void)state;
    const char *t = table_with("NEW_AND_OLD_IMAGES");
    place_rc(stator_put(db, t,
                        STATOR_M({"PK", stator_s("a")}, {"SK", stator_s("1")},
                                 {"m", STATOR_M({"x", stator_i(1)}, {"y", stator_s("y")})})),
             STATOR_OK);
    place_rc(stator_update(db, t, PLACE_KEY("a", "1"), stator_set("m.x", stator_i(2))), STATOR_OK);
    place_rc(stator_update(db, t, PLACE_KEY("a", "1"), stator_remove("m.y")), STATOR_OK);
    stator_stream *stream = follow(t, "TRIM_HORIZON");
    (void)next_of(stream);
    stator_change change = next_of(stream);
    place_json(stator_at(change.old_image, "m"), "{\"x\":1,\"y\":\"y\"}");
    place_json(stator_at(change.new_image, "m"), "{\"x\":2,\"y\":\"y\"}");
    change = next_of(stream);
    place_json(stator_at(change.old_image, "m"), "{\"x\":2,\"y\":\"y\"}");
    place_json(stator_at(change.new_image, "m"), "{\"x\":2}");
    stator_stream_close(stream);
}

/* ---- on and off */

static void test_stream_disabled_no_records(void **state)
{
    (void)state;
    const char *t = place_table(db, "PK:S, SK:S");
    stator_stream *stream = NULL;
    char message[200];
    place_put(db, t, "a", "1", 1);
    (void)snprintf(message, sizeof message, "table \"%s\" has no stream", t);
    place_error(stator_stream_open(db, t, "TRIM_HORIZON", &stream), STATOR_E_INVALID, message);
    assert_null(stream);
}

static void test_stream_enable_on_existing_table(void **state)
{
    (void)state;
    const char *t = place_table(db, "PK:S, SK:S");
    place_put(db, t, "before", "1", 1);
    place_rc(stator_set_stream(db, t, "NEW_IMAGE"), STATOR_OK);
    place_put(db, t, "after", "1", 1);
    assert_changes(t, "TRIM_HORIZON", "I after/1");
}

static void test_stream_disable_preserves_records(void **state)
{
    (void)state;
    const char *t = table_with("NEW_IMAGE");
    stator_stream *stream = follow(t, "LATEST");
    stator_change change;
    place_put(db, t, "a", "1", 1);
    place_rc(stator_set_stream(db, t, NULL), STATOR_OK);
    place_put(db, t, "b", "1", 1);
    assert_changes(t, "TRIM_HORIZON", "I a/1");
    assert_string_equal(stator_str(next_of(stream).keys, "PK"), "a");
    for (int i = 0; i < 2; i++) /* nothing will come */
        place_rc(stator_stream_next(stream, 60 * (int64_t)S, &change), STATOR_NOT_FOUND);
    stator_stream_close(stream);
}

static void test_stream_enabled_again_is_another(void **state)
{
    (void)state;
    const char *t = table_with("NEW_IMAGE");
    stator_stream *first = follow(t, "TRIM_HORIZON");
    stator_change change;
    place_put(db, t, "a", "1", 1);
    place_rc(stator_set_stream(db, t, NULL), STATOR_OK);
    place_rc(stator_set_stream(db, t, "KEYS_ONLY"), STATOR_OK);
    place_put(db, t, "b", "1", 1);
    assert_changes(t, "TRIM_HORIZON", "I b/1");
    assert_changes(t, stator_stream_position(first), "I a/1");
    (void)next_of(first);
    place_rc(stator_stream_next(first, 0, &change), STATOR_NOT_FOUND);
    stator_stream_close(first);
}

/* ---- many at once */

static void test_stream_transaction_multiple_records(void **state)
{
    (void)state;
    const char *t = table_with("NEW_IMAGE");
    stator_tx *tx = stator_tx_new(db);
    place_put(db, t, "a", "gone", 1);
    for (int i = 0; i < 3; i++) {
        const char *const sks[] = {"1", "2", "3"};
        (void)stator_tx_put(tx, t, STATOR_M({"PK", stator_s("a")}, {"SK", stator_s(sks[i])}));
    }
    (void)stator_tx_delete(tx, t, PLACE_KEY("a", "gone"));
    place_rc(stator_tx_commit(tx, NULL), STATOR_OK);
    (void)stator_tx_put(tx, t, STATOR_M({"PK", stator_s("b")}, {"SK", stator_s("1")}));
    (void)stator_tx_check(tx, t, PLACE_KEY("a", "1"), .condition = stator_not_exists("PK"));
    place_rc(stator_tx_commit(tx, NULL), STATOR_CONDITION_FAILED);
    stator_tx_free(tx);
    assert_changes(t, "TRIM_HORIZON", "I a/gone, I a/1, I a/2, I a/3, R a/gone");
}

static void test_stream_batch_write_records(void **state)
{
    (void)state;
    const char *t = table_with("KEYS_ONLY");
    stator_batch *batch = NULL;
    place_put(db, t, "a", "gone", 1);
    place_rc(stator_batch_new(db, NULL, &batch), STATOR_OK);
    for (int i = 0; i < 3; i++) {
        const char *const sks[] = {"1", "2", "3"};
        place_rc(
            stator_batch_put(batch, t, STATOR_M({"PK", stator_s("a")}, {"SK", stator_s(sks[i])})),
            STATOR_OK);
    }
    place_rc(stator_batch_delete(batch, t, PLACE_KEY("a", "gone")), STATOR_OK);
    place_rc(stator_batch_flush(batch), STATOR_OK);
    stator_batch_free(batch);
    assert_changes(t, "TRIM_HORIZON", "I a/gone, I a/1, I a/2, I a/3, R a/gone");
}

/* ---- positions */

static void test_stream_a_position_goes_on_from_there(void **state)
{
    (void)state;
    const char *t = table_with("NEW_IMAGE");
    enum { COUNT = 20 };
    char kept[2000];
    for (int64_t i = 0; i < COUNT; i++) place_put(db, t, "a", "1", i);
    stator_stream *stream = follow(t, "TRIM_HORIZON");
    for (int64_t i = 0; i < COUNT; i++) {
        assert_int_equal(number_of(next_of(stream).new_image), i);
        const char *position = stator_stream_position(stream);
        assert_true(strlen(position) < sizeof kept);
        memcpy(kept, position, strlen(position) + 1);
        stator_stream_close(stream);
        stream = follow(t, kept);
    }
    assert_none(stream);
    place_put(db, t, "a", "1", COUNT);
    (void)next_of(stream);
    stator_stream_close(stream);
}

static void test_stream_each_item_is_told_in_its_order_whoever_goes_on(void **state)
{
    (void)state;
    const char *t = table_with("NEW_IMAGE");
    enum { ITEMS = 30, TURNS = 4 };
    int64_t told[ITEMS] = {0};
    char pk[20];
    stator_stream *stream = follow(t, "TRIM_HORIZON");
    for (int64_t turn = 1; turn <= TURNS; turn++)
        for (int i = 0; i < ITEMS; i++) {
            (void)snprintf(pk, sizeof pk, "%d", i);
            place_put(db, t, pk, "1", turn);
        }
    for (int i = 0; i < ITEMS * TURNS; i++) {
        const stator_change change = next_of(stream);
        const long item = strtol(stator_str(change.keys, "PK"), NULL, 10);
        assert_int_equal(number_of(change.new_image), ++told[item]);
        if (i % 7 != 0) continue;
        char *kept = strdup(stator_stream_position(stream));
        stator_stream_close(stream);
        stream = follow(t, kept);
        free(kept);
    }
    assert_none(stream);
    stator_stream_close(stream);
}

static void test_stream_latest_gives_what_comes(void **state)
{
    (void)state;
    const char *t = table_with("NEW_IMAGE");
    place_put(db, t, "a", "1", 1);
    stator_stream *streams[] = {follow(t, "LATEST"), follow(t, NULL)};
    for (int i = 0; i < 2; i++) assert_none(streams[i]);
    place_put(db, t, "b", "1", 1);
    for (int i = 0; i < 2; i++) {
        assert_string_equal(stator_str(next_of(streams[i]).keys, "PK"), "b");
        assert_none(streams[i]);
        stator_stream_close(streams[i]);
    }
}

static void test_stream_from_something_else_is_refused(void **state)
{
    (void)state;
    const char *t = table_with("NEW_IMAGE");
    const char *other = table_with("NEW_IMAGE");
    stator_stream *of_other = follow(other, "TRIM_HORIZON");
    const char *const bad[] = {
        "",
        "latest",
        "TRIM_HORIZON ",
        "arn:aws:dynamodb:us-east-1:000000000000:table/x/stream/y",
        "|",
        "x|y",
        "x|y=",
        "x|y=z",
        "x|y=1=1",
        "x|=1",
        "x|y=1,y=2",
        "x|y=T,,z=T",
        stator_stream_position(of_other),
    };
    for (size_t i = 0; i < ARRAY_COUNT(bad); i++) {
        stator_stream *stream = NULL;
        place_rc(stator_stream_open(db, t, bad[i], &stream), STATOR_E_INVALID);
        assert_null(stream);
    }
    stator_stream_close(of_other);
    stator_stream *stream = NULL;
    place_rc(stator_stream_open(db, place_name("missing"), NULL, &stream), STATOR_E_NO_TABLE);
}

/* ---- retention */

static int64_t written; /* by put_many */

static void put_many(const char *table, int64_t count)
{
    stator_batch *batch = NULL;
    char sk[20];
    place_rc(stator_batch_new(db, NULL, &batch), STATOR_OK);
    for (int64_t i = 0; i < count; i++)
        place_rc(stator_batch_put(batch, table,
                                  STATOR_M({"PK", stator_s("a")},
                                           {"SK", stator_sf(sk, "%d", (int)(written++))})),
                 STATOR_OK);
    place_rc(stator_batch_flush(batch), STATOR_OK);
    stator_batch_free(batch);
}

static int64_t count_changes(const char *table)
{
    int64_t count = 0;
    stator_stream *stream = follow(table, "TRIM_HORIZON");
    stator_change change;
    while (stator_stream_next(stream, 0, &change) == STATOR_OK) count++;
    stator_stream_close(stream);
    return count;
}

static void test_stream_retention_max_count(void **state)
{
    (void)state;
    const char *t = table_with("NEW_IMAGE");
    if (!place_is_local()) {
        place_rc(stator_stream_retain(db, t, 0, 100), STATOR_E_UNSUPPORTED);
        return;
    }
    put_many(t, 10);
    stator_stream *stream = follow(t, "TRIM_HORIZON");
    (void)next_of(stream);
    place_rc(stator_stream_retain(db, t, 0, 100), STATOR_OK);
    for (int burst = 0; burst < 4; burst++) { /* what comes within two seconds may stay together */
        const struct timespec pause = {.tv_sec = 1, .tv_nsec = 100 * MS * MS};
        put_many(t, 300);
        (void)nanosleep(&pause, NULL);
    }
    const int64_t count = count_changes(t);
    assert_true(count >= 100 && count <= 800);
    char *position = strdup(stator_stream_position(stream));
    stator_stream_close(stream);
    stator_change change;
    stator_rc rc = stator_stream_open(db, t, position, &stream); /* it is too late for that */
    if (rc == STATOR_OK) rc = stator_stream_next(stream, 0, &change);
    place_rc(rc, STATOR_E_INVALID);
    stator_stream_close(stream);
    free(position);
}

static void test_stream_retention_max_age(void **state)
{
    (void)state;
    const char *t = table_with("NEW_IMAGE");
    if (!place_is_local()) return;
    put_many(t, 10);
    place_rc(stator_stream_retain(db, t, 24 * 3600 * (int64_t)S, 0), STATOR_OK);
    assert_int_equal(count_changes(t), 10);
    const struct timespec pause = {.tv_nsec = 5 * MS * MS};
    (void)nanosleep(&pause, NULL);
    place_rc(stator_stream_retain(db, t, 1, 0), STATOR_OK);
    assert_true(count_changes(t) <= 10);
    place_rc(stator_stream_retain(db, t, -1, 0), STATOR_E_INVALID);
    place_rc(stator_stream_retain(db, t, 0, -1), STATOR_E_INVALID);
    place_rc(stator_stream_retain(db, place_table(db, "PK:S"), 0, 0), STATOR_E_INVALID);
    place_rc(stator_stream_retain(db, place_name("missing"), 0, 0), STATOR_E_NO_TABLE);
}

/* ---- waiting */

static void *put_later(void *table)
{
    const struct timespec pause = {.tv_nsec = 100 * MS * MS};
    (void)nanosleep(&pause, NULL);
    place_put(db, table, "late", "1", 1);
    return NULL;
}

static int64_t ticks_us(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * S + now.tv_nsec / 1000;
}

static void test_stream_waiting_ends_with_a_commit(void **state)
{
    (void)state;
    const char *t = table_with("KEYS_ONLY");
    union {
        const char *given;
        void *wanted;
    } table = {.given = t};
    pthread_t thread;
    stator_stream *stream = follow(t, "LATEST");
    assert_int_equal(pthread_create(&thread, NULL, put_later, table.wanted), 0);
    const stator_change change = next_of(stream);
    assert_string_equal(stator_str(change.keys, "PK"), "late");
    assert_int_equal(pthread_join(thread, NULL), 0);
    stator_stream_close(stream);
}

static void test_stream_waiting_ends_with_its_time(void **state)
{
    (void)state;
    const char *t = table_with("KEYS_ONLY");
    stator_stream *stream = follow(t, "LATEST");
    stator_change change;
    const int64_t begun_us = ticks_us();
    place_rc(stator_stream_next(stream, 200 * MS, &change), STATOR_DONE);
    assert_true(ticks_us() - begun_us >= 190 * MS);
    stator_stream_close(stream);
}

static void test_stream_waiting_ends_with_a_cancel(void **state)
{
    (void)state;
    const char *t = table_with("KEYS_ONLY");
    stator_stream *stream = follow(t, "LATEST");
    stator_change change;
    struct place_canceler canceler;
    place_cancel_begin(&canceler, db);
    place_rc(stator_stream_next(stream, 60 * (int64_t)S, &change), STATOR_E_CANCELED);
    place_cancel_end(&canceler);
    place_put(db, t, "a", "1", 1);
    (void)next_of(stream); /* and may be made again */
    stator_stream_close(stream);
}

/* ---- misuse */

static void test_stream_misuse_is_told(void **state)
{
    (void)state;
    const char *t = table_with("KEYS_ONLY");
    stator_stream *stream = NULL;
    stator_change change;
    place_error(stator_stream_open(db, t, NULL, NULL), STATOR_E_MISUSE,
                "there is no `out` for the stream");
    place_rc(stator_stream_open(NULL, t, NULL, &stream), STATOR_E_MISUSE);
    place_rc(stator_stream_open(db, NULL, NULL, &stream), STATOR_E_MISUSE);
    assert_null(stream);
    stream = follow(t, NULL);
    place_error(stator_stream_next(NULL, 0, &change), STATOR_E_MISUSE,
                "stator_stream_next: `stream` or `change` is NULL");
    place_rc(stator_stream_next(stream, 0, NULL), STATOR_E_MISUSE);
    assert_null(stator_stream_position(NULL));
    stator_stream_close(NULL);
    stator_stream_close(stream);
}

static void test_stream_it_outlives_its_handle(void **state)
{
    (void)state;
    stator *other = place_open();
    const char *t = place_name("streamed");
    place_rc(stator_create_table(other, .name = t, .key = "PK:S, SK:S", .stream = "KEYS_ONLY"),
             STATOR_OK);
    stator_stream *stream = NULL;
    stator_change change;
    place_rc(stator_stream_open(other, t, NULL, &stream), STATOR_OK);
    stator_close(other);
    place_error(stator_stream_next(stream, 0, &change), STATOR_E_MISUSE, "the handle was closed");
    assert_non_null(stator_stream_position(stream));
    stator_stream_close(stream);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_stream_insert_event),
        TEST(test_stream_modify_event),
        TEST(test_stream_remove_event),
        TEST(test_stream_no_record_of_a_write_that_changes_nothing),
        TEST(test_stream_sequence_ordering),
        TEST(test_stream_keys_only_view),
        TEST(test_stream_new_image),
        TEST(test_stream_old_image),
        TEST(test_stream_new_and_old_images),
        TEST(test_stream_modify_images_correct),
        TEST(test_stream_disabled_no_records),
        TEST(test_stream_enable_on_existing_table),
        TEST(test_stream_disable_preserves_records),
        TEST(test_stream_enabled_again_is_another),
        TEST(test_stream_transaction_multiple_records),
        TEST(test_stream_batch_write_records),
        TEST(test_stream_a_position_goes_on_from_there),
        TEST(test_stream_each_item_is_told_in_its_order_whoever_goes_on),
        TEST(test_stream_latest_gives_what_comes),
        TEST(test_stream_from_something_else_is_refused),
        TEST(test_stream_retention_max_count),
        TEST(test_stream_retention_max_age),
        TEST(test_stream_waiting_ends_with_a_commit),
        TEST(test_stream_waiting_ends_with_its_time),
        TEST(test_stream_waiting_ends_with_a_cancel),
        TEST(test_stream_misuse_is_told),
        TEST(test_stream_it_outlives_its_handle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
