/* snapshot_test.c -- engine_snapshot: many reads of one state, beside whatever is written.
 *
 * The fixture's verbs are asked in a space with the snapshot. Each test changes what the snapshot
 * saw and reads both: the snapshot as it was, the engine as it is.
 */
#include <pthread.h>
#include <stdio.h>

#include "engine/fixture.h"

#define KEY_A "{\"pk\":{\"S\":\"a\"}}"
#define ITEM_A "{\"n\":{\"N\":\"1\"},\"pk\":{\"S\":\"a\"}}"
#define ITEM_A2 "{\"n\":{\"N\":\"2\"},\"pk\":{\"S\":\"a\"}}"

static struct fixture f;
static struct engine_snapshot *snapshot;

static int set_up(void **state)
{
    (void)state;
    fixture_open(&f, NULL);
    fixture_table(&f, "t", "pk:S", NULL);
    snapshot = NULL;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    engine_snapshot_end(snapshot);
    fixture_close(&f);
    return 0;
}

static void begin(void)
{
    assert_int_equal(engine_snapshot_begin(f.space.engine, &snapshot, &f.err), ST_OK);
}

/* From here on reads are the snapshot's, or again the engine's. */
static void look_then(void)
{
    f.space.snapshot = snapshot;
}

static void look_now(void)
{
    f.space.snapshot = NULL;
}

static status write_one(engine_verb verb, const char *item)
{
    struct fixture_write write = {.verb = verb, .table = "t", .item = item};
    return fixture_write(&f, &write);
}

static const char *scan_all(const char *table)
{
    struct fixture_page page = {.table = table};
    assert_int_equal(fixture_page(&f, &page), ST_OK);
    return page.items;
}

static void test_snapshot__shows_items_as_they_were(void **state)
{
    (void)state;
    assert_int_equal(write_one(ENGINE_PUT, ITEM_A), ST_OK);
    const uint64_t version = fixture_version(&f, "t", KEY_A);
    begin();
    assert_int_equal(write_one(ENGINE_PUT, ITEM_A2), ST_OK);
    assert_int_equal(write_one(ENGINE_PUT, "{\"pk\":{\"S\":\"b\"}}"), ST_OK);
    look_then();
    assert_string_equal(fixture_get(&f, "t", KEY_A), ITEM_A);
    assert_int_equal(fixture_version(&f, "t", KEY_A), version);
    assert_string_equal(scan_all("t"), "[" ITEM_A "]");
    look_now();
    assert_string_equal(fixture_get(&f, "t", KEY_A), ITEM_A2);
    assert_int_equal(write_one(ENGINE_DELETE, KEY_A), ST_OK);
    look_then();
    assert_string_equal(fixture_get(&f, "t", KEY_A), ITEM_A);
    look_now();
}

static void test_snapshot__shows_partitions_as_they_were(void **state)
{
    (void)state;
    fixture_table(&f, "s", "pk:S", "sk:N");
    struct fixture_write put = {
        .verb = ENGINE_PUT, .table = "s", .item = "{\"pk\":{\"S\":\"a\"},\"sk\":{\"N\":\"1\"}}"};
    assert_int_equal(fixture_write(&f, &put), ST_OK);
    begin();
    put.item = "{\"pk\":{\"S\":\"a\"},\"sk\":{\"N\":\"2\"}}";
    assert_int_equal(fixture_write(&f, &put), ST_OK);
    const struct fixture_page asked = {
        .table = "s", .key_condition = "pk = :a", .values = "{\":a\":{\"S\":\"a\"}}"};
    struct fixture_page then = asked, now = asked;
    look_then();
    assert_int_equal(fixture_page(&f, &then), ST_OK);
    assert_int_equal(then.page.count, 1);
    look_now();
    assert_int_equal(fixture_page(&f, &now), ST_OK);
    assert_int_equal(now.page.count, 2);
}

static void end_table(const char *name)
{
    struct engine_table_write end = {.verb = ENGINE_TABLE_DELETE, .name = span_of(name)};
    assert_int_equal(fixture_table_write(&f, &end), ST_OK);
    table_drop(end.description.table);
}

static void test_snapshot__shows_tables_as_they_were(void **state)
{
    (void)state;
    assert_int_equal(write_one(ENGINE_PUT, ITEM_A), ST_OK);
    begin();
    fixture_table(&f, "later", "pk:S", NULL);
    end_table("t");
    look_then();
    assert_string_equal(fixture_get(&f, "t", KEY_A), ITEM_A);
    struct fixture_page page = {.table = "later"};
    assert_int_equal(fixture_page(&f, &page), ST_NOT_FOUND);
    look_now();
    fixture_table(&f, "t", "pk:S", NULL); /* another one of this name */
    assert_string_equal(scan_all("t"), "[]");
    look_then();
    assert_string_equal(scan_all("t"), "[" ITEM_A "]");
    look_now();
}

static void test_snapshot__shows_indexes_as_they_were(void **state)
{
    (void)state;
    static const struct fixture_index indexes[FIXTURE_INDEXES_MAX] = {
        {.name = "by-n", .global = true, .partition = "n:N"}
    };
    fixture_indexed_table(&f, "i", "pk:S", NULL, indexes);
    struct fixture_write put = {.verb = ENGINE_PUT, .table = "i", .item = ITEM_A};
    assert_int_equal(fixture_write(&f, &put), ST_OK);
    begin();
    put.item = ITEM_A2;
    assert_int_equal(fixture_write(&f, &put), ST_OK);
    const struct fixture_page asked = {.table = "i",
                                       .key_condition = "n = :one",
                                       .values = "{\":one\":{\"N\":\"1\"}}",
                                       .page.index_name = SPAN("by-n")};
    struct fixture_page then = asked, now = asked;
    look_then();
    assert_int_equal(fixture_page(&f, &then), ST_OK);
    assert_string_equal(then.items, "[" ITEM_A "]");
    look_now();
    assert_int_equal(fixture_page(&f, &now), ST_OK);
    assert_string_equal(now.items, "[]");
}

/* What is there when the snapshot begins stays for its reads, though its time comes. */
static void test_snapshot__judges_expiry_when_it_began(void **state)
{
    (void)state;
    assert_int_equal(fixture_ttl(&f, "t", "e", true), ST_OK);
    assert_int_equal(write_one(ENGINE_PUT, "{\"e\":{\"N\":\"1700000010\"},\"pk\":{\"S\":\"a\"}}"),
                     ST_OK);
    begin();
    f.clock_ms += 60000;
    assert_null(fixture_get(&f, "t", KEY_A));
    look_then();
    assert_non_null(fixture_get(&f, "t", KEY_A));
    look_now();
    assert_int_equal(fixture_sweep(&f), 1);
    look_then();
    assert_non_null(fixture_get(&f, "t", KEY_A));
    assert_int_equal(strlen(scan_all("t")) > 2, true);
    look_now();
}

static void test_snapshot__outlives_its_engine_as_memory_only(void **state)
{
    (void)state;
    struct engine_snapshot *second = NULL;
    begin();
    assert_int_equal(engine_snapshot_begin(f.space.engine, &second, &f.err), ST_OK);
    assert_true(engine_snapshot_is_open(snapshot));
    fixture_reopen(&f, NULL); /* closes both states; the store would say so if not */
    assert_false(engine_snapshot_is_open(snapshot));
    assert_false(engine_snapshot_is_open(second));
    engine_snapshot_end(second);
}

/* ---- beside writers */

enum { ACCOUNTS = 8, TRANSFERS = 150, EACH = 100 };

static void account(char *out, size_t size, int index, int amount)
{
    (void)snprintf(out, size, "{\"pk\":{\"S\":\"%d\"},\"n\":{\"N\":\"%d\"}}", index, amount);
}

struct mover {
    struct fixture f;
    pthread_t thread;
    size_t failed;
};

/* Money goes from one account to another in a transaction, so every state has the same sum. */
static void *mover_main(void *ctx)
{
    struct mover *mover = ctx;
    for (int i = 0; i < TRANSFERS; i++) {
        char from[40], to[40];
        (void)snprintf(from, sizeof from, "{\"pk\":{\"S\":\"%d\"}}", i % ACCOUNTS);
        (void)snprintf(to, sizeof to, "{\"pk\":{\"S\":\"%d\"}}", (i * 3 + 1) % ACCOUNTS);
        if (strcmp(from, to) == 0) continue;
        struct fixture_write writes[2] = {
            {.verb = ENGINE_UPDATE, .table = "t", .update = "ADD n :d"},
            {.verb = ENGINE_UPDATE, .table = "t", .update = "ADD n :d"},
        };
        writes[0].item = from;
        writes[0].values = "{\":d\":{\"N\":\"-1\"}}";
        writes[1].item = to;
        writes[1].values = "{\":d\":{\"N\":\"1\"}}";
        struct fixture_many many = {.writes = writes, .count = 2, .transaction = true};
        mover->failed += fixture_many(&mover->f, &many) != ST_OK;
    }
    return NULL;
}

/* The sum of all accounts, read one after the other. */
static int sum_of_gets(struct fixture *own)
{
    int sum = 0;
    for (int i = 0; i < ACCOUNTS; i++) {
        char key[40];
        (void)snprintf(key, sizeof key, "{\"pk\":{\"S\":\"%d\"}}", i);
        const char *item = fixture_get(own, "t", key);
        assert_non_null(item);
        sum += (int)strtol(strchr(item, 'N') + 4, NULL, 10);
    }
    return sum;
}

static void test_snapshot_isolation_readers_dont_see_partial_writes(void **state)
{
    (void)state;
    static struct mover mover;
    for (int i = 0; i < ACCOUNTS; i++) {
        char item[80];
        account(item, sizeof item, i, EACH);
        assert_int_equal(write_one(ENGINE_PUT, item), ST_OK);
    }
    mover.failed = 0;
    fixture_share(&f, &mover.f);
    assert_int_equal(pthread_create(&mover.thread, NULL, mover_main, &mover), 0);
    for (int i = 0; i < 40; i++) {
        struct engine_snapshot *each = NULL;
        assert_int_equal(engine_snapshot_begin(f.space.engine, &each, &f.err), ST_OK);
        f.space.snapshot = each;
        assert_int_equal(sum_of_gets(&f), ACCOUNTS * EACH);
        look_now();
        engine_snapshot_end(each);
    }
    pthread_join(mover.thread, NULL);
    assert_int_equal(mover.failed, 0);
    fixture_unshare(&mover.f);
}

static void test_snapshot__needs_memory_to_begin(void **state)
{
    (void)state;
    struct engine_snapshot *none = NULL;
    support_mem_fail_at(1);
    assert_int_equal(engine_snapshot_begin(f.space.engine, &none, &f.err), ST_NO_MEMORY);
    support_mem_fail_at(0);
    assert_null(none);
    begin();
    look_then();
    for (uint64_t nth = 1;; nth++) {
        struct engine_get get = {.table_name = SPAN("t"), .key = fixture_map(&f, KEY_A)};
        struct error err = error_in(&f.arena);
        support_mem_fail_at(nth);
        const status st = engine_get(f.engine, &get, &f.arena, &err);
        const bool failed = support_mem_failed();
        support_mem_fail_at(0);
        assert_true(st == ST_OK || (failed && st == ST_NO_MEMORY)); /* caches do without */
        if (!failed) break;
    }
    look_now();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_snapshot__shows_items_as_they_were),
        TEST(test_snapshot__shows_partitions_as_they_were),
        TEST(test_snapshot__shows_tables_as_they_were),
        TEST(test_snapshot__shows_indexes_as_they_were),
        TEST(test_snapshot__judges_expiry_when_it_began),
        TEST(test_snapshot__outlives_its_engine_as_memory_only),
        TEST(test_snapshot_isolation_readers_dont_see_partial_writes),
        TEST(test_snapshot__needs_memory_to_begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
