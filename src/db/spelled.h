/* spelled.h -- an expression with its placeholders spelled out: how a test writes it.
 *
 *     #n0 = :v0 AND n > :v1     ->     status = "JQ" AND n > 7
 */
#ifndef STATOR_DB_SPELLED_H
#define STATOR_DB_SPELLED_H

#include "item/value.h"

/* Append `text`, an expression of the map `parameters`, whose ExpressionAttributeNames and
 * ExpressionAttributeValues it uses. Names stand for themselves, values are plain JSON; what is not
 * defined stays as it is. */
void spelled_out(struct span text, struct value parameters, struct buf *out);

#endif
