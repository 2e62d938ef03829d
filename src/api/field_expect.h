/* field_expect.h -- what may stand for a member of a request, and what to say when it may not.
 *
 * Requests come as JSON (field_read.c) and as values (field_fill.c); the sentences are the same.
 */
#ifndef STATOR_API_FIELD_EXPECT_H
#define STATOR_API_FIELD_EXPECT_H

#include "base/error.h"

typedef enum field_expected {
    FIELD_EXPECT_STRING,
    FIELD_EXPECT_BOOL,
    FIELD_EXPECT_INTEGER,
    FIELD_EXPECT_LONG,
    FIELD_EXPECT_STRUCT,  /* a member of a struct */
    FIELD_EXPECT_ELEMENT, /* a struct in a list or map */
    FIELD_EXPECT_LIST,
    FIELD_EXPECT_MAP, /* of structs */
    FIELD_EXPECT_NAMES,
    FIELD_EXPECT_MAP_OF_LISTS,
    FIELD_EXPECT_INNER_LIST, /* a list in a map */
    FIELD_EXPECT_INNER_MAP,  /* a map of values in a list */
} field_expected;

typedef enum field_found {
    FIELD_FOUND_OBJECT,
    FIELD_FOUND_ARRAY,
    FIELD_FOUND_STRING,
    FIELD_FOUND_NUMBER,
    FIELD_FOUND_DECIMAL,
    FIELD_FOUND_TRUE,
    FIELD_FOUND_FALSE,
    FIELD_FOUND_COUNT
} field_found;

/* May `found` stand where `wanted` belongs? `name` is that of the struct, or of the field.
 * ST_SERIALIZATION with DynamoDB's sentence. */
MUST_USE status field_expect(field_expected wanted, field_found found, const char *name,
                             struct error *err);

/* What can stand nowhere but within an attribute's value, a set or a binary, found where `wanted`
 * belongs: ST_SERIALIZATION. */
MUST_USE status field_expect_other(field_expected wanted, field_found found, const char *name,
                                   struct error *err);

/* Is `text` a word that DynamoDB takes for a Boolean ("true", "No", "1")? */
MUST_USE bool field_expect_word(struct span text, bool *out);

/* The whole part of a JSON number, as Java's narrowing has it: cut toward zero, and stopped at the
 * ends of the range. */
MUST_USE int64_t field_expect_whole(struct span text);

#endif
