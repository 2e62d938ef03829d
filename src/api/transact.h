/* transact.h -- how transactions end: those of TransactWriteItems, TransactGetItems and
 * ExecuteTransaction. */
#ifndef STATOR_API_TRANSACT_H
#define STATOR_API_TRANSACT_H

#include "api/params.h"

/* Make call->err the TransactionCanceledException of `reasons`, one for each action in order, which
 * live as long as the call; returns ST_TX_CANCELED. */
status transact_cancel(struct call *call, const struct call_reason *reasons, uint32_t count);

/* The same of what the engine refused with ST_TX_CANCELED: its reasons are in the writes or gets.
 */
status transact_cancel_writes(struct call *call, const struct engine_many *many);
status transact_cancel_reads(struct call *call, const struct engine_get_many *many);

/* ConsumedCapacity of writes that happened: twice what each costs alone, in indexes once; of a
 * replay twice what reading the items strongly would cost. ST_NO_MEMORY. */
MUST_USE status transact_reply_consumed(struct call *call, const struct engine_many *many,
                                        const struct field_enum *asked);

/* A struct error for each of `count` actions, none failed; NULL: no memory. */
MUST_USE struct error *transact_errors(struct call *call, uint32_t count);

#endif
