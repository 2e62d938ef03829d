/* database.h -- a database in memory that fuzzers put requests to.
 *
 * It goes on from input to input, so that one finds what others left. Every so often it is looked
 * at whether it is still whole (engine_check), and now and then it is a new one: what is left
 * behind stays bounded.
 */
#ifndef STATOR_FUZZ_DATABASE_H
#define STATOR_FUZZ_DATABASE_H

#include "instance/instance.h"

/* The one there is: opened by the first call, for one caller of its api, and closed when the
 * process ends. */
MUST_USE struct instance *database(void);

/* To be called before each input, where inputs write: does what is said above. True: it is time to
 * make what inputs take to be there. */
MUST_USE bool database_tend(void);

#endif
