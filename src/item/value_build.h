/* value_build.h -- a value written as its parts become known, under DynamoDB's rules of values.
 *
 * Values are made from DynamoDB's JSON (wire_read.c), from plain JSON (plain_read.c) and from
 * literals of C (room db). What DynamoDB refuses in a value, and in which words, stands here once:
 * numbers, sets, names, nesting.
 *
 *     value_build_init
 *     a number   value_build_number                                 other scalars: buf_put to
 * `body` a set      at = value_write_begin; for each member: gap = value_build_member, its body,
 *                value_build_member_end; value_build_set_end
 *     a list     value_build_add_depth; at = value_write_begin; for each element: gap =
 *                value_build_element, its body, value_build_element_end; value_write_end;
 *                value_build_drop_depth
 *     a map      the same with value_build_attribute, …_attribute_end, …_map_end; an item is a map
 *                that is not entered
 *
 * Mistakes are noted in `late`, the first one only, and writing goes on, since a maker may still
 * find a worse one: whether a value is worth anything is asked of value_build_is_sound at the end.
 * Failures to grow stick in `body`.
 */
#ifndef STATOR_ITEM_VALUE_BUILD_H
#define STATOR_ITEM_VALUE_BUILD_H

#include "base/arena.h"
#include "base/error.h"
#include "item/value.h"

struct value_build {
    struct buf body;    /* what is written, in `arena` */
    struct buf scratch; /* for sorting */
    struct arena *arena;
    struct error *late;
    uint32_t depth;  /* entered lists and maps */
    bool late_alone; /* is the sentence in `late` one that is never put into another? */
};

void value_build_init(struct value_build *build, struct arena *arena, struct error *late);

/* Is nothing noted so far? */
MUST_USE bool value_build_is_sound(const struct value_build *build);

/* Note `prefix` and `text` as ST_VALIDATION, unless something is noted; _alone: a sentence that
 * stands alone wherever it comes. */
void value_build_note(struct value_build *build, const char *prefix, const char *text);
void value_build_note_alone(struct value_build *build, const char *prefix, const char *text);

/* How most of DynamoDB's sentences about values begin. */
extern const char value_build_invalid[];

/* The sentence about lists and maps within each other that are too many. */
extern const char value_build_too_deep[];

/* Append the body of the number that `text` says. */
void value_build_number(struct value_build *build, struct span text);

/* A container's child, whose body is appended between the two calls; the first returns what the
 * second is given. An attribute's name is judged by value_build_name, after its value. */
MUST_USE size_t value_build_member(struct value_build *build);
void value_build_member_end(struct value_build *build, size_t gap);
MUST_USE size_t value_build_element(struct value_build *build);
void value_build_element_end(struct value_build *build, size_t gap, value_type type);
struct value_build_attribute {
    size_t gap, body;
};
MUST_USE struct value_build_attribute value_build_attribute(struct value_build *build,
                                                            struct span name);
void value_build_attribute_end(struct value_build *build, struct value_build_attribute at,
                               value_type type);
/* What is wrong with the name of an attribute, in DynamoDB's words, or NULL: nothing. A constant.
 */
MUST_USE const char *value_build_name_fault(struct span name);
void value_build_name(struct value_build *build, struct span name);

/* A member of a set of `type` that is no value at all. */
void value_build_no_member(struct value_build *build, value_type type);

/* End the set of `type`, or the map, that was begun at `begun`: its order, and for a set that it is
 * neither empty nor holds anything twice. Of attributes with one name the last stays. */
void value_build_set_end(struct value_build *build, value_type type, size_t begun, uint32_t count);
void value_build_map_end(struct value_build *build, size_t begun, uint32_t count);

/* Begin and end a list or map within a value. False, and noted: it would be nested too deep; then
 * it is not entered, and its body need not be written. */
MUST_USE bool value_build_add_depth(struct value_build *build);
void value_build_drop_depth(struct value_build *build);

/* Append the body of `v`, made before: noted when it nests too deep here. */
void value_build_copy(struct value_build *build, struct value v);

/* What was written from `begun` on, as a value of `type`; valid until more is written. */
MUST_USE struct value value_build_view(const struct value_build *build, size_t begun,
                                       value_type type);

#endif
