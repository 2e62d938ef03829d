/* value_json.h -- stored values as JSON, in either of two forms: DynamoDB's, with a type around
 * each value (wire.h), and plain JSON (plain.h). They differ in three things, which are
 * VALUE_JSON_WIRE's and VALUE_JSON_PLAIN's; the walk is one.
 *
 * Stored bytes were checked when they were written. Should they be damaged all the same, the text
 * is still JSON: a walk ends early (value.h, V3), and what lies deeper than anything is ever
 * stored is written as null.
 */
#ifndef STATOR_ITEM_VALUE_JSON_H
#define STATOR_ITEM_VALUE_JSON_H

#include "item/value.h"
#include "json/json_writer.h"

typedef enum value_json_form {
    VALUE_JSON_WIRE,  /* {"N":"1"}, {"NULL":true} */
    VALUE_JSON_PLAIN, /* 1, null */
} value_json_form;

/* Write `v`. */
void value_json_write(struct json_writer *json, struct value v, value_json_form form);

/* Write `map`, in either form without a type around it: an item. */
void value_json_write_map(struct json_writer *json, struct value map, value_json_form form);

#endif
