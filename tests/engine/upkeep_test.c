/* upkeep_test.c -- engine_backup, engine_compact and engine_stats.
 *
 * A copy is opened by the fixture as its next folder, and checked as every fixture is when it is
 * closed: items, indexes, expiry entries and counts agree. That a copy holds one state while
 * writers go on is judged by transactions which keep a sum.
 */
#include <pthread.h>
#include <stdio.h>

#include "engine/fixture.h"

enum { PATH_BYTES = 600, ACCOUNTS = 6, EACH = 50, TRANSFERS = 120 };

#define ITEM_A "{\"n\":{\"N\":\"1\"},\"pk\":{\"S\":\"a\"}}"
#define KEY_A "{\"pk\":{\"S\":\"a\"}}"

static struct fixture f;

struct place {
    char *parent;
    char data[PATH_BYTES];
    char copy[PATH_BYTES];
};

static struct place place_new(void)
{
    struct place place = {.parent = support_folder_new()};
    (void)snprintf(place.data, PATH_BYTES, "%s/data", place.parent);
    (void)snprintf(place.copy, PATH_BYTES, "%s/copy", place.parent);
    return place;
}

static void make_tables(void)
{
    static const struct fixture_index indexes[FIXTURE_INDEXES_MAX] = {
        {.name = "by-n", .global = true, .partition = "n:N"}
    };
    fixture_indexed_table(&f, "t", "pk:S", NULL, indexes);
    assert_int_equal(fixture_ttl(&f, "t", "e", true), ST_OK);
}

static void put(const char *item)
{
    struct fixture_write write = {.verb = ENGINE_PUT, .table = "t", .item = item};
    assert_int_equal(fixture_write(&f, &write), ST_OK);
}

static uint64_t count_of(const char *table)
{
    struct engine_description told;
    assert_int_equal(engine_table_describe(f.engine, span_of(table), &told, &f.err), ST_OK);
    table_drop(told.table);
    return told.item_count;
}

/* ---- copies */

static void copy_and_open(const char *data, const char *copy)
{
    fixture_open(&f, data);
    make_tables();
    put(ITEM_A);
    put("{\"e\":{\"N\":\"1900000000\"},\"pk\":{\"S\":\"b\"}}");
    const uint64_t version = fixture_version(&f, "t", KEY_A);
    assert_int_equal(engine_backup(f.space.engine, copy, &f.err), ST_OK);
    put("{\"pk\":{\"S\":\"later\"}}");
    fixture_reopen(&f, copy);
    fixture_check(&f);
    assert_string_equal(fixture_get(&f, "t", KEY_A), ITEM_A);
    assert_int_equal(fixture_version(&f, "t", KEY_A), version);
    assert_null(fixture_get(&f, "t", "{\"pk\":{\"S\":\"later\"}}"));
    assert_int_equal(count_of("t"), 2);
    put(ITEM_A);
    assert_true(fixture_version(&f, "t", KEY_A) > version);
    fixture_close(&f);
}

static void test_backup__opens_as_the_database_it_was_made_of(void **state)
{
    (void)state;
    struct place place = place_new();
    copy_and_open(place.data, place.copy);
    support_folder_free(place.parent);
}

static void test_backup__of_one_in_memory_is_one_on_disk(void **state)
{
    (void)state;
    struct place place = place_new();
    copy_and_open(NULL, place.copy);
    support_folder_free(place.parent);
}

static void test_backup__goes_to_an_empty_place_only(void **state)
{
    (void)state;
    struct place place = place_new();
    fixture_open(&f, place.data);
    assert_int_equal(engine_backup(f.space.engine, place.data, &f.err), ST_FOREIGN);
    fixture_close(&f);
    support_folder_free(place.parent);
}

struct mover {
    struct fixture f;
    pthread_t thread;
    size_t failed;
};

static void *mover_main(void *ctx)
{
    struct mover *mover = ctx;
    for (int i = 0; i < TRANSFERS; i++) {
        char keys[2][40];
        struct fixture_write writes[2];
        for (int j = 0; j < 2; j++) {
            (void)snprintf(keys[j], sizeof keys[j], "{\"pk\":{\"S\":\"%d\"}}", (i + j) % ACCOUNTS);
            writes[j] = (struct fixture_write){
                .verb = ENGINE_UPDATE, .table = "t", .item = keys[j], .update = "ADD n :d"};
        }
        writes[0].values = "{\":d\":{\"N\":\"-1\"}}";
        writes[1].values = "{\":d\":{\"N\":\"1\"}}";
        struct fixture_many many = {.writes = writes, .count = 2, .transaction = true};
        mover->failed += fixture_many(&mover->f, &many) != ST_OK;
    }
    return NULL;
}

static int sum_of_accounts(void)
{
    int sum = 0;
    for (int i = 0; i < ACCOUNTS; i++) {
        char key[40];
        (void)snprintf(key, sizeof key, "{\"pk\":{\"S\":\"%d\"}}", i);
        const char *item = fixture_get(&f, "t", key);
        assert_non_null(item);
        sum += (int)strtol(strchr(item, 'N') + 4, NULL, 10);
    }
    return sum;
}

static void test_backup__holds_one_moment_of_writers_that_go_on(void **state)
{
    (void)state;
    static struct mover mover;
    struct place place = place_new();
    fixture_open(&f, place.data);
    make_tables();
    for (int i = 0; i < ACCOUNTS; i++) {
        char item[80];
        (void)snprintf(item, sizeof item, "{\"pk\":{\"S\":\"%d\"},\"n\":{\"N\":\"%d\"}}", i, EACH);
        put(item);
    }
    mover.failed = 0;
    fixture_share(&f, &mover.f);
    assert_int_equal(pthread_create(&mover.thread, NULL, mover_main, &mover), 0);
    assert_int_equal(engine_backup(f.space.engine, place.copy, &f.err), ST_OK);
    pthread_join(mover.thread, NULL);
    assert_int_equal(mover.failed, 0);
    fixture_unshare(&mover.f);
    fixture_reopen(&f, place.copy);
    assert_int_equal(sum_of_accounts(), ACCOUNTS * EACH);
    fixture_close(&f);
    support_folder_free(place.parent);
}

/* ---- the rest */

static void test_compact__loses_nothing(void **state)
{
    (void)state;
    fixture_open(&f, NULL);
    make_tables();
    put(ITEM_A);
    engine_compact(f.space.engine);
    assert_string_equal(fixture_get(&f, "t", KEY_A), ITEM_A);
    fixture_close(&f);
}

static void test_stats__tell_of_each_table_of_the_space(void **state)
{
    (void)state;
    enum { TABLES = 100 }; /* more than are looked at at once */
    struct engine_stats stats;
    struct engine_snapshot *snapshot = NULL;
    char name[20];
    fixture_open(&f, NULL);
    f.leads = true; /* so that none is pending when it was answered */
    for (int i = 0; i < TABLES; i++) {
        (void)snprintf(name, sizeof name, "s%03d", i);
        fixture_table(&f, name, "pk:S", NULL);
    }
    make_tables();
    put(ITEM_A);
    put("{\"pk\":{\"S\":\"b\"}}");
    assert_int_equal(engine_snapshot_begin(f.space.engine, &snapshot, &f.err), ST_OK);
    assert_int_equal(engine_stats(f.engine, &stats, &f.arena, &f.err), ST_OK);
    assert_int_equal(stats.table_count, TABLES + 1);
    const struct engine_table_stats *t = &stats.tables[TABLES];
    support_assert_text(stats.tables[7].name, "s007");
    support_assert_text(t->name, "t");
    assert_int_equal(t->item_count, 2);
    assert_true(t->item_bytes > 0);
    assert_int_equal(t->index_count, 1);
    assert_int_equal(t->entry_count, 1);
    assert_true(t->entry_bytes > 0);
    assert_int_equal(stats.snapshots, 1);
    assert_int_equal(stats.store.pending, 0);
    assert_true(stats.store.writes > TABLES);
    const struct engine_space other = {.engine = f.space.engine, .name = SPAN("other")};
    assert_int_equal(engine_stats(&other, &stats, &f.arena, &f.err), ST_OK);
    assert_int_equal(stats.table_count, 0);
    engine_snapshot_end(snapshot);
    fixture_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_backup__opens_as_the_database_it_was_made_of),
        cmocka_unit_test(test_backup__of_one_in_memory_is_one_on_disk),
        cmocka_unit_test(test_backup__goes_to_an_empty_place_only),
        cmocka_unit_test(test_backup__holds_one_moment_of_writers_that_go_on),
        cmocka_unit_test(test_compact__loses_nothing),
        cmocka_unit_test(test_stats__tell_of_each_table_of_the_space),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
