/* failure.h -- from the house's outcomes to those of the public header. */
#ifndef STATOR_DB_FAILURE_H
#define STATOR_DB_FAILURE_H

#include "base/error.h"
#include "client/client.h"
#include "stator/stator.h"

MUST_USE stator_rc failure_rc(status st);

/* What an application sees of `err`, which failed; texts live as long as its own do. */
MUST_USE struct stator_error failure_of(const struct error *err);

/* What it sees of a carried call that failed; its texts end with a NUL and live as long. */
MUST_USE struct stator_error failure_of_report(const struct client_report *report);

#endif
