/* claim.h -- what the signature of a request claims, and whether it is true.
 *
 *     claim_read     parts, date -> claim         is it well formed?
 *     claim_check    claim, request -> verdict    place, time and headers; no secret is needed
 *     claim_verify   claim, request, key -> proof was it made with the secret?
 *
 * A server reads the claim, finds the secret that belongs to its access key (or refuses
 * one that is nobody's), makes the key of the claim's scope or takes it from a cache, checks and
 * verifies. Every way to fail has a verdict of its own, and `what` is the text it is about, so that
 * a server can answer in DynamoDB's sentences. The room holds no sentences.
 *
 * Source: IAM User Guide, "Create a signed AWS API request" and "Troubleshoot Signature Version 4
 * signing".
 *
 * Memory: a claim points into the parts and the arena. Threads: nothing is kept.
 */
#ifndef STATOR_AUTH_CLAIM_H
#define STATOR_AUTH_CLAIM_H

#include "auth/auth_date.h"
#include "auth/auth_parts.h"
#include "auth/sigv4.h"

/* X(name, what `what` is) */
#define CLAIM_VERDICT_MAP(X)                                                                       \
    X(VALID, "nothing")                                                                            \
    X(ABSENT, "nothing: the request is not signed")                                                \
    X(TWICE, "nothing: in the header and in the query")                                            \
    X(INCOMPLETE, "the name of the first part without a value")                                    \
    X(BAD_ALGORITHM, "the algorithm given")                                                        \
    X(BAD_CREDENTIAL, "a credential that has not five parts")                                      \
    X(BAD_TERMINATOR, "the credential's last part, which is not aws4_request")                     \
    X(BAD_DATE, "the date given, in neither form")                                                 \
    X(WRONG_DAY, "the credential's day, which is not the date's")                                  \
    X(BAD_EXPIRES, "the X-Amz-Expires given, no number of 1 to 604800")                            \
    X(WRONG_REGION, "the credential's region")                                                     \
    X(WRONG_SERVICE, "the credential's service")                                                   \
    X(EXPIRED, "the date given")                                                                   \
    X(NOT_YET, "the date given")                                                                   \
    X(HEADER_UNSIGNED, "the name of a header that must be signed")                                 \
    X(HEADER_ABSENT, "the name of a signed header that the request has not")

typedef enum claim_verdict {
#define CLAIM_VERDICT_ENUM(name, what) CLAIM_##name,
    CLAIM_VERDICT_MAP(CLAIM_VERDICT_ENUM)
#undef CLAIM_VERDICT_ENUM
} claim_verdict;

/* "WRONG_DAY", for logs and tests; static. */
MUST_USE const char *claim_verdict_name(claim_verdict verdict);

struct claim {
    auth_place place;
    struct span access_key;
    struct sigv4_scope scope;
    struct span date;   /* as X-Amz-Date writes it, whatever header it came from */
    uint64_t date_s;    /* seconds since 1970 */
    uint32_t expires_s; /* of a query; 0 in a header */
    struct span signed_headers;
    struct span signature;
    struct span what; /* see CLAIM_VERDICT_MAP */
};

/* Read what `parts` claim. `date` is the value of X-Amz-Date, else of Date; a query has its own.
 * *out is whole when the verdict is CLAIM_VALID; otherwise only its `what` counts. ST_NO_MEMORY. */
MUST_USE status claim_read(struct arena *arena, const struct auth_parts *parts, struct span date,
                           struct claim *out, claim_verdict *verdict);

struct claim_terms {
    struct span region;  /* that a credential must name; empty: any */
    struct span service; /* likewise */
    uint64_t now_s;
    uint32_t skew_s; /* how far the client's clock may be off: AWS grants 300 or 900 */
};

/* Does the claim count here, now and for what matters of `request`? `host`, and those of
 * x-amz-date, x-amz-security-token and x-amz-target that the request has, must be signed. A
 * header's claim counts for skew_s around its date; a query's from skew_s before its date until
 * expires_s after it. Sets claim->what. */
MUST_USE claim_verdict claim_check(struct claim *claim, const struct sigv4_request *request,
                                   const struct claim_terms *terms);

struct claim_proof {
    bool holds;                  /* the signature is the one that the key makes */
    struct sigv4_signature made; /* the right one and what it was made of, for a message that
                                  * helps; its `hex` is for nobody's eyes */
};

/* Was the claim signed with `key`? Signatures are compared in constant time. ST_NO_MEMORY,
 * ST_LIMIT. */
MUST_USE status claim_verify(struct arena *arena, const struct claim *claim,
                             const struct sigv4_request *request, const struct sigv4_key *key,
                             struct claim_proof *out);

#endif
