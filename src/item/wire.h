/* wire.h -- DynamoDB's JSON of attribute values, straight to and from stored bytes.
 *
 *     {"S": "text"}  {"N": "1.5"}  {"B": "base64"}  {"SS": […]}  {"NS": […]}  {"BS": […]}
 *     {"M": {name: value}}  {"L": [value]}  {"NULL": true}  {"BOOL": false}
 *
 * Two kinds of mistakes, which DynamoDB reports at two times. JSON of the wrong shape (a number
 * where a string belongs, bad base64) is ST_SERIALIZATION at once. A value of the right shape that
 * DynamoDB refuses (an empty set, two types, an invalid number, nesting too deep) is noted in
 * `late` and reading goes on: the caller reports it after the request's constraints. Only the
 * first is kept; `late->status` stays ST_OK when there is none.
 *
 * No tree is built: values are written to the buf as they are read, and maps and sets are sorted
 * in place when they close.
 */
#ifndef STATOR_ITEM_WIRE_H
#define STATOR_ITEM_WIRE_H

#include "base/error.h"
#include "item/value.h"
#include "json/json_reader.h"
#include "json/json_writer.h"

/* What is said of an attribute value that is null or has no type. */
#define WIRE_EMPTY                                                                                 \
    "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"

/* Read one attribute value, whose first token `first` was read already, into *out, made in the
 * arena of `json`. When `late` is set afterwards, *out is not to be used. ST_SERIALIZATION with
 * DynamoDB's sentence, or without one where the text is no JSON; ST_NO_MEMORY. */
MUST_USE status wire_read_value(struct json_reader *json, json_token first, struct value *out,
                                struct error *late, struct error *err);

/* As wire_read_value, for an object of attribute values: an item, a key. *out is a map. A name
 * given twice keeps its last value. A field that is null counts as absent: its reader asserts that
 * `first` is not JSON_NULL. */
MUST_USE status wire_read_map(struct json_reader *json, json_token first, struct value *out,
                              struct error *late, struct error *err);

/* As wire_read_map, for ExpressionAttributeValues: the sentence in `late` names the key where
 * DynamoDB's does, and the syntax of keys is left to the caller. */
MUST_USE status wire_read_values(struct json_reader *json, json_token first, struct value *out,
                                 struct error *late, struct error *err);

/* Write `v` as an attribute value: {"S": "text"}. */
void wire_write_value(struct json_writer *json, struct value v);

/* Write the attributes of map `map` as an object: {"pk": {"S": "text"}}. */
void wire_write_map(struct json_writer *json, struct value map);

#endif
