/* caller.h -- who sends a request: an account in a region, and the tables that are theirs.
 *
 * Usually all callers are one: the server's account and region, and the tables of everybody. With
 * api_options.isolate a caller is told by the credential of the request's signature,
 *
 *     AKIDEXAMPLE/20260101/eu-west-1/dynamodb/aws4_request
 *     access key           region
 *
 * as DynamoDB Local does it without -sharedDb (developer guide, "DynamoDB local usage notes"). The
 * account is an access key of twelve digits itself, and a number made of any other; the same key
 * makes the same number everywhere. Nothing is verified: this keeps programs out of each other's
 * way, not intruders out.
 */
#ifndef STATOR_API_CALLER_H
#define STATOR_API_CALLER_H

#include "api/api.h"

struct caller {
    struct span account; /* twelve digits */
    struct span region;
    struct engine_space space; /* of their tables */
};

/* The server's account and region, and the tables of everybody. */
MUST_USE struct caller caller_default(const struct api_options *options);

/* Who sent `call`, whose signature is well formed (auth_form.h); what is made is made in the call's
 * arena. ST_INCOMPLETE_AUTH: the credential has not five parts. ST_INVALID_SIGNATURE: its region is
 * none. ST_NO_MEMORY. */
MUST_USE status caller_find(const struct api_options *options, const struct api_call *call,
                            struct caller *out, struct error *err);

#endif
