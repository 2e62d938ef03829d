/* select.h -- which attributes are wanted, and whether the cost is: parameters of all reads. */
#ifndef STATOR_DB_SELECT_H
#define STATOR_DB_SELECT_H

#include "db/render.h"
#include "db/request.h"
#include "db/turn.h"

/* "ProjectionExpression" of paths with commas between them: "id, name, address.city". A comma in a
 * name is written "\,". ST_VALIDATION, ST_NO_MEMORY. */
MUST_USE status select_write(struct render *render, const char *paths, struct request *r);

/* Is `path`, written as path_to writes it, one of those in `paths`? */
MUST_USE bool select_names(const char *paths, const char *path);

/* "ReturnConsumedCapacity", unless it is STATOR_CAP_NONE. ST_VALIDATION. */
MUST_USE status select_capacity(struct turn *turn, unsigned capacity, struct request *r);

#endif
