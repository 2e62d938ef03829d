/* check_test.c -- the checker is believed because it finds what is broken on purpose.
 *
 * Each test breaks the stored bytes behind the engine's back and counts the problems that are told.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#include "engine/fixture.h"

static struct fixture f;
static char told[2][256]; /* the first problem and the last */

static void keep_text(void *ctx, const char *text)
{
    (void)ctx;
    if (told[0][0] == '\0') (void)snprintf(told[0], sizeof told[0], "%s", text);
    (void)snprintf(told[1], sizeof told[1], "%s", text);
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
    told[0][0] = '\0';
    assert_int_equal(engine_check(f.space.engine, &check, &f.err), ST_OK);
    return check.problems;
}

static void assert_told(const char *expected)
{
    assert_int_equal(problems(), 1);
    assert_string_equal(told[0], expected);
}

static void assert_told_both(const char *first, const char *last)
{
    assert_int_equal(problems(), 2);
    assert_string_equal(told[0], first);
    assert_string_equal(told[1], last);
}

/* What a breaking function needs: the key of the first item or entry of a kind. */
struct target {
    uint8_t kind;
    uint8_t key[64];
    size_t len;
    uint8_t value[256];
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

/* The item is the same, its key another. */
static status move_value(struct store_txn *txn, void *ctx)
{
    struct target *target = ctx;
    const struct span key = {target->key, target->len};
    struct span value = {0};
    bool found = false;
    TRY(store_txn_get(txn, key, &value, &found));
    assert_true(found && value.len <= sizeof target->value);
    memcpy(target->value, value.ptr, value.len);
    TRY(store_txn_delete(txn, key));
    target->key[target->len - 1] ^= 1;
    return store_txn_put(txn, key, (struct span){target->value, value.len});
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

/* The expiry entry of the target's item, a second later: it stays, and one more is there. */
static status add_a_second_later(struct store_txn *txn, void *ctx)
{
    struct target *target = ctx;
    enum { SECOND_ENDS = 1 + 4 + 8 };
    target->key[SECOND_ENDS - 1]++;
    return store_txn_put(txn, (struct span){target->key, target->len}, (struct span){0});
}

/* The first table has the number 1. */
static status add_expiry(struct store_txn *txn, void *ctx)
{
    (void)ctx;
    static const uint8_t key[1 + 4 + 8 + 16] = {'X', 0, 0, 0, 1};
    return store_txn_put(txn, (struct span){key, sizeof key}, (struct span){0});
}

static uint32_t state_of_ttl(void)
{
    struct engine_description seen = {0};
    assert_int_equal(engine_table_describe(f.engine, SPAN("t"), &seen, &f.err), ST_OK);
    const uint32_t filling = seen.table->ttl_filling;
    table_drop(seen.table);
    return filling;
}

static table_status state_of_vectors(void)
{
    struct engine_description seen = {0};
    assert_int_equal(engine_table_describe(f.engine, SPAN("t"), &seen, &f.err), ST_OK);
    const table_status state = seen.table->spec.vectors[0].status;
    table_drop(seen.table);
    return state;
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

static table_status state_of(const char *name)
{
    struct engine_description seen = {0};
    assert_int_equal(engine_table_describe(f.engine, span_of(name), &seen, &f.err), ST_OK);
    const table_status state = seen.table->status;
    table_drop(seen.table);
    return state;
}

/* The entry of the target's item stands again, at another place. */
static status copy_entry(struct store_txn *txn, void *ctx)
{
    struct target *target = ctx;
    struct span value = {0};
    bool found = false;
    TRY(store_txn_get(txn, (struct span){target->key, target->len}, &value, &found));
    assert_true(found && value.len <= sizeof target->value);
    memcpy(target->value, value.ptr, value.len);
    target->key[target->len - 1] ^= 1;
    return store_txn_put(txn, (struct span){target->key, target->len},
                         (struct span){target->value, value.len});
}

static void change_table(const struct engine_table_change *change)
{
    struct engine_table_write write = {
        .verb = ENGINE_TABLE_UPDATE, .name = SPAN("t"), .change = change};
    assert_int_equal(fixture_table_write(&f, &write), ST_OK);
    table_drop(write.description.table);
}

/* Of the two items "a" and "b" one is of the schema that the index is of. */
static void test_an_entry_of_an_item_outside_the_partition_schema_is_found(void **state)
{
    (void)state;
    const struct table_schema schema = {.prefix = SPAN("a")};
    struct table_index index = {.name = SPAN("scoped"),
                                .global = true,
                                .projection = TABLE_PROJECT_KEYS_ONLY,
                                .scope = SPAN("a")};
    index.key.partition[index.key.partition_count++] = (struct table_key_part){SPAN("g"), VALUE_S};
    open_table();
    change_table(&(struct engine_table_change){.dropped_index = SPAN("byG")});
    change_table(&(struct engine_table_change){.new_schema = &schema});
    change_table(&(struct engine_table_change){.new_index = &index});
    for (int i = 0; i < 2000 && state_of("t") != TABLE_ACTIVE; i++) usleep(5000);
    assert_int_equal(problems(), 0);
    break_first('G', copy_entry);
    assert_told("table t: index scoped has 2 entries for 1 items");
    close_broken();
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
    assert_told_both("table t: an item has no entry in index byG",
                     "table t: index byG has 1 entries for 2 items");
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

static void test_a_damaged_item_is_found(void **state)
{
    (void)state;
    open_table();
    break_first('I', spoil_value);
    assert_told_both("table t: an item is damaged", "table t: index byG has 2 entries for 1 items");
    close_broken();
}

static void test_an_item_at_anothers_place_is_found(void **state)
{
    (void)state;
    open_table();
    break_first('I', move_value);
    assert_told("table t: an item stands where its key does not put it");
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

/* The same table, its first item due to expire one day. */
static void open_expiring_table(void)
{
    open_table();
    assert_int_equal(fixture_ttl(&f, "t", "until", true), ST_OK);
    struct fixture_write put = {.verb = ENGINE_PUT,
                                .table = "t",
                                .item = "{\"pk\":{\"S\":\"c\"},\"until\":{\"N\":\"1800000000\"}}"};
    assert_int_equal(fixture_write(&f, &put), ST_OK);
    while (state_of_ttl() != 0) usleep(1000); /* the items of open_table get no entries */
    assert_int_equal(problems(), 0);
}

static void test_a_missing_expiry_entry_is_found(void **state)
{
    (void)state;
    open_expiring_table();
    break_first('X', delete_key);
    assert_told_both("table t: an item has no expiry entry for its second",
                     "table t has 0 expiry entries for 1 items that may expire");
    close_broken();
}

static void test_an_expiry_entry_of_nobody_is_found(void **state)
{
    (void)state;
    open_expiring_table();
    break_first('X', add_a_second_later);
    assert_told("table t has 2 expiry entries for 1 items that may expire");
    close_broken();
}

static void test_an_expiry_entry_of_a_table_that_has_it_off_is_found(void **state)
{
    (void)state;
    open_expiring_table();
    assert_int_equal(fixture_ttl(&f, "t", "until", false), ST_OK);
    assert_int_equal(problems(), 0);
    assert_int_equal(store_write_wait(f.store, add_expiry, NULL), ST_OK);
    assert_told("table t has 1 expiry entries for 0 items that may expire");
    close_broken();
}

/* An item with an expiry entry and a vector, which stand under its own key. */
static void open_item_of_entries(void)
{
    const struct table_vectors vectors = {
        .name = SPAN("near"), .attribute = SPAN("v"), .kind = {2, VECTOR_EUCLIDEAN}
    };
    struct fixture_write put = {.verb = ENGINE_PUT,
                                .table = "t",
                                .item = "{\"pk\":{\"S\":\"c\"},\"until\":{\"N\":\"1800000000\"},"
                                        "\"v\":{\"L\":[{\"N\":\"1\"},{\"N\":\"2\"}]}}"};
    fixture_open(&f, NULL);
    fixture_table(&f, "t", "pk:S", NULL);
    assert_int_equal(fixture_ttl(&f, "t", "until", true), ST_OK);
    change_table(&(struct engine_table_change){.new_vectors = &vectors});
    while (state_of_vectors() != TABLE_ACTIVE) usleep(1000);
    assert_int_equal(fixture_write(&f, &put), ST_OK);
    assert_int_equal(problems(), 0);
}

static void test_an_item_under_a_key_that_is_too_short_is_found(void **state)
{
    (void)state;
    open_item_of_entries();
    fixture_misplace(&f);
    assert_told("table t: an item stands where its key does not put it");
    close_broken();
}

/* ---- beside writers */

struct maker {
    struct fixture f;
    pthread_t thread;
    atomic_bool over;
};

static void make_and_end_table(struct fixture *own)
{
    struct fixture_write put = {.verb = ENGINE_PUT,
                                .table = "x",
                                .item = "{\"pk\":{\"S\":\"a\"},\"until\":{\"N\":\"1900000000\"}}"};
    struct engine_table_write end = {.verb = ENGINE_TABLE_DELETE, .name = SPAN("x")};
    fixture_table(own, "x", "pk:S", NULL);
    assert_int_equal(fixture_write(own, &put), ST_OK);
    assert_int_equal(fixture_ttl(own, "x", "until", true), ST_OK); /* which fills in what it has */
    assert_int_equal(fixture_table_write(own, &end), ST_OK);
    table_drop(end.description.table);
}

static void *maker_main(void *ctx)
{
    struct maker *maker = ctx;
    while (!atomic_load(&maker->over)) make_and_end_table(&maker->f);
    return NULL;
}

static void test_check__goes_by_one_state_whatever_is_made_meanwhile(void **state)
{
    (void)state;
    static struct maker maker;
    open_table();
    atomic_store(&maker.over, false);
    fixture_share(&f, &maker.f);
    assert_int_equal(pthread_create(&maker.thread, NULL, maker_main, &maker), 0);
    for (int i = 0; i < 200; i++)
        if (problems() > 0) fail_msg("%s", told[0]);
    atomic_store(&maker.over, true);
    pthread_join(maker.thread, NULL);
    fixture_unshare(&maker.f);
    fixture_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_sound_table_has_no_problems),
        cmocka_unit_test(test_a_missing_entry_is_found),
        cmocka_unit_test(test_an_entry_without_its_item_is_found),
        cmocka_unit_test(test_a_damaged_item_is_found),
        cmocka_unit_test(test_an_item_at_anothers_place_is_found),
        cmocka_unit_test(test_an_entry_that_differs_is_found),
        cmocka_unit_test(test_a_collection_that_is_counted_wrong_is_found),
        cmocka_unit_test(test_a_collection_that_is_not_counted_is_found),
        cmocka_unit_test(test_a_table_of_a_space_is_named_with_it),
        cmocka_unit_test(test_an_entry_of_an_item_outside_the_partition_schema_is_found),
        cmocka_unit_test(test_keys_of_nobody_are_found),
        cmocka_unit_test(test_a_missing_expiry_entry_is_found),
        cmocka_unit_test(test_an_expiry_entry_of_nobody_is_found),
        cmocka_unit_test(test_an_expiry_entry_of_a_table_that_has_it_off_is_found),
        cmocka_unit_test(test_an_item_under_a_key_that_is_too_short_is_found),
        cmocka_unit_test(test_check__goes_by_one_state_whatever_is_made_meanwhile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
