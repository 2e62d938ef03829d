/* collection_test.c -- the sizes of item collections: what they count, and what their limit
 * refuses.
 *
 * The table: pk S, sk S; a local index on (pk, l S) and a global one on (g S), with keys only.
 * An item {pk: "p", sk: "1"} has 2 + 1 + 2 + 1 = 6 bytes, an attribute of one letter holding n
 * letters n + 1, and an entry of the local index the keys: 6 and what l has. So
 *
 *     {pk, sk, l: "a", x: "0123456789"}       6 + 2 + 11 = 19, and its local entry 6 + 2 = 8
 */
#include <stdio.h>

#include "engine/fixture.h"

static struct fixture f;
static char *folder;

static const struct fixture_index indexes[FIXTURE_INDEXES_MAX] = {
    {"local",  false, NULL,  "l:S", TABLE_PROJECT_KEYS_ONLY},
    {"global", true,  "g:S", NULL,  TABLE_PROJECT_ALL      },
};

static int open_in(char *place)
{
    folder = place;
    fixture_open(&f, folder);
    fixture_indexed_table(&f, "t", "pk:S", "sk:S", indexes);
    return 0;
}

static int set_up(void **state)
{
    (void)state;
    return open_in(NULL);
}

static int set_up_on_disk(void **state)
{
    (void)state;
    return open_in(support_folder_new());
}

static int tear_down(void **state)
{
    (void)state;
    fixture_close(&f);
    if (folder != NULL) support_folder_free(folder);
    return 0;
}

/* Go on with another limit. */
static void reopen_with(uint64_t collection_bytes_max)
{
    f.collection_bytes_max = collection_bytes_max;
    fixture_reopen(&f, folder);
}

static const char *const ITEM =
    "{\"pk\":{\"S\":\"p\"},\"sk\":{\"S\":\"1\"},\"l\":{\"S\":\"a\"},\"x\":{\"S\":\"0123456789\"}}";
static const char *const KEY = "{\"pk\":{\"S\":\"p\"},\"sk\":{\"S\":\"1\"}}";
enum { KEY_BYTES = 6, ITEM_BYTES = 19, ENTRY_BYTES = 8 };

static struct fixture_write put(const char *item)
{
    return (struct fixture_write){.verb = ENGINE_PUT, .table = "t", .item = item};
}

static struct fixture_write update(const char *text, const char *values)
{
    return (struct fixture_write){
        .verb = ENGINE_UPDATE, .table = "t", .item = KEY, .update = text, .values = values};
}

static struct fixture_write delete_of(const char *key)
{
    return (struct fixture_write){.verb = ENGINE_DELETE, .table = "t", .item = key};
}

static status run(struct fixture_write write, uint64_t *bytes)
{
    const status st = fixture_write(&f, &write);
    *bytes = write.collection_bytes;
    return st;
}

/* The collection has `expected` bytes after `write`, which succeeds. */
static void assert_bytes_after(struct fixture_write write, uint64_t expected)
{
    uint64_t bytes = 0;
    assert_int_equal(run(write, &bytes), ST_OK);
    assert_int_equal(bytes, expected);
}

static void assert_refused(struct fixture_write write)
{
    uint64_t bytes = 0;
    assert_int_equal(run(write, &bytes), ST_COLLECTION_SIZE);
    support_assert_text(error_text(&f.err), "Collection size exceeded");
}

/* ---- counting */

static void test_an_item_and_its_local_entry_count(void **state)
{
    (void)state;
    assert_bytes_after(put(ITEM), ITEM_BYTES + ENTRY_BYTES);
    assert_bytes_after(put(ITEM), ITEM_BYTES + ENTRY_BYTES); /* in its own place */
    assert_bytes_after(put("{\"pk\":{\"S\":\"p\"},\"sk\":{\"S\":\"2\"}}"),
                       ITEM_BYTES + ENTRY_BYTES + KEY_BYTES); /* no entry */
}

static void test_an_entry_of_a_global_index_does_not_count(void **state)
{
    (void)state;
    assert_bytes_after(put("{\"pk\":{\"S\":\"p\"},\"sk\":{\"S\":\"1\"},\"g\":{\"S\":\"G\"}}"),
                       KEY_BYTES + 2);
}

static void test_the_collection_is_that_of_the_partition_key(void **state)
{
    (void)state;
    struct fixture_write write = put(ITEM);
    assert_int_equal(fixture_write(&f, &write), ST_OK);
    assert_string_equal(write.collection, "{\"pk\":{\"S\":\"p\"}}");
    write = put("{\"pk\":{\"S\":\"other\"},\"sk\":{\"S\":\"1\"}}");
    assert_int_equal(fixture_write(&f, &write), ST_OK);
    assert_string_equal(write.collection, "{\"pk\":{\"S\":\"other\"}}");
    assert_int_equal(write.collection_bytes, KEY_BYTES + 4);
}

static void test_updates_and_deletes_change_it(void **state)
{
    (void)state;
    assert_bytes_after(put(ITEM), ITEM_BYTES + ENTRY_BYTES);
    assert_bytes_after(update("SET l = :l", "{\":l\":{\"S\":\"abc\"}}"),
                       ITEM_BYTES + 2 + ENTRY_BYTES + 2); /* the entry moves */
    assert_bytes_after(update("REMOVE l", NULL), ITEM_BYTES - 2);
    assert_bytes_after(update("REMOVE x", NULL), KEY_BYTES);
    assert_bytes_after(delete_of(KEY), 0);
    assert_bytes_after(delete_of(KEY), 0);
    assert_bytes_after(update("REMOVE x", NULL), 0); /* makes no item */
    assert_bytes_after(update("SET l = :l", "{\":l\":{\"S\":\"a\"}}"), 2 * ENTRY_BYTES);
}

static void test_a_table_without_a_local_index_counts_nothing(void **state)
{
    (void)state;
    fixture_table(&f, "plain", "pk:S", "sk:S");
    struct fixture_write write = put(ITEM);
    write.table = "plain";
    assert_int_equal(fixture_write(&f, &write), ST_OK);
    assert_null(write.collection);
}

static void test_a_restart_keeps_the_count(void **state)
{
    (void)state;
    assert_bytes_after(put(ITEM), ITEM_BYTES + ENTRY_BYTES);
    fixture_reopen(&f, folder);
    assert_bytes_after(put(ITEM), ITEM_BYTES + ENTRY_BYTES);
}

/* fixture_close has the checker look for what a table may leave behind. */
static void test_a_deleted_table_takes_its_counts_with_it(void **state)
{
    (void)state;
    assert_bytes_after(put(ITEM), ITEM_BYTES + ENTRY_BYTES);
    struct engine_table_write write = {.verb = ENGINE_TABLE_DELETE, .name = SPAN("t")};
    assert_int_equal(fixture_table_write(&f, &write), ST_OK);
    table_drop(write.description.table);
    fixture_indexed_table(&f, "t", "pk:S", "sk:S", indexes);
    assert_bytes_after(put(ITEM), ITEM_BYTES + ENTRY_BYTES);
}

/* ---- several writes as one */

static void test_writes_of_one_request_add_up(void **state)
{
    (void)state;
    struct fixture_write writes[] = {
        put(ITEM),
        put("{\"pk\":{\"S\":\"p\"},\"sk\":{\"S\":\"2\"}}"),
        put("{\"pk\":{\"S\":\"q\"},\"sk\":{\"S\":\"1\"}}"),
    };
    struct fixture_many many = {.writes = writes, .count = 3, .transaction = true};
    for (int pass = 0; pass < 2; pass++) {
        assert_int_equal(fixture_many(&f, &many), ST_OK);
        assert_int_equal(writes[1].collection_bytes, ITEM_BYTES + ENTRY_BYTES + KEY_BYTES);
        assert_int_equal(writes[2].collection_bytes, KEY_BYTES);
        many.transaction = false; /* a batch of the same */
    }
}

static void test_a_check_touches_no_collection(void **state)
{
    (void)state;
    struct fixture_write writes[] = {
        put(ITEM),
        {.verb = ENGINE_CHECK,
                .table = "t",
                .item = "{\"pk\":{\"S\":\"q\"},\"sk\":{\"S\":\"1\"}}",
                .condition = "attribute_not_exists(pk)"},
    };
    struct fixture_many many = {.writes = writes, .count = 2, .transaction = true};
    assert_int_equal(fixture_many(&f, &many), ST_OK);
    assert_non_null(writes[0].collection);
    assert_null(writes[1].collection);
}

static void test_a_repeated_request_tells_what_is_there_now(void **state)
{
    (void)state;
    struct fixture_write writes[] = {put(ITEM)};
    struct fixture_many many = {.writes = writes, .count = 1, .transaction = true, .token = "once"};
    assert_int_equal(fixture_many(&f, &many), ST_OK);
    assert_bytes_after(put("{\"pk\":{\"S\":\"p\"},\"sk\":{\"S\":\"2\"}}"),
                       ITEM_BYTES + ENTRY_BYTES + KEY_BYTES);
    assert_int_equal(fixture_many(&f, &many), ST_OK);
    assert_true(many.replayed);
    assert_string_equal(writes[0].collection, "{\"pk\":{\"S\":\"p\"}}");
    assert_int_equal(writes[0].collection_bytes, ITEM_BYTES + ENTRY_BYTES + KEY_BYTES);
}

/* ---- the limit */

static void test_a_collection_may_reach_its_limit_and_not_pass_it(void **state)
{
    (void)state;
    reopen_with(ITEM_BYTES + ENTRY_BYTES + KEY_BYTES);
    assert_bytes_after(put(ITEM), ITEM_BYTES + ENTRY_BYTES);
    assert_bytes_after(put("{\"pk\":{\"S\":\"p\"},\"sk\":{\"S\":\"2\"}}"),
                       ITEM_BYTES + ENTRY_BYTES + KEY_BYTES);
    assert_refused(put("{\"pk\":{\"S\":\"p\"},\"sk\":{\"S\":\"3\"}}"));
    assert_refused(update("SET x = :x", "{\":x\":{\"S\":\"01234567890\"}}"));
    assert_null(fixture_get(&f, "t", "{\"pk\":{\"S\":\"p\"},\"sk\":{\"S\":\"3\"}}"));
    assert_bytes_after(put("{\"pk\":{\"S\":\"q\"},\"sk\":{\"S\":\"3\"}}"), KEY_BYTES);
}

static void test_a_collection_above_its_limit_may_shrink_or_stay(void **state)
{
    (void)state;
    assert_bytes_after(put(ITEM), ITEM_BYTES + ENTRY_BYTES);
    reopen_with(KEY_BYTES);
    assert_bytes_after(put(ITEM), ITEM_BYTES + ENTRY_BYTES);
    assert_refused(update("SET y = :y", "{\":y\":{\"S\":\"\"}}"));
    assert_bytes_after(update("SET x = :x", "{\":x\":{\"S\":\"9876543210\"}}"),
                       ITEM_BYTES + ENTRY_BYTES);
    assert_bytes_after(update("REMOVE l", NULL), ITEM_BYTES - 2);
    assert_bytes_after(delete_of(KEY), 0);
}

static void test_a_transaction_is_canceled_and_names_the_action(void **state)
{
    (void)state;
    reopen_with(KEY_BYTES);
    struct fixture_write writes[] = {
        put("{\"pk\":{\"S\":\"q\"},\"sk\":{\"S\":\"1\"}}"),
        put(ITEM),
        put("{\"pk\":{\"S\":\"r\"},\"sk\":{\"S\":\"1\"}}"),
    };
    struct fixture_many many = {.writes = writes, .count = 3, .transaction = true};
    assert_int_equal(fixture_many(&f, &many), ST_TX_CANCELED);
    assert_int_equal(many.reasons[0], ST_OK);
    assert_int_equal(many.reasons[1], ST_COLLECTION_SIZE);
    assert_string_equal(many.messages[1], "Collection size exceeded");
    assert_int_equal(many.reasons[2], ST_OK);
    assert_null(fixture_get(&f, "t", "{\"pk\":{\"S\":\"q\"},\"sk\":{\"S\":\"1\"}}"));
}

static void test_a_batch_is_refused_as_a_whole(void **state)
{
    (void)state;
    reopen_with(KEY_BYTES);
    struct fixture_write writes[] = {
        put("{\"pk\":{\"S\":\"q\"},\"sk\":{\"S\":\"1\"}}"),
        put(ITEM),
    };
    struct fixture_many many = {.writes = writes, .count = 2};
    assert_int_equal(fixture_many(&f, &many), ST_COLLECTION_SIZE);
    support_assert_text(error_text(&f.err), "Collection size exceeded");
    assert_null(fixture_get(&f, "t", "{\"pk\":{\"S\":\"q\"},\"sk\":{\"S\":\"1\"}}"));
}

/* ---- one item and its entries */

static const char *filled_item(char *text, size_t size, uint32_t fill)
{
    const int len =
        snprintf(text, size, "{\"pk\":{\"S\":\"p\"},\"sk\":{\"S\":\"1\"},\"x\":{\"S\":\"");
    memset(text + len, 'x', fill);
    (void)snprintf(text + len + fill, size - (size_t)len - fill, "\"},\"l\":{\"S\":\"a\"}}");
    return text;
}

/* The local index projects keys only: 8 bytes beside the item's 6 + 2 + 1 and what x holds. */
static void test_an_item_and_its_local_entries_have_400_kib_together(void **state)
{
    (void)state;
    static char text[LIMIT_ITEM_BYTES + 200];
    const uint32_t most = LIMIT_ITEM_BYTES - (KEY_BYTES + 2 + 1) - ENTRY_BYTES;
    assert_bytes_after(put(filled_item(text, sizeof text, most)), LIMIT_ITEM_BYTES);
    struct fixture_write over = put(filled_item(text, sizeof text, most + 1));
    assert_int_equal(fixture_write(&f, &over), ST_VALIDATION);
    support_assert_text(error_text(&f.err), "Item size has exceeded the maximum allowed size");
    over = update("SET l = :l", "{\":l\":{\"S\":\"ab\"}}");
    assert_int_equal(fixture_write(&f, &over), ST_VALIDATION);
    support_assert_text(error_text(&f.err),
                        "Item size to update has exceeded the maximum allowed size");
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
#define T_ON_DISK(name) cmocka_unit_test_setup_teardown(name, set_up_on_disk, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_an_item_and_its_local_entry_count),
        T(test_an_entry_of_a_global_index_does_not_count),
        T(test_the_collection_is_that_of_the_partition_key),
        T(test_updates_and_deletes_change_it),
        T(test_a_table_without_a_local_index_counts_nothing),
        T_ON_DISK(test_a_restart_keeps_the_count),
        T(test_a_deleted_table_takes_its_counts_with_it),
        T(test_writes_of_one_request_add_up),
        T(test_a_check_touches_no_collection),
        T(test_a_repeated_request_tells_what_is_there_now),
        T_ON_DISK(test_a_collection_may_reach_its_limit_and_not_pass_it),
        T_ON_DISK(test_a_collection_above_its_limit_may_shrink_or_stay),
        T_ON_DISK(test_a_transaction_is_canceled_and_names_the_action),
        T_ON_DISK(test_a_batch_is_refused_as_a_whole),
        T(test_an_item_and_its_local_entries_have_400_kib_together),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
