/* await.h -- waiting until a stream may have more to give.
 *
 *     await_begin -> look … await_more -> look … -> await_end       within handle_enter
 *
 * A database in this process tells when a commit to the stream is durable; the wait ends at once.
 * Any other is asked again after a pause that doubles, so it is asked four times a second at most.
 */
#ifndef STATOR_DB_AWAIT_H
#define STATOR_DB_AWAIT_H

#include "db/handle.h"
#include "engine/engine_stream.h"

struct await {
    stator *db;
    const struct os *os;
    struct engine_watch watch; /* of a database in this process */
    bool is_watching;
    bool is_told; /* under db->lock */
    uint64_t end_ns;
    uint64_t pause_us;
    uint64_t canceled; /* cancellations at the beginning */
};

/* `number` is the stream's, in the engine; 0: the database is in no process of ours. */
void await_begin(struct await *await, stator *db, uint32_t number, int64_t wait_us);

/* Wait. ST_OK: look again; ST_TIMEOUT: the time is over; ST_CANCELED. */
MUST_USE status await_more(struct await *await);

void await_end(struct await *await);

#endif
