/* line_schema.h -- what a table's keys are called, and keys made of a line's partition_key and
 * sort_key.
 *
 * JSON has no binary: where a key attribute is of type B, its base64 stands in a string.
 *
 * Memory: the turn's arena.
 */
#ifndef STATOR_LINES_LINE_SCHEMA_H
#define STATOR_LINES_LINE_SCHEMA_H

#include "lines/line_field.h"
#include "table/table.h"

struct line_key_part {
    struct span name; /* empty: there is none */
    value_type type;
};

struct line_key {
    struct line_key_part partition, sort;
};

struct line_schema {
    struct span table_name;
    struct line_key key;
    struct line_key index; /* of line_schema_find_index */
    struct span ttl_attribute;
};

/* The table that the member "table" of `fields` names. TableNotFound, ParseError. */
MUST_USE status line_schema_find(struct line_turn *turn, const struct line_fields *fields,
                                 struct line_schema *out);

/* As line_schema_find, with its index called `index_name`, whose first parts are told.
 * IndexNotFound. */
MUST_USE status line_schema_find_index(struct line_turn *turn, const struct line_fields *fields,
                                       struct span index_name, struct line_schema *out);

/* "String", "Number" or "Binary". */
MUST_USE const char *line_schema_type_name(value_type type);

/* {"name": …, "type": …}: of what `text` defines. InvalidKeyType. */
MUST_USE status line_schema_read_part(struct line_turn *turn, struct span text,
                                      struct line_key_part *out);

/* `v` as the value of a key attribute. KeyTypeMismatch. */
MUST_USE status line_schema_fit(struct line_turn *turn, const struct line_key_part *part,
                                struct value v, struct value *out);

/* The key that "partition_key" and "sort_key" of `fields` are. MissingKeyAttribute,
 * SortKeyNotSupported, KeyTypeMismatch. */
MUST_USE status line_schema_key(struct line_turn *turn, const struct line_schema *schema,
                                const struct line_fields *fields, struct value *out);

/* `item` with its key attributes as the table has them, and its key, where that is asked for.
 * MissingKeyAttribute, KeyTypeMismatch. */
MUST_USE status line_schema_item(struct line_turn *turn, const struct line_schema *schema,
                                 struct value *item, struct value *key);

/* "exclusive_start_key" as a key of the table, and of its index where there is one; VALUE_NONE when
 * it is not there. InvalidCursor. */
MUST_USE status line_schema_cursor(struct line_turn *turn, const struct line_schema *schema,
                                   const struct line_fields *fields, struct value *out);

#endif
