/* feign.h -- answers that no database gave: of a script (mock.c) and of faults (call.c).
 *
 * An error of the service is made as its JSON and judged as one that was received (client.h), so it
 * means what it would mean there: which outcome it is, and whether to try again. Each function says
 * how one attempt went, whatever was said of it before.
 */
#ifndef STATOR_DB_FEIGN_H
#define STATOR_DB_FEIGN_H

#include "db/carrier.h"

/* It went well, with this JSON of a reply. */
void feign_reply(struct carry *carry, struct span json);

/* It was refused with this JSON of an error. */
void feign_refusal(struct carry *carry, struct span json);

/* It was refused with a code of the service, or failed with one of the library's own
 * (stator/testkit.h). `message` may be NULL. */
void feign_code(struct carry *carry, const char *code, const char *message);

/* Nothing was carried out, and `err` says why; trying again is no use. */
void feign_failure(struct carry *carry, const struct error *err);

/* It may have been carried out, and its answer did not come (ST_NETWORK), or not in time
 * (ST_TIMEOUT). */
void feign_loss(struct carry *carry, status st, const char *message);

/* The request's JSON in *out, which is empty and over memory of the caller's. */
void feign_request_json(const struct carry *carry, struct buf *out);

#endif
