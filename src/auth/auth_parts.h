/* auth_parts.h -- the parts of a signature, where a request carries them.
 *
 * Signature Version 4 travels in one of two forms:
 *
 *     Authorization: AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…
 *     POST
 * /?X-Amz-Algorithm=…&X-Amz-Credential=…&X-Amz-Date=…&X-Amz-SignedHeaders=…&X-Amz-Signature=…
 *
 * This is the one parser of both. It cuts and names the parts and judges nothing: what a missing
 * part means is its caller's, what a value claims is claim.h's. One pass, no memory.
 *
 * Memory: values point into the texts given, and stand there as they were sent: those of a query
 * are percent-encoded.
 */
#ifndef STATOR_AUTH_AUTH_PARTS_H
#define STATOR_AUTH_AUTH_PARTS_H

#include "base/span.h"

typedef enum auth_part {
    AUTH_PART_ALGORITHM, /* of a header: its first word */
    AUTH_PART_CREDENTIAL,
    AUTH_PART_SIGNATURE,
    AUTH_PART_SIGNED_HEADERS,
    AUTH_PART_DATE,    /* the next three in queries only: else they are headers of their own */
    AUTH_PART_EXPIRES, /* not demanded of a query by its form */
    AUTH_PART_TOKEN,   /* likewise */
} auth_part;

enum { AUTH_PART_COUNT = 7 };

typedef enum auth_place {
    AUTH_NOWHERE, /* no signature */
    AUTH_IN_HEADER,
    AUTH_IN_QUERY,
    AUTH_IN_BOTH, /* signed twice: no part is read */
} auth_place;

struct auth_parts {
    auth_place place;
    struct span values[AUTH_PART_COUNT]; /* empty: not there, or without a value */
};

/* Read the value of the Authorization header (empty: none) and the query without its "?". A header
 * of another scheme than AWS4 is AUTH_NOWHERE. A query is signed when it names X-Amz-Algorithm,
 * with or without a value. Of a part that comes twice, the first with a value counts. */
MUST_USE struct auth_parts auth_parts_read(struct span authorization, struct span query);

/* What stands between the slashes of a credential. */
typedef enum auth_scope {
    AUTH_SCOPE_ACCESS_KEY,
    AUTH_SCOPE_DAY,
    AUTH_SCOPE_REGION,
    AUTH_SCOPE_SERVICE,
    AUTH_SCOPE_TERMINATOR, /* "aws4_request" */
} auth_scope;

enum { AUTH_SCOPE_COUNT = 5 };

/* Cut a credential, decoded, at its slashes. False, and *scope undefined: it has not five parts
 * (some may be empty). */
MUST_USE bool auth_parts_split(struct span credential, struct span scope[AUTH_SCOPE_COUNT]);

/* What `part` is called at `place`: "Credential", "X-Amz-Credential". NULL: it has no name there.
 * Static. */
MUST_USE const char *auth_parts_name(auth_place place, auth_part part);

#endif
