/* fit.h -- does an item that a write makes fit the partition schema that its key is of? */
#ifndef STATOR_ENGINE_FIT_H
#define STATOR_ENGINE_FIT_H

#include "engine/engine.h"

/* Hold `item`, which `write` would put into `table`, against its schema, if that validates.
 * ST_VALIDATION, with all that is wrong in write->misfit and in the sentence; ST_NO_MEMORY. */
MUST_USE status fit_check(const struct table *table, struct value item, struct engine_write *write);

#endif
