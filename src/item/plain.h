/* plain.h -- ordinary JSON as a view of stored values.
 *
 *     JSON                    stored        written back as
 *     "text"                  S             "text"
 *     1.50                    N, exact      1.5
 *     true, null              BOOL, NULL    the same
 *     [1, "a"]                L             the same
 *     {"a": 1}                M             the same, names in their order
 *
 * What JSON has no type for is written as the nearest thing: B as a base64 string, sets as arrays
 * of their members in order. So reading is exact, and writing is for people and for programs that
 * know what they asked for.
 *
 * Mistakes come at two times, as in wire.h: what is no JSON at once (ST_SERIALIZATION), what
 * DynamoDB refuses in a value (a number of 39 digits, nesting too deep) in `late`.
 */
#ifndef STATOR_ITEM_PLAIN_H
#define STATOR_ITEM_PLAIN_H

#include "base/error.h"
#include "item/value.h"
#include "json/json_reader.h"
#include "json/json_writer.h"

/* Read one value, whose first token with its text was read already, into *out, made in the arena
 * of `json`. When `late` is set afterwards, *out is not to be used. ST_SERIALIZATION, without a
 * sentence: not JSON; ST_NO_MEMORY. */
struct plain_start {
    json_token token;
    struct span text;
};
MUST_USE status plain_read(struct json_reader *json, struct plain_start start, struct value *out,
                           struct error *late, struct error *err);

/* As plain_read, for an item: the object whose JSON_OBJECT_BEGIN was read already. It is the first
 * of the levels of nesting and is not counted as one within a value. *out is a map. */
MUST_USE status plain_read_item(struct json_reader *json, struct value *out, struct error *late,
                                struct error *err);

/* Write any value as plain JSON. */
void plain_write(struct json_writer *json, struct value v);

/* Append `compact`, JSON without blanks, on lines of two spaces a level. */
void plain_indent(struct span compact, struct buf *out);

#endif
