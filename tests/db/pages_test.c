/* pages_test.c -- queries, scans, pagers and the tokens between pages, on every kind of database.
 *
 * The table has partition "a" with sort keys "s00" … "s24" and n = 0 … 24, and partition "b" with
 * one item. A pager's invariants are G1 and G2 of pager.c.
 */
#include <stdio.h>

#include "db/literal.h"
#include "db/page_token.h"
#include "db/place.h"

enum { ITEMS = 25 };

static stator *db;
static const char *t;

static void fill(const char *table)
{
    char sk[8];
    stator_batch *batch = NULL;
    place_rc(stator_batch_new(db, NULL, &batch), STATOR_OK);
    for (int i = 0; i < ITEMS; i++)
        place_rc(stator_batch_put(batch, table,
                                  STATOR_M({"PK", stator_s("a")}, {"SK", stator_sf(sk, "s%02d", i)},
                                           {"n", stator_i(i)}, {"email", stator_s("e")})),
                 STATOR_OK);
    place_rc(stator_batch_put(batch, table, PLACE_KEY("b", "x")), STATOR_OK);
    place_rc(stator_batch_flush(batch), STATOR_OK);
    stator_batch_free(batch);
}

static int set_up(void **state)
{
    (void)state;
    db = place_open();
    t = place_name("pages");
    place_rc(stator_create_table(db, .name = t, .key = "PK:S, SK:S",
                                 .indexes =
                                     STATOR_INDEXES({.name = "gsi-email", .key = "email:S, n:N"})),
             STATOR_OK);
    fill(t);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    place_close(db);
    return 0;
}

#define OF_A stator_eq("PK", stator_s("a"))

/* ---- one page */

static void test_query__a_page_has_items_and_counts(void **state)
{
    (void)state;
    stator_result *r = NULL;
    place_rc(stator_query(db, t, &r, OF_A, .filter = stator_ge("n", stator_i(20))), STATOR_OK);
    assert_int_equal(stator_result_count(r), 5);
    assert_int_equal(stator_result_scanned(r), ITEMS);
    assert_int_equal(stator_int(stator_result_item(r, 0), "n", -1), 20);
    assert_null(stator_result_item(r, 5));
    assert_null(stator_result_token(r));
    assert_null(stator_result_last_key(r));
    assert_int_equal(stator_int(stator_result_node(r), "Count", -1), 5);
    stator_result_free(r);
}

static void test_query__nothing_found_is_ok(void **state)
{
    (void)state;
    stator_result *r = NULL;
    place_rc(stator_query(db, t, &r, stator_eq("PK", stator_s("none"))), STATOR_OK);
    assert_non_null(r);
    assert_int_equal(stator_result_count(r), 0);
    stator_result_free(r);
}

static void test_query__conditions_of_the_sort_key(void **state)
{
    (void)state;
    static const stator_cop ops[] = {STATOR_C_EQ, STATOR_C_LT, STATOR_C_LE, STATOR_C_GT,
                                     STATOR_C_GE};
    static const size_t counts[] = {1, 10, 11, 14, 15};
    stator_result *r = NULL;
    for (size_t i = 0; i < ARRAY_COUNT(ops); i++) {
        place_rc(
            stator_query(db, t, &r,
                         stator_and(OF_A, stator_cmp(stator_path("SK"), ops[i], stator_s("s10")))),
            STATOR_OK);
        assert_int_equal(stator_result_count(r), counts[i]);
        stator_result_free(r);
    }
    place_rc(stator_query(db, t, &r,
                          stator_and(OF_A, stator_between("SK", stator_s("s05"), stator_s("s07")))),
             STATOR_OK);
    assert_int_equal(stator_result_count(r), 3);
    stator_result_free(r);
    place_rc(stator_query(db, t, &r, stator_and(OF_A, stator_begins_with("SK", stator_s("s2")))),
             STATOR_OK);
    assert_int_equal(stator_result_count(r), 5);
    stator_result_free(r);
}

static void test_query__descending_select_and_count_only(void **state)
{
    (void)state;
    stator_result *r = NULL;
    place_rc(stator_query(db, t, &r, OF_A, .descending = true, .select = "n", .limit = 2,
                          .capacity = STATOR_CAP_TOTAL, .consistent = true),
             STATOR_OK);
    place_json(stator_result_item(r, 0), "{\"n\":24}");
    place_json(stator_result_item(r, 1), "{\"n\":23}");
    assert_true(stator_result_capacity(r, t) > 0.9);
    assert_string_equal(stator_str(stator_result_last_key(r), "SK"), "s23");
    stator_result_free(r);
    place_rc(stator_query(db, t, &r, OF_A, .count_only = true), STATOR_OK);
    assert_int_equal(stator_result_count(r), ITEMS);
    assert_null(stator_result_item(r, 0));
    stator_result_free(r);
}

static void test_query__capacity_of_an_index_by_its_name(void **state)
{
    (void)state;
    char name[120];
    stator_result *r = NULL;
    (void)snprintf(name, sizeof name, "%s/gsi-email", t);
    place_rc(stator_query(db, t, &r, stator_eq("email", stator_s("e")), .index = "gsi-email",
                          .capacity = STATOR_CAP_INDEXES),
             STATOR_OK);
    assert_int_equal(stator_result_count(r), ITEMS);
    assert_true(stator_result_capacity(r, name) > 0.4);
    assert_true(stator_result_capacity(r, "gsi-email") < 0.01);
    stator_result_free(r);
}

static void test_scan__a_page_of_the_table_or_a_part_of_it(void **state)
{
    (void)state;
    stator_result *r = NULL;
    size_t sum = 0;
    place_rc(stator_scan(db, &r, t, .filter = stator_lt("n", stator_i(3))), STATOR_OK);
    assert_int_equal(stator_result_count(r), 3);
    assert_int_equal(stator_result_scanned(r), ITEMS + 1);
    stator_result_free(r);
    for (int i = 0; i < 4; i++) {
        place_rc(stator_scan(db, &r, t, .segment = i, .segments = 4), STATOR_OK);
        sum += stator_result_count(r);
        stator_result_free(r);
    }
    assert_int_equal(sum, ITEMS + 1);
}

static void test_page__start_key_and_start_token_go_on_where_a_page_ended(void **state)
{
    (void)state;
    stator_result *first = NULL;
    stator_result *r = NULL;
    place_rc(stator_query(db, t, &first, OF_A, .limit = 10), STATOR_OK);
    assert_int_equal(stator_result_count(first), 10);
    place_rc(
        stator_query(db, t, &r, OF_A, .start_key = stator_node_val(stator_result_last_key(first))),
        STATOR_OK);
    assert_int_equal(stator_result_count(r), 15);
    stator_result_free(r);
    place_rc(stator_query(db, t, &r, OF_A, .start_token = stator_result_token(first), .limit = 3),
             STATOR_OK);
    assert_int_equal(stator_int(stator_result_item(r, 0), "n", -1), 10);
    assert_int_equal(stator_result_count(r), 3);
    stator_result_free(r);
    stator_result_free(first);
}

/* ---- pagers */

static void test_pager__gives_every_item_once_in_order(void **state)
{
    (void)state;
    const stator_node *item = NULL;
    stator_pager *pager = NULL;
    int64_t n = 0;
    place_rc(stator_each_query(db, t, &pager, OF_A, .limit = 4), STATOR_OK);
    while (stator_next(pager, &item) == STATOR_OK) assert_int_equal(stator_int(item, "n", -1), n++);
    assert_int_equal(n, ITEMS);
    place_rc(stator_next(pager, &item), STATOR_DONE);
    assert_null(item);
    assert_null(stator_pager_token(pager));
    stator_pager_free(pager);
}

static void test_pager__pages_without_items_are_passed_over(void **state)
{
    (void)state;
    const stator_node *item = NULL;
    stator_pager *pager = NULL;
    place_rc(
        stator_each_query(db, t, &pager, OF_A, .limit = 2, .filter = stator_eq("n", stator_i(23))),
        STATOR_OK);
    place_rc(stator_next(pager, &item), STATOR_OK);
    assert_int_equal(stator_int(item, "n", -1), 23);
    place_rc(stator_next(pager, &item), STATOR_DONE);
    stator_pager_free(pager);
}

static void test_pager__whole_pages_are_the_applications(void **state)
{
    (void)state;
    static const size_t counts[] = {10, 10, 5};
    stator_result *pages[4] = {NULL};
    stator_pager *pager = NULL;
    place_rc(stator_each_query(db, t, &pager, OF_A, .limit = 10), STATOR_OK);
    for (size_t i = 0; i < 3; i++) place_rc(stator_next_page(pager, &pages[i]), STATOR_OK);
    place_rc(stator_next_page(pager, &pages[3]), STATOR_DONE);
    assert_null(pages[3]);
    stator_pager_free(pager);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(stator_result_count(pages[i]), counts[i]);
        assert_int_equal(stator_int(stator_result_item(pages[i], 0), "n", -1), 10 * i);
        stator_result_free(pages[i]);
    }
}

static void test_pager__items_and_pages_mix_between_pages_alone(void **state)
{
    (void)state;
    const stator_node *item = NULL;
    stator_result *page = NULL;
    stator_pager *pager = NULL;
    place_rc(stator_each_query(db, t, &pager, OF_A, .limit = 2), STATOR_OK);
    place_rc(stator_next(pager, &item), STATOR_OK);
    place_error(stator_next_page(pager, &page), STATOR_E_MISUSE,
                "stator_next_page: stator_next is in the middle of a page");
    place_rc(stator_next(pager, &item), STATOR_OK);
    place_rc(stator_next_page(pager, &page), STATOR_OK);
    assert_int_equal(stator_int(stator_result_item(page, 0), "n", -1), 2);
    stator_result_free(page);
    place_rc(stator_next(pager, &item), STATOR_OK);
    assert_int_equal(stator_int(item, "n", -1), 4);
    stator_pager_free(pager);
}

static void test_pager__max_items_ends_it(void **state)
{
    (void)state;
    static const int limits[] = {0, 3, 7, 100};
    for (size_t i = 0; i < ARRAY_COUNT(limits); i++) {
        const stator_node *item = NULL;
        stator_pager *pager = NULL;
        int count = 0;
        place_rc(stator_each_query(db, t, &pager, OF_A, .limit = limits[i], .max_items = 7),
                 STATOR_OK);
        while (stator_next(pager, &item) == STATOR_OK) count++;
        assert_int_equal(count, 7);
        assert_non_null(stator_pager_token(pager));
        stator_pager_free(pager);
    }
}

/* Without a filter the token after max_items items leads to the very next one. */
static void test_pager__max_items_and_its_token_lose_nothing(void **state)
{
    (void)state;
    const stator_node *item = NULL;
    stator_pager *pager = NULL;
    char token[500] = "";
    int64_t n = 0;
    for (int round = 0; round < 4; round++) {
        place_rc(stator_each_query(db, t, &pager, OF_A, .max_items = 7, .limit = 3,
                                   .start_token = round > 0 ? token : NULL),
                 STATOR_OK);
        while (stator_next(pager, &item) == STATOR_OK)
            assert_int_equal(stator_int(item, "n", -1), n++);
        const char *next = stator_pager_token(pager);
        (void)snprintf(token, sizeof token, "%s", next != NULL ? next : "");
        stator_pager_free(pager);
    }
    assert_int_equal(n, ITEMS);
    assert_string_equal(token, "");
}

static void test_pager__options_are_copied(void **state)
{
    (void)state;
    char pk[4] = "a";
    char table[80];
    const stator_node *item = NULL;
    stator_pager *pager = NULL;
    stator_retry retry = STATOR_RETRY_NONE;
    (void)snprintf(table, sizeof table, "%s", t);
    int count = 0;
    place_rc(stator_each_query(db, table, &pager, stator_eq("PK", stator_s(pk)), .limit = 6,
                               .retry = &retry),
             STATOR_OK);
    memset(pk, '?', 2);
    memset(table, '?', sizeof table);
    memset(&retry, '?', sizeof retry);
    while (stator_next(pager, &item) == STATOR_OK) count++;
    assert_int_equal(count, ITEMS);
    stator_pager_free(pager);
}

static void test_pager__scans_and_segments(void **state)
{
    (void)state;
    const stator_node *item = NULL;
    int count = 0;
    for (int i = 0; i < 3; i++) {
        stator_pager *pager = NULL;
        place_rc(stator_each_scan(db, &pager, t, .limit = 2, .segment = i, .segments = 3),
                 STATOR_OK);
        while (stator_next(pager, &item) == STATOR_OK) count++;
        stator_pager_free(pager);
    }
    assert_int_equal(count, ITEMS + 1);
}

/* A pager that only counts has pages, and no items. */
static void test_pager__count_only_has_no_items(void **state)
{
    (void)state;
    const stator_node *item = NULL;
    stator_result *page = NULL;
    stator_pager *pager = NULL;
    place_rc(stator_each_query(db, t, &pager, OF_A, .limit = 10, .count_only = true), STATOR_OK);
    place_rc(stator_next_page(pager, &page), STATOR_OK);
    assert_int_equal(stator_result_count(page), 10);
    stator_result_free(page);
    place_rc(stator_next(pager, &item), STATOR_DONE);
    place_rc(stator_next_page(pager, &page), STATOR_DONE);
    stator_pager_free(pager);
}

struct naps {
    int count;
    int64_t last_us;
};

static void nap(void *ud, int64_t us)
{
    struct naps *naps = ud;
    naps->count++;
    naps->last_us = us;
}

static void test_pager__page_delay_is_between_pages(void **state)
{
    (void)state;
    struct naps naps = {0};
    const stator_hooks hooks = {.ud = &naps, .sleep_us = nap};
    const stator_options options = {.size = sizeof options, .hooks = &hooks};
    const stator_node *item = NULL;
    stator_pager *pager = NULL;
    stator *other = place_open_with(&options);
    const char *table = place_table(other, "PK:S, SK:S");
    naps = (struct naps){0};
    for (int i = 0; i < 3; i++) place_put(other, table, "a", i == 0 ? "x" : i == 1 ? "y" : "z", i);
    place_rc(stator_each_query(other, table, &pager, OF_A, .limit = 1, .max_items = 3,
                               .page_delay_us = 50000),
             STATOR_OK);
    place_rc(stator_next(pager, &item), STATOR_OK);
    assert_int_equal(naps.count, 0);
    place_rc(stator_next(pager, &item), STATOR_OK);
    place_rc(stator_next(pager, &item), STATOR_OK);
    assert_int_equal(naps.count, 2);
    assert_int_equal(naps.last_us / 1000, 49 + (naps.last_us >= 50000 ? 1 : 0));
    place_rc(stator_next(pager, &item), STATOR_DONE);
    stator_pager_free(pager);
    stator_close(other);
}

/* G2: what a page could not be read for may pass, and the pager goes on as if it had not been. */
static void test_pager__goes_on_after_an_error(void **state)
{
    (void)state;
    const stator_node *item = NULL;
    stator_pager *pager = NULL;
    const char *name = place_name("later");
    place_rc(stator_each_scan(db, &pager, name), STATOR_OK);
    place_rc(stator_next(pager, &item), STATOR_E_NO_TABLE);
    place_rc(stator_next(pager, &item), STATOR_E_NO_TABLE);
    assert_null(stator_pager_token(pager));
    place_rc(stator_create_table(db, .name = name, .key = "PK:S, SK:S"), STATOR_OK);
    place_put(db, name, "a", "1", 1);
    place_rc(stator_next(pager, &item), STATOR_OK);
    place_rc(stator_next(pager, &item), STATOR_DONE);
    stator_pager_free(pager);
}

/* ---- tokens */

static const char golden[] =
    "eyJsYXN0S2V5Ijp7IlBLIjp7IlMiOiJVU0VSIzEifSwiU0siOnsiUyI6IlBST0ZJTEUifX0sImluZGV4IjoiZ3NpLW"
    "VtYWlsIiwic29ydCI6IkFTQyJ9";

static void test_token__has_the_form_that_other_libraries_have(void **state)
{
    (void)state;
    const char *table = place_name("token");
    stator_result *r = NULL;
    place_rc(stator_create_table(db, .name = table, .key = "PK:S, SK:S"), STATOR_OK);
    place_put(db, table, "USER#1", "PROFILE", 1);
    place_put(db, table, "USER#1", "SETTINGS", 1);
    place_rc(stator_query(db, table, &r, stator_eq("PK", stator_s("USER#1")), .limit = 1),
             STATOR_OK);
    assert_string_equal(stator_result_token(r),
                        "eyJsYXN0S2V5Ijp7IlBLIjp7IlMiOiJVU0VSIzEifSwiU0siOnsiUyI6IlBST0ZJTEUifX0sIn"
                        "NvcnQiOiJBU0MifQ==");
    stator_result_free(r);
}

/* Both ways, byte for byte. */
static void test_token__golden(void **state)
{
    (void)state;
    struct arena arena;
    struct error err;
    struct value key = {0};
    struct page_token read = {.index = SPAN("gsi-email")};
    const stator_val literal = PLACE_KEY("USER#1", "PROFILE");
    arena_init(&arena, support_mem(), 1 << 20);
    err = error_in(&arena);
    assert_int_equal(literal_item(&literal, &arena, &key, &err), ST_OK);
    const struct page_token token = {.last_key = key, .index = SPAN("gsi-email")};
    assert_string_equal(page_token_write(&token, &arena), golden);
    assert_int_equal(page_token_read(span_of(golden), &arena, &read, &err), ST_OK);
    assert_true(value_eq(read.last_key, key));
    arena_deinit(&arena);
    support_mem_check();
}

/* The key of the golden token is that of a table; it names an index, which has to be the call's. */
static void test_token__is_bound_to_index_and_direction(void **state)
{
    (void)state;
    static const char sentence[] = "start_token is of another index or direction";
    stator_result *r = NULL;
    place_error(stator_query(db, t, &r, OF_A, .start_token = golden), STATOR_E_INVALID, sentence);
    place_error(stator_query(db, t, &r, stator_eq("email", stator_s("e")), .index = "gsi-email",
                             .descending = true, .start_token = golden),
                STATOR_E_INVALID, sentence);
    place_error(stator_query(db, t, &r, stator_eq("email", stator_s("e")), .index = "gsi-email",
                             .start_token = golden),
                STATOR_E_INVALID, "The provided starting key is invalid");
    place_rc(stator_query(db, t, &r, stator_eq("email", stator_s("e")), .index = "gsi-email",
                          .limit = 3),
             STATOR_OK);
    stator_result *next = NULL;
    place_rc(stator_query(db, t, &next, stator_eq("email", stator_s("e")), .index = "gsi-email",
                          .start_token = stator_result_token(r)),
             STATOR_OK);
    assert_int_equal(stator_result_count(next), ITEMS - 3);
    stator_result_free(next);
    stator_result_free(r);
}

static void test_token__what_is_none_is_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "x",
        "!!!!",
        "AAAA",
        "e30=",
        "W10=",
        "eyJsYXN0S2V5IjoxfQ==",
        "eyJsYXN0S2V5Ijp7IlBLIjoxfX0=",
        "eyJsYXN0S2V5Ijp7fX0",
        "eyJsYXN0S2V5Ijp7IlBLIjp7IlMiOiJhIn19LCJzb3J0IjoiQVNDIn0=x",
        "\xff\xfe",
    };
    stator_result *r = NULL;
    for (size_t i = 0; i < ARRAY_COUNT(wrong); i++) {
        place_error(stator_query(db, t, &r, OF_A, .start_token = wrong[i]), STATOR_E_INVALID,
                    "start_token is none that a page was given");
        assert_null(r);
    }
}

/* Every cut and every changed byte of a token is refused or is a token; nothing else happens. */
static void test_token__may_be_damaged_in_any_way(void **state)
{
    (void)state;
    char text[sizeof golden];
    stator_result *r = NULL;
    for (size_t i = 1; i < sizeof golden - 1; i++) {
        memcpy(text, golden, sizeof golden);
        text[i] = text[i] == 'x' ? 'y' : 'x';
        (void)!stator_query(db, t, &r, OF_A, .start_token = text);
        stator_result_free(r);
        memcpy(text, golden, sizeof golden);
        text[i] = '\0';
        place_rc(stator_query(db, t, &r, OF_A, .start_token = text),
                 i == 0 ? STATOR_OK : STATOR_E_INVALID); /* an empty one is the beginning */
        stator_result_free(r);
    }
}

/* ---- counts */

static void test_count_basic(void **state)
{
    (void)state;
    int64_t n = -1;
    place_rc(stator_count(db, t, &n, OF_A), STATOR_OK);
    assert_int_equal(n, ITEMS);
    place_rc(stator_count(db, t, &n, (stator_cond){0}), STATOR_OK);
    assert_int_equal(n, ITEMS + 1);
}

static void test_count_with_sort_key_prefix(void **state)
{
    (void)state;
    int64_t n = -1;
    place_rc(stator_count(db, t, &n, stator_and(OF_A, stator_begins_with("SK", stator_s("s1")))),
             STATOR_OK);
    assert_int_equal(n, 10);
}

static void test_count_with_sort_key_range(void **state)
{
    (void)state;
    int64_t n = -1;
    place_rc(stator_count(db, t, &n,
                          stator_and(OF_A, stator_between("SK", stator_s("s03"), stator_s("s05")))),
             STATOR_OK);
    assert_int_equal(n, 3);
}

static void test_count_empty_partition(void **state)
{
    (void)state;
    int64_t n = -1;
    place_rc(stator_count(db, t, &n, stator_eq("PK", stator_s("none"))), STATOR_OK);
    assert_int_equal(n, 0);
}

static void test_count_nonexistent_table(void **state)
{
    (void)state;
    int64_t n = -1;
    place_rc(stator_count(db, "none", &n, OF_A), STATOR_E_NO_TABLE);
    assert_int_equal(n, 0);
}

/* Over many pages, each of one item. */
static void test_count_matches_query_len(void **state)
{
    (void)state;
    int64_t n = -1;
    place_rc(stator_count(db, t, &n, OF_A, .limit = 1), STATOR_OK);
    assert_int_equal(n, ITEMS);
}

static void test_count_with_filter(void **state)
{
    (void)state;
    int64_t n = -1;
    place_rc(stator_count(db, t, &n, OF_A, .filter = stator_lt("n", stator_i(7)), .limit = 3),
             STATOR_OK);
    assert_int_equal(n, 7);
}

static void test_count_filter_no_matches(void **state)
{
    (void)state;
    int64_t n = -1;
    place_rc(stator_count(db, t, &n, OF_A, .filter = stator_lt("n", stator_i(0))), STATOR_OK);
    assert_int_equal(n, 0);
}

/* ---- scans in parts */

enum { SEGMENTS = 5 };

struct seen {
    int of_segment[SEGMENTS];
    int by_n[ITEMS];
    stator_rc rc;
};

static stator_rc see(void *ud, int segment, const stator_node *item)
{
    struct seen *seen = ud;
    const int64_t n = stator_int(item, "n", -1);
    seen->of_segment[segment]++;
    if (n >= 0) seen->by_n[n]++;
    return seen->rc;
}

#define SCAN_OF(...) (&(stator_query_opts){.size = sizeof(stator_query_opts), __VA_ARGS__})

static void test_scan_all__every_item_once(void **state)
{
    (void)state;
    struct seen seen = {{0}, {0}, STATOR_OK};
    int sum = 0;
    place_rc(stator_scan_all(db, SCAN_OF(.table = t, .segments = SEGMENTS, .limit = 2), see, &seen),
             STATOR_OK);
    for (int i = 0; i < ITEMS; i++) assert_int_equal(seen.by_n[i], 1);
    for (int i = 0; i < SEGMENTS; i++) sum += seen.of_segment[i];
    assert_int_equal(sum, ITEMS + 1);
}

static void test_scan_all__each_may_end_it(void **state)
{
    (void)state;
    struct seen seen = {{0}, {0}, STATOR_DONE};
    place_rc(stator_scan_all(db, SCAN_OF(.table = t, .segments = 1), see, &seen), STATOR_DONE);
    assert_int_equal(seen.of_segment[0], 1);
    seen.rc = -77;
    place_rc(stator_scan_all(db, SCAN_OF(.table = t, .segments = SEGMENTS), see, &seen), -77);
}

static void test_scan_all__errors_of_parts_are_told_on_the_calling_thread(void **state)
{
    (void)state;
    struct seen seen = {{0}, {0}, STATOR_OK};
    place_error(stator_scan_all(db, SCAN_OF(.table = "none", .segments = SEGMENTS), see, &seen),
                STATOR_E_NO_TABLE, "Requested resource not found");
    assert_string_equal(stator_error_get()->code, "ResourceNotFoundException");
    place_error(stator_scan_all(db, SCAN_OF(.table = t), see, &seen), STATOR_E_INVALID,
                "a scan has 1 to 256 segments, not 0");
    place_rc(stator_scan_all(db, SCAN_OF(.table = t, .segments = 257), see, &seen),
             STATOR_E_INVALID);
    place_rc(stator_scan_all(db, SCAN_OF(.table = t, .segments = 1), NULL, &seen), STATOR_E_MISUSE);
    place_rc(stator_scan_all(NULL, SCAN_OF(.table = t, .segments = 1), see, &seen),
             STATOR_E_MISUSE);
    place_rc(stator_scan_all(db, NULL, see, &seen), STATOR_E_MISUSE);
}

/* ---- what is wrong */

static void test_page__wrong_options_are_refused(void **state)
{
    (void)state;
    stator_result *r = NULL;
    place_error(stator_scan(db, &r, t, .descending = true), STATOR_E_INVALID,
                "a scan has no direction");
    place_error(stator_scan(db, &r, t, .key = OF_A), STATOR_E_INVALID,
                "a scan has no key condition: use .filter");
    place_error(stator_query(db, t, &r, OF_A, .segments = 2), STATOR_E_INVALID,
                "a query has no segments");
    place_error(
        stator_query(db, t, &r, OF_A, .start_key = PLACE_KEY("a", "s00"), .start_token = golden),
        STATOR_E_INVALID, "start_key and start_token cannot both be given");
    place_error(stator_scan(db, &r, t, .segment = 1), STATOR_E_INVALID,
                "segment is given without segments");
    place_rc(stator_query(db, t, &r, OF_A, .index = "none"), STATOR_E_NO_INDEX);
    place_rc(stator_query(db, t, &r, OF_A, .limit = -1), STATOR_E_INVALID);
    place_rc(stator_query(db, t, &r, OF_A, .limit = -1, .max_items = 4), STATOR_E_INVALID);
    place_rc(stator_query(db, t, &r, (stator_cond){0}), STATOR_E_INVALID);
    assert_null(r);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_query__a_page_has_items_and_counts),
        TEST(test_query__nothing_found_is_ok),
        TEST(test_query__conditions_of_the_sort_key),
        TEST(test_query__descending_select_and_count_only),
        TEST(test_query__capacity_of_an_index_by_its_name),
        TEST(test_scan__a_page_of_the_table_or_a_part_of_it),
        TEST(test_page__start_key_and_start_token_go_on_where_a_page_ended),
        TEST(test_pager__gives_every_item_once_in_order),
        TEST(test_pager__pages_without_items_are_passed_over),
        TEST(test_pager__whole_pages_are_the_applications),
        TEST(test_pager__items_and_pages_mix_between_pages_alone),
        TEST(test_pager__max_items_ends_it),
        TEST(test_pager__max_items_and_its_token_lose_nothing),
        TEST(test_pager__options_are_copied),
        TEST(test_pager__scans_and_segments),
        TEST(test_pager__count_only_has_no_items),
        TEST(test_pager__page_delay_is_between_pages),
        TEST(test_pager__goes_on_after_an_error),
        TEST(test_token__has_the_form_that_other_libraries_have),
        TEST(test_token__golden),
        TEST(test_token__is_bound_to_index_and_direction),
        TEST(test_token__what_is_none_is_refused),
        TEST(test_token__may_be_damaged_in_any_way),
        TEST(test_count_basic),
        TEST(test_count_with_sort_key_prefix),
        TEST(test_count_with_sort_key_range),
        TEST(test_count_empty_partition),
        TEST(test_count_nonexistent_table),
        TEST(test_count_matches_query_len),
        TEST(test_count_with_filter),
        TEST(test_count_filter_no_matches),
        TEST(test_scan_all__every_item_once),
        TEST(test_scan_all__each_may_end_it),
        TEST(test_scan_all__errors_of_parts_are_told_on_the_calling_thread),
        TEST(test_page__wrong_options_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
