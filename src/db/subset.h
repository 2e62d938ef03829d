/* subset.h -- does a request contain what a test expects of it? */
#ifndef STATOR_DB_SUBSET_H
#define STATOR_DB_SUBSET_H

#include "item/value.h"

/* Does the map `actual` contain the map `expected` (stator/testkit.h says what that means)? If not,
 * the first difference is appended to `why`: Item.status: expected "a", and it is "b". */
MUST_USE bool subset_holds(struct value expected, struct value actual, struct buf *why);

#endif
