/* space_test.c -- spaces: one name is another table in each, across restarts, in lists, and for
 * tokens; and where the description of a table that is everybody's lies.
 */
#include <stdio.h>

#include "engine/fixture.h"

#define ALICE SPAN("111122223333/us-east-1")
#define BOB SPAN("444455556666/us-east-1")

static struct fixture f;
static char *folder;

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

/* From here on the fixture speaks for this caller. */
static void become(struct span space)
{
    f.space.name = space;
}

static void put_item(const char *table, const char *item)
{
    struct fixture_write put = {.verb = ENGINE_PUT, .table = table, .item = item};
    assert_int_equal(fixture_write(&f, &put), ST_OK);
}

static void make_table_with(struct span space, const char *item)
{
    become(space);
    fixture_table(&f, "music", "pk:S", NULL);
    put_item("music", item);
}

static void assert_held(struct span space, const char *item)
{
    become(space);
    const char *found = fixture_get(&f, "music", "{\"pk\":{\"S\":\"a\"}}");
    assert_non_null(found);
    assert_string_equal(found, item);
}

static const char of_alice[] = "{\"by\":{\"S\":\"alice\"},\"pk\":{\"S\":\"a\"}}";
static const char of_bob[] = "{\"by\":{\"S\":\"bob\"},\"pk\":{\"S\":\"a\"}}";
static const char of_all[] = "{\"by\":{\"S\":\"all\"},\"pk\":{\"S\":\"a\"}}";

static void make_three(void)
{
    make_table_with(ALICE, of_alice);
    make_table_with(BOB, of_bob);
    make_table_with((struct span){0}, of_all);
}

static void test_one_name_is_another_table_in_each_space(void **state)
{
    (void)state;
    make_three();
    assert_held(ALICE, of_alice);
    assert_held(BOB, of_bob);
    assert_held((struct span){0}, of_all);
}

static void test_a_restart_keeps_spaces_apart(void **state)
{
    (void)state;
    make_three();
    fixture_reopen(&f, folder);
    assert_held(ALICE, of_alice);
    assert_held(BOB, of_bob);
    assert_held((struct span){0}, of_all);
    become(SPAN("111122223333/eu-west-1"));
    struct engine_description seen = {0};
    assert_int_equal(engine_table_describe(f.engine, SPAN("music"), &seen, &f.err), ST_NOT_FOUND);
}

static void test_a_name_is_taken_in_its_space_alone(void **state)
{
    (void)state;
    make_three();
    become(BOB);
    struct table_spec spec = {.name = SPAN("music"), .billing = TABLE_PAY_PER_REQUEST};
    spec.key.partition[spec.key.partition_count++] = (struct table_key_part){SPAN("pk"), VALUE_S};
    struct engine_table_write create = {
        .verb = ENGINE_TABLE_CREATE, .name = spec.name, .spec = &spec};
    assert_int_equal(fixture_table_write(&f, &create), ST_IN_USE);
}

static void test_a_deleted_table_goes_from_its_space_alone(void **state)
{
    (void)state;
    make_three();
    become(BOB);
    struct engine_table_write end = {.verb = ENGINE_TABLE_DELETE, .name = SPAN("music")};
    assert_int_equal(fixture_table_write(&f, &end), ST_OK);
    table_drop(end.description.table);
    struct engine_description seen = {0};
    assert_int_equal(engine_table_describe(f.engine, SPAN("music"), &seen, &f.err), ST_NOT_FOUND);
    assert_held(ALICE, of_alice);
    assert_held((struct span){0}, of_all);
    fixture_reopen(&f, folder);
    assert_held(ALICE, of_alice);
}

static void assert_listed(struct span space, const char *start, const char *const *names,
                          uint32_t count)
{
    become(space);
    struct engine_names list = {.start = span_of(start), .limit = 10};
    assert_int_equal(engine_table_list(f.engine, &list, &f.arena, &f.err), ST_OK);
    assert_int_equal(list.count, count);
    assert_false(list.more);
    for (uint32_t i = 0; i < count; i++) support_assert_text(list.names[i], names[i]);
}

static void test_a_list_has_the_names_of_one_space(void **state)
{
    (void)state;
    const struct {
        struct span space;
        const char *name;
    } made[] = {
        {{0},        "zzz"},
        {SPAN("1"),  "bbb"},
        {SPAN("1"),  "aaa"},
        {SPAN("10"), "aab"},
        {SPAN("2"),  "aaa"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(made); i++) {
        become(made[i].space);
        fixture_table(&f, made[i].name, "pk:S", NULL);
    }
    assert_listed(SPAN("1"), "", (const char *const[]){"aaa", "bbb"}, 2);
    assert_listed(SPAN("1"), "aaa", (const char *const[]){"bbb"}, 1);
    assert_listed(SPAN("1"), "bbb", NULL, 0);
    assert_listed(SPAN("10"), "", (const char *const[]){"aab"}, 1);
    assert_listed(SPAN("2"), "a", (const char *const[]){"aaa"}, 1);
    assert_listed((struct span){0}, "", (const char *const[]){"zzz"}, 1);
    assert_listed(SPAN("3"), "", NULL, 0);
}

/* Put an item by a transaction under `token`. */
static status put_once(struct span space, const char *token, const char *item, bool *replayed)
{
    become(space);
    struct fixture_write put = {.verb = ENGINE_PUT, .table = "music", .item = item};
    struct fixture_many many = {.writes = &put, .count = 1, .transaction = true, .token = token};
    const status st = fixture_many(&f, &many);
    *replayed = many.replayed;
    return st;
}

static void test_a_token_counts_in_its_space(void **state)
{
    (void)state;
    bool replayed = false;
    make_three();
    assert_int_equal(put_once(ALICE, "token", of_alice, &replayed), ST_OK);
    assert_false(replayed);
    assert_int_equal(put_once(BOB, "token", of_bob, &replayed), ST_OK);
    assert_false(replayed);
    assert_int_equal(put_once((struct span){0}, "token", of_all, &replayed), ST_OK);
    assert_false(replayed);
    assert_int_equal(put_once(ALICE, "token", of_alice, &replayed), ST_OK);
    assert_true(replayed);
    assert_int_equal(put_once(ALICE, "token", of_bob, &replayed), ST_TOKEN_MISMATCH);
}

static status find_key(struct store_view *view, void *ctx)
{
    struct span value = {0};
    bool found = false;
    const struct span *key = ctx;
    const status st = store_view_get(view, *key, &value, &found);
    return st == ST_OK && !found ? ST_NOT_FOUND : st;
}

static void test_descriptions_lie_under_space_and_name(void **state)
{
    (void)state;
    struct span everybodys = SPAN("Tmusic"), alices = SPAN("T111122223333/us-east-1/music");
    make_table_with((struct span){0}, of_all);
    assert_int_equal(store_read(f.store, find_key, &everybodys), ST_OK);
    assert_int_equal(store_read(f.store, find_key, &alices), ST_NOT_FOUND);
    make_table_with(ALICE, of_alice);
    assert_int_equal(store_read(f.store, find_key, &alices), ST_OK);
}

static void test_counts_of_every_space_are_saved(void **state)
{
    (void)state;
    const struct span spaces[] = {{0}, ALICE, BOB};
    make_three();
    fixture_reopen(&f, folder);
    for (size_t i = 0; i < ARRAY_COUNT(spaces); i++) {
        struct engine_description seen = {0};
        become(spaces[i]);
        assert_int_equal(engine_table_describe(f.engine, SPAN("music"), &seen, &f.err), ST_OK);
        assert_int_equal(seen.item_count, 1);
        support_assert_text(seen.table->spec.name, "music");
        table_drop(seen.table);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_one_name_is_another_table_in_each_space),
        TEST(test_a_restart_keeps_spaces_apart),
        TEST(test_a_name_is_taken_in_its_space_alone),
        TEST(test_a_deleted_table_goes_from_its_space_alone),
        TEST(test_a_list_has_the_names_of_one_space),
        TEST(test_a_token_counts_in_its_space),
        TEST(test_descriptions_lie_under_space_and_name),
        TEST(test_counts_of_every_space_are_saved),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
