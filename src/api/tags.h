/* tags.h -- tags of a request: may a table have them?
 *
 * A key has 1 to 128 characters and a value 0 to 256: letters, digits and spaces of any script, and
 * + - = . _ : / @. Keys that begin with "aws:", in any case, are the service's own.
 */
#ifndef STATOR_API_TAGS_H
#define STATOR_API_TAGS_H

#include "api/op.h"

struct tags_field { /* of Tags */
    struct span key;
    struct span value;
};
extern const struct field_shape tags_field_shape;

struct tags_list {
    const struct table_tag *tags; /* in the request's arena, keys in ascending order */
    uint8_t count;
};

/* The tags of `list`, elements of tags_field_shape. ST_VALIDATION, ST_NO_MEMORY. */
MUST_USE status tags_read(struct call *call, struct field_list list, struct tags_list *out);

/* May a request name the tags of `keys`, elements struct span, to take them away? ST_VALIDATION. */
MUST_USE status tags_check_keys(struct field_list keys, struct error *err);

/* Change the tags of the table called `name` as `change` says, with `write`, which both live as
 * long as the call. Of ST_OK and others, see O1 in op.h. */
MUST_USE status tags_start(struct call *call, struct span name,
                           const struct engine_table_change *change,
                           struct engine_table_write *write);

/* Answer a change of the tags of the table with `arn` that ended with `st`, and return it: nothing.
 */
MUST_USE status tags_finish(struct call *call, struct span arn,
                            const struct engine_table_write *write, status st);

#endif
