/* wire_write.c -- from a stored value to DynamoDB's JSON. */
#include "item/value_json.h"
#include "item/wire.h"

void wire_write_value(struct json_writer *json, struct value v)
{
    value_json_write(json, v, VALUE_JSON_WIRE);
}

void wire_write_map(struct json_writer *json, struct value map)
{
    value_json_write_map(json, map, VALUE_JSON_WIRE);
}
