/* literal.h -- literals of the application, and the stored values that they become.
 *
 * A literal goes straight to stored bytes (item/value_build.h): no JSON, no tree. DynamoDB's own
 * refusals are told in its words; what no JSON could say (text that is not UTF-8, NULL where a
 * string belongs) in the library's, with the attribute's name.
 */
#ifndef STATOR_DB_LITERAL_H
#define STATOR_DB_LITERAL_H

#include "base/error.h"
#include "item/value.h"
#include "stator/stator.h"

/* Why a STATOR_BAD_ is bad. */
typedef enum literal_why {
    LITERAL_NO_TEXT,
    LITERAL_NO_NODE,
    LITERAL_NO_MEMBERS,
    LITERAL_TOO_LONG,
    LITERAL_NO_ROOM,
    LITERAL_KEPT, /* it could not be kept: u.s says why; NULL: no memory */
} literal_why;

MUST_USE stator_val literal_bad(literal_why why);

/* What `v` stands for, made in `arena`. ST_VALIDATION, ST_NO_MEMORY. */
MUST_USE status literal_value(const stator_val *v, struct arena *arena, struct value *out,
                              struct error *err);

/* As literal_value, for an item or key: *out is a map. */
MUST_USE status literal_item(const stator_val *v, struct arena *arena, struct value *out,
                             struct error *err);

/* Does an array that a literal points to stand still? A program that is built with AddressSanitizer
 * knows, and is asked; the library, which is not, would read what is there. ST_MISUSE: it does not;
 * in other programs never. */
MUST_USE status literal_lives(const void *array, size_t count, size_t size, struct error *err);

/* `count`, or for STATOR_COUNT_ the number of values before the STATOR_END_. */
MUST_USE size_t literal_count(const stator_val *values, size_t count);

/* The text of a STATOR_S, _N, _PATH_ or _SIZE_, or the bytes of a STATOR_B. */
MUST_USE struct span literal_span(const stator_val *v);

/* `v` as a literal; it is copied into `arena`. ST_NO_MEMORY. */
MUST_USE status literal_of(struct value v, struct arena *arena, stator_val *out);

#endif
