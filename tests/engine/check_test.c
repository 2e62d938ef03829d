/* check_test.c -- the checker is believed because it finds what is broken on purpose.
 *
 * Each test breaks the stored bytes behind the engine's back and counts the problems that are told.
 */
#include <stdio.h>

#include "engine/fixture.h"

static struct fixture f;
static char told[512];

static void keep_text(void *ctx, const char *text)
{
    (void)ctx;
    (void)snprintf(told, sizeof told, "%s", text);
}

/* Open a table of `space` with a global index over `g`, holding two items that stand in it. */
static void open_table_of(struct span space)
{
    struct table_index index = {
        .name = SPAN("byG"), .global = true, .projection = TABLE_PROJECT_KEYS_ONLY};
    index.key.partition[index.key.partition_count++] = (struct table_key_part){SPAN("g"), VALUE_S};
    struct table_spec spec = {.name = SPAN("t"), .indexes = &index, .index_count = 1};
    spec.key.partition[spec.key.partition_count++] = (struct table_key_part){SPAN("pk"), VALUE_S};
    struct engine_table_write write = {
        .verb = ENGINE_TABLE_CREATE, .name = spec.name, .spec = &spec};
    fixture_open(&f, NULL);
    f.space.name = space;
    assert_int_equal(fixture_table_write(&f, &write), ST_OK);
    table_drop(write.description.table);
    static const char *const items[] = {"{\"pk\":{\"S\":\"a\"},\"g\":{\"S\":\"G\"}}",
                                        "{\"pk\":{\"S\":\"b\"},\"g\":{\"S\":\"G\"}}"};
    for (size_t i = 0; i < ARRAY_COUNT(items); i++) {
        struct fixture_write put = {.verb = ENGINE_PUT, .table = "t", .item = items[i]};
        assert_int_equal(fixture_write(&f, &put), ST_OK);
    }
}

/* Open a table with a local index over `l`, and two items in one collection that stand in it. */
static void open_collection(void)
{
    static const struct fixture_index indexes[FIXTURE_INDEXES_MAX] = {
        {"byL", false, NULL, "l:S", TABLE_PROJECT_KEYS_ONLY}
    };
    static const char *const items[] = {
        "{\"pk\":{\"S\":\"a\"},\"sk\":{\"S\":\"1\"},\"l\":{\"S\":\"L\"}}",
        "{\"pk\":{\"S\":\"a\"},\"sk\":{\"S\":\"2\"},\"l\":{\"S\":\"L\"}}"};
    fixture_open(&f, NULL);
    fixture_indexed_table(&f, "t", "pk:S", "sk:S", indexes);
    for (size_t i = 0; i < ARRAY_COUNT(items); i++) {
        struct fixture_write put = {.verb = ENGINE_PUT, .table = "t", .item = items[i]};
        assert_int_equal(fixture_write(&f, &put), ST_OK);
    }
}

static void open_table(void)
{
    open_table_of((struct span){0});
}

static uint64_t problems(void)
{
    struct engine_check check = {.problem = keep_text};
    assert_int_equal(engine_check(f.space.engine, &check, &f.err), ST_OK);
    return check.problems;
}

static void assert_told(const char *expected)
{
    assert_int_equal(problems(), 1);
    assert_string_equal(told, expected);
}

/* What a breaking function needs: the key of the first item or entry of a kind. */
struct target {
    uint8_t kind;
    uint8_t key[64];
    size_t len;
};

static status find_key(struct store_view *view, void *ctx)
{
    struct target *target = ctx;
    const uint8_t end = (uint8_t)(target->kind + 1);
    struct store_cursor *cursor = NULL;
    struct span key = {0}, value = {0};
    bool found = false;
    const struct store_range range = {
        {&target->kind, 1},
        {&end,          1}
    };
    TRY(store_view_walk(view, range, false, &cursor));
    const status st = store_cursor_next(cursor, &key, &value, &found);
    if (st == ST_OK && found && key.len <= sizeof target->key) {
        memcpy(target->key, key.ptr, key.len);
        target->len = key.len;
    }
    store_cursor_close(cursor);
    return st;
}

static status delete_key(struct store_txn *txn, void *ctx)
{
    const struct target *target = ctx;
    return store_txn_delete(txn, (struct span){target->key, target->len});
}

static status spoil_value(struct store_txn *txn, void *ctx)
{
    const struct target *target = ctx;
    return store_txn_put(txn, (struct span){target->key, target->len}, SPAN("spoiled"));
}

static status halve_number(struct store_txn *txn, void *ctx)
{
    const struct target *target = ctx;
    const uint8_t sixteen[8] = {16};
    return store_txn_put(txn, (struct span){target->key, target->len},
                         (struct span){sixteen, sizeof sixteen});
}

static status add_stray(struct store_txn *txn, void *ctx)
{
    (void)ctx;
    static const uint8_t key[21] = {'I', 0, 0, 0x30, 0x39};
    return store_txn_put(txn, (struct span){key, sizeof key}, SPAN("stray"));
}

static void break_first(uint8_t kind, store_write_fn *fn)
{
    struct target target = {.kind = kind};
    assert_int_equal(store_read(f.store, find_key, &target), ST_OK);
    assert_true(target.len > 0);
    assert_int_equal(store_write_wait(f.store, fn, &target), ST_OK);
}

/* The fixture would fail a test that ends with problems: end without its check. */
static void close_broken(void)
{
    engine_close(f.space.engine);
    store_close(f.store);
    arena_deinit(&f.arena);
    support_mem_check();
}

static void test_a_sound_table_has_no_problems(void **state)
{
    (void)state;
    open_table();
    assert_int_equal(problems(), 0);
    fixture_close(&f);
}

static void test_a_missing_entry_is_found(void **state)
{
    (void)state;
    open_table();
    break_first('G', delete_key);
    struct engine_check check = {.problem = keep_text};
    assert_int_equal(engine_check(f.space.engine, &check, &f.err), ST_OK);
    assert_int_equal(check.problems, 2); /* the item without it, and the number of entries */
    assert_string_equal(told, "table t: index byG has 1 entries for 2 items");
    close_broken();
}

static void test_an_entry_without_its_item_is_found(void **state)
{
    (void)state;
    open_table();
    break_first('I', delete_key);
    assert_told("table t: index byG has 2 entries for 1 items");
    close_broken();
}

static void test_an_entry_that_differs_is_found(void **state)
{
    (void)state;
    open_table();
    break_first('G', spoil_value);
    assert_told("table t: an entry of index byG differs from its item");
    close_broken();
}

static void test_a_collection_that_is_counted_wrong_is_found(void **state)
{
    (void)state;
    open_collection();
    assert_int_equal(problems(), 0);
    break_first('Z', halve_number);
    assert_told("table t: an item collection of 32 bytes is counted as 16 bytes");
    close_broken();
}

static void test_a_collection_that_is_not_counted_is_found(void **state)
{
    (void)state;
    open_collection();
    break_first('Z', delete_key);
    assert_told("table t: 32 bytes of its item collections are not counted");
    close_broken();
}

static void test_a_table_of_a_space_is_named_with_it(void **state)
{
    (void)state;
    open_table_of(SPAN("111122223333/eu-west-1"));
    assert_int_equal(problems(), 0);
    break_first('G', spoil_value);
    assert_told("table 111122223333/eu-west-1/t: an entry of index byG differs from its item");
    close_broken();
}

static void test_keys_of_nobody_are_found(void **state)
{
    (void)state;
    open_table();
    assert_int_equal(store_write_wait(f.store, add_stray, NULL), ST_OK);
    assert_told("keys of kind I stand under number 12345, which no table or index has");
    close_broken();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_sound_table_has_no_problems),
        cmocka_unit_test(test_a_missing_entry_is_found),
        cmocka_unit_test(test_an_entry_without_its_item_is_found),
        cmocka_unit_test(test_an_entry_that_differs_is_found),
        cmocka_unit_test(test_a_collection_that_is_counted_wrong_is_found),
        cmocka_unit_test(test_a_collection_that_is_not_counted_is_found),
        cmocka_unit_test(test_a_table_of_a_space_is_named_with_it),
        cmocka_unit_test(test_keys_of_nobody_are_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
