/* field_text.h -- requests and replies between JSON and values, by tables of fields.
 *
 * In JSON an attribute's value has its type around it, {"S": "a"}, and all else has not:
 * "TableName": "a" is a string too. As a value (api.h) both are S. Which of the two is meant is
 * told by place alone, and the tables of fields know the places: members whose kind is ITEM,
 * VALUES, VALUE, OPERANDS or KEYS hold attribute values, members that no field names hold none.
 *
 * A field without a name stands for members of any name that no field before it has: so a table
 * says of a map by table name what lies under the names, whatever they are.
 */
#ifndef STATOR_API_FIELD_TEXT_H
#define STATOR_API_FIELD_TEXT_H

#include "api/field.h"
#include "json/json_writer.h"

/* Write the VALUE_M `v` as `shape` says. What is of another type than its field is written as what
 * it is, for the reader to refuse; a set or binary outside of attribute values with its type. */
void field_text_write(const struct field_shape *shape, struct value v, struct json_writer *json);

/* Read an object of JSON as `shape` says into *out, a VALUE_M of the arena. null is NULL, and left
 * out where an attribute's value belongs. ST_SERIALIZATION: no JSON, no object, no attribute's
 * value where one belongs, a name that no map can hold; ST_VALIDATION: a number or value that
 * DynamoDB refuses; ST_NO_MEMORY. */
MUST_USE status field_text_read(const struct field_shape *shape, struct span text,
                                struct arena *arena, struct value *out, struct error *err);

#endif
