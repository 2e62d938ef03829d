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

#endif
