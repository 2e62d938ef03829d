/* field_expect.c -- the sentences are a table: a row for what was expected, a column for what was
 * found.
 */
#include "api/field_expect.h"

#include <string.h>

#define STRUCTURE "Start of structure or map found where not expected"
#define CLASS "Unrecognized collection type class "
#define MAP_TYPE "Unrecognized collection type java.util.Map<java.lang.String, "
#define DYNAMODB "com.amazonaws.dynamodb.v20120810."
#define CAST                                                                                       \
    "class sun.reflect.generics.reflectiveObjects.ParameterizedTypeImpl cannot be cast to class "  \
    "java.lang.Class (sun.reflect.generics.reflectiveObjects.ParameterizedTypeImpl and "           \
    "java.lang.Class are in module java.base of loader 'bootstrap')"
#define SCALARS(text) (text), (text), (text), (text), (text)
#define CANNOT(type)                                                                               \
    "NUMBER_VALUE cannot be converted to " type, "DECIMAL_VALUE cannot be converted to " type
#define CANNOT_BOOL(type)                                                                          \
    "TRUE_VALUE cannot be converted to " type, "FALSE_VALUE cannot be converted to " type
#define CANNOT_STRING(type) "STRING_VALUE cannot be converted to " type

/* Sources: dynalite's tests, which were run against DynamoDB ("SerializationException if …"). NULL
 * is a pair that fits; "%s" is the name of a struct. Columns as in field_found. */
/* clang-format off */
static const char *const sentences[][FIELD_FOUND_COUNT] = {
    [FIELD_EXPECT_STRING] = {
        STRUCTURE, CLASS "java.lang.String",
        NULL, CANNOT("String"), CANNOT_BOOL("String")},
    [FIELD_EXPECT_BOOL] = {
        STRUCTURE, CLASS "java.lang.Boolean",
        "Unexpected token received from parser", CANNOT("Boolean"), NULL, NULL},
    [FIELD_EXPECT_INTEGER] = {
        STRUCTURE, CLASS "java.lang.Integer",
        CANNOT_STRING("Integer"), NULL, NULL, CANNOT_BOOL("Integer")},
    [FIELD_EXPECT_LONG] = {
        STRUCTURE, CLASS "java.lang.Long",
        CANNOT_STRING("Long"), NULL, NULL, CANNOT_BOOL("Long")},
    [FIELD_EXPECT_STRUCT] = {
        NULL, CLASS DYNAMODB "%s", SCALARS("Unexpected field type")},
    [FIELD_EXPECT_ELEMENT] = {
        NULL, CLASS DYNAMODB "%s", SCALARS("Unexpected value type in payload")},
    [FIELD_EXPECT_LIST] = {
        STRUCTURE, NULL, SCALARS("Unexpected field type")},
    [FIELD_EXPECT_MAP] = {
        NULL, MAP_TYPE DYNAMODB "%s>", SCALARS("Unexpected field type")},
    [FIELD_EXPECT_NAMES] = {
        NULL, MAP_TYPE "java.lang.String>", SCALARS("Unexpected field type")},
    [FIELD_EXPECT_MAP_OF_LISTS] = {
        NULL, MAP_TYPE "java.util.List<" DYNAMODB "%s>>", SCALARS("Unexpected field type")},
    [FIELD_EXPECT_INNER_LIST] = {
        STRUCTURE, NULL, SCALARS(CAST)},
    [FIELD_EXPECT_INNER_MAP] = {
        NULL, MAP_TYPE DYNAMODB "%s>", SCALARS(CAST)},
};
/* clang-format on */

static status say(const char *sentence, const char *name, struct error *err)
{
    const char *hole = strstr(sentence, "%s");
    if (hole == NULL) return FAIL(err, ST_SERIALIZATION, "%s", sentence);
    return FAIL(err, ST_SERIALIZATION, "%.*s%s%s", (int)(hole - sentence), sentence, name,
                hole + 2);
}

status field_expect(field_expected wanted, field_found found, const char *name, struct error *err)
{
    const char *sentence = sentences[wanted][found];
    return sentence == NULL ? ST_OK : say(sentence, name, err);
}

status field_expect_other(field_expected wanted, field_found found, const char *name,
                          struct error *err)
{
    TRY(field_expect(wanted, found, name, err));
    return say(STRUCTURE, name, err);
}

bool field_expect_word(struct span text, bool *out)
{
    static const char *const yes[] = {"true", "1", "yes"};
    static const char *const no[] = {"false", "0", "no"};
    for (size_t i = 0; i < ARRAY_COUNT(yes); i++) {
        const bool is_yes = span_eq_nocase(text, span_of(yes[i]));
        if (!is_yes && !span_eq_nocase(text, span_of(no[i]))) continue;
        *out = is_yes;
        return true;
    }
    return false;
}

/* The exponent of a JSON number from its 'e' on, kept within what matters. */
static int exponent_of(struct span text)
{
    enum { EXPONENT_MAX = 1000 };
    int exponent = 0;
    bool negative = false;
    for (size_t i = 1; i < text.len; i++) {
        if (text.ptr[i] == '-') negative = true;
        if (text.ptr[i] < '0' || text.ptr[i] > '9') continue;
        exponent = exponent * 10 + (text.ptr[i] - '0');
        if (exponent > EXPONENT_MAX) exponent = EXPONENT_MAX;
    }
    return negative ? -exponent : exponent;
}

int64_t field_expect_whole(struct span text)
{
    size_t end = 0;
    while (end < text.len && text.ptr[end] != 'e' && text.ptr[end] != 'E') end++;
    const struct span digits = span_take(text, end);
    const bool negative = digits.len > 0 && digits.ptr[0] == '-';

    size_t point = 0;
    while (point < digits.len && digits.ptr[point] != '.') point++;
    const int exponent = end < text.len ? exponent_of(span_drop(text, end)) : 0;

    int64_t places = (int64_t)point - (negative ? 1 : 0) + exponent;
    int64_t value = 0;
    for (size_t i = negative ? 1 : 0; places > 0; i++) {
        if (i < digits.len && digits.ptr[i] == '.') continue;
        const int digit = i < digits.len ? digits.ptr[i] - '0' : 0;
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_sub_overflow(value, digit, &value)) {
            return negative ? INT64_MIN : INT64_MAX;
        }
        places--;
    }
    if (negative) return value;
    return value == INT64_MIN ? INT64_MAX : -value;
}
