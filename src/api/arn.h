/* arn.h -- ResourceArn, the way in which the operations on tags name a table.
 *
 *     arn:aws:dynamodb:us-east-1:000000000000:table/Music
 *                      region    account      resource
 *
 * They take nothing but an ARN, and judge it more strictly than the others do where a TableName may
 * be one (field.h). What the service says of one that it does not like has changed over the years;
 * the sentences here are those of 2026.
 */
#ifndef STATOR_API_ARN_H
#define STATOR_API_ARN_H

#include "api/op.h"

/* The name of the table in `arn`, which points into it. ST_VALIDATION: it is not the ARN of a table
 * here. ST_ACCESS_DENIED: it is another account's, or of another service. ST_NOT_FOUND: it is a
 * stream's. */
MUST_USE status arn_table(struct call *call, struct span arn, struct span *name);

/* A TableName is an ARN that is not of the caller's account and region: says so. Another account is
 * ST_ACCESS_DENIED, in the words of a service that has no policy for it; else ST_VALIDATION. */
status arn_fail_foreign(struct call *call, struct span arn);

/* The table is not there: says so of its ARN. */
status arn_fail_not_found(struct call *call, struct span arn);

#endif
