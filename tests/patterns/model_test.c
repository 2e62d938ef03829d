/* model_test.c -- objects: every kind of member there and back, what is left out, versions and
 * times, what is refused, and that a failed call changes no object. */
#include <math.h>
#include <stdio.h>

#include "patterns/place.h"

/* ---- one of every kind */

typedef enum colour { COLOUR_RED, COLOUR_GREEN } colour;
static const char *const colours[] = {"RED", "GREEN", NULL};

typedef struct all {
    char pk[32];
    int64_t sk;
    char chars[8];
    char *cstr;
    int8_t i8;
    int16_t i16;
    int32_t i32;
    int64_t i64;
    double dbl;
    char dec[48];
    bool yes;
    int64_t at, second, until;
    colour colour;
    stator_strings set;
    stator_doc *doc, *json;
} all;

static const stator_field all_fields[] = {
    STATOR_F_CHARS(all, pk, "PK", STATOR_F_PK),
    STATOR_F_INT(all, sk, "SK", STATOR_F_SK),
    STATOR_F_CHARS(all, chars, "chars", STATOR_F_OMIT),
    STATOR_F_CSTR(all, cstr, "cstr", 0),
    STATOR_F_INT(all, i8, "i8", 0),
    STATOR_F_INT(all, i16, "i16", STATOR_F_OMIT),
    STATOR_F_INT(all, i32, "i32", 0),
    STATOR_F_INT(all, i64, "i64", 0),
    STATOR_F_DBL(all, dbl, "dbl", STATOR_F_OMIT),
    STATOR_F_DEC(all, dec, "dec", 0),
    STATOR_F_BOOL(all, yes, "yes", STATOR_F_OMIT),
    STATOR_F_TIME(all, at, "at", 0),
    STATOR_F_TIME(all, second, "second", STATOR_F_SECONDS),
    STATOR_F_TIME(all, until, "ttl", STATOR_F_TTL),
    STATOR_F_ENUM(all, colour, "colour", 0, colours),
    STATOR_F_STRINGS(all, set, "set", 0),
    STATOR_F_DOC(all, doc, "doc", STATOR_F_OMIT),
    STATOR_F_DOC(all, json, "json", STATOR_F_JSON),
};
static const stator_model all_model = STATOR_MODEL("none", all, all_fields, NULL);

static stator_doc *parse(const char *json)
{
    stator_doc *doc = NULL;
    place_check(stator_doc_parse(json, strlen(json), STATOR_JSON_PLAIN, &doc), STATOR_OK);
    return doc;
}

static void check_json(const stator_node *node, stator_json_style style, const char *expected)
{
    char *json = stator_json(node, style);
    assert_string_equal(json, expected);
    stator_free(json);
}

static void fill(all *one, char *text, const char *const *members)
{
    *one = (all){
        .pk = "k",
        .sk = -7,
        .chars = "1234567",
        .cstr = text,
        .i8 = INT8_MIN,
        .i16 = INT16_MAX,
        .i32 = INT32_MIN,
        .i64 = INT64_MIN,
        .dbl = 0.1,
        .dec = "99.99",
        .yes = true,
        .at = 1704364200 * STATOR_SECOND + 123456,
        .second = 1704364200 * STATOR_SECOND,
        .until = 1700000000 * STATOR_SECOND,
        .colour = COLOUR_GREEN,
        .set = {members, 2},
        .doc = parse("{\"b\":[1,null],\"a\":\"x\"}"),
        .json = parse("{\"z\":{\"y\":1},\"a\":2}"),
    };
}

static void test_model__every_kind_comes_back_as_it_was(void **state)
{
    (void)state;
    static const char *const members[] = {"b", "a"};
    char text[] = "any";
    all one, same = {.i8 = 9};
    stator_doc *doc = NULL;
    fill(&one, text, members);
    place_check(stator_to_doc(&all_model, &one, &doc), STATOR_OK);
    check_json(
        stator_doc_node(doc), STATOR_JSON_DYNAMODB,
        "{\"PK\":{\"S\":\"k\"},\"SK\":{\"N\":\"-7\"},"
        "\"at\":{\"S\":\"2024-01-04T10:30:00.1234560Z\"},\"chars\":{\"S\":\"1234567\"},"
        "\"colour\":{\"S\":\"GREEN\"},\"cstr\":{\"S\":\"any\"},\"dbl\":{\"N\":\"0.1\"},"
        "\"dec\":{\"N\":\"99.99\"},"
        "\"doc\":{\"M\":{\"a\":{\"S\":\"x\"},\"b\":{\"L\":[{\"N\":\"1\"},{\"NULL\":true}]}}},"
        "\"i16\":{\"N\":\"32767\"},\"i32\":{\"N\":\"-2147483648\"},"
        "\"i64\":{\"N\":\"-9223372036854775808\"},\"i8\":{\"N\":\"-128\"},"
        "\"json\":{\"S\":\"{\\\"a\\\":2,\\\"z\\\":{\\\"y\\\":1}}\"},"
        "\"second\":{\"S\":\"2024-01-04T10:30:00Z\"},\"set\":{\"SS\":[\"a\",\"b\"]},"
        "\"ttl\":{\"N\":\"1700000000\"},\"yes\":{\"BOOL\":true}}");
    place_check(stator_from_node(&all_model, stator_doc_node(doc), &same), STATOR_OK);
    stator_doc_free(doc);

    assert_string_equal(same.pk, one.pk);
    assert_int_equal(same.sk, one.sk);
    assert_string_equal(same.chars, one.chars);
    assert_string_equal(same.cstr, one.cstr);
    assert_int_equal(same.i8, one.i8);
    assert_int_equal(same.i16, one.i16);
    assert_int_equal(same.i32, one.i32);
    assert_int_equal(same.i64, one.i64);
    assert_true(same.dbl > 0.0999 && same.dbl < 0.1001);
    assert_string_equal(same.dec, one.dec);
    assert_true(same.yes);
    assert_int_equal(same.at, one.at);
    assert_int_equal(same.second, one.second);
    assert_int_equal(same.until, one.until);
    assert_int_equal(same.colour, COLOUR_GREEN);
    assert_int_equal(same.set.count, 2);
    assert_string_equal(same.set.items[0], "a");
    assert_string_equal(same.set.items[1], "b");
    check_json(stator_doc_node(same.doc), STATOR_JSON_PLAIN, "{\"a\":\"x\",\"b\":[1,null]}");
    check_json(stator_doc_node(same.json), STATOR_JSON_PLAIN, "{\"a\":2,\"z\":{\"y\":1}}");
    stator_object_clear(&all_model, &same);
    assert_null(same.cstr);
    assert_null(same.doc);
    assert_int_equal(same.set.count, 0);
    stator_doc_free(one.doc);
    stator_doc_free(one.json);
}

static void test_model__what_is_empty_is_left_out(void **state)
{
    (void)state;
    stator_doc *doc = NULL, *empty = stator_doc_new();
    all one = {.pk = "k", .colour = (colour)-1, .doc = empty};
    place_check(stator_to_doc(&all_model, &one, &doc), STATOR_OK);
    check_json(stator_doc_node(doc), STATOR_JSON_PLAIN,
               "{\"PK\":\"k\",\"SK\":0,\"i32\":0,\"i64\":0,\"i8\":0}");
    stator_doc_free(doc);
    stator_doc_free(empty);
}

static void test_model__what_is_missing_or_null_becomes_empty(void **state)
{
    (void)state;
    stator_doc *doc = parse("{\"PK\":\"k\",\"SK\":1,\"chars\":null}");
    all one = {.chars = "old", .i8 = 3, .colour = COLOUR_GREEN, .yes = true, .at = 5};
    place_check(stator_from_node(&all_model, stator_doc_node(doc), &one), STATOR_OK);
    assert_string_equal(one.chars, "");
    assert_int_equal(one.i8, 0);
    assert_int_equal((int)one.colour, -1);
    assert_false(one.yes);
    assert_int_equal(one.at, 0);
    assert_null(one.cstr);
    stator_doc_free(doc);
}

static void test_model__what_does_not_fit_leaves_the_object(void **state)
{
    (void)state;
    static const struct {
        const char *json;
        stator_rc rc;
    } cases[] = {
        {"{\"PK\":\"k\",\"SK\":1,\"cstr\":\"new\",\"chars\":\"12345678\"}",  STATOR_E_TOO_LARGE},
        {"{\"PK\":\"k\",\"SK\":1,\"cstr\":\"new\",\"chars\":7}",             STATOR_E_TYPE     },
        {"{\"PK\":\"k\",\"SK\":1,\"cstr\":\"new\",\"chars\":\"a\\u0000b\"}", STATOR_E_TYPE     },
        {"{\"PK\":\"k\",\"SK\":1,\"cstr\":\"new\",\"i8\":128}",              STATOR_E_TYPE     },
        {"{\"PK\":\"k\",\"SK\":1,\"cstr\":\"new\",\"i16\":-32769}",          STATOR_E_TYPE     },
        {"{\"PK\":\"k\",\"SK\":1,\"cstr\":\"new\",\"i32\":1.5}",             STATOR_E_TYPE     },
        {"{\"PK\":\"k\",\"SK\":1,\"cstr\":\"new\",\"i64\":\"1\"}",           STATOR_E_TYPE     },
        {"{\"PK\":\"k\",\"SK\":1,\"cstr\":\"new\",\"dbl\":true}",            STATOR_E_TYPE     },
        {"{\"PK\":\"k\",\"SK\":1,\"cstr\":\"new\",\"yes\":1}",               STATOR_E_TYPE     },
        {"{\"PK\":\"k\",\"SK\":1,\"cstr\":\"new\",\"at\":\"soon\"}",         STATOR_E_TYPE     },
        {"{\"PK\":\"k\",\"SK\":1,\"cstr\":\"new\",\"ttl\":\"soon\"}",        STATOR_E_TYPE     },
        {"{\"PK\":\"k\",\"SK\":1,\"cstr\":\"new\",\"colour\":\"BLUE\"}",     STATOR_E_TYPE     },
        {"{\"PK\":\"k\",\"SK\":1,\"cstr\":\"new\",\"set\":[\"a\"]}",         STATOR_E_TYPE     },
        {"{\"PK\":\"k\",\"SK\":1,\"cstr\":\"new\",\"doc\":\"{}\"}",          STATOR_E_TYPE     },
        {"{\"PK\":\"k\",\"SK\":1,\"cstr\":\"new\",\"json\":\"no\"}",         STATOR_E_TYPE     },
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        stator_doc *doc = parse(cases[i].json);
        all one = {.pk = "old", .i64 = 5};
        const stator_rc rc = stator_from_node(&all_model, stator_doc_node(doc), &one);
        if (rc != cases[i].rc) fail_msg("%s: %s", cases[i].json, stator_rc_name(rc));
        assert_int_equal(stator_error_get()->rc, rc);
        assert_string_equal(one.pk, "old");
        assert_int_equal(one.i64, 5);
        assert_null(one.cstr);
        stator_doc_free(doc);
    }
}

static void test_model__times_are_read_with_any_offset_and_without(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "2024-01-04T10:30:00Z", "2024-01-04T10:30:00.0000000Z", "2024-01-04T12:30:00+02:00",
        "2024-01-04T10:30:00",  "2024-01-04T10:30:00.000",
    };
    for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
        all one = {.pk = ""};
        stator_doc *doc = stator_doc_new();
        place_check(stator_doc_set(doc, "at", stator_s(texts[i])), STATOR_OK);
        place_check(stator_from_node(&all_model, stator_doc_node(doc), &one), STATOR_OK);
        assert_int_equal(one.at, 1704364200 * STATOR_SECOND);
        stator_doc_free(doc);
    }
}

static void test_model__objects_that_cannot_be_stored_are_refused(void **state)
{
    (void)state;
    stator_doc *doc = NULL;
    all one = {
        .pk = "k", .chars = {'1', '2', '3', '4', '5', '6', '7', '8'}
    };
    place_check(stator_to_doc(&all_model, &one, &doc), STATOR_E_INVALID);
    assert_string_equal(stator_error_get()->message, "the member stored as \"chars\" has no end");
    assert_null(doc);
    one = (all){.pk = "k", .colour = (colour)2};
    place_check(stator_to_doc(&all_model, &one, &doc), STATOR_E_INVALID);
    one = (all){.pk = "k", .dbl = (double)NAN};
    place_check(stator_to_doc(&all_model, &one, &doc), STATOR_E_INVALID);
    one = (all){.pk = "k", .dec = "many"};
    place_check(stator_to_doc(&all_model, &one, &doc), STATOR_E_INVALID);
    one = (all){.pk = "k", .at = -1};
    place_check(stator_to_doc(&all_model, &one, &doc), STATOR_E_INVALID);
}

/* ---- tables of members that are wrong */

static void test_model__a_wrong_model_is_told(void **state)
{
    (void)state;
    const stator_field pk = STATOR_F_CHARS(all, pk, "PK", STATOR_F_PK);
    /* clang-format off */
    const struct {
        stator_field field;
        const char *says;
    } cases[] = {
        {STATOR_F_CHARS(all, chars, "a.b", 0), "sign of paths"},
        {STATOR_F_CHARS(all, chars, "", 0), "no attribute's name"},
        {STATOR_F_CHARS(all, chars, "c", STATOR_F_PK), "partition key"},
        {STATOR_F_CHARS(all, chars, "c", STATOR_F_VERSION), "an integer"},
        {STATOR_F_INT(all, i64, "c", STATOR_F_CREATED), "a time"},
        {STATOR_F_INT(all, i64, "c", STATOR_F_VERSION | STATOR_F_FROM_0), "creation"},
        {STATOR_F_INT(all, set, "c", 0), "size"},
        {STATOR_F_BOOL(all, i64, "c", 0), "size"},
        {STATOR_F_CHARS(all, chars, "c", STATOR_F_JSON), "a document"},
        {STATOR_F_ENUM(all, colour, "c", 0, NULL), "names"},
        {{"c", 99, 0, 0, 8, NULL}, "kind"},
        {{"c", STATOR_INT_, 0, 1000, 8, NULL}, "not in the struct"},
    };
    /* clang-format on */
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        const stator_field fields[] = {pk, cases[i].field};
        const stator_model model = STATOR_MODEL("t", all, fields, NULL);
        stator_doc *doc = NULL;
        const all one = {.pk = "k"};
        place_check(stator_to_doc(&model, &one, &doc), STATOR_E_INVALID);
        if (strstr(stator_error_get()->message, cases[i].says) == NULL)
            fail_msg("%zu: %s", i, stator_error_get()->message);
    }
    const stator_field none[] = {STATOR_F_CHARS(all, chars, "c", 0)};
    const stator_model keyless = STATOR_MODEL("t", all, none, NULL);
    stator_doc *doc = NULL;
    const all one = {.pk = "k"};
    place_check(stator_to_doc(&keyless, &one, &doc), STATOR_E_INVALID);
    place_check(stator_to_doc(NULL, &one, &doc), STATOR_E_MISUSE);
    place_check(stator_to_doc(&all_model, NULL, &doc), STATOR_E_MISUSE);
    place_check(stator_to_doc(&all_model, &one, NULL), STATOR_E_MISUSE);
    place_check(stator_from_node(&all_model, NULL, NULL), STATOR_E_MISUSE);
}

/* ---- saving */

typedef struct order {
    char pk[64], sk[64], state[16], amount[48];
    int64_t created, updated, version;
} order;

#define ORDER_FIELDS(role)                                                                         \
    {                                                                                              \
        STATOR_F_CHARS(order, pk, "PK", STATOR_F_PK),                                              \
            STATOR_F_CHARS(order, sk, "SK", STATOR_F_SK),                                          \
            STATOR_F_CHARS(order, state, "Status", STATOR_F_OMIT),                                 \
            STATOR_F_DEC(order, amount, "Amount", 0),                                              \
            STATOR_F_TIME(order, created, "CreatedAt", STATOR_F_CREATED),                          \
            STATOR_F_TIME(order, updated, "UpdatedAt", STATOR_F_UPDATED),                          \
            STATOR_F_INT(order, version, "Version", role),                                         \
    }
static const stator_field order_fields[] = ORDER_FIELDS(STATOR_F_VERSION);
static const stator_field from_0_fields[] = ORDER_FIELDS(STATOR_F_VERSION | STATOR_F_FROM_0);
static const stator_field free_fields[] = ORDER_FIELDS(0);

static stator_model order_model(struct place *place)
{
    const stator_model model = STATOR_MODEL(place->table, order, order_fields, NULL);
    return model;
}

static const order first = {.pk = "USER#1", .sk = "ORDER#1", .state = "NEW", .amount = "9.50"};

static order load(struct place *place, const stator_model *model)
{
    order found = {.pk = "USER#1", .sk = "ORDER#1"};
    place_check(stator_load(place->db, model, &found, true), STATOR_OK);
    return found;
}

static void test_model__a_version_goes_up_with_each_save_and_only_then(void **state)
{
    struct place *place = *state;
    const stator_model model = order_model(place);
    order one = first, other = first;
    place_check(stator_save(place->db, &model, &one), STATOR_OK);
    assert_int_equal(one.version, 1);
    assert_int_equal(one.created, one.updated);
    place_turn(place, STATOR_SECOND);
    place_check(stator_save(place->db, &model, &other), STATOR_CONDITION_FAILED);
    assert_memory_equal(&other, &first, sizeof other);

    other = load(place, &model);
    assert_int_equal(other.created, one.created);
    place_check(stator_save(place->db, &model, &one), STATOR_OK);
    assert_int_equal(one.version, 2);
    assert_true(one.updated > one.created);
    const order before = other;
    place_check(stator_save(place->db, &model, &other), STATOR_CONDITION_FAILED);
    assert_memory_equal(&other, &before, sizeof other);
    assert_int_equal(load(place, &model).version, 2);
}

static void test_model__a_version_from_0_tells_new_ones_by_their_creation(void **state)
{
    struct place *place = *state;
    const stator_model model = STATOR_MODEL(place->table, order, from_0_fields, NULL);
    order one = first;
    place_check(stator_save(place->db, &model, &one), STATOR_OK);
    assert_int_equal(one.version, 0);
    assert_int_equal(load(place, &model).version, 0);
    place_check(stator_save(place->db, &model, &one), STATOR_OK);
    assert_int_equal(one.version, 1);
    order again = first;
    place_check(stator_save(place->db, &model, &again), STATOR_CONDITION_FAILED);
    assert_int_equal(again.created, 0);
}

static void test_model__without_a_version_a_save_replaces(void **state)
{
    struct place *place = *state;
    const stator_model model = STATOR_MODEL(place->table, order, free_fields, NULL);
    order one = first, other = first;
    one.version = 41; /* a member like any other */
    place_check(stator_save(place->db, &model, &one), STATOR_OK);
    assert_true(one.created > 0);
    place_check(stator_save(place->db, &model, &other), STATOR_OK);
    assert_int_equal(load(place, &model).version, 0);
}

static void test_model__create_never_replaces(void **state)
{
    struct place *place = *state;
    const stator_model model = order_model(place);
    order one = first, other = first;
    place_check(stator_create(place->db, &model, &one), STATOR_OK);
    assert_int_equal(one.version, 1);
    (void)snprintf(other.amount, sizeof other.amount, "1");
    place_check(stator_create(place->db, &model, &other), STATOR_CONDITION_FAILED);
    assert_int_equal(other.version, 0);
    place_check(stator_create(place->db, &model, &one), STATOR_CONDITION_FAILED);
    assert_int_equal(one.version, 1);
    assert_string_equal(load(place, &model).amount, "9.5");
}

static void test_model__fields_are_updated_by_name(void **state)
{
    struct place *place = *state;
    const stator_model model = order_model(place);
    order one = first;
    place_check(stator_save(place->db, &model, &one), STATOR_OK);
    one.state[0] = '\0'; /* omitted: removed */
    (void)snprintf(one.amount, sizeof one.amount, "10.25");
    place_check(stator_update_fields(place->db, &model, "Amount", &one), STATOR_OK);
    assert_int_equal(one.version, 2);
    order found = load(place, &model);
    assert_string_equal(found.state, "NEW");
    assert_string_equal(found.amount, "10.25");
    place_check(stator_update_fields(place->db, &model, "Status, Amount", &one), STATOR_OK);
    assert_string_equal(load(place, &model).state, "");
    assert_int_equal(load(place, &model).version, 3);

    (void)snprintf(one.state, sizeof one.state, "PAID");
    place_check(stator_update_fields(place->db, &model, NULL, &one), STATOR_OK);
    assert_string_equal(load(place, &model).state, "PAID");
    one.version = 1;
    place_check(stator_update_fields(place->db, &model, NULL, &one), STATOR_CONDITION_FAILED);
    assert_int_equal(one.version, 1);
}

static void test_model__fields_that_may_not_be_updated_are_told(void **state)
{
    struct place *place = *state;
    const stator_model model = order_model(place);
    static const char *const wrong[] = {"PK",   "SK", "Version", "CreatedAt",     "UpdatedAt",
                                        "none", "",   ", ",      "Amount, Amount"};
    order one = first;
    for (size_t i = 0; i < ARRAY_COUNT(wrong); i++)
        place_check(stator_update_fields(place->db, &model, wrong[i], &one), STATOR_E_INVALID);
    assert_int_equal(place_count(place), 0);
}

static void test_model__an_update_without_a_version_may_make_the_item(void **state)
{
    struct place *place = *state;
    const stator_model model = STATOR_MODEL(place->table, order, free_fields, NULL);
    order one = first;
    place_check(stator_update_fields(place->db, &model, "Amount", &one, .if_exists = true),
                STATOR_CONDITION_FAILED);
    place_check(stator_update_fields(place->db, &model, "Amount", &one), STATOR_OK);
    const order found = load(place, &model);
    assert_true(found.created > 0);
    place_turn(place, STATOR_SECOND);
    place_check(stator_update_fields(place->db, &model, "Amount", &one), STATOR_OK);
    assert_int_equal(load(place, &model).created, found.created);
}

static void test_model__remove_asks_for_the_version_unless_it_is_0(void **state)
{
    struct place *place = *state;
    const stator_model model = order_model(place);
    order one = first, stale = first;
    place_check(stator_save(place->db, &model, &one), STATOR_OK);
    stale.version = 7;
    place_check(stator_remove_obj(place->db, &model, &stale), STATOR_CONDITION_FAILED);
    place_check(stator_remove_obj(place->db, &model, &one), STATOR_OK);
    assert_int_equal(place_count(place), 0);
    place_check(stator_load(place->db, &model, &one, true), STATOR_NOT_FOUND);
    one.version = one.created = 0;
    place_check(stator_save(place->db, &model, &one), STATOR_OK);
    one.version = 0;
    place_check(stator_remove_obj(place->db, &model, &one), STATOR_OK);
    assert_int_equal(place_count(place), 0);
}

static void test_model__what_the_program_asks_comes_beside_the_version(void **state)
{
    struct place *place = *state;
    const stator_model model = order_model(place);
    order one = first;
    stator_result *old = NULL;
    place_check(stator_save(place->db, &model, &one), STATOR_OK);
    place_check(
        stator_save(place->db, &model, &one, .condition = stator_eq("Status", stator_s("PAID"))),
        STATOR_CONDITION_FAILED);
    place_check(stator_save(place->db, &model, &one,
                            .condition = stator_expr("Amount < ? AND Status = ?", stator_i(10),
                                                     stator_s("NEW")),
                            .returning = STATOR_ALL_OLD, .result = &old),
                STATOR_OK);
    assert_int_equal(one.version, 2);
    assert_int_equal(stator_int(stator_result_item(old, 0), "Version", 0), 1);
    stator_result_free(old);
}

/* ---- transactions */

static void test_model__objects_take_part_in_transactions(void **state)
{
    struct place *place = *state;
    const stator_model model = order_model(place);
    order one = first, two = first, three = first;
    (void)snprintf(two.sk, sizeof two.sk, "ORDER#2");
    (void)snprintf(three.sk, sizeof three.sk, "ORDER#3");
    place_check(stator_save(place->db, &model, &three), STATOR_OK);
    stator_tx *tx = stator_tx_new(place->db);
    (void)stator_tx_create(tx, &model, &one);
    (void)stator_tx_save(tx, &model, &two);
    (void)snprintf(three.state, sizeof three.state, "PAID");
    (void)stator_tx_update_fields(tx, &model, "Status", &three);
    place_check(stator_tx_commit(tx, NULL), STATOR_OK);
    assert_int_equal(one.version, 0); /* left as it is */
    assert_int_equal(load(place, &model).version, 1);
    assert_int_equal(place_count(place), 3);

    place_check(stator_load(place->db, &model, &three, true), STATOR_OK);
    assert_string_equal(three.state, "PAID");
    assert_int_equal(three.version, 2);
    (void)stator_tx_remove_obj(tx, &model, &three);
    (void)stator_tx_create(tx, &model, &one);
    place_check(stator_tx_commit(tx, NULL), STATOR_CONDITION_FAILED);
    assert_int_equal(stator_error_get()->op_index, 1);
    assert_int_equal(place_count(place), 3);
    stator_tx_free(tx);
}

static void test_model__a_wrong_object_makes_the_transaction_fail(void **state)
{
    struct place *place = *state;
    const stator_model model = order_model(place);
    order one = first, wrong = first;
    memset(wrong.state, 'x', sizeof wrong.state);
    (void)snprintf(wrong.sk, sizeof wrong.sk, "ORDER#2");
    stator_tx *tx = stator_tx_new(place->db);
    (void)stator_tx_create(tx, &model, &one);
    (void)stator_tx_create(tx, &model, &wrong);
    place_check(stator_tx_commit(tx, NULL), STATOR_E_INVALID);
    assert_int_equal(stator_error_get()->op_index, 1);
    assert_int_equal(place_count(place), 0);
    stator_tx_free(tx);
    assert_null(stator_tx_save(NULL, &model, &one));
}

/* ---- the table */

static void test_model__its_table_has_keys_indexes_and_time_to_live(void **state)
{
    struct place *place = *state;
    static const stator_index_spec indexes[] = {
        {.name = "by-colour", .key = "colour:S"},
        {.name = NULL                  },
    };
    const stator_model model = STATOR_MODEL(place_name(place, "model"), all, all_fields, indexes);
    stator_result *table = NULL;
    all one = {.pk = "k", .sk = 5, .colour = COLOUR_RED}, same = {.pk = "k", .sk = 5};
    place_check(stator_ensure_model(place->db, &model), STATOR_OK);
    place_check(stator_ensure_model(place->db, &model), STATOR_OK);
    place_check(stator_describe_table(place->db, model.table, &table), STATOR_OK);
    const stator_node *node = stator_result_node(table);
    assert_string_equal(stator_str(node, "Table.KeySchema[0].AttributeName"), "PK");
    assert_string_equal(stator_str(node, "Table.KeySchema[1].AttributeName"), "SK");
    assert_string_equal(stator_str(node, "Table.GlobalSecondaryIndexes[0].IndexName"), "by-colour");
    stator_result_free(table);
    place_check(stator_save(place->db, &model, &one), STATOR_OK);
    place_check(stator_load(place->db, &model, &same, true), STATOR_OK);
    assert_int_equal(same.colour, COLOUR_RED);
    one.until = 1; /* long ago: it ends at once where time to live is on */
    place_check(stator_save(place->db, &model, &one), STATOR_OK);
    place_check(stator_save(NULL, &model, &one), STATOR_E_MISUSE);
}

#define IN_PLACE(test) cmocka_unit_test_setup_teardown(test, place_setup_single, place_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_model__every_kind_comes_back_as_it_was),
        cmocka_unit_test(test_model__what_is_empty_is_left_out),
        cmocka_unit_test(test_model__what_is_missing_or_null_becomes_empty),
        cmocka_unit_test(test_model__what_does_not_fit_leaves_the_object),
        cmocka_unit_test(test_model__times_are_read_with_any_offset_and_without),
        cmocka_unit_test(test_model__objects_that_cannot_be_stored_are_refused),
        cmocka_unit_test(test_model__a_wrong_model_is_told),
        IN_PLACE(test_model__a_version_goes_up_with_each_save_and_only_then),
        IN_PLACE(test_model__a_version_from_0_tells_new_ones_by_their_creation),
        IN_PLACE(test_model__without_a_version_a_save_replaces),
        IN_PLACE(test_model__create_never_replaces),
        IN_PLACE(test_model__fields_are_updated_by_name),
        IN_PLACE(test_model__fields_that_may_not_be_updated_are_told),
        IN_PLACE(test_model__an_update_without_a_version_may_make_the_item),
        IN_PLACE(test_model__remove_asks_for_the_version_unless_it_is_0),
        IN_PLACE(test_model__what_the_program_asks_comes_beside_the_version),
        IN_PLACE(test_model__objects_take_part_in_transactions),
        IN_PLACE(test_model__a_wrong_object_makes_the_transaction_fail),
        IN_PLACE(test_model__its_table_has_keys_indexes_and_time_to_live),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
