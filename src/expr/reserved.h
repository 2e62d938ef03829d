/* reserved.h -- the words that may not stand in an expression as an attribute's name. */
#ifndef STATOR_EXPR_RESERVED_H
#define STATOR_EXPR_RESERVED_H

#include "base/span.h"

/* Is `word`, in whatever case, on DynamoDB's list? */
MUST_USE bool reserved_holds(struct span word);

#endif
