/* tables_test.c -- making, changing, describing and deleting tables, on every kind of database.
 *
 * The words for keys ("PK:S, SK:N") stand in key_spec.h; every promise of calls.h about tables is
 * one test.
 */
#include <stdarg.h>
#include <stdio.h>

#include "db/place.h"

static stator *db;

static int set_up(void **state)
{
    (void)state;
    db = place_open();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    place_close(db);
    return 0;
}

static void check_described(const char *table, const char *path, const char *expected)
{
    stator_result *r = NULL;
    place_rc(stator_describe_table(db, table, &r), STATOR_OK);
    const stator_node *node = stator_at(stator_at(stator_result_node(r), "Table"), path);
    place_json(node, expected);
    stator_result_free(r);
}

static stator_rc describe(const char *table)
{
    stator_result *r = NULL;
    const stator_rc rc = stator_describe_table(db, table, &r);
    assert_true((rc == STATOR_OK) == (r != NULL));
    stator_result_free(r);
    return rc;
}

/* ---- making */

static void test_create__a_table_can_be_used_at_once(void **state)
{
    (void)state;
    const char *t = place_table(db, "PK:S, SK:S");
    check_described(t, "TableStatus", "\"ACTIVE\"");
    check_described(t, "KeySchema",
                    "[{\"AttributeName\":\"PK\",\"KeyType\":\"HASH\"},"
                    "{\"AttributeName\":\"SK\",\"KeyType\":\"RANGE\"}]");
    check_described(t, "BillingModeSummary.BillingMode", "\"PAY_PER_REQUEST\"");
    place_put(db, t, "a", "1", 1);
}

static void test_create__all_that_a_spec_says(void **state)
{
    (void)state;
    const char *t = place_name("all");
    place_rc(stator_create_table(
                 db, .name = t, .key = "PK:S,SK:N",
                 .indexes = STATOR_INDEXES(
                     {.name = "ggg", .key = "a:S, b:B", .projection = "KEYS"},
                     {.name = "lll", .key = "PK:S, c:N", .local = true, .projection = "x, y"},
                     {.name = "hhh", .key = "a:S"}),
                 .ttl = "expires", .read_units = 3, .write_units = 4, .deletion_protection = true),
             STATOR_OK);
    check_described(t, "GlobalSecondaryIndexes[0].IndexStatus", "\"ACTIVE\"");
    check_described(t, "GlobalSecondaryIndexes[0].ProvisionedThroughput.WriteCapacityUnits", "4");
    check_described(t, "LocalSecondaryIndexes[0].Projection",
                    "{\"NonKeyAttributes\":[\"x\",\"y\"],\"ProjectionType\":\"INCLUDE\"}");
    check_described(t, "ProvisionedThroughput.ReadCapacityUnits", "3");
    check_described(t, "DeletionProtectionEnabled", "true");

    place_rc(stator_create_index(db, t, &(stator_index_spec){.name = "later", .key = "z:S"}),
             STATOR_OK);
    char *reply = NULL;
    char json[200];
    (void)snprintf(json, sizeof json, "{\"TableName\":\"%s\"}", t);
    place_rc(stator_call(db, "DescribeTimeToLive", json, &reply), STATOR_OK);
    assert_non_null(strstr(reply, "\"AttributeName\":\"expires\""));
    assert_non_null(strstr(reply, "ENABLED"));
    stator_free(reply);
}

static void test_create__keys_of_several_attributes(void **state)
{
    (void)state;
    const char *t = place_name("multi");
    place_rc(stator_create_table(
                 db, .name = t, .key = "PK:S",
                 .indexes = STATOR_INDEXES({.name = "mmm", .key = "( a:S b:N ), (c:S d:S)"})),
             STATOR_OK);
    check_described(t, "GlobalSecondaryIndexes[0].KeySchema",
                    "[{\"AttributeName\":\"a\",\"KeyType\":\"HASH\"},"
                    "{\"AttributeName\":\"b\",\"KeyType\":\"HASH\"},"
                    "{\"AttributeName\":\"c\",\"KeyType\":\"RANGE\"},"
                    "{\"AttributeName\":\"d\",\"KeyType\":\"RANGE\"}]");
}

static void test_create__names_of_keys_may_be_odd(void **state)
{
    (void)state;
    const char *t = place_table(db, "a\\ b\\:c:S, x\\,y:N");
    check_described(t, "KeySchema",
                    "[{\"AttributeName\":\"a b:c\",\"KeyType\":\"HASH\"},"
                    "{\"AttributeName\":\"x,y\",\"KeyType\":\"RANGE\"}]");
    place_rc(stator_put(db, t, STATOR_M({"a b:c", stator_s("k")}, {"x,y", stator_i(1)}),
                        .if_not_exists = true),
             STATOR_OK);
}

static void test_create__what_is_no_key_is_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "",      "PK",       "PK:",       "PK:X", ":S", "PK:S,", "PK:S x", "PK:SS",
        "(PK:S", "PK:S, ()", "PK:S SK:S", "()",   "\\", "PK:S;", "PK S",   "PK:S,,SK:S",
    };
    char message[200];
    for (size_t i = 0; i < ARRAY_COUNT(wrong); i++) {
        (void)snprintf(message, sizeof message,
                       "the key of t is \"%s\", but a key is written \"PK:S, SK:N\"", wrong[i]);
        place_error(stator_create_table(db, .name = "t", .key = wrong[i]), STATOR_E_INVALID,
                    message);
    }
    place_rc(stator_create_table(db, .name = "t"), STATOR_E_INVALID);
    place_rc(stator_create_table(db, .name = "t", .key = "\xff:S"), STATOR_E_INVALID);
    place_error(stator_create_table(db, .name = "kkk", .key = "PK:S",
                                    .indexes = STATOR_INDEXES({.name = "iii", .key = "PK:N"})),
                STATOR_E_INVALID, "attribute \"PK\" is given two types: S and N");
    place_rc(describe("kkk"), STATOR_E_NO_TABLE);
}

static void test_create__a_table_that_is_there(void **state)
{
    (void)state;
    const char *t = place_table(db, "PK:S");
    char message[200];
    (void)snprintf(message, sizeof message, "Table already exists: %s", t);
    place_error(stator_create_table(db, .name = t, .key = "PK:S"), STATOR_E_TABLE_EXISTS, message);
    assert_string_equal(stator_error_get()->code, "ResourceInUseException");
}

static void test_create__what_is_wrong(void **state)
{
    (void)state;
    place_rc(stator_create_table(db, .key = "PK:S"), STATOR_E_MISUSE);
    place_rc(stator_create_table_(db, NULL), STATOR_E_MISUSE);
    place_rc(stator_create_table(NULL, .name = "ttt", .key = "PK:S"), STATOR_E_MISUSE);
    place_rc(stator_create_table(db, .name = "t", .key = "PK:S"), STATOR_E_INVALID);
    place_rc(stator_create_table(db, .name = "ttt", .key = "PK:S", .stream = "SOME"),
             STATOR_E_INVALID);
    place_rc(stator_create_table(db, .name = "ttt", .key = "PK:S", .read_units = 5),
             STATOR_E_INVALID);
    place_rc(describe("ttt"), STATOR_E_NO_TABLE);
}

/* ---- ensuring */

static void test_ensure__makes_it_once(void **state)
{
    (void)state;
    const char *t = place_name("ensured");
    for (int i = 0; i < 3; i++) {
        place_rc(stator_ensure_table(db, .name = t, .key = "PK:S, SK:S",
                                     .indexes = STATOR_INDEXES({.name = "ggg", .key = "a:S"}),
                                     .ttl = "expires"),
                 STATOR_OK);
        place_put(db, t, "a", "1", i);
    }
    place_stored(db, t, "a", "1", "{\"PK\":\"a\",\"SK\":\"1\",\"n\":2}");
}

static void test_ensure__another_key_or_a_missing_index_is_told(void **state)
{
    (void)state;
    char message[200];
    const char *t = place_name("ensured");
    place_rc(stator_create_table(db, .name = t, .key = "PK:S",
                                 .indexes = STATOR_INDEXES({.name = "ggg", .key = "a:S"})),
             STATOR_OK);
    (void)snprintf(message, sizeof message, "the table \"%s\" that is there has another key", t);
    place_error(stator_ensure_table(db, .name = t, .key = "PK:S, SK:S"), STATOR_E_INVALID, message);
    place_error(stator_ensure_table(db, .name = t, .key = "id:S"), STATOR_E_INVALID, message);
    place_error(stator_ensure_table(db, .name = t, .key = "PK:N"), STATOR_E_INVALID, message);
    place_error(stator_ensure_table(db, .name = t, .key = "PK:S",
                                    .indexes = STATOR_INDEXES({.name = "hhh", .key = "a:S"})),
                STATOR_E_INVALID, "the table that is there has no index \"hhh\"");
    place_error(stator_ensure_table(db, .name = t, .key = "PK:S",
                                    .indexes = STATOR_INDEXES({.name = "ggg", .key = "b:S"})),
                STATOR_E_INVALID, "index \"ggg\" of the table that is there has another key");
    place_error(stator_ensure_table(
                    db, .name = t, .key = "PK:S",
                    .indexes = STATOR_INDEXES({.name = "ggg", .key = "a:S", .local = true})),
                STATOR_E_INVALID, "the table that is there has no index \"ggg\"");
}

/* ---- deleting, waiting, listing */

static void test_delete__waits_until_it_is_gone(void **state)
{
    (void)state;
    const char *t = place_table(db, "PK:S, SK:S");
    place_put(db, t, "a", "1", 1);
    place_rc(stator_delete_table(db, t), STATOR_OK);
    place_rc(describe(t), STATOR_E_NO_TABLE);
    place_rc(stator_delete_table(db, t), STATOR_E_NO_TABLE);
}

/* The handle keeps names of keys; a new table of the name may have others. */
static void test_delete__a_new_table_of_the_name_may_have_another_key(void **state)
{
    (void)state;
    const char *t = place_table(db, "PK:S, SK:S");
    place_rc(stator_put(db, t, PLACE_KEY("a", "1"), .if_not_exists = true), STATOR_OK);
    place_rc(stator_delete_table(db, t), STATOR_OK);
    place_rc(stator_create_table(db, .name = t, .key = "id:S"), STATOR_OK);
    const stator_val item = STATOR_M({"id", stator_s("k")});
    place_rc(stator_put(db, t, item, .if_not_exists = true), STATOR_OK);
    place_rc(stator_put(db, t, item, .if_not_exists = true), STATOR_CONDITION_FAILED);
}

static void test_delete__a_protected_table_stays(void **state)
{
    (void)state;
    const char *t = place_name("protected");
    place_rc(stator_create_table(db, .name = t, .key = "PK:S", .deletion_protection = true),
             STATOR_OK);
    place_rc(stator_delete_table(db, t), STATOR_E_INVALID);
    place_rc(describe(t), STATOR_OK);
}

static void test_describe__what_is_wrong(void **state)
{
    (void)state;
    stator_result *r = NULL;
    char message[200];
    const char *none = place_name("none");
    (void)snprintf(message, sizeof message, "Requested resource not found: Table: %s not found",
                   none);
    place_error(stator_describe_table(db, none, &r), STATOR_E_NO_TABLE, message);
    place_error(stator_describe_table(db, NULL, &r), STATOR_E_MISUSE,
                "the name of the table is NULL");
    place_rc(stator_describe_table(NULL, none, &r), STATOR_E_MISUSE);
    place_rc(stator_describe_table(db, none, NULL), STATOR_E_MISUSE);
    place_rc(stator_describe_table(db, "t\xff", &r), STATOR_E_INVALID);
    assert_null(r);
}

static void test_wait__until_a_status_or_its_time(void **state)
{
    (void)state;
    const char *t = place_table(db, "PK:S");
    place_rc(stator_wait_table(db, t, "ACTIVE", 0), STATOR_OK);
    place_rc(stator_wait_table(db, t, "DELETING", 20000), STATOR_E_TIMEOUT);
    place_rc(stator_wait_table(db, "none", "ACTIVE", 20000), STATOR_E_NO_TABLE);
    place_rc(stator_wait_table(db, t, NULL, 20000), STATOR_E_MISUSE);
    place_error(stator_wait_table(db, t, "active", 20000), STATOR_E_INVALID,
                "\"active\" is no status of a table");
    place_rc(stator_wait_table(db, NULL, "ACTIVE", 20000), STATOR_E_MISUSE);
}

static void test_list__names_after_a_name(void **state)
{
    (void)state;
    const char *first = place_name("list-a");
    const char *second = place_name("list-b");
    stator_result *r = NULL;
    place_rc(stator_create_table(db, .name = second, .key = "PK:S"), STATOR_OK);
    place_rc(stator_create_table(db, .name = first, .key = "PK:S"), STATOR_OK);
    place_rc(stator_list_tables(db, first, 1, &r), STATOR_OK);
    assert_string_equal(stator_str(stator_result_node(r), "TableNames[0]"), second);
    assert_null(stator_at(stator_result_node(r), "TableNames[1]"));
    stator_result_free(r);
    place_rc(stator_list_tables(db, NULL, 0, &r), STATOR_OK);
    assert_true(stator_len(stator_at(stator_result_node(r), "TableNames")) >= 2);
    stator_result_free(r);
    place_rc(stator_list_tables(db, NULL, 101, &r), STATOR_E_INVALID);
    place_rc(stator_list_tables(db, "t\xff", 0, &r), STATOR_E_INVALID);
    place_rc(stator_list_tables(db, NULL, 0, NULL), STATOR_E_MISUSE);
    place_rc(stator_list_tables(NULL, NULL, 0, &r), STATOR_E_MISUSE);
    assert_null(r);
}

/* ---- indexes and time to live of a table that is there */

static void test_index__is_filled_when_it_is_made(void **state)
{
    (void)state;
    const char *t = place_table(db, "PK:S, SK:S");
    stator_result *r = NULL;
    for (int i = 0; i < 30; i++) {
        char sk[8];
        place_rc(stator_put(db, t,
                            STATOR_M({"PK", stator_s("a")}, {"SK", stator_sf(sk, "%02d", i)},
                                     {"email", stator_s("e")})),
                 STATOR_OK);
    }
    place_rc(stator_create_index(db, t,
                                 &(stator_index_spec){.name = "by-email", .key = "email:S, SK:S"}),
             STATOR_OK);
    place_rc(stator_query(db, t, &r, stator_eq("email", stator_s("e")), .index = "by-email"),
             STATOR_OK);
    assert_int_equal(stator_result_count(r), 30);
    stator_result_free(r);
    place_rc(stator_drop_index(db, t, "by-email"), STATOR_OK);
    place_rc(stator_query(db, t, &r, stator_eq("email", stator_s("e")), .index = "by-email"),
             STATOR_E_NO_INDEX);
    check_described(t, "GlobalSecondaryIndexes", NULL);
}

static void test_index__what_is_wrong(void **state)
{
    (void)state;
    const char *t = place_table(db, "PK:S, SK:S");
    place_error(stator_create_index(
                    db, t, &(stator_index_spec){.name = "lll", .key = "PK:S", .local = true}),
                STATOR_E_INVALID, "a local index is made with its table");
    place_rc(stator_create_index(db, t, NULL), STATOR_E_MISUSE);
    place_rc(stator_create_index(db, t, &(stator_index_spec){.key = "a:S"}), STATOR_E_MISUSE);
    place_rc(stator_create_index(db, t, &(stator_index_spec){.name = "iii"}), STATOR_E_INVALID);
    place_rc(stator_create_index(db, t, &(stator_index_spec){.name = "i\xff", .key = "a:S"}),
             STATOR_E_INVALID);
    place_rc(stator_create_index(db, "none", &(stator_index_spec){.name = "iii", .key = "a:S"}),
             STATOR_E_NO_TABLE);
    place_rc(stator_drop_index(db, t, "none"), STATOR_E_NO_TABLE);
    place_rc(stator_drop_index(db, t, NULL), STATOR_E_MISUSE);
    place_rc(stator_drop_index(db, t, "i\xff"), STATOR_E_INVALID);
    place_rc(stator_drop_index(db, NULL, "iii"), STATOR_E_MISUSE);
}

static void test_ttl__is_set_changed_and_ended(void **state)
{
    (void)state;
    const char *t = place_table(db, "PK:S, SK:S");
    const stator_val expired =
        STATOR_M({"PK", stator_s("a")}, {"SK", stator_s("1")}, {"expires", stator_i(1700000000)});
    place_rc(stator_put(db, t, expired), STATOR_OK);
    place_stored(db, t, "a", "1", "{\"PK\":\"a\",\"SK\":\"1\",\"expires\":1700000000}");
    place_rc(stator_set_ttl(db, t, "expires"), STATOR_OK);
    place_rc(stator_set_ttl(db, t, "expires"), STATOR_OK);
    place_stored(db, t, "a", "1", NULL);
    place_rc(stator_put(db, t, expired, .if_not_exists = true), STATOR_OK);
    place_rc(stator_set_ttl(db, t, "t\xff"), STATOR_E_INVALID);
    place_rc(stator_set_ttl(db, "none", "x"), STATOR_E_NO_TABLE);
    place_rc(stator_set_ttl(db, NULL, "x"), STATOR_E_MISUSE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

/* ---- streams */

/* The text that is the value of the first member called `name` in `reply`, which ends with it. */
static const char *cut(char *reply, const char *name)
{
    char marker[40];
    (void)snprintf(marker, sizeof marker, "\"%s\":\"", name);
    char *at = strstr(reply, marker);
    assert_non_null(at);
    at += strlen(marker);
    at[strcspn(at, "\"")] = '\0';
    return at;
}

/* Call an operation with a request of up to two texts; the reply is to be freed. */
static char *PRINTF(2, 3) call(const char *operation, const char *format, ...)
{
    char json[2000];
    char *reply = NULL;
    va_list args;
    va_start(args, format);
    (void)vsnprintf(json, sizeof json, format, args);
    va_end(args);
    place_rc(stator_call(db, operation, json, &reply), STATOR_OK);
    return reply;
}

/* Its operations are those of another service of DynamoDB; stator_call knows which. */
static void test_stream__is_read_by_stator_call(void **state)
{
    (void)state;
    const char *t = place_name("streamed");
    place_rc(stator_create_table(db, .name = t, .key = "PK:S", .stream = "NEW_IMAGE"), STATOR_OK);
    check_described(t, "StreamSpecification.StreamViewType", "\"NEW_IMAGE\"");
    place_rc(stator_put(db, t, STATOR_M({"PK", stator_s("a")}, {"n", stator_i(1)})), STATOR_OK);

    char *list = call("ListStreams", "{\"TableName\":\"%s\"}", t);
    const char *arn = cut(list, "StreamArn");
    char *stream = call("DescribeStream", "{\"StreamArn\":\"%s\"}", arn);
    const char *shard = cut(stream, "ShardId");
    char *place = call("GetShardIterator",
                       "{\"StreamArn\":\"%s\",\"ShardId\":\"%s\",\"ShardIteratorType\":"
                       "\"TRIM_HORIZON\"}",
                       arn, shard);
    char *records = call("GetRecords", "{\"ShardIterator\":\"%s\"}", cut(place, "ShardIterator"));
    assert_non_null(strstr(records, "\"NewImage\":{\"PK\":{\"S\":\"a\"},\"n\":{\"N\":\"1\"}}"));
    char *const replies[] = {list, stream, place, records};
    for (size_t i = 0; i < 4; i++) stator_free(replies[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_create__a_table_can_be_used_at_once),
        TEST(test_create__all_that_a_spec_says),
        TEST(test_create__keys_of_several_attributes),
        TEST(test_create__names_of_keys_may_be_odd),
        TEST(test_create__what_is_no_key_is_refused),
        TEST(test_create__a_table_that_is_there),
        TEST(test_create__what_is_wrong),
        TEST(test_ensure__makes_it_once),
        TEST(test_ensure__another_key_or_a_missing_index_is_told),
        TEST(test_delete__waits_until_it_is_gone),
        TEST(test_delete__a_new_table_of_the_name_may_have_another_key),
        TEST(test_delete__a_protected_table_stays),
        TEST(test_describe__what_is_wrong),
        TEST(test_wait__until_a_status_or_its_time),
        TEST(test_list__names_after_a_name),
        TEST(test_index__is_filled_when_it_is_made),
        TEST(test_index__what_is_wrong),
        TEST(test_ttl__is_set_changed_and_ended),
        TEST(test_stream__is_read_by_stator_call),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
