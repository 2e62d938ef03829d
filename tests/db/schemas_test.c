/* schemas_test.c -- engine.h's partition schemas and scoped indexes, through the C library.
 *
 * What a schema refuses and what stands in an index is tests/engine/schema_test.c's; here is how it
 * is asked for and told. Against a server all of it is refused as unsupported, which is asserted.
 */
#include <stator/engine.h>
#include <stdio.h>

#include "db/place.h"
#include "support/support.h"

static stator *db;
static const char *t;

static int set_up(void **state)
{
    (void)state;
    db = place_open();
    t = place_table(db, "PK:S, SK:S");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    place_close(db);
    return 0;
}

static void make_users(bool validate)
{
    place_rc(stator_create_schema(
                 db, t, "USER", "people",
                 STATOR_SCHEMA({"email", STATOR_S, true}, {"age", STATOR_N, false}), validate),
             STATOR_OK);
}

static stator_rc put_user(const char *pk, stator_val email)
{
    return stator_put(db, t,
                      STATOR_M({"PK", stator_s(pk)}, {"SK", stator_s("1")}, {"email", email}));
}

#define USERS                                                                                      \
    "{\"attributes\":[{\"name\":\"email\",\"required\":true,\"type\":\"S\"},"                      \
    "{\"name\":\"age\",\"required\":false,\"type\":\"N\"}],"                                       \
    "\"description\":\"people\",\"indexes\":[%s],\"prefix\":\"USER\",\"validate\":true}"

static void test_schemas__of_a_server_are_unsupported(void **state)
{
    (void)state;
    stator_result *r = NULL;
    const stator_index_spec index = {.name = "byEmail", .key = "email:S"};
    if (place_is_local()) return;
    place_rc(stator_create_schema(db, t, .prefix = "USER"), STATOR_E_UNSUPPORTED);
    place_rc(stator_drop_schema(db, t, "USER"), STATOR_E_UNSUPPORTED);
    place_rc(stator_list_schemas(db, t, &r), STATOR_E_UNSUPPORTED);
    place_rc(stator_describe_schema(db, t, "USER", &r), STATOR_E_UNSUPPORTED);
    place_rc(stator_create_scoped_index(db, t, "USER", &index), STATOR_E_UNSUPPORTED);
    assert_null(r);
}

static void test_schemas__are_made_listed_described_and_dropped(void **state)
{
    (void)state;
    stator_result *r = NULL;
    if (!place_is_local()) return;
    place_rc(stator_list_schemas(db, t, &r), STATOR_OK);
    assert_int_equal(stator_result_count(r), 0);
    stator_result_free(r);
    make_users(true);
    place_rc(stator_create_schema(db, t, .prefix = "ORDER"), STATOR_OK);
    place_rc(stator_list_schemas(db, t, &r), STATOR_OK);
    assert_int_equal(stator_result_count(r), 2);
    place_json(stator_result_item(r, 0),
               "{\"attributes\":[],\"description\":\"\",\"indexes\":[],\"prefix\":\"ORDER\","
               "\"validate\":false}");
    char users[400];
    (void)snprintf(users, sizeof users, USERS, "");
    place_json(stator_result_item(r, 1), users);
    stator_result_free(r);
    place_rc(stator_describe_schema(db, t, "USER", &r), STATOR_OK);
    assert_int_equal(stator_result_count(r), 1);
    place_json(stator_result_item(r, 0), users);
    stator_result_free(r);
    place_error(stator_create_schema(db, t, .prefix = "USER"), STATOR_E_SCHEMA_EXISTS,
                "Partition schema already exists: USER");
    place_rc(stator_drop_schema(db, t, "USER"), STATOR_OK);
    place_error(stator_drop_schema(db, t, "USER"), STATOR_E_NO_SCHEMA,
                "Partition schema not found: USER");
    place_rc(stator_describe_schema(db, t, "USER", &r), STATOR_E_NO_SCHEMA);
    assert_null(r);
}

#define MISFIT "The item does not fit partition schema USER: "
#define MISSING "attribute \"email\" is missing"
#define OTHER_TYPE "attribute \"email\" is of type N and should be of type S"

#define MISSING_JSON "attribute \\\"email\\\" is missing"
#define OTHER_TYPE_JSON "attribute \\\"email\\\" is of type N and should be of type S"

static void test_schemas__refuse_writes_of_every_kind(void **state)
{
    (void)state;
    if (!place_is_local()) return;
    make_users(true);
    place_error(stator_put(db, t, PLACE_KEY("USER#1", "1")), STATOR_E_MISFIT, MISFIT MISSING);
    place_error(put_user("USER#1", stator_i(1)), STATOR_E_MISFIT, MISFIT OTHER_TYPE);
    assert_string_equal(stator_error_get()->schema, "USER");
    place_json(stator_error_get()->misfit, "[\"" OTHER_TYPE_JSON "\"]");
    place_rc(put_user("USER#1", stator_s("a@b")), STATOR_OK);
    place_error(stator_update(db, t, PLACE_KEY("USER#1", "1"), stator_remove("email")),
                STATOR_E_MISFIT, MISFIT MISSING);
    const stator_cancel_reason *reasons = NULL;
    stator_tx *tx = stator_tx_new(db);
    (void)stator_tx_put(tx, t, PLACE_KEY("ORDER#1", "1"));
    (void)stator_tx_put(tx, t, PLACE_KEY("USER#2", "1"));
    place_rc(stator_tx_commit(tx, NULL), STATOR_E_TX_CANCELED);
    assert_int_equal(stator_error_get()->op_index, 1);
    assert_int_equal(stator_tx_reasons(tx, &reasons), 2);
    assert_string_equal(reasons[1].code, "ValidationError");
    assert_string_equal(reasons[1].message, MISFIT MISSING);
    place_json(stator_error_get()->misfit, "[\"" MISSING_JSON "\"]");
    stator_tx_free(tx);
    place_stored(db, t, "ORDER#1", "1", NULL);
    place_stored(db, t, "USER#1", "1", "{\"PK\":\"USER#1\",\"SK\":\"1\",\"email\":\"a@b\"}");
}

static void test_schemas__refuse_writes_of_other_programs(void **state)
{
    (void)state;
    stator_serving *server = NULL;
    stator *guest = NULL;
    char uri[64];
    if (!place_is_local()) return;
    make_users(true);
    place_rc(stator_serve(db, &server, .port = 0), STATOR_OK);
    (void)snprintf(uri, sizeof uri, "http://127.0.0.1:%d", stator_serving_port(server));
    place_rc(stator_open(uri, NULL, &guest), STATOR_OK);
    place_error(stator_put(guest, t, PLACE_KEY("USER#1", "1")), STATOR_E_MISFIT, MISFIT MISSING);
    assert_string_equal(stator_error_get()->schema, "USER");
    place_json(stator_error_get()->misfit, "[\"" MISSING_JSON "\"]");
    stator_close(guest);
    stator_serving_stop(server);
    place_stored(db, t, "USER#1", "1", NULL);
    assert_null(stator_error_get()->schema);
    assert_null(stator_error_get()->misfit);
}

static size_t count_by_email(const char *index, const char *email)
{
    int64_t count = 0;
    place_rc(stator_count(db, t, &count, stator_eq("email", stator_s(email)), .index = index),
             STATOR_OK);
    return (size_t)count;
}

static void test_scoped_index_still_works(void **state)
{
    (void)state;
    const stator_index_spec index = {.name = "byEmail", .key = "email:S"};
    stator_result *r = NULL;
    if (!place_is_local()) return;
    place_rc(stator_create_scoped_index(db, t, "USER", &index), STATOR_E_NO_SCHEMA);
    place_rc(stator_create_scoped_index(db, t, "", &index), STATOR_E_NO_SCHEMA);
    make_users(true);
    place_rc(put_user("USER#1", stator_s("a@b")), STATOR_OK);
    place_rc(put_user("ORDER#1", stator_s("a@b")), STATOR_OK);
    place_rc(stator_create_scoped_index(db, t, "USER", &index), STATOR_OK);
    assert_int_equal(count_by_email("byEmail", "a@b"), 1);
    place_rc(put_user("USER#2", stator_s("a@b")), STATOR_OK);
    place_rc(put_user("ORDER#2", stator_i(1)), STATOR_OK);
    assert_int_equal(count_by_email("byEmail", "a@b"), 2);
    place_rc(stator_describe_schema(db, t, "USER", &r), STATOR_OK);
    char users[400];
    (void)snprintf(users, sizeof users, USERS, "\"byEmail\"");
    place_json(stator_result_item(r, 0), users);
    stator_result_free(r);
    place_error(stator_drop_schema(db, t, "USER"), STATOR_E_INVALID,
                "Partition schema has indexes: USER");
    place_rc(stator_drop_index(db, t, "byEmail"), STATOR_OK);
    place_rc(stator_drop_schema(db, t, "USER"), STATOR_OK);
    place_rc(put_user("USER#3", stator_i(1)), STATOR_OK);
}

static void test_scoped_index__without_a_prefix_holds_all_items(void **state)
{
    (void)state;
    const stator_index_spec index = {.name = "byEmail", .key = "email:S"};
    place_rc(put_user("USER#1", stator_s("a@b")), STATOR_OK);
    place_rc(put_user("ORDER#1", stator_s("a@b")), STATOR_OK);
    place_rc(stator_create_scoped_index(db, t, NULL, &index), STATOR_OK);
    assert_int_equal(count_by_email("byEmail", "a@b"), 2);
}

static void test_schemas__wrong_arguments_are_told(void **state)
{
    (void)state;
    stator_result *r = NULL;
    if (!place_is_local()) return;
    place_rc(stator_create_schema(db, NULL, .prefix = "USER"), STATOR_E_MISUSE);
    place_rc(stator_create_schema(db, t, .prefix = NULL), STATOR_E_MISUSE);
    place_rc(stator_create_schema(NULL, t, .prefix = "USER"), STATOR_E_MISUSE);
    place_rc(stator_create_schema(db, "no.such", .prefix = "USER"), STATOR_E_NO_TABLE);
    place_rc(stator_create_schema(db, t, .prefix = ""), STATOR_E_INVALID);
    place_rc(stator_create_schema(db, t, .prefix = "A#"), STATOR_E_INVALID);
    place_error(stator_create_schema(db, t, .prefix = "A",
                                     .attributes = STATOR_SCHEMA({"x", STATOR_NONE, false})),
                STATOR_E_INVALID, "The type of attribute \"x\" is none of STATOR_S to STATOR_BOOL");
    place_rc(stator_create_schema(db, t, .prefix = "A",
                                  .attributes = STATOR_SCHEMA({"", STATOR_S, false})),
             STATOR_E_INVALID);
    place_rc(stator_drop_schema(db, t, NULL), STATOR_E_MISUSE);
    place_rc(stator_drop_schema(db, t, ""), STATOR_E_NO_SCHEMA);
    place_rc(stator_list_schemas(db, t, NULL), STATOR_E_MISUSE);
    place_rc(stator_describe_schema(db, t, NULL, &r), STATOR_E_MISUSE);
    place_rc(stator_create_scoped_index(db, t, "USER", NULL), STATOR_E_MISUSE);
    const char *numbers = place_table(db, "n:N");
    place_error(stator_create_schema(db, numbers, .prefix = "USER"), STATOR_E_INVALID,
                "A partition schema needs a table whose partition key is of type S");
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(test_schemas__of_a_server_are_unsupported),
        CASE(test_schemas__are_made_listed_described_and_dropped),
        CASE(test_schemas__refuse_writes_of_every_kind),
        CASE(test_schemas__refuse_writes_of_other_programs),
        CASE(test_scoped_index_still_works),
        CASE(test_scoped_index__without_a_prefix_holds_all_items),
        CASE(test_schemas__wrong_arguments_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
