/* field_test.c -- requests as tables of fields: every type mismatch, every constraint, their order
 * and wording; broken and cut JSON; every allocation failing once.
 */
#include "api/field.h"

#include <stdio.h>

#include "support/support.h"

enum { ARENA_BYTES = 1 << 22 };

/* ---- a request with a field of every kind */

struct part {
    struct span name;
    struct field_enum role;
};

static const struct field_choice role_choices[] = {
    {"HASH",  1},
    {"RANGE", 2},
};
static const struct field_choices roles = FIELD_CHOICES(role_choices);

static const struct field part_fields[] = {
    FIELD(part, name, "AttributeName", FIELD_STRING, REQUIRED, 1, 5),
    FIELD_CHOICE(part, role, "KeyType", REQUIRED, roles),
};
static const struct field_shape part_shape = FIELD_SHAPE("KeySchemaElement", part, part_fields);

struct entry {
    struct span name; /* the key of the map */
    struct field_enum role;
};
static const struct field entry_fields[] = {
    FIELD_CHOICE(entry, role, "KeyType", OPTIONAL, roles),
};
static const struct field_shape entry_shape = FIELD_SHAPE("Condition", entry, entry_fields);

struct units {
    struct field_number read;
};
static const struct field units_fields[] = {
    FIELD(units, read, "ReadCapacityUnits", FIELD_LONG, REQUIRED, 1, 0),
};
static const struct field_shape units_shape =
    FIELD_SHAPE("ProvisionedThroughput", units, units_fields);

struct everything {
    struct span table_name;
    struct span text;
    struct span index_name;
    struct field_enum word;
    struct field_bool flag;
    struct field_number limit;
    struct field_number big;
    struct units *units;
    struct field_list parts;
    struct field_list map;
    struct field_list strings;
    struct field_list names;
    struct field_item item;
    struct field_item values;
    struct field_item value;
    struct field_list operands;
};

static const struct field_choice word_choices[] = {
    {"INDEXES", 1},
    {"TOTAL",   2},
    {"NONE",    3},
};
static const struct field_choices words = FIELD_CHOICES(word_choices);

static const struct field everything_fields[] = {
    FIELD_CHOICE(everything, word, "ReturnConsumedCapacity", OPTIONAL, words),
    FIELD(everything, table_name, "TableName", FIELD_TABLE, REQUIRED, 1, 255),
    FIELD(everything, text, "Text", FIELD_STRING, OPTIONAL, 0, 4),
    FIELD_NAME(everything, index_name, "IndexName", OPTIONAL, 3, 255),
    FIELD(everything, flag, "ConsistentRead", FIELD_BOOL, OPTIONAL, 0, 0),
    FIELD(everything, limit, "Limit", FIELD_INTEGER, OPTIONAL, 1, 100),
    FIELD(everything, big, "Big", FIELD_LONG, OPTIONAL, 0, 0),
    FIELD_OF(everything, units, "ProvisionedThroughput", FIELD_STRUCT, OPTIONAL, 0, 0, units_shape),
    FIELD_OF(everything, parts, "KeySchema", FIELD_LIST, OPTIONAL, 1, 2, part_shape),
    FIELD_OF(everything, map, "Expected", FIELD_MAP, OPTIONAL, 0, 0, entry_shape),
    FIELD(everything, strings, "AttributesToGet", FIELD_STRINGS, OPTIONAL, 1, 2),
    FIELD(everything, names, "ExpressionAttributeNames", FIELD_NAMES, OPTIONAL, 0, 0),
    FIELD(everything, item, "Key", FIELD_ITEM, OPTIONAL, 0, 0),
    FIELD(everything, values, "ExpressionAttributeValues", FIELD_VALUES, OPTIONAL, 0, 0),
    FIELD(everything, value, "Value", FIELD_VALUE, OPTIONAL, 0, 0),
    FIELD(everything, operands, "AttributeValueList", FIELD_OPERANDS, OPTIONAL, 0, 0),
};
static const struct field_shape everything_shape =
    FIELD_SHAPE("Everything", everything, everything_fields);

/* ---- reading in tests */

struct reading {
    struct arena arena;
    struct error err;
    struct everything in;
    struct span foreign_arn;
    status st;
};

static void reading_end(struct reading *reading)
{
    arena_deinit(&reading->arena);
    support_mem_check();
}

/* Read and, if that goes well, check `body`. */
static void read_as(struct reading *reading, api_wording wording, struct span body)
{
    *reading = (struct reading){.st = ST_OK};
    arena_init(&reading->arena, support_mem(), ARENA_BYTES);
    reading->err = error_in(&reading->arena);
    reading->st = field_read(&everything_shape, body, &reading->arena, &reading->in, &reading->err);
    if (reading->st != ST_OK) return;
    struct field_terms terms = {
        .wording = wording, .region = SPAN("us-east-1"), .account = SPAN("000000000000")};
    reading->st = field_check(&everything_shape, &terms, &reading->in, &reading->err);
    reading->foreign_arn = terms.foreign_arn;
}

static void read_text(struct reading *reading, const char *body)
{
    read_as(reading, API_WORDING_CLASSIC, span_of(body));
}

static void assert_fails(const char *body, status st, const char *text)
{
    struct reading reading;
    read_text(&reading, body);
    if (reading.st != st) fail_msg("%s: %s", body, status_info(reading.st)->name);
    support_assert_text(error_text(&reading.err), text);
    reading_end(&reading);
}

/* ---- what is read */

static void test_field__every_kind_is_read(void **state)
{
    (void)state;
    struct reading r;
    read_text(&r, "{\"TableName\":\"music\",\"Text\":\"\\u0061b\",\"IndexName\":\"idx\","
                  "\"ReturnConsumedCapacity\":\"TOTAL\",\"ConsistentRead\":true,\"Limit\":7,"
                  "\"Big\":-9007199254740993,\"ProvisionedThroughput\":{\"ReadCapacityUnits\":5},"
                  "\"KeySchema\":[{\"AttributeName\":\"pk\",\"KeyType\":\"HASH\"},"
                  "{\"KeyType\":\"RANGE\",\"AttributeName\":\"sk\"}],"
                  "\"Expected\":{\"a\":{\"KeyType\":\"HASH\"}},"
                  "\"AttributesToGet\":[\"one\",\"two\"],"
                  "\"ExpressionAttributeNames\":{\"#a\":\"b\"},"
                  "\"Key\":{\"pk\":{\"S\":\"v\"}},\"Value\":{\"N\":\"1\"},"
                  "\"ExpressionAttributeValues\":{\":v\":{\"BOOL\":true}},"
                  "\"AttributeValueList\":[{\"S\":\"x\"},{\"S\":\"y\"}]}");
    assert_int_equal(r.st, ST_OK);
    support_assert_text(r.in.table_name, "music");
    support_assert_text(r.in.text, "ab");
    support_assert_text(r.in.index_name, "idx");
    assert_int_equal(r.in.word.value, 2);
    assert_true(r.in.flag.given && r.in.flag.value);
    assert_true(r.in.limit.given && r.in.limit.value == 7);
    assert_true(r.in.big.given && r.in.big.value == -9007199254740993);
    assert_int_equal(r.in.units->read.value, 5);
    assert_int_equal(r.in.parts.count, 2);
    support_assert_text(FIELD_AT(r.in.parts, struct part, 1)->name, "sk");
    assert_int_equal(FIELD_AT(r.in.parts, struct part, 1)->role.value, 2);
    assert_int_equal(r.in.map.count, 1);
    support_assert_text(FIELD_AT(r.in.map, struct entry, 0)->name, "a");
    assert_int_equal(FIELD_AT(r.in.map, struct entry, 0)->role.value, 1);
    support_assert_text(FIELD_AT(r.in.strings, struct span, 1)[0], "two");
    support_assert_text(FIELD_AT(r.in.names, struct expr_name, 0)->placeholder, "#a");
    support_assert_text(FIELD_AT(r.in.names, struct expr_name, 0)->name, "b");
    struct value v = {0};
    assert_true(value_find(r.in.item.value, SPAN("pk"), &v));
    assert_int_equal(v.type, VALUE_S);
    assert_true(value_find(r.in.values.value, SPAN(":v"), &v));
    assert_int_equal(r.in.value.value.type, VALUE_N);
    assert_int_equal(r.in.operands.count, 2);
    assert_int_equal(FIELD_AT(r.in.operands, struct field_item, 1)->value.type, VALUE_S);
    reading_end(&r);
}

static void test_field__what_is_null_or_missing_is_not_given(void **state)
{
    (void)state;
    struct reading r;
    read_text(&r, "{\"TableName\":\"music\",\"Text\":null,\"Limit\":null,\"KeySchema\":null,"
                  "\"Key\":null,\"ProvisionedThroughput\":null,\"ConsistentRead\":null,"
                  "\"ReturnConsumedCapacity\":null,\"ExpressionAttributeNames\":null}");
    assert_int_equal(r.st, ST_OK);
    for (size_t i = 0; i < ARRAY_COUNT(everything_fields); i++) {
        const struct field *field = &everything_fields[i];
        const bool given = field_is_given(field, (const uint8_t *)&r.in + field->offset);
        assert_int_equal(given, field->kind == FIELD_TABLE);
    }
    reading_end(&r);
}

static void test_field__an_empty_string_list_or_map_is_given(void **state)
{
    (void)state;
    struct reading r;
    read_text(&r, "{\"TableName\":\"music\",\"Text\":\"\",\"ExpressionAttributeNames\":{},"
                  "\"ExpressionAttributeValues\":{},\"Key\":{},\"AttributeValueList\":[]}");
    assert_int_equal(r.st, ST_OK);
    assert_non_null(r.in.text.ptr);
    assert_true(r.in.names.given && r.in.names.count == 0);
    assert_int_equal(r.in.values.value.type, VALUE_M);
    assert_int_equal(r.in.item.value.type, VALUE_M);
    assert_true(r.in.operands.given && r.in.operands.count == 0);
    reading_end(&r);
}

static void test_field__unknown_members_are_skipped_whatever_they_hold(void **state)
{
    (void)state;
    struct reading r;
    read_text(&r, "{\"Other\":{\"TableName\":[1,{\"a\":null}]},\"TableName\":\"music\",\"X\":1.5}");
    assert_int_equal(r.st, ST_OK);
    support_assert_text(r.in.table_name, "music");
    reading_end(&r);
}

static void test_field__integers_are_cut_and_stay_in_range(void **state)
{
    (void)state;
    static const struct {
        const char *json;
        int64_t value;
    } cases[] = {
        {"0",                              0                   },
        {"-0",                             0                   },
        {"1.9",                            1                   },
        {"-1.9",                           -1                  },
        {"1e3",                            1000                },
        {"1.25E+1",                        12                  },
        {"125e-1",                         12                  },
        {"1e-5",                           0                   },
        {"9223372036854775807",            INT64_MAX           },
        {"9223372036854775808",            INT64_MAX           },
        {"-9223372036854775808",           INT64_MIN           },
        {"-9223372036854775809",           INT64_MIN           },
        {"1e999999999999",                 INT64_MAX           },
        {"-1e999999999999",                INT64_MIN           },
        {"0e999999999999",                 0                   },
        {"123456789.000000000000000001e2", INT64_C(12345678900)},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        char body[128];
        (void)snprintf(body, sizeof body, "{\"TableName\":\"music\",\"Big\":%s}", cases[i].json);
        struct reading r;
        read_text(&r, body);
        assert_int_equal(r.st, ST_OK);
        if (r.in.big.value != cases[i].value) {
            fail_msg("%s was read as %lld", cases[i].json, (long long)r.in.big.value);
        }
        reading_end(&r);
    }
}

static void test_field__booleans_are_also_taken_as_words(void **state)
{
    (void)state;
    static const struct {
        const char *json;
        bool value;
    } cases[] = {
        {"true",      true },
        {"false",     false},
        {"\"true\"",  true },
        {"\"YES\"",   true },
        {"\"1\"",     true },
        {"\"False\"", false},
        {"\"no\"",    false},
        {"\"0\"",     false},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        char body[128];
        (void)snprintf(body, sizeof body, "{\"TableName\":\"music\",\"ConsistentRead\":%s}",
                       cases[i].json);
        struct reading r;
        read_text(&r, body);
        assert_int_equal(r.st, ST_OK);
        assert_true(r.in.flag.given);
        assert_int_equal(r.in.flag.value, cases[i].value);
        reading_end(&r);
    }
}

/* ---- F1: types */

#define STRUCTURE "Start of structure or map found where not expected"
#define CLASS "Unrecognized collection type class "
#define MAP_TYPE "Unrecognized collection type java.util.Map<java.lang.String, "
#define DYNAMODB "com.amazonaws.dynamodb.v20120810."
#define NUMBER_TO "NUMBER_VALUE cannot be converted to "
#define DECIMAL_TO "DECIMAL_VALUE cannot be converted to "
#define STRING_TO "STRING_VALUE cannot be converted to "
#define TRUE_TO "TRUE_VALUE cannot be converted to "
#define FALSE_TO "FALSE_VALUE cannot be converted to "
#define FIELD_TYPE "Unexpected field type"
#define VALUE_TYPE "Unexpected value type in payload"

static void test_field__a_wrong_type_is_told_in_its_own_sentence(void **state)
{
    (void)state;
    /* clang-format off */
    static const struct {
        const char *name;
        const char *json;
        const char *text;
    } cases[] = {
        {"TableName", "{}", STRUCTURE},
        {"TableName", "[]", CLASS "java.lang.String"},
        {"TableName", "1", NUMBER_TO "String"},
        {"TableName", "1.5", DECIMAL_TO "String"},
        {"TableName", "1e5", DECIMAL_TO "String"},
        {"TableName", "true", TRUE_TO "String"},
        {"TableName", "false", FALSE_TO "String"},
        {"ReturnConsumedCapacity", "1", NUMBER_TO "String"},
        {"ConsistentRead", "\"maybe\"", "Unexpected token received from parser"},
        {"ConsistentRead", "2", NUMBER_TO "Boolean"},
        {"ConsistentRead", "2.5", DECIMAL_TO "Boolean"},
        {"ConsistentRead", "{}", STRUCTURE},
        {"ConsistentRead", "[]", CLASS "java.lang.Boolean"},
        {"Limit", "\"1\"", STRING_TO "Integer"},
        {"Limit", "true", TRUE_TO "Integer"},
        {"Limit", "false", FALSE_TO "Integer"},
        {"Limit", "{}", STRUCTURE},
        {"Limit", "[]", CLASS "java.lang.Integer"},
        {"Big", "\"1\"", STRING_TO "Long"},
        {"Big", "true", TRUE_TO "Long"},
        {"Big", "false", FALSE_TO "Long"},
        {"Big", "{}", STRUCTURE},
        {"Big", "[]", CLASS "java.lang.Long"},
        {"ProvisionedThroughput", "\"5\"", FIELD_TYPE},
        {"ProvisionedThroughput", "true", FIELD_TYPE},
        {"ProvisionedThroughput", "[]", CLASS DYNAMODB "ProvisionedThroughput"},
        {"ProvisionedThroughput", "{\"ReadCapacityUnits\":\"1\"}", STRING_TO "Long"},
        {"KeySchema", "\"x\"", FIELD_TYPE},
        {"KeySchema", "5", FIELD_TYPE},
        {"KeySchema", "{}", STRUCTURE},
        {"KeySchema", "[\"x\"]", VALUE_TYPE},
        {"KeySchema", "[[]]", CLASS DYNAMODB "KeySchemaElement"},
        {"KeySchema", "[{\"KeyType\":1}]", NUMBER_TO "String"},
        {"Expected", "\"x\"", FIELD_TYPE},
        {"Expected", "[]", MAP_TYPE DYNAMODB "Condition>"},
        {"Expected", "{\"a\":true}", VALUE_TYPE},
        {"Expected", "{\"a\":[]}", CLASS DYNAMODB "Condition"},
        {"AttributesToGet", "\"x\"", FIELD_TYPE},
        {"AttributesToGet", "{}", STRUCTURE},
        {"AttributesToGet", "[1]", NUMBER_TO "String"},
        {"ExpressionAttributeNames", "1", FIELD_TYPE},
        {"ExpressionAttributeNames", "[]", MAP_TYPE "java.lang.String>"},
        {"ExpressionAttributeNames", "{\"#a\":{}}", STRUCTURE},
        {"ExpressionAttributeValues", "\"x\"", FIELD_TYPE},
        {"ExpressionAttributeValues", "[]", MAP_TYPE DYNAMODB "AttributeValue>"},
        {"Key", "\"x\"", FIELD_TYPE},
        {"Key", "[]", MAP_TYPE DYNAMODB "AttributeValue>"},
        {"Key", "{\"a\":\"x\"}", VALUE_TYPE},
        {"Key", "{\"a\":{\"S\":1}}", NUMBER_TO "String"},
        {"Value", "1", FIELD_TYPE},
        {"Value", "[]", CLASS DYNAMODB "AttributeValue"},
        {"AttributeValueList", "{}", STRUCTURE},
        {"AttributeValueList", "[1]", VALUE_TYPE},
        {"AttributeValueList", "[[]]", CLASS DYNAMODB "AttributeValue"},
    };
    /* clang-format on */
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        char body[256];
        (void)snprintf(body, sizeof body, "{\"%s\":%s}", cases[i].name, cases[i].json);
        assert_fails(body, ST_SERIALIZATION, cases[i].text);
    }
}

static void test_field__a_wrong_type_anywhere_comes_before_any_constraint(void **state)
{
    (void)state;
    assert_fails("{\"TableName\":\"!\",\"Limit\":0,\"Text\":1}", ST_SERIALIZATION,
                 "NUMBER_VALUE cannot be converted to String");
}

static void test_field__a_body_that_is_no_object_has_no_fields(void **state)
{
    (void)state;
    static const char *const bodies[] = {"null", "true", "1", "\"x\"", "", " ", "{", "{]", "{}x"};
    for (size_t i = 0; i < ARRAY_COUNT(bodies); i++) {
        assert_fails(bodies[i], ST_SERIALIZATION, "");
    }
    assert_fails("[]", ST_SERIALIZATION, "Start of list found where not expected");
}

/* ---- F3, F4: constraints */

#define FAILED "' failed to satisfy constraint: Member must "
#define AT_LEAST "have value greater than or equal to "
#define AT_MOST "have value less than or equal to "
#define NOT_SHORTER "have length greater than or equal to "
#define NOT_LONGER "have length less than or equal to "
#define IN_SET "satisfy enum value set: "
#define PATTERN "satisfy regular expression pattern: [a-zA-Z0-9_.-]+"
#define ARN "arn:aws:dynamodb:us-east-1:000000000000:"
#define FAILED_ARN                                                                                 \
    "' failed to satisfy constraint: Valid ARN format is 'arn:<awsPartition>:<vendor>:<region>:"   \
    "<subscriber>:resourceType/resourceName', where Resource name must have length less than or "  \
    "equal to 255, Resource name must have length greater than or equal to 3, Resource name must " \
    "satisfy regular expression pattern: [a-zA-Z0-9_.-]+"

static void test_field__a_violation_names_value_place_and_constraint(void **state)
{
    (void)state;
    /* clang-format off */
    static const struct {
        const char *name;
        const char *json;
        const char *subject;
        const char *constraint;
    } cases[] = {
        {"Text", "\"12345\"", "'12345' at 'text", NOT_LONGER "4"},
        {"Text", "\"\\u00e9\\ud83d\\ude00xy\"", "'\u00e9\U0001F600xy' at 'text", NOT_LONGER "4"},
        {"IndexName", "\"a\"", "'a' at 'indexName", NOT_SHORTER "3"},
        {"IndexName", "\"a b\"", "'a b' at 'indexName", PATTERN},
        {"ReturnConsumedCapacity", "\"x\"", "'x' at 'returnConsumedCapacity",
         IN_SET "[INDEXES, TOTAL, NONE]"},
        {"ReturnConsumedCapacity", "\"\"", "'' at 'returnConsumedCapacity",
         IN_SET "[INDEXES, TOTAL, NONE]"},
        {"Limit", "0", "'0' at 'limit", AT_LEAST "1"},
        {"Limit", "-99999999999", "'-2147483648' at 'limit", AT_LEAST "1"},
        {"Limit", "101", "'101' at 'limit", AT_MOST "100"},
        {"AttributesToGet", "[]", "'[]' at 'attributesToGet", NOT_SHORTER "1"},
        {"AttributesToGet", "[\"a\",\"b\",\"c\"]", "'[a, b, c]' at 'attributesToGet",
         NOT_LONGER "2"},
        {"KeySchema", "[]", "'[]' at 'keySchema", NOT_SHORTER "1"},
        {"KeySchema", "[{\"AttributeName\":\"a\",\"KeyType\":\"x\"}]",
         "'x' at 'keySchema.1.member.keyType", IN_SET "[HASH, RANGE]"},
        {"KeySchema", "[{\"KeyType\":\"HASH\"}]", "null at 'keySchema.1.member.attributeName",
         "not be null"},
        {"ProvisionedThroughput", "{\"ReadCapacityUnits\":-5}",
         "'-5' at 'provisionedThroughput.readCapacityUnits", AT_LEAST "1"},
        {"ProvisionedThroughput", "{}", "null at 'provisionedThroughput.readCapacityUnits",
         "not be null"},
        {"Expected", "{\"k\":{\"KeyType\":\"\"}}", "'' at 'expected.k.member.keyType",
         IN_SET "[HASH, RANGE]"},
    };
    /* clang-format on */
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        char body[256], text[512];
        (void)snprintf(body, sizeof body, "{\"TableName\":\"music\",\"%s\":%s}", cases[i].name,
                       cases[i].json);
        (void)snprintf(text, sizeof text, "1 validation error detected: Value %s" FAILED "%s",
                       cases[i].subject, cases[i].constraint);
        assert_fails(body, ST_VALIDATION, text);
    }
}

static void test_field__a_list_too_long_is_shown_element_by_element(void **state)
{
    (void)state;
    assert_fails("{\"TableName\":\"music\",\"KeySchema\":["
                 "{\"AttributeName\":\"a\",\"KeyType\":\"HASH\"},"
                 "{\"AttributeName\":\"b\",\"KeyType\":\"RANGE\"},"
                 "{\"AttributeName\":\"c\",\"KeyType\":\"RANGE\"}]}",
                 ST_VALIDATION,
                 "1 validation error detected: Value '["
                 "KeySchemaElement(attributeName=a, keyType=HASH), "
                 "KeySchemaElement(attributeName=b, keyType=RANGE), "
                 "KeySchemaElement(attributeName=c, keyType=RANGE)]' at 'keySchema" FAILED
                 "have length less than or equal to 2");
}

static void test_field__the_table_name_is_judged_alone_and_first(void **state)
{
    (void)state;
    static const struct {
        const char *members;
        const char *text;
    } cases[] = {
        {"",                                 "null at 'tableName" FAILED "not be null" },
        {",\"TableName\":\"\"",              "'' at 'tableName" FAILED NOT_SHORTER "1" },
        {",\"TableName\":\"a!\"",            "'a!' at 'tableName" FAILED PATTERN       },
        {",\"TableName\":\"arn:aws:x:tab\"", "'arn:aws:x:tab' at 'tableName" FAILED_ARN},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        char body[256], text[1024];
        (void)snprintf(body, sizeof body, "{\"Limit\":0%s}", cases[i].members);
        (void)snprintf(text, sizeof text, "1 validation error detected: Value %s", cases[i].text);
        assert_fails(body, ST_VALIDATION, text);
    }
}

static void test_field__a_table_name_has_at_most_255_characters(void **state)
{
    (void)state;
    char name[257] = {0};
    memset(name, 'a', 256);
    char body[512], text[1024];
    (void)snprintf(body, sizeof body, "{\"TableName\":\"%s\"}", name);
    (void)snprintf(text, sizeof text,
                   "1 validation error detected: Value '%s' at 'tableName" FAILED
                   "have length less than or equal to 255",
                   name);
    assert_fails(body, ST_VALIDATION, text);
}

static void test_field__a_table_arn_stands_for_its_table(void **state)
{
    (void)state;
    struct reading r;
    read_text(&r, "{\"TableName\":\"" ARN "table/music\"}");
    assert_int_equal(r.st, ST_OK);
    support_assert_text(r.in.table_name, "music");
    reading_end(&r);
    assert_fails("{\"TableName\":\"" ARN "table/music/index/by-year\"}", ST_VALIDATION,
                 "1 validation error detected: Value '" ARN
                 "table/music/index/by-year' at 'tableName" FAILED_ARN);
    read_text(&r, "{\"TableName\":\"arn:aws:dynamodb:us-east-1:000000000001:table/music\"}");
    assert_int_equal(r.st, ST_OK);
    support_assert_text(r.in.table_name, "music");
    support_assert_text(r.foreign_arn, "arn:aws:dynamodb:us-east-1:000000000001:table/music");
    reading_end(&r);
}

static void test_field__violations_are_listed_in_the_order_of_the_fields(void **state)
{
    (void)state;
    assert_fails(
        "{\"Limit\":0,\"IndexName\":\"!\",\"TableName\":\"music\","
        "\"ReturnConsumedCapacity\":\"x\"}",
        ST_VALIDATION,
        "4 validation errors detected: Value 'x' at 'returnConsumedCapacity" FAILED
        "satisfy enum value set: [INDEXES, TOTAL, NONE]; Value '!' at 'indexName" FAILED
        "satisfy regular expression pattern: [a-zA-Z0-9_.-]+; Value '!' at 'indexName" FAILED
        "have length greater than or equal to 3; Value '0' at 'limit" FAILED
        "have value greater than or equal to 1");
}

static void test_field__at_most_ten_violations_are_listed(void **state)
{
    (void)state;
    struct reading r;
    read_text(&r, "{\"TableName\":\"music\",\"KeySchema\":[{},{},{},{},{},{}]}");
    assert_int_equal(r.st, ST_VALIDATION);
    assert_true(span_starts_with(error_text(&r.err), SPAN("10 validation errors detected: ")));
    assert_true(span_contains(error_text(&r.err), SPAN("'keySchema.5.member.attributeName'")));
    assert_false(span_contains(error_text(&r.err), SPAN("'keySchema.6.member.attributeName'")));
    reading_end(&r);
}

static void assert_says(api_wording wording, const char *body, const char *text)
{
    struct reading r;
    read_as(&r, wording, span_of(body));
    assert_int_equal(r.st, ST_VALIDATION);
    support_assert_text(error_text(&r.err), text);
    reading_end(&r);
}

static void test_field__the_current_wording_of_an_empty_member(void **state)
{
    (void)state;
    assert_says(API_WORDING_CLASSIC, "{\"TableName\":\"\"}",
                "1 validation error detected: Value '' at 'tableName" FAILED NOT_SHORTER "1");
    assert_says(API_WORDING_CURRENT, "{\"TableName\":\"\"}",
                "1 validation error detected: Value at 'TableName" FAILED NOT_SHORTER "1");
    assert_says(API_WORDING_CURRENT, "{\"TableName\":\"music\",\"Limit\":0}",
                "1 validation error detected: Value '0' at 'limit" FAILED AT_LEAST "1");
}

static void test_field__a_demanded_field_is_reported_before_all_constraints(void **state)
{
    (void)state;
    static const struct field fields[] = {
        FIELD(everything, limit, "Limit", FIELD_INTEGER, OPTIONAL, 1, 0),
        FIELD(everything, table_name, "TableName", FIELD_TABLE, DEMANDED, 3, 255),
    };
    static const struct field_shape shape = FIELD_SHAPE("Demanding", everything, fields);
    struct reading r = {.st = ST_OK};
    struct field_terms terms = {.wording = API_WORDING_CLASSIC};
    arena_init(&r.arena, support_mem(), ARENA_BYTES);
    r.err = error_in(&r.arena);
    assert_int_equal(field_read(&shape, SPAN("{\"Limit\":0}"), &r.arena, &r.in, &r.err), ST_OK);
    assert_int_equal(field_check(&shape, &terms, &r.in, &r.err), ST_VALIDATION);
    support_assert_text(error_text(&r.err),
                        "The parameter 'TableName' is required but was not present in the request");
    reading_end(&r);
}

/* ---- F5 */

static void test_field__a_value_that_is_wrong_is_kept_for_later(void **state)
{
    (void)state;
    struct reading r;
    read_text(&r, "{\"TableName\":\"music\",\"Key\":{\"a\":{\"SS\":[]}}}");
    assert_int_equal(r.st, ST_OK);
    assert_int_equal(r.in.item.late.status, ST_VALIDATION);
    support_assert_text(error_text(&r.in.item.late),
                        "One or more parameter values were invalid: An string set  may not be "
                        "empty");
    reading_end(&r);
}

static void test_field__a_wrong_expression_value_is_named(void **state)
{
    (void)state;
    struct reading r;
    read_text(&r, "{\"TableName\":\"music\",\"ExpressionAttributeValues\":"
                  "{\":a\":{\"S\":\"x\"},\":b\":{\"N\":\"x\"},\":c\":{}}}");
    assert_int_equal(r.st, ST_OK);
    support_assert_text(error_text(&r.in.values.late),
                        "ExpressionAttributeValues contains invalid value: The parameter cannot be "
                        "converted to a numeric value: x for key :b");
    reading_end(&r);
}

/* ---- hostile input */

static const char whole[] =
    "{\"TableName\":\"music\",\"Text\":\"\\u00e9\",\"Limit\":12,"
    "\"KeySchema\":[{\"AttributeName\":\"pk\",\"KeyType\":\"HASH\"}],"
    "\"Expected\":{\"a\":{\"KeyType\":\"HASH\"}},"
    "\"AttributesToGet\":[\"one\"],\"Other\":[{}],"
    "\"ExpressionAttributeNames\":{\"#a\":\"b\"},"
    "\"Key\":{\"pk\":{\"SS\":[\"v\",\"w\"]},\"m\":{\"M\":{\"x\":{\"B\":\"AA==\"}}}},"
    "\"AttributeValueList\":[{\"N\":\"1\"}]}";

static void test_field__text_cut_anywhere_fails_at_a_guard_page(void **state)
{
    (void)state;
    for (size_t len = 0; len < sizeof whole - 1; len++) {
        const struct span body = support_guard((struct span){(const uint8_t *)whole, len});
        struct reading r;
        read_as(&r, API_WORDING_CLASSIC, body);
        assert_int_equal(r.st, ST_SERIALIZATION);
        reading_end(&r);
        support_guard_free(body);
    }
}

static void test_field__every_failed_allocation_is_out_of_memory(void **state)
{
    (void)state;
    bool failed = true;
    for (uint64_t nth = 1; failed; nth++) {
        support_mem_fail_at(nth);
        struct reading r;
        read_as(&r, API_WORDING_CLASSIC, span_of(whole));
        failed = support_mem_failed();
        assert_int_equal(r.st, failed ? ST_NO_MEMORY : ST_OK);
        reading_end(&r);
    }
}

static void test_field__an_arena_too_small_is_out_of_memory(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, support_mem(), 16 << 10);
    struct error err = error_in(&arena);
    struct everything in = {0};
    char body[40000] = "{\"KeySchema\":[{}";
    size_t len = strlen(body);
    while (len + 4 < sizeof body) {
        memcpy(body + len, ",{}", 3);
        len += 3;
    }
    memcpy(body + len, "]}", 2);
    const struct span text = {(const uint8_t *)body, len + 2};
    assert_int_equal(field_read(&everything_shape, text, &arena, &in, &err), ST_NO_MEMORY);
    arena_deinit(&arena);
    support_mem_check();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_field__every_kind_is_read),
        cmocka_unit_test(test_field__what_is_null_or_missing_is_not_given),
        cmocka_unit_test(test_field__an_empty_string_list_or_map_is_given),
        cmocka_unit_test(test_field__unknown_members_are_skipped_whatever_they_hold),
        cmocka_unit_test(test_field__integers_are_cut_and_stay_in_range),
        cmocka_unit_test(test_field__booleans_are_also_taken_as_words),
        cmocka_unit_test(test_field__a_wrong_type_is_told_in_its_own_sentence),
        cmocka_unit_test(test_field__a_wrong_type_anywhere_comes_before_any_constraint),
        cmocka_unit_test(test_field__a_body_that_is_no_object_has_no_fields),
        cmocka_unit_test(test_field__a_violation_names_value_place_and_constraint),
        cmocka_unit_test(test_field__a_list_too_long_is_shown_element_by_element),
        cmocka_unit_test(test_field__the_table_name_is_judged_alone_and_first),
        cmocka_unit_test(test_field__a_table_name_has_at_most_255_characters),
        cmocka_unit_test(test_field__a_table_arn_stands_for_its_table),
        cmocka_unit_test(test_field__violations_are_listed_in_the_order_of_the_fields),
        cmocka_unit_test(test_field__at_most_ten_violations_are_listed),
        cmocka_unit_test(test_field__the_current_wording_of_an_empty_member),
        cmocka_unit_test(test_field__a_demanded_field_is_reported_before_all_constraints),
        cmocka_unit_test(test_field__a_value_that_is_wrong_is_kept_for_later),
        cmocka_unit_test(test_field__a_wrong_expression_value_is_named),
        cmocka_unit_test(test_field__text_cut_anywhere_fails_at_a_guard_page),
        cmocka_unit_test(test_field__every_failed_allocation_is_out_of_memory),
        cmocka_unit_test(test_field__an_arena_too_small_is_out_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
