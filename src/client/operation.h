/* operation.h -- what a client must know of DynamoDB's operations, which is little.
 *
 * Which of the two services answers it, and whether the same request may be sent a second time when
 * nobody knows what became of the first.
 */
#ifndef STATOR_CLIENT_OPERATION_H
#define STATOR_CLIENT_OPERATION_H

#include "base/arena.h"

typedef enum operation_service {
    OPERATION_DATA,    /* DynamoDB_20120810 */
    OPERATION_STREAMS, /* DynamoDBStreams_20120810 */
} operation_service;

enum { OPERATION_SERVICES = 2 };

/* Any name is an operation: one that is not known is OPERATION_DATA. */
MUST_USE operation_service operation_service_of(struct span name);

/* The first part of X-Amz-Target, and of the host name at AWS. Static. */
MUST_USE const char *operation_target(operation_service service);
MUST_USE const char *operation_host(operation_service service);

/* May a request whose fate is not known be sent again? Yes for an operation that only reads, and
 * for a write that bears a condition (ConditionExpression, Expected) or a token
 * (ClientRequestToken, ClientToken), which the service holds against the first. `body` is read in
 * `arena`; one that is no JSON is not repeated. */
MUST_USE bool operation_may_repeat(struct span name, struct span body, struct arena *arena);

#endif
