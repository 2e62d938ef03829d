/* status.h -- the one list of outcomes, with what each looks like on the wire.
 *
 * X(name, wire type, HTTP status, default text)
 *
 * The wire type is the `__type` of DynamoDB's error body, prefix included; NULL marks a status
 * that never leaves the process. The default text is used where no better one was given. Three
 * kinds stand apart: ST_OK; the user's mistakes (400, 404, 413); the world's (500, 503).
 */
#ifndef STATOR_BASE_STATUS_H
#define STATOR_BASE_STATUS_H

#include <stddef.h>

#include "base/attributes.h"

#define STATUS_CORAL "com.amazon.coral.service#"
#define STATUS_DYNAMODB "com.amazonaws.dynamodb.v20120810#"

/* clang-format off */
#define STATUS_MAP(X)                                                                              \
    X(OK,                NULL, 200, NULL)                                                          \
    X(NO_MEMORY,         STATUS_CORAL "InternalServerError", 500,                                  \
      "The server ran out of memory for this request")                                             \
    X(IO,                STATUS_CORAL "InternalServerError", 500,                                  \
      "The server could not read or write its data")                                               \
    X(CORRUPT,           STATUS_CORAL "InternalServerError", 500,                                  \
      "The server found damaged data")                                                             \
    X(INTERNAL,          STATUS_CORAL "InternalServerError", 500,                                  \
      "The server met an error of its own")                                                        \
    X(LOCKED,            NULL, 500, "another process holds the data directory")                    \
    X(FOREIGN,           NULL, 500, "the directory holds data that is not Stator's")               \
    X(TOO_DEEP,          NULL, 400, "an expression nests too deep")                                \
    X(WRONG_TYPE,        NULL, 400, "a value is of another type")                                  \
    X(MISUSE,            NULL, 400, "a function was called wrongly")                               \
    X(TOO_OLD,           STATUS_CORAL "InternalServerError", 500,                                  \
      "A past state of the data is too old for its reader")                                        \
    X(NETWORK,           NULL, 500, "the endpoint could not be reached, or broke off")             \
    X(TIMEOUT,           NULL, 500, "the endpoint did not answer in time")                         \
    X(CANCELED,          NULL, 500, "the call was canceled")                                       \
    X(PROTOCOL,          NULL, 500, "the endpoint answered something that is no reply")            \
    X(BUSY,              STATUS_CORAL "ServiceUnavailableException", 503,                          \
      "The server is stopping; send the request again later")                                      \
    X(LIMIT,             "com.amazon.coral.validate#ValidationException", 400,                     \
      "A size limit was exceeded")                                                                 \
    X(VALIDATION,        "com.amazon.coral.validate#ValidationException", 400,                     \
      "The request is not valid")                                                                  \
    X(SERIALIZATION,     STATUS_CORAL "SerializationException", 400, NULL)                         \
    X(UNKNOWN_OPERATION, STATUS_CORAL "UnknownOperationException", 400, NULL)                      \
    X(MISSING_AUTH,      STATUS_CORAL "MissingAuthenticationTokenException", 400, NULL)            \
    X(INCOMPLETE_AUTH,   STATUS_CORAL "IncompleteSignatureException", 400, NULL)                   \
    X(INVALID_SIGNATURE, STATUS_CORAL "InvalidSignatureException", 400, NULL)                      \
    X(ACCESS_DENIED,     STATUS_CORAL "AccessDeniedException", 400, NULL)                          \
    X(TOO_LARGE,         STATUS_CORAL "RequestEntityTooLargeException", 413,                       \
      "Request body is larger than 16777216 bytes")                                                \
    X(CONDITION_FAILED,  STATUS_DYNAMODB "ConditionalCheckFailedException", 400,                   \
      "The conditional request failed")                                                            \
    X(VERSION,           STATUS_DYNAMODB "ConditionalCheckFailedException", 400,                   \
      "The item has another version than was expected")                                            \
    X(DUPLICATE_ITEM,    STATUS_DYNAMODB "DuplicateItemException", 400,                            \
      "Duplicate primary key exists in table")                                                     \
    X(NOT_FOUND,         STATUS_DYNAMODB "ResourceNotFoundException", 400,                         \
      "Requested resource not found")                                                              \
    X(TRIMMED,           STATUS_DYNAMODB "TrimmedDataAccessException", 400,                        \
      "The data you are trying to access has been trimmed")                                        \
    X(EXPIRED_ITERATOR,  STATUS_DYNAMODB "ExpiredIteratorException", 400,                          \
      "The provided iterator exceeds the maximum age allowed.")                                    \
    X(TX_CANCELED,       STATUS_DYNAMODB "TransactionCanceledException", 400, NULL)                \
    X(TX_CONFLICT,       STATUS_DYNAMODB "TransactionConflictException", 400,                      \
      "Transaction is ongoing for the item")                                                       \
    X(TOKEN_MISMATCH,    STATUS_DYNAMODB "IdempotentParameterMismatchException", 400,              \
      "DynamoDB rejected the request because you retried a request with a different payload but "  \
      "with an idempotent token that was already used.")                                           \
    X(COLLECTION_SIZE,   STATUS_DYNAMODB "ItemCollectionSizeLimitExceededException", 400,          \
      "Collection size exceeded")                                                                  \
    X(THROTTLED,         STATUS_DYNAMODB "ProvisionedThroughputExceededException", 400,            \
      "The level of configured provisioned throughput for the table was exceeded. Consider "       \
      "increasing your provisioning level with the UpdateTable API.")                              \
    X(OVER_MAXIMUM,      "com.amazon.coral.availability#ThrottlingException", 400,                 \
      "Throughput exceeds the maximum OnDemandThroughput configured on table or index")            \
    X(IN_USE,            STATUS_DYNAMODB "ResourceInUseException", 400, NULL)                      \
    X(LIMIT_EXCEEDED,    STATUS_DYNAMODB "LimitExceededException", 400, NULL)
/* clang-format on */

typedef enum status {
#define STATUS_ENUM(name, type, http, text) ST_##name,
    STATUS_MAP(STATUS_ENUM)
#undef STATUS_ENUM
        STATUS_COUNT
} status;

struct status_info {
    const char *name; /* "VALIDATION", for logs */
    const char *wire; /* "com.amazon.coral…#ValidationException" or NULL */
    int http;
    const char *text; /* or NULL */
};

/* The facts of `st`; static. */
MUST_USE const struct status_info *status_info(status st);

/* Return a failed status to the caller at once. The only macro that hides control flow. */
#define TRY(call)                                                                                  \
    do {                                                                                           \
        const status try_status_ = (call);                                                         \
        if (try_status_ != ST_OK) return try_status_;                                              \
    } while (0)

#endif
