/* transact.h -- the common end of TransactWriteItems and TransactGetItems that were canceled. */
#ifndef STATOR_API_TRANSACT_H
#define STATOR_API_TRANSACT_H

#include "api/op.h"

/* Make call->err the TransactionCanceledException of `reasons`, one for each action in order, which
 * live as long as the call; returns ST_TX_CANCELED. */
status transact_cancel(struct call *call, const struct call_reason *reasons, uint32_t count);

/* A struct error for each of `count` actions, none failed; NULL: no memory. */
MUST_USE struct error *transact_errors(struct call *call, uint32_t count);

#endif
