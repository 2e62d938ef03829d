/* ttl_switch_test.c -- time to live is switched on and off, for tables with items, beside writes
 * and restarts.
 *
 * The clock shows 1700000000 and is turned by the tests; nothing is swept unless a test does it.
 * Every test ends with engine_check, which holds expiry entries against items. Tables have the key
 * pk S, sk N, and an index "keys" (KEYS_ONLY) on g.
 */
#include <stdio.h>
#include <unistd.h>

#include "engine/fixture.h"

enum { NOW = 1700000000 };

static struct fixture f;
static char *folder;

static const struct fixture_index indexes[FIXTURE_INDEXES_MAX] = {
    {"keys", true, "g:S", NULL, TABLE_PROJECT_KEYS_ONLY}
};

static void make_table(const char *name)
{
    fixture_indexed_table(&f, name, "pk:S", "sk:N", indexes);
}

static int set_up(void **state)
{
    (void)state;
    folder = support_folder_new();
    fixture_open(&f, folder);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fixture_close(&f);
    support_folder_free(folder);
    return 0;
}

static void turn_clock_to(int64_t second)
{
    f.clock_ms = (uint64_t)second * 1000;
}

static const char *print(const char *format, ...) PRINTF(1, 2);
static const char *print(const char *format, ...)
{
    char *text = arena_alloc(&f.arena, 512);
    assert_non_null(text);
    va_list values;
    va_start(values, format);
    (void)vsnprintf(text, 512, format, values);
    va_end(values);
    return text;
}

static const char *key(int sk)
{
    return print("{\"pk\":{\"S\":\"p\"},\"sk\":{\"N\":\"%d\"}}", sk);
}

static const char *item(int sk, int64_t second)
{
    return print("{\"expires\":{\"N\":\"%lld\"},\"g\":{\"S\":\"G\"},\"l\":{\"S\":\"L\"},"
                 "\"pk\":{\"S\":\"p\"},\"sk\":{\"N\":\"%d\"}}",
                 (long long)second, sk);
}

static void put_into(const char *table, const char *json)
{
    struct fixture_write put = {.verb = ENGINE_PUT, .table = table, .item = json};
    assert_int_equal(fixture_write(&f, &put), ST_OK);
}

static struct engine_description describe(const char *table)
{
    struct engine_description seen = {0};
    assert_int_equal(engine_table_describe(f.engine, span_of(table), &seen, &f.err), ST_OK);
    return seen;
}

static uint32_t filling_of(const char *table)
{
    const struct engine_description seen = describe(table);
    const uint32_t filling = seen.table->ttl_filling;
    table_drop(seen.table);
    return filling;
}

static void wait_until_filled(const char *table)
{
    for (int i = 0; i < 4000 && filling_of(table) != 0; i++) usleep(5000);
    assert_int_equal(filling_of(table), 0);
}

/* Items 0 .. count - 1, every second due at NOW + 1. */
static void put_many(const char *table, int count)
{
    struct fixture_write writes[25];
    for (int from = 0; from < count; from += 25) {
        for (int i = 0; i < 25; i++)
            writes[i] = (struct fixture_write){
                .verb = ENGINE_PUT,
                .table = table,
                .item = item(from + i, (from + i) % 2 == 0 ? NOW : NOW + 50)};
        struct fixture_many many = {.writes = writes, .count = 25};
        assert_int_equal(fixture_many(&f, &many), ST_OK);
    }
}

static void test_a_new_table_has_it_at_once(void **state)
{
    (void)state;
    make_table("new");
    assert_int_equal(fixture_ttl(&f, "new", "expires", true), ST_OK);
    assert_int_equal(filling_of("new"), 0);
    assert_int_equal(fixture_ttl(&f, "new", "expires", false), ST_OK);
    put_into("new", item(1, NOW));
    assert_int_equal(fixture_ttl(&f, "new", "expires", true), ST_OK);
    wait_until_filled("new");
    fixture_check(&f); /* the item has its entry */
}

static void test_items_of_before_expire_while_they_get_their_entries(void **state)
{
    (void)state;
    enum { ITEMS = 3000 };
    make_table("late");
    put_many("late", ITEMS);
    turn_clock_to(NOW + 1);
    assert_int_equal(fixture_ttl(&f, "late", "expires", true), ST_OK);
    assert_int_not_equal(filling_of("late"), 0);
    assert_null(fixture_get(&f, "late", key(0)));
    assert_non_null(fixture_get(&f, "late", key(1)));
    struct fixture_page page = {
        .table = "late", .page = {.index_name = SPAN("keys"), .limit = 10}
    };
    assert_int_equal(fixture_page(&f, &page), ST_OK);
    assert_int_equal(page.page.count, 10);
    assert_null(strstr(page.items, "{\"N\":\"2\"}"));
    wait_until_filled("late");
    fixture_check(&f);
    assert_int_equal(fixture_sweep(&f), ITEMS / 2);
}

static void test_a_restart_goes_on(void **state)
{
    (void)state;
    enum { ITEMS = 3000 };
    make_table("late");
    put_many("late", ITEMS);
    assert_int_equal(fixture_ttl(&f, "late", "expires", true), ST_OK);
    fixture_reopen(&f, folder); /* stops between two steps */
    assert_int_not_equal(filling_of("late"), 0);
    wait_until_filled("late");
    fixture_check(&f);
    turn_clock_to(NOW + 1);
    assert_int_equal(fixture_sweep(&f), ITEMS / 2);
}

static void test_writes_beside_it_keep_their_entries(void **state)
{
    (void)state;
    enum { ITEMS = 2000, CHANGED = 200 };
    make_table("late");
    put_many("late", ITEMS);
    assert_int_equal(fixture_ttl(&f, "late", "expires", true), ST_OK);
    for (int i = 0; i < CHANGED; i++) {
        struct fixture_write delete = {.verb = ENGINE_DELETE, .table = "late", .item = key(i * 3)};
        assert_int_equal(fixture_write(&f, &delete), ST_OK);
        put_into("late", item(ITEMS - 1 - i, NOW + 70));
        put_into("late", item(ITEMS + i, NOW));
    }
    wait_until_filled("late");
    fixture_check(&f);
}

static void test_switched_off_and_on_again_before_it_was_through(void **state)
{
    (void)state;
    enum { ITEMS = 2000 };
    make_table("late");
    put_many("late", ITEMS);
    for (int round = 0; round < 8; round++) {
        const char *attribute = round % 2 == 0 ? "expires" : "sk";
        assert_int_equal(fixture_ttl(&f, "late", attribute, true), ST_OK);
        if (round == 5) fixture_reopen(&f, folder);
        if (round % 3 == 0) usleep(2000); /* somewhere in the middle */
        assert_int_equal(fixture_ttl(&f, "late", attribute, false), ST_OK);
        fixture_check(&f); /* none is left */
    }
    assert_int_equal(fixture_ttl(&f, "late", "expires", true), ST_OK);
    wait_until_filled("late");
    fixture_check(&f);
    turn_clock_to(NOW + 1);
    assert_int_equal(fixture_sweep(&f), ITEMS / 2);
}

/* One change that is queued and not waited for. */
struct switching {
    struct engine_table_change change;
    struct engine_table_write write;
    struct error err;
    _Atomic int done; /* 1 + status */
};

static void note_done(void *ctx, status st)
{
    struct switching *switching = ctx;
    atomic_store(&switching->done, 1 + (int)st);
}

static void queue_switch(struct switching *switching, const char *attribute, bool enabled)
{
    switching->err = error_in(&f.arena);
    switching->change = (struct engine_table_change){
        .has_ttl = true, .ttl_enabled = enabled, .ttl_attribute = span_of(attribute)};
    switching->write = (struct engine_table_write){.verb = ENGINE_TABLE_UPDATE,
                                                   .name = SPAN("late"),
                                                   .change = &switching->change,
                                                   .arena = &f.arena,
                                                   .err = &switching->err,
                                                   .done = note_done,
                                                   .done_ctx = switching};
    assert_int_equal(engine_table_write(f.engine, &switching->write), ST_OK);
}

static void wait_for_switch(struct switching *switching)
{
    for (int i = 0; i < 4000 && atomic_load(&switching->done) == 0; i++) usleep(1000);
    assert_int_equal(atomic_load(&switching->done), 1 + ST_OK);
    table_drop(switching->write.description.table);
}

/* Y4: between two steps of the first filling it is switched off and on, by another attribute. The
 * first one must not go on for the second. */
static void test_a_filling_does_not_go_on_for_another(void **state)
{
    (void)state;
    enum { ITEMS = 1000 };
    struct fixture_hold hold;
    struct switching off = {.done = 0}, on = {.done = 0};
    make_table("late");
    put_many("late", ITEMS);
    assert_int_equal(fixture_ttl(&f, "late", "sk", true), ST_OK); /* no entries: sk is small */
    fixture_hold(&f, &hold);
    queue_switch(&off, "sk", false);
    queue_switch(&on, "expires", true);
    fixture_release(&hold);
    wait_for_switch(&off);
    wait_for_switch(&on);
    wait_until_filled("late");
    fixture_check(&f);
    turn_clock_to(NOW + 1);
    assert_int_equal(fixture_sweep(&f), ITEMS / 2);
}

static void test_a_table_may_go_before_it_was_through(void **state)
{
    (void)state;
    for (int round = 0; round < 10; round++) {
        struct engine_table_write delete = {.verb = ENGINE_TABLE_DELETE, .name = SPAN("late")};
        make_table("late");
        put_many("late", 200);
        assert_int_equal(fixture_ttl(&f, "late", "expires", true), ST_OK);
        if (round % 2 == 0) wait_until_filled("late");
        assert_int_equal(fixture_table_write(&f, &delete), ST_OK);
        table_drop(delete.description.table);
        fixture_check(&f); /* nothing belongs to nobody */
    }
}

static void test_an_index_and_the_entries_are_filled_beside_each_other(void **state)
{
    (void)state;
    struct table_index late = {.name = SPAN("late"), .global = true};
    late.key.partition[late.key.partition_count++] = (struct table_key_part){SPAN("l"), VALUE_S};
    const struct engine_table_change change = {.new_index = &late};
    struct engine_table_write add = {
        .verb = ENGINE_TABLE_UPDATE, .name = SPAN("late"), .change = &change};
    make_table("late");
    put_many("late", 1000);
    assert_int_equal(fixture_table_write(&f, &add), ST_OK);
    table_drop(add.description.table);
    assert_int_equal(fixture_ttl(&f, "late", "expires", true), ST_OK);
    wait_until_filled("late");
    const struct engine_description seen = describe("late");
    assert_int_equal(seen.table->status, TABLE_ACTIVE); /* the index was first */
    assert_int_equal(table_find_index(seen.table, SPAN("late"))->status, TABLE_ACTIVE);
    table_drop(seen.table);
    fixture_check(&f);
}

static void note_stop(void *ctx, const char *text)
{
    atomic_bool *stopped = ctx;
    if (strcmp(text, "time to live of table t: stopped by a failure of the store, 0 of about 1 "
                     "items walked") == 0)
        atomic_store(stopped, true);
}

static void test_damage_stops_a_filling_and_not_the_server(void **state)
{
    (void)state;
    atomic_bool stopped = false;
    make_table("t");
    put_into("t", item(1, NOW));
    fixture_misplace(&f);
    assert_int_equal(fixture_ttl(&f, "t", "expires", true), ST_OK);
    f.note = note_stop;
    f.note_ctx = &stopped;
    fixture_reopen(&f, folder);
    for (int i = 0; i < 4000 && !atomic_load(&stopped); i++) usleep(5000);
    assert_true(atomic_load(&stopped));
    assert_non_null(fixture_get(&f, "t", key(1)));
    fixture_put_right(&f);
    f.note = NULL;
    fixture_reopen(&f, folder);
    wait_until_filled("t");
}

static void test_what_is_wrong_is_told(void **state)
{
    (void)state;
    /* clang-format off */
    static const struct {
        const char *attribute;
        bool enabled;
        const char *message;
    } cases[] = {
        {"expires", true,  "TimeToLive is already enabled"},
        {"other", true,  "TimeToLive is active on a different AttributeName: current AttributeName "
                         "is expires"},
        {"other", false, "TimeToLive is active on a different AttributeName: current AttributeName "
                         "is expires"},
    };
    /* clang-format on */
    make_table("t");
    assert_int_equal(fixture_ttl(&f, "t", "expires", true), ST_OK);
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        assert_int_equal(fixture_ttl(&f, "t", cases[i].attribute, cases[i].enabled), ST_VALIDATION);
        support_assert_text(error_text(&f.err), cases[i].message);
    }
    assert_int_equal(fixture_ttl(&f, "t", "expires", false), ST_OK);
    assert_int_equal(fixture_ttl(&f, "t", "expires", false), ST_VALIDATION);
    support_assert_text(error_text(&f.err), "TimeToLive is already disabled");
    assert_int_equal(fixture_ttl(&f, "none", "expires", true), ST_NOT_FOUND);
}

static uint32_t indexed_count(void)
{
    struct fixture_page page = {.table = "t", .page = {.index_name = SPAN("keys")}};
    assert_int_equal(fixture_page(&f, &page), ST_OK);
    return page.page.count;
}

static void test_off_means_off(void **state)
{
    (void)state;
    make_table("t");
    assert_int_equal(fixture_ttl(&f, "t", "expires", true), ST_OK);
    put_into("t", item(1, NOW - 1));
    assert_null(fixture_get(&f, "t", key(1)));
    assert_int_equal(fixture_ttl(&f, "t", "expires", false), ST_OK);
    assert_non_null(fixture_get(&f, "t", key(1)));
    assert_int_equal(indexed_count(), 1);
    assert_int_equal(fixture_sweep(&f), 0);
    fixture_reopen(&f, folder);
    assert_non_null(fixture_get(&f, "t", key(1)));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_new_table_has_it_at_once),
        TEST(test_items_of_before_expire_while_they_get_their_entries),
        TEST(test_a_restart_goes_on),
        TEST(test_writes_beside_it_keep_their_entries),
        TEST(test_switched_off_and_on_again_before_it_was_through),
        TEST(test_a_filling_does_not_go_on_for_another),
        TEST(test_a_table_may_go_before_it_was_through),
        TEST(test_an_index_and_the_entries_are_filled_beside_each_other),
        TEST(test_damage_stops_a_filling_and_not_the_server),
        TEST(test_what_is_wrong_is_told),
        TEST(test_off_means_off),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
