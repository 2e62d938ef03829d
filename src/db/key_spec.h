/* key_spec.h -- "PK:S, SK:N" as KeySchema and AttributeDefinitions.
 *
 *     key  := part { "," part }         the first is HASH, the others RANGE
 *     part := name ":" ( "S" | "N" | "B" )  or  "(" part { part } ")"   several of one kind
 *
 * A name may hold anything but a blank, comma, colon or parenthesis, which are written behind a
 * backslash.
 */
#ifndef STATOR_DB_KEY_SPEC_H
#define STATOR_DB_KEY_SPEC_H

#include "db/request.h"
#include "stator/stator.h"

enum { KEY_PARTS_MAX = 8, DEFINITIONS_MAX = 8 * 26 };

struct key_part {
    struct span name;
    struct span type; /* "S" */
    bool is_sort;
};

struct key_spec {
    struct key_part parts[KEY_PARTS_MAX];
    size_t count;
};

/* Attributes of all keys of a table, each once. */
struct definitions {
    struct key_part list[DEFINITIONS_MAX];
    size_t count;
};

/* Read `text`, the key of `what` ("table jobs"). ST_VALIDATION: it is none, with what is wrong;
 * ST_NO_MEMORY. */
MUST_USE status key_spec_read(const char *text, const char *what, struct arena *arena,
                              struct key_spec *out, struct error *err);

/* Add its attributes to those of the table. ST_VALIDATION: one is there with another type. */
MUST_USE status key_spec_define(struct definitions *all, const struct key_spec *key,
                                struct error *err);

/* "KeySchema", "AttributeDefinitions". */
void key_spec_write(const struct key_spec *key, struct request *r);
void key_spec_write_definitions(const struct definitions *all, struct request *r);

/* An index's members: IndexName, KeySchema, Projection; its attributes go to `all`. */
MUST_USE status key_spec_write_index(const stator_index_spec *index, struct definitions *all,
                                     struct arena *arena, struct request *r, struct error *err);

#endif
