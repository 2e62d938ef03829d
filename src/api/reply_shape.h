/* reply_shape.h -- where in the replies of operations attribute values stand. */
#ifndef STATOR_API_REPLY_SHAPE_H
#define STATOR_API_REPLY_SHAPE_H

#include "api/field.h"

/* The members of `operation`'s reply ("GetItem"), and of the errors it answers with, that hold
 * attribute values, as field_text.h asks for; static. Of an operation that is not known, or has no
 * such member, none. */
MUST_USE const struct field_shape *reply_shape_find(struct span operation);

#endif
