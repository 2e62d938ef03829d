/* sigv4.h -- AWS Signature Version 4: keys and signatures.
 *
 *     sigv4_key_make        secret, scope -> key         four HMACs; good for a whole day
 *     sigv4_sign            request, terms, key -> signature, with all that went into it
 *     sigv4_authorization   the same as the value of an Authorization header
 *
 * The signature covers method, path, query, the headers named and the SHA-256 of the body. Source:
 * IAM User Guide, "Create a signed AWS API request"; the rules of all services but S3: paths are
 * normalised, and encoded once more than they are sent.
 *
 * Memory: everything made is in the arena given, and may point into the request and the terms.
 * Threads: nothing is kept; a key is never written after sigv4_key_make, so threads may share it.
 */
#ifndef STATOR_AUTH_SIGV4_H
#define STATOR_AUTH_SIGV4_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/status.h"

enum { SIGV4_KEY_BYTES = 32, SIGV4_SIGNATURE_BYTES = 64 };

struct sigv4_header {
    struct span name; /* in any case */
    struct span value;
};

struct sigv4_request {
    struct span method; /* "POST" */
    struct span path;   /* as sent, before the "?"; empty stands for "/" */
    struct span query;  /* as sent, without the "?" */
    const struct sigv4_header *headers;
    size_t header_count;
    struct span body; /* as sent: packed, if it is packed */
};

/* Where a signature counts. `day` is the first eight bytes of its date. */
struct sigv4_scope {
    struct span day; /* "20150830" */
    struct span region;
    struct span service; /* "dynamodb" */
};

struct sigv4_key {
    uint8_t bytes[SIGV4_KEY_BYTES];
};

/* The key that `secret` gives in `scope`: keep it while day, region, service and secret stay the
 * same. ST_LIMIT (LIMIT_SECRET_KEY_BYTES), ST_NO_MEMORY. */
MUST_USE status sigv4_key_make(struct span secret, const struct sigv4_scope *scope,
                               struct sigv4_key *out);

struct sigv4_terms {
    struct span date; /* "20150830T123600Z" */
    struct sigv4_scope scope;
    struct span signed_headers; /* "host;x-amz-date"; empty: all headers of the request */
    bool is_in_query;           /* X-Amz-Signature is left out of the query */
};

struct sigv4_signature {
    struct span canonical;      /* the canonical request */
    struct span string_to_sign; /* its hash under the terms */
    struct span signed_headers; /* in lower case, sorted, none twice */
    uint8_t hex[SIGV4_SIGNATURE_BYTES];
};

/* Sign `request` with the key of `terms`. A signed header that the request does not have counts as
 * empty. ST_NO_MEMORY, ST_LIMIT (LIMIT_CANONICAL_BYTES). */
MUST_USE status sigv4_sign(struct arena *arena, const struct sigv4_request *request,
                           const struct sigv4_terms *terms, const struct sigv4_key *key,
                           struct sigv4_signature *out);

/* Append the value of the Authorization header that says `signature`, made under `terms` by the
 * holder of `access_key`. Failure sticks in the buf. */
void sigv4_authorization(struct span access_key, const struct sigv4_terms *terms,
                         const struct sigv4_signature *signature, struct buf *out);

#endif
