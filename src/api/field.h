/* field.h -- requests as tables of fields, and the readers that fill them.
 *
 * An operation describes its request as a C struct and a table of fields, one line each:
 *
 *     struct get_item_in {
 *         struct span table_name;
 *         struct field_item key;
 *         struct field_bool consistent_read;
 *     };
 *     static const struct field get_item_fields[] = {
 *         FIELD(get_item_in, key, "Key", FIELD_ITEM, REQUIRED, 0, 0),
 *         FIELD(get_item_in, table_name, "TableName", FIELD_TABLE, REQUIRED, 1, 255),
 *         FIELD(get_item_in, consistent_read, "ConsistentRead", FIELD_BOOL, OPTIONAL, 0, 0),
 *     };
 *
 * field_read fills the zeroed struct from JSON, field_fill from a value; field_check then checks
 * its constraints. What they find wrong comes in DynamoDB's order:
 *
 *   F1  JSON that is broken, or of the wrong type anywhere in the request, is
 *       ST_SERIALIZATION, before any constraint is looked at.
 *   F2  A field marked DEMANDED and missing is reported alone, first.
 *   F3  The table's name is checked next, alone: "Value '…' at 'tableName' failed to satisfy
 *       constraint: …". Names within lists, of which there are several, come in their turn.
 *   F4  All other constraints are then collected in the order of the table, at most
 *       FIELD_VIOLATIONS_MAX of them: "2 validation errors detected: …; …". That order is
 *       DynamoDB's own (a hash map's of its): keep it when adding a field.
 *   F5  Values of attributes that are JSON of the right shape but not valid (an empty set, a bad
 *       number) are noted in the field (`late`), for the operation to report when its own rules
 *       come to it.
 *   F6  The ARN of a table in another region is told alone, when its turn comes; that of another
 *       account's table after all constraints.
 *
 * A member that is null counts as not given. A member that no field names is skipped.
 *
 * Memory: everything is made in the arena or points into the body; both must outlive the struct.
 */
#ifndef STATOR_API_FIELD_H
#define STATOR_API_FIELD_H

#include "api/api.h"
#include "base/error.h"
#include "expr/expr.h"
#include "item/value.h"

enum {
    FIELD_VIOLATIONS_MAX = 10,
    FIELD_DEPTH_MAX = 8, /* of structs in structs: a bound for tables, asserted */
};

/* ---- what the members of a request struct are */

struct field_bool {
    bool given;
    bool value;
};

struct field_number {
    bool given;
    int64_t value;
};

/* One of a list of words. field_check sets `value` from `text`; it is 0 when not given, so choices
 * begin at 1. */
struct field_enum {
    struct span text; /* ptr is NULL when not given */
    int value;
};

/* An item, a key, one attribute value: stored bytes. */
struct field_item {
    struct value value; /* VALUE_NONE when not given, and then perhaps `late` */
    struct error late;  /* F5; its status is ST_OK when all is well */
};

/* `count` elements side by side, of the type that the kind says. FIELD_AT reads one. */
struct field_list {
    bool given;
    uint32_t count;
    const void *elements;
};
#define FIELD_AT(list, type, index) (&((const type *)(list).elements)[index])

/* An element of a FIELD_MAP_OF_LISTS. */
struct field_named_list {
    struct span name; /* the key */
    struct field_list list;
};

/* ---- what a field is */

typedef enum field_kind {
    FIELD_STRING,  /* struct span; ptr is NULL when not given */
    FIELD_TABLE,   /* struct span: a table's name, or its ARN, which field_check cuts to the name */
    FIELD_ARN,     /* struct span: a ResourceArn, for arn.h to judge */
    FIELD_ENUM,    /* struct field_enum */
    FIELD_BOOL,    /* struct field_bool */
    FIELD_INTEGER, /* struct field_number, of 32 bits */
    FIELD_LONG,    /* struct field_number */
    FIELD_STRUCT,  /* pointer to a struct described by `of`; NULL when not given */
    FIELD_LIST,    /* struct field_list of structs described by `of` */
    FIELD_MAP,     /* struct field_list of structs described by `of`, whose first member is
                    * `struct span name`: the key */
    FIELD_MAP_OF_LISTS, /* struct field_list of struct field_named_list; the elements of those lists
                         * are structs described by `of`, and the bounds are those lists' */
    FIELD_STRINGS,      /* struct field_list of struct span */
    FIELD_NAMES,        /* struct field_list of struct expr_name: ExpressionAttributeNames */
    FIELD_ITEM,         /* struct field_item, VALUE_M: a map of attribute values */
    FIELD_VALUES,       /* struct field_item, VALUE_M: ExpressionAttributeValues */
    FIELD_VALUE,        /* struct field_item: one attribute value */
    FIELD_OPERANDS,     /* struct field_list of struct field_item: AttributeValueList */
    FIELD_KEYS,         /* struct field_list of struct field_item, each VALUE_M: Keys */
} field_kind;

typedef enum field_presence {
    FIELD_OPTIONAL,
    FIELD_REQUIRED, /* "Value null at 'key' failed to satisfy …: Member must not be null" */
    FIELD_DEMANDED, /* "The parameter 'TableName' is required but was not present in …", of a
                     * FIELD_ARN "Invalid TableArn" */
} field_presence;

/* One word of an enum. The order of a list of choices is the order DynamoDB's message has. */
struct field_choice {
    const char *word;
    int value; /* not 0 */
};

struct field_choices {
    const struct field_choice *choices;
    size_t count;
    const char *current; /* what API_WORDING_CURRENT says of another word; NULL: as ever */
    bool alone;          /* and of nothing else beside it */
};

/* A struct and its fields. */
struct field_shape {
    const char *name; /* "KeySchemaElement", for messages */
    size_t size;
    const struct field *fields;
    size_t count;
};

/* Bounds: of a string or list its length, of a number its value. `max` 0 means no upper bound; a
 * number with both 0 has no bounds at all. */
struct field {
    const char *name; /* as in JSON: "TableName" */
    size_t name_len;
    field_kind kind;
    field_presence presence;
    size_t offset;
    int64_t min;
    int64_t max;
    bool name_pattern;                   /* FIELD_STRING: must match [a-zA-Z0-9_.-]+; maps: their
                                          * keys are names of tables, or ARNs cut to the name */
    const struct field_choices *choices; /* FIELD_ENUM */
    const struct field_shape *of;        /* FIELD_STRUCT, FIELD_LIST, FIELD_MAP */
};

/* A table line: struct tag, member, JSON name, kind, OPTIONAL | REQUIRED | DEMANDED, bounds. */
#define FIELD(in, member, json, field_kind, needed, lower, upper)                                  \
    {                                                                                              \
        .name = (json), .name_len = sizeof(json) - 1, .kind = (field_kind),                        \
        .presence = FIELD_##needed, .offset = offsetof(struct in, member), .min = (lower),         \
        .max = (upper)                                                                             \
    }

/* A string that must also match [a-zA-Z0-9_.-]+: names of indexes. */
#define FIELD_NAME(in, member, json, needed, lower, upper)                                         \
    {                                                                                              \
        .name = (json), .name_len = sizeof(json) - 1, .kind = FIELD_STRING,                        \
        .presence = FIELD_##needed, .offset = offsetof(struct in, member), .min = (lower),         \
        .max = (upper), .name_pattern = true                                                       \
    }

/* One word of `words`, a struct field_choices made by FIELD_CHOICES. */
#define FIELD_CHOICE(in, member, json, needed, words)                                              \
    {                                                                                              \
        .name = (json), .name_len = sizeof(json) - 1, .kind = FIELD_ENUM,                          \
        .presence = FIELD_##needed, .offset = offsetof(struct in, member), .choices = &(words)     \
    }

/* A struct, list or map whose parts `shape` (a struct field_shape made by FIELD_SHAPE) describes;
 * the bounds are those of the list's length. */
#define FIELD_OF(in, member, json, field_kind, needed, lower, upper, shape)                        \
    {                                                                                              \
        .name = (json), .name_len = sizeof(json) - 1, .kind = (field_kind),                        \
        .presence = FIELD_##needed, .offset = offsetof(struct in, member), .min = (lower),         \
        .max = (upper), .of = &(shape)                                                             \
    }

/* RequestItems: a map by table name. */
#define FIELD_BY_TABLE(in, member, json, field_kind, needed, lower, upper, shape)                  \
    {                                                                                              \
        .name = (json), .name_len = sizeof(json) - 1, .kind = (field_kind),                        \
        .presence = FIELD_##needed, .offset = offsetof(struct in, member), .min = (lower),         \
        .max = (upper), .name_pattern = true, .of = &(shape)                                       \
    }

/* static const struct field_choices words = FIELD_CHOICES(array of struct field_choice); */
#define FIELD_CHOICES(array)                                                                       \
    {                                                                                              \
        .choices = (array), .count = ARRAY_COUNT(array)                                            \
    }

/* The same, with what API_WORDING_CURRENT says, and whether it says that alone. */
#define FIELD_CHOICES_RENEWED(array, sentence, alone_)                                             \
    {                                                                                              \
        .choices = (array), .count = ARRAY_COUNT(array), .current = (sentence), .alone = (alone_)  \
    }

/* static const struct field_shape shape = FIELD_SHAPE("KeySchemaElement", struct tag, fields); */
#define FIELD_SHAPE(json_type, in, array)                                                          \
    {                                                                                              \
        (json_type), sizeof(struct in), (array), ARRAY_COUNT(array)                                \
    }

/* ---- the reader */

/* Fill the zeroed struct `in` of `shape` from the JSON text `body` (F1, F5).
 * ST_SERIALIZATION, ST_NO_MEMORY. */
MUST_USE status field_read(const struct field_shape *shape, struct span body, struct arena *arena,
                           void *in, struct error *err);

/* The same from the value `request` (field_fill.c), which must outlive the struct: what is in it is
 * used where it lies. ST_SERIALIZATION, ST_NO_MEMORY. */
MUST_USE status field_fill(const struct field_shape *shape, struct value request,
                           struct arena *arena, void *in, struct error *err);

/* By whose terms a request is checked. */
struct field_terms {
    api_wording wording;
    struct span region; /* of the caller, in ARNs of tables */
    struct span account;

    struct span foreign_arn; /* answer: the first that is of another account, or empty */
};

/* Check `in` as field_read left it, and settle what depends on it: words of enums, table names in
 * ARNs (F2 to F4, F6). The ARN of another account's table is cut like any other, and the caller's
 * to refuse. ST_VALIDATION, ST_NO_MEMORY. */
MUST_USE status field_check(const struct field_shape *shape, struct field_terms *terms, void *in,
                            struct error *err);

/* Is `text` a name, [a-zA-Z0-9_.-]+? */
MUST_USE bool field_is_name(struct span text);

/* Was the member at `at`, which `field` describes, in the request? */
MUST_USE bool field_is_given(const struct field *field, const void *at);

/* Append a member that was given as violations show it: a word as it is, a list in brackets, a
 * struct as KeySchemaElement(attributeName=pk, keyType=HASH). */
void field_show(struct buf *out, const struct field *field, const void *at);

#endif
