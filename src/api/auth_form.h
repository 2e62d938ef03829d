/* auth_form.h -- is the request signed, and is the signature well formed?
 *
 * Presence and form only: which parts of Signature Version 4 a request must carry, in the
 * Authorization header or, for a pre-signed request, in the query. Nothing is verified; any access
 * key will do. Source: dynalite's tests, which were run against DynamoDB.
 */
#ifndef STATOR_API_AUTH_FORM_H
#define STATOR_API_AUTH_FORM_H

#include "api/api.h"

/* ST_MISSING_AUTH, ST_INVALID_SIGNATURE (signed twice), ST_INCOMPLETE_AUTH, ST_NO_MEMORY. */
MUST_USE status auth_form_check(const struct api_call *call, struct error *err);

/* The Credential of a call that auth_form_check has passed: bytes of the request, or in its arena
 * where they had to be decoded. ST_NO_MEMORY. */
MUST_USE status auth_form_credential(const struct api_call *call, struct span *out);

/* `text` of a header or a query as a message may show it: what is not printable ASCII is a question
 * mark. In `arena`; empty when that is full. */
MUST_USE struct span auth_form_shown(struct arena *arena, struct span text);

#endif
