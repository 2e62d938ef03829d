/* lag_test.c -- global indexes that lag: what their readers see and when, while tables and local
 * indexes are as they are.
 *
 * The clock is the test's own and stands still while nobody turns it, so nothing waits. The lag is
 * 1,000 ms. The table: pk S, sk S; a global index "global" on (g S, n S), a local one on (pk, n S).
 */
#include <stdio.h>
#include <unistd.h>

#include "engine/fixture.h"

enum { LAG_MS = 1000 };

static struct fixture f;
static char *folder;

static const struct fixture_index indexes[FIXTURE_INDEXES_MAX] = {
    {"global", true,  "g:S", "n:S", TABLE_PROJECT_ALL},
    {"local",  false, NULL,  "n:S", TABLE_PROJECT_ALL},
};

static int set_up(void **state)
{
    (void)state;
    folder = support_folder_new();
    fixture_open_lagging(&f, folder, LAG_MS);
    fixture_indexed_table(&f, "t", "pk:S", "sk:S", indexes);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fixture_close(&f);
    support_folder_free(folder);
    return 0;
}

/* {pk: "p", sk: sk, g: "G", n: n} */
static const char *item(int sk, int n)
{
    char *text = arena_alloc(&f.arena, 200);
    assert_non_null(text);
    (void)snprintf(text, 200,
                   "{\"g\":{\"S\":\"G\"},\"n\":{\"S\":\"%03d\"},\"pk\":{\"S\":\"p\"},"
                   "\"sk\":{\"S\":\"%03d\"}}",
                   n, sk);
    return text;
}

static void put(int sk, int n)
{
    struct fixture_write write = {.verb = ENGINE_PUT, .table = "t", .item = item(sk, n)};
    assert_int_equal(fixture_write(&f, &write), ST_OK);
}

static struct fixture_page page_of(const char *index, const char *start_key, uint32_t limit)
{
    const bool global = strcmp(index, "global") == 0;
    struct fixture_page page = {
        .table = "t",
        .key_condition = global ? "g = :v" : "pk = :v",
        .values = global ? "{\":v\":{\"S\":\"G\"}}" : "{\":v\":{\"S\":\"p\"}}",
        .projection = "n",
        .start_key = start_key,
        .page = {.index_name = span_of(index), .limit = limit},
    };
    assert_int_equal(fixture_page(&f, &page), ST_OK);
    return page;
}

/* What `n` the entries of an index have, one letter each: 1 is a, 2 is b. */
static void assert_sees(const char *index, const char *expected)
{
    struct buf wanted;
    buf_init(&wanted, arena_mem(&f.arena), 4096);
    for (size_t i = 0; expected[i] != '\0'; i++)
        buf_printf(&wanted, "%s{\"n\":{\"S\":\"%03d\"}}", i == 0 ? "" : ",", expected[i] - 'a' + 1);
    char text[512];
    (void)snprintf(text, sizeof text, "[%.*s]", SPAN_ARG(buf_view(&wanted)));
    assert_string_equal(page_of(index, NULL, 0).items, text);
}

static void test_a_write_reaches_a_global_index_when_the_lag_has_passed(void **state)
{
    (void)state;
    put(1, 1);
    assert_non_null(fixture_get(&f, "t", "{\"pk\":{\"S\":\"p\"},\"sk\":{\"S\":\"001\"}}"));
    assert_sees("local", "a");
    assert_sees("global", "");
    f.clock_ms += LAG_MS - 1;
    assert_sees("global", "");
    f.clock_ms += 1;
    assert_sees("global", "a");
}

static void test_a_scan_of_a_global_index_lags_and_one_of_the_table_does_not(void **state)
{
    (void)state;
    put(1, 1);
    struct fixture_page scan = {.table = "t", .page = {.index_name = SPAN("global")}};
    assert_int_equal(fixture_page(&f, &scan), ST_OK);
    assert_int_equal(scan.page.count, 0);
    assert_int_equal(scan.page.scanned, 0);
    scan.page = (struct engine_page){.index_name = SPAN("local")};
    assert_int_equal(fixture_page(&f, &scan), ST_OK);
    assert_int_equal(scan.page.count, 1);
    scan.page = (struct engine_page){.limit = 0};
    assert_int_equal(fixture_page(&f, &scan), ST_OK);
    assert_int_equal(scan.page.count, 1);
}

static void test_changes_and_deletions_are_seen_late_as_well(void **state)
{
    (void)state;
    put(1, 1);
    f.clock_ms += LAG_MS;
    put(1, 2);
    f.clock_ms += LAG_MS / 2;
    struct fixture_write gone = {.verb = ENGINE_DELETE,
                                 .table = "t",
                                 .item = "{\"pk\":{\"S\":\"p\"},\"sk\":{\"S\":\"001\"}}"};
    assert_int_equal(fixture_write(&f, &gone), ST_OK);
    assert_sees("local", "");
    assert_sees("global", "a");
    f.clock_ms += LAG_MS / 2;
    assert_sees("global", "b");
    f.clock_ms += LAG_MS / 2;
    assert_sees("global", "");
}

static void test_a_transaction_arrives_whole(void **state)
{
    (void)state;
    struct fixture_write writes[] = {
        {.verb = ENGINE_PUT, .table = "t", .item = item(1, 1)},
        {.verb = ENGINE_PUT, .table = "t", .item = item(2, 2)},
    };
    struct fixture_many many = {.writes = writes, .count = 2, .transaction = true};
    assert_int_equal(fixture_many(&f, &many), ST_OK);
    assert_sees("global", "");
    f.clock_ms += LAG_MS;
    assert_sees("global", "ab");
}

/* Items are added in front of and behind the place that the page before ended at, and one is
 * deleted, while the pages are read: each page goes on behind its start key in the state of its own
 * time. */
static void test_pages_go_on_behind_their_start_key_while_the_state_moves(void **state)
{
    (void)state;
    put(2, 2);
    put(4, 4);
    put(6, 6);
    f.clock_ms += LAG_MS;
    const struct fixture_page first = page_of("global", NULL, 1);
    assert_string_equal(first.items, "[{\"n\":{\"S\":\"002\"}}]");
    put(1, 1);
    put(3, 3);
    struct fixture_write gone = {.verb = ENGINE_DELETE,
                                 .table = "t",
                                 .item = "{\"pk\":{\"S\":\"p\"},\"sk\":{\"S\":\"006\"}}"};
    assert_int_equal(fixture_write(&f, &gone), ST_OK);
    const struct fixture_page second = page_of("global", first.last_key, 1);
    assert_string_equal(second.items, "[{\"n\":{\"S\":\"004\"}}]");
    f.clock_ms += LAG_MS;
    const struct fixture_page again = page_of("global", first.last_key, 0);
    assert_string_equal(again.items, "[{\"n\":{\"S\":\"003\"}},{\"n\":{\"S\":\"004\"}}]");
    assert_string_equal(page_of("global", second.last_key, 0).items, "[]");
}

/* ---- tables and indexes that come and go */

static void test_a_table_made_again_shows_nothing_of_the_one_before(void **state)
{
    (void)state;
    put(1, 1);
    f.clock_ms += LAG_MS;
    assert_sees("global", "a");
    struct engine_table_write write = {.verb = ENGINE_TABLE_DELETE, .name = SPAN("t")};
    assert_int_equal(fixture_table_write(&f, &write), ST_OK);
    table_drop(write.description.table);
    struct fixture_page page = {.table = "t", .page = {.index_name = SPAN("global")}};
    assert_int_equal(fixture_page(&f, &page), ST_NOT_FOUND);
    fixture_indexed_table(&f, "t", "pk:S", "sk:S", indexes);
    assert_sees("global", "");
    put(2, 2);
    assert_sees("global", "");
    f.clock_ms += LAG_MS;
    assert_sees("global", "b");
}

static void make_index(const char *name)
{
    struct table_index index = {
        .name = span_of(name), .global = true, .projection = TABLE_PROJECT_ALL};
    index.key.partition[index.key.partition_count++] = (struct table_key_part){SPAN("g"), VALUE_S};
    index.key.sort[index.key.sort_count++] = (struct table_key_part){SPAN("n"), VALUE_S};
    const struct engine_table_change change = {.new_index = &index};
    struct engine_table_write write = {
        .verb = ENGINE_TABLE_UPDATE, .name = SPAN("t"), .change = &change};
    assert_int_equal(fixture_table_write(&f, &write), ST_OK);
    table_drop(write.description.table);
}

static void drop_index(const char *name)
{
    const struct engine_table_change change = {.dropped_index = span_of(name)};
    struct engine_table_write write = {
        .verb = ENGINE_TABLE_UPDATE, .name = SPAN("t"), .change = &change};
    assert_int_equal(fixture_table_write(&f, &write), ST_OK);
    table_drop(write.description.table);
}

static bool is_active(void)
{
    struct engine_description description;
    assert_int_equal(engine_table_describe(f.engine, SPAN("t"), &description, &f.err), ST_OK);
    const bool active = description.table->status == TABLE_ACTIVE;
    table_drop(description.table);
    return active;
}

static void await_active(void)
{
    for (int i = 0; i < 10000 && !is_active(); i++) usleep(1000);
    assert_true(is_active());
}

/* LG1: complete at once, and from there on late. */
static void test_an_index_made_later_is_complete_when_it_is_active(void **state)
{
    (void)state;
    put(1, 1);
    put(2, 2);
    drop_index("global");
    make_index("global");
    await_active();
    assert_sees("global", "ab");
    f.clock_ms += LAG_MS / 10; /* else it might be complete only with what follows */
    put(3, 3);
    assert_sees("global", "ab");
    f.clock_ms += LAG_MS - 1;
    assert_sees("global", "ab");
    f.clock_ms += 1;
    assert_sees("global", "abc");
}

static void test_an_index_that_ended_is_told_at_once(void **state)
{
    (void)state;
    put(1, 1);
    drop_index("global");
    struct fixture_page page = {.table = "t", .page = {.index_name = SPAN("global")}};
    assert_int_equal(fixture_page(&f, &page), ST_VALIDATION);
    support_assert_text(error_text(&f.err), "The table does not have the specified index: global");
}

/* ---- openings */

static void test_a_restart_begins_with_everything(void **state)
{
    (void)state;
    put(1, 1);
    assert_sees("global", "");
    fixture_reopen(&f, folder);
    assert_sees("global", "a");
    put(2, 2);
    assert_sees("global", "a");
}

static void test_without_a_lag_an_index_is_as_its_table(void **state)
{
    (void)state;
    f.lag_ms = 0;
    fixture_reopen(&f, folder);
    put(1, 1);
    assert_sees("global", "a");
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_a_write_reaches_a_global_index_when_the_lag_has_passed),
        T(test_a_scan_of_a_global_index_lags_and_one_of_the_table_does_not),
        T(test_changes_and_deletions_are_seen_late_as_well),
        T(test_a_transaction_arrives_whole),
        T(test_pages_go_on_behind_their_start_key_while_the_state_moves),
        T(test_a_table_made_again_shows_nothing_of_the_one_before),
        T(test_an_index_made_later_is_complete_when_it_is_active),
        T(test_an_index_that_ended_is_told_at_once),
        T(test_a_restart_begins_with_everything),
        T(test_without_a_lag_an_index_is_as_its_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
