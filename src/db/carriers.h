/* carriers.h -- which carrier a word asks for. */
#ifndef STATOR_DB_CARRIERS_H
#define STATOR_DB_CARRIERS_H

#include "db/carrier.h"
#include "db/hooked.h"

/* Open what `uri` says (calls.h). `hooked` outlives the carrier. ST_VALIDATION: it says nothing
 * known; and what the one asked for has. */
MUST_USE status carriers_open(const char *uri, const stator_options *options,
                              const struct hooked *hooked, struct carrier **out, struct error *err);

/* One for each file; `rest` is what follows the scheme and its colon. */
MUST_USE status carriers_open_file(const char *rest, const stator_options *options,
                                   const struct hooked *hooked, struct carrier **out,
                                   struct error *err);
MUST_USE status carriers_open_memory(const char *rest, const stator_options *options,
                                     const struct hooked *hooked, struct carrier **out,
                                     struct error *err);
MUST_USE status carriers_open_mock(const char *rest, const stator_options *options,
                                   const struct hooked *hooked, struct carrier **out,
                                   struct error *err);
MUST_USE status carriers_open_remote(const char *uri, const stator_options *options,
                                     const struct hooked *hooked, struct carrier **out,
                                     struct error *err);

#endif
