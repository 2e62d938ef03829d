/* wording.h -- DynamoDB's sentences as they were, and as they are.
 *
 * In the summer of 2026 most regions of DynamoDB began to word some mistakes in requests of
 * PutItem, UpdateItem, DeleteItem and BatchGetItem in another way:
 *
 *     classic   Value '' at 'tableName' failed to satisfy constraint: Member must have length …
 *     current   Value at 'TableName' failed to satisfy constraint: Member must have length …
 *
 *     classic   Invalid UpdateExpression: Syntax error; token: …
 *     current   1 validation error detected: Invalid UpdateExpression: Syntax error; token: …
 *
 * Mistakes that need the table or its items to be seen, and all other operations, stayed as they
 * were. The sentences in the code are the classic ones. Those of constraints are renewed where they
 * are made (field_check.c), all others here, when a request is answered.
 */
#ifndef STATOR_API_WORDING_H
#define STATOR_API_WORDING_H

#include "api/op.h"

/* The words for the constraints of `op`, where the server was asked for `asked`. */
MUST_USE api_wording wording_of(const struct op *op, api_wording asked);

/* Renew the text of `err` if `op` words it so. A text for which there is no memory stays. */
void wording_renew(const struct op *op, struct error *err);

#endif
