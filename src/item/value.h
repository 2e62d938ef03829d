/* value.h -- one attribute value, as bytes that are read where they lie.
 *
 * A value is a type and a body; a body never moves and is never decoded as a whole. Bodies:
 *
 *     S, B         the bytes themselves
 *     N            number.h's form: memcmp is the order, equal numbers have equal bytes
 *     BOOL         one byte, 0 or 1
 *     NULL         nothing
 *     SS, NS, BS   count u32, then each element: len u32, bytes; strictly ascending
 *     L            count u32, then each element: type u8, len u32, body
 *     M            count u32, then each attribute: name_len u16, type u8, len u32, name, body;
 *                  names strictly ascending by bytes
 *
 * V1  The form is canonical: two values are equal (as DynamoDB compares them, sets without order,
 *     1 = 1.0) exactly when type and body are equal byte by byte.
 * V2  Integers are little-endian. Type numbers are on disk: never renumber them.
 * V3  Cursors are safe on any bytes: a body cut short or lying about a length ends the walk early.
 *
 * Memory: a value borrows; it lives as long as the bytes it points into.
 */
#ifndef STATOR_ITEM_VALUE_H
#define STATOR_ITEM_VALUE_H

#include "base/buf.h"
#include "base/span.h"
#include "base/status.h"

typedef enum value_type {                 /* on disk: never renumber */
                          VALUE_NONE = 0, /* no value: a path that leads nowhere */
                          VALUE_S = 1,
                          VALUE_N = 2,
                          VALUE_B = 3,
                          VALUE_SS = 4,
                          VALUE_NS = 5,
                          VALUE_BS = 6,
                          VALUE_M = 7,
                          VALUE_L = 8,
                          VALUE_NULL = 9,
                          VALUE_BOOL = 10,
} value_type;

struct value {
    value_type type;
    struct span body;
};

/* "S", "N", … "BOOL"; static. Asserts a type other than VALUE_NONE. */
MUST_USE const char *value_type_name(value_type type);

/* The type called `name` ("SS"), or VALUE_NONE. */
MUST_USE value_type value_type_of(struct span name);

/* Is it SS, NS or BS? And the type of a set's elements: S, N, B. */
MUST_USE bool value_is_set(value_type type);
MUST_USE value_type value_element_type(value_type set_type);

/* V1. */
MUST_USE bool value_eq(struct value a, struct value b);

/* The order of two values of one type S, N or B (asserted). */
MUST_USE int value_compare(struct value a, struct value b);

/* Elements or attributes of a set, list or map; 0 when the body is damaged. */
MUST_USE uint32_t value_count(struct value container);

/* Does a set hold this element body? */
MUST_USE bool value_set_holds(struct value set, struct span element);

MUST_USE bool value_bool(struct value b);

/* The attribute of map `map` called `name`. False: there is none. */
MUST_USE bool value_find(struct value map, struct span name, struct value *out);

/* The element of list `list` at `index` (0 is first). False: there is none. */
MUST_USE bool value_at(struct value list, uint32_t index, struct value *out);

/* A walk over a container: value_walk, then the matching next until it returns false. */
struct value_cursor {
    struct span rest;
    uint32_t left;
};
MUST_USE struct value_cursor value_walk(struct value container);
MUST_USE bool value_next_attribute(struct value_cursor *cursor, struct span *name,
                                   struct value *out);
MUST_USE bool value_next_element(struct value_cursor *cursor, struct value *out); /* of a list */
MUST_USE bool value_next_member(struct value_cursor *cursor, struct span *out);   /* of a set */

/* Writing. A container is opened, filled in its order, then closed with what open returned.
 * The caller keeps V1's order; value_write_* assert nothing about it. */
MUST_USE size_t value_write_begin(struct buf *buf); /* count placeholder */
void value_write_end(struct buf *buf, size_t begun, uint32_t count);
void value_write_attribute(struct buf *buf, struct span name, struct value v);
void value_write_element(struct buf *buf, struct value v);
void value_write_member(struct buf *buf, struct span element);

/* DynamoDB's size of a value in bytes (the rules stand in value.c): what an attribute of this value
 * adds to its item, its name not counted. */
MUST_USE uint32_t value_size(struct value v);

/* The deepest nesting of lists and maps in `v`: 0 for a scalar or set. An attribute is refused from
 * LIMIT_NESTING on, which is also the largest answer: DynamoDB counts the item as the first level.
 */
MUST_USE uint32_t value_depth(struct value v);

#endif
