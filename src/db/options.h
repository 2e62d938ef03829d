/* options.h -- structs of options, whose size says which members the program knew. */
#ifndef STATOR_DB_OPTIONS_H
#define STATOR_DB_OPTIONS_H

#include "base/error.h"

/* Copy what the program set of `given`, which begins with its uint32_t size, into the zeroed *out
 * of `size` bytes. `name` is the struct's, for messages. ST_MISUSE: it is NULL, or its size was not
 * set; ST_UNKNOWN_OPERATION: it sets members that this version does not have. */
MUST_USE status options_take(const char *name, const void *given, void *out, size_t size,
                             struct error *err);

#endif
