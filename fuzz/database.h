/* database.h -- a database in memory that fuzzers put requests to. */
#ifndef STATOR_FUZZ_DATABASE_H
#define STATOR_FUZZ_DATABASE_H

#include "instance/instance.h"

/* The one there is: opened by the first call, for one caller of its api, and closed when the
 * process ends. */
MUST_USE struct instance *database(void);

/* Close it; the next call opens an empty one. */
void database_close(void);

#endif
