/* throttle.h -- holding tables and global indexes to their throughput (--enforce-throughput).
 *
 *     throttle_admit    may a request that reads or writes here begin?
 *     throttle_charge   it did, and cost this much
 *     throttle_carry    UpdateTable changed the rate: what was unused or owed stays
 *
 * Provisioned tables and their global indexes have ReadCapacityUnits and WriteCapacityUnits a
 * second; those billed per request have OnDemandThroughput's maxima where they are set, and else no
 * limit. Local indexes use their table's units. Source: developer guide, "Provisioned capacity
 * mode", "DynamoDB maximum throughput for on-demand tables", "Using global secondary indexes".
 *
 * H1  Unused units are kept for 300 seconds ("Burst capacity"); a new table has them, and one after
 *     a restart: buckets are not stored.
 * H2  A request is admitted while anything is left, and then charged what it really cost, which
 *     nobody knows before: so a bucket goes into debt by one request at most, and each later one
 *     waits until the debt is worked off. Reads of several threads may be admitted side by side;
 *     writes are judged one by one.
 * H3  A refusal costs nothing. A condition that fails costs what the answer reports.
 *
 * Without the option every function here returns at its first test.
 *
 * Threads: all may be called by any thread.
 */
#ifndef STATOR_ENGINE_THROTTLE_H
#define STATOR_ENGINE_THROTTLE_H

#include "engine/engine_own.h"

/* What has units to spend. */
struct throttle_place {
    const struct table *table;
    const struct table_index *index; /* a global one; NULL: the table */
    bool writes;
};

/* ST_THROTTLED, ST_OVER_MAXIMUM: nothing is left; `err` says it and *why names the place, its text
 * in err->arena. */
MUST_USE status throttle_admit(const struct engine *engine, struct throttle_place place,
                               struct engine_throttle *why, struct error *err);

void throttle_charge(const struct engine *engine, struct throttle_place place, uint32_t half_units);

/* `after` takes the place of `before`, the same table with other throughput. */
void throttle_carry(const struct engine *engine, const struct table *before,
                    const struct table *after);

#endif
