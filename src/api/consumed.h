/* consumed.h -- ConsumedCapacity of requests that touch several tables: one element for each.
 *
 *     struct consumed consumed = {.arena = call->arena};
 *     consumed_add(&consumed, table_name, half_units)        for each item
 *     consumed_add_indexes(&consumed, table_name, costs, n)  for what it cost in indexes
 *     consumed_reply(call, &consumed, asked)
 *
 * Adding cannot be told that memory is short; consumed_status does, at the end.
 */
#ifndef STATOR_API_CONSUMED_H
#define STATOR_API_CONSUMED_H

#include "api/params.h"

typedef enum consumed_kind {
    CONSUMED_PLAIN, /* CapacityUnits alone: batches */
    CONSUMED_READ,  /* with ReadCapacityUnits: transactions that read */
    CONSUMED_WRITE, /* with WriteCapacityUnits */
} consumed_kind;

struct consumed_table; /* private */

struct consumed {
    struct arena *arena;
    consumed_kind kind;

    struct consumed_table *first, *last; /* in the order of the request */
    status failed;
};

void consumed_add(struct consumed *consumed, struct span table_name, uint32_t half_units);
void consumed_add_indexes(struct consumed *consumed, struct span table_name,
                          const struct engine_index_cost *costs, uint32_t count);

/* "ConsumedCapacity": […] as `asked` for; nothing when it was not. ST_NO_MEMORY. */
MUST_USE status consumed_reply(struct call *call, const struct consumed *consumed,
                               params_capacity asked);

#endif
