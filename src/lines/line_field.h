/* line_field.h -- the members of an object of a line, and what stands in them.
 *
 * An object is walked once, which proves that it is JSON; each member is kept as the text of its
 * value, and read when an operation asks for it. A member that is null is as one that is not there.
 *
 * Failures are ParseError unless said otherwise; every function that can fail may also run out of
 * memory. Memory: texts point into the line, or into the turn's arena.
 */
#ifndef STATOR_LINES_LINE_FIELD_H
#define STATOR_LINES_LINE_FIELD_H

#include "base/error.h"
#include "item/value.h"
#include "json/json_reader.h"

struct line_turn;

enum { LINE_FIELDS_MAX = 16 };

struct line_field {
    struct span name;
    struct span text; /* JSON */
};

struct line_fields {
    struct line_field fields[LINE_FIELDS_MAX];
    uint32_t count;
    bool has_null; /* a member was null */
};

/* Read the object `text`. */
MUST_USE status line_fields_read(struct line_turn *turn, struct span text, struct line_fields *out);

/* Are its names all among `allowed`, which are divided by blanks? */
MUST_USE status line_fields_check(struct line_turn *turn, const struct line_fields *fields,
                                  const char *allowed);

/* The JSON of a member. False: it is not there. */
MUST_USE bool line_field_find(const struct line_fields *fields, const char *name, struct span *out);

/* A member that must be there: its JSON, a string, any plain value. */
MUST_USE status line_field_get(struct line_turn *turn, const struct line_fields *fields,
                               const char *name, struct span *out);
MUST_USE status line_field_text(struct line_turn *turn, const struct line_fields *fields,
                                const char *name, struct span *out);
MUST_USE status line_field_value(struct line_turn *turn, const struct line_fields *fields,
                                 const char *name, struct value *out);

/* Members that may be missing, and then leave *out as it is. */
MUST_USE status line_field_text_if(struct line_turn *turn, const struct line_fields *fields,
                                   const char *name, struct span *out);
MUST_USE status line_field_flag_if(struct line_turn *turn, const struct line_fields *fields,
                                   const char *name, bool *out);
/* A whole number from 0. */
MUST_USE status line_field_count_if(struct line_turn *turn, const struct line_fields *fields,
                                    const char *name, uint64_t *out);

/* The value that the JSON `text` is. Also ValidationError: no value that can be stored. */
MUST_USE status line_field_plain(struct line_turn *turn, struct span text, struct value *out);

/* As line_field_plain, for an item: an object, whose nesting is counted from within. */
MUST_USE status line_field_item(struct line_turn *turn, struct span text, struct value *out);

/* The string that the JSON `text` is; `what` is what it should have been. */
MUST_USE status line_field_string(struct line_turn *turn, struct span text, const char *what,
                                  struct span *out);

/* A walk over the elements of an array: their JSON. *found is false at the end. */
struct line_list {
    struct json_reader json;
};
MUST_USE status line_field_list_begin(struct line_turn *turn, struct span text,
                                      struct line_list *out);
MUST_USE status line_field_list_next(struct line_turn *turn, struct line_list *list,
                                     struct span *out, bool *found);

#endif
