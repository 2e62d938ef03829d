/* expiry_test.c -- an expired item does not exist: when that is, and what it means.
 *
 * The clock shows 1700000000 and is turned by the tests; nothing is swept unless a test does it.
 * Every test ends with engine_check, which holds expiry entries against items. The table: pk S,
 * time to live by "expires"; global indexes "all" and "keys" (KEYS_ONLY) on g, a local one on l
 * (KEYS_ONLY).
 */
#include <stdio.h>
#include <unistd.h>

#include "engine/fixture.h"

enum { NOW = 1700000000, FIVE_YEARS = 5 * 31556952 };

static struct fixture f;
static char *folder;

static const struct fixture_index indexes[FIXTURE_INDEXES_MAX] = {
    {"all",   true,  "g:S", NULL,  TABLE_PROJECT_ALL      },
    {"keys",  true,  "g:S", NULL,  TABLE_PROJECT_KEYS_ONLY},
    {"local", false, NULL,  "l:S", TABLE_PROJECT_KEYS_ONLY},
};

static void make_table(void)
{
    fixture_indexed_table(&f, "t", "pk:S", "sk:N", indexes);
    assert_int_equal(fixture_ttl(&f, "t", "expires", true), ST_OK);
}

static int set_up(void **state)
{
    (void)state;
    folder = support_folder_new();
    fixture_open(&f, folder);
    make_table();
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

/* An item that stands in all indexes, and expires after `second`. */
static const char *item(int sk, int64_t second)
{
    return print("{\"expires\":{\"N\":\"%lld\"},\"g\":{\"S\":\"G\"},\"l\":{\"S\":\"L\"},"
                 "\"pk\":{\"S\":\"p\"},\"sk\":{\"N\":\"%d\"}}",
                 (long long)second, sk);
}

static struct fixture_write put_into(const char *table, const char *json)
{
    struct fixture_write put = {.verb = ENGINE_PUT, .table = table, .item = json};
    assert_int_equal(fixture_write(&f, &put), ST_OK);
    return put;
}

static void put(const char *json)
{
    (void)put_into("t", json);
}

static bool is_there(int sk)
{
    return fixture_get(&f, "t", key(sk)) != NULL;
}

static struct fixture_page scan(const char *index)
{
    struct fixture_page page = {.table = "t", .page = {.index_name = span_of(index)}};
    assert_int_equal(fixture_page(&f, &page), ST_OK);
    return page;
}

static struct engine_description describe(const char *table)
{
    struct engine_description seen = {0};
    assert_int_equal(engine_table_describe(f.engine, span_of(table), &seen, &f.err), ST_OK);
    return seen;
}

static uint64_t stored_count(void)
{
    const struct engine_description seen = describe("t");
    table_drop(seen.table);
    return seen.item_count;
}

/* ---- when */

static void test_it_is_gone_in_the_second_after_its_own(void **state)
{
    (void)state;
    put(item(1, NOW + 10));
    turn_clock_to(NOW + 10);
    assert_true(is_there(1));
    f.clock_ms += 999;
    assert_true(is_there(1));
    f.clock_ms += 1;
    assert_false(is_there(1));
    turn_clock_to(NOW + 10); /* a clock may be turned back */
    assert_true(is_there(1));
}

static void test_what_is_over_five_years_old_does_not_expire(void **state)
{
    (void)state;
    put(item(1, NOW - FIVE_YEARS));
    put(item(2, NOW - FIVE_YEARS - 1));
    put(item(3, 0));
    assert_false(is_there(1));
    assert_true(is_there(2));
    assert_true(is_there(3));
    assert_int_equal(fixture_sweep(&f), 1);
    assert_true(is_there(2));
}

static void test_only_numbers_at_the_top_count_exactly(void **state)
{
    (void)state;
    static const struct {
        const char *value;
        bool expires; /* at NOW */
    } cases[] = {
        {"{\"N\":\"1699999999\"}",                            true },
        {"{\"N\":\"1699999999.99999999999999999999999999\"}", true },
        {"{\"N\":\"1700000000\"}",                            false},
        {"{\"N\":\"1.699999999E9\"}",                         true },
        {"{\"N\":\"1700000000.1\"}",                          false},
        {"{\"N\":\"1699999999000\"}",                         false},
        {"{\"N\":\"-1699999999\"}",                           false},
        {"{\"N\":\"-0.5\"}",                                  false},
        {"{\"N\":\"9223372036854775807\"}",                   false},
        {"{\"N\":\"9223372036854775808\"}",                   false},
        {"{\"N\":\"9.9E125\"}",                               false},
        {"{\"N\":\"1E-130\"}",                                false},
        {"{\"S\":\"1699999999\"}",                            false},
        {"{\"NS\":[\"1699999999\"]}",                         false},
        {"{\"L\":[{\"N\":\"1699999999\"}]}",                  false},
        {"{\"M\":{\"expires\":{\"N\":\"1699999999\"}}}",      false},
        {"{\"BOOL\":true}",                                   false},
        {"{\"NULL\":true}",                                   false},
        {"{\"B\":\"AAAA\"}",                                  false},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        put(print("{\"pk\":{\"S\":\"p\"},\"sk\":{\"N\":\"%zu\"},\"expires\":%s}", i,
                  cases[i].value));
        if (is_there((int)i) == cases[i].expires) fail_msg("%s", cases[i].value);
    }
    assert_int_equal(fixture_sweep(&f), 3);
}

static void test_a_request_is_judged_at_one_moment(void **state)
{
    (void)state;
    enum { ITEMS = 10 };
    struct fixture_write checks[ITEMS];
    struct engine_get gets[ITEMS];
    for (int i = 0; i < ITEMS; i++) {
        put(item(i, NOW + 3));
        checks[i] = (struct fixture_write){.verb = ENGINE_CHECK,
                                           .table = "t",
                                           .item = key(i),
                                           .condition = "attribute_exists(pk)"};
        gets[i] = (struct engine_get){.table_name = SPAN("t"), .key = fixture_map(&f, key(i))};
    }
    struct fixture_many many = {.writes = checks, .count = ITEMS, .transaction = true};
    struct engine_get_many reads = {.gets = gets, .count = ITEMS, .bytes_max = 1 << 20};
    f.tick_ms = 1000; /* a second passes with every look at the clock */
    assert_int_equal(fixture_many(&f, &many), ST_OK);
    turn_clock_to(NOW);
    assert_int_equal(engine_get_many(f.engine, &reads, &f.arena, &f.err), ST_OK);
    for (int i = 0; i < ITEMS; i++) assert_true(gets[i].found);
    turn_clock_to(NOW);
    assert_int_equal(scan("").page.count, ITEMS);
    f.tick_ms = 0;
}

/* ---- reads */

static void test_no_index_shows_it(void **state)
{
    (void)state;
    static const char *const names[] = {"", "all", "keys", "local"};
    put(item(1, NOW - 1));
    put(item(2, NOW + 1));
    for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
        const struct fixture_page page = scan(names[i]);
        assert_int_equal(page.page.count, 1);
        assert_int_equal(page.page.scanned, 1);
        assert_non_null(strstr(page.items, "\"2\""));
    }
}

static void test_an_index_that_lacks_the_attribute_costs_what_it_shows(void **state)
{
    (void)state;
    for (int i = 0; i < 5; i++) put(item(i, NOW + (i < 3 ? 1 : -1)));
    const struct fixture_page page = scan("keys");
    assert_int_equal(page.page.count, 3);
    assert_int_equal(page.page.half_units,
                     0); /* nothing is read from the table, as for the asker */
    assert_int_equal(page.page.index_half_units, 1);
    assert_null(strstr(page.items, "expires"));
}

static void test_a_filter_sees_only_what_the_index_holds(void **state)
{
    (void)state;
    put(item(1, NOW + 1));
    struct fixture_page page = {
        .table = "t", .filter = "attribute_exists(expires)", .page = {.index_name = SPAN("keys")}};
    assert_int_equal(fixture_page(&f, &page), ST_OK);
    assert_int_equal(page.page.count, 0);
    assert_int_equal(page.page.scanned, 1);
}

static void test_limits_count_what_is_there(void **state)
{
    (void)state;
    for (int i = 0; i < 30; i++) put(item(i, NOW + (i % 3 == 0 ? 1 : -1)));
    struct fixture_page page = {.table = "t", .page = {.limit = 4}};
    assert_int_equal(fixture_page(&f, &page), ST_OK);
    assert_int_equal(page.page.count, 4);
    assert_int_equal(page.page.scanned, 4);
    assert_string_equal(page.last_key, key(9));
}

/* However many have expired, a page walks over 1 MB and then says where to go on. */
static void test_a_page_ends_among_the_expired(void **state)
{
    (void)state;
    enum { ITEMS = 20, BYTES = 300000 };
    char *text = arena_alloc(&f.arena, BYTES + 200);
    static char filler[BYTES + 1];
    memset(filler, 'x', BYTES);
    for (int i = 0; i < ITEMS; i++) {
        (void)snprintf(text, BYTES + 200,
                       "{\"pk\":{\"S\":\"p\"},\"sk\":{\"N\":\"%d\"},\"expires\":{\"N\":\"%d\"},"
                       "\"x\":{\"S\":\"%s\"}}",
                       i, i == ITEMS - 1 ? NOW + 1 : NOW - 1, filler);
        put(text);
    }
    uint32_t pages = 0, count = 0;
    const char *start = NULL;
    do {
        struct fixture_page page = {
            .table = "t", .start_key = start, .page = {.select = ENGINE_SELECT_COUNT}};
        assert_int_equal(fixture_page(&f, &page), ST_OK);
        if (pages == 0) assert_string_equal(page.last_key, key(3)); /* the fourth crosses 1 MB */
        assert_int_equal(page.page.scanned, page.page.count);
        count += page.page.count;
        start = page.last_key;
        pages++;
    } while (start != NULL);
    assert_int_equal(count, 1);
    assert_int_equal(pages, ITEMS / 4 + 1);
}

static const struct fixture_index lagging[FIXTURE_INDEXES_MAX] = {
    {"keys", true, "g:S", NULL, TABLE_PROJECT_KEYS_ONLY}
};

static uint32_t lagging_count(void)
{
    return scan("keys").page.count;
}

/* An index that lags looks at its items as they were then, gone since or not. */
static void test_an_index_that_lags_looks_back(void **state)
{
    (void)state;
    enum { LAG_MS = 1000 };
    struct fixture_write delete = {.verb = ENGINE_DELETE, .table = "t", .item = NULL};
    fixture_open_lagging(&f, NULL, LAG_MS);
    fixture_indexed_table(&f, "t", "pk:S", "sk:N", lagging);
    assert_int_equal(fixture_ttl(&f, "t", "expires", true), ST_OK);
    put(item(1, NOW + 2));
    put(item(2, NOW + 100));
    f.clock_ms += LAG_MS + LAG_MS / 16;
    delete.item = key(2);
    assert_int_equal(fixture_write(&f, &delete), ST_OK);
    assert_int_equal(lagging_count(), 2); /* the second is gone from the table alone */
    turn_clock_to(NOW + 3);
    assert_int_equal(lagging_count(), 0); /* and the first has expired now */
    fixture_close(&f);
}

/* ---- writes */

static void test_another_item_takes_its_place_as_a_new_one(void **state)
{
    (void)state;
    put(print("{\"g\":{\"S\":\"A\"},\"pk\":{\"S\":\"p\"},\"sk\":{\"N\":\"1\"},"
              "\"expires\":{\"N\":\"%d\"},\"x\":{\"S\":\"%0400d\"}}",
              NOW + 1, 0));
    turn_clock_to(NOW + 2);
    struct fixture_write again = {.verb = ENGINE_PUT,
                                  .table = "t",
                                  .item = item(1, NOW + 9),
                                  .condition = "attribute_not_exists(pk)",
                                  .returns = ENGINE_RETURN_ALL_OLD};
    assert_int_equal(fixture_write(&f, &again), ST_OK);
    assert_null(again.returned);
    assert_int_equal(again.write_units, 1);
    assert_int_equal(again.index_cost_count, 3);
    assert_int_equal(again.index_half_units, 6); /* an entry in each; the end of others is free */
    assert_int_equal(stored_count(), 1);
    assert_string_equal(fixture_get(&f, "t", key(1)), item(1, NOW + 9));
    assert_int_equal(scan("all").page.count, 1);
}

static void test_its_end_costs_nothing(void **state)
{
    (void)state;
    put(item(1, NOW - 1));
    const struct fixture_write again = put_into("t", key(1)); /* stands in no index */
    assert_int_equal(again.index_cost_count, 0);
    assert_int_equal(again.index_half_units, 0);
    assert_int_equal(again.write_units, 1);
}

static void test_counts_are_those_of_what_is_stored(void **state)
{
    (void)state;
    put(item(1, NOW - 1));
    put(item(2, NOW + 1));
    put(item(1, NOW - 1)); /* an expired one in the place of another */
    struct engine_description seen = describe("t");
    assert_int_equal(seen.item_count, 2);
    for (uint8_t i = 0; i < seen.table->spec.index_count; i++)
        assert_int_equal(atomic_load(&seen.table->spec.indexes[i].live->item_count), 2);
    table_drop(seen.table);
    assert_int_equal(fixture_sweep(&f), 1);
    seen = describe("t");
    assert_int_equal(seen.item_count, 1);
    for (uint8_t i = 0; i < seen.table->spec.index_count; i++)
        assert_int_equal(atomic_load(&seen.table->spec.indexes[i].live->item_count), 1);
    table_drop(seen.table);
}

static void test_an_update_starts_from_nothing(void **state)
{
    (void)state;
    put(item(1, NOW - 1));
    struct fixture_write update = {.verb = ENGINE_UPDATE,
                                   .table = "t",
                                   .item = key(1),
                                   .update = "SET x = if_not_exists(expires, :none)",
                                   .values = "{\":none\":{\"N\":\"0\"}}",
                                   .returns = ENGINE_RETURN_ALL_NEW};
    assert_int_equal(fixture_write(&f, &update), ST_OK);
    assert_string_equal(update.returned, "{\"pk\":{\"S\":\"p\"},\"sk\":{\"N\":\"1\"},"
                                         "\"x\":{\"N\":\"0\"}}");
    assert_int_equal(scan("all").page.count, 0);
    assert_int_equal(stored_count(), 1);
}

static void test_what_changes_nothing_leaves_it_to_the_sweeper(void **state)
{
    (void)state;
    put(item(1, NOW - 1));
    struct fixture_write remove = {
        .verb = ENGINE_UPDATE, .table = "t", .item = key(1), .update = "REMOVE expires"};
    struct fixture_write delete = {
        .verb = ENGINE_DELETE, .table = "t", .item = key(1), .returns = ENGINE_RETURN_ALL_OLD};
    struct fixture_write refused = {.verb = ENGINE_DELETE,
                                    .table = "t",
                                    .item = key(1),
                                    .condition = "attribute_exists(pk)",
                                    .old_on_failure = true};
    assert_int_equal(fixture_write(&f, &remove), ST_OK);
    assert_int_equal(fixture_write(&f, &delete), ST_OK);
    assert_null(delete.returned);
    assert_int_equal(fixture_write(&f, &refused), ST_CONDITION_FAILED);
    assert_null(refused.returned);
    assert_int_equal(stored_count(), 1);
    assert_int_equal(fixture_sweep(&f), 1);
    assert_int_equal(stored_count(), 0);
}

static void test_batches_and_transactions_keep_the_entries(void **state)
{
    (void)state;
    struct fixture_write writes[] = {
        {.verb = ENGINE_PUT,    .table = "t",   .item = item(1, NOW + 5)},
        {.verb = ENGINE_DELETE, .table = "t",   .item = key(2)},
        {.verb = ENGINE_PUT,         .table = "t", .item = item(3,       NOW + 6)        },
    };
    for (int i = 1; i <= 3; i++) put(item(i, NOW + 1));
    for (int round = 0; round < 2; round++) {
        struct fixture_many many = {
            .writes = writes, .count = ARRAY_COUNT(writes), .transaction = round == 1};
        assert_int_equal(fixture_many(&f, &many), ST_OK);
        fixture_check(&f);
    }
    turn_clock_to(NOW + 6);
    assert_int_equal(fixture_sweep(&f), 1);
    assert_false(is_there(1));
    assert_true(is_there(3));
}

static void test_updates_move_the_entry(void **state)
{
    (void)state;
    static const char *const updates[] = {"SET expires = :later", "SET x = :later",
                                          "REMOVE expires", "SET expires = :later"};
    put(item(1, NOW + 1));
    for (size_t i = 0; i < ARRAY_COUNT(updates); i++) {
        struct fixture_write update = {
            .verb = ENGINE_UPDATE, .table = "t", .item = key(1), .update = updates[i]};
        if (strstr(updates[i], ":later") != NULL)
            update.values = "{\":later\":{\"N\":\"1700000100\"}}";
        assert_int_equal(fixture_write(&f, &update), ST_OK);
        fixture_check(&f);
    }
    turn_clock_to(NOW + 100);
    assert_int_equal(fixture_sweep(&f), 0);
    turn_clock_to(NOW + 101);
    assert_int_equal(fixture_sweep(&f), 1);
}

/* ---- lazy */

static void test_lazy__it_is_as_it_was_until_it_is_swept(void **state)
{
    (void)state;
    struct fixture_write update = {.verb = ENGINE_UPDATE,
                                   .table = "t",
                                   .update = "SET expires = :later",
                                   .values = "{\":later\":{\"N\":\"1700000100\"}}",
                                   .condition = "attribute_exists(pk)"};
    fixture_open(&f, NULL);
    f.ttl_visibility = ENGINE_TTL_LAZY;
    fixture_reopen(&f, NULL);
    make_table();
    put(item(1, NOW - 1));
    put(item(2, NOW - 1));
    assert_true(is_there(1));
    assert_int_equal(scan("keys").page.count, 2);
    update.item = key(2); /* an update that saves it is honoured */
    assert_int_equal(fixture_write(&f, &update), ST_OK);
    assert_int_equal(fixture_sweep(&f), 1);
    assert_false(is_there(1));
    assert_true(is_there(2));
    assert_int_equal(scan("keys").page.count, 1);
    fixture_close(&f);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_it_is_gone_in_the_second_after_its_own),
        TEST(test_what_is_over_five_years_old_does_not_expire),
        TEST(test_only_numbers_at_the_top_count_exactly),
        TEST(test_a_request_is_judged_at_one_moment),
        TEST(test_no_index_shows_it),
        TEST(test_an_index_that_lacks_the_attribute_costs_what_it_shows),
        TEST(test_a_filter_sees_only_what_the_index_holds),
        TEST(test_limits_count_what_is_there),
        TEST(test_a_page_ends_among_the_expired),
        cmocka_unit_test(test_an_index_that_lags_looks_back),
        TEST(test_another_item_takes_its_place_as_a_new_one),
        TEST(test_its_end_costs_nothing),
        TEST(test_counts_are_those_of_what_is_stored),
        TEST(test_an_update_starts_from_nothing),
        TEST(test_what_changes_nothing_leaves_it_to_the_sweeper),
        TEST(test_batches_and_transactions_keep_the_entries),
        TEST(test_updates_move_the_entry),
        cmocka_unit_test(test_lazy__it_is_as_it_was_until_it_is_swept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
